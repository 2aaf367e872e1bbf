package vm_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

var update = flag.Bool("update", false, "write the expected files under testdata anew")

const traced = `// src/traced.prw
Static nCalls := 0

User Function Main()
	Local aList := {1, 2, 3}
	Local nSum := 0
	Local i
	Private cWord := "w"
	Public lFlag
	For i := 1 To Len(aList)
		nSum += Twice(aList[i])
	Next
	If nSum > 100
		nSum := 0
	EndIf
Return nSum + Eval1({|n| n + nSum})

Static Function Twice(nValue)
	Local nResult
	nCalls++
	nResult := nValue * 2
Return nResult

Static Function Eval1(bBlock)
	Local nGot
	nGot := Eval(bBlock, 1)
Return nGot

Static Function Never()
Return NIL
`

// lines is a Hook that notes where it is called.
type lines struct {
	seen []string
	stop int // a line that ends the call
}

var errStopped = errors.New("stopped")

func (l *lines) Line(_ *vm.Thread, fn *code.Func, _ *code.Unit, line int) error {
	l.seen = append(l.seen, fmt.Sprintf("%s:%d", strings.TrimPrefix(fn.Name, "U_"), line))
	if line == l.stop {
		return vm.Errorf(vm.GenUser, "", "%w", errStopped)
	}
	return nil
}

func TestHook(t *testing.T) {
	hook := &lines{}
	got, err := thread(t, vm.Options{Hook: hook}, traced).Call("U_Main")
	if err != nil || got.String() != "25" {
		t.Errorf("U_Main() with a hook = %v, %v; want 25", got, err)
	}
	turn := " MAIN:11 TWICE:20 TWICE:21 TWICE:22"
	if seen := strings.Join(hook.seen, " "); !strings.Contains(seen, turn+" MAIN:10"+turn) && !strings.Contains(seen, turn+turn) {
		t.Errorf("lines seen: %s; want turns of the loop with calls", seen)
	}
	hook = &lines{stop: 21}
	if _, err := thread(t, vm.Options{Hook: hook}, traced).Call("U_Main"); !errors.Is(err, errStopped) {
		t.Errorf("a hook's error: the call ends with %v; want that error", err)
	}
}

func TestCoverage(t *testing.T) {
	p := program(t, traced)
	cover := vm.NewCoverage(p)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := p.NewThread(vm.Options{Hook: cover}).Call("U_Main"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var b strings.Builder
	if err := cover.WriteLCOV(&b, "src"); err != nil {
		t.Fatal(err)
	}
	golden(t, "coverage.info", b.String())
	b.Reset()
	if err := cover.WriteLCOV(&b, "elsewhere"); err != nil || !strings.Contains(b.String(), "SF:src/traced.prw\n") {
		t.Errorf("a source outside the root: %v, %.40q; want its own path", err, b.String())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s (%v): got\n%s\nwant\n%s", path, err, got, want)
	}
}

// script is a debugger that does one action after the other and notes the stops.
type script struct {
	actions []vm.Action
	stops   []string
	look    func(vm.Stop)
}

func (s *script) pause(at vm.Stop) vm.Action {
	s.stops = append(s.stops, fmt.Sprintf("%s:%d", strings.TrimPrefix(at.Func.Name, "U_"), at.Line))
	if s.look != nil {
		s.look(at)
	}
	if len(s.actions) == 0 {
		return vm.Continue
	}
	a := s.actions[0]
	s.actions = s.actions[1:]
	return a
}

func TestDebugger(t *testing.T) {
	type actions = []vm.Action
	tests := []struct {
		name    string
		breaks  []int
		first   bool
		actions actions
		want    string
	}{
		{"breakpoints", []int{20, 26}, false, nil, "TWICE:20 TWICE:20 TWICE:20 EVAL1:26"},
		{"first line", nil, true, nil, "MAIN:4"},
		{"over a call", []int{11}, false, actions{vm.StepOver, vm.StepOver}, "MAIN:11 MAIN:10 MAIN:11 MAIN:11"},
		{"in", []int{11}, false, actions{vm.StepIn, vm.StepIn, vm.StepIn, vm.StepIn}, "MAIN:11 TWICE:20 TWICE:21 TWICE:22 MAIN:10 MAIN:11 MAIN:11"},
		{"out", []int{20}, false, actions{vm.StepOut, vm.Continue}, "TWICE:20 MAIN:10 TWICE:20 TWICE:20"},
		{"over a return", []int{22}, false, actions{vm.StepOver}, "TWICE:22 MAIN:10 TWICE:22 TWICE:22"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &script{actions: test.actions}
			breaks := &vm.Breakpoints{}
			for _, line := range test.breaks {
				breaks.Set("traced.prw", line)
			}
			_, err := thread(t, vm.Options{Hook: &vm.Debugger{Breakpoints: breaks, Pause: s.pause, First: test.first}}, traced).Call("U_Main")
			if got := strings.Join(s.stops, " "); err != nil || got != test.want {
				t.Errorf("stops at %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestDebuggerInspects(t *testing.T) {
	breaks := &vm.Breakpoints{}
	breaks.Set("TRACED.PRW", 21)
	breaks.Set("TRACED.PRW", 16)
	var seen []string
	s := &script{look: func(at vm.Stop) {
		level := 0
		if at.Line == 21 {
			level = 1
		}
		for l := range level + 1 {
			var vars []string
			for _, v := range at.Thread.Locals(l) {
				vars = append(vars, v.Scope+" "+strings.ToLower(v.Name)+"="+v.Value.String())
			}
			seen = append(seen, at.Func.Name+" "+strings.Join(vars, " "))
		}
		if f, ok := at.Thread.Frame(0); !ok || f.Line != at.Line {
			t.Errorf("Frame(0) at a stop = line %d, %v; want %d", f.Line, ok, at.Line)
		}
		if at.Line == 21 {
			breaks.Clear("traced.prw", 21)
		}
		if v, err := at.Thread.Macro("cWord + 'x'"); err != nil || v.Text() != "wx" {
			t.Errorf("Macro at a stop = %v, %v; want \"wx\"", v, err)
		}
	}}
	th := thread(t, vm.Options{Hook: &vm.Debugger{Breakpoints: breaks, Pause: s.pause}, Compile: compileMacro}, traced)
	if _, err := th.Call("U_Main"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"TWICE local nvalue=1 local nresult=NIL static ncalls=1 private cword=\"w\" public lflag=.F.",
		"TWICE local alist={1, 2, 3} local nsum=0 local i=1 static ncalls=1 private cword=\"w\" public lflag=.F.",
		"U_MAIN local alist={1, 2, 3} local nsum=12 local i=4 static ncalls=3 private cword=\"w\" public lflag=.F.",
		"{||} local n=1 local nsum=12 static ncalls=3 private cword=\"w\" public lflag=.F.",
	} {
		if i >= len(seen) || seen[i] != want {
			t.Errorf("stop %d: got %q; want %q", i, seen[min(i, len(seen)-1):], want)
		}
	}
}

func TestDebuggerKills(t *testing.T) {
	d := &vm.Debugger{First: true, Pause: func(vm.Stop) vm.Action { return vm.Kill }}
	if _, err := thread(t, vm.Options{Hook: d}, traced).Call("U_Main"); !errors.Is(err, vm.ErrKilled) {
		t.Errorf("a killed call ends with %v; want ErrKilled", err)
	}
}
