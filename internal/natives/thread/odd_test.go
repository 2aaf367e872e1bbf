package thread

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// oddValues are arguments at the edges.
func oddValues() []vm.Value {
	loop := vm.NewArray(make([]vm.Value, 1))
	loop.Array().Elems[0] = loop
	return []vm.Value{
		{}, vm.Num(0), vm.Num(1), vm.Num(-1), vm.Num(2.5), vm.Num(1e300), vm.Num(math.NaN()), vm.Num(math.Inf(1)), vm.Num(math.MinInt64),
		vm.Bool(true), vm.Bool(false), vm.DateOf(0), vm.DateOf(2461367),
		vm.Str(""), vm.Str("A"), vm.Str("ENV"), vm.Str("U_Main"), vm.Str("*"), vm.Str("\x00\xff"), vm.Str(strings.Repeat("x", 5000)),
		vm.NewArray(nil), vm.NewArray([]vm.Value{vm.Str("x"), vm.Num(1)}), loop,
	}
}

// TestOddArguments calls the functions with arguments at random: they must return, with a
// value or an error.
func TestOddArguments(t *testing.T) {
	s := newServer(t, nil, "User Function Main()\nReturn ThreadId()\n", vm.Limits{Time: 20 * time.Millisecond, Memory: 4 << 20})
	for name := range Functions() {
		r := rand.New(rand.NewPCG(5, uint64(len(name))))
		values := oddValues()
		for range 60 {
			args := make([]vm.Value, r.IntN(8))
			for i := range args {
				args[i] = vm.NewRef(values[r.IntN(len(values))])
			}
			callOdd(t, s, name, args)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// callOdd calls a function in a thread of its own.
func callOdd(t *testing.T, s *server, name string, args []vm.Value) {
	t.Helper()
	th, err := s.Open(t.Context(), host.Call{Env: "ENV", Library: true})
	if errors.Is(err, host.ErrBusy) {
		return // jobs that were started here
	}
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	_, err = th.Call(t.Context(), name, args...)
	var e *vm.Error
	if err != nil && !errors.As(err, &e) && !errors.Is(err, vm.ErrQuit) && !errors.Is(err, host.ErrEnded) {
		t.Errorf("%s(%v) = %v; want an *vm.Error", name, args, err)
	}
	if e != nil && strings.Contains(e.Description, "internal fault") {
		t.Errorf("%s(%v) panics: %v", name, args, err)
	}
}
