// Package rest holds the functions and classes with which programs answer HTTP requests.
//
// Whoever serves requests calls Dispatch in a thread of the host, with the exchange and
// the route among what the call brings (host.Cap). It makes the public oRest, calls the
// function or method of the route, and leaves the answer in the exchange.
//
// Strings of programs are sent and received byte for byte: a program that gets UTF-8
// decodes it, and encodes what it sends. What is converted all the same says so.
package rest

import (
	"maps"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/rest/route"
)

// Dispatch is the name of the function that answers the request of its thread.
const Dispatch = "RESTDISPATCH"

type (
	table = map[string]vm.Native
	class = func(*vm.Thread, vm.Args) (vm.Value, error)
)

// Library returns the functions and classes by upper-case name.
func Library(o Options) *vm.Library {
	l := &vm.Library{Funcs: table{}, Classes: maps.Clone(pageClasses)}
	for name, f := range serverFuncs {
		l.Funcs[name] = bind(o, f)
	}
	for name, f := range serverClasses {
		l.Classes[name] = bind(o, f)
	}
	for _, area := range []table{dispatchFuncs, classicFuncs, logixFuncs, tryFuncs} {
		maps.Copy(l.Funcs, area)
	}
	return l
}

// stateKey is where a thread keeps its state.
type stateKey struct{}

// state is what the functions know of the request that a thread answers.
type state struct {
	request  *request     // nil: there is none
	declares declarer     // takes what routers declare, before what the call brings; or nil
	table    *route.Table // of the thread's programs, for RestTest; nil: not made yet
}

// Keep is for workers: between two requests there is none (vm.Keeper).
func (st *state) Keep() (reset func()) {
	return func() { st.request = nil }
}

func stateOf(t *vm.Thread) *state {
	return t.Local(stateKey{}, func() any { return new(state) }).(*state)
}

// requestOf returns the request that the thread answers; nil if it answers none.
func requestOf(t *vm.Thread) *request {
	st, ok := t.Existing(stateKey{})
	if !ok {
		return nil
	}
	return st.(*state).request
}

// capOf returns what the call of the thread brought that is a T. What brings a thread of no
// host is its Options.Data, if that is a host.Caps.
func capOf[T any](t *vm.Thread) (T, bool) {
	if th, ok := host.ThreadOf(t); ok {
		return host.Cap[T](th)
	}
	caps, _ := t.Data().(host.Caps)
	for _, c := range caps {
		if v, ok := c.(T); ok {
			return v, true
		}
	}
	var none T
	return none, false
}

// needRequest is requestOf for functions that need one.
func needRequest(t *vm.Thread, fn string) (*request, error) {
	if r := requestOf(t); r != nil {
		return r, nil
	}
	return nil, vm.Errorf(vm.GenUnsupported, fn, "%s is for programs that answer an HTTP request, which this thread does not", fn)
}

// request is oRest: an exchange with what the thread's programs see of it.
type request struct {
	x        *exchange.Exchange
	self     vm.Value // oRest
	model    route.Model
	produces string // type of content that the route declares, or ""
	fault    *fault // of SetRestFault; nil: none
	exit     bool   // of setUserExit

	// What programs have asked for; NIL before that.
	body                  vm.Value
	query, params, header vm.Value // JSON objects
}

// text returns a string that came with the request as a value.
func text(t *vm.Thread, s string) (vm.Value, error) {
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(s), nil
}

// upper is for names of members and the like.
func upper(s string) string { return lib.Upper(s) }
