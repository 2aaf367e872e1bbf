// Package monitor is what operators see of the running server.
//
// There are two doors. The loopback listener serves [OperationsHandler]: metrics
// for Prometheus, readiness and liveness, and nothing that changes anything. The
// administration socket in the data folder ([ListenAdmin]) serves
// [AdminHandler]: the state, and what changes it; whoever may open the socket is the administrator, and
// [AdminClient] is its other end. [Server] runs either.
package monitor

import (
	"io"
	"log"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// maxBody bounds the bodies of requests, in bytes.
const maxBody = 4 << 10

// Server returns an HTTP server for one of the two doors, with limits that suit
// small requests of local programs. It starts nothing: call its Serve, and then
// its Shutdown or Close.
func Server(h http.Handler, l *zap.Logger) *http.Server {
	return &http.Server{
		Handler:           http.MaxBytesHandler(h, maxBody),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          stdLog(l),
	}
}

// OperationsHandler serves GET and HEAD of these paths, and nothing else:
//
//	/metrics  the figures of m for Prometheus
//	/healthz  200 as long as the process answers
//	/readyz   200 while ready returns nil, else 503 and the reason
//
// A panic ends one request, is logged, and counted by m as one of "operations".
func OperationsHandler(m *Metrics, ready func() error, log *zap.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		writeText(w, http.StatusOK, "ok\n")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(); err != nil {
			writeText(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
			return
		}
		writeText(w, http.StatusOK, "ready\n")
	})
	return containment{log, func() { m.Panicked("operations") }}.contain(mux)
}

// stdLog passes what net/http has to say, which is about single connections, on
// at debug level.
func stdLog(l *zap.Logger) *log.Logger {
	std, err := zap.NewStdLogAt(l, zap.DebugLevel)
	if err != nil {
		return zap.NewStdLog(l)
	}
	return std
}

func writeText(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, body)
}
