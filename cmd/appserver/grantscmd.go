package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Show and end sessions of users of HTTP APIs, and change the key that signs tokens",
		Long: `Show and end the sessions of users who have signed in for tokens at HTTP APIs, and
change the key that signs access tokens. Tokens of other servers are another matter:
see appserver rpc token.

A running server takes note of every change within a second. Run the commands as the
user that the server runs as, or as root.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenListCommand(), a.tokenRevokeCommand(), a.tokenKeysCommand(), a.tokenRotateCommand())
	return cmd
}

// withGrants runs do with the sessions of the configured store, and gives its error the exit
// code it stands for.
func (a *app) withGrants(cmd *cobra.Command, do func(ctx context.Context, g *auth.Grants) error) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if err := prepareDataFolder(cfg.General.DataPath); err != nil {
		return err
	}
	s, err := openStore(cmd.Context(), cfg)
	if err != nil {
		return credentialsError(err)
	}
	defer s.Close()
	g := auth.NewGrants(auth.GrantOptions{
		Store: s, Keys: auth.OpenKeys(cfg.General.DataPath), Users: auth.NewUsers(s, auth.UsersOptions{Policy: policyOf(cfg)}),
		GrantTimes: grantTimes(cfg),
	})
	return credentialsError(do(cmd.Context(), g))
}

func (a *app) tokenListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list [USER]",
		Short: "List the sessions of all users, or of one",
		Long: `List the sessions of users who have signed in for tokens, or of one user: those used
last come first, 10,000 at most. The id of a session is not a token.`,
		Args: atMostOneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			user := ""
			if len(args) > 0 {
				user = args[0]
			}
			return a.withGrants(cmd, func(ctx context.Context, g *auth.Grants) error {
				list := func() ([]auth.SessionInfo, error) { return g.Sessions(ctx, user) }
				return printList(a, output, list, "SESSION\tUSER\tFROM\tBEGAN\tUSED\tENDS", func(s auth.SessionInfo) string {
					return s.ID + "\t" + cellText(s.User) + "\t" + s.From + "\t" + clockTime(s.Began) + "\t" + clockTime(s.Used) + "\t" + clockTime(s.Expires)
				})
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// atMostOneName takes one argument, a name, or none.
func atMostOneName(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return oneName(cmd, args)
}

// revokeFlags are those of token revoke.
type revokeFlags struct {
	user string
	all  bool
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	var f revokeFlags
	cmd := &cobra.Command{
		Use:   "revoke SESSION...",
		Short: "End sessions: their tokens do not count any more",
		Long: `End sessions: neither their refresh tokens nor their access tokens count any more.
appserver token list shows the ids of sessions; --user ends all of a user, and --all
those of everybody. Who signs in again gets new tokens; appserver user block keeps a
user out.

The exit code is 1 if there is no such session or user.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd, args); err != nil {
				return err
			}
			return a.withGrants(cmd, func(ctx context.Context, g *auth.Grants) error { return a.revoke(ctx, g, f, args) })
		},
	}
	cmd.Flags().StringVar(&f.user, "user", "", "end all sessions of the user with this `name`")
	cmd.Flags().BoolVar(&f.all, "all", false, "end the sessions of all users")
	return cmd
}

// check returns why the command makes no sense, or nil: one of three ways to say which
// sessions is needed.
func (f *revokeFlags) check(cmd *cobra.Command, args []string) error {
	ways := 0
	for _, used := range []bool{len(args) > 0, f.user != "", f.all} {
		if used {
			ways++
		}
	}
	if ways != 1 {
		return usageError(fmt.Errorf("%s takes the ids of sessions, or --user NAME, or --all", cmd.CommandPath()))
	}
	return nil
}

func (a *app) revoke(ctx context.Context, g *auth.Grants, f revokeFlags, ids []string) error {
	if len(ids) == 0 {
		n, err := g.EndAll(ctx, actor(), f.user)
		if err == nil {
			fmt.Fprintf(a.stdout, "sessions ended: %d\n", n)
		}
		return err
	}
	var faults []error
	for _, id := range ids {
		if err := g.End(ctx, actor(), id); err != nil {
			faults = append(faults, err)
			continue
		}
		fmt.Fprintf(a.stdout, "session %s has ended\n", id)
	}
	return errors.Join(faults...)
}

func (a *app) tokenKeysCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the keys that sign access tokens, but not what they are",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			keys, err := a.signingKeys()
			if err != nil {
				return err
			}
			return printList(a, output, keys.List, "KEY\tMADE\tSTATE", func(k auth.KeyInfo) string {
				state := "signs"
				if !k.Until.IsZero() {
					state = "verifies until " + clockTime(k.Until)
				}
				return k.ID + "\t" + clockTime(k.Created) + "\t" + state
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// signingKeys returns the keys in the configured data folder.
func (a *app) signingKeys() (*auth.Keys, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	return auth.OpenKeys(cfg.General.DataPath), prepareDataFolder(cfg.General.DataPath)
}

func (a *app) tokenRotateCommand() *cobra.Command {
	var drop bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Sign access tokens with a new key from now on",
		Long: `Make a new key, with which access tokens are signed from now on. Tokens of the key
before it count until they end. A server does so by itself when the key is older than
[Auth] KeyDays.

If somebody may have read the file of keys, --drop lets no access token count that was
made before by servers with this data folder. Sessions go on: clients get new access tokens with their refresh tokens,
which no key has signed.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withGrants(cmd, func(ctx context.Context, g *auth.Grants) error {
				id, err := g.Rotate(ctx, drop)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.stdout, "key %s signs from now on\n", id)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&drop, "drop", false, "let no access token count that was made before")
	return cmd
}
