package vm

import "unsafe"

// elemRef is a reference to an element of an array or a native object, or to a
// member of an object; then key is the member's name.
type elemRef struct {
	t      *Thread
	obj    Value
	key    Value
	member bool
}

// cellRef returns the reference to the variable at v.
func cellRef(v *Value) Value {
	return Value{unsafe.Pointer(v), uint64(refCell) << kindShift}
}

// newCell returns a reference to a new variable with the value v.
func newCell(v Value) Value { return cellRef(&Value{v.p, v.n}) }

// ref returns the value that holds the reference r.
func (r *elemRef) ref() Value {
	return Value{unsafe.Pointer(r), uint64(refElem) << kindShift}
}

// isTag reports whether p is one of the tags rather than a pointer to the heap.
func isTag(p unsafe.Pointer) bool {
	return uintptr(p)-uintptr(unsafe.Pointer(&tags)) < unsafe.Sizeof(tags)
}

// isCell reports whether v is a reference to a variable.
func (v *Value) isCell() bool {
	return v.n>>kindShift == uint64(refCell) && !isTag(v.p)
}

// isRef reports whether v is a reference of any kind.
func (v *Value) isRef() bool {
	k := v.n >> kindShift
	return (k == uint64(refCell) || k == uint64(refElem)) && !isTag(v.p) && v.p != nil
}

// deref returns what v refers to, NIL if that is gone, or v itself if it is no
// reference.
func (v Value) deref() Value {
	if v.isCell() {
		return *(*Value)(v.p)
	}
	if v.isRef() {
		got, err := (*elemRef)(v.p).get()
		if err != nil {
			return Value{}
		}
		return got
	}
	return v
}

// load returns what the reference v refers to, or v itself if it is none.
func (v Value) load() (Value, error) {
	if v.isCell() {
		return *(*Value)(v.p), nil
	}
	if v.isRef() {
		return (*elemRef)(v.p).get()
	}
	return v, nil
}

// store assigns what the reference v refers to; ok is false if v is none.
func (v Value) store(x Value) (ok bool, err error) {
	if v.isCell() {
		*(*Value)(v.p) = x
		return true, nil
	}
	if v.isRef() {
		return true, (*elemRef)(v.p).set(x)
	}
	return false, nil
}

func (r *elemRef) get() (Value, error) {
	if r.member {
		return r.t.member(r.obj, r.t.symbol(r.key.Text()))
	}
	return r.t.index(r.obj, r.key)
}

func (r *elemRef) set(v Value) error {
	if r.member {
		return r.t.assignMember(r.obj, r.t.symbol(r.key.Text()), v)
	}
	return r.t.setIndex(r.obj, r.key, v)
}
