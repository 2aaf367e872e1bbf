package vm

import (
	"errors"
	"slices"
	"testing"
)

// namesOf returns the names of the variables that th sees.
func namesOf(th *Thread) []string {
	var names []string
	for _, v := range th.MemVars() {
		names = append(names, v.Name)
	}
	return names
}

func TestResetToNothing(t *testing.T) {
	th := newTestThread(t, Options{}, nil, fibUnit())
	th.SetMemVar("A", Int(1))
	block := th.ErrorBlock(Value{})
	th.ErrorBlock(block)
	th.Reset()
	if names := namesOf(th); names != nil {
		t.Errorf("after Reset: variables %q; want none", names)
	}
	if got := call(t, th, "FIB", Int(10)); got.Float() != 55 {
		t.Errorf("FIB(10) = %v after Reset; want 55", got)
	}
}

func TestResetToKept(t *testing.T) {
	th := newTestThread(t, Options{}, nil)
	th.SetMemVar("KEPT", Str("first"))
	th.SetMemVar("TEXT", Str("as it was"))
	th.Keep()
	for range 2 {
		th.SetMemVar("KEPT", Str("second"))
		th.SetMemVar("LATER", Int(1))
		th.ErrorBlock(Value{})
		th.Reset()
		if v, _ := th.MemVar("KEPT"); !v.IsStr() || v.Text() != "first" {
			t.Errorf("KEPT = %v after Reset; want %q", v, "first")
		}
		if names := namesOf(th); !slices.Equal(names, []string{"KEPT", "TEXT"}) {
			t.Errorf("after Reset: variables %q; want KEPT and TEXT", names)
		}
	}
}

// The steps of one piece of work do not count for the next.
func TestResetCountsStepsAnew(t *testing.T) {
	th := newTestThread(t, Options{Limits: Limits{Steps: 1000}}, nil, fibUnit())
	var e *Error
	if _, err := th.Call("FIB", Int(25)); !errors.As(err, &e) || !e.Fatal {
		t.Fatalf("FIB(25) with 1,000 steps: %v; want the limit", err)
	}
	th.Reset()
	if got := call(t, th, "FIB", Int(5)); got.Float() != 5 {
		t.Errorf("FIB(5) = %v; want 5", got)
	}
}

// What Keep keeps counts as memory of the thread.
func TestKeptIsCounted(t *testing.T) {
	th := newTestThread(t, Options{}, nil)
	th.SetMemVar("BIG", NewArray(make([]Value, 100_000)))
	th.Keep()
	th.SetMemVar("BIG", Value{})
	th.CountMemory()
	if used := th.MemoryUsed(); used < 1_600_000 {
		t.Errorf("MemoryUsed() = %d; want those of the array that is kept", used)
	}
}

// counter is a state of Local that goes back.
type counter struct{ n int }

func (c *counter) Keep() (reset func()) {
	was := *c
	return func() { *c = was }
}

// A state of Local goes back to what it was at Keep, or when it was made later.
func TestResetOfStates(t *testing.T) {
	th := newTestThread(t, Options{}, nil)
	at := func(key string) *counter { return th.Local(key, func() any { return &counter{n: 1} }).(*counter) }
	check := func(key string, want int) {
		t.Helper()
		if got := at(key).n; got != want {
			t.Errorf("%s = %d after Reset; want %d", key, got, want)
		}
	}
	at("early").n = 2
	th.Reset()
	check("early", 1)
	at("early").n = 3
	th.Keep()
	for range 2 {
		at("early").n = 4
		at("late").n = 4
		th.Reset()
		check("early", 3)
		check("late", 1)
	}
}
