package grpcport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
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
	c := &conn{Conn: nc, s: l.s, scan: newScanner()}
	c.holds = l.s.intake.holder(c.cut)
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
	holds *holder     // what its unfinished messages take

	mu   sync.Mutex // guards scan
	scan *scanner
}

// unknownMessage is what one unfinished message may take as long as no call of the
// connection has shown credentials, in bytes: what a client may send unasked, with what its
// frames take. More can only come in tiny frames, or if somebody receives it: a public
// method, which needs far less.
const unknownMessage = 2 * readAhead

var errTooMuch = errors.New("grpcport: a client without credentials has sent too much")

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	if !c.spoke.Load() {
		c.spoke.Store(true)
	}
	longest := c.watch(func(s *scanner) { s.received(p[:n]) })
	if longest > unknownMessage && !c.holds.known.Load() {
		return 0, errTooMuch
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.watch(func(s *scanner) { s.sent(p) })
	return c.Conn.Write(p)
}

// watch has the scanner see bytes, and returns the most that one message held meanwhile.
func (c *conn) watch(see func(*scanner)) (longest int64) {
	c.mu.Lock()
	before := c.scan.held
	see(c.scan)
	more, longest := c.scan.held-before, c.scan.longest
	c.scan.longest = 0
	c.mu.Unlock()
	c.holds.add(more)
	return longest
}

// waits reports whether the client may send more in a stream.
func (c *conn) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.scan.messages) > 0
}

func (c *conn) Close() error {
	c.holds.release()
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
	info := credentials.TLSInfo{
		State:          state,
		CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
	}
	own, _ := c.(*conn)
	return c, &connInfo{info, info, own}, nil
}

// connInfo is what is known of a connection that was handed over.
type connInfo struct {
	credentials.TLSInfo
	plain credentials.AuthInfo // the same as grpc-go describes it, for services
	conn  *conn
}

// infoOf returns what is known of the connection of a call that ALPN decided, else nil.
func infoOf(ctx context.Context) *connInfo {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	info, _ := p.AuthInfo.(*connInfo)
	return info
}

// tlsOf returns the state of the TLS connection of a call; false if it has none.
func tlsOf(ctx context.Context) (tls.ConnectionState, bool) {
	if info := infoOf(ctx); info != nil {
		return info.State, true
	}
	p, ok := peer.FromContext(ctx)
	if !ok {
		return tls.ConnectionState{}, false
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	return info.State, ok
}

// forServices returns ctx with a peer as grpc-go describes it.
func (info *connInfo) forServices(ctx context.Context) context.Context {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ctx
	}
	return peer.NewContext(ctx, &peer.Peer{Addr: p.Addr, LocalAddr: p.LocalAddr, AuthInfo: info.plain})
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
