package vm

import (
	"context"
	"errors"
)

// pollEvery is how many steps are made between two polls.
const pollEvery = 4096

// refuel gives the thread steps until the next poll: none while a hook is set, so
// that every call polls and begins traced.
func (t *Thread) refuel() {
	t.filled = pollEvery
	if left := t.opts.Limits.Steps - t.steps; t.opts.Limits.Steps > 0 {
		t.filled = int(min(pollEvery, max(left, 0)))
	}
	if t.opts.Hook != nil {
		t.filled = 0
	}
	t.fuel = t.filled
}

// count adds the steps since the last poll.
func (t *Thread) count() {
	t.steps += int64(t.filled - t.fuel)
	t.filled = t.fuel
}

// Steps returns how many loop turns and calls the thread has made.
func (t *Thread) Steps() int64 { return t.steps + int64(t.filled-t.fuel) }

// Poll returns an error if the call has to end: natives that take long call it at
// least every millisecond or so.
func (t *Thread) Poll() error {
	t.count()
	if limit := t.opts.Limits.Steps; limit > 0 && t.steps > limit {
		return t.ended("the program makes too many steps: the limit is %d", limit)
	}
	t.refuel()
	if t.opts.Yield != nil {
		t.opts.Yield()
	}
	if t.stop.Load() {
		if err := t.alarmed(); err != nil {
			return err
		}
	}
	if t.opts.Context.Err() != nil {
		t.Cancel(context.Cause(t.opts.Context))
		return t.alarmed()
	}
	if !t.deadline.IsZero() && !t.opts.Now().Before(t.deadline) {
		return t.ended("the program runs too long: the limit is %v", t.opts.Limits.Time)
	}
	return nil
}

// Stopping tells whether the call may have to end at once: Poll says whether it has to.
// It costs next to nothing, so that natives can ask it after each turn that may be long.
func (t *Thread) Stopping() bool { return t.stop.Load() }

// ended returns an error that no program can handle.
func (t *Thread) ended(format string, limit any) *Error {
	e := Errorf(GenLimit, "", format, limit)
	e.Fatal = true
	return e
}

// Cancel ends the running call with reason as an error that no program can handle,
// and each later call of the thread. It may be called from any goroutine, more than
// once; the first reason counts. Context is cancelled too.
func (t *Thread) Cancel(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.alarm == nil || t.passing {
		t.passing = false
		t.sound(reason, "cancelled")
		return
	}
	t.stop.Store(true)
}

// sound raises the alarm that ends the running call. t.mu is held.
func (t *Thread) sound(reason error, what string) {
	if reason == nil {
		reason = context.Canceled
	}
	t.alarm = Errorf(GenLimit, "", "the program is %s: %v", what, reason)
	t.alarm.Cause, t.alarm.Fatal = reason, true
	t.stop.Store(true)
	if t.done != nil {
		t.done(reason)
	}
}

// errTime is the cause of a context that ended with the time of a call.
var errTime = errors.New("the program runs too long")

// expire ends waiting when the time of a call is over; Poll sees the deadline.
func (t *Thread) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop.Store(true)
	if t.done != nil {
		t.done(errTime)
	}
}

// alarmed returns the error that Cancel left, or nil. The error is a new one: each
// call has a stack of its own.
func (t *Thread) alarmed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.alarm == nil {
		t.stop.Store(false)
		return nil
	}
	e := *t.alarm
	return &e
}

// Context is done when the call ends, is cancelled, or its time is over: natives
// that wait watch it and then return what Poll returns.
func (t *Thread) Context() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		t.ctx, t.done = context.WithCancelCause(t.opts.Context)
		if t.alarm != nil {
			t.done(t.alarm.Cause)
		}
	}
	return t.ctx
}

// Blocked runs wait, in which a native waits for something outside, such as the answer of
// a server, and does not compute: meanwhile other threads may. wait must watch Context,
// and must not use the thread but for that.
func (t *Thread) Blocked(wait func()) {
	if t.opts.Block == nil {
		wait()
		return
	}
	t.opts.Block(wait)
}
