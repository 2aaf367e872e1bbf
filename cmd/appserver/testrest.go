package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/config"
	"appserver/internal/host"
	nativerest "appserver/internal/natives/rest"
	"appserver/internal/rest"
)

// testServices serves the REST services of a command's programs to these programs, for
// tests: on this machine only, below a path that nobody else knows, from the first time
// that a program asks for the address. Its methods may be called from any goroutine.
type testServices struct {
	mu          sync.Mutex
	host        *host.Host
	environment string // of host
	log         *zap.Logger
	ended       bool
	bases       []string     // nil before anybody has asked
	server      *http.Server // nil: there is none
	serving     sync.WaitGroup
}

// attach says whose services are served.
func (s *testServices) attach(h *host.Host, environment string, log *zap.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host, s.environment, s.log = h, environment, log
}

// addresses returns where the services are.
func (s *testServices) addresses(t *vm.Thread) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.host == nil || s.ended:
		return nil, errors.New("the programs are ending")
	case s.bases != nil:
		return s.bases, nil
	}
	base, err := s.serve(t.Context())
	if err != nil {
		return nil, err
	}
	s.bases = []string{base}
	return s.bases, nil
}

// serve opens a port for the services and returns the address of what is there.
func (s *testServices) serve(ctx context.Context) (string, error) {
	secret := "/" + strings.ToLower(rand.Text())
	routes := rest.New(rest.Options{
		Host: s.host, Dispatch: nativerest.Dispatch, Optional: config.OriginalFunction,
		Routes: routeOptions, Run: runBeforehand, Name: "tests", Version: programVersion(), Log: s.log,
	})
	routes.Configure(rest.Config{ErrorDetail: true, Listeners: []rest.Listener{{Name: testListener, Mounts: []rest.Mount{s.mount(secret)}}}})
	commit, err := routes.Prepare(s.host.Generation())
	if err != nil {
		return "", err
	}
	commit()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.server = &http.Server{Handler: routes.Listener(testListener, http.HandlerFunc(rest.NotFound)), ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() { _ = s.server.Serve(l) }) // it ends with close
	return "http://" + l.Addr().String() + secret, nil
}

// testListener is the name of the port.
const testListener = "tests"

// mount is what is served below the path.
func (s *testServices) mount(path string) rest.Mount {
	return rest.Mount{
		Name: "tests", Path: path, Environment: s.environment,
		Pool: rest.Pool{Name: "tests", Max: 4, Increment: 1},
	}
}

// close ends what is served.
func (s *testServices) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.server != nil {
		_ = s.server.Close() // requests of programs that are ending
		s.serving.Wait()
	}
}
