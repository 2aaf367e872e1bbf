package httpport

import "net/http"

// Requests to these paths are logged at debug: monitors send them for ever.
const (
	healthzPath = "/healthz"
	readyzPath  = "/readyz"
)

// Healthz answers 200 "ok" as long as the process serves. It belongs at
// /healthz.
func Healthz() http.Handler {
	return probe(func() (int, string) { return http.StatusOK, "ok" })
}

// Readyz answers 200 "ready" while ready returns nil, else 503 "not ready". It
// belongs at /readyz. The error itself is not shown: the port is open to
// anybody.
func Readyz(ready func() error) http.Handler {
	return probe(func() (int, string) {
		if ready() != nil {
			return http.StatusServiceUnavailable, "not ready"
		}
		return http.StatusOK, "ready"
	})
}

func probe(state func() (status int, text string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			plainText(w, r, http.StatusMethodNotAllowed, "A probe knows GET and HEAD.")
			return
		}
		status, text := state()
		plainText(w, r, status, text)
	})
}
