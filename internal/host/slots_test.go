package host

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bench is a set of slots with threads that wait for one and a clock that the test moves.
// Each thread that gets a slot is noted, and keeps it until the test has it give way.
type slotBench struct {
	t   *testing.T
	s   *slots
	now time.Time

	mu  sync.Mutex
	got []string
}

func newSlotBench(t *testing.T, n int) *slotBench {
	b := &slotBench{t: t, now: time.Unix(1_000_000, 0)}
	b.s = newSlots(n, func() time.Time { return b.now })
	return b
}

// pass lets d go by.
func (b *slotBench) pass(d time.Duration) { b.now = b.now.Add(d) }

// takes has the thread wait for a slot, behind those that wait already.
func (b *slotBench) takes(name string, t *turn) {
	b.does(name, func() { b.s.take(t) })
}

// does runs what may wait, and notes that it came back.
func (b *slotBench) does(name string, f func()) {
	go func() {
		f()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, name)
	}()
	synctest.Wait()
}

// had returns who got a slot since it was last asked.
func (b *slotBench) had() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	list := strings.Join(b.got, " ")
	b.got = nil
	return list
}

func (b *slotBench) want(list string) {
	b.t.Helper()
	if got := b.had(); got != list {
		b.t.Errorf("computing: %q; want %q", got, list)
	}
}

// bubble runs f with a bench in a bubble of its own.
func slotTest(t *testing.T, n int, f func(b *slotBench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newSlotBench(t, n)) })
}

func TestSlotsAreFirstComeFirstServed(t *testing.T) {
	slotTest(t, 2, func(b *slotBench) {
		turns := make([]turn, 5)
		for i := range turns {
			b.takes(fmt.Sprint(i), &turns[i])
		}
		b.want("0 1")
		for i := range 3 {
			b.s.give(&turns[i])
			b.want(fmt.Sprint(i + 2))
		}
		b.s.give(&turns[3])
		b.s.give(&turns[4])
		if computing, waiting, _ := b.s.figures(); computing != 0 || waiting != 0 || b.s.free != 2 {
			t.Errorf("at the end %d compute, %d wait, %d are free; want 0, 0, 2", computing, waiting, b.s.free)
		}
	})
}

// A thread that has computed for long makes way at its next poll for one that is new.
func TestShortGoesBeforeLong(t *testing.T) {
	slotTest(t, 1, func(b *slotBench) {
		var long, short, other turn
		b.takes("long", &long)
		b.want("long")
		b.takes("short", &short)
		b.does("long", func() { b.s.consider(&long) })
		b.want("long") // it is as new as the other
		b.pass(3 * time.Millisecond)
		b.does("long", func() { b.s.consider(&long) })
		b.want("short")
		b.takes("other", &other)
		b.s.give(&short)
		b.want("other")
		b.s.give(&other)
		b.want("long")
		b.s.give(&long)
	})
}

// Those of one level take turns.
func TestLongOnesTakeTurns(t *testing.T) {
	slotTest(t, 1, func(b *slotBench) {
		one, two := turn{ran: longRun}, turn{ran: longRun}
		b.takes("one", &one)
		b.takes("two", &two)
		b.want("one")
		b.pass(longTurn - time.Microsecond)
		b.does("one", func() { b.s.consider(&one) })
		b.want("one")
		b.pass(time.Microsecond)
		b.does("one", func() { b.s.consider(&one) })
		b.want("two")
		b.pass(longTurn)
		b.does("two", func() { b.s.consider(&two) })
		b.want("one")
		b.s.give(&one)
		b.want("two")
		b.s.give(&two)
	})
}

// However many short ones there are, a long one gets a turn at times, and keeps it for a
// moment.
func TestLongOnesProgress(t *testing.T) {
	slotTest(t, 1, func(b *slotBench) {
		long := turn{ran: longRun}
		holder := &turn{}
		b.takes("short", holder)
		b.takes("long", &long)
		b.want("short")
		for spent := time.Duration(0); ; spent += 200 * time.Microsecond {
			next := &turn{}
			b.takes("short", next)
			b.pass(200 * time.Microsecond)
			b.s.give(holder)
			got := b.had()
			if got == "long" {
				if spent < starvedAfter-time.Millisecond {
					t.Errorf("the long one ran after %v; want %v", spent, starvedAfter)
				}
				b.pass(protected - time.Microsecond)
				b.does("long", func() { b.s.consider(&long) })
				b.want("long")
				b.pass(time.Microsecond)
				b.does("long", func() { b.s.consider(&long) })
				b.want("short")
				b.s.give(next)
				b.want("long")
				b.s.give(&long)
				return
			}
			if got != "short" {
				t.Fatalf("computing: %q; want short", got)
			}
			if holder = next; spent > 10*starvedAfter {
				t.Fatal("the long one never ran")
			}
		}
	})
}

// A thread that waits for something outside is in front again afterwards.
func TestWaitingMakesUpForComputing(t *testing.T) {
	for _, test := range []struct {
		ran, waited time.Duration
		level       int
	}{
		{longRun, 0, 2},
		{longRun, time.Millisecond, 1},
		{longRun, time.Second, 0},
		{3 * time.Millisecond, time.Millisecond, 1},
		{3 * time.Millisecond, 2 * time.Millisecond, 0},
	} {
		slotTest(t, 1, func(b *slotBench) {
			th := turn{ran: test.ran}
			b.does("it", func() { b.s.back(&th, test.waited) })
			if got := levelOf(th.ran); got != test.level {
				t.Errorf("after %v of computing and %v of waiting the level is %d; want %d", test.ran, test.waited, got, test.level)
			}
		})
	}
}

// A thread that is told to end while it waits goes, and those behind it get their turn.
func TestWaiterGivesUp(t *testing.T) {
	slotTest(t, 1, func(b *slotBench) {
		var holder, gone, next turn
		b.takes("holder", &holder)
		b.takes("gone", &gone)
		b.takes("next", &next)
		b.want("holder")
		b.s.quit(&gone)
		b.want("gone")
		if gone.holds {
			t.Error("the thread that gave up has a slot")
		}
		b.s.give(&gone) // nothing
		b.s.give(&holder)
		b.want("next")
		b.s.give(&next)
		if b.s.free != 1 {
			t.Errorf("%d slots are free; want 1", b.s.free)
		}
	})
}

// A thread that was told to end before it would wait does not begin to.
func TestWhoQuitsWaitsNoMore(t *testing.T) {
	slotTest(t, 1, func(b *slotBench) {
		var holder, gone, next turn
		b.takes("holder", &holder)
		b.s.quit(&gone)
		b.takes("gone", &gone)
		b.takes("next", &next)
		b.want("holder gone")
		if gone.holds {
			t.Error("the thread that has to end has a slot")
		}
		b.s.quit(&holder)
		b.pass(longTurn)
		b.does("holder", func() { b.s.consider(&holder) })
		b.want("holder")
		b.s.give(&holder)
		b.want("next")
		b.s.give(&next)
	})
}

// A thread that does not poll loses its slot, and takes one again at its next poll.
func TestSilentThreadLosesItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slotBench{t: t}
		b.s = newSlots(1, time.Now)
		var silent1, next turn
		b.takes("silent", &silent1)
		time.Sleep(time.Second) // nobody waits: it may keep it
		b.takes("next", &next)
		b.want("silent")
		time.Sleep(silent + 2*watchEvery)
		b.want("next")
		if _, _, retaken := b.s.figures(); retaken != 1 {
			t.Errorf("%d slots retaken; want 1", retaken)
		}
		if !b.s.wanted(&silent1) {
			t.Error("the thread does not know that it has lost its slot")
		}
		b.does("silent", func() { b.s.consider(&silent1) })
		b.want("")
		b.s.give(&next)
		b.want("silent")
		b.s.give(&silent1)
		if computing, waiting, _ := b.s.figures(); computing != 0 || waiting != 0 || b.s.free != 1 {
			t.Errorf("at the end %d compute, %d wait, %d are free; want 0, 0, 1", computing, waiting, b.s.free)
		}
	})
}

// A thread that polls keeps its slot as long as none has a better right.
func TestPollingThreadKeepsItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slotBench{t: t}
		b.s = newSlots(1, time.Now)
		one, two := turn{ran: longRun}, turn{ran: longRun}
		b.takes("one", &one)
		b.takes("two", &two)
		for range 9 {
			time.Sleep(longTurn / 10)
			b.s.consider(&one)
		}
		b.want("one")
		if _, _, retaken := b.s.figures(); retaken != 0 {
			t.Errorf("%d slots retaken; want none", retaken)
		}
		b.s.give(&one)
		b.want("two")
		b.s.give(&two)
	})
}

// Threads that take, give, wait, poll and go away at random leave all slots free.
func TestSlotsAtRandom(t *testing.T) {
	s := newSlots(2, time.Now)
	var wg sync.WaitGroup
	var turns [16]turn
	for i := range turns {
		wg.Go(func() {
			th := &turns[i]
			for n := range 300 {
				s.begin(th)
				for range n % 7 {
					if s.wanted(th) {
						s.consider(th)
					}
				}
				if n%50 == 0 {
					time.Sleep(silent + watchEvery) // in a native
				}
				if n%3 == 0 {
					s.give(th)
					s.back(th, time.Millisecond)
				}
				s.give(th)
			}
		})
	}
	time.AfterFunc(20*time.Millisecond, func() {
		for i := 0; i < len(turns); i += 4 {
			s.quit(&turns[i])
		}
	})
	wg.Wait()
	if computing, waiting, _ := s.figures(); computing != 0 || waiting != 0 || s.free != 2 {
		t.Errorf("at the end %d compute, %d wait, %d are free; want 0, 0, 2", computing, waiting, s.free)
	}
}

// BenchmarkWanted is what a program pays at each poll if no other one waits.
func BenchmarkWanted(b *testing.B) {
	s, th := newSlots(1, time.Now), turn{}
	s.take(&th)
	for b.Loop() {
		if s.wanted(&th) {
			b.Fatal("somebody waits")
		}
	}
}
