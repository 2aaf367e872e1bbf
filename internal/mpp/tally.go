package mpp

import "net/netip"

// tally counts by address and knows an address with the highest count, each in
// constant time.
type tally struct {
	counts map[netip.Addr]int
	// with[n] holds the addresses that have count n; with[0] is not used and the
	// last one is not empty.
	with []map[netip.Addr]struct{}
}

func newTally() tally {
	return tally{counts: make(map[netip.Addr]int), with: make([]map[netip.Addr]struct{}, 1)}
}

func (t *tally) of(a netip.Addr) int { return t.counts[a] }

func (t *tally) add(a netip.Addr) { t.set(a, t.counts[a]+1) }

func (t *tally) remove(a netip.Addr) { t.set(a, t.counts[a]-1) }

func (t *tally) set(a netip.Addr, n int) {
	delete(t.with[t.counts[a]], a)
	if n == 0 {
		delete(t.counts, a)
	} else {
		if n == len(t.with) {
			t.with = append(t.with, make(map[netip.Addr]struct{}))
		}
		t.counts[a] = n
		t.with[n][a] = struct{}{}
	}
	for last := len(t.with) - 1; last > 0 && len(t.with[last]) == 0; last-- {
		t.with = t.with[:last]
	}
}

// most returns an address that no other has a higher count than, and its count; 0
// if nothing is counted.
func (t *tally) most() (a netip.Addr, n int) {
	last := len(t.with) - 1
	for a = range t.with[last] {
		break
	}
	return a, last
}
