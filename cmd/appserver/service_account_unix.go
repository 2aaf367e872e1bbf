//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"appserver/deploy"
)

// account is a user of the machine.
type account struct {
	uid, gid uint32
	groups   []uint32
}

// account finds the unit's user, and creates it first if that is asked for.
func (h *systemdHost) account(u unit, create bool) (account, error) {
	if !userNames.MatchString(u.User) {
		return account{}, usageError(fmt.Errorf("--user %q is no name of a user", u.User))
	}
	who, err := h.lookUp(u.User)
	if err == nil {
		return who, nil
	}
	if !create {
		return who, fmt.Errorf("there is no user %s (%w): add --create-user, or name one with --user", u.User, err)
	}
	if err := h.createUser(u); err != nil {
		return who, fmt.Errorf("creating user %s: %w", u.User, err)
	}
	h.say("created user %s", u.User)
	return h.lookUp(u.User)
}

// lookUp asks id(1), since users may come from a directory that only the
// system's C library knows.
func (h *systemdHost) lookUp(user string) (account, error) {
	uid, err := h.ids("-u", user)
	if err != nil {
		return account{}, err
	}
	gid, err := h.ids("-g", user)
	if err != nil {
		return account{}, err
	}
	groups, err := h.ids("-G", user)
	return account{uid: uid[0], gid: gid[0], groups: groups}, err
}

// ids returns the numbers that id prints, at least one.
func (h *systemdHost) ids(flag, user string) (ids []uint32, err error) {
	out, err := h.output(exec.Command("id", flag, user))
	if err != nil {
		return nil, fmt.Errorf("id %s %s: %w", flag, user, err)
	}
	for _, word := range strings.Fields(out) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("id %s %s: %w", flag, user, err)
		}
		ids = append(ids, uint32(n))
	}
	if ids == nil {
		return nil, fmt.Errorf("id %s %s prints nothing", flag, user)
	}
	return ids, nil
}

// createUser creates the unit's user with the system's own means: a line for
// systemd-sysusers, which an image can be made from, else useradd.
func (h *systemdHost) createUser(u unit) error {
	sysusers, err := exec.LookPath("systemd-sysusers")
	if err != nil {
		return h.do(exec.Command("useradd", "--system", "--user-group", "--no-create-home",
			"--home-dir", u.stateFolder(), "--shell", "/usr/sbin/nologin", "--comment", "Application server", u.User))
	}
	folder := h.path("/etc/sysusers.d")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	path := folder + "/" + u.Name + ".conf"
	text := strings.NewReplacer("u appserver ", "u "+u.User+" ", "/var/lib/appserver", u.stateFolder()).Replace(deploy.Sysusers())
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	return h.do(exec.Command(sysusers, path))
}

// do runs a command; its output is in the error.
func (h *systemdHost) do(command *exec.Cmd) error {
	if out, err := h.output(command); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, out)
	}
	return nil
}

// tryConfig has this program check the configuration as the unit's user, so that
// files which that user cannot read are found before the service does.
func (h *systemdHost) tryConfig(u unit, who account) error {
	check := exec.Command(u.Program, "config", "check", "--min", "error", "--config", u.Config)
	check.Dir = "/"
	check.Env = []string{"PATH=/usr/sbin:/usr/bin", "STATE_DIRECTORY=" + u.stateFolder()}
	check.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: who.groups}}
	out, err := h.output(check)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return &exitError{exitConfig, fmt.Errorf("as user %s, the configuration cannot be used:\n%s", u.User, out)}
	default:
		return fmt.Errorf("user %s cannot run the program: %w", u.User, err)
	}
}
