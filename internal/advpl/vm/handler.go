package vm

import (
	"errors"
	"unsafe"

	"appserver/internal/advpl/code"
)

// handler is what a Begin Sequence, Try or Finally has pushed.
type handler struct {
	f    *frame
	pc   unsafe.Pointer // where it continues
	reg  uint16         // what it gets
	kind handlerKind
}

type handlerKind uint8

const (
	onBreak handlerKind = iota // Begin Sequence
	onError                    // Try
	onLeave                    // Finally
)

// ErrQuit is what ends a thread that was asked to quit.
var ErrQuit = errors.New("the program has quit")

// unwind is control on its way to a handler, or out of the program. Natives pass it
// on as an error.
type unwind struct {
	kind   unwindKind
	target int    // the number of the handler; -1: none
	value  Value  // of a Break or a return; the error object for a Try
	err    *Error // that no handler takes
}

type unwindKind uint8

const (
	byBreak unwindKind = iota
	byError
	byQuit
	byReturn // only pending in a Finally
)

// Error is the text of what is under way.
func (u *unwind) Error() string {
	switch u.kind {
	case byBreak:
		return "break"
	case byError:
		if u.err != nil {
			return u.err.Error()
		}
	}
	return ErrQuit.Error()
}

// Unwrap returns the error under way, or nil.
func (u *unwind) Unwrap() error {
	if u.err != nil {
		return u.err
	}
	if u.kind == byQuit {
		return ErrQuit
	}
	return nil
}

// fatal reports whether even the Finally parts are not run.
func (u *unwind) fatal() bool { return u.err != nil && u.err.Fatal }

// pending returns the value that holds u back.
func (u *unwind) pending() Value {
	return Value{unsafe.Pointer(u), uint64(pending) << kindShift}
}

// handle pushes a handler of f.
func (t *Thread) handle(f *frame, kind handlerKind, reg uint16, pc unsafe.Pointer) {
	if f.flags&handles == 0 {
		f.flags |= handles
		f.hands = int32(len(t.handlers))
	}
	if len(t.handlers) == cap(t.handlers) {
		t.note((len(t.handlers) + 1) * int(handlerSize))
	}
	t.handlers = append(t.handlers, handler{f, pc, reg, kind})
}

// unhandle pops the n innermost handlers of f.
func (t *Thread) unhandle(f *frame, n int) {
	if f.flags&handles == 0 {
		return
	}
	keep := max(len(t.handlers)-n, int(f.hands))
	t.handlers = t.handlers[:keep]
	if keep == int(f.hands) {
		f.flags &^= handles
	}
}

// innermost returns the number of the innermost handler below n of one of the
// kinds, or -1.
func (t *Thread) innermost(n int, kinds ...handlerKind) int {
	for i := n - 1; i >= 0; i-- {
		for _, k := range kinds {
			if t.handlers[i].kind == k {
				return i
			}
		}
	}
	return -1
}

// Break returns the error that continues at the innermost Begin Sequence.
func (t *Thread) Break(v Value) error {
	if i := t.innermost(len(t.handlers), onBreak); i >= 0 {
		return &unwind{kind: byBreak, target: i, value: v}
	}
	e := Errorf(GenUser, "BREAK", "break outside of a sequence")
	e.loose = true
	return e
}

// Quit returns the error that ends the thread without a report (__Quit).
func (t *Thread) Quit() error { return ErrQuit }

// raise decides where control goes on after err, which was raised in t.fp.
func (t *Thread) raise(err error) *unwind {
	switch e := err.(type) {
	case *unwind:
		return e
	case *Error:
		return t.raiseError(e)
	}
	if err == ErrQuit {
		return &unwind{kind: byQuit, target: -1}
	}
	return t.raiseError(asError(err))
}

// asError returns the *Error that stands for a fault of the surroundings.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{GenCode: GenUser, SubSystem: "BASE", Severity: 2, Description: err.Error(), Cause: err}
}

// raiseError evaluates the error block if the error is its business, and decides
// who takes e.
func (t *Thread) raiseError(e *Error) *unwind {
	if e.Stack == nil {
		e.Stack = t.stack()
	}
	uncaught := &unwind{kind: byError, target: -1, err: e}
	if e.Fatal {
		return uncaught
	}
	i := t.innermost(len(t.handlers), onBreak, onError)
	if i >= t.floor() && t.handlers[i].kind == onError {
		return t.caught(i, e)
	}
	if t.blockMark > 0 || t.errorBlock == t.firstBlock {
		return t.takenOutside(e, uncaught)
	}
	if u := t.evalErrorBlock(e); u != nil {
		return u
	}
	return t.takenOutside(e, uncaught)
}

// takenOutside returns who takes e if the error block does not: the next Try, but
// none that was there before an error block began.
func (t *Thread) takenOutside(e *Error, uncaught *unwind) *unwind {
	if i := t.innermost(len(t.handlers), onError); i >= t.floor() {
		return t.caught(i, e)
	}
	return uncaught
}

// floor returns the number of the lowest handler that may take an error: while an
// error block is evaluated, its own.
func (t *Thread) floor() int { return max(t.blockMark-1, 0) }

// throw decides where control goes on after Throw v: an error block has no part in
// it.
func (t *Thread) throw(v Value) *unwind {
	e := thrown(v)
	e.Stack = t.stack()
	return t.takenOutside(e, &unwind{kind: byError, target: -1, err: e})
}

// caught returns the way of e to the Try with the number i.
func (t *Thread) caught(i int, e *Error) *unwind {
	return &unwind{kind: byError, target: i, value: t.errorObject(e)}
}

// evalErrorBlock evaluates the error block on top of the stack, and returns what
// leaves it: a Break mostly. It returns nil if the block returns. A Break without a
// Begin Sequence leaves the error as it is.
func (t *Thread) evalErrorBlock(e *Error) *unwind {
	t.top = t.fp.fn.regs
	t.blockMark = len(t.handlers) + 1
	_, err := t.nest(t.errorBlock.block().fn, t.errorBlock, []Value{t.errorObject(e)}, fromGo)
	t.blockMark = 0
	t.endReserve()
	if err == nil {
		return nil
	}
	u, ok := err.(*unwind)
	if !ok || u.err != nil && u.err.loose {
		return &unwind{kind: byError, target: -1, err: e}
	}
	return u
}

// ErrorBlock sets the error block, if b is a block, and returns the one before. The
// first is a block that throws its argument.
func (t *Thread) ErrorBlock(b Value) Value {
	if t.firstBlock.IsNil() {
		t.firstBlock = t.newFirstBlock()
		t.errorBlock = t.firstBlock
	}
	before := t.errorBlock
	if b.Kind() == Block {
		t.errorBlock = b
	}
	return before
}

// newFirstBlock makes the error block of a thread that has set none.
func (t *Thread) newFirstBlock() Value {
	fn := newFunction(&code.Func{
		Name: "{|oError| Throw oError}", Kind: code.Block, NParams: 1, NRegs: 1,
		Params: []code.Param{{Name: "OERROR"}}, Code: []code.Instr{{Op: code.THROW}},
	}, t.prog.macros, nil)
	t.prog.link(fn, false)
	return (&blockValue{fn: fn}).value()
}

// unwindTo pops frames until u is where it goes on; t.fp is that frame then, with
// pc set. It returns false if u leaves the function that run began with, whose frame
// is popped too.
func (t *Thread) unwindTo(u *unwind) bool {
	entry := t.entry()
	for i := len(t.handlers) - 1; i >= 0; i-- {
		h := t.handlers[i]
		if h.f.level < entry.level {
			break
		}
		if i != u.target && (h.kind != onLeave || u.fatal()) {
			continue
		}
		for t.fp != h.f {
			t.leave()
		}
		t.unhandle(h.f, len(t.handlers)-i)
		t.continueAt(h, i, u)
		return true
	}
	for t.fp != entry {
		t.leave()
	}
	t.leave()
	return false
}

// entry returns the frame that the innermost run began with.
func (t *Thread) entry() *frame {
	f := t.fp
	for f.flags&fromGo == 0 {
		f = f.prev
	}
	return f
}

// continueAt sets the frame of h, number i, to go on there with what u brings.
func (t *Thread) continueAt(h handler, i int, u *unwind) {
	v := u.value
	if i != u.target {
		v = u.pending()
	}
	*at(h.f.base, h.reg) = v
	h.f.pc = h.pc
}

// leaveBlocks begins the innermost Finally of f that a return of v has to run; false
// if there is none.
func (t *Thread) leaveBlocks(f *frame, v Value) bool {
	if f.flags&handles == 0 {
		return false
	}
	i := t.innermost(len(t.handlers), onLeave)
	if i < int(f.hands) {
		return false
	}
	h := t.handlers[i]
	t.unhandle(f, len(t.handlers)-i)
	t.continueAt(h, i, &unwind{kind: byReturn, target: -1, value: v})
	return true
}
