package vm

import (
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// fibUnit is Function FIB(n): If n < 2; Return n; EndIf; Return FIB(n-1)+FIB(n-2).
func fibUnit() *code.Unit {
	return unitOf(fibFunc())
}

func fibFunc() *code.Func {
	return &code.Func{
		Name: "FIB", NParams: 1, NRegs: 4, Params: []code.Param{{Name: "N"}},
		Consts: []code.Const{{Kind: code.ConstNum, Num: 2}, {Kind: code.ConstNum, Num: 1}},
		Names:  []string{"FIB"},
		Code: []code.Instr{
			jmp(code.JNLTK, 0, 0, 1),
			{Op: code.RET, A: 0},
			{Op: code.SUBK, A: 2, B: 0, C: 1},
			{Op: code.CALL, A: 1, B: 1, C: 0},
			{Op: code.SUBK, A: 3, B: 0, C: 0},
			{Op: code.CALL, A: 2, B: 1, C: 0},
			{Op: code.ADD, A: 1, B: 1, C: 2},
			{Op: code.RET, A: 1},
		},
	}
}

// loopFunc is Function LOOP(n): Local s := 0, i; For i := 1 To n; s += i; Next; Return s.
func loopFunc() *code.Func {
	return &code.Func{
		Name: "LOOP", NParams: 1, NRegs: 3, Params: []code.Param{{Name: "N"}},
		Code: []code.Instr{
			code.ABx(code.LOADINT, 1, 0),
			code.ABx(code.LOADINT, 2, 1),
			jmp(code.JNLE, 2, 0, 2),
			{Op: code.ADD, A: 1, B: 1, C: 2},
			jmp(code.FORLOOP, 2, 0, -2),
			{Op: code.RET, A: 1},
		},
	}
}

func unitOf(funcs ...*code.Func) *code.Unit {
	return &code.Unit{Name: "TEST.PRW", Funcs: funcs}
}

// jmp makes an instruction of the form A B sC.
func jmp(op code.Op, a, b uint16, n int) code.Instr {
	return code.Instr{Op: op, A: a, B: b, C: uint16(int16(n))}
}

func newTestThread(t testing.TB, o Options, lib *Library, units ...*code.Unit) *Thread {
	t.Helper()
	p, err := Link(units, lib)
	if err != nil {
		t.Fatal(err)
	}
	return p.NewThread(o)
}

func call(t testing.TB, th *Thread, name string, args ...Value) Value {
	t.Helper()
	v, err := th.Call(name, args...)
	if err != nil {
		t.Fatalf("%s = error %v", name, err)
	}
	return v
}

func TestFib(t *testing.T) {
	th := newTestThread(t, Options{}, nil, fibUnit())
	if got := call(t, th, "FIB", Int(20)); !got.IsNum() || got.Float() != 6765 {
		t.Errorf("FIB(20) = %v; want 6765", got)
	}
}

func TestLoop(t *testing.T) {
	th := newTestThread(t, Options{}, nil, unitOf(loopFunc()))
	if got := call(t, th, "LOOP", Int(100000)); !got.IsNum() || got.Float() != 5000050000 {
		t.Errorf("LOOP(100000) = %v; want 5000050000", got)
	}
}

// loops are bodies of a loop of n turns, for counts of allocations and times. R0 is
// n, R1 the turn; R2 to R9 are the body's.
var loops = []struct {
	name   string
	before string
	body   string
	k      []any
	n      []string
	blocks []string
}{
	{name: "arithmetic", before: "LOADINT 2 3|LOADINT 3 4", body: "ADD 4 2 3|SUB 4 4 2|MUL 4 4 3|DIV 4 4 3|ADDK 4 4 0|NEG 4 4", k: []any{1.5}},
	{name: "remainder", before: "LOADINT 2 7|LOADINT 3 4", body: "MOD 4 2 3|MODK 4 4 0", k: []any{3}},
	{name: "comparison", before: "LOADINT 2 3", body: "LT 3 2 1|JLEK 2 0 >on|NOT 3 3|on: EQ 3 2 2", k: []any{5}},
	{name: "call", body: "MOVE 3 1|CALL 2 1 0", n: []string{"IDENT"}},
	{name: "call with extra arguments", body: "MOVE 3 1|MOVE 4 1|MOVE 5 1|CALL 2 3 0", n: []string{"IDENT"}},
	{name: "native", body: "MOVE 3 1|CALL 2 1 0", n: []string{"NOTHING"}},
	{name: "block", before: "CLOSURE 2 0", body: "MOVE 5 2|MOVE 6 1|EVAL 5 1", blocks: []string{"1; ADD 0 0 0|RET 0"}},
	{name: "making a block", body: "CLOSURE 5 0|MOVE 6 1|EVAL 5 1", blocks: []string{"1; ADD 0 0 0|RET 0"}},
	{name: "method", before: "CALL 2 0 0", body: "MOVE 5 2|MOVE 6 1|SEND 5 1 1", n: []string{"BOXED", "PLUS"}},
	{name: "member", before: "CALL 5 0 0", body: "GETPROP 2 5 1|SETPROP 5 1 2", n: []string{"BOXED", "V"}},
	{name: "element", before: "LOADINT 2 7|NEWARRAY 5 2 1", body: "GETINDEXK 2 5 0|SETINDEXK 5 0 2", k: []any{1}},
	{name: "static", before: "LOADINT 2 7", body: "SETSTATIC 2 0|GETSTATIC 3 0"},
	{name: "memory variable", before: "LOADINT 2 7|PRIVATE 2 0", body: "GETVAR 3 0|SETVAR 3 0", n: []string{"X"}},
	{name: "private of a called function", before: "CALL 2 0 0", body: "CALL 2 0 0", n: []string{"MAKESX"}},
	{name: "macro", before: "LOADINT 2 7|PRIVATE 2 0|LOADK 5 0", body: "MACRO 3 5", k: []any{"X"}, n: []string{"X"}},
	{name: "by reference", before: "LOADINT 2 7|BOX 2", body: "MOVE 4 2|CALLR 3 1 0", n: []string{"SETTO9"}},
	{name: "sequence", body: "SEQUENCE 2 >rec|ENDTRY 1|rec: NOP"},
}

// loopThread returns a thread whose function TEST makes the turns of loop i.
func loopThread(t testing.TB, i int) *Thread {
	loop := &loops[i]
	f := code.Func{Name: "TEST", NParams: 1, Consts: constants(loop.k...), Names: loop.n}
	for _, b := range loop.blocks {
		f.Blocks = append(f.Blocks, block(t, f, b))
	}
	src := "LOADINT 1 1|" + loop.before + "|top: " + loop.body + "|FORLOOP 1 0 >top|RETNIL"
	lib := &Library{Funcs: map[string]Native{"NOTHING": func(*Thread, Args) (Value, error) { return Value{}, nil }}}
	return newTestThread(t, Options{Compile: nameMacro}, lib, opUnit(t, assemble(t, f, src)))
}

// TestNoAllocations shows that turns of loops allocate nothing.
func TestNoAllocations(t *testing.T) {
	for i, loop := range loops {
		th := loopThread(t, i)
		run := func(turns int) float64 {
			return testing.AllocsPerRun(5, func() { call(t, th, "TEST", Int(turns)) })
		}
		if few, many := run(10), run(1000); many > few {
			t.Errorf("%s: %v allocations in 1000 turns, %v in 10", loop.name, many, few)
		}
	}
}

func BenchmarkOps(b *testing.B) {
	for i, loop := range loops {
		b.Run(strings.ReplaceAll(loop.name, " ", "-"), func(b *testing.B) {
			th := loopThread(b, i)
			b.ReportAllocs()
			for b.Loop() {
				call(b, th, "TEST", Int(1_000_000))
			}
		})
	}
}

// TestSegments runs deep enough for many segments, with windows larger than one.
func TestSegments(t *testing.T) {
	// DOWN(n, …): If n > 0: DOWN(n - 1, n, …). Return PCOUNT().
	down := assemble(t, code.Func{Name: "DOWN", NParams: 1, Consts: constants(0, 1), Names: []string{"DOWN", "COUNT"}},
		"JGTK 0 0 >more|CALL 1 0 1|RET 1|more: SUBK 2 0 1|MOVE 3 0|CALLV 1 2 0|RET 1")
	th := newTestThread(t, Options{}, opLibrary, unitOf(down))
	for range 2 {
		if v := call(t, th, "DOWN", Int(600)); v.Float() != 601 {
			t.Errorf("DOWN(600) = %v; want 601", v)
		}
		if th.seg != 0 || len(th.segments) != 0 || th.slab != nil || th.fp != &th.root {
			t.Errorf("segment %d of %d is current afterwards; want none", th.seg, len(th.segments))
		}
	}
}

// TestNestedSegments evaluates blocks from natives at every depth of a segment.
func TestNestedSegments(t *testing.T) {
	lib := &Library{Funcs: map[string]Native{
		"EVALUATE": func(t *Thread, a Args) (Value, error) {
			v, err := t.Eval(a.Get(0), a.Get(1), Int(1), Int(1))
			if err != nil || a.Get(1).Float() == v.Float() {
				return v, err
			}
			return Value{}, Errorf(GenUser, "", "the argument changed to %v", a.Get(1))
		},
	}}
	// DEPTH(n): If n > 0: DEPTH(n - 1). Return EVALUATE({|x| x}, n).
	depth := assemble(t, code.Func{Name: "DEPTH", NParams: 1, Consts: constants(0, 1), Names: []string{"DEPTH", "EVALUATE"},
		Blocks: []*code.Func{block(t, code.Func{}, "1; RET 0")}},
		"JNGTK 0 0 >end|SUBK 2 0 1|CALL 1 1 0|end: CLOSURE 2 0|MOVE 3 0|CALL 1 2 1|RET 1")
	th := newTestThread(t, Options{}, lib, unitOf(depth))
	if v := call(t, th, "DEPTH", Int(500)); v.Float() != 500 {
		t.Errorf("DEPTH(500) = %v; want 500", v)
	}
}

func TestMacroCacheIsBounded(t *testing.T) {
	compiled := 0
	th := newTestThread(t, Options{Compile: func(text string, mode MacroMode) (*code.Func, error) {
		compiled++
		return nameMacro(text, mode)
	}}, nil)
	th.SetMemVar("KEPT", Int(1))
	for i := range 5 * maxMacros {
		name := fmt.Sprintf("NAME%d", i)
		if _, err := th.Macro(name); err == nil {
			t.Fatalf("macro %s = no error", name)
		}
		if v, err := th.Macro("KEPT"); err != nil || v.Float() != 1 {
			t.Fatalf("macro KEPT = %v, %v; want 1", v, err)
		}
	}
	kept := len(th.macros.young[MacroExpr]) + len(th.macros.old[MacroExpr])
	if kept > maxMacros {
		t.Errorf("%d macros are kept; want at most %d", kept, maxMacros)
	}
	if compiled > 5*maxMacros+5 {
		t.Errorf("%d macros were compiled; want that KEPT stays in the cache", compiled)
	}
	if n := len(th.ownNames); n > keptNames+1 {
		t.Errorf("%d names are known; want at most %d", n, keptNames+1)
	}
	if v, ok := th.MemVar("KEPT"); !ok || v.Float() != 1 {
		t.Errorf("KEPT = %v, %v; want 1", v, ok)
	}
}

// TestThreadIsSmall shows what a thread that does nothing holds.
func TestThreadIsSmall(t *testing.T) {
	p, err := Link([]*code.Unit{fibUnit()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(10, func() { p.NewThread(Options{}) })
	if n > 1 {
		t.Errorf("NewThread makes %v allocations; want 1", n)
	}
}

func BenchmarkFib30(b *testing.B) {
	th := newTestThread(b, Options{}, nil, fibUnit())
	for b.Loop() {
		call(b, th, "FIB", Int(30))
	}
}

func BenchmarkLoop10M(b *testing.B) {
	th := newTestThread(b, Options{}, nil, unitOf(loopFunc()))
	for b.Loop() {
		call(b, th, "LOOP", Int(10_000_000))
	}
}
