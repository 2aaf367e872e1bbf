package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"appserver/internal/advpl"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
)

func (a *app) runCommand() *cobra.Command {
	r := &programRun{loading: loading{app: a}}
	cmd := &cobra.Command{
		Use:   "run FILE [FUNCTION] [ARGUMENTS…]",
		Short: "Run a function of AdvPL and TLPP sources or of a repository",
		Long: `Run a function: the first user function of FILE, or FUNCTION, whose U_ may be
left out. FILE is a source, a folder of sources, or a repository that compile wrote;
with --env it is left out, FUNCTION is needed, and the programs are those that the
server runs there: the environment's repositories and the sources in its SourcePath.
Arguments arrive as strings.

The program may start threads (StartJob), in the same environment, which is called LOCAL
without --env: when FUNCTION has returned those that are left are ended. HTTP requests and
calls to other servers go by the configuration with --env, else by the defaults. If the
program has started HTTP servers (VdrCtrl, tlpp.rest.wsRestfulStart) they go on until it
stops them, or Ctrl-C.

An error that the program does not handle is reported on standard error, and the
exit code is 1, as it is if tests failed that the program ran with tlpp.probat.run;
it is 7 if the sources do not compile, 130 if interrupted.

The original product's spelling -run=FUNCTION -env=ENVIRONMENT is understood.`,
		Example: `  appserver run hello.prw
  appserver run src/ Report 2026 12
  appserver run --env PRODUCTION U_NIGHTLY`,
		Args: r.args,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	r.compiling.flags(cmd)
	r.hosting.flags(cmd)
	r.limiting.flags(cmd, "the program")
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows FILE belongs to the program
	f.StringVar(&r.coverage, "coverage", "", "write the lines that ran to this `file`, in lcov format")
	return cmd
}

// programRun is one run of the command run.
type programRun struct {
	loading
	hosting
	limiting
	coverage string
}

// args refuses a command line that does not say what to run.
func (r *programRun) args(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && r.environment != "" {
		return usageError(fmt.Errorf("--env %s needs the function to run", r.environment))
	}
	return someArgs(cmd, args)
}

func (r *programRun) run(ctx context.Context, args []string) error {
	if err := r.check(); err != nil {
		return err
	}
	collectLate(r.limits.Memory, 1)
	ctx, stop := untilSignal(ctx)
	defer stop()
	units, args, err := r.units(ctx, args)
	if err != nil {
		return err
	}
	site, err := r.siteOf(r.environment)
	if err != nil {
		return err
	}
	program, err := site.link(units)
	if err != nil {
		return err
	}
	name, args, err := entry(program, args)
	if err != nil {
		return err
	}
	programs, err := r.begin(ctx, r.app, site, program, r.limits, r.stdout)
	if err != nil {
		return err
	}
	if r.coverage == "" {
		return errors.Join(r.callAndServe(ctx, programs, name, args), programs.end())
	}
	coverage := vm.NewCoverage(program)
	programs.setHook(coverage)
	return errors.Join(r.callAndServe(ctx, programs, name, args), programs.end(),
		writeReport(r.coverage, func(w io.Writer) error { return coverage.WriteLCOV(w, "") }))
}

// collectLate has the garbage collector of this process, which runs so many programs at
// once, wait longer, within what these may hold, in bytes, and the same again. The
// variables GOGC and GOMEMLIMIT go before.
func collectLate(memory int64, programs int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapGoal(memory, programs))
	}
}

// heapGoal returns how many bytes this process may use before it collects garbage at all
// costs; math.MaxInt64 is no bound.
func heapGoal(memory int64, programs int) int64 {
	const base = 128 << 20
	if memory > (math.MaxInt64-base)/2/int64(programs) {
		return math.MaxInt64
	}
	return 2*memory*int64(programs) + base
}

// units returns the units to run and the arguments that are left.
func (r *programRun) units(ctx context.Context, args []string) ([]*code.Unit, []string, error) {
	if r.environment != "" {
		load := r.loadPrograms
		if len(args) > 0 && ofTests(args[0]) {
			load = r.loadEnvironment
		}
		units, err := load(ctx)
		return units, args, err
	}
	units, err := r.load(ctx, args[0])
	return units, args[1:], err
}

// ofTests tells whether the function is one of the engine for tests. Scripts call these before
// they compile the first program, to tell of their steps.
func ofTests(function string) bool {
	_, ok := probat.Functions()[strings.ToUpper(function)]
	return ok
}

// entry returns the name of the function to run: the first argument, with U_ before it
// or without, of the program, else of the library; else the first user function, else
// the first function.
func entry(p *vm.Program, args []string) (string, []string, error) {
	if len(args) > 0 {
		for _, name := range []string{args[0], "U_" + args[0]} {
			if fn, _, ok := p.Lookup(name, nil); ok && fn != nil {
				return name, args[1:], nil
			}
		}
		if _, native, ok := p.Lookup(args[0], nil); ok && native {
			return args[0], args[1:], nil
		}
		return "", nil, fmt.Errorf("there is no function %s; there are: %s", wanted(args[0]), functionNames(p))
	}
	first := ""
	for _, u := range p.Units() {
		for _, fn := range u.Funcs {
			if fn.Kind != code.Function {
				continue
			}
			if isUserFunction(fn.Name) {
				return fn.Name, nil, nil
			}
			if first == "" {
				first = fn.Name
			}
		}
	}
	if first == "" {
		return "", nil, errors.New("there is no function to run: static functions and methods cannot be named")
	}
	return first, nil, nil
}

// wanted names what was searched for under the name, for a message.
func wanted(name string) string {
	if isUserFunction(strings.ToUpper(name)) {
		return name
	}
	return name + " or U_" + name
}

// isUserFunction tells whether the link name, perhaps with a namespace, is that of
// a user function.
func isUserFunction(name string) bool {
	return strings.HasPrefix(name[strings.LastIndexByte(name, '.')+1:], "U_")
}

// functionNames lists what can be run, for a message.
func functionNames(p *vm.Program) string {
	const most = 20
	var names []string
	for _, u := range p.Units() {
		for _, fn := range u.Funcs {
			if fn.Kind == code.Function {
				names = append(names, fn.Name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// callAndServe runs the function and then, if it has started servers, waits until they have
// been stopped or the user ends them.
func (r *programRun) callAndServe(ctx context.Context, programs *programHost, name string, args []string) error {
	if err := r.call(ctx, programs, name, args); err != nil {
		return err
	}
	programs.servers.await(ctx, r.stderr)
	return nil
}

// call runs the function until it returns or ctx ends.
func (r *programRun) call(ctx context.Context, programs *programHost, name string, args []string) error {
	thread, err := programs.open(ctx, name)
	if err != nil {
		return err
	}
	values := make([]vm.Value, len(args))
	for i, arg := range args {
		values[i] = advpl.Text(arg)
	}
	_, err = thread.Call(ctx, name, values...)
	report := ""
	if uncaught := new(vm.Error); errors.As(err, &uncaught) {
		report = thread.Report(uncaught)
	}
	thread.Close()
	testsFailed, released := programs.outcome()
	return errors.Join(r.result(ctx, err, report, testsFailed, programs.out.fault()), released)
}

// result returns what the end of a program comes to: report is that of an error that it
// did not handle, written one of its output.
func (r *programRun) result(ctx context.Context, err error, report string, testsFailed bool, written error) error {
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case testsFailed && (err == nil || errors.Is(err, vm.ErrQuit)):
		return &exitError{code: exitFailed} // the tests have said what failed
	case errors.Is(err, vm.ErrQuit):
		return nil
	case report != "":
		fmt.Fprintln(r.stderr, strings.TrimRight(report, "\n"))
		return &exitError{code: exitFailed}
	}
	return cmp.Or(err, written)
}
