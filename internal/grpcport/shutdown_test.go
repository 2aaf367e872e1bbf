package grpcport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
)

// blocking is a service whose calls report that they have begun and then wait.
type blocking struct {
	service
	begun   chan struct{}
	release chan struct{}
}

func newBlocking() *blocking {
	b := &blocking{begun: make(chan struct{}, 8), release: make(chan struct{})}
	b.unary = func(ctx context.Context, _ *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		b.begun <- struct{}{}
		select {
		case <-b.release:
			return &testpb.SimpleResponse{Username: "finished"}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b.duplex = func(stream testpb.TestService_FullDuplexCallServer) error {
		for {
			if _, err := stream.Recv(); err != nil {
				return nil
			}
			b.begun <- struct{}{}
			stream.Send(&testpb.StreamingOutputCallResponse{})
		}
	}
	return b
}

func TestShutdownFinishesCallsInFlight(t *testing.T) {
	k := newKeys(t)
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			svc := newBlocking()
			s := New(Options{Authenticate: everyone})
			testpb.RegisterTestServiceServer(s.Registrar(), svc)
			r := w.start(t, s, k)
			client := testpb.NewTestServiceClient(r.dial(t))

			duplex, err := client.FullDuplexCall(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			duplex.Send(&testpb.StreamingOutputCallRequest{})
			unary := make(chan error, 1)
			go func() {
				resp, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{})
				if err == nil && resp.Username != "finished" {
					err = errors.New("wrong answer")
				}
				unary <- err
			}()
			<-svc.begun
			<-svc.begun

			down := make(chan error, 1)
			go func() { down <- r.shutdown(t.Context()) }()
			<-s.draining
			close(svc.release)
			if err := <-unary; err != nil {
				t.Errorf("the unary call in flight = %v; want its answer", err)
			}
			for range 2 { // the stream goes on for as long as its client likes
				if err := duplex.Send(&testpb.StreamingOutputCallRequest{}); err != nil {
					t.Errorf("Send() on the stream in flight = %v", err)
				}
				if _, err := duplex.Recv(); err != nil {
					t.Errorf("Recv() on the stream in flight = %v", err)
				}
			}
			duplex.CloseSend()
			if err := <-down; err != nil {
				t.Errorf("Shutdown() = %v", err)
			}
		})
	}
}

func TestShutdownCutsAtDeadline(t *testing.T) {
	k := newKeys(t)
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			svc := newBlocking()
			s := New(Options{Authenticate: everyone})
			testpb.RegisterTestServiceServer(s.Registrar(), svc)
			r := w.start(t, s, k)
			call := make(chan error, 1)
			go func() {
				_, err := testpb.NewTestServiceClient(r.dial(t)).UnaryCall(t.Context(), &testpb.SimpleRequest{})
				call <- err
			}()
			<-svc.begun
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Shutdown() = %v; want the context's error", err)
			}
			if err := <-call; err == nil {
				t.Error("the call ended well; want it cut")
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Errorf("second Shutdown() = %v", err)
			}
		})
	}
}

func TestStuckHandlerDoesNotHoldUpClose(t *testing.T) {
	k := newKeys(t)
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			svc := newBlocking()
			svc.unary = func(context.Context, *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
				svc.begun <- struct{}{}
				<-svc.release // heeds no context
				return nil, nil
			}
			s := New(Options{Authenticate: everyone})
			testpb.RegisterTestServiceServer(s.Registrar(), svc)
			r := w.start(t, s, k)
			call := make(chan error, 1)
			go func() {
				_, err := testpb.NewTestServiceClient(r.dial(t)).UnaryCall(t.Context(), &testpb.SimpleRequest{})
				call <- err
			}()
			<-svc.begun
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			s.Shutdown(ctx)
			if err := <-call; err == nil {
				t.Error("the call ended well; want it cut")
			}
			close(svc.release)
		})
	}
}

// TestSilentConnectionsDoNotHoldUpShutdown has connections that have finished
// their handshake and say nothing, which grpc-go would wait for.
func TestSilentConnectionsDoNotHoldUpShutdown(t *testing.T) {
	k := newKeys(t)
	s := New(Options{})
	r := startNative(t, s, k)
	for range 3 {
		c, err := tls.Dial("tcp", r.addr, k.clientConfig(ALPN))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	// A call proves that the connections before it have been accepted.
	testpb.NewTestServiceClient(r.dial(t)).EmptyCall(t.Context(), &testpb.Empty{})
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown() = %v", err)
	}
}

func TestAfterTheEnd(t *testing.T) {
	s := New(Options{})
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); !errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve() after Shutdown = %v; want ErrServerClosed", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener's Accept() = %v; want it closed", err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/x/y", nil))
	if got := w.Result(); got.StatusCode != http.StatusOK || got.Header.Get("Grpc-Status") != "14" {
		t.Errorf("ServeHTTP() after Shutdown = %d, grpc-status %q; want 200 and 14", got.StatusCode, got.Header.Get("Grpc-Status"))
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

func TestListenerFault(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Serve(l); err == nil || errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve(closed listener) = %v; want the listener's error", err)
	}
}

func TestCallsAfterShutdownAreRefused(t *testing.T) {
	r := startNative(t, New(Options{Authenticate: everyone}), newKeys(t))
	cc := r.dial(t)
	client := testpb.NewTestServiceClient(cc)
	client.EmptyCall(t.Context(), &testpb.Empty{})
	if err := r.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.EmptyCall(t.Context(), &testpb.Empty{}); status.Code(err) != codes.Unavailable {
		t.Errorf("call after Shutdown = %v; want Unavailable", err)
	}
}
