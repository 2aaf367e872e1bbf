package grpcport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	appserverv1 "appserver/api/appserver/v1"
)

// eachWay runs test once for each way to reach a new server, which options and
// the service, unless it is nil, go into.
func eachWay(t *testing.T, o Options, svc *service, test func(t *testing.T, r *running)) {
	k := newKeys(t)
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			s := New(o)
			if svc != nil {
				testpb.RegisterTestServiceServer(s.Registrar(), svc)
			}
			test(t, w.start(t, s, k))
		})
	}
}

func TestInfo(t *testing.T) {
	o := Options{
		Name: "sample", Version: "1.2.3", Started: time.Unix(1000, 0),
		Protocols: []Protocol{{Name: "smartclient", Min: 1, Max: 2}}, Features: []string{"a"},
	}
	eachWay(t, o, nil, func(t *testing.T, r *running) {
		got, err := appserverv1.NewServerClient(r.dial(t, r.keys.client)).Info(t.Context(), &appserverv1.InfoRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "sample" || got.Version != "1.2.3" || got.StartedUnixSeconds != 1000 || !slices.Equal(got.Features, []string{"a"}) {
			t.Errorf("Info() = %v; want what the options say", got)
		}
		if p := got.Protocols; len(p) != 1 || p[0].Name != "smartclient" || p[0].MinVersion != 1 || p[0].MaxVersion != 2 {
			t.Errorf("Protocols = %v; want smartclient 1 to 2", p)
		}
		c := got.Connection
		if !c.Encrypted || c.TlsVersion != "TLS 1.3" || !strings.HasPrefix(c.CipherSuite, "TLS_") || c.Alpn != r.alpn || c.KeyExchange == "" {
			t.Errorf("Connection = %v; want TLS 1.3, a suite, a key exchange and ALPN %s", c, r.alpn)
		}
		if want := "CN=robot"; c.ClientSubject != want {
			t.Errorf("ClientSubject = %q; want %q", c.ClientSubject, want)
		}
		got, err = appserverv1.NewServerClient(r.dial(t)).Info(t.Context(), &appserverv1.InfoRequest{})
		if err != nil || got.Connection.ClientSubject != "" {
			t.Errorf("without a client certificate: ClientSubject = %q, %v; want none", got.GetConnection().GetClientSubject(), err)
		}
	})
}

func TestUnverifiedCertificateIsNoSubject(t *testing.T) {
	k := newKeys(t)
	config := k.serverConfig(ALPN)
	config.ClientAuth = tls.RequestClientCert
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{})
	go s.Serve(handshaking{l, config})
	defer s.Close()
	r := &running{addr: l.Addr().String(), keys: k, alpn: ALPN}
	got, err := appserverv1.NewServerClient(r.dial(t, k.client)).Info(t.Context(), &appserverv1.InfoRequest{})
	if err != nil || got.Connection.ClientSubject != "" {
		t.Errorf("ClientSubject = %q, %v; want none for a certificate that nobody verified", got.GetConnection().GetClientSubject(), err)
	}
}

func TestHealth(t *testing.T) {
	eachWay(t, Options{}, nil, func(t *testing.T, r *running) {
		client := healthpb.NewHealthClient(r.dial(t))
		check := func(service string, want healthpb.HealthCheckResponse_ServingStatus) {
			t.Helper()
			got, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
			if err != nil || got.Status != want {
				t.Errorf("Check(%q) = %v, %v; want %v", service, got.GetStatus(), err, want)
			}
		}
		check("", healthpb.HealthCheckResponse_NOT_SERVING)
		r.SetServing(true)
		check("", healthpb.HealthCheckResponse_SERVING)
		check("appserver.v1.Server", healthpb.HealthCheckResponse_SERVING)
		if _, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "x"}); status.Code(err) != codes.NotFound {
			t.Errorf("Check(unknown) = %v; want NotFound", err)
		}
		list, err := client.List(t.Context(), &healthpb.HealthListRequest{})
		if err != nil || len(list.Statuses) != 5 || list.Statuses[""].GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("List() = %v, %v; want the server and four services, serving", list, err)
		}
		r.Drain()
		r.SetServing(true)
		check("", healthpb.HealthCheckResponse_NOT_SERVING)
	})
}

func TestWatchFollowsAndEndsWithTheServer(t *testing.T) {
	eachWay(t, Options{}, nil, func(t *testing.T, r *running) {
		client := healthpb.NewHealthClient(r.dial(t))
		watch, err := client.Watch(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		want := func(st healthpb.HealthCheckResponse_ServingStatus) {
			t.Helper()
			if got, err := watch.Recv(); err != nil || got.Status != st {
				t.Fatalf("Recv() = %v, %v; want %v", got.GetStatus(), err, st)
			}
		}
		want(healthpb.HealthCheckResponse_NOT_SERVING)
		r.SetServing(true)
		want(healthpb.HealthCheckResponse_SERVING)
		if err := r.shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v", err)
		}
		want(healthpb.HealthCheckResponse_NOT_SERVING)
		if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
			t.Errorf("Recv() after the end = %v; want Unavailable", err)
		}
	})
}

func TestReflection(t *testing.T) {
	want := []string{"appserver.v1.Server", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
	eachWay(t, Options{}, nil, func(t *testing.T, r *running) {
		cc := r.dial(t)
		v1, err := reflectionpb.NewServerReflectionClient(cc).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v1.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
		resp, err := v1.Recv()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range resp.GetListServicesResponse().GetService() {
			got = append(got, s.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("v1 services = %v; want %v", got, want)
		}

		// The messages of v1alpha are those of v1.
		alpha, err := cc.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true},
			"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
		if err != nil {
			t.Fatal(err)
		}
		alpha.SendMsg(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "appserver.v1.Server"}})
		var file reflectionpb.ServerReflectionResponse
		if err := alpha.RecvMsg(&file); err != nil || len(file.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
			t.Errorf("v1alpha: file of appserver.v1.Server = %v, %v; want its descriptor", &file, err)
		}
		// Both streams stay open and must not hold up the end.
		if err := r.shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() with open reflection streams = %v", err)
		}
		if _, err := v1.Recv(); status.Code(err) != codes.Unavailable {
			t.Errorf("Recv() after the end = %v; want Unavailable", err)
		}
	})
}

func TestOtherMethodsNeedCredentials(t *testing.T) {
	type key struct{}
	auth := func(ctx context.Context, method string) (context.Context, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		switch user := strings.Join(md["user"], ""); user {
		case "":
			return nil, errors.New("secret detail")
		case "blocked":
			return nil, status.Error(codes.PermissionDenied, "blocked: "+method)
		default:
			return context.WithValue(ctx, key{}, user), nil
		}
	}
	svc := &service{
		unary: func(ctx context.Context, _ *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
			return &testpb.SimpleResponse{Username: ctx.Value(key{}).(string)}, nil
		},
		duplex: func(stream testpb.TestService_FullDuplexCallServer) error {
			if stream.Context().Value(key{}) == nil {
				return errors.New("no principal in the stream's context")
			}
			return nil
		},
	}
	tests := []struct {
		name, user string
		auth       func(context.Context, string) (context.Context, error)
		want       codes.Code
		text       string
	}{
		{name: "no Authenticate", user: "ana", want: codes.Unauthenticated, text: "takes none"},
		{name: "no credentials", auth: auth, want: codes.Unauthenticated, text: "refused"},
		{name: "status passed on", user: "blocked", auth: auth, want: codes.PermissionDenied, text: "blocked: /grpc.testing.TestService/"},
		{name: "accepted", user: "ana", auth: auth, want: codes.OK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			eachWay(t, Options{Authenticate: tt.auth}, svc, func(t *testing.T, r *running) {
				ctx := t.Context()
				if tt.user != "" {
					ctx = metadata.AppendToOutgoingContext(ctx, "user", tt.user)
				}
				client := testpb.NewTestServiceClient(r.dial(t))
				resp, err := client.UnaryCall(ctx, &testpb.SimpleRequest{})
				if status.Code(err) != tt.want || err != nil && !strings.Contains(err.Error(), tt.text) {
					t.Errorf("UnaryCall() = %v; want %v with %q", err, tt.want, tt.text)
				}
				if err == nil && resp.Username != tt.user {
					t.Errorf("principal = %q; want %q", resp.Username, tt.user)
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("UnaryCall() = %v; want no detail of the check", err)
				}
				duplex, err := client.FullDuplexCall(ctx)
				if err != nil {
					t.Fatal(err)
				}
				_, err = duplex.Recv()
				if errors.Is(err, io.EOF) {
					err = nil
				}
				if status.Code(err) != tt.want {
					t.Errorf("FullDuplexCall() = %v; want %v", err, tt.want)
				}
			})
		})
	}
}

func TestPanicEndsOneCall(t *testing.T) {
	svc := &service{
		unary:  func(context.Context, *testpb.SimpleRequest) (*testpb.SimpleResponse, error) { panic("boom unary") },
		duplex: func(testpb.TestService_FullDuplexCallServer) error { panic("boom stream") },
	}
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			core, logs := observer.New(zap.ErrorLevel)
			var panics int
			s := New(Options{Authenticate: everyone, Panicked: func() { panics++ }, Log: zap.New(core)})
			testpb.RegisterTestServiceServer(s.Registrar(), svc)
			r := w.start(t, s, newKeys(t))
			cc := r.dial(t)
			client := testpb.NewTestServiceClient(cc)

			if _, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{}); status.Code(err) != codes.Internal || strings.Contains(err.Error(), "boom") {
				t.Errorf("UnaryCall() = %v; want Internal without the panic's text", err)
			}
			duplex, err := client.FullDuplexCall(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := duplex.Recv(); status.Code(err) != codes.Internal {
				t.Errorf("FullDuplexCall() = %v; want Internal", err)
			}
			if _, err := appserverv1.NewServerClient(cc).Info(t.Context(), &appserverv1.InfoRequest{}); err != nil {
				t.Errorf("the next call on the connection = %v", err)
			}
			if panics != 2 {
				t.Errorf("Panicked was called %d times; want 2", panics)
			}
			for _, e := range logs.All() {
				if stack, _ := e.ContextMap()["stack"].(string); !strings.Contains(stack, "grpcport_test.go") {
					t.Errorf("log %v has the stack %q; want the place of the panic", e.Message, stack)
				}
			}
			if logs.Len() != 2 {
				t.Errorf("%d errors logged; want 2", logs.Len())
			}
		})
	}
}

func TestCallsAreLoggedAtDebug(t *testing.T) {
	k := newKeys(t)
	for _, w := range ways() {
		core, logs := observer.New(zap.DebugLevel)
		r := w.start(t, New(Options{Log: zap.New(core)}), k)
		healthpb.NewHealthClient(r.dial(t)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "x"})
		r.shutdown(t.Context())
		all := logs.FilterMessage("call").All()
		if len(all) != 1 {
			t.Fatalf("%s: %d calls logged; want 1", w.name, len(all))
		}
		m := all[0].ContextMap()
		if m["method"] != "/grpc.health.v1.Health/Check" || m["code"] != "NotFound" || !strings.HasPrefix(m["remote"].(string), "127.0.0.1:") {
			t.Errorf("%s: logged %v; want method, code and remote address", w.name, m)
		}
	}
}

// TestRaisedMessageLimit sends a request of more than is read ahead in streams.
func TestRaisedMessageLimit(t *testing.T) {
	svc := &service{unary: func(_ context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		return &testpb.SimpleResponse{Payload: r.Payload}, nil
	}}
	eachWay(t, Options{Authenticate: everyone, MaxRecvBytes: 2 << 20, RequestTimeout: time.Minute}, svc, func(t *testing.T, r *running) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, size := range []int{1, 64 << 10, 1 << 20} {
			got, err := testpb.NewTestServiceClient(r.dial(t)).UnaryCall(ctx, &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, size)}})
			if n := len(got.GetPayload().GetBody()); n != size || err != nil {
				t.Errorf("UnaryCall(%d bytes) = %d bytes, %v; want as many", size, n, err)
			}
		}
	})
}

func TestMessageLimit(t *testing.T) {
	svc := &service{unary: func(context.Context, *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		return &testpb.SimpleResponse{}, nil
	}}
	eachWay(t, Options{Authenticate: everyone, MaxRecvBytes: 10_000}, svc, func(t *testing.T, r *running) {
		client := testpb.NewTestServiceClient(r.dial(t))
		for _, tt := range []struct {
			size int
			want codes.Code
		}{{9_900, codes.OK}, {10_001, codes.ResourceExhausted}, {5_000_000, codes.ResourceExhausted}} {
			_, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, tt.size)}})
			if status.Code(err) != tt.want {
				t.Errorf("UnaryCall(%d bytes) = %v; want %v", tt.size, err, tt.want)
			}
		}
	})
}

// TestDefaultMessageLimit demands that a peer without credentials can make the
// server keep little.
func TestDefaultMessageLimit(t *testing.T) {
	eachWay(t, Options{}, nil, func(t *testing.T, r *running) {
		client := healthpb.NewHealthClient(r.dial(t))
		for _, tt := range []struct {
			size int
			want codes.Code
		}{{4000, codes.NotFound}, {4096, codes.ResourceExhausted}, {60 << 10, codes.ResourceExhausted}, {3 << 20, codes.ResourceExhausted}} {
			_, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: strings.Repeat("x", tt.size)})
			if status.Code(err) != tt.want {
				t.Errorf("Check(service of %d bytes) = %v; want %v", tt.size, status.Code(err), tt.want)
			}
		}
	})
}

// TestALPNSettings reads what the server announces, and makes sure that its
// windows do not grow: grpc-go pings for that with the first data.
func TestALPNSettings(t *testing.T) {
	r := startNative(t, New(Options{}), newKeys(t))
	conn, err := tls.Dial("tcp", r.addr, r.keys.clientConfig(ALPN))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(conn, conn)
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "https"}, {":path", healthpb.Health_Check_FullMethodName},
		{":authority", "localhost"}, {"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		if err := enc.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		f.WriteSettings(),
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}),
		f.WriteData(1, true, frame(0)),
	); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if frame.IsAck() {
				continue
			}
			streams, _ := frame.Value(http2.SettingMaxConcurrentStreams)
			window, ok := frame.Value(http2.SettingInitialWindowSize)
			if streams != 100 || ok && window != readAhead {
				t.Errorf("announced %d calls with a window of %d; want 100, %d", streams, window, readAhead)
			}
		case *http2.PingFrame:
			t.Errorf("the server measures the connection with a ping % x; want its windows fixed", frame.Data)
		case *http2.HeadersFrame:
			if frame.StreamEnded() {
				return
			}
		}
	}
}

func TestPlainConnectionIsRefused(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	if _, _, err := (handedOver{}).ServerHandshake(server); !errors.Is(err, errNotTLS) {
		t.Errorf("ServerHandshake(plain) = %v; want errNotTLS", err)
	}
	unfinished := tls.Server(server, &tls.Config{})
	if _, _, err := (handedOver{}).ServerHandshake(&conn{Conn: unfinished}); !errors.Is(err, errNotTLS) {
		t.Errorf("ServerHandshake(before the handshake) = %v; want errNotTLS", err)
	}
	if _, _, err := (handedOver{}).ClientHandshake(t.Context(), "", client); err == nil {
		t.Error("ClientHandshake() = nil; want an error")
	}
	var _ credentials.TransportCredentials = handedOver{}
	var _ grpc.ServiceRegistrar = registrar{}
}
