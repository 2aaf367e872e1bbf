package mpp

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// net/http waits half a second for the peer before it closes some
	// connections; that goroutine ends by itself.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// event is one call of an Observer method.
type event struct {
	kind, name, detail string
}

// recorder is an Observer that tests wait on.
type recorder struct{ events chan event }

func newRecorder() *recorder { return &recorder{make(chan event, 10000)} }

func (r *recorder) Accepted() {}
func (r *recorder) Routed(p string, v uint16, _ time.Duration) {
	r.events <- event{"routed", p, tls.VersionName(v)}
}
func (r *recorder) Refused(reason string)                    { r.events <- event{"refused", reason, ""} }
func (r *recorder) HandshakeFailed(reason string)            { r.events <- event{"handshake", reason, ""} }
func (r *recorder) Closed(p, reason string, _ time.Duration) { r.events <- event{"closed", p, reason} }
func (r *recorder) Panicked(part string)                     { r.events <- event{"panicked", part, ""} }

// await returns the next event of that kind.
func (r *recorder) await(t *testing.T, kind string) event {
	t.Helper()
	for {
		select {
		case e := <-r.events:
			if e.kind == kind {
				return e
			}
		case <-time.After(time.Minute):
			t.Fatalf("no event of kind %q within a minute", kind)
		}
	}
}

// echo is a Handler that returns what it is sent, after its name.
type echo struct {
	name   string
	mu     sync.Mutex
	l      net.Listener
	open   map[net.Conn]bool
	closed bool
	wg     sync.WaitGroup
}

func (e *echo) Serve(l net.Listener) error {
	e.mu.Lock()
	e.l, e.open = l, map[net.Conn]bool{}
	e.mu.Unlock()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		e.mu.Lock() // also around Go: Close waits for no goroutine that begins later
		if e.closed {
			c.Close()
		} else {
			e.open[c] = true
			e.wg.Go(func() {
				defer c.Close()
				fmt.Fprintf(c, "%s:", e.name)
				io.Copy(struct{ io.Writer }{c}, c)
			})
		}
		e.mu.Unlock()
	}
}

func (e *echo) Shutdown(context.Context) error { return e.Close() }
func (e *echo) Close() error {
	e.mu.Lock()
	e.closed = true
	if e.l != nil {
		e.l.Close()
	}
	for c := range e.open {
		c.Close()
	}
	e.mu.Unlock()
	e.wg.Wait()
	return nil
}

// identity is a self-signed pair for localhost, with a pool that trusts it.
func identity(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// port is a running Server with everything a test needs to talk to it.
type port struct {
	*Server
	addr  string
	roots *x509.CertPool
	rec   *recorder
	done  chan error
}

var magic = []byte{0x93, 'S', 'C', '1'}

// proto is what handlers tell about a request.
func proto(w http.ResponseWriter, r *http.Request) {
	v := "none"
	if r.TLS != nil {
		v = tls.VersionName(r.TLS.Version)
	}
	fmt.Fprintf(w, "%s tls=%s from=%s", r.Proto, v, strings.Split(r.RemoteAddr, ":")[0])
}

func httpServer(h http.HandlerFunc) *http.Server {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return &http.Server{Handler: h, Protocols: &p, ReadHeaderTimeout: 5 * time.Second}
}

func plainAnswer(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "plain answer") }

// secureConfig is a port with every kind of protocol behind TLS.
func secureConfig(t testing.TB) (Config, *x509.CertPool) {
	cert, roots := identity(t)
	return Config{
		Settings: Settings{TLS: &tls.Config{
			Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"rpc/1", "h2", "http/1.1", "smartclient/1"},
		}},
		Protocols: []Protocol{
			{Name: "http", ALPN: []string{"h2", "http/1.1"}, Match: MatchHTTP,
				Secure: httpServer(proto), Plain: httpServer(plainAnswer)},
			{Name: "smartclient", ALPN: []string{"smartclient/1"}, Match: MatchPrefix(magic),
				Secure: &echo{name: "smartclient"}, Refusal: []byte("use TLS")},
			{Name: "rpc", ALPN: []string{"rpc/1"}, Secure: &echo{name: "rpc"}},
		},
	}, roots
}

func plainConfig() Config {
	return Config{Protocols: []Protocol{
		{Name: "http", ALPN: []string{"h2"}, Match: MatchHTTP, Plain: httpServer(proto)},
		{Name: "smartclient", Match: MatchPrefix(magic), Plain: &echo{name: "smartclient"}},
	}}
}

// start serves on a TCP port.
func start(t testing.TB, cfg Config, roots *x509.CertPool) *port {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, l, cfg, roots)
}

// startPiped serves on pipes, which live on the clock of a bubble.
func startPiped(t testing.TB, cfg Config, roots *x509.CertPool) (*port, *pipeListener) {
	t.Helper()
	l := newPipeListener()
	return startOn(t, l, cfg, roots), l
}

func startOn(t testing.TB, l net.Listener, cfg Config, roots *x509.CertPool) *port {
	t.Helper()
	rec := newRecorder()
	cfg.Observer = rec
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &port{Server: s, addr: l.Addr().String(), roots: roots, rec: rec, done: make(chan error, 1)}
	go func() { p.done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-p.done; !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve = %v; want ErrServerClosed", err)
		}
	})
	return p
}

func (p *port) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

func (p *port) dialTLS(t testing.TB, alpn ...string) *tls.Conn {
	t.Helper()
	c := tls.Client(p.dial(t), &tls.Config{RootCAs: p.roots, ServerName: "localhost", NextProtos: alpn})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c
}

// connect dials with TLS or without.
func (p *port) connect(t testing.TB, secure bool, alpn ...string) net.Conn {
	t.Helper()
	if secure {
		return p.dialTLS(t, alpn...)
	}
	return p.dial(t)
}

// exchange sends s in pieces of n bytes, ends the stream and returns the answer.
func exchange(t *testing.T, c net.Conn, s string, n int) string {
	t.Helper()
	for len(s) > 0 {
		n := min(n, len(s))
		if _, err := io.WriteString(c, s[:n]); err != nil {
			t.Fatal(err)
		}
		s = s[n:]
	}
	c.(interface{ CloseWrite() error }).CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading the answer: %v (got %q)", err, b)
	}
	return string(b)
}

const getRequest = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

func TestRoutes(t *testing.T) {
	cfg, roots := secureConfig(t)
	secure := start(t, cfg, roots)
	plain := start(t, plainConfig(), nil)
	hello := string(magic) + "hello"
	tests := []struct {
		name   string
		port   *port
		tls    bool
		alpn   []string
		send   string
		want   string // part of the answer
		routed event
	}{
		{"HTTP/1.1 by ALPN", secure, true, []string{"http/1.1"}, getRequest, "HTTP/1.1 tls=TLS 1.3 from=127.0.0.1", event{"routed", "http", "TLS 1.3"}},
		{"HTTP/1.1 without ALPN", secure, true, nil, getRequest, "HTTP/1.1 tls=TLS 1.3 from=127.0.0.1", event{"routed", "http", "TLS 1.3"}},
		{"SmartClient by ALPN", secure, true, []string{"smartclient/1"}, hello, "smartclient:" + hello, event{"routed", "smartclient", "TLS 1.3"}},
		{"SmartClient without ALPN", secure, true, nil, hello, "smartclient:" + hello, event{"routed", "smartclient", "TLS 1.3"}},
		{"RPC before h2", secure, true, []string{"h2", "rpc/1"}, "x", "rpc:x", event{"routed", "rpc", "TLS 1.3"}},
		{"plain HTTP on a secure port", secure, false, nil, getRequest, "plain answer", event{"routed", "http", "0x0000"}},
		{"plain HTTP on a plain port", plain, false, nil, getRequest, "HTTP/1.1 tls=none", event{"routed", "http", "0x0000"}},
		{"plain SmartClient on a plain port", plain, false, nil, hello, "smartclient:" + hello, event{"routed", "smartclient", "0x0000"}},
	}
	for _, tt := range tests {
		for _, piece := range []int{1, 3, 1 << 20} {
			t.Run(fmt.Sprintf("%s in pieces of %d", tt.name, piece), func(t *testing.T) {
				c := tt.port.connect(t, tt.tls, tt.alpn...)
				if got := exchange(t, c, tt.send, piece); !strings.Contains(got, tt.want) {
					t.Errorf("answer = %q; want it to contain %q", got, tt.want)
				}
				if got := tt.port.rec.await(t, "routed"); got != tt.routed {
					t.Errorf("observed %v; want %v", got, tt.routed)
				}
			})
		}
	}
}

func TestHTTP2HasTLS(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	client := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"},
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); !strings.HasPrefix(string(b), "HTTP/2.0 tls=TLS 1.3") {
		t.Errorf("answer over h2 = %q; want HTTP/2.0 with TLS 1.3", b)
	}
}

func TestUnencryptedHTTP2OnPlainPort(t *testing.T) {
	p := start(t, plainConfig(), nil)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); !strings.HasPrefix(string(b), "HTTP/2.0 tls=none") {
		t.Errorf("answer over h2c = %q; want HTTP/2.0 without TLS", b)
	}
}

func TestRefusals(t *testing.T) {
	cfg, roots := secureConfig(t)
	secure := start(t, cfg, roots)
	plain := start(t, plainConfig(), nil)
	tests := []struct {
		name   string
		port   *port
		tls    bool
		send   string
		want   string // the whole answer
		reason string
	}{
		{"TLS on a plain port", plain, false, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", string(alertHandshakeFailure), RefusedTLSOnPlain},
		{"plain SmartClient on a secure port", secure, false, string(magic) + "hello", "use TLS", RefusedPlain},
		{"SSL 2 hello", secure, false, "\x80\x2e\x01\x00\x02\x00\x15\x00\x00", "", RefusedSSL2},
		{"unknown bytes inside TLS", secure, true, "\x01\x02\x03\x04\x05", "", RefusedUnknown},
		{"one unknown byte inside TLS", secure, true, "\x01", "", RefusedUnknown},
		{"unknown bytes on a plain port", plain, false, "\x01\x02\x03\x04\x05", "", RefusedUnknown},
		{"half a preamble, then the end", secure, true, "\x93S", "", RefusedEarlyClose},
		{"nothing, then the end", secure, false, "", "", RefusedEarlyClose},
		{"nothing inside TLS, then the end", secure, true, "", "", RefusedEarlyClose},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.port.connect(t, tt.tls)
			if got := exchange(t, c, tt.send, 1<<20); got != tt.want {
				t.Errorf("answer = %q; want %q", got, tt.want)
			}
			if got := tt.port.rec.await(t, "refused"); got.name != tt.reason {
				t.Errorf("refused for %q; want %q", got.name, tt.reason)
			}
		})
	}
}

func TestHandshakeFailuresAreNamed(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	tests := []struct {
		name   string
		client *tls.Config
		reason string
	}{
		{"version", &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, HandshakeVersion},
		{"protocol", &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"imap"}}, HandshakeALPN},
		{"client does not trust", &tls.Config{ServerName: "localhost"}, HandshakeAlert},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tls.Client(p.dial(t), tt.client).Handshake(); err == nil {
				t.Fatal("Handshake succeeded; want a failure")
			}
			if got := p.rec.await(t, "handshake"); got.name != tt.reason {
				t.Errorf("handshake failed for %q; want %q", got.name, tt.reason)
			}
		})
	}
	t.Run("closed", func(t *testing.T) {
		c := p.dial(t)
		io.WriteString(c, "\x16\x03\x01")
		c.Close()
		if got := p.rec.await(t, "handshake"); got.name != HandshakeClosed {
			t.Errorf("handshake failed for %q; want %q", got.name, HandshakeClosed)
		}
	})
	t.Run("client refuses in the clear", func(t *testing.T) {
		hello := &firstFlight{Conn: p.dial(t)}
		tls.Client(hello, &tls.Config{RootCAs: roots, ServerName: "localhost"}).Handshake()
		hello.Conn.Write([]byte{0x15, 3, 3, 0, 2, 2, 48}) // unknown_ca, as OpenSSL sends it
		if got := p.rec.await(t, "handshake"); got.name != HandshakeAlert {
			t.Errorf("handshake failed for %q; want %q", got.name, HandshakeAlert)
		}
	})
	t.Run("not TLS", func(t *testing.T) {
		exchange(t, p.dial(t), "\x16\x16\x16\x16\x16\x16\x16\x16", 100)
		if got := p.rec.await(t, "handshake"); got.name != HandshakeNotTLS {
			t.Errorf("handshake failed for %q; want %q", got.name, HandshakeNotTLS)
		}
	})
}

func TestRequiredClientCertificateMissing(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.TLS.ClientAuth = tls.RequireAnyClientCert
	p := start(t, cfg, roots)
	c := tls.Client(p.dial(t), &tls.Config{RootCAs: roots, ServerName: "localhost"})
	c.Handshake()
	c.Read(make([]byte, 1)) // TLS 1.3 tells after the client's handshake
	if got := p.rec.await(t, "handshake"); got.name != HandshakeCertificate {
		t.Errorf("handshake failed for %q; want %q", got.name, HandshakeCertificate)
	}
}

// A silent and a slow peer are closed at the same absolute deadline, wherever
// they stop.
func TestDeadline(t *testing.T) {
	says := func(text string) func(net.Conn, *x509.CertPool) {
		return func(c net.Conn, _ *x509.CertPool) { io.WriteString(c, text) }
	}
	tests := []struct {
		name, kind, reason string
		begin              func(net.Conn, *x509.CertPool)
	}{
		{"silent", "refused", RefusedSilent, says("")},
		{"hello cut short", "handshake", HandshakeTimeout, says("\x16\x03\x01\x02\x00")},
		{"half a PROXY header", "refused", RefusedSlow, says("PROXY TCP4 1")},
		{"half a preamble", "refused", RefusedSlow, says("\x93S")},
		{"silent after the handshake", "refused", RefusedSilent, func(c net.Conn, roots *x509.CertPool) {
			client := tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "localhost"})
			client.Handshake()
			go client.Read(make([]byte, 1)) // tickets
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg, roots := secureConfig(t)
				cfg.SniffTimeout = 30 * time.Second
				if strings.Contains(tt.name, "PROXY") {
					cfg.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
				}
				p, l := startPiped(t, cfg, roots)
				begun, c := time.Now(), l.dial()
				tt.begin(c, roots)
				if got := p.rec.await(t, tt.kind); got.name != tt.reason {
					t.Errorf("ended for %q; want %q", got.name, tt.reason)
				}
				if took := time.Since(begun); took != cfg.SniffTimeout {
					t.Errorf("ended after %v; want %v", took, cfg.SniffTimeout)
				}
				io.Copy(io.Discard, c) // comes back: the port has closed
			})
		})
	}
}

func TestHandlersDeadlineIsTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, roots := secureConfig(t)
		cfg.SniffTimeout = 30 * time.Second
		_, l := startPiped(t, cfg, roots)
		c := tls.Client(l.dial(), &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"smartclient/1"}})
		defer c.Close()
		b := make([]byte, len("smartclient:"))
		io.ReadFull(c, b)
		time.Sleep(time.Hour) // far beyond the deadline that must not hold any more
		go io.WriteString(c, "late")
		if _, err := io.ReadFull(c, b[:4]); err != nil || string(b[:4]) != "late" {
			t.Errorf("answer after the sniffing deadline = %q, %v; want %q", b[:4], err, "late")
		}
	})
}

// Handlers reach the socket of a connection, to set what only the system knows of.
func TestHandlersReachTheSocket(t *testing.T) {
	cfg, roots := secureConfig(t)
	servers := [...]*http.Server{httpServer(plainAnswer), httpServer(plainAnswer)}
	reached := make(chan bool, 3)
	for _, s := range servers {
		s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
				c = secure.NetConn()
			}
			raw, err := c.(syscall.Conn).SyscallConn()
			reached <- err == nil && raw.Control(func(uintptr) {}) == nil
			return ctx
		}
	}
	cfg.Protocols[0].Secure, cfg.Protocols[0].Plain = servers[0], servers[1]
	p := start(t, cfg, roots)
	for name, c := range map[string]net.Conn{
		"plain": p.connect(t, false), "ALPN": p.connect(t, true, "http/1.1"), "no ALPN": p.connect(t, true),
	} {
		exchange(t, c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 100)
		if !<-reached {
			t.Errorf("%s: there is no socket", name)
		}
	}
}

// With every slot's worth of peers stalled in the middle of a handshake, the
// next one still handshakes.
func TestStalledHandshakesHoldNoSlot(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.MaxHandshakes = 1
	p := start(t, cfg, roots)
	for range 5 {
		// A client whose conn cannot read stalls after its hello.
		c := p.dial(t)
		client := tls.Client(writeOnly{c}, &tls.Config{RootCAs: roots, ServerName: "localhost"})
		if err := client.Handshake(); err == nil {
			t.Fatal("a client that reads nothing has handshaken")
		}
	}
	if got := exchange(t, p.dialTLS(t, "smartclient/1"), "x", 1); got != "smartclient:x" {
		t.Errorf("answer = %q; want %q", got, "smartclient:x")
	}
}

// firstFlight is a client's connection that lets the hello out, and the server's
// answer in, and ends the client there.
type firstFlight struct {
	net.Conn
	read bool
}

func (f *firstFlight) Read(b []byte) (int, error) {
	if f.read {
		return 0, errors.New("one flight is enough")
	}
	f.read = true
	n, _ := f.Conn.Read(b)
	return 0, fmt.Errorf("%d bytes are enough", n)
}
func (*firstFlight) Close() error { return nil }

type writeOnly struct{ net.Conn }

func (writeOnly) Read([]byte) (int, error) { return 0, errors.New("not reading") }
func (writeOnly) Close() error             { return nil }

func TestPanicEndsOneConnection(t *testing.T) {
	cfg := plainConfig()
	cfg.Protocols = append([]Protocol{{Name: "bad", Plain: &echo{}, Match: func(b []byte) Verdict {
		if b[0] == 'x' {
			panic("matcher")
		}
		return No
	}}}, cfg.Protocols...)
	p := start(t, cfg, nil)
	exchange(t, p.dial(t), "x", 1)
	if got := p.rec.await(t, "refused"); got.name != RefusedPanic {
		t.Errorf("refused for %q; want %q", got.name, RefusedPanic)
	}
	if got := exchange(t, p.dial(t), getRequest, 100); !strings.Contains(got, "200 OK") {
		t.Errorf("answer after the panic = %q; want 200 OK", got)
	}
}

func TestShutdownFinishesWhatHasBegun(t *testing.T) {
	cfg, roots := secureConfig(t)
	inside, release := make(chan struct{}), make(chan struct{})
	cfg.Protocols[0].Secure = httpServer(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("a", 100_000))
		close(inside)
		<-release
		io.WriteString(w, "end")
	})
	p := start(t, cfg, roots)
	silent := p.dial(t)
	c := p.dialTLS(t, "http/1.1")
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-inside
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(t.Context()) }()
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Errorf("silent connection at shutdown: %v; want it closed", err)
	}
	if nc, err := net.Dial("tcp", p.addr); err == nil {
		nc.Close()
		t.Error("a connection was accepted after shutdown had begun")
	}
	close(release)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); err != nil || !strings.HasSuffix(string(b), "aend") {
		t.Errorf("response at shutdown: %d bytes, error %v; want it whole", len(b), err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v; want nil", err)
	}
}

func TestShutdownDeadlineCuts(t *testing.T) {
	cfg, roots := secureConfig(t)
	inside := make(chan struct{})
	cfg.Protocols[0].Secure = httpServer(func(_ http.ResponseWriter, r *http.Request) {
		close(inside)
		<-r.Context().Done()
	})
	p := start(t, cfg, roots)
	c := p.dialTLS(t, "http/1.1")
	io.WriteString(c, getRequest)
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown = %v; want DeadlineExceeded", err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Logf("cut connection: %v", err)
	}
}

func TestServeReportsAHandlerThatEnds(t *testing.T) {
	bad := errors.New("broken")
	cfg := plainConfig()
	cfg.Protocols[1].Plain = brokenHandler{bad}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); !errors.Is(err, bad) || !strings.Contains(err.Error(), "smartclient") {
		t.Errorf("Serve = %v; want the handler's error, with its name", err)
	}
}

type brokenHandler struct{ err error }

func (b brokenHandler) Serve(net.Listener) error       { return b.err }
func (b brokenHandler) Shutdown(context.Context) error { return nil }
func (b brokenHandler) Close() error                   { return nil }

func TestNewRefusesSharedALPN(t *testing.T) {
	_, err := New(Config{Protocols: []Protocol{
		{Name: "one", ALPN: []string{"h2"}}, {Name: "two", ALPN: []string{"h2"}},
	}})
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "two") {
		t.Errorf("New with one ALPN twice = %v; want an error that names both", err)
	}
}

func TestProxyProtocolOnPort(t *testing.T) {
	cfg := plainConfig()
	cfg.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	p := start(t, cfg, nil)
	if got := exchange(t, p.dial(t), "PROXY TCP4 192.0.2.7 192.0.2.1 5000 5012\r\n"+getRequest, 5); !strings.Contains(got, "from=192.0.2.7") {
		t.Errorf("answer = %q; want the client's address from the header", got)
	}
	exchange(t, p.dial(t), getRequest, 1000)
	if got := p.rec.await(t, "refused"); got.name != RefusedProxyHeader {
		t.Errorf("without a header refused for %q; want %q", got.name, RefusedProxyHeader)
	}
}

func newTLSListener(t *testing.T, cert tls.Certificate) net.Listener {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func clientTLS(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}
