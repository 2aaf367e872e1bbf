package certs

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxMisses is how many hosts [Misses] keeps.
const maxMisses = 256

// Miss is a host that clients used and the certificate does not cover.
type Miss struct {
	Host  string // DNS name in lower case, or IP address
	Count int64
	Last  time.Time
}

// Misses counts them. At most 256 hosts are kept: a new one takes the place of
// the one that was used least, of several of the one that was not used for the
// longest time. So clients that make names up displace each other, and not the
// names that people use.
//
// It is safe for concurrent use; its zero value is empty.
type Misses struct {
	mu    sync.Mutex
	kept  []Miss         // in no order
	index map[string]int // of hosts in kept
}

// Note counts host, under which a client has come at now, if p does not cover
// it: the name that the client has sent, or else the text of the local address
// that it has connected to. What cannot be a host is ignored.
func (m *Misses) Note(host string, p *Pair, now time.Time) {
	if len(host) > maxHostName+1 || p.Covers(host) == nil {
		return
	}
	host, ok := canonicalHost(host)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.index[host]
	if !ok {
		i = m.room()
		m.kept[i] = Miss{Host: host}
		m.index[host] = i
	}
	m.kept[i].Count++
	m.kept[i].Last = now
}

// room returns the place in kept for a new host. It is called with mu held.
func (m *Misses) room() int {
	if m.index == nil {
		m.index = map[string]int{}
	}
	if len(m.kept) < maxMisses {
		m.kept = append(m.kept, Miss{})
		return len(m.kept) - 1
	}
	least := 0
	for i := range m.kept {
		if compareUse(&m.kept[i], &m.kept[least]) < 0 {
			least = i
		}
	}
	delete(m.index, m.kept[least].Host)
	return least
}

// compareUse orders by use, the least and the longest ago first.
func compareUse(a, b *Miss) int {
	if a.Count != b.Count {
		return cmp.Compare(a.Count, b.Count)
	}
	if c := a.Last.Compare(b.Last); c != 0 {
		return c
	}
	return strings.Compare(b.Host, a.Host)
}

// canonicalHost returns host in the one spelling that is counted.
func canonicalHost(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.WithZone("").Unmap().String(), true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host, validHostName(host)
}

// Forget drops the hosts that p covers, after it has come into use.
func (m *Misses) Forget(p *Pair) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = slices.DeleteFunc(m.kept, func(miss Miss) bool { return p.Covers(miss.Host) == nil })
	clear(m.index)
	for i, miss := range m.kept {
		m.index[miss.Host] = i
	}
}

// List returns what is kept, the most used first.
func (m *Misses) List() []Miss {
	m.mu.Lock()
	list := slices.Clone(m.kept)
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b Miss) int { return compareUse(&b, &a) })
	return list
}
