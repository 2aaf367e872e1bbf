package syntax

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

func (p *parser) add(s Stmt) { p.stmts = append(p.stmts, s) }

// statement parses one statement and adds it.
func (p *parser) statement() {
	switch t := p.tok(); t.Kind {
	case preproc.Ident:
		if kw := lookup(t.Text); kw != notKeyword && p.isKeyword(kw) {
			p.keywordStmt(kw)
			return
		}
	case preproc.Question:
		p.printStmt()
		return
	case preproc.At:
		if !p.atExpr() {
			p.strayAt()
		}
		return
	case preproc.SQL:
		p.errorf(t.Pos, "SQL outside of BeginSql and EndSql")
	}
	p.exprStmt()
}

// isKeyword tells whether the current token, which spells kw, is that keyword
// and not a name, by what follows it.
func (p *parser) isKeyword(kw keyword) bool {
	next := p.peek(1)
	switch next.Kind {
	case preproc.Colon, preproc.Arrow, preproc.LBracket, preproc.Dot, preproc.Eq, preproc.ExactEq:
		return false
	case preproc.PlusPlus, preproc.MinusMinus:
		return !endsStmt(p.peek(2).Kind)
	case preproc.Amp: // pre&name is a macro, If&(x) is not
		return next.Space || p.peek(2).Kind == preproc.LParen
	case preproc.LParen:
		return p.isKeywordParen(kw)
	}
	return kw <= kwEndTry && !isAssign(next.Kind)
}

// isKeywordParen tells the same where ( follows the word.
func (p *parser) isKeywordParen(kw keyword) bool {
	switch kw {
	case kwIf:
		return !p.isIfCall()
	case kwWhile, kwFor, kwSwitch, kwReturn, kwThrow, kwElse, kwElseIf, kwCase, kwCatch,
		kwEndIf, kwEndDo, kwEndCase, kwNext:
		return true
	}
	return false
}

// isIfCall tells whether If( at a statement's beginning is the function: the
// parentheses hold a comma of their own, and the statement ends behind them or
// goes on with what is attached to an operand.
func (p *parser) isIfCall() bool {
	depth, commas := 0, 0
	for i := p.i + 1; i < len(p.toks); i++ {
		switch k := p.toks[i].Kind; k {
		case preproc.LParen, preproc.LBracket, preproc.LBrace:
			depth++
		case preproc.RParen, preproc.RBracket, preproc.RBrace:
			if depth--; depth == 0 {
				next := p.toks[min(i+1, len(p.toks)-1)].Kind
				return commas > 0 && (endsStmt(next) || next == preproc.Colon || next == preproc.Arrow)
			}
		case preproc.Comma:
			if depth == 1 {
				commas++
			}
		case preproc.EOL, preproc.Semi, preproc.EOF:
			return false
		}
	}
	return false
}

// keywordStmt parses the statement that the keyword begins.
func (p *parser) keywordStmt(kw keyword) {
	t := p.tok()
	switch kw {
	case kwIf:
		p.ifStmt()
	case kwWhile:
		p.next()
		p.whileStmt(t.Pos)
	case kwFor:
		p.forStmt()
	case kwDo:
		p.doStmt()
	case kwSwitch:
		p.switchStmt()
	case kwBegin:
		p.beginStmt()
	case kwBeginSequence:
		p.next()
		p.sequenceStmt(t.Pos)
	case kwBeginTransaction:
		p.next()
		p.transactionStmt(t.Pos)
	case kwBeginSQL:
		p.sqlStmt()
	case kwTry:
		p.tryStmt()
	case kwDefault:
		p.defaultStmt()
	case kwReturn:
		p.next()
		p.add(&ReturnStmt{Pos: t.Pos, X: p.returnValue()})
		p.endStmt()
	case kwBreak:
		p.next()
		p.add(&BreakStmt{Pos: t.Pos, X: p.optionalExpr()})
		p.endStmt()
	case kwThrow:
		p.next()
		p.add(&ThrowStmt{Pos: t.Pos, X: p.expr()})
		p.endStmt()
	case kwExit:
		p.next()
		p.add(&ExitStmt{Pos: t.Pos})
		p.endStmt()
	case kwLoop:
		p.next()
		p.add(&LoopStmt{Pos: t.Pos})
		p.endStmt()
	default:
		if scope, ok := scopes[kw]; ok {
			p.declStmt(scope)
			return
		}
		p.exprStmt()
	}
}

// optionalExpr parses an expression, or nothing where the statement ends.
func (p *parser) optionalExpr() Expr {
	if p.atEnd() {
		return nil
	}
	return p.expr()
}

// returnValue parses what follows Return; Return() has no value.
func (p *parser) returnValue() Expr {
	if p.kind() == preproc.LParen && p.peek(1).Kind == preproc.RParen {
		p.next()
		p.next()
		return nil
	}
	return p.optionalExpr()
}

// exprStmt parses an expression as a statement; x = y assigns.
func (p *parser) exprStmt() {
	first := p.tok()
	x := p.unary()
	switch {
	case p.bad:
	case p.kind() == preproc.Eq && assignable(x):
		p.next()
		x = &AssignExpr{Pos: x.Position(), Op: preproc.Assign, X: x, Y: p.expr(), Old: true}
	default:
		x = p.operators(x, precOr)
	}
	p.checkEffect(first, x)
	s := p.alloc.stmt.new()
	*s = ExprStmt{Pos: first.Pos, X: x}
	p.add(s)
	p.endStmt()
}

// checkEffect reports a name before another operand, which is a word that begins
// no statement, and a name that stands alone where it seems a misspelt keyword.
func (p *parser) checkEffect(first *preproc.Token, x Expr) {
	id, ok := x.(*Ident)
	if !ok || p.bad {
		return
	}
	near := nearKeywords(id.Name)
	switch next := p.tok(); {
	case next.Kind == preproc.Ident, next.Kind == preproc.String, next.Kind == preproc.Number:
		f := source.Finding{Pos: first.Pos, Near: near,
			Message: "found " + describe(next) + " after " + id.Name + ", which begins no statement"}
		if len(near) == 0 {
			f.Hint = `a command of a header needs its #include, such as #include "totvs.ch"`
		}
		p.forgiven++
		p.fail(f)
	case p.atEnd() && len(near) > 0:
		p.fail(source.Finding{Pos: first.Pos, Near: near, Message: id.Name + " is no statement"})
	}
}

// nearKeywords returns the keywords that a name of some length may be misspelt
// for.
func nearKeywords(name string) []string {
	if len(name) < 3 || lookup(name) != notKeyword {
		return nil
	}
	return source.Near(name, statementWords)
}

// printStmt parses ? a, b and ?? a, b.
func (p *parser) printStmt() {
	s := &PrintStmt{Pos: p.next().Pos, Newline: true}
	if p.kind() == preproc.Question {
		p.next()
		s.Newline = false
	}
	for !p.atEnd() {
		s.Args = append(s.Args, p.expr())
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	p.add(s)
	p.endStmt()
}

// oddForm is the rule of the warnings about what sources of the field have,
// although it means nothing or something else than it seems.
const oddForm = "odd-form"

// atExpr parses @x, which is x, if the statement is no more. Otherwise nothing is
// gone past and it returns false.
func (p *parser) atExpr() bool {
	at, begin, found := p.tok(), p.i, len(p.findings)
	if p.peek(1).Kind != preproc.Ident {
		return false
	}
	p.next()
	x := p.postfix()
	if p.aborted { // the parser is at the end of the text and stays there
		return true
	}
	if p.bad || !p.atEnd() {
		p.i, p.bad, p.findings = begin, false, p.findings[:found]
		return false
	}
	p.findings.Warnf(at.Pos, oddForm, "@ before a statement means nothing")
	p.add(&ExprStmt{Pos: at.Pos, X: x})
	p.endStmt()
	return true
}

// strayAt reports an @ that begins neither an annotation of a declaration nor a
// command that the preprocessor knows.
func (p *parser) strayAt() {
	p.fail(source.Finding{Pos: p.tok().Pos,
		Message: "found @, which begins no statement here",
		Hint:    `commands such as @ row, col Say need #include "totvs.ch"; an annotation stands before a declaration`})
	p.closeStmt()
}

// defaultStmt parses Default a := x, b := y into one statement each.
func (p *parser) defaultStmt() {
	p.next()
	for {
		pos := p.tok().Pos
		s := &DefaultStmt{Pos: pos}
		x := p.unary()
		if a, ok := x.(*AssignExpr); ok && a.Op == preproc.Assign {
			s.Target, s.Value = a.X, a.Y
		} else {
			p.checkAssignable(x)
			if !p.accept(preproc.Eq) {
				p.unexpected(":=")
			}
			s.Target, s.Value = x, p.expr()
		}
		p.add(s)
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	p.endStmt()
}

// scopes maps the words of declarations.
var scopes = map[keyword]VarScope{
	kwLocal: LocalVar, kwPrivate: PrivateVar, kwPublic: PublicVar, kwStatic: StaticVar,
	kwField: FieldVar, kwMemvar: MemvarVar, kwParameters: ParametersVar,
}

// declStmt parses Local a, b := 1 and its like.
func (p *parser) declStmt(scope VarScope) {
	s := &DeclStmt{Pos: p.next().Pos, Scope: scope}
	s.Vars = p.varDecls()
	if scope == FieldVar && p.acceptWord("in") {
		s.Alias = p.name("an alias").Text
	}
	p.add(s)
	p.endStmt()
}

func (p *parser) varDecls() []*VarDecl {
	var list []*VarDecl
	for {
		list = append(list, p.varDecl())
		if p.bad || !p.accept(preproc.Comma) {
			return list
		}
	}
}

// varDecl parses name [dims] [As type] [:= x], also with the type at the end, and
// Value x for := x.
func (p *parser) varDecl() *VarDecl {
	v := &VarDecl{Pos: p.tok().Pos}
	switch x := p.declName().(type) {
	case *Ident:
		v.Name = x.Name
	case *Macro:
		v.Macro = x
	}
	for p.accept(preproc.LBracket) {
		v.Dims = append(v.Dims, p.exprList(preproc.RBracket)...)
		p.closing(preproc.RBracket)
	}
	v.Type = p.optionalType()
	if p.accept(preproc.Assign) || p.accept(preproc.Eq) || p.acceptWord("value") {
		v.Init = p.expr()
	}
	if v.Type == nil {
		v.Type = p.optionalType()
	}
	return v
}

// declName parses the name of a variable or the macro that holds it.
func (p *parser) declName() Expr {
	switch t := p.tok(); t.Kind {
	case preproc.Amp:
		return p.macro("", t.Pos)
	case preproc.Ident:
		p.next()
		if p.gluedMacro() {
			return p.macro(t.Text, t.Pos)
		}
		return &Ident{Pos: t.Pos, Name: t.Text}
	}
	p.unexpected("the name of a variable")
	return nil
}
