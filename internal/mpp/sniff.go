package mpp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/soheilhy/cmux"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The type of a TLS handshake record, the first byte of every TLS connection.
const recordHandshake = 0x16

// sniff finds out what c speaks up to where ALPN or cmux decides.
func (s *Server) sniff(c *conn) {
	defer s.contain(c)
	if contains(c.set.ProxyProtocol, addrOf(c.Conn.RemoteAddr())) {
		if reason := s.readProxyHeader(c); reason != "" {
			s.refuse(c, reason)
			return
		}
	}
	b, err := c.peekPlain(1)
	if err != nil {
		c.end(sniffFailure(len(b), err))
		return
	}
	s.limits.spoke(c)
	switch {
	case b[0] != recordHandshake:
		s.toMux(c)
	case c.set.handshake == nil:
		c.Conn.Write(alertHandshakeFailure)
		s.refuse(c, RefusedTLSOnPlain)
	default:
		s.secure(c)
	}
}

// contain turns a panic into the end of one connection.
func (s *Server) contain(c *conn) {
	if v := recover(); v != nil {
		c.releaseSlot()
		s.obs.Panicked("port")
		s.log.Error("panic while a connection was being recognised; the connection is closed",
			zap.String("remote", c.remote.String()), zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
		c.end(RefusedPanic)
	}
}

// sniffFailure names why the first bytes could not be read; n of them were.
func sniffFailure(n int, err error) string {
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return RefusedEarlyClose
	case n == 0:
		return RefusedSilent
	default:
		return RefusedSlow
	}
}

// secure handshakes and lets ALPN decide, or else the first bytes inside TLS.
func (s *Server) secure(c *conn) {
	tc := tls.Server(c, c.set.handshake)
	c.handshaking = true
	err := tc.Handshake()
	c.handshaking = false
	c.releaseSlot()
	if err != nil {
		s.handshakeFailed(c, tc, err)
		return
	}
	state := tc.ConnectionState()
	s.logHandshake(c, &state)
	c.tlsVersion = state.Version
	if r := s.byALPN[state.NegotiatedProtocol]; r != nil {
		s.handOver(tc, c, r)
		return
	}
	s.toMux(&secureConn{Conn: tc, raw: c})
}

// toMux has the bytes of nc decide.
func (s *Server) toMux(nc sniffer) {
	if !s.root.put(nc) {
		nc.base().end(s.refusalOfFullQueue())
	}
}

func (s *Server) refusalOfFullQueue() string {
	if s.isStopping() {
		return RefusedShutdown
	}
	return RefusedQueueFull
}

// matchWriter makes a cmux matcher of m. It looks at the connection itself,
// which keeps what it looked at, and reads nothing through cmux: so the
// connection leaves cmux as it came. When the bytes cannot be read it names the
// reason and matches nothing, and cmux closes the connection.
func matchWriter(m Matcher) cmux.MatchWriter {
	return func(w io.Writer, _ io.Reader) (matched bool) {
		nc := w.(sniffer)
		c := nc.base()
		defer func() {
			if recovered := recover(); recovered != nil {
				matched = false
				c.srv.matcherPanicked(c, recovered)
			}
		}()
		if c.fate.Load() != nil {
			return false
		}
		for n := 1; ; n++ {
			b, err := nc.sniff(n)
			if len(b) > 0 {
				if verdict := m(b); verdict != More || len(b) == sniffLen {
					return verdict == Yes
				}
			}
			if err != nil {
				c.doom(sniffFailure(len(b), err))
				return false
			}
			n = len(b)
		}
	}
}

func (s *Server) matcherPanicked(c *conn, v any) {
	s.obs.Panicked("matcher")
	s.log.Error("panic in a protocol matcher; the connection is closed",
		zap.String("remote", c.remote.String()), zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
	c.doom(RefusedPanic)
}

// pump hands over the connections that cmux found to be r's.
func (s *Server) pump(r *route) {
	if r.matched == nil {
		return
	}
	for {
		nc, err := r.matched.Accept()
		if err != nil {
			return
		}
		inner := nc.(*cmux.MuxConn).Conn.(sniffer)
		s.handOver(inner, inner.base(), r)
	}
}

// handOver gives nc, whose socket is c, to the server of r. It never blocks.
func (s *Server) handOver(nc net.Conn, c *conn, r *route) {
	s.watch.handing.enter()
	defer s.watch.handing.leave()
	end := r.plain
	if c.tlsVersion != 0 {
		end = r.secure
	}
	if end == nil {
		s.running.Go(func() { s.refuseProtocol(nc, c, r) })
		return
	}
	told := r.PlainRefuses && c.tlsVersion == 0
	if !s.limits.route(c, r, told) {
		c.Close() // evicted or cut meanwhile
		return
	}
	nc.SetDeadline(time.Time{})
	if told {
		s.logRefusal(RefusedPlain, c.remote, zap.String("protocol", r.Name))
	} else {
		s.obs.Routed(r.Name, c.tlsVersion, time.Since(c.accepted))
	}
	put := end.queue.put(nc)
	s.settle(c)
	if !put {
		c.end(s.refusalOfFullQueue())
	}
}

// settle ends the time in which c counts as being sniffed.
func (s *Server) settle(c *conn) {
	if c.settled.CompareAndSwap(false, true) {
		s.sniffing.Done()
	}
}

// connEnded takes a closed connection out of the accounts, tells the observer
// and logs why it was not served.
func (s *Server) connEnded(c *conn) {
	r, remote := s.limits.remove(c)
	defer s.settle(c)
	switch {
	case r != nil && c.told:
		return // was counted and logged when it was handed over
	case r != nil:
		s.obs.Closed(r.Name, c.closeReason(), time.Since(c.accepted))
		return
	}
	f := c.fate.Load()
	if f == nil {
		f = &fate{reason: RefusedEarlyClose}
	}
	if f.handshake {
		s.obs.HandshakeFailed(f.reason)
		s.sampled.Info("TLS handshake failed", append([]zap.Field{zap.String("reason", f.reason), zap.Stringer("remote", remote)}, f.detail...)...)
		return
	}
	s.logRefusal(f.reason, remote, f.detail...)
}

// logRefusal counts and logs a connection that is not served.
func (s *Server) logRefusal(reason string, remote net.Addr, detail ...zap.Field) {
	s.obs.Refused(reason)
	s.sampled.Log(refusalLevel(reason), "connection refused",
		append([]zap.Field{zap.String("reason", reason), zap.Stringer("remote", remote)}, detail...)...)
}

// refusalLevel is debug for what every open port sees all day, else info.
func refusalLevel(reason string) zapcore.Level {
	switch reason {
	case RefusedSilent, RefusedSlow, RefusedEarlyClose, RefusedEvicted, RefusedShutdown:
		return zapcore.DebugLevel
	default:
		return zapcore.InfoLevel
	}
}

func (c *conn) closeReason() string {
	switch f := c.fate.Load(); {
	case f != nil && f.reason == RefusedQueueFull:
		return ClosedQueueFull
	case f != nil:
		return ClosedByStop
	}
	switch c.ending.Load() {
	case endingEOF:
		return ClosedByPeer
	case endingReset:
		return ClosedByReset
	default:
		return ClosedByServer
	}
}

// refuseProtocol closes a connection that was recognised but is not served here.
func (s *Server) refuseProtocol(nc net.Conn, c *conn, r *route) {
	defer nc.Close()
	first := c.buf[:c.have]
	if sc, ok := nc.(*secureConn); ok {
		first = sc.buf[:sc.have]
	}
	c.doom(s.refusalOf(c, r), zap.String("protocol", r.Name), zap.String("first_bytes", fmt.Sprintf("% x", first)))
	if len(r.Refusal) > 0 {
		nc.Write(r.Refusal)
	}
	linger(nc)
}

func (s *Server) refusalOf(c *conn, r *route) string {
	switch {
	case c.tlsVersion == 0 && isSSL2Hello(c.buf[:c.have]):
		return RefusedSSL2
	case c.tlsVersion == 0 && r.secure != nil:
		return RefusedPlain
	case r == s.unknown:
		return RefusedUnknown
	default:
		return RefusedNotServed
	}
}

// refuse closes a connection whose protocol was not looked for.
func (s *Server) refuse(c *conn, reason string, detail ...zap.Field) {
	defer c.Close()
	c.doom(reason, detail...)
	linger(c)
}

// linger ends our stream and swallows what the peer still sends, for a short
// while: closing with unread input would make the system discard the answer.
func linger(nc net.Conn) {
	if cw, ok := nc.(interface{ CloseWrite() error }); ok && cw.CloseWrite() == nil {
		nc.SetReadDeadline(time.Now().Add(lingerTime))
		io.CopyN(io.Discard, nc, lingerBytes)
	}
}

const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 64 << 10
)
