package rest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"appserver/internal/auth"
	"appserver/internal/exchange"
	"appserver/internal/rest/access"
	"appserver/internal/rest/route"
)

// Door finds out who calls.
type Door interface {
	Authenticate(ctx context.Context, r *http.Request, from netip.Addr, rules access.Rules) (auth.Principal, error)
	Token() http.Handler
	Invalidate() http.Handler
	Password() http.Handler
}

// Outcome is what became of a request.
type Outcome struct {
	Mount    string // name of it
	Model    string // of the route, or "" if it had none
	Status   int    // of the answer; 499: the client went away
	Refused  string // one of RefusalReasons, or ""
	Duration time.Duration
}

// request is one on its way.
type request struct {
	server   *Server
	state    *state
	listener string
	mount    *mount
	below    string          // what of the escaped path is below the mount
	segments []string        // of it, decoded
	query    []exchange.Pair // decoded

	id        string
	match     route.Match
	from      netip.Addr
	principal auth.Principal
	tenant    string
	answers   recorder
	refused   string // why, one of RefusalReasons, or ""
	x         *exchange.Exchange
	caught    *failure // of the program, to which OnError has made the answer; or nil
}

// serve answers a request of a mount.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, q *request) {
	begun := time.Now()
	q.server, q.id, q.from = s, identify(r.Header), access.From(r)
	q.answers.ResponseWriter = w
	w.Header()[headerRequestID] = []string{q.id}
	defer func() {
		q.note(w)
		if s.o.Observe != nil {
			s.o.Observe(Outcome{q.mount.o.Name, string(q.model()), q.answers.status, q.refused, time.Since(begun)})
		}
	}()
	if h := q.open(); h != nil { // not compressed: a length may tell of a secret
		if !q.mount.cors(&q.answers, r) {
			h.ServeHTTP(&q.answers, r)
		}
		return
	}
	withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q.answers.ResponseWriter = w
		if f := q.handle(&q.answers, r); f != nil {
			q.fail(&q.answers, r, f)
		}
	})).ServeHTTP(w, r)
}

// handle is the way of a request, from its header to its answer. The failure that it
// returns is to be answered; nil: the answer is made.
func (q *request) handle(w http.ResponseWriter, r *http.Request) *failure {
	if q.mount.cors(w, r) {
		return nil
	}
	if !q.mount.allows(r.Method) {
		return notAllowed(r, q.mount.o.Methods)
	}
	allow, f := q.find(r)
	if f != nil {
		return f
	}
	if answered, f := q.describe(w, r); answered || f != nil {
		return f
	}
	if q.match.Route == nil {
		return q.unrouted(w, r, allow)
	}
	if q.match.Route.SSLOnly && !q.server.o.Secure(r) {
		return &failure{status: http.StatusForbidden, detail: "The service answers over TLS only.", reason: refusedAccess}
	}
	if f := q.authenticate(r); f != nil {
		return f
	}
	if f := q.permit(r); f != nil {
		return f
	}
	return q.run(w, r)
}

// find looks for the route of the request; if there is none it returns which methods there
// are.
func (q *request) find(r *http.Request) (allow []string, _ *failure) {
	segments, ok := route.Split(q.below)
	if !ok {
		return nil, nil
	}
	q.segments = segments
	if q.mount.table == nil {
		return nil, nil
	}
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &failure{status: http.StatusBadRequest, detail: "The query of the URL is not well formed: " + err.Error() + "."}
	}
	q.query = query
	q.match, allow = q.mount.table.Find(r.Method, segments, query)
	if q.match.Route != nil && q.mount.blocks(q.match.Route) {
		q.match, allow = route.Match{}, nil
	}
	return allow, nil
}

// unrouted answers a request that has no route: with a file, or with which methods there
// are.
func (q *request) unrouted(w http.ResponseWriter, r *http.Request, allow []string) *failure {
	switch {
	case q.mount.files != nil && isRead(r.Method) && allow == nil:
		return q.file(w, r)
	case q.mount.o.Environment != "" && q.mount.table == nil:
		f := noPrograms
		return &f
	case allow == nil:
		return &failure{status: http.StatusNotFound, detail: subject(r) + " has no route."}
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", strings.Join(withOptions(allow), ", "))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return notAllowed(r, allow)
}

// isRead tells whether a method only reads.
func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

func withOptions(allow []string) []string {
	if slices.Contains(allow, http.MethodOptions) {
		return allow
	}
	return append(slices.Clone(allow), http.MethodOptions)
}

func notAllowed(r *http.Request, allow []string) *failure {
	list := strings.Join(allow, ", ")
	return &failure{
		status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {list}},
		detail: subject(r) + " is not allowed. Allowed: " + list + ".",
	}
}

// file answers with a file, for which callers have to show who they are as for a route.
func (q *request) file(w http.ResponseWriter, r *http.Request) *failure {
	if f := q.authenticate(r); f != nil {
		return f
	}
	if f := q.permit(r); f != nil {
		return f
	}
	if !q.mount.files.Serve(w, r, q.below) {
		return &failure{status: http.StatusNotFound, detail: subject(r) + " has neither a route nor a file."}
	}
	return nil
}

// authenticate finds out who calls, where that is asked for, and for which company.
func (q *request) authenticate(r *http.Request) *failure {
	if q.mount.o.Security && !q.mount.public.Match(q.match.Route.WebService(), q.segments, r.Method) {
		if f := q.identify(r); f != nil {
			return f
		}
	}
	tenant, err := access.Tenant(r.Header)
	if err != nil && !q.mount.noTenant.Match(q.match.Route.WebService(), q.segments, r.Method) {
		return refusal(err)
	}
	if err == nil {
		q.tenant = tenant
	}
	return nil
}

// identify asks the door who calls.
func (q *request) identify(r *http.Request) *failure {
	door := q.state.door
	if door == nil {
		return &failure{status: http.StatusServiceUnavailable, detail: "Nobody can be let in at the moment.", reason: refusedAccess}
	}
	var err error
	q.principal, err = door.Authenticate(r.Context(), r, q.from, q.rules())
	return refusal(err)
}

// refusal is what becomes of a request that the door refuses with err; nil if err is nil.
func refusal(err error) *failure {
	var no *access.Refusal
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &no):
		return &failure{status: http.StatusServiceUnavailable, detail: "Who calls cannot be found out at the moment.", retry: time.Second, reason: refusedAccess, cause: err}
	}
	f := &failure{status: no.Status, detail: no.Detail, header: http.Header{}, reason: refusedAccess}
	no.Apply(f.header)
	return f
}

// rules says how callers of the mount may show who they are.
func (q *request) rules() access.Rules {
	rules := access.Rules{Basic: q.mount.o.AllowBasic}
	if q.mount.o.OnAuth != "" {
		rules.OnAuth = q.onAuth
	}
	return rules
}

// permit asks whether the caller may call the route, or read the file.
func (q *request) permit(r *http.Request) *failure {
	permit := q.server.o.Permit
	if permit == nil || q.principal.Method == auth.None {
		return nil
	}
	right := auth.Right{Method: r.Method}
	if to := q.match.Route; to != nil {
		right.Function, right.Routine = to.Handler(), to.Security
	}
	for _, path := range q.paths() {
		right.Path, right.Below = q.mount.prefix+path, path
		if err := permit(r.Context(), q.principal, right); err != nil {
			return forbidden(err)
		}
	}
	return nil
}

// paths are those below the mount for which the caller needs the permission: the request's,
// and that under which the route was declared, if it has other names too.
func (q *request) paths() []string {
	list := []string{q.path()}
	if q.model() == route.Logix {
		list = append(list, pathOf(q.match.Declared()))
	}
	return slices.Compact(list)
}

// path is the path below the mount, decoded but for slashes inside of segments.
func (q *request) path() string {
	if q.segments == nil {
		return q.below
	}
	return pathOf(q.segments)
}

// pathOf returns the path of segments, decoded but for slashes inside of them.
func pathOf(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(s, "/", "%2F"))
	}
	return cmp.Or(b.String(), "/")
}

func (q *request) model() route.Model {
	if q.match.Route == nil {
		return ""
	}
	return q.match.Route.Model
}

// fail answers with a failure, or cuts the connection if an answer has begun already.
func (q *request) fail(w *recorder, r *http.Request, f *failure) {
	q.logFailure(r, f)
	q.refused = f.reason
	begun := w.status != 0
	if f.status == statusGone {
		w.status = statusGone
	}
	if f.drop || begun {
		panic(http.ErrAbortHandler)
	}
	f.write(w, r, q)
}

// logFailure writes to the log what people have to know about a failure.
func (q *request) logFailure(r *http.Request, f *failure) {
	level, before := q.weigh(f)
	entry := q.server.o.Log.Check(level, "request failed")
	if entry == nil {
		return
	}
	fields := []zap.Field{zap.String("request_id", q.id), zap.String("mount", q.mount.o.Name), zap.String("method", r.Method), zap.Int("status", f.status)}
	if q.match.Route != nil {
		fields = append(fields, zap.String("route", q.match.Route.Handler()))
	}
	if before > 0 {
		fields = append(fields, zap.Int64("refused_before", before))
	}
	if f.cause != nil {
		fields = append(fields, zap.String("error", f.causeText()))
	}
	if f.report != "" {
		fields = append(fields, zap.String("stack", f.report))
	}
	entry.Write(fields...)
}

// weigh returns the level of a failure in the log. Of refusals of one kind that the server
// is to blame for, as all are once it has lost its database or has no worker left, only one
// is a warning now and then; before says how many were none since the last.
func (q *request) weigh(f *failure) (level zapcore.Level, before int64) {
	switch {
	case f.status == statusGone:
		return zapcore.DebugLevel, 0
	case f.report != "" || f.status == http.StatusInternalServerError:
		return zapcore.ErrorLevel, 0
	case f.status < 500:
		return zapcore.DebugLevel, 0
	}
	if gate := q.mount.told[f.reason]; gate != nil {
		before, ok := gate.Allow(time.Now())
		if !ok {
			return zapcore.DebugLevel, 0
		}
		return zapcore.WarnLevel, before
	}
	return zapcore.WarnLevel, 0
}

// noter is what the port's response writers offer: fields for the line of the request in the
// log, and another path than the client's.
type noter interface {
	Note(fields ...zap.Field)
	NotePath(path string)
}

func (q *request) note(w http.ResponseWriter) {
	n, ok := w.(noter)
	if !ok {
		return
	}
	fields := []zap.Field{zap.String("request_id", q.id), zap.String("mount", q.mount.o.Name)}
	if r := q.match.Route; r != nil {
		fields = append(fields, zap.String("model", string(r.Model)), zap.String("route", r.Handler()))
	}
	if path := q.declared(); path != "" {
		n.NotePath(q.mount.prefix + path) // its parameters may be names of people
	}
	n.Note(fields...)
}

// declared returns the path below the mount as that of the route was declared; if there is
// none for the method, as in a preflight, as that of another method's. It is "" where no
// program answers.
func (q *request) declared() string {
	if r := q.match.Route; r != nil {
		return r.Path
	}
	if _, own := q.own(); own || q.mount.o.Environment == "" {
		return ""
	}
	if q.mount.table == nil {
		return "/*" // nobody knows
	}
	segments, ok := route.Split(q.below)
	for _, method := range allMethods {
		if m, _ := q.mount.table.Find(method, segments, q.query); ok && m.Route != nil {
			return m.Route.Path
		}
	}
	return ""
}

// recorder notes the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int // 0: it has not begun
}

// WriteHeader notes the status.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= 200 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

// Write notes that the answer has begun.
func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return rec.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// style is the shape of the request's errors.
func (q *request) style() style {
	if r := q.match.Route; r != nil && r.Model == route.Classic && !r.TTalk {
		return classic
	}
	return guideline
}
