package httpport

import (
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// gate is the handler in front of all handlers: it applies the rules of the
// port to a request, guards its transfer, and tells the log how it ended.
type gate struct {
	cfg     Config // but for TrustedProxies, see trusted
	trusted atomic.Pointer[[]netip.Prefix]
	methods bool         // whether the list of methods is enforced
	grpc    http.Handler // nil if gRPC has no meaning here
	handler http.Handler
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestRead(r)
	r, proxy := applyForwarded(r, *g.trusted.Load())
	if g.grpc != nil && isGRPC(r) {
		defer g.containGRPC(r)
		g.grpc.ServeHTTP(w, r)
		return
	}
	rec := newRecorder(w, r, &g.cfg)
	rec.last = isLast(r)
	line := accessLine{
		remote: r.RemoteAddr, proxy: proxy, method: r.Method, path: r.URL.Path,
		proto: r.Proto, tls: r.TLS, start: time.Now(),
	}
	defer g.finish(rec, r, &line)
	g.serve(rec, r)
}

// serve answers r by the rules or hands it to the handler.
func (g *gate) serve(rec *recorder, r *http.Request) {
	rec.Header()["X-Content-Type-Options"] = nosniff
	if no := g.check(r); no != nil {
		g.refuse(rec, r, no)
		return
	}
	guardBody(rec, r, &g.cfg)
	g.handler.ServeHTTP(rec.forHandler(), r)
}

// nosniff is shared by all answers: Set would allocate it for each.
var nosniff = []string{"nosniff"}

// refuse answers r with no and ends its connection: a peer that breaks the
// rules once is not trusted to have framed its next message well.
func (g *gate) refuse(rec *recorder, r *http.Request, no *refusal) {
	rec.closeAfter = true
	if no.allow != "" {
		rec.Header().Set("Allow", no.allow)
	}
	g.cfg.Error(rec, r, no.status, no.detail)
}

// plainText answers with one line that is not to be stored.
func plainText(w http.ResponseWriter, _ *http.Request, status int, line string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(line + "\n")) // the peer may be gone: nobody is left to tell
}
