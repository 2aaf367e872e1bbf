package rest

import (
	"errors"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/rest/route"
)

var dispatchFuncs = table{
	"RESTDISPATCH": dispatch,
}

// around is what runs the work of a request, with what belongs before and after it.
type around interface {
	Around(t *vm.Thread, run func() error) error
}

// RestDispatch() → NIL; the function or method of a route has answered the request that the
// thread was begun for. It is for the server: programs cannot use it. Source: decided here.
func dispatch(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	x, ok := capOf[*exchange.Exchange](t)
	if !ok {
		_, err := needRequest(t, Dispatch)
		return vm.Value{}, err
	}
	if requestOf(t) != nil {
		return vm.Value{}, vm.Errorf(vm.GenUnsupported, Dispatch, "%s is for the server: the request of this thread is being answered already", Dispatch)
	}
	m, ok := capOf[*route.Match](t)
	if !ok {
		return vm.Value{}, vm.Errorf(vm.GenUnsupported, Dispatch, "%s was called without a route", Dispatch)
	}
	return vm.Value{}, answer(t, x, m)
}

// answer has the route's function or method answer the request.
func answer(t *vm.Thread, x *exchange.Exchange, m *route.Match) error {
	r, err := begin(t, x, m.Route)
	if err != nil {
		return err
	}
	if x.Params == nil {
		x.Params = m.Params
	}
	run := func() error { return r.run(t, m) }
	if o, ok := capOf[around](t); ok {
		err = o.Around(t, run)
	} else {
		err = run()
	}
	if err != nil {
		return err
	}
	if r.exit {
		return t.Quit()
	}
	return nil
}

// begin makes x the request that the thread answers by a route, and the public oRest.
func begin(t *vm.Thread, x *exchange.Exchange, to *route.Route) (*request, error) {
	if err := t.Charge(requestBytes); err != nil {
		return nil, err
	}
	x.Bound(int64(t.Limits().String)) // programs get a body as one string
	r := &request{x: x, model: to.Model, produces: to.Produces}
	r.self = vm.NewNative(r)
	stateOf(t).request = r
	return r, t.MakePublic("oRest", r.self)
}

// run calls what the route names, and completes the answer.
func (r *request) run(t *vm.Thread, m *route.Match) error {
	var err error
	switch m.Route.Model {
	case route.Classic:
		err = r.runClassic(t, m)
	case route.Logix:
		err = r.runLogix(t, m)
	default:
		err = r.runTLPP(t, m.Route)
	}
	if err != nil && !errors.Is(err, vm.ErrQuit) {
		return err
	}
	if fault := r.complete(t); fault != nil {
		return fault
	}
	return err
}

// runTLPP calls the function, or the method of a new object. What it returns does not
// count.
func (r *request) runTLPP(t *vm.Thread, to *route.Route) error {
	if to.Class == "" {
		_, err := t.Call(to.Func)
		return err
	}
	o, err := newObject(t, to.Class)
	if err != nil {
		return err
	}
	_, err = t.Send(o, to.Name)
	return err
}

// newObject makes an object of the class, with its constructor New if that needs no
// arguments.
func newObject(t *vm.Thread, class string) (vm.Value, error) {
	o, err := t.Instance(class)
	if err != nil {
		return vm.Value{}, err
	}
	if c, ok := t.Program().ClassNamed(class); !ok || !c.HasMethod("NEW") {
		return o, nil
	}
	made, err := t.Send(o, "NEW")
	if err != nil {
		return vm.Value{}, err
	}
	if made.Kind() == vm.Object && made.Object().Class != nil {
		return made, nil
	}
	return o, nil
}

// complete makes the answer one that can be sent.
func (r *request) complete(t *vm.Thread) error {
	if r.x.Started() {
		return nil
	}
	r.label()
	return r.encode(t)
}

// fromUTF8 makes of text of a request or a configuration what programs get.
func fromUTF8(t *vm.Thread, s string) (vm.Value, error) { return text(t, lib.FromUTF8(s)) }
