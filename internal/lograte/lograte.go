// Package lograte keeps what happens again and again from filling a log.
package lograte

import (
	"sync"
	"time"
)

// Every is how often the same thing is worth a line.
const Every = 10 * time.Second

// A Gate lets one line through in each Every, and counts those that it keeps back. Its zero
// value is ready for use, by any goroutine.
type Gate struct {
	mu     sync.Mutex // guards the following
	last   time.Time  // when a line went through
	silent int64      // lines kept back since
}

// Allow reports whether the line of something that happens now may be written, and how many
// were kept back since the last one that was.
func (g *Gate) Allow(now time.Time) (silent int64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.last.IsZero() && now.Sub(g.last) < Every {
		g.silent++
		return 0, false
	}
	silent, g.silent = g.silent, 0
	g.last = now
	return silent, true
}
