package vm

import (
	"unsafe"

	"appserver/internal/advpl/code"
)

// newArray makes *d an array of a copy of elems.
func (t *Thread) newArray(d *Value, elems []Value) error {
	if err := t.CheckArray(len(elems)); err != nil {
		return err
	}
	a := roomFor(len(elems)) // *d may be one of elems
	copyValues(unsafe.Pointer(unsafe.SliceData(a.Elems)), elems)
	*d = ArrayOf(a)
	return nil
}

// roomFor returns an array of n NILs. That of a short one is one piece of memory with
// its elements, as most arrays stay as long as they are written.
func roomFor(n int) *ArrayValue {
	switch {
	case n == 0:
		return &ArrayValue{}
	case n <= 2:
		a := new(struct {
			ArrayValue
			room [2]Value
		})
		a.Elems = a.room[:n]
		return &a.ArrayValue
	case n <= 4:
		a := new(struct {
			ArrayValue
			room [4]Value
		})
		a.Elems = a.room[:n]
		return &a.ArrayValue
	case n <= 8:
		a := new(struct {
			ArrayValue
			room [8]Value
		})
		a.Elems = a.room[:n]
		return &a.ArrayValue
	}
	return &ArrayValue{Elems: make([]Value, n)}
}

// newDims returns an array of NIL with the dimensions dims.
func (t *Thread) newDims(dims []Value) (Value, error) {
	if len(dims) == 0 || !dims[0].IsNum() {
		return Value{}, mismatch("ARRAY", dims...)
	}
	x := dims[0].Float()
	if !(x >= 0 && x <= float64(t.opts.Limits.Array)) {
		return Value{}, Errorf(GenBound, "ARRAY", "array of %v elements: the limit is %d", x, t.opts.Limits.Array)
	}
	n := int(x)
	if err := t.CheckArray(n); err != nil {
		return Value{}, err
	}
	elems := make([]Value, n)
	if len(dims) > 1 {
		for i := range elems {
			v, err := t.newDims(dims[1:])
			if err != nil {
				return Value{}, err
			}
			elems[i] = v
		}
	}
	return NewArray(elems), nil
}

// appendTo appends v to the array list.
func (t *Thread) appendTo(list, v Value) error {
	if list.Kind() != Array {
		return mismatch("[]", list)
	}
	a := list.Array()
	if len(a.Elems) == cap(a.Elems) {
		if err := t.CheckArray(len(a.Elems) + 1); err != nil {
			return err
		}
	}
	a.Elems = append(a.Elems, v)
	return nil
}

// jsonClass is the class of the library whose objects {"k": v} and JsonObject()
// are.
const jsonClass = "JSONOBJECT"

// newJSON makes an empty JSON object.
func (t *Thread) newJSON() (Value, error) {
	construct := t.prog.nativeClass(jsonClass)
	if construct == nil {
		return Value{}, t.prog.noFunction(jsonClass)
	}
	return construct(t, nil)
}

// index returns obj[key].
func (t *Thread) index(obj, key Value) (Value, error) {
	if e := element(&obj, &key); e != nil {
		return *e, nil
	}
	if x := indexer(obj); x != nil {
		return x.Index(t, key)
	}
	return Value{}, indexError(obj, key)
}

// setIndex assigns obj[key].
func (t *Thread) setIndex(obj, key, v Value) error {
	if e := element(&obj, &key); e != nil {
		*e = v
		return nil
	}
	if x := indexer(obj); x != nil {
		return x.SetIndex(t, key, v)
	}
	return indexError(obj, key)
}

func indexer(obj Value) Indexer {
	if obj.Kind() != Object {
		return nil
	}
	x, _ := obj.Object().Native.(Indexer)
	return x
}

// indexError says why obj[key] is not possible.
func indexError(obj, key Value) *Error {
	if obj.Kind() == Array && key.IsNum() {
		return boundError(int(key.Float()), len(obj.Array().Elems))
	}
	return mismatch("[]", obj, key)
}

// memberFrom returns the member of obj for code of from.
func (t *Thread) memberFrom(obj Value, name symbol, from *function) (Value, error) {
	if obj.Kind() != Object {
		return Value{}, memberError(obj, t.nameOf(name), false)
	}
	return t.getMember(obj.Object(), name, from)
}

// assignFrom assigns the member of obj for code of from.
func (t *Thread) assignFrom(obj Value, name symbol, v Value, from *function) error {
	if obj.Kind() != Object {
		return memberError(obj, t.nameOf(name), false)
	}
	return t.setMember(obj.Object(), name, v, from)
}

// member and assignMember are memberFrom and assignFrom for the host, which may use
// every member.
func (t *Thread) member(obj Value, name symbol) (Value, error) {
	return t.memberFrom(obj, name, nil)
}

func (t *Thread) assignMember(obj Value, name symbol, v Value) error {
	return t.assignFrom(obj, name, v, nil)
}

// send calls a method for the host, or reads a member if there is none and no
// arguments.
func (t *Thread) send(obj Value, name symbol, args []Value) (Value, error) {
	fn, err := t.receiver(obj, name, len(args), nil)
	if err != nil {
		return Value{}, err
	}
	if fn.data {
		return t.member(obj, name)
	}
	if fn.fn != nil {
		return t.nest(fn.fn, obj, args, fromGo)
	}
	return obj.Object().Native.Send(t, t.nameOf(name), args)
}

// receiver is what a message reaches: a method, the native part of the object if fn
// is nil, or a data member.
type receiver struct {
	fn   *function
	data bool
}

// receiver finds what the message name with argc arguments reaches for code of from.
func (t *Thread) receiver(obj Value, name symbol, argc int, from *function) (receiver, error) {
	if obj.Kind() != Object {
		return receiver{}, memberError(obj, t.nameOf(name), true)
	}
	o := obj.Object()
	fn, err := t.findMethod(o, name, from)
	if err == nil {
		return receiver{fn: fn}, nil
	}
	if argc == 0 && t.isData(o, name) {
		return receiver{data: true}, nil
	}
	return receiver{}, err
}

// closure makes the block that CLOSURE describes.
func (t *Thread) closure(f *frame, fn *function) (Value, error) {
	if !fn.fixed.IsNil() {
		return fn.fixed, nil
	}
	n := len(fn.def.Captures)
	if err := t.Charge(blockSize + n*int(valueSize)); err != nil {
		return Value{}, err
	}
	b := newBlock(fn, n)
	if self := f.self(); self.Kind() == Object {
		b.self = self.Object()
	}
	for i, c := range fn.def.Captures {
		b.caps[i] = f.captured(c)
	}
	return b.value(), nil
}

// newBlock returns a block of fn with room for n captured variables. That of one or two
// is one piece of memory with the block.
func newBlock(fn *function, n int) *blockValue {
	switch n {
	case 0:
		return &blockValue{fn: fn}
	case 1:
		b := new(struct {
			blockValue
			room [1]Value
		})
		b.fn, b.caps = fn, b.room[:]
		return &b.blockValue
	case 2:
		b := new(struct {
			blockValue
			room [2]Value
		})
		b.fn, b.caps = fn, b.room[:]
		return &b.blockValue
	}
	return &blockValue{fn: fn, caps: make([]Value, n)}
}

// captured returns the reference that a block of f captures.
func (f *frame) captured(c code.Capture) Value {
	if c.Up {
		return f.closure().caps[c.Index]
	}
	return *f.at(c.Index)
}
