package httpport

import (
	"context"
	"net/http"
	"sync/atomic"
)

type requestsLeftKey struct{}

// countRequests has the requests of a connection counted, if there are to be at
// most so many.
func countRequests(ctx context.Context, most int) context.Context {
	if most <= 0 {
		return ctx
	}
	left := new(atomic.Int64)
	left.Store(int64(most))
	return context.WithValue(ctx, requestsLeftKey{}, left)
}

// isLast counts r, and reports whether its connection is to end with it.
func isLast(r *http.Request) bool {
	left, ok := r.Context().Value(requestsLeftKey{}).(*atomic.Int64)
	return ok && left.Add(-1) <= 0
}
