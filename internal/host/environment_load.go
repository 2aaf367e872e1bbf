package host

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/vm"
)

// repositoryEnding is how the names of repositories in a SourcePath end.
const repositoryEnding = ".rpo"

// loaded are the programs of one or more environments. It is immutable once made.
type loaded struct {
	program *vm.Program      // nil if there are faults
	built   *repo.Repository // of the sources that are not in a repository, or nil
	faults  []string
	notes   []string

	units, sources, compiled, warnings int // as in EnvironmentInfo
}

// sourceKey stands for what the programs of e are made from.
func sourceKey(e Environment) string {
	return fmt.Sprintf("%q %q %q", e.Source, e.Repository, e.Include)
}

// load makes the programs of e. Before are those in force that were made from the same
// places, or nil.
func (h *Host) load(ctx context.Context, e Environment, before *loaded) *loaded {
	l := &loaded{}
	file := cacheFile(h.o.Cache, e.Name)
	previous := previously(before, file)
	units, findings := l.read(ctx, e, build.Options{
		Include: e.Include, Previous: previous, Unkept: h.o.Cache == "", Jobs: compilers(before),
	})
	l.take(findings)
	l.keep(e, file, previous)
	if len(l.faults) == 0 && len(units) == 0 && before != nil && before.units > 0 {
		l.faults = append(l.faults, l.notes...)
		l.fault(e, "SourcePath", errEmptied)
	}
	if len(l.faults) == 0 {
		l.link(h.o.Link, units)
	}
	return l
}

// errEmptied is what a folder looks like that is not mounted, or about to be filled.
var errEmptied = errors.New("nothing is left of the programs in force; if that is meant, restart the server, or take the keys out of the section")

func (l *loaded) fault(e Environment, key string, err error) {
	l.faults = append(l.faults, fmt.Sprintf("[%s] %s: %v", e.Name, key, err))
}

func (l *loaded) note(e Environment, key, format string, args ...any) {
	l.notes = append(l.notes, "["+e.Name+"] "+key+": "+fmt.Sprintf(format, args...))
}

// Programs are what the program of an environment is made of.
type Programs struct {
	Units    []*code.Unit    // in the order of their paths; some are missing if anything is wrong
	Findings source.Findings // of the compiler, about what it did not take over
	Faults   []string        // what else is wrong, each with its place, for people
	Notes    []string        // what is probably not as it was meant, for people
}

// Read compiles and reads the programs of e as Prepare does, for programs beside the
// server. The folders and definitions of o go before those of e; what the cache, "" for
// none, holds of them is taken over. It is not written: it is the server's. The error is
// that of ctx.
func Read(ctx context.Context, e Environment, cache string, o build.Options) (*Programs, error) {
	o.Include = slices.Concat(o.Include, e.Include)
	o.Previous = previously(nil, cacheFile(cache, e.Name))
	o.Unkept = o.Previous == nil
	l := &loaded{}
	units, findings := l.read(ctx, e, o)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return &Programs{Units: units, Findings: findings, Faults: l.faults, Notes: l.notes}, nil
}

// read returns the units of the environment, and what the compiler says of its sources.
func (l *loaded) read(ctx context.Context, e Environment, o build.Options) ([]*code.Unit, source.Findings) {
	units := l.repositories(e)
	findings := l.compile(ctx, e, o)
	if l.built != nil {
		units = merge(units, l.built.Units)
	}
	return units, findings
}

// repositories returns the units of the environment's repositories.
func (l *loaded) repositories(e Environment) []*code.Unit {
	var units []*code.Unit
	add := func(key, path string) {
		r, err := repo.ReadFile(path)
		if err != nil {
			l.fault(e, key, err)
			return
		}
		for _, u := range r.Units {
			u.Repository = path
		}
		units = merge(units, r.Units)
	}
	for _, path := range repositoriesIn(e.Source) {
		if path != e.Repository {
			add("SourcePath", path)
		}
	}
	if e.Repository != "" {
		if _, err := os.Stat(e.Repository); errors.Is(err, fs.ErrNotExist) {
			l.note(e, "RpoCustom", "there is no file %s; appserver compile --env %s makes it", e.Repository, e.Name)
		} else {
			add("RpoCustom", e.Repository)
		}
	}
	return units
}

// repositoriesIn returns the paths of the repositories in the folder, by name.
func repositoriesIn(folder string) []string {
	if folder == "" {
		return nil
	}
	entries, _ := os.ReadDir(folder) // compile tells if it cannot be read
	var list []string
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, ".") && strings.EqualFold(filepath.Ext(name), repositoryEnding) && !entry.IsDir() {
			list = append(list, filepath.Join(folder, name))
		}
	}
	return list
}

// merge returns the units of both: those in over replace those of the same source. They
// are in the order of their paths.
func merge(units, over []*code.Unit) []*code.Unit {
	replaced := map[string]bool{}
	for _, u := range over {
		replaced[u.Name] = true
	}
	all := slices.Clone(over)
	for _, u := range units {
		if !replaced[u.Name] {
			all = append(all, u)
		}
	}
	slices.SortStableFunc(all, func(a, b *code.Unit) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// compile compiles the sources of the environment, if there are any, and returns what the
// compiler says of them.
func (l *loaded) compile(ctx context.Context, e Environment, o build.Options) source.Findings {
	if e.Source == "" {
		return nil
	}
	switch info, err := os.Stat(e.Source); {
	case errors.Is(err, fs.ErrNotExist):
		l.note(e, "SourcePath", "there is no folder %s: no programs are loaded from it", e.Source)
		return nil
	case err != nil:
		l.fault(e, "SourcePath", err)
		return nil
	case !info.IsDir():
		l.fault(e, "SourcePath", fmt.Errorf("%s is not a folder", e.Source))
		return nil
	}
	result, err := build.Build(ctx, []string{e.Source}, o)
	switch {
	case errors.Is(err, build.ErrNoSources):
		return nil
	case err != nil:
		l.fault(e, "SourcePath", err)
		return nil
	}
	l.sources, l.compiled = result.Sources, result.Sources-result.Reused
	if !result.Findings.Failed() {
		l.built = result.Repository
	}
	return result.Findings
}

// keep writes what was compiled to the file, "" for none, unless it is what was there.
func (l *loaded) keep(e Environment, file string, previous *repo.Repository) {
	if l.built == nil || file == "" || sameUnits(previous, l.built) {
		return
	}
	if err := writeCache(file, l.built); err != nil {
		l.note(e, "SourcePath", "what was compiled cannot be kept for the next start: %v", err)
	}
}

// compilers is how many sources are compiled at once: beside programs that run it is not
// on all cores. 0 is one for each core.
func compilers(before *loaded) int {
	if before == nil {
		return 0
	}
	return max(1, runtime.GOMAXPROCS(0)/2)
}

// previously returns what was compiled earlier: before, else as the file of the cache, ""
// for none, holds it.
func previously(before *loaded, file string) *repo.Repository {
	if before != nil && before.built != nil {
		return before.built
	}
	if file == "" {
		return nil
	}
	r, err := repo.ReadFile(file)
	if err != nil {
		return nil // it is made anew
	}
	return r
}

// take takes over what the compiler has found.
func (l *loaded) take(findings source.Findings) {
	for _, f := range findings {
		if f.Severity == source.Error {
			l.faults = append(l.faults, findingText(f))
		} else {
			l.warnings++
		}
	}
}

// findingText is what appserver compile shows of a finding, on one line and without the
// line of the source.
func findingText(f source.Finding) string {
	text := fmt.Sprintf("%v: %v: %s", f.Pos, f.Severity, source.ToUTF8(f.Message))
	if f.Hint != "" {
		text += "; " + source.ToUTF8(f.Hint)
	}
	return text
}

// link makes the program of the units.
func (l *loaded) link(link func([]*code.Unit) (*vm.Program, error), units []*code.Unit) {
	program, err := link(units)
	if err != nil {
		l.faults = append(l.faults, messages(err)...)
		return
	}
	l.program, l.units = program, len(units)
}

// sameUnits tells whether both repositories hold the very same units.
func sameUnits(a, b *repo.Repository) bool { return a != nil && slices.Equal(a.Units, b.Units) }

// cacheFile returns the name of the file in which compiled sources of the environment are
// kept, "" if nowhere.
func cacheFile(folder, environment string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, cacheName(environment)+repositoryEnding)
}

// cacheName returns a name that is that of the environment as far as names of files can
// be, the same for the same environment on every system.
func cacheName(environment string) string {
	const most = 64
	name := environmentKey(environment)
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' {
			return r
		}
		return -1
	}, name)
	if name != "" && plain == name && len(name) <= most && filepath.IsLocal(name+repositoryEnding) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%s~%x", cmp.Or(plain[:min(len(plain), most)], "ENVIRONMENT"), sum[:8])
}

// writeCache writes the repository to the file, in a folder that only the server's user
// can read.
func writeCache(file string, r *repo.Repository) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return repo.WriteFile(file, r)
}
