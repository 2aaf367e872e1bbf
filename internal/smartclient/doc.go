// Package smartclient is both ends of the SmartClient protocol, the framed
// conversation between a SmartClient and an appserver over TCP or TLS.
//
// The wire format, its limits, deadlines and error codes are specified in
// docs/protocols/smartclient.md; section numbers in this package's comments
// are sections of that document.
//
// [Server] takes connections from any net.Listener, among them one that a
// shared port feeds with connections whose first bytes it has looked at and
// put back. [NewClient] speaks the client's side over an established
// connection. Neither does TLS: they use the connection they are given.
package smartclient

// ALPN is the protocol's name in a TLS handshake (RFC 7301).
const ALPN = "smartclient/1"

// Preamble is what a client sends before its first frame, with ALPN and
// without, inside TLS and bare (section 1). Its first byte starts neither an
// HTTP method nor a TLS record.
const Preamble = "\x93SC1"

// The protocol versions that this package speaks, both included.
const (
	MinProtocol = 1
	MaxProtocol = 1
)

// Info names one end of a connection, for logs and reports. Each field is at
// most 64 bytes of printable text and may be empty.
type Info struct {
	Name    string
	Version string
}
