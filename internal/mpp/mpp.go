// Package mpp is the multiprotocol port: it accepts connections, tells by their
// first bytes which protocol they speak, and hands each to that protocol's
// server.
//
// The way of a connection:
//
//	accept (back-off) → limits → PROXY header, from listed networks only
//	  → first byte: 0x16 is TLS → handshake → ALPN decides, or else
//	  → at most four bytes, inside TLS or without it, classified by cmux
//	  → the protocol's server, or refused by name
//
// Everything up to the hand-over happens under one absolute deadline. A server
// behind the port sees a net.Listener of its own: closing it closes nothing
// else, and it never blocks the port. Connections that ALPN decided arrive as
// the untouched *tls.Conn that net/http needs for HTTP/2; other connections
// inside TLS have a ConnectionState method, which net/http uses to set
// Request.TLS.
//
// The package knows protocols by shape only ([Protocol]); it has no rule of any
// of them but the ones needed to recognise it.
package mpp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soheilhy/cmux"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// ErrServerClosed is returned by [Server.Serve] after Shutdown or Close.
var ErrServerClosed = errors.New("mpp: server closed")

// A Handler serves the connections of one protocol. Its methods mean what those
// of the same names in net/http.Server mean; *http.Server is a Handler.
type Handler interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// A Protocol is one of the protocols that share the port.
type Protocol struct {
	// Name is the protocol's name in logs and metrics, for instance "http".
	Name string
	// ALPN lists the identifiers that choose this protocol within TLS.
	ALPN []string
	// Match decides by the first bytes of a connection that ALPN did not
	// decide; nil never matches.
	Match Matcher
	// Secure serves the connections inside TLS, Plain the ones without. A nil
	// one refuses those connections.
	Secure, Plain Handler
	// PlainRefuses says that Plain only tells a client what it does wrong. Its
	// connections count as refused.
	PlainRefuses bool
	// Refusal is what a recognised connection that no handler serves is sent
	// before it is closed; it may be empty.
	Refusal []byte
}

// Server is the port. Use New to make one; it serves once.
type Server struct {
	log       *zap.Logger
	sampled   *zap.Logger // for what peers can cause in masses
	obs       Observer
	addressed func(host string)
	forwards  bool // connections may be passed on to another server
	ports     int  // that share the open files of the process, at least 1
	limits    *limits
	watch     watch

	set      atomic.Pointer[settings] // for the next connection
	updating sync.Mutex               // held by Update

	routes  []*route          // in order of Config.Protocols, then Unknown
	byALPN  map[string]*route // ALPN identifier → route
	unknown *route
	root    *queue // connections that bytes decide, accepted by mux
	mux     cmux.CMux

	stop     chan struct{}  // closed when the stop begins
	stopped  chan struct{}  // closed when the first Shutdown or Close is through
	sniffing sync.WaitGroup // connections neither routed nor ended
	running  sync.WaitGroup // goroutines

	mu        sync.Mutex // guards the fields below
	listeners []net.Listener
	started   bool
	stopping  bool
}

// New makes a port that serves nothing yet. It fails if two protocols claim the
// same ALPN identifier, or if neither ALPN nor a matcher leads to one.
func New(cfg Config) (*Server, error) {
	cfg.setDefaults()
	s := &Server{
		log:       cfg.Log,
		obs:       cfg.Observer,
		sampled:   sampled(cfg.Log),
		addressed: cfg.Addressed,
		forwards:  cfg.forwards(),
		ports:     max(1, cfg.Ports),
		limits:    newLimits(),
		byALPN:    make(map[string]*route),
		root:      newQueue(cfg.QueueLength),
		stop:      make(chan struct{}),
		stopped:   make(chan struct{}),
	}
	s.mux = cmux.New(s.root)
	for _, p := range cfg.Protocols {
		if err := s.addProtocol(p, cfg.QueueLength); err != nil {
			return nil, err
		}
	}
	s.addUnknown(cfg.Unknown, cfg.QueueLength)
	s.set.Store(s.newSettings(cfg.Settings, nil))
	return s, nil
}

// sampled returns log with at most ten lines a second of each text, and every
// hundredth after that: peers must not be able to fill a disk.
func sampled(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, 10, 100)
	}))
}

func (s *Server) addProtocol(p Protocol, queueLength int) error {
	if p.Match == nil && len(p.ALPN) == 0 {
		return fmt.Errorf("mpp: protocol %s: neither ALPN nor a matcher leads to it", p.Name)
	}
	r := newRoute(p, queueLength)
	for _, id := range p.ALPN {
		if other := s.byALPN[id]; other != nil {
			return fmt.Errorf("mpp: ALPN %q is claimed by %s and %s", id, other.Name, p.Name)
		}
		s.byALPN[id] = r
	}
	if p.Match != nil {
		r.matched = s.mux.MatchWithWriters(matchWriter(p.Match))
	}
	s.routes = append(s.routes, r)
	return nil
}

func (s *Server) addUnknown(p Protocol, queueLength int) {
	if p.Name == "" {
		p.Name = "unknown"
	}
	s.unknown = newRoute(p, queueLength)
	s.unknown.matched = s.mux.MatchWithWriters(matchWriter(anything))
	s.routes = append(s.routes, s.unknown)
}

// Serve accepts connections on all listeners until Shutdown or Close, which
// make it return ErrServerClosed. It closes the listeners. A handler whose
// Serve fails ends the port with that error.
func (s *Server) Serve(listeners ...net.Listener) error {
	if err := s.begin(listeners); err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return err
	}
	loops := make([]passage, len(listeners))
	s.watch.loops.Store(&loops)
	failed := make(chan error, 2*len(s.routes)+len(listeners))
	for _, r := range s.routes {
		s.running.Go(func() { s.pump(r) })
		for _, h := range r.ends() {
			s.running.Go(func() {
				if err := h.Serve(h.queue); !s.isStopping() {
					failed <- fmt.Errorf("mpp: %s: server ended: %w", r.Name, err)
				}
			})
		}
	}
	s.running.Go(func() { s.mux.Serve() }) // ends with the root queue, whose only error is that it is closed
	for i, l := range listeners {
		s.running.Go(func() {
			if err := s.accept(l, &loops[i]); err != nil {
				failed <- err
			}
		})
	}

	var err error
	select {
	case err = <-failed:
		s.Close()
	case <-s.stop:
		err = ErrServerClosed
	}
	s.running.Wait()
	return err
}

// begin registers the listeners, or refuses because the server has been used.
func (s *Server) begin(listeners []net.Listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return ErrServerClosed
	}
	if s.started {
		return errors.New("mpp: Serve was called twice")
	}
	s.started, s.listeners = true, listeners
	return nil
}

func (s *Server) isStopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// stopGrace is how long a stop waits for connections whose protocol is not known
// yet. They have had no answer, and must not hold up the others.
const stopGrace = 500 * time.Millisecond

// Shutdown stops accepting, closes connections that have said nothing, gives
// others a moment to reach their protocol, and then shuts all handlers down at
// the same time. When ctx ends first it cuts what is left and returns the
// context's error. A second call waits for the first, or cuts at the end of its
// own ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.beginStop() {
		return s.awaitStopped(ctx)
	}
	defer close(s.stopped)
	s.limits.hurry(time.Now().Add(stopGrace))
	grace, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	waitFor(grace, &s.sniffing) // those left are cut below, when the rest has ended
	s.root.Close()
	err := s.shutdownHandlers(ctx)
	s.cut()
	return err
}

func (s *Server) awaitStopped(ctx context.Context) error {
	select {
	case <-s.stopped:
		return nil
	case <-ctx.Done():
		s.cut()
		return ctx.Err()
	}
}

func (s *Server) shutdownHandlers(ctx context.Context) error {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for _, r := range s.routes {
		for _, h := range r.ends() {
			wg.Go(func() {
				if err := h.Shutdown(ctx); err != nil {
					mu.Lock()
					errs = append(errs, fmt.Errorf("%s: %w", r.Name, err))
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close cuts every connection at once.
func (s *Server) Close() error {
	if s.beginStop() {
		defer close(s.stopped)
	}
	s.cut()
	return nil
}

// beginStop stops accepting; it reports whether this call was the first.
func (s *Server) beginStop() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.stopping = true
	close(s.stop)
	for _, l := range s.listeners {
		l.Close()
	}
	return true
}

// cut closes everything that is open.
func (s *Server) cut() {
	for _, c := range s.limits.all() {
		c.doom(RefusedShutdown) // before a handler closes it: it did not end by itself
	}
	s.root.Close()
	for _, r := range s.routes {
		for _, h := range r.ends() {
			h.Close()
			h.queue.Close()
		}
	}
	for _, c := range s.limits.all() {
		c.Close()
	}
}

// waitFor waits for wg or for the end of ctx, whose error it then returns.
func waitFor(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
