// Package rest answers HTTP APIs: what lives at and below /api and /rest.
//
// Every answer that is not a route's own is a JSON object with the members
// code, message and detailedMessage, as the API guideline of the product family
// demands: clients parse it whatever went wrong.
package rest

import (
	"net/http"
	"strings"
)

// Owns reports whether path belongs to this package: it is /api or /rest, or
// below one of them. Letters must match in case.
func Owns(path string) bool {
	for _, prefix := range [...]string{"/api", "/rest"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// Handler serves routes. Where they have no route it answers 404, and 405 with
// Allow where they know the path under other methods only, with a JSON body in
// place of ServeMux's text.
func Handler(routes *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := routes.Handler(r); pattern != "" {
			routes.ServeHTTP(w, r)
			return
		}
		unanswered(w, r, routes)
	})
}

// unanswered lets routes write its refusal to nowhere, to learn its status and
// headers. A redirect to the clean form of a path stays what it is.
func unanswered(w http.ResponseWriter, r *http.Request, routes *http.ServeMux) {
	v := verdict{header: make(http.Header)}
	routes.ServeHTTP(&v, r)
	switch v.status {
	case http.StatusMethodNotAllowed:
		allow := v.header.Get("Allow")
		w.Header().Set("Allow", allow)
		WriteError(w, r, v.status, "", subject(r)+" is not allowed. Allowed: "+allow+".")
	case http.StatusNotFound, http.StatusBadRequest:
		WriteError(w, r, v.status, "", subject(r)+" has no route.")
	default:
		routes.ServeHTTP(w, r)
	}
}

// verdict is a response writer that keeps all but the body.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) Write(p []byte) (int, error) { return len(p), nil }
func (v *verdict) WriteHeader(status int)      { v.status = status }

// maxSubject bounds what an answer repeats of its request, in bytes.
const maxSubject = 256

func subject(r *http.Request) string {
	s := r.Method + " " + r.URL.Path
	if len(s) > maxSubject {
		s = strings.ToValidUTF8(s[:maxSubject], "") + "…"
	}
	return s
}
