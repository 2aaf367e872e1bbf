package grpcport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	testpb "google.golang.org/grpc/interop/grpc_testing"
)

func TestMain(m *testing.M) {
	// net/http waits half a second for the peer before it closes some
	// connections; that goroutine ends by itself.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// keys are certificates of one authority: one for localhost, one for a client.
type keys struct {
	pool           *x509.CertPool
	server, client tls.Certificate
}

func newKeys(t testing.TB) keys {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(name string, serial int64, parent *x509.Certificate) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: parent == nil, BasicConstraintsValid: true,
			KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	ca := issue("test authority", 1, nil)
	k := keys{pool: x509.NewCertPool()}
	k.pool.AddCert(ca)
	k.server = tls.Certificate{Certificate: [][]byte{issue("localhost", 2, ca).Raw}, PrivateKey: key}
	k.client = tls.Certificate{Certificate: [][]byte{issue("robot", 3, ca).Raw}, PrivateKey: key}
	return k
}

func (k keys) serverConfig(protocol string) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{k.server}, NextProtos: []string{protocol},
		ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: k.pool,
	}
}

func (k keys) clientConfig(protocol string) *tls.Config {
	return &tls.Config{RootCAs: k.pool, ServerName: "localhost", NextProtos: []string{protocol}}
}

// handshaking is a listener that hands connections over after their handshake,
// as the port does.
type handshaking struct {
	net.Listener
	config *tls.Config
}

func (l handshaking) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tc := tls.Server(c, l.config)
		if err := tc.Handshake(); err != nil {
			tc.Close()
			continue
		}
		return tc, nil
	}
}

// way is one of the two ways by which clients reach the server.
type way struct {
	name, alpn string
	start      func(t testing.TB, s *Server, k keys) *running
}

func ways() []way {
	return []way{{"alpn", ALPN, startNative}, {"http", "h2", startHTTP}}
}

// running is a server that serves one way until the test ends.
type running struct {
	addr string
	*Server
	http *http.Server // nil unless calls come over HTTP
	keys keys
	alpn string
}

func startNative(t testing.TB, s *Server, k keys) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(handshaking{l, k.serverConfig(ALPN)}) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve() = %v; want ErrServerClosed", err)
		}
	})
	return &running{addr: l.Addr().String(), Server: s, keys: k, alpn: ALPN}
}

func startHTTP(t testing.TB, s *Server, k keys) *running {
	t.Helper()
	ts := httptest.NewUnstartedServer(s)
	ts.TLS = k.serverConfig("h2")
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(func() {
		s.Close()
		ts.CloseClientConnections()
		ts.Close()
	})
	return &running{addr: ts.Listener.Addr().String(), Server: s, http: ts.Config, keys: k, alpn: "h2"}
}

// dial returns a client connection; certs are the client's.
func (r *running) dial(t testing.TB, certs ...tls.Certificate) *grpc.ClientConn {
	t.Helper()
	config := r.keys.clientConfig(r.alpn)
	config.Certificates = certs
	cc, err := grpc.NewClient("passthrough:///"+r.addr, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close() })
	return cc
}

// shutdown shuts down what serves, as the port does: all at the same time.
func (r *running) shutdown(ctx context.Context) error {
	if r.http == nil {
		return r.Shutdown(ctx)
	}
	httpErr := make(chan error, 1)
	go func() { httpErr <- r.http.Shutdown(ctx) }()
	err := r.Shutdown(ctx)
	return errors.Join(err, <-httpErr)
}

// service is a service that is not public.
type service struct {
	testpb.UnimplementedTestServiceServer
	unary  func(context.Context, *testpb.SimpleRequest) (*testpb.SimpleResponse, error)
	duplex func(testpb.TestService_FullDuplexCallServer) error
}

func (s *service) UnaryCall(ctx context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	return s.unary(ctx, r)
}

func (s *service) FullDuplexCall(stream testpb.TestService_FullDuplexCallServer) error {
	return s.duplex(stream)
}

// everyone is an Authenticate that lets everyone in.
func everyone(ctx context.Context, _ string) (context.Context, error) { return ctx, nil }
