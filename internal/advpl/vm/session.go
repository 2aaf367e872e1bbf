package vm

import "appserver/internal/advpl/code"

// What follows is for hosts that have one thread run many things one after the
// other, which may fail each for itself.

// Run runs def, of the kind Macro and without parameters, as Macro runs what a text is
// compiled to. If no function runs, the privates that it makes itself stay, as publics.
func (t *Thread) Run(def *code.Func) (Value, error) {
	if t.knownNames() >= maxOwnNames {
		return Value{}, t.outward(Errorf(GenComplexity, "&", "too many names: the limit is %d", maxOwnNames))
	}
	if err := t.Charge(macroSize(def)); err != nil {
		return Value{}, t.outward(err)
	}
	fn, err := t.linkMacro(def)
	if err != nil {
		return Value{}, t.outward(Errorf(GenComplexity, "&", "%w", err))
	}
	return t.invoke(fn, Value{})
}

// CallBegun is Call, and begun is called when Interrupt takes effect, before anything of the
// program runs: whoever interrupts the call can make up there for having come too early.
func (t *Thread) CallBegun(begun func(), name string, args ...Value) (Value, error) {
	return t.guard(func() (Value, error) {
		begun()
		return t.Call(name, args...)
	})
}

// Interrupt ends the running call as Cancel does, but none that comes later. It does
// nothing if none runs. It may be called from any goroutine.
func (t *Thread) Interrupt(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interrupt(reason)
}

// interrupt is Interrupt; t.mu is held.
func (t *Thread) interrupt(reason error) {
	if !t.running || t.alarm != nil {
		return
	}
	t.passing = true
	t.sound(reason, "interrupted")
}

// ResetSteps has Limits.Steps count from now on.
func (t *Thread) ResetSteps() {
	t.count()
	t.steps = 0
	t.refuel()
}

// Broken reports whether a native has panicked: the thread runs nothing any more.
func (t *Thread) Broken() bool { return t.broken != nil }

// MemVars returns the visible private and public variables, ordered by name.
func (t *Thread) MemVars() []Variable {
	var vars []Variable
	t.eachVar(func(name string, public bool, v *Value) {
		scope := "private"
		if public {
			scope = "public"
		}
		vars = append(vars, Variable{name, scope, v.deref()})
	})
	return vars
}
