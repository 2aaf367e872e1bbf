package httpport

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestMain(m *testing.M) {
	// net/http waits half a second for the peer before it closes some
	// connections; that goroutine ends by itself.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// transport is a way for a request to reach a server.
type transport struct {
	name  string
	tls   bool
	alpn  []string // what both sides offer
	wrap  bool     // the server gets no *tls.Conn but something with ConnectionState
	proto int      // HTTP major version
}

var (
	plainHTTP1 = transport{name: "plain HTTP/1.1", proto: 1}
	plainHTTP2 = transport{name: "plain HTTP/2", proto: 2}
	tlsHTTP1   = transport{name: "TLS, ALPN http/1.1", tls: true, alpn: []string{"http/1.1"}, proto: 1}
	tlsHTTP2   = transport{name: "TLS, ALPN h2", tls: true, alpn: []string{"h2"}, proto: 2}
	tlsSniffed = transport{name: "TLS, no ALPN, wrapped", tls: true, wrap: true, proto: 1}
)

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = ln.Close() })
	return ln
}

// client returns a client whose every request goes to addr.
func (tr transport) client(tb testing.TB, addr string) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(tr.proto == 1)
	protocols.SetUnencryptedHTTP2(tr.proto == 2 && !tr.tls)
	protocols.SetHTTP2(tr.proto == 2 && tr.tls)
	t := &http.Transport{
		Protocols:       protocols,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: tr.alpn},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		},
	}
	tb.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func (tr transport) url(path string) string {
	if tr.tls {
		return "https://test.example" + path
	}
	return "http://test.example" + path
}

// start serves srv for tr and returns its address. The end of the test closes
// it and demands the sentinel of Serve.
func (tr transport) start(tb testing.TB, srv *Server) string {
	tb.Helper()
	ln := listen(tb)
	addr := ln.Addr().String()
	if tr.tls {
		ln = tlsListener{ln, &tls.Config{Certificates: []tls.Certificate{testCertificate(tb)}, NextProtos: tr.alpn}, tr.wrap}
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	tb.Cleanup(func() {
		_ = srv.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("Serve = %v; want %v", err, http.ErrServerClosed)
		}
	})
	return addr
}

// tlsListener does what the port does before it hands a connection over.
type tlsListener struct {
	net.Listener
	config *tls.Config
	wrap   bool
}

func (l tlsListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	conn := tls.Server(raw, l.config)
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	if l.wrap {
		return sniffed{conn, conn}, nil
	}
	return conn, nil
}

type sniffed struct {
	net.Conn
	tls *tls.Conn
}

func (s sniffed) ConnectionState() tls.ConnectionState { return s.tls.ConnectionState() }

func testCertificate(tb testing.TB) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"test.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func observed(level zapcore.Level) (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(level)
	return zap.New(core), logs
}

// raw is a client that sends bytes as they are.
type raw struct {
	tb   testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dialRaw(tb testing.TB, addr, send string) *raw {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	c := &raw{tb, conn, bufio.NewReader(conn)}
	c.send(send)
	return c
}

func (c *raw) send(s string) {
	c.tb.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.tb.Fatal(err)
	}
}

// answer reads one answer to a request with method.
func (c *raw) answer(method string) (*http.Response, string) {
	c.tb.Helper()
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.tb.Fatalf("reading an answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.tb.Fatalf("reading a body: %v", err)
	}
	return resp, string(body)
}

// wantClosed demands that the server sends nothing more and closes.
func (c *raw) wantClosed() {
	c.tb.Helper()
	rest, err := io.ReadAll(c.in)
	var reset *net.OpError
	if err != nil && (!errors.As(err, &reset) || reset.Timeout()) {
		c.tb.Errorf("connection ended with %v; want it closed", err)
	}
	if len(rest) > 0 {
		c.tb.Errorf("after the answer came %q; want nothing", rest)
	}
}

func TestEveryTransportTellsItsTLS(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s tls=%s scheme=%s", r.Proto, tlsName(r.TLS), Scheme(r))
	})
	for _, test := range []struct {
		transport
		want string
	}{
		{plainHTTP1, "HTTP/1.1 tls=none scheme=http"},
		{plainHTTP2, "HTTP/2.0 tls=none scheme=http"},
		{tlsHTTP1, "HTTP/1.1 tls=TLS 1.3 scheme=https"},
		{tlsHTTP2, "HTTP/2.0 tls=TLS 1.3 scheme=https"},
		{tlsSniffed, "HTTP/1.1 tls=TLS 1.3 scheme=https"},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := test.start(t, New(Config{Handler: handler, Log: zap.NewNop()}))
			got := get(t, test.client(t, addr), test.url("/")).body
			if got != test.want {
				t.Errorf("handler saw %q; want %q", got, test.want)
			}
		})
	}
}

type answer struct {
	*http.Response
	body string
}

func get(tb testing.TB, client *http.Client, url string) answer {
	tb.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return do(tb, client, req)
}

func do(tb testing.TB, client *http.Client, req *http.Request) answer {
	tb.Helper()
	resp, err := client.Do(req)
	if err != nil {
		tb.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatalf("%s %s: body: %v", req.Method, req.URL, err)
	}
	return answer{resp, string(body)}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	addr := plainHTTP1.start(t, New(Config{Handler: http.RedirectHandler("/y", http.StatusFound), Log: zap.NewNop()}))
	resp := get(t, plainHTTP1.client(t, addr), plainHTTP1.url("/x"))
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff",
		"Server":                 "",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s = %q; want %q", name, got, want)
		}
	}
}

func TestShutdownFinishesWhatRuns(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP2} {
		t.Run(tr.name, func(t *testing.T) {
			running, release := make(chan struct{}), make(chan struct{})
			srv := New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(running)
				<-release
				_, _ = io.WriteString(w, "finished")
			})})
			addr := tr.start(t, srv)
			client := tr.client(t, addr)
			answered := make(chan answer, 1)
			go func() { answered <- get(t, client, tr.url("/")) }()
			<-running
			down := make(chan error, 1)
			go func() { down <- srv.Shutdown(context.Background()) }()
			waitRefused(t, addr)
			close(release)
			if got := (<-answered).body; got != "finished" {
				t.Errorf("running request answered %q; want %q", got, "finished")
			}
			client.CloseIdleConnections()
			if err := <-down; err != nil {
				t.Errorf("Shutdown = %v; want nil", err)
			}
		})
	}
}

// waitRefused returns once nobody listens at addr.
func waitRefused(tb testing.TB, addr string) {
	tb.Helper()
	for {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		conn.Close()
	}
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	srv := New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(running)
		<-release
	})})
	c := dialRaw(t, plainHTTP1.start(t, srv), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-running
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := srv.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown = %v; want %v", err, context.Canceled)
	}
	if err := srv.Close(); err != nil {
		t.Errorf("Close = %v; want nil", err)
	}
	c.wantClosed()
	close(release)
}

func TestErrorLogLevels(t *testing.T) {
	log, logs := observed(zap.DebugLevel)
	l := newErrorLog(log)
	for line, want := range map[string]zapcore.Level{
		"http: superfluous response.WriteHeader call from x": zap.WarnLevel,
		"http: Accept error: too many open files":            zap.WarnLevel,
		"http2: server: error reading preface from client":   zap.DebugLevel,
		"something new": zap.DebugLevel,
		"http: panic serving 1.2.3.4:5\n" + strings.Repeat("x", 5000): zap.WarnLevel,
	} {
		l.Print(line)
		got := logs.TakeAll()
		if len(got) != 1 || got[0].Level != want {
			t.Errorf("%.40q gave %v; want one line at %v", line, got, want)
			continue
		}
		if n := len(got[0].Message); n > maxLoggedPath+len("…") {
			t.Errorf("%.40q gave a line of %d bytes; want at most %d", line, n, maxLoggedPath)
		}
	}
}
