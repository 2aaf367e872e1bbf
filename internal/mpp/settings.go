package mpp

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"

	"go.uber.org/zap"
)

// settings are Settings with their defaults and what follows from them. They are
// never changed: a connection keeps to the end the ones that it began with, so
// it sees all of an update or nothing of it, and leaves every account in the way
// that it entered it.
type settings struct {
	Settings
	handshake *tls.Config    // TLS with a GetConfigForClient that notes the hello; nil: plain port
	slots     chan struct{}  // one token for each handshake that may compute
	shared    []netip.Prefix // addresses that many clients come from
	fairShare int            // unrecognised connections that an address may have before it gives way first
}

// Update makes set hold for every connection that is accepted from now on. Those
// that are open keep what they began with, and what set lowers cuts none that is
// being served. While there are more than it allows, each new one has two give way
// that are being recognised, so that their number falls; where the number is that
// of open connections, in all or of one address, and there are not two (of an
// address, two that have sent nothing), the new one is refused.
//
// If set.TLS points to the configuration in use, clients go on resuming the
// sessions that began with it. Any other configuration has new session ticket keys,
// unless it brings some along: clients handshake in full once.
//
// The error, with which nothing has changed, is that TLS would come or go; the
// handlers of the protocols are chosen by that when the port is made.
//
// Update may be called at any time, also concurrently and before Serve. No
// connection waits for it.
func (s *Server) Update(set Settings) error {
	s.updating.Lock()
	defer s.updating.Unlock()
	now := s.set.Load()
	if (set.TLS == nil) != (now.TLS == nil) {
		return errors.New("mpp: TLS cannot be switched on or off while the port serves: restart the server")
	}
	s.set.Store(s.newSettings(set, now))
	return nil
}

// newSettings completes set. What depends only on values that now has as well is
// shared with it; a nil now has none.
func (s *Server) newSettings(set Settings, now *settings) *settings {
	budget := s.descriptorBudget()
	set.setDefaults(budget)
	set.ProxyProtocol = slices.Clone(set.ProxyProtocol)
	set.SharedAddresses = slices.Clone(set.SharedAddresses)
	n := &settings{
		Settings:  set,
		shared:    slices.Concat(set.SharedAddresses, set.ProxyProtocol),
		fairShare: max(16, set.MaxSniffing/64),
	}
	switch {
	case now != nil && now.TLS == set.TLS:
		n.handshake = now.handshake
	case set.TLS != nil:
		n.handshake = s.handshakeConfig(set.TLS)
	}
	if now != nil && now.MaxHandshakes == set.MaxHandshakes {
		n.slots = now.slots
	} else {
		n.slots = make(chan struct{}, set.MaxHandshakes)
	}
	if set.MaxConnections > budget {
		s.log.Warn("MaxConnections is more than the limit of open files allows; raise that limit, or connections will fail",
			zap.Int("max_connections", set.MaxConnections), zap.Int("allowed", budget))
	}
	return n
}

// descriptorBudget is how many connections the system's limit of open files
// allows: one descriptor each, and one for what its server may open; a forwarded
// one has two sockets and, while bytes flow, two pipes. Other ports have their part.
func (s *Server) descriptorBudget() int {
	if s.forwards {
		return descriptorBudget(6 * s.ports)
	}
	return descriptorBudget(2 * s.ports)
}

// addrKey is what an address is counted under: itself, or the /64 of an IPv6
// address, which one client commonly has whole. Shared addresses have none.
func (s *settings) addrKey(a net.Addr) netip.Addr {
	ip := addrOf(a)
	if !ip.IsValid() || contains(s.shared, ip) {
		return netip.Addr{}
	}
	if ip.Is6() {
		p, _ := ip.Prefix(64) // cannot fail: 64 is a valid length
		return p.Addr()
	}
	return ip
}

// addrOf returns the IP address in a, or the zero Addr if it has none.
func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

func contains(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}
