//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// A tlsCase says how to connect. All servers get the same work: one key exchange,
// X25519, which OpenSSL 3.0 and Go have both, and one cipher suite. P-256 is
// offered behind it because OpenSSL demands it for ECDSA in TLS 1.2.
type tlsCase struct {
	version uint16
	alpn    string
	resume  bool // with the ticket of the connection before
}

// config returns the client's configuration. The certificate is not checked: that
// is the load's work, not the server's.
func (t tlsCase) config() *tls.Config {
	cfg := &tls.Config{
		ServerName:         "localhost",
		InsecureSkipVerify: true,
		MinVersion:         t.version,
		MaxVersion:         t.version,
		NextProtos:         []string{t.alpn},
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256},
		CipherSuites:       []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, // TLS 1.2
	}
	if t.resume {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	return cfg
}

// operationTimeout bounds what one connection does in one measurement.
const operationTimeout = time.Minute

// dial connects from source, or from any address if it is nil, and shakes hands.
func dial(address string, source net.Addr, cfg *tls.Config) (*tls.Conn, error) {
	raw, err := dialTCP(address, source)
	if err != nil {
		return nil, err
	}
	c := tls.Client(raw, cfg)
	if err := c.Handshake(); err != nil {
		raw.Close()
		return nil, err
	}
	if err := sameWork(c.ConnectionState(), cfg); err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

// dialTCP makes a connection that ends with a reset when it is closed: an orderly
// end would leave a port behind for a minute, and there are not that many.
func dialTCP(address string, source net.Addr) (*net.TCPConn, error) {
	d := net.Dialer{Timeout: 10 * time.Second, LocalAddr: source}
	c, err := d.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	raw := c.(*net.TCPConn)
	raw.SetLinger(0)
	return raw, raw.SetDeadline(time.Now().Add(operationTimeout))
}

// sameWork checks that the server chose what the others choose.
func sameWork(state tls.ConnectionState, cfg *tls.Config) error {
	suite := tls.CipherSuiteName(state.CipherSuite)
	if !strings.HasSuffix(suite, "AES_128_GCM_SHA256") || state.CurveID != tls.X25519 || state.NegotiatedProtocol != cfg.NextProtos[0] {
		return fmt.Errorf("the server chose %s, %v and ALPN %q, not AES_128_GCM_SHA256, X25519 and %q",
			suite, state.CurveID, state.NegotiatedProtocol, cfg.NextProtos[0])
	}
	return nil
}

// reset closes a connection without a goodbye.
func reset(c *tls.Conn) { c.NetConn().Close() }

// sourceAddress spreads connections over the addresses of the loopback network:
// one address has ports for 28,000, and servers bound what one may have.
func sourceAddress(i int) net.Addr {
	const perAddress = 1000
	return &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i/perAddress%250))}
}

// h1Client sends the same request again and again.
type h1Client struct {
	conn    *tls.Conn
	request []byte
	buf     []byte
	size    int // of the response, once it is known
}

func newH1(conn *tls.Conn, path string) *h1Client {
	return &h1Client{
		conn:    conn,
		request: []byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		buf:     make([]byte, 8<<10),
	}
}

var errResponse = errors.New("not the response that was expected")

// roundTrip sends the request and reads the response, whose size must be that of
// the first one.
func (h *h1Client) roundTrip() error {
	if _, err := h.conn.Write(h.request); err != nil {
		return err
	}
	for n := 0; ; {
		if n == len(h.buf) {
			return fmt.Errorf("%w: too long", errResponse)
		}
		m, err := h.conn.Read(h.buf[n:])
		if n += m; h.size == 0 {
			h.size = responseSize(h.buf[:n])
		}
		switch {
		case h.size > 0 && n == h.size && bytes.HasPrefix(h.buf, []byte("HTTP/1.1 200 ")):
			return nil
		case h.size > 0 && n >= h.size:
			return fmt.Errorf("%w: %q", errResponse, h.buf[:min(n, 200)])
		case err != nil:
			return err
		}
	}
}

// responseSize is the length of the response that b begins with, 0 if it cannot
// be told yet.
func responseSize(b []byte) int {
	head, _, whole := bytes.Cut(b, []byte("\r\n\r\n"))
	if !whole {
		return 0
	}
	_, rest, found := strings.Cut(strings.ToLower(string(head)), "\r\ncontent-length:")
	if !found {
		return 0
	}
	value, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil {
		return 0
	}
	return len(head) + 4 + n
}
