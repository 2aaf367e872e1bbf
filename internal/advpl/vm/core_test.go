package vm

import (
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
