package datadir

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// restoreTo restores and fails the test if that fails.
func restoreTo(t *testing.T, dir string, archive []byte, force bool) Restored {
	t.Helper()
	r, err := Restore(t.Context(), dir, bytes.NewReader(archive), force)
	if err != nil {
		t.Fatalf("Restore(%s) = %v", dir, err)
	}
	return r
}

// beside returns the names in the folder that dir is in, without that of dir.
func beside(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if e.Name() != filepath.Base(dir) {
			list = append(list, e.Name())
		}
	}
	return list
}

func sampleBackup(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	sample.make(t, dir)
	return backup(t, dir)
}

func TestRestore(t *testing.T) {
	archive := sampleBackup(t)
	dir := filepath.Join(t.TempDir(), "new", "data")
	r := restoreTo(t, dir, archive, false)
	sample.check(t, dir)
	if r.Program != "appserver test" || r.Files != 4 || r.Kept != "" {
		t.Errorf("Restore = %+v; want 4 files of appserver test, nothing kept", r)
	}
	if got := beside(t, dir); got != nil {
		t.Errorf("beside the folder are %q; want nothing", got)
	}
	open(t, dir)
}

// A folder that a server has made and left, with nothing in it, is replaced.
func TestRestoreIntoEmptyFolder(t *testing.T) {
	archive := sampleBackup(t)
	for _, prepare := range []func(dir string){
		func(dir string) { os.Mkdir(dir, 0o700) },
		func(dir string) { open(t, dir).Close() },
	} {
		dir := newPath(t)
		prepare(dir)
		if r := restoreTo(t, dir, archive, false); r.Kept != "" {
			t.Errorf("Restore keeps an empty folder: %s", r.Kept)
		}
		sample.check(t, dir)
		if got := beside(t, dir); got != nil {
			t.Errorf("beside the folder are %q; want nothing", got)
		}
	}
}

func TestRestoreNeedsForce(t *testing.T) {
	archive, dir, old := sampleBackup(t), newPath(t), tree{"precious": "x", "lock": ""}
	open(t, dir).Close()
	old.make(t, dir)
	if r, err := Restore(t.Context(), dir, bytes.NewReader(archive), false); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Fatalf("Restore over data = %+v, %v; want an error that names --force", r, err)
	}
	old.check(t, dir)
	r := restoreTo(t, dir, archive, true)
	sample.check(t, dir)
	old.check(t, r.Kept)
	if !strings.HasPrefix(r.Kept, dir+".before-restore-20") {
		t.Errorf("the old folder is kept as %s; want %s.before-restore-…", r.Kept, dir)
	}
}

func TestRestoreBesideServer(t *testing.T) {
	archive, dir := sampleBackup(t), newPath(t)
	holder := startHolder(t, dir)
	var inUse *InUseError
	_, err := Restore(t.Context(), dir, bytes.NewReader(archive), true)
	if !errors.As(err, &inUse) || inUse.PID != holder.Process.Pid {
		t.Errorf("Restore beside a server = %v; want an *InUseError with its process", err)
	}
	if err == nil || !strings.HasSuffix(err.Error(), ": stop that server first, and restore then") || strings.Contains(err.Error(), "DataPath") {
		t.Errorf("Restore beside a server = %v; want the advice to stop it, and no other", err)
	}
	if got := beside(t, dir); got != nil {
		t.Errorf("beside the folder are %q; want nothing", got)
	}
}

// startsServer is a backup during whose reading a server starts.
type startsServer struct {
	io.Reader
	start func()
}

func (s *startsServer) Read(p []byte) (int, error) {
	if s.start != nil {
		s.start()
		s.start = nil
	}
	return s.Reader.Read(p)
}

func TestRestoreWhileServerStarts(t *testing.T) {
	archive := sampleBackup(t)
	for _, there := range []bool{true, false} {
		dir := newPath(t)
		if there {
			os.Mkdir(dir, 0o700)
		}
		r := &startsServer{bytes.NewReader(archive), func() { open(t, dir) }}
		if got, err := Restore(t.Context(), dir, r, true); err == nil {
			t.Errorf("Restore = %+v; want an error: a server has started meanwhile", got)
		}
		if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
			t.Errorf("the server's folder is not in its place: %v", err)
		}
	}
}

func TestRestoreBehindLink(t *testing.T) {
	archive, dir, link := sampleBackup(t), newPath(t), filepath.Join(t.TempDir(), "link")
	tree{"old": "x"}.make(t, dir)
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err) // Windows, without the privilege
	}
	restoreTo(t, link, archive, true)
	sample.check(t, dir)
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link has become %v, %v", info, err)
	}
}

func TestRestoreRefusesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), path, bytes.NewReader(nil), true); err == nil || !strings.Contains(err.Error(), "DataPath") {
		t.Errorf("Restore(file) = %v; want an error that names DataPath", err)
	}
}

func TestRestoreCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &startsServer{bytes.NewReader(sampleBackup(t)), cancel}
	dir := newPath(t)
	if _, err := Restore(ctx, dir, r, false); !errors.Is(err, context.Canceled) {
		t.Errorf("Restore = %v; want context.Canceled", err)
	}
	wantNothing(t, dir)
}

func wantNothing(t *testing.T, dir string) {
	t.Helper()
	if got := beside(t, dir); got != nil {
		t.Errorf("beside the folder are %q; want nothing", got)
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Errorf("%s exists; want nothing there", dir)
	}
}

// wantDamaged restores over old data, which must stay.
func wantDamaged(t *testing.T, what string, archive []byte) {
	t.Helper()
	dir, old := newPath(t), tree{"old": "x"}
	old.make(t, dir)
	if _, err := Restore(t.Context(), dir, bytes.NewReader(archive), true); !errors.Is(err, ErrDamaged) {
		t.Errorf("%s: Restore = %v; want ErrDamaged", what, err)
	}
	old.check(t, dir)
	if got := beside(t, dir); got != nil {
		t.Errorf("%s: beside the folder are %q; want nothing", what, got)
	}
}

func TestRestoreTruncated(t *testing.T) {
	archive := sampleBackup(t)
	for n := 0; n < len(archive); n += 1 + len(archive)/20 {
		wantDamaged(t, "truncated", archive[:n])
	}
	wantDamaged(t, "without the last byte", archive[:len(archive)-1])
	wantDamaged(t, "with something behind it", append(bytes.Clone(archive), "more"...))
}

// Not every bit of a compressed stream means something; whatever is accepted must be
// what was backed up.
func TestRestoreAltered(t *testing.T) {
	archive, accepted, tried := sampleBackup(t), 0, 0
	for n := 0; n < len(archive); n += 1 + len(archive)/50 {
		altered := bytes.Clone(archive)
		altered[n] ^= 0x10
		dir := newPath(t)
		_, err := Restore(t.Context(), dir, bytes.NewReader(altered), false)
		tried++
		switch {
		case err == nil:
			accepted++
			sample.check(t, dir)
		case !errors.Is(err, ErrDamaged):
			t.Errorf("with byte %d altered: Restore = %v; want ErrDamaged", n, err)
		}
	}
	if accepted > tried/4 {
		t.Errorf("%d of %d altered backups are accepted", accepted, tried)
	}
}

// item is an entry of an archive made for a test.
type item struct {
	name    string
	content string
	header  tar.Header // what is not plain about it
}

// pack makes an archive of items; a manifest that is empty is left out.
func pack(t testing.TB, manifest string, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if manifest != "" {
		items = append(items, item{name: manifestName, content: manifest})
	}
	for _, i := range items {
		h := i.header
		h.Name, h.Size = i.name, int64(len(i.content))
		if h.Mode == 0 {
			h.Mode = 0o600
		}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, i.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noFile is the hash of nothing.
const noFile = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestRestoreRefuses(t *testing.T) {
	const (
		nothing = `{"format":1,"entries":[]}`
		oneFile = `{"format":1,"entries":[{"name":"a","mode":"0600","sha256":"` + noFile + `"}]}`
	)
	file := func(name string) item { return item{name: name} }
	special := func(typeflag byte) item {
		return item{name: "data/a", header: tar.Header{Typeflag: typeflag, Linkname: "/etc/passwd"}}
	}
	restoreTo(t, newPath(t), pack(t, oneFile, file("data/a")), false) // to begin with
	for what, archive := range map[string][]byte{
		"no manifest":           pack(t, "", file("data/a")),
		"manifest of others":    pack(t, nothing, file("data/a")),
		"file missing":          pack(t, oneFile),
		"content altered":       pack(t, oneFile, item{name: "data/a", content: "x"}),
		"mode altered":          pack(t, oneFile, item{name: "data/a", header: tar.Header{Mode: 0o666}}),
		"manifest in front":     pack(t, "", item{name: manifestName, content: oneFile}, file("data/a")),
		"two manifests":         pack(t, nothing, item{name: manifestName, content: nothing}),
		"no JSON":               pack(t, `{"format":1`),
		"escape":                pack(t, oneFile, file("data/../../a")),
		"absolute":              pack(t, oneFile, file("/data/a")),
		"absolute within":       pack(t, oneFile, file("data//etc/a")),
		"dot":                   pack(t, oneFile, file("data/./a")),
		"no name":               pack(t, oneFile, item{name: "data/", header: tar.Header{Typeflag: tar.TypeDir}}),
		"elsewhere":             pack(t, oneFile, file("a")),
		"lock":                  pack(t, oneFile, file("data/lock")),
		"long name":             pack(t, oneFile, file("data/"+strings.Repeat("n/", 600)+"a")),
		"no folder":             pack(t, oneFile, file("data/b/a")),
		"file as a folder":      pack(t, oneFile, file("data/a"), file("data/a/a")),
		"twice":                 pack(t, oneFile, file("data/a"), file("data/a")),
		"symbolic link":         pack(t, oneFile, special(tar.TypeSymlink)),
		"hard link":             pack(t, oneFile, special(tar.TypeLink)),
		"device":                pack(t, oneFile, special(tar.TypeBlock)),
		"pipe":                  pack(t, oneFile, special(tar.TypeFifo)),
		"text":                  []byte("not a backup at all"),
		"nothing":               nil,
		"tar without gzip":      []byte("data/a" + strings.Repeat("\x00", 1<<10)),
		"gzip without an entry": pack(t, ""),
	} {
		wantDamaged(t, what, archive)
	}
}

func TestRestoreOtherFormat(t *testing.T) {
	archive := pack(t, `{"format":2,"program":"appserver 9"}`)
	_, err := Restore(t.Context(), newPath(t), bytes.NewReader(archive), false)
	if err == nil || !strings.Contains(err.Error(), `format 2`) || !strings.Contains(err.Error(), "appserver 9") {
		t.Errorf("Restore of a newer format = %v; want an error that names it and the program", err)
	}
}

func TestRestoreLimits(t *testing.T) {
	archive := sampleBackup(t) // 6 entries, 250,016 bytes
	for _, test := range []struct {
		max  limits
		fits bool
	}{
		{limits{bytes: 300_000, entries: 6, name: 50}, true},
		{limits{bytes: 200_000, entries: 6, name: 50}, false},
		{limits{bytes: 300_000, entries: 5, name: 50}, false},
		{limits{bytes: 300_000, entries: 6, name: 10}, false},
	} {
		dir := newPath(t)
		_, err := restore(t.Context(), dir, bytes.NewReader(archive), false, terms{test.max, flush})
		if (err == nil) != test.fits {
			t.Errorf("restore with limits %+v = %v; want it to fit: %t", test.max, err, test.fits)
		}
		if !test.fits {
			wantNothing(t, dir)
		}
	}
}

// Before the new folder takes its place, everything in it is flushed, and it too;
// else a loss of power could leave a folder without its files.
func TestRestoreFlushesFirst(t *testing.T) {
	archive, dir := sampleBackup(t), newPath(t)
	var flushed []string
	_, err := restore(t.Context(), dir, bytes.NewReader(archive), false, terms{backupLimits, func(f *os.File) error {
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s is flushed after the folder is in its place", f.Name())
		}
		_, name, _ := strings.Cut(filepath.ToSlash(f.Name()), ".restoring-")
		_, name, _ = strings.Cut(name, "/")
		flushed = append(flushed, name)
		return flush(f)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name := range sample {
		if name = strings.TrimSuffix(name, "/"); !slices.Contains(flushed, name) {
			t.Errorf("%q was not flushed, only %q", name, flushed)
		}
		if parent := slices.Index(flushed, path.Dir(name)); parent < slices.Index(flushed, name) {
			t.Errorf("the folder of %q was not flushed after it: %q", name, flushed)
		}
	}
	broken := errors.New("input/output error")
	dir = newPath(t)
	if _, err := restore(t.Context(), dir, bytes.NewReader(archive), false, terms{backupLimits, func(*os.File) error { return broken }}); !errors.Is(err, broken) {
		t.Errorf("restore to a broken disk = %v; want %v", err, broken)
	}
	wantNothing(t, dir)
}

func TestRestoreOfSomethingElse(t *testing.T) {
	for what, archive := range map[string][]byte{
		"text":              []byte("not a backup at all"),
		"random bytes":      bytes.Repeat([]byte{0x9c, 0x17, 0xe2}, 1000),
		"another's tar.gz":  pack(t, "", item{name: "etc/passwd"}, item{name: "data/a"}),
		"gzip of something": gzipped(t, bytes.Repeat([]byte("x"), 2000)),
	} {
		_, err := Restore(t.Context(), newPath(t), bytes.NewReader(archive), false)
		if !errors.Is(err, ErrDamaged) || err.Error() != "this is not a backup of appserver" {
			t.Errorf("Restore of %s = %v; want that it is no backup, as an ErrDamaged", what, err)
		}
	}
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is in the archive may come in any portions.
func TestRestoreByteByByte(t *testing.T) {
	dir := newPath(t)
	if _, err := Restore(t.Context(), dir, oneByte{bytes.NewReader(sampleBackup(t))}, false); err != nil {
		t.Fatal(err)
	}
	sample.check(t, dir)
}

type oneByte struct{ io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(1, len(p))]) }

func TestRestoreTimes(t *testing.T) {
	from, dir := t.TempDir(), newPath(t)
	tree{"f/a": "x"}.make(t, from)
	for _, name := range []string{"f/a", "f"} {
		if err := os.Chtimes(filepath.Join(from, name), moment, moment); err != nil {
			t.Fatal(err)
		}
	}
	restoreTo(t, dir, backup(t, from), false)
	for _, name := range []string{"f", "f/a"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.ModTime().Equal(moment) {
			t.Errorf("%s has time %v, %v; want %v", name, info.ModTime().In(time.UTC), err, moment)
		}
	}
}
