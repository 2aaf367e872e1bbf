package httpport

import (
	"sync"
	"time"
)

// stallTimer cuts an operation that takes too long.
//
// It stands in for the deadlines of HTTP/2 streams, which have two faults for
// the purpose: one that passes while nothing is being read or written breaks
// the stream all the same, and setting one costs as much as a whole request.
//
// Start and stop are for one goroutine at a time; kill may come from another.
type stallTimer struct {
	mu      sync.Mutex // guards the following
	timer   *time.Timer
	running bool
	fired   bool // cut has run
	dead    bool
}

// start begins an operation. If it takes longer than limit, cut makes it fail; it
// must not block, and both must be the same at every start.
func (s *stallTimer) start(limit time.Duration, cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = true
	if s.timer == nil {
		s.timer = time.AfterFunc(limit, func() { s.expire(cut) })
		return
	}
	s.timer.Reset(limit)
}

// stop ends the operation, if there is one, and reports whether one was ever cut.
func (s *stallTimer) stop() (cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.running = false
		s.timer.Stop()
	}
	return s.fired
}

// expire may run late, when the operation, or even the whole request, is over.
func (s *stallTimer) expire(cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running && !s.dead {
		s.fired = true
		cut()
	}
}

// kill makes sure that cut is not running and never runs again.
func (s *stallTimer) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	if s.timer != nil {
		s.timer.Stop()
	}
}
