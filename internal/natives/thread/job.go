package thread

import (
	"cmp"
	"context"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
	"appserver/internal/shared"
)

var jobFuncs = table{
	"STARTJOB":  startJob,
	"SMARTJOB":  smartJob,
	"MANUALJOB": manualJob,
}

// StartJob(cFunction, cEnvironment[, lWait = .F.[, xParam, …]]) → NIL: a new thread, without
// a screen, runs the function in the environment, in this one if cEnvironment is empty. With
// lWait the program waits for it, and the result is what the function returns; NIL if it
// ends with an error, which is in the server's log, or is ended. If the waiting program
// ends, the thread ends with it. Parameters and result are copies, in which code blocks and
// objects other than JSON objects are NIL. It is an error, which the program can handle, if
// there is no such environment or function, or if the server or the environment has too
// many threads. Source: TDN.
func startJob(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "STARTJOB"
	th, err := own(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	wait, err := lib.OptBool(fn, a, 2, false)
	if err != nil {
		return vm.Value{}, err
	}
	call, err := jobCall(t, th, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	if wait {
		return waitJob(t, th, call)
	}
	_, err = th.Host().Start(context.Background(), call)
	return vm.Value{}, fault(fn, err)
}

// waitJob runs call in a thread and returns what it gives.
func waitJob(t *vm.Thread, th *host.Thread, call host.Call) (vm.Value, error) {
	ctx := t.Context()
	child, err := th.Host().Start(ctx, call)
	var v vm.Value
	var ended error
	if err == nil {
		t.Blocked(func() { v, ended = child.Wait(ctx) })
	}
	if gone := t.Poll(); gone != nil {
		return vm.Value{}, gone
	}
	if err != nil || ended != nil {
		return vm.Value{}, fault("STARTJOB", err)
	}
	return shared.CopyTo(t, v)
}

// jobCall makes the call of a function that a program names in the first arguments of fn:
// function, environment, something, parameters.
func jobCall(t *vm.Thread, th *host.Thread, fn string, a vm.Args) (host.Call, error) {
	name, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return host.Call{}, err
	}
	env, err := lib.OptText(fn, a, 1, "")
	if err != nil {
		return host.Call{}, err
	}
	args, err := params(t, a, 3)
	return host.Call{
		Env: cmp.Or(lib.ToUTF8(env), th.Environment()), Func: strings.TrimSuffix(strings.TrimSpace(name), "()"), Args: args,
		Principal: th.Principal(), Kind: host.Job, Machine: th.Machine(), Library: true,
	}, err
}

// params returns copies of the arguments from i on.
func params(t *vm.Thread, a vm.Args, i int) ([]vm.Value, error) {
	var list []vm.Value
	for ; i < a.Len(); i++ {
		list = append(list, a.Get(i))
	}
	return shared.CopyAllTo(t, list)
}

// SmartJob(cFunction, cEnvironment, lWait[, xParam, …]) → whether the function stands in the
// server's queue now, which begins one after the other as processor and memory allow
// ([SMARTJOB] of the configuration): .F. if there is no such environment, the queue is full,
// or the server goes down. The program does not wait, whatever lWait is. Environment and
// parameters are as of StartJob. Source: TDN.
func smartJob(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "SMARTJOB"
	th, err := own(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	call, err := jobCall(t, th, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(th.Host().SmartJob(call)), nil
}

// ManualJob(cName, cEnvironment, cType, cOnStart, cOnConnect, cOnExit, cKey[, nInactive =
// 3600[, nMin = 1[, nMax = 1[, nMinFree = 1[, nIncrement = 1[, nWait = 5000]]]]]]) → NIL; a
// job with workers lives from now on as one of [ONSTART] does: each worker runs cOnStart
// once, cOnConnect for each IPCGo with cKey, or with cName if that is empty, and cOnExit at
// its end. cType is IPC or empty. There are nMin to nMax workers, nIncrement more when fewer
// than nMinFree are free; one that has nothing to do for nInactive seconds ends. nWait
// is accepted and not used: IPCGo does not wait for a worker. It is an error if the name has
// a comma or is that of another job, or if there is no such environment or function.
// Source: TDN.
func manualJob(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "MANUALJOB"
	th, err := own(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	o := host.ManualJobOptions{Principal: th.Principal(), Machine: th.Machine()}
	if err := jobTexts(fn, a, th.Environment(), &o); err != nil {
		return vm.Value{}, err
	}
	if err := jobNumbers(fn, a, &o); err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, fault(fn, th.Host().ManualJob(o))
}

// jobTexts reads the arguments of ManualJob that are strings; own is the environment of
// the program.
func jobTexts(fn string, a vm.Args, own string, o *host.ManualJobOptions) error {
	for i, field := range []*string{&o.Name, &o.Env, &o.Type, &o.OnStart, &o.OnConnect, &o.OnExit, &o.Key} {
		s, err := lib.OptText(fn, a, i, "")
		if err != nil {
			return err
		}
		*field = lib.ToUTF8(strings.TrimSpace(s))
	}
	o.Env = cmp.Or(o.Env, own)
	return nil
}

// jobNumbers reads the arguments of ManualJob that are numbers.
func jobNumbers(fn string, a vm.Args, o *host.ManualJobOptions) error {
	inactive, wait := 3600, 5000
	o.Min, o.Max, o.MinFree, o.Incr = 1, 1, 1, 1
	for i, field := range []*int{&inactive, &o.Min, &o.Max, &o.MinFree, &o.Incr, &wait} {
		n, err := lib.OptInt(fn, a, 7+i, *field)
		if err != nil {
			return err
		}
		*field = min(max(n, 0), 1<<31-1)
	}
	o.Inactive, o.Wait = time.Duration(inactive)*time.Second, time.Duration(wait)*time.Millisecond
	return nil
}
