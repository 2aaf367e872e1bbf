package host

import "sync/atomic"

// maxResting is how many goroutines of a crew wait for work at most.
const maxResting = 16

// crew runs functions in goroutines of which some stay for the next ones: a new goroutine
// spends a good part of a short call on growing its stack. Use newCrew.
type crew struct {
	work    chan func() // to those that rest
	resting atomic.Int32
	dismiss <-chan struct{} // closed when nobody is to rest any more
}

func newCrew(dismiss <-chan struct{}) *crew {
	return &crew{work: make(chan func()), dismiss: dismiss}
}

// run has f run in a goroutine of its own. It does not wait.
func (c *crew) run(f func()) {
	select {
	case c.work <- f:
	default:
		go c.serve(f)
	}
}

// serve runs f and what comes then, until enough others rest.
func (c *crew) serve(f func()) {
	for f != nil {
		f()
		f = c.next()
	}
}

// next waits for work; it returns nil if the goroutine is not needed any more.
func (c *crew) next() func() {
	defer c.resting.Add(-1)
	if c.resting.Add(1) > maxResting {
		return nil
	}
	select {
	case f := <-c.work:
		return f
	case <-c.dismiss:
		return nil
	}
}
