package grpcport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"

	"google.golang.org/grpc/credentials"
)

// listener keeps account of the connections it accepts, so that the server can
// be stopped at once whatever state they are in.
type listener struct {
	net.Listener
	s *Server
}

func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, s: l.s}
	l.s.mu.Lock()
	l.s.conns[c] = struct{}{}
	stopping := l.s.stopping
	l.s.mu.Unlock()
	if stopping {
		c.cut()
	}
	return c, nil
}

// conn is a connection that ALPN decided.
type conn struct {
	net.Conn
	s     *Server
	spoke atomic.Bool // the client has sent something
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.spoke.Load() {
		c.spoke.Store(true)
	}
	return n, err
}

func (c *conn) Close() error {
	c.s.mu.Lock()
	delete(c.s.conns, c)
	c.s.mu.Unlock()
	if c.s.cutting.Load() {
		c.closeTransport()
	}
	return c.Conn.Close()
}

// cut closes the connection without the parting alert of TLS, which waits for a
// client that does not read.
func (c *conn) cut() {
	c.closeTransport()
	c.Conn.Close()
}

func (c *conn) closeTransport() {
	if under, ok := c.Conn.(interface{ NetConn() net.Conn }); ok {
		under.NetConn().Close()
	}
}

// closeSilent cuts the connections whose clients have sent nothing yet: the
// graceful stop would wait for them.
func (s *Server) closeSilent() {
	for _, c := range s.stopConns() {
		if !c.spoke.Load() {
			c.cut()
		}
	}
}

func (s *Server) cutConns() {
	s.cutting.Store(true)
	for _, c := range s.stopConns() {
		c.cut()
	}
}

// stopConns returns the open connections; those accepted later are cut.
func (s *Server) stopConns() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	open := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	return open
}

// handedOver are the credentials of connections whose TLS handshake is done: it
// takes them as they are and makes their state known to the services.
type handedOver struct{}

var errNotTLS = errors.New("grpcport: a connection without TLS, or before the end of its handshake, was handed over")

func (handedOver) ServerHandshake(c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	stater, ok := connOf(c).(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return nil, nil, errNotTLS
	}
	state := stater.ConnectionState()
	if !state.HandshakeComplete {
		return nil, nil, errNotTLS
	}
	return c, credentials.TLSInfo{
		State:          state,
		CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
	}, nil
}

// connOf returns the connection as it was handed over.
func connOf(c net.Conn) net.Conn {
	if c, ok := c.(*conn); ok {
		return c.Conn
	}
	return c
}

func (handedOver) ClientHandshake(context.Context, string, net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("grpcport: these credentials are for servers only")
}

func (handedOver) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

func (h handedOver) Clone() credentials.TransportCredentials { return h }
func (handedOver) OverrideServerName(string) error           { return nil }
