//go:build linux

package test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fakeTools is a program that stands, by the name it is called with, for the
// system's tools: systemctl, id and systemd-sysusers. It writes its calls to
// /calls; a service is active while there is the file /active.
const fakeTools = `package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	f, err := os.OpenFile("/calls", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	if name != "id" && args[0] != "is-active" && args[0] != "list-unit-files" {
		fmt.Fprintln(f, name, strings.Join(args, " "))
	}
	switch {
	case name == "systemd-sysusers":
		os.WriteFile("/user", nil, 0o600)
	case name == "id" && exists("/user"):
		fmt.Println(65534)
	case name == "id":
		os.Exit(1)
	case args[0] == "start":
		os.WriteFile("/active", nil, 0o600)
	case args[0] == "stop":
		os.Remove("/active")
	case args[0] == "is-active" && exists("/active"):
		fmt.Println("active")
	case args[0] == "is-active":
		fmt.Println("inactive")
		os.Exit(3)
	case args[0] == "list-unit-files" && exists("/etc/systemd/system/erp.service"):
		fmt.Println("erp.service enabled enabled")
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
`

// machine is a folder that programs run in as if it were the whole machine.
type machine struct {
	t    *testing.T
	root string
}

// newMachine returns a machine that systemd seems to run on, with the server as
// /usr/bin/appserver.
func newMachine(t *testing.T) *machine {
	if os.Geteuid() != 0 {
		t.Skip("only root can have programs run in another root folder")
	}
	m := &machine{t, t.TempDir()}
	for _, folder := range []string{"bin", "dev", "usr/bin", "proc/self", "run/systemd/system", "etc/systemd/system"} {
		m.check(os.MkdirAll(m.path(folder), 0o755))
	}
	m.check(os.WriteFile(m.path("fake.go"), []byte(fakeTools), 0o600))
	m.build(m.path("bin/systemctl"), m.path("fake.go"))
	for _, name := range []string{"id", "systemd-sysusers"} {
		m.check(os.Link(m.path("bin/systemctl"), m.path("bin/"+name)))
	}
	m.build(m.path("usr/bin/appserver"), "../cmd/appserver")
	m.check(os.WriteFile(m.path("dev/null"), nil, 0o666))
	m.check(os.Symlink("/usr/bin/appserver", m.path("proc/self/exe"))) // how a program finds itself
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// build builds a program that needs no libraries.
func (m *machine) build(to, from string) {
	m.t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("building %s: %v\n%s", from, err, out)
	}
}

// run runs the server's program with args; it returns exit code and output.
func (m *machine) run(args ...string) (code int, output string) {
	m.t.Helper()
	cmd := &exec.Cmd{
		Path: "/usr/bin/appserver", Args: append([]string{"appserver"}, args...), Dir: "/",
		Env:         []string{"PATH=/bin"},
		SysProcAttr: &syscall.SysProcAttr{Chroot: m.root},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (m *machine) read(name string) string {
	b, err := os.ReadFile(m.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	return string(b)
}

// The life of a service on a machine with systemd: the real program and the real
// library that talks to systemctl, which is not the real one.
func TestServiceLife(t *testing.T) {
	m := newMachine(t)
	m.check(os.MkdirAll(m.path("etc/erp"), 0o755))
	m.check(os.WriteFile(m.path("etc/erp/appserver.ini"), []byte("[General]\nDataPath=/var/lib/erp\n"), 0o644))
	for _, step := range []struct {
		args  []string
		code  int
		says  string   // part of the output
		calls []string // since the step before
	}{
		{[]string{"service", "status", "--name", "erp"}, 4, "service erp: not installed", nil},
		{[]string{"service", "install", "--name", "erp", "-c", "/etc/erp/appserver.ini"}, 1, "--create-user", nil},
		{[]string{"service", "install", "--name", "erp", "--create-user", "-c", "/etc/erp/appserver.ini"}, 0, "next: systemctl start erp",
			[]string{"systemd-sysusers /etc/sysusers.d/erp.conf", "systemctl enable erp.service", "systemctl daemon-reload"}},
		{[]string{"service", "status", "--name", "erp"}, 4, "service erp: stopped", nil},
		{[]string{"service", "install", "--name", "erp", "--now", "-c", "/etc/erp/appserver.ini"}, 0, "journalctl -u erp",
			[]string{"systemctl enable erp.service", "systemctl daemon-reload", "systemctl start erp.service"}},
		{[]string{"service", "status", "--name", "erp"}, 0, "service erp: running\nserver: does not answer", nil},
		{[]string{"-ini=/etc/erp/appserver.ini", "-remove", "--name", "erp"}, 0, "left: the data (/var/lib/erp",
			[]string{"systemctl stop erp.service", "systemctl disable erp.service", "systemctl daemon-reload"}},
		{[]string{"service", "status", "--name", "erp"}, 4, "service erp: not installed", nil},
	} {
		before := m.read("calls")
		code, out := m.run(step.args...)
		calls := strings.TrimSpace(strings.TrimPrefix(m.read("calls"), before))
		if code != step.code || !strings.Contains(out, step.says) || calls != strings.Join(step.calls, "\n") {
			t.Fatalf("appserver %s = %d after\n%s\n%s\nwant %d, %q after\n%s", strings.Join(step.args, " "), code, calls, out, step.code, step.says, strings.Join(step.calls, "\n"))
		}
		const exec = "\nExecStart=/usr/bin/appserver serve --config /etc/erp/appserver.ini\n"
		installed := strings.Contains(m.read("etc/systemd/system/erp.service"), exec)
		if want := step.code == 0 && !strings.Contains(out, "removed"); want != installed && step.args[1] != "status" {
			t.Errorf("after appserver %s, the unit is there: %v; want %v", strings.Join(step.args, " "), installed, want)
		}
	}

	// What the service's user may not read is found before there is a service.
	m.check(os.Chmod(m.path("etc/erp/appserver.ini"), 0o600))
	if code, out := m.run("service", "install", "--name", "erp", "-c", "/etc/erp/appserver.ini"); code != 3 || !strings.Contains(out, "as user appserver, the configuration cannot be used") || !strings.Contains(out, "permission denied") {
		t.Errorf("install with a configuration that only root can read = %d\n%s\nwant 3", code, out)
	}
	// Nor is there one where systemd does not run.
	m.check(os.RemoveAll(m.path("run")))
	if code, out := m.run("-install", "-ini=/etc/erp/appserver.ini"); code != 1 || !strings.Contains(out, "no systemd runs here") {
		t.Errorf("-install without systemd = %d\n%s\nwant 1", code, out)
	}
}
