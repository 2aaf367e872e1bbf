package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

const (
	localService       = `NT AUTHORITY\LocalService`
	serviceUserHelp    = localService
	canCreateUser      = false
	serviceInstallHelp = `Have the service manager start this program with this configuration file. Windows
then restarts it if it crashes.

The service's user must be able to read the program and the configuration, and to
write to [General] DataPath. Set [General] ConsoleFile: a service has no console.`
)

func (a *app) installService(f *serviceFlags) error {
	path, err := a.findConfig()
	switch {
	case err != nil:
		return err
	case path == "":
		return &exitError{exitConfig, errors.New("there is no configuration file: name one with --config, or put appserver.ini beside the program")}
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	cfg, err := loadServiceConfig(path, "")
	if err != nil {
		return err
	}
	if err := cfg.Err(); err != nil {
		return &exitError{exitConfig, fmt.Errorf("%w\nappserver config check lists all findings", err)}
	}
	c := &service.Config{
		Name: f.name, DisplayName: cfg.General.ServerName, Description: "Application server for AdvPL programs",
		UserName: f.user, Arguments: []string{"serve", "--config", path},
		Option: service.KeyValue{service.OnFailure: service.OnFailureRestart, service.OnFailureDelayDuration: "2s", service.OnFailureResetPeriod: 3600},
	}
	if c.DisplayName == "" {
		c.DisplayName = f.name
	}
	if c.UserName == "" {
		c.UserName = localService
	}
	return a.registerService(c, f)
}

// registerService installs the service, and starts it if that is asked for.
func (a *app) registerService(c *service.Config, f *serviceFlags) error {
	m, err := newManager(c)
	if err != nil {
		return err
	}
	if _, err := m.Status(); !errors.Is(err, service.ErrNotInstalled) && err == nil {
		if !f.force {
			return fmt.Errorf("there is a service %s: choose another --name, or replace it with --force", c.Name)
		}
		if err := stopAndUninstall(m); err != nil {
			return asAdministrator(err)
		}
	}
	if err := m.Install(); err != nil {
		return asAdministrator(err)
	}
	fmt.Fprintf(a.stdout, "service %s is installed as user %s: the machine will start it\n", c.Name, c.UserName)
	if !f.start {
		_, err := fmt.Fprintf(a.stdout, "next: sc start %s\n", c.Name)
		return err
	}
	if err := m.Start(); err != nil {
		return fmt.Errorf("the service is installed, but does not start: %w; the event log says why", err)
	}
	return nil
}

// stopAndUninstall stops the service, which waits for its end, and removes it.
func stopAndUninstall(m manager) error {
	switch state, err := m.Status(); {
	case err != nil:
		return err
	case state == service.StatusRunning:
		if err := m.Stop(); err != nil {
			return err
		}
	}
	return m.Uninstall()
}

// asAdministrator says what to do about an access that was denied.
func asAdministrator(err error) error {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return &exitError{exitForbidden, fmt.Errorf("only administrators can change services: %w; open the terminal with \"Run as administrator\"", err)}
	}
	return err
}

func (a *app) removeService(f *serviceFlags) error {
	m, err := newManager(&service.Config{Name: f.name})
	if err != nil {
		return err
	}
	if err := stopAndUninstall(m); err != nil {
		return asAdministrator(fmt.Errorf("service %s: %w", f.name, err))
	}
	_, err = fmt.Fprintf(a.stdout, "stopped and removed service %s\nleft: data, configuration and logs\n", f.name)
	return err
}

func (a *app) showService(f *serviceFlags) error {
	m, err := newManager(&service.Config{Name: f.name})
	if err != nil {
		return err
	}
	state, err := m.Status()
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		return a.tellService(f.name, "not installed", "", false)
	case err != nil:
		return err
	case state != service.StatusRunning:
		return a.tellService(f.name, "stopped", "", false)
	}
	dataPath := ""
	if cfg, err := a.loadConfig(); err == nil {
		dataPath = cfg.General.DataPath
	}
	return a.tellService(f.name, "running", dataPath, true)
}

// runAsService runs the server under the service manager of Windows, and reports
// whether that has started this process. It returns when the server has ended;
// run is to end it when stop is closed.
//
// It uses the service manager's interface itself, since a stop may take longer
// than the manager waits without being told that something goes on, and since a
// server that fails must not be left as a running service.
func runAsService(run func(stop <-chan struct{}) error) (handled bool, err error) {
	if handled, err = svc.IsWindowsService(); err != nil || !handled {
		return false, err
	}
	s := &windowsService{run: run}
	if err := svc.Run(defaultService, s); err != nil {
		return true, fmt.Errorf("the service manager: %w", err)
	}
	return true, s.err
}

// windowsService is what the service manager runs.
type windowsService struct {
	run func(stop <-chan struct{}) error
	err error // of run
}

// A stop tells the service manager this often that it goes on, and how long the
// manager may wait for the next time.
const (
	stopTick = time.Second
	stopHint = 10 * time.Second
)

// Execute is called by the service manager; see svc.Handler.
func (s *windowsService) Execute(args []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (specific bool, code uint32) {
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.run(stop) }()
	status := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	changes <- status
	var tick <-chan time.Time
	for {
		select {
		case s.err = <-ended:
			code = s.exitCode(args[0])
			return code != 0, code
		case request := <-requests:
			switch {
			case request.Cmd == svc.Interrogate:
				changes <- status
			case (request.Cmd == svc.Stop || request.Cmd == svc.Shutdown) && status.State == svc.Running:
				status = svc.Status{State: svc.StopPending, WaitHint: uint32(stopHint.Milliseconds())}
				changes <- status
				ticker := time.NewTicker(stopTick)
				defer ticker.Stop()
				tick = ticker.C
				close(stop)
			}
		case <-tick:
			status.CheckPoint++
			changes <- status
		}
	}
}

// exitCode is what the service manager is told of the end. An error goes to the
// event log. The service manager restarts only what ends without telling it, so
// that is what happens on an error that another start may not have: not with a
// configuration or a command line that cannot be used.
func (s *windowsService) exitCode(name string) uint32 {
	if s.err == nil {
		return exitOK
	}
	exit := &exitError{code: exitFailed, err: s.err}
	errors.As(s.err, &exit)
	if log, err := eventlog.Open(name); err == nil {
		log.Error(uint32(exit.code), s.err.Error())
		log.Close()
	}
	if exit.code != exitConfig && exit.code != exitUsage {
		os.Exit(exit.code)
	}
	return uint32(exit.code)
}
