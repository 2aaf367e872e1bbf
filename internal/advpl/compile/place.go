package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// placeKind is how what an expression names is read and assigned.
type placeKind uint8

const (
	noPlace     placeKind = iota // not assignable; reported
	plainPlace                   // R[a]
	refPlace                     // what R[a] may refer to
	upPlace                      // captured variable n
	staticPlace                  // static n
	varPlace                     // memory variable or field N[n]
	memPlace                     // memory variable N[n]
	varXPlace                    // memory variable or field, its name in R[a]
	fieldPlace                   // field N[n] of the work area R[a]
	fieldXPlace                  // field, its name in R[b], of the work area R[a]
	indexPlace                   // R[a][R[b]]
	indexKPlace                  // R[a][K[n]]
	propPlace                    // R[a]:N[n]
	propXPlace                   // R[a]:(the string R[b])
	macroPlace                   // what the string R[a] names
	areaPlace                    // inner, with the work area R[a] selected
)

// place is what an expression names, with its parts evaluated: they stay in
// registers, so that reading and assigning it evaluates them once.
type place struct {
	kind  placeKind
	a, b  reg
	n     int
	inner syntax.Expr
}

// load reads a place.
func (g *gen) load(p place, dest reg) {
	switch p.kind {
	case plainPlace:
		g.move(dest, p.a)
	case refPlace:
		g.emit(code.LOADREF, dest, p.a, 0)
	case upPlace:
		g.emit(code.GETUP, dest, reg(p.n), 0)
	case staticPlace:
		g.emitBx(code.GETSTATIC, dest, p.n)
	case varPlace:
		g.emitBx(code.GETVAR, dest, p.n)
	case memPlace:
		g.emitBx(code.GETMEM, dest, p.n)
	case varXPlace:
		g.emit(code.GETVARX, dest, p.a, 0)
	case macroPlace:
		g.emit(code.MACRO, dest, p.a, 0)
	case areaPlace:
		g.inArea(p, func() { g.into(p.inner, dest) })
	default:
		g.loadPart(p, dest)
	}
}

// loadPart reads an element, member or field.
func (g *gen) loadPart(p place, dest reg) {
	switch p.kind {
	case fieldPlace:
		g.emit(code.GETFIELD, dest, p.a, reg(p.n))
	case fieldXPlace:
		g.emit(code.GETFIELDX, dest, p.a, p.b)
	case indexPlace:
		g.emit(code.GETINDEX, dest, p.a, p.b)
	case indexKPlace:
		g.emit(code.GETINDEXK, dest, p.a, reg(p.n))
	case propPlace:
		g.emit(code.GETPROP, dest, p.a, reg(p.n))
	case propXPlace:
		g.emit(code.GETPROPX, dest, p.a, p.b)
	}
}

// store assigns R[src] to a place.
func (g *gen) store(p place, src reg) {
	switch p.kind {
	case plainPlace:
		g.move(p.a, src)
	case refPlace:
		g.emit(code.STOREREF, p.a, src, 0)
	case upPlace:
		g.emit(code.SETUP, reg(p.n), src, 0)
	case staticPlace:
		g.emitBx(code.SETSTATIC, src, p.n)
	case varPlace:
		g.emitBx(code.SETVAR, src, p.n)
	case memPlace:
		g.emitBx(code.SETMEM, src, p.n)
	case varXPlace:
		g.emit(code.SETVARX, p.a, src, 0)
	case macroPlace:
		g.emit(code.MACROSET, p.a, src, 0)
	case areaPlace:
		g.inArea(p, func() { g.store(g.place(p.inner), src) })
	default:
		g.storePart(p, src)
	}
}

// storePart assigns an element, member or field.
func (g *gen) storePart(p place, src reg) {
	switch p.kind {
	case fieldPlace:
		g.emit(code.SETFIELD, p.a, reg(p.n), src)
	case fieldXPlace:
		g.emit(code.SETFIELDX, p.a, p.b, src)
	case indexPlace:
		g.emit(code.SETINDEX, p.a, p.b, src)
	case indexKPlace:
		g.emit(code.SETINDEXK, p.a, reg(p.n), src)
	case propPlace:
		g.emit(code.SETPROP, p.a, reg(p.n), src)
	case propXPlace:
		g.emit(code.SETPROPX, p.a, p.b, src)
	}
}

// inArea emits f between the selection of a work area and the return to the one
// before.
func (g *gen) inArea(p place, f func()) {
	top := g.top
	old := g.alloc()
	g.emit(code.AREA, old, p.a, 0)
	f()
	g.emit(code.AREAEND, old, 0, 0)
	g.top = top
}

// ident returns the place that a name means.
func (g *gen) ident(name string) place {
	v := g.lookup(name)
	if v == nil {
		return place{kind: varPlace, n: int(g.name(name))}
	}
	return g.variable(v)
}

// variable returns the place of a variable.
func (g *gen) variable(v *variable) place {
	switch v.kind {
	case staticVar:
		return place{kind: staticPlace, n: int(v.slot)}
	case memoryVar:
		return place{kind: varPlace, n: int(g.name(v.sym.name))}
	case fieldVar:
		return g.field(v)
	}
	switch {
	case v.fn != g.fn:
		return place{kind: upPlace, n: g.fn.capture(v)}
	case v.plain():
		return place{kind: plainPlace, a: v.reg}
	}
	return place{kind: refPlace, a: v.reg}
}

// field returns the place of a declared field.
func (g *gen) field(v *variable) place {
	area := g.alloc()
	if v.alias == "" {
		g.loadNil(area, 1)
	} else {
		g.loadStr(area, v.alias)
	}
	return place{kind: fieldPlace, a: area, n: int(g.name(v.sym.name))}
}

// place evaluates the parts of what x names. Expressions in later are evaluated
// before the place is used.
func (g *gen) place(x syntax.Expr, later ...syntax.Expr) place {
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		return g.ident(x.Name)
	case *syntax.Index:
		return g.index(x, later)
	case *syntax.Member:
		return g.memberPlace(x, later)
	case *syntax.AliasField:
		p := g.aliasField(x)
		p.a = g.protect(p.a, later...)
		return p
	case *syntax.AliasExpr:
		return place{kind: areaPlace, a: g.area(x.Alias, x.AliasX), inner: x.X}
	case *syntax.Macro:
		return place{kind: macroPlace, a: g.protect(g.text(x, noReg), later...)}
	case *syntax.Self:
		if g.selfNamed() {
			return g.ident("SELF")
		}
	case *syntax.Bad:
		return place{}
	}
	g.unassignable(unparen(x))
	return place{}
}

// unassignable reports an assignment to what cannot be assigned.
func (g *gen) unassignable(x syntax.Expr) {
	what := "an expression"
	pos := g.pos
	if x != nil {
		pos = x.Position()
	}
	switch x := x.(type) {
	case *syntax.Literal:
		what = "a constant"
	case *syntax.Call:
		what = "the result of " + x.Name + "()"
	case *syntax.Send:
		what = "the result of " + x.Name + "()"
	case *syntax.Self:
		what = "Self"
	}
	g.u.findings = append(g.u.findings, source.Finding{
		Pos:     pos,
		Message: "cannot assign to " + what,
		Hint:    "variables, elements, members and fields can be assigned",
	})
}

// index evaluates x[i, j, …] up to the last index.
func (g *gen) index(x *syntax.Index, later []syntax.Expr) place {
	last := len(x.List) - 1
	if last < 0 {
		return place{}
	}
	a := g.operand(x.X)
	for _, i := range x.List[:last] {
		t := a
		if !g.isTop(t) {
			t = g.alloc()
		}
		top := g.top
		g.load(g.element(a, i), t)
		g.top = top
		a = t
	}
	a = g.protect(a, x.List...)
	a = g.protect(a, later...)
	p := g.element(a, x.List[last])
	if p.kind == indexPlace {
		p.b = g.protect(p.b, later...)
	}
	return p
}

// element returns the place R[a][i].
func (g *gen) element(a reg, i syntax.Expr) place {
	if c, ok := constantOf(i); ok && (c.Kind == code.ConstNum || c.Kind == code.ConstStr) {
		return place{kind: indexKPlace, a: a, n: int(g.constant(c))}
	}
	a = g.protect(a, i)
	return place{kind: indexPlace, a: a, b: g.operand(i)}
}

func (g *gen) memberPlace(x *syntax.Member, later []syntax.Expr) place {
	if x.Dyn == nil {
		a := g.protect(g.operand(x.X), later...)
		return place{kind: propPlace, a: a, n: int(g.name(x.Name))}
	}
	a := g.protect(g.operand(x.X), x.Dyn)
	a = g.protect(a, later...)
	return place{kind: propXPlace, a: a, b: g.protect(g.text(x.Dyn, noReg), later...)}
}

// aliasField returns the place of alias->name. M and MEMVAR are no alias but the
// memory variables, FIELD and _FIELD the selected work area.
func (g *gen) aliasField(x *syntax.AliasField) place {
	switch alias := upper(x.Alias); {
	case x.AliasX != nil:
	case alias == "M" || alias == "MEMVAR":
		if x.FieldX != nil {
			return place{kind: varXPlace, a: g.text(x.FieldX, noReg)}
		}
		return place{kind: memPlace, n: int(g.name(x.Field))}
	case alias == "FIELD" || alias == "_FIELD":
		area := g.alloc()
		g.loadNil(area, 1)
		return g.fieldOf(area, x)
	}
	return g.fieldOf(g.area(x.Alias, x.AliasX), x)
}

// area returns a register with what names a work area: an alias or a value. A
// macro's text is the alias.
func (g *gen) area(alias string, x syntax.Expr) reg {
	switch x := x.(type) {
	case nil:
		r := g.alloc()
		g.loadStr(r, alias)
		return r
	case *syntax.Macro:
		return g.text(x, noReg)
	}
	return g.operand(x)
}

func (g *gen) fieldOf(area reg, x *syntax.AliasField) place {
	if x.FieldX == nil {
		return place{kind: fieldPlace, a: area, n: int(g.name(x.Field))}
	}
	return place{kind: fieldXPlace, a: area, b: g.text(x.FieldX, noReg)}
}
