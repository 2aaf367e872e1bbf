package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/syntax"
)

// operand returns a register with the value of x: that of a plain variable, or a
// temporary one. Temporary registers in use when it is called are kept; the caller
// releases those above them.
func (g *gen) operand(x syntax.Expr) reg { return g.operandIn(x, noReg) }

// operandIn is operand for the first operand of an instruction whose result goes
// to dest, which serves as the temporary register if it is the last in use.
func (g *gen) operandIn(x syntax.Expr, dest reg) reg {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		if v := g.lookup(x.Name); v != nil && v.plain() {
			return v.reg
		}
	case *syntax.Self, *syntax.Super:
		if g.hasSelf && !g.selfNamed() {
			return g.self
		}
	case *syntax.AssignExpr:
		return g.assign(x, dest)
	case *syntax.IncDec:
		if x.Prefix {
			return g.incDec(x, dest)
		}
	}
	dest = g.temp(dest)
	g.into(x, dest)
	return dest
}

// noReg says that a value may go to any register.
const noReg = 1<<16 - 1

// temp returns dest if it is the last register in use, else a new one.
func (g *gen) temp(dest reg) reg {
	if g.isTop(dest) {
		return dest
	}
	return g.alloc()
}

// selfNamed tells whether Self is the name of a variable here.
func (g *gen) selfNamed() bool { return g.u.symbol("SELF").bound != nil }

// lookup returns the variable that a name means, or nil.
func (g *gen) lookup(name string) *variable { return g.u.lookup(name, g.fn) }

// protect returns r, or a copy if r is a variable that an expression evaluated
// later may assign.
func (g *gen) protect(r reg, later ...syntax.Expr) reg {
	v := g.fn.variableIn(r)
	if v == nil || !v.inExpr {
		return r
	}
	for _, x := range later {
		if !harmless(x) {
			t := g.alloc()
			g.move(t, r)
			return t
		}
	}
	return r
}

// variableIn returns the variable in a register, or nil if it is temporary.
func (fn *function) variableIn(r reg) *variable {
	i := int(r)
	if i < len(fn.params) {
		return fn.params[i]
	}
	if i -= len(fn.params); i < len(fn.locals) {
		return fn.locals[i]
	}
	return nil
}

// harmless tells whether evaluating x assigns no variable, as far as is seen
// without looking far.
func harmless(x syntax.Expr) bool {
	switch unparen(x).(type) {
	case nil, *syntax.Literal, *syntax.Ident, *syntax.Self:
		return true
	}
	return false
}

// into evaluates x to the register dest. A variable's register is written by the
// last instruction only, so that x may use the variable.
func (g *gen) into(x syntax.Expr, dest reg) {
	top := g.top
	if c, ok := constantOf(x); ok {
		g.loadConst(dest, c)
		return
	}
	switch x := x.(type) {
	case *syntax.Ident:
		g.load(g.ident(x.Name), dest)
	case *syntax.Unary:
		g.unary(x, dest)
	case *syntax.Binary:
		g.binary(x, dest)
	case *syntax.AssignExpr:
		g.move(dest, g.assign(x, dest))
	case *syntax.IncDec:
		g.incDecInto(x, dest)
	case *syntax.Cond:
		g.cond(x, dest)
	case *syntax.Paren:
		g.paren(x, dest)
	case *syntax.Self, *syntax.Super:
		g.selfInto(dest)
	case *syntax.BlockLit:
		g.emitBx(code.CLOSURE, dest, g.block(x))
	default:
		g.construct(x, dest)
	}
	g.top = top
}

// construct goes on with the kinds of expressions that into leaves.
func (g *gen) construct(x syntax.Expr, dest reg) {
	switch x := x.(type) {
	case *syntax.ArrayLit:
		g.array(x, dest)
	case *syntax.JSONLit:
		g.json(x, dest)
	case *syntax.Index, *syntax.Member, *syntax.AliasField, *syntax.AliasExpr, *syntax.Macro:
		g.load(g.place(x), dest)
	case *syntax.Call:
		g.call(x, dest)
	case *syntax.MacroCall:
		g.macroCall(x, dest)
	case *syntax.Send:
		g.send(x, dest)
	case *syntax.Ref:
		g.u.findings.Warnf(x.Pos, "odd-form", "@ means something before an argument only")
		g.into(x.X, dest)
	case *syntax.Rest:
		g.u.findings.Errorf(x.Pos, "... may stand as the last argument or alone in braces only")
	default:
		g.loadNil(dest, 1)
	}
}

func (g *gen) selfInto(dest reg) {
	switch {
	case g.selfNamed():
		g.load(g.ident("SELF"), dest)
	case g.hasSelf:
		g.move(dest, g.self)
	default:
		g.emit(code.SELF, dest, 0, 0)
	}
}

func (g *gen) paren(x *syntax.Paren, dest reg) {
	for _, e := range x.List[:max(len(x.List)-1, 0)] {
		g.effect(e)
	}
	if len(x.List) == 0 {
		g.loadNil(dest, 1)
		return
	}
	g.into(x.List[len(x.List)-1], dest)
}

func (g *gen) unary(x *syntax.Unary, dest reg) {
	r := g.operandIn(x.X, dest)
	switch x.Op {
	case preproc.Minus:
		g.emit(code.NEG, dest, r, 0)
	case preproc.Not:
		g.emit(code.NOT, dest, r, 0)
	default:
		g.emit(code.TESTN, r, 0, 0)
		g.move(dest, r)
	}
}

// binaryOps has the operation of each operator, and of those that have it, the
// form with a constant on the right.
var binaryOps = [...]struct{ op, k code.Op }{
	preproc.Plus:      {code.ADD, code.ADDK},
	preproc.Minus:     {code.SUB, code.SUBK},
	preproc.Star:      {code.MUL, code.MULK},
	preproc.Slash:     {code.DIV, code.DIVK},
	preproc.Percent:   {code.MOD, code.MODK},
	preproc.Power:     {code.POW, 0},
	preproc.Eq:        {code.EQ, 0},
	preproc.ExactEq:   {code.EEQ, 0},
	preproc.NotEq:     {code.NE, 0},
	preproc.Hash:      {code.NE, 0},
	preproc.Less:      {code.LT, 0},
	preproc.LessEq:    {code.LE, 0},
	preproc.Greater:   {code.GT, 0},
	preproc.GreaterEq: {code.GE, 0},
	preproc.Dollar:    {code.IN, 0},

	preproc.PlusAssign:  {code.ADD, code.ADDK},
	preproc.MinusAssign: {code.SUB, code.SUBK},
	preproc.StarAssign:  {code.MUL, code.MULK},
	preproc.SlashAssign: {code.DIV, code.DIVK},
	preproc.PctAssign:   {code.MOD, code.MODK},
	preproc.PowAssign:   {code.POW, 0},
	preproc.PlusPlus:    {code.ADD, code.ADDK},
	preproc.MinusMinus:  {code.SUB, code.SUBK},

	preproc.Backquote: {},
}

func (g *gen) binary(x *syntax.Binary, dest reg) {
	if x.Op == preproc.And || x.Op == preproc.Or {
		g.logical(x, dest)
		return
	}
	a := g.protect(g.operandIn(x.X, dest), x.Y)
	g.apply(x.Op, dest, a, x.Y)
}

// apply emits R[dest] = R[a] op y.
func (g *gen) apply(op preproc.Kind, dest, a reg, y syntax.Expr) {
	o := binaryOps[op]
	if o.k != 0 {
		if c, ok := constantOf(y); ok && (c.Kind == code.ConstNum || c.Kind == code.ConstStr) {
			g.emit(o.k, dest, a, g.constant(c))
			return
		}
	}
	b := g.operand(y)
	g.emit(o.op, dest, a, b)
}

// cond emits IIf.
func (g *gen) cond(x *syntax.Cond, dest reg) {
	var no, end label
	g.condJump(x.C, false, &no)
	g.into(x.A, dest)
	g.jump(code.JMP, 0, &end)
	g.bind(&no)
	g.into(x.B, dest)
	g.bind(&end)
}

// logical emits .AND. and .OR. for their value. The left operand decides, or else
// the right operand is the value. A constant on either side that cannot decide is
// left out, and with it the check of the other side's type.
func (g *gen) logical(x *syntax.Binary, dest reg) {
	or := x.Op == preproc.Or
	neutral, deciding := isTrue, isFalse
	if or {
		neutral, deciding = isFalse, isTrue
	}
	switch {
	case neutral(x.X):
		g.into(x.Y, dest)
	case deciding(x.X):
		g.loadConst(dest, logical(or))
	case neutral(x.Y):
		g.into(x.X, dest)
	default:
		g.shortCircuit(x, dest, or)
	}
}

func (g *gen) shortCircuit(x *syntax.Binary, dest reg, or bool) {
	var decided, end label
	g.condJump(x.X, or, &decided)
	if isComparison(x.Y) {
		g.into(x.Y, dest)
	} else {
		r := g.operandIn(x.Y, dest)
		g.emit(code.TESTL, r, 0, 0)
		g.move(dest, r)
	}
	g.jump(code.JMP, 0, &end)
	g.bind(&decided)
	g.loadConst(dest, logical(or))
	g.bind(&end)
}

// isComparison tells whether the value of x is sure to be logical.
func isComparison(x syntax.Expr) bool {
	switch x := unparen(x).(type) {
	case *syntax.Literal:
		return x.Kind == syntax.TrueLit || x.Kind == syntax.FalseLit
	case *syntax.Unary:
		return x.Op == preproc.Not
	case *syntax.Binary:
		return x.Op == preproc.Dollar || x.Op == preproc.Hash || x.Op >= preproc.Eq && x.Op <= preproc.GreaterEq
	}
	return false
}

// effect evaluates x and drops its value.
func (g *gen) effect(x syntax.Expr) {
	top := g.top
	switch x := x.(type) {
	case nil, *syntax.Literal:
	case *syntax.AssignExpr:
		g.assign(x, noReg)
	case *syntax.IncDec:
		g.incDec(x, noReg)
	case *syntax.Cond:
		g.condEffect(x)
	case *syntax.Paren:
		for _, e := range x.List {
			g.effect(e)
		}
	case *syntax.AliasExpr:
		p := g.place(x)
		g.inArea(p, func() { g.effect(p.inner) })
	default:
		g.operand(x)
	}
	g.top = top
}

func (g *gen) condEffect(x *syntax.Cond) {
	var no, end label
	g.condJump(x.C, false, &no)
	g.effect(x.A)
	if x.B == nil {
		g.bind(&no)
		return
	}
	g.jump(code.JMP, 0, &end)
	g.bind(&no)
	g.effect(x.B)
	g.bind(&end)
}
