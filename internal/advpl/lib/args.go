package lib

import (
	"math"
	"strings"

	"appserver/internal/advpl/vm"
)

// The arg functions read argument i of the native fn, which must be of the kind;
// the error names function and argument. The opt functions return def if the
// argument is NIL or was not given.

func argText(fn string, a vm.Args, i int) (string, error) {
	if v := a.Get(i); v.IsStr() {
		return v.Text(), nil
	}
	return "", vm.ArgError(fn, a, i, "a string")
}

func optText(fn string, a vm.Args, i int, def string) (string, error) {
	if a.Get(i).IsNil() {
		return def, nil
	}
	return argText(fn, a, i)
}

func argNum(fn string, a vm.Args, i int) (float64, error) {
	if v := a.Get(i); v.IsNum() {
		return v.Float(), nil
	}
	return 0, vm.ArgError(fn, a, i, "a number")
}

func argInt(fn string, a vm.Args, i int) (int, error) {
	f, err := argNum(fn, a, i)
	return truncate(f), err
}

func optInt(fn string, a vm.Args, i, def int) (int, error) {
	if a.Get(i).IsNil() {
		return def, nil
	}
	return argInt(fn, a, i)
}

func optBool(fn string, a vm.Args, i int, def bool) (bool, error) {
	switch v := a.Get(i); v.Kind() {
	case vm.Nil:
		return def, nil
	case vm.Logical:
		return v.Truth(), nil
	}
	return false, vm.ArgError(fn, a, i, "a logical")
}

func argDate(fn string, a vm.Args, i int) (int, error) {
	if v := a.Get(i); v.Kind() == vm.Date {
		return v.Day(), nil
	}
	return 0, vm.ArgError(fn, a, i, "a date")
}

func argArray(fn string, a vm.Args, i int) (*vm.ArrayValue, error) {
	if v := a.Get(i); v.Kind() == vm.Array {
		return v.Array(), nil
	}
	return nil, vm.ArgError(fn, a, i, "an array")
}

func argBlock(fn string, a vm.Args, i int) (vm.Value, error) {
	if v := a.Get(i); v.Kind() == vm.Block {
		return v, nil
	}
	return vm.Value{}, vm.ArgError(fn, a, i, "a code block")
}

func argObject(fn string, a vm.Args, i int) (*vm.ObjectValue, error) {
	if v := a.Get(i); v.Kind() == vm.Object {
		return v.Object(), nil
	}
	return nil, vm.ArgError(fn, a, i, "an object")
}

// loose returns argument i as a number, or def if it is something else: what
// Clipper does with the optional counts of its array and string functions.
func loose(a vm.Args, i, def int) int {
	if v := a.Get(i); v.IsNum() {
		return truncate(v.Float())
	}
	return def
}

// truncate returns f without its decimals. Beyond the range of int it returns the
// nearest int, 0 for what is no number.
func truncate(f float64) int {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt
	case f <= math.MinInt64:
		return math.MinInt
	}
	return int(f)
}

// newText asks for the memory of a string of n bytes and makes it with build.
func newText(t *vm.Thread, n int, build func() string) (vm.Value, error) {
	if err := t.CheckString(n); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(build()), nil
}

// product returns a*b, which are not negative, or MaxInt if that is too large.
func product(a, b int) int {
	if b != 0 && a > math.MaxInt/b {
		return math.MaxInt
	}
	return a * b
}

// hold asks for the memory of what a native builds. A thread counts what its program
// can reach, which that is not yet: so all of it is asked for again once it passes the
// limit.
type hold struct {
	thread *vm.Thread
	held   int
}

func (h *hold) charge(n int) error {
	h.held += n
	if int64(h.held) > h.thread.Limits().Memory {
		n = h.held
	}
	return h.thread.Charge(n)
}

// Sizes of values, about, in bytes.
const (
	valueBytes = 16
	arrayBytes = 48 // beside its elements
)

// array returns an array of a copy of elems.
func (h *hold) array(elems ...vm.Value) (vm.Value, error) {
	if err := h.charge(arrayBytes + valueBytes*len(elems)); err != nil {
		return vm.Value{}, err
	}
	return vm.NewArray(append([]vm.Value(nil), elems...)), nil
}

// add appends v to an array that the native builds.
func (h *hold) add(arr *vm.ArrayValue, v vm.Value) error {
	if len(arr.Elems) == cap(arr.Elems) {
		if err := h.charge(valueBytes * (cap(arr.Elems)/2 + 4)); err != nil {
			return err
		}
	}
	return appendElem(h.thread, arr, v)
}

// addRow appends an array of a copy of elems to an array that the native builds.
func (h *hold) addRow(arr *vm.ArrayValue, elems ...vm.Value) error {
	row, err := h.array(elems...)
	if err != nil {
		return err
	}
	return h.add(arr, row)
}

// addPiece appends part, a part of the string v, to an array that the native builds.
func (h *hold) addPiece(arr *vm.ArrayValue, v vm.Value, part string) error {
	if v.Len() > shared && len(part) > 1 && len(part) < v.Len() {
		if err := h.charge(len(part)); err != nil {
			return err
		}
		part = strings.Clone(part)
	}
	return h.add(arr, vm.Str(part))
}
