package grpcport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"crypto/tls"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func TestIntakeCutsWhoHoldsMost(t *testing.T) {
	in := newIntake(1000)
	cut := make(chan string, 10)
	hold := func(name string, n int64, known bool) *holder {
		h := in.holder(func() { cut <- name })
		h.known.Store(known)
		h.add(n)
		return h
	}
	small := hold("small", 300, true)
	hold("big", 500, true)
	hold("other", 200, true)
	select {
	case name := <-cut:
		t.Fatalf("%s was cut within the limit", name)
	default:
	}
	small.add(1)
	if name := <-cut; name != "big" {
		t.Errorf("%s was cut; want big", name)
	}
	if got := in.held.Load(); got != 501 {
		t.Errorf("held = %d; want 501", got)
	}
	small.add(-301)
	small.release()
	small.release()
	if got := in.held.Load(); got != 200 || len(in.holders) != 1 {
		t.Errorf("held = %d of %d; want 200 of one", got, len(in.holders))
	}
}

func TestIntakeCutsStrangersFirst(t *testing.T) {
	in := newIntake(200 << 10)
	cut := make(chan string, 10)
	for _, h := range []struct {
		name  string
		n     int64
		known bool
	}{{"friend", 100 << 10, true}, {"beginner", 1 << 10, false}, {"stranger", 50 << 10, false}, {"friend too", 60 << 10, true}} {
		one := in.holder(func() { cut <- h.name })
		one.known.Store(h.known)
		one.add(h.n)
	}
	if name := <-cut; name != "stranger" {
		t.Errorf("%s was cut; want stranger", name)
	}
	if len(in.holders) != 3 {
		t.Errorf("%d are left; want 3", len(in.holders))
	}
}

// withToken is an Authenticate that wants a token.
func withToken(ctx context.Context, _ string) (context.Context, error) {
	if md, _ := metadata.FromIncomingContext(ctx); strings.Join(md["authorization"], "") != "Bearer good" {
		return nil, errors.New("no")
	}
	return ctx, nil
}

// TestStrangersCannotSendMuch demands that a server which takes long messages takes them
// of nobody who has not shown credentials.
func TestStrangersCannotSendMuch(t *testing.T) {
	svc := &service{unary: func(_ context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		return &testpb.SimpleResponse{Username: "received"}, nil
	}}
	eachWay(t, Options{Authenticate: withToken, MaxRecvBytes: 16 << 20}, svc, func(t *testing.T, r *running) {
		request := &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, 8<<20)}}
		good := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer good")
		for range 3 { // a call that was refused spoils nothing
			client := testpb.NewTestServiceClient(r.dial(t))
			if _, err := client.UnaryCall(t.Context(), request); status.Code(err) != codes.Unauthenticated {
				t.Errorf("UnaryCall(8 MiB) without credentials = %v; want Unauthenticated", err)
			}
			if _, err := client.UnaryCall(good, request); err != nil {
				t.Errorf("UnaryCall(8 MiB) = %v", err)
			}
		}
		_, err := healthpb.NewHealthClient(r.dial(t)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: strings.Repeat("x", 8<<20)})
		if code := status.Code(err); code != codes.Unavailable && code != codes.ResourceExhausted {
			t.Errorf("Check(8 MiB) = %v; want the connection cut, or ResourceExhausted", err)
		}
		waitHeld(t, r.Server, 0)
	})
}

// hostile is a connection that sends what no client would.
type hostile struct {
	t    testing.TB
	conn *tls.Conn
	*http2.Framer
	next uint32
}

func (r *running) hostile(t testing.TB) *hostile {
	t.Helper()
	conn, err := tls.Dial("tcp", r.addr, r.keys.clientConfig(r.alpn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	h := &hostile{t: t, conn: conn, Framer: http2.NewFramer(conn, conn), next: 1}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := h.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return h
}

// begin begins a call of method with n bytes of a message that is never complete.
func (h *hostile) begin(method, authorization string, n int) {
	h.t.Helper()
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "https"}, {":path", method}, {":authority", "localhost"},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"authorization", authorization},
	} {
		if err := enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			h.t.Fatal(err)
		}
	}
	err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: h.next, BlockFragment: block.Bytes(), EndHeaders: true})
	message := frame(1 << 20)[:n]
	for len(message) > 0 && err == nil {
		part := min(len(message), 16<<10)
		err = h.WriteData(h.next, false, message[:part])
		message = message[part:]
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.next += 2
}

// ended is closed when the server has closed the connection.
func (h *hostile) ended() <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, err := h.ReadFrame(); err != nil {
				return
			}
		}
	}()
	return ended
}

// TestUnfinishedRequestsAreBounded has clients with credentials begin requests that they
// do not finish.
func TestUnfinishedRequestsAreBounded(t *testing.T) {
	const method = "/grpc.testing.TestService/UnaryCall"
	svc := &service{unary: func(_ context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		return &testpb.SimpleResponse{}, nil
	}}
	s := New(Options{Authenticate: everyone, MaxRecvBytes: 2 << 20, MaxHeldBytes: 1 << 20})
	testpb.RegisterTestServiceServer(s.Registrar(), svc)
	r := startNative(t, s, newKeys(t))
	const each = 60<<10 + 4*frameOverhead
	modest, greedy := r.hostile(t), r.hostile(t)
	modestEnds, greedyEnds := modest.ended(), greedy.ended()
	for range 4 {
		modest.begin(method, "", 60<<10)
	}
	for range 8 {
		greedy.begin(method, "", 60<<10)
	}
	waitHeld(t, s, 12*each)
	last := r.hostile(t)
	last.begin(method, "", 60<<10)
	waitKnown(t, s, 3)
	for range 6 {
		last.begin(method, "", 60<<10)
	}
	select {
	case <-greedyEnds:
	case <-modestEnds:
		t.Error("the modest client was cut")
	case <-time.After(time.Minute):
		t.Error("nobody was cut")
	}
	waitHeld(t, s, 11*each)
	modest.conn.Close()
	last.conn.Close()
	waitHeld(t, s, 0)
}

// waitKnown waits until that many connections have shown credentials.
func waitKnown(t testing.TB, s *Server, want int) {
	t.Helper()
	known := func() (n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.conns {
			if c.holds.known.Load() {
				n++
			}
		}
		return n
	}
	for deadline := time.Now().Add(time.Minute); known() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are known after a minute; want %d", known(), want)
		}
	}
}

// waitHeld waits until that much is held.
func waitHeld(t testing.TB, s *Server, want int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); s.intake.held.Load() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("held = %d after a minute; want %d", s.intake.held.Load(), want)
		}
	}
}
