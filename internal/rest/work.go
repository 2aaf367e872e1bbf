package rest

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/license"
)

// license.Header says which licence a request takes.

// license takes a licence for as long as the request runs, where that is the rule.
func (q *request) license(r *http.Request) (release func(), _ *failure) {
	control := q.server.o.Licenses
	if control == nil || !q.mount.o.Stateless {
		return func() {}, nil
	}
	release, err := control.Acquire(r.Header.Values(license.Header))
	if err != nil {
		return nil, unlicensed(err)
	}
	return release, nil
}

// unlicensed is what becomes of a request that gets no licence.
func unlicensed(err error) *failure {
	status, again := license.Status(err)
	return &failure{status: status, detail: err.Error(), retry: again, reason: refusedLicense}
}

// work is what a worker does around the route: it is for the dispatcher of natives.
type work struct {
	*request
	codes []string // values of license.Header
	out   share    // of the memory for long answers
}

// Around calls run, which answers the request, with what the mount wants before and after
// it. It runs in the thread of the worker.
func (w *work) Around(t *vm.Thread, run func() error) error {
	if !w.runs(t.Program()) {
		return errReplaced
	}
	if err := w.hold(t); err != nil {
		return err
	}
	if err := w.publish(t); err != nil {
		return err
	}
	if err := w.admit(t); err != nil {
		return err
	}
	err := run()
	if err != nil && w.mount.o.Exits.OnError != "" {
		err = w.onError(t, err)
	}
	if send := w.mount.o.Exits.OnSend; err == nil && send != "" && !w.x.Started() {
		_, err = t.Call(send)
	}
	if err == nil || errors.Is(err, vm.ErrQuit) {
		if fault := w.keep(t); fault != nil {
			return fault
		}
	}
	return err
}

// keep takes memory for a long answer until the client has it. If there is none the worker
// sends the answer itself: so clients that take their answers slowly, or not at all, hold as
// much memory as that, and what workers have.
func (w *work) keep(t *vm.Thread) (err error) {
	n := len(w.x.Answer())
	if n < longAnswer || w.x.Started() || w.out.take(n) == nil {
		return nil
	}
	w.label()
	t.Blocked(func() { err = w.x.Send(true) })
	if errors.Is(err, errStatus) || errors.Is(err, exchange.ErrHeader) {
		return err
	}
	return nil // the client may be gone: nobody is left to tell
}

// runs tells whether a program has what the route calls: that of a worker can be newer or
// older than that in which the route was found.
func (w *work) runs(p *vm.Program) bool {
	r := w.match.Route
	if p == w.mount.program {
		return true
	}
	if r.Class == "" {
		_, native, ok := p.Lookup(r.Func, nil)
		return ok && !native
	}
	c, ok := p.ClassNamed(r.Class)
	return ok && c.HasMethod(r.Name)
}

type holdKey struct{}

// hold takes the licence that the worker holds until its thread ends, where that is the
// rule.
func (w *work) hold(t *vm.Thread) error {
	control := w.server.o.Licenses
	own, ok := host.ThreadOf(t)
	if control == nil || w.mount.o.Stateless || !ok {
		return nil
	}
	hold := t.Local(holdKey{}, func() any {
		h := control.Hold()
		own.OnEnd(h.Release)
		return h
	}).(*license.Hold)
	if err := hold.Use(w.codes); err != nil {
		return &failed{unlicensed(err)}
	}
	return nil
}

// publish makes the public variables that programs of the original find: the company and the
// branch that the request is for, and who sends it.
func (w *work) publish(t *vm.Thread) error {
	company, branch := w.company()
	for _, v := range []struct{ name, text string }{
		{"CEMPANT", company}, {"CFILANT", branch}, {"CUSERNAME", w.principal.Name}, {"__CUSERID", w.principal.ID},
	} {
		if err := t.MakePublic(v.name, vm.Str(lib.FromUTF8(v.text))); err != nil {
			return err
		}
	}
	return nil
}

// company returns the company and the branch of the request: of its header, else of
// PrepareIn.
func (w *work) company() (company, branch string) {
	text := w.tenant
	if text == "" && !strings.EqualFold(w.mount.o.PrepareIn, "ALL") {
		text, _, _ = strings.Cut(w.mount.o.PrepareIn, ";")
	}
	company, branch, _ = strings.Cut(text, ",")
	return strings.Trim(company, " "), strings.TrimLeft(branch, " ")
}

// admit asks the functions of the configuration whether the request is to be answered.
func (w *work) admit(t *vm.Thread) error {
	if connect := w.mount.o.OnConnect; connect != "" {
		v, err := t.Call(connect)
		if err != nil {
			return err
		}
		if v.Kind() == vm.Logical && !v.Truth() {
			return &failed{&failure{status: http.StatusForbidden, detail: "The service refuses the request.", reason: refusedAccess}}
		}
	}
	if w.mount.o.Exits.OnSelect == "" {
		return nil
	}
	return w.onSelect(t)
}

// Answers of OnSelect beside the number of a worker.
const (
	selectDefault = -1
	selectRefuse  = -2
	selectDrop    = -3
)

// onSelect asks the function that the original has choose among workers: here all are the
// same, and what counts is whether the request is refused. What is no number refuses.
func (w *work) onSelect(t *vm.Thread) error {
	route := w.match.Route
	function := cmp.Or(route.Name, route.Func)
	program := "1" // an annotation
	if route.Loaded {
		program = "2" // LoadURNs
	}
	v, err := t.Call(w.mount.o.Exits.OnSelect, vm.Str(route.Class), vm.Str(function), vm.Str(program))
	switch {
	case err != nil:
		return err
	case v.Kind() == vm.Number && (v.Float() > 0 || v.Float() == selectDefault):
		return nil
	case v.Kind() == vm.Number && v.Float() == selectDrop:
		return &failed{&failure{status: http.StatusForbidden, drop: true, reason: refusedAccess}}
	}
	return &failed{&failure{status: http.StatusForbidden, detail: "The service refuses the request.", reason: refusedAccess}}
}

// onError has the function of the configuration make the answer to an error of the program.
// It gets no error that no program can handle. What it leaves is an error to clients in any
// case: nothing that the program has left goes before it, and an answer that has begun is cut.
func (w *work) onError(t *vm.Thread, err error) error {
	var e *vm.Error
	if !errors.As(err, &e) || e.Fatal || t.Broken() {
		return err
	}
	begun := w.x.Started()
	w.x.Reset()
	if _, fault := t.Call(w.mount.o.Exits.OnError, t.ErrorObject(e)); fault != nil {
		return fault
	}
	if begun || len(w.x.Answer()) == 0 && !w.x.Started() {
		return err
	}
	w.caught = &failure{status: http.StatusInternalServerError, cause: err, report: lib.ToUTF8(e.Report(t))}
	if w.x.StatusCode() < http.StatusBadRequest {
		w.x.Status = http.StatusInternalServerError
	}
	return nil
}
