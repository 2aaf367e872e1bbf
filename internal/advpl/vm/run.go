package vm

import (
	"math"
	"unsafe"

	"appserver/internal/advpl/code"
)

// run executes the function of t.fp, which has the flag fromGo, and what it calls,
// until it returns. The error is an *unwind that leaves the function; its frame is
// popped in any case.
//
// The state of the machine is in f, pc, base and k. Operations on the kinds that
// matter for speed are done here; all else is left to exec, which finds and leaves
// the state in t.fp and its pc. What calls functions of the library or raises errors
// has to save the state first.
func (t *Thread) run() (Value, error) {
	var (
		f    *frame         // that runs
		pc   unsafe.Pointer // the next instruction
		base unsafe.Pointer // of f's registers
		k    unsafe.Pointer // the constants of f
		in   *code.Instr    // that is executed
		fn   *function      // to be called
		v    Value
		err  error
	)

reload:
	f = t.fp
	pc, base, k = f.pc, f.base, f.fn.kbase
	if t.fuel < 0 {
		goto poll
	}

next:
	for {
		in = (*code.Instr)(pc)
		pc = unsafe.Add(pc, instrSize)
		switch in.Op {
		case code.NOP:

		case code.MOVE:
			copyValue(at(base, in.A), at(base, in.B))

		case code.LOADK:
			copyValue(at(base, in.A), (*Value)(unsafe.Add(k, uintptr(in.Bx())*valueSize)))

		case code.LOADINT:
			setNum(at(base, in.A), float64(in.Bx()))

		case code.LOADNIL:
			for i := uint16(0); i < in.B; i++ {
				*at(base, in.A+i) = Value{}
			}

		case code.LOADL:
			setBool(at(base, in.A), in.B != 0)

		case code.LOADREF:
			b := at(base, in.B)
			if b.isCell() {
				b = (*Value)(b.p)
			} else if b.isRef() {
				goto slow
			}
			copyValue(at(base, in.A), b)

		case code.REFLOCAL:
			b := at(base, in.B)
			if !b.isCell() {
				goto slow
			}
			copyValue(at(base, in.A), b)

		case code.STOREREF:
			a := at(base, in.A)
			if a.isCell() {
				a = (*Value)(a.p)
			} else if a.isRef() {
				goto slow
			}
			copyValue(a, at(base, in.B))

		case code.GETUP:
			c := &f.closure().caps[in.B]
			if !c.isCell() {
				goto slow
			}
			copyValue(at(base, in.A), (*Value)(c.p))

		case code.SETUP:
			c := &f.closure().caps[in.A]
			if !c.isCell() {
				goto slow
			}
			copyValue((*Value)(c.p), at(base, in.B))

		case code.GETSTATIC:
			u := f.fn.unit.index
			if u >= len(t.statics) || t.statics[u] == nil {
				goto slow
			}
			s := t.statics[u]
			copyValue(at(base, in.A), &s[in.Bx()])

		case code.SETSTATIC:
			u := f.fn.unit.index
			if u >= len(t.statics) || t.statics[u] == nil {
				goto slow
			}
			s := t.statics[u]
			copyValue(&s[in.Bx()], at(base, in.A))

		case code.GETVAR, code.GETMEM:
			c := t.vars.find(f.fn.names[in.Bx()])
			if c == nil {
				goto slow
			}
			copyValue(at(base, in.A), &c.v)

		case code.SETVAR, code.SETMEM:
			c := t.vars.find(f.fn.names[in.Bx()])
			if c == nil {
				goto slow
			}
			copyValue(&c.v, at(base, in.A))

		case code.GETFIELD:
			if t.opts.Areas == nil {
				goto slow
			}
			f.pc, t.fp = pc, f
			t.top = f.fn.regs
			v, err = t.opts.Areas.Field(*at(base, in.B), t.nameOf(f.fn.names[in.C]))
			if err != nil {
				goto raise
			}
			f = t.fp
			pc, base, k = f.pc, f.base, f.fn.kbase
			*result(base, pc) = v

		case code.ADD:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() + c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.SUB:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() - c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.MUL:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() * c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.DIV:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() / c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.MOD:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r, ok := wholeMod(b.Float(), c.Float())
			if !ok {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.ADDK:
			b, c := at(base, in.B), at(k, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() + c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.SUBK:
			b, c := at(base, in.B), at(k, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() - c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.MULK:
			b, c := at(base, in.B), at(k, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() * c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.DIVK:
			b, c := at(base, in.B), at(k, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r := b.Float() / c.Float()
			if !finite(r) {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.MODK:
			b, c := at(base, in.B), at(k, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			r, ok := wholeMod(b.Float(), c.Float())
			if !ok {
				goto slow
			}
			setNum(at(base, in.A), r)

		case code.NEG:
			b := at(base, in.B)
			if b.p != numTag {
				goto slow
			}
			setNum(at(base, in.A), -b.Float())

		case code.NOT:
			b := at(base, in.B)
			if b.p != boolTag {
				goto slow
			}
			setBool(at(base, in.A), b.n == 0)

		case code.TESTL:
			if at(base, in.A).p != boolTag {
				goto slow
			}

		case code.EQ, code.EEQ:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() == c.Float())

		case code.NE:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() != c.Float())

		case code.LT:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() < c.Float())

		case code.LE:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() <= c.Float())

		case code.GT:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() > c.Float())

		case code.GE:
			b, c := at(base, in.B), at(base, in.C)
			if b.p != numTag || c.p != numTag {
				goto slow
			}
			setBool(at(base, in.A), b.Float() >= c.Float())

		case code.JMP:
			pc = jump(pc, in.Bx())

		case code.LOOP:
			pc = jump(pc, in.Bx())
			if t.fuel--; t.fuel < 0 {
				goto poll
			}

		case code.JT:
			a := at(base, in.A)
			if a.p != boolTag {
				goto slow
			}
			if a.n != 0 {
				pc = jump(pc, in.Bx())
			}

		case code.JF:
			a := at(base, in.A)
			if a.p != boolTag {
				goto slow
			}
			if a.n == 0 {
				pc = jump(pc, in.Bx())
			}

		case code.JNIL:
			if at(base, in.A).p == nil {
				pc = jump(pc, in.Bx())
			}

		case code.JNNIL:
			if at(base, in.A).p != nil {
				pc = jump(pc, in.Bx())
			}

		case code.JEQ, code.JEEQ:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() == b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNEQ, code.JNEEQ:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() != b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JLT:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() < b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNLT:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() < b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.JLE:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() <= b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNLE:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() <= b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.JEQK, code.JEEQK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() == b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNEQK, code.JNEEQK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() != b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JLTK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() < b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNLTK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() < b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.JLEK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() <= b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNLEK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() <= b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.JGTK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() > b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNGTK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() > b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.JGEK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if a.Float() >= b.Float() {
				pc = jump(pc, in.SC())
			}

		case code.JNGEK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			if !(a.Float() >= b.Float()) {
				pc = jump(pc, in.SC())
			}

		case code.FORLOOP:
			a, b := at(base, in.A), at(base, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			n := a.Float() + 1
			a.n = math.Float64bits(n)
			if n <= b.Float() {
				pc = jump(pc, in.SC())
				if t.fuel--; t.fuel < 0 {
					goto poll
				}
			}

		case code.FORLOOPK:
			a, b := at(base, in.A), at(k, in.B)
			if a.p != numTag || b.p != numTag {
				goto slow
			}
			n := a.Float() + 1
			a.n = math.Float64bits(n)
			if n <= b.Float() {
				pc = jump(pc, in.SC())
				if t.fuel--; t.fuel < 0 {
					goto poll
				}
			}

		case code.NEWARRAY:
			f.pc, t.fp = pc, f
			t.top = f.fn.regs
			if err = t.newArray(at(base, in.A), values(unsafe.Pointer(at(base, in.B)), int(in.C))); err != nil {
				goto raise
			}
			goto reload

		case code.GETINDEX:
			e := element(at(base, in.B), at(base, in.C))
			if e == nil {
				goto slow
			}
			copyValue(at(base, in.A), e)

		case code.GETINDEXK:
			e := element(at(base, in.B), at(k, in.C))
			if e == nil {
				goto slow
			}
			copyValue(at(base, in.A), e)

		case code.SETINDEX:
			e := element(at(base, in.A), at(base, in.B))
			if e == nil {
				goto slow
			}
			copyValue(e, at(base, in.C))

		case code.SETINDEXK:
			e := element(at(base, in.A), at(k, in.B))
			if e == nil {
				goto slow
			}
			copyValue(e, at(base, in.C))

		case code.GETPROP:
			b := at(base, in.B)
			if !b.isHeap(Object) || b.Object().Class == nil {
				goto slow
			}
			m := b.Object().Class.fields.get(f.fn.names[in.C])
			if m == nil || m.slot < 0 || !m.open && m.class != f.fn.class {
				goto slow
			}
			copyValue(at(base, in.A), &b.Object().Slots[m.slot])

		case code.SETPROP:
			a := at(base, in.A)
			if !a.isHeap(Object) || a.Object().Class == nil {
				goto slow
			}
			m := a.Object().Class.fields.get(f.fn.names[in.B])
			if m == nil || m.slot < 0 || m.readOnly || !m.open && m.class != f.fn.class {
				goto slow
			}
			copyValue(&a.Object().Slots[m.slot], at(base, in.C))

		case code.SELF:
			if f.fn.class == nil || int(f.argc) > f.fn.params {
				goto slow
			}
			self := (*Value)(unsafe.Add(base, -int(valueSize)))
			if !self.isHeap(Object) {
				goto slow
			}
			copyValue(at(base, in.A), self)

		case code.CLOSURE:
			b := &f.fn.blocks[in.Bx()].fixed
			if b.p == nil {
				goto slow
			}
			copyValue(at(base, in.A), b)

		case code.CALL:
			to := &f.fn.targets[in.C]
			if fn = to.fn; fn != nil {
				goto enter
			}
			if to.native == nil {
				goto slow
			}
			f.pc, t.fp = pc, f
			t.top = int(in.A) + 1 + int(in.B)
			v, err = to.native(t, values(unsafe.Pointer(at(base, in.A+1)), int(in.B)))
			if err != nil {
				goto raise
			}
			f = t.fp
			pc, base, k = f.pc, f.base, f.fn.kbase
			*result(base, pc) = v
			if t.stop.Load() {
				goto poll
			}

		case code.EVAL:
			a := at(base, in.A)
			if !a.isHeap(Block) {
				goto slow
			}
			fn = a.block().fn
			goto enter

		case code.SEND:
			a := at(base, in.A)
			if !a.isHeap(Object) || a.Object().Class == nil {
				goto slow
			}
			m := a.Object().Class.methods.get(f.fn.names[in.C])
			if m == nil || m.fn == nil || !m.open && m.class != f.fn.class {
				goto slow
			}
			fn = m.fn
			goto enter

		case code.RET:
			a := at(base, in.A)
			if f.flags != 0 {
				v = *a
				goto ret
			}
			f = f.prev
			pc, base, k = f.pc, f.base, f.fn.kbase
			copyValue(result(base, pc), a)

		case code.RETNIL:
			if f.flags != 0 {
				v = Value{}
				goto ret
			}
			f = f.prev
			pc, base, k = f.pc, f.base, f.fn.kbase
			*result(base, pc) = Value{}

		case code.TRACE:
			goto trace

		default:
			goto slow
		}
	}

slow:
	f.pc, t.fp = pc, f
	t.top = f.fn.regs
	if err = t.exec(f, in); err != nil {
		goto raise
	}
	goto reload

trace: // the instruction for which TRACE stands
	f.pc, t.fp = pc, f
	t.top = f.fn.regs
	if err = t.traceLine(f); err != nil {
		goto raise
	}
	f = t.fp
	t.top = f.fn.regs
	if err = t.exec(f, &f.fn.code[f.index()]); err != nil {
		goto raise
	}
	goto reload

enter: // fn, with the window of in
	{
		next := f.next
		argc := int(in.B)
		window := unsafe.Add(base, (uintptr(in.A)+1)*valueSize)
		if next == nil || argc > fn.params || uintptr(window)+fn.size > t.end || fn.lazy && !t.started(fn.unit) {
			goto slow
		}
		f.pc = pc
		next.fn, next.base = fn, window
		next.argc, next.flags = int32(argc), 0
		for i := argc; i < fn.regs; i++ {
			*(*Value)(unsafe.Add(window, uintptr(i)*valueSize)) = Value{}
		}
		f, base, pc, k = next, window, fn.entry, fn.kbase
		if t.fuel--; t.fuel < 0 {
			goto poll
		}
	}
	goto next

ret: // v, from f, which has flags
	switch f.flags { // the most usual; nest sets t.fp
	case fromGo | again:
		if t.nextTurn(f, v) {
			goto reload
		}
		return v, nil
	case fromGo:
		return v, nil
	}
	t.fp = f
	if t.leaveBlocks(f, v) {
		goto reload
	}
	switch flags := t.fp.flags; {
	case flags&fromGo != 0:
		t.leave()
		return v, nil
	case flags&discard != 0:
		t.leave()
	default:
		t.leave()
		*result(t.fp.base, t.fp.pc) = v
	}
	goto reload

poll:
	f.pc, t.fp = pc, f
	t.top = f.fn.regs
	if err = t.poll(f); err != nil {
		goto raise
	}
	goto reload

raise: // err, in t.fp
	{
		u := t.raise(err)
		if u.kind == byReturn {
			f, v = t.fp, u.value
			goto ret
		}
		if !t.unwindTo(u) {
			return Value{}, u
		}
	}
	goto reload
}

// jump returns the instruction n after pc.
func jump(pc unsafe.Pointer, n int32) unsafe.Pointer {
	return unsafe.Add(pc, int(n)*int(instrSize))
}

// result returns the register that gets the result of the call before pc.
func result(base, pc unsafe.Pointer) *Value {
	return at(base, (*code.Instr)(unsafe.Add(pc, -int(instrSize))).A)
}

// finite reports whether x is neither infinite nor NaN.
func finite(x float64) bool { return math.Float64bits(x)<<1 < 0x7FF<<53 }

// isHeap reports whether v is of kind k, one of those that have no tag and no
// length.
func (v *Value) isHeap(k Kind) bool {
	return v.n == uint64(k)<<kindShift && !isTag(v.p)
}

// element returns the element with the index i of the array v, or nil if v is no
// array or i none of its indexes.
func element(v, i *Value) *Value {
	if !v.isHeap(Array) || i.p != numTag {
		return nil
	}
	elems := v.Array().Elems
	if n := uint(int(i.Float())) - 1; n < uint(len(elems)) {
		return &elems[n]
	}
	return nil
}

// held returns what is pending in v, or nil if v is not pending.
func (v *Value) held() *unwind {
	if !v.isHeap(pending) {
		return nil
	}
	return (*unwind)(v.p)
}

// poll polls, and begins a function that has just been entered traced if there is a
// hook. An error is one of the next instruction if the steps are used up: what precedes
// it need not have run, for a loop has jumped here.
func (t *Thread) poll(f *frame) error {
	stepped := t.fuel < 0
	if err := t.Poll(); err != nil {
		if stepped {
			f.pc = unsafe.Add(f.pc, instrSize)
		}
		return err
	}
	if t.opts.Hook != nil && f.pc == f.fn.entry {
		f.pc = f.fn.tracedEntry()
	}
	return nil
}
