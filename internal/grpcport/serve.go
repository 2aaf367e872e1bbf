package grpcport

import (
	"context"
	"errors"
	"net"
	"net/http"

	"google.golang.org/grpc"
)

// Serve accepts connections from l, which it closes, until Shutdown or Close,
// which make it return ErrServerClosed. The connections must have finished their
// TLS handshake: each is a *tls.Conn or has its ConnectionState method. It may
// be called for several listeners.
func (s *Server) Serve(l net.Listener) error {
	err := s.native.Serve(&listener{l, s})
	if err == nil || errors.Is(err, grpc.ErrServerStopped) {
		return ErrServerClosed
	}
	return err
}

// ServeHTTP answers a gRPC request that came over HTTP/2. Whether requests
// without TLS get here is the caller's decision; the public services are all
// that such a client could call without credentials.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.beginHTTP() {
		writeUnavailable(w)
		return
	}
	defer s.endHTTP()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.cutCtx, cancel)()
	g := s.overHTTP
	if isPublic(r.URL.Path) {
		g = s.public
	}
	r = s.boundBody(ctx, cancel, w, r)
	defer r.Body.Close()
	g.ServeHTTP(w, r)
}

// beginHTTP counts a call over HTTP, or refuses it because the server has
// stopped.
func (s *Server) beginHTTP() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.httpCalls++
	return true
}

func (s *Server) endHTTP() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.httpCalls--
	if s.httpCalls == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// writeUnavailable ends a call in the form "Trailers-Only" of the gRPC over
// HTTP/2 specification. Clients may repeat such a call elsewhere.
func writeUnavailable(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", "14")
	h.Set("Grpc-Message", "the server is going down")
	w.WriteHeader(http.StatusOK)
}

// SetServing sets the health of the server and of all its services. After Drain
// it does nothing.
func (s *Server) SetServing(on bool) { s.health.set(on) }

// Drain announces the end: health is NOT_SERVING for good, and the calls that
// would never end by themselves (health watchers, reflection) end now. All other
// calls go on, and new ones are still served. Whoever shuts down an HTTP server
// in front of ServeHTTP calls Drain before.
func (s *Server) Drain() {
	s.drainOnce.Do(func() {
		s.health.drain()
		close(s.draining)
	})
}

// Draining returns what Drain closes: calls that would not end by themselves watch it.
func (s *Server) Draining() <-chan struct{} { return s.draining }

// Shutdown drains, accepts no more, lets the calls in flight finish, and closes
// the connections. Calls over HTTP are served until none is left; the HTTP
// server in front should be shut down before or at the same time. If ctx ends
// first, Shutdown does what Close does and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	ended := make(chan error, 1)
	go func() { ended <- s.finish(ctx) }()
	s.closeSilent()
	select {
	case err := <-ended:
		if err == nil {
			return nil
		}
	case <-ctx.Done():
	}
	s.Close()
	return ctx.Err()
}

// finish returns when no call is left, or with the error of ctx.
func (s *Server) finish(ctx context.Context) error {
	native := make(chan struct{})
	go func() {
		defer close(native)
		s.native.GracefulStop()
	}()
	err := s.waitHTTP(ctx)
	if err == nil {
		s.overHTTP.GracefulStop() // waits for handlers whose clients are gone
		s.public.GracefulStop()
	}
	<-native
	if err == nil {
		s.reflections.Wait()
	}
	return err
}

// waitHTTP waits until no call over HTTP is left and refuses those that come
// later.
func (s *Server) waitHTTP(ctx context.Context) error {
	for {
		s.mu.Lock()
		if s.httpCalls == 0 {
			s.stopped = true
			s.mu.Unlock()
			return nil
		}
		if s.idle == nil {
			s.idle = make(chan struct{})
		}
		idle := s.idle
		s.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close cuts all connections and calls. It does not wait for handlers that
// ignore the end of their context.
func (s *Server) Close() error {
	s.Drain()
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.cutCalls()
	s.cutConns()
	s.native.Stop()
	return nil
}
