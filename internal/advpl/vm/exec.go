package vm

import (
	"unsafe"

	"appserver/internal/advpl/code"
)

// exec executes the instruction in of frame f, which is t.fp, with its pc after it.
// It can do all that run does, if more slowly: run comes here for what is not worth
// its own code there, and for all kinds of values but the most usual. A function
// that exec calls is t.fp afterwards; a return is an *unwind.
//
// Some operations take long, comparisons of long strings for one, and there may be
// thousands of them between two polls: so exec polls when the call has to end.
func (t *Thread) exec(f *frame, in *code.Instr) error {
	if t.stop.Load() {
		if err := t.Poll(); err != nil {
			return err
		}
	}
	switch op := in.Op; {
	case op <= code.LOADL:
		return t.execLoad(f, in)
	case op <= code.REFPROP:
		return t.execRef(f, in)
	case op <= code.SETSTATIC:
		return t.execCaptured(f, in)
	case op <= code.AREAEND:
		return t.execVariable(f, in)
	case op <= code.IN:
		return t.execOperator(f, in)
	case op <= code.JNGEK:
		return t.execJump(f, in)
	case op <= code.ITER:
		return t.execLoop(f, in)
	case op <= code.SELF:
		return t.execObject(f, in)
	case op <= code.MACROSET:
		return t.execCall(f, in)
	}
	return t.execHandler(f, in)
}

// at returns register i.
func (f *frame) at(i uint16) *Value { return at(f.base, i) }

// constant returns the constant i of the function of f.
func (f *frame) constant(i uint16) Value { return f.fn.consts[i] }

// window returns the window of the call in.
func (f *frame) window(in *code.Instr) window {
	return window{args: from(f.base, int(in.A)+1), argc: int(in.B)}
}

// refWindow returns the window of a call whose arguments may be references; with
// the arguments of f that have no parameter if rest is set.
func (f *frame) refWindow(in *code.Instr, rest bool) window {
	w := f.window(in)
	w.refs = true
	if rest {
		w.more = f.extra()
	}
	return w
}

// set puts v into a register unless err is an error, which it returns.
func (f *frame) set(i uint16, v Value, err error) error {
	if err == nil {
		*f.at(i) = v
	}
	return err
}

// jumpIf jumps by n if cond is true, unless err is an error, which it returns.
func (f *frame) jumpIf(cond bool, n int32, err error) error {
	if err == nil && cond {
		f.pc = jump(f.pc, n)
	}
	return err
}

func (t *Thread) execLoad(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.MOVE:
		*f.at(in.A) = *f.at(in.B)
	case code.LOADK:
		*f.at(in.A) = f.fn.consts[in.Bx()]
	case code.LOADINT:
		*f.at(in.A) = Int(int(in.Bx()))
	case code.LOADNIL:
		clear(values(unsafe.Pointer(f.at(in.A)), int(in.B)))
	case code.LOADL:
		*f.at(in.A) = Bool(in.B != 0)
	}
	return nil
}

func (t *Thread) execRef(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.BOX:
		return t.box(f.at(in.A))
	case code.LOADREF:
		v, err := f.at(in.B).load()
		return f.set(in.A, v, err)
	case code.STOREREF:
		ok, err := f.at(in.A).store(*f.at(in.B))
		if !ok {
			*f.at(in.A) = *f.at(in.B)
		}
		return err
	case code.REFLOCAL:
		err := t.box(f.at(in.B))
		return f.set(in.A, *f.at(in.B), err)
	case code.REFUP:
		*f.at(in.A) = f.closure().caps[in.B]
	case code.REFSTATIC:
		*f.at(in.A) = cellRef(&t.static(f.fn.unit)[in.Bx()])
	case code.REFVAR:
		v, err := t.refVariable(f.fn.names[in.Bx()])
		return f.set(in.A, v, err)
	case code.REFVARX:
		s, err := t.named(*f.at(in.B))
		if err != nil {
			return err
		}
		v, err := t.refVariable(s)
		return f.set(in.A, v, err)
	case code.REFINDEX:
		v, err := t.refElement(*f.at(in.B), *f.at(in.C))
		return f.set(in.A, v, err)
	case code.REFPROP:
		v, err := t.refMember(*f.at(in.B), f.fn.names[in.C], f.fn)
		return f.set(in.A, v, err)
	}
	return nil
}

// box makes the variable at r one on the heap, unless it is.
func (t *Thread) box(r *Value) error {
	if r.isRef() {
		return nil
	}
	if err := t.Charge(int(valueSize)); err != nil {
		return err
	}
	*r = newCell(*r)
	return nil
}

// refVariable returns a reference to the memory variable s.
func (t *Thread) refVariable(s symbol) (Value, error) {
	c := t.vars.find(s)
	if c == nil {
		return Value{}, noVariable(t.nameOf(s))
	}
	return c.refer(), nil
}

// elemRefSize is what a reference to an element counts.
const elemRefSize = int(unsafe.Sizeof(elemRef{}))

// refElement returns a reference to an element that exists.
func (t *Thread) refElement(obj, key Value) (Value, error) {
	if _, err := t.index(obj, key); err != nil {
		return Value{}, err
	}
	if err := t.Charge(elemRefSize); err != nil {
		return Value{}, err
	}
	return (&elemRef{t: t, obj: obj, key: key}).ref(), nil
}

// refMember returns a reference to a member that from may use.
func (t *Thread) refMember(obj Value, name symbol, from *function) (Value, error) {
	if _, err := t.memberFrom(obj, name, from); err != nil {
		return Value{}, err
	}
	if err := t.Charge(elemRefSize); err != nil {
		return Value{}, err
	}
	return (&elemRef{t: t, obj: obj, key: Str(t.nameOf(name)), member: true}).ref(), nil
}

func (t *Thread) execCaptured(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.GETUP:
		v, err := f.closure().caps[in.B].load()
		return f.set(in.A, v, err)
	case code.SETUP:
		_, err := f.closure().caps[in.A].store(*f.at(in.B))
		return err
	case code.GETSTATIC:
		*f.at(in.A) = t.static(f.fn.unit)[in.Bx()]
	case code.SETSTATIC:
		t.static(f.fn.unit)[in.Bx()] = *f.at(in.A)
	}
	return nil
}

func (t *Thread) execVariable(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.GETVAR:
		v, err := t.variable(f.fn.names[in.Bx()])
		return f.set(in.A, v, err)
	case code.GETMEM:
		v, err := t.memory(f.fn.names[in.Bx()])
		return f.set(in.A, v, err)
	case code.SETVAR, code.SETMEM:
		return t.assign(f.fn.names[in.Bx()], *f.at(in.A))
	case code.PRIVATE:
		return t.declare(f.fn.names[in.Bx()], *f.at(in.A))
	case code.PUBLIC:
		return t.declarePublic(f.fn.names[in.Bx()])
	case code.GETVARX, code.SETVARX, code.PRIVATEX, code.PUBLICX:
		return t.execNamed(f, in)
	}
	return t.execArea(f, in)
}

// execNamed executes the operations on memory variables whose name is a string.
func (t *Thread) execNamed(f *frame, in *code.Instr) error {
	text := f.at(in.B)
	if in.Op == code.SETVARX {
		text = f.at(in.A)
	}
	s, err := t.named(*text)
	if err != nil {
		return err
	}
	switch in.Op {
	case code.GETVARX:
		v, err := t.variable(s)
		return f.set(in.A, v, err)
	case code.SETVARX:
		return t.assign(s, *f.at(in.B))
	case code.PRIVATEX:
		return t.declare(s, *f.at(in.A))
	}
	return t.declarePublic(s)
}

// execArea executes the operations on work areas.
func (t *Thread) execArea(f *frame, in *code.Instr) error {
	areas := t.opts.Areas
	if areas == nil {
		return t.noAreas(f, in)
	}
	switch in.Op {
	case code.GETFIELD:
		v, err := areas.Field(*f.at(in.B), t.nameOf(f.fn.names[in.C]))
		return f.set(in.A, v, err)
	case code.SETFIELD:
		return areas.SetField(*f.at(in.A), t.nameOf(f.fn.names[in.B]), *f.at(in.C))
	case code.GETFIELDX:
		name, err := fieldName(*f.at(in.C))
		if err != nil {
			return err
		}
		v, err := areas.Field(*f.at(in.B), name)
		return f.set(in.A, v, err)
	case code.SETFIELDX:
		name, err := fieldName(*f.at(in.B))
		if err != nil {
			return err
		}
		return areas.SetField(*f.at(in.A), name, *f.at(in.C))
	case code.AREA:
		to := *f.at(in.B)
		*f.at(in.A) = areas.Selected()
		return areas.Select(to)
	case code.AREAEND:
		return areas.Select(*f.at(in.A))
	}
	return nil
}

// noAreas is the error of the operation in where there are no work areas.
func (t *Thread) noAreas(f *frame, in *code.Instr) error {
	alias := Value{}
	switch in.Op {
	case code.GETFIELD, code.GETFIELDX, code.AREA:
		alias = *f.at(in.B)
	case code.SETFIELD, code.SETFIELDX:
		alias = *f.at(in.A)
	case code.AREAEND:
		return nil
	}
	name := "of the selected work area"
	if alias.IsStr() {
		name = alias.Text()
	} else if !alias.IsNil() {
		name = alias.String()
	}
	err := Errorf(GenNoAlias, name, "alias does not exist %s", name)
	err.Args = []Value{alias}
	return err
}

func (t *Thread) execOperator(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.ADD, code.SUB, code.MUL, code.DIV, code.MOD, code.POW:
		v, err := t.arith(in.Op, *f.at(in.B), *f.at(in.C))
		return f.set(in.A, v, err)
	case code.ADDK, code.SUBK, code.MULK, code.DIVK, code.MODK:
		v, err := t.arith(in.Op-code.ADDK+code.ADD, *f.at(in.B), f.constant(in.C))
		return f.set(in.A, v, err)
	case code.NEG:
		v, err := t.arith(code.NEG, *f.at(in.B), Value{})
		return f.set(in.A, v, err)
	case code.NOT:
		b := *f.at(in.B)
		if b.p != boolTag {
			return mismatch(".NOT.", b)
		}
		*f.at(in.A) = Bool(b.n == 0)
	case code.TESTL:
		return want(boolTag, f.at(in.A), "logical operator")
	case code.TESTN:
		return want(numTag, f.at(in.A), "+")
	default:
		ok, err := t.compare(in.Op, *f.at(in.B), *f.at(in.C))
		return f.set(in.A, Bool(ok), err)
	}
	return nil
}

// want is an error unless v has the tag.
func want(tag unsafe.Pointer, v *Value, operator string) error {
	if v.p == tag {
		return nil
	}
	return mismatch(operator, *v)
}

// compared are the comparisons of the jumps from JEQ on, by twos: if true, if not.
var compared = [...]code.Op{
	code.EQ, code.EEQ, code.LT, code.LE,
	code.EQ, code.EEQ, code.LT, code.LE, code.GT, code.GE,
}

func (t *Thread) execJump(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.JMP:
		return f.jumpIf(true, in.Bx(), nil)
	case code.LOOP:
		t.fuel--
		return f.jumpIf(true, in.Bx(), nil)
	case code.JT, code.JF:
		a := f.at(in.A)
		err := want(boolTag, a, "condition")
		return f.jumpIf(a.Truth() == (in.Op == code.JT), in.Bx(), err)
	case code.JNIL, code.JNNIL:
		return f.jumpIf(f.at(in.A).IsNil() == (in.Op == code.JNIL), in.Bx(), nil)
	}
	b := *f.at(in.B)
	if in.Op >= code.JEQK {
		b = f.constant(in.B)
	}
	n := in.Op - code.JEQ
	is, err := t.compare(compared[n/2], *f.at(in.A), b)
	return f.jumpIf(is == (n%2 == 0), in.SC(), err)
}

func (t *Thread) execLoop(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.FORLOOP:
		return t.forLoop(f, in, *f.at(in.B))
	case code.FORLOOPK:
		return t.forLoop(f, in, f.constant(in.B))
	case code.STEPTEST:
		over, err := t.stepOver(*f.at(in.A), *f.at(in.B), *f.at(in.C))
		return f.set(in.A, Bool(over), err)
	case code.ITER:
		return t.iterate(f, in)
	}
	return nil
}

// forLoop adds one to the variable and jumps if it is not above the limit.
func (t *Thread) forLoop(f *frame, in *code.Instr, limit Value) error {
	v, err := t.arith(code.ADD, *f.at(in.A), Num(1))
	if err != nil {
		return err
	}
	*f.at(in.A) = v
	again, err := t.compare(code.LE, v, limit)
	if again {
		t.fuel--
	}
	return f.jumpIf(again, in.SC(), err)
}

// stepOver reports whether a For is over: whether its variable is beyond the limit
// in the direction of the step.
func (t *Thread) stepOver(step, v, limit Value) (bool, error) {
	if !step.IsNum() {
		return false, mismatch("STEP", step)
	}
	if step.Float() < 0 {
		return t.compare(code.LT, v, limit)
	}
	return t.compare(code.GT, v, limit)
}

// iterate executes ITER.
func (t *Thread) iterate(f *frame, in *code.Instr) error {
	list, turn := *f.at(in.A), f.at(in.A+1)
	i := 0
	if turn.p == numTag {
		i = int(turn.Float())
	}
	v, ok, err := t.element(list, i)
	if err != nil || !ok {
		return f.jumpIf(!ok, in.Bx(), err)
	}
	setNum(turn, float64(i+1))
	*f.at(in.A + 2) = v
	return nil
}

// element returns the value of turn i, from 0, of a For Each over list; ok is false
// at the end.
func (t *Thread) element(list Value, i int) (v Value, ok bool, err error) {
	switch list.Kind() {
	case Array:
		if elems := list.Array().Elems; i >= 0 && i < len(elems) {
			return elems[i], true, nil
		}
		return Value{}, false, nil
	case Object:
		if r, is := list.Object().Native.(Ranger); is {
			v, ok = r.Next(t, i)
			return v, ok, nil
		}
	}
	return Value{}, false, mismatch("FOR EACH", list)
}

func (t *Thread) execObject(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.NEWARRAY:
		return t.newArray(f.at(in.A), values(unsafe.Pointer(f.at(in.B)), int(in.C)))
	case code.NEWDIMS:
		v, err := t.newDims(values(unsafe.Pointer(f.at(in.B)), int(in.C)))
		return f.set(in.A, v, err)
	case code.PUSH:
		return t.appendTo(*f.at(in.A), *f.at(in.B))
	case code.NEWJSON:
		v, err := t.newJSON()
		return f.set(in.A, v, err)
	case code.GETINDEX:
		v, err := t.index(*f.at(in.B), *f.at(in.C))
		return f.set(in.A, v, err)
	case code.GETINDEXK:
		v, err := t.index(*f.at(in.B), f.constant(in.C))
		return f.set(in.A, v, err)
	case code.SETINDEX:
		return t.setIndex(*f.at(in.A), *f.at(in.B), *f.at(in.C))
	case code.SETINDEXK:
		return t.setIndex(*f.at(in.A), f.constant(in.B), *f.at(in.C))
	case code.GETPROP:
		v, err := t.memberFrom(*f.at(in.B), f.fn.names[in.C], f.fn)
		return f.set(in.A, v, err)
	case code.SETPROP:
		return t.assignFrom(*f.at(in.A), f.fn.names[in.B], *f.at(in.C), f.fn)
	case code.GETPROPX:
		s, err := t.named(*f.at(in.C))
		if err != nil {
			return err
		}
		v, err := t.memberFrom(*f.at(in.B), s, f.fn)
		return f.set(in.A, v, err)
	case code.SETPROPX:
		s, err := t.named(*f.at(in.B))
		if err != nil {
			return err
		}
		return t.assignFrom(*f.at(in.A), s, *f.at(in.C), f.fn)
	case code.SELF:
		self := f.self()
		if self.IsNil() {
			return Errorf(GenNoVar, "SELF", "Self is used outside of a method")
		}
		*f.at(in.A) = self
	}
	return nil
}

// resume returns what is pending in v, or nil.
func resume(v *Value) error {
	if v.IsNil() {
		return nil
	}
	if u := v.held(); u != nil {
		return u
	}
	return mismatch("RESUME", *v) // of code that no compiler made
}

func (t *Thread) execHandler(f *frame, in *code.Instr) error {
	switch in.Op {
	case code.SEQUENCE:
		t.handle(f, onBreak, in.A, jump(f.pc, in.Bx()))
	case code.TRY:
		t.handle(f, onError, in.A, jump(f.pc, in.Bx()))
	case code.FINALLY:
		t.handle(f, onLeave, in.A, jump(f.pc, in.Bx()))
	case code.ENDTRY:
		t.unhandle(f, int(in.A))
	case code.BREAK:
		return t.Break(*f.at(in.A))
	case code.THROW:
		return t.throw(*f.at(in.A))
	case code.RESUME:
		return resume(f.at(in.A))
	case code.PRINT:
		return t.print(in.A == 1, values(unsafe.Pointer(f.at(in.B)), int(in.C)))
	}
	return nil
}
