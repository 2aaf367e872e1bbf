package preproc

import (
	"strconv"
	"strings"

	"appserver/internal/advpl/source"
)

// cond is an #ifdef, #ifndef or #if whose #endif has not come.
type cond struct {
	directive Token
	what      string // the condition, for messages
	active    bool   // the lines that follow count
	taken     bool   // a branch was active, or none may be
	other     bool   // #else has come
}

// active tells whether the lines that follow count.
func (p *preprocessor) active() bool {
	return len(p.conds) == 0 || p.conds[len(p.conds)-1].active
}

// conditional acts upon the directives from #ifdef to #endif.
func (p *preprocessor) conditional(n *line) {
	switch n.directive {
	case dirIfdef, dirIfndef, dirIf:
		c := cond{directive: n.name, what: text(n.tokens[:len(n.tokens)-1])}
		c.active = p.active() && p.holds(n)
		c.taken = c.active || !p.active()
		p.conds = append(p.conds, c)
		return
	}
	if len(p.conds) == p.level {
		p.result.Findings.Errorf(n.name.Pos, "#%s without #ifdef", n.name.Text)
		return
	}
	c := &p.conds[len(p.conds)-1]
	switch {
	case n.directive == dirEndif:
		p.conds = p.conds[:len(p.conds)-1]
	case c.other:
		p.result.Findings.Errorf(n.name.Pos, "#%s after the #else of %s", n.name.Text, c)
	case n.directive == dirElse:
		c.active, c.taken, c.other = !c.taken, true, true
	default:
		c.active = !c.taken && p.holds(n)
		c.taken = c.taken || c.active
	}
}

// String names the condition for messages.
func (c *cond) String() string {
	return "#" + strings.TrimSpace(c.directive.Text+" "+c.what) + " at " + c.directive.Pos.String()
}

// closeConds reports the conditions that the end of a file leaves open, and
// closes them.
func (p *preprocessor) closeConds() {
	for i := range p.conds[p.level:] {
		c := &p.conds[p.level+i]
		p.result.Findings.Errorf(c.directive.Pos, "%s is not closed: #endif is missing before the end of the file", c)
	}
	p.conds = p.conds[:p.level]
}

// holds tells whether the condition of a directive is true.
func (p *preprocessor) holds(n *line) bool {
	if n.directive == dirIfdef || n.directive == dirIfndef {
		name, ok := p.nameOf(n)
		return ok && (p.symbols.defined(name) != nil) == (n.directive == dirIfdef)
	}
	c := condition{symbols: p.symbols, tokens: n.tokens}
	result := c.or()
	if c.faulty || c.tokens[0].Kind != EOL {
		p.result.Findings = append(p.result.Findings, source.Finding{
			Pos: c.tokens[0].Pos, Message: "condition of #" + n.name.Text + " is not understood",
			Hint: "write defined(NAME), NAME, numbers, comparisons, ! .and. .or. and parentheses",
		})
		return false
	}
	return result != 0
}

// condition reads the condition of an #if or #elif. Its values are numbers, of
// which 0 is false; a name that is not defined is 0, and one that is defined as a
// number is that number, else 1.
type condition struct {
	symbols *symbols
	tokens  []Token // ends with an EOL
	depth   int
	faulty  bool
}

// next removes the next token if it is of the kind, and tells whether it was.
func (c *condition) next(k Kind) bool {
	if c.tokens[0].Kind != k || k == EOL {
		return false
	}
	c.tokens = c.tokens[1:]
	return true
}

func (c *condition) or() int64 {
	v := c.and()
	for c.next(Or) || c.bars() {
		right := c.and()
		v = truth(v != 0 || right != 0)
	}
	return v
}

// bars reads ||.
func (c *condition) bars() bool {
	return c.tokens[0].Kind == Bar && c.tokens[1].Kind == Bar && c.next(Bar) && c.next(Bar)
}

func (c *condition) and() int64 {
	v := c.comparison()
	for c.next(And) {
		right := c.comparison()
		v = truth(v != 0 && right != 0)
	}
	return v
}

func (c *condition) comparison() int64 {
	v := c.operand()
	switch {
	case c.next(Eq), c.next(ExactEq):
		return truth(v == c.operand())
	case c.next(NotEq), c.next(Hash):
		return truth(v != c.operand())
	case c.next(Less):
		return truth(v < c.operand())
	case c.next(LessEq):
		return truth(v <= c.operand())
	case c.next(Greater):
		return truth(v > c.operand())
	case c.next(GreaterEq):
		return truth(v >= c.operand())
	}
	return v
}

func (c *condition) operand() int64 {
	if c.depth++; c.depth > maxClauses {
		c.faulty = true
		return 0
	}
	defer func() { c.depth-- }()
	t := c.tokens[0]
	switch {
	case c.next(Not):
		return truth(c.operand() == 0)
	case c.next(LParen):
		v := c.or()
		c.faulty = c.faulty || !c.next(RParen)
		return v
	case c.next(True):
		return 1
	case c.next(False):
		return 0
	case c.next(Number):
		return c.number(t.Text)
	case c.next(Ident):
		if equalFold(t.Text, "DEFINED") {
			return c.defined()
		}
		return c.name(t.Text)
	}
	c.faulty = true
	return 0
}

// defined reads what follows the word defined: a name, perhaps in parentheses.
func (c *condition) defined() int64 {
	open := c.next(LParen)
	t := c.tokens[0]
	c.faulty = c.faulty || !c.next(Ident) || open && !c.next(RParen)
	return truth(c.symbols.defined(t.Text) != nil)
}

func (c *condition) name(name string) int64 {
	d := c.symbols.defined(name)
	if d == nil {
		return 0
	}
	if len(d.body) == 1 {
		switch d.body[0].Kind {
		case Number:
			return c.number(d.body[0].Text)
		case False:
			return 0
		}
	}
	return 1
}

func (c *condition) number(s string) int64 {
	n, err := strconv.ParseInt(s, 0, 64)
	c.faulty = c.faulty || err != nil
	return n
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
