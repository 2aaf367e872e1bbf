package vm

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"appserver/internal/advpl/code"
)

// Breakpoints are lines at which threads stop. The zero value has none. It may be
// used by any number of goroutines and threads.
type Breakpoints struct {
	mu  sync.Mutex                              // of writers
	set atomic.Pointer[map[breakpoint]struct{}] // never changed, only replaced; nil: none
}

// breakpoint is a line of a unit, whose name is in upper case.
type breakpoint struct {
	unit string
	line int
}

// Set sets a breakpoint at a line of the unit ("A.PRW", in any case); Clear takes it
// away.
func (b *Breakpoints) Set(unit string, line int) {
	b.change(func(set map[breakpoint]struct{}) { set[breakpoint{strings.ToUpper(unit), line}] = struct{}{} })
}

// Clear takes a breakpoint away.
func (b *Breakpoints) Clear(unit string, line int) {
	b.change(func(set map[breakpoint]struct{}) { delete(set, breakpoint{strings.ToUpper(unit), line}) })
}

func (b *Breakpoints) change(f func(map[breakpoint]struct{})) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := map[breakpoint]struct{}{}
	if old := b.set.Load(); old != nil {
		maps.Copy(next, *old)
	}
	f(next)
	b.set.Store(&next)
}

func (b *Breakpoints) has(unit string, line int) bool {
	if b == nil {
		return false
	}
	set := b.set.Load()
	if set == nil || len(*set) == 0 {
		return false
	}
	_, ok := (*set)[breakpoint{unit, line}]
	return ok
}

// Action is what a debugged thread does next.
type Action uint8

const (
	Continue Action = iota // run to the next breakpoint
	StepIn                 // stop at the next line, also of a called function
	StepOver               // stop at the next line of this function, or of its caller
	StepOut                // stop when this function has returned
	Kill                   // end the call with ErrKilled
)

// ErrKilled is the cause of the error with which a debugger ends a call.
var ErrKilled = errors.New("ended by the debugger")

// Stop says where a debugged thread has stopped, before it runs the line. Frame,
// Locals and Macro of the thread tell more, until Pause returns.
type Stop struct {
	Thread *Thread
	Func   *code.Func
	Unit   *code.Unit
	Line   int
	Break  bool // at a breakpoint; else after a step
}

// Debugger is a Hook that stops one thread at breakpoints and steps through it.
type Debugger struct {
	Breakpoints *Breakpoints      // may be shared with other debuggers; nil: none
	Pause       func(Stop) Action // called by the thread's goroutine when it stops; it may wait
	First       bool              // stop at the first line that runs

	action  Action
	level   int32 // of the function in which the action was asked for
	started bool
	busy    bool // Pause runs; what it evaluates does not stop
}

// Line implements Hook.
func (d *Debugger) Line(t *Thread, fn *code.Func, unit *code.Unit, line int) error {
	if d.busy {
		return nil
	}
	level := t.fp.level
	step := d.steps(level)
	atBreak := d.Breakpoints.has(unit.Name, line)
	if !step && !atBreak {
		return nil
	}
	d.busy = true
	d.action = d.Pause(Stop{Thread: t, Func: fn, Unit: unit, Line: line, Break: atBreak})
	d.busy = false
	d.level = level
	if d.action == Kill {
		err := Errorf(GenUser, "debugger", "%w", ErrKilled)
		err.Fatal = true
		return err
	}
	return nil
}

// steps tells whether the action before ends at a line of a function at the level.
func (d *Debugger) steps(level int32) bool {
	first := d.First && !d.started
	d.started = true
	switch d.action {
	case StepIn:
		return true
	case StepOver:
		return level <= d.level
	case StepOut:
		return level < d.level
	}
	return first
}
