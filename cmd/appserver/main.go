// Command appserver is an application server for AdvPL programs behind one port.
//
// It is usually run by a service manager; appserver help lists its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes, as the manual lists them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitUnreachable = 4
	exitForbidden   = 5
	exitCompile     = 7
	exitInterrupted = 130
)

// exitError is an error with the exit code it stands for. An empty text means
// that everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// run is the whole program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	err := execute(&app{stdout: stdout, stderr: stderr}, args)
	if err == nil {
		return exitOK
	}
	exit := &exitError{code: exitFailed, err: err}
	errors.As(err, &exit)
	if text := err.Error(); text != "" {
		fmt.Fprintf(stderr, "appserver: %s\n", text)
	}
	return exit.code
}

func execute(a *app, args []string) error {
	args, err := modernArgs(args)
	if err != nil {
		return err
	}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	return root.ExecuteContext(context.Background())
}

// app is what all commands share.
type app struct {
	stdout, stderr io.Writer

	configPath string   // --config
	set        []string // --set
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "appserver",
		Short: "Application server for AdvPL programs: every protocol on one TLS port",
		Long: `appserver serves SmartClient, browsers, REST clients and RPC on one TLS port.

Without a command it serves. It reads appserver.ini from --config, else from
$APPSERVER_CONFIG, else from the current folder, else from the program's folder,
else from /etc/appserver; without any it uses built-in defaults: port 5012 with a
certificate for localhost.

Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 server unreachable,
5 not permitted, 7 a source does not compile, 130 interrupted.

The original product's spellings -ini=FILE, -console, -daemon, -install, -remove,
-version, -compile and -run are understood.`,
		Version:       programVersion(),
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(*cobra.Command, []string) error { return a.run() },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.configPath, "config", "c", "", "configuration `file`")
	flags.StringArrayVar(&a.set, "set", nil, "override a `Section.Key=value` of the configuration; may be repeated")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError(err) })
	root.AddCommand(
		a.serveCommand(), a.compileCommand(), a.runCommand(), a.testCommand(), a.evalCommand(), a.libCommand(),
		a.configCommand(), a.certsCommand(), a.userCommand(), a.tokenCommand(), a.rpcCommand(), a.restCommand(), a.serviceCommand(),
		a.statusCommand(), a.threadsCommand(), a.jobsCommand(), a.licensesCommand(), a.reloadCommand(), a.logLevelCommand(), a.stopCommand(),
		a.backupCommand(), a.restoreCommand(), a.versionCommand(), a.manCommand(),
	)
	return root
}

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve until SIGINT or SIGTERM (the default command)",
		Long: `Serve until SIGINT or SIGTERM.

The first signal stops accepting and finishes what has begun, for at most
[MPP] DrainTimeout seconds; a second one ends the program at once. SIGHUP has it
reload, as appserver reload does.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.run() },
	}
}

// run serves, under the service manager of Windows if that started the program.
func (a *app) run() error {
	handled, err := runAsService(a.serve)
	if handled {
		return err
	}
	return a.serve(nil)
}

// noArgs refuses arguments with a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return usageError(fmt.Errorf("there is no command %q; see %s help", args[0], cmd.CommandPath()))
	}
	return usageError(fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), args[0]))
}

func usageError(err error) error { return &exitError{exitUsage, err} }
