package smartclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// Server answers SmartClient connections. Its zero value serves with the
// defaults below; fields must not change after the first Serve.
//
// Its methods are safe for concurrent use.
type Server struct {
	Info Info        // what the server says of itself
	Log  *zap.Logger // nil logs nothing

	// The deadlines of section 3. Zero means the default; Serve refuses a
	// value outside its range.
	HelloTimeout time.Duration // preamble and hello; 10ms to 1m, default 5s
	IdleTimeout  time.Duration // silence of a client; 1s to 24h, default 90s
	FrameTimeout time.Duration // one frame, once begun; 10ms to 1h, default 30s
	WriteTimeout time.Duration // one write; 10ms to 10m, default 10s
	LeaveTimeout time.Duration // a client's end after our bye; 10ms to 1h, default 5s

	// MaxFrame is the longest payload taken, in bytes: LeastMaxFrame to
	// GreatestMaxFrame, default DefaultMaxFrame.
	MaxFrame int

	// OnFault, if not nil, is called with the code of each fault of a client,
	// and with CodeInternal for one of the server's own, from the goroutine of
	// the connection. It must not call Shutdown or Close.
	OnFault func(code string)

	conns sync.WaitGroup // goroutines of connections and of their byes

	mu        sync.Mutex // guards all below
	stopping  chan struct{}
	listeners map[net.Listener]struct{}
	open      map[*conn]struct{}
	stopped   bool
}

// settings are a server's figures with the defaults filled in.
type settings struct {
	hello, idle, frame, write, leave time.Duration
	maxFrame                         int
}

func (s *Server) settings() (*settings, error) {
	var faults []error
	pick := func(name string, v, def, lo, hi time.Duration) time.Duration {
		if v == 0 {
			return def
		}
		if v < lo || v > hi {
			faults = append(faults, fmt.Errorf("smartclient: %s is %v; it must be from %v to %v", name, v, lo, hi))
		}
		return v
	}
	const short = 10 * time.Millisecond
	set := &settings{
		hello:    pick("HelloTimeout", s.HelloTimeout, 5*time.Second, short, time.Minute),
		idle:     pick("IdleTimeout", s.IdleTimeout, 90*time.Second, leastIdle, greatestIdle),
		frame:    pick("FrameTimeout", s.FrameTimeout, 30*time.Second, short, time.Hour),
		write:    pick("WriteTimeout", s.WriteTimeout, 10*time.Second, short, 10*time.Minute),
		leave:    pick("LeaveTimeout", s.LeaveTimeout, 5*time.Second, short, time.Hour),
		maxFrame: s.MaxFrame,
	}
	if s.MaxFrame == 0 {
		set.maxFrame = DefaultMaxFrame
	}
	if set.maxFrame < LeastMaxFrame || set.maxFrame > GreatestMaxFrame {
		faults = append(faults, fmt.Errorf("smartclient: MaxFrame is %d bytes; it must be from %d to %d",
			s.MaxFrame, LeastMaxFrame, GreatestMaxFrame))
	}
	return set, errors.Join(faults...)
}

// Serve answers the connections of ln until Shutdown or Close, when it returns
// ErrServerClosed, or until ln fails or a setting is out of range, when it
// returns that error. It closes ln in every case.
//
// Connections may be of any kind. If one has a method
// ConnectionState() tls.ConnectionState, its TLS version is logged; if it has
// CloseWrite, that is used to end in good order. Several listeners may be
// served at once.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	set, err := s.settings()
	if err != nil {
		return err
	}
	stopping, ok := s.addListener(ln)
	if !ok {
		return ErrServerClosed
	}
	defer s.removeListener(ln)

	var pause time.Duration
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.start(nc, set)
		case isClosed(stopping):
			return ErrServerClosed
		case !passes(err):
			return fmt.Errorf("smartclient: accept: %w", err)
		default:
			pause = min(max(5*time.Millisecond, 2*pause), time.Second)
			s.log().Warn("smartclient: accept failed, trying again", zap.Error(err), zap.Duration("in", pause))
			if !sleep(stopping, pause) {
				return ErrServerClosed
			}
		}
	}
}

// Shutdown stops the listeners, tells every client that the server is going
// away and waits until all have left. Those that have not when ctx ends are cut,
// and the error is that of ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stop()
	for c := range s.open {
		// The connection is in the map, so its goroutine still counts: this
		// never raises the group from zero under a waiter.
		s.conns.Go(c.leave)
	}
	s.mu.Unlock()

	ended := make(chan struct{})
	go func() {
		s.conns.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		s.cut()
		<-ended
		return ctx.Err()
	}
}

// Close stops the listeners, cuts every connection and waits for their
// goroutines. It returns nil.
func (s *Server) Close() error {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.cut()
	s.conns.Wait()
	return nil
}

// stop ends accepting. The caller holds mu.
func (s *Server) stop() {
	if s.stopped {
		return
	}
	s.stopped = true
	if s.stopping != nil {
		close(s.stopping)
	}
	for ln := range s.listeners {
		ln.Close()
	}
}

// cut closes what is below every connection, so that no goodbye of TLS can block.
func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		cut(c.nc)
	}
}

func (s *Server) addListener(ln net.Listener) (stopping <-chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, false
	}
	if s.stopping == nil {
		s.stopping = make(chan struct{})
		s.listeners = make(map[net.Listener]struct{})
		s.open = make(map[*conn]struct{})
	}
	s.listeners[ln] = struct{}{}
	return s.stopping, true
}

func (s *Server) removeListener(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
}

// start begins to serve nc, or closes it if the server has stopped.
func (s *Server) start(nc net.Conn, set *settings) {
	c := &conn{srv: s, set: set, nc: nc, rd: reader{r: nc, limit: maxHello}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		cut(nc)
		return
	}
	s.open[c] = struct{}{}
	s.conns.Go(func() { s.run(c, c.open) })
}

// run does one part of the conversation on c: the greeting, then in a goroutine
// of its own the rest. The stack that a TLS handshake and JSON have grown dies
// with the first goroutine; one that waits for frames is less than half of it.
//
// A panic ends this connection alone.
func (s *Server) run(c *conn, part func() (more bool)) {
	more := false
	defer func() {
		if v := recover(); v != nil {
			s.recovered(c, v, debug.Stack())
		}
		if !more {
			c.nc.Close()
			s.forget(c)
		}
	}()
	if more = part(); more {
		s.conns.Go(func() { s.run(c, c.serve) })
	}
}

func (s *Server) recovered(c *conn, v any, stack []byte) {
	s.log().Error("smartclient: panic in a connection",
		zap.Stringer("remote", c.nc.RemoteAddr()), zap.Any("panic", v), zap.ByteString("stack", stack))
	// What panicked may be what is called here.
	defer func() { _ = recover() }()
	if c.send((&Error{Code: CodeInternal, Message: "a fault in the server ended this connection"}).frame()) == nil {
		endWrite(c.nc)
	}
	s.observe(CodeInternal)
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *Server) observe(code string) {
	if s.OnFault != nil {
		s.OnFault(code)
	}
}

func (s *Server) log() *zap.Logger {
	if s.Log == nil {
		return zap.NewNop()
	}
	return s.Log
}

// cut closes a connection without a word, and what carries it first: closing
// a *tls.Conn waits up to five seconds for a peer that reads nothing.
func cut(nc net.Conn) {
	if in, ok := nc.(interface{ NetConn() net.Conn }); ok {
		in.NetConn().Close()
		return
	}
	nc.Close()
}

// passes reports whether a failed accept says nothing about the next one:
// the process or the machine is short of something, or the peer left early.
func passes(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// sleep waits for d and reports true, or false as soon as stop is closed.
func sleep(stop <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
		return false
	}
}
