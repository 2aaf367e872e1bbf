// Package rpc holds the functions and classes with which programs call other servers, and
// those that prepare a program for company, branch and user.
package rpc

import (
	"context"
	"errors"
	"maps"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
	"appserver/internal/rpc"
)

// Options are what the functions reach servers with. Their functions are called from any
// goroutine.
type Options struct {
	// Dialer makes the sessions; nil: every connection fails.
	Dialer *rpc.Dialer
	// Peer says how the configuration has a server called; secure is what the program
	// asks for, nil if it does not say.
	Peer func(server string, port int, secure *bool) (rpc.Peer, error)
	// User returns an error if name and password (UTF-8) are not those of a user, or are not
	// checked since too many were wrong from the machine that the thread works for ("" if that is
	// not known); nil: there are no users.
	User func(ctx context.Context, machine, name, password string) error
}

type (
	table = map[string]vm.Native
	class = func(*vm.Thread, vm.Args) (vm.Value, error)
)

// Library returns the functions and classes by upper-case name.
func Library(o Options) *vm.Library {
	l := &vm.Library{Funcs: table{}, Classes: map[string]class{}}
	for _, area := range []table{connectFuncs, environmentFuncs} {
		for name, f := range area {
			l.Funcs[name] = bind(&o, f)
		}
	}
	for name, f := range rpcClasses {
		l.Classes[name] = bind(&o, f)
	}
	return l
}

// bind returns f for threads that have o.
func bind(o *Options, f vm.Native) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		stateOf(t).options = o
		v, err := f(t, a)
		return v, lib.WithoutArguments(err)
	}
}

// maxConnections is how many connections a thread may have open.
const maxConnections = 100

var errConnections = errors.New("the thread has too many connections open: Disconnect() closes one")

// state is what a thread has of other servers.
type state struct {
	options *Options
	open    map[*rpc.Session]struct{}
	watched bool // the end of the thread closes what is open
}

type stateKey struct{}

func stateOf(t *vm.Thread) *state {
	return t.Local(stateKey{}, func() any { return &state{open: map[*rpc.Session]struct{}{}} }).(*state)
}

// keep notes a session that the thread has opened.
func (s *state) keep(t *vm.Thread, session *rpc.Session) {
	s.open[session] = struct{}{}
	if th, ok := host.ThreadOf(t); ok && !s.watched {
		s.watched = true
		th.OnEnd(s.closeAll)
	}
}

// close ends a session of the thread.
func (s *state) close(session *rpc.Session) {
	delete(s.open, session)
	session.Close()
}

func (s *state) closeAll() { s.closeAllBut(nil) }

func (s *state) closeAllBut(kept map[*rpc.Session]struct{}) {
	for session := range s.open {
		if _, ok := kept[session]; !ok {
			s.close(session)
		}
	}
}

// Keep is for workers, whose calls are for different users: what one connects is not for
// the next (vm.Keeper).
func (s *state) Keep() (reset func()) {
	kept := maps.Clone(s.open)
	return func() { s.closeAllBut(kept) }
}

// full tells whether the thread has as many connections open as it may. Those that have
// broken since do not count.
func (s *state) full() bool {
	if len(s.open) < maxConnections {
		return false
	}
	for session := range s.open {
		if session.Over() {
			s.close(session)
		}
	}
	return len(s.open) >= maxConnections
}

// logFailure tells the server's log that a program did not reach another server.
func logFailure(t *vm.Thread, err error) {
	if log := lib.SurroundingsOf(t).Log; log != nil {
		log("WARN", "RPC", err.Error())
	}
}
