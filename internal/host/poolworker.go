package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/shared"
)

// worker is a thread of a pool with the goroutine that owns it.
type worker struct {
	pool   *Pool
	ctx    context.Context // ends when a free worker is to end
	cancel context.CancelFunc
	tasks  chan *task // for a free worker, which gets one; nil: it is to end
	gen    *Generation

	thread *Thread
	rest   *Call        // of the thread between two calls
	reset  func() error // goes back to what OnStart has left open

	// Guarded by the pool.
	last    bool // it is to end after its call
	leaving bool // it ends, and is not counted any more
	idle    *time.Timer
	life    *time.Timer
}

// spawn starts a worker.
func (p *Pool) spawn() {
	w := &worker{pool: p, tasks: make(chan *task, 1), gen: p.gen}
	w.ctx, w.cancel = context.WithCancel(p.ctx)
	p.total++
	p.starting++
	p.all.Add(1)
	go w.run()
}

// run is the life of a worker. If a call is abandoned the worker ends then, in another
// goroutine, and this one does nothing more.
func (w *worker) run() {
	err := w.begin()
	if err != nil {
		w.end()
	}
	if !w.pool.began(w, err) {
		w.gone()
		return
	}
	for w.pool.ready(w) {
		t := w.next()
		if t == nil {
			break
		}
		fit, abandoned := w.serve(t)
		if abandoned {
			return
		}
		if !fit {
			break
		}
	}
	w.leave()
}

// leave ends a worker that has begun.
func (w *worker) leave() {
	w.pool.left(w)
	w.end()
	w.gone()
}

// gone says that there is nothing left of the worker.
func (w *worker) gone() {
	w.cancel()
	w.pool.all.Done()
}

// call is a call of the pool's own.
func (o *PoolOptions) call(name string, args []vm.Value) Call {
	return Call{Env: o.Env, Func: name, Args: args, Principal: o.Principal, Kind: o.Kind, Machine: o.Machine, Remark: o.Name, Caps: o.Caps, Owned: true}
}

// begin makes the worker's thread and runs OnStart.
func (w *worker) begin() error {
	o := &w.pool.o
	var err error
	if w.thread, err = w.pool.host.Open(w.pool.ctx, o.call(o.OnStart, nil)); err != nil {
		return err
	}
	rest := o.call("", nil)
	w.rest = &rest
	if o.OnStart != "" {
		v, err := w.thread.Call(w.pool.ctx, o.OnStart, append([]vm.Value(nil), o.StartArgs...)...)
		if err != nil {
			w.thread.LogError(err)
			return fmt.Errorf("%s: %w", o.OnStart, err)
		}
		if v.Kind() == vm.Logical && !v.Truth() {
			return fmt.Errorf("%s returned false", o.OnStart)
		}
	}
	if err := w.thread.alone(w.keep); err != nil {
		return err
	}
	if w.reset == nil {
		return errFault
	}
	w.thread.OnEnd(func() { w.pool.lost(w) })
	return nil
}

// keep notes what OnStart has left.
func (w *worker) keep() {
	w.thread.vm.Keep()
	give, reset := w.thread.host.shared.Keep(w.thread.id), lib.Keep(w.thread.vm)
	w.reset = func() error {
		give()
		return reset()
	}
}

// next waits for a call; nil if the worker is to end.
func (w *worker) next() *task {
	if w.pool.o.IPC != "" {
		return w.receive()
	}
	return <-w.tasks
}

// receive waits for what another thread sends.
func (w *worker) receive() *task {
	o := &w.pool.o
	for w.ctx.Err() == nil {
		t, nudge := w.pool.leftover(w)
		if t != nil {
			return t
		}
		if args, ok := w.pool.host.Shared().Wait(w.ctx, o.IPC, -1, nudge); ok {
			w.pool.taken(w)
			return newTask(w.pool.ctx, o.call(o.Func, args))
		}
	}
	return nil
}

// serve runs t. It returns false if the worker cannot go on, and whether t was abandoned:
// then all is said and done.
func (w *worker) serve(t *task) (fit, abandoned bool) {
	w.thread.assume(&t.call)
	v, abandoned, err := w.thread.doThen(t.ended, cmp.Or(t.call.Via, t.call.Func), t.call.Args, w.outcome, func(err error) { w.abandon(t, err) })
	switch {
	case abandoned:
		return false, true
	case because(err, ErrEnded): // while it was free: t has not begun
		w.pool.giveBack(t)
		return false, false
	}
	return w.conclude(t, v, err), false
}

// abandon ends a worker that does not come back from t, with the error.
func (w *worker) abandon(t *task, err error) {
	w.conclude(t, vm.Value{}, err)
	w.leave()
}

// conclude says what came of t. It returns false if the worker cannot go on.
func (w *worker) conclude(t *task, v vm.Value, err error) (fit bool) {
	w.thread.assume(w.rest)
	fit = w.fit(t, err)
	w.pool.served(w, err, fit)
	t.finish(v, err)
	return fit
}

// outcome makes of what came of a call what its caller gets, and has the thread go back to
// what OnStart has left.
func (w *worker) outcome(v vm.Value, err error) (vm.Value, error) {
	v = shared.Copy(v)
	if err != nil && w.pool.o.IPC != "" {
		w.thread.LogError(err)
	}
	err = w.callError(err)
	if w.thread.vm.Broken() {
		return v, err
	}
	w.thread.vm.Reset()
	if fault := w.reset(); fault != nil {
		w.pool.log.Warn("closing what a call has left open", zap.Error(fault))
	}
	return v, err
}

// fit reports whether the thread can go on after a call of t with the error. A call that
// was interrupted has done no harm: nobody waits for it any more, its time was over, or its
// user was dismissed.
func (w *worker) fit(t *task, err error) bool {
	if !w.thread.usable() || errors.Is(err, vm.ErrQuit) || errors.Is(err, errFault) {
		return false
	}
	var e *vm.Error
	return !errors.As(err, &e) || !e.Fatal || t.ended() != nil || errors.Is(err, ErrTimeout) || errors.Is(err, errDismissed)
}

// callError adds the report to the error of a program while its values are there.
func (w *worker) callError(err error) error {
	var e *vm.Error
	if !errors.As(err, &e) {
		return err
	}
	return &CallError{Report: w.thread.Report(e), err: err}
}

// end runs OnExit, if the thread is usable, and ends the thread.
func (w *worker) end() {
	if w.thread == nil {
		return
	}
	if exit := w.pool.o.OnExit; exit != "" && w.reset != nil && w.thread.usable() {
		ctx, cancel := context.WithTimeoutCause(w.pool.ctx, exitTime, fmt.Errorf("%s took longer than %v", exit, exitTime))
		defer cancel()
		if _, err := w.thread.Call(ctx, exit); err != nil && !errors.Is(err, vm.ErrQuit) {
			w.thread.LogError(err)
		}
	}
	w.thread.Close()
}

// began counts a worker that has begun, with err if it could not. It returns false if the
// worker is not to go on.
func (p *Pool) began(w *worker, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if err == nil {
		p.figures.Started++
		p.starts = backoff{}
		w.live()
		if w.gen == p.gen {
			p.retireOld()
		}
		return true
	}
	p.total--
	if !p.closed && !because(err, ErrStopping) {
		p.notBegun(err)
		p.dispatch()
	}
	return false
}

// notBegun notes why a worker could not begin. That there is no room for it is no fault of
// its own: the next attempt is soon. That it was killed is none either.
func (p *Pool) notBegun(err error) {
	if because(err, ErrKilled) {
		return
	}
	p.figures.LastError = errorText(err)
	reason := zap.String("error", p.figures.LastError)
	if because(err, ErrBusy, ErrNoMemory) {
		p.retireOld() // it makes room
		if p.starts.failed == 0 {
			p.log.Warn("there is no room for a worker: it is tried again until there is", reason)
		}
		p.starts = backoff{}
		p.starts.fail()
		return
	}
	p.figures.Crashes++
	p.log.Error("a worker could not begin", reason, zap.Duration("next_in", p.starts.fail()))
}

// ready has w wait for a call. It returns false if it is to end.
func (p *Pool) ready(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.leaving {
		return false
	}
	if p.closed || w.last || w.thread.Ended() != nil {
		p.leave(w)
		p.dispatch()
		return false
	}
	if w.gen == p.gen {
		p.free = append(p.free, w)
	} else {
		p.old = append(p.old, w)
	}
	w.armIdle()
	p.dispatch()
	return true
}

// leave has w not counted any more.
func (p *Pool) leave(w *worker) {
	if !w.leaving {
		w.leaving = true
		p.total--
	}
}

// left forgets w, which ends.
func (p *Pool) left(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(w)
	p.leave(w)
	if w.life != nil {
		w.life.Stop()
	}
	p.dispatch()
}

// lost has w end if it is free: its thread has ended. If it is busy its call tells.
func (p *Pool) lost(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.take(w) {
		p.retire(w)
		p.dispatch()
	}
}

// taken counts w as busy, which got its work by itself.
func (p *Pool) taken(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(w)
	p.dispatch()
}

// leftover returns what came by IPC and waits for a worker, if there is something, else what
// is closed when there is.
func (p *Pool) leftover(w *worker) (*task, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.Len() == 0 || !p.take(w) {
		return nil, p.nudge
	}
	return p.unqueue(p.queue.Front().Value.(*task)), nil
}

// giveBack puts t, which no worker has begun, in front of the queue.
func (p *Pool) giveBack(t *task) {
	if p.o.IPC != "" && p.host.Shared().Go(p.o.IPC, t.call.Args) {
		return
	}
	p.requeue(t)
}

// requeue puts t in front of the queue.
func (p *Pool) requeue(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		t.finish(vm.Value{}, ErrPoolClosed)
		return
	case t.late != nil:
		p.figures.Refused++
		t.finish(vm.Value{}, t.late)
		return
	}
	t.at = p.queue.PushFront(t)
	t.tell()
	if p.o.IPC != "" {
		close(p.nudge)
		p.nudge = make(chan struct{})
	}
	p.dispatch()
}

// served counts a call of w, and that it did not survive it: if that happens again and
// again the next worker is not started at once.
func (p *Pool) served(w *worker, err error, fit bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.figures.Served++
	if err == nil {
		p.crashes = backoff{}
	} else {
		p.figures.Failed++
		p.figures.LastError = errorText(err)
	}
	if fit || err == nil || p.closed || because(err, vm.ErrQuit, ErrKilled) {
		return
	}
	p.figures.Crashes++
	if p.crashes.fail(); p.crashes.failed == 1 {
		p.crashes.until = time.Time{} // once is no habit
	}
	p.log.Warn("a call has left its worker unusable: another takes its place", zap.Int64("thread", w.thread.ID()), zap.String("error", errorText(err)))
}

// armIdle has w end when it gets no work for long.
func (w *worker) armIdle() {
	idle := w.pool.o.Idle
	switch {
	case idle <= 0:
	case w.idle == nil:
		w.idle = time.AfterFunc(idle, func() { w.pool.idleOut(w) })
	default:
		w.idle.Reset(idle)
	}
}

func (w *worker) stopIdle() {
	if w.idle != nil {
		w.idle.Stop()
	}
}

// idleOut has w end if it is free and more are than are wanted; else it is looked at
// again later.
func (p *Pool) idleOut(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !slices.Contains(p.free, w):
	case p.total > p.o.Min && len(p.free) > p.o.MinFree:
		p.take(w)
		p.retire(w)
	default:
		w.idle.Reset(p.o.Idle)
	}
}

// live begins the worker's life.
func (w *worker) live() {
	life := w.pool.o.Expire
	if life <= 0 {
		return
	}
	if spread := w.pool.o.Spread; spread > 0 {
		life += rand.N(spread)
	}
	w.life = time.AfterFunc(life, func() { w.pool.expire(w) })
}

// expire has w end, now if it is free, else after its call.
func (p *Pool) expire(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.last = true; p.take(w) {
		p.retire(w)
		p.dispatch()
	}
}

// maxErrorText is how many bytes of an error are kept in figures.
const maxErrorText = 500

// errorText returns the text of err in UTF-8, which that of a program is not in, as figures
// have it.
func errorText(err error) string {
	text := err.Error()
	if len(text) > maxErrorText {
		text = text[:maxErrorText] + "…"
	}
	var e *vm.Error
	if errors.As(err, &e) {
		text = lib.ToUTF8(text)
	}
	return strings.ToValidUTF8(text, "")
}
