//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kardianos/service"

	"appserver/deploy"
	"appserver/internal/config"
)

// install installs the service for the configuration file at path; "" has the
// default one written.
func (h *systemdHost) install(f *serviceFlags, path string) error {
	if err := h.mayChange("install"); err != nil {
		return err
	}
	u := unit{Name: f.name, User: f.user, Program: h.program, Config: path}
	if u.User == "" {
		u.User = defaultService
	}
	if path == "" {
		u.Config = "/etc/" + u.Name + "/" + config.FileName
	}
	foreign, err := h.mayReplace(u, f.force)
	if err != nil {
		return err
	}
	who, err := h.account(u, f.createUser)
	if err != nil {
		return err
	}
	if path == "" {
		if err := h.writeDefaultConfig(u, who); err != nil {
			return err
		}
	}
	if err := h.complete(&u); err != nil {
		return err
	}
	if err := h.tryConfig(u, who); err != nil {
		return err
	}
	return h.register(u, foreign, f.start)
}

// mayReplace says why the unit may not be written: there is one of that name that
// something else has set up, or that is for another configuration. With force,
// foreign tells that the first is so.
func (h *systemdHost) mayReplace(u unit, force bool) (foreign bool, err error) {
	text, path, err := h.findUnit(u.Name)
	if err != nil || path == "" {
		return false, err
	}
	foreign = !strings.HasPrefix(text, unitMark)
	switch {
	case force:
		return foreign, nil
	case foreign && path != unitPath(u.Name):
		return foreign, fmt.Errorf("a package has installed %s: use it (systemctl enable --now %s), choose another --name, or override it with --force", path, u.Name)
	case foreign:
		return foreign, fmt.Errorf("%s was not written by this command: choose another --name, or replace it with --force", path)
	case unitConfig(text) != u.Config:
		return foreign, fmt.Errorf("service %s is installed for %s: choose another --name, or replace it with --force", u.Name, unitConfig(text))
	default:
		return foreign, nil
	}
}

// complete loads the configuration to set what the unit needs of it.
func (h *systemdHost) complete(u *unit) error {
	if err := errors.Join(checkPath("the program", u.Program), checkPath("the configuration", u.Config)); err != nil {
		return err
	}
	cfg, err := loadServiceConfig(h.path(u.Config), u.stateFolder())
	if err != nil {
		return err
	}
	u.Description = cfg.General.ServerName
	writes := []string{cfg.General.DataPath}
	if cfg.General.ConsoleLog && cfg.General.ConsoleFile != "" {
		writes = append(writes, filepath.Dir(cfg.General.ConsoleFile))
	}
	for _, folder := range writes {
		if within(u.stateFolder(), folder) || within(u.logFolder(), folder) || slices.Contains(u.Writable, folder) {
			continue
		}
		if err := h.checkWritable(*u, folder); err != nil {
			return err
		}
		u.Writable = append(u.Writable, folder)
	}
	if shell, err := loadServiceConfig(h.path(u.Config), ""); err == nil && shell.General.DataPath != cfg.General.DataPath {
		h.say("notice: %s has no [General] DataPath; the service uses %s\n"+
			"        write that into the file, so that appserver status, reload and backup find the server", u.Config, cfg.General.DataPath)
	}
	return nil
}

// checkWritable says why the server could not write to folder.
func (h *systemdHost) checkWritable(u unit, folder string) error {
	if err := checkPath("the folder", folder); err != nil {
		return err
	}
	if _, err := os.Stat(h.path(folder)); err != nil {
		return fmt.Errorf("the server is to write to %s: %w; make it with: install -d -m 0700 -o %s %[1]s", folder, err, u.User)
	}
	return nil
}

// writeDefaultConfig writes the built-in configuration for u, readable by its
// user, unless there is one.
func (h *systemdHost) writeDefaultConfig(u unit, who account) error {
	path := h.path(u.Config)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, deploy.Config(u.stateFolder()), 0o640); err != nil {
		return err
	}
	if err := os.Chown(path, -1, int(who.gid)); err != nil {
		return err
	}
	h.say("wrote %s", u.Config)
	return nil
}

// register writes the unit and enables it, and starts it if asked to.
func (h *systemdHost) register(u unit, foreign, start bool) error {
	m, err := h.manager(&service.Config{Name: u.Name, Executable: u.Program, Option: service.KeyValue{"SystemdScript": u.text()}})
	if err != nil {
		return err
	}
	path := unitPath(u.Name)
	if err := h.replaceUnit(m, h.path(path), foreign); err != nil {
		return fmt.Errorf("setting up %s: %w; systemctl enable %s may say more", path, err, u.Name)
	}
	h.say("wrote %s and enabled it: the machine will start it", path)
	if foreign {
		h.say("what was there before is now %s%s", path, replaced)
	}
	if !start {
		h.say("next: systemctl start %s", u.Name)
	} else if err := m.Start(); err != nil {
		return fmt.Errorf("the service is installed, but does not start: %w; journalctl -u %s -e says why", err, u.Name)
	}
	h.say("log:  journalctl -u %s", u.Name)
	return nil
}

// replaced is what the name of a unit ends with that systemd is to ignore.
const replaced = ".replaced"

// replaceUnit has m write and enable the unit at path. If that fails, what was
// there before is put back; else it stays under another name only if keep is set.
func (h *systemdHost) replaceUnit(m manager, path string, keep bool) error {
	former := os.Rename(path, path+replaced)
	if former != nil && !errors.Is(former, fs.ErrNotExist) {
		return former
	}
	err := m.Install()
	switch {
	case err != nil && former == nil:
		return errors.Join(err, os.Rename(path+replaced, path))
	case err != nil:
		os.Remove(path) // if it was made at all
		return err
	case former == nil && !keep:
		return os.Remove(path + replaced)
	default:
		return nil
	}
}
