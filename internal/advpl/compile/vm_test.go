package compile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

func disassembly(u *code.Unit) string {
	var b bytes.Buffer
	code.Disassemble(&b, u)
	return b.String()
}

// run compiles a source, calls its function U_T and returns the value as text, or
// the error.
func run(t testing.TB, name, text string) string {
	t.Helper()
	u := compileText(t, name, text)
	p, err := vm.Link([]*code.Unit{u}, lib.Library())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	th := p.NewThread(vm.Options{
		Stdout: &out,
		Limits: vm.Limits{Steps: 1_000_000},
		Compile: func(text string, mode vm.MacroMode) (*code.Func, error) {
			return Macro(text, MacroMode(mode))
		},
	})
	v, err := th.Call(u.Funcs[0].Name)
	if err != nil {
		return "error: " + err.Error()
	}
	if out.Len() > 0 {
		return out.String() + "|" + show(v)
	}
	return show(v)
}

// show returns a value as AdvPL writes it.
func show(v vm.Value) string {
	switch v.Kind() {
	case vm.Nil:
		return "NIL"
	case vm.Number:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case vm.Logical:
		if v.Truth() {
			return ".T."
		}
		return ".F."
	case vm.String:
		return v.Text()
	case vm.Array:
		var list []string
		for _, e := range v.Array().Elems {
			list = append(list, show(e))
		}
		return "{" + strings.Join(list, ",") + "}"
	case vm.Block:
		return "{||}"
	case vm.Object:
		return v.Object().ClassName()
	}
	return fmt.Sprint(v.Kind())
}

func TestBehaviour(t *testing.T) {
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) { checkBehaviour(t, "t.prw", b.text, b.want) })
	}
	for _, b := range tlppBehaviours {
		t.Run("tlpp "+b.name, func(t *testing.T) { checkBehaviour(t, "t.tlpp", b.text, b.want) })
	}
}

// checkBehaviour compares what a function returns; an expected error is compared
// by its beginning.
func checkBehaviour(t *testing.T, file, text, want string) {
	t.Helper()
	text = wholeSource(text)
	got := run(t, file, text)
	if got == want || want == "error: " && strings.HasPrefix(got, want) {
		return
	}
	t.Errorf("run(%s) = %s; want %s\n%s", text, got, want, disassembly(compileText(t, file, text)))
}
