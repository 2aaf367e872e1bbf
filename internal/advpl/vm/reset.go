package vm

// baseline is what Reset goes back to.
type baseline struct {
	vars       map[string]Value
	errorBlock Value
	firstBlock Value
	locals     []func() // go back to the states of Local of then, or as later ones were made
}

// Keeper is implemented by a state of Local that does not outlive Reset: Keep returns a
// function that goes back to the state as it is now, as often as one wants. A state made
// after Thread.Keep goes back to how it was made.
type Keeper interface {
	Keep() (reset func())
}

// Keep has Reset go back to what there is now. No function may be running.
func (t *Thread) Keep() {
	b := baseline{vars: make(map[string]Value), errorBlock: t.errorBlock, firstBlock: t.firstBlock}
	t.eachVar(func(name string, _ bool, v *Value) { b.vars[name] = v.deref() })
	for _, state := range t.locals {
		b.keep(state)
	}
	t.base = b
}

// keep has Reset go back to the state as it is now, if it is a Keeper.
func (b *baseline) keep(state any) {
	if k, ok := state.(Keeper); ok {
		b.locals = append(b.locals, k.Keep())
	}
}

// Reset makes the thread ready for work that has nothing to do with what it has done:
// public variables are as they were at the last Keep, those made since are gone, the
// error block is that of then, and Limits.Steps counts from now on. If there was no Keep
// there are no variables and no error block. Statics stay, and so do the contents of
// arrays and objects. No function may be running.
func (t *Thread) Reset() {
	b := &t.base
	t.vars.reset()
	for name, v := range b.vars {
		t.vars.set(t.symbol(name), &cell{v: v, public: true})
	}
	t.errorBlock, t.firstBlock = b.errorBlock, b.firstBlock
	for _, reset := range b.locals {
		reset()
	}
	t.ResetSteps()
}

// roots calls visit with the values that are kept.
func (b *baseline) roots(visit func(Value)) {
	for _, v := range b.vars {
		visit(v)
	}
	visit(b.errorBlock)
	visit(b.firstBlock)
}
