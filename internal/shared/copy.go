package shared

import (
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Copy returns v as another thread may have it: arrays are copied with all that they
// hold, JSON objects too; code blocks and other objects become NIL. An array or object
// that is reached twice is one in the copy too. The copy holds nothing of what v is made
// of.
func Copy(v vm.Value) vm.Value {
	var c copier
	v, _ = c.copy(v) // without a thread it does not fail
	return v
}

// CopyTo is Copy for the thread t, which it asks for the memory and polls. The error is
// the thread's, to be returned by the native as it is.
func CopyTo(t *vm.Thread, v vm.Value) (vm.Value, error) {
	c := copier{hold: lib.NewHold(t), thread: t}
	return c.copy(v)
}

// CopyAllTo is CopyTo for several values: what they have in common they have in common
// in the copies. The result is a new slice.
func CopyAllTo(t *vm.Thread, values []vm.Value) ([]vm.Value, error) {
	v, err := CopyTo(t, vm.NewArray(values))
	if err != nil {
		return nil, err
	}
	return v.Array().Elems, nil
}

// Size returns about how many bytes the values take that can be reached from v, each
// counted once.
func Size(v vm.Value) int64 {
	s := sizer{seen: map[any]bool{}}
	s.visit(v)
	for len(s.open) > 0 {
		next := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		s.enter(next)
	}
	return s.bytes
}

// Sizes of values, about, in bytes.
const (
	valueBytes = 16
	arrayBytes = 48 // beside its elements
)

// copier copies values without recursion. The zero copier asks nobody for memory.
type copier struct {
	hold    *lib.Hold
	thread  *vm.Thread
	turns   int
	arrays  map[*vm.ArrayValue]vm.Value  // copies
	objects map[*vm.ObjectValue]vm.Value // copies
	open    []vm.Value                   // copies that still hold the values of the originals
}

func (c *copier) copy(v vm.Value) (vm.Value, error) {
	first, err := c.twin(v)
	for err == nil && len(c.open) > 0 {
		next := c.open[len(c.open)-1]
		c.open = c.open[:len(c.open)-1]
		err = c.fill(next)
	}
	return first, err
}

// fill replaces the values that a copy holds by their copies.
func (c *copier) fill(v vm.Value) error {
	var fault error
	replace := func(place *vm.Value) {
		if fault == nil {
			*place, fault = c.twin(*place)
		}
	}
	if v.Kind() != vm.Array {
		lib.EachJSON(v, replace)
		return fault
	}
	elems := v.Array().Elems
	for i := range elems {
		replace(&elems[i])
	}
	return fault
}

// twin returns the copy of v, which still may hold the values of v.
func (c *copier) twin(v vm.Value) (vm.Value, error) {
	if err := c.poll(); err != nil {
		return vm.Value{}, err
	}
	switch v.Kind() {
	case vm.Nil, vm.Number, vm.Logical, vm.Date:
		return v, nil
	case vm.String:
		return c.text(v.Text())
	case vm.Array:
		return c.array(v.Array())
	case vm.Object:
		return c.object(v)
	}
	return vm.Value{}, nil
}

func (c *copier) text(s string) (vm.Value, error) {
	if err := c.charge(len(s)); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(strings.Clone(s)), nil
}

func (c *copier) array(arr *vm.ArrayValue) (vm.Value, error) {
	if twin, ok := c.arrays[arr]; ok {
		return twin, nil
	}
	if err := c.charge(arrayBytes + valueBytes*len(arr.Elems)); err != nil {
		return vm.Value{}, err
	}
	twin := vm.NewArray(append([]vm.Value(nil), arr.Elems...))
	if c.arrays == nil {
		c.arrays = map[*vm.ArrayValue]vm.Value{}
	}
	c.arrays[arr] = twin
	c.open = append(c.open, twin)
	return twin, nil
}

func (c *copier) object(v vm.Value) (vm.Value, error) {
	if twin, ok := c.objects[v.Object()]; ok {
		return twin, nil
	}
	twin, bytes, ok := lib.CopyJSON(v)
	if !ok {
		return vm.Value{}, nil
	}
	if err := c.charge(bytes); err != nil {
		return vm.Value{}, err
	}
	if c.objects == nil {
		c.objects = map[*vm.ObjectValue]vm.Value{}
	}
	c.objects[v.Object()] = twin
	c.open = append(c.open, twin)
	return twin, nil
}

func (c *copier) charge(n int) error {
	if c.hold == nil {
		return nil
	}
	return c.hold.Charge(n)
}

// poll polls the thread now and then, and at once when it is to stop.
func (c *copier) poll() error {
	if c.thread == nil {
		return nil
	}
	if c.turns++; c.turns%1024 != 0 && !c.thread.Stopping() {
		return nil
	}
	return c.thread.Poll()
}

// sizer counts values without recursion.
type sizer struct {
	bytes int64
	seen  map[any]bool // arrays and objects
	open  []vm.Value   // arrays and objects that were not entered yet
}

func (s *sizer) visit(v vm.Value) {
	s.bytes += valueBytes
	switch v.Kind() {
	case vm.String:
		s.bytes += int64(v.Len())
	case vm.Array:
		s.meet(v.Array(), v)
	case vm.Object:
		s.meet(v.Object(), v)
	}
}

func (s *sizer) meet(key any, v vm.Value) {
	if !s.seen[key] {
		s.seen[key] = true
		s.open = append(s.open, v)
	}
}

// enter counts what an array or object holds.
func (s *sizer) enter(v vm.Value) {
	if v.Kind() == vm.Array {
		s.bytes += arrayBytes
		for _, e := range v.Array().Elems {
			s.visit(e)
		}
		return
	}
	if held, ok := v.Object().Native.(vm.Sizer); ok {
		s.bytes += int64(held.Walk(s.visit))
	}
}
