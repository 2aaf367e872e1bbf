package httpport

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// PlaintextPolicy says what a client gets that speaks HTTP without TLS to a
// port that demands TLS.
type PlaintextPolicy uint8

const (
	// PlaintextRedirect sends GET and HEAD to the same URL with https (308)
	// and refuses all else (403): a body or a password that was sent in the
	// clear must not seem to have been accepted.
	PlaintextRedirect PlaintextPolicy = iota

	// PlaintextRefuse answers every request 403.
	PlaintextRefuse
)

const (
	tlsOnly      = "This port accepts encrypted connections (TLS) only."
	tlsOnlyProxy = tlsOnly + " The proxy in front of it must use TLS as well."
)

// NewPlaintextServer returns a server for connections that arrive without TLS
// on a port that demands it. Every answer ends its connection. Of cfg it uses
// all but Handler, GRPC and AllowPlainGRPC. It starts nothing.
func NewPlaintextServer(policy PlaintextPolicy, cfg Config) *Server {
	cfg = cfg.withDefaults()
	return newServer(cfg, &gate{
		cfg:     cfg,
		grpc:    denyGRPC("this port accepts encrypted connections only: use TLS"),
		handler: plaintextHandler(policy, cfg.Error),
	})
}

func plaintextHandler(policy PlaintextPolicy, refuse ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // on HTTP/2 this sends GOAWAY
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case Scheme(r) == "https":
			// A redirect would come back by the same way for ever.
			refuse(w, r, http.StatusForbidden, tlsOnlyProxy)
		case read && hasSecret(r.URL.Query()):
			refuse(w, r, http.StatusForbidden, tlsOnly+" The URL holds a password or a token, which was sent in the clear. Use https.")
		case policy == PlaintextRedirect && read && r.Host != "":
			redirect(w, r)
		case policy == PlaintextRedirect && read:
			refuse(w, r, http.StatusBadRequest, tlsOnly+" The request names no host to redirect it to.")
		default:
			refuse(w, r, http.StatusForbidden, tlsOnly+" Use https.")
		}
	})
}

// hasSecret tells whether a query has what must not be in the URL of a redirect.
func hasSecret(query url.Values) bool {
	return query.Has("password") || query.Has("access_token") || query.Has("refresh_token")
}

// redirect sends the client to the same URL with https. The answer is not to
// be stored: an operator may turn TLS off again.
func redirect(w http.ResponseWriter, r *http.Request) {
	target := url.URL{
		Scheme: "https", Host: secureHost(r),
		Path: r.URL.Path, RawPath: r.URL.RawPath,
		RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery,
	}
	if target.Path == "" {
		target.Path = "/"
	}
	h := w.Header()
	h.Set("Location", target.String())
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusPermanentRedirect)
	_, _ = w.Write([]byte(tlsOnly + " Use https.\n")) // the peer may be gone: nobody is left to tell
}

// secureHost returns the authority of r for https. TLS is on the same port, so
// a port that the client left out, 80, has to be named.
func secureHost(r *http.Request) string {
	name, port, _ := cutPort(r.Host)
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if port == "" && ok && strings.HasSuffix(local.String(), ":80") {
		return name + ":80"
	}
	return r.Host
}
