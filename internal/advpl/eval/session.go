// Package eval evaluates expressions and statements one after the other, as a person
// types them or another program sends them: what one assigns the next ones see, and an
// error in one leaves nothing behind.
package eval

import (
	"errors"
	"sync/atomic"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// Options are the surroundings of a session.
type Options struct {
	Units   []*code.Unit           // whose functions and classes can be used
	Source  build.Options          // Include and Defines, for what is evaluated
	Thread  vm.Options             // the limits are of each evaluation, but for memory
	Library func(*vm.Library)      // adds what can be called beside the core library; nil: nothing
	Prepare func(*vm.Thread) error // called before the first evaluation; nil: nothing
}

// Session is one thread of a program and what was evaluated in it. Only Interrupt may
// be called while another method runs. Whoever is done with it calls Close.
type Session struct {
	options  Options
	program  *vm.Program
	compiler *build.Compiler
	preamble string // the directives so far, in UTF-8
	thread   atomic.Pointer[vm.Thread]
}

// New links the units and begins a session. Static functions can be called too, but for
// those whose name something else has.
func New(o Options) (*Session, error) {
	library := o.Library
	if library == nil {
		library = func(*vm.Library) {}
	}
	program, err := advpl.Link(exported(o.Units), library)
	if err != nil {
		return nil, err
	}
	o.Source.Unkept = true
	s := &Session{options: o, program: program, compiler: build.NewCompiler(o.Source)}
	return s, s.begin()
}

// begin makes the thread.
func (s *Session) begin() error {
	t := advpl.NewThread(s.program, s.options.Thread)
	s.thread.Store(t)
	if s.options.Prepare == nil {
		return nil
	}
	return s.options.Prepare(t)
}

// Thread returns the thread of the session, for errors to report on.
func (s *Session) Thread() *vm.Thread { return s.thread.Load() }

// Result is what an evaluation gives.
type Result struct {
	Value vm.Value
	Kind  Kind
}

// Kind is what was evaluated.
type Kind uint8

const (
	Nothing    Kind = iota // an empty text, a comment or a directive
	Expression             // Value is its value
	Statements             // Value is what they return, mostly NIL
)

// ErrLost is the error of the first evaluation after a fault inside of the server: the
// session begins anew, without its variables.
var ErrLost = errors.New("the session was lost by the fault before; it begins anew without its variables")

// Eval evaluates an expression, statements, or directives for what comes after. The
// text is in UTF-8; if it is not, in cp1252. Variables that it makes outside of
// functions, Local ones too, stay for the session.
//
// The error is a *SyntaxError, what vm.Thread.Call returns, or ErrLost. The error block
// is then what it was before.
func (s *Session) Eval(text string) (Result, error) {
	if s.Thread().Broken() {
		return Result{}, errors.Join(ErrLost, s.Close(), s.begin())
	}
	def, kind, err := s.compile(text)
	if err != nil || def == nil {
		return Result{}, err
	}
	t := s.Thread()
	t.ResetSteps()
	before := t.ErrorBlock(vm.Value{})
	v, err := t.Run(def)
	if err != nil {
		t.ErrorBlock(before)
		return Result{}, err
	}
	return Result{v, kind}, nil
}

// Interrupt ends the evaluation that runs, if one does, with reason as the error's
// cause. It may be called from any goroutine.
func (s *Session) Interrupt(reason error) { s.Thread().Interrupt(reason) }

// Close ends the session: files that its programs have left open are closed.
func (s *Session) Close() error { return advpl.Release(s.Thread()) }

// Assign sets a variable of the session.
func (s *Session) Assign(name string, v vm.Value) { s.Thread().SetMemVar(name, v) }

// exported returns units whose static functions are functions of the program, unless
// something else has their name.
func exported(units []*code.Unit) []*code.Unit {
	count := map[string]int{}
	for _, u := range units {
		for _, f := range u.Funcs {
			count[f.Name]++
		}
	}
	out := make([]*code.Unit, len(units))
	for i, u := range units {
		out[i] = exportedUnit(u, func(name string) bool { return count[name] == 1 })
	}
	return out
}

// exportedUnit returns u with its static functions of the wanted names as functions.
func exportedUnit(u *code.Unit, wanted func(name string) bool) *code.Unit {
	v := *u
	v.Funcs = make([]*code.Func, len(u.Funcs))
	for i, f := range u.Funcs {
		if f.Kind == code.Static && wanted(f.Name) {
			g := *f
			g.Kind = code.Function
			f = &g
		}
		v.Funcs[i] = f
	}
	return &v
}
