package vm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// semantics are functions TEST and what they return.
var semantics = []struct{ name, source, want string }{
	{"missing arguments are NIL, extra ones kept", `
Function Test()
Return {Count(), Count(1), Count(1, 2, 3), Param2(7, 8), Rest(1, 2, 3)}
Static Function Count(a)
Return PCount()
Static Function Param2(a)
Return Parameter(1)
Static Function Rest(...)
Return Sum3(0, ...)
Static Function Sum3(a, b, c, d)
Return {a, b, c, d}`, `{0, 1, 3, 8, {0, 1, 2, 3}}`},

	{"short arrays grow like others", `
Function Test()
	Local aAll := {{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}
	Local nSum := 0, i, aOne
	For Each aOne In aAll
		AAdd(aOne, 100)
		For i := 1 To Len(aOne)
			nSum += aOne[i]
		Next
	Next
Return {nSum, Len(aAll[1]), aAll[2], {aAll[3], aAll[3]}}`, `{806, 1, {1, 100}, {{1, 2, 100}, {1, 2, 100}}}`},

	{"an array may take the register of its first element", `
Function Test()
	Local a := {1}, i
	For i := 1 To 3
		a := {a, i}
	Next
Return a`, `{{{{... 1}, 1}, 2}, 3}`},

	{"blocks that capture nothing, and those that do", `
Function Test()
	Local aGot := {}, i, b, n
	For i := 1 To 2
		b := {|x| x * 2}
		n := i * 10
		AAdd(aGot, Eval(b, i) + Eval({|| n}) + Eval({|y| n + i + y}, 100))
	Next
Return {aGot, Maker():New(7):Get(), Maker():New(8):Own()}
Class Maker
	Public Data v
	Public Method New(v) Constructor
	Public Method Get()
	Public Method Own()
EndClass
Method New(v) Class Maker
	::v := v
Return Self
Method Get() Class Maker
Return Eval({|| ::v})
Method Own() Class Maker
	Local b := {|| Self}
Return Eval(b):v`, `{{123, 146}, 7, 8}`},

	{"statics that a call sets are set before the first function runs", `
Static nOwn := Ten() + 1
Function Test()
	Local n := 0, i
	For i := 1 To 3
		n += Own(i)
	Next
Return n
Static Function Own(i)
Return nOwn + i
Static Function Ten()
Return 10`, `39`},

	{"arguments by reference", `
Function Test()
	Local n := 1, a := {1, 2}, o := Holder():New()
	Change(@n)
	Change(@a[2])
	Change(@o:v)
	Change(n)
Return {n, a, o:v}
Function Change(x)
	x := x + 10
Return
Class Holder
	Public Data v
	Method New() Constructor
EndClass
Method New() Class Holder
	::v := 5
Return Self`, `{11, {1, 12}, 15}`},

	{"a reference handed on", `
Function Test()
	Local n := 1
	Outer(@n)
Return n
Static Function Outer(x)
	Inner(@x)
Return
Static Function Inner(x)
	x++
Return`, `2`},

	{"blocks capture variables", `
Function Test()
	Local n := 0, b := {|x| n += x, n}, c := Counter()
	Eval(b, 2)
	Eval(b, 3)
Return {n, Eval(c), Eval(c), Eval(Counter())}
Static Function Counter()
	Local n := 0
Return {|| n++, n}`, `{5, 1, 2, 1}`},

	{"blocks in natives", `
Function Test()
	Local n := 0
	Each({1, 2, 3}, {|x| n += x})
Return n`, `6`},

	{"privates", `
Function Test()
	Private cOne := "a"
	Sub()
Return cOne + Inside()
Static Function Sub()
	cOne += "b"
	Private cOne := "c"
	cOne += "d"
Return
Static Function Inside()
Return cOne`, `"abab"`},

	{"a Private evaluates before it is made", `
Function Test()
	Private x := 1
Return Sub()
Static Function Sub()
	Private x := x + 1
Return x`, `2`},

	{"an undeclared name is a private of the function that assigns it", `
Function Test()
	Local lEnded
	Sub()
	Try
		lEnded := xNew
	Catch oErr
		lEnded := oErr:Description
	EndTry
Return lEnded
Static Function Sub()
	xNew := 4
Return xNew`, `"variable does not exist XNEW"`},

	{"a macro assigns for the function that evaluates it", `
Function Test()
	Local cName := "xNew"
	&cName := 5
Return xNew + &cName`, `10`},

	{"a block that natives evaluate has its own privates", `
Function Test()
	Private x := 1
	Each({1}, {|| Sub(), x += 1})
Return x
Static Function Sub()
	Private x := 10
	x += 1
Return`, `2`},

	{"privates end when a Break passes", `
Function Test()
	Private x := 1
	Begin Sequence
		Sub()
	End Sequence
Return x
Static Function Sub()
	Private x := 2
	Each({1}, {|| Deep()})
Return
Static Function Deep()
	Private x := 3
	Break
Return`, `1`},

	{"publics live on", `
Function Test()
	Make()
Return {nPub, lPub}
Static Function Make()
	Public nPub := 4
	Public lPub
Return`, `{4, .F.}`},

	{"Recover Using", `
Function Test()
	Local v, w := 1
	Begin Sequence
		Break("x")
	Recover Using v
		w := 2
	End Sequence
Return {v, w}`, `{"x", 2}`},

	{"an error block that breaks", `
Function Test()
	Local oErr, bOld := ErrorBlock({|e| Break(e)})
	Begin Sequence
		Sub()
	Recover Using oErr
	End Sequence
	ErrorBlock(bOld)
Return {oErr:Description, oErr:Operation, oErr:Args[1]}
Static Function Sub()
	Local a := "a"
Return a * 2`, `{"type mismatch", "*", "a"}`},

	{"an error block that returns leaves the error to the Try outside", `
Function Test()
	Local cLog := "", bOld := ErrorBlock({|e| cLog += "block "})
	Try
		Begin Sequence
			cLog * 1
		Recover
			cLog += "recover "
		End Sequence
	Catch oErr
		cLog += oErr:Description
	EndTry
Return cLog`, `"block type mismatch"`},

	{"a Try inside takes the error first", `
Function Test()
	Local cLog := ""
	ErrorBlock({|e| cLog += "block "})
	Begin Sequence
		Try
			cLog * 1
		Catch oErr
			cLog += "catch "
		EndTry
	Recover
		cLog += "recover "
	End Sequence
Return cLog`, `"catch "`},

	{"a Try in a function that an error block calls", `
Function Test()
	Local cLog := "", v
	ErrorBlock({|e| cLog += Risky(), Break(1)})
	Begin Sequence
		cLog * 1
	Recover Using v
		cLog += "recover"
	End Sequence
Return {cLog, v}
Static Function Risky()
	Try
		Return "" * 1
	Catch oErr
		Return "caught "
	EndTry
Return`, `{"caught recover", 1}`},

	{"Finally runs on every way out", `
Static cLog := ""
Function Test()
	Local i
	cLog := ""
	By(1)
	For i := 2 To 3
		Try
			By(i)
		Catch oErr
			cLog += "c"
		EndTry
	Next
	Begin Sequence
		By(4)
	Recover
		cLog += "r"
	End Sequence
Return cLog
Static Function By(n)
	Try
		If n == 1
			Return
		ElseIf n == 2
			Throw "x"
		ElseIf n == 3
			n := "" * 1
		Else
			Each({1}, {|| Break(2)})
		EndIf
	Finally
		cLog += "f"
	EndTry
Return`, `"ffcfcfr"`},

	{"an error in a block that a native evaluates", `
Function Test()
	Local cLog := ""
	Try
		Each({1, 2}, {|x| cLog += "a", cLog * x})
	Catch oErr
		cLog += oErr:Description
	EndTry
Return cLog`, `"atype mismatch"`},

	{"Throw from a method called by a native", `
Function Test()
	Try
		Each({1}, {|| Thrower():New()})
	Catch xErr
		Return xErr
	EndTry
Return
Class Thrower
	Method New() Constructor
EndClass
Method New() Class Thrower
	Throw {1, 2}
Return Self`, `{1, 2}`},

	{"too deep a recursion can be caught", `
Function Test()
	Try
		Endless(1)
	Catch oErr
		Return oErr:GenCode
	EndTry
Return
Function Endless(n)
Return Endless(n + 1) + 1`, `8`},

	{"an error block sees too deep a recursion", `
Function Test()
	Local v
	ErrorBlock({|e| Break(e:GenCode)})
	Begin Sequence
		Endless(1)
	Recover Using v
	End Sequence
Return v
Function Endless(n)
Return Endless(n + 1) + 1`, `8`},

	{"too deep a nesting of natives can be caught", `
Function Test()
	Local b
	b := {|| Each({1}, b)}
	Try
		Eval(b)
	Catch oErr
		Return oErr:GenCode
	EndTry
Return`, `8`},

	{"statics begin once", `
Static nBegun := 5
Static nCalls := Begin()
Static aList := {1, 2}
Function Test()
	aList[1]++
	Again()
Return {nCalls, aList}
Function Again()
	aList[1]++
Return
Function Begin()
	nBegun++
Return nBegun`, `{6, {3, 2}}`},

	{"macros", `
Function Test()
	Private nA := 3, aB := {1, {2, 5}}, cFn := "Twice"
	Private bAdd := &("{|x| x + nA}")
Return {&("nA"), &("aB[2][2] + nA"), &cFn.(4), Eval(bAdd, 1), &("Twice(nA)"), &("{1,nA}")}
Function Twice(n)
Return n * 2`, `{3, 8, 8, 4, 6, {1, 3}}`},

	{"For Each", `
Function Test()
	Local x, n := 0
	For Each x In {1, 2, 3}
		n := n * 10 + x
	Next
Return n`, `123`},

	{"a For whose variable is a private", `
Function Test()
	Local n := 0
	Private i
	For i := 10 To 1 Step -3
		n := n * 100 + i
	Next
Return {n, i}`, `{10070401, -2}`},

	{"named arguments", `
Function Test()
Return {Pair(b = 1, a = 2), Pair(b = 5)}
Static Function Pair(a, b)
Return {a, b}`, `{{2, 1}, {NIL, 5}}`},

	{"many arguments cross segments", `
Function Test()
Return Down(300)
Static Function Down(n, ...)
	If n == 0
		Return PCount()
	EndIf
Return Down(n - 1, 1, ...)`, `301`},
}

func semanticNatives() map[string]vm.Native {
	m := map[string]vm.Native{
		"EACH": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			for _, v := range a.Get(0).Array().Elems {
				if _, err := t.Eval(a.Get(1), v); err != nil {
					return vm.Value{}, err
				}
			}
			return vm.Value{}, nil
		},
		"PCOUNT":    func(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Int(t.PCount()), nil },
		"PARAMETER": func(t *vm.Thread, a vm.Args) (vm.Value, error) { return t.Param(int(a.Get(0).Float())), nil },
		"BREAK":     func(t *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Value{}, t.Break(a.Get(0)) },
		"QUIT":      func(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Value{}, t.Quit() },
		"PANIC":     func(*vm.Thread, vm.Args) (vm.Value, error) { panic("a bug") },
		"FAULT":     func(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, errFault },
		"WAIT": func(t *vm.Thread, _ vm.Args) (vm.Value, error) {
			<-t.Context().Done()
			return vm.Value{}, t.Poll()
		},
	}
	for name, fn := range natives {
		m[name] = fn
	}
	return m
}

var errFault = errors.New("disk on fire")

// semanticThread makes a thread of one source.
func semanticThread(t testing.TB, o vm.Options, source string) *vm.Thread {
	t.Helper()
	p, err := vm.Link([]*code.Unit{compileUnit(t, "test.tlpp", source)}, &vm.Library{Funcs: semanticNatives()})
	if err != nil {
		t.Fatal(err)
	}
	o.Compile = compileMacro
	return p.NewThread(o)
}

func TestSemantics(t *testing.T) {
	for _, test := range semantics {
		t.Run(test.name, func(t *testing.T) {
			th := semanticThread(t, vm.Options{}, test.source)
			for range 2 { // a thread can be called again
				v, err := th.Call("Test")
				if got := v.String(); err != nil || got != test.want {
					t.Fatalf("TEST = %s, %v; want %s", got, err, test.want)
				}
				if strings.Contains(test.source, "Static nCalls") {
					break
				}
			}
		})
	}
}

func TestUncaught(t *testing.T) {
	const source = `
Function Inner(a)
Return a * 2
Function Plain()
Return Each({1}, {|| Inner("a")})
Function InBlock()
	ErrorBlock({|e| Inner(e)})
Return Inner("a")
Function Returning()
	ErrorBlock({|e| 1})
Return Inner("a")
Function BreakAlone()
	ErrorBlock({|e| Break(e)})
Return Inner("a")
Function Thrown()
	ErrorBlock({|e| Break(e)})
	Throw "text"
Return
Function Leave()
	Try
		Quit()
	Catch
		Return 1
	EndTry
Return 2
Function Faulty()
Return Fault()
`
	tests := []struct{ fn, want, stack string }{
		{"Plain", "type mismatch on *", "INNER:3 {|| Inner(\"a\")}:5 PLAIN:5"},
		{"InBlock", "type mismatch on *", "INNER:3 {|e| Inner(e)}:7 INNER:3 INBLOCK:8"},
		{"Returning", "type mismatch on *", "INNER:3 RETURNING:11"},
		{"BreakAlone", "type mismatch on *", "INNER:3 BREAKALONE:14"},
		{"Thrown", "an exception that nothing catches: \"text\" on THROW", "THROWN:17"},
		{"Faulty", "disk on fire", "FAULTY:27"},
		{"Nowhere", "function NOWHERE does not exist", ""},
		{"Leave", vm.ErrQuit.Error(), ""},
	}
	for _, test := range tests {
		th := semanticThread(t, vm.Options{}, source)
		_, err := th.Call(test.fn)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s = error %v; want %v", test.fn, err, test.want)
			continue
		}
		var e *vm.Error
		if errors.As(err, &e) && stackOf(e) != test.stack {
			t.Errorf("%s: stack %s; want %s", test.fn, stackOf(e), test.stack)
		}
	}
	th := semanticThread(t, vm.Options{}, source)
	if _, err := th.Call("Faulty"); !errors.Is(err, errFault) {
		t.Errorf("Faulty = %v; want an error whose cause is %v", err, errFault)
	}
}

func stackOf(e *vm.Error) string {
	var list []string
	for _, f := range e.Stack {
		list = append(list, fmt.Sprintf("%s:%d", f.Name, f.Line))
	}
	return strings.Join(list, " ")
}

const endless = `
Function Endless()
	Local n := 0
	Try
		While .T.
			n++
		EndDo
	Catch oErr
		Return oErr
	Finally
		n := 0
		While .T.
			n++
		EndDo
	EndTry
Return n
Function Waits()
	Try
		Wait()
	Catch oErr
		Return oErr
	EndTry
Return 1
Function Count(nTo)
	Local i, n := 0
	For i := 1 To nTo
		n := Add(n)
	Next
Return n
Static Function Add(n)
Return n + 1
`

// TestLimitsEnd shows that limits end programs that handle every error.
func TestLimitsEnd(t *testing.T) {
	clock := noon()
	tests := []struct {
		name, want string
		o          vm.Options
	}{
		{"steps", "the program makes too many steps: the limit is 10000", vm.Options{Limits: vm.Limits{Steps: 10_000}}},
		{"time", "the program runs too long: the limit is 1m0s", vm.Options{
			Limits: vm.Limits{Time: time.Minute},
			Now: func() time.Time {
				clock = clock.Add(time.Second)
				return clock
			},
		}},
	}
	for _, test := range tests {
		_, err := semanticThread(t, test.o, endless).Call("Endless")
		var e *vm.Error
		if !errors.As(err, &e) || e.Error() != test.want || !e.Fatal || stackOf(e) == "" {
			t.Errorf("%s: error %v; want %s, fatal", test.name, err, test.want)
		}
	}
}

func TestStepsAreExact(t *testing.T) {
	th := semanticThread(t, vm.Options{Limits: vm.Limits{Steps: 20_000}}, endless)
	if v, err := th.Call("Count", vm.Int(5000)); err != nil || v.Float() != 5000 {
		t.Fatalf("Count(5000) = %v, %v; want 5000", v, err)
	}
	if got := th.Steps(); got != 10_000 { // the call, 5,000 calls, 4,999 turns back
		t.Errorf("Steps() = %d; want 10000", got)
	}
	if _, err := th.Call("Count", vm.Int(6000)); err == nil {
		t.Errorf("Count(6000) after 10,000 steps of 20,000 = no error")
	}
}

func TestCancel(t *testing.T) {
	reason := errors.New("shutdown")
	for _, fn := range []string{"Endless", "Waits"} {
		running := make(chan struct{}, 1)
		th := semanticThread(t, vm.Options{Yield: func() {
			select {
			case running <- struct{}{}:
			default:
			}
		}}, endless)
		if fn == "Waits" {
			running <- struct{}{}
		}
		go func() {
			<-running
			th.Cancel(reason)
			th.Cancel(errors.New("another"))
		}()
		for range 2 {
			if _, err := th.Call(fn); !errors.Is(err, reason) {
				t.Errorf("%s = %v; want an error whose cause is %v", fn, err, reason)
			}
		}
		if !errors.Is(context.Cause(th.Context()), reason) {
			t.Errorf("cause of the context = %v; want %v", context.Cause(th.Context()), reason)
		}
	}
}

// TestTimeEndsWaiting shows that a native that watches the context is woken.
func TestTimeEndsWaiting(t *testing.T) {
	th := semanticThread(t, vm.Options{Limits: vm.Limits{Time: time.Millisecond}}, endless)
	if _, err := th.Call("Waits"); err == nil || !strings.HasPrefix(err.Error(), "the program runs too long") {
		t.Errorf("Waits = %v; want that the program runs too long", err)
	}
	if v, err := th.Call("Count", vm.Int(1)); err != nil || v.Float() != 1 {
		t.Errorf("Count(1) afterwards = %v, %v; want 1", v, err)
	}
}

func TestPanicOfANative(t *testing.T) {
	th := semanticThread(t, vm.Options{}, "Function Test()\n\tLocal x\n\tTry\n\t\tx := Panic()\n\tCatch\n\tEndTry\nReturn x\n")
	for range 2 {
		_, err := th.Call("Test")
		var e *vm.Error
		if !errors.As(err, &e) || e.Description != "internal fault: a bug" || e.Cause == nil || stackOf(e) != "TEST:4" {
			t.Fatalf("Test = %#v; want an internal fault", err)
		}
	}
}

// TestThreadsShareAProgram runs threads at once; the race detector looks on.
func TestThreadsShareAProgram(t *testing.T) {
	source := semantics[0].source + strings.ReplaceAll(endless, "Function Count", "Function CountTo")
	p, err := vm.Link([]*code.Unit{compileUnit(t, "test.tlpp", source)}, &vm.Library{Funcs: semanticNatives()})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			o := vm.Options{Compile: compileMacro}
			if i%2 == 1 {
				o.Hook = noHook{}
			}
			th := p.NewThread(o)
			if v, err := th.Call("Test"); err != nil || v.String() != semantics[0].want {
				t.Errorf("TEST = %v, %v; want %s", v, err, semantics[0].want)
			}
			if v, err := th.Macro("CountTo(100) + 1"); err != nil || v.Float() != 101 {
				t.Errorf("macro = %v, %v; want 101", v, err)
			}
		})
	}
	wg.Wait()
}

type noHook struct{}

func (noHook) Line(*vm.Thread, *code.Func, *code.Unit, int) error { return nil }

func TestPrint(t *testing.T) {
	var out bytes.Buffer
	th := semanticThread(t, vm.Options{Stdout: &out}, "Function Test()\n\t? 1, .T., NIL\n\t?? \"a\"\nReturn\n")
	if _, err := th.Call("Test"); err != nil {
		t.Fatal(err)
	}
	if want := "\n1 .T. NILa"; out.String() != want {
		t.Errorf("output %q; want %q", out.String(), want)
	}
}

func TestHostVariables(t *testing.T) {
	th := semanticThread(t, vm.Options{}, "Function Test()\n\tcHost += \"b\"\nReturn cHost\n")
	if _, ok := th.MemVar("cHost"); ok {
		t.Errorf("MemVar(cHost) before it is made = ok")
	}
	th.SetMemVar("cHost", vm.Str("a"))
	if v, err := th.Call("Test"); err != nil || v.String() != `"ab"` {
		t.Errorf("Test = %v, %v; want ab", v, err)
	}
	if v, ok := th.MemVar("CHOST"); !ok || v.String() != `"ab"` {
		t.Errorf("MemVar(CHOST) = %v, %v; want ab", v, ok)
	}
	if v, err := th.Macro("cHost + 'c'"); err != nil || v.String() != `"abc"` {
		t.Errorf("macro = %v, %v; want abc", v, err)
	}
}

func TestHostObjects(t *testing.T) {
	th := semanticThread(t, vm.Options{}, `
Class Account
	Public Data nTotal
	Public Method New(nFirst) Constructor
	Public Method Add(nMore)
	Public Method Fail()
EndClass
Method New(nFirst) Class Account
	::nTotal := nFirst
Return Self
Method Add(nMore) Class Account
	::nTotal += nMore
Return ::nTotal
Method Fail() Class Account
	Break()
Return
`)
	o, err := th.Instance("Account")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := th.Send(o, "new", vm.Int(5)); err != nil {
		t.Fatal(err)
	}
	if v, err := th.Send(o, "Add", vm.Int(2)); err != nil || v.Float() != 7 {
		t.Errorf("Add(2) = %v, %v; want 7", v, err)
	}
	if err := th.Set(o, "nTotal", vm.Int(1)); err != nil {
		t.Error(err)
	}
	for _, get := range []func() (vm.Value, error){
		func() (vm.Value, error) { return th.Get(o, "NTOTAL") },
		func() (vm.Value, error) { return th.Send(o, "nTotal") },
	} {
		if v, err := get(); err != nil || v.Float() != 1 {
			t.Errorf("nTotal = %v, %v; want 1", v, err)
		}
	}
	faults := map[string]func() error{
		"break outside of a sequence on BREAK":            func() error { _, err := th.Send(o, "Fail"); return err },
		"class ACCOUNT has no method NONE":                func() error { _, err := th.Send(o, "None", vm.Int(1)); return err },
		"method X of a value that is no object but N":     func() error { _, err := th.Send(vm.Int(1), "X"); return err },
		"property X of a value that is no object but U":   func() error { return th.Set(vm.Value{}, "X", vm.Int(1)) },
		"argument 1 of EVAL is N, a code block is needed": func() error { _, err := th.Eval(vm.Int(1)); return err },
		"syntax error in macro: ":                         func() error { _, err := th.Macro("1 +"); return err },
		"alias does not exist SA1":                        func() error { _, err := th.Macro("SA1->A1_COD"); return err },
	}
	for want, call := range faults {
		err := call()
		var e *vm.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// quietHook makes a thread run traced.
type quietHook struct{}

func (quietHook) Line(*vm.Thread, *code.Func, *code.Unit, int) error { return nil }

// What a limit ends has a line of the loop that ran, not of what stands before it.
func TestLinesOfEndlessLoops(t *testing.T) {
	const source = `// test.tlpp
Function Endless()
	Local n := 0
	While .T.
		n++
	EndDo
Return
Function Empty()
	Local n := 0
	While n == 0
	EndDo
Return
Function Counted()
	Local n := 0
	For n := 1 To 1000000000
	Next
Return
Function Stepping()
	Local n := 0
	For n := 1 To 1000000000 Step 2
		n := n
	Next
Return
Function Recursive()
	Local n := 0
Return n + Recursive()
`
	tests := []struct {
		fn    string
		lines []string // one of which is expected
	}{
		{"Endless", []string{"ENDLESS:4", "ENDLESS:5", "ENDLESS:6"}},
		{"Empty", []string{"EMPTY:10", "EMPTY:11"}},
		{"Counted", []string{"COUNTED:15", "COUNTED:16"}},
		{"Stepping", []string{"STEPPING:20", "STEPPING:21", "STEPPING:22"}},
		{"Recursive", []string{"RECURSIVE:25", "RECURSIVE:26"}},
	}
	for _, test := range tests {
		for _, hook := range []vm.Hook{nil, quietHook{}} {
			for _, steps := range []int64{1, 100, 9999} {
				th := semanticThread(t, vm.Options{Hook: hook, Limits: vm.Limits{Steps: steps}}, source)
				_, err := th.Call(test.fn)
				var e *vm.Error
				if !errors.As(err, &e) || !e.Fatal {
					t.Fatalf("%s = %v; want that it makes too many steps", test.fn, err)
				}
				if at, _, _ := strings.Cut(stackOf(e), " "); !slices.Contains(test.lines, at) {
					t.Errorf("%s, hook %v: ended after %d steps at %s; want one of %q", test.fn, hook, steps, at, test.lines)
				}
			}
		}
	}
}

// The library may say more about functions that do not exist.
func TestMissing(t *testing.T) {
	unit := compileUnit(t, "test.tlpp", "Function Asks()\nReturn MsgInfo()\nFunction Other()\nReturn Nothing()\n")
	p, err := vm.Link([]*code.Unit{unit}, &vm.Library{Missing: func(name string) string {
		if name == "MSGINFO" {
			return "it needs a screen"
		}
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	for fn, want := range map[string]string{
		"Asks":    "function MSGINFO does not exist: it needs a screen",
		"MsgInfo": "function MSGINFO does not exist: it needs a screen",
		"Other":   "function NOTHING does not exist",
	} {
		if _, err := p.NewThread(vm.Options{}).Call(fn); err == nil || err.Error() != want {
			t.Errorf("%s = error %v; want %s", fn, err, want)
		}
	}
}
