package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

// threadFilter says which threads are listed; "" is any.
type threadFilter struct{ kind, env, user string }

func (f threadFilter) admits(t monitor.Thread) bool {
	return is(f.kind, t.Kind) && is(f.env, t.Environment) && is(f.user, t.User)
}

// check refuses a kind that no thread has.
func (f threadFilter) check() error {
	if f.kind == "" || slices.ContainsFunc(threadKinds(), func(kind string) bool { return is(f.kind, kind) }) {
		return nil
	}
	return usageError(fmt.Errorf("--kind is %q; %s are possible", f.kind, strings.Join(threadKinds(), ", ")))
}

// is reports whether text is what is wanted, in any case; "" is anything.
func is(wanted, text string) bool { return wanted == "" || strings.EqualFold(wanted, text) }

func (a *app) threadsCommand() *cobra.Command {
	cmd := a.threadsListCommand()
	cmd.Use = "threads"
	cmd.Short = "Show, end and talk to the threads of the running server's programs"
	cmd.AddCommand(a.threadsListCommand(), a.threadsKillCommand(), a.threadsMessageCommand())
	return cmd
}

func (a *app) threadsListCommand() *cobra.Command {
	var l listing
	var f threadFilter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the threads",
		Long: `List the threads of programs in the server that uses the configured data folder,
asked over its administration socket: what kind they are, whose, what they run, since
when, and what they take. [TDS] AllowMonitor can forbid it.

States: idle between two calls, running, waiting for its turn to compute, blocked in
a wait or for a peer, ending when it was told to, abandoned if it then did not.

The exit code is 4 if no server runs there, 5 if it is not permitted.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return listFor(a, l, func(c *monitor.AdminClient, ctx context.Context) ([]monitor.Thread, error) {
				return f.threads(ctx, c)
			}, a.printThreads)
		},
	}
	l.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "only threads of this `kind`: JOB, RPC, WEB, REST or SmartClient")
	flags.StringVar(&f.env, "env", "", "only those of this `environment`")
	flags.StringVar(&f.user, "user", "", "only those of this `user`")
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(threadKinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// threads asks for the threads that f admits.
func (f threadFilter) threads(ctx context.Context, c *monitor.AdminClient) ([]monitor.Thread, error) {
	all, err := c.Threads(ctx)
	some := []monitor.Thread{}
	for _, t := range all {
		if f.admits(t) {
			some = append(some, t)
		}
	}
	return some, err
}

func (a *app) printThreads(threads []monitor.Thread) error {
	if len(threads) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no threads")
		return err
	}
	var rows [][]string
	for _, t := range threads {
		rows = append(rows, []string{
			strconv.FormatInt(t.ID, 10), t.Kind, t.State, t.User, t.Machine, t.Environment, t.Function,
			humanTime(t.ActiveSeconds), humanTime(t.IdleSeconds), humanCount(float64(t.Steps)), humanCount(t.StepsPerSecond), humanSize(t.Memory), t.Remark,
		})
	}
	return a.table("ID KIND STATE USER MACHINE ENVIRONMENT FUNCTION ACTIVE IDLE STEPS STEPS/S MEMORY REMARK", rows)
}

func (a *app) threadsKillCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kill ID...",
		Short: "End threads",
		Long: `Tell threads to end, by the numbers that appserver threads lists. They give back
what they hold; whoever waits for their answer gets an error. The command does not wait
for the end. [TDS] EnableDisconnectUser can forbid it.

The exit code is 1 if one of them does not exist, 4 if no server runs there, 5 if it is
not permitted.`,
		Args: func(cmd *cobra.Command, args []string) error {
			_, err := threadNumbers(cmd, args)
			return err
		},
		ValidArgsFunction: a.completeThreads,
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := threadNumbers(cmd, args)
			if err != nil {
				return err
			}
			return a.killing(ids, "thread", (*monitor.AdminClient).KillThread)
		},
	}
}

// completeThreads completes the number of a thread.
func (a *app) completeThreads(*cobra.Command, []string, string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	_ = a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
		threads, err := c.Threads(ctx)
		for _, t := range threads {
			found = append(found, cobra.CompletionWithDesc(strconv.FormatInt(t.ID, 10), cellText(t.Kind+" "+t.Function)))
		}
		return err
	})
	return found, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) threadsMessageCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "message ID TEXT",
		Short: "Send a message to the user of a thread",
		Long: fmt.Sprintf(`Send a message of up to %d bytes to the user of a thread. A thread without a screen
shows it as its remark, and in the server's log. [TDS] EnableSendMessage can forbid it.

The exit code is 1 if there is no such thread, 4 if no server runs there, 5 if it is
not permitted.`, monitor.MaxMessage),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError(fmt.Errorf("%s needs the number of a thread and a text", cmd.CommandPath()))
			}
			if !utf8.ValidString(strings.Join(args[1:], " ")) {
				return usageError(errors.New("the text of the message is not UTF-8"))
			}
			_, err := threadNumbers(cmd, args[:1])
			return err
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, part string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeThreads(cmd, args, part)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := threadNumbers(cmd, args[:1])
			if err != nil {
				return err
			}
			return a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
				if err := c.MessageThread(ctx, ids[0], strings.Join(args[1:], " ")); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.stdout, "thread %d has the message\n", ids[0])
				return err
			})
		},
	}
}
