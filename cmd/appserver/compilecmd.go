package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/check"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
)

// compiling is what compile and run have in common: how sources are compiled, and
// how findings are shown.
type compiling struct {
	environment string
	include     []string
	define      []string
	warn        []string
	output      string // text or json
}

func (c *compiling) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.environment, "env", "e", "", "`environment` (a section of appserver.ini) that is meant")
	f.StringArrayVarP(&c.include, "include", "I", nil, "`folder` with headers; may be repeated")
	f.StringArrayVarP(&c.define, "define", "D", nil, "define `NAME[=text]` for the preprocessor; may be repeated")
	f.StringSliceVarP(&c.warn, "warn", "W", nil, "switch `rule`s of warnings on, or off with a minus before; all stands for every rule")
}

// options returns what build needs.
func (c *compiling) options() (build.Options, error) {
	defines := make(map[string]string, len(c.define))
	for _, d := range c.define {
		name, text, _ := strings.Cut(d, "=")
		if !defineName.MatchString(name) {
			return build.Options{}, usageError(fmt.Errorf("--define %q: %q is not a name; write NAME or NAME=text", d, name))
		}
		defines[name] = text
	}
	o := build.Options{Include: c.include, Defines: defines, Rules: rules(c.warn)}
	if err := o.Rules.Validate(); err != nil {
		return build.Options{}, usageError(fmt.Errorf("--warn: %w", err))
	}
	return o, nil
}

// defineName matches what #define takes for a name.
var defineName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// rules splits the values of --warn.
func rules(names []string) (o check.Options) {
	for _, name := range names {
		if off, ok := strings.CutPrefix(name, "-"); ok {
			o.Off = append(o.Off, off)
		} else {
			o.On = append(o.On, name)
		}
	}
	return o
}

func (a *app) compileCommand() *cobra.Command {
	c := &compileRun{app: a}
	cmd := &cobra.Command{
		Use:   "compile FILES|FOLDERS…",
		Short: "Compile AdvPL and TLPP sources",
		Long: `Compile AdvPL and TLPP sources (.prw, .prg, .prx, .tlpp), what is below folders,
and what lists (.lst: paths from their folder, separated by semicolons) name, and write
a repository of programs to --out, or to that of --env. Without either the sources are
only checked, and names that two of them declare are warnings, since they need not be
one program. What the repository holds of other sources
stays, unless they are gone from a folder that is compiled; a source is known by its
name without folders.

A source that has not changed since the repository was written is not compiled
again, and its warnings are not shown again, unless the headers that it includes,
--define, --warn or this program have changed. The repository then holds the named
sources and no others. If any source has an error, all errors are shown, nothing is
written, and the exit code is 7.

The original product's spelling is understood:
  appserver -compile -files=a.prw;b.prw -includes=folder -env=ENVIRONMENT`,
		Example: `  appserver compile src/
  appserver compile --out app.rpo --include include/ src/
  appserver compile --preprocess-only a.prw`,
		Args: someArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.flags(cmd)
	outputFlag(cmd, &c.output)
	f := cmd.Flags()
	f.StringVar(&c.out, "out", "", "write the repository to this `file`")
	f.BoolVar(&c.disassemble, "disassemble", false, "print the bytecode")
	f.BoolVar(&c.preprocessOnly, "preprocess-only", false, "print the sources as the preprocessor leaves them")
	f.BoolVar(&c.force, "force", false, "compile unchanged sources too, and overwrite a file that is no repository")
	f.BoolVar(&c.replace, "replace", false, "drop what the repository holds of other sources")
	f.BoolVar(&c.strict, "strict", false, "take warnings for errors")
	return cmd
}

// compileRun is one run of the command compile.
type compileRun struct {
	*app
	compiling
	out            string
	disassemble    bool
	preprocessOnly bool
	force          bool
	replace        bool
	strict         bool
}

func (c *compileRun) run(ctx context.Context, paths []string) error {
	inJSON, err := wantsJSON(c.output)
	if err != nil {
		return err
	}
	if err := c.conflict(inJSON); err != nil {
		return err
	}
	if paths, err = build.ExpandLists(paths); err != nil {
		return err
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	if c.preprocessOnly {
		return c.preprocess(paths, o)
	}
	out, err := c.target()
	if err != nil {
		return err
	}
	if o.Others, err = c.held(out); err != nil {
		return err
	}
	if !c.force {
		o.Previous = o.Others
	}
	o.Unkept, o.Apart = out == "", out == ""
	if c.replace {
		o.Others = nil
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	start := time.Now()
	result, err := c.build(ctx, paths, o)
	if err != nil {
		return err
	}
	apart := func(f source.Finding) bool { return f.Rule == build.DuplicateName }
	if !result.Findings.Failed() && !slices.ContainsFunc(result.Findings, apart) {
		result.Findings = append(result.Findings, unlinkable(result, out)...)
	}
	if err := c.show(result.Findings, inJSON); err != nil {
		return err
	}
	if result.Findings.Failed() || c.strict && len(result.Findings) > 0 {
		return c.failed(result, inJSON)
	}
	if err := c.write(result.Repository, out); err != nil {
		return err
	}
	if !inJSON && !c.disassemble {
		_, err = fmt.Fprintln(c.stdout, summary(result, out, time.Since(start)))
	}
	return err
}

// unlinkable returns what keeps the units of r, some of which may be from the repository
// out, from being one program: names that two of them declare, classes that do not fit
// their parents.
func unlinkable(r *build.Result, out string) (l source.Findings) {
	_, err := advpl.Link(r.Repository.Units)
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		l.Errorf(source.Pos{}, "%v", err)
	}
	if r.Kept > 0 {
		l[len(l)-1].Hint = fmt.Sprintf("%s holds %s of other folders or files too; --replace drops what is not named", out, plural(r.Kept, "source"))
	}
	return l
}

// conflict returns a usage error about options that do not go together.
func (c *compileRun) conflict(inJSON bool) error {
	for _, pair := range []struct {
		a, b string
		both bool
	}{
		{"--out", "--env", c.out != "" && c.environment != ""},
		{"--preprocess-only", "--out", c.preprocessOnly && c.out != ""},
		{"--preprocess-only", "--env", c.preprocessOnly && c.environment != ""},
		{"--preprocess-only", "--disassemble", c.preprocessOnly && c.disassemble},
		{"--preprocess-only", "--output json", c.preprocessOnly && inJSON},
		{"--disassemble", "--output json", c.disassemble && inJSON},
	} {
		if pair.both {
			return usageError(fmt.Errorf("%s and %s cannot be given together", pair.a, pair.b))
		}
	}
	return nil
}

// target returns the repository to write, "" for none. It is an error if it cannot
// be written, so that nobody waits for a compilation in vain. The folder of an
// environment's repository is made if it is missing.
func (c *compileRun) target() (string, error) {
	out := c.out
	if c.environment != "" {
		key, path, err := c.repositoryOf(c.environment)
		if err != nil {
			return "", err
		}
		c.makeConfigured(key, filepath.Dir(path))
		out = path
	}
	if out == "" {
		return "", nil
	}
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file; a repository cannot be written there", out)
	}
	folder := filepath.Dir(out)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s: there is no folder %s; make it first", out, folder)
	}
	return out, nil
}

// build compiles and shows how far it is, on a terminal.
func (c *compileRun) build(ctx context.Context, paths []string, o build.Options) (*build.Result, error) {
	if isTerminal(c.stderr) {
		o.Progress = func(done, total int) { fmt.Fprintf(c.stderr, "\r%d of %d", done, total) }
		defer fmt.Fprint(c.stderr, "\r\x1b[K")
	}
	result, err := build.Build(ctx, paths, o)
	return result, buildError(ctx, err)
}

// write prints the bytecode and writes the repository, each if wanted.
func (c *compileRun) write(r *repo.Repository, out string) error {
	if c.disassemble {
		for _, u := range r.Units {
			if err := code.Disassemble(c.stdout, u); err != nil {
				return err
			}
		}
	}
	if out == "" {
		return nil
	}
	return repo.WriteFile(out, r)
}

// untilSignal returns a context that ends with the first signal to end; the second
// one ends the program at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// held returns the repository that is about to be written anew, nil if there is
// none. One that cannot be read is an error: it may be something else.
func (c *compileRun) held(path string) (*repo.Repository, error) {
	if path == "" {
		return nil, nil
	}
	r, err := repo.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, repo.ErrVersion):
		return nil, nil
	case errors.Is(err, repo.ErrNotRepository) && c.force, errors.Is(err, repo.ErrDamaged) && c.force:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w; --force replaces it", err)
	}
	return r, nil
}

// repositoryOf returns the path of an environment's repository, and the key that says
// so: RpoCustom, else SourcePath, in which it is custom.rpo.
func (a *app) repositoryOf(environment string) (key, path string, err error) {
	cfg, e, err := a.environmentNamed(environment)
	if err != nil {
		return "", "", err
	}
	switch {
	case e.RpoCustom != "":
		return "RpoCustom", e.RpoCustom, nil
	case e.SourcePath != "":
		return "SourcePath", filepath.Join(e.SourcePath, "custom.rpo"), nil
	}
	return "", "", &exitError{exitConfig, fmt.Errorf("[%s] of %s says neither RpoCustom nor SourcePath", e.Name, configName(cfg))}
}

// show prints findings: as text to standard error, as JSON to standard output.
func (c *compileRun) show(findings source.Findings, inJSON bool) error {
	if inJSON {
		return findings.WriteJSON(c.stdout)
	}
	return findings.Write(c.stderr)
}

// failed returns the error of a compilation with errors, which have been shown.
func (c *compileRun) failed(result *build.Result, inJSON bool) error {
	if inJSON {
		return &exitError{code: exitCompile}
	}
	errs, warnings := count(result.Findings)
	return &exitError{exitCompile, fmt.Errorf("%s and %s in %s; nothing was written",
		plural(errs, "error"), plural(warnings, "warning"), plural(result.Sources, "source"))}
}

// preprocess prints the sources as the preprocessor leaves them, in UTF-8, which
// compile reads as well.
func (c *compileRun) preprocess(paths []string, o build.Options) error {
	names, err := build.Sources(paths)
	if err != nil {
		return err
	}
	failed := false
	for _, name := range names {
		findings, err := build.Preprocess(name, advpl.Output(c.stdout), o)
		if err != nil {
			return err
		}
		if err := findings.Write(c.stderr); err != nil {
			return err
		}
		failed = failed || findings.Failed()
	}
	if failed {
		return &exitError{code: exitCompile}
	}
	return nil
}

// buildError turns what Build returns into the command's error.
func buildError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted; nothing was written")}
	}
	return err
}

func summary(r *build.Result, out string, took time.Duration) string {
	_, warnings := count(r.Findings)
	text := fmt.Sprintf("%s, %s, %s", plural(r.Sources, "source"), plural(warnings, "warning"), took.Round(time.Millisecond))
	if r.Reused > 0 {
		text += fmt.Sprintf(", %d unchanged (not checked again; --force does)", r.Reused)
	}
	if out == "" {
		return text + "; no errors; nothing was written (--out FILE writes a repository)"
	}
	text += "; wrote " + out
	if r.Kept > 0 {
		text += fmt.Sprintf(", with %s that it held before", plural(r.Kept, "other source"))
	}
	if r.Dropped > 0 {
		text += fmt.Sprintf("; dropped %s that no longer exist", plural(r.Dropped, "source"))
	}
	return text
}

func count(findings source.Findings) (errs, warnings int) {
	for _, f := range findings {
		if f.Severity == source.Error {
			errs++
		} else {
			warnings++
		}
	}
	return errs, warnings
}

// someArgs refuses a command line without arguments with a usage error.
func someArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return usageError(fmt.Errorf("usage: %s; see %s --help", cmd.UseLine(), cmd.CommandPath()))
}
