package thread

import (
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/shared"
)

var waitFuncs = table{
	"IPCWAITEX": ipcWaitEx,
	"IPCGO":     ipcGo,
	"IPCCOUNT":  ipcCount,
}

// IPCWaitEx(cName, nMilliseconds[, @xParam, …]) → whether another thread has called IPCGo with
// the name within that time, for which the program waits: the variables are set to what it
// gave, in its order, as far as there are both. The name is in any case. When the server goes
// down it comes back early, as Sleep does. Source: TDN; that it comes back early is decided
// here.
func ipcWaitEx(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "IPCWAITEX"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	ms, err := lib.ArgInt(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	ctx := t.Context()
	timeout, early := lib.Patience(t, time.Duration(min(max(ms, 0), 1<<40))*time.Millisecond)
	var given []vm.Value
	var ok bool
	t.Blocked(func() { given, ok = s.Wait(ctx, name, timeout, early) })
	if err := t.Poll(); err != nil {
		return vm.Value{}, err
	}
	if err := t.Charge(int(shared.Size(vm.NewArray(given)))); err != nil {
		return vm.Value{}, err
	}
	giveAll(a, 2, given)
	return vm.Bool(ok), nil
}

// IPCGo(cName[, xParam, …]) → whether a thread was waiting in IPCWaitEx under the name, in any
// case, or a free worker of the job with the name: the one that has waited longest goes on,
// with copies of the parameters, in which code blocks and objects other than JSON objects are
// NIL. It does not wait. Source: TDN; that JSON objects are copied is decided here.
func ipcGo(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "IPCGO"
	s, _, name, err := named(t, fn, a)
	if err != nil || s.Waiting(name) == 0 {
		return vm.Bool(false), err
	}
	args, err := params(t, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(s.Go(name, args)), nil
}

// IPCCount(cName) → how many threads wait in IPCWaitEx under the name, in any case. Source: TDN.
func ipcCount(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "IPCCOUNT"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(s.Waiting(name)), nil
}
