package mpp

import (
	"container/list"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// limits counts the connections of the port and decides which may stay.
//
// A full set of connections that are being sniffed gives one up: of the address
// that has the most, if that is more than a fair share, and else of all. A silent
// one goes first, unless it came just now and another has been there for longer.
// Refusing the newest would let a few silent peers lock everybody out; always
// evicting silent ones would let peers that send one byte do so; and always
// looking at the address with the most would, against an attack from thousands of
// addresses, hit the offices behind one.
//
// How many of what there may be is said by the settings of the connection that
// comes; limits only keep the accounts.
type limits struct {
	turns atomic.Uint64 // how often mu was taken

	mu        sync.Mutex // guards the fields below, and the fields of each conn that say so; see lock
	open      map[*conn]struct{}
	perAddr   map[netip.Addr]int
	sniffAddr tally     // of connections being sniffed
	silent    list.List // of *conn, oldest first: no byte seen
	spoken    list.List // of *conn, oldest first: sent something, protocol not known
}

func newLimits() *limits {
	return &limits{
		open:      make(map[*conn]struct{}),
		perAddr:   make(map[netip.Addr]int),
		sniffAddr: newTally(),
	}
}

// lock takes mu, and counts that somebody has.
func (l *limits) lock() {
	l.mu.Lock()
	l.turns.Add(1)
}

// admit enters c as silent, or returns why it may not come in. The caller ends
// the evicted connections.
func (l *limits) admit(c *conn) (evicted []*conn, refusal string) {
	l.lock()
	defer l.mu.Unlock()
	return l.enter(c)
}

// enter is admit with mu held.
func (l *limits) enter(c *conn) (evicted []*conn, refusal string) {
	set := c.set
	c.key = set.addrKey(c.remote)
	evict := func(v *conn) {
		l.drop(v)
		evicted = append(evicted, v)
	}
	own := func(v *conn) bool { return v.key == c.key }
	if c.key.IsValid() {
		most := surplus(l.perAddr[c.key], set.MaxConnectionsPerAddress)
		silent := oldestOf(&l.silent, own, most)
		if len(silent) < most {
			return nil, RefusedAddress
		}
		for _, v := range silent {
			evict(v)
		}
		for range surplus(l.sniffAddr.of(c.key), set.MaxSniffingPerAddress) {
			evict(l.oldest(c.accepted, own))
		}
	}
	most := surplus(len(l.open), set.MaxConnections)
	if l.sniffing() < most {
		return evicted, RefusedTotal
	}
	for range max(most, surplus(l.sniffing(), set.MaxSniffing)) {
		evict(l.victim(c))
	}
	l.open[c] = struct{}{}
	l.count(c, 1)
	l.sniffAddr.add(c.key)
	c.place = l.silent.PushBack(c)
	return evicted, ""
}

// surplus is how many of n give way to one more of at most limit. Where the limit
// was lowered below n that is two, so that there is one less with every one that
// comes, however many come.
func surplus(n, limit int) int { return min(2, max(0, n+1-limit)) }

// sniffing is how many connections are being sniffed.
func (l *limits) sniffing() int { return l.silent.Len() + l.spoken.Len() }

// victim returns the connection that gives way to c when there are too many, of
// those that are being sniffed; nil if there are none.
func (l *limits) victim(c *conn) *conn {
	if key, n := l.sniffAddr.most(); n > c.set.fairShare {
		return l.oldest(c.accepted, func(v *conn) bool { return v.key == key })
	}
	return l.oldest(c.accepted, func(*conn) bool { return true })
}

// silenceGrace is how long a connection may take to send its first byte before it
// gives way to one that has.
const silenceGrace = 500 * time.Millisecond

// oldest returns the connection that gives way first among those that are meant.
func (l *limits) oldest(now time.Time, meant func(*conn) bool) *conn {
	silent, spoken := first(&l.silent, meant), first(&l.spoken, meant)
	switch {
	case silent == nil:
		return spoken
	case spoken == nil, now.Sub(silent.accepted) >= silenceGrace, silent.accepted.Before(spoken.accepted):
		return silent
	default:
		return spoken
	}
}

// first returns the oldest connection of q that is meant, nil if there is none.
func first(q *list.List, meant func(*conn) bool) *conn {
	if cs := oldestOf(q, meant, 1); len(cs) > 0 {
		return cs[0]
	}
	return nil
}

// oldestOf returns the n oldest connections of q that are meant, or as many as
// there are.
func oldestOf(q *list.List, meant func(*conn) bool, n int) (cs []*conn) {
	for e := q.Front(); e != nil && len(cs) < n; e = e.Next() {
		if c := e.Value.(*conn); meant(c) {
			cs = append(cs, c)
		}
	}
	return cs
}

func (l *limits) count(c *conn, by int) {
	if l.perAddr[c.key] += by; l.perAddr[c.key] <= 0 {
		delete(l.perAddr, c.key)
	}
}

// moveTo counts c under the address that its PROXY header names, as if it had
// come from there just now: with the same refusals and evictions.
func (l *limits) moveTo(c *conn, client net.Addr) (evicted []*conn, refusal string) {
	l.lock()
	defer l.mu.Unlock()
	if _, ok := l.open[c]; !ok {
		return nil, RefusedEvicted
	}
	l.drop(c)
	c.remote = client
	return l.enter(c)
}

// spoke notes that the peer has sent something.
func (l *limits) spoke(c *conn) {
	l.lock()
	defer l.mu.Unlock()
	if c.place != nil && !c.spoke {
		l.silent.Remove(c.place)
		c.place, c.spoke = l.spoken.PushBack(c), true
	}
}

// route notes that c is no longer being sniffed but served by r, or told by it
// what it does wrong. It reports false if c has ended meanwhile.
func (l *limits) route(c *conn, r *route, told bool) bool {
	l.lock()
	defer l.mu.Unlock()
	if _, ok := l.open[c]; !ok {
		return false
	}
	l.unlist(c)
	c.route, c.told = r, told
	return true
}

func (l *limits) unlist(c *conn) {
	if c.place == nil {
		return
	}
	if c.spoke {
		l.spoken.Remove(c.place)
	} else {
		l.silent.Remove(c.place)
	}
	c.place, c.spoke = nil, false
	l.sniffAddr.remove(c.key)
}

// remove forgets c and returns what served it, if anything did, and its client.
func (l *limits) remove(c *conn) (*route, net.Addr) {
	l.lock()
	defer l.mu.Unlock()
	l.drop(c)
	return c.route, c.remote
}

func (l *limits) drop(c *conn) {
	if _, ok := l.open[c]; ok {
		l.unlist(c)
		delete(l.open, c)
		l.count(c, -1)
	}
}

// hurry ends the connections that have sent nothing, and gives the others that
// are being sniffed until deadline.
func (l *limits) hurry(deadline time.Time) {
	l.lock()
	var silent []*conn
	for e := l.silent.Front(); e != nil; e = e.Next() {
		silent = append(silent, e.Value.(*conn))
	}
	for e := l.spoken.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*conn); deadline.Before(c.deadline()) {
			c.Conn.SetDeadline(deadline)
		}
	}
	l.mu.Unlock()
	for _, c := range silent {
		c.end(RefusedShutdown)
	}
}

// all returns the open connections.
func (l *limits) all() []*conn {
	l.lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.open))
}
