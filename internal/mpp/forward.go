package mpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Forwarder is a Handler that joins each connection with one of its own to
// another server, byte for byte, without knowing what they say. The end of one
// direction is passed on and leaves the other open; a peer that does not read
// slows the other one down.
//
// The fields must be set before Serve and not changed after it.
type Forwarder struct {
	// Address is the host:port to connect to.
	Address string
	// TLS, if not nil, has the connections to it secured. It is called for each of
	// them, possibly from several goroutines at a time, and returns the
	// configuration for it; nil means the defaults of crypto/tls.
	TLS func() *tls.Config
	// DialTimeout bounds connecting, the handshake included; default 10 s.
	DialTimeout time.Duration
	// HalfCloseTimeout bounds the silence of one direction after the other has
	// ended; default 60 s.
	HalfCloseTimeout time.Duration
	// Log gets one line for each connection that cannot be joined. It must not
	// be nil.
	Log *zap.Logger

	mu      sync.Mutex // guards the fields below
	l       net.Listener
	closed  bool
	active  map[net.Conn]context.CancelFunc
	running sync.WaitGroup // Add is called under mu while not closed
}

// Serve forwards the connections of l until Shutdown or Close, which make it
// return ErrServerClosed.
func (f *Forwarder) Serve(l net.Listener) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return ErrServerClosed
	}
	f.l = l
	f.active = make(map[net.Conn]context.CancelFunc)
	f.mu.Unlock()
	for {
		client, err := l.Accept()
		if err != nil {
			if f.isClosed() {
				return ErrServerClosed
			}
			return err
		}
		ctx, cancel := context.WithCancel(context.Background())
		if !f.begin(client, cancel) {
			cancel()
			client.Close()
			continue
		}
		go f.serve(ctx, client)
	}
}

func (f *Forwarder) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

func (f *Forwarder) begin(client net.Conn, cancel context.CancelFunc) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.active[client] = cancel
	f.running.Add(1)
	return true
}

// serve dials, and joins in a goroutine of its own: the stack that dialling has
// grown dies with this one.
func (f *Forwarder) serve(ctx context.Context, client net.Conn) {
	joined := false
	defer func() {
		f.contain()
		if !joined {
			f.finish(client)
		}
	}()
	server, err := f.dial(ctx)
	if err != nil {
		f.Log.Warn("the upstream server cannot be reached; the client is closed",
			zap.String("upstream", f.Address), zap.Stringer("remote", client.RemoteAddr()), zap.Error(err))
		return
	}
	joined = true
	go func() {
		defer f.finish(client)
		defer f.contain()
		defer server.Close()
		defer context.AfterFunc(ctx, func() { client.Close(); server.Close() })()
		f.join(client, server)
	}()
}

// finish ends a connection that begin began.
func (f *Forwarder) finish(client net.Conn) {
	f.mu.Lock()
	cancel := f.active[client]
	delete(f.active, client)
	f.mu.Unlock()
	cancel()
	client.Close()
	f.running.Done()
}

// contain is deferred: it turns a panic into the end of one connection.
func (f *Forwarder) contain() {
	if v := recover(); v != nil {
		f.Log.Error("panic while forwarding; the connection is closed", zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
	}
}

func (f *Forwarder) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, orDefault(f.DialTimeout, 10*time.Second))
	defer cancel()
	if f.TLS == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", f.Address)
	}
	return (&tls.Dialer{Config: f.TLS()}).DialContext(ctx, "tcp", f.Address)
}

// join copies both ways until both have ended.
func (f *Forwarder) join(client, server net.Conn) {
	half := &halfClose{timeout: orDefault(f.HalfCloseTimeout, time.Minute)}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer f.contain()
		oneWay(server, client, half)
	})
	oneWay(client, server, half)
	wg.Wait()
}

// oneWay copies src to dst and passes its end on. An error resets both: an
// orderly end would make what has arrived look complete.
func oneWay(dst, src net.Conn, half *halfClose) {
	err := relay(dst, src, half)
	if err == nil {
		err = closeWrite(dst)
	}
	if err != nil {
		reset(dst)
		reset(src)
		return
	}
	half.begin(dst, src) // now dst is what is read
}

func closeWrite(c net.Conn) error {
	cw, ok := c.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return cw.CloseWrite()
}

// reset ends a connection so that its peer sees an error: without TLS's notice of
// an orderly end, and with a TCP reset.
func reset(c net.Conn) {
	for {
		switch inner := c.(type) {
		case interface{ NetConn() net.Conn }: // TLS
			c = inner.NetConn()
		case *conn:
			setLinger(inner.Conn)
			inner.Close()
			return
		default:
			setLinger(c)
			c.Close()
			return
		}
	}
}

func setLinger(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
}

// halfClose bounds the silence of one direction once the other has ended: how
// long nothing may come, and how long nothing may be taken.
type halfClose struct {
	timeout  time.Duration
	deadline atomic.Int64 // of the direction that is left, in Unix nanoseconds; 0: both are open
}

// begin sets the bound for the direction from src to dst, which may be at work.
func (h *halfClose) begin(src, dst net.Conn) {
	deadline := time.Now().Add(h.timeout)
	h.deadline.Store(deadline.UnixNano())
	src.SetReadDeadline(deadline)
	dst.SetWriteDeadline(deadline)
}

// arm sets the deadlines of the next read from src and write to dst.
func (h *halfClose) arm(dst, src net.Conn) {
	if h.deadline.Load() == 0 {
		src.SetReadDeadline(time.Time{})
	}
	if h.deadline.Load() != 0 { // perhaps since the line before
		h.begin(src, dst)
	}
}

// expired reports whether the deadline is over.
func (h *halfClose) expired() bool {
	d := h.deadline.Load()
	return d != 0 && time.Now().UnixNano() >= d
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// relay copies src to dst until src ends, which is no error.
func relay(dst, src net.Conn, half *halfClose) error {
	if from, ok := src.(*conn); ok {
		src = from.Conn
		first := from.buf[from.off:from.have]
		from.off = from.have
		if _, err := dst.Write(first); err != nil {
			return fmt.Errorf("passing on the first bytes: %w", err)
		}
	}
	if to, ok := dst.(*conn); ok {
		dst = to.Conn
	}
	d, dstIsTCP := dst.(*net.TCPConn)
	s, srcIsTCP := src.(*net.TCPConn)
	if dstIsTCP && srcIsTCP {
		return relayTCP(d, s, half)
	}
	return relayPooled(dst, src, half)
}

// relayBuffer is the length of the buffers that bytes are passed on through.
const relayBuffer = 32 << 10

var relayBuffers = sync.Pool{New: func() any { return new([relayBuffer]byte) }}

// relayPooled copies through a buffer.
func relayPooled(dst, src net.Conn, half *halfClose) error {
	b := relayBuffers.Get().(*[relayBuffer]byte)
	defer relayBuffers.Put(b)
	for {
		half.arm(dst, src)
		n, err := src.Read(b[:])
		if n > 0 {
			if _, err := dst.Write(b[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Shutdown accepts no more, waits for the open connections to end by themselves
// and cuts the ones that are left when ctx ends, whose error it then returns.
func (f *Forwarder) Shutdown(ctx context.Context) error {
	f.stopAccepting()
	err := waitFor(ctx, &f.running)
	if err != nil {
		f.cut()
	}
	f.running.Wait()
	return err
}

// Close cuts all connections.
func (f *Forwarder) Close() error {
	f.stopAccepting()
	f.cut()
	f.running.Wait()
	return nil
}

func (f *Forwarder) stopAccepting() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.l != nil {
		f.l.Close()
	}
}

func (f *Forwarder) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, cancel := range f.active {
		cancel()
	}
}

var _ Handler = (*Forwarder)(nil)
