package syntax

import (
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// Precedences of the binary operators, weakest first. Assignment is weaker than
// all; .NOT. stands between precAnd and precRel; the other unary operators bind
// tighter than all.
const (
	precOr = iota + 1
	precAnd
	precRel
	precAdd
	precMul
	precPow
)

// precedences holds the precedence of each binary operator, 0 for other tokens.
var precedences = [256]uint8{
	preproc.Or:  precOr,
	preproc.And: precAnd,
	preproc.Eq:  precRel, preproc.ExactEq: precRel, preproc.NotEq: precRel, preproc.Hash: precRel,
	preproc.Less: precRel, preproc.LessEq: precRel, preproc.Greater: precRel,
	preproc.GreaterEq: precRel, preproc.FatArrow: precRel, preproc.Dollar: precRel,
	preproc.Plus: precAdd, preproc.Minus: precAdd,
	preproc.Star: precMul, preproc.Slash: precMul, preproc.Percent: precMul,
	preproc.Power: precPow,
}

// isAssign tells whether k is := or a compound assignment.
func isAssign(k preproc.Kind) bool {
	return k == preproc.Assign || preproc.PlusAssign <= k && k <= preproc.PowAssign
}

// expr parses an expression. It returns a Bad, after an error, if there is none.
func (p *parser) expr() Expr {
	return p.binary(precOr)
}

// binary parses an expression whose operators have at least the precedence least.
func (p *parser) binary(least uint8) Expr {
	defer p.leave()
	if !p.enter() {
		return p.badExpr()
	}
	return p.operators(p.unary(), least)
}

// operators parses the operators of at least the precedence least that follow x.
// Operators of one precedence group from left to right.
func (p *parser) operators(x Expr, least uint8) Expr {
	for !p.bad {
		op := p.tok()
		prec := precedences[op.Kind]
		if prec == 0 || prec < least {
			break
		}
		p.next()
		p.link()
		kind := p.swapped(op.Kind)
		n := p.alloc.binary.new()
		*n = Binary{Pos: op.Pos, Op: kind, X: x, Y: p.binary(prec + 1)}
		x = n
	}
	return x
}

// swapped returns the operator that k and the token after it mean: => is >=, and
// =< is <=.
func (p *parser) swapped(k preproc.Kind) preproc.Kind {
	switch {
	case k == preproc.FatArrow:
		return preproc.GreaterEq
	case k == preproc.Eq && p.kind() == preproc.Less && !p.tok().Space:
		p.next()
		return preproc.LessEq
	}
	return k
}

// unary parses an operand with the operators before it.
func (p *parser) unary() Expr {
	switch p.kind() {
	case preproc.Not, preproc.Minus, preproc.Plus, preproc.PlusPlus, preproc.MinusMinus, preproc.At:
		defer p.leave()
		if !p.enter() {
			return p.badExpr()
		}
		return p.prefix(p.next())
	}
	return p.assignment(p.postfix())
}

// prefix parses the operand of the prefix operator op.
func (p *parser) prefix(op *preproc.Token) Expr {
	switch op.Kind {
	case preproc.Not:
		return &Unary{Pos: op.Pos, Op: op.Kind, X: p.binary(precRel)}
	case preproc.PlusPlus, preproc.MinusMinus:
		x := p.postfix()
		p.checkAssignable(x)
		return &IncDec{Pos: op.Pos, Op: op.Kind, X: x, Prefix: true}
	case preproc.At:
		return &Ref{Pos: op.Pos, X: p.postfix()}
	}
	return &Unary{Pos: op.Pos, Op: op.Kind, X: p.unary()}
}

// assignment parses x := y if an assignment operator follows x.
func (p *parser) assignment(x Expr) Expr {
	op := p.kind()
	if !isAssign(op) || p.bad {
		return x
	}
	p.checkAssignable(x)
	p.next()
	p.link()
	n := p.alloc.assign.new()
	*n = AssignExpr{Pos: x.Position(), Op: op, X: x, Y: p.expr()}
	return n
}

// checkAssignable reports an x that nothing can be assigned to.
func (p *parser) checkAssignable(x Expr) {
	if !p.bad && !assignable(x) {
		p.errorf(x.Position(), "cannot assign to %s: expected a variable, a field, an element or a member", form(x))
	}
}

// assignable tells whether x may stand before := .
func assignable(x Expr) bool {
	switch x := x.(type) {
	case *Ident, *Index, *Member, *AliasField, *Macro, *Self, *Bad:
		return true
	case *AliasExpr:
		return assignable(x.X)
	case *Paren:
		return len(x.List) == 1 && assignable(x.List[0])
	}
	return false
}

// form names the form of x in messages.
func form(x Expr) string {
	switch x := x.(type) {
	case *Literal:
		return "a constant"
	case *Call:
		return "the call of " + x.Name
	case *Send:
		return "the call of " + x.Name
	case *AssignExpr:
		return "an assignment"
	case *BlockLit:
		return "a code block"
	case *ArrayLit, *JSONLit:
		return "an array"
	}
	return "an expression"
}

// postfix parses an operand with what is attached to it: indexes, members,
// aliases, calls, ++ and --.
func (p *parser) postfix() Expr {
	x := p.primary()
	for !p.bad {
		switch p.kind() {
		case preproc.LBracket:
			x = p.index(x)
		case preproc.Colon:
			p.next()
			x = p.member(x)
		case preproc.Arrow:
			x = p.alias(x)
		case preproc.LParen:
			if !p.callsResult(x) {
				return x
			}
			x = p.resultCall(x)
		case preproc.PlusPlus, preproc.MinusMinus:
			if !assignable(x) {
				return x
			}
			return &IncDec{Pos: x.Position(), Op: p.next().Kind, X: x}
		default:
			return x
		}
		p.link()
	}
	return x
}

// callsResult tells whether the ( that stands here calls what the call x gives:
// it does where it adjoins x.
func (p *parser) callsResult(x Expr) bool {
	if p.tok().Space {
		return false
	}
	switch x.(type) {
	case *Call, *Send:
		return true
	}
	return false
}

// resultCall parses x(args), where x is a call that gives a block.
func (p *parser) resultCall(x Expr) Expr {
	pos := p.tok().Pos
	p.findings.Warnf(pos, oddForm, "the result of a call is called: it has to be a code block")
	return &Send{Pos: pos, X: x, Name: "Eval", Args: p.arguments()}
}

// index parses x[i, j].
func (p *parser) index(x Expr) Expr {
	p.next()
	list := p.exprList(preproc.RBracket)
	if len(list) == 0 {
		p.unexpected("an index")
	}
	p.closing(preproc.RBracket)
	return &Index{Pos: x.Position(), X: x, List: list}
}

// exprList parses expressions with commas between them; none if stop follows.
func (p *parser) exprList(stop preproc.Kind) []Expr {
	if p.kind() == stop {
		return nil
	}
	base := len(p.exprs)
	for {
		p.exprs = append(p.exprs, p.expr())
		if p.bad || !p.accept(preproc.Comma) {
			return p.takeExprs(base)
		}
	}
}

// takeExprs takes the expressions from base on off their stack.
func (p *parser) takeExprs(base int) []Expr {
	list := slices.Clone(p.exprs[base:])
	clear(p.exprs[base:])
	p.exprs = p.exprs[:base]
	return list
}

// member parses what follows x: the name of a member, with arguments if it is a
// method.
func (p *parser) member(x Expr) Expr {
	if p.kind() == preproc.Amp {
		pos := p.tok().Pos
		m := p.macro("", pos)
		if p.kind() == preproc.LParen {
			return &Send{Pos: pos, X: x, Dyn: m, Args: p.arguments()}
		}
		return &Member{Pos: pos, X: x, Dyn: m}
	}
	t := p.name("the name of a member")
	if p.kind() == preproc.LParen && !p.bad {
		n := p.alloc.send.new()
		*n = Send{Pos: t.Pos, X: x, Name: t.Text, Args: p.arguments()}
		return n
	}
	if p.kind() == preproc.Colon && isSuper(t.Text) {
		if _, ok := x.(*Self); ok {
			return &Super{Pos: t.Pos}
		}
	}
	n := p.alloc.member.new()
	*n = Member{Pos: t.Pos, X: x, Name: t.Text}
	return n
}

func isSuper(name string) bool {
	return equalFold(name, "_super") || equalFold(name, "super")
}

// alias parses x->field, x->f(), x->(y), x->&macro.
func (p *parser) alias(x Expr) Expr {
	p.next()
	pos, area := x.Position(), areaName(x)
	if area != "" {
		x = nil
	}
	switch t := p.tok(); t.Kind {
	case preproc.LParen:
		return &AliasExpr{Pos: pos, Alias: area, AliasX: x, X: p.paren()}
	case preproc.Amp:
		m := p.macro("", t.Pos)
		if p.kind() == preproc.LParen {
			return &AliasExpr{Pos: pos, Alias: area, AliasX: x, X: p.macroCall(m)}
		}
		return &AliasField{Pos: pos, Alias: area, AliasX: x, FieldX: m}
	case preproc.Ident:
		return p.aliasName(pos, area, x)
	}
	p.unexpected("a field's name or ( after ->")
	return p.badExpr()
}

// areaName returns the name of the work area that x means before ->, or "" if x
// has to be evaluated. FIELD->A1 is A1.
func areaName(x Expr) string {
	switch x := x.(type) {
	case *Ident:
		return x.Name
	case *AliasField:
		if equalFold(x.Alias, "field") || equalFold(x.Alias, "_field") {
			return x.Field
		}
	}
	return ""
}

// aliasName parses the name after -> .
func (p *parser) aliasName(pos source.Pos, area string, x Expr) Expr {
	t := p.next()
	if p.kind() == preproc.LParen {
		return &AliasExpr{Pos: pos, Alias: area, AliasX: x, X: p.call(t)}
	}
	n := p.alloc.alias.new()
	*n = AliasField{Pos: pos, Alias: area, AliasX: x, Field: t.Text}
	if p.gluedMacro() {
		n.Field, n.FieldX = "", p.macro(t.Text, t.Pos)
	}
	return n
}

// primary parses an operand.
func (p *parser) primary() Expr {
	t := p.tok()
	switch t.Kind {
	case preproc.Ident:
		return p.identifier()
	case preproc.Number:
		p.next()
		return p.number(t)
	case preproc.String:
		p.next()
		return p.literal(Literal{Pos: t.Pos, Kind: StrLit, Str: t.Text})
	case preproc.True:
		p.next()
		return p.literal(Literal{Pos: t.Pos, Kind: TrueLit})
	case preproc.False:
		p.next()
		return p.literal(Literal{Pos: t.Pos, Kind: FalseLit})
	case preproc.LParen:
		return p.paren()
	case preproc.LBrace:
		return p.brace()
	case preproc.Amp:
		m := p.macro("", t.Pos)
		if p.kind() == preproc.LParen {
			return p.macroCall(m)
		}
		return m
	case preproc.DColon:
		p.next()
		return p.member(&Self{Pos: t.Pos})
	case preproc.Ellipsis:
		p.next()
		return &Rest{Pos: t.Pos}
	}
	p.unexpected("an expression")
	return p.badExpr()
}

func (p *parser) literal(l Literal) Expr {
	n := p.alloc.literal.new()
	*n = l
	return n
}

func (p *parser) badExpr() Expr { return &Bad{Pos: p.tok().Pos} }

// number parses the text of a number: decimal, or hexadecimal after 0x.
func (p *parser) number(t *preproc.Token) Expr {
	v, err := parseNumber(t.Text)
	if err != nil {
		p.errorf(t.Pos, "%s is not a number", t.Text)
	}
	return p.literal(Literal{Pos: t.Pos, Kind: NumLit, Num: v, Text: t.Text})
}

func parseNumber(text string) (float64, error) {
	if len(text) > 2 && text[0] == '0' && lower(text[1]) == 'x' {
		n, err := strconv.ParseUint(text[2:], 16, 64)
		return float64(n), err
	}
	if len(text) <= 9 {
		if n, ok := digits(text); ok {
			return float64(n), nil
		}
	}
	return strconv.ParseFloat(text, 64)
}

// digits returns the value of a text of digits only.
func digits(text string) (n int, ok bool) {
	for i := range len(text) {
		c := text[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, len(text) > 0
}

// identifier parses an operand that begins with a name.
func (p *parser) identifier() Expr {
	t := p.next()
	switch next := p.tok(); next.Kind {
	case preproc.LParen:
		if equalFold(t.Text, "iif") || equalFold(t.Text, "if") {
			return p.cond(t)
		}
		return p.call(t)
	case preproc.Amp:
		if !next.Space {
			return p.macroOrCall(t)
		}
	case preproc.Dot:
		if !next.Space && p.dottedCall() {
			return p.namespaceCall(t)
		}
	case preproc.Colon:
		if isSuper(t.Text) {
			return &Super{Pos: t.Pos}
		}
	}
	switch {
	case equalFold(t.Text, "nil"):
		return p.literal(Literal{Pos: t.Pos, Kind: NilLit})
	case equalFold(t.Text, "self"):
		return &Self{Pos: t.Pos}
	}
	n := p.alloc.ident.new()
	*n = Ident{Pos: t.Pos, Name: t.Text}
	return n
}

// cond parses the arguments of IIf and If. Both values may be omitted, and so
// may the last with its comma.
func (p *parser) cond(t *preproc.Token) Expr {
	p.next()
	n, list := &Cond{Pos: t.Pos}, p.sparse(preproc.RParen)
	if len(list) < 2 || len(list) > 3 || list[0] == nil {
		p.errorf(t.Pos, "%s needs a condition and one or two values, found %d arguments", t.Text, len(list))
		n.C = p.badExpr()
		return n
	}
	n.C, n.A = list[0], list[1]
	if len(list) == 3 {
		n.B = list[2]
	}
	return n
}

// call parses the arguments of the function t.
func (p *parser) call(t *preproc.Token) Expr {
	n := p.alloc.call.new()
	*n = Call{Pos: t.Pos, Name: t.Text, Args: p.arguments()}
	return n
}

// dottedCall tells whether a name follows that goes on with dots and ends with (.
func (p *parser) dottedCall() bool {
	for i := 0; ; i += 2 {
		switch {
		case p.peek(i).Kind == preproc.LParen:
			return true
		case p.peek(i).Kind != preproc.Dot || p.peek(i+1).Kind != preproc.Ident:
			return false
		}
	}
}

// namespaceCall parses t.b.f(args).
func (p *parser) namespaceCall(t *preproc.Token) Expr {
	var name strings.Builder
	name.WriteString(t.Text)
	for p.accept(preproc.Dot) {
		name.WriteByte('.')
		name.WriteString(p.next().Text)
	}
	return &Call{Pos: t.Pos, Name: name.String(), Args: p.arguments()}
}

// arguments parses (a, , b) into its arguments; () has none.
func (p *parser) arguments() []Arg {
	p.expect(preproc.LParen)
	if p.accept(preproc.RParen) {
		return nil
	}
	base := len(p.args)
	for {
		p.args = append(p.args, p.argument())
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	p.closing(preproc.RParen)
	list := slices.Clone(p.args[base:])
	clear(p.args[base:])
	p.args = p.args[:base]
	return list
}

// argument parses one argument, perhaps omitted. In TLPP name = x may name a
// parameter.
func (p *parser) argument() Arg {
	if k := p.kind(); k == preproc.Comma || k == preproc.RParen {
		return Arg{}
	}
	x := p.expr()
	if b, ok := x.(*Binary); ok && p.file.TLPP && b.Op == preproc.Eq {
		if id, ok := b.X.(*Ident); ok {
			return Arg{Name: id.Name, NamePos: id.Pos, X: b.Y}
		}
	}
	return Arg{X: x}
}

// paren parses (a, b); () is NIL.
func (p *parser) paren() Expr {
	n := &Paren{Pos: p.next().Pos}
	n.List = p.sequence(preproc.RParen)
	if len(n.List) == 0 {
		n.List = []Expr{p.literal(Literal{Pos: n.Pos, Kind: NilLit})}
	}
	p.closing(preproc.RParen)
	return n
}

// sequence parses expressions that are evaluated one after another, up to stop.
// One that is omitted, as in (a, , b), is NIL.
func (p *parser) sequence(stop preproc.Kind) []Expr {
	if p.kind() == stop {
		return nil
	}
	base := len(p.exprs)
	for {
		if k := p.kind(); k == preproc.Comma || k == stop {
			p.exprs = append(p.exprs, p.literal(Literal{Pos: p.tok().Pos, Kind: NilLit}))
		} else {
			p.exprs = append(p.exprs, p.expr())
		}
		if p.bad || !p.accept(preproc.Comma) {
			return p.takeExprs(base)
		}
	}
}

// brace parses an array, a block or a JSON object.
func (p *parser) brace() Expr {
	t := p.next()
	switch {
	case p.kind() == preproc.Bar:
		return p.block(t)
	case p.kind() == preproc.String && p.peek(1).Kind == preproc.Colon:
		return p.json(t)
	}
	return &ArrayLit{Pos: t.Pos, List: p.sparse(preproc.RBrace)}
}

// sparse parses expressions with commas between them, up to and with stop.
// Where one is omitted, it is nil.
func (p *parser) sparse(stop preproc.Kind) []Expr {
	if p.accept(stop) {
		return nil
	}
	base := len(p.exprs)
	for {
		var x Expr
		if k := p.kind(); k != preproc.Comma && k != stop {
			x = p.expr()
		}
		p.exprs = append(p.exprs, x)
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	p.closing(stop)
	return p.takeExprs(base)
}

// closing goes past the token that closes a list.
func (p *parser) closing(k preproc.Kind) {
	if !p.accept(k) {
		p.unexpected(", or " + kindText(k))
	}
}

// json parses "key": value pairs up to the closing brace.
func (p *parser) json(open *preproc.Token) Expr {
	n := &JSONLit{Pos: open.Pos}
	for !p.bad {
		key := p.tok()
		if !p.expect(preproc.String) || !p.expect(preproc.Colon) {
			break
		}
		n.Keys = append(n.Keys, p.literal(Literal{Pos: key.Pos, Kind: StrLit, Str: key.Text}))
		n.Vals = append(n.Vals, p.jsonValue())
		if !p.accept(preproc.Comma) || p.kind() == preproc.RBrace {
			break
		}
	}
	p.closing(preproc.RBrace)
	return n
}

// jsonValue parses the value of a key: an expression, or [a, b], which is an
// array.
func (p *parser) jsonValue() Expr {
	if p.kind() != preproc.LBracket {
		return p.expr()
	}
	n := &ArrayLit{Pos: p.next().Pos}
	defer p.leave()
	if !p.enter() {
		return p.badExpr()
	}
	base := len(p.exprs)
	for p.kind() != preproc.RBracket && !p.bad {
		p.exprs = append(p.exprs, p.jsonValue())
		if !p.accept(preproc.Comma) {
			break
		}
	}
	p.closing(preproc.RBracket)
	n.List = p.takeExprs(base)
	return n
}

// block parses {|a, b| x, y}; {|a, b|} and an omitted x are NIL.
func (p *parser) block(open *preproc.Token) Expr {
	n := &BlockLit{Pos: open.Pos}
	p.next()
	n.Params, n.Variadic = p.params(preproc.Bar)
	p.expect(preproc.Bar)
	n.Body = p.sequence(preproc.RBrace)
	end := p.tok()
	p.closing(preproc.RBrace)
	if !p.bad {
		n.Text = text(open.Pos, end.Pos)
	}
	return n
}

// maxBlockText is the length of the longest text kept of a block, in bytes.
const maxBlockText = 4096

// text returns the source from one token to another of one byte, on one line and
// cut where it is long, or "" if they stand in different files.
func text(from, to source.Pos) string {
	f := from.File
	if f == nil || f != to.File {
		return ""
	}
	i, j := f.Offset(from.Line, from.Col), f.Offset(to.Line, to.Col)+1
	if i > j || j > len(f.Text) {
		return ""
	}
	j = min(j, i+maxBlockText)
	if from.Line == to.Line {
		return f.Text[i:j]
	}
	return strings.Join(strings.Fields(f.Text[i:j]), " ")
}

// gluedMacro tells whether & follows a name without a blank: pre&name.
func (p *parser) gluedMacro() bool {
	return p.kind() == preproc.Amp && !p.tok().Space
}

// macroOrCall parses the macro that begins with the name t.
func (p *parser) macroOrCall(t *preproc.Token) Expr {
	m := p.macro(t.Text, t.Pos)
	if p.kind() == preproc.LParen {
		return p.macroCall(m)
	}
	return m
}

func (p *parser) macroCall(m *Macro) Expr {
	return &MacroCall{Pos: m.Pos, Macro: m, Args: p.arguments()}
}

// macro parses &name, &name.suffix, &(x), and several of them that stand
// together. The current token is & and prefix is the name before it.
func (p *parser) macro(prefix string, pos source.Pos) *Macro {
	m := &Macro{Pos: pos}
	if prefix != "" {
		m.Parts = append(m.Parts, &Literal{Pos: pos, Kind: StrLit, Str: prefix})
	}
	for {
		p.next()
		p.link()
		switch t := p.tok(); t.Kind {
		case preproc.LParen:
			m.Parts = append(m.Parts, p.paren())
			return m
		case preproc.Ident:
			p.next()
			m.Parts = append(m.Parts, &Ident{Pos: t.Pos, Name: t.Text})
			p.suffix(m)
		default:
			p.unexpected("a name or ( after &")
			return m
		}
		if p.bad || !p.gluedMacro() {
			return m
		}
	}
}

// suffix parses the dot that ends a macro's name and the text glued to it.
func (p *parser) suffix(m *Macro) {
	if p.kind() != preproc.Dot || p.tok().Space {
		return
	}
	p.next()
	if t := p.tok(); !t.Space && (t.Kind == preproc.Ident || t.Kind == preproc.Number) {
		p.next()
		m.Parts = append(m.Parts, &Literal{Pos: t.Pos, Kind: StrLit, Str: t.Text})
	}
}
