package compile_test

import (
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
)

// FuzzMacro checks that no text of a macro makes the compiler panic or hang, and that
// what it makes may run.
func FuzzMacro(f *testing.F) {
	for _, text := range []string{
		"nTotal", "a + b * 2", `{|x, y| x + y + nTotal}`, "aList[1][2]", "o:m(1):p", "A->B", "(c)->(f(@x))",
		"&(x)", "IIf(a, b, c)", "x := 1", "1 +", "f(,,)", "{{{", `"abc`, "a.b.c(1)", "::x", "a[", "-.5 ^ .T.",
	} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, assign bool) {
		mode := compile.MacroExpr
		if assign {
			mode = compile.MacroAssign
		}
		fn, err := compile.Macro(text, mode)
		if err != nil {
			return
		}
		if err := code.VerifyMacro(fn); err != nil {
			t.Errorf("Macro(%q) makes code that is not valid: %v", text, err)
		}
	})
}
