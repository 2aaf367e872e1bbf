package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"
)

const (
	// headBytes is how much of what a server says first is kept, to say what it is: the
	// head of a frame of HTTP/2, or a part of an answer of HTTP/1.1.
	headBytes = 16
	// probeTimeout bounds a second look at a server that does not speak as it should.
	probeTimeout = 2 * time.Second
)

// connect connects to the peer, up to the end of the TLS handshake if there is one.
func (d *Dialer) connect(ctx context.Context, p Peer) (*firstConn, error) {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", p.Address())
	if err != nil {
		return nil, p.unreachable(err)
	}
	if !p.Secure {
		return &firstConn{Conn: raw}, nil
	}
	cfg, err := d.TLS(p.Host, protocols)
	if err != nil {
		raw.Close()
		return nil, p.fail("%w", err)
	}
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, p.noHandshake(ctx, err)
	}
	if conn.ConnectionState().NegotiatedProtocol == "" {
		conn.Close()
		return nil, p.noRPC("it speaks TLS, but did not choose one of the protocols that were offered (ALPN): it is no appserver, or an old one")
	}
	return &firstConn{Conn: conn}, nil
}

// firstConn is a connection to a server that keeps what this says first.
type firstConn struct {
	net.Conn
	given sync.Once

	mu   sync.Mutex // guards head
	head []byte     // at most headBytes
}

// once gives the connection to gRPC, which may not make another one.
func (c *firstConn) once(context.Context, string) (conn net.Conn, err error) {
	err = errors.New("the connection is used up")
	c.given.Do(func() { conn, err = c, nil })
	return conn, err
}

func (c *firstConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := headBytes - len(c.head); room > 0 {
		c.head = append(c.head, b[:min(n, room)]...)
	}
	return n, err
}

// said returns what the server said first.
func (c *firstConn) said() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.head
}

// language is what a server speaks, as its first bytes show.
type language int

const (
	unknown language = iota
	silence          // nothing was said
	http2            // as gRPC is spoken
	http1
	tlsRecord // TLS, which did not expect what it got
)

// languageOf tells what the first bytes of an answer are. A server of HTTP/2 begins with a
// frame SETTINGS (RFC 9113, section 3.4), whose fourth byte is 4.
func languageOf(head []byte) language {
	switch {
	case len(head) == 0:
		return silence
	case len(head) >= 5 && string(head[:5]) == "HTTP/":
		return http1
	case head[0] == 0x15 && len(head) >= 2 && head[1] == 3:
		return tlsRecord
	case len(head) >= 9 && head[0] == 0 && head[3] == 4 && string(head[5:9]) == "\x00\x00\x00\x00":
		return http2
	}
	return unknown
}

// hello is how a client of HTTP/2 begins: the preface, and a frame SETTINGS without any.
const hello = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// probePlain tells what the peer speaks without TLS: another connection, on which a
// client of HTTP/2 would begin.
func (p Peer) probePlain(ctx context.Context) language {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", p.Address())
	if err != nil {
		return silence
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, hello); err != nil {
		return silence
	}
	head := make([]byte, 9)
	n, _ := io.ReadFull(conn, head)
	return languageOf(head[:n])
}

// probeTLS tells whether the peer speaks TLS, with any certificate: nothing is sent to it
// but the handshake.
func (p Peer) probeTLS(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: protocols, MinVersion: tls.VersionTLS10}}
	conn, err := d.DialContext(ctx, "tcp", p.Address())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// handshaken are credentials of a connection that has been secured already, or that is
// plain.
type handshaken struct{ secure bool }

// ClientHandshake does nothing: the handshake is over.
func (h handshaken) ClientHandshake(_ context.Context, _ string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return conn, h, nil
}

// ServerHandshake refuses: there is no server with these.
func (h handshaken) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("not for servers")
}

// Info says what the connection is.
func (h handshaken) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: h.AuthType()}
}

// AuthType is that of the connection.
func (h handshaken) AuthType() string {
	if h.secure {
		return "tls"
	}
	return "insecure"
}

// Clone returns h, which has no state.
func (h handshaken) Clone() credentials.TransportCredentials { return h }

// OverrideServerName does nothing: the handshake is over.
func (h handshaken) OverrideServerName(string) error { return nil }
