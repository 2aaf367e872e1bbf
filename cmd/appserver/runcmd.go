package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/vm"
)

func (a *app) runCommand() *cobra.Command {
	r := &programRun{app: a}
	cmd := &cobra.Command{
		Use:   "run FILE [FUNCTION] [ARGUMENTS…]",
		Short: "Run a function of AdvPL and TLPP sources or of a repository",
		Long: `Run a function: the first user function of FILE, or FUNCTION, whose U_ may be
left out. FILE is a source, a folder of sources, or a repository that compile wrote;
with --env it is left out, FUNCTION is needed, and the environment's repository is
meant. Arguments arrive as strings.

An error that the program does not handle is reported on standard error, and the
exit code is 1; it is 7 if the sources do not compile, 130 if interrupted.

The original product's spelling -run=FUNCTION -env=ENVIRONMENT is understood.`,
		Example: `  appserver run hello.prw
  appserver run src/ Report 2026 12
  appserver run --env PRODUCTION U_NIGHTLY`,
		Args: r.args,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows FILE belongs to the program
	f.DurationVar(&r.limits.Time, "time-limit", 0, "end the program after this `duration`; 0: never")
	f.Int64Var(&r.limits.Steps, "step-limit", 0, "end the program after this `number` of loop turns and calls; 0: never")
	f.Int64Var(&r.memory, "memory-limit", 512, "memory that the program may hold, in `MiB`")
	f.StringVar(&r.coverage, "coverage", "", "write the lines that ran to this `file`, in lcov format")
	return cmd
}

// programRun is one run of the command run.
type programRun struct {
	*app
	compiling
	limits   vm.Limits
	memory   int64
	coverage string
}

// args refuses a command line that does not say what to run.
func (r *programRun) args(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && r.environment != "" {
		return usageError(fmt.Errorf("--env %s needs the function to run", r.environment))
	}
	return someArgs(cmd, args)
}

// checkLimits refuses limits that mean nothing.
func (r *programRun) checkLimits() error {
	const most = math.MaxInt64 >> 20
	switch {
	case r.memory <= 0 || r.memory > most:
		return usageError(fmt.Errorf("--memory-limit %d: it must be from 1 to %d", r.memory, int64(most)))
	case r.limits.Time < 0:
		return usageError(fmt.Errorf("--time-limit %v: it must not be negative", r.limits.Time))
	case r.limits.Steps < 0:
		return usageError(fmt.Errorf("--step-limit %d: it must not be negative", r.limits.Steps))
	}
	return nil
}

func (r *programRun) run(ctx context.Context, args []string) error {
	if err := r.checkLimits(); err != nil {
		return err
	}
	r.limits.Memory = r.memory << 20
	collectLate(r.limits.Memory)
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
	return r.call(ctx, program, name, args)
}

// collectLate has the garbage collector of this process, which runs one program, wait
// longer, within what the program may hold and the same again. The variables GOGC and
// GOMEMLIMIT go before.
func collectLate(memory int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(2*memory + 128<<20)
	}
}

// units returns the units to run and the arguments that are left.
func (r *programRun) units(ctx context.Context, args []string) ([]*code.Unit, []string, error) {
	if r.environment != "" {
		path, err := r.repositoryOf(r.environment)
		if err != nil {
			return nil, nil, err
		}
		repository, err := repo.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, fmt.Errorf("%w; appserver compile --env %s makes it", err, r.environment)
		}
		if err != nil {
			return nil, nil, err
		}
		return repository.Units, args, nil
	}
	units, err := r.load(ctx, args[0])
	return units, args[1:], err
}

// load returns the units of a repository, or of a source or folder that it compiles.
func (r *programRun) load(ctx context.Context, path string) ([]*code.Unit, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return r.compile(ctx, path)
	}
	switch repository, err := repo.ReadFile(path); {
	case errors.Is(err, repo.ErrNotRepository):
		return r.compile(ctx, path)
	case err != nil:
		return nil, err
	default:
		return repository.Units, nil
	}
}

// compile compiles one source or folder and shows what is wrong with it.
func (r *programRun) compile(ctx context.Context, path string) ([]*code.Unit, error) {
	o, err := r.options()
	if err != nil {
		return nil, err
	}
	o.Unkept = true
	result, err := build.Build(ctx, []string{path}, o)
	if err := buildError(ctx, err); err != nil {
		return nil, err
	}
	if err := result.Findings.Write(r.stderr); err != nil {
		return nil, err
	}
	if result.Findings.Failed() {
		errs, _ := count(result.Findings)
		return nil, &exitError{exitCompile, fmt.Errorf("%s does not compile: %s", path, plural(errs, "error"))}
	}
	return result.Repository.Units, nil
}

// entry returns the name of the function to run: the first argument, else the
// first user function, else the first function.
func entry(p *vm.Program, args []string) (string, []string, error) {
	if len(args) > 0 {
		for _, name := range []string{args[0], "U_" + args[0]} {
			if fn, _, ok := p.Lookup(name, nil); ok && fn != nil {
				return name, args[1:], nil
			}
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
func (r *programRun) call(ctx context.Context, program *vm.Program, name string, args []string) (err error) {
	out := &output{to: r.stdout}
	options := vm.Options{Limits: r.limits, Stdout: advpl.Output(out), Context: ctx, Report: surroundings()}
	if r.coverage != "" {
		coverage := vm.NewCoverage(program)
		options.Hook = coverage
		defer func() { err = errors.Join(err, r.writeCoverage(coverage)) }()
	}
	thread := advpl.NewThread(program, options)
	values := make([]vm.Value, len(args))
	for i, arg := range args {
		values[i] = advpl.Text(arg)
	}
	_, err = thread.Call(name, values...)
	var uncaught *vm.Error
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
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

func (r *programRun) writeCoverage(c *vm.Coverage) error {
	f, err := os.Create(r.coverage)
	if err != nil {
		return err
	}
	return errors.Join(c.WriteLCOV(f, ""), f.Close())
}

// surroundings are the lines about this server in the report of an error.
func surroundings() []string {
	return []string{
		"appserver " + programVersion() + ", " + runtime.GOOS + "/" + runtime.GOARCH,
		"started " + time.Now().Format(time.RFC3339),
	}
}
