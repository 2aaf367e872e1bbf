package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/syntax"
)

// one is what ++ adds.
var one = &syntax.Literal{Kind: syntax.NumLit, Num: 1}

// assign emits an assignment and returns a register with the value assigned: that
// of the variable, or a temporary one (see operandIn).
func (g *gen) assign(x *syntax.AssignExpr, dest reg) reg {
	if x.Op == preproc.Assign || x.Op == preproc.Eq {
		return g.assignTo(x.X, x.Y, dest)
	}
	return g.update(x.X, x.Op, x.Y, dest)
}

// assignTo emits x := y.
func (g *gen) assignTo(x, y syntax.Expr, dest reg) reg {
	if r, ok := g.plain(x); ok {
		g.into(y, r)
		return r
	}
	if id, ok := unparen(x).(*syntax.Ident); ok {
		r := g.operandIn(y, dest)
		g.store(g.ident(id.Name), r)
		return r
	}
	p := g.place(x, y)
	r := g.operand(y)
	g.store(p, r)
	return r
}

// plain returns the register of x if it is a variable in a plain register.
func (g *gen) plain(x syntax.Expr) (reg, bool) {
	if id, ok := unparen(x).(*syntax.Ident); ok {
		if v := g.lookup(id.Name); v != nil && v.plain() && v.fn == g.fn {
			return v.reg, true
		}
	}
	return 0, false
}

// update emits x op= y and returns a register with the new value, as assign does.
func (g *gen) update(x syntax.Expr, op preproc.Kind, y syntax.Expr, dest reg) reg {
	if r, ok := g.plain(x); ok {
		g.apply(op, r, g.protect(r, y), y)
		return r
	}
	t := g.temp(dest)
	p := g.place(x, y)
	g.load(p, t)
	top := g.top
	g.apply(op, t, t, y)
	g.top = top
	g.store(p, t)
	return t
}

// incDec emits ++x, or x++ for its effect, and returns a register with the new
// value, as assign does.
func (g *gen) incDec(x *syntax.IncDec, dest reg) reg { return g.update(x.X, x.Op, one, dest) }

// incDecInto emits ++x or x++ for its value.
func (g *gen) incDecInto(x *syntax.IncDec, dest reg) {
	if x.Prefix {
		g.move(dest, g.incDec(x, dest))
		return
	}
	p := g.place(x.X)
	old := dest
	if p.kind == plainPlace && p.a == dest || !g.isTemp(dest) {
		old = g.alloc()
	}
	g.load(p, old)
	if p.kind == plainPlace {
		g.apply(x.Op, p.a, old, one)
	} else {
		t := g.alloc()
		g.apply(x.Op, t, old, one)
		g.store(p, t)
	}
	g.move(dest, old)
}

// defaultTo assigns x to a place if it holds NIL.
func (g *gen) defaultTo(p place, x syntax.Expr) {
	var done label
	if p.kind == plainPlace {
		g.jump(code.JNNIL, p.a, &done)
		g.into(x, p.a)
	} else {
		t := g.alloc()
		g.load(p, t)
		g.jump(code.JNNIL, t, &done)
		g.into(x, t)
		g.store(p, t)
	}
	g.bind(&done)
	g.top = g.vars
}

// assignParam emits what a macro does that assigns its parameter.
func (g *gen) assignParam(x syntax.Expr) {
	g.store(g.place(x), 0)
}
