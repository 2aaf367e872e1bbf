package jwt

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Cache remembers what came of tokens, by their sums: a verification costs as much as
// thousands of look-ups. The zero Cache remembers nothing; any goroutine may use a Cache.
type Cache[T any] struct {
	Size int // tokens that are remembered at the same time

	mu    sync.Mutex // guards the rest
	known map[[sha256.Size]byte]remembered[T]
}

type remembered[T any] struct {
	value T
	until time.Time
}

// Get returns what Put has kept for the token, if it still holds at now.
func (c *Cache[T]) Get(token string, now time.Time) (value T, ok bool) {
	sum := sha256.Sum256([]byte(token))
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.known[sum]
	if !ok || !now.Before(r.until) {
		return value, false
	}
	return r.value, true
}

// Put keeps value for the token until then. If there is no room it lets go of those that have
// ended, and then of any.
func (c *Cache[T]) Put(token string, value T, now, until time.Time) {
	if c.Size <= 0 || !now.Before(until) {
		return
	}
	sum := sha256.Sum256([]byte(token))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[[sha256.Size]byte]remembered[T])
	}
	if _, there := c.known[sum]; !there && len(c.known) >= c.Size {
		c.makeRoom(now)
	}
	c.known[sum] = remembered[T]{value, until}
}

// makeRoom forgets what has ended, and at least a tenth of all, so that a flood of new tokens
// does not have every one of them walk through all; c.mu is held.
func (c *Cache[T]) makeRoom(now time.Time) {
	for sum, r := range c.known {
		if !now.Before(r.until) {
			delete(c.known, sum)
		}
	}
	least := c.Size - max(c.Size/10, 1)
	for sum := range c.known {
		if len(c.known) <= least {
			return
		}
		delete(c.known, sum)
	}
}

// Clear forgets everything.
func (c *Cache[T]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
}
