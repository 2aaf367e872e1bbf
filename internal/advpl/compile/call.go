package compile

import (
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// arguments is what is known of a call's arguments after they were emitted.
type arguments struct {
	n     reg
	refs  bool // one is passed by reference
	rest  bool // the last is ...
	named []string
}

// pick returns the form of a call's operation.
func (a arguments) pick(plain, refs, rest code.Op) code.Op {
	switch {
	case a.rest:
		return rest
	case a.refs:
		return refs
	}
	return plain
}

// args emits arguments to the registers above those in use. Names of arguments are
// taken as such if named is not nil and agrees.
func (g *gen) args(list []syntax.Arg, named func(string) bool) arguments {
	var a arguments
	for i := range list {
		arg := &list[i]
		if rest, ok := arg.X.(*syntax.Rest); ok {
			a.rest = true
			if i != len(list)-1 || a.named != nil {
				g.u.findings.Errorf(rest.Pos, "... must be the last argument, after arguments without names")
			}
			break
		}
		r := g.alloc()
		a.n++
		g.arg(arg, r, named, &a)
	}
	return a
}

// arg emits one argument.
func (g *gen) arg(arg *syntax.Arg, r reg, named func(string) bool, a *arguments) {
	switch {
	case arg.Name != "" && named != nil && named(arg.Name):
		for len(a.named) < int(a.n)-1 {
			a.named = append(a.named, "")
		}
		a.named = append(a.named, upper(arg.Name))
	case arg.Name != "":
		g.into(&syntax.Binary{
			Pos: arg.NamePos,
			Op:  preproc.Eq,
			X:   &syntax.Ident{Pos: arg.NamePos, Name: arg.Name},
			Y:   arg.X,
		}, r)
		return
	}
	if x, ok := arg.X.(*syntax.Ref); ok {
		a.refs = g.ref(x, r) || a.refs
		return
	}
	g.into(arg.X, r)
}

// ref emits a reference to what x names and tells whether it did: members with
// computed names, and fields, are passed by value.
func (g *gen) ref(x *syntax.Ref, dest reg) bool {
	top := g.top
	p := g.place(x.X)
	ok := g.refTo(p, dest)
	if !ok {
		g.load(p, dest)
	}
	g.top = top
	return ok
}

func (g *gen) refTo(p place, dest reg) bool {
	switch p.kind {
	case plainPlace, refPlace:
		g.emit(code.REFLOCAL, dest, p.a, 0)
	case upPlace:
		g.emit(code.REFUP, dest, reg(p.n), 0)
	case staticPlace:
		g.emitBx(code.REFSTATIC, dest, p.n)
	case varPlace, memPlace:
		g.emitBx(code.REFVAR, dest, p.n)
	case varXPlace, macroPlace:
		g.emit(code.REFVARX, dest, p.a, 0)
	case indexPlace:
		g.emit(code.REFINDEX, dest, p.a, p.b)
	case indexKPlace:
		k := g.alloc()
		g.loadConst(k, g.consts[p.n])
		g.emit(code.REFINDEX, dest, p.a, k)
	case propPlace:
		g.emit(code.REFPROP, dest, p.a, reg(p.n))
	default:
		return false
	}
	return true
}

// call emits a call of a function by its name.
func (g *gen) call(x *syntax.Call, dest reg) {
	switch name := g.u.symbol(x.Name).name; {
	case name == "EVAL" && g.isEval(x):
		g.eval(x, dest)
		return
	case name == "BREAK" && len(x.Args) <= 1 && !g.u.hasFunc(name):
		g.breakCall(x)
		return
	case name == "STATICCALL":
		x = staticCall(x)
	}
	base := g.temp(dest)
	a := g.args(x.Args, g.named(g.u.symbol(x.Name).name))
	switch {
	case a.named != nil:
		g.emitNamed(code.CALLN, base, x.Name, a)
	default:
		g.emit(a.pick(code.CALL, code.CALLR, code.CALLV), base, a.n, g.name(x.Name))
	}
	g.move(dest, base)
}

// named returns what tells whether the name before = in an argument is that of a
// parameter: in TLPP, if no variable of the name is in sight, or if the function is in
// this source and has such a parameter. callee is "" for methods.
func (g *gen) named(callee string) func(string) bool {
	if !g.u.tlpp {
		return nil
	}
	return func(name string) bool {
		if g.lookup(name) == nil {
			return true
		}
		d := g.u.funcs[callee]
		return d != nil && slices.ContainsFunc(d.Params, func(p *syntax.Param) bool { return strings.EqualFold(p.Name, name) })
	}
}

// emitNamed emits a call with named arguments.
func (g *gen) emitNamed(op code.Op, base reg, name string, a arguments) {
	for len(a.named) < int(a.n) {
		a.named = append(a.named, "")
	}
	n := len(g.out.Named)
	if n >= maxNames {
		g.fail("function %s has more than %d calls with named arguments", g.subject.name, maxNames)
		return
	}
	g.out.Named = append(g.out.Named, code.NamedCall{Func: upper(name), Args: a.named})
	g.emit(op, base, a.n, reg(n))
}

// hasFunc tells whether the source has a function that is linked by the name.
func (u *unit) hasFunc(name string) bool {
	_, ok := u.funcs[name]
	return ok
}

// isEval tells whether a call of Eval is the evaluation of a block.
func (g *gen) isEval(x *syntax.Call) bool {
	if len(x.Args) == 0 || x.Args[0].Name != "" || g.u.hasFunc("EVAL") {
		return false
	}
	switch x.Args[0].X.(type) {
	case *syntax.Ref, *syntax.Rest:
		return false
	}
	return true
}

func (g *gen) eval(x *syntax.Call, dest reg) {
	base := g.temp(dest)
	g.into(x.Args[0].X, base)
	a := g.args(x.Args[1:], nil)
	g.emit(a.pick(code.EVAL, code.EVALR, code.EVALV), base, a.n, 0)
	g.move(dest, base)
}

// breakCall emits Break(x), which never returns.
func (g *gen) breakCall(x *syntax.Call) {
	var v syntax.Expr
	if len(x.Args) > 0 {
		v = x.Args[0].X
	}
	g.emit(code.BREAK, g.operand(v), 0, 0)
}

// staticCall returns a call of StaticCall with the names of source and function as
// strings, which they are although they are written as names.
func staticCall(x *syntax.Call) *syntax.Call {
	args := append([]syntax.Arg(nil), x.Args...)
	for i := range min(len(args), 2) {
		if id, ok := args[i].X.(*syntax.Ident); ok {
			args[i].X = &syntax.Literal{Pos: id.Pos, Kind: syntax.StrLit, Str: upper(id.Name)}
		}
	}
	return &syntax.Call{Pos: x.Pos, Name: x.Name, Args: args}
}

// macroCall emits a call of a function whose name is computed.
func (g *gen) macroCall(x *syntax.MacroCall, dest reg) {
	base := g.temp(dest)
	g.move(base, g.text(x.Macro, base))
	a := g.args(x.Args, nil)
	if a.rest {
		g.noRest(x.Pos)
	}
	g.emit(code.CALLX, base, a.n, 0)
	g.move(dest, base)
}

func (g *gen) noRest(pos source.Pos) {
	g.u.findings.Errorf(pos, "... cannot be passed to a function or method whose name is computed")
}

// send emits a call of a method.
func (g *gen) send(x *syntax.Send, dest reg) {
	if x.Dyn != nil {
		g.sendDyn(x, dest)
		return
	}
	base := g.temp(dest)
	g.into(x.X, base)
	a := g.args(x.Args, g.named(""))
	_, super := x.X.(*syntax.Super)
	if a.named != nil && !super {
		g.emitNamed(code.SENDN, base, x.Name, a)
		g.move(dest, base)
		return
	}
	op := a.pick(code.SEND, code.SENDR, code.SENDV)
	if super {
		op = code.SUPER
		if a.named != nil {
			g.u.findings.Errorf(x.Pos, "arguments of a method of the parent class cannot have names")
		}
		if a.rest {
			g.u.findings.Errorf(x.Pos, "... cannot be passed to a method of the parent class")
		}
	}
	g.emit(op, base, a.n, g.name(x.Name))
	g.move(dest, base)
}

// sendDyn emits a call of a method whose name is computed, after the object and
// before the arguments, to a register below the window.
func (g *gen) sendDyn(x *syntax.Send, dest reg) {
	name := g.temp(dest)
	base := g.alloc()
	g.into(x.X, base)
	g.move(name, g.text(x.Dyn, noReg))
	g.top = int(base) + 1
	a := g.args(x.Args, nil)
	if a.rest {
		g.noRest(x.Pos)
	}
	g.emit(code.SENDX, base, a.n, name)
	g.move(dest, base)
}
