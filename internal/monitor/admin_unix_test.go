//go:build unix

package monitor

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestSocketIsPrivateFromTheFirstMoment(t *testing.T) {
	old := syscall.Umask(0) // the worst one; tests of this package do not run in parallel
	defer syscall.Umask(old)
	dir := privateDir(t)
	path := filepath.Join(dir, "probe.sock")
	lc := net.ListenConfig{Control: closeToOthers}
	ln, err := lc.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if runtime.GOOS == "linux" { // elsewhere the folder protects it until its mode is changed
		wantMode(t, path)
	}

	admin, err := listenPlatform(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	wantMode(t, filepath.Join(dir, socketName))
}

func wantMode(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got&0o077 != 0 {
		t.Errorf("%s has mode %#o; want none for others", path, got)
	}
}

func TestListenRefusesOpenFolder(t *testing.T) {
	dir := privateDir(t)
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := listenPlatform(dir); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("listen in a folder with mode 0750 = %v; want an error that says chmod 700", err)
	}
}

func TestListenKeepsForeignFiles(t *testing.T) {
	dir := privateDir(t)
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenPlatform(dir); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("listen over a file = %v; want an error that says to move it away", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(privateDir(t), strings.Repeat("d", 120))
	_, err := listenPlatform(dir)
	if err == nil || !strings.Contains(err.Error(), "DataPath") {
		t.Errorf("listen in a long path = %v; want an error that names DataPath", err)
	}
	if _, err := NewAdminClient(dir).Status(t.Context()); err == nil || !strings.Contains(err.Error(), "DataPath") {
		t.Errorf("Status() in a long path = %v; want an error that names DataPath", err)
	}
}
