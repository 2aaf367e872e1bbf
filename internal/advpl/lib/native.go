package lib

import (
	"errors"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// What natives of other packages need of this one: arguments, memory, JSON objects.

// ArgText returns argument i of the native fn, which must be a string; the error names
// function and argument. The functions beside it do the same for other kinds; the Opt
// functions return def if the argument is NIL or was not given.
func ArgText(fn string, a vm.Args, i int) (string, error) { return argText(fn, a, i) }

// OptText is ArgText for what may be left out.
func OptText(fn string, a vm.Args, i int, def string) (string, error) { return optText(fn, a, i, def) }

// ArgNum is for numbers.
func ArgNum(fn string, a vm.Args, i int) (float64, error) { return argNum(fn, a, i) }

// ArgInt is for numbers, without their decimals; beyond the range of int it is the
// nearest int.
func ArgInt(fn string, a vm.Args, i int) (int, error) { return argInt(fn, a, i) }

// OptInt is ArgInt for what may be left out.
func OptInt(fn string, a vm.Args, i, def int) (int, error) { return optInt(fn, a, i, def) }

// OptBool is for logicals that may be left out.
func OptBool(fn string, a vm.Args, i int, def bool) (bool, error) { return optBool(fn, a, i, def) }

// ArgArray is for arrays.
func ArgArray(fn string, a vm.Args, i int) (*vm.ArrayValue, error) { return argArray(fn, a, i) }

// Upper returns a string of programs, which is in the code page, in upper case.
func Upper(s string) string { return mapBytes(s, upperOf) }

// GiveBack hands v to the program through argument i: it sets the variable that was
// passed by reference; else, if an array was passed and v is one, that array gets the
// elements of v. It does nothing otherwise.
func GiveBack(a vm.Args, i int, v vm.Value) {
	if a.Set(i, v) {
		return
	}
	if old := a.Get(i); old.Kind() == vm.Array && v.Kind() == vm.Array {
		old.Array().Elems = v.Array().Elems
	}
}

// WithoutArguments takes the arguments out of the error of a native, whose report and log would
// show them: it is for natives to which programs pass passwords, keys or tokens.
func WithoutArguments(err error) error {
	if e, ok := errors.AsType[*vm.Error](err); ok {
		e.Args = nil
	}
	return err
}

// discreet returns f with errors without arguments.
func discreet(f vm.Native) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		v, err := f(t, a)
		return v, WithoutArguments(err)
	}
}

// Hold asks a thread for the memory of what a native builds. The thread counts what its
// program can reach, which that is not yet: so all of it is asked for again once it
// passes the limit.
type Hold struct{ hold }

// NewHold returns a Hold of the thread.
func NewHold(t *vm.Thread) *Hold { return &Hold{hold{thread: t}} }

// Charge asks for n bytes.
func (h *Hold) Charge(n int) error { return h.charge(n) }

// Text returns a copy of s as a value.
func (h *Hold) Text(s string) (vm.Value, error) {
	if limit := h.thread.Limits().String; len(s) > limit {
		return vm.Value{}, vm.Errorf(vm.GenStrOverflow, "string", "string overflow: %d bytes are more than the limit of %d", len(s), limit)
	}
	if err := h.charge(len(s)); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(strings.Clone(s)), nil
}

// Array returns an array of a copy of elems.
func (h *Hold) Array(elems ...vm.Value) (vm.Value, error) {
	if limit := h.thread.Limits().Array; len(elems) > limit {
		return vm.Value{}, vm.Errorf(vm.GenBound, "array", "array of %d elements: the limit is %d", len(elems), limit)
	}
	return h.array(elems...)
}

// Add appends v to an array that the native builds.
func (h *Hold) Add(arr *vm.ArrayValue, v vm.Value) error { return h.add(arr, v) }

// CopyJSON returns a copy of the JSON object v, which holds the same values, and about
// how many bytes it takes without them; false if v is none. Objects of classes that
// inherit from JsonObject are none.
func CopyJSON(v vm.Value) (twin vm.Value, bytes int, ok bool) {
	o, ok := jsonOf(v)
	if !ok || v.Object().Class != nil {
		return vm.Value{}, 0, false
	}
	o.names.compact()
	c := &jsonObject{list: o.list, elems: slices.Clone(o.elems), norm: o.norm}
	c.names.entries = slices.Clone(o.names.entries)
	for i := range c.names.entries {
		c.names.entries[i].key = strings.Clone(c.names.entries[i].key)
	}
	if len(c.names.entries) > fewKeys {
		c.names.reindex()
	}
	return c.value(), c.Walk(func(vm.Value) {}), true
}

// EachJSON calls f with the place of each value of the JSON object v, in order.
func EachJSON(v vm.Value, f func(*vm.Value)) {
	o, ok := jsonOf(v)
	if !ok {
		return
	}
	for i := range o.elems {
		f(&o.elems[i])
	}
	for i := range o.names.entries {
		f(&o.names.entries[i].value)
	}
}
