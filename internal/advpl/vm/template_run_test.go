package vm_test

import (
	"errors"
	"fmt"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// macroTexts are texts with literals in all places that a text can have.
var macroTexts = []string{
	"1", "'a'", "-1", "1 + 2 * 3", "'a' + 'b'", "10 / 0", "nTotal + 1", "nTotal % 3 == 1", "cText = 'ab'", "'b' $ cText",
	"aList[2]", "aList[5]", "aList[1 + 1]", "Twice(4)", "Twice('x')", "Twice(1) + Twice(2)", "PCount(1, 2)", "Parameter(0)",
	"IIf(nTotal > 5, 'more', 'less')", "IIf(1, 2, 3)", ".T. .And. 1", "!1", "(1, 2)", "1, 2", "1 = 2", "Twice(1 = 1)", "'x' == 'x'",
	"nTotal := 7", "nTotal += 2", "1 := 2", "1++", "@1", "Twice(@1)", "Twice(1)(2)", "1(2)", "'f'(1)", "1->A", "'SA1'->A1_COD", "SA1->A1_COD + '1'",
	"('SA1')->(1)", "nTotal:x(1)", "nTotal:1", "aList[1][2]", "1[2]", "'ab'[1]", "[it's 5]", "[a 'b' c]", "// 5", "5 // 'x'", "/* 5 */ 6", "5 /* 'x' */", "5 && 6",
	"* 5", "1 2", "'a' 'b'", "Twice 5", "1 +", "+", "''", "\"it's\"", "'say \"x\"'", "1.5", "1.5.", ".5", "5.", "1..2", "1.And.2", "0x10", "1e5", "5T",
	"Date() + 1", "{1, 2}", "{|| 5}", "{'a': 1}", "Self:x(1)", "::x", "StaticCall(A, B, 1)", "Eval(1)", "Break(5)", "&('1')", "&nTotal.5", "'a' - 'b'", "2 ^ 3", "2 ** 3",
	"#1", "1 # 2", "1 <> 2", "$1", "1;2", "1\n2", "\x00", "'\x00'", "\x01\x01", "1\x00", "(((1)))", "1 -> 2", "0 -> (1)", "Twice(, 1)", "Twice(1,)", "cText ? 1", "...", "1...",
}

// compilers returns the compiler of macros, and one that knows no templates.
func compilers() (with, without func(string, vm.MacroMode) (*code.Func, error)) {
	return compileMacro, func(text string, mode vm.MacroMode) (*code.Func, error) {
		if mode == vm.MacroTemplate {
			return nil, errors.New("no templates")
		}
		return compileMacro(text, mode)
	}
}

const macroHost = `// macros.tlpp
Function Run(cMacro)
	Private nTotal := 10
	Private cText := "abc"
	Private aList := {1, {2, 3}}
Return {&cMacro, nTotal}

Function Twice(x)
Return x + x
`

// macroThread makes a thread of macroHost.
func macroThread(t testing.TB, compile func(string, vm.MacroMode) (*code.Func, error)) *vm.Thread {
	t.Helper()
	th := semanticThread(t, vm.Options{Limits: vm.Limits{Steps: 1_000_000}}, macroHost)
	o := th.Options()
	o.Compile = compile
	return th.Program().NewThread(o)
}

// evaluate returns the value of a macro, or its error.
func evaluate(th *vm.Thread, text string) string {
	v, err := th.Call("Run", vm.Str(text))
	if err != nil {
		var e *vm.Error
		errors.As(err, &e)
		return fmt.Sprintf("%v; %s", err, vm.NewArray(e.Args))
	}
	return v.String()
}

// TestTemplates shows that texts mean the same whether or not those that differ only
// in literals share their code.
func TestTemplates(t *testing.T) {
	with, without := compilers()
	one, other := macroThread(t, with), macroThread(t, without)
	for range 2 { // compiled, and kept
		for _, text := range macroTexts {
			if got, want := evaluate(one, text), evaluate(other, text); got != want {
				t.Errorf("&(%q) = %s; want %s", text, got, want)
			}
		}
	}
}

// TestTemplatesAreShared shows that a text with other literals is not compiled again.
func TestTemplatesAreShared(t *testing.T) {
	compiled := 0
	th := macroThread(t, func(text string, mode vm.MacroMode) (*code.Func, error) {
		compiled++
		return compileMacro(text, mode)
	})
	for i := range 1000 {
		text, want := fmt.Sprintf("Twice(%d) + %d.5", i, i), fmt.Sprintf("{%v.5, 10}", 3*i)
		if got := evaluate(th, text); got != want {
			t.Fatalf("&(%q) = %s; want %s", text, got, want)
		}
	}
	if compiled != 1 {
		t.Errorf("%d macros were compiled; want 1", compiled)
	}
}

// TestTemplatesTakeNoMemory shows that a macro with literals that is known makes nothing.
func TestTemplatesTakeNoMemory(t *testing.T) {
	th := semanticThread(t, vm.Options{}, `// turns.tlpp
Function Turns(n)
	Local cText := "Minus(7) - 3.5"
	Local x, i
	For i := 1 To n
		x := &cText
	Next
Return x

Function Minus(n)
Return -n
`)
	allocs := func(n int) float64 {
		return testing.AllocsPerRun(5, func() {
			if v, err := th.Call("Turns", vm.Int(n)); err != nil || v.Float() != -10.5 {
				t.Fatalf("Turns(%d) = %v, %v; want -10.5", n, v, err)
			}
		})
	}
	if few, many := allocs(10), allocs(1000); many > few {
		t.Errorf("%v allocations in 1000 turns, %v in 10", many, few)
	}
}

// TestTemplatesNest shows that a macro may evaluate another of the same template.
func TestTemplatesNest(t *testing.T) {
	th := semanticThread(t, vm.Options{}, `// nest.tlpp
Function Down(n)
	If n <= 0
		Return "end"
	EndIf
Return &("Down(" + Minus(n) + ") + '" + Minus(n) + "'")

Static Function Minus(n)
Return IIf(n == 3, "2", IIf(n == 2, "1", "0"))
`)
	if v, err := th.Call("Down", vm.Int(3)); err != nil || v.String() != `"end012"` {
		t.Errorf("Down(3) = %v, %v; want end012", v, err)
	}
}

// FuzzTemplates checks what TestTemplates does for any text.
func FuzzTemplates(f *testing.F) {
	for _, text := range macroTexts {
		f.Add(text)
	}
	with, without := compilers()
	one, other := macroThread(f, with), macroThread(f, without)
	f.Fuzz(func(t *testing.T, text string) {
		for range 2 {
			if got, want := evaluate(one, text), evaluate(other, text); got != want {
				t.Errorf("&(%q) = %s; want %s", text, got, want)
			}
		}
	})
}
