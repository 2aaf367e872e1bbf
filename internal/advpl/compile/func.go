package compile

import (
	"slices"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// subject is what is compiled to a function: the parts that functions, methods,
// initialisers and macros have in common.
type subject struct {
	name        string // as linked
	class       string // of a method: its class
	pos         source.Pos
	kind        code.Kind
	params      []*syntax.Param
	variadic    bool
	procedure   bool
	constructor bool // has Self as its value if it returns none
	self        bool // runs with Self
	body        []syntax.Stmt
	exprs       []syntax.Expr // of macros: instead of a body
	target      syntax.Expr   // of macros that assign: what
	inits       []staticInit  // of Unit.Init
	data        []dataInit    // of a class's initialiser
}

// owner returns what stands before the names of the subject's statics.
func (s *subject) owner() string {
	if s.class != "" {
		return s.class + ":" + s.name
	}
	return s.name
}

// compile compiles a function. Its code is emitted again if it turns out to be too
// long for the short jumps of compares. A function with errors is empty.
func (u *unit) compile(s *subject) *code.Func {
	out := &code.Func{Name: s.name, Kind: s.kind}
	fn := u.resolve(s)
	if fn == nil {
		return out
	}
	g := u.generator()
	defer u.release(g)
	for _, far := range []bool{false, true} {
		findings := len(u.findings)
		g.begin(s, fn, out)
		g.far = far
		g.function()
		if !g.tooFar || g.failed {
			break
		}
		u.findings = u.findings[:findings]
	}
	g.finish()
	return out
}

// generator returns a generator that is not in use.
func (u *unit) generator() *gen {
	if n := len(u.spare); n > 0 {
		g := u.spare[n-1]
		u.spare = u.spare[:n-1]
		return g
	}
	return &gen{u: u}
}

func (u *unit) release(g *gen) { u.spare = append(u.spare, g) }

// begin makes g ready to emit a function.
func (g *gen) begin(s *subject, fn *function, out *code.Func) {
	g.reset()
	g.subject, g.fn, g.out = s, fn, out
	g.line, g.pos = s.pos.Line, s.pos
	g.vars = fn.vars()
	g.top = g.vars
	g.regs = max(g.vars, 1)
	out.Blocks, out.Named = nil, nil
	for _, v := range fn.locals {
		v.shown = false
	}
	if g.vars > maxRegs {
		g.fail("function %s has more than %d variables", s.name, maxRegs)
	}
}

// finish moves what was emitted to the function.
func (g *gen) finish() {
	f, s := g.out, g.subject
	f.NParams = uint16(len(g.fn.params))
	f.NRegs = uint16(g.regs)
	f.Variadic, f.Procedure = s.variadic, s.procedure
	f.Code = slices.Clone(g.code)
	f.Consts = slices.Clone(g.consts)
	f.Names = slices.Clone(g.names)
	f.Lines = slices.Clone(g.lines)
	f.Locals = g.variables()
	f.Line = s.pos.Line
	if s.pos.File != nil && s.pos.File != g.u.file {
		f.File = unitName(s.pos.File.Name)
	}
	g.params(f)
}

// params describes the parameters.
func (g *gen) params(f *code.Func) {
	refs := false
	f.Params, f.RefParams = nil, nil
	for i, v := range g.fn.params {
		p := code.Param{Name: v.sym.name}
		if i < len(g.subject.params) {
			p.Type = typeName(g.subject.params[i].Type)
		}
		f.Params = append(f.Params, p)
		refs = refs || !v.plain()
	}
	if !refs {
		return
	}
	for _, v := range g.fn.params {
		f.RefParams = append(f.RefParams, !v.plain())
	}
}

// typeName returns a declared type in lower case, or "".
func typeName(t *syntax.Type) string {
	switch {
	case t == nil:
		return ""
	case t.Array:
		return "array of " + lower(t.Name)
	}
	return lower(t.Name)
}

// variables returns the table of named variables.
func (g *gen) variables() []code.Local {
	end := int32(len(g.code))
	list := make([]code.Local, 0, len(g.fn.params)+len(g.locals))
	for _, v := range g.fn.params {
		list = append(list, code.Local{Name: v.name, Reg: v.reg, To: end})
	}
	for _, l := range g.locals {
		l.To = end
		list = append(list, l)
	}
	return list
}

// function emits the whole function.
func (g *gen) function() {
	g.u.seeParams(g.fn)
	g.prologue()
	g.defaults()
	switch s := g.subject; {
	case s.inits != nil:
		g.inits(s.inits)
	case s.data != nil:
		g.dataInits(s.data)
	case s.target != nil:
		g.assignParam(s.target)
	case s.exprs != nil:
		g.values(s.exprs)
	default:
		g.stmts(s.body)
	}
	g.epilogue()
	g.u.unbind(g.fn.declared)
	g.u.unbind(g.fn.params)
}

// seeParams brings the named parameters of fn into sight.
func (u *unit) seeParams(fn *function) {
	for _, v := range fn.params {
		if !v.hidden {
			u.bind(v)
		}
	}
}

// prologue puts variables that code blocks capture into cells, and Self into a
// register.
func (g *gen) prologue() {
	for _, v := range g.fn.params {
		g.box(v)
	}
	for _, v := range g.fn.locals {
		g.box(v)
	}
	if g.fn.usesSelf && g.fn.method {
		g.self, g.hasSelf = g.alloc(), true
		g.vars = g.top
		g.emit(code.SELF, g.self, 0, 0)
	}
}

func (g *gen) box(v *variable) {
	if v.captured {
		g.emit(code.BOX, v.reg, 0, 0)
	}
}

// defaults gives parameters without an argument their declared values.
func (g *gen) defaults() {
	for i, p := range g.subject.params {
		if p.Default != nil {
			g.defaultTo(g.variable(g.fn.params[i]), p.Default)
		}
	}
}

// epilogue returns, unless the end of the function cannot be reached.
func (g *gen) epilogue() {
	if g.ended() {
		return
	}
	g.returnNothing()
}

// returnNothing returns NIL, from a constructor Self.
func (g *gen) returnNothing() {
	if !g.subject.constructor {
		g.emit(code.RETNIL, 0, 0, 0)
		return
	}
	r := g.top
	self := g.selfReg()
	g.emit(code.RET, self, 0, 0)
	g.top = r
}

// selfReg returns a register with Self.
func (g *gen) selfReg() reg {
	if g.hasSelf {
		return g.self
	}
	r := g.alloc()
	g.emit(code.SELF, r, 0, 0)
	return r
}

// values returns the value of the last expression and evaluates those before it.
func (g *gen) values(list []syntax.Expr) {
	for i, x := range list {
		if x != nil {
			g.at(x.Position())
		}
		if i < len(list)-1 {
			g.effect(x)
		} else {
			g.returnValue(x)
		}
	}
}

// block returns the number of a code block's function, which is emitted unless it
// was before: expressions may be emitted more than once.
func (g *gen) block(x *syntax.BlockLit) int {
	fn := g.fn.blocks[x]
	if i := fn.number; i < len(g.out.Blocks) && g.out.Blocks[i] == fn.out {
		return i
	}
	fn.number, fn.out = len(g.out.Blocks), g.emitBlock(x, fn)
	g.out.Blocks = append(g.out.Blocks, fn.out)
	return fn.number
}

func (g *gen) emitBlock(x *syntax.BlockLit, fn *function) *code.Func {
	out := &code.Func{Name: "{||}", Kind: code.Block, Text: x.Text}
	s := subject{name: out.Name, pos: x.Pos, kind: code.Block, params: x.Params, variadic: x.Variadic, exprs: x.Body}
	in := g.u.generator()
	in.begin(&s, fn, out)
	in.far = g.far
	if in.nest = g.nest + 1; in.nest > code.MaxBlockNest {
		in.fail("more than %d code blocks are nested", code.MaxBlockNest)
	}
	in.function()
	in.finish()
	g.tooFar = g.tooFar || in.tooFar
	g.failed = g.failed || in.failed
	g.u.release(in)
	for _, v := range fn.captures {
		out.Captures = append(out.Captures, g.capture(v))
	}
	return out
}

// capture says where a block that g makes finds the variable.
func (g *gen) capture(v *variable) code.Capture {
	if v.fn == g.fn {
		return code.Capture{Index: v.reg}
	}
	return code.Capture{Up: true, Index: uint16(g.fn.capture(v))}
}
