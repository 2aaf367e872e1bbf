package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFolderWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "certs")
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if _, _, err := f.read("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read of no file = %v; want ErrNotExist", err)
	}
	for _, content := range []string{"first", "", "second"} {
		if err := f.write("x", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		data, mode, err := f.read("x")
		if string(data) != content || err != nil || exposed(mode) {
			t.Errorf("read after write(%q) = %q, %04o, %v", content, data, mode, err)
		}
	}
	if entries := must(os.ReadDir(dir)); len(entries) != 1 {
		t.Errorf("the folder holds %v; want one file", entries)
	}
}

// TestFolderWriteFails: what cannot be replaced stays, and nothing is left over.
func TestFolderWriteFails(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	obstruct(t, filepath.Join(dir, "x"))
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if err := f.write("x", []byte("new"), 0o600); !matches(err, "cannot write "+filepath.Join(dir, "x")) {
		t.Errorf("write over a folder = %v; want an error that names it", err)
	}
	if entries := must(os.ReadDir(dir)); len(entries) != 1 {
		t.Errorf("the folder holds %v; want what was there before", entries)
	}
	if _, _, err := f.read("x"); !errors.Is(err, errNotRegular) {
		t.Errorf("read of a folder = %v; want errNotRegular", err)
	}
}

// TestFolderLeftovers: what a crash left is removed, what another process may be
// writing is not.
func TestFolderLeftovers(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	stale, fresh := write(t, dir, newFilePrefix+"STALE", nil), write(t, dir, newFilePrefix+"FRESH", nil)
	other := write(t, dir, "other", nil)
	long := time.Now().Add(-2 * newFileMaxAge)
	for _, path := range []string{stale, other} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	for path, want := range map[string]bool{stale: false, fresh: true, other: true} {
		if present(path) != want {
			t.Errorf("%s is there: %t; want %t", path, !want, want)
		}
	}
}

func TestFolderIsAFile(t *testing.T) {
	path := write(t, t.TempDir(), "certs", nil)
	for _, dir := range []string{path, filepath.Join(path, "certs")} {
		if _, err := openFolder(dir); err == nil {
			t.Errorf("openFolder(%s) where a file is = nil; want an error", dir)
		}
	}
}
