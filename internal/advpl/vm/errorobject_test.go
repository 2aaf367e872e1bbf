package vm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

func TestErrorObjectMembers(t *testing.T) {
	list := NewArray([]Value{Num(1)})
	tests := []struct {
		name string
		set  Value
		want string // what it is afterwards, or ! if it cannot be set
	}{
		{"DESCRIPTION", Str("d"), `"d"`},
		{"OPERATION", Str("o"), `"o"`},
		{"SUBSYSTEM", Str("s"), `"s"`},
		{"FILENAME", Str("f"), `"f"`},
		{"ERRORSTACK", Str("k"), `"k"`},
		{"ERRORENV", Str("e"), `"e"`},
		{"GENCODE", Num(7), "7"},
		{"SUBCODE", Num(1e300), "2147483647"},
		{"SEVERITY", Num(-1), "-1"},
		{"OSCODE", Num(2.9), "2"},
		{"TRIES", Num(3), "3"},
		{"CANRETRY", Bool(true), ".T."},
		{"CANDEFAULT", Bool(true), ".T."},
		{"CANSUBSTITUTE", Bool(true), ".T."},
		{"CARGO", Value{}, "NIL"},
		{"CARGO", list, "{1}"},
		{"ARGS", list, "{1}"},
		{"ARGS", Value{}, "{}"},
		{"ARGS", Num(1), "!"},
		{"DESCRIPTION", Num(1), "!"},
		{"ERRORSTACK", Num(1), "!"},
		{"ERRORENV", Value{}, "!"},
		{"GENCODE", Str("1"), "!"},
		{"TRIES", Str("1"), "!"},
		{"CANRETRY", Num(1), "!"},
		{"NOTHING", Num(1), "!"},
	}
	v, _ := newErrorObject(testThread(Limits{}), nil)
	o := v.Object().Native
	for _, test := range tests {
		before, _ := o.Get(nil, test.name)
		err := o.Set(nil, test.name, test.set)
		got, _ := o.Get(nil, test.name)
		if test.want == "!" {
			if err == nil || got.String() != before.String() {
				t.Errorf("%s := %v: error %v, value %v; want an error and %v as before", test.name, test.set, err, got, before)
			}
			continue
		}
		if err != nil || got.String() != test.want {
			t.Errorf("%s := %v: %v, value %v; want %s", test.name, test.set, err, got, test.want)
		}
	}
}

func TestErrorObjectMethods(t *testing.T) {
	v, _ := newErrorObject(testThread(Limits{}), nil)
	o := v.Object().Native
	for _, test := range []struct {
		name string
		args Args
		want string
	}{
		{"NEW", Args{Str("text")}, "object ERRORCLASS"},
		{"NEW", nil, "object ERRORCLASS"},
		{"DESCRIPTION", nil, `"text"`},
		{"CLASSNAME", nil, `"ERRORCLASS"`},
		{"HASMESSAGE", Args{Str("Cargo")}, ".T."},
		{"HASMESSAGE", nil, ".F."},
		{"NOTHING", nil, "!"},
		{"CARGO", Args{Num(1)}, "!"},
	} {
		got, err := o.Send(nil, test.name, test.args)
		if test.want == "!" {
			if genCode(err) != GenNoMethod {
				t.Errorf("%s(%v) = %v, %v; want no such method", test.name, test.args, got, err)
			}
			continue
		}
		if err != nil || got.String() != test.want {
			t.Errorf("%s(%v) = %v, %v; want %s", test.name, test.args, got, err, test.want)
		}
	}
}

func TestOneObjectForAnError(t *testing.T) {
	th := testThread(Limits{})
	e := boundError(5, 3)
	v := th.errorObject(e)
	if th.errorObject(e) != v || thrown(v) != e || th.errorObject(thrown(v)) != v {
		t.Error("an error and its object do not stay together")
	}
	if args, _ := v.Object().Native.Get(th, "ARGS"); args.String() != "{5, 3}" {
		t.Errorf("Args = %v; want {5, 3}", args)
	}
	for _, v := range []Value{{}, Str("x"), NewNative(longNameBase{})} {
		e := thrown(v)
		if e.GenCode != GenUser || th.errorObject(e) != v {
			t.Errorf("Throw %v: code %d, a Catch gets %v; want %d and the value", v, e.GenCode, th.errorObject(e), GenUser)
		}
	}
}

func TestMakersOfErrors(t *testing.T) {
	for _, test := range []struct {
		err  *Error
		gen  int
		want string
	}{
		{boundError(4, 3), GenBound, "array out of bounds [4] of [3]"},
		{mismatch("+", Num(1), Value{}), GenArg, "type mismatch on +"},
		{memberError(Value{}, "X", false), GenNoVarMethod, "property X of a value that is no object but U"},
		{memberError(Num(1), "RUN", true), GenNoMethod, "method RUN of a value that is no object but N"},
	} {
		if test.err.GenCode != test.gen || test.err.Error() != test.want {
			t.Errorf("error %d %q; want %d %q", test.err.GenCode, test.err, test.gen, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"ALLTRIM", "LTRIM", "RTRIM", "TRIM", "AADD", "U_CUSTOMER", "U_CUSTOMERS", "STR", "ALLTRIM", strings.Repeat("X", 300)}
	for name, want := range map[string]string{
		"ALTRIM":                 "ALLTRIM LTRIM RTRIM",
		"ALLTRMI":                "ALLTRIM",
		"TRIM":                   "LTRIM RTRIM",
		"U_COSTUMER":             "U_CUSTOMER U_CUSTOMERS",
		"QQQQQQ":                 "",
		"":                       "",
		strings.Repeat("X", 301): "",
	} {
		if got := strings.Join(nearest(name, slices.Values(names)), " "); got != want {
			t.Errorf("nearest(%.20s) = %s; want %s", name, got, want)
		}
	}
}

func TestNearMembers(t *testing.T) {
	p := family(t)
	th := p.NewThread(Options{})
	v, _ := th.Instance("Child")
	_, err := th.getMember(v.Object(), th.symbol("OWNN"), nil)
	if e := err.(*Error); !strings.Contains(e.Report(th), "[NEAR: OWN]\n") {
		t.Errorf("report of an unknown property has no near name:\n%s", e.Report(th))
	}
	if got := (&Error{GenCode: GenNoMethod, Operation: "X"}).near(th); got != nil {
		t.Errorf("near names of a method of no object = %v; want none", got)
	}
}

func TestReportFacts(t *testing.T) {
	th := testThread(Limits{})
	e := Errorf(GenOpen, "FOPEN", "cannot open the file: %w", fmt.Errorf("no such file"))
	e.FileName, e.OSCode = "\\data\\x.txt", 2
	for range 40 {
		e.Args = append(e.Args, Str(strings.Repeat("a", 500)))
	}
	e.Stack = []Frame{{Name: "FOPEN", Args: e.Args}, {Name: "U_X", Unit: &code.Unit{Name: "X.PRW"}, Func: &code.Func{File: "x.ch"}}}
	got := e.Report(th)
	for _, want := range []string{
		"cannot open the file: no such file on FOPEN on FOPEN(native) ",
		"[FILE: \\data\\x.txt, system error 2]\n",
		"[CAUSE: no such file]\n",
		"... 40 arguments\n",
		"Called from U_X(x.ch) line : 0\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("report lacks %q:\n%s", want, got)
		}
	}
	if len(got) > 8<<10 {
		t.Errorf("report has %d bytes; want at most 8 KiB", len(got))
	}
	e.Stack = nil
	if got := e.Report(th); strings.Contains(got, "Called") {
		t.Errorf("report without a stack:\n%s", got)
	}
}

func TestConstantData(t *testing.T) {
	init := &code.Func{Name: "INIT", Kind: code.Initializer, NRegs: 3, Names: []string{"A", "B", "C", "D"}, Code: []code.Instr{
		{Op: code.SELF},
		code.ABx(code.LOADINT, 1, 7),
		{Op: code.SETPROP, A: 0, B: 0, C: 1},
		{Op: code.LOADL, A: 1, B: 1},
		{Op: code.SETPROP, A: 0, B: 1, C: 1},
		{Op: code.LOADNIL, A: 1, B: 2},
		{Op: code.SETPROP, A: 0, B: 2, C: 2},
		{Op: code.RETNIL},
	}}
	class := code.Class{Name: "K", Data: []code.Data{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d", Static: true}}, Init: init}
	link := func() *Class { return mustLink(t, nil, classUnit("a.tlpp", class)).classes["K"] }
	c := link()
	if len(c.inits) != 0 || NewArray(c.initial).String() != "{7, .T., NIL}" {
		t.Errorf("constants: %d initialisers, data %v; want none and {7, .T., NIL}", len(c.inits), NewArray(c.initial))
	}
	for name, in := range map[string]code.Instr{
		"static data":   {Op: code.SETPROP, A: 0, B: 3, C: 1},
		"Self as value": {Op: code.SETPROP, A: 0, B: 0, C: 0},
		"another op":    {Op: code.NEWARRAY, A: 1},
	} {
		init.Code[4] = in
		if c := link(); len(c.inits) != 1 || !c.initial[0].IsNil() {
			t.Errorf("%s: %d initialisers, data %v; want the code to run", name, len(c.inits), NewArray(c.initial))
		}
	}
}

func TestTrimStack(t *testing.T) {
	th := testThread(Limits{})
	th.segments = []segment{make(segment, 1), make(segment, 1), make(segment, 1), make(segment, 1)}
	th.seg = 1
	th.trimStack()
	if len(th.segments) != 3 {
		t.Errorf("%d segments are kept; want the two in use and the next", len(th.segments))
	}
}

func TestCoverageOfIncludedCode(t *testing.T) {
	u := linkUnit("a.prw", "", "U_OWN")
	included := emptyFunc("U_INC", code.Function)
	included.File = "inc/b.ch"
	u.Funcs = append(u.Funcs, included)
	p := mustLink(t, nil, u)
	cover := NewCoverage(p)
	_ = cover.Line(nil, included, u, 8)
	_ = cover.Line(nil, included, u, 9999)
	_ = cover.Line(nil, &code.Func{}, u, 8)
	var b strings.Builder
	if err := cover.WriteLCOV(&b, ""); err != nil {
		t.Fatal(err)
	}
	want := "TN:\nSF:a.prw\nFN:7,U_OWN\nFNDA:0,U_OWN\nFNF:1\nFNH:0\nDA:8,0\nLF:1\nLH:0\nend_of_record\n" +
		"TN:\nSF:inc/b.ch\nFN:7,U_INC\nFNDA:1,U_INC\nFNF:1\nFNH:1\nDA:8,1\nLF:1\nLH:1\nend_of_record\n"
	if b.String() != want {
		t.Errorf("WriteLCOV: got\n%s\nwant\n%s", b.String(), want)
	}
}
