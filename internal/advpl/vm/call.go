package vm

import (
	"slices"
	"strings"
	"unsafe"

	"appserver/internal/advpl/code"
)

func (t *Thread) execCall(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.CALL:
		return t.callTarget(f.fn.targets[in.C], f.fn.def.Names[in.C], in, f.window(in))
	case code.CALLR, code.CALLV:
		return t.callTarget(f.fn.targets[in.C], f.fn.def.Names[in.C], in, f.refWindow(in, in.Op == code.CALLV))
	case code.CALLN:
		return t.callNamed(f, in)
	case code.CALLX:
		return t.callText(f, in)
	case code.EVAL:
		return t.evalBlock(f, in, f.window(in))
	case code.EVALR, code.EVALV:
		return t.evalBlock(f, in, f.refWindow(in, in.Op == code.EVALV))
	case code.SEND:
		return t.sendTo(f, in, f.fn.names[in.C], f.window(in))
	case code.SENDR, code.SENDV:
		return t.sendTo(f, in, f.fn.names[in.C], f.refWindow(in, in.Op == code.SENDV))
	case code.SENDN:
		return t.sendNamed(f, in)
	case code.SENDX:
		s, err := t.named(*f.at(in.C))
		if err != nil {
			return err
		}
		return t.sendTo(f, in, s, f.refWindow(in, false))
	case code.SUPER:
		return t.callSuper(f, in)
	case code.REST:
		return t.rest(f, in)
	case code.CLOSURE:
		v, err := t.closure(f, f.fn.blocks[in.Bx()])
		return f.set(in.A, v, err)
	case code.RET:
		return &unwind{kind: byReturn, target: -1, value: *f.at(in.A)}
	case code.RETNIL:
		return &unwind{kind: byReturn, target: -1}
	case code.MACRO:
		return t.evalMacro(f, in)
	case code.MACROSET:
		return t.assignMacro(f, in)
	}
	return nil
}

// callTarget calls what name stands for. A native or a class has its result in the
// register of the call at once.
func (t *Thread) callTarget(to target, name string, in *code.Instr, w window) error {
	switch {
	case to.fn != nil:
		t.top = int(in.A) + 1 + int(in.B)
		return t.enter(to.fn, w, 0)
	case to.native != nil:
		return t.callNative(to.native, in, w)
	case to.class != nil:
		f := t.fp
		v, err := t.instance(to.class)
		return f.set(in.A, v, err)
	}
	return t.prog.noFunction(name)
}

// callNative calls native with the arguments of w.
func (t *Thread) callNative(native Native, in *code.Instr, w window) error {
	f := t.fp
	t.top = int(in.A) + 1 + int(in.B)
	v, err := native(t, w.list())
	return t.finishNative(f, in, v, err)
}

// finishNative takes what a native returned.
func (t *Thread) finishNative(f *frame, in *code.Instr, v Value, err error) error {
	if err == nil && t.stop.Load() {
		err = t.Poll()
	}
	return f.set(in.A, v, err)
}

// list returns the arguments: the registers themselves if there are no others.
func (w window) list() Args {
	args := values(w.args, w.argc)
	if len(w.more) > 0 {
		return append(slices.Clip(args), w.more...)
	}
	return args
}

// callText calls the function whose name is the string R[A].
func (t *Thread) callText(f *frame, in *code.Instr) error {
	v := *f.at(in.A)
	if !v.IsStr() {
		return mismatch("&()", v)
	}
	name := strings.ToUpper(strings.TrimSpace(v.Text()))
	return t.callTarget(t.prog.resolve(f.fn.unit, name), name, in, f.refWindow(in, false))
}

// callNamed calls a function with named arguments: each goes to the parameter of its
// name, those without a name to the parameters in order.
func (t *Thread) callNamed(f *frame, in *code.Instr) error {
	call := &f.fn.def.Named[in.C]
	to := t.prog.resolve(f.fn.unit, call.Func)
	if to.none() {
		return t.prog.noFunction(call.Func)
	}
	w := f.refWindow(in, false)
	if err := arrange(to.fn, call, &w); err != nil {
		return err
	}
	return t.callTarget(to, call.Func, in, w)
}

// arrange puts the arguments of w into the order of fn's parameters. fn is nil if
// what is called has no parameters with names.
func arrange(fn *function, call *code.NamedCall, w *window) error {
	args := values(w.args, w.argc)
	var sorted []Value
	for i, name := range call.Args {
		at := i
		if name != "" {
			if at = fn.parameter(name); at < 0 {
				return Errorf(GenArg, call.Func, "%s has no parameter %s", call.Func, name)
			}
		}
		for len(sorted) <= at {
			sorted = append(sorted, Value{})
		}
		sorted[at] = args[i]
	}
	w.argc, w.more = 0, sorted
	return nil
}

// parameter returns the number of the parameter with the name, or -1.
func (fn *function) parameter(name string) int {
	if fn == nil {
		return -1
	}
	return slices.IndexFunc(fn.def.Params, func(p code.Param) bool { return p.Name == name })
}

// evalBlock evaluates the block R[A].
func (t *Thread) evalBlock(f *frame, in *code.Instr, w window) error {
	b := *f.at(in.A)
	if b.Kind() != Block {
		return notBlock(b)
	}
	t.top = int(in.A) + 1 + int(in.B)
	return t.enter(b.block().fn, w, 0)
}

// notBlock is the error of an evaluation of v, which is no code block.
func notBlock(v Value) *Error { return ArgError("EVAL", Args{v}, 0, "a code block") }

// sendNamed calls a method with named arguments.
func (t *Thread) sendNamed(f *frame, in *code.Instr) error {
	call := &f.fn.def.Named[in.C]
	obj, name, w := *f.at(in.A), t.symbol(call.Func), f.refWindow(in, false)
	to, err := t.receiver(obj, name, w.argc, f.fn)
	if err != nil {
		return err
	}
	if err := arrange(to.fn, call, &w); err != nil {
		return err
	}
	return t.deliver(to.fn, obj.Object(), name, in, w)
}

// sendTo sends the message name to the object R[A].
func (t *Thread) sendTo(f *frame, in *code.Instr, name symbol, w window) error {
	obj := *f.at(in.A)
	to, err := t.receiver(obj, name, w.argc+len(w.more), f.fn)
	if err != nil {
		return err
	}
	if to.data {
		v, err := t.memberFrom(obj, name, f.fn)
		return f.set(in.A, v, err)
	}
	return t.deliver(to.fn, obj.Object(), name, in, w)
}

// deliver calls the method fn, or if it is nil the native part of o.
func (t *Thread) deliver(fn *function, o *ObjectValue, name symbol, in *code.Instr, w window) error {
	if fn != nil {
		t.top = int(in.A) + 1 + int(in.B)
		return t.enter(fn, w, 0)
	}
	text := t.nameOf(name)
	if o.Native == nil {
		return Errorf(GenNoMethod, text, "class %s has no method %s", o.ClassName(), text)
	}
	f := t.fp
	t.top = int(in.A) + 1 + int(in.B)
	v, err := o.Native.Send(t, text, w.list())
	return t.finishNative(f, in, v, err)
}

// callSuper calls a method of the parent of the running method's class with the
// object R[A].
func (t *Thread) callSuper(f *frame, in *code.Instr) error {
	name := f.fn.names[in.C]
	obj := *f.at(in.A)
	if f.fn.class == nil || obj.Kind() != Object {
		return Errorf(GenNoMethod, t.nameOf(name), "_Super is used outside of a method")
	}
	fn, err := t.superMethod(f.fn.class, name)
	if err != nil {
		return err
	}
	return t.deliver(fn, obj.Object(), name, in, f.refWindow(in, false))
}

// rest makes R[A] an array of the arguments that have no parameter.
func (t *Thread) rest(f *frame, in *code.Instr) error {
	extra := f.extra()
	if err := t.CheckArray(len(extra)); err != nil {
		return err
	}
	elems := make([]Value, len(extra))
	for i, v := range extra {
		elems[i] = v.deref()
	}
	*f.at(in.A) = NewArray(elems)
	return nil
}

// evalMacro evaluates the text R[B].
func (t *Thread) evalMacro(f *frame, in *code.Instr) error {
	fn, args, err := t.macroText(*f.at(in.B), MacroExpr)
	if err != nil {
		return err
	}
	return t.pushed(fn, Value{}, args, 0)
}

// assignMacro assigns R[B] to what the text R[A] names.
func (t *Thread) assignMacro(f *frame, in *code.Instr) error {
	fn, _, err := t.macroText(*f.at(in.A), MacroAssign)
	if err != nil {
		return err
	}
	v := [1]Value{*f.at(in.B)}
	return t.pushed(fn, Value{}, v[:], discard)
}

// value returns the value that refers to b.
func (b *blockValue) value() Value {
	return Value{unsafe.Pointer(b), uint64(Block) << kindShift}
}

// blockValue is what a code block refers to.
type blockValue struct {
	fn   *function
	self *ObjectValue // of the method that made the block; or nil
	caps []Value      // references to what it captures
}
