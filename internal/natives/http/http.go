// Package http holds the functions and classes with which programs call HTTP servers.
//
// What a program asks for is made a request in target.go and header.go; a Client sends it
// over pooled connections, and holds each address that is dialled against a Guard. What a
// request needs of TLS, of certificates and of the configuration comes through Settings.
//
// Programs' strings are sent and received byte for byte; only characters that a URL cannot
// have are escaped.
package http

import (
	"net/http"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Options are what the functions reach servers with.
type Options struct {
	Client *Client // nil: every request fails
	Fault  string  // why there is no Client
	// Services returns the addresses of the REST services of the thread's programs, without a
	// "/" at the end; nil: they have none.
	Services func(*vm.Thread) ([]string, error)
}

type (
	table = map[string]vm.Native
	class = func(*vm.Thread, vm.Args) (vm.Value, error)
)

// Library returns the functions and classes by upper-case name.
func Library(o Options) *vm.Library {
	l := &vm.Library{Funcs: table{}, Classes: map[string]class{}}
	for _, funcs := range []table{httpFuncs, restTestFuncs} {
		for name, f := range funcs {
			l.Funcs[name] = bind(o, f)
		}
	}
	for name, f := range httpClasses {
		l.Classes[name] = bind(o, f)
	}
	return l
}

// bind returns f for threads with the options.
func bind(o Options, f vm.Native) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		st := stateOf(t)
		st.client, st.noClient, st.services = o.Client, failure(o.Fault), o.Services
		v, err := f(t, a)
		return v, lib.WithoutArguments(err)
	}
}

// state is what a thread's programs have set, and what came of the last request.
type state struct {
	client         *Client
	noClient       failure // why that is nil
	services       func(*vm.Thread) ([]string, error)
	user, password string // of HTTPSetPass; "": none
	proxy          *proxy // of SetProxy; nil: that of the configuration
	noProxy        []string
	pair           *pair // of HTTPSSLClient; nil: that of the server
	status         int   // of the last answer; 0: there was none
	fault          string
}

// Keep is for workers, whose calls are for different users: what one sets is not for the
// next (vm.Keeper).
func (st *state) Keep() (reset func()) {
	was := *st
	return func() { *st = was }
}

type stateKey struct{}

func stateOf(t *vm.Thread) *state {
	return t.Local(stateKey{}, func() any { return new(state) }).(*state)
}

// answered notes an answer for HttpGetStatus.
func (st *state) answered(a *answer) {
	st.status, st.fault = a.status, ""
	if a.status >= http.StatusBadRequest {
		st.fault = a.text
	}
}

// failed notes a failure for HttpGetStatus and returns its text, in cp1252; false if err
// is none.
func (st *state) failed(err error) (string, bool) {
	text, ok := isFailure(err)
	if ok {
		text = lib.FromUTF8(text)
		st.status, st.fault = 0, text
	}
	return text, ok
}
