package vm

import (
	"errors"
	"math"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// julian is the Julian day number of 2026-11-22.
const julian = 2461367

func testThread(l Limits) *Thread {
	p, err := Link(nil, nil)
	if err != nil {
		panic(err)
	}
	return p.NewThread(Options{Limits: l})
}

// genCode returns the code of the *Error behind err, or -1.
func genCode(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.GenCode
	}
	return -1
}

func TestArith(t *testing.T) {
	array := NewArray(nil)
	day := DateOf(julian)
	tests := []struct {
		op   code.Op
		a, b Value
		want string // or "" for an error
		gen  int
	}{
		{code.ADD, Num(1), Num(2), "3", 0},
		{code.ADD, Str("a"), Str("b"), `"ab"`, 0},
		{code.ADD, Str(""), Str("b"), `"b"`, 0},
		{code.ADD, Str("a"), Str(""), `"a"`, 0},
		{code.ADD, day, Num(9), `SToD("20261201")`, 0},
		{code.ADD, Num(9.9), day, `SToD("20261201")`, 0},
		{code.ADD, DateOf(0), Num(5), `SToD("")`, 0},
		{code.ADD, day, Num(1e9), `SToD("")`, 0},
		{code.ADD, day, Num(-1e300), `SToD("")`, 0},
		{code.ADD, day, day, "", GenArg},
		{code.ADD, Str("a"), Num(1), "", GenArg},
		{code.ADD, Num(1), Value{}, "", GenArg},
		{code.ADD, array, array, "", GenArg},
		{code.ADD, Num(math.MaxFloat64), Num(math.MaxFloat64), "", GenNumOverflow},
		{code.SUB, Num(1), Num(2), "-1", 0},
		{code.SUB, Str("A  "), Str("B"), `"AB  "`, 0},
		{code.SUB, Str("A  "), Str(" B"), `"A B  "`, 0},
		{code.SUB, Str("  "), Str("B "), `"B   "`, 0},
		{code.SUB, Str("A "), Str(""), `"A "`, 0},
		{code.SUB, Str(""), Str(""), `""`, 0},
		{code.SUB, day, Num(22), `SToD("20261031")`, 0},
		{code.SUB, day, DateOf(julian - 30), "30", 0},
		{code.SUB, Num(1), day, "", GenArg},
		{code.SUB, Value{}, Num(1), "", GenArg},
		{code.SUB, Num(-math.MaxFloat64), Num(math.MaxFloat64), "", GenNumOverflow},
		{code.MUL, Num(3), Num(4), "12", 0},
		{code.MUL, Num(1e200), Num(1e200), "", GenNumOverflow},
		{code.MUL, Str("a"), Num(2), "", GenArg},
		{code.DIV, Num(1), Num(4), "0.25", 0},
		{code.DIV, Num(1), Num(0), "", GenZeroDiv},
		{code.DIV, Num(0), Num(0), "", GenZeroDiv},
		{code.DIV, Num(1e300), Num(1e-300), "", GenNumOverflow},
		{code.DIV, Num(1), Value{}, "", GenArg},
		{code.MOD, Num(8), Num(3), "2", 0},
		{code.MOD, Num(-8), Num(3), "-2", 0},
		{code.MOD, Num(7.5), Num(-2), "1.5", 0},
		{code.MOD, Num(8), Num(0), "", GenZeroDiv},
		{code.POW, Num(2), Num(10), "1024", 0},
		{code.POW, Num(0), Num(-1), "", GenZeroDiv},
		{code.POW, Num(10), Num(1000), "", GenNumOverflow},
		{code.POW, Num(-8), Num(0.5), "", GenNumErr},
		{code.NEG, Num(10), Value{}, "-10", 0},
		{code.NEG, Num(0), Value{}, "0", 0},
		{code.NEG, Str("1"), Value{}, "", GenArg},
	}
	thread := testThread(Limits{})
	for _, test := range tests {
		got, err := thread.arith(test.op, test.a, test.b)
		if test.want == "" {
			if genCode(err) != test.gen {
				t.Errorf("%v %s %v: error %v of code %d; want code %d", test.a, operators[test.op], test.b, err, genCode(err), test.gen)
			}
			continue
		}
		if err != nil || got.String() != test.want {
			t.Errorf("%v %s %v = %v, %v; want %s", test.a, operators[test.op], test.b, got, err, test.want)
		}
	}
}

func TestMismatchNamesOperands(t *testing.T) {
	_, err := testThread(Limits{}).arith(code.ADD, Num(1), Str("x"))
	var e *Error
	if !errors.As(err, &e) || e.Operation != "+" || len(e.Args) != 2 || e.Args[1].Text() != "x" {
		t.Errorf("1 + \"x\": error %#v; want operation + with both arguments", err)
	}
}

func TestCompareOperators(t *testing.T) {
	a1, a2 := NewArray(nil), NewArray(nil)
	tests := []struct {
		a    Value
		ops  string // those that hold
		b    Value
		fail string // those that are errors
	}{
		{Num(1), "<> < <=", Num(2), "$"},
		{Num(2), "= == <= >=", Num(2), "$"},
		{Str("ABC"), "= <= >=", Str(""), ""},
		{Str(""), "<> < <=", Str("ABC"), ""},
		{Str("ABCD"), "= <= >=", Str("ABC"), ""},
		{Str("ABC"), "<> < <= $", Str("ABCD"), ""},
		{Str("ABC"), "= == <= >= $", Str("ABC"), ""},
		{Str("Z"), "<> > >=", Str("A"), ""},
		{Str("AAA"), "<> < <=", Str("\xFF"), ""},
		{Str(""), "= == <= >=", Str(""), ""},
		{Value{}, "= ==", Value{}, "< <= > >= $"},
		{Value{}, "<>", Num(1), "< <= > >= $"},
		{Str("x"), "<>", Value{}, "< <= > >= $"},
		{Str("x"), "", Num(1), "= == <> < <= > >= $"},
		{Bool(false), "<> < <=", Bool(true), "$"},
		{DateOf(julian), "<> > >=", DateOf(0), "$"},
		{a1, "= ==", a1, "< <= > >= $"},
		{a1, "<>", a2, "< <= > >= $"},
		{a1, "", Num(1), "= == <> < <= > >= $"},
	}
	thread := testThread(Limits{})
	for _, test := range tests {
		for op, name := range operators {
			if op < code.EQ {
				continue
			}
			got, err := thread.compare(op, test.a, test.b)
			want, fail := slicesHas(test.ops, name), slicesHas(test.fail, name)
			if got != want || (err != nil) != fail || fail && genCode(err) != GenArg {
				t.Errorf("%v %s %v = %v, %v; want %v, error %v", test.a, name, test.b, got, err, want, fail)
			}
		}
	}
}

// slicesHas tells whether word is among the words of list.
func slicesHas(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

func TestCompareIsTotal(t *testing.T) {
	for _, test := range []struct {
		a, b Value
		want int
		ok   bool
	}{
		{Str("AB"), Str("A"), 1, true},
		{Str("A"), Str("AB"), -1, true},
		{Num(2), Num(2), 0, true},
		{DateOf(0), DateOf(julian), -1, true},
		{Bool(true), Bool(false), 1, true},
		{Num(1), Str("1"), 0, false},
		{Value{}, Value{}, 0, false},
	} {
		if got, ok := Compare(test.a, test.b); got != test.want || ok != test.ok {
			t.Errorf("Compare(%v, %v) = %d, %v; want %d, %v", test.a, test.b, got, ok, test.want, test.ok)
		}
	}
}

// A reference never gets into an operation that compares or computes; if one did, it
// would be a mismatch and no crash.
func TestReferencesMismatch(t *testing.T) {
	thread := testThread(Limits{})
	ref := newCell(Num(1))
	for op := code.ADD; op <= code.IN; op++ {
		if operators[op] == "" {
			continue
		}
		var err error
		if op < code.EQ {
			_, err = thread.arith(op, ref, ref)
		} else {
			_, err = thread.compare(op, ref, ref)
		}
		if genCode(err) != GenArg {
			t.Errorf("%s of references: error %v; want a mismatch", operators[op], err)
		}
	}
}

func TestStringLimit(t *testing.T) {
	thread := testThread(Limits{String: 100})
	long := Str(strings.Repeat("x", 60))
	for _, op := range []code.Op{code.ADD, code.SUB} {
		if _, err := thread.arith(op, long, long); genCode(err) != GenStrOverflow {
			t.Errorf("%s over the limit: error %v; want string overflow", operators[op], err)
		}
		if _, err := thread.arith(op, long, Str("y")); err != nil {
			t.Errorf("%s below the limit: error %v", operators[op], err)
		}
	}
}

// Appending grows in place: the work is linear, and what was kept stays as it was.
func TestAppendGrows(t *testing.T) {
	thread := testThread(Limits{})
	const n = 200_000
	s, kept := Str(""), Value{}
	for i := range n {
		var err error
		if s, err = thread.arith(code.ADD, s, Str("xy"[i%2:i%2+1])); err != nil {
			t.Fatal(err)
		}
		if i == 99 {
			kept = s
		}
	}
	if s.Len() != n || kept.Text() != strings.Repeat("xy", 50) {
		t.Errorf("after %d appends: %d bytes, kept %s", n, s.Len(), kept)
	}
	if thread.mem.used > 10*n {
		t.Errorf("%d appends were charged %d bytes", n, thread.mem.used)
	}
	other, _ := thread.arith(code.ADD, kept, Str("!"))
	if s.Text()[100] != 'x' || other.Text()[100] != '!' {
		t.Error("appending to a part of a buffer changed what follows in it")
	}
}

func TestArithAllocates(t *testing.T) {
	thread := testThread(Limits{})
	a, b, d := Num(7), Num(3), DateOf(julian)
	if n := testing.AllocsPerRun(100, func() {
		for op := code.ADD; op <= code.POW; op++ {
			_, _ = thread.arith(op, a, b)
		}
		_, _ = thread.arith(code.ADD, d, b)
		_, _ = thread.compare(code.LE, a, b)
		_, _ = thread.compare(code.EQ, d, d)
	}); n != 0 {
		t.Errorf("numeric operations allocate %v times; want 0", n)
	}
}

func TestModulo(t *testing.T) {
	values := []float64{
		0, 1, -1, 2, 3, -3, 7, 16, 0.5, -0.5, 1.5, 2.75, 1e3, 1<<32 - 1, 1 << 32, 1<<32 + 1, -(1 << 32), 1 << 52, 1<<53 - 1, 1 << 53,
		1 << 62, 1 << 63, -(1 << 63), 1<<63 + 2048, 1e18, 1e19, -1e19, 1e300, 5e-324, 3.25e9,
	}
	for _, x := range values {
		for _, y := range values {
			if y == 0 {
				if _, ok := wholeMod(x, y); ok {
					t.Errorf("wholeMod(%v, 0) is done; want that it is not", x)
				}
				continue
			}
			if got, want := modulo(x, y), math.Mod(x, y); got != want {
				t.Errorf("%v %% %v = %v; want %v", x, y, got, want)
			}
		}
	}
}
