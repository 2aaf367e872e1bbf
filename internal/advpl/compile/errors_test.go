package compile

import (
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// findings compiles a source, verifies what comes out, and returns what is found,
// one a line.
func findings(t *testing.T, name, text string) string {
	t.Helper()
	u, list := Compile(parse(t, name, text))
	if u != nil {
		if err := code.Verify(u); err != nil {
			t.Error(err)
		}
	}
	if (u == nil) != list.Failed() {
		t.Errorf("Compile(%q) = %v with findings %v; want a unit or errors", text, u, list)
	}
	var lines []string
	for _, f := range list {
		line := strings.TrimPrefix(f.Pos.String(), name+":") + ": " + f.Message
		if f.Rule != "" {
			line += " [" + f.Rule + "]"
		}
		if len(f.Near) > 0 {
			line += " (near " + strings.Join(f.Near, ", ") + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestFindings(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Function F()\nLocal a\nLocal A\nReturn", "3:7: local A is declared twice, first at line 2 [duplicate-local]"},
		{"Function F(a)\nLocal a\nReturn", "2:7: local a is declared twice, first at line 1 [duplicate-local]"},
		{"Function F(a, b, a)\nReturn", "1:18: parameter a is declared twice; the last one counts [duplicate-local]"},
		{"Function F()\nStatic a\nLocal a\nReturn", "3:7: local a is declared twice, first at line 2"},
		{"Static a\nStatic a\nFunction F()\nReturn", "2:8: static a is declared twice, first at line 1"},
		{"Function F()\nLocal a\nPrivate a\nPublic a\nReturn a", ""},
		{"Function F()\nReturn\nFunction f()\nReturn", "3:10: function F is declared twice, first at line 1"},
		{"User Function F()\nReturn\nFunction F()\nReturn", ""},
		{"Function F()\nLoop\nReturn", "2:1: Loop outside a loop"},
		{"Function F()\nExit\nReturn", "2:1: Exit outside a loop or Switch"},
		{"Function F()\nSwitch 1\nCase 1\nLoop\nEndSwitch\nReturn", "4:1: Loop outside a loop"},
		{"Method M() Class C\nReturn", "1:8: method M is of class C, which this source does not declare"},
		{"Class Cliente\nMethod New()\nEndClass\nMethod New() Class Clente\nReturn",
			"2:8: method New of class Cliente has no body [method-without-body]\n4:8: method New is of class Clente, which this source does not declare (near Cliente)"},
		{"Class C\nMethod New()\nEndClass\nMethod Now() Class C\nReturn",
			"2:8: method New of class C has no body [method-without-body]\n4:8: class C declares no method Now (near New)"},
		{"Class C\nMethod New()\nMethod New()\nEndClass\nMethod New() Class C\nReturn",
			"3:8: method New is declared twice, first at line 2\n3:8: method New of class C has no body [method-without-body]"},
		{"Class C\nMethod New()\nEndClass\nMethod New() Class C\nReturn\nMethod New() Class C\nReturn",
			"6:8: method New of class C has two bodies, the first at line 4"},
		{"Class C\nEndClass\nClass C\nEndClass", "3:7: class C is declared twice, first at line 1"},
		{"Class C\nData a\nData A\nEndClass", "3:6: data A is declared twice, first at line 2"},
		{"Class LongClassName1\nMethod LongMethod1()\nEndClass\nMethod LongMethod2() Class LongClassName2\nReturn", ""},
		{"Function F(a)\nReturn {a, ...}", "2:12: ... may stand as the last argument or alone in braces only"},
		{"Function F(a)\nReturn G(..., a)", "2:10: ... must be the last argument, after arguments without names"},
		{"Function F(a)\nReturn &a(...)", "2:8: ... cannot be passed to a function or method whose name is computed"},
		{"@Get(path=F())\nFunction F(a)\nReturn", "1:11: the value of an annotation must be constant"},
	}
	for _, test := range tests {
		if got := findings(t, "a.prw", test.text); got != test.want {
			t.Errorf("findings(%q) =\n%s; want\n%s", test.text, got, test.want)
		}
	}
}

// TestLimits compiles functions that exceed what the code can hold.
func TestLimits(t *testing.T) {
	var vars, consts, names strings.Builder
	for i := range 61_000 {
		n := itoa(i)
		vars.WriteString("Local v" + n + "\n")
		consts.WriteString("x := " + n + ".5\n")
		names.WriteString("F" + n + "()\n")
	}
	tests := []struct{ name, body, want string }{
		{"variables", vars.String(), "has more than 60000 variables"},
		{"constants", consts.String(), "has more than 60000 constants"},
		{"names", names.String(), "uses more than 60000 names"},
		{"code", strings.Repeat("Try\nx := 1\nFinally\n", 60) + "Return 1\n" + strings.Repeat("EndTry\n", 60), ""},
		{"final parts", exponential(24), "is too large"},
		{"handlers", strings.Repeat("Begin Sequence With b\n", 990) + strings.Repeat("End Sequence\n", 990), ""},
		{"elements", "Return {" + strings.Repeat("1,", 70_000) + "1}\n", ""},
		{"arguments", "F(" + strings.Repeat("1,", 70_000) + "1)\n", "needs more than 60000 registers"},
		{"long sum", "x := y" + strings.Repeat(" + y", 3000) + "\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, "a.tlpp", "Function F()\n"+test.body+"Return\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("findings = %.200s; want … %s", got, test.want)
			}
		})
	}
}

// exponential returns statements whose last parts are emitted once for each way
// out of their bodies, and have two such ways themselves.
func exponential(n int) string {
	if n == 0 {
		return "x := 1\n"
	}
	return "Try\nIf a\nReturn 1\nEndIf\nReturn 2\nFinally\n" + exponential(n-1) + "EndTry\n"
}

// TestFarJumps compiles a function whose jumps do not fit 16 bits.
func TestFarJumps(t *testing.T) {
	text := "User Function T()\nLocal n, m := 0\nFor n := 1 To 3\nIf n > 2\n" +
		strings.Repeat("m := m + n * 2\n", 20_000) + "EndIf\nNext\nFor n := 3 To 1 Step -1\nIf n == 5 .Or. m < 0\n" +
		strings.Repeat("m := m + n * 2\n", 20_000) + "Else\nm++\nEndIf\nNext\nReturn m"
	if got, want := run(t, "t.prw", text), "120003"; got != want {
		t.Errorf("run = %s; want %s", got, want)
	}
}

func TestMacro(t *testing.T) {
	tests := []struct {
		text string
		mode MacroMode
		want string
	}{
		{"cName", MacroExpr, ""},
		{"cName", MacroAssign, ""},
		{"a[1]:b", MacroAssign, ""},
		{"SA1->A1_COD", MacroAssign, ""},
		{"{|x| x + y}", MacroExpr, ""},
		{"(a, b)", MacroExpr, ""},
		{"NIL", MacroExpr, ""},
		{"NIL", MacroAssign, "cannot assign to a constant in column 1"},
		{"F()", MacroAssign, "cannot assign to the result of F() in column 1"},
		{"", MacroExpr, "*"},
		{"1 +", MacroExpr, "*"},
		{"1 2", MacroExpr, "*"},
		{"'x", MacroExpr, "*"},
		{strings.Repeat("(", 100_000), MacroExpr, "*"},
		{strings.Repeat("x", maxMacro) + "+1", MacroExpr, "*"},
	}
	for _, test := range tests {
		f, err := Macro(test.text, test.mode)
		switch {
		case err == nil && test.want != "":
			t.Errorf("Macro(%.40q, %d) = %v; want error %s", test.text, test.mode, f, test.want)
		case err != nil && (test.want == "" || test.want != "*" && err.Error() != test.want):
			t.Errorf("Macro(%.40q, %d) = error %v; want %q", test.text, test.mode, err, test.want)
		}
		if err == nil {
			verifyMacro(t, test.text, f)
		}
	}
}
