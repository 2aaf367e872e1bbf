package vm

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync/atomic"

	"appserver/internal/advpl/code"
)

// Coverage counts how often the lines of a program run. It is a Hook that any number
// of threads may share.
type Coverage struct {
	units  []*code.Unit
	counts map[*code.Func]*lineCounts
}

// lineCounts are the counters of a function's lines, by line - first.
type lineCounts struct {
	first int32
	lines []atomic.Uint64
}

// NewCoverage makes a Coverage of the program's functions, methods and their blocks,
// all counters being 0. The first values of statics and of data are left out: those
// that are constants are not run.
func NewCoverage(p *Program) *Coverage {
	c := &Coverage{units: p.Units(), counts: map[*code.Func]*lineCounts{}}
	for _, u := range c.units {
		for _, f := range unitFuncs(u) {
			if f.Kind != code.Initializer {
				c.add(f)
			}
		}
	}
	return c
}

func (c *Coverage) add(f *code.Func) {
	if len(f.Lines) > 0 {
		first, last := f.Lines[0].Line, f.Lines[0].Line
		for _, l := range f.Lines {
			first, last = min(first, l.Line), max(last, l.Line)
		}
		c.counts[f] = &lineCounts{first, make([]atomic.Uint64, last-first+1)}
	}
	for _, b := range f.Blocks {
		c.add(b)
	}
}

// Line implements Hook.
func (c *Coverage) Line(_ *Thread, fn *code.Func, _ *code.Unit, line int) error {
	if n := c.counts[fn]; n != nil {
		if i := line - int(n.first); i >= 0 && i < len(n.lines) {
			n.lines[i].Add(1)
		}
	}
	return nil
}

// fileCoverage is what is known of one source.
type fileCoverage struct {
	path  string
	funcs []funcHits
	lines map[int32]uint64
}

type funcHits struct {
	name string
	line int32
	hits uint64
}

// WriteLCOV writes the counters in the format of lcov's tracefiles, one record a
// source. Paths are relative to root, if that is not "" and the source is below it. A
// line that belongs to a function and to a block has the greater of both counts.
func (c *Coverage) WriteLCOV(w io.Writer, root string) error {
	out := bufio.NewWriter(w)
	for _, u := range c.units {
		for _, f := range c.files(u) {
			f.write(out, root)
		}
	}
	return out.Flush()
}

// files returns what is known of u's source and of those it includes code from.
func (c *Coverage) files(u *code.Unit) []*fileCoverage {
	own := &fileCoverage{path: cmp.Or(u.Path, u.Name), lines: map[int32]uint64{}}
	files := []*fileCoverage{own}
	fileOf := func(f *code.Func) *fileCoverage {
		if f.File == "" || f.File == own.path {
			return own
		}
		i := slices.IndexFunc(files, func(g *fileCoverage) bool { return g.path == f.File })
		if i < 0 {
			files = append(files, &fileCoverage{path: f.File, lines: map[int32]uint64{}})
			i = len(files) - 1
		}
		return files[i]
	}
	for _, f := range unitFuncs(u) {
		file := fileOf(f)
		c.collect(file, f)
		if n := c.counts[f]; n != nil {
			file.funcs = append(file.funcs, funcHits{f.Name, f.Line, n.at(f.Lines[0].Line)})
		}
	}
	return files
}

func (n *lineCounts) at(line int32) uint64 { return n.lines[line-n.first].Load() }

// collect adds the lines of f and its blocks to file.
func (c *Coverage) collect(file *fileCoverage, f *code.Func) {
	if n := c.counts[f]; n != nil {
		for _, l := range f.Lines {
			file.lines[l.Line] = max(file.lines[l.Line], n.at(l.Line))
		}
	}
	for _, b := range f.Blocks {
		c.collect(file, b)
	}
}

func (f *fileCoverage) write(w io.Writer, root string) {
	path := f.path
	if root != "" {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			path = rel
		}
	}
	fmt.Fprintf(w, "TN:\nSF:%s\n", filepath.ToSlash(path))
	hit := 0
	for _, fn := range f.funcs {
		fmt.Fprintf(w, "FN:%d,%s\n", fn.line, fn.name)
	}
	for _, fn := range f.funcs {
		fmt.Fprintf(w, "FNDA:%d,%s\n", fn.hits, fn.name)
		if fn.hits > 0 {
			hit++
		}
	}
	fmt.Fprintf(w, "FNF:%d\nFNH:%d\n", len(f.funcs), hit)
	f.writeLines(w)
	fmt.Fprintln(w, "end_of_record")
}

func (f *fileCoverage) writeLines(w io.Writer) {
	lines := make([]int32, 0, len(f.lines))
	hit := 0
	for line, n := range f.lines {
		lines = append(lines, line)
		if n > 0 {
			hit++
		}
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Fprintf(w, "DA:%d,%d\n", line, f.lines[line])
	}
	fmt.Fprintf(w, "LF:%d\nLH:%d\n", len(lines), hit)
}
