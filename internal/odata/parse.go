package odata

import (
	"slices"
	"strings"
)

// parser reads a filter from its tokens.
type parser struct {
	lexer
	tok    token
	depth  int
	nodes  int
	fields []*Field
}

// advance goes to the next token.
func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

// filter reads all of the text.
func (p *parser) filter() (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == end {
		return nil, p.errorf(0, "the filter is empty")
	}
	x, err := p.boolean()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != end {
		return nil, p.unexpected("an operator or the end")
	}
	return x, nil
}

// boolean reads an expression that must be able to be a boolean.
func (p *parser) boolean() (Expr, error) {
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	return x, p.need(x, Bool)
}

// need returns an error unless x can be of the type.
func (p *parser) need(x Expr, t Type) error {
	if got := x.Type(); got != t && got != Any && got != Null {
		return p.errorf(x.Pos(), "this is a %s, where a %s is needed", got, t)
	}
	return nil
}

func (p *parser) unexpected(wanted string) error {
	if p.tok.kind == end {
		return p.errorf(p.tok.pos, "the filter ends where %s is needed", wanted)
	}
	return p.errorf(p.tok.pos, "%.40q stands where %s is needed", p.tok.text, wanted)
}

// node counts an expression; the error says that there are too many.
func (p *parser) node(pos int) error {
	if p.nodes++; p.nodes > maxNodes {
		return p.errorf(pos, "the filter has more than %d parts", maxNodes)
	}
	return nil
}

// is tells whether the token is the word, in any case.
func (p *parser) is(text string) bool {
	return p.tok.kind == word && strings.EqualFold(p.tok.text, text)
}

func (p *parser) or() (Expr, error)  { return p.chain(Or, p.and) }
func (p *parser) and() (Expr, error) { return p.chain(And, p.not) }

// chain reads operands with an operator between them, from left to right.
func (p *parser) chain(op Op, operand func() (Expr, error)) (Expr, error) {
	left, err := operand()
	for err == nil && p.is(string(op)) {
		var right Expr
		at := p.tok.pos
		if err = p.need(left, Bool); err != nil {
			break
		}
		if err = p.advance(); err != nil {
			break
		}
		if right, err = operand(); err != nil {
			break
		}
		if err = p.need(right, Bool); err != nil {
			break
		}
		left, err = &Binary{op, left, right, left.Pos()}, p.node(at)
	}
	return left, err
}

func (p *parser) not() (Expr, error) {
	if !p.is("not") {
		return p.comparison()
	}
	pos := p.tok.pos
	if err := p.enter(pos); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.advance(); err != nil {
		return nil, err
	}
	x, err := p.not()
	if err != nil {
		return nil, err
	}
	if err := p.need(x, Bool); err != nil {
		return nil, err
	}
	return &Not{x, pos}, p.node(pos)
}

// enter counts a level of expressions within expressions.
func (p *parser) enter(pos int) error {
	if p.depth++; p.depth > maxDepth {
		return p.errorf(pos, "expressions are nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

var comparisons = []Op{Eq, Ne, Gt, Ge, Lt, Le}

// comparing returns the operator that the token is.
func (p *parser) comparing() (Op, bool) {
	if p.tok.kind != word {
		return "", false
	}
	op := Op(strings.ToLower(p.tok.text))
	return op, slices.Contains(comparisons, op)
}

func (p *parser) comparison() (Expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op, ok := p.comparing()
	if !ok {
		return left, nil
	}
	at := p.tok.pos
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.comparable(left, right, at); err != nil {
		return nil, err
	}
	return &Binary{op, left, right, left.Pos()}, p.node(at)
}

// comparable returns an error if the two, of the operator at a place, cannot be compared.
func (p *parser) comparable(x, y Expr, at int) error {
	a, b := x.Type(), y.Type()
	switch {
	case a == Any || b == Any || a == Null || b == Null:
	case a == Time && b == String || a == String && b == Time:
		return p.errorf(at, "a date is compared with a string: write dates without quotes")
	case a != b:
		return p.errorf(at, "a %s is compared with a %s", a, b)
	}
	return nil
}

// operand reads a constant, a field, a call, or an expression in parentheses.
func (p *parser) operand() (Expr, error) {
	t := p.tok
	if err := p.node(t.pos); err != nil {
		return nil, err
	}
	switch t.kind {
	case constant:
		return &Literal{t.value, t.pos}, p.advance()
	case open:
		return p.parentheses()
	case word:
		return p.named(t)
	}
	return nil, p.unexpected("a field, a function or a value")
}

func (p *parser) parentheses() (Expr, error) {
	if err := p.enter(p.tok.pos); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.advance(); err != nil {
		return nil, err
	}
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != closed {
		return nil, p.unexpected(`")"`)
	}
	return x, p.advance()
}

// named reads what begins with the word t: a constant, a call or a field.
func (p *parser) named(t token) (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == open {
		return p.call(t)
	}
	if p.tok.kind != slash {
		switch strings.ToLower(t.text) {
		case "null":
			return &Literal{Value{Type: Null}, t.pos}, nil
		case "true", "false":
			return &Literal{Value{Type: Bool, Bool: strings.EqualFold(t.text, "true")}, t.pos}, nil
		}
	}
	return p.field(t)
}

// field reads the rest of a field that begins with the word t.
func (p *parser) field(t token) (Expr, error) {
	f := &Field{Path: []string{t.text}, pos: t.pos}
	for p.tok.kind == slash {
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.kind != word {
			return nil, p.unexpected("the name of a field")
		}
		if len(f.Path) == maxDepth {
			return nil, p.errorf(p.tok.pos, "the field has more than %d names", maxDepth)
		}
		f.Path = append(f.Path, p.tok.text)
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	p.fields = append(p.fields, f)
	return f, nil
}

// call reads the arguments of the function that the word t names.
func (p *parser) call(t token) (Expr, error) {
	name := strings.ToLower(t.text)
	fn := functions[name]
	if fn == nil {
		return nil, p.errorf(t.pos, "there is no function %.40s: there are %s", t.text, functionNames)
	}
	if err := p.enter(t.pos); err != nil {
		return nil, err
	}
	defer p.leave()
	c := &Call{Func: name, of: fn, pos: t.pos}
	for {
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		if len(c.Args) < len(fn.takes) {
			if err := p.need(x, fn.takes[len(c.Args)]); err != nil {
				return nil, err
			}
		}
		c.Args = append(c.Args, x)
		if p.tok.kind != comma {
			break
		}
	}
	if p.tok.kind != closed {
		return nil, p.unexpected(`"," or ")"`)
	}
	if n := len(c.Args); n < fn.least || n > len(fn.takes) {
		return nil, p.errorf(t.pos, "%s takes %s", name, fn.usage)
	}
	return c, p.advance()
}
