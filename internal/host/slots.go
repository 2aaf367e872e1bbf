package host

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How the run slots are shared out. A thread has a level by the time that it has computed
// lately, and who waits at a lower level goes first: what is short is not held up by what
// is long. Within a level threads take turns.
const (
	shortRun  = 2 * time.Millisecond   // up to which a thread is of level 0
	mediumRun = 20 * time.Millisecond  // up to which it is of level 1
	longRun   = 100 * time.Millisecond // more does not count

	mediumTurn = 5 * time.Millisecond  // of a thread of level 1 if others of its level wait
	longTurn   = 10 * time.Millisecond // of level 2

	// If no thread of a level above 0 gets a turn for so long, because those below take
	// all, one gets a turn in which nobody goes before it.
	starvedAfter = 5 * time.Millisecond
	protected    = 400 * time.Microsecond

	// A thread that holds a slot for so long without a poll, while others wait, loses it:
	// it does not compute, or not where it could make way. There is a look each watchEvery.
	silent     = 2 * time.Millisecond
	watchEvery = 1 * time.Millisecond

	levels = 3
)

// slots lets a bounded number of threads compute at the same time. Use newSlots.
type slots struct {
	now     func() time.Time
	waiting atomic.Int32 // threads in the queues

	mu       sync.Mutex
	free     int
	holders  []*turn
	queues   [levels]queue
	last     [levels]time.Time // when a thread of the level computed last
	pressed  time.Time         // since when threads wait without a break
	watch    *time.Timer
	watching bool
	retaken  int64 // how many slots were taken from silent threads
}

// turn is a thread's part in slots.
type turn struct {
	lost  atomic.Bool // the slot was taken from the thread
	waits atomic.Bool // the thread is in a queue; written with slots.mu held
	quits atomic.Bool // the thread has to end: it waits no more

	// Guarded by slots.mu.
	granted chan struct{} // has room for one; made at the first wait
	ran     time.Duration // that it has computed lately, without the present turn
	begun   time.Time     // of the present turn
	polled  time.Time     // when the holder was last seen alive while others waited
	safe    time.Time     // until when nobody goes before it
	holds   bool

	prev, next *turn // in its queue
}

// newSlots makes n slots; if n is not positive, one less than there are processors for
// Go, so that one is left for the connections, and at least one.
func newSlots(n int, now func() time.Time) *slots {
	if n <= 0 {
		n = max(runtime.GOMAXPROCS(0)-1, 1)
	}
	at := now()
	return &slots{now: now, free: n, last: [levels]time.Time{at, at, at}}
}

// begin is take for a thread that begins a new call: what it has computed is forgotten.
func (s *slots) begin(t *turn) {
	s.mu.Lock()
	t.ran = 0
	s.seize(t)
}

// take waits until the thread may compute, or quits: then it computes without a slot what
// little it takes to end.
func (s *slots) take(t *turn) {
	s.mu.Lock()
	s.seize(t)
}

// seize is take; s.mu is held, and is not any more when it returns.
func (s *slots) seize(t *turn) {
	if s.free > 0 && s.waiting.Load() == 0 {
		s.free--
		s.grant(t, s.now())
		s.mu.Unlock()
		return
	}
	if t.quits.Load() {
		s.mu.Unlock()
		return
	}
	s.enqueue(t, s.now())
	s.share()
	s.mu.Unlock()
	<-t.granted
}

// quit has the thread wait no more.
func (s *slots) quit(t *turn) {
	t.quits.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.waits.Load() {
		s.dequeue(t)
		t.granted <- struct{}{}
	}
}

// give gives the slot back, if the thread has one.
func (s *slots) give(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.holds {
		s.release(t, s.now())
		s.share()
	}
}

// back is take for a thread that has waited for something outside since it gave its slot
// back. The time that it waited makes up for some that it has computed.
func (s *slots) back(t *turn, waited time.Duration) {
	s.mu.Lock()
	t.ran = max(min(t.ran, mediumRun)-waited, 0)
	s.seize(t)
}

// wanted tells whether the thread may have to let another one compute: consider does. It
// costs next to nothing.
func (s *slots) wanted(t *turn) bool { return s.waiting.Load() != 0 || t.lost.Load() }

// consider lets another thread compute that has a better right, and takes a new slot if
// the thread has lost its own.
func (s *slots) consider(t *turn) {
	if t.lost.Swap(false) {
		s.take(t)
		return
	}
	s.mu.Lock()
	now := s.now()
	t.polled = now
	if !t.holds || t.quits.Load() || !s.yields(t, now) {
		s.mu.Unlock()
		return
	}
	s.release(t, now)
	next := s.best(now)
	s.enqueue(t, now)
	s.hand(next, now)
	s.mu.Unlock()
	<-t.granted
}

// yields tells whether the thread has to make way for one that waits.
func (s *slots) yields(t *turn, now time.Time) bool {
	if now.Before(t.safe) {
		return false
	}
	own := levelOf(t.ran + now.Sub(t.begun))
	for level := range own {
		if s.queues[level].first != nil {
			return true
		}
	}
	if s.queues[own].first != nil && now.Sub(t.begun) >= turnOf(own) {
		return true
	}
	return s.starved(own+1, now) != nil
}

func levelOf(ran time.Duration) int {
	switch {
	case ran < shortRun:
		return 0
	case ran < mediumRun:
		return 1
	}
	return 2
}

// turnOf returns how long a turn of the level is while others of that level wait. Level 0
// needs none: a thread leaves it in time.
func turnOf(level int) time.Duration {
	return [levels]time.Duration{shortRun, mediumTurn, longTurn}[level]
}

// release takes the slot from the thread.
func (s *slots) release(t *turn, now time.Time) {
	t.ran = min(t.ran+now.Sub(t.begun), longRun)
	s.last[levelOf(t.ran)] = now
	t.holds = false
	s.holders = slices.DeleteFunc(s.holders, func(h *turn) bool { return h == t })
	s.free++
}

// grant marks the thread as one that computes; the slot has been taken from free.
func (s *slots) grant(t *turn, now time.Time) {
	t.holds, t.begun, t.polled, t.safe = true, now, now, time.Time{}
	t.lost.Store(false)
	s.holders = append(s.holders, t)
}

// share hands free slots to those that wait.
func (s *slots) share() {
	for s.free > 0 && s.waiting.Load() > 0 {
		now := s.now()
		s.hand(s.best(now), now)
	}
}

// hand gives a free slot to a waiting thread.
func (s *slots) hand(t *turn, now time.Time) {
	starved := t == s.starved(1, now)
	s.dequeue(t)
	s.free--
	s.grant(t, now)
	if starved {
		t.safe = now.Add(protected)
	}
	s.last[levelOf(t.ran)] = now
	t.granted <- struct{}{}
}

// best returns the waiting thread that goes first.
func (s *slots) best(now time.Time) *turn {
	if t := s.starved(1, now); t != nil {
		return t
	}
	for i := range s.queues {
		if t := s.queues[i].first; t != nil {
			return t
		}
	}
	return nil
}

// starved returns the thread that waits longest of the highest level, from the given one
// on, of which none has computed for too long.
func (s *slots) starved(from int, now time.Time) *turn {
	for level := levels - 1; level >= from; level-- {
		if t := s.queues[level].first; t != nil && now.Sub(s.last[level]) >= starvedAfter {
			return t
		}
	}
	return nil
}

// enqueue has the thread wait behind those of its level.
func (s *slots) enqueue(t *turn, now time.Time) {
	if t.granted == nil {
		t.granted = make(chan struct{}, 1)
	}
	t.waits.Store(true)
	s.queues[levelOf(t.ran)].push(t)
	if s.waiting.Add(1) == 1 {
		s.pressed = now
	}
	s.guard()
}

func (s *slots) dequeue(t *turn) {
	t.waits.Store(false)
	s.queues[levelOf(t.ran)].remove(t)
	s.waiting.Add(-1)
}

// guard looks after silent threads as long as others wait.
func (s *slots) guard() {
	switch {
	case s.watching:
		return
	case s.watch == nil:
		s.watch = time.AfterFunc(watchEvery, s.retake)
	default:
		s.watch.Reset(watchEvery)
	}
	s.watching = true
}

// retake takes the slots of silent threads and hands them on.
func (s *slots) retake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	if s.waiting.Load() == 0 {
		return
	}
	now := s.now()
	for _, t := range slices.Clone(s.holders) {
		if t.silence(s.pressed, now) >= silent {
			s.release(t, now)
			t.lost.Store(true)
			s.retaken++
		}
	}
	s.share()
	if s.waiting.Load() > 0 {
		s.guard()
	}
}

// silence returns for how long the thread has not polled although others waited.
func (t *turn) silence(pressed, now time.Time) time.Duration {
	since := t.polled
	if pressed.After(since) {
		since = pressed
	}
	return now.Sub(since)
}

// figures returns how many threads compute, how many wait for a slot, and how many slots
// were taken from silent threads so far.
func (s *slots) figures() (computing, waiting int, retaken int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.holders), int(s.waiting.Load()), s.retaken
}

// queue holds waiting threads, the one that came first at its head.
type queue struct{ first, last *turn }

func (q *queue) push(t *turn) {
	t.prev, t.next = q.last, nil
	if q.first == nil {
		q.first = t
	} else {
		q.last.next = t
	}
	q.last = t
}

func (q *queue) remove(t *turn) {
	if t.prev == nil {
		q.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		q.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.prev, t.next = nil, nil
}
