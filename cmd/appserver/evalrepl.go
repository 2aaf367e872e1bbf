package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/peterh/liner"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/eval"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/vm"
)

// repl reads and evaluates what a person types.
type repl struct {
	session  *eval.Session
	terminal *liner.State
	out      io.Writer
	input    eval.Input
}

// errInterrupted is the cause of the error of an evaluation that Ctrl-C stopped.
var errInterrupted = errors.New("by Ctrl-C")

// interact evaluates what is typed until Ctrl-D or a signal to end.
func (e *evaluation) interact(ctx context.Context, o eval.Options, out io.Writer) (err error) {
	s, err := e.session(o, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	defer stopEvaluations(s)()
	// An evaluation that does not end must not keep the program from ending.
	defer context.AfterFunc(ctx, func() { s.Interrupt(errors.New("by a signal")) })()
	r := &repl{session: s, terminal: liner.NewLiner(), out: e.stdout}
	defer r.terminal.Close()
	r.terminal.SetCtrlCAborts(true)
	r.terminal.SetMultiLineMode(true)
	r.terminal.SetTabCompletionStyle(liner.TabPrints)
	r.terminal.SetCompleter(s.Complete)
	history := openHistory(r.terminal)
	fmt.Fprintf(e.stdout, "appserver %s. AdvPL expressions and statements; Tab completes, Ctrl-D leaves.\n", programVersion())
	err = r.loop(ctx)
	history.save(r.terminal)
	return err
}

// stopEvaluations has Ctrl-C stop what the session evaluates, until the function that
// it returns is called.
func stopEvaluations(s *eval.Session) (restore func()) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		for range interrupts {
			s.Interrupt(errInterrupted)
		}
	}()
	return func() {
		signal.Stop(interrupts)
		close(interrupts)
	}
}

// loop reads and evaluates until the person leaves.
func (r *repl) loop(ctx context.Context) error {
	for {
		line, err := r.read(ctx)
		switch {
		case ctx.Err() != nil:
			return &exitError{exitInterrupted, errors.New("interrupted")}
		case err == liner.ErrPromptAborted:
			r.input.Take()
			continue
		case err == io.EOF && !r.input.Empty():
			r.input.Take()
			fmt.Fprintln(r.out)
			continue
		case err == io.EOF:
			fmt.Fprintln(r.out)
			return nil
		case err != nil:
			return err
		}
		r.remember(line)
		if r.take(line) {
			return nil
		}
	}
}

// take takes a line that was typed, and evaluates what it completes. It tells whether
// that asks to leave.
func (r *repl) take(line string) (quit bool) {
	if r.input.Empty() && isLeaving(line) {
		return true
	}
	return r.input.Add(line) && r.evaluate(r.input.Take())
}

// prompt returns what stands before the next line.
func (r *repl) prompt() string {
	if r.input.Empty() {
		return "> "
	}
	return ". "
}

// isLeaving tells whether the line asks to leave, as people try first.
func isLeaving(line string) bool {
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "exit", "exit()", "quit", "quit()":
		return true
	}
	return false
}

// read reads a line.
func (r *repl) read(ctx context.Context) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	prompt := r.prompt()
	go func() {
		line, err := r.terminal.Prompt(prompt)
		done <- result{line, err}
	}()
	select {
	case got := <-done:
		return got.line, got.err
	case <-ctx.Done(): // the prompt is left behind: the program ends
		return "", ctx.Err()
	}
}

// remember keeps a line in the history, unless it begins with a blank.
func (r *repl) remember(line string) {
	if strings.TrimSpace(line) != "" && line[0] != ' ' && len(line) <= longestHistory {
		r.terminal.AppendHistory(line)
	}
}

// evaluate evaluates a text and shows what it gives. It tells whether the program asks
// to end.
func (r *repl) evaluate(text string) (quit bool) {
	result, err := r.session.Eval(text)
	switch {
	case errors.Is(err, vm.ErrQuit):
		return true
	case err != nil:
		fmt.Fprintln(r.out, errorText(err))
	case result.Kind == eval.Expression, result.Kind == eval.Statements && !result.Value.IsNil():
		r.session.Assign("_", result.Value)
		fmt.Fprintln(r.out, r.show(result.Value))
	}
	return false
}

// mostShown is how many bytes of a value a person is shown.
const mostShown = 8 << 10

// show returns v as a person reads it: JSON objects with what they hold, and letters
// with accents as such.
func (r *repl) show(v vm.Value) string {
	text := lib.Inspect(v)
	if v.Kind() == vm.Object && strings.EqualFold(v.Object().ClassName(), "JsonObject") {
		if s, err := r.session.Thread().Send(v, "ToJson"); err == nil && s.IsStr() {
			text = errorLine(s.Text())
		}
	} else {
		text = readable(text)
	}
	if len(text) > mostShown {
		text = fmt.Sprintf("%s… (%d bytes in all)", strings.ToValidUTF8(text[:mostShown], ""), len(text))
	}
	return text
}

// readable returns what lib.Inspect gave with the letters of cp1252 in place of their
// escapes.
func readable(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		text = text[i:]
		n := 2 // of the escape
		if strings.HasPrefix(text, `\u`) {
			n = 6
		}
		b.WriteString(letterOf(text[:n]))
		text = text[n:]
	}
}

// letterOf returns the letter that an escape of a byte stands for, or the escape.
func letterOf(escape string) string {
	var c byte
	if _, err := fmt.Sscanf(escape, `\u00%02x`, &c); err != nil || c < 0x80 {
		return escape
	}
	letter := source.ToUTF8(string([]byte{c}))
	for _, r := range letter {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return escape
		}
	}
	return letter
}

// mostFrames is how many functions of an error's stack are shown.
const mostFrames = 10

// errorText returns what is shown of an error: what it is, and where it was raised.
func errorText(err error) string {
	text := "!ERROR " + errorLine(err.Error())
	var e *vm.Error
	if !errors.As(err, &e) {
		return text
	}
	shown := 0
	for _, f := range e.Stack {
		if f.Unit == nil || f.Func == nil || f.Func.Kind == code.Macro || shown == mostFrames {
			continue
		}
		text += fmt.Sprintf("\n  in %s (%s, line %d)", errorLine(f.Name), errorLine(f.Unit.Name), f.Line)
		shown++
	}
	return text
}
