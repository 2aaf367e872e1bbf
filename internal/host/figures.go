package host

import (
	"math"
	"sync/atomic"
	"time"
)

// counters count what has happened since the host was made.
type counters struct{ started, refused, abandoned, panics atomic.Int64 }

// Figures describe a host, for metrics.
type Figures struct {
	Threads   map[Kind]map[State]int // that there are
	Computing int                    // threads that hold a run slot
	Waiting   int                    // threads that wait for one
	Started   int64                  // threads that ever were; this one and those below only grow
	Refused   int64                  // threads that could not begin: too many, or no memory
	Abandoned int64                  // threads that did not end when they had to
	Retaken   int64                  // run slots taken from threads that did not make way
	Panics    int64                  // faults of the server itself that ended a thread
}

// Figures describes the host.
func (h *Host) Figures() Figures {
	f := Figures{
		Threads: map[Kind]map[State]int{}, Started: h.count.started.Load(), Refused: h.count.refused.Load(),
		Abandoned: h.count.abandoned.Load(), Panics: h.count.panics.Load(),
	}
	f.Computing, f.Waiting, f.Retaken = h.slots.figures()
	for _, t := range h.list() {
		kind := t.Kind()
		if f.Threads[kind] == nil {
			f.Threads[kind] = map[State]int{}
		}
		f.Threads[kind][t.state()]++
	}
	return f
}

// figures are what a thread publishes about itself: any goroutine may read them.
type figures struct {
	steps  atomic.Int64
	memory atomic.Int64
	doing  atomic.Int32           // a doing
	since  atomic.Int64           // of what it is doing, in nanoseconds since the thread began
	called atomic.Pointer[string] // the function that was called last
	remark atomic.Pointer[string]

	recount int64 // memory at which the thread counts it; only the thread uses this
	rate    rate  // guarded by Thread.mu
}

// calls publishes the function that is called.
func (f *figures) calls(name string) {
	if *f.called.Load() != name {
		f.called.Store(&name)
	}
}

// doing is what a thread does as far as it knows itself.
type doing int32

const (
	resting   doing = iota
	computing       // or waiting for a run slot
	blocked
)

// rate is how fast a thread was between two looks.
type rate struct {
	at     time.Duration // age of the thread at the look before
	steps  int64
	latest float64
}

// window is how long a look at the speed of a thread counts.
const window = time.Second

// look returns the steps a second since the last look that is at least a window ago; at
// first, since the thread began.
func (r *rate) look(age time.Duration, steps int64) float64 {
	d := age - r.at
	if d >= window || r.at == 0 && d > 0 {
		r.latest = float64(steps-r.steps) / d.Seconds()
	}
	if d >= window {
		r.at, r.steps = age, steps
	}
	return r.latest
}

// becomes publishes what the thread is doing.
func (t *Thread) becomes(d doing) {
	t.figures.since.Store(int64(time.Since(t.born)))
	t.figures.doing.Store(int32(d))
}

// A thread's memory is counted when it seems to be so many times what it was when it was
// counted last, and so many bytes more: the figure is of use, and counting takes only some
// hundredths of the thread's time.
const (
	recountFactor = 9
	recountLeast  = 8 << 20
)

// publish publishes the figures of the thread's programs. Only its goroutine calls it.
func (t *Thread) publish() {
	f := &t.figures
	if t.vm.MemoryUsed() > f.recount {
		f.recount = math.MaxInt64 // counting may poll
		t.vm.CountMemory()
		f.recount = recountFactor*t.vm.MemoryUsed() + recountLeast
	}
	f.steps.Store(t.vm.Steps())
	f.memory.Store(t.vm.MemoryUsed())
}
