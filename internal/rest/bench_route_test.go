package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkRoute is a request from its header to its answer, without a connection.
func BenchmarkRoute(b *testing.B) {
	bench := newBench(b, Options{}, Mount{Path: "/rest"})
	h := bench.Listener("", http.NotFoundHandler())
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/rest/hello/ana", nil))
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
