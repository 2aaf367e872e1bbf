// Package rest answers HTTP APIs with the programs, and the files, that are mounted below paths
// of listeners.
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

// NotFound answers that nothing is at the path of the request.
func NotFound(w http.ResponseWriter, r *http.Request) {
	WriteError(w, r, http.StatusNotFound, "", subject(r)+" has no route.")
}

// maxSubject bounds what an answer repeats of its request, in bytes.
const maxSubject = 256

func subject(r *http.Request) string {
	s := r.Method + " " + r.URL.Path
	if len(s) > maxSubject {
		s = strings.ToValidUTF8(s[:maxSubject], "") + "…"
	}
	return s
}
