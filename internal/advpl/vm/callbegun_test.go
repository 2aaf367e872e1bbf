package vm

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// An interruption ends the call that it is of, at whatever moment it comes, and no later
// one, if whoever interrupts makes up for having come too early.
func TestCallBegun(t *testing.T) {
	enough := errors.New("enough")
	th := newTestThread(t, Options{}, &Library{Funcs: map[string]Native{
		"WAITS": func(t *Thread, _ Args) (Value, error) {
			<-t.Context().Done()
			return Value{}, t.Poll()
		},
		"QUICK": func(t *Thread, _ Args) (Value, error) { return Int(1), t.Poll() },
	}})
	var told atomic.Bool
	begun := func() {
		if told.Load() {
			th.Interrupt(enough)
		}
	}
	for i := range 200 {
		told.Store(false)
		var all sync.WaitGroup
		all.Go(func() { told.Store(true); th.Interrupt(enough) })
		if _, err := th.CallBegun(begun, "WAITS"); !errors.Is(err, enough) {
			t.Fatalf("call %d = %v; want %v", i, err, enough)
		}
		all.Wait()
		if v, err := th.Call("QUICK"); err != nil || v.Float() != 1 {
			t.Fatalf("the call after it = %v, %v; want 1", v, err)
		}
	}
	th.Cancel(enough)
	if _, err := th.CallBegun(func() {}, "QUICK"); !errors.Is(err, enough) {
		t.Errorf("a call of a cancelled thread = %v; want %v", err, enough)
	}
}

// What is counted counts as it is, what comes then as it is allocated. The limit is not
// moved by that.
func TestCountMemory(t *testing.T) {
	const kilobyte = 1 << 10
	th := newTestThread(t, Options{Limits: Limits{Memory: 100 * kilobyte}}, &Library{Funcs: map[string]Native{
		"CHARGES": func(t *Thread, _ Args) (Value, error) {
			for range 60 {
				if err := t.Charge(kilobyte); err != nil { // of garbage
					return Value{}, err
				}
			}
			before := t.MemoryUsed()
			t.CountMemory()
			counted := t.MemoryUsed()
			if err := t.Charge(5 * kilobyte); err != nil {
				return Value{}, err
			}
			return NewArray([]Value{Num(float64(before)), Num(float64(counted)), Num(float64(t.MemoryUsed()))}), nil
		},
	}})
	v, err := th.Call("CHARGES")
	if err != nil {
		t.Fatal(err)
	}
	sizes := v.Array().Elems
	before, counted, after := sizes[0].Float(), sizes[1].Float(), sizes[2].Float()
	if before < 60*kilobyte || counted > 10*kilobyte || after-counted != 5*kilobyte {
		t.Errorf("memory %v, counted %v, with 5 kB more %v; want 60 kB or more, little, 5 kB more", before, counted, after)
	}
}
