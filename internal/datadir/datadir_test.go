package datadir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// holdEnv makes the test binary hold the folder it names until its standard
// input ends.
const holdEnv = "DATADIR_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdEnv); path != "" {
		hold(path)
		return
	}
	os.Exit(m.Run())
}

func hold(path string) {
	d, err := Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer d.Close()
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
}

// startHolder starts a process that holds path.
func startHolder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdEnv+"="+path)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "held\n" {
		t.Fatalf("the other process said %q, %v; want it to hold %s", line, err, path)
	}
	return cmd
}

// newPath returns the path of a folder that does not exist yet.
func newPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatalf("Open(%s) = %v", path, err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestOpenMakesFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "data")
	d := open(t, path)
	if got := d.Notice(); got != "" {
		t.Errorf("Notice() = %q; want none for a new folder", got)
	}
	if got, want := readFile(t, d.Path("lock")), strconv.Itoa(os.Getpid())+"\n"; got != want {
		t.Errorf("lock file holds %q; want %q", got, want)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("second Close() = %v", err)
	}
	if got := readFile(t, d.Path("lock")); got != "" {
		t.Errorf("lock file holds %q after Close; want nothing", got)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOpenTwiceInOneProcess(t *testing.T) {
	path := newPath(t)
	first := open(t, path)
	wantInUse(t, path, os.Getpid())
	first.Close()
	open(t, path)
}

func wantInUse(t *testing.T, path string, pid int) {
	t.Helper()
	_, err := Open(path)
	var inUse *InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("Open(%s) = %v; want an *InUseError", path, err)
	}
	if inUse.PID != pid || inUse.Path != path {
		t.Errorf("Open: in use = %+v; want path %s, pid %d", inUse, path, pid)
	}
}

func TestOtherProcessHolds(t *testing.T) {
	path := newPath(t)
	holder := startHolder(t, path)
	wantInUse(t, path, holder.Process.Pid)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", holder.Process.Pid)) {
		t.Errorf("Open() = %v; want it to name process %d", err, holder.Process.Pid)
	}
	holder.Process.Kill() // leaves its id in the file, but no lock
	holder.Wait()
	open(t, path)
}

func TestInUseErrorWithoutPID(t *testing.T) {
	for _, content := range []string{"", "abc", "-4", strings.Repeat("9", 40)} {
		f, err := os.CreateTemp(t.TempDir(), "lock")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString(content)
		if got := readPID(f); got != 0 {
			t.Errorf("readPID of %q = %d; want 0", content, got)
		}
	}
	err := &InUseError{Path: "/d"}
	if !strings.Contains(err.Error(), "another process") {
		t.Errorf("InUseError.Error() = %q; want it to say that another process holds the folder", err)
	}
}

func TestOpenRefusesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "DataPath") {
		t.Errorf("Open(file) = %v; want an error that names DataPath", err)
	}
}

func TestPath(t *testing.T) {
	root := newPath(t)
	d := open(t, root)
	tests := []struct{ name, want string }{
		{"", root},
		{"admin.sock", filepath.Join(root, "admin.sock")},
		{"keys/token.pem", filepath.Join(root, "keys", "token.pem")},
	}
	for _, tt := range tests {
		if got := d.Path(tt.name); got != tt.want {
			t.Errorf("Path(%q) = %q; want %q", tt.name, got, tt.want)
		}
	}
	for _, name := range []string{"..", "../x", "/etc/passwd", "a/../../b", "a\x00b"} {
		if !panics(func() { d.Path(name) }) {
			t.Errorf("Path(%q) did not panic", name)
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

func TestRelativePathBecomesAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	d := open(t, "data")
	if got := d.Path(""); !filepath.IsAbs(got) {
		t.Errorf("Path(\"\") = %q; want an absolute path", got)
	}
}
