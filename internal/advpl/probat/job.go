package probat

import (
	"errors"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// job is one call of tlpp.probat.run.
type job struct {
	thread *vm.Thread
	host   *lib.Surroundings
	store  *store // nil: nothing is kept
	engine *Engine
	out    Console
	least  float64 // how much of each source must be covered, in percent; 0: nothing must
}

// newJob makes the engine that the arguments and the settings describe. The job must be
// closed.
func newJob(t *vm.Thread, r *request) (*job, error) {
	j := &job{thread: t, host: lib.SurroundingsOf(t), out: Console{W: pageWriter{t}}}
	if err := j.openStore(); err != nil {
		return nil, err
	}
	selection, err := r.selection(j.store)
	if err == nil {
		j.least, err = leastCovered(j.host)
	}
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	j.engine = &Engine{
		Program:      t.Program(),
		Options:      t.Options(),
		Select:       selection,
		ID:           r.id,
		Progress:     j.progress,
		OneThread:    isOn(j.host, "THREADS_OFF"),
		IgnoreSkips:  isOn(j.host, "IGNORE_SKIP"),
		BlockedWords: list(j.host, "BLOCKED_WORDS"),
	}
	if name := own(j.host, "CROSS_VALIDATION"); name != "" {
		j.engine.Targets = targetsOf(name)
	}
	measured := isOn(j.host, "CODECOVERAGE")
	if r.coverage != nil {
		measured = *r.coverage
	}
	if measured {
		j.engine.Coverage = vm.NewCoverage(t.Program())
	}
	return j, nil
}

// openStore opens the store. That it cannot be used is said, no more: tests run all the
// same.
func (j *job) openStore() error {
	if j.host.Files == nil {
		return nil
	}
	st, err := openStore(j.thread)
	if err != nil {
		return say(j.thread, "results are not kept: "+err.Error())
	}
	j.store = st
	return nil
}

func (j *job) close() error {
	if j.store == nil {
		return nil
	}
	return j.store.close()
}

// run runs the tests and returns the code of the run.
func (j *job) run() (code vm.Value, err error) {
	defer func() { err = errors.Join(err, j.close()) }()
	if err := j.reserve(); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(j.engine.Code), j.play()
}

// reserve makes the code of the run.
func (j *job) reserve() error {
	j.engine.Code = j.thread.Now().Format(codeLayout)
	if j.store == nil {
		return nil
	}
	code, err := j.store.reserve(j.thread.Now())
	if err != nil {
		return j.giveUp(err)
	}
	j.engine.Code = code
	return nil
}

// giveUp says why the store cannot be used and uses it no more.
func (j *job) giveUp(err error) error {
	err = errors.Join(err, j.close())
	j.store = nil
	return say(j.thread, "results are not kept: "+err.Error())
}

// play runs the tests, keeps and exports what comes out of them, and prints the sum.
func (j *job) play() error {
	run, _ := j.engine.Run(j.thread.Context()) // Poll tells that it was cancelled
	if err := j.thread.Poll(); err != nil {
		j.forget()
		return err
	}
	missing := len(run.Fixtures) == 0 && j.engine.Select.wants()
	j.checkCoverage(run)
	if !run.OK() || missing {
		*failedFlag(j.thread) = true
	}
	if err := j.out.Summary(run); isFatal(err) {
		return err
	}
	if missing {
		if err := say(j.thread, "no fixture "+j.engine.Select.String()); err != nil {
			return err
		}
	}
	return j.keep(run)
}

// forget takes the code of a run that was cancelled back. A file that stays is no run.
func (j *job) forget() {
	if j.store != nil {
		_ = j.store.root.Remove(runFile(j.engine.Code))
	}
}

// keep stores the run, and exports it if the settings say so.
func (j *job) keep(run *Run) error {
	if j.store == nil {
		return nil
	}
	if err := j.store.save(run); err != nil {
		return j.giveUp(err)
	}
	if !isOn(j.host, "EXPORT_AFTER_RUN") {
		return nil
	}
	names, err := j.export(run)
	if err != nil {
		return say(j.thread, "results are not exported: "+err.Error())
	}
	for _, name := range names {
		if err := say(j.thread, "results are in "+name); err != nil {
			return err
		}
	}
	return nil
}

// export exports the run and its coverage and returns the names of the files.
func (j *job) export(run *Run) ([]string, error) {
	pattern := own(j.host, "EXPORT_FILE_NAME")
	name, err := j.store.export(pattern, []*Run{run})
	if err != nil {
		return nil, err
	}
	names := []string{name}
	if j.engine.Coverage == nil || !isOn(j.host, "CODECOVERAGE_EXPORT_XML") && !isOn(j.host, "CODECOVERAGE_EXPORT_TFS") {
		return names, nil
	}
	name, err = j.store.exportCoverage(pattern, j.officialFiles(), run.Started)
	return append(names, name), err
}

// progress prints what came out of a fixture.
func (j *job) progress(e Event) {
	if e.Test == nil {
		j.out.Fixture(e.Fixture)
	}
}

// pageWriter prints texts in UTF-8 as programs print theirs.
type pageWriter struct{ thread *vm.Thread }

// Write implements io.Writer.
func (w pageWriter) Write(p []byte) (int, error) {
	return len(p), w.thread.Print(lib.FromUTF8(string(p)))
}
