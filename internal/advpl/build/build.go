// Package build compiles sources: it finds them, finds the headers that they
// include, runs the compiler over all of them on all cores, and takes what has not
// changed from an earlier repository.
package build

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"appserver/internal/advpl/check"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// Options say how sources are compiled. The zero Options work.
type Options struct {
	// Include lists the folders in which included files are looked for, in
	// their order, after the folder of the file that includes. The program's
	// own headers come last.
	Include []string
	// Defines are names that are defined before each source begins, as
	// #define name value does.
	Defines map[string]string
	// Rules turn warnings on and off.
	Rules check.Options
	// Jobs is how many sources are compiled at once; 0 is one for each core.
	Jobs int
	// Previous is an earlier result; its units are taken over where neither
	// the source nor an included file, nor the program, the Defines or the
	// Rules have changed. Warnings of such sources are not repeated.
	Previous *repo.Repository
	// Unkept says that no later Build will get this one's repository as Previous:
	// what the units were made from is not noted, which saves hashing the program.
	Unkept bool
	// Apart says that the sources need not form one program: names that two of them
	// declare are warnings of the rule DuplicateName.
	Apart bool
	// Others is a repository whose units of other sources are kept: all but those
	// with the base name of a source of this build, and those of sources that are
	// no longer below one of its folders.
	Others *repo.Repository
	// Progress is called after each source, never twice at once; nil: nothing.
	Progress func(done, total int)
}

// Result is what Build made.
type Result struct {
	// Repository holds a unit of each source without errors, and those kept, in
	// the order of their paths.
	Repository *repo.Repository
	// Findings are all errors and warnings, sorted, each once, also if many
	// sources include the file that it is about. With an error among them the
	// repository is not complete.
	Findings source.Findings
	Sources  int // how many there are
	Reused   int // of them, how many were taken from Options.Previous
	Kept     int // how many units of other sources were kept from Options.Others
	Dropped  int // how many were not, since their sources are gone
	Lines    int // of those that were not reused, without included files
}

// Build compiles the files and folders with the paths. Folders are searched with
// all folders below them, for files with the endings of Endings; names that begin
// with a dot are skipped. A file that is named need not be below a folder, but must
// have one of the endings. What is wrong with sources is in the Result; the error
// is that of a path or folder that cannot be read, of paths without any source, or
// of ctx.
func Build(ctx context.Context, paths []string, o Options) (*Result, error) {
	names, err := Sources(paths)
	if err != nil {
		return nil, err
	}
	b := newBuilder(o)
	jobs := make([]job, len(names))
	if err := b.run(ctx, names, jobs); err != nil {
		return nil, err
	}
	r := b.result(jobs)
	r.keep(o.Others, paths)
	return r, nil
}

// keep takes over the units of other sources.
func (r *Result) keep(others *repo.Repository, paths []string) {
	if others == nil {
		return
	}
	compiled := map[string]bool{}
	for _, u := range r.Repository.Units {
		compiled[u.Name] = true
	}
	for i, u := range others.Units {
		switch {
		case compiled[u.Name]:
		case slices.ContainsFunc(paths, func(folder string) bool { return below(u.Path, folder) }):
			r.Dropped++
		default:
			r.Kept++
			at, _ := slices.BinarySearchFunc(r.Repository.Units, u.Path, func(v *code.Unit, path string) int {
				return strings.Compare(v.Path, path)
			})
			r.Repository.Units = slices.Insert(r.Repository.Units, at, u)
			r.Repository.Origins = slices.Insert(r.Repository.Origins, at, others.Origin(i))
		}
	}
}

// below tells whether the path is in the folder or deeper. A relative path and an absolute
// one are compared as if both began in the current folder.
func below(path, folder string) bool {
	if filepath.IsAbs(path) != filepath.IsAbs(folder) {
		var failed [2]error
		path, failed[0] = filepath.Abs(path)
		folder, failed[1] = filepath.Abs(folder)
		if errors.Join(failed[:]...) != nil {
			return false
		}
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// Source compiles one source that is not in a file. Its name decides about its
// dialect and about the folder in which included files are looked for first. The
// unit is nil if the findings have an error.
func Source(name, text string, o Options) (*code.Unit, source.Findings) {
	return NewCompiler(o).Source(name, text)
}

// Compiler compiles sources that are not in files, one after the other. It reads each
// header once.
type Compiler struct {
	builder *builder
}

// NewCompiler makes a compiler with the options that matter for single sources.
func NewCompiler(o Options) *Compiler { return &Compiler{newBuilder(o)} }

// Source compiles a source as the function Source does.
func (c *Compiler) Source(name, text string) (*code.Unit, source.Findings) {
	var j job
	c.builder.compile(&j, name, []byte(text))
	return j.unit, c.builder.all(j.findings)
}

// Preprocess writes the preprocessed text of the source in the file to w, in cp1252.
// The error is that of reading or writing.
func Preprocess(path string, w io.Writer, o Options) (source.Findings, error) {
	raw, err := readSource(path)
	if err != nil {
		return nil, err
	}
	b := newBuilder(o)
	f, findings := source.Decode(path, raw)
	if findings.Failed() {
		return findings, nil
	}
	r := preproc.Run(f, b.preprocOptions())
	findings = b.options.Rules.Filter(append(findings, r.Findings...))
	return b.all(findings), preproc.Write(w, r.Tokens)
}

// builder is the state that the sources of one Build share.
type builder struct {
	options  Options
	begun    time.Time
	headers  *headers
	cache    preproc.Cache
	key      [sha256.Size]byte
	previous map[string]int // units of Options.Previous by path
}

// job is one source.
type job struct {
	file     *source.File // nil if it cannot be read
	unit     *code.Unit   // nil if there are errors
	origin   *repo.Origin // of a unit that was taken over
	findings source.Findings
	missing  source.Findings // headers that were not found
	err      error
}

func newBuilder(o Options) *builder {
	b := &builder{options: o, begun: time.Now(), headers: newHeaders(o.Include), previous: map[string]int{}}
	if !o.Unkept {
		b.key = optionsKey(o)
	}
	if o.Previous != nil {
		for i, u := range o.Previous.Units {
			b.previous[u.Path] = i
		}
	}
	return b
}

// run works through the sources and fills jobs.
func (b *builder) run(ctx context.Context, names []string, jobs []job) error {
	workers := b.options.Jobs
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	next := make(chan int)
	progress := b.counter(len(names))
	var wait sync.WaitGroup
	for range min(workers, len(names)) {
		wait.Go(func() {
			for i := range next {
				b.work(&jobs[i], names[i])
				progress()
			}
		})
	}
	err := feed(ctx, next, len(names))
	wait.Wait()
	for i := range jobs {
		err = cmp.Or(err, jobs[i].err)
	}
	return err
}

// feed sends the numbers below n until ctx ends.
func feed(ctx context.Context, next chan<- int, n int) error {
	defer close(next)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		select {
		case next <- i:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// counter returns a function that counts and reports progress.
func (b *builder) counter(total int) func() {
	if b.options.Progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		b.options.Progress(done, total)
	}
}

// work compiles the source in the file, or takes over its unit.
func (b *builder) work(j *job, name string) {
	raw, err := readSource(name)
	if err != nil {
		j.err = err
		return
	}
	if b.reuse(j, name, sha256.Sum256(raw)) {
		return
	}
	b.compile(j, name, raw)
}

// reuse takes over the unit of the source if nothing that it was made from has
// changed.
func (b *builder) reuse(j *job, name string, hash [sha256.Size]byte) bool {
	i, ok := b.previous[name]
	if !ok {
		return false
	}
	u, origin := b.options.Previous.Units[i], b.options.Previous.Origin(i)
	if u.Hash != hash || origin == nil || origin.Key != b.key {
		return false
	}
	if !b.sameIncludes(name, origin.Includes) {
		return false
	}
	j.file, j.unit, j.origin = &source.File{Name: name}, u, origin
	return true
}

// sameIncludes tells whether the source would include the same files now, from the
// same places: from another folder a header finds others beside it.
func (b *builder) sameIncludes(name string, includes []repo.Include) bool {
	found := map[string]bool{name: true}
	for _, inc := range includes {
		f, err := b.headers.open(inc.Name, inc.From)
		if err != nil || f.Hash != inc.Hash {
			return false
		}
		found[f.Name] = true
	}
	return !slices.ContainsFunc(includes, func(inc repo.Include) bool { return !found[inc.From] })
}

// compile runs all steps until one finds an error: what a later step finds would
// mostly follow from it. A header that is not there stops nothing: often it has
// only names of texts. If all else is right it is a warning.
func (b *builder) compile(j *job, name string, raw []byte) {
	defer func() {
		if fault := recover(); fault != nil {
			j.unit = nil
			j.findings.Errorf(source.Pos{File: j.file, Line: 1, Col: 1}, "the compiler failed: %v (%s)", fault, faultPlace())
		}
		if j.unit != nil {
			j.findings = append(j.findings, asWarnings(j.missing)...)
		} else {
			j.findings = append(j.findings, j.missing...)
		}
		j.findings = b.options.Rules.Filter(j.findings)
	}()
	add := func(l source.Findings) bool {
		j.findings = append(j.findings, l...)
		return !l.Failed()
	}
	f, found := source.Decode(name, raw)
	j.file = f
	if !add(found) {
		return
	}
	text := preproc.Run(f, b.preprocOptions())
	found, j.missing = withoutMissing(text.Findings)
	if !add(found) {
		return
	}
	tree, found := syntax.Parse(f, text.Tokens)
	if !add(found) {
		return
	}
	unit, found := compile.Compile(tree)
	if !add(found) {
		return
	}
	add(check.Check(tree, b.options.Rules))
	if err := code.Verify(unit); err != nil {
		j.findings.Errorf(source.Pos{File: f, Line: 1, Col: 1}, "the compiler made code that is not valid: %v", err)
		return
	}
	j.unit = unit
}

// withoutMissing splits off the findings about headers that are not there.
func withoutMissing(l source.Findings) (rest, missing source.Findings) {
	for _, f := range l {
		if f.Rule == preproc.MissingInclude {
			missing = append(missing, f)
		} else {
			rest = append(rest, f)
		}
	}
	return rest, missing
}

func asWarnings(l source.Findings) source.Findings {
	out := slices.Clone(l)
	for i := range out {
		out[i].Severity = source.Warning
	}
	return out
}

// faultPlace returns the function and line where a panic was raised.
func faultPlace() string {
	lines := strings.Split(string(debug.Stack()), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") && i+3 < len(lines) {
			place, _, _ := strings.Cut(strings.TrimSpace(lines[i+3]), " ")
			return filepath.Base(place)
		}
	}
	return "place unknown"
}

// preprocOptions are those of every source. As with the original compiler the
// commands of std.ch need no #include, and TOP is known: data are reached by SQL.
func (b *builder) preprocOptions() preproc.Options {
	return preproc.Options{
		Defines: b.options.Defines, Known: []string{"TOP"}, Prelude: "std.ch",
		Cache: &b.cache, Open: b.headers.Open, Time: b.begun,
	}
}

// result puts the work on all sources together.
func (b *builder) result(jobs []job) *Result {
	r := &Result{Repository: &repo.Repository{}, Sources: len(jobs)}
	replaced := b.replaced(jobs, r)
	var units []*job
	for i := range jobs {
		j := &jobs[i]
		r.Findings = append(r.Findings, j.findings...)
		if j.origin != nil {
			r.Reused++
		} else {
			r.Lines += j.file.Lines()
		}
		if j.unit == nil || replaced[j] {
			continue
		}
		if j.origin == nil && j.missing == nil && !b.options.Unkept { // a header may appear that is missing now
			j.origin = &repo.Origin{Key: b.key, Includes: b.headers.includes(j.file.Name)}
		}
		r.Repository.Units = append(r.Repository.Units, j.unit)
		r.Repository.Origins = append(r.Repository.Origins, j.origin)
		units = append(units, j)
	}
	r.Findings = b.all(append(r.Findings, duplicates(units, b.options)...))
	return r
}

// all returns the findings about sources and those about headers, sorted, each
// once.
func (b *builder) all(l source.Findings) source.Findings {
	l = append(l, b.options.Rules.Filter(b.headers.findings())...)
	l.Sort()
	type identity struct {
		pos, rule, message string
		severity           source.Severity
	}
	seen := make(map[identity]bool, len(l))
	return slices.DeleteFunc(l, func(f source.Finding) bool {
		id := identity{f.Pos.String(), f.Rule, f.Message, f.Severity}
		again := seen[id]
		seen[id] = true
		return again
	})
}

// replaced returns the sources that a later one of the same file name takes the place
// of, with a warning for each: one that declares the same function or class. The
// original product knows sources by their file names.
func (b *builder) replaced(jobs []job, r *Result) map[*job]bool {
	if b.options.Apart {
		return nil
	}
	gone := make(map[*job]bool)
	var found source.Findings
	last := make(map[string]*job)
	for i := range jobs {
		j := &jobs[i]
		if j.unit == nil {
			continue
		}
		if before := last[j.unit.Name]; before != nil && clash(before.unit, j.unit) {
			gone[before] = true
			found.Warnf(source.Pos{File: before.file, Line: 1, Col: 1}, DuplicateSource,
				"left out: %s has the same file name and declares the same names", j.unit.Path)
			found[len(found)-1].Hint = "rename one of the sources, or leave it out"
		}
		last[j.unit.Name] = j
	}
	r.Findings = append(r.Findings, b.options.Rules.Filter(found)...)
	return gone
}

// clash tells whether both units declare a function or class of one name for the whole
// program.
func clash(a, b *code.Unit) bool {
	declared := make(map[string]bool)
	for kind, name := range declarations(a) {
		declared[kind+name] = true
	}
	for kind, name := range declarations(b) {
		if declared[kind+name] {
			return true
		}
	}
	return false
}

// declarations returns what the unit declares for the whole program: kind and name.
func declarations(u *code.Unit) iter.Seq2[string, string] {
	return func(yield func(kind, name string) bool) {
		for _, f := range u.Funcs {
			if f.Kind == code.Function && !yield("function", f.Name) {
				return
			}
		}
		for _, c := range u.Classes {
			if !yield("class", c.Name) {
				return
			}
		}
	}
}

// duplicates reports names that two units declare for the whole program.
func duplicates(jobs []*job, o Options) source.Findings {
	var found source.Findings
	first := map[string]source.Pos{}
	declare := func(kind, name string, pos source.Pos) {
		if other, dup := first[kind+name]; dup {
			found.Errorf(pos, "%s %s is declared twice, first at %s:%d", kind, name, other.File.Name, other.Line)
			last := &found[len(found)-1]
			last.Hint = "rename one of them, or leave one of the sources out"
			if o.Apart {
				last.Severity, last.Rule = source.Warning, DuplicateName
			}
			return
		}
		first[kind+name] = pos
	}
	for _, j := range jobs {
		for _, f := range j.unit.Funcs {
			if f.Kind == code.Function {
				declare("function", f.Name, source.Pos{File: j.file, Line: f.Line, Col: 1})
			}
		}
		for _, c := range j.unit.Classes {
			declare("class", c.Name, source.Pos{File: j.file, Line: c.Line, Col: 1})
		}
	}
	return o.Rules.Filter(found)
}

// DuplicateName is the rule of the warning about a name that two sources declare.
const DuplicateName = "duplicate-name"

// DuplicateSource is the rule of the warning about a source that is left out, because a
// later one has its file name and declares the same.
const DuplicateSource = "duplicate-source"

// optionsKey returns what stands for the program and the options that decide about
// code and warnings.
func optionsKey(o Options) [sha256.Size]byte {
	h := sha256.New()
	program := programHash()
	h.Write(program[:])
	for _, name := range slices.Sorted(maps.Keys(o.Defines)) {
		fmt.Fprintf(h, "%q=%q\n", name, o.Defines[name])
	}
	fmt.Fprintf(h, "%q %q\n", o.Rules.On, o.Rules.Off)
	return [sha256.Size]byte(h.Sum(nil))
}

// programHash returns the hash of the running program, which holds compiler and
// headers: every build of it counts as another compiler. If the program cannot be
// read, the hash is one that no other run has.
var programHash = sync.OnceValue(func() [sha256.Size]byte {
	sum, err := hashFile(os.Executable())
	if err != nil {
		return sha256.Sum256(fmt.Appendf(nil, "%d %v", os.Getpid(), err))
	}
	return sum
})

func hashFile(name string, err error) ([sha256.Size]byte, error) {
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return [sha256.Size]byte{}, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// readSource reads a source's file; one that Decode refuses for its size is not
// read to its end.
func readSource(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var raw bytes.Buffer
	raw.Grow(int(min(info.Size(), source.MaxSize)) + bytes.MinRead)
	_, err = raw.ReadFrom(io.LimitReader(f, source.MaxSize+1))
	return raw.Bytes(), err
}
