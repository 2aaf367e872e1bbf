//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kardianos/service"

	"appserver/deploy"
)

// fakeHost is a machine in a folder, on which systemd runs and the user
// "appserver" exists.
type fakeHost struct {
	*systemdHost
	t      *testing.T
	did    []string          // what the manager and the commands were asked to do
	status service.Status    // of the service
	faults map[string]error  // by what was asked
	users  map[string]string // and their ids
	said   strings.Builder
}

func newFakeHost(t *testing.T) *fakeHost {
	h := &fakeHost{t: t, status: service.StatusStopped, faults: map[string]error{}, users: map[string]string{"appserver": fmt.Sprint(os.Getgid())}}
	h.systemdHost = &systemdHost{
		root: t.TempDir(), program: "/usr/local/bin/appserver",
		manager: func(c *service.Config) (manager, error) { return &fakeUnits{h, c}, nil },
		output:  h.command,
		say:     func(format string, args ...any) { fmt.Fprintf(&h.said, format+"\n", args...) },
	}
	for _, folder := range []string{"/run/systemd/system", unitFolder} {
		if err := os.MkdirAll(h.path(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *fakeHost) do(what string) error {
	h.did = append(h.did, what)
	return h.faults[what]
}

func (h *fakeHost) command(c *exec.Cmd) (string, error) {
	name := filepath.Base(c.Args[0])
	switch {
	case name == "id" && h.users[c.Args[2]] == "":
		return "", errors.New("no such user")
	case name == "id":
		return h.users[c.Args[2]], nil
	case name == "systemd-sysusers" || name == "useradd":
		h.users["erp"] = fmt.Sprint(os.Getgid())
		return "", h.do(name)
	case name == "appserver":
		if c.SysProcAttr.Credential.Gid != uint32(os.Getgid()) || !slices.ContainsFunc(c.Env, func(v string) bool { return strings.HasPrefix(v, "STATE_DIRECTORY=/var/lib/") }) {
			h.t.Errorf("the configuration is checked as %v with %v; want the service's user and folders", c.SysProcAttr.Credential, c.Env)
		}
		return "appserver.ini:1: a finding", h.do("check " + c.Args[len(c.Args)-1])
	}
	h.t.Errorf("unexpected command %q", c.Args)
	return "", nil
}

func (h *fakeHost) write(path, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(path)), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.path(path), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// read returns the text of a file, "" if there is none.
func (h *fakeHost) read(path string) string {
	b, _ := os.ReadFile(h.path(path))
	return string(b)
}

// fakeUnits does what the real manager does to files.
type fakeUnits struct {
	h *fakeHost
	c *service.Config
}

func (m *fakeUnits) Install() error {
	m.h.write(unitPath(m.c.Name), m.c.Option["SystemdScript"].(string))
	return m.h.do("install " + m.c.Name)
}

func (m *fakeUnits) Uninstall() error {
	return errors.Join(m.h.do("uninstall "+m.c.Name), os.Remove(m.h.path(unitPath(m.c.Name))))
}
func (m *fakeUnits) Start() error { return m.h.do("start " + m.c.Name) }
func (m *fakeUnits) Stop() error  { return m.h.do("stop " + m.c.Name) }
func (m *fakeUnits) Status() (service.Status, error) {
	return m.h.status, m.h.faults["status "+m.c.Name]
}

func flagsFor(name string, change func(*serviceFlags)) *serviceFlags {
	f := &serviceFlags{name: name}
	if change != nil {
		change(f)
	}
	return f
}

const siteINI = "/srv/totvs/appserver.ini"

func TestServiceInstall(t *testing.T) {
	h := newFakeHost(t)
	h.write(siteINI, "[General]\nDataPath=/var/lib/appserver\n[Service]\nDisplayName=Loja\n")
	if err := h.install(flagsFor("appserver", nil), siteINI); err != nil {
		t.Fatal(err)
	}
	want := unit{Name: "appserver", Description: "Loja", User: "appserver", Program: "/usr/local/bin/appserver", Config: siteINI}
	if got := h.read(unitPath("appserver")); got != want.text() {
		t.Errorf("the unit is\n%s\nwant\n%s", got, want.text())
	}
	if want := []string{"check " + siteINI, "install appserver"}; !slices.Equal(h.did, want) {
		t.Errorf("install does %q; want %q", h.did, want)
	}
	for _, want := range []string{"next: systemctl start appserver", "journalctl -u appserver"} {
		if !strings.Contains(h.said.String(), want) {
			t.Errorf("install says\n%s\nwant %q", h.said.String(), want)
		}
	}

	// Again: the unit is written anew, for instance by a newer program.
	h.write(unitPath("appserver"), unitMark+"\nExecStart=/old serve --config "+siteINI+"\n")
	if err := h.install(flagsFor("appserver", func(f *serviceFlags) { f.start = true }), siteINI); err != nil {
		t.Fatal(err)
	}
	if got := h.read(unitPath("appserver")); got != want.text() || h.read(unitPath("appserver")+replaced) != "" || h.did[len(h.did)-1] != "start appserver" {
		t.Errorf("after the second install, having done %q, the unit is\n%s", h.did, got)
	}
}

// Without a configuration there is one afterwards.
func TestServiceInstallFirst(t *testing.T) {
	h := newFakeHost(t)
	create := func(f *serviceFlags) { f.user, f.createUser = "erp", true }
	if err := h.install(flagsFor("erp", create), ""); err != nil {
		t.Fatal(err)
	}
	if got, want := h.read("/etc/erp/appserver.ini"), string(deploy.Config("/var/lib/erp")); got != want {
		t.Errorf("the configuration is\n%s\nwant\n%s", got, want)
	}
	if got := h.read(unitPath("erp")); unitConfig(got) != "/etc/erp/appserver.ini" || !strings.Contains(got, "\nUser=erp\n") {
		t.Errorf("the unit is\n%s", got)
	}
	if got := h.read("/etc/sysusers.d/erp.conf"); got != "" && !strings.Contains(got, "\nu erp - \"Application server\" /var/lib/erp ") {
		t.Errorf("sysusers.d has\n%s", got)
	}
	if h.said.String() == "" || strings.Contains(h.said.String(), "notice") {
		t.Errorf("install says\n%s", h.said.String())
	}
	// A second server must not take the first one's configuration as its own.
	h.write("/etc/erp/appserver.ini", "[General]\n")
	if err := h.install(flagsFor("erp", create), ""); err != nil || h.read("/etc/erp/appserver.ini") != "[General]\n" {
		t.Errorf("install = %v, and the configuration is %q; want it left alone", err, h.read("/etc/erp/appserver.ini"))
	}
	if !strings.Contains(h.said.String(), "notice: /etc/erp/appserver.ini has no [General] DataPath") {
		t.Errorf("install says\n%s\nwant a notice on DataPath", h.said.String())
	}
}

func TestServiceInstallFolders(t *testing.T) {
	h := newFakeHost(t)
	h.write(siteINI, "[General]\nDataPath=/srv/data\nConsoleLog=1\nConsoleFile=/srv/log/console.log\n")
	err := h.install(flagsFor("appserver", nil), siteINI)
	if err == nil || !strings.Contains(err.Error(), "install -d -m 0700 -o appserver /srv/data") {
		t.Errorf("install without DataPath's folder = %v; want the command that makes it", err)
	}
	for _, folder := range []string{"/srv/data", "/srv/log"} {
		if err := os.MkdirAll(h.path(folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.install(flagsFor("appserver", nil), siteINI); err != nil {
		t.Fatal(err)
	}
	if got := h.read(unitPath("appserver")); !strings.Contains(got, "\nReadWritePaths=/srv/data\nReadWritePaths=/srv/log\n") {
		t.Errorf("the unit does not let the server write to its folders:\n%s", got)
	}
}

func TestServiceInstallRefuses(t *testing.T) {
	ours := unit{Name: "appserver", User: "x", Program: "/x", Config: "/srv/other.ini"}.text()
	for _, test := range []struct {
		name   string
		change func(*fakeHost, *serviceFlags)
		code   int
		want   string
	}{
		{"no systemd", func(h *fakeHost, _ *serviceFlags) { os.RemoveAll(h.path("/run")) }, exitFailed, "systemctl enable --now appserver"},
		{"not root", func(h *fakeHost, _ *serviceFlags) { h.euid = 1000 }, exitForbidden, "sudo /usr/local/bin/appserver service install"},
		{"no user", func(_ *fakeHost, f *serviceFlags) { f.user = "totvs" }, exitFailed, "no user totvs"},
		{"hostile user", func(_ *fakeHost, f *serviceFlags) { f.user = "x\nUser=root" }, exitUsage, "--user"},
		{"program at home", func(h *fakeHost, _ *serviceFlags) { h.program = "/home/me/appserver" }, exitFailed, "below /home"},
		{"data at home", func(h *fakeHost, _ *serviceFlags) { h.write(siteINI, "[General]\nDataPath=/home/me/data\n") }, exitFailed, "below /home"},
		{"no configuration", func(h *fakeHost, _ *serviceFlags) { os.Remove(h.path(siteINI)) }, exitConfig, "appserver.ini"},
		{"not for the user", func(h *fakeHost, _ *serviceFlags) { h.faults["check "+siteINI] = &exec.ExitError{} }, exitConfig, "as user appserver, the configuration cannot be used:\nappserver.ini:1: a finding"},
		{"program not for the user", func(h *fakeHost, _ *serviceFlags) { h.faults["check "+siteINI] = os.ErrPermission }, exitFailed, "cannot run the program"},
		{"a package's", func(h *fakeHost, _ *serviceFlags) {
			h.write("/usr/lib/systemd/system/appserver.service", deploy.Unit())
		}, exitFailed, "a package has installed"},
		{"somebody's", func(h *fakeHost, _ *serviceFlags) { h.write(unitPath("appserver"), "[Service]\n") }, exitFailed, "--force"},
		{"another server's", func(h *fakeHost, _ *serviceFlags) { h.write(unitPath("appserver"), ours) }, exitFailed, "for /srv/other.ini: choose another --name"},
	} {
		h := newFakeHost(t)
		h.write(siteINI, "")
		f := flagsFor("appserver", nil)
		test.change(h, f)
		before := h.read(unitPath("appserver"))
		err := h.install(f, siteINI)
		exit := &exitError{code: exitFailed, err: err}
		errors.As(err, &exit)
		if err == nil || exit.code != test.code || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: install = %v, code %d; want %q, code %d", test.name, err, exit.code, test.want, test.code)
		}
		if after := h.read(unitPath("appserver")); after != before || slices.Contains(h.did, "install appserver") {
			t.Errorf("%s: install has changed something: %q\n%s", test.name, h.did, after)
		}
	}
}

// With --force another's unit is replaced, and kept aside; if that fails, it is
// as before.
func TestServiceInstallForce(t *testing.T) {
	h := newFakeHost(t)
	h.write(siteINI, "")
	h.write(unitPath("appserver"), "[Service]\n")
	force := flagsFor("appserver", func(f *serviceFlags) { f.force = true })
	h.faults["install appserver"] = errors.New("no")
	if err := h.install(force, siteINI); err == nil || h.read(unitPath("appserver")) != "[Service]\n" || h.read(unitPath("appserver")+replaced) != "" {
		t.Errorf("install = %v, and leaves %q; want an error and the unit that was there", err, h.read(unitPath("appserver")))
	}
	delete(h.faults, "install appserver")
	if err := h.install(force, siteINI); err != nil || h.read(unitPath("appserver")+replaced) != "[Service]\n" {
		t.Errorf("install = %v; want the former unit kept as %s", err, replaced)
	}

	h = newFakeHost(t)
	h.write(siteINI, "")
	h.faults["install appserver"] = errors.New("no")
	if err := h.install(flagsFor("appserver", nil), siteINI); err == nil || h.read(unitPath("appserver")) != "" {
		t.Errorf("install = %v, and leaves %q; want an error and nothing", err, h.read(unitPath("appserver")))
	}
}

func TestServiceRemove(t *testing.T) {
	ours := unit{Name: "appserver", User: "x", Program: "/x", Config: siteINI}.text()
	for _, test := range []struct {
		name, path, text string
		change           func(*fakeHost, *serviceFlags)
		want             string // part of the error, "" for none
	}{
		{"ours", unitPath("appserver"), ours, nil, ""},
		{"none", "", "", nil, "is not installed"},
		{"a package's", "/usr/lib/systemd/system/appserver.service", deploy.Unit(), nil, "remove the package"},
		{"somebody's", unitPath("appserver"), "[Service]\n", nil, "--force"},
		{"somebody's, forced", unitPath("appserver"), "[Service]\n", func(_ *fakeHost, f *serviceFlags) { f.force = true }, ""},
		{"stuck", unitPath("appserver"), ours, func(h *fakeHost, _ *serviceFlags) { h.faults["stop appserver"] = errors.New("no") }, "nothing is removed"},
		{"no systemd", unitPath("appserver"), ours, func(h *fakeHost, _ *serviceFlags) { os.RemoveAll(h.path("/run")) }, "So no service runs either"},
		{"not root", unitPath("appserver"), ours, func(h *fakeHost, _ *serviceFlags) { h.euid = 1 }, "sudo /usr/local/bin/appserver service remove"},
	} {
		h := newFakeHost(t)
		if test.path != "" {
			h.write(test.path, test.text)
		}
		f := flagsFor("appserver", nil)
		if test.change != nil {
			test.change(h, f)
		}
		err := h.remove(f)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: remove = %v; want %q", test.name, err, test.want)
		}
		removed := test.path != "" && h.read(test.path) == ""
		if removed != (test.want == "") || removed && !slices.Equal(h.did, []string{"stop appserver", "uninstall appserver"}) {
			t.Errorf("%s: removed: %v, having done %q", test.name, removed, h.did)
		}
		if removed && !strings.Contains(h.said.String(), "left: the data (/var/lib/appserver") {
			t.Errorf("%s: remove says %q; want what is left", test.name, h.said.String())
		}
	}
}

func TestServiceState(t *testing.T) {
	for _, test := range []struct {
		name      string
		installed bool
		status    service.Status
		err       error
		want      string
	}{
		{"running", true, service.StatusRunning, nil, "running"},
		{"stopped", true, service.StatusStopped, nil, "stopped"},
		{"none", false, service.StatusUnknown, service.ErrNotInstalled, "not installed"},
		{"failed", true, service.StatusUnknown, errors.New("service in failed state"), "failed; journalctl -u appserver"},
		{"draining", true, service.StatusUnknown, service.ErrNotInstalled, "neither running nor stopped"},
	} {
		h := newFakeHost(t)
		if test.installed {
			h.write(unitPath("appserver"), deploy.Unit())
		}
		h.status, h.faults["status appserver"] = test.status, test.err
		got, running, err := h.state("appserver")
		if err != nil || !strings.Contains(got, test.want) || running != (test.name == "running") {
			t.Errorf("%s: state = %q, %v, %v; want %q", test.name, got, running, err, test.want)
		}
	}
	h := newFakeHost(t)
	os.RemoveAll(h.path("/run"))
	if got, running, err := h.state("appserver"); err != nil || running || !strings.HasPrefix(got, "no systemd runs here: ") || strings.Contains(got, "install") {
		t.Errorf("state without systemd = %q, %v, %v; want that there is none, and no advice to install", got, running, err)
	}
	var out strings.Builder
	err := (&app{stdout: &out}).tellService("appserver", "no systemd runs here", "", false)
	if exit := (*exitError)(nil); !errors.As(err, &exit) || exit.code != exitUnreachable || out.String() != "service appserver: no systemd runs here\n" {
		t.Errorf("service status without systemd = %v, and prints %q; want exit code 4, and why", err, out.String())
	}
}
