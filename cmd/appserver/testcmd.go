package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/vm"
)

func (a *app) testCommand() *cobra.Command {
	t := &testRun{loading: loading{app: a}}
	cmd := &cobra.Command{
		Use:   "test [SOURCES|FOLDERS…]",
		Short: "Run the unit tests of AdvPL and TLPP sources",
		Long: `Run what is annotated with @TestFixture and @Test, as PROBAT does: the tests in
the sources and in everything below the folders, without any in the current folder.
All of them are compiled in memory, as one program; with --env the environment's
programs are tested instead, as the server runs them.

Without --suite, --namespace, --source and --owner all fixtures run but those of
exclusive suites and those with runWithAll=.F.; a fixture must be of each kind that is
given, and of one of its values. --run chooses single tests by FIXTURE:METHOD.

Tests see the files of --root and no others; without it, an empty folder that is
removed afterwards, or the RootPath of --env.

Each fixture has a thread number of its own. Threads that tests start (StartJob) print
to standard error, and are ended when all tests have run.

The exit code is 0 if all tests passed, 1 if one failed, none was found, or less than
--coverage-min is covered; 7 if the sources do not compile, 130 if interrupted.`,
		Example: `  appserver test
  appserver test --watch src/ test/
  appserver test --run 'calc.*:adds' --verbose test/
  appserver test --junit results.xml --coverage cover.info --coverage-html cover/ .`,
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), args) },
	}
	t.flags(cmd)
	return cmd
}

// testRun is one run of the command test.
type testRun struct {
	loading
	limiting
	reports
	suites, namespaces, sources, owners []string
	pattern                             string
	list, watch, verbose, failFast      bool
	jobs                                int
	root                                string

	match    *regexp.Regexp // of pattern; nil: all tests
	inJSON   bool
	compiled *repo.Repository // by the last round of --watch
}

func (t *testRun) flags(cmd *cobra.Command) {
	t.compiling.flags(cmd)
	t.reports.flags(cmd)
	outputFlag(cmd, &t.compiling.output)
	f := cmd.Flags()
	f.StringSliceVar(&t.suites, "suite", nil, "run the fixtures of this `suite`, also if it is exclusive; may be repeated")
	f.StringSliceVar(&t.namespaces, "namespace", nil, "run the fixtures of this `namespace` and those below it; may be repeated")
	f.StringSliceVar(&t.sources, "source", nil, "run the fixtures of this `source`, given by its name or the end of its path; may be repeated")
	f.StringSliceVar(&t.owners, "owner", nil, "run the fixtures of this `owner`; may be repeated")
	f.StringVar(&t.pattern, "run", "", "run the tests whose FIXTURE:METHOD, or function, matches this `regexp`, in any case")
	f.BoolVar(&t.list, "list", false, "list the tests, do not run them")
	f.BoolVar(&t.failFast, "fail-fast", false, "end with the first test that fails")
	f.IntVarP(&t.jobs, "jobs", "j", 1, "run this `number` of fixtures at once; they share the root path")
	f.DurationVar(&t.limits.Time, "timeout", time.Minute, "end a test, set-up or tear-down after this `duration`; 0: never")
	f.Int64Var(&t.limits.Steps, "step-limit", 0, "end a test, set-up or tear-down after this `number` of loop turns and calls; 0: never")
	f.Int64Var(&t.memory, "memory-limit", 512, "memory that a fixture may hold, in `MiB`")
	f.StringVar(&t.root, "root", "", "root path: tests see and change the files of this `folder`; without it an empty one, or that of --env")
	f.BoolVarP(&t.verbose, "verbose", "v", false, "show all tests with their assertions, and what they print")
	f.BoolVar(&t.watch, "watch", false, "run the tests again whenever a source or header changes, until interrupted")
}

func (t *testRun) run(ctx context.Context, paths []string) error {
	if err := t.check(paths); err != nil {
		return err
	}
	if len(paths) == 0 && t.environment == "" {
		paths = []string{"."}
	}
	collectLate(t.limits.Memory, t.jobs)
	ctx, stop := untilSignal(ctx)
	defer stop()
	if t.watch {
		return t.watchSources(ctx, paths)
	}
	return t.once(ctx, paths)
}

// check refuses a command line that means nothing.
func (t *testRun) check(paths []string) (err error) {
	if t.inJSON, err = wantsJSON(t.compiling.output); err != nil {
		return err
	}
	switch {
	case t.limits.Time < 0:
		return usageError(fmt.Errorf("--timeout %v: it must not be negative", t.limits.Time))
	case t.environment != "" && len(paths) > 0:
		return usageError(fmt.Errorf("--env %s takes the tests from its programs; %s cannot be tested too", t.environment, paths[0]))
	case t.environment != "" && t.watch:
		return usageError(errors.New("--watch watches sources and folders that are named; it does not go with --env"))
	case t.list && t.watch:
		return usageError(errors.New("--list and --watch cannot be given together"))
	case t.jobs < 1:
		return usageError(fmt.Errorf("--jobs %d: it must be at least 1", t.jobs))
	}
	if t.pattern != "" {
		if t.match, err = regexp.Compile("(?i:" + t.pattern + ")"); err != nil {
			return usageError(fmt.Errorf("--run %q: %w", t.pattern, err))
		}
	}
	return errors.Join(t.limiting.check(), t.reports.check())
}

// once compiles and runs the tests and writes what is asked for.
func (t *testRun) once(ctx context.Context, paths []string) error {
	units, err := t.units(ctx, paths)
	if err != nil {
		return err
	}
	site, err := t.siteOf(t.environment)
	if err != nil {
		return err
	}
	program, err := site.link(units)
	if err != nil {
		return err
	}
	engine := t.engine(program)
	fixtures := engine.List()
	if len(fixtures) == 0 {
		return t.nothing(units, paths)
	}
	if t.list {
		return t.showList(fixtures)
	}
	return t.execute(ctx, site, engine, fixtures)
}

// units returns the units to test. Where nothing has changed since the last round they are
// its.
func (t *testRun) units(ctx context.Context, paths []string) ([]*code.Unit, error) {
	if t.environment != "" {
		return t.loadPrograms(ctx)
	}
	o, err := t.options()
	if err != nil {
		return nil, err
	}
	o.Previous, o.Unkept = t.compiled, !t.watch
	result, err := build.Build(ctx, paths, o)
	if err := buildError(ctx, err); err != nil {
		return nil, err
	}
	t.compiled = result.Repository
	if err := result.Findings.Write(t.stderr); err != nil {
		return nil, err
	}
	if result.Findings.Failed() {
		errs, _ := count(result.Findings)
		return nil, &exitError{exitCompile, fmt.Errorf("%s in %s; no test was run", plural(errs, "error"), plural(result.Sources, "source"))}
	}
	return result.Repository.Units, nil
}

// engine returns the engine for the tests of the program that were chosen.
func (t *testRun) engine(program *vm.Program) *probat.Engine {
	e := &probat.Engine{Program: program, Parallel: t.jobs, FailFast: t.failFast}
	for _, s := range []probat.Selection{
		{Type: probat.TypeSuite, Names: t.suites},
		{Type: probat.TypeOwner, Names: t.owners},
		{Type: probat.TypeNamespace, Names: t.namespaces},
		{Type: probat.TypeSource, Names: t.sources},
	} {
		switch {
		case len(s.Names) == 0:
		case e.Select.Type == "":
			e.Select = s
		default:
			e.Also = append(e.Also, s)
		}
	}
	if t.match != nil {
		e.Match = func(name string) bool { return t.match.MatchString(name) }
	}
	return e
}

// nothing is the error about no test, which says where was looked for which.
func (t *testRun) nothing(units []*code.Unit, paths []string) error {
	where := strings.Join(paths, ", ")
	if t.environment != "" {
		where = "the programs of " + t.environment
	}
	with := 0
	for _, u := range units {
		if probat.HoldsTests(u) {
			with++
		}
	}
	if with == 0 {
		return fmt.Errorf("no tests in %s: of %s none has a function or class with @TestFixture", where, plural(len(units), "source"))
	}
	if chosen := t.chosen(); chosen != "" {
		return fmt.Errorf("no tests in %s match %s; appserver test --list lists all", where, chosen)
	}
	return fmt.Errorf("no tests in %s run without being named: those of exclusive suites and with runWithAll=.F. need --suite", where)
}

// chosen returns the flags that choose tests.
func (t *testRun) chosen() string {
	var parts []string
	for _, flag := range []struct {
		name   string
		values []string
	}{{"suite", t.suites}, {"owner", t.owners}, {"namespace", t.namespaces}, {"source", t.sources}} {
		if len(flag.values) > 0 {
			parts = append(parts, "--"+flag.name+" "+strings.Join(flag.values, ","))
		}
	}
	if t.pattern != "" {
		parts = append(parts, fmt.Sprintf("--run %q", t.pattern))
	}
	return strings.Join(parts, " ")
}

// showList prints the tests.
func (t *testRun) showList(fixtures []*probat.Fixture) error {
	if t.inJSON {
		return t.printJSON(listJSON(fixtures))
	}
	for _, f := range fixtures {
		for _, test := range f.Tests {
			if _, err := fmt.Fprintf(t.stdout, "%s  %s:%d\n", probat.TestName(f, test), filepath.ToSlash(f.Source), cmp.Or(test.Line, f.Line)); err != nil {
				return err
			}
		}
	}
	return nil
}

// execute runs the tests and writes the reports.
func (t *testRun) execute(ctx context.Context, site site, e *probat.Engine, fixtures []*probat.Fixture) (err error) {
	if t.wantsCoverage() {
		e.Coverage = vm.NewCoverage(e.Program)
	}
	leave, err := t.prepare(ctx, site, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	console := t.console(fixtures)
	if !t.inJSON {
		e.Progress = func(event probat.Event) {
			if event.Test == nil && ctx.Err() == nil { // else it was interrupted
				console.Fixture(event.Fixture)
			}
		}
	}
	run, err := e.Run(ctx)
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	if err != nil {
		return err
	}
	return t.report(run, e, console)
}

// prepare gives the tests a host, with what they see of the outside. The function that it
// returns clears that away.
func (t *testRun) prepare(ctx context.Context, site site, e *probat.Engine) (leave func() error, err error) {
	h := hosting{root: t.root}
	tidy := func() error { return nil }
	if t.root == "" && t.environment == "" {
		if h.root, err = os.MkdirTemp("", "appserver-test-"); err != nil {
			return nil, err
		}
		tidy = func() error { return os.RemoveAll(h.root) }
	}
	programs, err := h.begin(ctx, t.app, site, e.Program, t.limits, t.stderr)
	if err != nil {
		return nil, errors.Join(err, tidy())
	}
	if e.Coverage != nil {
		programs.setHook(e.Coverage)
	}
	data, end, err := programs.identity(ctx, "TESTS")
	if err != nil {
		return nil, errors.Join(err, programs.end(), tidy())
	}
	e.Options = advpl.WithMacros(vm.Options{Limits: t.limits, Data: data})
	e.Identity = func() (any, func()) {
		if own, end, err := programs.identity(ctx, "TESTS"); err == nil {
			return own, end
		}
		return data, func() {} // there are too many threads
	}
	return func() error {
		end()
		return errors.Join(programs.end(), tidy())
	}, nil
}

// console returns the console for a run of the fixtures.
func (t *testRun) console(fixtures []*probat.Fixture) *probat.Console {
	c := &probat.Console{W: t.stdout, Color: isTerminal(t.stdout) && colorsWanted(os.Getenv), Verbose: t.verbose}
	for _, f := range fixtures {
		c.Width = max(c.Width, len(f.Name))
	}
	return c
}

// colorsWanted tells whether the terminal shows colours, and its user wants them.
func colorsWanted(getenv func(string) string) bool {
	switch {
	case getenv("NO_COLOR") != "", getenv("TERM") == "dumb":
		return false
	case runtime.GOOS == "windows": // the old console shows the codes
		return getenv("WT_SESSION") != "" || getenv("TERM") != ""
	}
	return true
}
