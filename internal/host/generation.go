package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// Generation is one set of programs, of all environments. It is immutable.
type Generation struct {
	Number int64
	envs   []*environment
	index  map[string]*environment // by key
	prints map[string]fingerprint  // of what it was made from, by the places that were looked at
	faults []string                // of Config.Partial
}

// environment finds an environment that can be used.
func (g *Generation) environment(name string) (*environment, error) {
	env := g.index[environmentKey(name)]
	switch {
	case env == nil:
		return nil, fmt.Errorf("%w: %q", ErrNoEnvironment, name)
	case env.err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrUnavailable, env.Name, env.err)
	}
	return env, nil
}

// Program returns the program of the environment, in any case; false if there is none.
func (g *Generation) Program(environment string) (*vm.Program, bool) {
	env, err := g.environment(environment)
	if err != nil {
		return nil, false
	}
	return env.program, true
}

// Faults returns what was wrong when it was prepared: nothing, unless Config.Partial
// asked for a generation in spite of that.
func (g *Generation) Faults() []string { return g.faults }

// Dependent is what depends on programs: routes, lists of jobs. Prepare checks it against
// a generation and returns what puts that in force, which cannot fail.
type Dependent interface {
	Prepare(*Generation) (commit func(), err error)
}

// Depend has d prepared with every generation from now on. What it prepared is put in
// force when the generation is, right after it.
func (h *Host) Depend(d Dependent) {
	h.programs.mu.Lock()
	defer h.programs.mu.Unlock()
	h.programs.dependents = append(h.programs.dependents, d)
}

// FaultsError is everything that keeps programs from being put in force.
type FaultsError struct {
	Faults []string // each with its place, for people
}

// Error returns all faults, one a line.
func (e *FaultsError) Error() string { return strings.Join(e.Faults, "\n") }

// maxFaults bounds the faults that are told of one set of programs.
const maxFaults = 200

// faultsError returns the error of the faults, each told once; nil if there are none.
func faultsError(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	return &FaultsError{bounded(faults)}
}

// bounded returns the faults, each once and not too many.
func bounded(faults []string) []string {
	var list []string
	told := map[string]bool{}
	for _, f := range faults {
		if !told[f] {
			told[f] = true
			list = append(list, f)
		}
	}
	if more := len(list) - maxFaults; more > 0 {
		list = append(list[:maxFaults], fmt.Sprintf("and %d more", more))
	}
	return list
}

// programs are the generations of a host.
type programs struct {
	now atomic.Pointer[Generation] // in force

	mu         sync.Mutex // guards what follows, storing now, and what environments say it guards
	dependents []Dependent
	roots      map[string]*sharedRoot // by path, those in use
	live       map[*environment]bool  // those in use
}

// init puts the empty generation in force.
func (p *programs) init() {
	p.roots, p.live = map[string]*sharedRoot{}, map[*environment]bool{}
	p.now.Store(&Generation{})
}

// sharedRoot is the root path of environments of all generations: what is open in it
// is known to all of them.
type sharedRoot struct {
	path  string
	files *rootfs.Root
	uses  int // environments
}

// Generation returns the programs in force.
func (h *Host) Generation() *Generation { return h.programs.now.Load() }

// acquire returns the environment with the name of the programs in force. It stays usable,
// whatever is put in force then, until release is called. The errors are ErrNoEnvironment
// and ErrUnavailable.
func (h *Host) acquire(name string) (*environment, error) {
	h.programs.mu.Lock()
	defer h.programs.mu.Unlock()
	env, err := h.Generation().environment(name)
	if err == nil {
		env.uses++
	}
	return env, err
}

func (p *programs) release(e *environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(e)
}

// drop ends one use of e, and closes what only e has open if it was the last.
func (p *programs) drop(e *environment) {
	if e.uses--; e.uses > 0 {
		return
	}
	delete(p.live, e)
	if e.root == nil {
		return
	}
	if e.root.uses--; e.root.uses > 0 {
		return
	}
	_ = e.root.files.Close()
	if p.roots[e.root.path] == e.root {
		delete(p.roots, e.root.path)
	}
}

// commit puts next in force.
func (p *programs) commit(next *Generation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range next.envs {
		p.adopt(e)
	}
	old := p.now.Swap(next)
	for _, e := range old.envs {
		p.drop(e)
	}
}

// adopt takes e into use.
func (p *programs) adopt(e *environment) {
	e.uses++
	p.live[e] = true
	if e.root != nil {
		e.root.uses++
		p.roots[e.root.path] = e.root
	}
}

// Environments describes the environments in force, in the order of the configuration.
func (h *Host) Environments() []EnvironmentInfo {
	h.programs.mu.Lock()
	defer h.programs.mu.Unlock()
	now := h.Generation()
	threads := map[string]int{}
	for e := range h.programs.live {
		threads[e.key()] += e.uses
	}
	var list []EnvironmentInfo
	for _, e := range now.envs {
		i := e.info()
		i.Threads = threads[e.key()] - 1 // the generation itself uses it too
		list = append(list, i)
	}
	return list
}

// Prepare compiles, links and checks the programs of c beside those in force, and has
// everything that depends on them prepared. Nothing changes until commit is called, which
// cannot fail and must be called at most once, before the next Prepare. The error is a
// *FaultsError with everything that is wrong, or that of ctx.
//
// The program of an environment is made of the repositories in its SourcePath (*.rpo, not
// those in folders below), of its RpoCustom, and of the sources below SourcePath, which are
// compiled if the cache does not have them. Where several have a source of the same name
// the one named last here counts.
func (h *Host) Prepare(ctx context.Context, c Config) (commit func(), err error) {
	p := &preparation{
		host: h, config: c, old: h.Generation(), loaded: map[string]*loaded{}, roots: map[string]*sharedRoot{},
		next: &Generation{Number: h.Generation().Number + 1, index: map[string]*environment{}, prints: map[string]fingerprint{}},
	}
	for _, e := range c.Environments {
		p.add(ctx, e)
	}
	if err := context.Cause(ctx); err != nil {
		p.discard()
		return nil, fmt.Errorf("preparing programs: %w", err)
	}
	commits := p.dependents()
	if !c.Partial && len(p.faults) > 0 {
		p.discard()
		return nil, faultsError(p.faults)
	}
	p.next.faults = bounded(p.faults)
	return func() {
		h.bound(c.MaxThreads, c.MaxMemory)
		h.programs.commit(p.next)
		for _, commit := range commits {
			commit()
		}
	}, nil
}

// preparation is a generation in the making.
type preparation struct {
	host   *Host
	config Config
	old    *Generation
	next   *Generation
	loaded map[string]*loaded     // by what they are made from
	roots  map[string]*sharedRoot // by path, those of next
	opened []*sharedRoot          // of them, those that no earlier generation has
	faults []string
}

// add prepares an environment.
func (p *preparation) add(ctx context.Context, e Environment) {
	env := &environment{Environment: e, gen: p.next, home: &p.host.programs, surroundings: p.host.surroundingsOf(e, p.config)}
	if p.next.index[env.key()] != nil {
		p.faults = append(p.faults, "["+e.Name+"]: there are two environments of this name")
		return
	}
	p.next.index[env.key()] = env
	p.next.envs = append(p.next.envs, env)
	var faults []string
	env.programs = p.load(ctx, e)
	env.program, faults = env.programs.program, env.programs.faults
	if err := p.openRoot(env); err != nil {
		faults = append(faults[:len(faults):len(faults)], fmt.Sprintf("[%s] RootPath: %v", e.Name, err))
	}
	env.err = faultsError(faults)
	p.faults = append(p.faults, faults...)
}

// load returns the programs of e, which it may have in common with others.
func (p *preparation) load(ctx context.Context, e Environment) *loaded {
	if units := p.config.Units[environmentKey(e.Name)]; units != nil {
		l := &loaded{}
		l.link(p.host.o.Link, units)
		return l
	}
	key := sourceKey(e)
	if p.loaded[key] == nil {
		p.next.prints[key] = scan(ctx, e)
		p.loaded[key] = p.host.load(ctx, e, p.before(key))
	}
	return p.loaded[key]
}

// before returns what was loaded from the same places for the generation in force, or nil.
func (p *preparation) before(key string) *loaded {
	for _, e := range p.old.envs {
		if sourceKey(e.Environment) == key {
			return e.programs
		}
	}
	return nil
}

// openRoot gives the environment its files, those of another environment with the same
// root path if there is one.
func (p *preparation) openRoot(env *environment) error {
	if env.Root == "" {
		return nil
	}
	made, err := p.host.makeRoot(env.Root)
	if err != nil {
		return err
	}
	if made {
		env.made = env.Root
	}
	root, err := p.rootAt(env.Root)
	if err != nil {
		return err
	}
	env.root, env.surroundings.Files = root, root.files
	return nil
}

func (p *preparation) rootAt(path string) (*sharedRoot, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if p.roots[path] == nil {
		root := p.host.programs.rootInUse(path)
		if root == nil {
			files, err := rootfs.Open(path)
			if err != nil {
				return nil, err
			}
			root = &sharedRoot{path: path, files: files}
			p.opened = append(p.opened, root)
		}
		p.roots[path] = root
	}
	return p.roots[path], nil
}

// rootInUse returns the root of the folder with the path that an environment has open;
// nil if there is none, or another folder has the path now.
func (p *programs) rootInUse(path string) *sharedRoot {
	p.mu.Lock()
	defer p.mu.Unlock()
	root := p.roots[path]
	if root == nil {
		return nil
	}
	now, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if open, err := root.files.Stat("."); err != nil || !os.SameFile(now, open) {
		return nil
	}
	return root
}

// makeRoot makes the folder of a root path if it is missing and the one above it exists,
// or it is below the data folder. It reports whether it did.
func (h *Host) makeRoot(path string) (made bool, err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return false, nil // opening it tells what else is wrong
	}
	mkdir := os.Mkdir
	if h.o.Data != "" && below(h.o.Data, path) {
		mkdir = os.MkdirAll
	}
	err = mkdir(path, 0o750)
	if errors.Is(err, fs.ErrExist) {
		return false, nil // another server was quicker
	}
	return err == nil, err
}

// below tells whether the path is in the folder or deeper.
func below(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// dependents prepares what depends on programs, and returns what puts that in force.
func (p *preparation) dependents() []func() {
	p.host.programs.mu.Lock()
	list := slices.Clone(p.host.programs.dependents)
	p.host.programs.mu.Unlock()
	var commits []func()
	for _, d := range list {
		commit, err := d.Prepare(p.next)
		if err != nil {
			p.faults = append(p.faults, messages(err)...)
			continue
		}
		if commit != nil {
			commits = append(commits, commit)
		}
	}
	return commits
}

// messages returns the texts of the errors that err joins.
func messages(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []string
		for _, e := range joined.Unwrap() {
			list = append(list, messages(e)...)
		}
		return list
	}
	var faults *FaultsError
	if errors.As(err, &faults) {
		return faults.Faults
	}
	return []string{err.Error()}
}

// discard closes what was opened in vain.
func (p *preparation) discard() {
	for _, root := range p.opened {
		_ = root.files.Close()
	}
}
