package grpcport

import (
	"sync"
	"sync/atomic"
)

// intake bounds what the unfinished messages of all peers take together. When that is
// too much, the peers that hold most are cut, first those that have shown no credentials:
// whoever refused the newest instead would shut everybody out for those that send slowly.
type intake struct {
	limit int64 // bytes
	held  atomic.Int64

	mu      sync.Mutex
	holders map[*holder]struct{}
}

func newIntake(limit int64) *intake {
	return &intake{limit: limit, holders: make(map[*holder]struct{})}
}

// holder is a connection, or a request over HTTP, with what is held of its unfinished
// messages.
type holder struct {
	in    *intake
	cut   func() // ends it; it must not wait
	held  atomic.Int64
	known atomic.Bool // it has shown credentials
}

func (in *intake) holder(cut func()) *holder {
	h := &holder{in: in, cut: cut}
	in.mu.Lock()
	in.holders[h] = struct{}{}
	in.mu.Unlock()
	return h
}

// add notes that the holder has n bytes more, or fewer.
func (h *holder) add(n int64) {
	if n == 0 {
		return
	}
	h.held.Add(n)
	if h.in.held.Add(n) > h.in.limit && n > 0 {
		h.in.shed()
	}
}

// release lets go of the holder with all it has.
func (h *holder) release() {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	h.forget()
}

// forget is called with in.mu held.
func (h *holder) forget() {
	delete(h.in.holders, h)
	h.in.held.Add(-h.held.Swap(0))
}

// shed cuts those that hold most until the rest is within the limit.
func (in *intake) shed() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.held.Load() > in.limit {
		var most *holder
		for h := range in.holders {
			if most == nil || h.before(most) {
				most = h
			}
		}
		if most == nil {
			return
		}
		most.forget()
		go most.cut()
	}
}

// before reports whether h is to be cut rather than other.
func (h *holder) before(other *holder) bool {
	if a, b := h.suspect(), other.suspect(); a != b {
		return a
	}
	return h.held.Load() > other.held.Load()
}

// suspect reports whether h has shown no credentials, and holds more than calls without
// them need.
func (h *holder) suspect() bool { return !h.known.Load() && h.held.Load() > readAhead/4 }
