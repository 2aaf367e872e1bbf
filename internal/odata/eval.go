package odata

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// function is a function of filters.
type function struct {
	takes []Type // of the arguments
	least int    // arguments that must be given
	gives Type
	usage string
	call  func(a []Value) Value // of arguments of the types
}

// functions are those that there are, by name.
var functions = map[string]*function{
	"contains":   two(Bool, func(s, t string) Value { return ofBool(strings.Contains(s, t)) }),
	"startswith": two(Bool, func(s, t string) Value { return ofBool(strings.HasPrefix(s, t)) }),
	"endswith":   two(Bool, func(s, t string) Value { return ofBool(strings.HasSuffix(s, t)) }),
	"concat":     two(String, concat),
	"indexof":    two(Number, func(s, t string) Value { return ofNumber(indexOf(s, t)) }),
	"tolower":    of(String, func(s string) Value { return ofString(strings.ToLower(s)) }),
	"toupper":    of(String, func(s string) Value { return ofString(strings.ToUpper(s)) }),
	"trim":       of(String, func(s string) Value { return ofString(strings.TrimSpace(s)) }),
	"length":     of(Number, func(s string) Value { return ofNumber(utf8.RuneCountInString(s)) }),
	"substring":  {[]Type{String, Number, Number}, 2, String, "a string, where to begin, and perhaps how many characters", substring},
	"year":       ofTime(func(t time.Time) int { return t.Year() }),
	"month":      ofTime(func(t time.Time) int { return int(t.Month()) }),
	"day":        ofTime(func(t time.Time) int { return t.Day() }),
}

// functionNames lists the functions for people.
var functionNames = strings.Join(slices.Sorted(maps.Keys(functions)), ", ")

// two is a function of two strings.
func two(gives Type, f func(s, t string) Value) *function {
	return &function{[]Type{String, String}, 2, gives, "two strings", func(a []Value) Value { return f(a[0].String, a[1].String) }}
}

// of is a function of one string.
func of(gives Type, f func(s string) Value) *function {
	return &function{[]Type{String}, 1, gives, "one string", func(a []Value) Value { return f(a[0].String) }}
}

// ofTime is a function of a date.
func ofTime(f func(time.Time) int) *function {
	return &function{[]Type{Time}, 1, Number, "one date", func(a []Value) Value { return ofNumber(f(a[0].Time)) }}
}

func ofBool(b bool) Value     { return Value{Type: Bool, Bool: b} }
func ofString(s string) Value { return Value{Type: String, String: s} }
func ofNumber(n int) Value    { return Value{Type: Number, Number: float64(n)} }

// null is the value of what is not there.
var null = Value{Type: Null}

// concat joins two strings; what is longer than a filter may make is null.
func concat(s, t string) Value {
	if len(s)+len(t) > maxText {
		return null
	}
	return ofString(s + t)
}

// indexOf returns where t begins in s, in characters from 0, or -1.
func indexOf(s, t string) int {
	i := strings.Index(s, t)
	if i < 0 {
		return -1
	}
	return utf8.RuneCountInString(s[:i])
}

// substring returns a part of a string, counted in characters from 0; what is beyond the
// string is nothing.
func substring(a []Value) Value {
	s := a[0].String
	s = skip(s, a[1].Number)
	if len(a) > 2 {
		s = s[:len(s)-len(skip(s, a[2].Number))]
	}
	return ofString(s)
}

// skip returns s without its first n characters.
func skip(s string, n float64) string {
	for ; n >= 1 && s != ""; n-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

// Match tells whether something passes the filter. Get returns the values of its fields,
// Null for those that it has not; strings are UTF-8.
//
// Comparisons with null are false, but for null eq null; of values of different types
// they are false too, and ne is true. A string is taken for a date where it is compared
// with one and reads like one. Functions of null, and of values that are not of their
// types, are null. What is neither true nor false does not pass.
func (f *Filter) Match(get func(path []string) Value) bool {
	v := eval(f.Root, get)
	return v.Type == Bool && v.Bool
}

func eval(x Expr, get func([]string) Value) Value {
	switch x := x.(type) {
	case *Literal:
		return x.Value
	case *Field:
		return get(x.Path)
	case *Not:
		v := eval(x.X, get)
		if v.Type != Bool {
			return null
		}
		return ofBool(!v.Bool)
	case *Call:
		return x.eval(get)
	case *Binary:
		return x.eval(get)
	}
	return null
}

func (c *Call) eval(get func([]string) Value) Value {
	args := make([]Value, len(c.Args))
	for i, x := range c.Args {
		v := eval(x, get)
		if c.of.takes[i] == Time {
			v = asTime(v)
		}
		if v.Type != c.of.takes[i] {
			return null
		}
		args[i] = v
	}
	return c.of.call(args)
}

func (b *Binary) eval(get func([]string) Value) Value {
	left := eval(b.Left, get)
	switch b.Op {
	case And, Or:
		return b.logic(left, get)
	}
	return ofBool(compare(b.Op, left, eval(b.Right, get)))
}

// logic is and, or with values that may be neither true nor false.
func (b *Binary) logic(left Value, get func([]string) Value) Value {
	decides := b.Op == Or // the value that settles it
	if left.Type == Bool && left.Bool == decides {
		return left
	}
	right := eval(b.Right, get)
	switch {
	case right.Type == Bool && right.Bool == decides:
		return right
	case left.Type != Bool || right.Type != Bool:
		return null
	}
	return ofBool(!decides)
}

// asTime returns the date that a string reads like, as a date; it may also be YYYYMMDD.
func asTime(v Value) Value {
	if v.Type != String {
		return v
	}
	when, ok := ParseTime(v.String)
	if !ok {
		var err error
		if when, err = time.Parse("20060102", v.String); err != nil {
			return v
		}
	}
	return Value{Type: Time, Time: when}
}

func compare(op Op, a, b Value) bool {
	switch {
	case a.Type == Time:
		b = asTime(b)
	case b.Type == Time:
		a = asTime(a)
	}
	order, ok := 0, a.Type == b.Type
	if ok {
		order, ok = orderOf(a, b)
	}
	switch op {
	case Eq:
		return ok && order == 0
	case Ne:
		return !ok || order != 0
	case Gt:
		return ok && order > 0
	case Ge:
		return ok && order >= 0 && a.Type != Null
	case Lt:
		return ok && order < 0
	}
	return ok && order <= 0 && a.Type != Null
}

// number is the order of booleans: false comes before true.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// orderOf compares two values of one type; ok is false if they have no order.
func orderOf(a, b Value) (order int, ok bool) {
	switch a.Type {
	case Null:
		return 0, true
	case Bool:
		return cmp.Compare(number(a.Bool), number(b.Bool)), true
	case String:
		return strings.Compare(a.String, b.String), true
	case Number:
		return cmp.Compare(a.Number, b.Number), true
	case Time:
		return a.Time.Compare(b.Time), true
	}
	return 0, false
}
