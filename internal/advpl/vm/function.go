package vm

import (
	"unsafe"

	"appserver/internal/advpl/code"
)

const (
	valueSize = unsafe.Sizeof(Value{})
	instrSize = unsafe.Sizeof(code.Instr{})
)

// newFunction makes the linked form of def, which code.Verify has accepted, and of
// its blocks. Names and targets are left to the linker.
func newFunction(def *code.Func, u *unit, c *Class) *function {
	f := &function{
		def:    def,
		unit:   u,
		class:  c,
		code:   make([]code.Instr, len(def.Code)+1),
		consts: make([]Value, len(def.Consts)+1),
		params: int(def.NParams),
		regs:   int(def.NRegs),
		size:   uintptr(def.NRegs) * valueSize,
	}
	copy(f.code, def.Code)
	for i, k := range def.Consts {
		f.consts[i] = constant(k)
	}
	for _, ref := range def.RefParams {
		f.hasRefs = f.hasRefs || ref
	}
	f.entry = unsafe.Pointer(&f.code[0])
	f.kbase = unsafe.Pointer(&f.consts[0])
	if def.Kind == code.Block && len(def.Captures) == 0 && c == nil {
		f.fixed = (&blockValue{fn: f}).value()
	}
	for _, b := range def.Blocks {
		f.blocks = append(f.blocks, newFunction(b, u, c))
	}
	return f
}

// constant returns the value of k.
func constant(k code.Const) Value {
	switch k.Kind {
	case code.ConstNum:
		return Num(k.Num)
	case code.ConstStr:
		return Str(k.Str)
	case code.ConstTrue:
		return Bool(true)
	case code.ConstFalse:
		return Bool(false)
	}
	return Value{}
}

// constantInit returns the values that def, the initialiser of a unit, gives to the
// unit's n statics, if it does nothing but set them to constants.
func constantInit(def *code.Func, n int) ([]Value, bool) {
	regs := make([]Value, def.NRegs)
	statics := make([]Value, n)
	for _, in := range def.Code {
		switch in.Op {
		case code.NOP:
		case code.LOADK:
			regs[in.A] = constant(def.Consts[in.Bx()])
		case code.LOADINT:
			regs[in.A] = Int(int(in.Bx()))
		case code.LOADL:
			regs[in.A] = Bool(in.B != 0)
		case code.LOADNIL:
			clear(regs[in.A : int(in.A)+int(in.B)])
		case code.SETSTATIC:
			statics[in.Bx()] = regs[in.A]
		case code.RETNIL, code.RET:
			return statics, true
		default:
			return nil, false
		}
	}
	return nil, false
}

// mayRef reports whether parameter i keeps a reference that it is given.
func (fn *function) mayRef(i int) bool {
	return fn.hasRefs && i < len(fn.def.RefParams) && fn.def.RefParams[i]
}
