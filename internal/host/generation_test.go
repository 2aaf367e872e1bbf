package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// site is a host on folders of its own.
type site struct {
	*Host
	t    testing.TB
	dir  string
	envs []Environment
}

func newSite(t testing.TB, files map[string]string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	s.restart()
	s.write(files)
	s.envs = []Environment{{Name: "ENV", Source: s.path("src")}}
	return s
}

// restart begins anew with another host, as another process would.
func (s *site) restart() {
	s.Host = New(Options{
		Link:    func(units []*code.Unit) (*vm.Program, error) { return vm.Link(units, lib.Library()) },
		Release: lib.Release, Data: s.path("data"), Cache: s.path("data/programs"),
	})
}

func (s *site) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *site) write(files map[string]string) {
	s.t.Helper()
	for name, text := range files {
		name = s.path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// compile writes a repository of a source.
func (s *site) compile(out, name, text string) {
	s.t.Helper()
	unit, findings := build.Source(name, text, build.Options{Unkept: true})
	if findings.Failed() {
		s.t.Fatal(findings)
	}
	err := errors.Join(os.MkdirAll(filepath.Dir(s.path(out)), 0o755), repo.WriteFile(s.path(out), &repo.Repository{Units: []*code.Unit{unit}}))
	if err != nil {
		s.t.Fatal(err)
	}
}

// reload prepares and puts in force what the folders hold now.
func (s *site) reload() error {
	commit, err := s.Prepare(s.t.Context(), Config{Environments: s.envs})
	if err == nil {
		commit()
	}
	return err
}

func (s *site) mustReload() {
	s.t.Helper()
	if err := s.reload(); err != nil {
		s.t.Fatal(err)
	}
}

// call returns what the function of the environment returns, or its error, as text.
func (s *site) call(env, name string) string {
	s.t.Helper()
	thread, err := s.Start(s.t.Context(), Call{Env: env, Func: name, Kind: Job})
	if err != nil {
		return "error: " + err.Error()
	}
	v, err := thread.Wait(s.t.Context())
	if err != nil {
		return "error: " + err.Error()
	}
	return v.Text()
}

// gives is the text of a source whose function returns a string.
func gives(function, text string) string {
	return "User Function " + function + "()\nReturn \"" + text + "\"\n"
}

func TestProgramsOfAnEnvironment(t *testing.T) {
	tests := []struct {
		name    string
		make    func(*site)
		call    string
		want    string
		faults  []string // parts of
		notes   []string // parts of
		sources int
	}{
		{name: "sources", call: "U_A", want: "source", sources: 2,
			make: func(s *site) {
				s.write(map[string]string{"src/a.prw": gives("A", "source"), "src/deep/b.tlpp": gives("B", "b")})
			}},
		{name: "a repository in the folder", call: "U_A", want: "repository",
			make: func(s *site) { s.compile("src/one.RPO", "a.prw", gives("A", "repository")) }},
		{name: "repositories in folders below do not count", call: "U_A", want: "error: ",
			make: func(s *site) { s.compile("src/old/one.rpo", "a.prw", gives("A", "repository")) }},
		{name: "the later repository replaces", call: "U_A", want: "two",
			make: func(s *site) {
				s.compile("src/1.rpo", "a.prw", gives("A", "one"))
				s.compile("src/2.rpo", "A.PRW", gives("A", "two"))
			}},
		{name: "RpoCustom replaces", call: "U_A", want: "custom",
			make: func(s *site) {
				s.compile("src/z.rpo", "a.prw", gives("A", "one"))
				s.compile("custom/c.rpo", "a.prw", gives("A", "custom"))
				s.envs[0].Repository = s.path("custom/c.rpo")
			}},
		{name: "RpoCustom in the folder counts once, and last", call: "U_A", want: "custom",
			make: func(s *site) {
				s.compile("src/z.rpo", "a.prw", gives("A", "one"))
				s.compile("src/c.rpo", "a.prw", gives("A", "custom"))
				s.envs[0].Repository = s.path("src/c.rpo")
			}},
		{name: "RpoCustom alone", call: "U_A", want: "custom",
			make: func(s *site) {
				s.compile("c.rpo", "a.prw", gives("A", "custom"))
				s.envs[0] = Environment{Name: "ENV", Repository: s.path("c.rpo")}
			}},
		{name: "a source replaces", call: "U_A", want: "source", sources: 1,
			make: func(s *site) {
				s.compile("src/one.rpo", "x/A.prw", gives("A", "repository"))
				s.write(map[string]string{"src/a.prw": gives("A", "source")})
			}},
		{name: "what is compiled outlives its source", call: "U_A", want: "repository", sources: 1,
			make: func(s *site) {
				s.compile("src/one.rpo", s.path("src/a.prw"), gives("A", "repository"))
				s.write(map[string]string{"src/b.prw": gives("B", "b")})
			}},
		{name: "headers", call: "U_A", want: "header", sources: 1,
			make: func(s *site) {
				s.write(map[string]string{"src/a.prw": "#include \"my.ch\"\nUser Function A()\nReturn TEXT\n", "inc/my.ch": "#define TEXT \"header\"\n"})
				s.envs[0].Include = []string{s.path("none"), s.path("inc")}
			}},
		{name: "no folder", call: "U_A", want: "error: ", notes: []string{"[ENV] SourcePath: there is no folder"}, make: func(*site) {}},
		{name: "no sources", call: "U_A", want: "error: ", make: func(s *site) { s.write(map[string]string{"src/notes.txt": ""}) }},
		{name: "no repository", call: "U_A", want: "error: ", notes: []string{"[ENV] RpoCustom: there is no file"},
			make: func(s *site) { s.envs[0] = Environment{Name: "ENV", Repository: s.path("c.rpo")} }},
		{name: "nothing", call: "U_A", want: "error: ", make: func(s *site) { s.envs[0] = Environment{Name: "ENV"} }},
		{name: "no folder but a file", faults: []string{"src is not a folder"}, make: func(s *site) { s.write(map[string]string{"src": ""}) }},
		{name: "no repository but a file", faults: []string{"one.rpo: not a repository"},
			make: func(s *site) { s.write(map[string]string{"src/one.rpo": "text"}) }},
		{name: "errors in two sources", faults: []string{"a.prw:2:", "b.prw:1:"},
			make: func(s *site) {
				s.write(map[string]string{"src/a.prw": "User Function A()\nReturn (\n", "src/b.prw": "User Function ()\n", "src/c.prw": gives("C", "c")})
			}},
		{name: "a name twice, in a source and a repository", faults: []string{"U_A"},
			make: func(s *site) {
				s.compile("src/one.rpo", "b.prw", gives("A", "repository"))
				s.write(map[string]string{"src/a.prw": gives("A", "source")})
			}},
		{name: "no root path", faults: []string{"[ENV] RootPath: "},
			make: func(s *site) { s.envs[0].Root = s.path("a/b/c") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, nil)
			tt.make(s)
			err := s.reload()
			if !holds(faultsOf(err), tt.faults) {
				t.Fatalf("faults = %q; want parts %q", faultsOf(err), tt.faults)
			}
			if err != nil {
				return
			}
			if got := s.call("env", tt.call); got != tt.want && !(tt.want == "error: " && strings.HasPrefix(got, tt.want)) {
				t.Errorf("%s() = %q; want %q", tt.call, got, tt.want)
			}
			info := s.Environments()[0]
			if !holds(info.Notes, tt.notes) || info.Sources != tt.sources || info.Err != nil {
				t.Errorf("Environments()[0] = %+v; want notes %q, %d sources", info, tt.notes, tt.sources)
			}
		})
	}
}

func faultsOf(err error) []string {
	var faults *FaultsError
	switch {
	case errors.As(err, &faults):
		return faults.Faults
	case err != nil:
		return []string{"no FaultsError: " + err.Error()}
	}
	return nil
}

// holds tells whether each of the list has the part at its place.
func holds(list, parts []string) bool {
	if len(list) != len(parts) {
		return false
	}
	for i := range list {
		if !strings.Contains(list[i], parts[i]) {
			return false
		}
	}
	return true
}

// What was compiled for an earlier start is not compiled again.
func TestCache(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a"), "src/b.prw": gives("B", "b"), "src/c.prw": gives("C", "c")})
	s.envs[0].Name = "My.Env 1"
	compiled := func(want int) {
		t.Helper()
		s.mustReload()
		if info := s.Environments()[0]; info.Compiled != want {
			t.Errorf("compiled = %d; want %d", info.Compiled, want)
		}
	}
	compiled(3)
	compiled(0) // from this process
	s.restart()
	compiled(0) // from the file
	s.write(map[string]string{"src/b.prw": gives("B", "new")})
	s.restart()
	compiled(1)
	if got := s.call("MY.ENV 1", "U_B"); got != "new" {
		t.Errorf("U_B() = %q; want new", got)
	}
	if err := os.Remove(s.path("src/c.prw")); err != nil {
		t.Fatal(err)
	}
	compiled(0)
	if got := s.call("MY.ENV 1", "U_C"); !strings.HasPrefix(got, "error") {
		t.Errorf("U_C() = %q; want an error: its source is gone", got)
	}

	files, err := filepath.Glob(s.path("data/programs/*"))
	if err != nil || len(files) != 1 || !strings.HasPrefix(filepath.Base(files[0]), "MYENV1~") {
		t.Fatalf("cache = %q, %v; want one file MYENV1~….rpo", files, err)
	}
	if info, err := os.Stat(s.path("data/programs")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the cache folder is %v, %v; want 0700", info.Mode(), err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.restart()
	compiled(2)
	s.restart()
	compiled(0)
}

// A cache that cannot be written is no reason not to run.
// Read makes the same of the folders as Prepare, and leaves the cache as it is.
func TestRead(t *testing.T) {
	s := newSite(t, map[string]string{
		"src/a.prw": gives("A", "source"), "src/b.prw": "#include \"my.ch\"\nUser Function B()\nReturn TEXT\n",
		"inc/my.ch": "#define TEXT \"environment\"\n", "flag/my.ch": "#define TEXT \"flag\"\n",
	})
	s.compile("src/one.rpo", "A.PRW", gives("A", "repository"))
	s.compile("src/two.rpo", "c.prw", gives("C", "c"))
	e := Environment{Name: "ENV", Source: s.path("src"), Repository: s.path("none.rpo"), Include: []string{s.path("inc")}}
	read := func(o build.Options) *Programs {
		t.Helper()
		p, err := Read(t.Context(), e, s.path("data/programs"), o)
		if err != nil || len(p.Faults) != 0 {
			t.Fatalf("Read = %+v, %v; want no faults", p, err)
		}
		return p
	}
	result := func(p *Programs, function string) string {
		t.Helper()
		program, err := vm.Link(p.Units, lib.Library())
		if err != nil {
			t.Fatal(err)
		}
		v, err := program.NewThread(vm.Options{}).Call(function)
		if err != nil {
			t.Fatal(err)
		}
		return v.Text()
	}
	p := read(build.Options{})
	for function, want := range map[string]string{"U_A": "source", "U_B": "environment", "U_C": "c"} {
		if got := result(p, function); got != want {
			t.Errorf("%s() = %q; want %q", function, got, want)
		}
	}
	if !holds(p.Notes, []string{"[ENV] RpoCustom: there is no file"}) {
		t.Errorf("Notes = %q; want that RpoCustom does not exist", p.Notes)
	}
	if got := result(read(build.Options{Include: []string{s.path("flag")}}), "U_B"); got != "flag" {
		t.Errorf("U_B() = %q with a folder of the options; want what that has", got)
	}
	if _, err := os.Stat(s.path("data")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Read made the cache: %v", err)
	}

	s.envs = []Environment{e}
	s.mustReload()
	file := s.path("data/programs/ENV.rpo")
	cached, err := repo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cached.Units[0].Namespace = "MARK" // what is taken over is seen
	if err := repo.WriteFile(file, cached); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.write(map[string]string{"src/b.prw": gives("B", "changed")})
	if p = read(build.Options{}); result(p, "U_B") != "changed" || !slices.ContainsFunc(p.Units, func(u *code.Unit) bool { return u.Namespace == "MARK" }) {
		t.Errorf("U_B() = %q; want that of the changed source, and the other from the cache", result(p, "U_B"))
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, before) {
		t.Errorf("Read wrote the cache: %v", err)
	}
}

func TestReadFaults(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": "User Function A()\nReturn (\n", "src/one.rpo": "text"})
	p, err := Read(t.Context(), s.envs[0], "", build.Options{})
	if err != nil || !p.Findings.Failed() || !holds(p.Faults, []string{"one.rpo: not a repository"}) {
		t.Errorf("Read = %+v, %v; want the error of the source, and that the repository is none", p, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.ErrUnsupported)
	if _, err := Read(ctx, s.envs[0], "", build.Options{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Read = %v; want the cause of its context", err)
	}
}

func TestCacheUnwritable(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a"), "data": "a file"})
	s.mustReload()
	if got := s.call("ENV", "U_A"); got != "a" {
		t.Errorf("U_A() = %q; want a", got)
	}
	if notes := s.Environments()[0].Notes; !holds(notes, []string{"cannot be kept for the next start"}) {
		t.Errorf("notes = %q", notes)
	}
}

func TestCacheName(t *testing.T) {
	for name, want := range map[string]string{
		"SAMPLE": "SAMPLE", "Prod_12-1": "PROD_12-1", "P12.1.25": "P12125~", "../../x": "X~", "": "ENVIRONMENT~", "ção": "O~",
		strings.Repeat("a", 300): strings.Repeat("A", 64) + "~",
	} {
		got := cacheName(name)
		if exact := !strings.HasSuffix(want, "~"); exact && got != want || !exact && (!strings.HasPrefix(got, want) || len(got) != len(want)+16) {
			t.Errorf("cacheName(%.20q) = %q; want %q", name, got, want)
		}
		if got != cacheName(strings.ToLower(name)) {
			t.Errorf("cacheName(%.20q) differs by case", name)
		}
	}
	if cacheName("a.b") == cacheName("ab.") {
		t.Error("two environments share a cache")
	}
}

// A refused reload changes nothing, and tells every fault of every environment.
func TestRefusedReload(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "old"), "two/b.prw": gives("B", "old")})
	s.envs = append(s.envs, Environment{Name: "Two", Source: s.path("two")}, Environment{Name: "three", Source: s.path("src")})
	s.mustReload()
	before := s.Generation()

	s.write(map[string]string{"src/a.prw": gives("A", "new"), "src/x.prw": "User Function X(\n", "two/b.prw": "User Function ()\n"})
	s.envs = append(s.envs, Environment{Name: "ENV"}, Environment{Name: "four", Root: s.path("a/b")})
	err := s.reload()
	want := []string{"x.prw:1:", "b.prw:1:", "[ENV]: there are two environments of this name", "[four] RootPath: "}
	if !holds(faultsOf(err), want) {
		t.Errorf("faults = %q; want parts %q", faultsOf(err), want)
	}
	if s.Generation() != before || s.call("env", "U_A") != "old" || s.call("TWO", "U_B") != "old" {
		t.Errorf("after a refused reload: generation %d, %s, %s; want what was before", s.Generation().Number, s.call("env", "U_A"), s.call("TWO", "U_B"))
	}

	s.write(map[string]string{"src/x.prw": gives("X", "x"), "two/b.prw": gives("B", "new")})
	s.envs = s.envs[:2]
	s.mustReload()
	if g := s.Generation(); g.Number != before.Number+1 || s.call("env", "U_A") != "new" || s.call("TWO", "U_B") != "new" {
		t.Errorf("after a reload: generation %d, %s, %s", g.Number, s.call("env", "U_A"), s.call("TWO", "U_B"))
	}
	if _, err := s.Start(t.Context(), Call{Env: "three", Func: "U_A"}); !errors.Is(err, ErrNoEnvironment) {
		t.Errorf("Start in an environment that is gone = %v; want ErrNoEnvironment", err)
	}
}

// A folder that is empty or gone, and was not, is more often an accident: what is in force
// stays.
func TestEmptiedReload(t *testing.T) {
	for name, empty := range map[string]func(*site) error{
		"no sources": func(s *site) error { return os.Remove(s.path("src/a.prw")) },
		"no folder":  func(s *site) error { return os.RemoveAll(s.path("src")) },
	} {
		s := newSite(t, map[string]string{"src/a.prw": gives("A", "a")})
		s.mustReload()
		if err := empty(s); err != nil {
			t.Fatal(err)
		}
		if faults := faultsOf(s.reload()); len(faults) == 0 || !strings.Contains(faults[len(faults)-1], "nothing is left of the programs in force") {
			t.Errorf("%s: faults = %q", name, faults)
		}
		if got := s.call("ENV", "U_A"); got != "a" {
			t.Errorf("%s: U_A() = %q; want a", name, got)
		}
		s.envs[0].Source = "" // meant
		s.mustReload()
		if got := s.Environments()[0].Units; got != 0 {
			t.Errorf("%s: %d sources without SourcePath; want 0", name, got)
		}
	}
}

// At the start, environments with faults leave the others alone.
func TestPartial(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a"), "bad/b.prw": "User Function ()\n"})
	s.envs = append(s.envs, Environment{Name: "bad", Source: s.path("bad")})
	s.Depend(dependent(func(*Generation) (func(), error) { return nil, errors.New("no function U_JOB") }))
	commit, err := s.Prepare(t.Context(), Config{Environments: s.envs, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	commit()
	if got := s.call("ENV", "U_A"); got != "a" {
		t.Errorf("U_A() = %q; want a", got)
	}
	if _, err := s.Start(t.Context(), Call{Env: "BAD", Func: "U_B"}); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "b.prw:1:") {
		t.Errorf("Start in a bad environment = %v; want ErrUnavailable with the fault", err)
	}
	if list := s.Environments(); list[0].Err != nil || !holds(faultsOf(list[1].Err), []string{"b.prw:1:"}) {
		t.Errorf("Environments() = %+v", list)
	}
	if got := s.Generation().Faults(); !holds(got, []string{"b.prw:1:", "no function U_JOB"}) {
		t.Errorf("Faults() = %q", got)
	}
	if _, ok := s.Generation().Program("bad"); ok {
		t.Error("Program of a bad environment is there")
	}
}

// dependent is a Dependent made of a function.
type dependent func(*Generation) (func(), error)

func (d dependent) Prepare(g *Generation) (func(), error) { return d(g) }

func TestDependents(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a")})
	var did []string
	var refuse error
	s.Depend(dependent(func(g *Generation) (func(), error) {
		if _, ok := g.Program("env"); !ok {
			t.Error("the generation has no program when dependents are prepared")
		}
		did = append(did, "prepared 1")
		return func() {
			if s.Generation() != g {
				t.Error("a dependent is put in force before its generation")
			}
			did = append(did, "committed 1")
		}, nil
	}))
	s.Depend(dependent(func(*Generation) (func(), error) { did = append(did, "prepared 2"); return nil, refuse }))
	s.mustReload()
	refuse = errors.Join(errors.New("one"), errors.New("two"))
	if got := faultsOf(s.reload()); !reflect.DeepEqual(got, []string{"one", "two"}) {
		t.Errorf("faults = %q; want one and two", got)
	}
	if want := []string{"prepared 1", "prepared 2", "committed 1", "prepared 1", "prepared 2"}; !reflect.DeepEqual(did, want) {
		t.Errorf("dependents did %q; want %q", did, want)
	}
}

func TestPrepareEndsWithItsContext(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a")})
	s.envs[0].Root = s.path("root")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	for _, partial := range []bool{false, true} {
		if _, err := s.Prepare(ctx, Config{Environments: s.envs, Partial: partial}); !errors.Is(err, why) {
			t.Errorf("Prepare = %v; want the cause", err)
		}
	}
}

// files returns the files of a new thread of the environment.
func (s *site) open(env string) (*Thread, *rootfs.Root) {
	s.t.Helper()
	thread, err := s.Open(context.WithoutCancel(s.t.Context()), Call{Env: env, Func: "U_A", Kind: Job})
	if err != nil {
		s.t.Fatal(err)
	}
	return thread, thread.Surroundings().Files
}

// Environments with the same root path share it, those of earlier generations too, and it
// is closed when the last has ended.
func TestRootsAreShared(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a"), "root/f.txt": ""})
	root := s.path("root")
	s.envs[0].Root = root
	s.envs = append(s.envs, Environment{Name: "TWO", Root: filepath.Join(root, "..", "root")}, Environment{Name: "OTHER", Root: s.path("data/deep/other")})
	s.mustReload()
	one, files := s.open("ENV")
	if _, two := s.open("TWO"); two != files {
		t.Error("two environments with one root path have two roots")
	}
	if _, other := s.open("OTHER"); other == files || other.Dir() != s.path("data/deep/other") {
		t.Error("another root path has the same root")
	}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	if _, next := s.open("ENV"); next != files {
		t.Error("the root is another one after a reload")
	}
	s.envs = s.envs[2:]
	s.mustReload()
	if _, err := files.Stat("f.txt"); err != nil {
		t.Errorf("the root of running threads: %v", err)
	}
	if got := len(s.programs.roots); got != 2 {
		t.Errorf("%d roots are open; want 2", got)
	}
	one.Close()
	for _, info := range s.Threads() {
		if info.Environment != "OTHER" {
			thread := s.threads[info.ID]
			thread.Close()
		}
	}
	if _, err := files.Stat("f.txt"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the root after its last thread: %v; want it closed", err)
	}
	if len(s.programs.roots) != 1 || len(s.programs.live) != 2 { // a thread has the earlier OTHER
		t.Errorf("%d roots, %d environments are left; want 1 and 2", len(s.programs.roots), len(s.programs.live))
	}
}

// A folder that was removed and made anew is another one.
func TestRootMadeAnew(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a")})
	s.envs[0].Root = s.path("root")
	s.mustReload()
	if made := s.Environments()[0].Made; made != s.path("root") {
		t.Errorf("made %q; want the root path", made)
	}
	if err := os.Rename(s.path("root"), s.path("old")); err != nil {
		t.Skip(err) // Windows
	}
	s.write(map[string]string{"root/new.txt": ""})
	s.mustReload()
	if _, files := s.open("ENV"); files == nil {
		t.Fatal("no files")
	} else if _, err := files.Stat("new.txt"); err != nil {
		t.Errorf("the new folder: %v", err)
	}
	if len(s.programs.roots) != 1 {
		t.Errorf("%d roots are open; want 1", len(s.programs.roots))
	}
}

// A running thread ends with the programs that it began with.
func TestRunningThreadsKeepTheirPrograms(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "old")})
	s.mustReload()
	thread, _ := s.open("ENV")
	defer thread.Close()
	s.write(map[string]string{"src/a.prw": gives("A", "new")})
	s.mustReload()
	v, err := thread.Call(t.Context(), "U_A")
	if err != nil || v.Text() != "old" || s.call("ENV", "U_A") != "new" {
		t.Errorf("U_A() = %v, %v in the old thread, %s in a new one", v.Text(), err, s.call("ENV", "U_A"))
	}
	if got := s.Environments()[0].Threads; got != 1 {
		t.Errorf("threads = %d; want 1", got)
	}
}

// Under load, not one call fails while programs are exchanged.
func TestReloadUnderLoad(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "0"), "src/b.prw": gives("B", "b")})
	s.envs[0].Root = s.path("root")
	s.mustReload()
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	calls := make([]int, 4)
	for i := range calls {
		callers.Go(func() {
			for ctx.Err() == nil {
				if got := s.call("ENV", "U_A"); len(got) != 1 {
					t.Errorf("U_A() = %q", got)
					return
				}
				calls[i]++
			}
		})
	}
	for i := range 50 {
		text := gives("A", string(rune('0'+i%10)))
		if i%5 == 4 {
			text = "broken ("
		}
		s.write(map[string]string{"src/a.prw": text})
		if err := s.reload(); (err != nil) != (i%5 == 4) {
			t.Errorf("reload %d = %v", i, err)
		}
	}
	stop()
	callers.Wait()
	for i, n := range calls {
		if n == 0 {
			t.Errorf("caller %d got no turn", i)
		}
	}
	if len(s.programs.live) != 1 {
		t.Errorf("%d environments are in use; want 1", len(s.programs.live))
	}
}

func TestWatcher(t *testing.T) {
	s := newSite(t, map[string]string{"src/a.prw": gives("A", "a"), "src/deep/b.prw": "", "inc/my.ch": "", "src/notes.txt": ""})
	s.envs[0].Include = []string{s.path("inc"), s.path("none")}
	s.envs[0].Repository = s.path("custom.rpo")
	s.mustReload()
	w := s.NewWatcher()
	changed := func(what string, want ...bool) {
		t.Helper()
		for i, want := range want {
			if got := w.Changed(t.Context()); got != want {
				t.Errorf("after %s: Changed (look %d) = %v; want %v", what, i+1, got, want)
			}
		}
	}
	changed("nothing", false, false)
	for _, tt := range []struct{ what, file string }{
		{"an edit", "src/a.prw"}, {"a new source", "src/new.tlpp"}, {"an edit below", "src/deep/b.prw"}, {"an edit of a header", "inc/my.ch"},
	} {
		s.write(map[string]string{tt.file: gives("F"+strings.ToUpper(filepath.Base(tt.file)[:1]), tt.what)})
		changed(tt.what, false, true, true)
		s.mustReload()
		changed("a reload", false, false)
	}
	s.write(map[string]string{"src/notes.txt": "text", "src/.hidden.prw": "If"})
	changed("an edit of something else", false, false)
	s.compile("custom.rpo", "c.prw", gives("C", "c"))
	changed("a repository", false, true)
	s.mustReload()
	if err := os.Remove(s.path("src/new.tlpp")); err != nil {
		t.Fatal(err)
	}
	changed("a source that is gone", false, true)
	s.mustReload()

	// What still changes is waited for.
	for range 3 {
		s.write(map[string]string{"src/a.prw": gives("A", "a") + strings.Repeat("\n", int(time.Now().UnixNano()%1000))})
		touch(t, s.path("src/a.prw"))
		changed("another edit", false)
	}
	changed("rest", true)

	// What is of no use is told once.
	s.write(map[string]string{"src/a.prw": "User Function ()\n"})
	changed("a mistake", false, true)
	if s.reload() == nil {
		t.Fatal("a broken source was taken")
	}
	w.Refuse()
	changed("a refusal", false, false)
	s.write(map[string]string{"src/a.prw": gives("A", "mended")})
	changed("mending it", false, true)
}

// touches gives each touched file another time.
var touches time.Duration

func touch(t *testing.T, name string) {
	touches += time.Minute
	when := time.Now().Add(touches)
	if err := os.Chtimes(name, when, when); err != nil {
		t.Fatal(err)
	}
}

func TestWatchInterval(t *testing.T) {
	if got := WatchInterval(time.Millisecond); got != time.Second {
		t.Errorf("WatchInterval(1ms) = %v; want 1s", got)
	}
	if got := WatchInterval(2 * time.Second); got != 20*time.Second {
		t.Errorf("WatchInterval(2s) = %v; want 20s: looking may take a tenth of the time", got)
	}
}

// What is wrong is told once, and not without end.
func TestFaultsAreBounded(t *testing.T) {
	var many []string
	for i := range maxFaults + 10 {
		many = append(many, strings.Repeat("x", i+1), "same")
	}
	got := bounded(many)
	if len(got) != maxFaults+1 || got[maxFaults] != "and 11 more" {
		t.Errorf("%d faults, the last %q", len(got), got[len(got)-1])
	}
}

// sources returns n sources of some 60 lines.
func sources(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		name := "F" + strconv.Itoa(i)
		text := "#include \"totvs.ch\"\n" + gives(name, name)
		for j := range 5 {
			text += "Static Function S" + strconv.Itoa(j) + `(nCount, cText)
	Local aList := {}
	Local nAt := 0
	Default nCount := 10
	For nAt := 1 To nCount
		If nAt % 2 == 0
			AAdd(aList, {nAt, AllTrim(cText) + StrZero(nAt, 6)})
		EndIf
	Next
Return Len(aList)
`
		}
		files["src/f"+strconv.Itoa(i)+".prw"] = text
	}
	return files
}

func BenchmarkPrepare(b *testing.B) {
	s := newSite(b, sources(100))
	s.mustReload() // and reads this program once, as every process does
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			if err := os.RemoveAll(s.path("data/programs")); err != nil {
				b.Fatal(err)
			}
			s.restart()
			s.mustReload()
		}
	})
	b.Run("cached", func(b *testing.B) {
		for b.Loop() {
			s.restart()
			s.mustReload()
		}
	})
	b.Run("reload", func(b *testing.B) {
		for b.Loop() {
			s.mustReload()
		}
	})
	b.Run("look", func(b *testing.B) {
		w := s.NewWatcher()
		for b.Loop() {
			if w.Changed(b.Context()) {
				b.Fatal("nothing has changed")
			}
		}
	})
}
