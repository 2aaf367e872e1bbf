package probat

import (
	"fmt"
	"maps"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// namespace is that of the engine's functions.
const namespace = "TLPP.PROBAT."

// Functions returns the engine's functions by upper-case name: assertions by their plain
// names too.
func Functions() map[string]vm.Native {
	all := map[string]vm.Native{
		"TLPP.CALL":                  call,
		"TLPP.MODULE":                module,
		namespace + "SKIPASSERT":     skipAssert,
		namespace + "DISCOVERY":      discovery,
		namespace + "RUN":            run,
		namespace + "RUNONCOVERAGE":  runOnCoverage,
		namespace + "RUNOFFCOVERAGE": runOffCoverage,
		namespace + "EXPORT":         export,
	}
	for name, kind := range overKinds {
		all[namespace+"OVER."+name] = over(namespace+"OVER."+name, kind)
	}
	maps.Copy(all, assertFuncs)
	for name, native := range assertFuncs {
		all[namespace+name] = native
	}
	return all
}

// tlpp.call(cName[, xArgument…]) → what the function with the name returns; it may stand in a
// namespace or be one of the library. Source: public programs.
func call(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if !a.Get(0).IsStr() {
		return vm.Value{}, vm.ArgError("TLPP.CALL", a, 0, "the name of a function")
	}
	return t.Call(strings.TrimSuffix(strings.TrimSpace(a.Get(0).Text()), "()"), a[1:]...)
}

// tlpp.module(cName[, @jModule]) → whether the module is there: "PROBAT" is. jModule is set to
// a JsonObject with module (its name), linked (the result) and version. Source: public
// programs.
func module(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if !a.Get(0).IsStr() {
		return vm.Value{}, vm.ArgError("TLPP.MODULE", a, 0, "the name of a module")
	}
	name := strings.ToUpper(strings.TrimSpace(a.Get(0).Text()))
	linked, version := name == section, ""
	if linked {
		version = languageVersion
	}
	facts, err := t.Call("JSONOBJECT")
	if err != nil {
		return vm.Value{}, err
	}
	object, ok := facts.Object().Native.(vm.Indexer)
	if !ok {
		return vm.Value{}, fmt.Errorf("JsonObject() is no object of the library here")
	}
	for _, f := range []struct {
		name  string
		value vm.Value
	}{{"module", vm.Str(name)}, {"linked", vm.Bool(linked)}, {"version", vm.Str(version)}} {
		if err := object.SetIndex(t, vm.Str(f.name), f.value); err != nil {
			return vm.Value{}, err
		}
	}
	a.Set(1, facts)
	return vm.Bool(linked), nil
}

// tlpp.probat.skipAssert([cSystem[, cTlppVersion[, cServerVersion[, cServerName[, cDatabase[,
// cFunction]]]]]]) → NIL; the next assertion of the test is skipped, if all that is given is
// true when it comes. The command SKIPASSERT calls it. Versions may begin with an operator;
// the function gets class, function, source, whether the system is no Windows, and the names
// and versions of server and language, and returns a logical. Source: TDN.
func skipAssert(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if r := recorderOf(t); r != nil {
		r.skip = &condition{
			system: description(a, 0), tlppVersion: description(a, 1), serverVersion: description(a, 2),
			serverName: description(a, 3), database: description(a, 4), custom: description(a, 5),
		}
	}
	return vm.Value{}, nil
}

// tlpp.probat.discovery() → .T.; tests are found when they run, so there is nothing to do
// before. Source: TDN.
func discovery(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Bool(true), nil }

// tlpp.probat.run([xArgument…]) → the code of the run, a string of 14 digits; runs tests, prints
// what comes out of them, and keeps it below the root path. Arguments, in any order:
// "type:all" (the default), "type:suite", "type:namespace", "type:source", "type:function",
// "type:owner", "type:target", and the names of what runs as strings of their own; "type:error"
// or "type:fail" for what failed in the last run of all; "custom:ID" or "param:ID" for an
// identifier with which several runs are exported as one; "coverage:on", .T., "coverage:off" and
// .F. for the coverage, otherwise CODECOVERAGE of the settings says whether it is measured. An
// error if a test or a function that decides about tests calls it, or if an argument is none
// of these. A run that finds none of what is selected is said to, and fails. Source: TDN.
func run(t *vm.Thread, a vm.Args) (vm.Value, error) { return runWith(t, a, nil) }

// tlpp.probat.runOnCoverage([xArgument…]) → what tlpp.probat.run gives; coverage is measured.
// Source: TDN.
func runOnCoverage(t *vm.Thread, a vm.Args) (vm.Value, error) {
	on := true
	return runWith(t, a, &on)
}

// tlpp.probat.runOffCoverage([xArgument…]) → what tlpp.probat.run gives; no coverage is measured.
// Source: TDN.
func runOffCoverage(t *vm.Thread, a vm.Args) (vm.Value, error) {
	off := false
	return runWith(t, a, &off)
}

func runWith(t *vm.Thread, a vm.Args, coverage *bool) (vm.Value, error) {
	if isStage(t) {
		return vm.Value{}, vm.Errorf(vm.GenUnsupported, "TLPP.PROBAT.RUN", "a test cannot run tests")
	}
	r, err := newRequest("TLPP.PROBAT.RUN", a)
	if err != nil {
		return vm.Value{}, err
	}
	if coverage != nil {
		r.coverage = coverage
	}
	job, err := newJob(t, r)
	if err != nil {
		return vm.Value{}, err
	}
	return job.run()
}

// tlpp.probat.export(xArgument…) → whether there was something to export: the results of runs as
// one file in JUnit's format. Arguments: "type:code" and the codes that tlpp.probat.run returned,
// or "type:custom" and identifiers, each as a string of its own; nothing stands for the last run.
// The file is made in the start path; EXPORT_FILE_NAME of the settings is its name without
// ending, otherwise results. Warnings go to a second file with _warning in its name. That there
// is no such run is said, and counts as a test that failed. Source: TDN.
func export(t *vm.Thread, a vm.Args) (vm.Value, error) {
	r, err := newRequest("TLPP.PROBAT.EXPORT", a)
	if err != nil {
		return vm.Value{}, err
	}
	s := lib.SurroundingsOf(t)
	st, err := openStore(t)
	if err != nil {
		return vm.Value{}, err
	}
	defer st.close()
	runs, err := r.runs(st)
	if err != nil {
		return vm.Value{}, err
	}
	if len(runs) == 0 {
		*failedFlag(t) = true
		return vm.Bool(false), say(t, r.missing())
	}
	name, err := st.export(own(s, "EXPORT_FILE_NAME"), runs)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(true), say(t, "results are in "+name)
}

// say prints a line of the engine.
func say(t *vm.Thread, text string) error {
	if err := t.Print("probat: ", lib.FromUTF8(text), "\n"); isFatal(err) {
		return err
	}
	return nil
}

// isFatal tells whether err ends the thread, rather than that its console takes nothing.
func isFatal(err error) bool {
	e, ok := asError(err)
	return err != nil && (!ok || e.Fatal)
}

type failedKey struct{}

// failedFlag is set once a run of the thread's programs had tests that failed.
func failedFlag(t *vm.Thread) *bool {
	return t.Local(failedKey{}, func() any { return new(bool) }).(*bool)
}

// TestsFailed tells whether a test failed that programs of the thread ran with
// tlpp.probat.run, or whether that or tlpp.probat.export found nothing of what they were
// asked for.
func TestsFailed(t *vm.Thread) bool { return *failedFlag(t) }
