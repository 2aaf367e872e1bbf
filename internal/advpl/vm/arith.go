package vm

import (
	"cmp"
	"math"
	"strings"
	"unsafe"

	"appserver/internal/advpl/code"
)

// The days that a date can hold, by Julian day number: 0001-01-01 and 9999-12-31.
// What falls outside is the empty date.
const (
	firstDay = 1721426
	lastDay  = 5373484
)

// operators names the operations for messages, as a program writes them.
var operators = map[code.Op]string{
	code.ADD: "+", code.SUB: "-", code.MUL: "*", code.DIV: "/", code.MOD: "%", code.POW: "^", code.NEG: "-",
	code.EQ: "=", code.EEQ: "==", code.NE: "<>", code.LT: "<", code.LE: "<=", code.GT: ">", code.GE: ">=", code.IN: "$",
}

// arith computes a op b, op being ADD, SUB, MUL, DIV, MOD, POW or NEG (which
// ignores b). Numbers, strings and dates combine as the language says: C+C, C-C,
// D+N, N+D, D-N and D-D besides the numbers; anything else is a type mismatch.
func (t *Thread) arith(op code.Op, a, b Value) (Value, error) {
	if op == code.NEG {
		if a.p != numTag {
			return Value{}, mismatch("-", a)
		}
		return Num(0 - a.Float()), nil // never -0
	}
	if a.p == numTag && b.p == numTag {
		return numeric(op, a.Float(), b.Float())
	}
	switch op {
	case code.ADD:
		return t.add(a, b)
	case code.SUB:
		return t.subtract(a, b)
	}
	return Value{}, mismatch(operators[op], a, b)
}

// numeric computes x op y. The result is finite, or there is an error.
func numeric(op code.Op, x, y float64) (Value, error) {
	var r float64
	switch op {
	case code.ADD:
		r = x + y
	case code.SUB:
		r = x - y
	case code.MUL:
		r = x * y
	case code.DIV, code.MOD:
		if y == 0 {
			return Value{}, zeroDivision(operators[op], x, y)
		}
		if r = x / y; op == code.MOD {
			r = modulo(x, y)
		}
	case code.POW:
		if x == 0 && y < 0 {
			return Value{}, zeroDivision("^", x, y)
		}
		r = math.Pow(x, y)
	}
	if r-r != 0 { // infinite, or not a number
		return Value{}, notFinite(operators[op], r, x, y)
	}
	return Num(r), nil
}

// modulo returns x % y, with the sign of x.
func modulo(x, y float64) float64 {
	if r, ok := wholeMod(x, y); ok {
		return r
	}
	return math.Mod(x, y) + 0 // never -0
}

// wholeMod returns x % y of whole numbers from 0 to 2^32-1, without the long division of
// math.Mod; ok is false if they are others, or y is 0.
func wholeMod(x, y float64) (r float64, ok bool) {
	i, j := int64(x), int64(y)
	if uint64(i|j) >= 1<<32 || j == 0 || float64(i) != x || float64(j) != y {
		return 0, false
	}
	return float64(uint32(i) % uint32(j)), true
}

func zeroDivision(operator string, x, y float64) *Error {
	err := Errorf(GenZeroDiv, operator, "zero divisor")
	err.Args = []Value{Num(x), Num(y)}
	return err
}

// notFinite is the error of an operation whose result r is no finite number.
func notFinite(operator string, r, x, y float64) *Error {
	err := Errorf(GenNumOverflow, operator, "numeric overflow")
	if r != r {
		err = Errorf(GenNumErr, operator, "result is not a real number")
	}
	err.Args = []Value{Num(x), Num(y)}
	return err
}

// add computes a + b where not both are numbers.
func (t *Thread) add(a, b Value) (Value, error) {
	switch ka, kb := a.Kind(), b.Kind(); {
	case ka == String && kb == String:
		return t.concat(a, b)
	case ka == Date && kb == Number:
		return addDays(a, b.Float()), nil
	case ka == Number && kb == Date:
		return addDays(b, a.Float()), nil
	}
	return Value{}, mismatch("+", a, b)
}

// subtract computes a - b where not both are numbers.
func (t *Thread) subtract(a, b Value) (Value, error) {
	switch ka, kb := a.Kind(), b.Kind(); {
	case ka == String && kb == String:
		return t.concatTrimmed(a, b)
	case ka == Date && kb == Number:
		return addDays(a, -b.Float()), nil
	case ka == Date && kb == Date:
		return Int(a.Day() - b.Day()), nil
	}
	return Value{}, mismatch("-", a, b)
}

// addDays returns the date n whole days after d. The empty date stays empty, and so
// becomes what no date can hold.
func addDays(d Value, n float64) Value {
	day := d.Day()
	if day == 0 {
		return d
	}
	sum := float64(day) + math.Trunc(n)
	if !(sum >= firstDay && sum <= lastDay) {
		return DateOf(0)
	}
	return DateOf(int(sum))
}

// concat returns a + b for strings.
func (t *Thread) concat(a, b Value) (Value, error) {
	n, m := a.Len(), b.Len()
	if err := t.checkLength(n + m); err != nil {
		return Value{}, err
	}
	if n > 0 && m > 0 && !appends(a, m) {
		if err := t.Charge(n + m + n/4 + m); err != nil { // with the room that appendStr leaves
			return Value{}, err
		}
	}
	return appendStr(a, b), nil
}

// appends tells whether appendStr can put m more bytes behind the string a without
// an allocation.
func appends(a Value, m int) bool {
	if a.n&buffered == 0 {
		return false
	}
	buf := (*buffer)(a.p)
	return buf.used == a.Len() && buf.used+m <= buf.cap
}

// concatTrimmed returns a - b for strings: the trailing blanks of a go to the end.
func (t *Thread) concatTrimmed(a, b Value) (Value, error) {
	left := strings.TrimRight(a.Text(), " ")
	blanks := a.Len() - len(left)
	if blanks == 0 || b.Len() == 0 {
		return t.concat(a, b)
	}
	n := a.Len() + b.Len()
	if err := t.CheckString(n); err != nil {
		return Value{}, err
	}
	s := make([]byte, 0, n)
	s = append(s, left...)
	s = append(s, b.Text()...)
	s = append(s, a.Text()[len(left):]...)
	return Str(unsafe.String(&s[0], n)), nil
}

// compare computes a op b, op being EQ, EEQ, NE, LT, LE, GT, GE or IN.
func (t *Thread) compare(op code.Op, a, b Value) (bool, error) {
	switch op {
	case code.EQ, code.EEQ, code.NE:
		if equal, ok := Equal(a, b, op == code.EEQ); ok {
			return equal != (op == code.NE), nil
		}
	case code.IN:
		if a.IsStr() && b.IsStr() {
			return a.Len() > 0 && strings.Contains(b.Text(), a.Text()), nil
		}
	default:
		if order, ok := orderOf(a, b); ok {
			return holds(op, order), nil
		}
	}
	return false, mismatch(operators[op], a, b)
}

// holds tells whether operands of the order (-1, 0, 1) satisfy the operator.
func holds(op code.Op, order int) bool {
	switch op {
	case code.LT:
		return order < 0
	case code.LE:
		return order <= 0
	case code.GT:
		return order > 0
	}
	return order >= 0
}

// Equal compares as = does (exact false: b is a prefix of a) or as == does. NIL
// equals NIL and nothing else; arrays, blocks and objects equal themselves only. ok
// is false if the kinds cannot be compared.
func Equal(a, b Value, exact bool) (equal, ok bool) {
	ka, kb := a.Kind(), b.Kind()
	switch {
	case ka == Nil || kb == Nil:
		return ka == kb, true
	case ka != kb || ka > Object:
		return false, false
	case ka == Number:
		return a.Float() == b.Float(), true
	case ka == String:
		if exact {
			return a.Text() == b.Text(), true
		}
		return strings.HasPrefix(a.Text(), b.Text()), true
	case ka == Logical || ka == Date:
		return a.n == b.n, true
	}
	return a.p == b.p, true
}

// Compare orders two numbers, strings (by their bytes), dates or logicals: -1, 0,
// 1. It is a total order, fit for sorting; the operators < <= > >= differ from it
// in that a string equals every prefix of it on their right. ok is false if the
// kinds cannot be compared.
func Compare(a, b Value) (order int, ok bool) {
	ka := a.Kind()
	if ka != b.Kind() {
		return 0, false
	}
	switch ka {
	case Number:
		return cmp.Compare(a.Float(), b.Float()), true
	case String:
		return strings.Compare(a.Text(), b.Text()), true
	case Date:
		return cmp.Compare(a.Day(), b.Day()), true
	case Logical:
		return cmp.Compare(a.n, b.n), true
	}
	return 0, false
}

// orderOf is Compare as the operators see it: a string is equal to its prefixes on
// the right, as with =, so that of <, = and > exactly one holds.
func orderOf(a, b Value) (order int, ok bool) {
	if a.IsStr() && b.IsStr() && strings.HasPrefix(a.Text(), b.Text()) {
		return 0, true
	}
	return Compare(a, b)
}
