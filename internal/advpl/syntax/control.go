package syntax

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

func (p *parser) ifStmt() {
	pos := p.tok().Pos
	s := &IfStmt{Pos: pos}
	p.open(ifBlock, pos)
	s.Arms = append(s.Arms, p.arm(1))
	for {
		kw, n := p.divider()
		if kw == kwElse {
			p.elseWord()
			s.HasElse = true
			s.Else = p.body()
		}
		if kw != kwElseIf {
			break
		}
		s.Arms = append(s.Arms, p.arm(n))
	}
	s.End = p.shut()
	p.add(s)
}

// arm parses a word of n tokens that a condition follows, and what the condition
// guards.
func (p *parser) arm(n int) CondArm {
	a := CondArm{Pos: p.tok().Pos}
	for range n {
		p.next()
	}
	a.Cond = p.expr()
	p.endStmt()
	a.Body = p.body()
	return a
}

// elseWord goes past a dividing word that stands alone. A name that follows it
// is ignored; anything else is the first statement that it guards.
func (p *parser) elseWord() {
	p.next()
	if p.atEnd() || p.kind() == preproc.Ident && endsStmt(p.peek(1).Kind) {
		p.closeStmt()
	}
}

func (p *parser) whileStmt(pos source.Pos) {
	s := &WhileStmt{Pos: pos, Cond: p.expr()}
	p.endStmt()
	p.open(whileBlock, pos)
	s.Body = p.body()
	s.End = p.shut()
	p.add(s)
}

// doStmt parses Do While, Do Case and Do name [With args].
func (p *parser) doStmt() {
	t := p.next()
	switch lookup(p.tok().Text) {
	case kwWhile:
		p.next()
		p.whileStmt(t.Pos)
		return
	case kwCase:
		p.next()
		p.caseStmt(t.Pos)
		return
	}
	p.add(&ExprStmt{Pos: t.Pos, X: p.doCall()})
	p.endStmt()
}

// doCall parses name [With args], a call that passes variables by reference.
func (p *parser) doCall() Expr {
	var x Expr
	var args *[]Arg
	if t := p.tok(); t.Kind == preproc.Amp {
		m := &MacroCall{Pos: t.Pos, Macro: p.macro("", t.Pos)}
		x, args = m, &m.Args
	} else {
		name := p.dottedName("While, Case or the name of a function after Do")
		c := &Call{Pos: name.Pos, Name: name.Text}
		x, args = c, &c.Args
		if p.kind() == preproc.LParen {
			c.Args = p.arguments()
		}
	}
	if p.acceptWord("with") {
		for {
			*args = append(*args, byRef(p.argument()))
			if p.bad || !p.accept(preproc.Comma) {
				break
			}
		}
	}
	return x
}

// byRef makes a variable a reference.
func byRef(a Arg) Arg {
	if id, ok := a.X.(*Ident); ok {
		a.X = &Ref{Pos: id.Pos, X: id}
	}
	return a
}

func (p *parser) caseStmt(pos source.Pos) {
	s := &CaseStmt{Pos: pos}
	p.endStmt()
	p.open(caseBlock, pos)
	s.Arms, s.Else, s.HasElse = p.cases()
	s.End = p.shut()
	p.add(s)
}

func (p *parser) switchStmt() {
	s := &SwitchStmt{Pos: p.next().Pos}
	s.X = p.expr()
	p.endStmt()
	p.open(switchBlock, s.Pos)
	s.Arms, s.Else, s.HasElse = p.cases()
	s.End = p.shut()
	p.add(s)
}

// cases parses Case and Otherwise. Statements before the first are an error.
func (p *parser) cases() (arms []CondArm, other []Stmt, hasOther bool) {
	if early := p.body(); len(early) > 0 {
		p.errorf(early[0].Position(), "statement before the first Case")
		p.bad = false
	}
	for !hasOther {
		switch {
		case p.isDivider(kwCase):
			arms = append(arms, p.arm(1))
		case p.isDivider(kwOtherwise):
			p.elseWord()
			other, hasOther = p.body(), true
		default:
			return arms, other, hasOther
		}
	}
	return arms, other, hasOther
}

// forStmt parses For v := from To limit [Step step] and For Each v In x.
func (p *parser) forStmt() {
	pos := p.next().Pos
	if p.isWord("each") && p.peek(1).Kind == preproc.Ident {
		p.next()
		p.forEachStmt(pos)
		return
	}
	s := &ForStmt{Pos: pos, Decl: p.localWord()}
	s.Var, s.From = p.counter(s)
	if !p.acceptWord("to") {
		p.unexpected("To")
	}
	s.To = p.expr()
	if p.kind() == preproc.Ident && abbreviates(p.tok().Text, "step") {
		p.next()
		s.Step = p.expr()
	}
	p.endStmt()
	p.open(forBlock, pos)
	s.Body = p.body()
	s.End = p.shut()
	p.add(s)
}

// localWord goes past Local or Var before a counter that is declared.
func (p *parser) localWord() bool {
	if p.peek(1).Kind == preproc.Ident && !wordIs(p.peek(1), "as") &&
		(p.isWord("local") || p.isWord("var")) {
		p.next()
		return true
	}
	return false
}

// counter parses v [As type] := from.
func (p *parser) counter(s *ForStmt) (v, from Expr) {
	x := p.unary()
	if paren, ok := x.(*Paren); ok && len(paren.List) == 1 {
		x = paren.List[0]
	}
	if a, ok := x.(*AssignExpr); ok && a.Op == preproc.Assign {
		return a.X, a.Y
	}
	s.Type = p.optionalType()
	if !p.accept(preproc.Eq) {
		p.expect(preproc.Assign)
	}
	p.checkAssignable(x)
	return x, p.expr()
}

func (p *parser) forEachStmt(pos source.Pos) {
	s := &ForEachStmt{Pos: pos, Decl: p.localWord()}
	s.Var = p.postfix()
	p.checkAssignable(s.Var)
	p.optionalType()
	if !p.acceptWord("in") {
		p.unexpected("In")
	}
	s.X = p.expr()
	p.endStmt()
	p.open(forBlock, pos)
	s.Body = p.body()
	s.End = p.shut()
	p.add(s)
}

// beginStmt parses Begin Sequence and Begin Transaction.
func (p *parser) beginStmt() {
	t := p.next()
	switch word := p.tok().Text; {
	case abbreviates(word, "sequence"):
		p.next()
		p.sequenceStmt(t.Pos)
	case abbreviates(word, "transaction"):
		p.next()
		p.transactionStmt(t.Pos)
	default:
		p.unexpected("Sequence or Transaction after Begin")
		p.closeStmt()
	}
}

func (p *parser) sequenceStmt(pos source.Pos) {
	s := &SequenceStmt{Pos: pos}
	if p.acceptWord("with") {
		s.With = p.expr()
	}
	p.endStmt()
	p.open(sequenceBlock, pos)
	s.Body = p.body()
	if p.isDivider(kwRecover) {
		p.next()
		s.HasRecover = true
		if p.acceptWord("using") {
			s.Using = p.postfix()
			p.checkAssignable(s.Using)
		}
		p.endStmt()
		s.Recover = p.body()
	}
	if p.isDivider(kwAlways) {
		p.elseWord()
		s.Always = p.body()
	}
	s.End = p.shut()
	p.add(s)
}

// transactionStmt parses Begin Transaction from its end on. The two words need
// not stand in the same block; where they do not, each is a call.
func (p *parser) transactionStmt(pos source.Pos) {
	s := &TransactionStmt{Pos: pos}
	p.endStmt()
	p.open(transactionBlock, pos)
	s.Body = p.body()
	kw, _ := p.divider()
	closed := kw == kwEnd || kw == kwEndTransaction
	if closed && !p.blocks[len(p.blocks)-1].ended {
		s.End = p.shut()
		p.add(s)
		return
	}
	p.drop()
	p.callStmt(pos, beginTransaction)
	p.stmts = append(p.stmts, s.Body...)
	if closed {
		p.endTransaction()
	}
}

// endTransaction goes past an End Transaction that is a call.
func (p *parser) endTransaction() {
	for i := len(p.blocks) - 1; i >= 0; i-- {
		if p.blocks[i].kind == transactionBlock {
			p.blocks[i].ended = true
			break
		}
	}
	p.callStmt(p.tok().Pos, endTransaction)
	p.closeStmt()
}

// Functions that begin and end a transaction.
const (
	beginTransaction = "__BEGINTRAN"
	endTransaction   = "__ENDTRAN"
)

// callStmt adds the call of a function without arguments.
func (p *parser) callStmt(pos source.Pos, name string) {
	p.add(&ExprStmt{Pos: pos, X: &Call{Pos: pos, Name: name}})
}

func (p *parser) tryStmt() {
	s := &TryStmt{Pos: p.next().Pos}
	p.endStmt()
	p.open(tryBlock, s.Pos)
	s.Body = p.body()
	if p.isDivider(kwCatch) {
		p.next()
		s.HasCatch = true
		p.catchVar(s)
		p.endStmt()
		s.Handler = p.body()
	}
	if p.isDivider(kwFinally) {
		p.elseWord()
		s.Finally = p.body()
	}
	s.End = p.shut()
	p.add(s)
}

// catchVar parses [v [As type]] after Catch, perhaps in parentheses.
func (p *parser) catchVar(s *TryStmt) {
	if p.atEnd() {
		return
	}
	paren := p.accept(preproc.LParen)
	s.Catch = p.postfix()
	p.checkAssignable(s.Catch)
	s.Type = p.optionalType()
	if paren {
		p.expect(preproc.RParen)
	}
}
