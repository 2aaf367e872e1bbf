package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

func (g *gen) stmts(list []syntax.Stmt) {
	for _, s := range list {
		if g.failed {
			return
		}
		g.at(s.Position())
		g.stmt(s)
	}
}

func (g *gen) stmt(s syntax.Stmt) {
	top := g.top
	switch s := s.(type) {
	case *syntax.ExprStmt:
		g.effect(s.X)
	case *syntax.IfStmt:
		g.arms(s.Arms, s.Else)
	case *syntax.CaseStmt:
		g.arms(s.Arms, s.Else)
	case *syntax.DeclStmt:
		g.decl(s)
	case *syntax.DefaultStmt:
		g.defaultTo(g.place(s.Target, s.Value), s.Value)
	case *syntax.ReturnStmt:
		g.returnStmt(s)
	case *syntax.PrintStmt:
		g.print(s)
	case *syntax.BreakStmt:
		g.emit(code.BREAK, g.operand(s.X), 0, 0)
	case *syntax.ThrowStmt:
		g.emit(code.THROW, g.operand(s.X), 0, 0)
	default:
		g.nested(s)
	}
	g.top = top
}

// nested goes on with the statements that can be left by a jump.
func (g *gen) nested(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.WhileStmt:
		g.while(s)
	case *syntax.ForStmt:
		g.forStmt(s)
	case *syntax.ForEachStmt:
		g.forEach(s)
	case *syntax.SwitchStmt:
		g.switchStmt(s)
	case *syntax.LoopStmt:
		g.leaveLoop(s.Pos, true)
	case *syntax.ExitStmt:
		g.leaveLoop(s.Pos, false)
	case *syntax.SequenceStmt:
		g.sequence(s)
	case *syntax.TryStmt:
		g.try(s)
	case *syntax.TransactionStmt:
		g.transaction(s)
	case *syntax.SQLStmt:
		g.sql(s)
	}
}

// arms emits If and Do Case.
func (g *gen) arms(arms []syntax.CondArm, rest []syntax.Stmt) {
	var end label
	for i := range arms {
		var next label
		g.at(arms[i].Pos)
		g.condJump(arms[i].Cond, false, &next)
		g.stmts(arms[i].Body)
		if (i < len(arms)-1 || len(rest) > 0) && !g.ended() {
			g.jump(code.JMP, 0, &end)
		}
		g.bind(&next)
	}
	g.stmts(rest)
	g.bind(&end)
}

func (g *gen) print(s *syntax.PrintStmt) {
	base := reg(g.top)
	for _, x := range s.Args {
		g.into(x, g.alloc())
	}
	var newline reg
	if s.Newline {
		newline = 1
	}
	g.emit(code.PRINT, newline, base, reg(len(s.Args)))
}

func (g *gen) decl(s *syntax.DeclStmt) {
	if s.Scope == syntax.ParametersVar {
		g.parameters(s)
		return
	}
	for _, d := range s.Vars {
		top := g.top
		g.varDecl(s.Scope, d)
		g.top = top
	}
}

func (g *gen) varDecl(scope syntax.VarScope, d *syntax.VarDecl) {
	v := g.fn.decls[d]
	switch scope {
	case syntax.LocalVar:
		if v != nil {
			g.local(v, d)
		}
	case syntax.PrivateVar:
		g.private(d)
	case syntax.PublicVar:
		g.public(d)
	}
	if v != nil {
		g.u.bind(v)
	}
}

// local emits the declaration of a local. One that is declared in a loop begins
// anew as NIL in each turn.
func (g *gen) local(v *variable, d *syntax.VarDecl) {
	v.pending = true
	g.u.bind(v)
	p := g.variable(v)
	switch {
	case d.Init == nil && len(d.Dims) == 0 && g.loops == 0:
	case p.kind == plainPlace:
		g.initial(d, p.a)
	default:
		t := g.alloc()
		g.initial(d, t)
		g.store(p, t)
	}
	v.pending = false
	g.showLocal(v)
}

// showLocal notes that a local is in sight from here.
func (g *gen) showLocal(v *variable) {
	if v.shown {
		return
	}
	v.shown = true
	g.locals = append(g.locals, code.Local{Name: v.name, Reg: v.reg, From: int32(len(g.code))})
}

// initial emits the first value of a declared variable.
func (g *gen) initial(d *syntax.VarDecl, dest reg) {
	if len(d.Dims) == 0 {
		g.into(d.Init, dest)
		return
	}
	top := g.top
	base := reg(top)
	for _, x := range d.Dims {
		g.into(x, g.alloc())
	}
	g.emit(code.NEWDIMS, dest, base, reg(len(d.Dims)))
	g.top = top
}

func (g *gen) private(d *syntax.VarDecl) {
	if d.Macro == nil {
		g.emitBx(code.PRIVATE, g.initialReg(d), int(g.name(d.Name)))
		return
	}
	name := g.text(d.Macro, noReg)
	g.emit(code.PRIVATEX, g.initialReg(d), name, 0)
}

// initialReg returns a register with the first value of a declared variable.
func (g *gen) initialReg(d *syntax.VarDecl) reg {
	if len(d.Dims) == 0 {
		return g.operand(d.Init)
	}
	r := g.alloc()
	g.initial(d, r)
	return r
}

// public emits the declaration of a public. It is .F. if it is new and no value is
// given.
func (g *gen) public(d *syntax.VarDecl) {
	given := d.Init != nil || len(d.Dims) > 0
	var val reg
	if given {
		val = g.initialReg(d)
	}
	p := place{kind: memPlace}
	if d.Macro != nil {
		p = place{kind: varXPlace, a: g.text(d.Macro, noReg)}
		g.emit(code.PUBLICX, p.a, p.a, 0)
	} else {
		p.n = int(g.name(d.Name))
		g.emitBx(code.PUBLIC, 0, p.n)
	}
	if given {
		g.store(p, val)
	}
}

// parameters makes privates of the first arguments.
func (g *gen) parameters(s *syntax.DeclStmt) {
	for i, d := range s.Vars {
		t := g.alloc()
		g.load(g.variable(g.fn.params[i]), t)
		g.emitBx(code.PRIVATE, t, int(g.name(d.Name)))
		g.top--
		if v := g.fn.decls[d]; v != nil {
			g.u.bind(v)
		}
	}
}

func (g *gen) returnStmt(s *syntax.ReturnStmt) {
	if s.X == nil {
		g.leave(nil)
		g.returnNothing()
		return
	}
	g.returnValue(s.X)
}

// returnValue emits Return x. The value is known before what encloses the
// statement is left.
func (g *gen) returnValue(x syntax.Expr) {
	if c, ok := unparen(x).(*syntax.Cond); ok && g.jumps == nil {
		var no label
		g.condJump(c.C, false, &no)
		g.returnValue(c.A)
		g.bind(&no)
		g.returnValue(c.B)
		return
	}
	top := g.top
	g.finishReturn(x)
	g.top = top
}

func (g *gen) finishReturn(x syntax.Expr) {
	if c, ok := constantOf(x); ok && c.Kind == code.ConstNil || g.subject.procedure {
		g.effect(x)
		g.leave(nil)
		g.emit(code.RETNIL, 0, 0, 0)
		return
	}
	r := g.operand(x)
	if g.jumps != nil && g.jumps.finalizes() && !g.isTemp(r) {
		t := g.alloc()
		g.move(t, r)
		r = t
	}
	g.leave(nil)
	g.emit(code.RET, r, 0, 0)
}

// sql emits BeginSql … EndSql as a call; see the package comment.
func (g *gen) sql(s *syntax.SQLStmt) {
	base := g.alloc()
	g.into(s.Alias, g.alloc())
	g.into(sqlColumns(s.Columns), g.alloc())
	g.into(sqlParts(s.Parts), g.alloc())
	args := reg(3)
	if s.NoParser {
		g.emit(code.LOADL, g.alloc(), 1, 0)
		args++
	}
	g.emit(code.CALL, base, args, g.name("__EMBEDDEDSQL"))
}

func sqlColumns(list []syntax.SQLColumn) *syntax.ArrayLit {
	a := &syntax.ArrayLit{}
	for _, c := range list {
		a.List = append(a.List, &syntax.ArrayLit{Pos: c.Pos, List: []syntax.Expr{
			str(c.Pos, c.Name), str(c.Pos, string(rune(c.Type))), num(c.Pos, c.Width), num(c.Pos, c.Places),
		}})
	}
	return a
}

// sqlKinds names the kinds of parts.
var sqlKinds = [...]string{
	syntax.SQLText:   "TEXT",
	syntax.SQLTable:  "TABLE",
	syntax.SQLFilial: "FILIAL",
	syntax.SQLExp:    "EXP",
	syntax.SQLNotDel: "NOTDEL",
	syntax.SQLOrder:  "ORDER",
}

func sqlParts(list []syntax.SQLPart) *syntax.ArrayLit {
	a := &syntax.ArrayLit{}
	for _, p := range list {
		a.List = append(a.List, &syntax.ArrayLit{Pos: p.Pos, List: []syntax.Expr{
			str(p.Pos, sqlKinds[p.Kind]), str(p.Pos, p.Text), p.X,
		}})
	}
	return a
}

func str(pos source.Pos, s string) syntax.Expr {
	return &syntax.Literal{Pos: pos, Kind: syntax.StrLit, Str: s}
}

func num(pos source.Pos, n int) syntax.Expr {
	return &syntax.Literal{Pos: pos, Kind: syntax.NumLit, Num: float64(n)}
}
