//go:build unix

package datadir

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestBackupSkipsSpecialFiles(t *testing.T) {
	// A short path: those of sockets are limited.
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "admin.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, skipped, err := Backup(t.Context(), dir, &b, BackupOptions{})
	if want := []string{`"pipe": it is no regular file`}; err != nil || !slices.Equal(skipped, want) {
		t.Errorf("Backup skips %q, %v; want %q", skipped, err, want)
	}
	if got, want := names(t, b.Bytes()), []string{"manifest.json"}; !slices.Equal(got, want) {
		t.Errorf("the archive holds %q; want %q", got, want)
	}
}

func TestRestoreModes(t *testing.T) {
	from, dir := t.TempDir(), newPath(t)
	tree{"f/secret": "x", "f/open": "x", "f/shared": "x", "shut/in": "x"}.make(t, from)
	modes := map[string]os.FileMode{"f/secret": 0o600, "f/open": 0o644, "f/shared": 0o666, "shut": 0o500, "shut/in": 0o400, "f": 0o755}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(from, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	archive := backup(t, from)
	restoreTo(t, dir, archive, false)
	modes["f/shared"] = 0o644 // nobody else may write
	modes["."] = 0o700
	for name, want := range modes {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	for _, d := range []string{from, dir} { // so that the test's folders can be removed
		os.Chmod(filepath.Join(d, "shut"), 0o700)
	}
}

func TestRestoreOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	archive, dir := sampleBackup(t), newPath(t)
	tree{"old": "x"}.make(t, dir)
	if err := os.Lchown(dir, 1234, 4321); err != nil {
		t.Fatal(err)
	}
	if r := restoreTo(t, dir, archive, true); r.Notice != "" {
		t.Errorf("Restore notes %q; want nothing", r.Notice)
	}
	for _, name := range []string{".", "certs", "certs/ca.pem"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != 1234 || st.Gid != 4321 {
			t.Errorf("%s belongs to %d:%d; want 1234:4321", name, st.Uid, st.Gid)
		}
	}
	if r := restoreTo(t, newPath(t), archive, false); !strings.Contains(r.Notice, "chown -R USER") {
		t.Errorf("Restore where there was nothing notes %q; want that the folder belongs to root", r.Notice)
	}
}

// A refused restore must not leave a lock file that the server cannot open.
func TestRefusedRestoreLeavesNoLock(t *testing.T) {
	dir := newPath(t)
	tree{"old": "x"}.make(t, dir)
	if _, err := Restore(t.Context(), dir, bytes.NewReader(nil), true); err == nil {
		t.Fatal("Restore of nothing succeeded")
	}
	tree{"old": "x"}.check(t, dir)
}
