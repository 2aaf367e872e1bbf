package vm

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

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

// Only returns a Coverage with the same counters that reports on those units alone for
// which keep returns true.
func (c *Coverage) Only(keep func(*code.Unit) bool) *Coverage {
	only := &Coverage{counts: c.counts}
	for _, u := range c.units {
		if keep(u) {
			only.units = append(only.units, u)
		}
	}
	return only
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

// FileCoverage says how often the lines of one source ran.
type FileCoverage struct {
	Path  string         // as it was compiled
	Lines []LineCoverage // those with code, in their order
	Funcs []FuncCoverage // functions and methods, in the order of the units
}

// LineCoverage says how often a line ran.
type LineCoverage struct {
	Line int
	Hits uint64
}

// FuncCoverage says how often a function's first line ran.
type FuncCoverage struct {
	Name string // link name; of a method CLASS:METHOD
	Line int
	Hits uint64
}

// Covered returns how many of the lines ran.
func (f *FileCoverage) Covered() int {
	n := 0
	for _, l := range f.Lines {
		if l.Hits > 0 {
			n++
		}
	}
	return n
}

// coveredFuncs returns how many of the functions ran.
func (f *FileCoverage) coveredFuncs() int {
	n := 0
	for _, fn := range f.Funcs {
		if fn.Hits > 0 {
			n++
		}
	}
	return n
}

// Files returns the counters by source, in the order of the units. A file that is
// included is one entry however many sources include it: its counts are added. A line
// that belongs to a function and to a block has the greater of both counts.
func (c *Coverage) Files() []FileCoverage {
	all := fileSet{byPath: map[string]*fileLines{}}
	for _, u := range c.units {
		one := fileSet{byPath: map[string]*fileLines{}}
		own := cmp.Or(u.Path, u.Name)
		one.file(own)
		classOf := classesOfMethods(u)
		for _, f := range unitFuncs(u) {
			c.collect(one.file(cmp.Or(f.File, own)), f, classOf[f])
		}
		all.add(&one)
	}
	return all.files()
}

// classesOfMethods returns the names of the classes of u's methods.
func classesOfMethods(u *code.Unit) map[*code.Func]string {
	names := map[*code.Func]string{}
	for _, class := range u.Classes {
		for _, m := range class.Methods {
			names[m.Func] = class.Name
		}
	}
	return names
}

// collect adds f, its lines and those of its blocks to file; class is that of a method.
func (c *Coverage) collect(file *fileLines, f *code.Func, class string) {
	if n := c.counts[f]; n != nil {
		name := f.Name
		if class != "" {
			name = class + ":" + name
		}
		file.funcs = append(file.funcs, FuncCoverage{name, int(f.Line), n.at(f.Lines[0].Line)})
	}
	c.collectLines(file, f)
}

func (c *Coverage) collectLines(file *fileLines, f *code.Func) {
	if n := c.counts[f]; n != nil {
		for _, l := range f.Lines {
			file.hits[int(l.Line)] = max(file.hits[int(l.Line)], n.at(l.Line))
		}
	}
	for _, b := range f.Blocks {
		c.collectLines(file, b)
	}
}

func (n *lineCounts) at(line int32) uint64 { return n.lines[line-n.first].Load() }

// fileSet is a list of files that is being made.
type fileSet struct {
	paths  []string // in the order in which they came
	byPath map[string]*fileLines
}

// fileLines is one file of a fileSet.
type fileLines struct {
	funcs []FuncCoverage
	hits  map[int]uint64 // by line
}

// file returns the file with the path, which it makes if it is new.
func (s *fileSet) file(path string) *fileLines {
	if s.byPath[path] == nil {
		s.paths = append(s.paths, path)
		s.byPath[path] = &fileLines{hits: map[int]uint64{}}
	}
	return s.byPath[path]
}

// add adds the counts of another set.
func (s *fileSet) add(other *fileSet) {
	for _, path := range other.paths {
		to, from := s.file(path), other.byPath[path]
		to.addFuncs(from.funcs)
		for line, hits := range from.hits {
			to.hits[line] += hits
		}
	}
}

// addFuncs adds functions; those that are known by name and line are counted together.
func (f *fileLines) addFuncs(funcs []FuncCoverage) {
	if f.funcs == nil {
		f.funcs = funcs
		return
	}
	for _, fn := range funcs {
		i := slices.IndexFunc(f.funcs, func(g FuncCoverage) bool { return g.Name == fn.Name && g.Line == fn.Line })
		if i < 0 {
			f.funcs = append(f.funcs, fn)
			continue
		}
		f.funcs[i].Hits += fn.Hits
	}
}

// files returns the set as a list.
func (s *fileSet) files() []FileCoverage {
	list := make([]FileCoverage, 0, len(s.paths))
	for _, path := range s.paths {
		f := s.byPath[path]
		lines := make([]LineCoverage, 0, len(f.hits))
		for _, line := range slices.Sorted(maps.Keys(f.hits)) {
			lines = append(lines, LineCoverage{line, f.hits[line]})
		}
		list = append(list, FileCoverage{path, lines, f.funcs})
	}
	return list
}

// WriteLCOV writes the counters in the format of lcov's tracefiles, one record a file
// of Files. Paths are relative to root, if that is not "" and the source is below it.
func (c *Coverage) WriteLCOV(w io.Writer, root string) error {
	out := bufio.NewWriter(w)
	for _, f := range c.Files() {
		f.write(out, root)
	}
	return out.Flush()
}

// oneLine returns a name as it stands in a line of a tracefile, which knows no escapes.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, name)
}

// write writes f as a record of a tracefile.
func (f *FileCoverage) write(w io.Writer, root string) {
	path := f.Path
	if root != "" {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			path = rel
		}
	}
	fmt.Fprintf(w, "TN:\nSF:%s\n", oneLine(filepath.ToSlash(path)))
	for _, fn := range f.Funcs {
		fmt.Fprintf(w, "FN:%d,%s\n", fn.Line, fn.Name)
	}
	for _, fn := range f.Funcs {
		fmt.Fprintf(w, "FNDA:%d,%s\n", fn.Hits, fn.Name)
	}
	fmt.Fprintf(w, "FNF:%d\nFNH:%d\n", len(f.Funcs), f.coveredFuncs())
	for _, l := range f.Lines {
		fmt.Fprintf(w, "DA:%d,%d\n", l.Line, l.Hits)
	}
	fmt.Fprintf(w, "LF:%d\nLH:%d\nend_of_record\n", len(f.Lines), f.Covered())
}
