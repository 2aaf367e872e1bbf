package httpport

import (
	"sync"
	"time"
)

// stallTimer calls cut if one operation takes longer than limit.
//
// It stands in for the deadlines of HTTP/2 streams, which have two faults for
// the purpose: one that passes while nothing is being read or written breaks
// the stream all the same, and setting one costs as much as a whole request.
//
// Start and stop are for one goroutine at a time; kill may come from another.
type stallTimer struct {
	limit time.Duration
	cut   func() // makes the operation fail; must not block

	mu      sync.Mutex // guards the following
	timer   *time.Timer
	running bool
	dead    bool
}

// start begins an operation.
func (s *stallTimer) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = true
	if s.timer == nil {
		s.timer = time.AfterFunc(s.limit, s.expire)
		return
	}
	s.timer.Reset(s.limit)
}

// stop ends the operation, if there is one.
func (s *stallTimer) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.running = false
		s.timer.Stop()
	}
}

// expire may run late, when the operation, or even the whole request, is over.
func (s *stallTimer) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running && !s.dead {
		s.cut()
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
