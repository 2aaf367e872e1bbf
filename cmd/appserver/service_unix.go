//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kardianos/service"

	"appserver/internal/config"
)

const (
	serviceUserHelp    = defaultService
	canCreateUser      = true
	serviceInstallHelp = `Write a systemd unit for this program and this configuration file, and have the
machine start it. The unit is the packages' one, hardened: the server sees no home
folders and writes to its own folders only, that is DataPath (by default
/var/lib/NAME), /var/log/NAME and the folder of ConsoleFile.

Without a configuration file, the default one is written to
/etc/NAME/appserver.ini. Before anything is installed, the configuration is
checked as the service's user.`
)

// runAsService runs the server under a service manager that calls into the
// program, and reports whether there is one: only Windows has such.
func runAsService(func(stop <-chan struct{}) error) (handled bool, err error) { return false, nil }

func (a *app) installService(f *serviceFlags) error {
	path, err := a.findConfig()
	if err != nil {
		return err
	}
	if ofFirst := "/etc/" + defaultService + "/" + config.FileName; a.configPath == "" && path == ofFirst && f.name != defaultService {
		path = "" // not that of another service
	}
	if path != "" {
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	h, err := a.systemd()
	if err != nil {
		return err
	}
	return h.install(f, path)
}

func (a *app) removeService(f *serviceFlags) error {
	h, err := a.systemd()
	if err != nil {
		return err
	}
	return h.remove(f)
}

func (a *app) showService(f *serviceFlags) error {
	h, err := a.systemd()
	if err != nil {
		return err
	}
	state, running, err := h.state(f.name)
	if err != nil {
		return err
	}
	path := a.configPath
	if path == "" {
		text, _, _ := h.findUnit(f.name)
		path = unitConfig(text)
	}
	dataPath := ""
	if cfg, err := loadServiceConfig(path, unit{Name: f.name}.stateFolder()); path != "" && err == nil {
		dataPath = cfg.General.DataPath
	}
	return a.tellService(f.name, state, dataPath, running)
}

// systemdHost is the machine that a service is installed on.
type systemdHost struct {
	root    string // folder that stands for /, for tests; "" is /
	euid    int
	program string // absolute path of this program
	manager func(*service.Config) (manager, error)
	// output runs a command and returns what it prints.
	output func(command *exec.Cmd) (string, error)
	say    func(format string, args ...any)
}

func (a *app) systemd() (*systemdHost, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("where this program is: %w", err)
	}
	return &systemdHost{
		euid: os.Geteuid(), program: program, manager: newManager,
		output: func(command *exec.Cmd) (string, error) {
			out, err := command.CombinedOutput()
			return strings.TrimSpace(string(out)), err
		},
		say: func(format string, args ...any) { fmt.Fprintf(a.stdout, format+"\n", args...) },
	}, nil
}

func (h *systemdHost) path(path string) string { return h.root + path }

// booted reports whether systemd runs (sd_booted(3)).
func (h *systemdHost) booted() bool {
	info, err := os.Lstat(h.path("/run/systemd/system"))
	return err == nil && info.IsDir()
}

const noSystemd = "no systemd runs here: there is no /run/systemd/system"

// unbootedHints say what to do about that.
var unbootedHints = map[string]string{
	"install": `
In a container, have it run "appserver serve". On a machine that systemd has started,
repeat this command, or install a package and: systemctl enable --now appserver`,
	"remove": `
So no service runs either. A unit that is installed here can be removed when systemd
runs; a server that was started in another way is stopped with: appserver stop`,
}

// mayChange says why the command cannot change services here, and what to do.
func (h *systemdHost) mayChange(command string) error {
	if !h.booted() {
		return errors.New(noSystemd + unbootedHints[command])
	}
	if h.euid != 0 {
		return &exitError{exitForbidden, fmt.Errorf("only root can change services: sudo %s service %s", h.program, command)}
	}
	return nil
}

const unitFolder = "/etc/systemd/system"

func unitPath(name string) string { return unitFolder + "/" + name + ".service" }

// findUnit returns the unit in force of that name, and its path; an empty path if
// there is none.
func (h *systemdHost) findUnit(name string) (text, path string, err error) {
	for _, folder := range []string{unitFolder, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
		path := folder + "/" + name + ".service"
		b, err := os.ReadFile(h.path(path))
		if !errors.Is(err, fs.ErrNotExist) {
			return string(b), path, err
		}
	}
	return "", "", nil
}

// state says in words whether the service runs.
func (h *systemdHost) state(name string) (state string, running bool, err error) {
	if !h.booted() {
		return noSystemd + "; appserver status tells of a server that runs without it", false, nil
	}
	m, err := h.manager(&service.Config{Name: name})
	if err != nil {
		return "", false, err
	}
	_, path, err := h.findUnit(name)
	if err != nil {
		return "", false, err
	}
	switch status, err := m.Status(); {
	case status == service.StatusRunning:
		return "running", true, nil
	case path == "":
		return "not installed", false, nil
	case status == service.StatusStopped:
		return "stopped", false, nil
	case errors.Is(err, service.ErrNotInstalled): // also told of what neither runs nor has stopped
		return "neither running nor stopped; systemctl status " + name + " says more", false, nil
	default:
		return fmt.Sprintf("failed; journalctl -u %s -e says why", name), false, nil
	}
}

// remove stops the service and removes its unit.
func (h *systemdHost) remove(f *serviceFlags) error {
	if err := h.mayChange("remove"); err != nil {
		return err
	}
	text, path, err := h.findUnit(f.name)
	switch {
	case err != nil:
		return err
	case path == "":
		return fmt.Errorf("service %s is not installed", f.name)
	case path != unitPath(f.name):
		return fmt.Errorf("a package has installed %s: remove the package, or: systemctl disable --now %s", path, f.name)
	case !strings.HasPrefix(text, unitMark) && !f.force:
		return fmt.Errorf("%s was not written by appserver service install: --force removes it", path)
	}
	m, err := h.manager(&service.Config{Name: f.name})
	if err != nil {
		return err
	}
	if err := m.Stop(); err != nil {
		return fmt.Errorf("service %s does not stop, nothing is removed: %w; systemctl status %[1]s says more", f.name, err)
	}
	if err := m.Uninstall(); err != nil {
		return fmt.Errorf("removing %s: %w; systemctl status %s may say more", path, err, f.name)
	}
	u := unit{Name: f.name}
	h.say("stopped and removed service %s", f.name)
	h.say("left: the data (%s, or DataPath), the logs (%s), %s, the user", u.stateFolder(), u.logFolder(), unitConfig(text))
	return nil
}
