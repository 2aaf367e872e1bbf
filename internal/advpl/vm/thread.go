package vm

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"appserver/internal/advpl/code"
)

// Thread is the state of one run of programs.
type Thread struct {
	prog *Program
	opts Options

	// Registers and running functions.
	fp       *frame  // the innermost, whenever run is left
	end      uintptr // of the current segment
	fuel     int     // steps until the next poll
	top      int     // how many registers from fp.base are in use, whenever run is left
	seg      int     // the current segment
	segments []segment
	slab     *slab // the first segment and frames; nil unless the host has called
	root     frame
	deepest  *frame // the last that Limits.Depth allows, if there is one
	nested   int    // runs within natives within runs
	each     each

	handlers   []handler
	errorBlock Value
	firstBlock Value    // what ErrorBlock returns first; NIL until it is called
	base       baseline // what Reset goes back to
	blockMark  int      // 1 more than the handlers below the error block that is evaluated; 0: none is

	vars       memvars
	ownSymbols map[string]symbol // names that the program does not know
	ownNames   []string          // by symbol, from the program's on; "" is free
	freeNames  []symbol          // that were forgotten
	heldNames  int               // how many names were not forgotten the last time
	statics    [][]Value         // by unit; nil until the unit starts
	cls        classStates
	macros     macroCache
	template   template // of the macro evaluated last
	locals     map[any]any
	mem        memory

	steps    int64 // counted up to the last poll
	filled   int   // what fuel was then
	deadline time.Time
	broken   error // a native panicked

	stop atomic.Bool // something waits for the next poll

	mu      sync.Mutex // guards what follows
	running bool       // a call of the host
	alarm   *Error     // why the thread has to end, or nil
	passing bool       // the alarm is for the running call only
	ctx     context.Context
	done    context.CancelCauseFunc // of ctx
}

// NewThread makes a thread. It uses nothing but memory until it is called, and
// need not be closed.
func (p *Program) NewThread(o Options) *Thread {
	o.Limits = o.Limits.withDefaults()
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	t := &Thread{prog: p, opts: o}
	t.fp = &t.root
	return t
}

// Call runs the function with the name. The error is an *Error that no handler
// took, with the stack where it was raised, or ErrQuit.
func (t *Thread) Call(name string, args ...Value) (Value, error) {
	name = strings.ToUpper(name)
	return t.call(name, t.prog.resolve(nil, name), args)
}

// CallStatic runs a static function of the unit with the given name ("A.PRW").
func (t *Thread) CallStatic(unit, name string, args ...Value) (Value, error) {
	name = strings.ToUpper(name)
	for _, u := range t.prog.units {
		if fn := u.funcs[name]; fn != nil && strings.EqualFold(u.def.Name, unit) {
			return t.call(name, target{fn: fn}, args)
		}
	}
	return t.call(name, target{}, args)
}

// call runs what name stands for.
func (t *Thread) call(name string, to target, args []Value) (Value, error) {
	switch {
	case to.fn != nil:
		return t.invoke(to.fn, Value{}, args...)
	case to.native != nil:
		return t.guard(func() (Value, error) { return to.native(t, args) })
	case to.class != nil:
		return t.guard(func() (Value, error) { return t.instance(to.class) })
	}
	return Value{}, t.outward(t.prog.noFunction(name))
}

// noFunction is the error of a call of a name that means nothing.
func (p *Program) noFunction(name string) *Error {
	err := Errorf(GenNoFunc, name, "function %s does not exist", name)
	if p.lib.Missing != nil {
		if more := p.lib.Missing(name); more != "" {
			err.Description += ": " + more
		}
	}
	return err
}

// Eval evaluates a code block. An argument may be a reference from Args.
func (t *Thread) Eval(block Value, args ...Value) (Value, error) {
	if !block.isHeap(Block) {
		return Value{}, t.outward(notBlock(block))
	}
	if t.fp == &t.root {
		return t.invoke(block.block().fn, block, args...)
	}
	return t.nest(block.block().fn, block, args, fromGo)
}

// Send calls a method, or reads a member if there is none and no arguments.
func (t *Thread) Send(obj Value, name string, args ...Value) (Value, error) {
	return t.guard(func() (Value, error) {
		return t.send(obj, t.symbol(strings.ToUpper(name)), args)
	})
}

// Get reads a member of an object.
func (t *Thread) Get(obj Value, name string) (Value, error) {
	return t.guard(func() (Value, error) {
		return t.member(obj, t.symbol(strings.ToUpper(name)))
	})
}

// Set assigns a member of an object.
func (t *Thread) Set(obj Value, name string, v Value) error {
	_, err := t.guard(func() (Value, error) {
		return Value{}, t.assignMember(obj, t.symbol(strings.ToUpper(name)), v)
	})
	return err
}

// Macro evaluates the text of an expression as & does.
func (t *Thread) Macro(text string) (Value, error) {
	fn, args, err := t.macro(text, MacroExpr)
	if err != nil {
		return Value{}, t.outward(err)
	}
	return t.invoke(fn, Value{}, args...)
}

// maxNested is how many runs may be nested: a native that evaluates a block that
// calls a native … Each takes some of the goroutine's stack.
const maxNested = 200

// invoke runs fn with args; head is Self of a method, the block that fn is of, or
// NIL. It may be called by natives and by the host. Its error is an *Error, or what
// a native has to pass on.
func (t *Thread) invoke(fn *function, head Value, args ...Value) (Value, error) {
	if t.fp == &t.root {
		return t.outermost(func() (Value, error) { return t.nest(fn, head, args, fromGo) })
	}
	return t.nest(fn, head, args, fromGo)
}

// nest runs fn on top of what runs already. The flags have fromGo.
func (t *Thread) nest(fn *function, head Value, args []Value, flags frameFlags) (Value, error) {
	if t.nested >= maxNested && (t.blockMark == 0 || t.nested >= maxNested+reserve) {
		return Value{}, Errorf(GenComplexity, fn.def.Name, "natives and blocks are nested too deeply: the limit is %d", maxNested)
	}
	fp, top := t.fp, t.top
	if !t.pushQuick(fn, head, args, flags) {
		if err := t.pushSlow(fn, head, args, flags); err != nil {
			return Value{}, err
		}
	}
	t.nested++
	v, err := t.run()
	t.nested--
	t.fp, t.top = fp, top
	return v, err
}

// pushed pushes a frame for fn above the registers in use, with copies of a head and
// arguments, which may be references. Its error is that of enter.
func (t *Thread) pushed(fn *function, head Value, args []Value, flags frameFlags) error {
	if t.pushQuick(fn, head, args, flags) {
		return nil
	}
	return t.pushSlow(fn, head, args, flags)
}

// pushSlow is pushed in all cases.
func (t *Thread) pushSlow(fn *function, head Value, args []Value, flags frameFlags) error {
	if fn.lazy {
		if err := t.start(fn.unit); err != nil {
			return err
		}
	}
	return t.enter(fn, t.push(fn, head, args), flags)
}

// pushQuick is pushed where neither the unit has to be started nor frames or registers
// have to be made. If it returns false it has done nothing.
func (t *Thread) pushQuick(fn *function, head Value, args []Value, flags frameFlags) bool {
	f, argc := t.fp.next, len(args)
	top := from(t.fp.base, t.top)
	if f == nil || uintptr(top)+fn.room(argc) > t.end || fn.lazy && !t.started(fn.unit) {
		return false
	}
	copyValue((*Value)(top), &head)
	base := fn.fill(from(top, 1), args)
	f.fn, f.base, f.pc = fn, base, fn.entry
	f.argc, f.flags = int32(argc), flags
	t.fp = f
	t.fuel--
	return true
}

// fill puts copies of the arguments, which may be references, into the window and NIL
// into the other registers of fn. It returns where these begin.
func (fn *function) fill(window unsafe.Pointer, args []Value) (base unsafe.Pointer) {
	base = window
	if len(args) > fn.params {
		copyValues(window, args)
		base = from(window, len(args))
		args = args[:fn.params]
	}
	for i, v := range args {
		if v.isRef() && !fn.mayRef(i) {
			v = v.deref()
		}
		copyValue(at(base, uint16(i)), &v)
	}
	fn.empty(base, len(args))
	return base
}

// push copies a head and arguments for fn above the registers in use; to a segment
// that enter will make the current one, if there is no room.
func (t *Thread) push(fn *function, head Value, args []Value) window {
	w := window{argc: len(args), refs: true}
	top := from(t.fp.base, t.top)
	if uintptr(top)+fn.room(len(args)) > t.end {
		w.apart = true
		top = t.spare(fn, len(args))
	}
	*(*Value)(top) = head
	w.args = from(top, 1)
	copy(values(w.args, len(args)), args)
	return w
}

// guard runs call as the outermost one if no function runs.
func (t *Thread) guard(call func() (Value, error)) (Value, error) {
	if t.fp == &t.root && t.nested == 0 {
		return t.outermost(call)
	}
	return call()
}

// outermost runs a call of the host: it begins with empty registers and nothing
// else goes on. What comes out of a program is made an *Error or ErrQuit. A panic of
// a native becomes an *Error, and the thread runs nothing any more.
func (t *Thread) outermost(call func() (Value, error)) (v Value, err error) {
	if t.broken != nil {
		return Value{}, t.broken
	}
	if t.nested > 0 {
		return call()
	}
	t.nested++
	stop := t.begin()
	defer func() {
		t.nested--
		if p := recover(); p != nil {
			v, err = Value{}, t.panicked(p)
		}
		stop()
		t.finish()
	}()
	v, err = call()
	return v, t.outward(err)
}

// outward returns err as the host gets it, or as natives pass it on if a program
// runs.
func (t *Thread) outward(err error) error {
	if err == nil || t.fp != &t.root {
		return err
	}
	var u *unwind
	if errors.As(err, &u) {
		err = u.outcome()
	}
	if err == ErrQuit {
		return err
	}
	return asError(err)
}

// outcome returns what is left of u when nothing took it.
func (u *unwind) outcome() error {
	if u.err != nil {
		return u.err
	}
	if u.kind == byQuit {
		return ErrQuit
	}
	return Errorf(GenUser, "BREAK", "break outside of a sequence")
}

// panicked makes the thread unusable after the panic p of a native.
func (t *Thread) panicked(p any) error {
	e := Errorf(GenUnsupported, "native", "internal fault: %v", p)
	e.Stack = t.stack()
	e.Fatal = true
	e.Cause = errors.New(string(debug.Stack()))
	t.broken = e
	t.fp = &t.root
	return e
}

// begin prepares the registers and the clock of a call of the host. The function
// it returns ends the clock.
func (t *Thread) begin() (stop func()) {
	t.mu.Lock()
	t.running = true
	t.mu.Unlock()
	t.takeSlab()
	t.refuel()
	if t.opts.Limits.Time == 0 {
		return func() {}
	}
	t.deadline = t.opts.Now().Add(t.opts.Limits.Time)
	timer := time.AfterFunc(t.opts.Limits.Time, t.expire)
	return func() { timer.Stop() }
}

// finish forgets what the call of the host left behind.
func (t *Thread) finish() {
	t.count()
	t.giveSlab()
	clear(t.handlers)
	t.handlers = t.handlers[:0]
	t.blockMark = 0
	t.forgetNames()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running = false
	if t.passing {
		t.alarm, t.passing = nil, false
		t.stop.Store(false)
	}
	if t.done != nil && t.alarm == nil {
		t.done(nil)
		t.ctx, t.done = nil, nil
	}
}

// Program returns the program of the thread.
func (t *Thread) Program() *Program { return t.prog }

// Now returns the time by the thread's clock.
func (t *Thread) Now() time.Time { return t.opts.Now() }

// Options returns what the thread was made with, the defaults filled in: with it
// Program.NewThread makes another of its kind.
func (t *Thread) Options() Options { return t.opts }

// Data returns Options.Data.
func (t *Thread) Data() any { return t.opts.Data }

// Limits returns the limits, with their defaults.
func (t *Thread) Limits() Limits { return t.opts.Limits }

// Local returns the state that a part of the library keeps for the thread under
// key, made by init if there is none yet.
func (t *Thread) Local(key any, init func() any) any {
	if v, ok := t.locals[key]; ok {
		return v
	}
	if t.locals == nil {
		t.locals = make(map[any]any)
	}
	v := init()
	t.locals[key] = v
	t.base.keep(v)
	return v
}

// Existing returns the state that Local has made for the thread under key; false if there
// is none.
func (t *Thread) Existing(key any) (state any, ok bool) {
	state, ok = t.locals[key]
	return state, ok
}

// HasLocals tells whether Local has made any state: else the programs of the thread have
// left nothing open.
func (t *Thread) HasLocals() bool { return len(t.locals) > 0 }

// Frame describes a running function.
type Frame struct {
	Func *code.Func
	Unit *code.Unit
	Name string // as reports show it: "U_TEST", "CLASS:METHOD", "{|x| x + 1}"
	Line int
	Args []Value // as they are now
}

// Frame returns the running function at the level, 0 being the one that called the
// native.
func (t *Thread) Frame(level int) (Frame, bool) {
	f := t.frameAt(level)
	if f == nil {
		return Frame{}, false
	}
	return f.describe(), true
}

// caller returns the function that called the native: if a macro did, the function
// that evaluates it. It is nil if no function runs.
func (t *Thread) caller() *frame {
	f := t.fp
	for f.fn != nil && f.fn.isMacro() {
		f = f.prev
	}
	if f.fn == nil {
		return nil
	}
	return f
}

// PCount returns how many arguments the function that called the native was given.
func (t *Thread) PCount() int {
	if f := t.caller(); f != nil {
		return int(f.argc)
	}
	return 0
}

// Param returns argument i, from 0, of the function that called the native, whether
// or not it has a parameter.
func (t *Thread) Param(i int) Value {
	if f := t.caller(); f != nil {
		return f.param(i)
	}
	return Value{}
}

// roots calls visit with what the thread holds: registers in use, statics, memory
// variables, handlers, the error block, and what Keep keeps.
func (t *Thread) roots(visit func(Value)) {
	each := func(list []Value) {
		for _, v := range list {
			visit(v)
		}
	}
	for f := t.fp; f.fn != nil; f = f.prev {
		visit(f.head())
		each(f.extra())
		each(values(f.base, f.fn.regs))
	}
	for _, s := range t.statics {
		each(s)
	}
	t.vars.each(visit)
	visit(t.errorBlock)
	visit(t.firstBlock)
	t.base.roots(visit)
}
