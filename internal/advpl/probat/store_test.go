package probat

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// newStore makes a store whose thread may use that much memory.
func newStore(t *testing.T, memory int64) *store {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	p, err := vm.Link(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := root.MkdirAll(externalFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	return &store{root: root, thread: p.NewThread(vm.Options{Limits: vm.Limits{Memory: memory}})}
}

// TestTamperedRuns reads runs that no run has written.
func TestTamperedRuns(t *testing.T) {
	s := newStore(t, 64<<20)
	all := func(*Run) bool { return true }
	for _, text := range []string{
		`{"Fixtures":[null]}`, `{"Fixtures":[{"Tests":[null]}]}`, `{"Fixtures":[1]}`, `[]`, `{"ID":1}`, ``,
		`{"Fixtures":[{"Tests":[{"Status":"other"}]}]}`, strings.Repeat("[", 20_000), strings.Repeat(" ", maxStored+1),
	} {
		if err := s.root.WriteFile(runFile("1"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if runs, err := s.load(maxRuns, all); err != nil || len(runs) != 0 {
			t.Errorf("load of %.50q = %v, %v; want none", text, runs, err)
		}
	}
	for _, element := range []string{"{},", "1,", `"",`, "[],"} {
		text := `{"Fixtures":[` + strings.Repeat(element, 1_000_000) + `{}]}`
		if err := s.root.WriteFile(runFile("1"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var e *vm.Error
		if _, err := s.load(maxRuns, all); !errors.As(err, &e) || e.GenCode != vm.GenMem {
			t.Errorf("load of a million elements %s = %v; want an error with code %d", element, err, vm.GenMem)
		}
	}
}

// TestManyRunsAreTooMuch reads runs each of which could be held.
func TestManyRunsAreTooMuch(t *testing.T) {
	s := newStore(t, 64<<20)
	text := []byte(`{"Fixtures":[{"Name":"` + strings.Repeat("x", 5<<20) + `"}]}`)
	for _, code := range []string{"1", "2", "3", "4"} {
		if err := s.root.WriteFile(runFile(code), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if runs, err := s.load(1, func(*Run) bool { return true }); err != nil || len(runs) != 1 {
		t.Errorf("load of one gives %d, %v", len(runs), err)
	}
	if _, err := s.load(maxRuns, func(*Run) bool { return true }); err == nil {
		t.Error("load of all holds more than the memory of the thread")
	}
}

// TestTakenCodes wants the search for a free code to end.
func TestTakenCodes(t *testing.T) {
	s := newStore(t, 0)
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for i := range maxTries {
		if err := s.root.WriteFile(runFile(noon.Add(time.Duration(i)*time.Second).Format(codeLayout)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, err := s.reserve(noon); err == nil {
		t.Errorf("reserve = %s; want an error", code)
	}
}

// TestHugeRun wants a run with more than a file may hold to be kept without the assertions
// of tests that passed, or refused.
func TestHugeRun(t *testing.T) {
	s := newStore(t, 0)
	huge := []Assert{{Func: "assertOK", Text: strings.Repeat("x", maxStored)}}
	failed := &Test{Name: "failed", Status: Failed, Asserts: []Assert{{Func: "assertTrue", Status: Failed}}}
	run := &Run{ID: "ID", Code: "1", Fixtures: []*Fixture{{Tests: []*Test{{Name: "passed", Asserts: huge}, failed}}}}
	if err := s.save(run); err != nil {
		t.Fatal(err)
	}
	runs, err := s.load(maxRuns, func(*Run) bool { return true })
	if err != nil || len(runs) != 1 || runs[0].Fixtures[0].Tests[0].Asserts != nil || !reflect.DeepEqual(runs[0].Fixtures[0].Tests[1], failed) {
		t.Errorf("load = %+v, %v; want the run without the assertions that held", runs, err)
	}
	if run.Fixtures[0].Tests[0].Asserts == nil {
		t.Error("save changed the run")
	}
	failed.Asserts = huge
	if err := s.save(run); err == nil {
		t.Error("a run that is too large was kept")
	}
}
