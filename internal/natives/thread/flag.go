package thread

import (
	"appserver/internal/advpl/vm"
)

var flagFuncs = table{
	"GLBLOCK":     glbLock,
	"GLBUNLOCK":   glbUnlock,
	"GLBNMLOCK":   glbNmLock,
	"GLBNMUNLOCK": glbNmUnlock,
}

// GlbLock() → whether the thread has the server's one flag from now on: .F., at once, if
// another thread has it. It has it until GlbUnlock or its end, however often it asks.
// Source: TDN; that asking again gives .T. is decided here.
func glbLock(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s, id, err := space(t, "GLBLOCK")
	if err != nil {
		return vm.Value{}, err
	}
	ok, err := s.LockServer(id)
	return vm.Bool(ok), fault("GLBLOCK", err)
}

// GlbUnlock() → whether the thread had the server's flag, which is free now. Source: TDN.
func glbUnlock(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s, id, err := space(t, "GLBUNLOCK")
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(s.UnlockServer(id)), nil
}

// GlbNmLock(cName) → whether the thread has the server's flag with the name from now on: .F.,
// at once, if another thread has it. It has it until GlbNmUnlock or its end, however often it
// asks. Names are told apart by case. Source: TDN; that asking again gives .T. is decided
// here.
func glbNmLock(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "GLBNMLOCK"
	s, id, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	ok, err := s.Lock(id, name)
	return vm.Bool(ok), fault(fn, err)
}

// GlbNmUnlock(cName) → whether the thread had the server's flag with the name, which is free
// now. Source: TDN.
func glbNmUnlock(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "GLBNMUNLOCK"
	s, id, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(s.Unlock(id, name)), nil
}
