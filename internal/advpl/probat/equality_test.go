package probat

import (
	"errors"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

// doubled returns an array that holds the one below it twice, so many times.
func doubled(depth int, bottom vm.Value) vm.Value {
	v := vm.NewArray([]vm.Value{bottom})
	for range depth {
		v = vm.NewArray([]vm.Value{v, v})
	}
	return v
}

// TestEqualSharesWork compares arrays with a billion billion elements that are a few.
func TestEqualSharesWork(t *testing.T) {
	th := newStore(t, 0).thread
	for _, c := range []struct {
		y    vm.Value
		want bool
	}{{doubled(60, vm.Int(1)), true}, {doubled(60, vm.Int(2)), false}, {doubled(59, vm.Int(1)), false}} {
		if got, err := equal(th)(doubled(60, vm.Int(1)), c.y); err != nil || got != c.want {
			t.Errorf("equal = %v, %v; want %v", got, err, c.want)
		}
	}
	own := func() vm.Value {
		v := vm.NewArray(make([]vm.Value, 2))
		v.Array().Elems[0], v.Array().Elems[1] = v, v
		return v
	}
	if got, err := equal(th)(own(), own()); got || err != nil {
		t.Errorf("equal of arrays that hold themselves = %v, %v; want false", got, err)
	}
	stop := errors.New("stop")
	th.Cancel(stop)
	if _, err := equal(th)(doubled(60, vm.Int(1)), doubled(60, vm.Int(1))); !errors.Is(err, stop) {
		t.Errorf("err = %v; want %v", err, stop)
	}
}

func TestSameJSON(t *testing.T) {
	th := newStore(t, 0).thread
	deep := strings.Repeat("[", maxJSONDepth) + strings.Repeat("]", maxJSONDepth)
	for _, c := range []struct {
		x, y string
		want bool
	}{
		{`{"a":1,"b":[1,{}]}`, ` {"b":[1.0,{}],"a":1e0} `, true},
		{`{"a":null}`, `{"b":null}`, false}, {`{"a":1,"a":2}`, `{"a":2}`, true}, {`[1,2]`, `[2,1]`, false},
		{`[]`, `{}`, false}, {`1`, `[1]`, false}, {`[1]`, `1`, false}, {`"a"`, `"\u0061"`, true}, {`null`, `null`, true},
		{deep, deep, true}, {"[" + deep + "]", "[" + deep + "]", false},
		{``, ``, false}, {`1 2`, `1 2`, false}, {`[1,]`, `[1,]`, false}, {`{1:2}`, `{1:2}`, false}, {`]`, `]`, false},
		{`[1 2]`, `[1 2]`, false}, {`{"a" 1}`, `{"a" 1}`, false}, {`[`, `[`, false}, {`[}`, `[}`, false}, {`{"a":}`, `{"a":}`, false},
	} {
		if got, _, err := sameJSON(th, c.x, c.y); err != nil || got != c.want {
			t.Errorf("sameJSON(%.40s, %.40s) = %v, %v; want %v", c.x, c.y, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		``:                  "it ends too early, at line 1, column 1",
		`{"a":`:             "it ends too early, at line 1, column 6",
		`{"a": tru}`:        "line 1, column 7",
		"{\"é\":1,\n  é}":   "line 2, column 3",
		`[1] 2`:             "there is more after its end, at line 1, column 5",
		"[" + deep + "]":    "more than 1000 levels, at line 1, column 1001",
		"not JSON":          "line 1, column 1",
		`{"a":1,"b":[1 2]}`: "line 1, column 15",
	} {
		for _, side := range []string{"the value", "the expected text"} {
			x, y := text, "[]"
			if side != "the value" {
				x, y = y, x
			}
			if _, fault, err := sameJSON(th, x, y); err != nil || !strings.HasPrefix(fault, side+" is no JSON: ") || !strings.HasSuffix(fault, want) {
				t.Errorf("sameJSON(%.40s, %.40s): %q, %v; want %s and %s", x, y, fault, err, side, want)
			}
		}
	}
	stop := errors.New("stop")
	th.Cancel(stop)
	if _, _, err := sameJSON(th, "[1]", "[1]"); !errors.Is(err, stop) {
		t.Errorf("err = %v; want %v", err, stop)
	}
}
