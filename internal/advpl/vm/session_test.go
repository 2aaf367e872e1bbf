package vm

import (
	"errors"
	"fmt"
	"testing"

	"appserver/internal/advpl/code"
)

// macroOf assembles the function of a macro.
func macroOf(t testing.TB, f code.Func, text string) *code.Func {
	f.Kind, f.Name = code.Macro, "{&}"
	return assemble(t, f, text)
}

func TestRunKeepsPrivates(t *testing.T) {
	th := newTestThread(t, Options{}, nil)
	set := macroOf(t, code.Func{Names: []string{"N"}, Consts: constants(7)}, "LOADK 0 0|SETVAR 0 0|RET 0")
	get := macroOf(t, code.Func{Names: []string{"N"}}, "GETVAR 0 0|RET 0")
	if _, err := th.Run(get); err == nil {
		t.Error("N before it is assigned: no error")
	}
	if v, err := th.Run(set); err != nil || v.Float() != 7 {
		t.Fatalf("Run(N := 7) = %v, %v", v, err)
	}
	if v, err := th.Run(get); err != nil || v.Float() != 7 {
		t.Errorf("Run(N) = %v, %v; want 7", v, err)
	}
	if vars := th.MemVars(); len(vars) != 1 || vars[0].Name != "N" || vars[0].Scope != "public" {
		t.Errorf("MemVars() = %v; want the public N", vars)
	}
	if _, err := th.Run(&code.Func{Kind: code.Macro}); err == nil {
		t.Error("Run of a function without code: no error")
	}
}

func TestInterruptAndCancel(t *testing.T) {
	soft, hard := errors.New("soft"), errors.New("hard")
	var act func(t *Thread)
	lib := &Library{Funcs: map[string]Native{"ACT": func(t *Thread, _ Args) (Value, error) {
		act(t)
		<-t.Context().Done()
		return Value{}, t.Poll()
	}}}
	th := newTestThread(t, Options{}, lib)
	th.Interrupt(soft)
	for _, c := range []struct {
		act  func(*Thread)
		want error
	}{
		{func(t *Thread) { t.Interrupt(soft) }, soft},
		{func(t *Thread) { t.Interrupt(soft); t.Interrupt(hard) }, soft},
		{func(t *Thread) { t.Interrupt(soft); t.Cancel(hard) }, hard},
		{func(t *Thread) { t.Interrupt(soft) }, hard},
	} {
		act = c.act
		_, err := th.Call("ACT")
		var e *Error
		if !errors.Is(err, c.want) || !errors.As(err, &e) || !e.Fatal {
			t.Errorf("err = %v; want a fatal one of %v", err, c.want)
		}
	}
}

func TestResetSteps(t *testing.T) {
	th := newTestThread(t, Options{Limits: Limits{Steps: 100}}, nil)
	loop := macroOf(t, code.Func{Consts: constants(0, 60, 1)}, "LOADK 0 0|again: ADDK 0 0 2|JGEK 0 1 >end|LOOP >again|end: RET 0")
	for range 3 {
		th.ResetSteps()
		if _, err := th.Run(loop); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := th.Run(loop); err == nil {
		t.Error("120 steps without ResetSteps: no error; want the limit of 100")
	}
}

func TestBroken(t *testing.T) {
	th := newTestThread(t, Options{}, &Library{Funcs: map[string]Native{"PANIC": func(*Thread, Args) (Value, error) { panic("x") }}})
	if th.Broken() {
		t.Error("a new thread is broken")
	}
	if _, err := th.Call("PANIC"); err == nil || !th.Broken() {
		t.Errorf("err = %v, Broken() = %t after a panic", err, th.Broken())
	}
}

// TestBlocksOutliveNames has a block of a macro live on while its thread forgets names.
func TestBlocksOutliveNames(t *testing.T) {
	th := newTestThread(t, Options{}, nil)
	name := func(name string) *code.Func {
		return macroOf(t, code.Func{Names: []string{name}}, "GETVAR 0 0|RET 0")
	}
	for i := range 3 {
		_, _ = th.Run(name(fmt.Sprintf("BEFORE%d", i)))
	}
	th.SetMemVar("A", Int(42))
	b := macroOf(t, code.Func{Blocks: []*code.Func{block(t, code.Func{Names: []string{"A"}}, "0; GETVAR 0 0|RET 0")}}, "CLOSURE 0 0|RET 0")
	v, err := th.Run(b)
	if err != nil {
		t.Fatal(err)
	}
	th.SetMemVar("B", NewArray([]Value{v}))
	for i := range 3 * keptNames {
		_, _ = th.Run(name(fmt.Sprintf("NAME%d", i)))
	}
	if n := th.knownNames(); n > keptNames+10 {
		t.Errorf("%d names are known; want at most %d", n, keptNames+10)
	}
	if len(th.ownNames) > keptNames+10 {
		t.Errorf("%d places for names; want at most %d", len(th.ownNames), keptNames+10)
	}
	if got, err := th.Eval(v); err != nil || got.Float() != 42 {
		t.Errorf("the block = %v, %v; want 42", got, err)
	}
	th.SetMemVar("C", Int(1)) // in a place that was free
	if got, ok := th.MemVar("A"); !ok || got.Float() != 42 {
		t.Errorf("A = %v, %t; want 42", got, ok)
	}
}
