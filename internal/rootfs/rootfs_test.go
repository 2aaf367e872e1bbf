package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// newRoot returns a root with the files, and the folder that it is.
func newRoot(t *testing.T, files ...string) (*Root, string) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		full := filepath.Join(dir, filepath.FromSlash(f))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, dir
}

func TestClean(t *testing.T) {
	tests := []struct {
		cwd, name, want string
		err             error
	}{
		{"system", "a.txt", "system/a.txt", nil},
		{"system", `\a.txt`, "a.txt", nil},
		{"system", `/a.txt`, "a.txt", nil},
		{".", "a.txt", "a.txt", nil},
		{"system", `sub\b/c.txt`, "system/sub/b/c.txt", nil},
		{"system", `\`, ".", nil},
		{"system", ".", "system", nil},
		{"system", "..", ".", nil},
		{"system", `..\x`, "x", nil},
		{"system", `sub\\b.txt`, "system/sub/b.txt", nil},
		{"system", "a.txt   ", "system/a.txt", nil},
		{"system", "  a.txt", "system/  a.txt", nil},
		{"system", `\a\`, "a", nil},
		{"system", `..\..`, "", fs.ErrPermission},
		{"system", `\..\x`, "", fs.ErrPermission},
		{"system", `sub/../../../x`, "", fs.ErrPermission},
		{"system", `c:\x`, "", ErrClient},
		{"system", `l:/x`, "", ErrClient},
		{"system", `\\other\share\x`, "", ErrClient},
		{"system", `\/other/x`, "", ErrClient},
		{"system", "", "", fs.ErrInvalid},
		{"system", "   ", "", fs.ErrInvalid},
		{"system", "a\x00b", "", fs.ErrInvalid},
		{"system", "a\nb", "", fs.ErrInvalid},
		{"system", strings.Repeat("a/", 3000), "", fs.ErrInvalid},
		{"system", strings.Repeat("a/", 254), "system" + strings.Repeat("/a", 254), nil},
		{"system", strings.Repeat("a/", 255), "", fs.ErrInvalid},
		{strings.Repeat("b", 4000), strings.Repeat("a", 96), "", fs.ErrInvalid},
	}
	for _, tt := range tests {
		got, err := Clean(tt.cwd, tt.name)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Clean(%q, %q) = %q, %v; want %q, %v", tt.cwd, tt.name, got, err, tt.want, tt.err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{`a\b`, `\..\x`, "c:x", `\\a`, "..", `a/../../b`, " ", "a:b", "\\ "} {
		f.Add("system", s)
	}
	f.Fuzz(func(t *testing.T, cwd, name string) {
		cwd, err := Clean(".", cwd)
		if err != nil {
			return
		}
		clean, err := Clean(cwd, name)
		if err != nil {
			return
		}
		if !filepath.IsLocal(filepath.FromSlash(clean)) {
			t.Errorf("Clean(%q, %q) = %q, which is not below the root", cwd, name, clean)
		}
		if again, err := Clean(".", "/"+clean); err == nil && !strings.HasSuffix(clean, " ") && again != clean {
			t.Errorf("Clean(%q) = %q; want itself", clean, again)
		}
	})
}

func TestFind(t *testing.T) {
	r, _ := newRoot(t, "Data/Mixed.Txt", "data2/x", "both/a.txt", "both/A.TXT")
	tests := []struct{ name, found, rest string }{
		{"Data/Mixed.Txt", "Data/Mixed.Txt", ""},
		{"DATA/mixed.txt", "Data/Mixed.Txt", ""},
		{"data", "Data", ""},
		{".", ".", ""},
		{"DATA/new.txt", "Data", "new.txt"},
		{"DATA/no/new.txt", "Data", "no/new.txt"},
		{"No", ".", "No"},
		{"both/a.txt", "both/a.txt", ""},
		{"both/A.TXT", "both/A.TXT", ""},
		{"Data/Mixed.Txt/x", "Data/Mixed.Txt", "x"},
	}
	for _, tt := range tests {
		if found, rest := r.Find(tt.name); found != tt.found || rest != tt.rest {
			t.Errorf("Find(%q) = %q, %q; want %q, %q", tt.name, found, rest, tt.found, tt.rest)
		}
	}
}

// TestFindInLargeFolder looks for files in a folder that is remembered.
func TestFindInLargeFolder(t *testing.T) {
	var names []string
	for i := range minListed + 10 {
		names = append(names, fmt.Sprintf("big/file%d", i))
	}
	r, dir := newRoot(t, append(names, "big/Upper")...)
	now := time.Now()
	r.now = func() time.Time { return now }
	is := func(name, want string) {
		t.Helper()
		if found, rest := r.Find("big/" + name); found != "big" && rest == "" && found != "big/"+want || rest != "" && want != "" {
			t.Errorf("Find(%q) = %q, %q; want %q", name, found, rest, want)
		}
	}
	is("none", "")
	if !r.hasList("big") {
		t.Fatal("the folder is not remembered")
	}
	is("UPPER", "Upper")
	f, err := r.OpenFile("big/New", os.O_WRONLY|os.O_CREATE, 0o644)
	if err = errors.Join(err, f.Close(), r.Mkdir("big/Folder"), r.Rename("big/Upper", "big/Other")); err != nil {
		t.Fatal(err)
	}
	is("NEW", "New")
	is("FOLDER", "Folder")
	is("OTHER", "Other")
	is("UPPER", "")
	if err := errors.Join(r.Remove("big/New"), r.RemoveFolder("big/Folder")); err != nil {
		t.Fatal(err)
	}
	is("NEW", "")
	if err := os.WriteFile(filepath.Join(dir, "big", "Foreign"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	now = now.Add(listedTime + 1)
	is("FOREIGN", "Foreign")
	if err := os.Remove(filepath.Join(dir, "big", "Foreign")); err != nil {
		t.Fatal(err)
	}
	is("FOREIGN", "")
	for i := range maxLists + 3 {
		r.remember(fmt.Sprint(i), &listing{names: r.lists["big"].names})
		if r.lists["big"] == nil {
			is("none", "")
		}
	}
	if len(r.lists) > maxLists {
		t.Errorf("%d folders are remembered; want %d at most", len(r.lists), maxLists)
	}
}

func TestLinksThatLeaveTheRoot(t *testing.T) {
	r, dir := newRoot(t, "in.txt")
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.txt")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"file": secret, "folder": outside, "up": "..", "new": filepath.Join(outside, "new.txt"), "inside": "in.txt",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			if runtime.GOOS != "windows" {
				t.Fatal(err)
			}
			t.Skip("no right to make symbolic links")
		}
	}
	for _, name := range []string{"file", "folder/secret.txt", "up/x", "new", "folder"} {
		for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE} {
			if f, err := r.Open(name, flag, 0o644, DenyNone); err == nil {
				t.Errorf("Open(%q, %d) succeeds", name, flag)
				_ = f.Close()
			}
		}
	}
	for name, err := range map[string]error{
		"mkdir": r.Mkdir("folder/x"), "mkdirall": r.MkdirAll("folder/x/y"), "remove": r.Remove("folder/secret.txt"),
		"rename": r.Rename("in.txt", "folder/in.txt"), "chmod": r.Chmod("file", 0o600),
		"edit": r.Edit("folder/n", 10, func(b []byte) ([]byte, error) { return b, nil }),
	} {
		if err == nil {
			t.Errorf("%s through a link that leaves the root succeeds", name)
		}
	}
	for _, err := range r.Entries("folder") {
		if err == nil {
			t.Error("Entries lists a folder outside")
		}
	}
	if f, err := r.OpenFile("inside", os.O_RDONLY, 0); err != nil {
		t.Errorf("a link within the root: %v", err)
	} else {
		_ = f.Close()
	}
	if left, _ := os.ReadDir(outside); len(left) != 1 {
		t.Errorf("outside has %d files; want 1", len(left))
	}
}

func TestShares(t *testing.T) {
	const read, write, both = os.O_RDONLY, os.O_WRONLY, os.O_RDWR
	tests := []struct {
		flag1  int
		share1 Share
		flag2  int
		share2 Share
		ok     bool
	}{
		{read, DenyNone, both, DenyNone, true},
		{read, DenyAll, read, DenyNone, false},
		{read, DenyNone, read, DenyAll, false},
		{read, DenyWrite, read, DenyNone, true},
		{read, DenyWrite, write, DenyNone, false},
		{read, DenyWrite, both, DenyNone, false},
		{write, DenyRead, read, DenyNone, false},
		{write, DenyRead, write, DenyNone, true},
		{write, DenyNone, read, DenyWrite, false},
	}
	for _, tt := range tests {
		r, _ := newRoot(t, "a")
		first, err := r.Open("a", tt.flag1, 0, tt.share1)
		if err != nil {
			t.Fatal(err)
		}
		second, err := r.Open("a", tt.flag2, 0, tt.share2)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrInUse) {
			t.Errorf("%+v: %v", tt, err)
		}
		if err == nil {
			_ = second.Close()
		}
		if err := errors.Join(r.Remove("a")); !errors.Is(err, ErrInUse) {
			t.Errorf("Remove of an open file: %v; want ErrInUse", err)
		}
		if err := r.Rename("a", "b"); !errors.Is(err, ErrInUse) {
			t.Errorf("Rename of an open file: %v; want ErrInUse", err)
		}
		_ = first.Close()
		_ = first.Close()
		if err := r.Remove("a"); err != nil {
			t.Errorf("Remove of a closed file: %v", err)
		}
	}
}

func TestOpenFileMindsShares(t *testing.T) {
	r, _ := newRoot(t, "a")
	f, err := r.Open("a", os.O_RDONLY, 0, DenyWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := r.OpenFile("a", os.O_WRONLY|os.O_TRUNC, 0); !errors.Is(err, ErrInUse) {
		t.Errorf("err = %v; want ErrInUse", err)
	}
	if b, _ := io.ReadAll(f); string(b) != "a" {
		t.Errorf("the file holds %q; want %q", b, "a")
	}
}

func TestEditMindsShares(t *testing.T) {
	r, dir := newRoot(t, "a")
	change := func([]byte) ([]byte, error) {
		if err := r.Remove("a"); !errors.Is(err, ErrInUse) {
			t.Errorf("Remove during Edit: %v; want ErrInUse", err)
		}
		return []byte("new"), nil
	}
	for _, share := range []Share{DenyWrite, DenyRead} {
		f, err := r.Open("a", os.O_RDONLY, 0, share)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Edit("a", 10, change); !errors.Is(err, ErrInUse) {
			t.Errorf("Edit of a file open with %d: %v; want ErrInUse", share, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the second Close: %v; want os.ErrClosed", err)
		}
	}
	if err := r.Edit("a", 10, change); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "a")); string(b) != "new" {
		t.Errorf("the file holds %q; want %q", b, "new")
	}
	if r.InUse("a") {
		t.Error("Edit leaves the file in use")
	}
}

func TestRename(t *testing.T) {
	r, _ := newRoot(t, "a", "b")
	if err := r.Rename("a", "b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Rename to a file that exists: %v; want ErrExist", err)
	}
	if err := r.Rename("a", "c"); err != nil {
		t.Errorf("Rename: %v", err)
	}
	if err := r.Rename("no", "d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Rename of nothing: %v; want ErrNotExist", err)
	}
}

func TestRemove(t *testing.T) {
	r, _ := newRoot(t, "dir/a")
	if err := r.Remove("dir"); !errors.Is(err, ErrNotRegular) {
		t.Errorf("Remove of a folder: %v; want ErrNotRegular", err)
	}
	if err := r.RemoveFolder("dir/a"); err == nil {
		t.Error("RemoveFolder removes a file")
	}
	if err := r.RemoveFolder("dir"); err == nil {
		t.Error("RemoveFolder removes a folder that is not empty")
	}
	if err := r.RemoveFolder("."); err == nil {
		t.Error("RemoveFolder removes the root")
	}
	if err := errors.Join(r.Remove("dir/a"), r.RemoveFolder("dir")); err != nil {
		t.Errorf("Remove, RemoveFolder: %v", err)
	}
}

func TestEdit(t *testing.T) {
	r, dir := newRoot(t, "a.ini")
	add := func(b []byte) ([]byte, error) { return append(b, '!'), nil }
	if err := errors.Join(r.Edit("a.ini", 10, add), r.Edit("new.ini", 10, add)); err != nil {
		t.Fatal(err)
	}
	fault := errors.New("fault")
	if err := r.Edit("a.ini", 10, func([]byte) ([]byte, error) { return nil, fault }); !errors.Is(err, fault) {
		t.Errorf("err = %v; want %v", err, fault)
	}
	if err := r.Edit("a.ini", 3, add); !errors.Is(err, ErrTooLarge) {
		t.Errorf("err = %v; want ErrTooLarge", err)
	}
	for name, want := range map[string]string{"a.ini": "a.ini!", "new.ini": "!"} {
		if b, _ := os.ReadFile(filepath.Join(dir, name)); string(b) != want {
			t.Errorf("%s holds %q; want %q", name, b, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%d files are left; want 2", len(left))
	}
}

func TestEntries(t *testing.T) {
	var want []string
	for i := range 600 {
		want = append(want, "f"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26))
	}
	r, _ := newRoot(t, want...)
	var got []string
	for e, err := range r.Entries(".") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Name())
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("Entries yields %d names; want %d", len(got), len(want))
	}
	for range r.Entries(".") {
		break
	}
}

func TestFree(t *testing.T) {
	r, _ := newRoot(t)
	if n, err := r.Free(); err == nil && n <= 0 || err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Free() = %d, %v", n, err)
	}
}
