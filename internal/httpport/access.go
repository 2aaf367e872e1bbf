package httpport

import (
	"cmp"
	"crypto/tls"
	"net/http"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// maxLoggedPath bounds what a request can put into the log.
const maxLoggedPath = 1024

// accessLine is what the log says about a request, taken before the handler
// can change it. The query is left out: it may carry passwords.
type accessLine struct {
	remote, proxy, method, path, proto string
	tls                                *tls.ConnectionState
	start                              time.Time
}

// finish is deferred around a request: it contains a panic, completes the
// answer and logs it.
func (g *gate) finish(rec *recorder, r *http.Request, line *accessLine) {
	fault := recover()
	abort := fault != nil
	if abort && fault != http.ErrAbortHandler {
		g.report(fault, line.method, line.path)
		abort = !g.answerFault(rec, r)
	}
	rec.end()
	g.logAccess(rec, line, abort)
	if abort {
		// Net/http then cuts the connection or resets the stream, so that
		// the peer cannot take a part for the whole.
		panic(http.ErrAbortHandler)
	}
}

// answerFault answers 500 if nothing was sent yet, and reports whether it
// did.
func (g *gate) answerFault(rec *recorder, r *http.Request) bool {
	if rec.status != 0 || rec.hijacked {
		return false
	}
	clear(rec.Header())
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	g.refuse(rec, r, &refusal{
		status: http.StatusInternalServerError,
		detail: "The server failed while it was answering. Its log says where.",
	})
	return true
}

// containGRPC is deferred around a gRPC request. The handler of a call has its
// own answer to a panic; what arrives here is a fault of the transport.
func (g *gate) containGRPC(r *http.Request) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault != http.ErrAbortHandler {
		g.report(fault, r.Method, r.URL.Path)
	}
	panic(http.ErrAbortHandler)
}

// report counts and logs a panic; it runs on the stack that panicked.
func (g *gate) report(fault any, method, path string) {
	if g.cfg.Panicked != nil {
		g.cfg.Panicked()
	}
	g.cfg.Log.Error("panic in an HTTP handler",
		zap.Any("panic", fault),
		zap.String("method", method),
		zap.String("path", bounded(path)),
		zap.ByteString("stack", debug.Stack()))
}

func (g *gate) logAccess(rec *recorder, line *accessLine, aborted bool) {
	level := zapcore.InfoLevel
	if line.path == healthzPath || line.path == readyzPath {
		level = zapcore.DebugLevel
	}
	if g.cfg.Log.Core().Enabled(level) {
		g.writeAccess(level, rec, line, aborted)
	}
}

// writeAccess is apart from logAccess so that a request that is not logged does
// not pay for its large frame, and that of Check: in HTTP/2 every request has a
// new stack.
//
//go:noinline
func (g *gate) writeAccess(level zapcore.Level, rec *recorder, line *accessLine, aborted bool) {
	entry := g.cfg.Log.Check(level, "request")
	if entry == nil {
		return
	}
	fields := append(make([]zap.Field, 0, 10),
		zap.String("remote", line.remote),
		zap.String("method", bounded(line.method)),
		zap.String("path", bounded(cmp.Or(rec.path, line.path))),
		zap.String("proto", line.proto),
		zap.Int("status", rec.status),
		zap.Int64("bytes", rec.bytes),
		zap.Duration("duration", time.Since(line.start)),
		zap.String("tls", tlsName(line.tls)))
	if line.proxy != "" {
		fields = append(fields, zap.String("proxy", line.proxy))
	}
	fields = append(fields, rec.notes...)
	if aborted {
		fields = append(fields, zap.Bool("aborted", true))
	}
	entry.Write(fields...)
}

func tlsName(state *tls.ConnectionState) string {
	if state == nil {
		return "none"
	}
	return tls.VersionName(state.Version)
}

func bounded(s string) string {
	if len(s) <= maxLoggedPath {
		return s
	}
	return s[:maxLoggedPath] + "…"
}
