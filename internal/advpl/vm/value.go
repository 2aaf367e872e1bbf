package vm

import (
	"math"
	"unsafe"
)

// Value is an AdvPL value: two words, never boxed. The zero Value is NIL.
//
// The first word tells numbers, logicals and dates apart by the address of a tag,
// or points to what the value holds on the heap; then the top byte of the second
// word is the kind and the rest the length of a string. The garbage collector sees
// the first word as an ordinary pointer. A register's tag is written only if it
// changes, which keeps write barriers rare (see setNum).
type Value struct {
	p unsafe.Pointer
	n uint64
}

// Kind is the kind of a value.
type Kind uint8

const (
	Nil     Kind = iota
	Number       // double
	Logical      // .T. .F.
	Date         // a day, or the empty date
	String       // bytes in the code page of the environment
	Array        // reference to an array
	Block        // code block
	Object       // instance of a class of a program, or of a native class
	refCell      // reference to a variable; only in registers
	refElem      // reference to an element or a member; only in registers
	pending      // what a FINALLY holds back; only in registers
)

// Type returns the letter of ValType: U N L D C A B O.
func (k Kind) Type() string { return "UNLDCABOUUU"[k : k+1] }

// The tags have a size, so that their addresses differ.
var tags [4]struct{ _ uint64 }

var (
	numTag  = unsafe.Pointer(&tags[0])
	boolTag = unsafe.Pointer(&tags[1])
	dateTag = unsafe.Pointer(&tags[2])
	noBytes = unsafe.Pointer(&tags[3]) // what the empty string points to
)

const (
	kindShift = 56
	lenMask   = 1<<48 - 1
	buffered  = 1 << 55 // of a string: the pointer is to a *buffer
)

// Kind returns the kind of v.
func (v Value) Kind() Kind {
	switch v.p {
	case nil:
		return Nil
	case numTag:
		return Number
	case boolTag:
		return Logical
	case dateTag:
		return Date
	}
	return Kind(v.n >> kindShift)
}

// Num returns the number f.
func Num(f float64) Value { return Value{numTag, math.Float64bits(f)} }

// Int returns the number i.
func Int(i int) Value { return Num(float64(i)) }

// Bool returns the logical b.
func Bool(b bool) Value {
	if b {
		return Value{boolTag, 1}
	}
	return Value{boolTag, 0}
}

// DateOf returns the day with the Julian day number day; 0 is the empty date.
func DateOf(day int) Value { return Value{dateTag, uint64(int64(day))} }

// Str returns the string s, which it does not copy.
func Str(s string) Value {
	if s == "" {
		return Value{noBytes, uint64(String) << kindShift}
	}
	return Value{unsafe.Pointer(unsafe.StringData(s)), uint64(String)<<kindShift | uint64(len(s))}
}

// IsNil, IsNum, IsStr tell the kinds asked for most.
func (v Value) IsNil() bool { return v.p == nil }
func (v Value) IsNum() bool { return v.p == numTag }
func (v Value) IsStr() bool {
	return v.p != nil && v.p != numTag && v.p != boolTag && v.p != dateTag && Kind(v.n>>kindShift) == String
}

// Float returns the number in v, which must be one.
func (v Value) Float() float64 { return math.Float64frombits(v.n) }

// Truth returns the logical in v, which must be one.
func (v Value) Truth() bool { return v.n != 0 }

// Day returns the Julian day number of the date in v, which must be one; 0 is the
// empty date.
func (v Value) Day() int { return int(int64(v.n)) }

// Text returns the string in v, which must be one. It shares the bytes.
func (v Value) Text() string {
	n := int(v.n & lenMask)
	if v.n&buffered != 0 {
		return unsafe.String((*buffer)(v.p).data, n)
	}
	return unsafe.String((*byte)(v.p), n)
}

// Len returns the length of the string in v, which must be one.
func (v Value) Len() int { return int(v.n & lenMask) }

// buffer is a string that grows at its end: s += x appends in place while s is
// all that the buffer holds. Shorter strings in the same buffer stay as they are.
type buffer struct {
	data      *byte
	used, cap int
	mark      uint32 // of the last walk that saw it
}

// appendStr returns a + b; a's bytes are shared if they end a buffer with room.
func appendStr(a, b Value) Value {
	n, m := a.Len(), b.Len()
	if m == 0 {
		return a
	}
	if n == 0 {
		return b
	}
	if a.n&buffered != 0 {
		buf := (*buffer)(a.p)
		if buf.used == n && n+m <= buf.cap {
			copy(unsafe.Slice(buf.data, buf.cap)[n:], b.Text())
			buf.used = n + m
			return Value{a.p, a.n + uint64(m)}
		}
	}
	if n+m < 64 {
		s := make([]byte, n+m)
		copy(s, a.Text())
		copy(s[n:], b.Text())
		return Str(unsafe.String(&s[0], n+m))
	}
	s := make([]byte, n+m+n/4+m) // room for some more of the same
	copy(s, a.Text())
	copy(s[n:], b.Text())
	buf := &buffer{data: &s[0], used: n + m, cap: len(s)}
	return Value{unsafe.Pointer(buf), uint64(String)<<kindShift | buffered | uint64(n+m)}
}

// ArrayValue is what an array refers to. Its elements may be changed by the thread
// that owns it.
type ArrayValue struct {
	Elems []Value

	mark uint32 // of the last walk that saw it
}

// NewArray returns an array of elems, which it does not copy.
func NewArray(elems []Value) Value {
	return Value{unsafe.Pointer(&ArrayValue{Elems: elems}), uint64(Array) << kindShift}
}

// ArrayOf returns the value that refers to a.
func ArrayOf(a *ArrayValue) Value { return Value{unsafe.Pointer(a), uint64(Array) << kindShift} }

// Array returns what the array v refers to; v must be one.
func (v Value) Array() *ArrayValue { return (*ArrayValue)(v.p) }

// block returns the code block in v, which must be one.
func (v Value) block() *blockValue { return (*blockValue)(v.p) }

// ObjectOf returns the value that refers to o.
func ObjectOf(o *ObjectValue) Value { return Value{unsafe.Pointer(o), uint64(Object) << kindShift} }

// Object returns the object in v, which must be one.
func (v Value) Object() *ObjectValue { return (*ObjectValue)(v.p) }

// setNum makes *d the number f. The tag is written only if it changes.
func setNum(d *Value, f float64) {
	d.n = math.Float64bits(f)
	if d.p != numTag {
		d.p = numTag
	}
}

// setBool makes *d the logical b. The tag is written only if it changes.
func setBool(d *Value, b bool) {
	d.n = 0
	if b {
		d.n = 1
	}
	if d.p != boolTag {
		d.p = boolTag
	}
}
