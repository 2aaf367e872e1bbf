package rest

import (
	"encoding/json"
	"net/http"
	"runtime"
	"time"
)

// healthOptions say what the paths of healthPaths tell.
type healthOptions struct {
	Ready       func() error // nil while requests are served; its text is not shown
	Version     string       // of the server
	Built       time.Time    // of the server; zero: not known
	Environment string       // whose programs answer at the mount; "": none
}

// fixedPath is a path that a mount answers by itself, without a program.
type fixedPath struct {
	http.Handler
	Open bool // needs no credentials: it tells no more than that the server lives
}

// retryHealth is after how many seconds one that is not ready should be asked again.
const retryHealth = "5"

// healthPaths returns the paths, below that of a mount, at which the original tells of its
// health and versions. They answer GET and HEAD.
//
// Which paths there are is known; of what they answer only the status is documented. The
// bodies are decided here.
func healthPaths(o healthOptions) map[string]fixedPath {
	open := func(tell func(w http.ResponseWriter)) fixedPath {
		return fixedPath{whileReady(o.Ready, readOnly(func(w http.ResponseWriter, _ *http.Request) { tell(w) })), true}
	}
	closed := func(value any) fixedPath {
		return fixedPath{readOnly(func(w http.ResponseWriter, _ *http.Request) { writeHealth(w, http.StatusOK, value) }), false}
	}
	health := open(func(w http.ResponseWriter) { writeHealth(w, http.StatusOK, healthState{"ok"}) })
	server := o.server()
	return map[string]fixedPath{
		"/healthcheck":      health,
		"/tlpp/healthcheck": health,
		"/tlpp/healthcheck/ok": open(func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte("ok")) // the peer may be gone: nobody is left to tell
		}),
		"/tlpp/healthcheck/datetime": open(func(w http.ResponseWriter) {
			writeHealth(w, http.StatusOK, healthTime{time.Now().Format(time.RFC3339)})
		}),
		"/appserver/version":     closed(healthVersion{o.Version}),
		"/appserver/builddate":   closed(healthBuild{server.BuildDate}),
		"/appserver/environment": closed(healthEnvironment{AppServer: server, Environment: o.Environment}),
		"/tlpp/environment":      closed(healthEnvironment{TLPP: server, Environment: o.Environment}),
		"/totvs/environment":     closed(healthEnvironment{AppServer: server, TLPP: server, Environment: o.Environment}),
	}
}

type (
	healthState struct {
		Status string `json:"status"`
	}
	healthTime struct {
		DateTime string `json:"datetime"`
	}
	healthVersion struct {
		Version string `json:"version"`
	}
	healthBuild struct {
		BuildDate string `json:"builddate"`
	}
)

// healthEnvironment says what an environment runs on.
type healthEnvironment struct {
	Environment string        `json:"environment"`
	AppServer   *healthServer `json:"appserver,omitempty"`
	TLPP        *healthServer `json:"tlpp,omitempty"`
}

type healthServer struct {
	Version   string `json:"version"`
	BuildDate string `json:"builddate"` // RFC 3339; "": not known
	Platform  string `json:"platform"`
}

func (o *healthOptions) server() *healthServer {
	s := &healthServer{Version: o.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if !o.Built.IsZero() {
		s.BuildDate = o.Built.UTC().Format(time.RFC3339)
	}
	return s
}

// whileReady answers 503 while the server is not ready, as when it stops.
func whileReady(ready func() error, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ready() != nil {
			w.Header().Set("Retry-After", retryHealth)
			writeHealth(w, http.StatusServiceUnavailable, healthState{"unavailable"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readOnly lets GET and HEAD through.
func readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			WriteError(w, r, http.StatusMethodNotAllowed, "", subject(r)+" is not allowed. Allowed: GET, HEAD.")
			return
		}
		next(w, r)
	})
}

func writeHealth(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // strings always have a JSON form
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the peer may be gone: nobody is left to tell
}
