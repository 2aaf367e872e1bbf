package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// Kind says what a thread is for.
type Kind string

const (
	Job         Kind = "JOB"
	RPC         Kind = "RPC"
	Web         Kind = "WEB"
	REST        Kind = "REST"
	SmartClient Kind = "SmartClient"
)

// Call is what a protocol asks for.
type Call struct {
	Env, Func string     // in any case; Func as a program would call it
	Args      []vm.Value // the thread owns them from then on
	Principal auth.Principal
	Kind      Kind
	Machine   string    // where the call comes from, for people
	Remark    string    // for people
	Output    io.Writer // of what programs print, in cp1252; nil: the server's log
	Library   bool      // Func, and those of Thread.Call, may be functions of the library too
	Via       string    // in a pool: function of the library that is called instead of Func, to run that; or ""
	Owned     bool      // whoever opened the thread bounds how long it rests: InactiveTimeout does not count
	Until     time.Time // when a call that has not ended ends with ErrTimeout; zero: never
	Caps      Caps
}

// Caps is what a call brings: values with interfaces of one method, which natives find
// with Cap.
type Caps []any

// Cap returns the first of what the thread's call brought that is a T.
func Cap[T any](t *Thread) (T, bool) {
	for _, c := range t.call.Load().Caps {
		if v, ok := c.(T); ok {
			return v, true
		}
	}
	var none T
	return none, false
}

// State says what a thread does.
type State string

const (
	Idle      State = "idle"      // between two calls
	Running   State = "running"   // computes
	Waiting   State = "waiting"   // for its turn to compute
	Blocked   State = "blocked"   // in Sleep, for a peer, for a file
	Ending    State = "ending"    // was told to end
	Abandoned State = "abandoned" // was told to end, and did not
)

// Info describes a thread: what GetUserInfoArray tells and the monitor shows.
type Info struct {
	ID             int64
	User, Machine  string
	Function       string // that was called, upper case
	Environment    string
	Kind           Kind
	State          State
	Remark         string
	Started        time.Time
	Steps          int64         // loop turns and calls
	StepsPerSecond float64       // lately
	Memory         int64         // bytes that its values take, about
	Idle           time.Duration // since it last computed; 0: it computes, or wants to
	Generation     int64         // of its programs
}

// Thread is one thread of the host: the state of programs with what is known about it.
// Its methods may be called from any goroutine, but for what they say.
type Thread struct {
	host    *Host
	env     *environment
	vm      *vm.Thread // only the goroutine of the running call may use it
	call    atomic.Pointer[Call]
	id      int64
	started time.Time // by the clock of programs
	born    time.Time // by that of durations
	turn    turn
	output  *lineLog // or nil
	figures figures

	// Guarded by Host.mu.
	living  bool        // the thread counts
	unwatch func() bool // ends the wait for the end of the context; or nil

	mu        sync.Mutex // guards what follows
	running   *run       // or nil
	closing   bool       // no further call begins
	reason    error      // why it was told to end, or nil
	abandoned bool
	over      bool        // the functions of OnEnd have run
	onEnd     []func()    // in the order they were added
	inactive  *time.Timer // ends the thread when it rests for too long; or nil
	overtime  *time.Timer // looks after the end of Call.Until; or nil
	looks     time.Time   // when overtime does; zero: never
	settled   bool        // result and err are there
	result    vm.Value
	err       error
	done      chan struct{} // closed when settled
}

// newThread makes a thread that is not known to the host yet.
func (h *Host) newThread(ctx context.Context, env *environment, call Call) *Thread {
	t := &Thread{host: h, env: env, id: h.last.Add(1), started: h.o.Now(), born: time.Now(), done: make(chan struct{})}
	t.call.Store(&call)
	function := strings.ToUpper(call.Func)
	t.figures.called.Store(&function)
	t.figures.remark.Store(&call.Remark)
	t.figures.recount = recountLeast
	t.vm = env.program.NewThread(t.options(ctx))
	return t
}

// options are those of the thread's programs.
func (t *Thread) options(ctx context.Context) vm.Options {
	o := vm.Options{
		Data: t, Report: t.host.o.Report, Stdout: t.call.Load().Output, Context: ctx, Now: t.host.o.Now,
		Limits: t.env.Limits, Yield: t.yield, Block: t.block,
	}
	if o.Stdout == nil {
		t.output = &lineLog{thread: t}
		o.Stdout = t.output
	}
	if t.host.o.Thread != nil {
		o = t.host.o.Thread(o)
	}
	return o
}

// ThreadOf returns the host's thread of a running program; false if it has no host.
func ThreadOf(t *vm.Thread) (*Thread, bool) {
	own, ok := t.Data().(*Thread)
	return own, ok
}

// ID returns the number of the thread, which no other one of the host had or will have.
func (t *Thread) ID() int64 { return t.id }

// Host returns where the thread runs.
func (t *Thread) Host() *Host { return t.host }

// Environment returns the name of the thread's environment.
func (t *Thread) Environment() string { return t.env.Name }

// Principal returns who the thread works for.
func (t *Thread) Principal() auth.Principal { return t.call.Load().Principal }

// Kind returns what the thread is for.
func (t *Thread) Kind() Kind { return t.call.Load().Kind }

// Machine returns where the thread's call came from.
func (t *Thread) Machine() string { return t.call.Load().Machine }

// MemoryLimit returns how many bytes the thread's values may take.
func (t *Thread) MemoryLimit() int64 { return t.vm.Limits().Memory }

// Program returns the programs that the thread runs, whatever is in force by now.
func (t *Thread) Program() *vm.Program { return t.env.program }

// Surroundings returns what programs of the thread see of the outside.
func (t *Thread) Surroundings() *lib.Surroundings { return t.env.surroundings }

// assume has the thread, which runs nothing, work for another call, which is not to be
// changed any more; its environment and output stay.
func (t *Thread) assume(c *Call) {
	t.call.Store(c)
	t.SetRemark(c.Remark)
}

// Call runs a function in the thread until it returns. The arguments belong to the thread
// from then on, the value to the caller until the next Call. The end of ctx ends the call
// and, unless the thread does not follow, nothing else.
//
// The error is a *vm.Error with the program's stack, vm.ErrQuit, or why the function could
// not be run: ErrNoFunction, ErrInUse, ErrEnded with the reason, the cause of the end of
// ctx. It is ErrAbandoned if the call was told to end and did not.
func (t *Thread) Call(ctx context.Context, name string, args ...vm.Value) (vm.Value, error) {
	return t.run(ctx, name, args, false)
}

// Finish is Call for the last call of a thread that Open made: the thread ends with it, as
// one of Start does, and what the program did not handle goes to the server's log. If it
// cannot begin the call the thread stays, for Close.
func (t *Thread) Finish(ctx context.Context, name string, args ...vm.Value) (vm.Value, error) {
	return t.run(ctx, name, args, true)
}

// Do is Call in the goroutine of its caller: it comes back when the function has returned,
// even from a call that was abandoned meanwhile. Whoever uses it watches Done elsewhere. In
// place of a context, ended is asked once, when Interrupt would end the call: an error ends
// it as Interrupt does.
func (t *Thread) Do(ended func() error, name string, args ...vm.Value) (vm.Value, error) {
	v, _, err := t.doThen(ended, name, args, nil, nil)
	return v, err
}

// doThen is Do, but for after and left, which may be nil. While the call still is the one
// that the thread runs, so that after may use t.vm, after makes of what came of it what
// doThen returns. If the call is abandoned left gets the error at that time, in another
// goroutine, and abandoned tells so if doThen ever comes back.
func (t *Thread) doThen(ended func() error, name string, args []vm.Value, after func(vm.Value, error) (vm.Value, error), left func(error)) (v vm.Value, abandoned bool, err error) {
	r := &run{after: after, left: left}
	if err := t.begin(r, name); err != nil {
		return vm.Value{}, false, err
	}
	if reason := ended(); reason != nil {
		t.interrupt(r, reason)
	}
	t.perform(r, name, args)
	return r.value, r.abandoned, r.err
}

// run runs a function, after which the thread ends if it is the last.
func (t *Thread) run(ctx context.Context, name string, args []vm.Value, last bool) (vm.Value, error) {
	if ctx.Err() != nil {
		return vm.Value{}, context.Cause(ctx)
	}
	r := &run{last: last, over: make(chan struct{})}
	if err := t.begin(r, name); err != nil {
		return vm.Value{}, err
	}
	t.host.crew.run(func() { t.perform(r, name, args) })
	select {
	case <-r.over:
	case <-ctx.Done():
		t.interrupt(r, context.Cause(ctx))
		<-r.over
	}
	return r.value, r.err
}

// callable returns ErrNoFunction if the name is none that may be called from outside.
func (t *Thread) callable(name string) error {
	_, native, ok := t.env.program.Lookup(name, nil)
	call := t.call.Load()
	switch {
	case !ok:
		return fmt.Errorf("%w: %s in environment %s", ErrNoFunction, strings.ToUpper(name), t.env.Name)
	case native && !call.Library && name != call.Via:
		return fmt.Errorf("%w among the programs of environment %s: %s is of the library", ErrNoFunction, t.env.Name, strings.ToUpper(name))
	}
	return nil
}

// Report returns the text about an error that ended a call of the thread, in UTF-8. It may
// be called while no call runs.
func (t *Thread) Report(err *vm.Error) string { return lib.ToUTF8(err.Report(t.vm)) }

// Wait waits for the end of the thread and returns what the function that Start began
// returned; the value is no thread's any more. The error is as of Call, the reason for the
// end of a thread that ran nothing, or the cause of the end of ctx.
func (t *Thread) Wait(ctx context.Context) (vm.Value, error) {
	select {
	case <-t.done:
		return t.result, t.err
	case <-ctx.Done():
		return vm.Value{}, context.Cause(ctx)
	}
}

// Done is closed when the thread has ended and is cleaned up, or was abandoned.
func (t *Thread) Done() <-chan struct{} { return t.done }

// Close has the thread begin no further call, waits for the end of the running one, and
// cleans up. It comes back when Done is closed; to have the running call end, use Kill
// before. It may be called more than once, but not by the thread's programs.
func (t *Thread) Close() {
	t.mu.Lock()
	t.closing = true
	t.dissolve()
	t.mu.Unlock()
	<-t.done
}

// retire is Close for a server that goes down: it does not wait.
func (t *Thread) retire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = true
	if t.running == nil && t.reason == nil {
		t.reason = ErrStopping
	}
	t.dissolve()
}

// Kill ends the thread: a running call with reason, ErrKilled if that is nil, as an error
// that no program can handle. It does not wait. Only the first reason counts.
func (t *Thread) Kill(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kill(reason)
	t.dissolve()
}

// kill is Kill for the running call, if there is one; t.mu is held.
func (t *Thread) kill(reason error) {
	if t.reason != nil {
		return
	}
	if reason == nil {
		reason = ErrKilled
	}
	t.reason = reason
	if t.isNews(reason) {
		t.host.o.Log.Info("a thread is ended", append(t.fields(), zap.String("cause", reason.Error()))...)
	}
	t.vm.Cancel(reason)
	if t.running != nil {
		t.stop(t.running, reason)
	}
}

// isNews tells whether the log is to say that the thread is ended: nobody else would, and
// it is not that whoever called went away, or that the server goes down. t.mu is held.
func (t *Thread) isNews(reason error) bool {
	switch {
	case errors.Is(reason, context.Canceled), errors.Is(reason, context.DeadlineExceeded), errors.Is(reason, ErrStopping):
		return false
	}
	return t.running == nil || severity(reason) == zap.DebugLevel
}

// Interrupt ends the running call with reason as an error that no program can handle, and
// no other one. It does nothing if none runs, and does not wait.
func (t *Thread) Interrupt(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running != nil {
		t.stop(t.running, reason)
	}
}

// interruptCall is Interrupt for one call: if it does not run it does nothing.
func (t *Thread) interruptCall(c *Call, reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running != nil && t.call.Load() == c {
		t.stop(t.running, reason)
	}
}

// Ending tells whether the thread was told to end, or the server is going down: programs
// that run on and on should come to an end by themselves.
func (t *Thread) Ending() bool {
	t.mu.Lock()
	told := t.reason != nil
	t.mu.Unlock()
	return told || t.host.Stopping()
}

// Ended returns nil as long as the thread can run calls, else ErrEnded with the reason if
// there is one.
func (t *Thread) Ended() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.gone()
}

// gone is Ended; t.mu is held.
func (t *Thread) gone() error {
	switch {
	case t.reason != nil:
		return fmt.Errorf("%w: %w", ErrEnded, t.reason)
	case t.closing && t.host.Stopping():
		return fmt.Errorf("%w: %w", ErrEnded, ErrStopping)
	case t.closing:
		return ErrEnded
	}
	return nil
}

// usable tells whether the thread can run another call.
func (t *Thread) usable() bool { return t.Ended() == nil }

// OnEnd has f run when the thread has ended and runs no program any more: the function
// added last runs first. If it has ended already f runs at once.
func (t *Thread) OnEnd(f func()) {
	t.mu.Lock()
	over := t.over
	if !over {
		t.onEnd = append(t.onEnd, f)
	}
	t.mu.Unlock()
	if over {
		f()
	}
}

// maxRemark is how many bytes of a remark are kept.
const maxRemark = 512

// SetRemark changes what people are shown about the thread, in UTF-8.
func (t *Thread) SetRemark(text string) {
	if len(text) > maxRemark {
		text = strings.ToValidUTF8(text[:maxRemark], "")
	}
	t.figures.remark.Store(&text)
}

// Info describes the thread.
func (t *Thread) Info() Info {
	c, f, age := t.call.Load(), &t.figures, time.Since(t.born)
	i := Info{
		ID: t.id, User: c.Principal.Name, Machine: c.Machine, Function: *f.called.Load(),
		Environment: t.env.Name, Kind: c.Kind, Remark: *f.remark.Load(), Started: t.started,
		Steps: f.steps.Load(), Memory: f.memory.Load(), Generation: t.env.gen.Number,
	}
	if d := doing(f.doing.Load()); d == resting || d == blocked {
		i.Idle = max(age-time.Duration(f.since.Load()), 0)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i.State = t.stateNow()
	i.StepsPerSecond = f.rate.look(age, i.Steps)
	return i
}

func (t *Thread) state() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stateNow()
}

// stateNow is state; t.mu is held.
func (t *Thread) stateNow() State {
	switch {
	case t.abandoned:
		return Abandoned
	case t.reason != nil || t.over:
		return Ending
	}
	switch doing(t.figures.doing.Load()) {
	case resting:
		return Idle
	case blocked:
		return Blocked
	}
	if t.turn.waits.Load() {
		return Waiting
	}
	return Running
}
