package probat

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Console writes the outcome of tests for people to read: a line a fixture, what is
// wrong below it, and a sum at the end. The first error of W is kept for Summary.
type Console struct {
	W       io.Writer
	Color   bool // with the colours of terminals
	Verbose bool // every test with its assertions, and what it printed
	Width   int  // of the longest name of a fixture, so that columns align

	err error
}

// The colours.
const (
	plain  = ""
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)

// painted is a text of this package, which may hold colours.
type painted string

// printf prints the arguments; of strings, which come from sources and programs, what
// terminals would take for a command is shown as an escape.
func (c *Console) printf(format string, args ...any) {
	if c.err != nil {
		return
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = harmless(s)
		}
	}
	_, c.err = fmt.Fprintf(c.W, format, args...)
}

// harmless returns s in one line, with escapes for its control characters but tabs, and
// for those that change the direction of what follows.
func harmless(s string) string {
	if !strings.ContainsFunc(s, isHarmful) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isHarmful(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isHarmful(r rune) bool {
	return r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// paint returns s in the colour.
func (c *Console) paint(color, s string) painted {
	if !c.Color || color == plain {
		return painted(s)
	}
	return painted(color + s + reset)
}

// label returns a status as it stands before a name, in its colour.
func (c *Console) label(s Status) painted {
	switch s {
	case Failed:
		return c.paint(red+bold, "FAIL ")
	case Errored:
		return c.paint(red+bold, "ERROR")
	case Skipped:
		return c.paint(yellow, "skip ")
	}
	return c.paint(green, "ok   ")
}

// Fixture writes the outcome of a fixture that has ended.
func (c *Console) Fixture(f *Fixture) {
	n := f.Count()
	c.printf("%s %-*s  %9s  %8s%s\n", c.label(f.Status()), c.Width, f.Name, plural(n.Tests, "test"), took(f.Duration), notes(n))
	failed := n.Failed+n.Errored > 0
	for _, t := range f.Tests {
		switch {
		case c.Verbose || t.Status == Failed || t.Status == Errored:
			c.test(f, t)
		case t.Status == Skipped:
			c.skipped(f, t)
			c.warnings(t)
		default:
			c.warnings(t)
		}
	}
	if f.Output != "" && (failed || c.Verbose) {
		c.printf("      output:\n")
		c.block("      | ", f.Output)
	}
	if failed {
		c.printf("\n")
	}
}

// notes returns what the line of a fixture says of tests that did not pass.
func notes(n Count) string {
	var list []string
	for _, part := range []struct {
		n    int
		what string
	}{{n.Failed, "failed"}, {n.Errored, "with errors"}, {n.Skipped, "skipped"}} {
		if part.n > 0 && part.n < n.Tests {
			list = append(list, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "  " + strings.Join(list, ", ")
}

// test writes the outcome of one test with what did not hold; verbosely, with all of
// its assertions.
func (c *Console) test(f *Fixture, t *Test) {
	c.printf("  %s %s", c.label(t.Status), t.Name)
	if t.Text != "" {
		c.printf(" (%s)", t.Text)
	}
	failed := len(t.failedAsserts()) > 0
	if !failed { // else the assertions say where
		c.printf("  %s", place(f.Source, t.Line))
	}
	if c.Verbose {
		c.printf("  %s", took(t.Duration))
	}
	c.printf("\n")
	if t.Message != "" && (t.Status == Errored || !failed) {
		c.block("        ", t.Message)
	}
	for i := range t.Asserts {
		c.assert(f, &t.Asserts[i])
	}
	c.warnings(t)
}

// skipped writes in a line why a test was skipped.
func (c *Console) skipped(f *Fixture, t *Test) {
	name := t.Name
	if t.Text != "" {
		name += " (" + t.Text + ")"
	}
	reason := t.Message
	if rest, ok := strings.CutPrefix(reason, "skipped"); ok {
		reason = "@Skip" + rest
	}
	c.printf("  %s %s: %s  %s\n", c.label(Skipped), name, reason, place(f.Source, t.Line))
}

// warnings writes what the test said with assertWarning.
func (c *Console) warnings(t *Test) {
	for _, w := range t.Warnings {
		c.printf("  %s %s: %s  %s\n", c.paint(yellow, "warn "), t.Name, w.Text, w.place())
	}
}

// assert writes one assertion, if it did not hold or all are wanted.
func (c *Console) assert(f *Fixture, a *Assert) {
	switch {
	case a.Status == Failed:
		c.printf("        %s  %s\n", a.title(), place(f.Source, a.Line))
		for _, line := range a.lines() {
			c.printf("          %s\n", line)
		}
	case c.Verbose:
		c.printf("        %s %s  %s\n", c.label(a.Status), a.title(), place(f.Source, a.Line))
	}
}

// lines returns what the assertion expected and got, each in a line.
func (a *Assert) lines() []string {
	if a.Expected != "" && a.Actual != "" {
		return comparison(shown(a.Expected), shown(a.Actual), a.Differs)
	}
	var list []string
	for _, v := range a.values() {
		text, _ := excerpt([]rune(v.text), 0)
		list = append(list, v.label+text)
	}
	return list
}

// block writes a text of any number of lines, each after the prefix.
func (c *Console) block(prefix, text string) {
	for line := range strings.Lines(text) {
		c.printf("%s\n", strings.TrimRight(prefix+line, " \t\r\n"))
	}
}

// Summary writes the sum of a run: the tests that failed once more, if they do not stand
// right above, and one line. The error is the first one of all writing.
func (c *Console) Summary(r *Run) error {
	for i := range r.Warnings {
		c.printf("%s %s  %s\n", c.paint(yellow, "warn "), r.Warnings[i].Text, r.Warnings[i].place())
	}
	n := r.Count()
	bad := n.Failed + n.Errored
	if bad > 0 && !onlyLastFailed(r) {
		c.again(r)
	}
	color, text := green, plural(n.Tests, "test")+" passed"
	switch {
	case bad > 0:
		color, text = red+bold, fmt.Sprintf("%d of %s failed", bad, plural(n.Tests, "test"))
	case n.Skipped > 0:
		text = plural(n.Passed, "test") + " passed"
	}
	sum := c.paint(color, text)
	if n.Skipped > 0 {
		sum += c.paint(yellow, fmt.Sprintf(", %d skipped", n.Skipped))
	}
	c.printf("%s; %s in %s\n", sum, plural(n.Asserts, "assertion"), took(r.Duration))
	return c.err
}

// onlyLastFailed tells whether all fixtures passed but the last one.
func onlyLastFailed(r *Run) bool {
	for _, f := range r.Fixtures[:len(r.Fixtures)-1] {
		if s := f.Status(); s == Failed || s == Errored {
			return false
		}
	}
	return true
}

// again lists the tests that did not pass.
func (c *Console) again(r *Run) {
	if last := r.Fixtures[len(r.Fixtures)-1].Status(); last == Passed || last == Skipped {
		c.printf("\n") // there is one after what failed
	}
	for _, f := range r.Fixtures {
		for _, t := range f.Tests {
			if t.Status == Failed || t.Status == Errored {
				c.printf("%s %s  %s\n", c.label(t.Status), TestName(f, t), place(f.Source, t.firstFailedLine()))
			}
		}
	}
}
