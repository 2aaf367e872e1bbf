package vm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// emptyFunc is a function that returns NIL and mentions the names.
func emptyFunc(name string, kind code.Kind, names ...string) *code.Func {
	return &code.Func{
		Name: name, Kind: kind, NRegs: 1, Line: 7, Names: names,
		Code:  []code.Instr{{Op: code.RETNIL}},
		Lines: []code.Line{{PC: 0, Line: 8}},
	}
}

// linkUnit makes a unit with functions of the names; a name with a leading "*" is a
// static function.
func linkUnit(name, namespace string, funcs ...string) *code.Unit {
	u := &code.Unit{
		Name: strings.ToUpper(name), Path: name, Namespace: namespace,
		TLPP: strings.HasSuffix(strings.ToUpper(name), ".TLPP"),
	}
	for _, f := range funcs {
		kind := code.Function
		if after, ok := strings.CutPrefix(f, "*"); ok {
			kind, f = code.Static, after
		}
		u.Funcs = append(u.Funcs, emptyFunc(f, kind))
	}
	return u
}

func mustLink(t testing.TB, lib *Library, units ...*code.Unit) *Program {
	t.Helper()
	p, err := Link(units, lib)
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	return p
}

func TestResolve(t *testing.T) {
	native := func(*Thread, Args) (Value, error) { return Num(1), nil }
	lib := &Library{
		Funcs:   map[string]Native{"LEN": native, "ALLTRIM": native, "HELPER": native},
		Classes: map[string]func(*Thread, Args) (Value, error){"JSONOBJECT": native, "POINT": native},
	}
	a := linkUnit("a.prw", "", "U_MAIN", "*HELPER", "ALLTRIM", "U_LONGNAMES", "*STATICLONGNAME", "DUPLICATED1", "DUPLICATED2")
	b := linkUnit("b.tlpp", "N.ONE", "N.ONE.U_X", "N.ONE.LEN", "*HELPER")
	c := linkUnit("c.tlpp", "N.TWO", "N.TWO.U_X", "U_PLAIN", "U_TLPPLONGNAME")
	c.Using = []string{"N.ONE"}
	d := linkUnit("d.prw", "")
	d.Using = []string{"N.NOWHERE", "N.ONE"}
	c.Classes = []*code.Class{{Name: "N.TWO.POINT", Written: "Point"}}
	a.Classes = []*code.Class{{Name: "U_MAIN", Written: "U_Main"}, {Name: "LINE", Written: "Line"}}
	p := mustLink(t, lib, a, b, c, d)

	tests := []struct {
		from *code.Unit
		name string
		want string
	}{
		{a, "HELPER", "A.PRW HELPER"},
		{b, "HELPER", "B.TLPP HELPER"},
		{c, "HELPER", "native"},
		{nil, "HELPER", "native"},
		{a, "ALLTRIM", "A.PRW ALLTRIM"},
		{a, "LEN", "native"},
		{b, "LEN", "B.TLPP N.ONE.LEN"},
		{d, "LEN", "B.TLPP N.ONE.LEN"},
		{b, "U_X", "B.TLPP N.ONE.U_X"},
		{c, "U_X", "C.TLPP N.TWO.U_X"},
		{d, "U_X", "B.TLPP N.ONE.U_X"},
		{a, "U_X", "none"},
		{a, "N.TWO.U_X", "C.TLPP N.TWO.U_X"},
		{b, "U_PLAIN", "C.TLPP U_PLAIN"},
		{a, "U_MAIN", "A.PRW U_MAIN"},
		{b, "LINE", "class LINE"},
		{c, "POINT", "class N.TWO.POINT"},
		{a, "POINT", "native"},
		{a, "N.TWO.POINT", "class N.TWO.POINT"},
		{a, "JSONOBJECT", "native"},
		{a, "ERRORCLASS", "native"},
		{b, "U_LONGNAMEOTHER", "A.PRW U_LONGNAMES"},
		{b, "U_LONGNAME", "A.PRW U_LONGNAMES"},
		{b, "U_LONGNAM", "none"},
		{a, "DUPLICATEDX", "none"},
		{a, "DUPLICATED1", "A.PRW DUPLICATED1"},
		{a, "STATICLONG", "A.PRW STATICLONGNAME"},
		{b, "STATICLONG", "none"},
		{a, "U_TLPPLONGN", "none"},
		{a, "NOTHING", "none"},
		{a, "", "none"},
	}
	for _, test := range tests {
		if got := describe(p.resolve(p.unitOf(test.from), test.name)); got != test.want {
			t.Errorf("resolve(%v, %q) = %s; want %s", test.from, test.name, got, test.want)
		}
	}
	from := p.unitOf(d)
	if n := testing.AllocsPerRun(100, func() { p.resolve(from, "U_X") }); n != 0 {
		t.Errorf("resolve allocates %v times; want 0", n)
	}
}

func describe(t target) string {
	switch {
	case t.fn != nil:
		return t.fn.unit.def.Name + " " + t.fn.def.Name
	case t.native != nil:
		return "native"
	case t.class != nil:
		return "class " + t.class.name
	}
	return "none"
}

func TestLookup(t *testing.T) {
	a := linkUnit("a.prw", "", "U_MAIN", "*HELPER")
	p := mustLink(t, &Library{Funcs: map[string]Native{"LEN": nil, "STR": newErrorObject}}, a)
	for _, test := range []struct {
		name       string
		unit       *code.Unit
		fn         string
		native, ok bool
	}{
		{"u_main", nil, "U_MAIN", false, true},
		{"Helper", a, "HELPER", false, true},
		{"Helper", nil, "", false, false},
		{"Helper", &code.Unit{}, "", false, false},
		{"str", nil, "", true, true},
		{"len", nil, "", false, false},
	} {
		fn, native, ok := p.Lookup(test.name, test.unit)
		name := ""
		if fn != nil {
			name = fn.Name
		}
		if name != test.fn || native != test.native || ok != test.ok {
			t.Errorf("Lookup(%q) = %s, %v, %v; want %s, %v, %v", test.name, name, native, ok, test.fn, test.native, test.ok)
		}
	}
	if u := p.Units(); len(u) != 1 || u[0] != a {
		t.Errorf("Units() = %v; want the one linked", u)
	}
}

func TestLinkTargets(t *testing.T) {
	a := linkUnit("a.prw", "", "*HELPER")
	f := emptyFunc("U_MAIN", code.Function, "CVAR", "HELPER", "LEN", "GONE")
	f.NRegs = 2
	f.Code = []code.Instr{
		code.ABx(code.GETVAR, 0, 0), {Op: code.CALL, C: 1}, {Op: code.CALLR, C: 2}, {Op: code.CALLV, C: 3}, {Op: code.RETNIL},
	}
	a.Funcs = append(a.Funcs, f)
	p := mustLink(t, &Library{Funcs: map[string]Native{"LEN": newErrorObject}}, a)
	fn := p.funcs["U_MAIN"]
	want := []string{"none", "A.PRW HELPER", "native", "none"}
	for i, got := range fn.targets {
		if describe(got) != want[i] || p.names[fn.names[i]] != f.Names[i] {
			t.Errorf("name %d: %s, %s; want %s, %s", i, p.names[fn.names[i]], describe(got), f.Names[i], want[i])
		}
	}
}

func TestLinkErrors(t *testing.T) {
	stored := func(repository string, u *code.Unit) *code.Unit {
		u.Repository = repository
		return u
	}
	class := func(name string, c code.Class) *code.Class {
		c.Name, c.Written, c.Line = name, name, 3
		return &c
	}
	unit := func(name string, classes ...*code.Class) *code.Unit {
		return &code.Unit{Name: strings.ToUpper(name), Path: name, Classes: classes}
	}
	method := func(name string) code.MethodRef {
		return code.MethodRef{Name: name, Func: emptyFunc(name, code.Method)}
	}
	abstract := code.MethodRef{Name: "Run", Abstract: true}
	final := method("RUN")
	final.Final = true
	tests := []struct {
		name  string
		units []*code.Unit
		want  []string // parts of the message; none: no error
	}{
		{"two functions", []*code.Unit{linkUnit("a.prw", "", "U_X", "U_Y"), linkUnit("src/b.prw", "", "U_X", "U_Y")},
			[]string{"src/b.prw:7: function U_X", "a.prw:7", "function U_Y"}},
		{"a function in a repository", []*code.Unit{stored("c.rpo", linkUnit("a.prw", "", "U_X")), linkUnit("b.prw", "", "U_X")},
			[]string{"b.prw:7: function U_X is defined there and in a.prw:7 (in c.rpo): rename one of them; if the source A.PRW is gone, compile its folder into c.rpo again"}},
		{"two static functions", []*code.Unit{linkUnit("a.prw", "", "*F", "*F")}, []string{"a.prw:7: static function F"}},
		{"static functions of two units", []*code.Unit{linkUnit("a.prw", "", "*F"), linkUnit("b.prw", "", "*F")}, nil},
		{"damaged unit", []*code.Unit{{Name: "BAD.PRW", Funcs: []*code.Func{{Name: "X", Kind: code.Function}}}}, []string{"BAD.PRW"}},
		{"two classes", []*code.Unit{unit("a.prw", class("C", code.Class{})), unit("b.prw", class("C", code.Class{}))},
			[]string{"b.prw:3: class C", "a.prw:3"}},
		{"unknown parent", []*code.Unit{unit("a.prw", class("C", code.Class{Parent: "FWMODEL", Interfaces: []string{"FWI"}}))}, nil},
		{"cycle", []*code.Unit{unit("a.prw", class("A", code.Class{Parent: "B"})), unit("b.prw", class("B", code.Class{Parent: "A"}))},
			[]string{"inherits from itself"}},
		{"itself", []*code.Unit{unit("a.prw", class("A", code.Class{Parent: "A"}))}, []string{"class A inherits from itself"}},
		{"final parent", []*code.Unit{unit("a.prw", class("B", code.Class{Parent: "A"}), class("A", code.Class{Final: true}))},
			[]string{"class B inherits from A, which is final"}},
		{"final method", []*code.Unit{unit("a.prw",
			class("A", code.Class{Methods: []code.MethodRef{final}}),
			class("B", code.Class{Parent: "A", Methods: []code.MethodRef{method("RUN")}}))}, []string{"overrides method RUN of A"}},
		{"abstract method", []*code.Unit{unit("a.prw",
			class("A", code.Class{Abstract: true, Methods: []code.MethodRef{abstract}}), class("B", code.Class{Parent: "A"}))},
			[]string{"class B has no method Run, which A declares as abstract"}},
		{"abstract method written", []*code.Unit{unit("a.prw",
			class("A", code.Class{Methods: []code.MethodRef{abstract}}),
			class("B", code.Class{Parent: "A", Methods: []code.MethodRef{method("RUN")}}))}, nil},
		{"interface", []*code.Unit{unit("a.prw",
			class("I", code.Class{Interface: true, Methods: []code.MethodRef{abstract}}),
			class("B", code.Class{Interfaces: []string{"I"}}))}, []string{"class B has no method Run of the interface I"}},
		{"interface kept", []*code.Unit{unit("a.prw",
			class("B", code.Class{Interfaces: []string{"I"}, Methods: []code.MethodRef{method("RUN")}}),
			class("I", code.Class{Interface: true, Methods: []code.MethodRef{abstract}}))}, nil},
		{"data twice", []*code.Unit{unit("a.prw", class("A", code.Class{Data: []code.Data{{Name: "x"}, {Name: "X"}}}))}, []string{"declares data X twice"}},
		{"method twice", []*code.Unit{unit("a.prw", class("A", code.Class{Methods: []code.MethodRef{method("M"), method("m")}}))}, []string{"declares method m twice"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Link(test.units, nil)
			if len(test.want) == 0 {
				if err != nil {
					t.Errorf("Link = %v; want no error", err)
				}
				return
			}
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Link = %v; want %q in it", err, want)
				}
			}
		})
	}
}

func TestLinkChain(t *testing.T) {
	chain := func(n int, forward bool) error {
		u := classUnit("a.prw")
		for i := range n {
			parent := ""
			if k := i - 1; k >= 0 {
				parent = fmt.Sprint("C", k)
			}
			u.Classes = append(u.Classes, &code.Class{Name: fmt.Sprint("C", i), Parent: parent, Data: []code.Data{{Name: fmt.Sprint("d", i)}}})
		}
		if !forward {
			slices.Reverse(u.Classes)
		}
		_, err := Link([]*code.Unit{u}, nil)
		return err
	}
	for _, forward := range []bool{false, true} {
		if err := chain(maxAncestors, forward); err != nil {
			t.Errorf("chain of %d classes: %v", maxAncestors, err)
		}
		if err := chain(20_000, forward); err == nil || !strings.Contains(err.Error(), "has more than 200 ancestors") {
			t.Errorf("chain of 20000 classes: %.200v; want an error", err)
		}
	}
}

func TestStaticTemplate(t *testing.T) {
	u := linkUnit("a.prw", "", "U_X")
	u.Statics = []string{"A", "B"}
	u.Init = &code.Func{Name: "INIT", Kind: code.Initializer, NRegs: 1, Code: []code.Instr{
		code.ABx(code.LOADINT, 0, 5), code.ABx(code.SETSTATIC, 0, 1), {Op: code.RETNIL},
	}}
	p := mustLink(t, nil, u)
	if lu := p.units[0]; lu.init != nil || len(lu.template) != 2 || lu.template[1] != Num(5) || p.funcs["U_X"].lazy {
		t.Errorf("constant initialiser: template %v, lazy %v; want {NIL, 5} and no code", lu.template, p.funcs["U_X"].lazy)
	}
	u.Init.Names = []string{"F"}
	u.Init.Code = []code.Instr{{Op: code.CALL}, code.ABx(code.SETSTATIC, 0, 1), {Op: code.RETNIL}}
	p = mustLink(t, nil, u)
	if lu := p.units[0]; lu.init == nil || len(lu.template) != 2 || !p.funcs["U_X"].lazy || lu.init.lazy {
		t.Errorf("initialiser with a call: %v; want it to run before the first function", lu.init)
	}
}

func TestLinkMacro(t *testing.T) {
	p := mustLink(t, nil, linkUnit("a.prw", "", "U_X", "*F"))
	thread := p.NewThread(Options{})
	def := emptyFunc("", code.Macro, "U_X", "F", "NEWNAME")
	def.NRegs = 2
	def.Code = []code.Instr{{Op: code.CALL, C: 0}, {Op: code.CALL, C: 1}, {Op: code.RETNIL}}
	fn, err := thread.linkMacro(def)
	if err != nil {
		t.Fatal(err)
	}
	if describe(fn.targets[0]) != "A.PRW U_X" || !fn.targets[1].none() {
		t.Errorf("targets of a macro: %s, %s; want U_X and none", describe(fn.targets[0]), describe(fn.targets[1]))
	}
	if s := fn.names[2]; int(s) < len(p.names) || thread.nameOf(s) != "NEWNAME" {
		t.Errorf("new name is number %d, %q; want one of the thread's own", s, thread.nameOf(s))
	}
	def.Code[0].C = 9
	if _, err := thread.linkMacro(def); err == nil {
		t.Error("linkMacro of damaged code succeeds; want an error")
	}
}

func BenchmarkLink(b *testing.B) {
	var units []*code.Unit
	for i := range 100 {
		u := linkUnit("u"+string(rune('A'+i/26))+string(rune('A'+i%26))+".prw", "")
		for k := range 20 {
			u.Funcs = append(u.Funcs, emptyFunc(u.Name[:3]+"F"+string(rune('A'+k)), code.Function, "AADD", "ALLTRIM", "X", "Y"))
		}
		units = append(units, u)
	}
	for b.Loop() {
		if _, err := Link(units, nil); err != nil {
			b.Fatal(err)
		}
	}
}
