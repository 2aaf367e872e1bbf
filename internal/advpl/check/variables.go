package check

import (
	"slices"
	"strings"

	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// kind is what a name was declared as.
type kind uint8

const (
	localVar kind = iota
	paramVar
	otherVar // static, private, public, field, memvar
)

// variable is a declared name of a function.
type variable struct {
	name          string
	pos           source.Pos
	kind          kind
	read, written bool
}

// scope holds the names of a function or code block.
type scope struct {
	outer *scope
	vars  []*variable
	byKey map[string]*variable
}

// use is the first use of a name in a function that does not declare it.
type use struct {
	name     string
	key      string
	pos      source.Pos
	assigned bool
	locals   []string // those of the function
}

// names collects what is declared for more than one function.
func (c *checker) names() {
	c.declared, c.assigned = map[string]bool{}, map[string]bool{}
	for _, v := range c.src.Statics {
		c.declared[c.key(v.Name)] = true
	}
	for _, name := range surroundings {
		c.declared[c.key(name)] = true
	}
	syntax.Walk(c.src, func(n any) bool {
		if d, ok := n.(*syntax.DeclStmt); ok && d.Scope != syntax.LocalVar && d.Scope != syntax.StaticVar {
			for _, v := range d.Vars {
				c.declared[c.key(v.Name)] = true
			}
		}
		return true
	})
}

// surroundings are variables that programs find in place: those of the documented
// framework and of its routines.
var surroundings = []string{
	"acols", "aheader", "altera", "aparam", "arotina", "ccadastro", "cempant", "cfilant", "cmodulo", "cnumemp",
	"cusername", "cusuario", "ddatabase", "exclui", "inclui", "lautoerrnofile", "lmserroauto", "lmshelpauto", "n",
	"nmodulo", "nlastkey", "oapp", "omainwnd", "paramixb", "psworder", "tinternet", "__cuserid", "__lsx8",
}

// isSurrounding tells whether programs find the variable in place by its form: an
// answer to questions (mv_par01), or a field of the selected work area, whose name
// begins with two or three characters that stand for the table (A1_NAME).
func isSurrounding(key string) bool {
	if strings.HasPrefix(key, "MV_PAR") {
		return true
	}
	table, _, ok := strings.Cut(key, "_")
	return ok && (len(table) == 2 || len(table) == 3)
}

// key returns a name in the form in which names are compared: AdvPL counts ten
// letters.
func (c *checker) key(name string) string {
	if !c.src.File.TLPP && len(name) > 10 {
		name = name[:10]
	}
	return strings.ToUpper(name)
}

// resolver follows the names of one function.
type resolver struct {
	c     *checker
	scope *scope
	uses  map[string]*use
	order []*use
	alias int // how many alias->( … ) are around: names there may be fields
}

// variables checks the variables of a function.
func (c *checker) variables(params [][]*syntax.Param, body []syntax.Stmt) {
	r := &resolver{c: c, scope: newScope(nil), uses: map[string]*use{}}
	for _, list := range params {
		r.params(list)
	}
	for _, s := range body {
		syntax.Walk(s, r.visit)
	}
	r.unused()
	var locals []string
	for _, v := range r.scope.vars {
		locals = append(locals, v.name)
	}
	for _, u := range r.order {
		u.locals = locals
		c.uses = append(c.uses, *u)
		c.assigned[u.key] = c.assigned[u.key] || u.assigned
	}
}

func newScope(outer *scope) *scope { return &scope{outer: outer, byKey: map[string]*variable{}} }

// declare adds a variable to the innermost scope.
func (r *resolver) declare(name string, pos source.Pos, k kind) {
	key := r.c.key(name)
	if k != otherVar {
		r.shadow(name, key, pos)
	}
	if r.scope.byKey[key] != nil {
		return
	}
	v := &variable{name: name, pos: pos, kind: k}
	r.scope.vars = append(r.scope.vars, v)
	r.scope.byKey[key] = v
}

// shadow warns if the variable hides one that is seen here.
func (r *resolver) shadow(name, key string, pos source.Pos) {
	for s := r.scope.outer; s != nil; s = s.outer {
		if v := s.byKey[key]; v != nil {
			r.c.warn(pos, shadowedLocal, "%s hides the variable of line %d", name, v.pos.Line)
			return
		}
	}
	if slices.ContainsFunc(r.c.src.Statics, func(v *syntax.VarDecl) bool { return r.c.key(v.Name) == key }) {
		r.c.warn(pos, shadowedLocal, "%s hides a static of the source", name)
	}
}

// lookup returns the variable that the name means, or nil.
func (r *resolver) lookup(key string) *variable {
	for s := r.scope; s != nil; s = s.outer {
		if v := s.byKey[key]; v != nil {
			return v
		}
	}
	return nil
}

// mention notes that a name is read, assigned, or both.
func (r *resolver) mention(name string, pos source.Pos, read, written bool) {
	key := r.c.key(name)
	if v := r.lookup(key); v != nil {
		v.read = v.read || read
		v.written = v.written || written
		return
	}
	if r.alias > 0 || r.c.declared[key] || isSurrounding(key) {
		return
	}
	u := r.uses[key]
	if u == nil {
		u = &use{name: name, key: key, pos: pos}
		r.uses[key] = u
		r.order = append(r.order, u)
	}
	u.assigned = u.assigned || written
}

func (r *resolver) params(list []*syntax.Param) {
	for _, p := range list {
		r.declare(p.Name, p.Pos, paramVar)
		syntax.Walk(p, r.visit)
	}
}

// visit handles what declares, assigns or reads a name; syntax.Walk goes through
// the rest.
func (r *resolver) visit(n any) bool {
	switch n := n.(type) {
	case *syntax.Ident:
		r.mention(n.Name, n.Pos, true, false)
	case *syntax.DeclStmt:
		r.declStmt(n)
		return false
	case *syntax.DefaultStmt:
		r.assign(n.Target, false)
		syntax.Walk(n.Value, r.visit)
		return false
	case *syntax.AssignExpr:
		syntax.Walk(n.Y, r.visit)
		r.assign(n.X, n.Op != assignOp && !n.Old)
		return false
	case *syntax.IncDec:
		r.assign(n.X, true)
		return false
	case *syntax.Ref:
		r.assign(n.X, true)
		return false
	case *syntax.BlockLit:
		r.block(n)
		return false
	case *syntax.AliasExpr:
		r.aliasExpr(n)
		return false
	case *syntax.ForStmt:
		r.loopVar(n.Var, n.Decl)
		r.walk(n.From, n.To, n.Step)
		r.walkStmts(n.Body)
		return false
	case *syntax.ForEachStmt:
		r.walk(n.X)
		r.loopVar(n.Var, n.Decl)
		r.walkStmts(n.Body)
		return false
	case *syntax.SequenceStmt:
		r.walk(n.With)
		r.walkStmts(n.Body)
		r.handlerVar(n.Using)
		r.walkStmts(n.Recover)
		r.walkStmts(n.Always)
		return false
	case *syntax.TryStmt:
		r.walkStmts(n.Body)
		r.catch(n.Catch)
		r.walkStmts(n.Handler)
		r.walkStmts(n.Finally)
		return false
	case *syntax.Call:
		r.argNames(n.Args)
	case *syntax.Send:
		r.argNames(n.Args)
	case *syntax.MacroCall:
		r.argNames(n.Args)
	}
	return true
}

func (r *resolver) walk(list ...syntax.Expr) {
	for _, x := range list {
		syntax.Walk(x, r.visit)
	}
}

func (r *resolver) walkStmts(list []syntax.Stmt) {
	for _, s := range list {
		syntax.Walk(s, r.visit)
	}
}

// argNames notes f(name = x), which in AdvPL compares the variable name.
func (r *resolver) argNames(args []syntax.Arg) {
	for _, a := range args {
		if v := r.lookup(r.c.key(a.Name)); v != nil {
			v.read = true
		}
	}
}

func (r *resolver) declStmt(d *syntax.DeclStmt) {
	k := otherVar
	if d.Scope == syntax.LocalVar {
		k = localVar
	}
	for _, v := range d.Vars {
		syntax.Walk(v, r.visit)
		if v.Name != "" {
			r.declare(v.Name, v.Pos, k)
		}
	}
}

// assign notes an assignment to x; read tells that its old value counts too.
func (r *resolver) assign(x syntax.Expr, read bool) {
	if id, ok := x.(*syntax.Ident); ok {
		r.mention(id.Name, id.Pos, read, true)
		return
	}
	r.walk(x)
}

// loopVar notes the variable of a loop, which counts as read: the loop itself
// reads it.
func (r *resolver) loopVar(x syntax.Expr, declares bool) {
	if id, ok := x.(*syntax.Ident); ok && declares {
		r.declare(id.Name, id.Pos, localVar)
	}
	r.assign(x, true)
}

// handlerVar notes the variable that Recover fills, which need not be read.
func (r *resolver) handlerVar(x syntax.Expr) {
	if x != nil {
		r.assign(x, true)
	}
}

// catch declares the variable of Catch if nobody has.
func (r *resolver) catch(x syntax.Expr) {
	if id, ok := x.(*syntax.Ident); ok && r.lookup(r.c.key(id.Name)) == nil {
		r.declare(id.Name, id.Pos, otherVar)
	}
	r.handlerVar(x)
}

func (r *resolver) block(b *syntax.BlockLit) {
	outer := r.scope
	r.scope = newScope(outer)
	r.params(b.Params)
	r.walk(b.Body...)
	r.scope = outer
}

func (r *resolver) aliasExpr(x *syntax.AliasExpr) {
	r.walk(x.AliasX)
	r.alias++
	r.walk(x.X)
	r.alias--
}

// unused reports what the function declares in vain.
func (r *resolver) unused() {
	for _, v := range r.scope.vars {
		switch {
		case v.kind == localVar && !v.read && !v.written:
			r.c.hint(v.pos, unusedLocal, "remove it", "local %s is not used", v.name)
		case v.kind == localVar && !v.read:
			r.c.warn(v.pos, unreadLocal, "local %s is assigned, but never read", v.name)
		case v.kind == paramVar && !v.read && !v.written:
			r.c.warn(v.pos, unusedParameter, "parameter %s is not used", v.name)
		}
	}
}

// minTypo is the length from which a name that is read can be a slip of the pen;
// shorter names are all near to one another.
const minTypo = 6

// undeclared reports the uses of names that nobody declares.
func (c *checker) undeclared() {
	for _, u := range c.uses {
		near := source.Near(u.name, u.locals)
		var f *source.Finding
		switch {
		case u.assigned:
			f = c.warn(u.pos, undeclaredVariable, "variable %s is not declared; assigning it makes a Private", u.name)
		case c.assigned[u.key]:
		case len(near) > 0 && len(u.name) >= minTypo:
			f = c.warn(u.pos, undeclaredVariable, "variable %s is not declared", u.name)
		default:
			c.warn(u.pos, unknownVariable, "%s is neither declared nor assigned in this source", u.name)
		}
		if f != nil {
			f.Near = near
			f.Hint = "declare it: Local " + u.name
		}
	}
}
