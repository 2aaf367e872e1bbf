package monitor

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Status is what the server tells its administrator, as JSON.
type Status struct {
	Name          string    `json:"name"`
	Version       string    `json:"version"`
	PID           int       `json:"pid"`
	Started       time.Time `json:"started"`
	UptimeSeconds int64     `json:"uptimeSeconds"` // set by the handler
	ConfigFile    string    `json:"configFile"`    // empty: the built-in configuration

	Ready    bool   `json:"ready"`
	Reason   string `json:"reason,omitempty"` // why it is not ready
	Draining bool   `json:"draining"`

	Environments []EnvironmentState `json:"environments,omitempty"`

	Listeners    []Listener  `json:"listeners"`
	Connections  Connections `json:"connections"`
	TLSPolicy    string      `json:"tlsPolicy"` // versions and rules, for people; empty without TLS
	Certificates []CertInfo  `json:"certificates"`

	Threads map[string]int `json:"threads,omitempty"` // of programs, by state
	Jobs    map[string]int `json:"jobs,omitempty"`    // by state

	LogLevel       string       `json:"logLevel,omitempty"`       // in effect: debug, info, warn or error
	LastReload     *ReloadState `json:"lastReload,omitempty"`     // nil: there was none since the start
	PendingRestart []Change     `json:"pendingRestart,omitempty"` // reloaded, but in effect only after a restart
}

// SetReadiness sets Ready, Reason and Draining from r.
func (s *Status) SetReadiness(r *Readiness) {
	s.Draining = r.Draining()
	s.Ready, s.Reason = true, ""
	if err := r.Err(); err != nil {
		s.Ready, s.Reason = false, err.Error()
	}
}

// Listener is an address that the server listens on.
type Listener struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`              // for instance "port", "rest" or "operations"
	Section string `json:"section,omitempty"` // of the configuration, of a listener for HTTP APIs
	Secure  bool   `json:"secure"`            // speaks TLS
	Program string `json:"program,omitempty"` // function that has started it, and its thread; "" for the server itself
}

// AdminOptions say what the administration interface acts on.
type AdminOptions struct {
	// Status returns the present state. It is called concurrently.
	Status func() Status
	// Shutdown begins the drain and returns at once. It is called at most once,
	// after the answer has been sent.
	Shutdown func()
	// Reload reads the configuration and the certificates again, and returns when
	// the new ones are in effect or were refused, in which case the old ones stay
	// whole and the error is a *ReloadError; ErrDraining if it is too late. Of the
	// requests one at a time calls it. The context ends after a minute, and not
	// with the request: the asker is then told so, and a Reload that goes on keeps
	// others waiting. Nil: there is no such resource.
	Reload func(context.Context) (Reload, error)
	// LogLevel returns the level in effect, and SetLogLevel changes it to debug,
	// info, warn or error. They are called concurrently. Both nil: there is no
	// such resource.
	LogLevel    func() string
	SetLogLevel func(level string) error
	// Programs is what runs. Nil: there are no such resources.
	Programs *Programs
	// Permit says whether the administrator may do what the key of [TDS] guards, and
	// if not why. Nil: all of it. It is called concurrently.
	Permit func(Permission) error
	// Token is that of the AdminListener. Without one only a Unix socket is
	// served, whose permissions decide who may connect.
	Token string
	// Panicked is called after a panic ended one request; it counts. It may be nil.
	Panicked func()
	Log      *zap.Logger
	Now      func() time.Time // default: time.Now
}

// AdminHandler serves the administration interface:
//
//	GET  /v1/status     200, a Status
//	POST /v1/shutdown   202, {"draining":true}: the server finishes what it does
//	                    and ends; again while it does so: the same answer
//	POST /v1/reload     200, a Reload, when the new configuration is in effect;
//	                    422 if it was refused, with the list findings in the body;
//	                    409 if another reload has not ended for half a minute; 503
//	                    while the server drains, or if this one has not ended
//	                    within a minute, in which case it may still take place
//	GET  /v1/log-level  200, {"level":"info"}
//	PUT  /v1/log-level  the same as body and answer: debug, info, warn or error;
//	                    400 for anything else
//	GET  /v1/threads    200, a list of Thread
//	POST /v1/threads/{id}/kill     200 when the thread was told to end
//	POST /v1/threads/{id}/message  the same; the body is like {"text":"Log off"}, up to
//	                    [MaxMessage] bytes
//	GET  /v1/jobs       200, a list of Job
//	POST /v1/jobs/{name}/restart, POST /v1/jobs/{name}/stop
//	GET  /v1/pools      200, a list of Pool
//	GET  /v1/rpc        200, a list of RPCSession
//	POST /v1/rpc/{id}/kill
//	GET  /v1/licenses   200, Licenses
//
// What there is not is 404, what cannot be done now 409, what a key of [TDS] forbids
// 403 with the name of the key.
//
// Bodies are JSON; an error has the fields code and message. Where the token is
// needed and absent or wrong, the answer is 401, and 500 where what the options
// say panics. Serve it with [Server], which bounds what it reads.
func AdminHandler(o AdminOptions) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Panicked == nil {
		o.Panicked = func() {}
	}
	a := &admin{
		AdminOptions: o, shutdown: sync.OnceFunc(o.Shutdown), reloading: make(chan struct{}, 1),
		containment: containment{o.Log, o.Panicked},
	}
	mux := http.NewServeMux()
	a.resource(mux, "/v1/status", map[string]http.HandlerFunc{"GET": a.status})
	a.resource(mux, "/v1/shutdown", map[string]http.HandlerFunc{"POST": a.permitted(MayStop, a.beginShutdown)})
	if o.Reload != nil {
		a.resource(mux, "/v1/reload", map[string]http.HandlerFunc{"POST": a.reload})
	}
	if o.LogLevel != nil {
		a.resource(mux, "/v1/log-level", map[string]http.HandlerFunc{"GET": a.getLogLevel, "PUT": a.putLogLevel})
	}
	if o.Programs != nil {
		a.programs(mux)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, "no such resource: this is the administration interface, see /v1/status")
	})
	return a.contain(a.authorised(mux))
}

type admin struct {
	AdminOptions
	containment
	shutdown  func()
	reloading chan struct{} // holds a token while a request reloads
}

// resource serves path with these methods, HEAD where there is GET, and refuses
// all others.
func (a *admin) resource(mux *http.ServeMux, path string, methods map[string]http.HandlerFunc) {
	var allow []string
	for method, serve := range methods {
		mux.HandleFunc(method+" "+path, serve)
		allow = append(allow, method)
		if method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	mux.HandleFunc(path, a.methodNotAllowed(strings.Join(allow, ", ")))
}

// authorised lets through whoever came by the Unix socket or bears the token.
func (a *admin) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Token == "" && onUnixSocket(r) || a.Token != "" && bears(r, a.Token) {
			next.ServeHTTP(w, r)
			return
		}
		a.Log.Warn("administration refused: no valid token", zap.String("remote", r.RemoteAddr))
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeError(w, http.StatusUnauthorized, "the token of this server is needed")
	})
}

func onUnixSocket(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && addr.Network() == "unix"
}

func bears(r *http.Request, token string) bool {
	scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(got), []byte(token)) == 1
}

func (a *admin) status(w http.ResponseWriter, r *http.Request) {
	s := a.Status()
	s.UptimeSeconds = int64(a.Now().Sub(s.Started).Seconds())
	writeJSON(w, http.StatusOK, s)
}

func (a *admin) beginShutdown(w http.ResponseWriter, r *http.Request) {
	a.Log.Info("shutdown requested by the administrator")
	writeJSON(w, http.StatusAccepted, map[string]bool{"draining": true})
	http.NewResponseController(w).Flush() // an error means that the asker is gone; the request stands
	a.shutdown()
}

func (a *admin) methodNotAllowed(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		writeError(w, http.StatusMethodNotAllowed, "method not allowed here, only "+allow)
	}
}

// adminError is the body of every answer that is an error.
type adminError struct {
	Code     int      `json:"code"`
	Message  string   `json:"message"`
	Findings []string `json:"findings,omitempty"` // of a reload that was refused
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, adminError{Code: status, Message: message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
