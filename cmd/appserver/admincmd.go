package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

// adminTimeout bounds one question to a running server, but not a reload.
const adminTimeout = 10 * time.Second

// asking runs ask with a client of the server that uses the configured data
// folder, until the timeout; 0 leaves that to the client.
func (a *app) asking(timeout time.Duration, ask func(context.Context, *monitor.AdminClient) error) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	ctx := context.Background()
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	return adminError(ask(ctx, monitor.NewAdminClient(cfg.General.DataPath)))
}

// adminError gives err the exit code it stands for.
func adminError(err error) error {
	var refused *monitor.ReloadError
	var answer *monitor.AnswerError
	switch {
	case errors.Is(err, monitor.ErrNotRunning):
		return &exitError{exitUnreachable, fmt.Errorf("%w\nif [General] DataPath was changed since its start, name the old one: --set General.DataPath=FOLDER", err)}
	case errors.Is(err, monitor.ErrNotPermitted):
		return &exitError{exitForbidden, err}
	case errors.As(err, &refused):
		return &exitError{exitConfig, err}
	case errors.As(err, &answer) && answer.Status == http.StatusForbidden:
		return &exitError{exitForbidden, err}
	}
	return err
}

func (a *app) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "Have the running server finish what it does and end",
		Long: `Have the server that uses the configured data folder finish what it does and end,
as SIGTERM would; the command does not wait for that. Only the server's own user
(and root) may ask.

The exit code is 4 if no server runs there.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
				if err := c.Shutdown(ctx); err != nil {
					return err
				}
				_, err := fmt.Fprintln(a.stdout, "the server stops")
				return err
			})
		},
	}
}

func (a *app) reloadCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have the running server read its configuration and certificates again",
		Long: `Have the server that uses the configured data folder read its configuration file
and certificates again, as SIGHUP would, and say what changed. Connections that
exist go on. The new configuration is checked as a whole before any of it is used:
if something is wrong, the old one stays, and every fault is listed.

Some keys, such as ports, take effect at the next start only; those that differ are
listed. The server's environment and command line stay what they were.

The exit code is 3 if the new configuration was refused, 4 if no server runs there.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.reload(output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) reload(output string) error {
	return show(a, 0, output, (*monitor.AdminClient).Reload, a.printReload)
}

// show asks the server that uses the configured data folder and prints its answer:
// as JSON if output says so, else with print.
func show[T any](a *app, timeout time.Duration, output string, ask func(*monitor.AdminClient, context.Context) (T, error), print func(T) error) error {
	inJSON, err := wantsJSON(output)
	if err != nil {
		return err
	}
	return a.asking(timeout, func(ctx context.Context, c *monitor.AdminClient) error {
		answer, err := ask(c, ctx)
		switch {
		case err != nil:
			return err
		case inJSON:
			return a.printJSON(answer)
		default:
			return print(answer)
		}
	})
}

func (a *app) printReload(r monitor.Reload) error {
	for _, w := range r.Warnings {
		fmt.Fprintln(a.stdout, w)
	}
	a.printChanges("changed:", r.Changed)
	a.printChanges("changed in the file, but in effect only after a restart:", r.Restart)
	if r.Programs != nil {
		fmt.Fprintln(a.stdout, programSummary(r.Programs))
	}
	_, err := fmt.Fprintf(a.stdout, "reloaded: %s in effect, %s after a restart, certificates read again\n",
		plural(len(r.Changed), "change"), plural(len(r.Restart), "change"))
	return err
}

func (a *app) printChanges(title string, changes []monitor.Change) {
	if len(changes) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, title)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, c := range changes {
		fmt.Fprintf(w, "  [%s] %s\t%s -> %s\n", c.Section, c.Key, cmp.Or(c.Old, emptyValue), cmp.Or(c.New, emptyValue))
	}
	w.Flush()
}

// emptyValue stands for a value that is empty.
const emptyValue = "(empty)"

func (a *app) logLevelCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "log-level [debug|info|warn|error]",
		Short: "Show or change the log level of the running server",
		Long: `Show the log level of the server that uses the configured data folder, or change it
until the next reload or start; [General] LogLevel sets it for good.

The exit code is 4 if no server runs there.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && !slices.Contains(cmd.ValidArgs, strings.ToLower(args[0])) {
				return usageError(fmt.Errorf("%s takes one level (%s), but got %s",
					cmd.CommandPath(), strings.Join(cmd.ValidArgs, ", "), strings.Join(args, " ")))
			}
			return nil
		},
		ValidArgs: []cobra.Completion{"debug", "info", "warn", "error"},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
				if len(args) == 1 {
					return c.SetLogLevel(ctx, strings.ToLower(args[0]))
				}
				level, err := c.LogLevel(ctx)
				if err == nil {
					_, err = fmt.Fprintln(a.stdout, level)
				}
				return err
			})
		},
	}
}
