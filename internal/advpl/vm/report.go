package vm

import (
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
)

// Bounds of a report.
const (
	reportBytes  = 8 << 10 // of the chain of calls
	reportText   = 4 << 10 // of the error
	reportArgs   = 16      // of one call
	reportFrames = 60      // of the chain's beginning; the last ones are shown too
	reportTail   = 10
)

// Report returns the text about an error that ended a call of t, some kilobytes at
// most: the error with function, source, date, time and line; what is known of it;
// the chain of calls with their arguments; and the lines of Options.Report.
func (e *Error) Report(t *Thread) string {
	var b strings.Builder
	text := e.Error()
	b.WriteString(text[:min(len(text), reportText)])
	now := t.Now()
	if len(e.Stack) > 0 {
		f := &e.Stack[0]
		fmt.Fprintf(&b, " on %s %s line : %d", f.place(), now.Format("02/01/2006 15:04:05"), f.Line)
	} else {
		b.WriteString(now.Format(" 02/01/2006 15:04:05"))
	}
	b.WriteString("\n\n")
	e.writeFacts(&b, t)
	if len(e.Stack) > 0 {
		writeArgs(&b, e.Stack[0].Args)
		writeStack(&b, e.Stack[1:])
	}
	if len(t.opts.Report) > 0 {
		b.WriteByte('\n')
		for _, line := range t.opts.Report {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// place returns FUNCTION(SOURCE).
func (f *Frame) place() string {
	source := "native"
	if f.Unit != nil {
		source = f.Unit.Name
	}
	if f.Func != nil && f.Func.File != "" {
		source = f.Func.File
	}
	return fmt.Sprintf("%s(%s)", shorten(f.Name), source)
}

// writeFacts writes a line for each thing that is known of the error.
func (e *Error) writeFacts(b *strings.Builder, t *Thread) {
	fmt.Fprintf(b, "[TYPE: %s %d/%d]\n", e.SubSystem, e.GenCode, e.SubCode)
	if e.Operation != "" {
		fmt.Fprintf(b, "[OPERATION: %s]\n", shorten(e.Operation))
	}
	for i, v := range e.Args[:min(len(e.Args), reportArgs)] {
		fmt.Fprintf(b, "[ARGUMENT %d: %s %s]\n", i+1, v.Kind().Type(), v)
	}
	if e.FileName != "" {
		fmt.Fprintf(b, "[FILE: %s, system error %d]\n", shorten(e.FileName), e.OSCode)
	}
	if e.Cause != nil {
		fmt.Fprintf(b, "[CAUSE: %s]\n", shorten(e.Cause.Error()))
	}
	if near := e.near(t); len(near) > 0 {
		fmt.Fprintf(b, "[NEAR: %s]\n", strings.Join(near, ", "))
	}
}

// writeStack writes the chain of calls; of a long one the beginning and the end.
func writeStack(b *strings.Builder, frames []Frame) {
	start := b.Len()
	runs := repeats(frames)
	skipped := 0
	for i, r := range runs {
		tail := len(runs) - i
		if i >= reportFrames && tail > reportTail {
			skipped += len(r)
			continue
		}
		if skipped > 0 && tail == reportTail {
			fmt.Fprintf(b, "... %d calls\n", skipped)
		}
		writeCalls(b, r)
		if b.Len()-start < reportBytes {
			writeArgs(b, r[0].Args)
		}
	}
	if len(frames) >= maxReported-1 {
		b.WriteString("... further calls\n")
	}
}

// writeCalls writes the line of calls from the same place.
func writeCalls(b *strings.Builder, same []Frame) {
	f := &same[0]
	fmt.Fprintf(b, "Called from %s line : %d", f.place(), f.Line)
	if len(same) > 1 {
		fmt.Fprintf(b, ", %d times", len(same))
	}
	b.WriteByte('\n')
}

// repeats splits frames where the place or the line changes: a recursion is one part.
func repeats(frames []Frame) [][]Frame {
	var parts [][]Frame
	start := 0
	for i := range frames {
		if i+1 == len(frames) || !frames[i].samePlace(&frames[i+1]) {
			parts = append(parts, frames[start:i+1])
			start = i + 1
		}
	}
	return parts
}

// samePlace tells whether reports show f and g, but for their arguments, alike.
func (f *Frame) samePlace(g *Frame) bool {
	return f.Name == g.Name && f.Unit == g.Unit && f.Func == g.Func && f.Line == g.Line
}

// writeArgs writes the arguments of a call, one a line.
func writeArgs(b *strings.Builder, args []Value) {
	for i, v := range args {
		if i == reportArgs {
			fmt.Fprintf(b, "    ... %d arguments\n", len(args))
			return
		}
		fmt.Fprintf(b, "    Param %d: %s %s\n", i+1, v.Kind().Type(), v)
	}
}

// stackText returns the text of ErrorStack: the functions, innermost first.
func stackText(frames []Frame) string {
	var b strings.Builder
	for i := range frames {
		if b.Len() > reportBytes {
			break
		}
		if i > 0 {
			b.WriteString("Called from ")
		}
		fmt.Fprintf(&b, "%s line : %d\n", frames[i].place(), frames[i].Line)
	}
	return b.String()
}

// near returns up to three names that may have been meant by the name of a function,
// variable or member that does not exist.
func (e *Error) near(t *Thread) []string {
	switch e.GenCode {
	case GenNoFunc:
		return nearest(e.Operation, t.functionNames(e.Stack))
	case GenNoVar:
		return nearest(e.Operation, t.variableNames(e.Stack))
	case GenNoMethod, GenNoVarMethod:
		return nearest(e.Operation, memberNames(e.Args))
	}
	return nil
}

// functionNames returns the names of what may be called from where the stack says.
func (t *Thread) functionNames(stack []Frame) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if len(stack) > 0 {
			if u := t.prog.unitOf(stack[0].Unit); u != nil && !keys(u.funcs, yield) {
				return
			}
		}
		_ = keys(t.prog.funcs, yield) && keys(t.prog.classes, yield) &&
			keys(t.prog.lib.Funcs, yield) && keys(t.prog.lib.Classes, yield)
	}
}

// keys yields the keys of m and tells whether more are wanted.
func keys[V any](m map[string]V, yield func(string) bool) bool {
	for k := range m {
		if !yield(k) {
			return false
		}
	}
	return true
}

// variableNames returns the names of the variables that the function on top of the
// stack knows, and of the memory variables.
func (t *Thread) variableNames(stack []Frame) func(yield func(string) bool) {
	var names []string
	if len(stack) > 0 && stack[0].Func != nil {
		names = knownVariables(stack[0].Func, stack[0].Unit)
	}
	t.eachVar(func(name string, _ bool, _ *Value) { names = append(names, name) })
	return slices.Values(names)
}

func knownVariables(f *code.Func, u *code.Unit) []string {
	var names []string
	for _, l := range f.Locals {
		names = append(names, strings.ToUpper(l.Name))
	}
	for _, p := range f.Params {
		names = append(names, p.Name)
	}
	if u != nil {
		names = append(names, u.Statics...)
	}
	return names
}

// memberNames returns the members of the object that the error is about.
func memberNames(args []Value) func(yield func(string) bool) {
	if len(args) == 0 || args[0].Kind() != Object || args[0].Object().Class == nil {
		return slices.Values([]string(nil))
	}
	c := args[0].Object().Class
	return slices.Values(append(c.MethodNames(), c.DataNames()...))
}

// nearest returns up to three of the names that differ from name in few letters,
// the nearest first, each once.
func nearest(name string, among func(yield func(string) bool)) []string {
	type candidate struct {
		name     string
		distance int
	}
	limit := 1 + len(name)/5
	var found []candidate
	for other := range among {
		if abs(len(other)-len(name)) > limit || other == name {
			continue
		}
		if d := distance(name, other, limit); d <= limit {
			found = append(found, candidate{other, d})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	found = slices.Compact(found)
	var names []string
	for _, c := range found[:min(len(found), 3)] {
		names = append(names, c.name)
	}
	return names
}

func abs(n int) int { return max(n, -n) }

// distance returns how many letters must be put in, left out, replaced or swapped
// with their neighbour to make b of a; some number above limit if more than that.
func distance(a, b string, limit int) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return limit + 1
	}
	var rows [3][longest + 1]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, above, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j-1]+cost, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j], best = d, min(best, d)
		}
		if best > limit {
			return best
		}
	}
	return rows[len(a)%3][len(b)]
}
