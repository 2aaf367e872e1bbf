// Package thread holds the functions with which programs start, see and end threads and
// share values with them. Each finds the host of its thread with host.ThreadOf; without
// one it raises an error.
package thread

import (
	"errors"
	"maps"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
	"appserver/internal/shared"
)

// table is an area: its functions by upper-case name.
type table = map[string]vm.Native

// Functions returns the functions by upper-case name.
func Functions() map[string]vm.Native {
	all := table{}
	for _, area := range []table{jobFuncs, threadFuncs, globalFuncs, flagFuncs, waitFuncs, variableFuncs, serverFuncs} {
		maps.Copy(all, area)
	}
	return all
}

// own returns the host's thread of the program that called the native fn.
func own(t *vm.Thread, fn string) (*host.Thread, error) {
	if th, ok := host.ThreadOf(t); ok {
		return th, nil
	}
	return nil, vm.Errorf(vm.GenUnsupported, fn, "%s needs the application host, which this thread has not", fn)
}

// space returns what the thread shares with others, and its number.
func space(t *vm.Thread, fn string) (*shared.Space, int64, error) {
	th, err := own(t, fn)
	if err != nil {
		return nil, 0, err
	}
	return th.Host().Shared(), th.ID(), nil
}

// named is space for a function whose first argument is the name of something shared.
func named(t *vm.Thread, fn string, a vm.Args) (s *shared.Space, id int64, name string, err error) {
	if s, id, err = space(t, fn); err == nil {
		name, err = lib.ArgText(fn, a, 0)
	}
	return s, id, name, err
}

// fault makes of an error of the host or of what is shared one that programs can handle.
// Errors of the thread stay as they are. The cause is told, not kept: who runs the program
// must not take it for an error of its own call, after which nothing would have run.
func fault(fn string, err error) error {
	var e *vm.Error
	if err == nil || errors.As(err, &e) || errors.Is(err, vm.ErrQuit) {
		return err
	}
	code := vm.GenUnsupported
	if errors.Is(err, shared.ErrFull) || errors.Is(err, host.ErrBusy) || errors.Is(err, host.ErrNoMemory) {
		code = vm.GenLimit
	}
	return vm.Errorf(code, fn, "%s: %v", fn, err)
}
