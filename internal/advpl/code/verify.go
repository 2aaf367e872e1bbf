package code

import (
	"errors"
	"fmt"
)

// Limits of what Verify accepts.
const (
	MaxRegs      = 65000   // registers of a function
	MaxCode      = 1 << 24 // instructions of a function
	MaxBlockNest = 1000    // blocks within blocks
	MaxHandlers  = 10000   // handlers open at once in a function
	MaxAnnotNest = 32      // arrays within arrays of an annotation's arguments
)

// Verify tells whether the virtual machine may run the unit. The machine reads
// registers, constants, names, blocks, captured variables and statics without
// looking at their indexes, so this check is what makes a damaged or hostile unit
// harmless. It holds afterwards that
//
//   - every operand is in range, windows and ranges of registers included;
//   - code cannot run off its end, and jumps stay inside it;
//   - only LOOP and FORLOOP jump back, so that nothing runs on without a poll;
//   - at each instruction that can be reached the number of open handlers is
//     the same on every way to it, and none is closed that is not open;
//   - a register that a block captures becomes a reference in the function's
//     first instructions, and stays one;
//   - blocks are nested no deeper than MaxBlockNest.
//
// It does not hold that values are of the kinds that an operation needs, nor that
// names exist: that is found out by running.
func Verify(u *Unit) error {
	if u == nil {
		return errors.New("no unit")
	}
	if err := verifyUnit(u); err != nil {
		return fmt.Errorf("unit %s: %w", u.Name, err)
	}
	return nil
}

// VerifyMacro is Verify for a function made at run time, which has no unit.
func VerifyMacro(f *Func) error {
	if err := verifyTop(f, 0, Macro); err != nil {
		return fmt.Errorf("macro: %w", err)
	}
	return nil
}

func verifyUnit(u *Unit) error {
	if u.Name == "" {
		return errors.New("has no name")
	}
	if u.Init != nil {
		if err := verifyInit(u.Init, len(u.Statics)); err != nil {
			return fmt.Errorf("initialiser: %w", err)
		}
	}
	for i, f := range u.Funcs {
		if err := verifyTop(f, len(u.Statics), Function, Static); err != nil {
			return fmt.Errorf("function %s: %w", label(f, i), err)
		}
	}
	for i, c := range u.Classes {
		if c == nil {
			return fmt.Errorf("class %d is missing", i)
		}
		if err := verifyClass(c, len(u.Statics)); err != nil {
			return fmt.Errorf("class %s: %w", c.Name, err)
		}
	}
	return nil
}

// label names the function for an error.
func label(f *Func, i int) string {
	if f == nil || f.Name == "" {
		return fmt.Sprint(i)
	}
	return f.Name
}

func verifyClass(c *Class, statics int) error {
	if c.Name == "" {
		return errors.New("has no name")
	}
	for _, init := range []*Func{c.Init, c.StaticInit} {
		if init == nil {
			continue
		}
		if err := verifyInit(init, statics); err != nil {
			return fmt.Errorf("initialiser: %w", err)
		}
	}
	if err := verifyAnnots(c.Annots); err != nil {
		return err
	}
	for i := range c.Data {
		if err := verifyData(&c.Data[i]); err != nil {
			return fmt.Errorf("data %s: %w", c.Data[i].Name, err)
		}
	}
	for i := range c.Methods {
		if err := verifyMethod(&c.Methods[i], statics); err != nil {
			return fmt.Errorf("method %s: %w", c.Methods[i].Name, err)
		}
	}
	return nil
}

func verifyData(d *Data) error {
	if d.Name == "" {
		return errors.New("has no name")
	}
	if d.Visibility > Private {
		return fmt.Errorf("unknown visibility %d", d.Visibility)
	}
	return verifyAnnots(d.Annots)
}

func verifyMethod(m *MethodRef, statics int) error {
	if m.Name == "" {
		return errors.New("has no name")
	}
	if m.Visibility > Private {
		return fmt.Errorf("unknown visibility %d", m.Visibility)
	}
	if err := verifyAnnots(m.Annots); err != nil {
		return err
	}
	if m.Func == nil {
		return nil
	}
	return verifyTop(m.Func, statics, Method)
}

// verifyInit checks an initialiser: nobody gives it arguments.
func verifyInit(f *Func, statics int) error {
	if f.NParams != 0 {
		return fmt.Errorf("has %d parameters", f.NParams)
	}
	return verifyTop(f, statics, Initializer)
}

// verifyTop checks a function that is no block; kinds are those it may have.
func verifyTop(f *Func, statics int, kinds ...Kind) error {
	if f == nil {
		return errors.New("is missing")
	}
	if len(f.Captures) != 0 {
		return errors.New("captures variables and is no block")
	}
	if f.Name == "" && f.Kind <= Method {
		return errors.New("has no name")
	}
	for _, k := range kinds {
		if f.Kind == k {
			return verifyFunc(f, statics, 0)
		}
	}
	return fmt.Errorf("is of kind %d, which has no place here", f.Kind)
}

// verifyFunc checks a function and its blocks. Its captures are those of the
// caller to check.
func verifyFunc(f *Func, statics, nest int) error {
	if err := verifyHead(f); err != nil {
		return err
	}
	if err := verifyTables(f); err != nil {
		return err
	}
	for i, b := range f.Blocks {
		if err := verifyBlock(f, b, statics, nest+1); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
	}
	for pc, in := range f.Code {
		if err := verifyInstr(f, pc, in, statics); err != nil {
			return fmt.Errorf("instruction %d (%s): %w", pc, format(in), err)
		}
	}
	if flow := f.Code[len(f.Code)-1].Op.Info().Flow; flow != Goto && flow != Stop {
		return errors.New("code runs off its end")
	}
	if err := verifyHandlers(f); err != nil {
		return err
	}
	return verifyCells(f)
}

func verifyHead(f *Func) error {
	switch {
	case f.NRegs > MaxRegs:
		return fmt.Errorf("%d registers; at most %d", f.NRegs, MaxRegs)
	case f.NParams > f.NRegs:
		return fmt.Errorf("%d parameters in %d registers", f.NParams, f.NRegs)
	case len(f.Params) != int(f.NParams):
		return fmt.Errorf("%d names of %d parameters", len(f.Params), f.NParams)
	case f.RefParams != nil && len(f.RefParams) != int(f.NParams):
		return fmt.Errorf("%d marks of references for %d parameters", len(f.RefParams), f.NParams)
	case len(f.Code) == 0:
		return errors.New("has no code")
	case len(f.Code) > MaxCode:
		return fmt.Errorf("%d instructions; at most %d", len(f.Code), MaxCode)
	}
	return nil
}

// verifyTables checks what belongs to a function besides code and blocks.
func verifyTables(f *Func) error {
	for i := range f.Consts {
		if f.Consts[i].Kind > ConstFalse {
			return fmt.Errorf("constant %d: unknown kind %d", i, f.Consts[i].Kind)
		}
	}
	for i := range f.Named {
		if f.Named[i].Func == "" {
			return fmt.Errorf("call with named arguments %d: no function", i)
		}
	}
	last := int32(-1)
	for i, l := range f.Lines {
		if l.PC <= last || int(l.PC) >= len(f.Code) || l.Line < 0 {
			return fmt.Errorf("line entry %d: line %d at instruction %d is out of place", i, l.Line, l.PC)
		}
		last = l.PC
	}
	for i := range f.Locals {
		l := &f.Locals[i]
		if l.Reg >= f.NRegs {
			return fmt.Errorf("local %s: register %d of %d", l.Name, l.Reg, f.NRegs)
		}
		if l.From < 0 || l.To < l.From || int(l.To) > len(f.Code) {
			return fmt.Errorf("local %s: lives from instruction %d to %d of %d", l.Name, l.From, l.To, len(f.Code))
		}
	}
	return verifyAnnots(f.Annots)
}

func verifyAnnots(list []Annotation) error {
	for i := range list {
		if err := verifyArgs(list[i].Args, 0); err != nil {
			return fmt.Errorf("annotation %s: %w", list[i].Name, err)
		}
	}
	return nil
}

func verifyArgs(list []AnnotArg, nest int) error {
	if nest > MaxAnnotNest {
		return fmt.Errorf("arrays nested deeper than %d", MaxAnnotNest)
	}
	for i := range list {
		if list[i].Value.Kind > ConstFalse {
			return fmt.Errorf("value of unknown kind %d", list[i].Value.Kind)
		}
		if err := verifyArgs(list[i].List, nest+1); err != nil {
			return err
		}
	}
	return nil
}

// verifyBlock checks the block b of the function f.
func verifyBlock(f, b *Func, statics, nest int) error {
	switch {
	case b == nil:
		return errors.New("is missing")
	case b.Kind != Block:
		return fmt.Errorf("is of kind %d", b.Kind)
	case nest > MaxBlockNest:
		return fmt.Errorf("blocks nested deeper than %d", MaxBlockNest)
	}
	for i, c := range b.Captures {
		if c.Up && int(c.Index) >= len(f.Captures) {
			return fmt.Errorf("capture %d: captured variable %d of %d", i, c.Index, len(f.Captures))
		}
		if !c.Up && c.Index >= f.NRegs {
			return fmt.Errorf("capture %d: register %d of %d", i, c.Index, f.NRegs)
		}
	}
	return verifyFunc(b, statics, nest)
}

// verifyInstr checks the operands of the instruction at pc.
func verifyInstr(f *Func, pc int, in Instr, statics int) error {
	if in.Op >= NumOps {
		return errors.New("unknown operation")
	}
	if in.Op == TRACE {
		return errors.New("has no place in stored code")
	}
	info := &infos[in.Op]
	v := operands{f: f, pc: pc, info: info, statics: statics}
	if info.Bx != None {
		v.check("A", info.A, int(in.A), 0)
		v.check("Bx", info.Bx, int(in.Bx()), 0)
		return v.err
	}
	v.check("A", info.A, int(in.A), int(in.B))
	v.check("B", info.B, int(in.B), int(in.C))
	if info.C == Jump {
		v.check("sC", info.C, int(in.SC()), 0)
	} else {
		v.check("C", info.C, int(in.C), 0)
	}
	if v.err == nil && info.C == Call {
		if named := len(f.Named[in.C].Args); named != int(in.B) {
			return fmt.Errorf("%d arguments, but %d names of arguments", in.B, named)
		}
	}
	return v.err
}

// operands checks those of one instruction and keeps the first error.
type operands struct {
	f       *Func
	pc      int
	info    *Info
	statics int
	err     error
}

// check checks the operand n; after is the operand that follows it.
func (v *operands) check(name string, o Operand, n, after int) {
	if v.err != nil {
		return
	}
	switch o {
	case None:
		if n != 0 {
			v.err = fmt.Errorf("%s is not used and is %d, not 0", name, n)
		}
	case Ignored, Count, Args, Int:
	case Read, Write, Update:
		v.below(name, "register", n, int(v.f.NRegs))
	case Triple:
		v.fits(name, n, 3)
	case Source, Target:
		v.fits(name, n, after)
	case Window:
		v.fits(name, n, 1+after)
	case KIndex:
		v.below(name, "constant", n, len(v.f.Consts))
	case NIndex:
		v.below(name, "name", n, len(v.f.Names))
	case PIndex:
		v.below(name, "block", n, len(v.f.Blocks))
	case Call:
		v.below(name, "call with named arguments", n, len(v.f.Named))
	case Up:
		v.below(name, "captured variable", n, len(v.f.Captures))
	case StaticIx:
		v.below(name, "static", n, v.statics)
	case Flag:
		v.below(name, "flag", n, 2)
	case Depth:
		v.below(name, "depth", n, MaxHandlers+1)
	case Jump:
		v.jump(name, n)
	}
}

func (v *operands) below(name, what string, n, limit int) {
	if n < 0 || n >= limit {
		v.err = fmt.Errorf("%s: %s %d of %d", name, what, n, limit)
	}
}

// fits checks that count registers from first on are the function's.
func (v *operands) fits(name string, first, count int) {
	if first+count > int(v.f.NRegs) {
		v.err = fmt.Errorf("%s: %d registers from %d on, of %d", name, count, first, v.f.NRegs)
	}
}

func (v *operands) jump(name string, distance int) {
	to := v.pc + 1 + distance
	switch {
	case to < 0 || to >= len(v.f.Code):
		v.err = fmt.Errorf("%s: jump to instruction %d of %d", name, to, len(v.f.Code))
	case to <= v.pc && !v.info.Back:
		v.err = fmt.Errorf("%s: jump back to instruction %d without a poll", name, to)
	}
}
