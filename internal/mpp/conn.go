package mpp

import (
	"container/list"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// sniffLen is how many bytes may be looked at to tell a protocol.
const sniffLen = 4

// peeked holds the first bytes of a stream that were looked at and not read.
type peeked struct {
	buf       [sniffLen]byte
	have, off uint8
}

// peek returns at least the first n bytes of r, at most sniffLen, without
// taking them from the stream. With an error it returns what there was.
func (p *peeked) peek(r io.Reader, n int) ([]byte, error) {
	for int(p.have) < n {
		m, err := r.Read(p.buf[p.have:])
		p.have += uint8(m)
		if err != nil && int(p.have) < n { // else the next read says it again
			return p.buf[:p.have], err
		}
	}
	return p.buf[:p.have], nil
}

// take moves bytes that were looked at to b and returns their number.
func (p *peeked) take(b []byte) int {
	n := copy(b, p.buf[p.off:p.have])
	p.off += uint8(n)
	return n
}

// conn is a connection as it came from the network, with what the port knows of
// it. Once routed, its methods follow the rules of net.Conn.
type conn struct {
	net.Conn // the socket
	peeked

	srv      *Server
	set      *settings // as they were when it was accepted
	accepted time.Time

	// Used by one goroutine at a time, until the hand-over.
	offer       *tlsOffer  // what the peer's hello and our policy said
	local       netip.Addr // where a PROXY header says that the client connected to; else not valid
	tlsVersion  uint16     // 0 without TLS
	peerAlert   uint8      // the alert that the peer sent in the clear, 0 for none
	handshaking bool       // Read watches for alerts
	hasSlot     bool       // holds one of set.slots

	// Guarded by limits.mu; the goroutine that sniffs also reads remote without it,
	// being the only one that changes it.
	remote net.Addr      // the client, which a PROXY header may have named
	key    netip.Addr    // what limits count it under; the zero Addr is exempt
	place  *list.Element // in the lists of connections being sniffed; nil: in none
	route  *route        // what it was handed to
	spoke  bool          // in which of the two lists
	told   bool          // the route only tells the client what it does wrong

	fate    atomic.Pointer[fate]
	ending  atomic.Uint32 // how reading ended: one of the ending constants
	settled atomic.Bool   // routed or ended: no longer counted as being sniffed
	ended   sync.Once
}

// deadline is when sniffing and handshake must be over.
func (c *conn) deadline() time.Time { return c.accepted.Add(c.set.SniffTimeout) }

// fate says why a connection ends before it is routed; the first one counts.
type fate struct {
	reason    string
	handshake bool        // it is one of HandshakeFailures, not of RefusalReasons
	detail    []zap.Field // for the log
}

// doom sets the reason why c will end, unless there is one.
func (c *conn) doom(reason string, detail ...zap.Field) {
	c.fate.CompareAndSwap(nil, &fate{reason: reason, detail: detail})
}

const (
	endingNone = iota
	endingEOF
	endingReset
)

func (c *conn) Read(b []byte) (int, error) {
	if c.off < c.have {
		return c.take(b), nil
	}
	if c.handshaking {
		return c.readHandshake(b)
	}
	n, err := c.Conn.Read(b)
	if err != nil {
		c.noteReadError(err)
	}
	return n, err
}

// readHandshake reads for the handshake, which holds a slot while it computes
// and none while it waits for the peer.
func (c *conn) readHandshake(b []byte) (int, error) {
	c.releaseSlot()
	n, err := c.Conn.Read(b)
	if err != nil {
		c.noteReadError(err)
	}
	c.noteAlert(b[:n])
	if n > 0 {
		if err := c.acquireSlot(); err != nil {
			return 0, err
		}
	}
	return n, err
}

// noteAlert looks for an alert record in the clear (RFC 8446, section 6). In TLS
// 1.3 crypto/tls expects the peer's records to be encrypted by the time that
// some clients, OpenSSL's among them, refuse the certificate in the clear, and
// reports a bad record instead of the alert.
func (c *conn) noteAlert(record []byte) {
	if len(record) >= 7 && record[0] == 0x15 && record[1] == 3 && record[3] == 0 && record[4] == 2 {
		c.peerAlert = record[6]
	}
}

func (c *conn) noteReadError(err error) {
	switch {
	case errors.Is(err, io.EOF):
		c.ending.CompareAndSwap(endingNone, endingEOF)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
	default:
		c.ending.CompareAndSwap(endingNone, endingReset)
	}
}

func (c *conn) RemoteAddr() net.Addr { return c.remote }

// CloseWrite sends the end of the stream and leaves reading open.
func (c *conn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SyscallConn returns the socket, for its settings only.
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Close closes the socket and takes the connection out of all accounts.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.ended.Do(func() { c.srv.connEnded(c) })
	return err
}

// end closes a connection that is not routed, for reason.
func (c *conn) end(reason string) {
	c.doom(reason)
	c.Close()
}

// peekPlain looks at the first bytes of the socket's stream.
func (c *conn) peekPlain(n int) ([]byte, error) { return c.peek(c.rawReader(), n) }

// rawReader reads the socket and not the bytes that were looked at.
func (c *conn) rawReader() io.Reader { return rawReader{c} }

type rawReader struct{ c *conn }

func (r rawReader) Read(b []byte) (int, error) {
	n, err := r.c.Conn.Read(b)
	if err != nil {
		r.c.noteReadError(err)
	}
	return n, err
}

// sniffer is a connection whose first bytes may be looked at.
type sniffer interface {
	net.Conn
	sniff(n int) ([]byte, error)
	base() *conn
}

func (c *conn) sniff(n int) ([]byte, error) { return c.peekPlain(n) }
func (c *conn) base() *conn                 { return c }

// secureConn is a connection inside TLS that bytes decide. It has what
// *tls.Conn has, ConnectionState and CloseWrite among it.
type secureConn struct {
	*tls.Conn
	peeked
	raw *conn
}

func (c *secureConn) sniff(n int) ([]byte, error) { return c.peek(c.Conn, n) }
func (c *secureConn) base() *conn                 { return c.raw }

func (c *secureConn) Read(b []byte) (int, error) {
	if c.off < c.have {
		return c.take(b), nil
	}
	return c.Conn.Read(b)
}
