package vm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// classUnit makes a unit of classes: Written and Name are filled in from Def.Name.
func classUnit(name string, classes ...code.Class) *code.Unit {
	u := linkUnit(name, "")
	for i := range classes {
		c := classes[i]
		c.Written, c.Name = c.Name, strings.ToUpper(c.Name)
		u.Classes = append(u.Classes, &c)
	}
	return u
}

func testMethod(name string, v code.Visibility) code.MethodRef {
	return code.MethodRef{Name: name, Visibility: v, Func: emptyFunc(strings.ToUpper(name), code.Method)}
}

// constantFunc is an initialiser that sets data to constants.
func constantFunc(names []string, values ...code.Const) *code.Func {
	f := &code.Func{Name: "INIT", Kind: code.Initializer, NRegs: 2, Names: names, Consts: values}
	f.Code = []code.Instr{{Op: code.SELF}}
	for i := range names {
		f.Code = append(f.Code, code.ABx(code.LOADK, 1, int32(i)), code.Instr{Op: code.SETPROP, A: 0, B: uint16(i), C: 1})
	}
	f.Code = append(f.Code, code.Instr{Op: code.RETNIL})
	return f
}

// family is a small hierarchy, in units of its own.
func family(t testing.TB) *Program {
	base := code.Class{
		Name: "Base",
		Data: []code.Data{
			{Name: "pub"},
			{Name: "prot", Visibility: code.Protected},
			{Name: "priv", Visibility: code.Private},
			{Name: "count", Static: true},
			{Name: "fixed", ReadOnly: true},
		},
		Methods: []code.MethodRef{
			testMethod("Show", code.Public),
			testMethod("Inner", code.Private),
			testMethod("Hook", code.Protected),
			{Name: "Missing"},
		},
		Init: constantFunc([]string{"PUB", "PRIV"}, code.Const{Kind: code.ConstNum, Num: 1}, code.Const{Kind: code.ConstStr, Str: "mine"}),
	}
	child := code.Class{
		Name: "Child", Parent: "BASE",
		Data: []code.Data{{Name: "priv"}, {Name: "pub"}, {Name: "own"}},
		Methods: []code.MethodRef{
			testMethod("Show", code.Public),
			testMethod("Inner", code.Public),
			testMethod("Hook", code.Protected),
		},
		Init: constantFunc([]string{"OWN"}, code.Const{Kind: code.ConstTrue}),
	}
	other := code.Class{Name: "Other", Methods: []code.MethodRef{testMethod("Peek", code.Public)}}
	return mustLink(t, nil, classUnit("child.tlpp", child), classUnit("base.tlpp", base), classUnit("other.tlpp", other))
}

// methodOf returns the function of a class's own method.
func methodOf(p *Program, class, name string) *function {
	return p.classes[class].method(p.symbols[name]).fn
}

func TestMembers(t *testing.T) {
	p := family(t)
	thread := p.NewThread(Options{})
	baseCode, childCode, otherCode := methodOf(p, "BASE", "SHOW"), methodOf(p, "CHILD", "SHOW"), methodOf(p, "OTHER", "PEEK")
	plain := &function{def: &code.Func{}}
	tests := []struct {
		class, member string
		from          *function
		want          string // or the beginning of the error
	}{
		{"BASE", "PUB", plain, "1"},
		{"BASE", "PRIV", baseCode, `"mine"`},
		{"BASE", "PRIV", nil, `"mine"`},
		{"BASE", "PRIV", plain, "property PRIV of class BASE is private"},
		{"BASE", "PRIV", otherCode, "property PRIV of class BASE is private"},
		{"BASE", "PRIV", childCode, "property PRIV of class BASE is private"},
		{"BASE", "PROT", childCode, "NIL"},
		{"BASE", "PROT", otherCode, "property PROT of class BASE is protected"},
		{"BASE", "PROT", plain, "property PROT of class BASE is protected"},
		{"CHILD", "PROT", childCode, "NIL"},
		{"CHILD", "PRIV", childCode, "NIL"},
		{"CHILD", "PRIV", plain, "NIL"},
		{"CHILD", "PRIV", baseCode, `"mine"`},
		{"CHILD", "OWN", plain, ".T."},
		{"CHILD", "PUB", plain, "1"},
		{"CHILD", "NOTHING", plain, "class CHILD has no property NOTHING"},
	}
	for _, test := range tests {
		v, err := thread.Instance(test.class)
		if err != nil {
			t.Fatal(err)
		}
		got, err := thread.getMember(v.Object(), thread.symbol(test.member), test.from)
		text := got.String()
		if err != nil {
			text = err.Error()
		}
		if text != test.want {
			t.Errorf("%s:%s from %v = %s; want %s", test.class, test.member, test.from, text, test.want)
		}
	}
}

func TestMethods(t *testing.T) {
	p := family(t)
	thread := p.NewThread(Options{})
	baseCode, childCode := methodOf(p, "BASE", "SHOW"), methodOf(p, "CHILD", "SHOW")
	plain := &function{def: &code.Func{}}
	tests := []struct {
		class, method string
		from          *function
		want          string // class that declares it, or the error
	}{
		{"BASE", "SHOW", plain, "BASE"},
		{"CHILD", "SHOW", plain, "CHILD"},
		{"CHILD", "SHOW", baseCode, "CHILD"},
		{"BASE", "INNER", baseCode, "BASE"},
		{"BASE", "INNER", plain, "method INNER of class BASE is private"},
		{"CHILD", "INNER", plain, "CHILD"},
		{"CHILD", "INNER", baseCode, "BASE"},
		{"CHILD", "HOOK", baseCode, "CHILD"},
		{"CHILD", "HOOK", childCode, "CHILD"},
		{"CHILD", "HOOK", plain, "method HOOK of class CHILD is protected"},
		{"CHILD", "MISSING", plain, "method MISSING of class BASE has no body"},
		{"CHILD", "NOTHING", plain, "class CHILD has no method NOTHING"},
	}
	for _, test := range tests {
		v, err := thread.Instance(test.class)
		if err != nil {
			t.Fatal(err)
		}
		fn, err := thread.findMethod(v.Object(), thread.symbol(test.method), test.from)
		got := ""
		if fn != nil {
			got = fn.class.name
		}
		if err != nil {
			got = err.Error()
			if genCode(err) != GenNoMethod && !strings.Contains(got, " is pr") {
				t.Errorf("%s:%s(): code %d; want %d", test.class, test.method, genCode(err), GenNoMethod)
			}
		}
		if got != test.want {
			t.Errorf("%s:%s() = %s; want %s", test.class, test.method, got, test.want)
		}
	}
}

// What the fast way of the machine may take must be what the slow way finds.
func TestOpenMembersNeedNoCheck(t *testing.T) {
	p := family(t)
	for _, c := range p.Classes() {
		for _, m := range append(slices.Clone(c.fields.list), c.methods.list...) {
			if m.open && m.vis != code.Public {
				t.Errorf("%s:%s is open; want only public members to be", c.name, m.name)
			}
		}
	}
	for _, hides := range []*member{p.classes["CHILD"].field(p.symbols["PRIV"]), p.classes["CHILD"].method(p.symbols["INNER"])} {
		if hides.open {
			t.Errorf("%s:%s, which hides a private member, is open", hides.class.name, hides.name)
		}
	}
}

func TestSetMember(t *testing.T) {
	p := family(t)
	thread := p.NewThread(Options{})
	baseCode, plain := methodOf(p, "BASE", "SHOW"), &function{def: &code.Func{}}
	a, _ := thread.Instance("child")
	b, _ := thread.Instance("BASE")
	set := func(v Value, name string, from *function) error {
		return thread.setMember(v.Object(), thread.symbol(name), Num(42), from)
	}
	for _, test := range []struct {
		member string
		from   *function
		ok     bool
	}{
		{"PUB", plain, true}, {"PRIV", baseCode, true}, {"COUNT", plain, true}, {"PROT", plain, false},
		{"FIXED", baseCode, true}, {"FIXED", nil, true}, {"FIXED", plain, false}, {"NOTHING", plain, false},
	} {
		if err := set(a, test.member, test.from); (err == nil) != test.ok {
			t.Errorf("%s := 42: error %v; want ok %v", test.member, err, test.ok)
		}
	}
	for _, test := range []struct {
		obj    Value
		member string
		want   string
	}{
		{a, "PUB", "42"}, {b, "PUB", "1"}, {b, "COUNT", "42"}, {b, "PRIV", `"mine"`},
	} {
		got, err := thread.getMember(test.obj.Object(), thread.symbol(test.member), nil)
		if err != nil || got.String() != test.want {
			t.Errorf("%s of %v = %v, %v; want %s", test.member, test.obj, got, err, test.want)
		}
	}
	other := p.NewThread(Options{})
	v, _ := other.Instance("BASE")
	if got, err := other.getMember(v.Object(), other.symbol("COUNT"), nil); err != nil || !got.IsNil() {
		t.Errorf("static data in another thread = %v, %v; want NIL", got, err)
	}
}

func TestSuperMethod(t *testing.T) {
	p := family(t)
	thread := p.NewThread(Options{})
	for _, test := range []struct{ class, method, want string }{
		{"CHILD", "SHOW", "BASE"},
		{"CHILD", "HOOK", "BASE"},
		{"CHILD", "INNER", "method INNER of class BASE is private"},
		{"CHILD", "NEW", "class BASE has no method NEW"},
		{"BASE", "NEW", "class BASE has no parent with a method NEW"},
	} {
		fn, err := thread.superMethod(p.classes[test.class], thread.symbol(test.method))
		got := fmt.Sprint(err)
		if fn != nil {
			got = fn.class.name
		}
		if got != test.want {
			t.Errorf("_Super:%s() in %s = %s; want %s", test.method, test.class, got, test.want)
		}
	}
}

func TestInstanceErrors(t *testing.T) {
	p := mustLink(t, nil, classUnit("a.tlpp",
		code.Class{Name: "Lost", Parent: "FWNOTHERE"},
		code.Class{Name: "Heir", Parent: "LOST"},
		code.Class{Name: "Shape", Abstract: true},
		code.Class{Name: "Half", Methods: []code.MethodRef{{Name: "Area", Abstract: true}}},
		code.Class{Name: "Runner", Interface: true},
		code.Class{Name: "Promise", Interfaces: []string{"FWI"}},
	))
	thread := p.NewThread(Options{})
	for class, want := range map[string]string{
		"Lost":    "class FWNOTHERE does not exist: LOST needs it",
		"Heir":    "class FWNOTHERE does not exist: HEIR needs it",
		"Promise": "class FWI does not exist: PROMISE needs it",
		"Shape":   "class SHAPE is abstract and has no objects",
		"Half":    "class HALF is abstract and has no objects",
		"Runner":  "RUNNER is an interface and has no objects",
		"Nobody":  "class NOBODY does not exist",
	} {
		if v, err := thread.Instance(class); err == nil || err.Error() != want {
			t.Errorf("Instance(%s) = %v, %v; want %q", class, v, err, want)
		}
	}
}

func TestShortMemberNames(t *testing.T) {
	data := []code.Data{{Name: "nQuantityA"}, {Name: "cDescription"}, {Name: "nSameStart1"}, {Name: "nSameStart2"}}
	methods := []code.MethodRef{testMethod("CalculateTotal", code.Public)}
	p := mustLink(t, nil,
		classUnit("a.prw", code.Class{Name: "Short", Data: data, Methods: methods},
			code.Class{Name: "Long", LongNames: true, Data: data, Methods: methods},
			code.Class{Name: "Marked", LongNames: true}),
		classUnit("b.tlpp", code.Class{Name: "Modern", Data: data, Methods: methods}))
	for _, test := range []struct {
		class, name string
		want        bool
	}{
		{"SHORT", "cDescription", true},
		{"SHORT", "CDESCRIPTI", true},
		{"SHORT", "CDESCRIPTIVE", true},
		{"SHORT", "CDESCRIPT", false},
		{"SHORT", "NSAMESTART3", false},
		{"SHORT", "CalculateX", false},
		{"SHORT", "CalculateTax", true},
		{"LONG", "CDESCRIPTIVE", false},
		{"MODERN", "CDESCRIPTIVE", false},
	} {
		c := p.classes[test.class]
		if got := c.HasData(test.name) || c.HasMethod(test.name); got != test.want {
			t.Errorf("%s has %s = %v; want %v", test.class, test.name, got, test.want)
		}
	}
	thread := p.NewThread(Options{})
	v, err := thread.Instance("marked")
	if err != nil {
		t.Fatal(err)
	}
	if fn, err := thread.superMethod(v.Object().Class, thread.symbol("NEW")); fn != nil || err != nil {
		t.Errorf("_Super:New() of a LongNameClass = %v, %v; want its native part's business", fn, err)
	}
	if _, err := v.Object().Native.Send(thread, "NEW", nil); err != nil {
		t.Errorf("New of a LongNameClass: %v", err)
	}
	if _, err := thread.getMember(v.Object(), thread.symbol("X"), nil); genCode(err) != GenNoVarMethod {
		t.Errorf("X: error %v; want no such property", err)
	}
}

func TestNativeParent(t *testing.T) {
	p := mustLink(t, nil, classUnit("a.tlpp", code.Class{
		Name: "MyError", Parent: "ERRORCLASS", Data: []code.Data{{Name: "extra"}},
		Methods: []code.MethodRef{testMethod("Show", code.Public)},
	}))
	thread := p.NewThread(Options{})
	v, err := thread.Instance("MyError")
	if err != nil {
		t.Fatal(err)
	}
	o := v.Object()
	for _, name := range []string{"EXTRA", "DESCRIPTION"} {
		if err := thread.setMember(o, thread.symbol(name), Str("x"), nil); err != nil {
			t.Errorf("%s := \"x\": %v", name, err)
		}
		if got, err := thread.getMember(o, thread.symbol(name), nil); err != nil || got.Text() != "x" {
			t.Errorf("%s = %v, %v; want \"x\"", name, got, err)
		}
	}
	if fn, err := thread.findMethod(o, thread.symbol("HASMESSAGE"), nil); fn != nil || err != nil {
		t.Errorf("method of the native part: %v, %v; want nil, nil", fn, err)
	}
	if _, err := thread.findMethod(o, thread.symbol("EXTRA"), nil); genCode(err) != GenNoMethod {
		t.Errorf("data called as a method: %v; want no such method", err)
	}
	if e := thrown(v); e.Object != v || e.Description != "x" {
		t.Errorf("Throw of an heir of ErrorClass: %v, %v; want the object itself", e.Object, e)
	}
	for name, want := range map[string]bool{"myerror": true, "ErrorClass": true, "Other": false} {
		if got := o.IsDerived(name); got != want {
			t.Errorf("IsDerived(%s) = %v; want %v", name, got, want)
		}
	}
	if o.ClassName() != "MYERROR" {
		t.Errorf("ClassName() = %s; want MYERROR", o.ClassName())
	}
}

func TestClassFacts(t *testing.T) {
	c, ok := family(t).ClassNamed("Child")
	if !ok || c.Name() != "CHILD" || c.Parent().Name() != "BASE" || c.Unit().Name != "CHILD.TLPP" {
		t.Fatalf("ClassNamed(Child) = %v, %v", c, ok)
	}
	if got := strings.Join(c.DataNames(), " "); got != "PUB PROT PRIV COUNT FIXED OWN" {
		t.Errorf("DataNames() = %s", got)
	}
	if got := strings.Join(c.MethodNames(), " "); got != "SHOW INNER HOOK MISSING" {
		t.Errorf("MethodNames() = %s", got)
	}
	if !c.HasMethod("show") || c.HasMethod("own") || !c.HasData("Own") {
		t.Error("HasMethod, HasData: want Show as a method and Own as data")
	}
}

func TestMemberTable(t *testing.T) {
	var table memberTable
	if table.get(3) != nil {
		t.Error("an empty table has members")
	}
	members := map[symbol]*member{}
	for i := range 500 {
		s := symbol(i * i % 1021)
		m := &member{name: fmt.Sprint(i)}
		table.put(s, m)
		members[s] = m
	}
	for s := symbol(0); s < 1100; s++ {
		if table.get(s) != members[s] {
			t.Fatalf("get(%d) = %v; want %v", s, table.get(s), members[s])
		}
	}
	if len(table.list) != len(members) {
		t.Errorf("list has %d members; want %d", len(table.list), len(members))
	}
	old := table.clone()
	table.put(2000, &member{})
	if old.get(2000) != nil || old.get(1) != members[1] {
		t.Error("a clone changes with its original")
	}
}

func BenchmarkField(b *testing.B) {
	p := family(b)
	c, s := p.classes["CHILD"], p.symbols["OWN"]
	for b.Loop() {
		if c.field(s) == nil {
			b.Fatal("no field")
		}
	}
}
