package mpp

import (
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipeListener hands out ends of pipes, which live on the clock of a bubble.
type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return portAddr{} }

// dial waits until the port accepts.
func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- fromHere{server}
	return client
}

// fromHere is a connection from this machine.
type fromHere struct{ net.Conn }

func (fromHere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// stalled is an Observer that blocks where it must not.
type stalled struct {
	nopObserver
	accepted, routed chan struct{} // blocks until closed; nil: does not block
}

func (o stalled) Accepted() { wait(o.accepted) }

func (o stalled) Routed(string, uint16, time.Duration) { wait(o.routed) }

func wait(c chan struct{}) {
	if c != nil {
		<-c
	}
}

// idle is a Handler that accepts nothing until it is told to.
type idle struct {
	accept chan struct{}
	echo
}

func (h *idle) Serve(l net.Listener) error {
	<-h.accept
	return h.echo.Serve(l)
}

const stuckLimit = 20 * time.Second

// poll asks as a watchdog does for that long, every tenth of the limit, and
// returns how long after the beginning the first error came, and the last answer.
func poll(s *Server, lasting time.Duration) (first time.Duration, last error) {
	for begun := time.Now(); time.Since(begun) < lasting; {
		time.Sleep(stuckLimit / 10)
		if last = s.Stuck(stuckLimit); last != nil && first == 0 {
			first = time.Since(begun)
		}
	}
	return first, last
}

func TestStuck(t *testing.T) {
	tests := []struct {
		name  string
		hang  func(s *Server, l *pipeListener, gate chan struct{}) // gate is closed when it shall go on
		setup func(cfg *Config, gate chan struct{})
		want  string // part of the error
		after time.Duration
	}{
		{"nothing comes", func(*Server, *pipeListener, chan struct{}) {}, nil, "", 0},
		{"the accounts are locked", func(s *Server, _ *pipeListener, gate chan struct{}) {
			s.limits.lock()
			go func() { <-gate; s.limits.mu.Unlock() }()
		}, nil, "lock", 0},
		{"admit hangs", func(_ *Server, l *pipeListener, _ chan struct{}) { l.dial() },
			func(cfg *Config, gate chan struct{}) { cfg.Observer = stalled{accepted: gate} }, "not admitted", 0},
		{"the hand-over hangs", func(_ *Server, l *pipeListener, _ chan struct{}) { go l.dial().Write(magic) },
			func(cfg *Config, gate chan struct{}) { cfg.Observer = stalled{routed: gate} }, "handed over", 0},
		{"recognising hangs", func(_ *Server, l *pipeListener, _ chan struct{}) { go l.dial().Write(magic) },
			func(cfg *Config, gate chan struct{}) {
				cfg.Protocols[0].Match = func([]byte) Verdict { <-gate; return No }
			}, "outlives", 5*time.Second + overdueAfter},
		{"a server takes nothing", func(_ *Server, l *pipeListener, _ chan struct{}) { go l.dial().Write(magic) },
			func(cfg *Config, gate chan struct{}) { cfg.Protocols[1].Plain = &idle{accept: gate} }, "smartclient", 0},
		{"a peer says nothing for an hour", func(s *Server, l *pipeListener, _ chan struct{}) { l.dial() },
			func(cfg *Config, _ chan struct{}) { cfg.SniffTimeout = time.Hour }, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg, gate := plainConfig(), make(chan struct{})
				if tt.setup != nil {
					tt.setup(&cfg, gate)
				}
				s, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				l := newPipeListener()
				served := make(chan error, 1)
				go func() { served <- s.Serve(l) }()
				synctest.Wait()
				tt.hang(s, l, gate)

				after, got := poll(s, 3*stuckLimit)
				switch {
				case tt.want == "" && after != 0:
					t.Errorf("Stuck = an error after %v; want none", after)
				case tt.want != "" && (got == nil || !strings.Contains(got.Error(), tt.want)):
					t.Errorf("Stuck = %v; want an error with %q", got, tt.want)
				case tt.want != "" && (after <= stuckLimit+tt.after || after > stuckLimit+tt.after+stuckLimit/4):
					t.Errorf("Stuck reports it after %v; want a little more than %v", after, stuckLimit+tt.after)
				}
				close(gate)
				synctest.Wait()
				if err := s.Stuck(stuckLimit); err != nil {
					t.Errorf("Stuck when it has gone on = %v; want nil", err)
				}
				s.Close()
				<-served
			})
		})
	}
}

// A lock that is always held when somebody looks, but not by the same one, is load.
func TestStuckIsNotLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(plainConfig())
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			s.limits.lock()
			time.Sleep(stuckLimit / 10)
			if err := s.Stuck(stuckLimit); err != nil {
				t.Fatalf("Stuck = %v; want nil", err)
			}
			s.limits.mu.Unlock()
		}
	})
}

// A process that was stopped, and looks before anything has gone on, is given
// the time to.
func TestStuckAfterAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(plainConfig())
		if err != nil {
			t.Fatal(err)
		}
		s.limits.lock()
		s.Stuck(stuckLimit)
		for range 4 { // SIGSTOP, an hour, SIGCONT, and so on
			time.Sleep(time.Hour)
			if err := s.Stuck(stuckLimit); err != nil {
				t.Fatalf("Stuck after the process was stopped = %v; want nil", err)
			}
		}
		time.Sleep(time.Second)
		if err := s.Stuck(stuckLimit); err == nil {
			t.Error("Stuck after 5 quarters of the limit = nil; want an error")
		}
		s.limits.mu.Unlock()
	})
}

func TestStuckIsQuietInTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(plainConfig())
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		s.limits.lock()
		if _, err := poll(s, 3*stuckLimit); err != nil {
			t.Errorf("Stuck after Close = %v; want nil", err)
		}
		s.limits.mu.Unlock()
	})
}
