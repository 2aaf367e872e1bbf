package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/monitor"
)

// defaultService is the name of the service, and of its user where there is one
// of its own.
const defaultService = "appserver"

// serviceFlags are those of the service commands.
type serviceFlags struct {
	name       string
	user       string // "": the platform's default
	createUser bool
	force      bool
	start      bool
}

func (a *app) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Install, remove or show the server as a service of this machine",
		Long: `Install, remove or show the server as a service of this machine: with systemd, or
the service manager of Windows. Whoever installed a package has the service
already, and needs systemctl only.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var f serviceFlags
	cmd.PersistentFlags().StringVar(&f.name, "name", defaultService, "`name` of the service; several servers on one machine need several")
	cmd.AddCommand(a.serviceInstallCommand(&f), a.serviceRemoveCommand(&f), a.serviceStatusCommand(&f))
	cmd.PersistentPreRunE = func(*cobra.Command, []string) error { return a.checkServiceFlags(&f) }
	return cmd
}

func (a *app) serviceInstallCommand(f *serviceFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Have this machine start the server with this configuration",
		Long:  serviceInstallHelp,
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.installService(f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "run as this `user`; default: "+serviceUserHelp)
	flags.BoolVar(&f.start, "now", false, "start it, too")
	flags.BoolVar(&f.force, "force", false, "replace a service of that name that something else has set up")
	if canCreateUser {
		flags.BoolVar(&f.createUser, "create-user", false, "create the user if there is none")
	}
	return cmd
}

func (a *app) serviceRemoveCommand(f *serviceFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Stop the service, and have this machine not start it any more",
		Long: `Stop the service in order, and have this machine not start it any more. Data,
configuration, logs and the user stay.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.removeService(f) },
	}
	cmd.Flags().BoolVar(&f.force, "force", false, "also if something else has set it up")
	return cmd
}

func (a *app) serviceStatusCommand(f *serviceFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether the service is installed and runs",
		Long: `Show whether the service is installed and runs, and what the server says of
itself; appserver status says more.

The exit code is 4 if it does not run.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.showService(f) },
	}
}

// serviceNames matches names that need no quoting, and that no other program
// takes for something else.
var serviceNames = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func (a *app) checkServiceFlags(f *serviceFlags) error {
	switch {
	case !serviceNames.MatchString(f.name):
		return usageError(fmt.Errorf("--name %q: letters, digits, _ and - are possible, a letter first", f.name))
	case len(a.set) > 0:
		return usageError(errors.New("--set is not kept by a service: write the setting into the configuration file"))
	}
	return nil
}

// manager is what is needed of a service.Service.
type manager interface {
	Install() error
	Uninstall() error
	Start() error
	Stop() error
	Status() (service.Status, error)
}

// idle is the part of a service that its own process would run; the commands
// here run in another one.
type idle struct{}

func (idle) Start(service.Service) error { return nil }
func (idle) Stop(service.Service) error  { return nil }

func newManager(c *service.Config) (manager, error) { return service.New(idle{}, c) }

// loadServiceConfig loads the configuration as the service will: without this
// shell's variables.
func loadServiceConfig(path, stateFolder string) (*config.Config, error) {
	cfg, err := config.Load(config.Options{Path: path, StateDirectory: stateFolder})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return cfg, nil
}

// tellService prints the state of the service and of the server in it, which uses
// this data folder; "" if that is not known.
func (a *app) tellService(name, state, dataPath string, running bool) error {
	fmt.Fprintf(a.stdout, "service %s: %s\n", name, state)
	if !running {
		return &exitError{code: exitUnreachable}
	}
	if dataPath == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	s, err := monitor.NewAdminClient(dataPath).Status(ctx)
	if err != nil {
		_, err = fmt.Fprintf(a.stdout, "server: does not answer: %v\n", err)
		return err
	}
	_, err = fmt.Fprintln(a.stdout, "server: "+serverLine(s))
	return err
}

// serverLine is the state of a server on one line.
func serverLine(s monitor.Status) string {
	state := "ready"
	if !s.Ready {
		state = "not ready: " + s.Reason
	}
	return fmt.Sprintf("version %s, process %d, %s, up %s, %s open", s.Version, s.PID, state,
		time.Duration(s.UptimeSeconds)*time.Second, plural(openConnections(s), "connection"))
}

func openConnections(s monitor.Status) (n int) {
	for _, open := range s.Connections.Open {
		n += int(open)
	}
	return n
}
