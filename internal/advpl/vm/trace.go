package vm

import (
	"strings"
	"unsafe"

	"appserver/internal/advpl/code"
)

// tracedEntry returns the first instruction of f's code with TRACE in place of the
// operation that begins a line. The operands stay, and so do all distances.
func (f *function) tracedEntry() unsafe.Pointer {
	traced := f.traced.Load()
	if traced == nil {
		f.traced.CompareAndSwap(nil, &tracedCode{f.withTraces()})
		traced = f.traced.Load()
	}
	return unsafe.Pointer(&traced.code[0])
}

func (f *function) withTraces() []code.Instr {
	traced := append([]code.Instr(nil), f.code...)
	for _, l := range f.def.Lines {
		if l.PC >= 0 && int(l.PC) < len(f.def.Code) {
			traced[l.PC].Op = code.TRACE
		}
	}
	return traced
}

// traceLine calls the hook for the line that f is about to run.
func (t *Thread) traceLine(f *frame) error {
	if t.opts.Hook == nil {
		return nil
	}
	def := f.fn.def
	return t.opts.Hook.Line(t, def, f.fn.unit.def, int(def.LineAt(f.index())))
}

// Variable is a name, its scope ("local", "static", "private", "public") and value.
type Variable struct {
	Name, Scope string
	Value       Value
}

// Locals returns the named variables that the function at the level sees, for a
// debugger: Self, locals, parameters and captured variables first, then statics,
// privates and publics. Level 0 is the running function.
func (t *Thread) Locals(level int) []Variable {
	f := t.frameAt(level)
	if f == nil {
		return nil
	}
	vars := f.locals()
	vars = append(vars, t.staticsSeen(f.fn)...)
	var publics []Variable
	t.eachVar(func(name string, public bool, v *Value) {
		if public {
			publics = append(publics, Variable{name, "public", v.deref()})
			return
		}
		vars = append(vars, Variable{name, "private", v.deref()})
	})
	return append(vars, publics...)
}

// locals returns Self and the variables of f's registers and cells.
func (f *frame) locals() []Variable {
	var vars []Variable
	local := func(name string, v Value) { vars = append(vars, Variable{name, "local", v.deref()}) }
	if self := f.self(); !self.IsNil() {
		local("Self", self)
	}
	pc := int32(f.index())
	for _, l := range f.fn.def.Locals {
		if l.From <= pc && pc < l.To && int(l.Reg) < f.fn.regs {
			local(l.Name, *f.reg(int(l.Reg)))
		}
	}
	if f.fn.def.Kind == code.Block {
		caps := f.closure().caps
		for i, name := range capturedNames(f.fn) {
			if name != "" && i < len(caps) {
				local(name, caps[i])
			}
		}
	}
	return vars
}

// staticsSeen returns the static variables of fn's unit that fn sees: those of the
// unit and its own.
func (t *Thread) staticsSeen(fn *function) []Variable {
	var vars []Variable
	var values []Value // none before the unit has started
	if i := fn.unit.index; i < len(t.statics) {
		values = t.statics[i]
	}
	for i, name := range fn.unit.def.Statics {
		owner, own, ofFunc := strings.Cut(name, ":")
		if ofFunc && owner != fn.def.Name || i >= len(values) {
			continue
		}
		if ofFunc {
			name = own
		}
		vars = append(vars, Variable{name, "static", values[i].deref()})
	}
	return vars
}

// capturedNames returns the names of what the block captures, "" where its maker
// gives none.
func capturedNames(block *function) []string {
	for _, f := range unitFuncs(block.unit.def) {
		if chain := enclosing(f, block.def); chain != nil {
			return namesOfCaptures(chain)
		}
	}
	return nil
}

// unitFuncs returns all functions of u that are no blocks.
func unitFuncs(u *code.Unit) []*code.Func {
	funcs := append([]*code.Func(nil), u.Funcs...)
	for _, c := range u.Classes {
		for i := range c.Methods {
			funcs = append(funcs, c.Methods[i].Func)
		}
		funcs = append(funcs, c.Init, c.StaticInit)
	}
	funcs = append(funcs, u.Init)
	kept := funcs[:0]
	for _, f := range funcs {
		if f != nil {
			kept = append(kept, f)
		}
	}
	return kept
}

// enclosing returns the functions from f down to its block, or nil if it is not in f.
func enclosing(f, block *code.Func) []*code.Func {
	if f == block {
		return []*code.Func{f}
	}
	for _, b := range f.Blocks {
		if chain := enclosing(b, block); chain != nil {
			return append([]*code.Func{f}, chain...)
		}
	}
	return nil
}

// namesOfCaptures returns the names of what the last of chain captures.
func namesOfCaptures(chain []*code.Func) []string {
	var outer []string // captured by the function before
	for i := 1; i < len(chain); i++ {
		maker, block := chain[i-1], chain[i]
		names := make([]string, len(block.Captures))
		for k, c := range block.Captures {
			switch {
			case c.Up && int(c.Index) < len(outer):
				names[k] = outer[c.Index]
			case !c.Up:
				names[k] = localIn(maker, c.Index)
			}
		}
		outer = names
	}
	return outer
}

// localIn returns the name of the variable in a register of f, or "".
func localIn(f *code.Func, reg uint16) string {
	for _, l := range f.Locals {
		if l.Reg == reg {
			return l.Name
		}
	}
	return ""
}
