package grpcport

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	testpb "google.golang.org/grpc/interop/grpc_testing"
)

// BenchmarkUnary measures calls of 1 KB from 16 callers on one connection, over
// both ways and over a bare grpc.Server.
func BenchmarkUnary(b *testing.B) {
	svc := &service{unary: func(_ context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		return &testpb.SimpleResponse{Payload: r.Payload}, nil
	}}
	k := newKeys(b)
	for _, w := range append(ways(), way{name: "bare", alpn: "h2", start: startBare(svc)}) {
		b.Run(w.name, func(b *testing.B) {
			s := New(Options{Authenticate: everyone})
			testpb.RegisterTestServiceServer(s.Registrar(), svc)
			client := testpb.NewTestServiceClient(w.start(b, s, k).dial(b))
			req := &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, 1024)}}
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := client.UnaryCall(context.Background(), req); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// startBare serves svc as grpc-go does without this package.
func startBare(svc *service) func(testing.TB, *Server, keys) *running {
	return func(t testing.TB, _ *Server, k keys) *running {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		bare := grpc.NewServer(grpc.Creds(credentials.NewTLS(k.serverConfig("h2"))))
		testpb.RegisterTestServiceServer(bare, svc)
		served := make(chan struct{})
		go func() {
			defer close(served)
			bare.Serve(l)
		}()
		t.Cleanup(func() {
			bare.Stop()
			<-served
		})
		return &running{addr: l.Addr().String(), keys: k, alpn: "h2"}
	}
}
