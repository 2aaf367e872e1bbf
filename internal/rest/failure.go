package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/rest/route"
)

// Reasons for which requests are refused, as Outcome.Refused has them.
const (
	refusedQueue    = "queue"    // no worker was free
	refusedLicense  = "license"  // no licence was
	refusedAccess   = "access"   // nobody who may call
	refusedMemory   = "memory"   // too many bodies, no memory for a thread
	refusedPrograms = "programs" // the environment has none that can be used
	refusedStopping = "stopping" // the server goes down
)

// RefusalReasons returns what Outcome.Refused can be.
func RefusalReasons() []string {
	return []string{refusedQueue, refusedLicense, refusedAccess, refusedMemory, refusedPrograms, refusedStopping}
}

// Models returns what Outcome.Model can be.
func Models() []string {
	return []string{"", string(route.TLPP), string(route.Classic), string(route.Logix)}
}

// failure is an answer that is not the program's.
type failure struct {
	status int
	detail string        // in English, for whoever wrote the client; no secrets
	header http.Header   // of the answer, beside those that all have; or nil
	retry  time.Duration // Retry-After; 0: none
	reason string        // one of those above, or ""
	close  bool          // the connection ends
	drop   bool          // it ends without an answer
	cause  error         // for the log, or nil
	report string        // of the program's error, in UTF-8, for the log
}

// statusGone is the status of a request whose client went away, in metrics only.
const statusGone = 499

// errReplaced is the error of a request for which there is nothing any more since a reload.
var errReplaced = errors.New("programs or mounts were replaced before the request began")

// outcomes says what becomes of a request whose call ended with an error. The first that
// the error is counts.
var outcomes = []struct {
	err    error
	answer failure
}{
	{exchange.ErrTooLarge, failure{status: http.StatusRequestEntityTooLarge, detail: "The body is longer than the service takes.", close: true}},
	{errSlow, slowBody},
	{host.ErrTimeout, failure{status: http.StatusGatewayTimeout, detail: "The service took longer than it may."}},
	{context.Canceled, failure{status: statusGone, drop: true}},
	{host.ErrQueueFull, busy("Too many requests wait for the service.")},
	{host.ErrQueueTime, busy("The service had no room for the request in time.")},
	{host.ErrBusy, busy("The server runs as many programs as it may.")},
	{host.ErrNoMemory, failure{status: http.StatusServiceUnavailable, detail: "The server's memory is used up.", retry: 5 * time.Second, reason: refusedMemory}},
	{host.ErrStopping, stopping},
	{host.ErrPoolClosed, stopping},
	{auth.ErrDismissed, failure{status: http.StatusForbidden, detail: "The user may not call any more.", reason: refusedAccess}},
	{host.ErrKilled, failure{status: http.StatusServiceUnavailable, detail: "The request was ended by the administrator."}},
	{host.ErrInactive, failure{status: http.StatusServiceUnavailable, detail: "The request was ended after a long time without activity."}},
	{host.ErrAbandoned, failure{status: http.StatusServiceUnavailable, detail: "The service did not end in time."}},
	{host.ErrNoEnvironment, noPrograms},
	{host.ErrUnavailable, noPrograms},
	{host.ErrNoFunction, replaced},
	{errReplaced, replaced},
	{host.ErrEnded, busy("The service ended before it began. Try again.")},
}

var (
	stopping   = failure{status: http.StatusServiceUnavailable, detail: "The server is going down.", retry: 5 * time.Second, reason: refusedStopping, close: true}
	replaced   = failure{status: http.StatusServiceUnavailable, detail: "The service is being replaced. Try again.", retry: time.Second, reason: refusedPrograms}
	noPrograms = failure{status: http.StatusServiceUnavailable, detail: "The programs of the service cannot be used. The server's log says why.", retry: 30 * time.Second, reason: refusedPrograms}
)

// slowBody is what becomes of a request whose body comes too slowly.
var slowBody = failure{status: http.StatusRequestTimeout, detail: "The body of the request came too slowly.", close: true}

func busy(detail string) failure {
	return failure{status: http.StatusServiceUnavailable, detail: detail, retry: time.Second, reason: refusedQueue}
}

// outcome returns what becomes of a request whose call ended with err.
func outcome(err error) *failure {
	var own *failed
	if errors.As(err, &own) {
		return own.failure
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			f := o.answer
			f.cause = err
			return &f
		}
	}
	f := &failure{status: http.StatusInternalServerError, detail: "The service failed. The server's log says why.", cause: err}
	var call *host.CallError
	if errors.As(err, &call) {
		f.report = call.Report
	}
	return f
}

// failed is a failure as the error of what runs in a worker.
type failed struct{ *failure }

func (f *failed) Error() string { return f.detail }

// causeText returns the text of the cause in UTF-8, which that of a program is not in.
func (f *failure) causeText() string {
	if f.cause == nil {
		return ""
	}
	text := f.cause.Error()
	var e *vm.Error
	if errors.As(f.cause, &e) {
		text = lib.ToUTF8(text)
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// forbidden is what becomes of a request whose caller may not call the route.
func forbidden(err error) *failure {
	if errors.Is(err, auth.ErrForbidden) {
		return &failure{status: http.StatusForbidden, detail: "The user may not call this service.", reason: refusedAccess}
	}
	return &failure{status: http.StatusServiceUnavailable, detail: "What the user may call cannot be looked up at the moment.", retry: 5 * time.Second, reason: refusedAccess, cause: err}
}

// write answers r with the failure.
func (f *failure) write(w http.ResponseWriter, r *http.Request, q *request) {
	h := w.Header()
	for name, values := range f.header {
		h[name] = values
	}
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((f.retry+time.Second-1)/time.Second)))
	}
	if f.close && r.ProtoMajor == 1 { // in HTTP/2 it would end the requests of others too
		h.Set("Connection", "close")
	}
	if f.status == http.StatusUnauthorized && q.mount.bare.Match(q.match.Route.WebService(), q.segments, r.Method) {
		w.WriteHeader(f.status)
		return
	}
	detail := f.detail
	if q.state.detail && f.cause != nil {
		detail = strings.TrimSpace(detail + "\n" + f.causeText() + "\n" + f.report)
	}
	writeFailure(w, r, q.style(), f.status, "", detail)
}
