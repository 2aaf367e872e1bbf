package mpp

import (
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// fakePeer makes a connection that limits can count.
func fakePeer(addr string) *conn {
	return &conn{remote: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))}
}

func newTestLimits(total, perAddr, sniff, sniffPerAddr int) *limits {
	l := newLimits(&Config{
		MaxConnections: total, MaxConnectionsPerAddress: perAddr,
		MaxSniffing: sniff, MaxSniffingPerAddress: sniffPerAddr,
		SharedAddresses: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
	})
	l.fairShare = 1
	return l
}

func TestLimits(t *testing.T) {
	const a, b, shared = "192.0.2.1:1", "192.0.2.2:1", "198.51.100.1:1"
	// A step lets a peer in, lets the nth peer speak, or routes it.
	type step struct {
		op      string // "in", "speak", "route", "close", "soon": the next come within a moment
		addr    string // for in
		nth     int    // for the others
		evicted []int  // for in: which peers must go
		refusal string
	}
	in := func(addr string, evicted ...int) step { return step{op: "in", addr: addr, evicted: evicted} }
	refused := func(addr, why string) step { return step{op: "in", addr: addr, refusal: why} }
	tests := []struct {
		name  string
		l     *limits
		steps []step
	}{
		{"the oldest silent one gives way", newTestLimits(100, 100, 2, 100),
			[]step{in(a), in(a), in(a, 0), in(b, 1)}},
		{"one that spoke outlives silent ones of its address", newTestLimits(100, 100, 2, 100),
			[]step{in(a), {op: "speak", nth: 0}, in(a), in(a, 1), in(a, 2)}},
		{"if all have spoken the oldest of them gives way", newTestLimits(100, 100, 2, 100),
			[]step{in(a), {op: "speak", nth: 0}, in(a), {op: "speak", nth: 1}, in(a, 0)}},
		{"the address with the most gives way, though its connections spoke and others are silent", newTestLimits(100, 100, 3, 100),
			[]step{in(a), {op: "speak", nth: 0}, in(a), {op: "speak", nth: 1}, in(b), in("192.0.2.3:1", 0)}},
		{"the total too: the address with the most gives way", newTestLimits(3, 100, 100, 100),
			[]step{in(a), {op: "speak", nth: 0}, in(a), {op: "speak", nth: 1}, in(b), in("192.0.2.3:1", 0)}},
		{"one that came just now outlives an older one that spoke", newTestLimits(100, 100, 2, 100),
			[]step{in(a), {op: "speak", nth: 0}, {op: "soon"}, in(a), in(a, 0)}},
		{"an older silent one goes before one that spoke", newTestLimits(100, 100, 2, 100),
			[]step{{op: "soon"}, in(a), in(a), {op: "speak", nth: 1}, in(a, 0)}},
		{"within a fair share the oldest of all goes", func() *limits {
			l := newTestLimits(100, 100, 3, 100)
			l.fairShare = 2
			return l
		}(), []step{in(b), in(a), in(a), in("192.0.2.3:1", 0)}},
		{"an address evicts its own first", newTestLimits(100, 100, 100, 1),
			[]step{in(b), in(a), in(a, 1), in(b, 0)}},
		{"routed ones are not evicted", newTestLimits(100, 100, 1, 100),
			[]step{in(a), {op: "route", nth: 0}, in(b), in(b, 2-1)}},
		{"total: a silent one gives way", newTestLimits(2, 100, 100, 100),
			[]step{in(a), {op: "route", nth: 0}, in(b), in(b, 1)}},
		{"total: refused if none is silent", newTestLimits(2, 100, 100, 100),
			[]step{in(a), {op: "route", nth: 0}, in(b), {op: "route", nth: 1}, refused(a, RefusedTotal), {op: "close", nth: 0}, in(a)}},
		{"per address: refused if none is silent", newTestLimits(100, 1, 100, 100),
			[]step{in(a), {op: "route", nth: 0}, refused(a, RefusedAddress), in(b)}},
		{"shared addresses are not counted", newTestLimits(100, 1, 100, 1),
			[]step{in(shared), in(shared), in(shared)}},
		{"an IPv6 /64 counts as one", newTestLimits(100, 1, 100, 100),
			[]step{in("[2001:db8::1]:1"), {op: "route", nth: 0}, refused("[2001:db8::2]:1", RefusedAddress), in("[2001:db8:0:1::1]:1")}},
		{"IPv4 in IPv6 is IPv4", newTestLimits(100, 1, 100, 100),
			[]step{in("[::ffff:192.0.2.1]:1"), {op: "route", nth: 0}, refused(a, RefusedAddress), in("[::ffff:192.0.2.2]:1")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var peers []*conn
			now, pause := time.Now(), time.Second
			for i, s := range tt.steps {
				switch s.op {
				case "soon":
					pause = time.Millisecond
				case "in":
					c := fakePeer(s.addr)
					now = now.Add(pause)
					c.accepted = now
					peers = append(peers, c)
					evicted, refusal := tt.l.admit(c)
					var got []int
					for _, v := range evicted {
						got = append(got, slices.Index(peers, v))
					}
					if !slices.Equal(got, s.evicted) || refusal != s.refusal {
						t.Fatalf("step %d: admit(%s) evicts %v, refuses %q; want %v, %q", i, s.addr, got, refusal, s.evicted, s.refusal)
					}
				case "speak":
					tt.l.spoke(peers[s.nth])
				case "route":
					if !tt.l.route(peers[s.nth], &route{}, false) {
						t.Fatalf("step %d: route of an open connection refused", i)
					}
				case "close":
					tt.l.remove(peers[s.nth])
				}
			}
			for _, c := range peers {
				tt.l.remove(c)
				tt.l.remove(c) // again must change nothing
			}
			if n := len(tt.l.open) + len(tt.l.perAddr) + len(tt.l.sniffAddr.counts) + tt.l.silent.Len() + tt.l.spoken.Len(); n != 0 {
				t.Errorf("%d entries are left after every connection has gone; want 0", n)
			}
		})
	}
}

// Behind a balancer, the bounds of an address hold for the client that the header
// names, and it evicts its own silent connections first.
func TestMoveToCountsTheClient(t *testing.T) {
	l := newTestLimits(100, 2, 100, 1)
	client := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.9:1"))
	var peers []*conn
	for range 4 {
		c := fakePeer("198.51.100.1:1")
		if _, refusal := l.admit(c); refusal != "" {
			t.Fatalf("admit = %q; want none", refusal)
		}
		peers = append(peers, c)
	}
	steps := []struct {
		evicts  []*conn
		refusal string
		route   bool // afterwards
	}{
		{nil, "", false},
		{peers[:1], "", true}, // one may be sniffed: the first gives way
		{nil, "", true},       // two may be open
		{nil, RefusedAddress, false},
	}
	for i, want := range steps {
		evicted, refusal := l.moveTo(peers[i], client)
		if !slices.Equal(evicted, want.evicts) || refusal != want.refusal {
			t.Errorf("moveTo of peer %d evicts %d, refuses %q; want %d, %q", i, len(evicted), refusal, len(want.evicts), want.refusal)
		}
		if want.route && !l.route(peers[i], &route{}, false) {
			t.Errorf("peer %d cannot be routed", i)
		}
	}
	for _, c := range peers {
		l.remove(c)
	}
	if _, refusal := l.moveTo(peers[0], client); refusal != RefusedEvicted {
		t.Errorf("moveTo after the end = %q; want %q", refusal, RefusedEvicted)
	}
	if n := len(l.perAddr) + len(l.sniffAddr.counts); n != 0 {
		t.Errorf("%d addresses are still counted; want 0", n)
	}
}

func TestRouteAfterEviction(t *testing.T) {
	l := newTestLimits(100, 100, 1, 100)
	first := fakePeer("192.0.2.1:1")
	l.admit(first)
	l.admit(fakePeer("192.0.2.2:1")) // evicts first
	if l.route(first, &route{}, false) {
		t.Error("route of an evicted connection = true; want false")
	}
}

// The tally's answers are those of plain counting, whatever the order of events.
func TestTally(t *testing.T) {
	addrs := []netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")}
	r := rand.New(rand.NewPCG(1, 2))
	tal, plain := newTally(), map[netip.Addr]int{}
	for range 10_000 {
		a := addrs[r.IntN(len(addrs))]
		if plain[a] > 0 && r.IntN(2) == 0 {
			tal.remove(a)
			plain[a]--
		} else if plain[a] < 5 {
			tal.add(a)
			plain[a]++
		}
		highest := slices.Max(slices.Collect(maps.Values(plain)))
		got, n := tal.most()
		if n != highest || plain[got] != highest || tal.of(a) != plain[a] {
			t.Fatalf("most() = %v, %d and of(%v) = %d; want one of count %d of %v", got, n, a, tal.of(a), highest, plain)
		}
	}
	for _, a := range addrs {
		for range plain[a] {
			tal.remove(a)
		}
	}
	if len(tal.counts) != 0 || len(tal.with) != 1 {
		t.Errorf("after all was removed: %v; want nothing left", tal)
	}
}
