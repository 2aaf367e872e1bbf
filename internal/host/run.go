package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// run is one call of a thread. But for Thread.Do and calls of pools it goes on in a goroutine
// of its own, so that whoever waits for it can go away from one that does not end.
type run struct {
	last  bool                                    // the thread ends with it
	over  chan struct{}                           // closed when settled; nil: nobody waits
	after func(vm.Value, error) (vm.Value, error) // makes of what came of the call what Call returns; or nil
	left  func(error)                             // is told that the call was abandoned; or nil

	// Guarded by Thread.mu.
	reason    error       // why it has to end; nil: it need not
	grace     *time.Timer // until the call is abandoned; nil as long as it need not end
	settled   bool
	abandoned bool // it was settled that way
	value     vm.Value
	err       error
}

// begin makes a call of the function the one that the thread runs. The errors are those of
// Thread.Call.
func (t *Thread) begin(r *run, name string) error {
	if err := t.callable(name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.gone(); err != nil {
		return err
	}
	if t.running != nil {
		return ErrInUse
	}
	shown := name
	if call := t.call.Load(); name == call.Via {
		shown = call.Func
	}
	t.figures.calls(strings.ToUpper(shown))
	t.occupy(r)
	t.lookAt(t.call.Load().Until)
	return nil
}

// occupy makes a run the one of the thread, which is idle; t.mu is held.
func (t *Thread) occupy(r *run) {
	t.running = r
	t.turn.quits.Store(false)
	if t.inactive != nil {
		t.inactive.Stop()
	}
}

// interrupt has the run end for the reason.
func (t *Thread) interrupt(r *run, reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop(r, reason)
}

// stop is interrupt; t.mu is held. Only the first reason counts.
func (t *Thread) stop(r *run, reason error) {
	if r.settled || r.reason != nil {
		return
	}
	r.reason = reason
	t.host.slots.quit(&t.turn)
	t.vm.Interrupt(reason)
	t.hurry(r)
}

// lookAt has checkTime run when a call has to end, if it does not by then anyway; t.mu is
// held. The timer stays for later calls, which end later as a rule.
func (t *Thread) lookAt(until time.Time) {
	switch {
	case until.IsZero(), !t.looks.IsZero() && !until.Before(t.looks):
		return
	case t.overtime == nil:
		t.overtime = time.AfterFunc(time.Until(until), t.checkTime)
	default:
		t.overtime.Reset(time.Until(until))
	}
	t.looks = until
}

// checkTime ends the call that runs if its time is over.
func (t *Thread) checkTime() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks = time.Time{}
	if t.running == nil || t.over {
		return
	}
	if until := t.call.Load().Until; until.IsZero() || time.Now().Before(until) {
		t.lookAt(until)
		return
	}
	t.stop(t.running, ErrTimeout)
}

// stopped returns why the run has to end, or nil.
func (t *Thread) stopped(r *run) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return r.reason
}

// hurry gives a run that has to end, or to be cleaned up after, some time to do so; t.mu is
// held.
func (t *Thread) hurry(r *run) {
	if t.running == r && r.grace == nil {
		r.grace = time.AfterFunc(t.host.o.Grace, func() { t.abandon(r) })
	}
}

// perform runs the function and tells what came of it.
func (t *Thread) perform(r *run, name string, args []vm.Value) {
	v, err := t.compute(r, name, args)
	if r.after != nil {
		v, err = t.look(r.after, v, err)
	}
	if r.last {
		t.protected(func() { t.LogError(err) })
	}
	t.conclude(r, v, err)
}

// look returns what after makes of what came of a call.
func (t *Thread) look(after func(vm.Value, error) (vm.Value, error), v vm.Value, err error) (vm.Value, error) {
	made, outcome := vm.Value{}, errFault // unless what follows comes back
	t.protected(func() { made, outcome = after(v, err) })
	return made, outcome
}

// alone runs f, which may use t.vm, while no program runs in the thread, and none begins nor
// the thread ends meanwhile. The error is that of begin.
func (t *Thread) alone(f func()) error {
	t.mu.Lock()
	err := t.gone()
	if err == nil && t.running != nil {
		err = ErrInUse
	}
	if err != nil {
		t.mu.Unlock()
		return err
	}
	r := new(run)
	t.occupy(r)
	t.mu.Unlock()
	t.protected(f)
	t.conclude(r, vm.Value{}, nil)
	return nil
}

// compute runs the function in a run slot.
func (t *Thread) compute(r *run, name string, args []vm.Value) (v vm.Value, err error) {
	slots := t.host.slots
	t.becomes(computing)
	slots.begin(&t.turn)
	defer slots.give(&t.turn)
	if err := t.stopped(r); err != nil {
		return vm.Value{}, err
	}
	err = errFault // unless what follows comes back
	t.protected(func() {
		v, err = t.vm.CallBegun(func() { t.reinterrupt(r) }, name, args...)
		t.publish()
	})
	if t.vm.Broken() {
		t.broken(err)
	}
	return v, err
}

// reinterrupt interrupts the program of the run, which has begun, if it had to end before.
func (t *Thread) reinterrupt(r *run) {
	if reason := t.stopped(r); reason != nil {
		t.vm.Interrupt(reason)
	}
}

// errFault is the error of a call that a fault of the server itself has ended outside of
// the virtual machine.
var errFault = errors.New("internal fault of the server: see its log")

// yield is what programs call from time to time.
func (t *Thread) yield() {
	t.publish()
	if slots := t.host.slots; slots.wanted(&t.turn) {
		slots.consider(&t.turn)
	}
}

// block runs wait without a run slot.
func (t *Thread) block(wait func()) {
	t.publish()
	t.flush()
	slots := t.host.slots
	begun := slots.now()
	t.becomes(blocked)
	slots.give(&t.turn)
	defer func() {
		t.becomes(computing)
		slots.back(&t.turn, slots.now().Sub(begun))
	}()
	wait()
}

// flush writes to the log what the program has printed of a line.
func (t *Thread) flush() {
	if t.output != nil {
		t.output.flush()
	}
}

// conclude ends the run, and the thread if it has to end.
func (t *Thread) conclude(r *run, v vm.Value, err error) {
	t.flush()
	if t.mustEnd(r) {
		t.finish(err)
	}
	t.becomes(resting)
	t.mu.Lock()
	defer t.mu.Unlock()
	r.settle(v, err)
	if r.grace != nil {
		r.grace.Stop()
	}
	if t.over {
		t.settle(v, err)
		if t.overtime != nil {
			t.overtime.Stop()
		}
		return
	}
	t.running = nil
	if t.closing || t.reason != nil {
		t.dissolve()
		return
	}
	t.rests()
}

// mustEnd tells whether the thread ends with the run; then no further one begins, and
// cleaning up, if there is something to clean up, has its time.
func (t *Thread) mustEnd(r *run) bool {
	broken, untidy := t.vm.Broken(), t.vm.HasLocals()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = t.closing || r.last || broken
	ends := t.closing || t.reason != nil
	if ends && (untidy || len(t.onEnd) > 0) {
		t.hurry(r)
	}
	return ends
}

// dissolve ends a thread that runs nothing; t.mu is held.
func (t *Thread) dissolve() {
	if t.running != nil || t.over {
		return
	}
	t.closing = true
	r := &run{last: true}
	t.occupy(r)
	go t.conclude(r, vm.Value{}, t.reason)
}

// settle says what came of the run, unless that was said: then it returns false. Thread.mu
// is held.
func (r *run) settle(v vm.Value, err error) bool {
	if r.settled {
		return false
	}
	r.settled, r.value, r.err = true, v, err
	if r.over != nil {
		close(r.over)
	}
	return true
}

// settle says what came of the thread, unless that was said; t.mu is held.
func (t *Thread) settle(v vm.Value, err error) {
	if !t.settled {
		t.settled, t.result, t.err = true, v, err
		close(t.done)
	}
}

// errUnclean is why a thread is abandoned whose programs have ended.
var errUnclean = errors.New("what the thread left open cannot be closed")

// abandon leaves a run that does not end, and the thread, to itself.
func (t *Thread) abandon(r *run) {
	t.mu.Lock()
	if r.settled || t.abandoned {
		t.mu.Unlock()
		return
	}
	t.abandoned = true
	t.kill(cmp.Or(r.reason, errUnclean))
	err := fmt.Errorf("%w: %w", ErrAbandoned, t.reason)
	t.mu.Unlock()

	t.host.abandoned(t)
	t.host.o.Log.Warn("a thread does not end and is left to itself", append(t.fields(), zap.String("cause", t.reason.Error()))...)
	if observe := t.host.o.Observe; observe != nil {
		observe.ThreadAbandoned(t.Kind())
	}
	if t.settleAbandoned(r, err) && r.left != nil {
		r.left(err)
	}
}

// settleAbandoned says that the thread was abandoned; it returns false if the run has come
// to its end meanwhile.
func (t *Thread) settleAbandoned(r *run, err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(vm.Value{}, err)
	if !r.settle(vm.Value{}, err) {
		return false
	}
	r.abandoned = true
	return true
}

// rest begins the rest of a thread that has run nothing yet.
func (t *Thread) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil && !t.over {
		t.rests()
	}
}

// rests has the thread, which runs nothing, end if that goes on for too long; t.mu is held.
func (t *Thread) rests() {
	d := t.env.Inactive
	if d <= 0 || t.call.Load().Owned {
		return
	}
	if t.inactive == nil {
		t.inactive = time.AfterFunc(d, t.tooLong)
		return
	}
	t.inactive.Reset(d)
}

// tooLong ends the thread if it still runs nothing.
func (t *Thread) tooLong() {
	t.mu.Lock()
	defer t.mu.Unlock()
	rested := time.Since(t.born) - time.Duration(t.figures.since.Load())
	if t.running == nil && rested >= t.env.Inactive {
		t.kill(ErrInactive)
		t.dissolve()
	}
}

// finish cleans up after the thread and lets go of it. It runs once, in the goroutine of
// the last run.
func (t *Thread) finish(err error) {
	t.runOnEnd()
	if t.host.o.Release != nil {
		t.protected(func() {
			if err := t.host.o.Release(t.vm); err != nil {
				t.host.o.Log.Warn("closing what a thread left open: "+err.Error(), t.fields()...)
			}
		})
	}
	t.host.shared.ReleaseAll(t.id)
	t.env.release()
	if observe := t.host.o.Observe; observe != nil { // before Shutdown may return
		observe.ThreadEnded(t.Kind(), t.figures.steps.Load(), err)
	}
	t.host.remove(t)
}

// runOnEnd runs the functions of OnEnd.
func (t *Thread) runOnEnd() {
	for {
		t.mu.Lock()
		n := len(t.onEnd) - 1
		if n < 0 {
			t.over = true
			t.mu.Unlock()
			return
		}
		f := t.onEnd[n]
		t.onEnd = t.onEnd[:n]
		t.mu.Unlock()
		t.protected(f)
	}
}

// protected runs f; if it panics the server goes on.
func (t *Thread) protected(f func()) {
	defer func() {
		if p := recover(); p != nil {
			t.faulted(fmt.Errorf("internal fault: %v", p), debug.Stack())
		}
	}()
	f()
}

// faulted counts and logs a fault of the server.
func (t *Thread) faulted(err error, stack []byte) {
	t.host.count.panics.Add(1)
	t.host.o.Log.Error(err.Error(), append(t.fields(), zap.ByteString("stack", stack))...)
}

// broken is faulted for a panic that the virtual machine has caught.
func (t *Thread) broken(err error) {
	var e *vm.Error
	if errors.As(err, &e) && e.Cause != nil {
		t.faulted(e, []byte(e.Cause.Error()))
	}
}

// LogError writes the error of a call to the server's log, if nothing else is there about
// it: what the program did not handle, with the report as its stack; that its time was over,
// the same; at the level of debugging that it was told to end, which is logged when that
// happens. It may be called while no call runs; Start does it.
func (t *Thread) LogError(err error) {
	if err == nil || errors.Is(err, vm.ErrQuit) || errors.Is(err, ErrAbandoned) {
		return
	}
	entry := t.host.o.Log.Check(severity(err), lib.ToUTF8(err.Error()))
	if entry == nil {
		return
	}
	fields := t.fields()
	var e *vm.Error
	if errors.As(err, &e) {
		fields = append(fields, zap.String("stack", t.Report(e)))
	}
	entry.Write(fields...)
}

// severity returns the level of the record about the error of a call.
func severity(err error) zapcore.Level {
	switch {
	case because(err, orders...):
		return zap.DebugLevel
	case because(err, ErrTimeout, context.DeadlineExceeded):
		return zap.WarnLevel
	}
	return zap.ErrorLevel
}

// orders are the reasons for the end of a call that are no fault of its program.
var orders = []error{ErrKilled, ErrInactive, ErrStopping, ErrPoolClosed, context.Canceled}

// fields are what the log tells of the thread.
func (t *Thread) fields() []zap.Field {
	c := t.call.Load()
	return []zap.Field{
		zap.Int64("thread", t.id), zap.String("function", *t.figures.called.Load()), zap.String("environment", t.env.Name),
		zap.String("kind", string(c.Kind)), zap.String("user", c.Principal.Name), zap.String("machine", c.Machine),
	}
}
