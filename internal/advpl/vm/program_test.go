package vm_test

import (
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
	"appserver/internal/advpl/vm"
)

// compileUnit compiles a source.
func compileUnit(t testing.TB, name, text string) *code.Unit {
	t.Helper()
	f, findings := source.Decode(name, []byte(text))
	fail := func() {
		if findings.Failed() {
			var b strings.Builder
			_ = findings.Write(&b)
			t.Fatal(b.String())
		}
	}
	fail()
	pre := preproc.Run(f, preproc.Options{})
	findings = pre.Findings
	fail()
	var parsed *syntax.Source
	parsed, findings = syntax.Parse(f, pre.Tokens)
	fail()
	var u *code.Unit
	u, findings = compile.Compile(parsed)
	fail()
	return u
}

// natives are the few functions of the library that the programs here call.
var natives = map[string]vm.Native{
	"LEN": func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
		v := a.Get(0)
		switch v.Kind() {
		case vm.Array:
			return vm.Int(len(v.Array().Elems)), nil
		case vm.String:
			return vm.Int(v.Len()), nil
		}
		return vm.Value{}, vm.ArgError("LEN", a, 0, "a string or an array")
	},
	"AADD": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		v := a.Get(0)
		if v.Kind() != vm.Array {
			return vm.Value{}, vm.ArgError("AADD", a, 0, "an array")
		}
		list := v.Array()
		if len(list.Elems) == cap(list.Elems) {
			if err := t.CheckArray(2*len(list.Elems) + 1); err != nil {
				return vm.Value{}, err
			}
		}
		list.Elems = append(list.Elems, a.Get(1))
		return a.Get(1), nil
	},
	"REPLICATE": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		n := int(a.Get(1).Float()) * a.Get(0).Len()
		if err := t.CheckString(n); err != nil {
			return vm.Value{}, err
		}
		return vm.Str(strings.Repeat(a.Get(0).Text(), int(a.Get(1).Float()))), nil
	},
	"GETCLASSNAME": func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
		return vm.Str(a.Get(0).Object().ClassName()), nil
	},
	"ERRORBLOCK": func(t *vm.Thread, a vm.Args) (vm.Value, error) { return t.ErrorBlock(a.Get(0)), nil },
}

// noon is when the programs here run.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// program links the sources, each preceded by a line of the form "// name".
func program(t testing.TB, sources ...string) *vm.Program {
	t.Helper()
	var units []*code.Unit
	for _, s := range sources {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, "// "), "\n")
		units = append(units, compileUnit(t, name, s))
	}
	p, err := vm.Link(units, &vm.Library{Funcs: natives})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func thread(t testing.TB, o vm.Options, sources ...string) *vm.Thread {
	t.Helper()
	if o.Now == nil {
		o.Now = noon
	}
	return program(t, sources...).NewThread(o)
}

const shapes = `// shapes.tlpp
Class Shape
	Public Data cName
	Protected Data nSides
	Private Data cSecret
	Public Static Data nMade
	Public Method New() Constructor
	Public Method Describe()
	Public Method Secret()
EndClass

Method New(cName) Class Shape
	::cName := cName
	::nSides := 0
	::cSecret := "of " + cName
	If Shape():nMade == NIL
		Shape():nMade := 0
	EndIf
	::nMade := ::nMade + 1
Return Self

Method Describe() Class Shape
Return ::cName + " " + ::Secret()

Method Secret() Class Shape
Return ::cSecret
`

const square = `// square.tlpp
Class Square From Shape
	Public Data aSizes
	Private Data cSecret
	Public Method New() Constructor
	Public Method Describe()
	Public Method Own()
EndClass

Method New(nSize) Class Square
	_Super:New("square")
	::aSizes := {nSize}
	::nSides := 4
	::cSecret := "hidden"
Return Self

Method Describe() Class Square
Return _Super:Describe() + " " + If(::nSides == 4, "four", "?")

Method Own() Class Square
Return ::cSecret

Function Told()
	Local o := Square():New(2)
	Shape():New("other")
Return {o:Describe(), o:Own(), Shape():nMade, GetClassName(o), o:aSizes[1]}

Function Peek()
Return Square():New(1):cSecret
`

func TestClassesRun(t *testing.T) {
	th := thread(t, vm.Options{}, square, shapes)
	got, err := th.Call("Told")
	if want := `{"square of square four", "hidden", 2, "SQUARE", 2}`; err != nil || got.String() != want {
		t.Errorf("Told() = %v, %v; want %s", got, err, want)
	}
	_, err = th.Call("Peek")
	if err == nil || !strings.Contains(err.Error(), "property CSECRET of class SQUARE is private") {
		t.Errorf("Peek() = %v; want an error about visibility", err)
	}
}

// compileMacro compiles the text of a macro.
func compileMacro(text string, mode vm.MacroMode) (*code.Func, error) {
	return compile.Macro(text, compile.MacroMode(mode))
}

// oldClasses are of a source whose names count by ten letters, unless the class says
// otherwise.
const oldClasses = `// old.prw

Class Conta From LongNameClass
	Data nSaldoAnteriorDaConta
	Data nSaldoAnteriorDaFilial
	Method New() Constructor
	Method Credita(nValor)
EndClass

Method New() Class Conta
	_Super:New()
	::nSaldoAnteriorDaConta := 10
	::nSaldoAnteriorDaFilial := 20
Return Self

Method Credita(nValor) Class Conta
	::nSaldoAnteriorDaConta += nValor
Return ::nSaldoAnteriorDaConta

Class Curta
	Data nSaldoAnterior
	Data aLista
	Method New() Constructor
	Method Soma()
EndClass

Method New() Class Curta
	::nSaldoAnteriores := 3
Return Self
Method Soma() Class Curta
	Local b := {|x| ::nSaldoAnterior + x}
	::aLista := {}
	aadd(::aLista, Eval(b, 4))
Return ::aLista[1]

User Function Old()
	Local o := Conta():New()
	o:Credita(5)
Return {o:nSaldoAnteriorDaConta, o:nSaldoAnteriorDaFilial, Curta():New():Soma()}
`

const modernClasses = `// modern.tlpp
namespace a.b

Interface IArea
	Public Method Area() as numeric
EndInterface

Abstract Class Base
	Public Data nId as numeric
	Public Data aAll as array
	Private Data nHidden as numeric
	Static Data nCount as numeric
	Public Method New() Constructor
	Abstract Public Method Area() as numeric
	Public Static Method Zero() as numeric
EndClass

Method New() Class Base
	::nId := 1
	::aAll := {}
Return Self
Method Zero() Class Base
Return 0

Class Rect From Base Implements IArea
	Public Data nW as numeric
	Public Method New(nW as numeric) Constructor
	Public Method Area() as numeric
EndClass

Method New(nW) Class Rect
	_Super:New()
	::nW := nW
Return Self
Method Area() Class Rect
Return ::nW * ::nW

User Function Test()
	Local o := Rect():New(3)
	Local r := {}
	aadd(r, o:Area())
	aadd(r, o:nId)
	aadd(r, len(o:aAll))
	aadd(r, Rect():Zero())
	aadd(r, GetClassName(o))
Return r
`

// initialData is set by constants, by code, inherited and once a thread.
const initialData = `// initial.tlpp
Class A
	Public Data aAll as array init {}
	Public Data nTen as numeric init 10
	Public Static Data nCount as numeric init 5
	Public Data cVar as character init "x" + Str1()
	Public Method New() Constructor
EndClass

Method New() Class A
Return Self

Class B From A
	Public Data lOwn as logical init .T.
	Public Method New() Constructor
EndClass

Method New() Class B
Return _Super:New()

Static Function Str1()
Return "1"

Function Initial()
	Local o := B():New(), p := A():New()
	aadd(o:aAll, 1)
	o:nCount++
Return {len(o:aAll), len(p:aAll), p:nTen, p:nCount, o:cVar, o:lOwn}
`

func TestKindsOfClasses(t *testing.T) {
	for _, test := range []struct{ source, name, want string }{
		{oldClasses, "U_Old", "{15, 20, 7}"},
		{modernClasses, "a.b.U_Test", `{9, 1, 0, 0, "A.B.RECT"}`},
		{initialData, "Initial", `{1, 0, 10, 6, "x1", .T.}`},
	} {
		got, err := thread(t, vm.Options{}, test.source).Call(test.name)
		if err != nil || got.String() != test.want {
			t.Errorf("%s() = %v, %v; want %s", test.name, got, err, test.want)
		}
	}
}
