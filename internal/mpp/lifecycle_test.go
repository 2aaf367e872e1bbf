package mpp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
)

// eventually waits until cond holds, which another goroutine brings about.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// spoken reports how many connections have sent something and are not recognised.
func (p *port) spoken() int {
	p.limits.mu.Lock()
	defer p.limits.mu.Unlock()
	return p.limits.spoken.Len()
}

// blocking is a handler that answers "begin", waits for release, and says "end".
func blocking() (h http.HandlerFunc, inside, release chan struct{}) {
	inside, release = make(chan struct{}), make(chan struct{})
	return func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "begin")
		close(inside)
		<-release
		io.WriteString(w, "end")
	}, inside, release
}

func TestPanicInHandshakeGivesTheSlotBack(t *testing.T) {
	cfg, roots := secureConfig(t)
	cert, calls := cfg.TLS.Certificates[0], 0
	cfg.TLS.Certificates = nil
	cfg.TLS.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if calls++; calls == 1 {
			panic("certificate")
		}
		return &cert, nil
	}
	cfg.MaxHandshakes = 1
	p := start(t, cfg, roots)
	tls.Client(p.dial(t), clientTLS(roots)).Handshake()
	if got := p.rec.await(t, "refused"); got.name != RefusedPanic {
		t.Errorf("refused for %q; want %q", got.name, RefusedPanic)
	}
	if err := tls.Client(p.dial(t), clientTLS(roots)).Handshake(); err != nil {
		t.Errorf("handshake after the panic of another: %v", err)
	}
}

// No more handshakes compute at a time than MaxHandshakes, with a
// HelloRetryRequest in between or without.
func TestHandshakesThatComputeAreBounded(t *testing.T) {
	for name, curves := range map[string][]tls.CurveID{"direct": nil, "retry": {tls.CurveP384}} {
		t.Run(name, func(t *testing.T) {
			cfg, roots := secureConfig(t)
			cert := cfg.TLS.Certificates[0]
			cfg.TLS.CurvePreferences = curves
			cfg.TLS.Certificates = nil
			cfg.MaxHandshakes = 2
			var computing, most atomic.Int32
			release := make(chan struct{})
			letGo := sync.OnceFunc(func() { close(release) })
			cfg.TLS.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				n := computing.Add(1)
				defer computing.Add(-1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				<-release
				return &cert, nil
			}
			p := start(t, cfg, roots)
			t.Cleanup(letGo) // also if the test fails, or the port could not stop
			done := make(chan error, 8)
			for range cap(done) {
				c := p.dial(t)
				go func() { done <- tls.Client(c, clientTLS(roots)).Handshake() }()
			}
			eventually(t, "all have spoken, and two compute", func() bool { return p.spoken() == cap(done) && computing.Load() == 2 })
			<-time.After(50 * time.Millisecond) // a third would come by now; none is ever late
			letGo()
			for range cap(done) {
				if err := <-done; err != nil {
					t.Errorf("handshake: %v", err)
				}
			}
			if got := most.Load(); got != 2 {
				t.Errorf("%d handshakes computed at the same time; want 2", got)
			}
		})
	}
}

// A peer that stops in the middle of its hello does not keep the others from
// being drained.
func TestShutdownDoesNotWaitForHalfAHello(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.SniffTimeout = time.Hour
	h, inside, release := blocking()
	cfg.Protocols[0].Secure = httpServer(h)
	p := start(t, cfg, roots)
	io.WriteString(p.dial(t), "\x16\x03\x01")
	c := p.dialTLS(t, "http/1.1")
	io.WriteString(c, getRequest)
	<-inside
	eventually(t, "the half hello is seen", func() bool { return p.spoken() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(t.Context()) }()
	eventually(t, "the half hello is given up", func() bool { return p.spoken() == 0 })
	close(release)
	if b, _ := io.ReadAll(c); !strings.HasSuffix(string(b), "beginend") {
		t.Errorf("response during the drain = %q; want it whole", b)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v; want nil", err)
	}
}

func TestSecondShutdownWaitsForTheFirst(t *testing.T) {
	cfg, roots := secureConfig(t)
	h, inside, release := blocking()
	cfg.Protocols[0].Secure = httpServer(h)
	p := start(t, cfg, roots)
	c := p.dialTLS(t, "http/1.1")
	io.WriteString(c, getRequest)
	<-inside
	stopped := make(chan error, 2)
	go func() { stopped <- p.Shutdown(t.Context()) }()
	<-p.stop
	go func() { stopped <- p.Shutdown(t.Context()) }()
	close(release)
	if b, _ := io.ReadAll(c); !strings.Contains(string(b), "end") {
		t.Errorf("response during two shutdowns = %q; want it whole", b)
	}
	for range 2 {
		if err := <-stopped; err != nil {
			t.Errorf("Shutdown = %v; want nil", err)
		}
	}
}

// A client that waits for a handshake slot when the stop begins still gets it.
func TestStopServesWhoWaitsForASlot(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.MaxHandshakes = 1
	p := start(t, cfg, roots)
	slots := p.set.Load().slots
	slots <- struct{}{} // another handshake computes
	shaken := make(chan error, 1)
	c := p.dial(t)
	go func() { shaken <- tls.Client(c, clientTLS(roots)).Handshake() }()
	eventually(t, "the client has spoken", func() bool { return p.spoken() == 1 })
	go p.Shutdown(t.Context())
	<-p.stop
	<-slots
	if err := <-shaken; err != nil {
		t.Errorf("handshake of a client that had spoken before the stop: %v", err)
	}
}

func TestCutConnectionsAreCountedSo(t *testing.T) {
	cfg, roots := secureConfig(t)
	inside := make(chan struct{})
	cfg.Protocols[0].Secure = httpServer(func(_ http.ResponseWriter, r *http.Request) {
		close(inside)
		<-r.Context().Done()
	})
	p := start(t, cfg, roots)
	io.WriteString(p.dialTLS(t, "http/1.1"), getRequest)
	<-inside
	p.Server.Close()
	if got := p.rec.await(t, "closed"); got.detail != ClosedByStop {
		t.Errorf("closed for %q; want %q", got.detail, ClosedByStop)
	}
}

func TestCloseReasons(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	t.Run("peer", func(t *testing.T) {
		p := start(t, plainConfig(), nil)
		exchange(t, p.dial(t), string(magic), 4)
		if got := p.rec.await(t, "closed"); got.detail != ClosedByPeer {
			t.Errorf("closed for %q; want %q", got.detail, ClosedByPeer)
		}
	})
	t.Run("reset", func(t *testing.T) {
		raw := p.dial(t)
		c := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"smartclient/1"}})
		c.Handshake()
		io.ReadFull(c, make([]byte, len("smartclient:")))
		raw.(*net.TCPConn).SetLinger(0)
		raw.Close()
		if got := p.rec.await(t, "closed"); got.detail != ClosedByReset {
			t.Errorf("closed for %q; want %q", got.detail, ClosedByReset)
		}
	})
}

func TestListenerThatDiesIsAnError(t *testing.T) {
	s, err := New(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	l.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v; want the listener's error", err)
	}
}

func TestMatchersGetAtLeastOneByte(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.Protocols = append([]Protocol{{Name: "x", Secure: &echo{}, Match: func(b []byte) Verdict {
		if b[0] == 'x' { // panics without bytes
			return Yes
		}
		return No
	}}}, cfg.Protocols...)
	p := start(t, cfg, roots)
	exchange(t, p.dialTLS(t), "", 1)
	if got := p.rec.await(t, "refused"); got.name != RefusedEarlyClose {
		t.Errorf("refused for %q; want %q", got.name, RefusedEarlyClose)
	}
}

// What a refused peer has sent and nobody reads does not destroy the answer.
func TestRefusalSurvivesUnreadInput(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	for range 20 {
		c := p.dial(t)
		io.WriteString(c, string(magic)+strings.Repeat("x", 50_000))
		b := make([]byte, len("use TLS"))
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatalf("reading the refusal: %v (got %q)", err, b)
		}
		c.Close()
	}
}

// A plain handler that only tells the client what it does wrong counts as a
// refusal by name, not as a connection served.
func TestPlainRefuses(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.Protocols[0].PlainRefuses = true
	p := start(t, cfg, roots)
	if got := exchange(t, p.dial(t), getRequest, 100); !strings.Contains(got, "plain answer") {
		t.Errorf("answer = %q; want the plain handler's", got)
	}
	p.Server.Close()
	close(p.rec.events)
	var kinds []event
	for e := range p.rec.events {
		kinds = append(kinds, e)
	}
	if len(kinds) != 1 || kinds[0] != (event{"refused", RefusedPlain, ""}) {
		t.Errorf("observed %v; want one refusal for %q", kinds, RefusedPlain)
	}
	p.rec.events = make(chan event, 100)
}

// After a half-close, neither silence nor a peer that takes nothing holds the
// pair for ever.
func TestHalfCloseBoundsWritesToo(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	go func() {
		c, err := up.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.Copy(io.Discard, c)
		for b := make([]byte, 1<<20); err == nil; {
			_, err = c.Write(b)
		}
	}()
	f := &Forwarder{Address: up.Addr().String(), HalfCloseTimeout: 200 * time.Millisecond, Log: zap.NewNop()}
	cfg := plainConfig()
	cfg.Unknown = Protocol{Name: "upstream", Plain: f}
	p := start(t, cfg, nil)
	c := p.dial(t)
	io.WriteString(c, "\x01abc")
	c.(*net.TCPConn).CloseWrite() // and reads nothing
	if got := p.rec.await(t, "closed"); got.name != "upstream" {
		t.Errorf("closed %v; want the forwarded connection", got)
	}
}

func TestForwarderShutdownWaits(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	f := &Forwarder{Address: up.Addr().String(), Log: zap.NewNop()}
	cfg := plainConfig()
	cfg.Unknown = Protocol{Name: "upstream", Plain: f}
	p := start(t, cfg, nil)
	c := p.dial(t)
	io.WriteString(c, "\x01abc")
	far, err := up.Accept()
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(far, make([]byte, 4))
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(ctx) }()
	eventually(t, "the shutdown has begun", f.isClosed)
	io.WriteString(far, "late")
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Errorf("reading during the shutdown: %v; want what the upstream sends", err)
	}
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown = %v; want context.Canceled", err)
	}
	far.Close()
}
