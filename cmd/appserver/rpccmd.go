package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

func (a *app) rpcCommand() *cobra.Command {
	cmd := a.rpcListCommand()
	cmd.Use = "rpc"
	cmd.Short = "Administer the calls that others make of this server's programs"
	cmd.AddCommand(a.rpcListCommand(), a.rpcKillCommand(), a.rpcTokenCommand())
	return cmd
}

func (a *app) rpcListCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the clients of remote calls",
		Long: `List the clients of remote calls in the server that uses the configured data folder:
where they are, who they are, what they call. [TDS] AllowMonitor can forbid it.

The exit code is 4 if no server runs there, 5 if it is not permitted.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return listFor(a, l, (*monitor.AdminClient).Sessions, a.printSessions)
		},
	}
	l.flags(cmd)
	return cmd
}

func (a *app) printSessions(sessions []monitor.RPCSession) error {
	if len(sessions) == 0 {
		_, err := a.stdout.Write([]byte("no remote calls\n"))
		return err
	}
	var rows [][]string
	for _, s := range sessions {
		rows = append(rows, []string{strconv.FormatInt(s.ID, 10), s.Peer, s.User, s.Environment, s.Function, humanCount(float64(s.Calls)), since(&s.Since)})
	}
	return a.table("ID PEER USER ENVIRONMENT FUNCTION CALLS FOR", rows)
}

func (a *app) rpcKillCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kill ID...",
		Short: "End clients of remote calls",
		Long: `End clients of remote calls with their threads, by the numbers that appserver rpc lists;
they get an error that says so. [TDS] EnableDisconnectUser can forbid it.

The exit code is 1 if one of them does not exist, 4 if no server runs there, 5 if it is
not permitted.`,
		Args: func(cmd *cobra.Command, args []string) error {
			_, err := threadNumbers(cmd, args)
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := threadNumbers(cmd, args)
			if err != nil {
				return err
			}
			return a.killing(ids, "session", (*monitor.AdminClient).KillSession)
		},
	}
}
