package lib

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// notOdd are natives that end the program, wait, or must stand in a function.
var notOdd = map[string]bool{"FINAL": true, "__QUIT": true, "SLEEP": true, "BREAK": true, "SETPRVT": true}

// oddValues are arguments for the natives of a thread.
func oddValues(t *testing.T, th *vm.Thread) []vm.Value {
	values := []vm.Value{
		{}, vm.Num(0), vm.Num(1), vm.Num(2), vm.Num(-1), vm.Num(3.7), vm.Num(1e18), vm.Num(-1e300), vm.Num(math.NaN()),
		vm.Num(math.Inf(1)), vm.Num(math.Inf(-1)), vm.Num(math.MaxInt64), vm.Num(1000), vm.Bool(true), vm.Bool(false),
		vm.Str(""), vm.Str("a"), vm.Str("\x00\xff\xe7"), vm.Str(strings.Repeat("ab ", 200)), vm.Str("12.5"), vm.Str("-----BEGIN X-----"),
		vm.Str("@E 9,999.99"), vm.Str("@R 99/99"), vm.Str(`\keys\rsa.pem`), vm.Str("CP1251"), vm.Str("{\"a\":[1]}"),
		vm.Str("\x00\xff*?"), vm.Str("20261122"), vm.Str("99:99:99"), vm.Str("<a b='c'><d/></a>"), vm.Str("//a[1]"), vm.Str("_A"),
		vm.DateOf(0), vm.DateOf(2461367), vm.DateOf(1 << 40),
		vm.NewArray(nil), vm.NewArray([]vm.Value{vm.Str("x"), vm.Num(1)}),
	}
	for _, area := range classes() {
		for name, made := range area {
			v, err := made(th, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			values = append(values, v)
		}
	}
	node, err := xmlParse(th, vm.Args{vm.Str("<a b='c'><d/><d/></a>")})
	if err != nil {
		t.Fatal(err)
	}
	return append(values, node)
}

// TestOddArguments calls the natives with arguments at random: they must return, with a
// value or an *vm.Error.
func TestOddArguments(t *testing.T) {
	host := surroundings(t)
	for _, area := range areas() {
		for name, native := range area {
			if notOdd[name] {
				continue
			}
			r := rand.New(rand.NewPCG(7, uint64(len(name))))
			th := thread(t, vm.Options{Data: host, Stdout: io.Discard, Limits: vm.Limits{String: 10_000, Memory: 1 << 20, Array: 1000}})
			values := oddValues(t, th)
			for range 200 {
				callOdd(t, th, name, native, oddArgs(r, values))
			}
			if err := Release(th); err != nil {
				t.Errorf("after %s: %v", name, err)
			}
		}
	}
}

func oddArgs(r *rand.Rand, values []vm.Value) vm.Args {
	args := make(vm.Args, r.IntN(8))
	for i := range args {
		args[i] = values[r.IntN(len(values))]
	}
	return args
}

// TestOddMethods does the same with the methods of TXmlManager.
func TestOddMethods(t *testing.T) {
	th := thread(t, vm.Options{Data: surroundings(t), Limits: vm.Limits{String: 10_000, Memory: 1 << 20, Array: 1000}})
	values := oddValues(t, th)
	for name := range xmlMethods {
		o, err := newXMLManager(th, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := o.Object().Native.(*xmlManager)
		r := rand.New(rand.NewPCG(7, uint64(len(name))))
		for range 200 {
			if m.document == nil {
				callOdd(t, th, "PARSE", m.method("PARSE"), vm.Args{vm.Str("<a b='c'><d/>x<d xmlns:n='u' n:e='f'/></a>")})
			}
			callOdd(t, th, name, m.method(name), oddArgs(r, values))
		}
	}
}

// method returns a method as a native.
func (m *xmlManager) method(name string) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) { return m.Send(t, name, a) }
}

func callOdd(t *testing.T, th *vm.Thread, name string, native vm.Native, args vm.Args) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s%v panics: %v", name, args, p)
		}
	}()
	v, err := native(th, args)
	if e := new(vm.Error); err != nil && !errors.As(err, &e) {
		t.Errorf("%s%v = %v; want an error of the program", name, args, err)
	}
	if err == nil && v.IsStr() && v.Len() > 10_000 {
		t.Errorf("%s%v gives %d bytes, more than allowed", name, args, v.Len())
	}
}

// TestCompressionBombs unpacks zeros by the gigabyte: the limit of a string ends it early.
func TestCompressionBombs(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	th := thread(t, vm.Options{Limits: vm.Limits{String: 1 << 20}})
	start := time.Now()
	_, err := gzStrDecomp(th, vm.Args{vm.Str(packed.String()), vm.Int(0), vm.Str("")})
	if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenStrOverflow {
		t.Errorf("err = %v; want one with code %d", err, vm.GenStrOverflow)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// TestDigestsPoll hashes, packs and converts in a cancelled thread.
func TestDigestsPoll(t *testing.T) {
	long := vm.Str(strings.Repeat("a", 1<<20))
	reason := errors.New("enough")
	for name, args := range map[string]vm.Args{
		"SHA256":    {long},
		"HMAC":      {long, vm.Str("k"), vm.Int(5)},
		"MSCRC32":   {long},
		"CRCCALC":   {vm.Int(3), long},
		"EVPDIGEST": {long, vm.Int(7)},
		"GZSTRCOMP": {long},
		"STRICONV":  {long, vm.Str("CP1252"), vm.Str("UTF-16LE")},
		"MATCH":     {long, vm.Str("*b")},
		"BIN2STR":   {long},
	} {
		th := thread(t, vm.Options{})
		if _, err := Library().Funcs[name](th, args); err != nil {
			t.Errorf("%s = error %v before the thread is cancelled", name, err)
		}
		th.Cancel(reason)
		if _, err := Library().Funcs[name](th, args); !errors.Is(err, reason) {
			t.Errorf("%s in a cancelled thread = %v; want %v", name, err, reason)
		}
	}
}
