//go:build unix

package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestModes(t *testing.T) {
	tests := []struct {
		mode   os.FileMode
		notice bool
		fails  bool
	}{
		{mode: 0o700},
		{mode: 0o755, notice: true},
		{mode: 0o750, notice: true},
		{mode: 0o701, notice: true},
		{mode: 0o770, fails: true},
		{mode: 0o702, fails: true},
		{mode: 0o777, fails: true},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "data")
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path)
		if tt.fails {
			if err == nil || !strings.Contains(err.Error(), "chmod 700") {
				t.Errorf("Open(mode %#o) = %v; want an error that says chmod 700", tt.mode, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("Open(mode %#o) = %v", tt.mode, err)
			continue
		}
		if got := d.Notice() != ""; got != tt.notice {
			t.Errorf("Open(mode %#o).Notice() = %q; want one: %t", tt.mode, d.Notice(), tt.notice)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("after Open(mode %#o) the mode is %v, %v; want 0700", tt.mode, info.Mode(), err)
		}
		if info, err := os.Stat(d.Path(lockName)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("lock file has mode %v, %v; want none for others", info.Mode(), err)
		}
		d.Close()
	}
}

func TestForeignOwner(t *testing.T) {
	path := t.TempDir()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if err := check(path, info, owner); err != nil && !strings.Contains(err.Error(), "chmod") {
		t.Errorf("check(own folder) = %v", err)
	}
	if err := check(path, info, owner+1); err == nil || !strings.Contains(err.Error(), "belongs to user") {
		t.Errorf("check(foreign folder) = %v; want an error that names the owner", err)
	}
}

func TestLockFileIsNoSymlink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(target, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(path, lockName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Error("Open followed a symbolic link for its lock file")
	}
	if got := readFile(t, target); got != "keep" {
		t.Errorf("the link's target holds %q; want it untouched", got)
	}
}
