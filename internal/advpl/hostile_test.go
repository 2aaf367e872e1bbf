package advpl_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/vm"
)

// programs returns the units of testdata/programs.
func programs(t testing.TB) []*code.Unit {
	t.Helper()
	result, err := build.Build(context.Background(), []string{"testdata/programs"}, build.Options{})
	if err != nil || result.Findings.Failed() {
		t.Fatalf("the programs do not compile: %v", err)
	}
	return result.Repository.Units
}

// rounds returns n, or what the environment variable HOSTILE_ROUNDS says.
func rounds(n int) int {
	if more, err := strconv.Atoi(os.Getenv("HOSTILE_ROUNDS")); err == nil {
		return more
	}
	return n
}

// TestMutatedUnits changes a few operands, constants and sizes of real units and stores
// them with a right checksum. Reading or linking must refuse them, or they must run
// without a fault of the machine, whatever they do.
func TestMutatedUnits(t *testing.T) {
	stored, err := repo.Encode(&repo.Repository{Units: programs(t)})
	if err != nil {
		t.Fatal(err)
	}
	const seed = 4
	ran := 0
	for i := range rounds(150) {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		original, err := repo.Read(stored)
		if err != nil {
			t.Fatal(err)
		}
		units := original.Units
		u := units[r.IntN(len(units))]
		mutate(r, u)
		changed, err := repo.Encode(&repo.Repository{Units: units})
		if err != nil {
			continue
		}
		again, err := repo.Read(changed)
		if err != nil {
			continue
		}
		program, err := advpl.Link(again.Units)
		if err != nil {
			continue
		}
		name := firstUserFunction(u)
		if name == "" {
			continue
		}
		ran++
		limits := vm.Limits{Steps: 200_000, Time: 2 * time.Second, Memory: 64 << 20}
		thread := advpl.NewThread(program, vm.Options{Limits: limits})
		for range 2 { // a thread is usable after an error
			_, err := thread.Call(name)
			var e *vm.Error
			if errors.As(err, &e) {
				_ = e.Report(thread)
				if strings.HasPrefix(e.Description, "internal fault") {
					t.Fatalf("round %d, %s: %v\n%v", i, u.Name, e, e.Cause)
				}
			}
		}
	}
	if ran == 0 {
		t.Error("no mutated unit ran")
	}
}

// mutate changes one to four things in functions of u.
func mutate(r *rand.Rand, u *code.Unit) {
	funcs := allFunctions(u)
	if len(funcs) == 0 {
		return
	}
	for range 1 + r.IntN(4) {
		f := funcs[r.IntN(len(funcs))]
		if len(f.Code) == 0 {
			continue
		}
		in := &f.Code[r.IntN(len(f.Code))]
		other := f.Code[r.IntN(len(f.Code))]
		switch r.IntN(12) {
		case 0:
			in.Op = code.Op(r.IntN(int(code.NumOps)))
		case 1:
			in.A = small(r, in.A, f.NRegs)
		case 2:
			in.B = small(r, in.B, f.NRegs)
		case 3:
			in.C = small(r, in.C, f.NRegs)
		case 4:
			*in = other
		case 5:
			in.Op = other.Op
		case 6:
			in.A, in.B = in.B, in.A
		case 7:
			in.A = other.A
		case 8:
			in.B, in.C = other.B, other.C
		case 9:
			for i := range f.RefParams {
				f.RefParams[i] = r.IntN(2) == 0
			}
		case 10:
			f.NRegs = uint16(int(f.NRegs) + r.IntN(5) - 2)
			f.NParams = uint16(max(0, int(f.NParams)+r.IntN(3)-1))
		case 11:
			for i := range f.Captures {
				f.Captures[i].Index = uint16(r.IntN(8))
			}
		}
	}
}

func small(r *rand.Rand, old, regs uint16) uint16 {
	switch r.IntN(3) {
	case 0:
		return uint16(int(old) + r.IntN(7) - 3)
	case 1:
		return uint16(r.IntN(int(regs) + 2))
	}
	return uint16(r.IntN(1 << 16))
}

// allFunctions returns the functions of u with methods, initialisers and blocks.
func allFunctions(u *code.Unit) []*code.Func {
	var all []*code.Func
	var add func(f *code.Func)
	add = func(f *code.Func) {
		if f == nil {
			return
		}
		all = append(all, f)
		for _, b := range f.Blocks {
			add(b)
		}
	}
	add(u.Init)
	for _, f := range u.Funcs {
		add(f)
	}
	for _, c := range u.Classes {
		add(c.Init)
		add(c.StaticInit)
		for i := range c.Methods {
			add(c.Methods[i].Func)
		}
	}
	return all
}

// TestSharedProgram runs the programs in many threads of one Program at once, some
// cancelled at any moment, and then again in the same threads.
func TestSharedProgram(t *testing.T) {
	units := programs(t)
	program, err := advpl.Link(units)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range units {
		if name := firstUserFunction(u); name != "" {
			names = append(names, name)
		}
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			for range rounds(2) {
				runCancelled(t, program, names, r)
			}
		})
	}
	wg.Wait()
}

// errTest is the reason of the cancellations.
var errTest = errors.New("cancelled by the test")

// runCancelled calls programs in one thread until it is cancelled or three have run.
func runCancelled(t *testing.T, program *vm.Program, names []string, r *rand.Rand) {
	thread := advpl.NewThread(program, vm.Options{
		Stdout: io.Discard,
		Limits: vm.Limits{Time: time.Minute, Memory: 64 << 20, Steps: 10_000_000},
	})
	if r.IntN(3) > 0 {
		timer := time.AfterFunc(time.Duration(r.IntN(20_000))*time.Microsecond, func() { thread.Cancel(errTest) })
		defer timer.Stop()
	}
	for range 3 {
		name := names[r.IntN(len(names))]
		v, err := thread.Call(name)
		var e *vm.Error
		switch {
		case err == nil:
			if v.Kind() != vm.Logical || !v.Truth() {
				t.Errorf("%s() = %v; want .T.", name, v)
			}
		case errors.Is(err, errTest):
			return
		case errors.As(err, &e):
			t.Errorf("%s: %s", name, e.Report(thread))
			return
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
}
