package lib

import "appserver/internal/advpl/vm"

// ASort(aArray[, nStart[, nCount[, bLess]]]) → aArray, with the elements from nStart on,
// nCount of them or all, in order. The order is that of <, or of bLess, which is given
// two elements and returns whether the first goes before the second; what it returns
// besides logicals counts as .T. Elements of different types are ordered by type:
// strings, numbers, dates, logicals, others. Equal elements keep their order. A start
// below 0 sorts nothing; what is no array gives NIL. Source: TDN, Clipper.
func aSort(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	arr := v.Array()
	from, to := span(a, 1, len(arr.Elems))
	// The block may change the array: a copy is sorted, and written back.
	if err := t.CheckArray(2 * (to - from)); err != nil {
		return vm.Value{}, err
	}
	elems := append([]vm.Value(nil), arr.Elems[from:to]...)
	s := sorter{thread: t, less: before, room: make([]vm.Value, len(elems))}
	if block := a.Get(3); block.Kind() == vm.Block {
		s.less = s.byBlock(block)
	}
	if err := s.sort(elems, s.room); err != nil {
		return vm.Value{}, err
	}
	if from < len(arr.Elems) {
		copy(arr.Elems[from:], elems)
	}
	return v, nil
}

// sorter is a merge sort whose comparisons may fail.
type sorter struct {
	thread *vm.Thread
	less   func(x, y vm.Value) (bool, error)
	room   []vm.Value
	turns  int
}

// byBlock returns the order of a code block.
func (s *sorter) byBlock(block vm.Value) func(x, y vm.Value) (bool, error) {
	args := make([]vm.Value, 2)
	return func(x, y vm.Value) (bool, error) {
		args[0], args[1] = x, y
		v, err := s.thread.Eval(block, args...)
		return v.Kind() != vm.Logical || v.Truth(), err
	}
}

// before is the order without a block.
func before(x, y vm.Value) (bool, error) {
	if x.Kind() == y.Kind() {
		order, ok := vm.Compare(x, y)
		return ok && order < 0, nil
	}
	return sortRank(x.Kind()) < sortRank(y.Kind()), nil
}

func sortRank(k vm.Kind) int {
	switch k {
	case vm.String:
		return 0
	case vm.Number:
		return 1
	case vm.Date:
		return 2
	case vm.Logical:
		return 3
	}
	return 4
}

// sort sorts elems; room is as long.
func (s *sorter) sort(elems, room []vm.Value) error {
	if len(elems) <= 8 {
		return s.insert(elems)
	}
	half := len(elems) / 2
	if err := s.sort(elems[:half], room[:half]); err != nil {
		return err
	}
	if err := s.sort(elems[half:], room[half:]); err != nil {
		return err
	}
	return s.merge(elems, room, half)
}

// insert sorts a few elements.
func (s *sorter) insert(elems []vm.Value) error {
	for i := 1; i < len(elems); i++ {
		for j := i; j > 0; j-- {
			swap, err := s.less(elems[j], elems[j-1])
			if err != nil {
				return err
			}
			if !swap {
				break
			}
			elems[j], elems[j-1] = elems[j-1], elems[j]
		}
		s.turns++
		if err := pollEvery(s.thread, s.turns); err != nil {
			return err
		}
	}
	return nil
}

// merge joins the sorted parts before and from half.
func (s *sorter) merge(elems, room []vm.Value, half int) error {
	copy(room, elems)
	x, y := room[:half], room[half:]
	for i := range elems {
		if len(x) == 0 || len(y) == 0 {
			copy(elems[i:], x)
			copy(elems[i:], y)
			return nil
		}
		second, err := s.less(y[0], x[0])
		if err != nil {
			return err
		}
		if second {
			elems[i], y = y[0], y[1:]
		} else {
			elems[i], x = x[0], x[1:]
		}
		if err := pollEvery(s.thread, i); err != nil {
			return err
		}
	}
	return nil
}
