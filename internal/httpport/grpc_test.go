package httpport

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// TestGRPC calls the health service with grpc-go's client, beside pages on the
// same server.
func TestGRPC(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	for _, test := range []struct {
		name    string
		tr      transport
		server  func(Config) *Server
		allow   bool
		want    codes.Code
		message string
	}{
		{"TLS", tlsHTTP2, New, false, codes.OK, ""},
		{"plain", plainHTTP2, New, false, codes.PermissionDenied, "set AllowPlain=1 in section [RPC]"},
		{"plain, allowed", plainHTTP2, New, true, codes.OK, ""},
		{"plain on a secure port", plainHTTP2, func(cfg Config) *Server { return NewPlaintextServer(PlaintextRedirect, cfg) },
			true, codes.PermissionDenied, "this port accepts encrypted connections only: use TLS"},
		{"plain on a port that refuses", plainHTTP2, func(cfg Config) *Server { return NewPlaintextServer(PlaintextRefuse, cfg) },
			true, codes.PermissionDenied, "this port accepts encrypted connections only: use TLS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rpc := grpc.NewServer()
			healthpb.RegisterHealthServer(rpc, health.NewServer())
			addr := test.tr.start(t, test.server(Config{Handler: page, GRPC: rpc, AllowPlainGRPC: test.allow, Log: zap.NewNop()}))
			err := callHealth(t, test.tr, addr)
			if got := status.Code(err); got != test.want || !strings.Contains(status.Convert(err).Message(), test.message) {
				t.Errorf("call = %v; want %v with %q", err, test.want, test.message)
			}
		})
	}
}

func callHealth(t *testing.T, tr transport, addr string) error {
	t.Helper()
	creds := insecure.NewCredentials()
	if tr.tls {
		creds = credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})
	}
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = healthpb.NewHealthClient(conn).Check(context.Background(), new(healthpb.HealthCheckRequest))
	return err
}

func TestGRPCPanicIsLogged(t *testing.T) {
	log, logs := observed(zap.ErrorLevel)
	addr := tlsHTTP2.start(t, New(Config{
		Handler: http.NotFoundHandler(), Log: log,
		GRPC: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }),
	}))
	if err := callHealth(t, tlsHTTP2, addr); err == nil {
		t.Error("the call succeeded; want an error")
	}
	wantPanicLogged(t, logs.FilterMessage("panic in an HTTP handler").TakeAll(), 1)
}

func TestIsGRPC(t *testing.T) {
	for _, test := range []struct {
		major int
		kind  string
		want  bool
	}{
		{2, "application/grpc", true},
		{2, "application/grpc+proto", true},
		{2, "application/grpc;charset=utf-8", true},
		{2, "Application/gRPC", true},
		{2, "application/grpc-web", false},
		{2, "application/grpcx", false},
		{2, "application/json", false},
		{2, "", false},
		{1, "application/grpc", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.ProtoMajor = test.major
		r.Header.Set("Content-Type", test.kind)
		if got := isGRPC(r); got != test.want {
			t.Errorf("isGRPC(HTTP/%d, %q) = %v; want %v", test.major, test.kind, got, test.want)
		}
	}
}
