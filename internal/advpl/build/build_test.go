package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"appserver/internal/advpl/check"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
)

// write makes the files below a new folder and goes there.
func write(t testing.TB, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	edit(t, files)
}

func edit(t testing.TB, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func build(t testing.TB, o Options, paths ...string) *Result {
	t.Helper()
	r, err := Build(t.Context(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// clean is build that must find nothing.
func clean(t testing.TB, o Options, paths ...string) *Result {
	t.Helper()
	r := build(t, o, paths...)
	if len(r.Findings) != 0 {
		t.Fatalf("Build finds\n%s", text(r.Findings))
	}
	return r
}

func text(l source.Findings) string {
	var b strings.Builder
	for _, f := range l {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.Pos, f.Severity, f.Message, f.Rule)
	}
	return b.String()
}

func unitPaths(r *Result) []string {
	var list []string
	for _, u := range r.Repository.Units {
		list = append(list, filepath.ToSlash(u.Path))
	}
	return list
}

func TestSources(t *testing.T) {
	write(t, map[string]string{
		"src/b.PRW": "", "src/a.prw": "", "src/deep/c.TLPP": "", "src/deep/d.prg": "", "src/e.prx": "",
		"src/x.ch": "", "src/notes.txt": "", "src/.git/f.prw": "", "src/.hidden.prw": "", ".top/g.prw": "", "one.prw": "",
		"bytes/r\xF3/\xE7.prw": "",
	})
	if err := os.Symlink("a.prw", "src/link.prw"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", "src/deep/up"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		paths []string
		want  string
	}{
		{[]string{"src"}, "src/a.prw src/b.PRW src/deep/c.TLPP src/deep/d.prg src/e.prx src/link.prw"},
		{[]string{"src/deep", "./src/deep/../deep/d.prg", "one.prw"}, "one.prw src/deep/c.TLPP src/deep/d.prg"},
		{[]string{".top"}, ".top/g.prw"},
		{[]string{"src/deep/up/b.PRW"}, "src/deep/up/b.PRW"},
	}
	for _, tt := range tests {
		got, err := Sources(tt.paths)
		if err != nil || strings.Join(got, " ") != filepath.FromSlash(tt.want) {
			t.Errorf("Sources(%q) = %v, %v; want %s", tt.paths, got, err, tt.want)
		}
	}
	for path, want := range map[string]string{
		"src/notes.txt": "src/notes.txt: not a source", "none": "none", "src/none.prw": "none.prw", "src/.git/none": "none",
	} {
		if _, err := Sources([]string{path}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Sources(%q) = %v; want an error with %q", path, err, want)
		}
	}
	if got, err := Sources([]string{"bytes"}); err != nil || !slices.Equal(got, []string{"bytes/r\xF3/\xE7.prw"}) {
		t.Errorf("Sources of names in cp1252 = %q, %v", got, err)
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Sources([]string{"empty"}); err == nil || !strings.Contains(err.Error(), "no sources") {
		t.Errorf("Sources(empty) = %v; want an error", err)
	}
}

func TestBuild(t *testing.T) {
	write(t, map[string]string{
		"src/b.tlpp": "namespace shop\nuser function sum(a, b)\nreturn a + b\n",
		"src/a.prw":  "User Function Hello()\nConOut(\"hello\")\nReturn\n",
	})
	var mu sync.Mutex
	var steps []int
	r := clean(t, Options{Progress: func(done, total int) {
		if !mu.TryLock() {
			t.Error("Progress is called twice at once")
		}
		defer mu.Unlock()
		steps = append(steps, done*10+total)
	}}, "src")
	if got := fmt.Sprint(unitPaths(r)); got != "[src/a.prw src/b.tlpp]" {
		t.Errorf("units are %s", got)
	}
	if r.Sources != 2 || r.Lines != 6 || r.Reused != 0 {
		t.Errorf("Build = %d sources, %d lines, %d reused; want 2, 6, 0", r.Sources, r.Lines, r.Reused)
	}
	if !slices.Equal(steps, []int{12, 22}) {
		t.Errorf("progress is %v; want 1 of 2, 2 of 2", steps)
	}
	if _, err := repo.Encode(r.Repository); err != nil {
		t.Errorf("Encode = %v", err)
	}
}

// TestFindings checks that errors of all files are reported, sorted, and that good
// sources are compiled all the same.
func TestFindings(t *testing.T) {
	write(t, map[string]string{
		"c.prw": "User Function C()\nIf .T.\nReturn\n", // no EndIf
		"a.prw": "#include \"none.ch\"\nUser Function A()\nReturn\n",
		"b.prw": "User Function B()\nLocal nX\nReturn\n",
		"d.prw": "User Function D()\nExit\nReturn\n",
		"e.prw": "#include \"none.ch\"\nUser Function E()\nExit\nReturn\n",
	})
	r := build(t, Options{Include: []string{"inc"}}, ".")
	if got := fmt.Sprint(unitPaths(r)); got != "[a.prw b.prw]" {
		t.Errorf("units are %s; want [a.prw b.prw]", got)
	}
	var files []string
	for _, f := range r.Findings {
		files = append(files, f.Pos.File.Name+" "+f.Severity.String())
	}
	if want := []string{"a.prw warning", "b.prw warning", "c.prw error", "d.prw error", "e.prw error"}; !slices.Equal(slices.Compact(files), want) {
		t.Errorf("findings are %v; want %v\n%s", files, want, text(r.Findings))
	}
	if msg := r.Findings[0].Message + r.Findings[0].Hint; !strings.Contains(msg, "looked in ., inc, the program's own headers") {
		t.Errorf("finding about the header is %q; want the folders", msg)
	}
}

func TestRuleOptions(t *testing.T) {
	write(t, map[string]string{"a.prw": "User Function A()\nLocal nX\nReturn\n"})
	clean(t, Options{Rules: check.Options{Off: []string{"unused-local"}}}, "a.prw")
}

func TestDuplicates(t *testing.T) {
	write(t, map[string]string{
		"a.prw":  "User Function Same()\nReturn\n\nStatic Function Own()\nReturn\n",
		"b.prw":  "Static Function Own()\nReturn\n\nUser Function same()\nReturn\n",
		"c.tlpp": "class Shape\nendclass\n",
		"d.tlpp": "\nclass shape\nendclass\n",
	})
	r := build(t, Options{}, ".")
	want := "b.prw:4:1: error: function U_SAME is declared twice, first at a.prw:1 []\n" +
		"d.tlpp:2:1: error: class SHAPE is declared twice, first at c.tlpp:1 []\n"
	if got := text(r.Findings); got != want {
		t.Errorf("Build finds\n%s; want\n%s", got, want)
	}
	apart := build(t, Options{Apart: true}, ".")
	if apart.Findings.Failed() || len(apart.Findings) != 2 || apart.Findings[0].Rule != DuplicateName {
		t.Errorf("Build of sources apart finds\n%s; want warnings", text(apart.Findings))
	}
	again := build(t, Options{Previous: r.Repository}, ".")
	if got := text(again.Findings); got != want || again.Reused != 4 {
		t.Errorf("Build of reused units (%d) finds\n%s; want\n%s", again.Reused, got, want)
	}
}

// TestOneFileName compiles sources of one file name: the later counts if both declare
// the same, else both do.
func TestOneFileName(t *testing.T) {
	write(t, map[string]string{
		"a/same.prw":  "User Function Same()\nReturn 1\n\nUser Function First()\nReturn\n",
		"b/Same.PRW":  "User Function Same()\nReturn 2\n",
		"a/other.prw": "User Function One()\nReturn\n",
		"b/other.prw": "User Function Two()\nReturn\n",
	})
	r := build(t, Options{}, ".")
	want := "a/same.prw:1:1: warning: left out: b/Same.PRW has the same file name and declares the same names [duplicate-source]\n"
	if got := text(r.Findings); got != want {
		t.Errorf("Build finds\n%s; want\n%s", got, want)
	}
	var paths []string
	for _, u := range r.Repository.Units {
		paths = append(paths, u.Path)
	}
	if want := []string{"a/other.prw", "b/Same.PRW", "b/other.prw"}; !slices.Equal(paths, want) {
		t.Errorf("Build keeps %q; want %q", paths, want)
	}
	if len(r.Repository.Origins) != len(paths) {
		t.Errorf("Build keeps %d origins; want %d", len(r.Repository.Origins), len(paths))
	}
	apart := build(t, Options{Apart: true}, ".")
	if len(apart.Repository.Units) != 4 || len(apart.Findings) != 1 || apart.Findings[0].Rule != DuplicateName {
		t.Errorf("Build of sources apart keeps %d and finds\n%s; want all four and a warning", len(apart.Repository.Units), text(apart.Findings))
	}
}

// TestInclude checks where included files are found.
func TestInclude(t *testing.T) {
	write(t, map[string]string{
		"src/main.prw":     "#include \"LOCAL.CH\"\n#include \"Sub\\Deep.ch\"\n#include 'shared.ch'\nUser Function A()\nConOut(OWN, DEEP, SHARED, NEST)\nReturn\n",
		"src/local.ch":     "#define OWN 1\n",
		"src/sub/deep.CH":  "#define DEEP 2\n#include \"nest.ch\"\n",
		"src/sub/Nest.ch":  "#define NEST 4\n",
		"inc1/other.ch":    "",
		"inc2/Shared.ch":   "#define SHARED 3\n",
		"inc3/shared.ch":   "#define SHARED \"wrong\"\n#error wrong folder\n",
		"inc3/Relação.ch":  "#define OWN 1\n",
		"src/cp1252.prw":   "#include \"RELA\xC7\xC3O.ch\"\nUser Function D()\nReturn OWN\n",
		"src/totvs.ch":     "#define OWN 1\n",
		"src/override.prw": "#include \"totvs.ch\"\nUser Function B()\nReturn OWN\n",
	})
	o := Options{Include: []string{"inc1", "inc2", "inc3"}, Rules: check.Options{On: []string{"unknown-variable"}}}
	r := clean(t, o, "src")
	var names []string
	for _, inc := range r.Repository.Origins[1].Includes {
		names = append(names, filepath.ToSlash(inc.From)+":"+inc.Name)
	}
	want := []string{
		`<appserver>/std.ch:set.ch`, `src/main.prw:LOCAL.CH`, `src/main.prw:Sub\Deep.ch`, `src/main.prw:shared.ch`,
		`src/main.prw:std.ch`, // before the first line
		`src/sub/deep.CH:nest.ch`,
	}
	if !slices.Equal(names, want) {
		t.Errorf("includes are %q; want %q", names, want)
	}
	abs, err := filepath.Abs("src/LOCAL.ch")
	if err != nil {
		t.Fatal(err)
	}
	edit(t, map[string]string{"abs.prw": "#include \"" + abs + "\"\nUser Function C()\nReturn OWN\n"})
	clean(t, o, "abs.prw")
}

func TestIncludeEmbedded(t *testing.T) {
	write(t, map[string]string{"a.prw": "#Include 'Protheus.CH'\nUser Function A()\nReturn\n"})
	clean(t, Options{}, "a.prw")
}

func TestIncludeErrors(t *testing.T) {
	write(t, map[string]string{
		"a.prw":    "#include \"bad.ch\"\nUser Function A()\nReturn\n",
		"bad.ch":   "#define A 1\x00\n",
		"b.prw":    "#include \"dir.ch\"\nUser Function B()\nReturn\n",
		"dir.ch/x": "",
	})
	r := build(t, Options{}, "a.prw", "b.prw")
	if got := text(r.Findings); !strings.Contains(got, "bad.ch:1:12: error: source has a NUL byte") ||
		!strings.Contains(got, "a.prw:1:1: error: include file bad.ch: it is not a text") ||
		!strings.Contains(got, "b.prw:1:1: warning: include file dir.ch not found: looked in ., the program") {
		t.Errorf("Build finds\n%s; want errors of both headers", got)
	}
}

// TestReuse checks which sources are compiled again after a change.
func TestReuse(t *testing.T) {
	write(t, map[string]string{
		"src/a.prw":  "#include \"one.ch\"\nUser Function A()\nReturn ONE\n",
		"src/b.prw":  "#include \"two.ch\"\nUser Function B()\nReturn TWO\n",
		"src/c.prw":  "User Function C()\nReturn 3\n",
		"inc/one.ch": "#include \"base.ch\"\n#define ONE 1\n",
		"inc/two.ch": "#define TWO 2\n", "inc/base.ch": "",
	})
	o := Options{Include: []string{"near", "inc"}}
	previous := clean(t, o, "src").Repository
	data, err := repo.Encode(previous)
	if err != nil {
		t.Fatal(err)
	}
	if previous, err = repo.Read(data); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(o *Options)
		reused int
	}{
		{"nothing", func(*Options) {}, 3},
		{"a source", func(*Options) { edit(t, map[string]string{"src/c.prw": "User Function C()\nReturn 4\n"}) }, 2},
		{"a header of a header", func(*Options) { edit(t, map[string]string{"inc/base.ch": "#define BASE\n"}) }, 1},
		{"a header in a nearer folder", func(*Options) { edit(t, map[string]string{"near/two.ch": "#define TWO 22\n"}) }, 0},
		{"defines", func(o *Options) { o.Defines = map[string]string{"DEBUG": "1"} }, 0},
		{"rules", func(o *Options) { o.Rules.On = []string{"all"} }, 0},
		{"a header that is gone", func(*Options) { os.Remove("near/two.ch"); os.Remove("inc/two.ch") }, 0},
	}
	for _, tt := range tests {
		changed := o
		tt.change(&changed)
		changed.Previous = previous
		r := build(t, changed, "src")
		if r.Reused != tt.reused {
			t.Errorf("%s changed: %d reused; want %d", tt.name, r.Reused, tt.reused)
		}
		if tt.name == "nothing" {
			again, err := repo.Encode(r.Repository)
			if err != nil || !bytes.Equal(again, data) {
				t.Errorf("the repository of reused units differs, %v", err)
			}
		}
	}
}

// TestReuseMovedHeader checks that a header which is found in another folder with the
// same text counts as changed if it then includes others.
func TestReuseMovedHeader(t *testing.T) {
	write(t, map[string]string{
		"a.prw":       "#include \"one.ch\"\nUser Function A()\nReturn ONE\n",
		"inc1/one.ch": "#include \"two.ch\"\n", "inc1/two.ch": "#define ONE 1\n", "inc2/two.ch": "#define ONE 2\n",
	})
	o := Options{Include: []string{"inc1", "inc2"}}
	o.Previous = clean(t, o, "a.prw").Repository
	if err := os.Rename("inc1/one.ch", "inc2/one.ch"); err != nil {
		t.Fatal(err)
	}
	if r := clean(t, o, "a.prw"); r.Reused != 0 {
		t.Error("Build reuses a source whose header includes another file now")
	}
}

// TestOthers checks what is kept of a repository beside the sources of a build.
func TestOthers(t *testing.T) {
	write(t, map[string]string{
		"src/a.prw": "User Function A()\nReturn\n", "src/gone.prw": "User Function Gone()\nReturn\n",
		"other/b.prw": "User Function B()\nReturn\n", "other/c.prw": "User Function C()\nReturn\n",
	})
	all := clean(t, Options{}, "src", "other").Repository
	if err := os.Remove("src/gone.prw"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename("other/b.prw", "src/b.prw"); err != nil { // the same source in another place
		t.Fatal(err)
	}
	r := clean(t, Options{Previous: all, Others: all}, "src")
	if got := filepath.ToSlash(fmt.Sprint(unitPaths(r))); got != "[other/c.prw src/a.prw src/b.prw]" || r.Kept != 1 || r.Dropped != 1 {
		t.Errorf("units are %s, %d kept, %d dropped; want other/c.prw, src/a.prw, src/b.prw, 1, 1", got, r.Kept, r.Dropped)
	}
	if len(r.Repository.Origins) != 3 || r.Repository.Origin(0) == nil {
		t.Errorf("origins are %v; want those of all units", r.Repository.Origins)
	}
	whole, err := filepath.Abs("src")
	if err != nil {
		t.Fatal(err)
	}
	if r = clean(t, Options{Others: all}, whole); r.Kept != 1 || r.Dropped != 1 {
		t.Errorf("with the whole path %d units are kept, %d dropped; want 1, 1", r.Kept, r.Dropped)
	}
	if r = clean(t, Options{Others: all}, "src/a.prw"); r.Kept != 3 {
		t.Errorf("%d units are kept beside a file; want 3", r.Kept)
	}
}

// TestHeaderFindings checks that what is wrong with a header is said once, and that
// its warnings can be switched off.
func TestHeaderFindings(t *testing.T) {
	write(t, map[string]string{
		"a.prw": "#include \"h.ch\"\nUser Function A()\nReturn\n",
		"b.prw": "#include \"h.ch\"\nUser Function B()\nReturn\n",
		"h.ch":  "#warning look\n#define DAY \"日\"\n",
	})
	r := build(t, Options{}, ".")
	want := "h.ch:1:1: warning: look [note]\n" +
		"h.ch:2:14: warning: character '日' (U+65E5) does not exist in cp1252; its UTF-8 bytes are kept [encoding]\n"
	if got := text(r.Findings); got != want {
		t.Errorf("Build finds\n%s; want\n%s", got, want)
	}
	clean(t, Options{Rules: check.Options{Off: []string{"note", "encoding"}}}, ".")
}

// TestDeterministic checks that order and number of the workers do not show.
func TestDeterministic(t *testing.T) {
	write(t, corpus(30, 100))
	var first []byte
	for _, jobs := range []int{1, 2, 8} {
		data, err := repo.Encode(clean(t, Options{Jobs: jobs, Include: []string{"inc"}}, "src").Repository)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(data, first) {
			t.Errorf("%d jobs make other bytes than 1", jobs)
		}
	}
}

func TestCancel(t *testing.T) {
	write(t, corpus(20, 50))
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	_, err := Build(ctx, []string{"src"}, Options{Jobs: 1, Include: []string{"inc"}, Progress: func(done, total int) {
		if n = done; done == 3 {
			cancel(cause)
		}
	}})
	if !errors.Is(err, cause) || n >= 20 {
		t.Errorf("Build = %v after %d of 20 sources; want %v", err, n, cause)
	}
}

func TestSource(t *testing.T) {
	t.Chdir(t.TempDir())
	u, found := Source("calc.prw", "User Function Calc(n)\nReturn n * 2\n", Options{})
	if u == nil || len(found) != 0 || u.Name != "CALC.PRW" || len(u.Funcs) != 1 || u.Funcs[0].Name != "U_CALC" {
		t.Errorf("Source = %+v, %v; want a unit with U_CALC", u, found)
	}
	u, found = Source("bad.prw", "User Function Bad(\n", Options{})
	if u != nil || !found.Failed() {
		t.Errorf("Source = %v, %v; want an error", u, found)
	}
}

func TestPreprocess(t *testing.T) {
	write(t, map[string]string{
		"a.prw":   "#include \"one.ch\"\nUser Function A()\nSHOUT \"x\"\nReturn ONE + DEBUG\n",
		"one.ch":  "#define ONE 1\n#xcommand SHOUT <x> => ConOut(Upper(<x>))\n",
		"bad.prw": "#include \"none.ch\"\n",
	})
	var b strings.Builder
	found, err := Preprocess("a.prw", &b, Options{Defines: map[string]string{"DEBUG": "7"}})
	if err != nil || len(found) != 0 {
		t.Fatalf("Preprocess = %v, %v", found, err)
	}
	for _, want := range []string{`ConOut(Upper("x"))`, "Return 1 + 7"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Preprocess writes\n%s; want %s in it", b.String(), want)
		}
	}
	if found, err := Preprocess("bad.prw", &b, Options{}); err != nil || !found.Failed() {
		t.Errorf("Preprocess(bad.prw) = %v, %v; want a finding", found, err)
	}
	if _, err := Preprocess("none.prw", &b, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Preprocess(none.prw) = %v; want ErrNotExist", err)
	}
}

// TestPrograms compiles the programs that test the language.
func TestPrograms(t *testing.T) {
	const programs = "../testdata/programs"
	r := build(t, Options{Include: []string{programs}}, programs)
	if r.Findings.Failed() {
		t.Errorf("Build finds\n%s", text(r.Findings))
	}
}

// FuzzSource compiles any text: no panic, and what comes out can be stored.
func FuzzSource(f *testing.F) {
	names, err := Sources([]string{"../testdata/programs"})
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), strings.HasSuffix(name, ".tlpp"))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, tlpp bool) {
		name := "fuzz.prw"
		if tlpp {
			name = "fuzz.tlpp"
		}
		u, found := Source(filepath.Join(folder, name), text, Options{Rules: check.Options{On: []string{"all"}}})
		for _, f := range found {
			if strings.HasPrefix(f.Message, "the compiler ") {
				t.Fatal(f.Message)
			}
		}
		if u == nil {
			return
		}
		if err := code.Disassemble(io.Discard, u); err != nil {
			t.Fatal(err)
		}
		data, err := repo.Encode(&repo.Repository{Units: []*code.Unit{u}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := repo.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := repo.Encode(r); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("Encode(Read(Encode(u))) differs, %v", err)
		}
	})
}

// corpus returns sources like those of real programs: files of some functions with
// so many lines each, and a header.
func corpus(files, lines int) map[string]string {
	all := map[string]string{"inc/common.ch": "#define MAXITEM 100\n#xcommand LOGLINE <c> [LEVEL <n>] => U_WriteLog(<c>[, <n>])\n#define CRLF Chr(13) + Chr(10)\n"}
	for i := range files {
		var b strings.Builder
		b.WriteString("#include \"totvs.ch\"\n#include \"common.ch\"\n\n")
		for n, j := 3, 0; n < lines; n, j = n+32, j+1 {
			fmt.Fprintf(&b, functionText, i, j)
		}
		all[fmt.Sprintf("src/mod%d/src%04d.prw", i%7, i)] = b.String()
	}
	return all
}

const functionText = `/*/{Protheus.doc} Order
Sums the items of an order and writes what is wrong with them.
/*/
User Function Ord%04d%d(cBranch, cNumber, aItems)
	Local nItem   := 0
	Local nTotal  := 0
	Local cText   := ""
	Local aErrors := {}
	Local lOk     := .T.
	Default cBranch := "01"

	For nItem := 1 To Len(aItems)
		// items without a quantity are left out
		If aItems[nItem][2] > 0 .And. !Empty(aItems[nItem][1])
			nTotal += aItems[nItem][2] * aItems[nItem][3]
		ElseIf nItem <= MAXITEM
			aAdd(aErrors, {nItem, "item " + AllTrim(Str(nItem)) + " of " + cNumber})
		EndIf
	Next nItem

	While Len(aErrors) > 0 .And. lOk
		cText += aErrors[1][2] + CRLF
		aDel(aErrors, 1)
		aSize(aErrors, Len(aErrors) - 1)
		lOk := SubStr(cText, 1, 1) == "i" .Or. cBranch $ "01;02;03"
	EndDo
	LOGLINE "total of " + cNumber LEVEL 2
	aEval(aItems, {|aItem| aItem[3] := Round(aItem[3], 2)})
	SC5->C5_TOTAL := nTotal
	Return {nTotal, cText, lOk}

`

func BenchmarkBuild(b *testing.B) {
	write(b, corpus(400, 500))
	o := Options{Include: []string{"inc"}}
	lines := 0
	b.ReportAllocs()
	for b.Loop() {
		lines += clean(b, o, "src").Lines
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkReuse(b *testing.B) {
	write(b, corpus(400, 500))
	o := Options{Include: []string{"inc"}}
	o.Previous = clean(b, o, "src").Repository
	for b.Loop() {
		if r := clean(b, o, "src"); r.Reused != r.Sources {
			b.Fatalf("%d of %d reused", r.Reused, r.Sources)
		}
	}
}
