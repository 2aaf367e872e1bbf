package lib

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// fileThread is a thread whose programs have a copy of testdata/root, and the folder.
func fileThread(t testing.TB, o vm.Options, body string) (*vm.Thread, string) {
	t.Helper()
	s := surroundings(t)
	o.Data = s
	return thread(t, o, build(t, "main.prw", "Function Main(x)\n"+body+"\n")), s.Files.Dir()
}

func TestReleaseClosesFiles(t *testing.T) {
	th, _ := fileThread(t, vm.Options{}, "FOpen('lines.txt')\nFT_FUse('lines.txt')\nFCreate('new.txt')\n"+
		"o := FWFileReader():New('lines.txt')\no:Open()\nReturn NIL")
	if _, err := th.Call("MAIN"); err != nil {
		t.Fatal(err)
	}
	files := th.Data().(*Surroundings).Files
	if !files.InUse("system/lines.txt") || !files.InUse("system/new.txt") {
		t.Error("the files are not in use while the thread lives")
	}
	if err := errors.Join(Release(th), Release(th)); err != nil {
		t.Errorf("Release: %v", err)
	}
	if files.InUse("system/lines.txt") || files.InUse("system/new.txt") {
		t.Error("Release leaves files open")
	}
}

func TestKeysAreForTheServerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there permissions are inherited")
	}
	th, dir := fileThread(t, vm.Options{}, "MemoWrite('\\key.pem', 'old')\nReturn PFXKey2PEM('\\keys\\leaf.pfx', '\\key.pem', '', 'segredo')")
	if v, err := th.Call("MAIN"); err != nil || !v.Truth() {
		t.Fatalf("PFXKey2PEM: %s, %v", Inspect(v), err)
	}
	info, err := os.Stat(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if perm := info.Mode().Perm(); perm != 0o600 {
		t.Errorf("the file of the key has the permissions %o; want 600", perm)
	}
}

func TestUnusedReadersAreClosed(t *testing.T) {
	th, _ := fileThread(t, vm.Options{}, "o := FWFileReader():New('lines.txt')\no:Open()\nReturn o:GetLine()")
	defer func() { _ = Release(th) }()
	for range 3 * maxHandles {
		v, err := th.Call("MAIN")
		if err != nil {
			t.Fatal(err)
		}
		if Inspect(v) != `"first line"` {
			runtime.GC()
			runtime.Gosched()
		}
	}
	if v, err := th.Call("MAIN"); err != nil || Inspect(v) != `"first line"` {
		t.Errorf("after many readers: %s, %v", Inspect(v), err)
	}
}

func TestThreadsShareFiles(t *testing.T) {
	s := surroundings(t)
	u := build(t, "main.prw", "Function Main(cFile, nMode)\nReturn FOpen(cFile, nMode)\n")
	a, b := thread(t, vm.Options{Data: s}, u), thread(t, vm.Options{Data: s}, u)
	open := func(th *vm.Thread, mode int) bool {
		v, err := th.Call("MAIN", vm.Str("lines.txt"), vm.Int(mode))
		return err == nil && v.Float() > 0
	}
	if !open(a, 18) || open(b, 0) || open(a, 0) {
		t.Error("a file that one thread has open exclusively can be opened again")
	}
	if err := Release(a); err != nil {
		t.Fatal(err)
	}
	if !open(b, 0) || !open(a, 0) {
		t.Error("a file cannot be opened after the thread has ended that had it")
	}
	_ = errors.Join(Release(a), Release(b))
}

func TestNoRootPath(t *testing.T) {
	for expr, want := range map[string]string{
		`FOpen("a")`: "-1", `FCreate("a")`: "-1", `File("a")`: ".F.", `File("*")`: ".F.", `MemoRead("a")`: `""`,
		`MemoWrite("a", "b")`: ".F.", `FErase("a")`: "-1", `FRename("a", "b")`: "-1", `Directory("*.*")`: "{}", `ADir()`: "0",
		`MakeDir("a")`: "-1", `ExistDir("a")`: ".F.", `CurDir()`: `""`, `CurDir("a")`: `""`, `GetTempPath()`: `"\\temp\\"`, `DiskSpace()`: "0",
		`FT_FUse("a")`: "-1", `GetPvProfString("a", "b", "c", "d")`: `"c"`, `WritePProString("a", "b", "c", "d")`: ".F.",
		`FZip("a", {"b"})`: "-1", `FUnZip("a", "b")`: "-1", `TarCompress({"a"}, "b")`: `""`, `GzCompress("a")`: ".F.",
		`FWFileReader():New("a"):Open()`: ".F.", `FWFileWriter():New("a"):Create()`: ".F.", `__CopyFile("a", "b")`: ".F.",
	} {
		got, err := run(t, vm.Options{}, "Return "+expr)
		if got != want || err != nil {
			t.Errorf("without a root path %s = %s, %v; want %s", expr, got, err, want)
		}
	}
}

func TestLinksThatLeaveTheRoot(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return {FOpen('\\link\\secret.txt'), FCreate('\\link\\new.txt'), MemoRead('\\file'), "+
		"MemoWrite('\\file', 'x'), Len(Directory('\\link\\*.*')), ExistDir('\\link'), File('\\file'), FErase('\\link\\secret.txt'), "+
		"MakeDir('\\link\\x'), FT_FUse('\\file'), __CopyFile('\\file', 'y'), FZip('z.zip', {'\\link'}), FRename('lines.txt', '\\link\\l'), "+
		"MontaDir('\\link\\a\\b'), FUnZip('z.zip', '\\link'), CurDir('\\link')}")
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink(outside, filepath.Join(dir, "link")),
		os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(dir, "file"))); err != nil {
		if runtime.GOOS != "windows" {
			t.Fatal(err)
		}
		t.Skip("no right to make symbolic links")
	}
	v, err := th.Call("MAIN")
	const want = `{-1,-1,"",.F.,0,.F.,.F.,-1,-1,-1,.F.,-1,-1,.F.,-1,"system\\"}`
	if err != nil || Inspect(v) != want {
		t.Errorf("got %s, %v; want %s", Inspect(v), err, want)
	}
	if left, _ := os.ReadDir(outside); len(left) != 1 {
		t.Errorf("%d files are outside now; want 1", len(left))
	}
}

// TestFileLimits holds natives to what a thread may have.
func TestFileLimits(t *testing.T) {
	o := vm.Options{Limits: vm.Limits{String: 1 << 20, Array: 5000}}
	for body, code := range map[string]int{
		"Return MemoRead('big.txt')":                                                    vm.GenStrOverflow,
		"Return FReadStr(FOpen('big.txt'), 9999999999)":                                 vm.GenStrOverflow,
		"Local c := ''\nReturn FRead(FOpen('big.txt'), @c, 9999999999)":                 vm.GenStrOverflow,
		"FT_FUse('big.txt')\nReturn FT_FReadLn()":                                       vm.GenStrOverflow,
		"Local o := FWFileReader():New('big.txt')\no:Open()\nReturn o:GetLine()":        vm.GenStrOverflow,
		"Local o := FWFileReader():New('big.txt')\no:Open()\nReturn o:FullRead()":       vm.GenStrOverflow,
		"Local o := FWFileReader():New('lines2.txt')\no:Open()\nReturn o:GetAllLines()": vm.GenBound,
	} {
		th, dir := fileThread(t, o, body)
		big := filepath.Join(dir, "system", "big.txt")
		if err := errors.Join(os.WriteFile(big, bytes.Repeat([]byte("x"), 2<<20), 0o644),
			os.WriteFile(filepath.Join(dir, "system", "lines2.txt"), bytes.Repeat([]byte("x\n"), 6000), 0o644)); err != nil {
			t.Fatal(err)
		}
		_, err := th.Call("MAIN")
		if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != code {
			t.Errorf("%s: err = %v; want one with code %d", body, err, code)
		}
		_ = Release(th)
	}
}

// TestHugeSparseFile reads a file of 5 GB without reading 5 GB into memory.
func TestHugeSparseFile(t *testing.T) {
	th, dir := fileThread(t, vm.Options{Limits: vm.Limits{Memory: 8 << 20}},
		"Local n := FT_FUse('\\huge.txt')\nLocal c := FT_FReadLn()\nFT_FSkip()\nReturn {c, FSeek(n, 0, 2), FT_FRecno(), FT_FEof()}")
	f, err := os.Create(filepath.Join(dir, "huge.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("first\n")
	if err = errors.Join(err, f.Truncate(5<<30), f.Close()); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	v, err := th.Call("MAIN")
	if want := `{"first",5368709120,2,.F.}`; err != nil || Inspect(v) != want {
		t.Errorf("got %s, %v; want %s", Inspect(v), err, want)
	}
	_ = Release(th)
}

// TestCancelEndsFileWork cancels natives that have much to do with files.
func TestCancelEndsFileWork(t *testing.T) {
	for _, body := range []string{
		"FT_FUse('\\huge.txt')\nReturn FT_FLastRec()",
		"FT_FUse('\\huge.txt')\nReturn FT_FGoto(999999999)",
		"Return __CopyFile('\\huge.txt', '\\copy.txt')",
		"Return GzCompress('\\huge.txt')",
		"Return FZip('\\a.zip', {'\\huge.txt'})",
		"Return TarCompress({'\\huge.txt'}, '\\a.tar')",
		"Local n := FCreate('a')\nWhile FWrite(n, Replicate('x', 100000)) > 0\nFSeek(n, 0)\nEnd",
	} {
		th, dir := fileThread(t, vm.Options{}, body)
		f, err := os.Create(filepath.Join(dir, "huge.txt"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(64<<30), f.Close()); err != nil {
			t.Skipf("no sparse files here: %v", err)
		}
		stop := errors.New("stop")
		time.AfterFunc(20*time.Millisecond, func() { th.Cancel(stop) })
		start := time.Now()
		if _, err := th.Call("MAIN"); !errors.Is(err, stop) {
			t.Errorf("%s: err = %v; want %v", body, err, stop)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: ended after %v", body, d)
		}
		_ = Release(th)
	}
}

// TestHostileArchives unpacks archives that want out of the folder, or too much.
func TestHostileArchives(t *testing.T) {
	for _, name := range []string{"../evil.txt", "/evil.txt", `..\evil.txt`, "a/../../evil.txt", "c:/evil.txt", `\evil.txt`, "..",
		"a\x1b[2Jb", "a\nb", strings.Repeat("a/", 300) + "evil.txt"} {
		th, dir := fileThread(t, vm.Options{}, "Return {FUnZip('\\a.zip', '\\in\\side'), TarDecomp('\\a.tar', '\\in\\side')}")
		makeZip(t, filepath.Join(dir, "a.zip"), "good.txt", name)
		makeTar(t, filepath.Join(dir, "a.tar"), &tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 4})
		v, err := th.Call("MAIN")
		if err != nil || Inspect(v) != "{-1,.F.}" {
			t.Errorf("an archive with the name %q gives %s, %v; want {-1,.F.}", name, Inspect(v), err)
		}
		for _, out := range []string{"evil.txt", "in/evil.txt", "../evil.txt", "in/side/good.txt", "in/side/a"} {
			if _, err := os.Lstat(filepath.Join(dir, out)); err == nil {
				t.Errorf("an archive with the name %q has written %s", name, out)
			}
		}
	}
}

func TestTarNamesWithPoint(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return {TarDecomp('\\a.tar', '\\in'), MemoRead('\\in\\x')}")
	makeTar(t, filepath.Join(dir, "a.tar"), &tar.Header{Name: "./X", Typeflag: tar.TypeReg, Size: 4})
	if v, err := th.Call("MAIN"); err != nil || Inspect(v) != `{.T.,"evil"}` {
		t.Errorf("got %s, %v", Inspect(v), err)
	}
}

func TestTarLinksAreRefused(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return TarDecomp('\\a.tar', '\\in')")
	for _, kind := range []byte{tar.TypeSymlink, tar.TypeLink, tar.TypeFifo, tar.TypeChar} {
		makeTar(t, filepath.Join(dir, "a.tar"), &tar.Header{Name: "x", Typeflag: kind, Linkname: "/etc/passwd"})
		if v, err := th.Call("MAIN"); err != nil || Inspect(v) != ".F." {
			t.Errorf("type %c gives %s, %v; want .F.", kind, Inspect(v), err)
		}
	}
}

func TestUnpackerIsBounded(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return 1")
	files := th.Data().(*Surroundings).Files
	u := newUnpacker(th, spot{files, ".", ""}, true)
	u.left = 10
	if err := u.write("a", strings.NewReader("1234567890")); err != nil {
		t.Errorf("what fits: %v", err)
	}
	if err := u.write("b", strings.NewReader("1")); !errors.Is(err, errTooMuch) {
		t.Errorf("what does not fit: %v; want %v", err, errTooMuch)
	}
	if _, err := os.Stat(filepath.Join(dir, "b")); err == nil {
		t.Error("what did not fit is left")
	}
	u.count = maxPacked
	if _, err := u.place("c"); !errors.Is(err, errTooMuch) {
		t.Errorf("one file too many: %v; want %v", err, errTooMuch)
	}
}

func TestForeignGzip(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return {GzDecomp('\\x.gz', '\\out'), MemoRead('\\out\\x')}")
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = "../../other"
	_, _ = w.Write([]byte("text"))
	_ = w.Close()
	if err := os.WriteFile(filepath.Join(dir, "x.gz"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if v, err := th.Call("MAIN"); err != nil || Inspect(v) != `{.T.,"text"}` {
		t.Errorf("got %s, %v", Inspect(v), err)
	}
}

func makeZip(t *testing.T, file string, names ...string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		part, err := w.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil {
			_, err = part.Write([]byte("evil"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.WriteFile(file, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func makeTar(t *testing.T, file string, h *tar.Header) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(h)
	if err == nil && h.Size > 0 {
		_, err = w.Write([]byte("evil"))
	}
	if err := errors.Join(err, w.Close(), os.WriteFile(file, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestManyLines(t *testing.T) {
	var b strings.Builder
	const n = 3*maxMarks + 17
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i+1)
	}
	th, dir := fileThread(t, vm.Options{}, "Return 1")
	if err := os.WriteFile(filepath.Join(dir, "many.txt"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	x, err := filesOf(th).openText(spot{th.Data().(*Surroundings).Files, "many.txt", ""})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = Release(th) }()
	for _, line := range []int{1, n, 2, maxMarks, maxMarks + 1, 2 * maxMarks, 3*maxMarks + 1, 5, n - 1, 2*maxMarks + 3} {
		if err := x.goTo(th, line); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("line %d", line)
		if got, err := x.text(th); got != want || x.line != line || err != nil {
			t.Errorf("line %d is %q (%d), %v; want %q", line, got, x.line, err, want)
		}
		if got, err := x.count(th); got != n || err != nil {
			t.Errorf("count at line %d = %d, %v; want %d", line, got, err, n)
		}
	}
	if len(x.marks) > maxMarks {
		t.Errorf("%d marks; want %d at most", len(x.marks), maxMarks)
	}
}

func TestPathParts(t *testing.T) {
	tests := []struct {
		name    string
		windows bool
		want    [4]string
	}{
		{`C:\Path\File.EXT`, false, [4]string{"c:", "/path/", "file", ".ext"}},
		{`C:\Path\File.EXT`, true, [4]string{"C:", `\Path\`, "File", ".EXT"}},
		{`\\server\share\x`, false, [4]string{"", "//server/share/", "x", ""}},
		{"\xC1.TXT", false, [4]string{"", "", "\xE1", ".txt"}},
	}
	for _, tt := range tests {
		if got := pathParts(tt.name, tt.windows); got != tt.want {
			t.Errorf("pathParts(%q, %v) = %q; want %q", tt.name, tt.windows, got, tt.want)
		}
	}
}

func TestWildcards(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"", "a", true}, {"*.*", "a", true}, {"*.*", "a.b", true}, {"*", "a.b", true}, {"a.*", "A", true}, {"a.*", "a.b", true},
		{"a.*", "ab", false}, {"*.", "a", true}, {"*.", "a.b", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"*a*b*c*", "xxaxxbxxcxx", true}, {"*a*b*c*", "xxaxxcxxb", false}, {"\xE7*", "\xC7x", true}, {"a", "", false}, {"?", "", false},
		{strings.Repeat("*a", 30) + "b", strings.Repeat("a", 200), false},
	}
	for _, tt := range tests {
		if got := newWildcard(tt.pattern).matches(tt.name); got != tt.want {
			t.Errorf("%q matches %q: %v; want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func FuzzWildcard(f *testing.F) {
	f.Add("*.*", "a.b")
	f.Add("a*?.", "ab")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern)*len(name) > 1<<20 {
			return
		}
		newWildcard(pattern).matches(name)
		if !newWildcard("*").matches(name) || !strings.ContainsAny(name, "*?") && !strings.HasSuffix(name, ".") && name != "" && !newWildcard(name).matches(name) {
			t.Errorf("%q does not match itself, or * does not", name)
		}
	})
}

func FuzzINI(f *testing.F) {
	f.Add("[a]\nb=c\n", "a", "b", "c")
	f.Add("b=c\r\n[ a ]x\r\n;x=y", "A", "x", "")
	f.Add("[", "", "k", "v")
	f.Fuzz(func(t *testing.T, text, section, key, value string) {
		ini := parseINI(text)
		if !fitsINI(section, key, value) {
			return
		}
		ini.put(section, key, value)
		again := parseINI(ini.text())
		if _, got, ok := again.find(strings.TrimSpace(section), strings.TrimSpace(key)); !ok || got != strings.TrimSpace(value) {
			t.Errorf("[%q] %q = %q, %v; want %q", section, key, got, ok, value)
		}
		if again.text() != ini.text() {
			t.Errorf("%q is read as %q", ini.text(), again.text())
		}
	})
}

func TestPipesDoNotBlock(t *testing.T) {
	th, dir := fileThread(t, vm.Options{}, "Return {FOpen('\\pipe'), FCreate('\\pipe'), MemoRead('\\pipe'), MemoWrite('\\pipe', 'x'), File('\\pipe'), "+
		"FT_FUse('\\pipe'), __CopyFile('\\pipe', 'x'), FZip('a.zip', {'\\pipe'}), Len(Directory('\\pipe\\*.*')), Len(Directory('\\pipe')), File('\\pipe\\x')}")
	if !makePipe(filepath.Join(dir, "pipe")) {
		if runtime.GOOS != "windows" {
			t.Fatal("no pipe could be made")
		}
		t.Skip("pipes have no names in folders here")
	}
	const want = `{-1,-1,"",.F.,.F.,-1,.F.,-1,0,0,.F.}`
	if v, err := th.Call("MAIN"); err != nil || Inspect(v) != want {
		t.Errorf("got %s, %v; want %s", Inspect(v), err, want)
	}
}

// FuzzFileNames opens what a program may name, under a root.
func FuzzFileNames(f *testing.F) {
	for _, name := range []string{`..\..\x`, "c:x", `\\x`, "a*", "\xE7", "", ".", "lines.txt", `\System\.`} {
		f.Add(name)
	}
	s := surroundings(f)
	u := build(f, "main.prw", "Function Main(c)\nFile(c)\nMemoRead(c)\nDirectory(c)\nADir(c)\nExistDir(c)\nSplitPath(c)\n"+
		"FErase(c)\nFT_FUse(c)\nGetPvProfString('a', 'b', 'c', c)\nCurDir(c)\nReturn FOpen(c)\n")
	f.Fuzz(func(t *testing.T, name string) {
		th := thread(t, vm.Options{Data: s}, u)
		if _, err := th.Call("MAIN", vm.Str(name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if err := Release(th); err != nil {
			t.Errorf("%q: Release: %v", name, err)
		}
	})
}
