package shared

import (
	"errors"
	"strings"
	"testing"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// thread returns a thread of a program without units, for what asks one for memory.
func thread(t *testing.T, limits vm.Limits) *vm.Thread {
	t.Helper()
	p, err := vm.Link(nil, lib.Library())
	if err != nil {
		t.Fatal(err)
	}
	return p.NewThread(vm.Options{Limits: limits})
}

// jsonOf returns a JSON object of the text.
func jsonOf(t *testing.T, text string) vm.Value {
	t.Helper()
	th := thread(t, vm.Limits{})
	o, err := th.Call("JSONOBJECT")
	if err == nil {
		_, err = th.Send(o, "FROMJSON", vm.Str(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func array(elems ...vm.Value) vm.Value { return vm.NewArray(elems) }

func TestCopy(t *testing.T) {
	hash, err := thread(t, vm.Limits{}).Call("THASHMAP")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		from vm.Value
		want string
	}{
		{vm.Value{}, "NIL"},
		{vm.Num(1.5), "1.5"},
		{vm.Bool(true), ".T."},
		{vm.DateOf(2461367), `SToD("20261122")`},
		{vm.Str("a\xe7"), `"a\u00e7"`},
		{vm.Str(""), `""`},
		{array(), "{}"},
		{array(vm.Num(1), array(vm.Str("x"), vm.Value{})), `{1,{"x",NIL}}`},
		{hash, "NIL"},
		{array(hash, vm.Num(2)), "{NIL,2}"},
	} {
		if got := lib.Inspect(Copy(v.from)); got != v.want {
			t.Errorf("Copy(%s) = %s; want %s", lib.Inspect(v.from), got, v.want)
		}
	}
}

// TestCopyIsSeparate changes the original and looks at the copy.
func TestCopyIsSeparate(t *testing.T) {
	inner := array(vm.Num(1))
	from := array(inner, vm.Str("x"))
	twin := Copy(from)
	inner.Array().Elems[0] = vm.Num(2)
	from.Array().Elems[1] = vm.Num(3)
	if got := lib.Inspect(twin); got != `{{1},"x"}` {
		t.Errorf("after a change of the original the copy is %s", got)
	}
}

// TestCopyKeepsSharing wants what is one thing in the original to be one in the copy, also
// if it holds itself.
func TestCopyKeepsSharing(t *testing.T) {
	inner := array(vm.Num(1))
	from := array(inner, inner, vm.Value{})
	from.Array().Elems[2] = from
	twin := Copy(from).Array()
	switch e := twin.Elems; {
	case e[0].Array() != e[1].Array():
		t.Error("an array that stands twice in the original is two in the copy")
	case e[0].Array() == inner.Array():
		t.Error("the copy holds an array of the original")
	case e[2].Array() != twin:
		t.Error("an array that holds itself does not in the copy")
	}
}

func TestCopyJSON(t *testing.T) {
	from := jsonOf(t, `{"b":[1,{"c":"x"}],"a":null,"o":{"d":1.5},"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7}`)
	pair := Copy(array(from, from)).Array().Elems
	th := thread(t, vm.Limits{})
	if pair[0].Object() != pair[1].Object() {
		t.Error("a JSON object that stands twice in the original is two in the copy")
	}
	if _, err := th.Send(from, "DELNAME", vm.Str("b")); err != nil {
		t.Fatal(err)
	}
	got, err := th.Send(pair[0], "TOJSON")
	want := `{"b":[1,{"c":"x"}],"a":null,"o":{"d":1.5},"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7}`
	if err != nil || got.Text() != want {
		t.Errorf("the copy is %s, %v; want %s", got, err, want)
	}
	if v, err := th.Send(pair[0], "HASPROPERTY", vm.Str("k7")); err != nil || !v.Truth() {
		t.Errorf("the copy does not find k7: %v, %v", v, err)
	}
}

// TestCopyOfJSONIsSeparate changes an array in the original object.
func TestCopyOfJSONIsSeparate(t *testing.T) {
	from := jsonOf(t, `{"a":[1]}`)
	twin := Copy(from)
	th := thread(t, vm.Limits{})
	inner, err := th.Send(from, "GETJSONOBJECT", vm.Str("a"))
	if err != nil {
		t.Fatal(err)
	}
	inner.Array().Elems[0] = vm.Num(2)
	got, err := th.Send(twin, "TOJSON")
	if err != nil || got.Text() != `{"a":[1]}` {
		t.Errorf("after a change of the original the copy is %s, %v", got, err)
	}
}

// TestCopyDeep copies arrays nested so deep that recursion would end the process.
func TestCopyDeep(t *testing.T) {
	v := array()
	for range 1_000_000 {
		v = array(v)
	}
	depth := 0
	for twin := Copy(v); len(twin.Array().Elems) > 0; twin = twin.Array().Elems[0] {
		depth++
	}
	if depth != 1_000_000 {
		t.Errorf("the copy is nested %d deep; want 1000000", depth)
	}
}

func TestCopyToAsksForMemory(t *testing.T) {
	v := array(vm.Str(string(make([]byte, 600_000))), vm.Str(string(make([]byte, 600_000))))
	th := thread(t, vm.Limits{Memory: 1 << 20})
	_, err := CopyTo(th, v)
	if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenMem {
		t.Errorf("CopyTo of more than the limit: %v; want an error with code %d", err, vm.GenMem)
	}
	if _, err := CopyTo(thread(t, vm.Limits{Memory: 4 << 20}), v); err != nil {
		t.Errorf("CopyTo within the limit: %v", err)
	}
}

func TestCopyToIsPolled(t *testing.T) {
	th := thread(t, vm.Limits{})
	th.Cancel(errors.New("stop"))
	if _, err := CopyTo(th, array(vm.Num(1))); err == nil {
		t.Error("CopyTo of a thread that was cancelled: no error")
	}
}

func TestSize(t *testing.T) {
	big := vm.Str(strings.Repeat("x", 1000))
	one := Size(array(big))
	if one < 1000 || one > 1200 {
		t.Errorf("Size of an array with 1000 bytes = %d", one)
	}
	inner := array(big)
	if got := Size(array(inner, inner)); got > one+200 {
		t.Errorf("Size counts an array twice: %d", got)
	}
	loop := array(big, vm.Value{})
	loop.Array().Elems[1] = loop
	if got := Size(loop); got < 1000 || got > 1200 {
		t.Errorf("Size of an array that holds itself = %d", got)
	}
	if got := Size(jsonOf(t, `{"a":"`+big.Text()+`"}`)); got < 1000 || got > 1600 {
		t.Errorf("Size of a JSON object with 1000 bytes = %d", got)
	}
}
