package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// context is a loop, a switch, or a handler around the statement that is being
// emitted.
type context struct {
	outer   *context
	exit    *label // of loops and switches: where Exit goes
	next    *label // of loops: where Loop goes
	handler bool
	final   func() // of handlers: emits what must run when the statement is left; or nil
}

// finalizes tells whether leaving c and what is around it runs statements.
func (c *context) finalizes() bool {
	for ; c != nil; c = c.outer {
		if c.final != nil {
			return true
		}
	}
	return false
}

// within emits body inside a context.
func (g *gen) within(c context, body func()) {
	c.outer = g.jumps
	g.jumps = &c
	body()
	g.jumps = c.outer
}

// leave emits what must be done before a jump from the innermost context to one
// that stays: handlers are popped, and what always runs at their end is run.
func (g *gen) leave(until *context) {
	saved := g.jumps
	handlers := 0
	for c := g.jumps; c != until; c = c.outer {
		if c.handler {
			handlers++
		}
		if c.final == nil {
			continue
		}
		g.endTry(handlers)
		handlers = 0
		g.jumps = c.outer
		found := len(g.u.findings)
		c.final()
		if g.failed {
			break
		}
		g.u.findings = g.u.findings[:found] // they are found where the block ends, too
	}
	g.jumps = saved
	g.endTry(handlers)
}

func (g *gen) endTry(n int) {
	if n > 0 {
		g.emit(code.ENDTRY, reg(n), 0, 0)
	}
}

// leaveLoop emits Loop and Exit.
func (g *gen) leaveLoop(pos source.Pos, loop bool) {
	for c := g.jumps; c != nil; c = c.outer {
		to := c.exit
		if loop {
			to = c.next
		}
		if to == nil {
			continue
		}
		g.leave(c)
		g.jumpTo(to)
		return
	}
	if loop {
		g.u.findings.Errorf(pos, "Loop outside a loop")
	} else {
		g.u.findings.Errorf(pos, "Exit outside a loop or Switch")
	}
}

// jumpTo jumps to a label: backwards by LOOP, which lets the machine interrupt.
func (g *gen) jumpTo(l *label) {
	if l.set {
		g.jump(code.LOOP, 0, l)
	} else {
		g.jump(code.JMP, 0, l)
	}
}

// body emits the statements of a loop.
func (g *gen) body(list []syntax.Stmt, next, exit *label) {
	g.loops++
	g.within(context{next: next, exit: exit}, func() { g.stmts(list) })
	g.loops--
}

func (g *gen) while(s *syntax.WhileStmt) {
	var next, exit label
	g.head(&next)
	g.condJump(s.Cond, false, &exit)
	g.body(s.Body, &next, &exit)
	if !g.ended() {
		g.jump(code.LOOP, 0, &next)
	}
	g.bind(&exit)
}

// forStmt emits For. Limit and step are evaluated for every turn, in the order
// from, limit, step.
func (g *gen) forStmt(s *syntax.ForStmt) {
	step, constant := 1.0, true
	if s.Step != nil {
		var c code.Const
		c, constant = constantOf(s.Step)
		constant = constant && c.Kind == code.ConstNum && c.Num != 0
		step = c.Num
	}
	g.bindLoopVar(s)
	r, plain := g.plain(s.Var)
	switch {
	case plain && constant && step == 1 && g.isSteady(s.To):
		g.forLoop(s, r)
	case constant:
		g.forConst(s, step)
	default:
		g.forAny(s)
	}
}

// bindLoopVar brings the variable that a loop declares into sight.
func (g *gen) bindLoopVar(s syntax.Stmt) {
	if v := g.fn.fors[s]; v != nil {
		g.u.bind(v)
		g.showLocal(v)
	}
}

// isSteady tells whether reading the limit takes no instructions.
func (g *gen) isSteady(x syntax.Expr) bool {
	if c, ok := constantOf(x); ok {
		return c.Kind == code.ConstNum
	}
	_, ok := g.plain(x)
	return ok
}

// forLoop emits a For whose end of a turn is one instruction.
func (g *gen) forLoop(s *syntax.ForStmt, v reg) {
	var turn, next, exit label
	g.into(s.From, v)
	op := code.FORLOOP
	limit, _ := g.plain(s.To)
	if c, ok := constantOf(s.To); ok {
		op, limit = code.FORLOOPK, g.constant(c)
		g.compare(code.JNLEK, v, limit, &exit)
	} else {
		g.compare(code.JNLE, v, limit, &exit)
	}
	g.head(&turn)
	g.body(s.Body, &next, &exit)
	g.bind(&next)
	g.at(s.Pos)
	g.turn(op, v, limit, &turn)
	g.bind(&exit)
}

// turn emits the end of a turn of forLoop. In far mode FORLOOP skips a jump out of
// the loop.
func (g *gen) turn(op code.Op, v, limit reg, l *label) {
	if !g.far {
		g.target(g.emit(op, v, limit, 0), l)
		return
	}
	g.emit(op, v, limit, 1)
	g.emitBx(code.JMP, 0, 1)
	g.jump(code.LOOP, 0, l)
}

// forConst emits a For with a constant step.
func (g *gen) forConst(s *syntax.ForStmt, step float64) {
	var test, next, exit label
	g.assignTo(s.Var, s.From, noReg)
	g.head(&test)
	g.condJump(&syntax.Binary{Pos: s.Pos, Op: goesOn(step), X: s.Var, Y: s.To}, false, &exit)
	g.body(s.Body, &next, &exit)
	g.bind(&next)
	g.at(s.Pos)
	g.step(s, func(p place) {
		if p.kind == plainPlace {
			g.emit(code.ADDK, p.a, p.a, g.constant(number(step)))
			return
		}
		t := g.alloc()
		g.load(p, t)
		g.emit(code.ADDK, t, t, g.constant(number(step)))
		g.store(p, t)
	})
	g.jump(code.LOOP, 0, &test)
	g.bind(&exit)
}

// goesOn returns the comparison of variable and limit that lets a For go on.
func goesOn(step float64) preproc.Kind {
	if step < 0 {
		return preproc.GreaterEq
	}
	return preproc.LessEq
}

// forAny emits a For whose step is not known.
func (g *gen) forAny(s *syntax.ForStmt) {
	var test, next, exit label
	g.assignTo(s.Var, s.From, noReg)
	g.head(&test)
	top := g.top
	v := g.protect(g.operand(s.Var), s.To, s.Step)
	limit := g.protect(g.operand(s.To), s.Step)
	step := g.alloc()
	g.into(s.Step, step)
	g.emit(code.STEPTEST, step, v, limit)
	g.jump(code.JT, step, &exit)
	g.top = top
	g.body(s.Body, &next, &exit)
	g.bind(&next)
	g.at(s.Pos)
	g.step(s, func(p place) {
		t := g.alloc()
		g.load(p, t)
		g.emit(code.ADD, t, t, g.operand(s.Step))
		g.store(p, t)
	})
	g.jump(code.LOOP, 0, &test)
	g.bind(&exit)
}

// step emits the change of a loop's variable.
func (g *gen) step(s *syntax.ForStmt, add func(p place)) {
	top := g.top
	add(g.place(s.Var, s.Step))
	g.top = top
}

func (g *gen) forEach(s *syntax.ForEachStmt) {
	var next, exit label
	base := g.alloc()
	g.into(s.X, base)
	g.loadNil(g.alloc(), 1)
	val := g.alloc()
	g.bindLoopVar(s)
	g.head(&next)
	g.jump(code.ITER, base, &exit)
	top := g.top
	g.store(g.place(s.Var), val)
	g.top = top
	g.body(s.Body, &next, &exit)
	g.jump(code.LOOP, 0, &next)
	g.bind(&exit)
}

// switchStmt emits Switch: a chain of compares, then the arms, each of which goes
// on with the next unless it is left by Exit.
func (g *gen) switchStmt(s *syntax.SwitchStmt) {
	var exit, rest label
	x := g.alloc()
	g.into(s.X, x)
	arms := make([]label, len(s.Arms))
	for i := range s.Arms {
		g.at(s.Arms[i].Pos)
		g.caseJump(x, s.Arms[i].Cond, &arms[i])
	}
	g.jump(code.JMP, 0, &rest)
	g.within(context{exit: &exit}, func() {
		for i := range s.Arms {
			g.bind(&arms[i])
			g.stmts(s.Arms[i].Body)
		}
		g.bind(&rest)
		g.stmts(s.Else)
	})
	g.bind(&exit)
}

func (g *gen) caseJump(x reg, val syntax.Expr, l *label) {
	if c, ok := constantOf(val); ok {
		g.compare(code.JEEQK, x, g.constant(c), l)
		return
	}
	top := g.top
	g.compare(code.JEEQ, x, g.operand(val), l)
	g.top = top
}
