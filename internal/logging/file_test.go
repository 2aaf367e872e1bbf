package logging

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// lumberjackMill is the goroutine that lumberjack leaves behind.
const lumberjackMill = "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction(lumberjackMill))
}

// testFile opens a log file in a new folder with a clock that the test moves and
// a buffer for what is told.
func testFile(t *testing.T, maxSize int64, keep int) (f *File, clock *time.Time, told *bytes.Buffer) {
	t.Helper()
	f, err := OpenFile(filepath.Join(t.TempDir(), "console.log"), maxSize, keep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	now := moment
	clock, told = &now, &bytes.Buffer{}
	f.now, f.fault, f.checked = func() time.Time { return *clock }, told, now
	return f, clock, told
}

func write(t *testing.T, f *File, records ...string) {
	t.Helper()
	for _, r := range records {
		if n, err := io.WriteString(f, r); n != len(r) || err != nil {
			t.Fatalf("Write(%.20q) = %d, %v; want %d bytes written", r, n, err, len(r))
		}
	}
}

func wantContent(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", filepath.Base(name), got, err, want)
	}
}

func TestOpenFileAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	for _, record := range []string{"one\n", "two\n"} {
		f, err := OpenFile(path, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		write(t, f, record)
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			t.Errorf("Close twice = %v", err)
		}
		if _, err := f.Write([]byte("late\n")); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Write after Close = %v; want fs.ErrClosed", err)
		}
		if err := f.Reopen(); err != nil {
			t.Errorf("Reopen after Close = %v", err)
		}
	}
	wantContent(t, path, "one\ntwo\n")
}

func TestFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	f, _, _ := testFile(t, 1, 0)
	half := strings.Repeat("x", 600<<10)
	write(t, f, half, half) // the second begins a new file
	for name := range files(t, filepath.Dir(f.path)) {
		info, err := os.Stat(filepath.Join(filepath.Dir(f.path), name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&^fileMode != 0 || mode&0o600 != 0o600 {
			t.Errorf("%s has mode %#o; want %#o at most", name, mode, fileMode)
		}
	}
}

// files returns the sizes of the files in a folder.
func files(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // else it has just been deleted
			sizes[e.Name()] = info.Size()
		}
	}
	return sizes
}

func TestOpenFileErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{filepath.Join(dir, "none", "console.log"), "make its folder first: " + filepath.Join(dir, "none")},
		{dir, "is not a regular file"},
		{os.DevNull, "or none to have the log on standard output"},
		{filepath.Join(dir, "file", "console.log"), "console.log"},
	} {
		f, err := OpenFile(test.path, 0, 0)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("OpenFile(%s) = %v, %v; want an error with %q and the path", test.path, f, err, test.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("OpenFile made a folder")
	}
}

func TestMebibytes(t *testing.T) {
	const unlimited = 1<<31 - 1
	for _, test := range []struct {
		size int64
		want int
	}{{0, unlimited}, {1, 1}, {1 << 20, 1}, {1<<20 + 1, 2}, {30_000_000, 29}, {1 << 62, unlimited}} {
		if got := mebibytes(test.size); got != test.want {
			t.Errorf("mebibytes(%d) = %d; want %d", test.size, got, test.want)
		}
	}
}

func TestFileRotates(t *testing.T) {
	f, _, told := testFile(t, 1, 2)
	record := strings.Repeat("x", 700<<10) + "\n"
	for range 5 {
		write(t, f, record)
	}
	// Old files are deleted beside; at no time are there fewer than asked for.
	for len(files(t, filepath.Dir(f.path))) > 3 {
		runtime.Gosched()
	}
	for name, size := range files(t, filepath.Dir(f.path)) {
		if size != int64(len(record)) || name != "console.log" && !strings.HasPrefix(name, "console-20") {
			t.Errorf("%s has %d bytes; want each file to hold one record of %d", name, size, len(record))
		}
	}
	if n, err := f.Write(make([]byte, 1<<20+1)); err == nil {
		t.Errorf("Write of more than a file may hold = %d, nil; want an error", n)
	}
	if !strings.Contains(told.String(), "records lost so far: 1") {
		t.Errorf("told %q; want that one record is lost", told)
	}
}

// A link to the file stays one when the file is set aside.
func TestFileBehindLink(t *testing.T) {
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link.log")
	if err := os.Symlink(filepath.Join(dir, "console.log"), link); err != nil {
		t.Skip(err) // Windows, without the privilege
	}
	f, err := OpenFile(link, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	record := strings.Repeat("x", 700<<10)
	write(t, f, record, record)
	if got := files(t, dir); len(got) != 2 || got["console.log"] != int64(len(record)) {
		t.Errorf("beside the file are %v; want the file set aside too", got)
	}
	wantContent(t, link, record)
}

func TestFileReopen(t *testing.T) {
	f, _, _ := testFile(t, 0, 0)
	write(t, f, "one\n")
	if err := os.Rename(f.path, f.path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two\n")
	if err := f.Reopen(); err != nil {
		t.Fatalf("Reopen = %v", err)
	}
	write(t, f, "three\n")
	wantContent(t, f.path+".1", "one\ntwo\n")
	wantContent(t, f.path, "three\n")
}

// What somebody else moves is noticed without being told.
func TestFileMovedAway(t *testing.T) {
	f, clock, told := testFile(t, 0, 0)
	write(t, f, "one\n")
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	*clock = clock.Add(fileCheck)
	write(t, f, "two\n")
	wantContent(t, f.path, "two\n")
	if told.Len() > 0 {
		t.Errorf("told %q; want nothing", told)
	}
}

func TestFileFolderGone(t *testing.T) {
	f, clock, told := testFile(t, 0, 0)
	write(t, f, "one\n")
	dir := filepath.Dir(f.path)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	*clock = clock.Add(fileCheck)
	for range 100 {
		if _, err := f.Write([]byte("lost\n")); err == nil {
			t.Fatal("Write without a folder succeeded")
		}
	}
	if err := f.Reopen(); err == nil {
		t.Error("Reopen without a folder succeeded")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("the folder was made")
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, f, "back\n")
	wantContent(t, f.path, "back\n")
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "make its folder first") || !strings.Contains(lines[1], "again; records lost: 100") {
		t.Errorf("told %q; want one fault, and 100 records lost at its end", lines)
	}
}

// A folder that goes while nothing is open is not made again, nor is a file that
// the group cannot read.
func TestFileFolderGoneAfterReopen(t *testing.T) {
	f, _, _ := testFile(t, 0, 0)
	dir := filepath.Dir(f.path)
	away := dir + ".away"
	for _, reopen := range []bool{false, true} { // before the first record, and later
		if reopen {
			write(t, f, "one\n")
			if err := f.Reopen(); err != nil {
				t.Fatalf("Reopen = %v", err)
			}
		}
		if err := os.Rename(dir, away); err != nil {
			t.Fatal(err)
		}
		if n, err := f.Write([]byte("lost\n")); err == nil {
			t.Errorf("Write without a folder = %d, nil; want an error", n)
		}
		if err := f.Reopen(); err == nil || !strings.Contains(err.Error(), "make its folder first") {
			t.Errorf("Reopen without a folder = %v; want an error that says to make it", err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Fatal("the folder was made")
		}
		if err := os.Rename(away, dir); err != nil {
			t.Fatal(err)
		}
	}
}

// hung is a disk that takes a write when it is let go, and no sooner.
type hung struct {
	entered, release chan struct{}
	closed           bool
}

func (h *hung) Write(p []byte) (int, error) {
	close(h.entered)
	<-h.release
	return len(p), nil
}

func (h *hung) Close() error {
	h.closed = true
	return nil
}

// A disk that hangs holds up neither a reload nor the end of the server.
func TestFileOnHungDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _, _ := testFile(t, 0, 0)
		disk := &hung{entered: make(chan struct{}), release: make(chan struct{})}
		f.out, f.opens = disk, false
		written := make(chan error)
		go func() {
			_, err := f.Write([]byte("late\n"))
			written <- err
		}()
		<-disk.entered
		quick := func(name string, do func() error, want string) {
			begun := time.Now()
			err := do()
			if took := time.Since(begun); took > filePatience {
				t.Errorf("%s took %v; want at most %v", name, took, filePatience)
			}
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s = %v; want %q", name, err, want)
			}
		}
		quick("Reopen during a write", f.Reopen, "")
		look := make(chan struct{})
		f.locate = func(string) (fs.FileInfo, error) {
			<-look
			return nil, errFull
		}
		for range 2 {
			quick("Reopen that cannot look", f.Reopen, "the disk does not answer")
		}
		quick("Close", f.Close, "the disk does not answer")
		close(look)
		close(disk.release)
		if err := <-written; err != nil || !disk.closed {
			t.Errorf("the write that hung = %v, and the file is closed: %v; want nil and true", err, disk.closed)
		}
	})
}

// limited takes a number of bytes and fails then, as a full disk does.
type limited struct {
	bytes.Buffer
	room int
}

var errFull = errors.New("no space left on device")

func (l *limited) Write(p []byte) (int, error) {
	n := min(l.room, len(p))
	l.room -= n
	l.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func (l *limited) Close() error { return nil }

func TestFileDiskFull(t *testing.T) {
	f, clock, told := testFile(t, 0, 0)
	disk := &limited{room: 6}
	f.out = disk
	write(t, f, "one\n")
	for i := range 3 {
		if _, err := f.Write([]byte("two\n")); !errors.Is(err, errFull) {
			t.Errorf("Write %d to a full disk = %v; want %v", i, err, errFull)
		}
		*clock = clock.Add(fileReminder / 2)
	}
	disk.room = 100
	write(t, f, "three\n")
	if got, want := disk.String(), "one\ntw\nthree\n"; got != want {
		t.Errorf("written = %q; want %q: no record continues a torn one", got, want)
	}
	want := "appserver: the log cannot be written (records lost so far: 1): no space left on device\n" +
		"appserver: the log cannot be written (records lost so far: 3): no space left on device\n" +
		"appserver: the log file " + f.path + " can be written again; records lost: 3\n"
	if got := told.String(); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
}

// A disk with room now and then must not fill standard error.
func TestFileFaultsComeAndGo(t *testing.T) {
	f, clock, told := testFile(t, 0, 0)
	disk := &limited{}
	f.out = disk
	for range 1000 {
		disk.room = 0
		f.Write([]byte("x"))
		disk.room = 100
		f.Write([]byte("y"))
		*clock = clock.Add(100 * time.Millisecond)
	}
	if n := strings.Count(told.String(), "\n"); n < 2 || n > 5 {
		t.Errorf("in 100 seconds %d lines were told; want a few:\n%s", n, told)
	}
}

// Writers, Reopen and Close may come at any time; run with -race.
func TestFileConcurrently(t *testing.T) {
	f, _, _ := testFile(t, 1, 1)
	f.now = time.Now
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				fmt.Fprintf(f, "record %d\n", i)
				if i%50 == 0 {
					f.Reopen()
				}
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(f.path)
	if n := bytes.Count(got, []byte("\n")); err != nil || n != 800 {
		t.Errorf("the file has %d lines, %v; want 800", n, err)
	}
}
