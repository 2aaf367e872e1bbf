package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/syntax"
)

// maxWindow is how many elements of an array literal are put into registers at a
// time.
const maxWindow = 200

func (g *gen) array(x *syntax.ArrayLit, dest reg) {
	if len(x.List) == 1 {
		if _, ok := x.List[0].(*syntax.Rest); ok {
			g.emit(code.REST, dest, 0, 0)
			return
		}
	}
	first := x.List[:min(len(x.List), maxWindow)]
	base := reg(g.top)
	if g.isTop(dest) {
		base = dest
		g.top--
	}
	for _, e := range first {
		g.into(e, g.alloc())
	}
	g.top = max(g.top, int(base)+1)
	g.regs = max(g.regs, g.top)
	if len(x.List) == len(first) {
		g.emit(code.NEWARRAY, dest, base, reg(len(first)))
		return
	}
	g.emit(code.NEWARRAY, base, base, reg(len(first)))
	g.top = int(base) + 1
	g.push(base, x.List[len(first):])
	g.move(dest, base)
}

// push appends elements to the array in a register.
func (g *gen) push(array reg, list []syntax.Expr) {
	top := g.top
	for _, e := range list {
		g.emit(code.PUSH, array, g.operand(e), 0)
		g.top = top
	}
}

func (g *gen) json(x *syntax.JSONLit, dest reg) {
	obj := g.temp(dest)
	g.emit(code.NEWJSON, obj, 0, 0)
	top := g.top
	for i, k := range x.Keys {
		g.member(obj, k, x.Vals[i])
		g.top = top
	}
	g.move(dest, obj)
}

// member sets one member of a JSON literal.
func (g *gen) member(obj reg, key, val syntax.Expr) {
	if c, ok := constantOf(key); ok && c.Kind == code.ConstStr {
		g.emit(code.SETINDEXK, obj, g.constant(c), g.operand(val))
		return
	}
	k := g.protect(g.operand(key), val)
	g.emit(code.SETINDEX, obj, k, g.operand(val))
}
