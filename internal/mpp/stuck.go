package mpp

import (
	"container/list"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// passage counts what enters and what leaves a place where nothing may stay.
type passage struct{ in, out atomic.Uint64 }

func (p *passage) enter() { p.in.Add(1) }
func (p *passage) leave() { p.out.Add(1) }

// busy reports whether something is inside, and how much has left before.
func (p *passage) busy() (left uint64, is bool) {
	left = p.out.Load() // first: what comes and goes in between is not inside for long
	return left, p.in.Load() != left
}

// watch is what Stuck sees and remembers. Connections pay for it with a few
// counters, and never for a clock or a lock.
type watch struct {
	loops   atomic.Pointer[[]passage] // admit, of each listener; nil before Serve
	handing passage                   // handOver

	mu       sync.Mutex // guards the fields below
	last     time.Time
	suspects map[suspicion]time.Duration // how long each was seen as it is
}

// suspicion is something that was seen to rest. It is over as soon as it is seen
// in another way.
type suspicion struct {
	what string
	of   any    // a pointer to it
	at   uint64 // moves when it does
}

// Stuck is for a watchdog: it returns nil, or an error that names what has hung
// for longer than limit, which then only a restart mends. It looks at
//
//   - accepted connections that are not admitted,
//   - the lock on the accounts of connections,
//   - the hand-over of connections to their protocols,
//   - connections that are there long after [Settings.SniffTimeout] should have
//     ended them,
//   - servers of protocols that take none of the connections that wait for them.
//
// Call it regularly, at least every quarter of limit: a hang is what looked the
// same in every call. The time between two calls counts for a quarter of limit at
// most, so that a process that was stopped, or had no processor, is first given
// the time to go on. Load is no hang as long as anything moves, nor are
// listeners that fail for want of descriptors; and no peer can make one by being
// slow. After the stop has begun, which has a deadline of its own, the result is
// nil.
//
// Stuck never blocks, makes no connection and is safe for concurrent use.
func (s *Server) Stuck(limit time.Duration) error {
	if s.isStopping() {
		return nil
	}
	w := &s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	step := min(now.Sub(w.last), limit/4)
	w.last = now
	suspects := make(map[suspicion]time.Duration)
	var worst suspicion
	for _, seen := range s.suspicions(now) {
		if age, again := w.suspects[seen]; again {
			suspects[seen] = age + step
		} else {
			suspects[seen] = 0
		}
		if suspects[seen] > suspects[worst] {
			worst = seen
		}
	}
	w.suspects = suspects
	if worst.of != nil && suspects[worst] > limit {
		return fmt.Errorf("mpp: stuck for more than %v: %s", limit, worst.what)
	}
	return nil
}

// suspicions returns what rests at this moment, most of which is chance.
func (s *Server) suspicions(now time.Time) (found []suspicion) {
	if loops := s.watch.loops.Load(); loops != nil {
		for i := range *loops {
			if left, is := (*loops)[i].busy(); is {
				found = append(found, suspicion{"an accepted connection is not admitted", &(*loops)[i], left})
			}
		}
	}
	if left, is := s.watch.handing.busy(); is {
		found = append(found, suspicion{"no connection is handed over", &s.watch.handing, left})
	}
	turns := s.limits.turns.Load()
	switch c, free := s.limits.overdue(now); {
	case !free:
		found = append(found, suspicion{"the lock on the accounts of connections is held", s.limits, turns})
	case c != nil:
		found = append(found, suspicion{"a connection outlives the time for recognising it", c, 0})
	}
	return append(found, s.idleServers()...)
}

// idleServers returns those that take no connection at this moment while some
// wait for them.
func (s *Server) idleServers() (found []suspicion) {
	note := func(name string, q *queue) {
		taken := q.taken.Load()
		if len(q.conns) > 0 {
			found = append(found, suspicion{"connections wait and are not taken by " + name, q, taken})
		}
	}
	note("the classifier", s.root)
	for _, r := range s.routes {
		for _, h := range r.ends() {
			note("the server of "+r.Name, h.queue)
		}
	}
	return found
}

// overdueAfter is how long after its deadline a connection may still be there,
// whatever its peer does: crypto/tls allows itself five seconds for a last
// notice, and a refusal lingers.
const overdueAfter = 10 * time.Second

// overdue returns a connection that has been there for too long without being
// recognised, or nil. It is false if the accounts are locked.
func (l *limits) overdue(now time.Time) (c *conn, free bool) {
	if !l.mu.TryLock() {
		return nil, false
	}
	defer l.mu.Unlock()
	for _, q := range []*list.List{&l.silent, &l.spoken} {
		if oldest := q.Front(); oldest != nil {
			c := oldest.Value.(*conn)
			if now.Sub(c.deadline()) > overdueAfter {
				return c, true
			}
		}
	}
	return nil, true
}
