package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/peterh/liner"
	"github.com/spf13/cobra"

	"appserver/internal/advpl"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/eval"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/vm"
)

func (a *app) evalCommand() *cobra.Command {
	e := &evaluation{loading: loading{app: a}}
	cmd := &cobra.Command{
		Use:   "eval [EXPRESSION]",
		Short: "Evaluate AdvPL expressions",
		Long: `Evaluate EXPRESSION and print its value. Without it, on a terminal, read and
evaluate expressions and statements until Ctrl-D, with history and completion; else
read one expression a line and print one line for each:

  "text"             a string, as in JSON; each \u00XX is a byte of cp1252
  12.5               a number
  SToD("20261231")   a date
  .T.  .F.  NIL      logicals and NIL
  {1,{"a",.F.}}      an array
  {||}               a code block
  NAME()             an object of the class
  !ERROR text        an error; the next line is evaluated all the same
  (empty)            an empty line or a comment

Variables live until the end. What programs print goes to standard error, or to the
terminal if expressions are typed there. --load makes the functions of sources and
repositories callable, --env those of an environment, as the server makes them of its
repositories and the sources in its SourcePath. --time-limit and
--step-limit hold for each expression, --memory-limit for all that is held at a time.

Expressions may start threads (StartJob), which are ended with the command.

--set takes names of the command SET: --set decimals=4,exact=on. What has a dot in its
name is a setting of the configuration, as elsewhere.

The exit code is 0 when all lines were read, whatever they gave; with EXPRESSION it is
1 if that raises an error. It is 7 if what --load or --env names does not compile, 130
if interrupted.`,
		Example: `  appserver eval 'StrZero(42, 8)'
  appserver eval --load src/prices.prw 'U_Discount(100)'
  appserver eval --date-format yyyy-mm-dd --set decimals=4 <expressions.txt`,
		Args: oneExpression,
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), cmd.InOrStdin(), args) },
	}
	e.compiling.flags(cmd)
	e.hosting.flags(cmd)
	e.limiting.flags(cmd, "an expression")
	f := cmd.Flags()
	f.StringArrayVar(&e.files, "load", nil, "a source, folder or repository whose functions can be called, by its `path`; may be repeated")
	f.StringVar(&e.dateFormat, "date-format", "", "`format` of dates, such as yyyy-mm-dd; the default is dd/mm/yy")
	f.StringArrayVar(&e.set, "set", nil, "`name=value,…` as the command SET sets it; may be repeated")
	return cmd
}

// oneExpression refuses several arguments with a usage error.
func oneExpression(_ *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return usageError(fmt.Errorf("eval takes one expression, but got %d arguments; put quotes around it", len(args)))
}

// evaluation is one run of the command eval.
type evaluation struct {
	loading
	hosting
	limiting
	files      []string // --load
	dateFormat string
	set        []string
}

func (e *evaluation) run(ctx context.Context, in io.Reader, args []string) error {
	settings, err := e.settings()
	if err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return err
	}
	options, err := e.options()
	if err != nil {
		return err
	}
	whole, stop := untilSignal(ctx)
	defer stop()
	units, err := e.units(whole)
	if err != nil {
		return err
	}
	o := eval.Options{
		Units: units, Source: options, Prepare: settings,
		Thread: vm.Options{Limits: e.limits, Report: reportLines(), Context: whole},
	}
	switch {
	case len(args) == 1:
		return e.hosted(ctx, o, e.stderr, func(o eval.Options, out io.Writer) error { return e.print(whole, o, out, args[0]) })
	case in == os.Stdin && isConsole(e.stdout):
		stop()
		o.Thread.Context = ctx
		return e.hosted(ctx, o, e.stdout, func(o eval.Options, out io.Writer) error { return e.interact(ctx, o, out) })
	}
	return e.hosted(ctx, o, e.stderr, func(o eval.Options, out io.Writer) error { return e.lines(whole, o, out, in) })
}

// hosted runs f with options of a session whose programs have a host, and with what they
// print to; it leads to out.
func (e *evaluation) hosted(ctx context.Context, o eval.Options, out io.Writer, f func(eval.Options, io.Writer) error) error {
	site, err := e.siteOf(e.environment)
	if err != nil {
		return err
	}
	o.Library = site.natives()
	program, err := advpl.Link(o.Units, o.Library)
	if err != nil {
		return &exitError{exitCompile, err}
	}
	programs, err := e.begin(ctx, e.app, site, program, e.limits, out)
	if err != nil {
		return err
	}
	data, leave, err := programs.identity(ctx, "EVAL")
	if err != nil {
		return errors.Join(err, programs.end())
	}
	o.Thread.Data = data
	err = f(o, programs.out)
	leave()
	return errors.Join(err, programs.end())
}

// isConsole reports whether somebody sits before standard input and stdout.
func isConsole(stdout io.Writer) bool {
	_, err := liner.TerminalMode()
	return err == nil && isTerminal(stdout)
}

// settings returns the function that makes the settings of --date-format and --set,
// and leaves the others of --set to the configuration.
func (e *evaluation) settings() (func(*vm.Thread) error, error) {
	var list []eval.Setting
	if e.dateFormat != "" {
		s, err := eval.DateFormat(e.dateFormat)
		if err != nil {
			return nil, usageError(fmt.Errorf("--date-format %w", err))
		}
		list = append(list, s)
	}
	for _, value := range e.set {
		if name, _, _ := strings.Cut(value, "="); strings.Contains(name, ".") {
			e.app.set = append(e.app.set, value)
			continue
		}
		for part := range strings.SplitSeq(value, ",") {
			s, err := eval.ParseSetting(part)
			if err != nil {
				return nil, usageError(fmt.Errorf("--set: %w", err))
			}
			list = append(list, s)
		}
	}
	return func(t *vm.Thread) error {
		for _, s := range list {
			if err := s.Apply(t); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// units returns what --load and --env name. An environment need not have programs; where
// both have a source of the same name that of --load counts.
func (e *evaluation) units(ctx context.Context) ([]*code.Unit, error) {
	var units []*code.Unit
	if e.environment != "" {
		found, err := e.loadEnvironment(ctx)
		if err != nil {
			return nil, err
		}
		units = found
	}
	var loaded []*code.Unit
	for _, path := range e.files {
		found, err := e.load(ctx, path)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, found...)
	}
	return append(without(units, loaded), loaded...), nil
}

// without returns the units whose sources have other names than those of replacing.
func without(units, replacing []*code.Unit) []*code.Unit {
	names := map[string]bool{}
	for _, u := range replacing {
		names[u.Name] = true
	}
	return slices.DeleteFunc(units, func(u *code.Unit) bool { return names[u.Name] })
}

// session begins a session whose programs print to out.
func (e *evaluation) session(o eval.Options, out io.Writer) (*eval.Session, error) {
	o.Thread.Stdout = advpl.Output(out)
	s, err := eval.New(o)
	if err != nil {
		return nil, &exitError{exitCompile, err}
	}
	return s, nil
}

// print evaluates one text and prints its value; programs print to out.
func (e *evaluation) print(ctx context.Context, o eval.Options, out io.Writer, text string) (err error) {
	s, err := e.session(o, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.Eval(text)
	var uncaught *vm.Error
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case errors.Is(err, vm.ErrQuit):
		return nil
	case errors.As(err, &uncaught):
		fmt.Fprintln(advpl.Output(e.stderr), strings.TrimRight(uncaught.Report(s.Thread()), "\n"))
		return &exitError{code: exitFailed}
	case err != nil:
		return err
	case r.Kind == eval.Nothing, r.Kind == eval.Statements && r.Value.IsNil():
		return nil
	}
	_, err = fmt.Fprintln(e.stdout, lib.Inspect(r.Value))
	return err
}

// maxLine is the length of the longest line that is evaluated, in bytes.
const maxLine = 1 << 20

// lines evaluates each line of in and prints a line for it; programs print to out.
func (e *evaluation) lines(ctx context.Context, o eval.Options, out io.Writer, in io.Reader) (err error) {
	s, err := e.session(o, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lines := readLines(ctx, in)
	for {
		select {
		case <-ctx.Done():
			return &exitError{exitInterrupted, errors.New("interrupted")}
		case line, ok := <-lines:
			if !ok || line.err != nil {
				return line.err
			}
			answer := answer(s, line)
			if ctx.Err() != nil {
				continue
			}
			if _, err := io.WriteString(e.stdout, answer+"\n"); err != nil {
				return err
			}
		}
	}
}

// answer evaluates a line and returns what is printed for it: one line.
func answer(s *eval.Session, line inputLine) string {
	if line.long {
		return fmt.Sprintf("!ERROR the line is longer than %d bytes", maxLine)
	}
	r, err := s.Eval(line.text)
	switch {
	case err != nil && !errors.Is(err, vm.ErrQuit):
		return "!ERROR " + errorLine(err.Error())
	case err == nil && r.Kind == eval.Nothing:
		return ""
	}
	return lib.Inspect(r.Value)
}

// errorLine returns the text of an error in UTF-8, without line ends and other controls.
func errorLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, source.ToUTF8(text))
}

// inputLine is a line without its end, or the error that reading ended with.
type inputLine struct {
	text string
	long bool // it has more than maxLine bytes; text is empty
	err  error
}

// readLines returns the lines of in, one by one, up to its end or an error or the end
// of ctx. A mark of UTF-8 before the first one is left out.
func readLines(ctx context.Context, in io.Reader) <-chan inputLine {
	lines := make(chan inputLine)
	go func() {
		defer close(lines)
		r := bufio.NewReader(in)
		for first := true; ; first = false {
			line, err := readLine(r)
			if err == io.EOF {
				return
			}
			line.err = err
			if first {
				line.text = strings.TrimPrefix(line.text, "\uFEFF")
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return lines
}

// readLine reads a line. The error is io.EOF if there is none.
func readLine(r *bufio.Reader) (inputLine, error) {
	var line inputLine
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		if line.long = line.long || len(text)+len(part) > maxLine+2; !line.long {
			text = append(text, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && (len(text) > 0 || line.long), err == nil:
			if !line.long {
				line.text = strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
			}
			return line, nil
		}
		return line, err
	}
}
