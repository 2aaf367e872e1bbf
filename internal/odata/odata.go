// Package odata reads the filters of API requests: a subset of the expressions of OData 4's
// $filter, with types, that can be evaluated.
//
//	filter     = or
//	or         = and *( "or" and )
//	and        = not *( "and" not )
//	not        = "not" not / comparison
//	comparison = operand [ ( "eq" / "ne" / "gt" / "ge" / "lt" / "le" ) operand ]
//	operand    = "(" filter ")" / literal / function "(" filter *( "," filter ) ")" / field
//	field      = name *( ( "/" / "." ) name )
//	literal    = "null" / "true" / "false" / number / date / time / string
//
// A string is in single quotes, and one within it is written twice. A date is YYYY-MM-DD; a
// time has a T and hh:mm[:ss[.fff]] after it, and Z or +hh:mm. Operators, functions and
// the three words may be in any case; names of fields are as they are. There are no
// arithmetic, no lambdas (any, all) and no casts.
package odata

import (
	"fmt"
	"time"
)

// Bounds of a filter.
const (
	MaxLength = 8192 // bytes of its text
	maxDepth  = 64   // of expressions within expressions
	maxNodes  = 1000
	maxText   = 1 << 20 // bytes of a string that concat makes
)

// Type is the type of a value.
type Type uint8

const (
	Any  Type = iota // of a field: not known before it is evaluated
	Null             // of the literal null
	Bool
	String
	Number
	Time // a date, or a date with a time
)

// String returns the name of the type.
func (t Type) String() string {
	return [...]string{"any", "null", "boolean", "string", "number", "date"}[t]
}

// Expr is an expression: *Binary, *Not, *Call, *Field or *Literal.
type Expr interface {
	Type() Type // of its value
	Pos() int   // where it begins in the text, in bytes, from 0
}

// Op is an operator with two operands.
type Op string

const (
	And Op = "and"
	Or  Op = "or"
	Eq  Op = "eq"
	Ne  Op = "ne"
	Gt  Op = "gt"
	Ge  Op = "ge"
	Lt  Op = "lt"
	Le  Op = "le"
)

// Binary is an operator with its operands. It is a boolean.
type Binary struct {
	Op          Op
	Left, Right Expr
	pos         int
}

// Not is the opposite of a boolean.
type Not struct {
	X   Expr
	pos int
}

// Call is a function with its arguments.
type Call struct {
	Func string // lower case
	Args []Expr
	of   *function
	pos  int
}

// Field is a field of what is filtered: one of its names, or the way to one within it.
type Field struct {
	Path []string
	pos  int
}

// Literal is a constant.
type Literal struct {
	Value Value
	pos   int
}

// Value is a value: of Type, which is not Any, the field that is named like it counts.
type Value struct {
	Type   Type
	Bool   bool
	String string // UTF-8
	Number float64
	Time   time.Time
}

func (*Binary) Type() Type    { return Bool }
func (*Not) Type() Type       { return Bool }
func (c *Call) Type() Type    { return c.of.gives }
func (*Field) Type() Type     { return Any }
func (l *Literal) Type() Type { return l.Value.Type }

func (b *Binary) Pos() int  { return b.pos }
func (n *Not) Pos() int     { return n.pos }
func (c *Call) Pos() int    { return c.pos }
func (f *Field) Pos() int   { return f.pos }
func (l *Literal) Pos() int { return l.pos }

// Error says why a text is no filter.
type Error struct {
	Pos  int // in the text, in bytes, from 0
	Text string
}

// Error returns the text with the place, counted from 1.
func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.Pos+1, e.Text) }

// Filter is a filter that was read. It is immutable.
type Filter struct {
	Root   Expr
	fields []*Field
}

// Fields returns the fields that the filter names, in order; one may be there more than
// once.
func (f *Filter) Fields() []*Field { return f.fields }

// Parse reads a filter, which is UTF-8. The error is an *Error.
func Parse(text string) (*Filter, error) {
	if len(text) > MaxLength {
		return nil, &Error{MaxLength, fmt.Sprintf("the filter is longer than %d bytes", MaxLength)}
	}
	p := parser{lexer: lexer{text: text}}
	root, err := p.filter()
	if err != nil {
		return nil, err
	}
	return &Filter{Root: root, fields: p.fields}, nil
}
