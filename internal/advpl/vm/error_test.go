package vm_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

const failures = `// failures.tlpp
Function Caught()
	Local aGot := {}
	Try
		AAdd(aGot, {} + "x")
	Catch oErr
		AAdd(aGot, oErr:Description)
		AAdd(aGot, oErr:GenCode)
		AAdd(aGot, oErr:Operation)
		AAdd(aGot, Len(oErr:Args))
		AAdd(aGot, oErr:Args[2])
		AAdd(aGot, oErr:CanRetry)
		AAdd(aGot, GetClassName(oErr))
		AAdd(aGot, oErr:ErrorStack)
		oErr:Cargo := aGot
		AAdd(aGot, oErr:Cargo == aGot)
		oErr:Description := "mine"
		AAdd(aGot, oErr:HasMessage("gencode"))
		AAdd(aGot, oErr:HasMessage("nothing"))
	EndTry
Return aGot

Function Rethrown()
	Local cWhere := ""
	Try
		Try
			Boom(7)
		Catch oErr
			oErr:SubCode := 5
			Throw oErr
		EndTry
	Catch oOuter
		cWhere := oOuter:ErrorStack
		Return {oOuter:SubCode, cWhere}
	EndTry
Return NIL

Function Own()
	Local oErr := ErrorClass():New("my own")
	oErr:GenCode := 4711
	Try
		Throw oErr
	Catch oGot
		Return {oGot == oErr, oGot:GenCode, oGot:Description}
	EndTry
Return NIL

Function AnyValue()
	Try
		Throw {1, 2}
	Catch aGot
		Return aGot
	EndTry
Return NIL

Function OldStyle()
	Local bOld := ErrorBlock({|e| Break(e)})
	Local oGot
	Begin Sequence
		Boom(1)
	Recover Using oErr
		oGot := oErr
	End Sequence
	ErrorBlock(bOld)
Return oGot:Description

Function Boom(nArg)
Return nArg / (nArg - nArg)

Function Uncaught(cName, aList)
	Local nDepth := 3
Return nDpeth

Function Outer()
	Local cLong := Replicate("abc", 1000)
Return Uncaught(cLong, {1, {2, {3, {4}}}, NIL, .T.})

Function Unknown()
Return Uncauhgt()

Function Deep(n)
	If n == 0
		Return Boom(1)
	EndIf
Return Deep(n - 1)

Function Wrong()
	Local oErr := ErrorClass():New()
	oErr:GenCode := "x"
Return NIL
`

func TestErrorObjects(t *testing.T) {
	th := thread(t, vm.Options{}, failures)
	stack := `"CAUGHT(FAILURES.TLPP) line : 5\n"`
	tests := []struct{ name, want string }{
		{"Caught", `{"type mismatch", 1, "+", 2, "x", .F., "ERRORCLASS", ` + stack + `, .T., .T., ... 11}`},
		{"Rethrown", `{5, "BOOM(FAILURES.TLPP) line : 68\nCalled from RETHROWN(FAILURES.TLPP) line : 27\n"}`},
		{"Own", `{.T., 4711, "my own"}`},
		{"AnyValue", `{1, 2}`},
		{"OldStyle", `"zero divisor"`},
	}
	for _, test := range tests {
		th := thread(t, vm.Options{}, failures)
		got, err := th.Call(test.name)
		if err != nil || got.String() != test.want {
			t.Errorf("%s() = %v, %v; want %s", test.name, got, err, test.want)
		}
	}
	if _, err := th.Call("Wrong"); err == nil || err.Error() != "type mismatch on GENCODE" {
		t.Errorf("GenCode := \"x\": %v; want a type mismatch", err)
	}
}

func TestReport(t *testing.T) {
	th := thread(t, vm.Options{Report: []string{"build 1", "environment TEST"}}, failures)
	report := func(name string, args ...vm.Value) string {
		_, err := th.Call(name, args...)
		var e *vm.Error
		if !errors.As(err, &e) {
			t.Fatalf("%s() = %v; want an *Error", name, err)
		}
		return e.Report(th)
	}
	want := `variable does not exist NDPETH on UNCAUGHT(FAILURES.TLPP) 22/11/2026 12:00:00 line : 72

[TYPE: BASE 14/0]
[OPERATION: NDPETH]
[NEAR: NDEPTH]
    Param 1: C "` + strings.Repeat("abc", 33) + `a"... 3000 bytes
    Param 2: A {1, {2, {3, {... 1}}}, NIL, .T.}
Called from OUTER(FAILURES.TLPP) line : 76

build 1
environment TEST
`
	if got := report("Outer"); got != want {
		t.Errorf("Report:\n%s\nwant:\n%s", got, want)
	}
	if got := report("Unknown"); !strings.Contains(got, "[NEAR: UNCAUGHT]\n") {
		t.Errorf("report of an unknown function has no near name:\n%s", got)
	}
	got := report("Deep", vm.Int(5000))
	if len(got) > 12<<10 || !strings.Contains(got, "zero divisor on / on BOOM(") || !strings.Contains(got, "... ") {
		t.Errorf("report of 5000 calls has %d bytes:\n%s", len(got), got[:min(len(got), 2000)])
	}
}

func TestErrorText(t *testing.T) {
	cause := fs.ErrNotExist
	tests := []struct {
		err  *vm.Error
		want string
	}{
		{vm.Errorf(vm.GenArg, "+", "type mismatch"), "type mismatch on +"},
		{vm.Errorf(vm.GenNoVar, "CNAME", "variable does not exist CNAME"), "variable does not exist CNAME"},
		{vm.Errorf(vm.GenOpen, "", "cannot open %s: %w", "x", cause), "cannot open x: file does not exist"},
		{vm.ArgError("SUBSTR", vm.Args{vm.Str("a"), vm.Value{}}, 1, "a number"), "argument 2 of SUBSTR is U, a number is needed"},
		{vm.ArgError("SUBSTR", nil, 0, "a string"), "argument 1 of SUBSTR is U, a string is needed"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("Error() = %q; want %q", got, test.want)
		}
	}
	if !errors.Is(tests[2].err, cause) {
		t.Error("an error made with %w does not wrap its cause")
	}
	if e := tests[3].err; e.GenCode != vm.GenArg || len(e.Args) != 2 || e.Args[0].Text() != "a" || e.SubSystem != "BASE" {
		t.Errorf("ArgError = %+v; want GenArg with both arguments", e)
	}
}

func TestValueString(t *testing.T) {
	cyclic := vm.NewArray(make([]vm.Value, 2))
	cyclic.Array().Elems[0] = cyclic
	many := vm.NewArray(make([]vm.Value, 1000))
	tests := []struct {
		v    vm.Value
		want string
	}{
		{vm.Value{}, "NIL"},
		{vm.Num(-12.5), "-12.5"},
		{vm.Num(12345678), "12345678"},
		{vm.Num(1e20), "1e+20"},
		{vm.Bool(true), ".T."},
		{vm.Bool(false), ".F."},
		{vm.DateOf(2461367), `SToD("20261122")`},
		{vm.DateOf(0), `SToD("")`},
		{vm.DateOf(-5), `SToD("")`},
		{vm.Str("a\"b\\c\n\x00\xE7"), `"a\"b\\c\n\x00` + "\xE7" + `"`},
		{vm.Str(strings.Repeat("x", 200)), `"` + strings.Repeat("x", 100) + `"... 200 bytes`},
		{vm.NewArray(nil), "{}"},
		{cyclic, "{{{{... 2}, NIL}, NIL}, NIL}"},
		{many, "{NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, ... 1000}"},
	}
	for _, test := range tests {
		if got := test.v.String(); got != test.want {
			t.Errorf("String() = %s; want %s", got, test.want)
		}
	}
}

// A recursion is one line of a report, with how often it called.
func TestReportFoldsRecursion(t *testing.T) {
	const source = `// deep.tlpp
Function Down(n)
	If n == 0
		Return 1 / n
	EndIf
Return Down(n - 1)
Function Start(n)
Return Down(n)
`
	report := func(n int) string {
		th := thread(t, vm.Options{}, source)
		_, err := th.Call("Start", vm.Int(n))
		var e *vm.Error
		if !errors.As(err, &e) {
			t.Fatalf("Start(%d) = %v; want an *Error", n, err)
		}
		_, calls, _ := strings.Cut(e.Report(th), "    Param 1: N 0\n")
		return calls
	}
	for n, want := range map[int]string{
		0:    "Called from START(DEEP.TLPP) line : 8\n    Param 1: N 0\n",
		1:    "Called from DOWN(DEEP.TLPP) line : 6\n    Param 1: N 1\nCalled from START(DEEP.TLPP) line : 8\n    Param 1: N 1\n",
		100:  "Called from DOWN(DEEP.TLPP) line : 6, 100 times\n    Param 1: N 1\nCalled from START(DEEP.TLPP) line : 8\n    Param 1: N 100\n",
		1000: "Called from DOWN(DEEP.TLPP) line : 6, 255 times\n    Param 1: N 1\n... further calls\n",
	} {
		if got := report(n); got != want {
			t.Errorf("calls of a recursion of %d:\n%s\nwant:\n%s", n, got, want)
		}
	}
}
