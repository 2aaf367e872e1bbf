package mpp

import "time"

// An Observer is told what happens at the port; it counts. Its methods are
// called concurrently and must not block. Every reason and protocol it is given
// is one of a fixed set ([RefusalReasons], [HandshakeFailures], [CloseReasons],
// the names of the configured protocols).
type Observer interface {
	// Accepted is called for each connection, before anything is known of it.
	Accepted()
	// Routed is called when a connection is handed to its protocol. tlsVersion
	// is 0 for a connection without TLS; sniff is the time since accept.
	Routed(protocol string, tlsVersion uint16, sniff time.Duration)
	// Refused is called for a connection that ended without being routed, other
	// than by its handshake.
	Refused(reason string)
	// HandshakeFailed is called for a connection that ended in its handshake.
	HandshakeFailed(reason string)
	// Closed is called when a routed connection ends; age counts from accept.
	Closed(protocol, reason string, age time.Duration)
	// Panicked is called when a panic ended one connection.
	Panicked(part string)
}

type nopObserver struct{}

func (nopObserver) Accepted()                            {}
func (nopObserver) Routed(string, uint16, time.Duration) {}
func (nopObserver) Refused(string)                       {}
func (nopObserver) HandshakeFailed(string)               {}
func (nopObserver) Closed(string, string, time.Duration) {}
func (nopObserver) Panicked(string)                      {}

// Why a connection was refused: the names in logs and metrics.
const (
	RefusedSilent      = "nothing-sent"         // no byte came before the deadline
	RefusedSlow        = "too-slow"             // bytes came, but too few to tell the protocol
	RefusedEarlyClose  = "closed-early"         // the peer closed before its protocol was known
	RefusedEvicted     = "evicted"              // gave way to a newer connection
	RefusedTotal       = "too-many-connections" // MaxConnections
	RefusedAddress     = "too-many-from-address"
	RefusedTLSOnPlain  = "tls-on-plain-port"
	RefusedPlain       = "plain-on-secure-port"
	RefusedSSL2        = "sslv2-hello"
	RefusedUnknown     = "unknown-protocol"
	RefusedNotServed   = "protocol-not-served" // recognised, but this port does not carry it
	RefusedProxyHeader = "bad-proxy-header"
	RefusedQueueFull   = "queue-full"
	RefusedShutdown    = "shutting-down"
	RefusedPanic       = "panic"
)

// RefusalReasons returns every reason that Observer.Refused is given.
func RefusalReasons() []string {
	return []string{
		RefusedSilent, RefusedSlow, RefusedEarlyClose, RefusedEvicted, RefusedTotal, RefusedAddress,
		RefusedTLSOnPlain, RefusedPlain, RefusedSSL2, RefusedUnknown, RefusedNotServed,
		RefusedProxyHeader, RefusedQueueFull, RefusedShutdown, RefusedPanic,
	}
}

// Why a handshake failed.
const (
	HandshakeTimeout     = "timeout"
	HandshakeClosed      = "closed"
	HandshakeNotTLS      = "not-tls"
	HandshakeVersion     = "no-shared-version"
	HandshakeALPN        = "no-shared-protocol"
	HandshakeCertificate = "client-certificate"
	HandshakeAlert       = "client-alert" // the client refused, mostly the certificate
	HandshakeOther       = "other"
)

// HandshakeFailures returns every reason that Observer.HandshakeFailed is given.
func HandshakeFailures() []string {
	return []string{
		HandshakeTimeout, HandshakeClosed, HandshakeNotTLS, HandshakeVersion,
		HandshakeALPN, HandshakeCertificate, HandshakeAlert, HandshakeOther,
	}
}

// Why a routed connection ended.
const (
	ClosedByServer  = "server"     // its server closed it, also after the end of the peer's TLS stream
	ClosedByPeer    = "peer"       // the peer ended its stream
	ClosedByReset   = "reset"      // the network or the peer cut it
	ClosedByStop    = "stop"       // cut because the port stopped
	ClosedQueueFull = "queue-full" // dropped: its server does not keep up
)

// CloseReasons returns every reason that Observer.Closed is given.
func CloseReasons() []string {
	return []string{ClosedByServer, ClosedByPeer, ClosedByReset, ClosedByStop, ClosedQueueFull}
}
