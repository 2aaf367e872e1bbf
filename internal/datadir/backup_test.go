package datadir

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree is the content of a folder by name; that of a folder is "/".
type tree map[string]string

func (want tree) make(t *testing.T, dir string) {
	t.Helper()
	for name, content := range want {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		err := os.MkdirAll(path, 0o700)
		if content != "/" {
			os.Remove(path)
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func readTree(t *testing.T, dir string) tree {
	t.Helper()
	got := tree{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir():
			got[name] = "/"
		default:
			got[name] = readFile(t, filepath.Join(dir, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (want tree) check(t *testing.T, dir string) {
	t.Helper()
	if got := readTree(t, dir); !maps.Equal(got, want) {
		t.Errorf("%s holds\n%.500v; want\n%.500v", dir, fmt.Sprint(got), fmt.Sprint(want))
	}
}

var sample = tree{
	"certs":            "/",
	"certs/ca.pem":     "a key",
	"certs/server.pem": "another key",
	"empty":            "/",
	"empty.txt":        "",
	"história – 1.txt": strings.Repeat("long ", 50_000),
}

// backup returns a backup of dir.
func backup(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, _, err := Backup(t.Context(), dir, &b, BackupOptions{Program: "appserver test"}); err != nil {
		t.Fatalf("Backup(%s) = %v", dir, err)
	}
	return b.Bytes()
}

// names returns the names in an archive.
func names(t *testing.T, archive []byte) []string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h.Name)
	}
}

func TestBackup(t *testing.T) {
	dir := newPath(t)
	d := open(t, dir) // in use
	sample.make(t, dir)
	tree{"certs/.new-7": "x", "certs/half.tmp": "x", "admin.token": "x", "cache/big": "x"}.make(t, dir)
	var b bytes.Buffer
	begun := time.Now().Add(-time.Second)
	c, skipped, err := Backup(t.Context(), dir, &b, BackupOptions{Program: "appserver 1.2", Skip: func(name string) bool {
		return name == "admin.token" || name == "cache"
	}})
	if err != nil || skipped != nil {
		t.Fatalf("Backup = %q, %v; want nothing skipped and no error", skipped, err)
	}
	bytesIn := int64(0)
	for _, content := range sample {
		if content != "/" {
			bytesIn += int64(len(content))
		}
	}
	if c.Program != "appserver 1.2" || c.Files != 4 || c.Bytes != bytesIn || c.Created.Before(begun) || time.Until(c.Created) > 0 {
		t.Errorf("Backup = %+v; want 4 files of %d bytes made now by appserver 1.2", c, bytesIn)
	}
	want := []string{"data/certs/", "data/certs/ca.pem", "data/certs/server.pem", "data/empty/", "data/empty.txt", "data/história – 1.txt", "manifest.json"}
	if got := names(t, b.Bytes()); !slices.Equal(got, want) {
		t.Errorf("the archive holds %q; want %q", got, want)
	}
	d.Close()
}

func TestBackupIsStable(t *testing.T) {
	dir := t.TempDir()
	sample.make(t, dir)
	if a, b := names(t, backup(t, dir)), names(t, backup(t, dir)); !slices.Equal(a, b) {
		t.Errorf("two backups hold %q and %q", a, b)
	}
}

func TestBackupNamesWhatItSkips(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there, and such names cannot be")
	}
	dir := t.TempDir()
	tree{"kept": "x", "bad\xffname": "x", "bad\xffdir/file": "x"}.make(t, dir)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, skipped, err := Backup(t.Context(), dir, &b, BackupOptions{})
	want := []string{`"bad\xffdir": its name cannot be in a backup`, `"bad\xffname": its name cannot be in a backup`, `"link": it is a symbolic link`}
	if err != nil || !slices.Equal(skipped, want) {
		t.Errorf("Backup skips %q, %v; want %q", skipped, err, want)
	}
	if got, want := names(t, b.Bytes()), []string{"data/kept", "manifest.json"}; !slices.Equal(got, want) {
		t.Errorf("the archive holds %q; want %q", got, want)
	}
}

func TestBackupErrors(t *testing.T) {
	dir := t.TempDir()
	sample.make(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Backup(ctx, dir, io.Discard, BackupOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup after the end of its context = %v; want context.Canceled", err)
	}
	if _, _, err := Backup(t.Context(), filepath.Join(dir, "none"), io.Discard, BackupOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Backup of no folder = %v; want fs.ErrNotExist", err)
	}
	if _, _, err := Backup(t.Context(), dir, failing{}, BackupOptions{}); !errors.Is(err, errFull) {
		t.Errorf("Backup to a full disk = %v; want %v", err, errFull)
	}
}

var errFull = errors.New("no space left on device")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

// moving is a file that is written to after each time it was read to its end.
type moving struct {
	content  string
	modified time.Time
	change   func(m *moving, reads int)
	reads    int
}

func (m *moving) ReadAt(p []byte, off int64) (int, error) {
	n, err := strings.NewReader(m.content).ReadAt(p, off)
	if off+int64(n) == int64(len(m.content)) && m.change != nil {
		m.reads++
		m.change(m, m.reads)
	}
	return n, err
}

func (m *moving) write(content string) {
	m.content = content
	m.modified = m.modified.Add(time.Second)
}

func (m *moving) Stat() (fs.FileInfo, error) {
	return movingInfo{size: int64(len(m.content)), modified: m.modified}, nil
}

type movingInfo struct {
	size     int64
	modified time.Time
}

func (movingInfo) Name() string         { return "moving" }
func (i movingInfo) Size() int64        { return i.size }
func (movingInfo) Mode() fs.FileMode    { return 0o600 }
func (i movingInfo) ModTime() time.Time { return i.modified }
func (movingInfo) IsDir() bool          { return false }
func (movingInfo) Sys() any             { return nil }

func TestBackupOfFilesThatChange(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *moving, reads int)
		want   string // content in the archive, "" if it is ErrChanged
	}{
		{"at rest", nil, "start"},
		{"rewritten once", func(m *moving, reads int) {
			if reads == 1 {
				m.write("other")
			}
		}, "other"},
		{"shrinks once", func(m *moving, reads int) {
			if reads == 1 {
				m.write("st")
			}
		}, "st"},
		{"grows always", func(m *moving, _ int) { m.write(m.content + "+") }, "start++++"},
		{"rewritten always", func(m *moving, reads int) { m.write(fmt.Sprintf("%05d", reads)) }, ""},
		{"rewritten after it was measured", func(m *moving, reads int) {
			if reads == 1 {
				m.content = "tarts" // unnoticed
			}
		}, ""},
		{"cut after it was measured", func(m *moving, reads int) {
			m.write(m.content + "+")
			if reads == readAttempts {
				m.write("st")
			}
		}, ""},
	} {
		var b bytes.Buffer
		a := &archiver{ctx: t.Context(), out: tar.NewWriter(&b), left: backupLimits}
		err := a.addContent("moving", &moving{content: "start", modified: moment, change: test.change})
		if test.want == "" {
			if !errors.Is(err, ErrChanged) {
				t.Errorf("%s: error = %v; want ErrChanged", test.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: error = %v", test.name, err)
			continue
		}
		in := tar.NewReader(&b)
		if _, err := in.Next(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); string(got) != test.want {
			t.Errorf("%s: archived %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

var moment = time.Date(2026, 2, 26, 16, 19, 44, 0, time.UTC)

func TestBackupLimits(t *testing.T) {
	info := movingInfo{modified: moment}
	for _, test := range []struct {
		left limits
		fits bool
	}{
		{limits{bytes: 4, entries: 2}, true},
		{limits{bytes: 3, entries: 2}, false},
		{limits{bytes: 4, entries: 1}, false},
	} {
		a := &archiver{ctx: t.Context(), out: tar.NewWriter(io.Discard), left: test.left}
		err := errors.Join(a.header(entry{Name: "folder/"}, info), a.header(entry{Name: "file", Size: 4}, info))
		if (err == nil) != test.fits {
			t.Errorf("a folder and 4 bytes with limits %+v: %v; want it to fit: %t", test.left, err, test.fits)
		}
	}
}

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	tree{"f/a": "abc"}.make(t, dir)
	z, err := gzip.NewReader(bytes.NewReader(backup(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(z)
	for range 3 {
		if _, err := in.Next(); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Format  int
		Program string
		Entries []map[string]any
	}
	if err := json.NewDecoder(in).Decode(&got); err != nil {
		t.Fatal(err)
	}
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	want := `{1 appserver test [map[mode:0700 name:f/] map[mode:0600 name:f/a sha256:` + sum + ` size:3]]}`
	if fmt.Sprint(got) != want {
		t.Errorf("manifest = %v; want %s", got, want)
	}
}

// What must not be copied while it is written to is in the backup by what stands for it.
func TestBackupInstead(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	tree{"db": "half", "db-log": "x", "other": "y"}.make(t, dir)
	tree{"copy": "whole"}.make(t, copies)
	var b bytes.Buffer
	_, _, err := Backup(t.Context(), dir, &b, BackupOptions{
		Skip:    func(name string) bool { return name == "db-log" },
		Instead: map[string]string{"db": filepath.Join(copies, "copy"), "none": filepath.Join(copies, "copy")},
	})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(t.Context(), to, &b, false); err != nil {
		t.Fatal(err)
	}
	got := readTree(t, to)
	delete(got, lockName)
	if want := (tree{"db": "whole", "other": "y"}); !maps.Equal(got, want) {
		t.Errorf("the backup has %v; want %v", got, want)
	}
}
