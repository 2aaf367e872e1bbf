package shared

import (
	"container/list"
	"context"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// waiter is a thread that waits under a name.
type waiter struct {
	place *list.Element
	got   chan []vm.Value // with room for the one list that it gets
}

// Wait waits under the name, in the code page of programs and in any case, until Go hands it a list of values, which
// belongs to the caller then. ok is false if the time is over, below 0 it has no end, ctx
// has ended or early is closed before. Who waits longest is served first. What Go has handed out
// is never lost.
func (s *Space) Wait(ctx context.Context, name string, timeout time.Duration, early <-chan struct{}) (args []vm.Value, ok bool) {
	name = lib.Upper(name)
	w := s.enter(name)
	var over <-chan time.Time
	if timeout >= 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case args := <-w.got:
		return args, true
	case <-ctx.Done():
	case <-over:
	case <-early:
	}
	if s.leave(name, w) {
		return nil, false
	}
	return <-w.got, true // it was handed over at that moment
}

// enter puts a waiter at the end of the queue of the name.
func (s *Space) enter(name string) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.waits[name]
	if queue == nil {
		queue = list.New()
		s.waits[strings.Clone(name)] = queue
	}
	w := &waiter{got: make(chan []vm.Value, 1)}
	w.place = queue.PushBack(w)
	return w
}

// leave takes w out of its queue; false if it was taken out already.
func (s *Space) leave(name string, w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.place == nil {
		return false
	}
	s.dequeue(name, w)
	return true
}

// dequeue takes w out of its queue. s.mu is held.
func (s *Space) dequeue(name string, w *waiter) {
	queue := s.waits[name]
	queue.Remove(w.place)
	w.place = nil
	if queue.Len() == 0 {
		delete(s.waits, name)
	}
}

// Go hands args to the thread that has waited longest under the name, in any case, and
// tells whether there was one. The values must be copies; they belong to that thread
// from then on.
func (s *Space) Go(name string, args []vm.Value) bool {
	name = lib.Upper(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.waits[name]
	if queue == nil {
		return false
	}
	w := queue.Front().Value.(*waiter)
	s.dequeue(name, w)
	w.got <- args
	return true
}

// Waiting returns how many threads wait under the name, in any case.
func (s *Space) Waiting(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if queue := s.waits[lib.Upper(name)]; queue != nil {
		return queue.Len()
	}
	return 0
}
