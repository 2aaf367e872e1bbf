package lib

import (
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

var arrayFuncs = table{
	"ARRAY":  array,
	"AADD":   aAdd,
	"ASIZE":  aSize,
	"ADEL":   aDel,
	"AINS":   aIns,
	"ASCAN":  aScan,
	"ASCANX": aScanX,
	"AEVAL":  aEval,
	"ASORT":  aSort,
	"ACLONE": aClone,
	"ACOPY":  aCopy,
	"AFILL":  aFill,
	"ATAIL":  aTail,
}

// appendElem appends v and asks for memory when the array grows.
func appendElem(t *vm.Thread, arr *vm.ArrayValue, v vm.Value) error {
	if len(arr.Elems) == cap(arr.Elems) {
		if err := grow(t, arr); err != nil {
			return err
		}
	}
	arr.Elems = append(arr.Elems, v)
	return nil
}

// grow makes room for one element at least, by half of what there is if the limit
// allows.
func grow(t *vm.Thread, arr *vm.ArrayValue) error {
	n := len(arr.Elems)
	size := n + n/2 + 4
	if limit := t.Limits().Array; limit > 0 && size > limit {
		size = max(limit, n+1)
	}
	if err := t.CheckArray(size); err != nil {
		return err
	}
	arr.Elems = slices.Grow(arr.Elems, size-n)[:n:size]
	return nil
}

// resize makes the array n elements long, new ones being NIL.
func resize(t *vm.Thread, arr *vm.ArrayValue, n int) error {
	switch old := len(arr.Elems); {
	case n <= old:
		clear(arr.Elems[n:])
		arr.Elems = arr.Elems[:n]
	case n <= cap(arr.Elems):
		arr.Elems = arr.Elems[:n]
		clear(arr.Elems[old:])
	default:
		if err := t.CheckArray(n); err != nil {
			return err
		}
		elems := make([]vm.Value, n)
		copy(elems, arr.Elems)
		arr.Elems = elems
	}
	return nil
}

// Array(nSize[, nSize…]) → an array of NILs, or of arrays if more sizes are given. Without
// a size it is NIL; a negative one is an error. Source: TDN, Clipper.
func array(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if len(a) == 0 {
		return vm.Value{}, nil
	}
	rows, size := 1, 0
	for i := range a {
		n, err := argInt("ARRAY", a, i)
		if err != nil {
			return vm.Value{}, err
		}
		if n < 0 {
			return vm.Value{}, vm.ArgError("ARRAY", a, i, "a size of 0 or more")
		}
		if n > t.Limits().Array {
			return vm.Value{}, t.CheckArray(n)
		}
		size = max(size, product(rows, arrayBytes), product(rows, product(n, valueBytes)))
		rows = product(rows, n)
	}
	if err := t.Charge(size); err != nil {
		return vm.Value{}, err
	}
	return dimension(t, a)
}

// dimension makes the array for checked sizes. Array has asked for the largest part of
// the memory, the rest is asked for here.
func dimension(t *vm.Thread, sizes vm.Args) (vm.Value, error) {
	n := loose(sizes, 0, 0)
	if err := t.CheckArray(n); err != nil {
		return vm.Value{}, err
	}
	elems := make([]vm.Value, n)
	for i := 0; i < n && len(sizes) > 1; i++ {
		if err := pollEvery(t, i); err != nil {
			return vm.Value{}, err
		}
		row, err := dimension(t, sizes[1:])
		if err != nil {
			return vm.Value{}, err
		}
		elems[i] = row
	}
	return vm.NewArray(elems), nil
}

// AAdd(aArray, xValue) → xValue, which is now the last element. Source: TDN.
func aAdd(t *vm.Thread, a vm.Args) (vm.Value, error) {
	arr, err := argArray("AADD", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	v := a.Get(1)
	return v, appendElem(t, arr, v)
}

// ASize(aArray, nSize) → aArray, made nSize long: cut off, or filled up with NIL. Below 0
// it is 0. Source: TDN.
func aSize(t *vm.Thread, a vm.Args) (vm.Value, error) {
	arr, err := argArray("ASIZE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("ASIZE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.ArrayOf(arr), resize(t, arr, max(n, 0))
}

// position returns the index that argument i means in an array of n elements; 0 and what
// is no number mean the first. ok is false outside.
func position(a vm.Args, i, n int) (index int, ok bool) {
	index = loose(a, i, 1)
	if index == 0 {
		index = 1
	}
	return index - 1, index >= 1 && index <= n
}

// ADel(aArray, nIndex) → aArray without the element; those behind move up, the last is
// NIL and the length stays. Nothing happens outside the array; what is no array gives
// NIL. Source: TDN, Clipper.
func aDel(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	elems := v.Array().Elems
	if i, ok := position(a, 1, len(elems)); ok {
		copy(elems[i:], elems[i+1:])
		elems[len(elems)-1] = vm.Value{}
	}
	return v, nil
}

// AIns(aArray, nIndex) → aArray with NIL at the index; those behind move down, the last
// is lost and the length stays. Nothing happens outside the array; what is no array
// gives NIL. Source: TDN, Clipper.
func aIns(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	elems := v.Array().Elems
	if i, ok := position(a, 1, len(elems)); ok {
		copy(elems[i+1:], elems[i:])
		elems[i] = vm.Value{}
	}
	return v, nil
}

// ATail(aArray) → the last element; NIL of an empty array and of what is no array.
// Source: TDN, Clipper.
func aTail(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array || len(v.Array().Elems) == 0 {
		return vm.Value{}, nil
	}
	elems := v.Array().Elems
	return elems[len(elems)-1], nil
}

// span returns the part of n elements that start, counted from 1, and count say. A start
// of 0 is 1, a count below 1 is all; a start outside gives nothing.
func span(a vm.Args, i, n int) (from, to int) {
	from, ok := position(a, i, n)
	if !ok {
		return 0, 0
	}
	count := loose(a, i+1, 0)
	if count < 1 || count > n-from {
		return from, n
	}
	return from, from + count
}

// AScan(aArray, xSearch[, nStart[, nCount]]) → the index of the first element that equals
// xSearch as = compares (strings: begins with it), or for which the code block
// xSearch, given the element and its index, returns .T.; 0 if there is none or aArray
// is no array. Source: TDN, Clipper.
func aScan(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, want := a.Get(0), a.Get(1)
	if v.Kind() != vm.Array {
		return vm.Int(0), nil
	}
	arr := v.Array()
	from, to := span(a, 2, len(arr.Elems))
	if want.Kind() == vm.Block {
		return scanBlock(t, arr, want, from, to)
	}
	return scanValue(t, arr.Elems[from:to], want, from)
}

// AScanX(aArray, bSearch[, nStart[, nCount]]) → what AScan gives; the code block gets the
// element and its index. Source: TDN.
func aScanX(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if _, err := argBlock("ASCANX", a, 1); err != nil {
		return vm.Value{}, err
	}
	return aScan(t, a)
}

// scanValue searches elems, which begin at index base of their array.
func scanValue(t *vm.Thread, elems []vm.Value, want vm.Value, base int) (vm.Value, error) {
	batch := 1024
	if want.Kind() == vm.String { // about a megabyte is compared between two polls
		batch = min(batch, 1+1<<20/(1+want.Len()))
	}
	for len(elems) > 0 {
		n := min(len(elems), batch)
		if i := indexOf(elems[:n], want); i >= 0 {
			return vm.Int(base + i + 1), nil
		}
		if n == batch {
			if err := t.Poll(); err != nil {
				return vm.Value{}, err
			}
		}
		elems, base = elems[n:], base+n
	}
	return vm.Int(0), nil
}

// indexOf returns where want first stands in elems, or -1.
func indexOf(elems []vm.Value, want vm.Value) int {
	switch want.Kind() {
	case vm.Number:
		f := want.Float()
		return slices.IndexFunc(elems, func(v vm.Value) bool { return v.IsNum() && v.Float() == f })
	case vm.String:
		s := want.Text()
		return slices.IndexFunc(elems, func(v vm.Value) bool { return v.IsStr() && strings.HasPrefix(v.Text(), s) })
	}
	return slices.IndexFunc(elems, func(v vm.Value) bool {
		same, _ := vm.Equal(v, want, false)
		return same && v.Kind() == want.Kind()
	})
}

func scanBlock(t *vm.Thread, arr *vm.ArrayValue, block vm.Value, from, to int) (vm.Value, error) {
	s := blockScan{walk: walk{arr: arr, next: from, to: to}}
	err := t.EvalEach(block, s.args[:], &s)
	return vm.Int(s.found), err
}

// walk gives a block the elements of an array with their indexes, as far as it has them.
type walk struct {
	arr      *vm.ArrayValue
	next, to int
	args     [2]vm.Value
}

// Next implements vm.Turns.
func (w *walk) Next(vm.Value) bool {
	if w.next >= min(w.to, len(w.arr.Elems)) {
		return false
	}
	w.args[0], w.args[1] = w.arr.Elems[w.next], vm.Int(w.next+1)
	w.next++
	return true
}

// blockScan is a walk that ends where the block returns .T.
type blockScan struct {
	walk
	found int // the index of that element
}

// Next implements vm.Turns.
func (s *blockScan) Next(result vm.Value) bool {
	if result.Kind() == vm.Logical && result.Truth() {
		s.found = s.next
		return false
	}
	return s.walk.Next(result)
}

// AEval(aArray, bBlock[, nStart[, nCount]]) → aArray, after bBlock was evaluated with each
// element and its index. Source: TDN, Clipper.
func aEval(t *vm.Thread, a vm.Args) (vm.Value, error) {
	arr, err := argArray("AEVAL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	block, err := argBlock("AEVAL", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	from, to := span(a, 2, len(arr.Elems))
	w := walk{arr: arr, next: from, to: to}
	return vm.ArrayOf(arr), t.EvalEach(block, w.args[:], &w)
}

// AFill(aArray, xValue[, nStart[, nCount]]) → aArray with xValue in the elements from nStart
// on, nCount of them or all. A start below 0 fills none. Source: TDN, Clipper.
func aFill(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	arr, err := argArray("AFILL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	from, to := span(a, 2, len(arr.Elems))
	v := a.Get(1)
	for i := from; i < to; i++ {
		arr.Elems[i] = v
	}
	return vm.ArrayOf(arr), nil
}

// ACopy(aFrom, aTo[, nStart = 1[, nCount[, nTo = 1]]]) → aTo with elements of aFrom from
// nStart on, written from nTo on. aTo keeps its length: what has no room is left out,
// and an nTo behind its end is its last element. It is NIL if one of both is no array.
// Source: TDN, Clipper.
func aCopy(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	source, dest := a.Get(0), a.Get(1)
	if source.Kind() != vm.Array || dest.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	from, to := source.Array().Elems, dest.Array().Elems
	start := max(loose(a, 2, 1), 1) - 1
	if start >= len(from) || len(to) == 0 {
		return dest, nil
	}
	from = from[start:]
	if n := loose(a, 3, len(from)); n < len(from) {
		from = from[:max(n, 0)]
	}
	copy(to[min(max(loose(a, 4, 1), 1), len(to))-1:], from)
	return dest, nil
}

// AClone(aArray) → a copy of aArray and of the arrays in it; objects and code blocks are
// the same ones. Arrays that hold each other are copied as such. What is no array
// gives NIL. Source: TDN, Clipper.
func aClone(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	c := cloner{hold: hold{thread: t}}
	first, err := c.copyOf(v.Array())
	if err != nil {
		return vm.Value{}, err
	}
	for len(c.open) > 0 {
		next := c.open[len(c.open)-1]
		c.open = c.open[:len(c.open)-1]
		if err := c.fill(next); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(first), nil
}

// cloner copies arrays without recursion.
type cloner struct {
	hold
	done map[*vm.ArrayValue]*vm.ArrayValue // made for the first array in an array
	open []*vm.ArrayValue                  // copies whose elements are still the originals
}

// copyOf makes a copy of arr with the same elements.
func (c *cloner) copyOf(arr *vm.ArrayValue) (*vm.ArrayValue, error) {
	if twin := c.done[arr]; twin != nil {
		return twin, nil
	}
	if err := c.charge(arrayBytes + valueBytes*len(arr.Elems)); err != nil {
		return nil, err
	}
	if err := c.thread.Poll(); err != nil {
		return nil, err
	}
	twin := &vm.ArrayValue{Elems: append([]vm.Value(nil), arr.Elems...)}
	if c.hasArrays(twin) {
		if c.done == nil {
			c.done = make(map[*vm.ArrayValue]*vm.ArrayValue)
		}
		c.open = append(c.open, twin)
	}
	if c.done != nil {
		c.done[arr] = twin
	}
	return twin, nil
}

func (c *cloner) hasArrays(arr *vm.ArrayValue) bool {
	for _, v := range arr.Elems {
		if v.Kind() == vm.Array {
			return true
		}
	}
	return false
}

// fill replaces the arrays in a copy by their copies.
func (c *cloner) fill(arr *vm.ArrayValue) error {
	for i, v := range arr.Elems {
		if v.Kind() != vm.Array {
			continue
		}
		twin, err := c.copyOf(v.Array())
		if err != nil {
			return err
		}
		arr.Elems[i] = vm.ArrayOf(twin)
	}
	return nil
}
