package compile

import (
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/syntax"
)

// handled emits body under a handler that continues at l with R[r].
func (g *gen) handled(op code.Op, r reg, l *label, final func(), body func()) {
	g.jump(op, r, l)
	if g.open++; g.open > code.MaxHandlers {
		g.fail("more than %d sequences and tries are nested", code.MaxHandlers)
		return
	}
	g.within(context{handler: true, final: final}, body)
	g.open--
	if !g.ended() {
		g.endTry(1)
	}
}

// guarded emits body, and final whichever way body is left.
func (g *gen) guarded(body, final func()) {
	var l label
	pending := g.alloc()
	g.handled(code.FINALLY, pending, &l, final, body)
	if !g.ended() {
		g.emit(code.LOADNIL, pending, 1, 0)
	}
	g.bind(&l)
	final()
	if !g.ended() {
		g.emit(code.RESUME, pending, 0, 0)
	}
}

// always emits body and, if there are any, the statements that run whichever way
// it is left. They see the first n locals of the function.
func (g *gen) always(list []syntax.Stmt, n int, body func()) {
	if len(list) == 0 {
		body()
		return
	}
	g.guarded(body, func() {
		line, pos := g.line, g.pos
		g.u.seeing(g.fn.locals[:n], func() { g.stmts(list) })
		g.line, g.pos = line, pos
	})
}

func (g *gen) try(s *syntax.TryStmt) {
	if !s.HasCatch && len(s.Finally) == 0 {
		g.stmts(s.Body)
		return
	}
	g.always(s.Finally, g.fn.tries[s], func() {
		if s.HasCatch {
			g.catch(s)
		} else {
			g.stmts(s.Body)
		}
	})
}

func (g *gen) catch(s *syntax.TryStmt) {
	var l, end label
	err := g.alloc()
	g.handled(code.TRY, err, &l, nil, func() { g.stmts(s.Body) })
	if !g.ended() {
		g.jump(code.JMP, 0, &end)
	}
	g.bind(&l)
	if s.Catch != nil {
		g.storeTo(s.Catch, err)
	}
	g.stmts(s.Handler)
	g.bind(&end)
}

// storeTo assigns a register to what x names.
func (g *gen) storeTo(x syntax.Expr, r reg) {
	top := g.top
	g.at(x.Position())
	g.store(g.place(x), r)
	g.top = top
}

func (g *gen) sequence(s *syntax.SequenceStmt) {
	g.always(s.Always, g.fn.tries[s], func() { g.recover(s) })
}

// recover emits a sequence without its last part. Without Recover a Break goes on
// at its end.
func (g *gen) recover(s *syntax.SequenceStmt) {
	var l, end label
	val := g.alloc()
	g.withBlock(s.With, func(body func()) {
		g.handled(code.SEQUENCE, val, &l, nil, body)
	}, func() { g.stmts(s.Body) })
	if len(s.Recover) == 0 && s.Using == nil {
		g.bind(&l)
		return
	}
	if !g.ended() {
		g.jump(code.JMP, 0, &end)
	}
	g.bind(&l)
	if s.Using != nil {
		g.storeTo(s.Using, val)
	}
	g.stmts(s.Recover)
	g.bind(&end)
}

// withBlock emits body under the handler that handle emits. With sets the error
// block meanwhile: the one before is set again before the handler is left.
func (g *gen) withBlock(with syntax.Expr, handle func(body func()), body func()) {
	if with == nil {
		handle(body)
		return
	}
	old := g.alloc()
	g.errorBlock(old, func(arg reg) { g.into(with, arg) })
	handle(func() {
		g.guarded(body, func() {
			top := g.top
			g.errorBlock(g.alloc(), func(arg reg) { g.move(arg, old) })
			g.top = top
		})
	})
}

// errorBlock emits R[base] = ErrorBlock(arg); base is the last register in use.
func (g *gen) errorBlock(base reg, load func(arg reg)) {
	load(g.alloc())
	g.emit(code.CALL, base, 1, g.name("ERRORBLOCK"))
	g.top = int(base) + 1
}

// transaction emits Begin Transaction … End Transaction. However the statements
// are left but by an error or Break, the transaction is ended.
func (g *gen) transaction(s *syntax.TransactionStmt) {
	g.callPlain("__BEGINTRAN")
	end := func() { g.callPlain("__ENDTRAN") }
	g.within(context{final: end}, func() { g.stmts(s.Body) })
	if !g.ended() {
		end()
	}
}

// callPlain emits a call without arguments whose value is dropped.
func (g *gen) callPlain(name string) {
	r := g.alloc()
	g.emit(code.CALL, r, 0, g.name(name))
	g.top--
}
