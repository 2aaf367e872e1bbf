package check

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

const assignOp = preproc.Assign

// expressions checks operators, conditions and literals of the whole source.
func (c *checker) expressions() {
	syntax.Walk(c.src, func(n any) bool {
		switch n := n.(type) {
		case *syntax.IfStmt:
			c.conditions(n.Arms)
		case *syntax.CaseStmt:
			c.conditions(n.Arms)
		case *syntax.WhileStmt:
			c.condition(n.Cond)
		case *syntax.Cond:
			c.condition(n.C)
		case *syntax.SwitchStmt:
			c.switchValues(n.Arms)
		case *syntax.ExprStmt:
			c.effect(n)
		case *syntax.AssignExpr:
			c.assignment(n)
		case *syntax.JSONLit:
			c.keys(n)
		case *syntax.Unary:
			c.unary(n)
		case *syntax.Binary:
			c.binary(n)
		}
		return true
	})
}

func (c *checker) conditions(arms []syntax.CondArm) {
	for i := range arms {
		c.condition(arms[i].Cond)
	}
}

// condition reports an assignment whose value decides. One that is compared with
// something is meant.
func (c *checker) condition(x syntax.Expr) {
	switch x := bare(x).(type) {
	case *syntax.AssignExpr:
		if x.Op == assignOp {
			c.hint(x.Pos, assignmentInCondition, "write == to compare, or assign in a statement before",
				"the condition assigns %s", describe(x.X))
		}
	case *syntax.Unary:
		c.condition(x.X)
	case *syntax.Binary:
		if x.Op == preproc.And || x.Op == preproc.Or {
			c.condition(x.X)
			c.condition(x.Y)
		}
	}
}

// describe names what is assigned.
func describe(x syntax.Expr) string {
	if id, ok := x.(*syntax.Ident); ok {
		return id.Name
	}
	return "a value"
}

// bare returns what stands inside parentheses.
func bare(x syntax.Expr) syntax.Expr {
	for {
		p, ok := x.(*syntax.Paren)
		if !ok || len(p.List) != 1 {
			return x
		}
		x = p.List[0]
	}
}

// effect reports a statement that only computes.
func (c *checker) effect(s *syntax.ExprStmt) {
	b, ok := bare(s.X).(*syntax.Binary)
	if !ok || b.Op == preproc.And || b.Op == preproc.Or {
		return // their right operand may be a call
	}
	hint := "assign the result, or remove the statement"
	if b.Op == preproc.ExactEq || b.Op == preproc.Eq {
		hint = "write := to assign"
	}
	c.hint(b.Pos, noEffect, hint, "the result of %s is not used", symbols[b.Op])
}

func (c *checker) assignment(x *syntax.AssignExpr) {
	if x.Old {
		c.hint(x.Pos, oldAssignment, "write :=", "= assigns here")
	}
}

// keys reports keys that stand twice in a JSON literal.
func (c *checker) keys(j *syntax.JSONLit) {
	seen := map[string]source.Pos{}
	for _, key := range j.Keys {
		lit, ok := key.(*syntax.Literal)
		if !ok || lit.Kind != syntax.StrLit {
			continue
		}
		if first, dup := seen[lit.Str]; dup {
			c.warn(lit.Pos, duplicateKey, "key %q stands twice, first at line %d; the last one counts", lit.Str, first.Line)
			continue
		}
		seen[lit.Str] = lit.Pos
	}
}

// switchValues reports values that stand twice in a Switch.
func (c *checker) switchValues(arms []syntax.CondArm) {
	type value struct {
		kind syntax.LitKind
		num  float64
		str  string
	}
	seen := map[value]source.Pos{}
	for i := range arms {
		lit, ok := bare(arms[i].Cond).(*syntax.Literal)
		if !ok {
			continue
		}
		v := value{lit.Kind, lit.Num, lit.Str}
		if first, dup := seen[v]; dup {
			c.warn(lit.Pos, duplicateKey, "this value stands twice in the Switch, first at line %d; the first one counts", first.Line)
			continue
		}
		seen[v] = lit.Pos
	}
}

// A valueKind is the kind of a value as far as literals tell.
type valueKind byte

const (
	unknown   valueKind = 0
	number    valueKind = 'N'
	character valueKind = 'C'
	logical   valueKind = 'L'
	null      valueKind = 'U'
	array     valueKind = 'A'
	block     valueKind = 'B'
)

func (k valueKind) String() string {
	switch k {
	case number:
		return "a number"
	case character:
		return "a string"
	case logical:
		return "a logical"
	case null:
		return "NIL"
	case array:
		return "an array"
	case block:
		return "a code block"
	}
	return "a value"
}

// kindOf returns the kind of an expression, if its literals and operators tell.
func kindOf(x syntax.Expr) valueKind {
	switch x := bare(x).(type) {
	case *syntax.Literal:
		return [...]valueKind{null, number, character, logical, logical}[x.Kind]
	case *syntax.ArrayLit:
		return array
	case *syntax.BlockLit:
		return block
	case *syntax.Unary:
		if x.Op == preproc.Not {
			return logical
		}
		return number
	case *syntax.Binary:
		return resultKind(x)
	}
	return unknown
}

// resultKind returns the kind that an operator's result has if it has one at all.
func resultKind(x *syntax.Binary) valueKind {
	switch x.Op {
	case preproc.Plus, preproc.Minus:
		a, b := kindOf(x.X), kindOf(x.Y)
		if a == character || b == character {
			return character
		}
		if a == number && b == number {
			return number
		}
		return unknown // perhaps a date
	case preproc.Star, preproc.Slash, preproc.Percent, preproc.Power:
		return number
	}
	return logical
}

func (c *checker) unary(x *syntax.Unary) {
	want := number
	if x.Op == preproc.Not {
		want = logical
	}
	c.operand(x.Pos, x.Op, x.X, want)
}

func (c *checker) binary(x *syntax.Binary) {
	if x.Op == preproc.Hash {
		c.hint(x.Pos, obsoleteOperator, "write <> or !=", "# is an obsolete way to write not equal")
	}
	switch x.Op {
	case preproc.Star, preproc.Slash, preproc.Percent, preproc.Power:
		c.operands(x, number)
	case preproc.And, preproc.Or:
		c.operands(x, logical)
	case preproc.Dollar:
		c.operands(x, character)
	case preproc.Plus, preproc.Minus:
		c.sum(x)
	case preproc.Eq, preproc.ExactEq, preproc.NotEq, preproc.Hash:
		c.compare(x, true)
	case preproc.Less, preproc.LessEq, preproc.Greater, preproc.GreaterEq:
		c.compare(x, false)
	}
}

func (c *checker) operands(x *syntax.Binary, want valueKind) {
	if !c.operand(x.Pos, x.Op, x.X, want) {
		c.operand(x.Pos, x.Op, x.Y, want)
	}
}

// operand reports an operand of another kind than the operator takes.
func (c *checker) operand(pos source.Pos, op preproc.Kind, x syntax.Expr, want valueKind) bool {
	k := kindOf(x)
	if k == unknown || k == want {
		return false
	}
	c.warn(pos, literalTypeMismatch, "%s takes %s, and this is %s", symbols[op], want, k)
	return true
}

// sum reports operands that + and - cannot join.
func (c *checker) sum(x *syntax.Binary) {
	a, b := kindOf(x.X), kindOf(x.Y)
	for _, k := range []valueKind{a, b} {
		if k != unknown && k != number && k != character {
			c.warn(x.Pos, literalTypeMismatch, "%s cannot work with %s", symbols[x.Op], k)
			return
		}
	}
	if a != unknown && b != unknown && a != b {
		c.warn(x.Pos, literalTypeMismatch, "%s cannot join %s and %s", symbols[x.Op], a, b)
	}
}

// compare reports literals of different kinds. NIL can be compared with anything
// for equality.
func (c *checker) compare(x *syntax.Binary, equality bool) {
	a, b := kindOf(x.X), kindOf(x.Y)
	if a == unknown || b == unknown || a == b || equality && (a == null || b == null) {
		return
	}
	c.warn(x.Pos, literalTypeMismatch, "%s compares %s with %s", symbols[x.Op], a, b)
}

// symbols are the operators as they are written.
var symbols = map[preproc.Kind]string{
	preproc.Eq: "=", preproc.ExactEq: "==", preproc.NotEq: "<>", preproc.Hash: "#",
	preproc.Less: "<", preproc.LessEq: "<=", preproc.Greater: ">", preproc.GreaterEq: ">=",
	preproc.Plus: "+", preproc.Minus: "-", preproc.Star: "*", preproc.Slash: "/", preproc.Percent: "%", preproc.Power: "^",
	preproc.Dollar: "$", preproc.And: ".And.", preproc.Or: ".Or.", preproc.Not: ".Not.",
}
