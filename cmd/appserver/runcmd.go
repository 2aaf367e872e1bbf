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
	"appserver/internal/advpl/lib"
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
with --env it is left out, FUNCTION is needed, and the environment's repository is
meant. Arguments arrive as strings.

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
	program, err := advpl.Link(units)
	if err != nil {
		return &exitError{exitCompile, err}
	}
	name, args, err := entry(program, args)
	if err != nil {
		return err
	}
	data, leave, err := r.host(r.app, r.environment)
	if err != nil {
		return err
	}
	defer leave()
	return r.call(ctx, program, data, name, args)
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
		units, err := r.loadBuilt()
		return units, args, err
	}
	units, err := r.load(ctx, args[0])
	return units, args[1:], err
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
		return "", nil, fmt.Errorf("there is no function %s or U_%s; there are: %s", args[0], args[0], functionNames(p))
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

// call runs the function until it returns or ctx ends.
func (r *programRun) call(ctx context.Context, program *vm.Program, data *lib.Surroundings, name string, args []string) (err error) {
	out := &output{to: r.stdout}
	options := vm.Options{Limits: r.limits, Stdout: advpl.Output(out), Context: ctx, Report: reportLines(), Data: data}
	if r.coverage != "" {
		coverage := vm.NewCoverage(program)
		options.Hook = coverage
		defer func() {
			err = errors.Join(err, writeReport(r.coverage, func(w io.Writer) error { return coverage.WriteLCOV(w, "") }))
		}()
	}
	thread := advpl.NewThread(program, options)
	defer func() { err = errors.Join(err, advpl.Release(thread)) }()
	values := make([]vm.Value, len(args))
	for i, arg := range args {
		values[i] = advpl.Text(arg)
	}
	_, err = thread.Call(name, values...)
	var uncaught *vm.Error
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case probat.TestsFailed(thread) && (err == nil || errors.Is(err, vm.ErrQuit)):
		return &exitError{code: exitFailed} // the tests have said what failed
	case errors.Is(err, vm.ErrQuit):
		return nil
	case errors.As(err, &uncaught):
		fmt.Fprintln(advpl.Output(r.stderr), strings.TrimRight(uncaught.Report(thread), "\n"))
		return &exitError{code: exitFailed}
	}
	return cmp.Or(err, out.err)
}

// output is where a program prints. It remembers that something could not be written,
// which the program does not notice.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("the program's output is not complete: %w", err)
	}
	return n, err
}
