package certs

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// coversA covers a.example and 192.0.2.1.
func coversA() *Pair { _, a, _ := servers(); return must(a.pair()) }

func TestMisses(t *testing.T) {
	var m Misses
	if got := m.List(); len(got) != 0 {
		t.Errorf("List() of the zero value = %v", got)
	}
	p := coversA()
	m.Forget(p)
	for i, host := range []string{
		"a.example", "A.Example.", "192.0.2.1", "::ffff:192.0.2.1", // covered
		"", ".", "b_c..d", "x y", "-x", "*.example", "1.2.3.400", "host:443", "https://x", "bücher.example", "a\x00b", "[::1]",
		strings.Repeat("abcdefg.", 40) + "example", strings.Repeat("a", 64) + ".example",
		"B.example", "b.example.", "b.EXAMPLE", "127.0.0.1", "::1", "0:0::1", "::1%lo", "srv_1", "::ffff:10.0.0.1",
	} {
		m.Note(host, p, today.Add(time.Duration(i)*time.Second))
	}
	var got []string
	for _, miss := range m.List() {
		got = append(got, fmt.Sprint(miss.Host, " ", miss.Count, " ", int(miss.Last.Sub(today).Seconds())))
	}
	want := []string{"::1 3 24", "b.example 3 20", "10.0.0.1 1 26", "srv_1 1 25", "127.0.0.1 1 21"}
	if !slices.Equal(got, want) {
		t.Errorf("List() = %q; want %q", got, want)
	}

	m.Forget(p)
	if len(m.List()) != len(want) {
		t.Errorf("Forget of a pair that covers none of them = %v", m.List())
	}
	l := created(t, "b.example", "::1")
	p, _, _ = l.Load(today)
	m.Forget(p)
	if list := m.List(); len(list) != 3 || slices.ContainsFunc(list, func(m Miss) bool { return p.Covers(m.Host) == nil }) {
		t.Errorf("after Forget: List() = %v; want the three that are not covered", list)
	}
}

// TestMissesFlood: five thousand made-up names do not displace those that
// people have used more than once.
func TestMissesFlood(t *testing.T) {
	var m Misses
	p := coversA()
	now := today
	for i := range 100 {
		for range 2 {
			m.Note(fmt.Sprintf("real%d.example", i), p, now)
		}
	}
	for i := range 5_000 {
		now = now.Add(time.Millisecond)
		m.Note(fmt.Sprintf("made-up-%d.example", i), p, now)
	}
	list := m.List()
	if len(list) != maxMisses {
		t.Errorf("%d hosts are kept; want %d", len(list), maxMisses)
	}
	for _, miss := range list[:100] {
		if !strings.HasPrefix(miss.Host, "real") || miss.Count != 2 {
			t.Errorf("among the most used is %v; want the real ones", miss)
		}
	}
	if last := list[100]; last.Host != "made-up-4999.example" {
		t.Errorf("of those used once %s comes first; want the last one", last.Host)
	}
}

func TestMissesConcurrent(t *testing.T) {
	var m Misses
	p := coversA()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 500 {
				m.Note(fmt.Sprintf("h%d.example", j%300), p, today)
				m.Note("b.example", p, today)
				if i == 0 {
					m.List()
					m.Forget(p)
				}
			}
		})
	}
	wg.Wait()
	if list := m.List(); list[0].Host != "b.example" || list[0].Count != 2000 || len(list) != maxMisses {
		t.Errorf("List() = %d hosts, first %v; want %d, b.example 2000 times", len(list), list[0], maxMisses)
	}
}

// FuzzMisses: whatever clients send, what is kept is a host in its one spelling.
func FuzzMisses(f *testing.F) {
	for _, seed := range []string{"b.example", "B.EXAMPLE.", "::1%lo", "1.2.3.4", "1.2.3", "x..y", "\xff", strings.Repeat("a.", 200)} {
		f.Add(seed)
	}
	p := coversA()
	f.Fuzz(func(t *testing.T, host string) {
		var m Misses
		m.Note(host, p, today)
		for _, miss := range m.List() {
			if len(miss.Host) > maxHostName || p.Covers(miss.Host) == nil {
				t.Errorf("Note(%q) keeps %q", host, miss.Host)
			}
			if again, ok := canonicalHost(miss.Host); again != miss.Host || !ok {
				t.Errorf("Note(%q) keeps %q, which is %q, %t", host, miss.Host, again, ok)
			}
			if ip, err := netip.ParseAddr(miss.Host); err == nil && ip.Zone() != "" {
				t.Errorf("Note(%q) keeps the zone", host)
			}
		}
	})
}
