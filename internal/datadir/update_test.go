package datadir

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestUpdate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "data")
	file := filepath.Join(dir, "x.json")
	set := func(want, to string) error {
		return Update(dir, "x.json", 10, func(old []byte) ([]byte, error) {
			if string(old) != want {
				t.Errorf("old content %q; want %q", old, want)
			}
			return []byte(to), nil
		})
	}
	if err := set("", "one"); err != nil {
		t.Fatal(err)
	}
	if err := set("one", "two"); err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if err := Update(dir, "x.json", 10, func([]byte) ([]byte, error) { return nil, no }); !errors.Is(err, no) {
		t.Errorf("error %v; want that of change", err)
	}
	if b, err := os.ReadFile(file); string(b) != "two" {
		t.Errorf("content %q, %v; want two", b, err)
	}
	if err := set("two", "12345678901"); err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") {
		t.Errorf("error %v; want that the content is too long", err)
	}
	if b, err := os.ReadFile(file); string(b) != "two" {
		t.Errorf("content %q, %v; want two", b, err)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v; want mode 0600", info, err)
	}
	if err := os.WriteFile(file, []byte("longer than it may be"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := set("", ""); err == nil || !strings.Contains(err.Error(), "at most 10 bytes") {
		t.Errorf("error %v; want that the file is too long", err)
	}
}

// What an interrupted update left behind does not matter.
func TestUpdateAfterInterruption(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"x.tmp", "x.lock"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Update(dir, "x", 10, func([]byte) ([]byte, error) { return []byte("all"), nil }); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "x")); string(b) != "all" {
		t.Errorf("content %q; want all", b)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.tmp")); !os.IsNotExist(err) {
		t.Errorf("the temporary file is still there: %v", err)
	}
}

func TestUpdatesAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			err := Update(dir, "count", 10, func(old []byte) ([]byte, error) {
				n, _ := strconv.Atoi(string(old))
				return strconv.AppendInt(nil, int64(n+1), 10), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if b, _ := os.ReadFile(filepath.Join(dir, "count")); string(b) != "16" {
		t.Errorf("count %s; want 16", b)
	}
}

// The lock of a file is left out of backups, the file is not.
func TestUpdateAndBackup(t *testing.T) {
	dir := t.TempDir()
	if err := Update(dir, "x.json", 10, func([]byte) ([]byte, error) { return []byte("x"), nil }); err != nil {
		t.Fatal(err)
	}
	contents, _, err := Backup(context.Background(), dir, new(bytes.Buffer), BackupOptions{})
	if err != nil || contents.Files != 1 {
		t.Errorf("backup of %d files, %v; want 1", contents.Files, err)
	}
}

// A link is neither followed nor replaced.
func TestUpdateOfLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "y"), []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("y", filepath.Join(dir, "x")); err != nil {
		t.Skip(err)
	}
	err := Update(dir, "x", 10, func([]byte) ([]byte, error) { return []byte("new"), nil })
	if err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("error %v; want that it is no regular file", err)
	}
}

// Of those who want to be alone under a name one is at a time, and an update of that name
// waits too.
func TestExclusive(t *testing.T) {
	dir := t.TempDir()
	busy := false
	err := Exclusive(t.Context(), dir, "x", func() error {
		busy = true
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := Exclusive(ctx, dir, "x", func() error { return nil }); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("a second one: %v", err)
		}
		return Exclusive(t.Context(), dir, "y", func() error { return nil })
	})
	if err != nil || !busy {
		t.Errorf("Exclusive = %v, %v", busy, err)
	}
}

func TestCreate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "x")
	for range 2 {
		if err := Create(dir, "x"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want 0600", info, err)
	}
	if b, err := os.ReadFile(path); string(b) != "content" || err != nil {
		t.Errorf("a file that was there has %q, %v", b, err)
	}
}
