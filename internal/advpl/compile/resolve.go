package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// maxDepth is how deep expressions and statements may be nested.
const maxDepth = 10_000

// function is what the first walk finds out about a function or a code block.
type function struct {
	outer     *function // of a code block: the function around it
	method    bool      // begins with Self, if it uses it
	usesSelf  bool
	params    []*variable
	locals    []*variable           // without parameters, in the order of their declarations
	captures  []*variable           // of a code block
	captureAt table[*variable, int] // their places there
	statics   []*variable
	declared  []*variable // what came into sight, but parameters
	out       *code.Func  // of a code block: its code, once it is emitted
	number    int         // of a code block: its number in the function around it
	*tables
}

// tables says what the second walk needs to know about a function's nodes, those
// of its code blocks included.
type tables struct {
	decls  table[*syntax.VarDecl, *variable]
	fors   table[syntax.Stmt, *variable] // loops that declare their variables
	blocks table[*syntax.BlockLit, *function]
	tries  table[syntax.Stmt, int] // statements with a last part that always runs: how many locals there are before it
}

// table is a map that is made when something is put into it.
type table[K comparable, V any] map[K]V

func (t *table[K, V]) put(k K, v V) {
	if *t == nil {
		*t = make(table[K, V])
	}
	(*t)[k] = v
}

// vars returns how many registers parameters and locals take.
func (fn *function) vars() int { return len(fn.params) + len(fn.locals) }

// capture returns the number of v among the captured variables of the block fn.
func (fn *function) capture(v *variable) int {
	i, ok := fn.captureAt[v]
	if !ok {
		i = len(fn.captures)
		fn.captures = append(fn.captures, v)
		fn.captureAt.put(v, i)
	}
	return i
}

// resolver walks over a function.
type resolver struct {
	u     *unit
	fn    *function
	owner string // of its statics
	depth int
	deep  bool // nested too deeply; reported once
}

// resolve finds the variables of a function. It returns nil if the function cannot
// be compiled.
func (u *unit) resolve(s *subject) *function {
	r := resolver{u: u, owner: s.owner(), fn: &function{method: s.self, tables: new(tables)}}
	r.params(s.params)
	r.stmts(s.body)
	r.exprs(s.exprs)
	r.target(s.target)
	r.inits(s.inits)
	for _, d := range s.data {
		r.fn.usesSelf = true
		r.expr(d.value)
	}
	u.unbind(r.fn.declared)
	u.unbind(r.fn.params)
	if r.deep {
		return nil
	}
	r.number()
	return r.fn
}

// target resolves what a macro assigns its one parameter to.
func (r *resolver) target(x syntax.Expr) {
	if x == nil {
		return
	}
	r.fn.params = append(r.fn.params, &variable{sym: r.u.symbol(""), kind: paramVar, fn: r.fn, hidden: true})
	r.assign(x, false)
}

// number gives parameters and locals their registers.
func (r *resolver) number() {
	for i, v := range r.fn.params {
		v.reg = reg(i)
	}
	for i, v := range r.fn.locals {
		v.reg = reg(len(r.fn.params) + i)
	}
}

// declare brings a variable of the function into sight.
func (r *resolver) declare(v *variable) {
	v.fn = r.fn
	r.u.bind(v)
	if v.kind == localVar {
		r.fn.locals = append(r.fn.locals, v)
	}
	r.fn.declared = append(r.fn.declared, v)
}

// clash reports a second declaration of a name in the function. Names that stand
// for memory variables may be declared again.
func (r *resolver) clash(kind varKind, name string, pos source.Pos) bool {
	old := r.u.symbol(name).bound
	if old == nil || old.fn != r.fn || old.kind >= memoryVar || old.loop {
		return false
	}
	r.u.findings.Errorf(pos, "%s %s is declared twice, first at line %d", kind, name, old.pos.Line)
	return true
}

func (r *resolver) params(params []*syntax.Param) {
	for _, p := range params {
		if old := r.u.symbol(p.Name).bound; old != nil && old.fn == r.fn {
			r.u.findings.Warnf(p.Pos, "duplicate-local", "parameter %s is declared twice; the last one counts", p.Name)
		}
		v := &variable{name: p.Name, sym: r.u.symbol(p.Name), kind: paramVar, pos: p.Pos, fn: r.fn}
		r.u.bind(v)
		r.fn.params = append(r.fn.params, v)
	}
	for i, p := range params {
		if p.Default != nil {
			r.fn.params[i].assigned = true
			r.expr(p.Default)
		}
	}
}

func (r *resolver) stmts(list []syntax.Stmt) {
	if !r.enter(list) {
		return
	}
	for _, s := range list {
		r.stmt(s)
	}
	r.depth--
}

// enter counts a level of nesting; the caller leaves it by lowering the depth.
func (r *resolver) enter(list []syntax.Stmt) bool {
	if r.depth >= maxDepth && len(list) > 0 {
		r.tooDeep(list[0].Position())
		return false
	}
	r.depth++
	return true
}

func (r *resolver) tooDeep(pos source.Pos) {
	if !r.deep {
		r.deep = true
		r.u.findings.Errorf(pos, "more than %d levels of nesting", maxDepth)
	}
}

func (r *resolver) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.DeclStmt:
		r.decl(s)
	case *syntax.DefaultStmt:
		r.expr(s.Value)
		r.assign(s.Target, false)
	case *syntax.ExprStmt:
		r.effect(s.X)
	case *syntax.PrintStmt:
		r.exprs(s.Args)
	case *syntax.IfStmt:
		r.arms(s.Arms, s.Else)
	case *syntax.CaseStmt:
		r.arms(s.Arms, s.Else)
	case *syntax.SwitchStmt:
		r.expr(s.X)
		r.arms(s.Arms, s.Else)
	case *syntax.WhileStmt:
		r.expr(s.Cond)
		r.stmts(s.Body)
	case *syntax.ForStmt:
		r.forStmt(s)
	case *syntax.ForEachStmt:
		r.expr(s.X)
		r.loopVar(s, s.Var, s.Decl)
		r.stmts(s.Body)
	case *syntax.ReturnStmt:
		r.expr(s.X)
	case *syntax.BreakStmt:
		r.expr(s.X)
	case *syntax.ThrowStmt:
		r.expr(s.X)
	case *syntax.SequenceStmt:
		r.sequence(s)
	case *syntax.TryStmt:
		r.try(s)
	case *syntax.TransactionStmt:
		r.stmts(s.Body)
	case *syntax.SQLStmt:
		r.sql(s)
	}
}

func (r *resolver) arms(arms []syntax.CondArm, rest []syntax.Stmt) {
	for i := range arms {
		r.expr(arms[i].Cond)
		r.stmts(arms[i].Body)
	}
	r.stmts(rest)
}

func (r *resolver) forStmt(s *syntax.ForStmt) {
	r.expr(s.From)
	r.loopVar(s, s.Var, s.Decl)
	r.expr(s.To)
	r.expr(s.Step)
	r.stmts(s.Body)
}

// loopVar resolves the variable of a loop, which may be declared there. The same
// name may be declared by several loops.
func (r *resolver) loopVar(s syntax.Stmt, x syntax.Expr, decl bool) {
	id, ok := x.(*syntax.Ident)
	if decl && ok {
		old := r.u.symbol(id.Name).bound
		if old == nil || old.fn != r.fn || !old.loop {
			r.clash(localVar, id.Name, id.Pos)
			old = &variable{name: id.Name, sym: r.u.symbol(id.Name), pos: id.Pos, loop: true}
			r.declare(old)
		}
		r.fn.fors.put(s, old)
	}
	r.assign(x, false)
}

func (r *resolver) sequence(s *syntax.SequenceStmt) {
	r.expr(s.With)
	r.stmts(s.Body)
	if s.Using != nil {
		r.assign(s.Using, false)
	}
	r.stmts(s.Recover)
	r.fn.tries.put(s, len(r.fn.locals))
	r.stmts(s.Always)
}

func (r *resolver) try(s *syntax.TryStmt) {
	r.stmts(s.Body)
	if s.Catch != nil {
		r.assign(s.Catch, false)
	}
	r.stmts(s.Handler)
	r.fn.tries.put(s, len(r.fn.locals))
	r.stmts(s.Finally)
}

func (r *resolver) sql(s *syntax.SQLStmt) {
	r.expr(s.Alias)
	for i := range s.Parts {
		r.expr(s.Parts[i].X)
	}
}

func (r *resolver) decl(s *syntax.DeclStmt) {
	if s.Scope == syntax.ParametersVar {
		r.parameters(s)
		return
	}
	for _, d := range s.Vars {
		r.varDecl(s, d)
	}
}

// varDecl resolves one variable of a declaration.
func (r *resolver) varDecl(s *syntax.DeclStmt, d *syntax.VarDecl) {
	r.exprs(d.Dims)
	if d.Macro != nil {
		if s.Scope != syntax.PrivateVar && s.Scope != syntax.PublicVar {
			r.u.findings.Errorf(d.Pos, "the name of a variable can be computed for Private and Public only")
		}
		r.expr(d.Macro)
		r.expr(d.Init)
		return
	}
	v := &variable{name: d.Name, sym: r.u.symbol(d.Name), pos: d.Pos}
	switch s.Scope {
	case syntax.LocalVar:
		if !r.redeclared(d) {
			r.clash(localVar, d.Name, d.Pos)
			r.owned(d, v)
		}
	case syntax.StaticVar:
		v.kind = staticVar
		r.clash(staticVar, d.Name, d.Pos)
		r.static(d, v)
	case syntax.FieldVar:
		v.kind, v.alias = fieldVar, s.Alias
		r.outside(d, v)
	default:
		v.kind = memoryVar
		r.expr(d.Init)
		r.outside(d, v)
	}
}

// redeclared takes a second Local of the same name for an assignment to the first,
// or to the parameter, with a warning: old sources have one in each branch.
func (r *resolver) redeclared(d *syntax.VarDecl) bool {
	old := r.u.symbol(d.Name).bound
	if old == nil || old.fn != r.fn || old.loop || old.kind != localVar && old.kind != paramVar {
		return false
	}
	r.u.findings.Warnf(d.Pos, "duplicate-local", "local %s is declared twice, first at line %d", d.Name, old.pos.Line)
	r.expr(d.Init)
	old.assigned = true
	r.fn.decls.put(d, old)
	return true
}

// owned declares a local. Its initialiser sees what the name meant before, but
// code blocks in it see the new variable, so that a block can call itself.
func (r *resolver) owned(d *syntax.VarDecl, v *variable) {
	r.fn.decls.put(d, v)
	v.pending = true
	r.declare(v)
	r.expr(d.Init)
	v.pending = false
}

// static declares a static of the function.
func (r *resolver) static(d *syntax.VarDecl, v *variable) {
	v.slot = r.u.newStatic(v, r.owner)
	r.declare(v)
	r.fn.decls.put(d, v)
	r.u.initStatic(v, d, r.fn.statics)
	r.fn.statics = append(r.fn.statics, v)
}

// outside declares a name that the virtual machine looks for. A local of the same
// name stays in sight.
func (r *resolver) outside(d *syntax.VarDecl, v *variable) {
	old := v.sym.bound
	if old != nil && old.fn == r.fn && old.kind <= paramVar {
		return
	}
	r.fn.decls.put(d, v)
	r.declare(v)
}

// parameters makes privates of the arguments: the function gets parameters for
// them that have no other name.
func (r *resolver) parameters(s *syntax.DeclStmt) {
	for i, d := range s.Vars {
		v := &variable{name: d.Name, sym: r.u.symbol(d.Name), kind: memoryVar, pos: d.Pos}
		if i >= len(r.fn.params) {
			hidden := &variable{name: d.Name, sym: v.sym, kind: paramVar, pos: d.Pos, fn: r.fn, hidden: true}
			r.fn.params = append(r.fn.params, hidden)
		}
		r.outside(d, v)
	}
}

// effect resolves an expression whose value is not used.
func (r *resolver) effect(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.AssignExpr:
		r.expr(x.Y)
		r.assign(x.X, false)
	case *syntax.IncDec:
		r.assign(x.X, false)
	default:
		r.expr(x)
	}
}

// assign resolves what is assigned, inExpr in the middle of an expression.
func (r *resolver) assign(x syntax.Expr, inExpr bool) {
	id, ok := unparen(x).(*syntax.Ident)
	if !ok {
		r.expr(x)
		return
	}
	if v := r.use(id.Name); v != nil {
		v.assigned = true
		v.inExpr = v.inExpr || inExpr
	}
}

// use resolves a name and returns its variable, or nil.
func (r *resolver) use(name string) *variable {
	v := r.u.lookup(name, r.fn)
	if v == nil || v.kind > paramVar || v.fn == r.fn {
		return v
	}
	v.captured = true
	for fn := r.fn; fn != nil && fn != v.fn; fn = fn.outer {
		fn.capture(v)
	}
	return v
}

func (r *resolver) exprs(list []syntax.Expr) {
	for _, x := range list {
		r.expr(x)
	}
}

func (r *resolver) expr(x syntax.Expr) {
	if x == nil {
		return
	}
	if r.depth >= maxDepth {
		r.tooDeep(x.Position())
		return
	}
	r.depth++
	r.walk(x)
	r.depth--
}

func (r *resolver) walk(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Ident:
		r.use(x.Name)
	case *syntax.Self, *syntax.Super:
		r.self()
	case *syntax.Unary:
		r.expr(x.X)
	case *syntax.Binary:
		r.expr(x.X)
		r.expr(x.Y)
	case *syntax.AssignExpr:
		r.expr(x.Y)
		r.assign(x.X, true)
	case *syntax.IncDec:
		r.assign(x.X, true)
	case *syntax.Cond:
		r.expr(x.C)
		r.expr(x.A)
		r.expr(x.B)
	case *syntax.Paren:
		r.exprs(x.List)
	case *syntax.ArrayLit:
		r.exprs(x.List)
	case *syntax.JSONLit:
		r.exprs(x.Keys)
		r.exprs(x.Vals)
	case *syntax.BlockLit:
		r.block(x)
	case *syntax.Index:
		r.expr(x.X)
		r.exprs(x.List)
	default:
		r.walkCall(x)
	}
}

// walkCall goes on with the kinds of expressions that walk leaves.
func (r *resolver) walkCall(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Call:
		r.args(x.Args)
	case *syntax.MacroCall:
		r.macro(x.Macro)
		r.args(x.Args)
	case *syntax.Member:
		r.expr(x.X)
		r.macro(x.Dyn)
	case *syntax.Send:
		r.expr(x.X)
		r.macro(x.Dyn)
		r.args(x.Args)
	case *syntax.Macro:
		r.macro(x)
	case *syntax.AliasField:
		r.expr(x.AliasX)
		r.macro(x.FieldX)
	case *syntax.AliasExpr:
		r.expr(x.AliasX)
		r.expr(x.X)
	case *syntax.Ref:
		r.ref(x)
	}
}

func (r *resolver) macro(m *syntax.Macro) {
	if m != nil {
		r.exprs(m.Parts)
	}
}

// args resolves arguments. The name of one is a variable if such is in sight.
func (r *resolver) args(args []syntax.Arg) {
	for i := range args {
		if args[i].Name != "" {
			r.use(args[i].Name)
		}
		r.expr(args[i].X)
	}
}

func (r *resolver) ref(x *syntax.Ref) {
	id, ok := unparen(x.X).(*syntax.Ident)
	if !ok {
		r.expr(x.X)
		return
	}
	if v := r.use(id.Name); v != nil {
		v.byRef, v.assigned = true, true
	}
}

// self notes that Self is used. Outside methods it may be a variable's name.
func (r *resolver) self() {
	if v := r.u.symbol("SELF").bound; v != nil {
		r.use("SELF")
		return
	}
	r.fn.usesSelf = true
}

func (r *resolver) block(x *syntax.BlockLit) {
	fn := &function{outer: r.fn, method: r.fn.method, tables: r.fn.tables}
	r.fn.blocks.put(x, fn)
	r.fn = fn
	r.params(x.Params)
	for i, e := range x.Body {
		if i < len(x.Body)-1 {
			r.effect(e)
		} else {
			r.expr(e)
		}
	}
	r.u.unbind(fn.params)
	r.number()
	r.fn = fn.outer
}

// unparen returns x without the parentheses around it.
func unparen(x syntax.Expr) syntax.Expr {
	for {
		p, ok := x.(*syntax.Paren)
		if !ok || len(p.List) != 1 {
			return x
		}
		x = p.List[0]
	}
}
