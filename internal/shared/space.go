// Package shared holds what the threads of one server share: values under names, flags
// that one thread holds at a time, named waits, and tables with transactions on their
// keys. Values go in and out as copies.
//
// What a Space holds is bounded in number and bytes. Threads are known by their numbers;
// when one has ended, ReleaseAll gives back what it held.
package shared

import (
	"container/list"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Bounds of a Space.
const (
	MaxNames = 1 << 20   // of values, keys, sessions, flags that are held, and transactions
	MaxBytes = 256 << 20 // of all that, with what it stands for
)

// ErrFull is the error of what would exceed the bounds, to be told with errors.Is.
var ErrFull = errors.New("the server's shared values are full")

// ErrDeadlock is the error of a wait that would never end, to be told with errors.Is.
var ErrDeadlock = errors.New("the thread that holds it waits for this one")

// Space is one server's shared values, flags, waits and tables. Use New. Its methods may
// be called from any number of goroutines.
type Space struct {
	maxNames int
	maxBytes int64

	mu       sync.Mutex
	names    int   // in use
	bytes    int64 // in use
	values   map[string]*entry
	locks    map[lockName]int64    // owners
	waits    map[string]*list.List // of *waiter
	sessions map[string]*session
	held     map[int64]*holding     // what each owner has
	blocked  map[int64]*transaction // what an owner waits for
}

// holding is what an owner has.
type holding struct {
	locks        map[lockName]bool
	transactions map[*transaction]bool
}

// New makes an empty space.
func New() *Space {
	return &Space{
		maxNames: MaxNames, maxBytes: MaxBytes,
		values: map[string]*entry{}, locks: map[lockName]int64{}, waits: map[string]*list.List{},
		sessions: map[string]*session{}, held: map[int64]*holding{}, blocked: map[int64]*transaction{},
	}
}

// Bytes returns about how many bytes the values and tables take.
func (s *Space) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// ReleaseAll gives back the flags and transactions that the owner has.
func (s *Space) ReleaseAll(owner int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releaseOthers(owner, holding{})
}

// Keep notes what flags and transactions the owner has. The function that it returns gives
// back those that the owner has got since, as often as one wants.
func (s *Space) Keep(owner int64) (reset func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept holding
	if h := s.held[owner]; h != nil {
		kept = holding{maps.Clone(h.locks), maps.Clone(h.transactions)}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.releaseOthers(owner, kept)
	}
}

// releaseOthers gives back what the owner has but for what is kept. s.mu is held.
func (s *Space) releaseOthers(owner int64, kept holding) {
	h := s.held[owner]
	if h == nil {
		return
	}
	for name := range h.locks {
		if !kept.locks[name] {
			delete(h.locks, name)
			s.dropLock(name)
		}
	}
	for tx := range h.transactions {
		if !kept.transactions[tx] {
			delete(h.transactions, tx)
			s.pass(tx)
		}
	}
	s.tidy(owner)
}

// holds returns what the owner has, to be added to. s.mu is held.
func (s *Space) holds(owner int64) *holding {
	h := s.held[owner]
	if h == nil {
		h = &holding{map[lockName]bool{}, map[*transaction]bool{}}
		s.held[owner] = h
	}
	return h
}

// tidy forgets an owner that has nothing. s.mu is held.
func (s *Space) tidy(owner int64) {
	if h := s.held[owner]; h != nil && len(h.locks) == 0 && len(h.transactions) == 0 {
		delete(s.held, owner)
	}
}

// room takes so many names and bytes more. s.mu is held. The error is ErrFull.
func (s *Space) room(names int, bytes int64) error {
	switch {
	case names > 0 && s.names+names > s.maxNames:
		return fmt.Errorf("%w: they have %d names, and more are not allowed; clear those that are not needed", ErrFull, s.names)
	case bytes > 0 && s.bytes+bytes > s.maxBytes:
		return fmt.Errorf("%w: they would take more than %d MB; clear those that are not needed", ErrFull, s.maxBytes>>20)
	}
	s.names += names
	s.bytes += bytes
	return nil
}

// entryBytes is about what an entry takes beside its name and value.
const entryBytes = 128

// since returns the time from t until now.
func since(t time.Time) time.Duration { return max(time.Since(t), 0) }
