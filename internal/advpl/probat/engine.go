package probat

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Engine runs the tests of a program. Program must be set; the zero values of the other
// fields work. It is not changed by its methods.
type Engine struct {
	Program *vm.Program
	// Options are those of the threads that run the tests: what a call may take, the
	// clock, the compiler of macros. Stdout gets a copy of all that tests print; nil:
	// only Fixture.Output has it. Limits.Time and Limits.Steps are those of each test,
	// set-up and tear-down.
	Options vm.Options
	// Identity returns what takes the place of Options.Data for a thread that begins, and
	// what is called when it has ended. nil: all have Options.Data.
	Identity func() (data any, end func())
	Coverage *vm.Coverage // counts the lines that run; nil: nothing does
	Select   Selection
	Also     []Selection            // a fixture must be of each of these besides
	Match    func(name string) bool // which tests run, by TestName; nil: all do
	FailFast bool                   // nothing runs after a test that failed
	Parallel int                    // how many fixtures run at once; 0 is one
	Progress func(Event)            // called after each test and fixture, never twice at once; nil: nothing is
	ID       string                 // of the Run; "" is its Code
	Code     string                 // of the Run; "" is made of the time

	OneThread    bool     // fixtures run in one thread, one after the other
	IgnoreSkips  bool     // @Skip and SKIPASSERT count for nothing
	BlockedWords []string // descriptions of tests must not have them
	// Targets returns what must be the target of a fixture of the program: each that
	// is none fails a run of all tests. nil: nothing must.
	Targets func(*vm.Thread) ([]string, error)
}

// Event says that a test, or a fixture with all its tests, has ended.
type Event struct {
	Fixture     *Fixture
	Test        *Test // nil: the fixture
	Done, Total int   // fixtures
}

// List returns the fixtures that Run would run, in its order, with tests that have no
// outcome.
func (e *Engine) List() []*Fixture {
	var list []*Fixture
	for _, f := range e.selected(discover(e.Program)) {
		r := f.result()
		if f.class == nil {
			r.Tests = append(r.Tests, f.whole())
		} else {
			for _, m := range e.testsOf(f) {
				r.Tests = append(r.Tests, newTest(m))
			}
		}
		list = append(list, r)
	}
	return list
}

// Run runs the selected fixtures in the order of their priorities, those that want the
// engine's own thread last. The error is the context's: then what had ended is in the
// Run too.
func (e *Engine) Run(ctx context.Context) (*Run, error) {
	began := e.now()
	code := cmp.Or(e.Code, began.Format(codeLayout))
	run := &Run{ID: cmp.Or(e.ID, code), Code: code, Type: e.Select.kind(), Started: began}
	s := &session{Engine: e, ctx: ctx, catalog: discover(e.Program)}
	s.run(run)
	s.shared.leave()
	run.Warnings = oddities(e.Program)
	if run.Type == TypeAll {
		s.crossValidate(run)
	}
	run.Duration = e.now().Sub(began)
	return run, context.Cause(ctx)
}

// codeLayout is how the code of a run is made of its time.
const codeLayout = "20060102150405"

func (e *Engine) now() time.Time {
	if e.Options.Now != nil {
		return e.Options.Now()
	}
	return time.Now()
}

// selected returns the fixtures that Run runs, in its order.
func (e *Engine) selected(c *catalog) []*fixture {
	var list []*fixture
	for _, f := range c.fixtures {
		if e.Select.takes(f, c) && e.alsoTakes(f) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *fixture) int {
		return cmp.Or(boolOrder(e.alone(a), e.alone(b)), cmp.Compare(a.priority, b.priority))
	})
	return list
}

// alone tells whether f runs in the engine's own thread.
func (e *Engine) alone(f *fixture) bool { return f.sameThread || e.OneThread }

// boolOrder orders false before true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// session is one call of Run.
type session struct {
	*Engine
	ctx     context.Context
	catalog *catalog
	shared  *stage       // the engine's own thread; nil until it is needed
	kept    atomic.Int64 // bytes of what the tests have recorded

	mu     sync.Mutex // guards Progress and what follows
	done   int
	all    int
	failed bool // a test
}

// run runs the fixtures, those of one priority at once.
func (s *session) run(run *Run) {
	list := s.selected(s.catalog)
	s.all = len(list)
	results := make([]*Fixture, len(list))
	for i := 0; i < len(list); {
		n := s.batch(list[i:])
		s.each(list[i:i+n], results[i:])
		i += n
	}
	for _, f := range results {
		if f != nil {
			run.Fixtures = append(run.Fixtures, f)
		}
	}
}

// batch returns how many of the fixtures, from the first, may run at once.
func (s *session) batch(list []*fixture) int {
	n := 1
	for n < len(list) && !s.alone(list[0]) && !s.alone(list[n]) && list[n].priority == list[0].priority {
		n++
	}
	return n
}

// each runs the fixtures and puts their outcomes in results, those that the context's
// end left out excepted.
func (s *session) each(list []*fixture, results []*Fixture) {
	workers := min(max(s.Parallel, 1), len(list))
	if workers == 1 {
		for i, f := range list {
			results[i] = s.fixture(f)
		}
		return
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				results[i] = s.fixture(list[i])
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	group.Wait()
}

// fixture runs a fixture. It returns nil if the context is done before it begins.
func (s *session) fixture(f *fixture) *Fixture {
	if s.ctx.Err() != nil || s.over() {
		return nil
	}
	result := f.result()
	result.Started = s.now()
	st := s.stageFor(f)
	x := &execution{session: s, stage: st, fixture: f, result: result}
	x.run()
	st.release()
	if st != s.shared {
		st.leave()
	}
	result.Output = st.output.take()
	result.Duration = s.now().Sub(result.Started)
	s.report(result, nil)
	return result
}

// report tells Progress of a test, or of the fixture if test is nil.
func (s *session) report(f *Fixture, test *Test) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if test == nil {
		s.done++
	} else if test.Status == Failed || test.Status == Errored {
		s.failed = true
	}
	if s.Progress != nil {
		s.Progress(Event{f, test, s.done, s.all})
	}
}

// over tells whether no more tests run, since one failed.
func (s *session) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.FailFast && s.failed
}

// stage is a thread for tests, with what takes its output and its assertions.
type stage struct {
	thread   *vm.Thread
	recorder *recorder
	output   *capture
	end      func() // of its identity; nil: nothing
}

// stageFor returns the stage for f: one of its own, or the engine's.
func (s *session) stageFor(f *fixture) *stage {
	if !s.alone(f) {
		return s.newStage()
	}
	if s.shared == nil {
		s.shared = s.newStage()
	}
	return s.shared
}

func (s *session) newStage() *stage {
	st := &stage{recorder: &recorder{ignoreSkips: s.IgnoreSkips, kept: &s.kept}, output: &capture{mu: &s.mu, copy: s.Options.Stdout}}
	o := s.Options
	o.Stdout = st.output
	o.Context = s.ctx
	if s.Coverage != nil {
		o.Hook = hooks{s.Coverage, o.Hook}
	}
	if s.Identity != nil {
		o.Data, st.end = s.Identity()
	}
	st.thread = s.Program.NewThread(o)
	st.thread.Local(recorderKey{}, func() any { return st.recorder })
	return st
}

// release closes the files that tests have left open. What cannot be written then is lost,
// as it is for a program that does not look at what FClose gives.
func (st *stage) release() { _ = lib.Release(st.thread) }

// leave ends what the thread is known as.
func (st *stage) leave() {
	if st != nil && st.end != nil {
		st.end()
	}
}

// hooks is coverage beside the hook of the host, which may be nil.
type hooks struct {
	coverage *vm.Coverage
	other    vm.Hook
}

// Line implements vm.Hook.
func (h hooks) Line(t *vm.Thread, fn *code.Func, unit *code.Unit, line int) error {
	if err := h.coverage.Line(t, fn, unit, line); err != nil || h.other == nil {
		return err
	}
	return h.other.Line(t, fn, unit, line)
}
