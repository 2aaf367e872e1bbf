package grpcport

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// health is grpc.health.v1.Health. All services share the server's state; the
// empty name stands for the server. Unlike grpc-go's own implementation it ends
// its watchers when the server drains, after they have been told, so that they
// hold up no shutdown.
type health struct {
	pb.UnimplementedHealthServer

	known func(service string) bool
	all   func() map[string]bool

	mu       sync.Mutex // guards the fields below
	serving  bool
	draining bool
	changed  chan struct{} // closed at the next change
}

func newHealth() *health { return &health{changed: make(chan struct{})} }

func (h *health) set(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.draining {
		h.change(on)
	}
}

func (h *health) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
	h.change(false)
}

// change is called with h.mu held.
func (h *health) change(serving bool) {
	h.serving = serving
	close(h.changed)
	h.changed = make(chan struct{})
}

// state returns the status of service, whether the server drains, and what is
// closed when one of them changes.
func (h *health) state(service string) (st pb.HealthCheckResponse_ServingStatus, draining bool, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case service != "" && !h.known(service):
		st = pb.HealthCheckResponse_SERVICE_UNKNOWN
	case h.serving:
		st = pb.HealthCheckResponse_SERVING
	default:
		st = pb.HealthCheckResponse_NOT_SERVING
	}
	return st, h.draining, h.changed
}

// Check implements grpc.health.v1.Health.
func (h *health) Check(_ context.Context, r *pb.HealthCheckRequest) (*pb.HealthCheckResponse, error) {
	st, _, _ := h.state(r.GetService())
	if st == pb.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return &pb.HealthCheckResponse{Status: st}, nil
}

// List implements grpc.health.v1.Health.
func (h *health) List(context.Context, *pb.HealthListRequest) (*pb.HealthListResponse, error) {
	st, _, _ := h.state("")
	list := map[string]*pb.HealthCheckResponse{"": {Status: st}}
	for name := range h.all() {
		list[name] = &pb.HealthCheckResponse{Status: st}
	}
	return &pb.HealthListResponse{Statuses: list}, nil
}

// Watch implements grpc.health.v1.Health.
func (h *health) Watch(r *pb.HealthCheckRequest, stream grpc.ServerStreamingServer[pb.HealthCheckResponse]) error {
	last := pb.HealthCheckResponse_ServingStatus(-1)
	for {
		st, draining, changed := h.state(r.GetService())
		if st != last {
			if err := stream.Send(&pb.HealthCheckResponse{Status: st}); err != nil {
				return err
			}
			last = st
		}
		if draining {
			return status.Error(codes.Unavailable, "the server is going down")
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}
