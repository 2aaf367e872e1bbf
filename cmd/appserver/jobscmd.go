package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

func (a *app) jobsCommand() *cobra.Command {
	cmd := a.jobsListCommand()
	cmd.Use = "jobs"
	cmd.Short = "Show, restart and stop the jobs of the running server"
	cmd.AddCommand(
		a.jobsListCommand(),
		a.jobsVerbCommand("restart", "Have a job begin anew",
			`End a job and begin it anew, or begin one that has ended or was stopped. Workers of a
pool finish the call that they are in.`, "begins anew", (*monitor.AdminClient).RestartJob),
		a.jobsVerbCommand("stop", "Stop a job",
			`End a job, and do not begin it again until appserver jobs restart or the next start of
the server.`, "was stopped", (*monitor.AdminClient).StopJob),
	)
	return cmd
}

func (a *app) jobsListCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the jobs and the pools of workers",
		Long: `List the jobs of [OnStart], what became of them, and the pools of workers in the server
that uses the configured data folder. [TDS] AllowMonitor can forbid it.

The exit code is 4 if no server runs there, 5 if it is not permitted.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return listFor(a, l, work, a.printWork) },
	}
	l.flags(cmd)
	return cmd
}

// jobsAndPools is what jobs list shows.
type jobsAndPools struct {
	Jobs  []monitor.Job  `json:"jobs"`
	Pools []monitor.Pool `json:"pools"`
}

func work(c *monitor.AdminClient, ctx context.Context) (both jobsAndPools, err error) {
	if both.Jobs, err = c.Jobs(ctx); err != nil {
		return both, err
	}
	both.Pools, err = c.Pools(ctx)
	return both, err
}

func (a *app) printWork(both jobsAndPools) error {
	if err := a.printJobs(both.Jobs); err != nil || len(both.Pools) == 0 {
		return err
	}
	fmt.Fprintln(a.stdout)
	var rows [][]string
	for _, p := range both.Pools {
		rows = append(rows, []string{p.Name, p.Environment, fmt.Sprintf("%d of %d-%d", p.Workers, p.Min, p.Max), strconv.Itoa(p.Busy), strconv.Itoa(p.Queue),
			humanCount(float64(p.Calls)), humanCount(float64(p.Failed)), humanCount(float64(p.Refused)), humanCount(float64(p.Crashes)), clock(p.Next), p.LastError})
	}
	return a.table("POOL ENVIRONMENT WORKERS BUSY QUEUE CALLS FAILED REFUSED CRASHES NEXT ERROR", rows)
}

func (a *app) printJobs(jobs []monitor.Job) error {
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no jobs: [OnStart] Jobs names none that can be run, or [General] CanRunJobs is 0")
		return err
	}
	var rows [][]string
	for _, j := range jobs {
		rows = append(rows, []string{j.Name, strconv.Itoa(j.Instance), j.State, j.Environment, j.Function, since(j.Since), number(j.Thread),
			humanCount(float64(j.Starts)), humanCount(float64(j.Crashes)), clock(j.Next), j.LastError})
	}
	return a.table("JOB INSTANCE STATE ENVIRONMENT FUNCTION FOR THREAD STARTS CRASHES NEXT ERROR", rows)
}

func (a *app) jobsVerbCommand(verb, short, long, done string, do func(*monitor.AdminClient, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Long: long + ` NAME is that of its section. [TDS] EnableDisconnectUser can
forbid it.

The exit code is 1 if there is no such job, 4 if no server runs there, 5 if it is not
permitted.`,
		Args:              oneName,
		ValidArgsFunction: a.completeJobs,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
				if err := do(c, ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.stdout, "job %s %s\n", args[0], done)
				return err
			})
		},
	}
}

// completeJobs completes the name of a job.
func (a *app) completeJobs(_ *cobra.Command, args []string, _ string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	_ = a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
		jobs, err := c.Jobs(ctx)
		for _, j := range jobs {
			found = append(found, cobra.CompletionWithDesc(j.Name, j.State))
		}
		return err
	})
	return found, cobra.ShellCompDirectiveNoFileComp
}
