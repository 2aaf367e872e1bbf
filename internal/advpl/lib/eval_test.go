package lib

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

var update = flag.Bool("update", false, "write what the expressions of testdata give")

// noon is what the clock of the tests says.
var noon = time.Date(2026, 11, 22, 12, 34, 56, 789e6, time.UTC)

// build compiles a source.
func build(t testing.TB, name, text string) *code.Unit {
	t.Helper()
	u, found := compiled(name, text)
	for _, f := range found {
		if f.Severity == source.Error {
			var b strings.Builder
			_ = found.Write(&b)
			t.Fatalf("%s does not compile:\n%s", name, b.String())
		}
	}
	return u
}

func compiled(name, text string) (*code.Unit, source.Findings) {
	f, found := source.Decode(name, []byte(text))
	pre := preproc.Run(f, preproc.Options{})
	parsed, more := syntax.Parse(f, pre.Tokens)
	u, last := compile.Compile(parsed)
	found = append(found, pre.Findings...)
	return u, append(append(found, more...), last...)
}

// thread links the units with the library.
func thread(t testing.TB, o vm.Options, units ...*code.Unit) *vm.Thread {
	t.Helper()
	p, err := vm.Link(units, Library())
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	o.Compile = func(text string, mode vm.MacroMode) (*code.Func, error) {
		return compile.Macro(text, compile.MacroMode(mode))
	}
	return p.NewThread(o)
}

// evaluator evaluates expressions that may call what the prelude holds. Each has a
// thread of its own.
type evaluator struct {
	t       testing.TB
	prelude *code.Unit
	host    *Surroundings
}

func newEvaluator(t testing.TB) *evaluator {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "prelude.prw"))
	if err != nil {
		t.Fatal(err)
	}
	return &evaluator{t, build(t, "cases.prw", string(text)), surroundings(t)}
}

// surroundings are what the cases see of the outside: a copy of the folder
// testdata/root as root path, with "system" as start path.
func surroundings(t testing.TB) *Surroundings {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "root"))); err != nil {
		t.Fatal(err)
	}
	files, err := rootfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	settings := map[string]string{
		"ENV.ROOTPATH": dir, "ENV.STARTPATH": `\system\`, "ENV.DICT": "x.dat", "GENERAL.INSTALLPATH": "inst",
	}
	return &Surroundings{
		Files: files, StartPath: `\system\`, Environment: "ENV", INI: "appserver.ini", Version: "1.2.3",
		Build: "7.00.240223P", Started: noon.Add(-time.Hour),
		Setting: func(section, key string) (string, bool) {
			v, ok := settings[strings.ToUpper(section+"."+key)]
			return v, ok
		},
	}
}

// eval returns what the expression gives, as Inspect shows it, and what it prints.
func (e *evaluator) eval(expr string) string {
	e.t.Helper()
	u := build(e.t, "expr.prw", "Function Expr()\nReturn "+expr+"\n")
	var out strings.Builder
	th := thread(e.t, vm.Options{Stdout: &out, Data: e.host}, e.prelude, u)
	v, err := th.Call("EXPR")
	if err := Release(th); err != nil {
		e.t.Errorf("%s: Release: %v", expr, err)
	}
	if out.Len() > 0 {
		return "prints " + Inspect(vm.Str(out.String()))
	}
	if err != nil {
		return "!ERROR " + err.Error()
	}
	return Inspect(v)
}

// TestCases runs the expressions of testdata: "expression => value" a line.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runCases(t, file) })
	}
}

func runCases(t *testing.T, file string) {
	e := newEvaluator(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		expr, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " => ")
		got := e.eval(expr)
		b.WriteString(expr + " => " + got + "\n")
		if got != want && !*update {
			t.Errorf("%s = %s; want %s", expr, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCasesCoverLibrary wants five cases of every function.
func TestCasesCoverLibrary(t *testing.T) {
	text := "\n"
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	prelude, err := os.ReadFile("testdata/prelude.prw")
	if err != nil {
		t.Fatal(err)
	}
	text = strings.ToUpper(text)
	for name := range Library().Funcs {
		n := strings.Count(text, "\n"+name+"(") + strings.Count(text, " "+name+"(") + strings.Count(text, "("+name+"(")
		if n < 5 && !strings.Contains(strings.ToUpper(string(prelude)), name+"(") {
			t.Errorf("%s has %d cases; want 5", name, n)
		}
	}
}

func TestAreasAreDisjoint(t *testing.T) {
	seen := map[string]bool{}
	for _, area := range areas() {
		for name := range area {
			if seen[name] || name != strings.ToUpper(name) {
				t.Errorf("%s stands in two tables, or is not in upper case", name)
			}
			seen[name] = true
		}
	}
}

// run evaluates a function body under limits.
func run(t *testing.T, o vm.Options, body string) (string, error) {
	t.Helper()
	u := build(t, "limit.prw", "Function Main()\n"+body+"\n")
	v, err := thread(t, o, u).Call("MAIN")
	return Inspect(v), err
}

func TestMemoryLimit(t *testing.T) {
	bodies := map[string]string{
		"strings":  `Local a := {}, i` + "\nFor i := 1 To 1000000\nAAdd(a, Replicate('x', 100) + Str(i))\nNext\nReturn Len(a)",
		"substr":   `Local a := {}` + "\nWhile .T.\nAAdd(a, Upper(Replicate('x', 1000)))\nEnd",
		"arrays":   "Local a := {}\nWhile .T.\nAAdd(a, Array(100))\nEnd",
		"matrix":   "Return Len(Array(10000, 10000))",
		"json":     "Local o := JsonObject():New()\nLocal i := 0\nWhile .T.\no['k' + Str(i++)] := 1\nEnd",
		"fromjson": "Local a := {}\nLocal o\nWhile .T.\no := JsonObject():New()\no:FromJson('[[],[],[],{}]')\nAAdd(a, o)\nEnd",
		"map":      "Local o := HMNew()\nLocal i := 0\nWhile .T.\nHMSet(o, i++, 1)\nEnd",
		"split":    "Local a := {}\nWhile .T.\nAAdd(a, StrTokArr('a;b;c;d;e', ';'))\nEnd",
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, vm.Options{Limits: vm.Limits{Memory: 4 << 20}}, body)
			if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenMem {
				t.Errorf("err = %v; want one with code %d", err, vm.GenMem)
			}
		})
	}
}

func TestStringLimit(t *testing.T) {
	for _, expr := range []string{
		`Space(1001)`, `Replicate("ab", 501)`, `PadR("a", 1001)`, `PadL("a", 1001)`, `Str(1, 1001)`, `StrZero(1, 1001)`,
		`StrTran(Space(500), " ", "abc")`, `EncodeUTF8(Replicate(Chr(231), 600))`, `Encode64(Space(900))`,
		`Stuff(Space(900), 1, 0, Space(900))`, `MemoLine("a", 1001)`, `Transform(Space(900), "@R " + Space(900))`,
		`VarInfo("x", {Space(600), Space(600)}, 0, .F., .F.)`,
	} {
		_, err := run(t, vm.Options{Limits: vm.Limits{String: 1000}}, "Return "+expr)
		if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenStrOverflow {
			t.Errorf("%s: err = %v; want one with code %d", expr, err, vm.GenStrOverflow)
		}
	}
}

func TestArrayLimit(t *testing.T) {
	o := vm.Options{Limits: vm.Limits{Array: 100}}
	for _, body := range []string{
		"Return Array(101)", "Return ASize({}, 101)", "Local a := {}\nWhile .T.\nAAdd(a, 1)\nEnd",
		"Return StrTokArr(Replicate('a;', 101), ';')",
	} {
		if _, err := run(t, o, body); err == nil {
			t.Errorf("%s: no error; want one", body)
		}
	}
	if got, err := run(t, o, "Local a := Array(99)\nAAdd(a, 1)\nReturn Len(a)"); got != "100" || err != nil {
		t.Errorf("an array of the limit = %s, %v; want 100", got, err)
	}
}

func TestCancelEndsNatives(t *testing.T) {
	for _, body := range []string{
		"Return Sleep(1000000)",
		"Return AEval(Array(16000000), {|| Sleep(1)})",
		"Local a := Array(1000000)\nWhile .T.\nASort(a)\nAScan(a, 1)\nAClone(a)\nEnd",
	} {
		u := build(t, "main.prw", "Function Main()\n"+body+"\n")
		th := thread(t, vm.Options{}, u)
		stop := errors.New("stop")
		time.AfterFunc(20*time.Millisecond, func() { th.Cancel(stop) })
		start := time.Now()
		if _, err := th.Call("MAIN"); !errors.Is(err, stop) {
			t.Errorf("%s: err = %v; want %v", body, err, stop)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: ended after %v", body, d)
		}
	}
}

// TestNoAllocations holds the natives that loops call most to their word.
func TestNoAllocations(t *testing.T) {
	for _, expr := range []string{
		`Len(c)`, `SubStr(c, 2, 3)`, `Chr(65)`, `Asc(c)`, `Round(n, 2)`, `Val("12")`, `ValType(n)`, `Empty(c)`, `Space(20)`,
		`Left(c, 2)`, `Right(c, 2)`, `AllTrim(c)`, `At("d", c)`, `Abs(n)`, `Int(n)`, `Max(n, 3)`, `Upper("ABC")`, `ATail(a)`,
		`AScan(a, 2)`, `Day(d)`, `SToD("20261122")`,
	} {
		u := build(t, "alloc.prw", "Function Main(c, n, a, d)\nLocal i\nLocal x\nFor i := 1 To 1000\nx := "+expr+"\nNext\nReturn x\n")
		th := thread(t, vm.Options{}, u)
		args := []vm.Value{vm.Str("abcdef"), vm.Num(3.456), vm.NewArray([]vm.Value{vm.Int(1), vm.Int(2)}), vm.DateOf(2460000)}
		n := testing.AllocsPerRun(10, func() {
			if _, err := th.Call("MAIN", args...); err != nil {
				t.Fatal(err)
			}
		})
		if n > 100 {
			t.Errorf("1,000 times %s allocates %v times; want none beside the call's own", expr, n)
		}
	}
}

func TestConOutToBrokenConsole(t *testing.T) {
	if _, err := run(t, vm.Options{Stdout: brokenWriter{}}, "ConOut('x')\nReturn 1"); err != nil {
		t.Errorf("err = %v; want none", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
