package rest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/license"
)

// run has a worker answer the request.
func (q *request) run(w http.ResponseWriter, r *http.Request) *failure {
	limit := q.mount.o.MaxBody
	b, f := q.server.body(r, limit)
	defer b.free()
	if f != nil {
		return f
	}
	release, f := q.license(r)
	if f != nil {
		return f
	}
	defer release()
	sink := newSink(w, r)
	defer sink.Close()
	q.x = exchange.New(q.asked(r), b.r, limit, sink)
	work := &work{request: q, codes: r.Header.Values(license.Header), out: share{budget: &q.server.out}}
	defer work.out.free()
	if err := q.call(r.Context(), work); err != nil && !errors.Is(err, vm.ErrQuit) { // who quits has answered
		return outcome(err)
	}
	if q.caught != nil {
		q.logFailure(r, q.caught)
	}
	return q.answer(w, r)
}

// call has a worker run the route.
func (q *request) call(ctx context.Context, work *work) error {
	_, err := q.do(ctx, host.Call{
		Func: q.match.Route.Handler(), Via: q.server.o.Dispatch, Kind: host.REST, Principal: q.principal,
		Machine: q.x.ClientIP, Remark: q.x.Method + " " + q.match.Route.Path,
		Caps: host.Caps{q.x, &q.match, work},
	})
	return err
}

// maxMoves is how many pools a call tries that are replaced while it waits.
const maxMoves = 4

// do has a worker run a call in the time that programs of the mount have. If the pool is
// replaced before the call begins, the one in its place gets it.
func (q *request) do(ctx context.Context, call host.Call) (vm.Value, error) {
	if timeout := q.mount.o.Timeout; timeout > 0 {
		call.Until = time.Now().Add(timeout)
	}
	p := q.mount.pool
	for range maxMoves {
		v, err := p.do(ctx, call)
		if err != host.ErrPoolClosed { // as it is: of a call that has not begun
			return v, err
		}
		now := q.server.poolOf(q.listener, q.mount)
		switch now {
		case nil:
			return v, errReplaced
		case p: // it ends with the server
			return v, err
		}
		p = now
	}
	return vm.Value{}, errReplaced
}

// poolOf returns the pool in force of what was mounted as m; nil if nothing is there.
func (s *Server) poolOf(listener string, m *mount) *pool {
	l := s.now.Load().listeners[listener]
	if l == nil {
		return nil
	}
	for _, other := range l.mounts {
		if other.prefix == m.prefix && other.o.Environment == m.o.Environment {
			return other.pool
		}
	}
	return nil
}

// onAuth asks the function of the programs whether the name and the password are right.
func (q *request) onAuth(ctx context.Context, user, password string) (bool, error) {
	v, err := q.do(ctx, host.Call{
		Func: q.mount.o.OnAuth, Kind: host.REST, Principal: auth.System, Machine: q.from.String(), Remark: "OnAuth",
		Args: []vm.Value{vm.Str(lib.FromUTF8(user)), vm.Str(lib.FromUTF8(password))},
	})
	return err == nil && v.Kind() == vm.Logical && v.Truth(), err
}

// asked is the request as programs see it.
func (q *request) asked(r *http.Request) exchange.Request {
	return exchange.Request{
		ID: q.id, Method: r.Method, URI: r.URL.RequestURI(), Base: q.mount.prefix, Path: q.path(),
		Segments: q.segments, Query: q.query, Params: q.match.Params, Header: r.Header, Host: r.Host,
		Secure: q.server.o.Secure(r), ClientIP: q.from.String(), Tenant: q.tenant, ContentLength: r.ContentLength,
		Service: q.mount.o.Service,
	}
}

// defaultType is the media type of an answer that says nothing of it.
const defaultType = "application/json"

// label gives an answer its media type if nobody has said it.
func (q *request) label() {
	if x := q.x; len(x.Answer()) > 0 && x.Header.Get("Content-Type") == "" {
		x.Header.Set("Content-Type", cmp.Or(q.match.Route.Produces, defaultType))
	}
}

// answer sends what the program has left in the exchange.
func (q *request) answer(w http.ResponseWriter, r *http.Request) *failure {
	x := q.x
	if x.Started() {
		_ = x.Send(true) // the client may be gone: nobody is left to tell
		return nil
	}
	q.label()
	if err := sendAnswer(w, r, x); errors.Is(err, errStatus) || errors.Is(err, exchange.ErrHeader) {
		return outcome(err)
	}
	return nil
}
