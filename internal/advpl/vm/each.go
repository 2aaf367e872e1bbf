package vm

// Turns is what EvalEach evaluates a block with.
type Turns interface {
	// Next puts the arguments of the next turn into the list that EvalEach was given,
	// or returns false if there is none. It gets what the block returned in the turn
	// before, NIL before the first. It must not run programs.
	Next(result Value) bool
}

// each is the innermost EvalEach.
type each struct {
	turns Turns // nil after the last turn
	args  []Value
}

// EvalEach evaluates a block once for each of the turns, with args, as Eval would in a
// loop: but the block stays where it runs, which takes half the time of a short one.
// The error is that of the first turn that fails.
func (t *Thread) EvalEach(block Value, args []Value, turns Turns) error {
	if !block.isHeap(Block) {
		return t.outward(notBlock(block))
	}
	if t.fp == &t.root {
		_, err := t.outermost(func() (Value, error) { return Value{}, t.evalEach(block, args, turns) })
		return err
	}
	return t.evalEach(block, args, turns)
}

func (t *Thread) evalEach(block Value, args []Value, turns Turns) error {
	outer := t.each
	t.each = each{turns, args}
	var v Value
	var err error
	for t.each.turns != nil && err == nil && turns.Next(v) {
		v, err = t.nest(block.block().fn, block, args, fromGo|again)
	}
	t.each = outer
	return err
}

// nextTurn begins the next turn of the innermost EvalEach in f, which would return v,
// and tells whether there is one.
func (t *Thread) nextTurn(f *frame, v Value) bool {
	if !t.each.turns.Next(v) {
		t.each.turns = nil
		return false
	}
	f.fn.fill(f.args(), t.each.args)
	f.pc = f.fn.entry
	t.fp = f
	t.fuel--
	return true
}
