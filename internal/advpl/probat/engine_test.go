package probat_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
)

var update = flag.Bool("update-engine", false, "write what the runs of testdata/engine give")

// noon is what the clock of the tests says.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// program compiles sources of testdata/engine.
func program(t testing.TB, names ...string) *vm.Program {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join("testdata", "engine", name+".tlpp"))
	}
	result, err := build.Build(context.Background(), paths, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Findings.Failed() {
		var text bytes.Buffer
		_ = result.Findings.Write(&text)
		t.Fatal(text.String())
	}
	p, err := advpl.Link(result.Repository.Units)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// options are those of threads whose clock stands still.
func options() vm.Options {
	return vm.Options{
		Now: func() time.Time { return noon },
		Compile: func(text string, mode vm.MacroMode) (*code.Func, error) {
			return compile.Macro(text, compile.MacroMode(mode))
		},
	}
}

// hostileOptions bound what a test may take. Time passes each time the clock is read, so
// that the limit of time does not depend on how busy the computer is.
func hostileOptions() vm.Options {
	now := noon
	o := options()
	o.Now = func() time.Time { now = now.Add(20 * time.Millisecond); return now }
	o.Limits = vm.Limits{Time: time.Second, Memory: 16 << 20}
	return o
}

func run(t testing.TB, e *probat.Engine) *probat.Run {
	t.Helper()
	r, err := e.Run(context.Background())
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return r
}

// TestRuns runs the sources of testdata/engine, each as a program of its own, and
// compares the outcome with the file beside it.
func TestRuns(t *testing.T) {
	for _, name := range []string{"asserts", "lifecycle", "selection", "skip", "hostile"} {
		t.Run(name, func(t *testing.T) {
			e := &probat.Engine{Program: program(t, name), Options: options()}
			if name == "hostile" {
				e.Options = hostileOptions()
			}
			compare(t, name, text(run(t, e)))
		})
	}
}

// TestStepsAreThoseOfATest wants a test that takes too many steps to take none of others.
func TestStepsAreThoseOfATest(t *testing.T) {
	e := &probat.Engine{Program: program(t, "steps"), Options: options()}
	e.Options.Limits.Steps = 1500
	var got []string
	for _, test := range run(t, e).Fixtures[0].Tests {
		got = append(got, test.Name+" "+test.Status.String())
	}
	if want := "first passed, endless error, last passed"; strings.Join(got, ", ") != want {
		t.Errorf("the tests ended %q; want %q", got, want)
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "engine", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the run gives\n%s\nwant, as in %s\n%s", got, file, want)
	}
}

// text returns the outcome of a run: of errors the first line, of what was printed the
// beginning, of equal assertions the first.
func text(r *probat.Run) string {
	var b strings.Builder
	c := r.Count()
	fmt.Fprintf(&b, "%s: %d tests, %d passed, %d failed, %d with errors, %d skipped\n", r.Type, c.Tests, c.Passed, c.Failed, c.Errored, c.Skipped)
	for _, f := range r.Fixtures {
		fmt.Fprintf(&b, "\n%s %s:%d suite %s owner %q target %q folder %q\n", f.Name, filepath.ToSlash(f.Source), f.Line,
			f.Suite, f.Owner, f.Target, f.Folder)
		for _, test := range f.Tests {
			fmt.Fprintf(&b, "  %s %s:%d %q%s\n", test.Status, test.Name, test.Line, test.Text, message(test.Message))
			writeAsserts(&b, test)
		}
		for line := range strings.Lines(f.Output[:min(len(f.Output), 300)]) {
			b.WriteString("  | " + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return b.String()
}

func writeAsserts(b *strings.Builder, test *probat.Test) {
	for i, a := range test.Asserts {
		if i > 0 && a == test.Asserts[i-1] {
			continue
		}
		fmt.Fprintf(b, "    %s %s:%d %q got %s want %s\n", a.Status, a.Func, a.Line, first(a.Text), first(a.Actual), first(a.Expected))
	}
	for _, w := range test.Warnings {
		fmt.Fprintf(b, "    warning %s:%d %s\n", w.Source, w.Line, w.Text)
	}
}

// moment is the time in the first line of an error's report.
var moment = regexp.MustCompile(`\d\d/\d\d/\d{4} \d\d:\d\d:\d\d`)

func message(s string) string {
	if s == "" {
		return ""
	}
	return ": " + first(s)
}

func first(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return moment.ReplaceAllString(s[:min(len(s), 150)], "TIME")
}

func TestSelection(t *testing.T) {
	p := program(t, "selection", "skip")
	for _, tc := range []struct {
		kind  string
		names []string
		want  string
	}{
		{"", nil, "FIRST PLAIN SHARED LATE LASTBUTONE LAST"},
		{"all", []string{"ignored"}, "FIRST PLAIN SHARED LATE LASTBUTONE LAST"},
		{"suite", []string{"ONLY"}, "EXCLUSIVE"},
		{"suite", []string{"shared", "only"}, "EXCLUSIVE SHARED"},
		{"suite", []string{"none"}, ""},
		{"suite", nil, ""},
		{"namespace", []string{"Test"}, "FIRST PLAIN SHARED APART APARTTOO LATE LASTBUTONE LAST"},
		{"namespace", []string{"test.sel"}, ""},
		{"source", []string{"selection.tlpp"}, "FIRST PLAIN SHARED APART APARTTOO LATE LASTBUTONE LAST"},
		{"source", []string{`engine\Selection.tlpp`}, "FIRST PLAIN SHARED APART APARTTOO LATE LASTBUTONE LAST"},
		{"source", []string{"ection.tlpp"}, ""},
		{"function", []string{"plain", "U_exclusive", "test.selection.u_apart"}, "PLAIN EXCLUSIVE APART"},
		{"owner", []string{"US"}, "SHARED"},
		{"target", []string{"A.PRW"}, "PLAIN"},
		{"error", []string{"TEST.SELECTION.U_LATE"}, "LATE"},
		{"unknown", []string{"plain"}, ""},
	} {
		e := &probat.Engine{Program: p, Options: options(), Select: probat.Selection{Type: tc.kind, Names: tc.names}}
		var names []string
		for _, f := range e.List() {
			if name, ok := strings.CutPrefix(f.Name, "TEST.SELECTION.U_"); ok {
				names = append(names, name)
			}
		}
		if got := strings.Join(names, " "); got != tc.want {
			t.Errorf("%s %q selects %q; want %q", tc.kind, tc.names, got, tc.want)
		}
	}
}

func TestListNamesMethods(t *testing.T) {
	e := &probat.Engine{Program: program(t, "lifecycle"), Select: probat.Selection{Type: "suite", Names: []string{"life"}}}
	list := e.List()
	if len(list) != 1 || len(list[0].Tests) != 2 || list[0].Tests[1].Name != "Own" || list[0].Tests[1].Text != "its own" {
		t.Errorf("List() = %+v; want one fixture with the methods Inherited and Own", list)
	}
}

// TestParallel wants the outcome of fixtures that run at once to be that of a run one
// after the other.
func TestParallel(t *testing.T) {
	p := program(t, "asserts", "lifecycle", "selection", "skip")
	want := text(run(t, &probat.Engine{Program: p, Options: options()}))
	var order []string
	progress := func(e probat.Event) {
		if e.Test == nil {
			order = append(order, e.Fixture.Name)
		}
	}
	got := text(run(t, &probat.Engine{Program: p, Options: options(), Parallel: 8, Progress: progress}))
	if got != want {
		t.Errorf("a parallel run gives\n%s\nwant\n%s", got, want)
	}
	if n := len(order); order[0] != "TEST.SELECTION.U_FIRST" || order[n-1] != "TEST.SELECTION.U_LAST" || order[n-3] != "TEST.SELECTION.U_LATE" {
		t.Errorf("fixtures ended in the order %v; want those with a priority at their places", order)
	}
}

func TestProgressAndOutput(t *testing.T) {
	var out bytes.Buffer
	o := options()
	o.Stdout = &out
	tests, fixtures := 0, 0
	r := run(t, &probat.Engine{Program: program(t, "lifecycle"), Options: o, Progress: func(e probat.Event) {
		if e.Test != nil {
			tests++
			return
		}
		if fixtures++; e.Done != fixtures || e.Total != 7 {
			t.Errorf("event says %d of %d fixtures; want %d of 7", e.Done, e.Total, fixtures)
		}
	}})
	if c := r.Count(); tests != c.Tests || fixtures != len(r.Fixtures) {
		t.Errorf("Progress saw %d tests and %d fixtures; want %d and %d", tests, fixtures, c.Tests, len(r.Fixtures))
	}
	if !strings.HasPrefix(out.String(), "new\nopen\nopen more\n") {
		t.Errorf("Stdout got %q; want what the tests print", out.String())
	}
}

func TestCancel(t *testing.T) {
	o, compiles := options(), options().Compile
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	o.Compile = func(text string, mode vm.MacroMode) (*code.Func, error) {
		cancel(stop) // the test has begun
		return compiles(text, mode)
	}
	r, err := (&probat.Engine{Program: program(t, "endless"), Options: o, Parallel: 2}).Run(ctx)
	if !errors.Is(err, stop) || len(r.Fixtures) == 0 || r.Fixtures[0].Tests[0].Status != probat.Errored {
		t.Errorf("Run = %v, %v; want the tests that the cancellation ended, and its cause", text(r), err)
	}
}

func TestIgnoreSkips(t *testing.T) {
	e := &probat.Engine{Program: program(t, "skip"), Options: options(), IgnoreSkips: true}
	if c := run(t, e).Count(); c.Skipped != 0 {
		t.Errorf("%d tests were skipped; want none", c.Skipped)
	}
}

func TestBlockedWords(t *testing.T) {
	e := &probat.Engine{Program: program(t, "lifecycle"), Options: options(), BlockedWords: []string{"OWN"},
		Select: probat.Selection{Type: "suite", Names: []string{"life"}}}
	r := run(t, e)
	if test := r.Fixtures[0].Tests[2]; test.Status != probat.Failed || !strings.Contains(test.Message, "blocked word") {
		t.Errorf("a description with a blocked word: %s %q; want a failure", test.Status, test.Message)
	}
}

func TestTargets(t *testing.T) {
	e := &probat.Engine{Program: program(t, "selection"), Options: options(), Targets: func(*vm.Thread) ([]string, error) {
		return []string{"A.prw", "b.prw"}, nil
	}}
	r := run(t, e)
	f := r.Fixtures[len(r.Fixtures)-1]
	if f.Tests[0].Status != probat.Passed || f.Tests[1].Status != probat.Failed {
		t.Errorf("targets give %+v; want the second to fail", f.Tests)
	}
}

func TestCoverage(t *testing.T) {
	p := program(t, "selection")
	coverage := vm.NewCoverage(p)
	run(t, &probat.Engine{Program: p, Options: options(), Coverage: coverage, Parallel: 4})
	hits := map[string]bool{}
	for _, f := range coverage.Files()[0].Funcs {
		hits[f.Name] = f.Hits > 0
	}
	if !hits["TEST.SELECTION.U_PLAIN"] || hits["TEST.SELECTION.U_APART"] {
		t.Errorf("functions that ran: %v; want U_PLAIN and not U_APART", hits)
	}
}

// TestRunsAtOnce holds the engine to its word that it is not changed.
func TestRunsAtOnce(t *testing.T) {
	e := &probat.Engine{Program: program(t, "asserts", "selection"), Options: options(), Parallel: 2}
	texts := make([]string, 4)
	var group sync.WaitGroup
	for i := range texts {
		group.Go(func() {
			r, _ := e.Run(context.Background())
			texts[i] = text(r)
		})
	}
	group.Wait()
	for _, got := range texts[1:] {
		if got != texts[0] {
			t.Errorf("runs at once give\n%s\nand\n%s", got, texts[0])
		}
	}
}
