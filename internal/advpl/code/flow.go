package code

import "fmt"

// target returns where the jump of the instruction at pc leads, which has one.
func target(pc int, in Instr) int {
	if infos[in.Op].Bx == Jump {
		return pc + 1 + int(in.Bx())
	}
	return pc + 1 + int(in.SC())
}

// verifyHandlers checks that every way to an instruction opens the same number of
// handlers. Operands have been checked. Entering a handler closes it, so its
// target has as many as the instruction that opened it.
func verifyHandlers(f *Func) error {
	if !usesHandlers(f.Code) {
		return nil
	}
	depths := make([]int, len(f.Code)) // plus one; 0 is not reached yet
	depths[0] = 1
	work := []int{0}
	var fault error
	reach := func(from, to, depth int) {
		if depths[to] == 0 {
			depths[to] = depth + 1
			work = append(work, to)
		} else if depths[to] != depth+1 && fault == nil {
			fault = fmt.Errorf("instruction %d: %d handlers are open, but %d when it is reached from instruction %d",
				to, depths[to]-1, depth, from)
		}
	}
	for len(work) > 0 && fault == nil {
		pc := work[len(work)-1]
		work = work[:len(work)-1]
		in := f.Code[pc]
		before := depths[pc] - 1
		after := handlersAfter(in, before)
		if after < 0 || after > MaxHandlers {
			return fmt.Errorf("instruction %d (%s): %d handlers are open", pc, format(in), before)
		}
		switch infos[in.Op].Flow {
		case Next:
			reach(pc, pc+1, after)
		case Branch:
			reach(pc, pc+1, after)
			reach(pc, target(pc, in), after)
		case Goto:
			reach(pc, target(pc, in), after)
		case Push:
			reach(pc, pc+1, after)
			reach(pc, target(pc, in), before)
		}
	}
	return fault
}

func usesHandlers(code []Instr) bool {
	for _, in := range code {
		if in.Op == ENDTRY || infos[in.Op].Flow == Push {
			return true
		}
	}
	return false
}

// handlersAfter returns how many handlers are open after in if there were n before.
func handlersAfter(in Instr, n int) int {
	if in.Op == ENDTRY {
		return n - int(in.A)
	}
	if infos[in.Op].Flow == Push {
		return n + 1
	}
	return n
}

// verifyCells checks that each register that a block of f captures holds a
// reference whenever a CLOSURE may run: the function begins with a BOX of it, and
// nothing overwrites it later. What lies in and above a call's window is the called
// function's. It takes time in proportion to the code.
func verifyCells(f *Func) error {
	if !capturesRegs(f) {
		return nil
	}
	var boxed, lost regSet
	for _, in := range f.Code {
		if in.Op != BOX {
			break
		}
		boxed.add(int(in.A), 1)
	}
	window := MaxRegs // the lowest of all calls
	for _, in := range f.Code {
		if infos[in.Op].A == Window {
			window = min(window, int(in.A))
		}
		lost.add(overwritten(in))
	}
	lost.add(window, MaxRegs-window)
	for i, b := range f.Blocks {
		for _, c := range b.Captures {
			if !c.Up && (!boxed.has(c.Index) || lost.has(c.Index)) {
				return fmt.Errorf("block %d: captures register %d, which is not a cell from the beginning to the end", i, c.Index)
			}
		}
	}
	return nil
}

func capturesRegs(f *Func) bool {
	for _, b := range f.Blocks {
		for _, c := range b.Captures {
			if !c.Up {
				return true
			}
		}
	}
	return false
}

// overwritten returns the range of registers in which in itself may leave
// something else than a reference that was there. A call's window is not in it.
func overwritten(in Instr) (first, count int) {
	if in.Op == BOX || in.Op == STOREREF {
		return 0, 0
	}
	switch infos[in.Op].A {
	case Write, Update:
		return int(in.A), 1
	case Triple:
		return int(in.A), 3
	case Target:
		return int(in.A), int(in.B)
	}
	return 0, 0
}

// regSet is a set of registers.
type regSet [(MaxRegs + 63) / 64]uint64

func (s *regSet) has(r uint16) bool { return s[r/64]&(1<<(r%64)) != 0 }

// add adds count registers from first on.
func (s *regSet) add(first, count int) {
	for count > 0 {
		shift := first % 64
		n := min(count, 64-shift)
		s[first/64] |= ^uint64(0) >> (64 - n) << shift
		first, count = first+n, count-n
	}
}
