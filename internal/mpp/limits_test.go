package mpp

import (
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
)

// fakePeer makes a connection that limits can count.
func fakePeer(addr string, set *settings) *conn {
	return &conn{remote: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr)), set: set}
}

// testLimits are limits with the settings of the next peer.
type testLimits struct {
	*limits
	set *settings
}

func newTestLimits(total, perAddr, sniff, sniffPerAddr int) testLimits {
	return testLimits{newLimits(), testSettings(total, perAddr, sniff, sniffPerAddr)}
}

func testSettings(total, perAddr, sniff, sniffPerAddr int) *settings {
	return &settings{
		Settings: Settings{
			MaxConnections: total, MaxConnectionsPerAddress: perAddr,
			MaxSniffing: sniff, MaxSniffingPerAddress: sniffPerAddr,
		},
		shared:    []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		fairShare: 1,
	}
}

func (l testLimits) peer(addr string) *conn { return fakePeer(addr, l.set) }

// wantEmpty fails the test unless everything was taken out again.
func (l testLimits) wantEmpty(t *testing.T) {
	t.Helper()
	if n := len(l.open) + len(l.perAddr) + len(l.sniffAddr.counts) + l.silent.Len() + l.spoken.Len(); n != 0 {
		t.Errorf("%d entries are left after every connection has gone; want 0", n)
	}
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
		l     testLimits
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
		{"within a fair share the oldest of all goes", func() testLimits {
			l := newTestLimits(100, 100, 3, 100)
			l.set.fairShare = 2
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
					c := tt.l.peer(s.addr)
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
			tt.l.wantEmpty(t)
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
		c := l.peer("198.51.100.1:1")
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

// A lowered MaxSniffing is reached although others keep coming: for each that
// comes two go, until there is no surplus.
func TestLoweredLimitsAreReached(t *testing.T) {
	for name, lowered := range map[string]*settings{
		"in all": testSettings(100, 100, 4, 100), "of an address": testSettings(100, 100, 100, 4),
	} {
		l := newTestLimits(100, 100, 100, 100)
		l.set.fairShare, lowered.fairShare = 100, 100
		for range 10 {
			l.admit(l.peer("192.0.2.1:1"))
		}
		l.set = lowered
		var sizes []int
		for range 8 {
			if _, refusal := l.admit(l.peer("192.0.2.1:1")); refusal != "" {
				t.Errorf("%s: refused for %q; want none", name, refusal)
			}
			sizes = append(sizes, l.silent.Len())
		}
		if want := []int{9, 8, 7, 6, 5, 4, 4, 4}; !slices.Equal(sizes, want) {
			t.Errorf("%s: with each new one %v are left; want %v", name, sizes, want)
		}
	}
}

// A lowered MaxConnections is reached too. Who comes while there are more gets in
// only if two give way that nobody serves; else what is served stays, and the new
// one is refused without anybody giving way.
func TestLoweredTotalIsReached(t *testing.T) {
	for name, lowered := range map[string]*settings{
		RefusedTotal: testSettings(4, 100, 100, 100), RefusedAddress: testSettings(100, 4, 100, 100),
	} {
		l := newTestLimits(100, 100, 100, 100)
		l.set.fairShare, lowered.fairShare = 100, 100
		var peers []*conn
		for range 10 {
			c := l.peer("192.0.2.1:1")
			l.admit(c)
			peers = append(peers, c)
		}
		serve := func(c *conn) { l.route(c, &route{}, false) }
		for _, c := range peers[5:] {
			serve(c)
		}
		l.set = lowered
		var open []int
		in := func(refusal string) *conn {
			c := l.peer("192.0.2.1:1")
			evicted, got := l.admit(c)
			if got != refusal || refusal != "" && len(evicted) > 0 {
				t.Errorf("%s: with %d open %q refuses the next, %d gave way; want %q", name, len(l.open), got, len(evicted), refusal)
			}
			open = append(open, len(l.open))
			return c
		}
		for range 4 { // of 5 that are silent, 1 more and 2 less with each
			in("")
		}
		last := in(name) // the newest one alone is silent
		l.remove(last)
		for c := range l.silentOnes() {
			serve(c)
		}
		in(name)
		for _, c := range peers[5:8] {
			l.remove(c)
		}
		in("")
		in("")
		if want := []int{9, 8, 7, 6, 6, 6, 4, 4}; !slices.Equal(open, want) {
			t.Errorf("%s: with each new one %v are open; want %v", name, open, want)
		}
	}
}

func (l testLimits) silentOnes() map[*conn]bool {
	ones := map[*conn]bool{}
	for e := l.silent.Front(); e != nil; e = e.Next() {
		ones[e.Value.(*conn)] = true
	}
	return ones
}

// A connection leaves the accounts under the address that it entered them with,
// whatever networks have become shared since.
func TestChangedNetworksKeepTheTally(t *testing.T) {
	l := newTestLimits(100, 2, 100, 2)
	const office = "203.0.113.1:1"
	officeIsShared := testSettings(100, 2, 100, 2)
	officeIsShared.shared = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	key := netip.MustParseAddr("203.0.113.1")

	counted := []*conn{l.peer(office), l.peer(office)}
	for _, c := range counted {
		l.admit(c)
		l.route(c, &route{}, false)
	}
	var exempt []*conn
	l.set = officeIsShared
	for range 3 {
		c := l.peer(office)
		if _, refusal := l.admit(c); refusal != "" {
			t.Errorf("as a shared address refused for %q; want none", refusal)
		}
		exempt = append(exempt, c)
	}
	if n := l.perAddr[key]; n != 2 {
		t.Errorf("%d connections are counted under the address; want the 2 of before", n)
	}
	// What a PROXY header names is judged by what the connection began with.
	if _, refusal := l.moveTo(exempt[0], counted[0].remote); refusal != "" {
		t.Errorf("moved to the address that was shared when it came: refused for %q; want none", refusal)
	}
	l.set = testSettings(100, 2, 100, 2)
	l.remove(counted[0])
	if _, refusal := l.admit(l.peer(office)); refusal != "" {
		t.Errorf("with 1 of 2 connections refused for %q; want none", refusal)
	}
	for c := range l.open {
		l.remove(c)
	}
	l.wantEmpty(t)
}

func TestRouteAfterEviction(t *testing.T) {
	l := newTestLimits(100, 100, 1, 100)
	first := l.peer("192.0.2.1:1")
	l.admit(first)
	l.admit(l.peer("192.0.2.2:1")) // evicts first
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

// Ports of one process share its open files.
func TestPortsShareDescriptors(t *testing.T) {
	most := func(ports int) int {
		s, err := New(Config{Ports: ports, Log: zap.NewNop(), Unknown: Protocol{Plain: new(http.Server)}})
		if err != nil {
			t.Fatal(err)
		}
		return s.set.Load().MaxConnections
	}
	if one, four := most(1), most(4); most(0) != one || four > one || runtime.GOOS == "linux" && four > one/3 && four > 16 {
		t.Errorf("MaxConnections is %d for one port and %d for one of four; want a quarter", one, four)
	}
}
