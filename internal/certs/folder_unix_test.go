//go:build unix

package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFolderUmask: modes are what they are to be, whatever the umask.
func TestFolderUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	l := created(t)
	for name, want := range map[string]fs.FileMode{rootsFile: 0o644, serverFile: 0o600} {
		if got := must(os.Stat(l.path(name))).Mode().Perm(); got != want {
			t.Errorf("mode of %s = %04o; want %04o", name, got, want)
		}
	}
}

func TestFolderOpenToOthers(t *testing.T) {
	for _, mode := range []fs.FileMode{0o777, 0o720} {
		l := newLocal(t)
		if err := os.MkdirAll(l.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(l.dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Create(LocalOptions{}); !matches(err, "other users can write|chmod 700") {
			t.Errorf("Create in a folder of mode %04o = %v; want an error", mode, err)
		}
	}
}

// TestFolderLinks: nothing is written through a link.
func TestFolderLinks(t *testing.T) {
	l := newLocal(t)
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	outside := write(t, t.TempDir(), "precious", []byte("keep"))
	for _, name := range []string{rootsFile, serverFile, hostsFile} {
		if err := os.Symlink(outside, l.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Create(LocalOptions{}); err != nil {
		t.Errorf("Create = %v", err)
	}
	if got := must(os.ReadFile(outside)); string(got) != "keep" {
		t.Errorf("Create has written %q through a link", got)
	}
	if fi := must(os.Lstat(l.path(serverFile))); !fi.Mode().IsRegular() {
		t.Errorf("%s is %v; want the link replaced by a file", serverFile, fi.Mode())
	}
}

// TestFolderOfAnotherUser: what an administrator makes in the folder of the
// server's user belongs to that user.
func TestFolderOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only an administrator can give files away")
	}
	const user, group = 54321, 54322
	l := newLocal(t)
	data := filepath.Dir(l.dir)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, user, group); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Create(LocalOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", authorityFile, serverFile, rootsFile, hostsFile, lockName} {
		if st := must(os.Lstat(l.path(name))).Sys().(*syscall.Stat_t); st.Uid != user || st.Gid != group {
			t.Errorf("%q belongs to %d:%d; want %d:%d", name, st.Uid, st.Gid, user, group)
		}
	}

	elsewhere := t.TempDir()
	link := filepath.Join(data, "link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	os.Chmod(elsewhere, 0o700)
	if _, err := OpenLocal(link).Create(LocalOptions{}); err != nil {
		t.Errorf("Create through the administrator's own link = %v", err)
	}
	if err := os.Lchown(link, user, group); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLocal(link).Create(LocalOptions{}); !matches(err, "symbolic link of another user") {
		t.Errorf("Create through a link of the user = %v; want an error", err)
	}
}

// TestFolderPipe: a pipe in the place of a file holds nobody up.
func TestFolderPipe(t *testing.T) {
	l := created(t)
	for _, name := range []string{authorityFile, lockName} {
		os.Remove(l.path(name))
		if err := syscall.Mkfifo(l.path(name), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Create(LocalOptions{}); !errors.Is(err, errNotRegular) {
			t.Errorf("Create with a pipe called %s = %v; want errNotRegular", name, err)
		}
		os.Remove(l.path(name))
	}
}
