package vm

import (
	"strings"
	"testing"
	"unsafe"
)

// holder is a native object with values.
type holder struct {
	longNameBase
	values []Value
}

func (h *holder) Walk(visit func(Value)) int {
	for _, v := range h.values {
		visit(v)
	}
	return 1000
}

// counted returns what the walk finds in v.
func counted(v Value) int64 {
	w := walker{mark: walks.Add(1)}
	w.visit(v)
	return w.size
}

func TestWalkCounts(t *testing.T) {
	array := func(n int) int64 { return int64(arraySize + n*int(valueSize)) }
	long := strings.Repeat("x", 1000)
	grown := Str(long)
	for range 3 {
		grown = appendStr(grown, Str("y"))
	}
	part := Value{grown.p, grown.n - 2}
	cyclic := NewArray(make([]Value, 1))
	cyclic.Array().Elems[0] = cyclic
	shared := NewArray([]Value{Num(1)})
	class := &Class{}
	object := ObjectOf(&ObjectValue{Class: class, Slots: []Value{Str("abc"), shared, shared}})
	object.Object().Slots[0] = object
	native := NewNative(&holder{values: []Value{shared, Str("abc"), Num(1)}})
	tests := []struct {
		name string
		v    Value
		want int64
	}{
		{"NIL", Value{}, 0},
		{"number", Num(1), 0},
		{"short string", Str("abc"), 3},
		{"empty array", NewArray(nil), array(0)},
		{"array", NewArray([]Value{Num(1), Str("ab"), {}}), array(3) + 2},
		{"spare room", NewArray(make([]Value, 1, 10)), array(10)},
		{"itself", cyclic, array(1)},
		{"the same array twice", NewArray([]Value{shared, shared}), array(2) + array(1)},
		{"the same long string", NewArray([]Value{Str(long), Str(long), shared, Str(long)}), array(4) + array(1) + 1000},
		{"the same short string", NewArray([]Value{Str(long[:10]), Str(long[:10])}), array(2) + 20},
		{"buffer", NewArray([]Value{grown, part}), array(2) + int64(bufferSize+(*buffer)(grown.p).cap)},
		{"object", object, int64(objectSize) + 3*int64(valueSize) + array(1)},
		{"native object", native, int64(objectSize) + 1000 + array(1) + 3},
		{"cell", newCell(shared), int64(valueSize) + array(1)},
		{"element", (&elemRef{obj: shared, key: Num(1)}).ref(), array(1)},
		{"block", (&blockValue{caps: []Value{newCell(shared), newCell(Num(1))}, self: native.Object()}).value(),
			int64(blockSize) + 4*int64(valueSize) + array(1) + int64(objectSize) + 1000 + 3},
		{"pending", (&unwind{value: shared, err: &Error{Args: []Value{shared, Str("abc")}}}).pending(), array(1) + 3},
	}
	for _, test := range tests {
		for range 2 { // a second walk sees the same
			if got := counted(test.v); got != test.want {
				t.Errorf("%s: walk counts %d bytes; want %d", test.name, got, test.want)
			}
		}
	}
}

// Values as deep and as long as memory allows are counted without recursion, with
// little memory.
func TestWalkDeep(t *testing.T) {
	const n = 200_000
	var down, first Value
	for range n {
		down = NewArray([]Value{down})
		first = NewArray([]Value{first, Num(1)})
	}
	wide := make([]Value, n)
	for i := range wide {
		wide[i] = NewArray([]Value{Num(1)})
	}
	native := Value{}
	for range n {
		native = NewNative(&holder{values: []Value{native}})
	}
	one := int64(arraySize) + int64(valueSize)
	for name, test := range map[string]struct {
		v    Value
		want int64
	}{
		"last element": {down, n * one},
		"first":        {first, n * (one + int64(valueSize))},
		"wide":         {NewArray(wide), n*one + int64(arraySize) + n*int64(valueSize)},
		"native":       {native, n * (int64(objectSize) + 1000)},
	} {
		if got := counted(test.v); got != test.want {
			t.Errorf("%s: walk counts %d bytes; want %d", name, got, test.want)
		}
	}
	w := walker{mark: walks.Add(1)}
	w.visit(NewArray(wide))
	if kept := cap(w.work)*int(unsafe.Sizeof(wide)) + cap(w.objects)*8; kept > 4096 {
		t.Errorf("the walk of a wide array keeps %d bytes of work; want little", kept)
	}
}

func TestChecks(t *testing.T) {
	th := testThread(Limits{String: 1000, Array: 100, Memory: 1 << 20})
	for _, test := range []struct {
		name  string
		check func(int) error
		n     int
		want  int // code, or -1 for none
	}{
		{"CheckString", th.CheckString, 1000, -1},
		{"CheckString", th.CheckString, 1001, GenStrOverflow},
		{"CheckArray", th.CheckArray, 0, -1},
		{"CheckArray", th.CheckArray, 100, -1},
		{"CheckArray", th.CheckArray, 101, GenBound},
		{"CheckArray", th.CheckArray, -1, GenBound},
		{"Charge", th.Charge, 1 << 19, -1},
		{"Charge", th.Charge, 2 << 20, GenMem},
	} {
		if got := genCode(test.check(test.n)); got != test.want {
			t.Errorf("%s(%d): code %d; want %d", test.name, test.n, got, test.want)
		}
	}
}

func TestLimitDefaults(t *testing.T) {
	got := Limits{Steps: -1, Array: 5}.withDefaults()
	want := Limits{Depth: 10_000, Memory: 512 << 20, String: 64 << 20, Array: 5}
	if got != want {
		t.Errorf("defaults = %+v; want %+v", got, want)
	}
}

// What is allocated and dropped is counted only now and then.
func TestChargeWalksSeldom(t *testing.T) {
	const limit = 1 << 20
	th := testThread(Limits{Memory: limit})
	kept := NewArray(make([]Value, limit/2/int(valueSize)))
	th.SetMemVar("KEPT", kept)
	const turns = 100_000
	before := walks.Load()
	for range turns {
		if err := th.Charge(1000); err != nil {
			t.Fatal(err)
		}
	}
	if n, most := int(walks.Load()-before), 1+turns*1000/(limit/slack); n > most {
		t.Errorf("%d walks for %d bytes; want at most %d", n, turns*1000, most)
	}
}

func TestMemoryErrorCanBeHandledOnce(t *testing.T) {
	const limit = 1 << 20
	th := testThread(Limits{Memory: limit})
	list := NewArray(nil)
	th.SetMemVar("LIST", list)
	grow := func() *Error {
		for {
			if err := th.Charge(1000); err != nil {
				return err.(*Error)
			}
			a := list.Array()
			a.Elems = append(a.Elems, NewArray(make([]Value, 60)))
		}
	}
	if err := grow(); err.GenCode != GenMem || err.Fatal {
		t.Fatalf("first error %v, fatal %v; want one of memory that can be handled", err, err.Fatal)
	}
	list.Array().Elems = nil
	if err := grow(); err.Fatal {
		t.Fatal("an error after memory was released is fatal")
	}
	if err := grow(); !err.Fatal {
		t.Error("an error while the memory is still in use can be handled again")
	}
}

// Code that no compiler made can have a reference to itself.
func TestTextOfCyclicReference(t *testing.T) {
	v := newCell(Value{})
	*(*Value)(v.p) = v
	if got, want := v.String(), "@@@@"; got != want {
		t.Errorf("text of a reference to itself = %q; want %q", got, want)
	}
}

// A thread asks itself whether it has to stop while it counts its memory.
func TestWalkStops(t *testing.T) {
	th := testThread(Limits{Memory: 1 << 20})
	th.SetMemVar("LIST", NewArray(make([]Value, 10*batch)))
	th.Cancel(nil)
	if err := th.Charge(2 << 20); genCode(err) != GenLimit {
		t.Errorf("Charge in a cancelled thread = %v; want the cancellation", err)
	}
}

// An array is looked at in parts, each element once.
func TestWalkInParts(t *testing.T) {
	list := make([]Value, 3*batch+1)
	for i := range list {
		list[i] = Str("abc")
	}
	list[batch+5] = NewArray([]Value{Str("x")})
	want := int64(arraySize+len(list)*int(valueSize)+3*(len(list)-1)) + int64(arraySize+int(valueSize)+1)
	if got := counted(NewArray(list)); got != want {
		t.Errorf("walk counts %d bytes; want %d", got, want)
	}
}
