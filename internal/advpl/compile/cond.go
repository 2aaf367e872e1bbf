package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/syntax"
)

// condJump jumps to l if x is want, and goes on if it is the opposite. Logical
// values are made only where an operand is not a comparison.
func (g *gen) condJump(x syntax.Expr, want bool, l *label) {
	top := g.top
	switch x := x.(type) {
	case *syntax.Literal:
		g.literalJump(x, want, l)
	case *syntax.Paren:
		g.parenJump(x, want, l)
	case *syntax.Unary:
		if x.Op == preproc.Not {
			g.condJump(x.X, !want, l)
		} else {
			g.valueJump(x, want, l)
		}
	case *syntax.Binary:
		g.binaryJump(x, want, l)
	case *syntax.Cond:
		g.iifJump(x, want, l)
	default:
		g.valueJump(x, want, l)
	}
	g.top = top
}

// valueJump tests the value of x, which must be logical.
func (g *gen) valueJump(x syntax.Expr, want bool, l *label) {
	op := code.JF
	if want {
		op = code.JT
	}
	g.jump(op, g.operand(x), l)
}

func (g *gen) literalJump(x *syntax.Literal, want bool, l *label) {
	switch {
	case x.Kind != syntax.TrueLit && x.Kind != syntax.FalseLit:
		g.valueJump(x, want, l)
	case (x.Kind == syntax.TrueLit) == want:
		g.jump(code.JMP, 0, l)
	}
}

func (g *gen) parenJump(x *syntax.Paren, want bool, l *label) {
	n := len(x.List) - 1
	if n < 0 {
		g.valueJump(x, want, l)
		return
	}
	for _, e := range x.List[:n] {
		g.effect(e)
	}
	g.condJump(x.List[n], want, l)
}

func (g *gen) iifJump(x *syntax.Cond, want bool, l *label) {
	var no, end label
	g.condJump(x.C, false, &no)
	g.condJump(x.A, want, l)
	g.jump(code.JMP, 0, &end)
	g.bind(&no)
	g.condJump(x.B, want, l)
	g.bind(&end)
}

func (g *gen) binaryJump(x *syntax.Binary, want bool, l *label) {
	switch x.Op {
	case preproc.And, preproc.Or:
		g.logicalJump(x, want, l)
	case preproc.Eq, preproc.ExactEq, preproc.NotEq, preproc.Hash,
		preproc.Less, preproc.LessEq, preproc.Greater, preproc.GreaterEq:
		g.compareJump(x, want, l)
	default:
		g.valueJump(x, want, l)
	}
}

// logicalJump jumps on .AND. and .OR.: if either operand decides for the jump, both
// jump; else the left one may skip the right one.
func (g *gen) logicalJump(x *syntax.Binary, want bool, l *label) {
	or := x.Op == preproc.Or
	if want == or {
		g.condJump(x.X, want, l)
		g.condJump(x.Y, want, l)
		return
	}
	var skip label
	g.condJump(x.X, or, &skip)
	g.condJump(x.Y, want, l)
	g.bind(&skip)
}

// compares has, for each comparison, the jump on two registers and that on a
// register and a constant. There is none on two registers for > and >=: with the
// operands exchanged < and <= would compare strings otherwise, as only the right
// one may be a prefix.
var compares = [...]struct{ op, k code.Op }{
	preproc.Eq:        {code.JEQ, code.JEQK},
	preproc.ExactEq:   {code.JEEQ, code.JEEQK},
	preproc.NotEq:     {code.JEQ, code.JEQK},
	preproc.Hash:      {code.JEQ, code.JEQK},
	preproc.Less:      {code.JLT, code.JLTK},
	preproc.LessEq:    {code.JLE, code.JLEK},
	preproc.Greater:   {code.NOP, code.JGTK},
	preproc.GreaterEq: {code.NOP, code.JGEK},
}

func (g *gen) compareJump(x *syntax.Binary, want bool, l *label) {
	if x.Op == preproc.NotEq || x.Op == preproc.Hash {
		want = !want
	}
	how, equality := compares[x.Op], isEquality(x.Op)
	c, constant := constantOf(x.Y)
	switch {
	case equality && constant && c.Kind == code.ConstNil:
		g.nilJump(x.X, want, l)
	case equality && isNil(x.X):
		g.nilJump(x.Y, want, l)
	case constant:
		g.compare(unless(how.k, want), g.operand(x.X), g.constant(c), l)
	case how.op == code.NOP:
		g.valueJump(x, want, l)
	default:
		a := g.protect(g.operand(x.X), x.Y)
		b := g.operand(x.Y)
		g.compare(unless(how.op, want), a, b, l)
	}
}

// nilJump jumps if it is want that x is NIL.
func (g *gen) nilJump(x syntax.Expr, want bool, l *label) {
	op := code.JNNIL
	if want {
		op = code.JNIL
	}
	g.jump(op, g.operand(x), l)
}

// unless returns the compare that jumps if the comparison is not want.
func unless(op code.Op, want bool) code.Op {
	if want {
		return op
	}
	return negate(op)
}

// isEquality tells whether op compares for being equal.
func isEquality(op preproc.Kind) bool {
	switch op {
	case preproc.Eq, preproc.ExactEq, preproc.NotEq, preproc.Hash:
		return true
	}
	return false
}
