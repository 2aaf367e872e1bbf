package mpp

import (
	"crypto/tls"
	"net/netip"
	"runtime"
	"time"

	"go.uber.org/zap"
)

// Settings are what may change while the port serves, see [Server.Update]. The
// zero value of a limit or time means its default.
type Settings struct {
	// TLS is the server configuration of a secure port; nil makes a plain port,
	// on which TLS is refused by name. Its GetConfigForClient is kept. What it
	// points to must not be changed after the port was given it.
	TLS *tls.Config

	// ProxyProtocol lists the networks whose connections must begin with a
	// PROXY protocol header (version 1 or 2).
	ProxyProtocol []netip.Prefix
	// SharedAddresses lists networks of proxies that many clients come from;
	// MaxConnectionsPerAddress does not hold for them.
	SharedAddresses []netip.Prefix

	MaxConnections           int // open connections in all; default: what the file limit allows
	MaxConnectionsPerAddress int // of one IPv4 address or IPv6 /64; default: half of MaxConnections
	MaxSniffing              int // connections not yet handed over; default 4096, at most half of MaxConnections
	MaxSniffingPerAddress    int // the same, of one address; default: half of MaxSniffing
	MaxHandshakes            int // handshakes that compute at the same time; default: two per processor

	// SniffTimeout is the time from accept to hand-over, handshake included;
	// default 5 s.
	SniffTimeout time.Duration

	// LogHandshakes logs version, cipher suite, server name and ALPN of each
	// connection at info level instead of debug; TraceHandshakes logs the hello
	// and the result or alert of each handshake.
	LogHandshakes, TraceHandshakes bool
}

// Config says what the port does.
type Config struct {
	Settings // at the start; Server.Update changes them

	// Protocols are tried in this order where bytes decide.
	Protocols []Protocol
	// Unknown serves what no protocol recognised; without a handler such
	// connections are refused. Its ALPN and Match are not used.
	Unknown Protocol

	QueueLength int // connections that wait for one protocol's server; default 1024

	// Ports is how many ports share the open files of the process: the default of
	// Settings.MaxConnections is one part of so many; default 1.
	Ports int

	Log      *zap.Logger
	Observer Observer // default: nothing is observed

	// Addressed, if not nil, is told under which name clients look for this
	// server: once for each TLS handshake whose hello came, however the handshake
	// then ends. The host is the server name of the hello, or without one the IP
	// address that the client connected to, which a PROXY header may have named;
	// empty if the listener has no IP addresses. A server name is what any peer
	// chose to send: any bytes, cut after 255.
	//
	// It is called concurrently and delays the handshake, so it must be quick
	// and must not block.
	Addressed func(host string)
}

func orDefaultInt(p *int, def int) {
	if *p <= 0 {
		*p = max(1, def)
	}
}

func (c *Config) setDefaults() {
	orDefaultInt(&c.QueueLength, 1024)
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Observer == nil {
		c.Observer = nopObserver{}
	}
	if c.Addressed == nil {
		c.Addressed = func(string) {}
	}
}

// setDefaults takes the number of connections that the system allows.
func (s *Settings) setDefaults(budget int) {
	orDefaultInt(&s.MaxConnections, budget)
	orDefaultInt(&s.MaxConnectionsPerAddress, s.MaxConnections/2)
	orDefaultInt(&s.MaxSniffing, min(4096, s.MaxConnections/2))
	orDefaultInt(&s.MaxSniffingPerAddress, s.MaxSniffing/2)
	orDefaultInt(&s.MaxHandshakes, 2*runtime.GOMAXPROCS(0))
	if s.SniffTimeout <= 0 {
		s.SniffTimeout = 5 * time.Second
	}
}

// forwards reports whether the port passes connections on to another server.
func (c *Config) forwards() bool { return c.Unknown.Secure != nil || c.Unknown.Plain != nil }
