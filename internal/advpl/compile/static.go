package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/syntax"
)

// staticInit is a static that gets a value before the unit's first function runs.
type staticInit struct {
	v    *variable
	decl *syntax.VarDecl
	seen []*variable // the function's statics that the initialiser sees
}

// newStatic gives v a slot. Owner is the function that declares it, or "".
func (u *unit) newStatic(v *variable, owner string) int32 {
	name := v.sym.name
	if owner != "" {
		name = owner + ":" + name
	}
	u.out.Statics = append(u.out.Statics, name)
	return int32(len(u.out.Statics) - 1)
}

// initStatic notes the initial value of a static, if it has one.
func (u *unit) initStatic(v *variable, d *syntax.VarDecl, seen []*variable) {
	if d.Init != nil || len(d.Dims) > 0 {
		u.inits = append(u.inits, staticInit{v, d, seen})
	}
}

// fileStatics declares the statics of the source, which all its functions see.
func (u *unit) fileStatics(decls []*syntax.VarDecl) {
	for _, d := range decls {
		sym := u.symbol(d.Name)
		if old := sym.bound; old != nil {
			u.findings.Errorf(d.Pos, "static %s is declared twice, first at line %d", d.Name, old.pos.Line)
			continue
		}
		v := &variable{name: d.Name, sym: sym, kind: staticVar, pos: d.Pos}
		v.slot = u.newStatic(v, "")
		u.bind(v)
		u.initStatic(v, d, nil)
	}
}

// initializer compiles the function that sets the statics.
func (u *unit) initializer() {
	if len(u.inits) == 0 {
		return
	}
	s := subject{name: "{STATIC}", pos: u.inits[0].decl.Pos, kind: code.Initializer, inits: u.inits}
	u.out.Init = u.compile(&s)
}

// eachInit calls f with each initialiser while the statics that it sees are in
// sight. Those of one function follow each other.
func (u *unit) eachInit(list []staticInit, f func(in staticInit)) {
	var bound []*variable
	for _, in := range list {
		if len(bound) > 0 && (len(in.seen) < len(bound) || in.seen[0] != bound[0]) {
			u.unbind(bound)
			bound = nil
		}
		for _, v := range in.seen[len(bound):] {
			u.bind(v)
			bound = append(bound, v)
		}
		f(in)
	}
	u.unbind(bound)
}

// inits resolves the initialisers of statics.
func (r *resolver) inits(list []staticInit) {
	r.u.eachInit(list, func(in staticInit) {
		r.exprs(in.decl.Dims)
		r.expr(in.decl.Init)
	})
}

// seeing calls f with the variables in sight.
func (u *unit) seeing(vars []*variable, f func()) {
	var bound []*variable
	for _, v := range vars {
		if !v.inSight {
			u.bind(v)
			bound = append(bound, v)
		}
	}
	f()
	u.unbind(bound)
}

// inits emits the initialisers of statics.
func (g *gen) inits(list []staticInit) {
	g.u.eachInit(list, func(in staticInit) {
		g.at(in.decl.Pos)
		r := g.alloc()
		g.initial(in.decl, r)
		g.emitBx(code.SETSTATIC, r, int(in.v.slot))
		g.top = g.vars
	})
}
