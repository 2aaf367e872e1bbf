package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/peterh/liner"
	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

func (a *app) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Manage the users that may call this server, their groups and permissions",
		Long: `Manage the users that may call this server with name and password, their groups,
and what they may call.

They are in the database that [Store] URL names, else in the data folder. A running
server takes note of every change at once. Run the commands as the user that the
server runs as, or as root. Names count in any case.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.userAddCommand(), a.userPasswordCommand(), a.userChangeCommand(),
		a.userBlockCommand(), a.userUnblockCommand(), a.userHoursCommand(), a.userRemoveCommand(),
		a.userListCommand(), a.userShowCommand(), a.userGroupsCommand(), a.userGroupCommand(),
		a.userPermitCommand(), a.userDenyCommand(), a.userAuditCommand(),
	)
	return cmd
}

// withUsers runs do with the users of the configured store, and gives its error the exit
// code it stands for.
func (a *app) withUsers(cmd *cobra.Command, do func(ctx context.Context, u *auth.Users, by auth.Actor) error) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if err := prepareDataFolder(cfg.General.DataPath); err != nil {
		return err
	}
	ctx := cmd.Context()
	s, err := openStore(ctx, cfg)
	if err != nil {
		return credentialsError(err)
	}
	defer s.Close()
	u := auth.NewUsers(s, auth.UsersOptions{Policy: policyOf(cfg)})
	if _, err := u.Import(ctx, cfg.General.DataPath); err != nil {
		return credentialsError(err)
	}
	return credentialsError(do(ctx, u, actor()))
}

// actor is who runs the command, for the record.
func actor() auth.Actor {
	name := fmt.Sprintf("user %d", os.Getuid())
	if who, err := user.Current(); err == nil {
		name = who.Username
	}
	return auth.Actor{Name: name, From: "command line"}
}

// profileFlags are those of user add and user change.
type profileFlags struct {
	fullName, email string
	sessions        int
}

func (f *profileFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.fullName, "full-name", "", "`name` for people")
	cmd.Flags().StringVar(&f.email, "email", "", "e-mail `address`")
	cmd.Flags().IntVar(&f.sessions, "max-sessions", 0, "`number` of sessions at the same time; 0: as [Auth] MaxSessions says")
}

const passwordHelp = `. The password is asked for on the terminal, twice and without being
shown; where standard input is none, it is the first line of that.`

func (a *app) userAddCommand() *cobra.Command {
	var flags profileFlags
	var groups []string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a user",
		Long:  `Add a user` + passwordHelp,
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := auth.CheckName(args[0]); err != nil {
				return usageError(err)
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				password, err := a.readPassword(cmd.InOrStdin())
				if err != nil {
					return err
				}
				p := auth.Profile{FullName: flags.fullName, Email: flags.email, MaxSessions: flags.sessions}
				return u.Add(ctx, by, args[0], password, p, groups...)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().StringSliceVar(&groups, "group", nil, "`group` that the user is in; may be repeated")
	return cmd
}

func (a *app) userPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "passwd NAME",
		Short: "Give a user another password",
		Long:  `Give a user another password, which ends his sessions` + passwordHelp,
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				password, err := a.readPassword(cmd.InOrStdin())
				if err != nil {
					return err
				}
				return u.SetPassword(ctx, by, args[0], password)
			})
		},
	}
}

func (a *app) userChangeCommand() *cobra.Command {
	var flags profileFlags
	cmd := &cobra.Command{
		Use:   "change NAME",
		Short: "Change the full name, the e-mail address or the number of sessions of a user",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			set := cmd.Flags().Changed
			if !set("full-name") && !set("email") && !set("max-sessions") {
				return usageError(errors.New("nothing to change: give --full-name, --email or --max-sessions"))
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				return u.Change(ctx, by, args[0], func(p *auth.Profile) {
					if set("full-name") {
						p.FullName = flags.fullName
					}
					if set("email") {
						p.Email = flags.email
					}
					if set("max-sessions") {
						p.MaxSessions = flags.sessions
					}
				})
			})
		},
	}
	flags.add(cmd)
	return cmd
}

// simpleUserCommand is a command that needs a name.
func (a *app) simpleUserCommand(verb, short string, do func(*auth.Users, context.Context, auth.Actor, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error { return do(u, ctx, by, args[0]) })
		},
	}
}

func (a *app) userUnblockCommand() *cobra.Command {
	return a.simpleUserCommand("unblock", "Let a user in again, whether he was blocked or has shown too many wrong passwords", (*auth.Users).Unblock)
}

func (a *app) userRemoveCommand() *cobra.Command {
	return a.simpleUserCommand("remove", "Remove a user", (*auth.Users).Remove)
}

func (a *app) userHoursCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hours NAME HOURS",
		Short: "Set the times of the week at which a user may call",
		Long: `Set the times of the week at which a user may call, by the server's clock: days and
times, separated by commas, such as "mon-fri 08:00-18:00, sat 08:00-12:00" or
"daily 22:00-06:00". HOURS may be always.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 || args[0] == "" {
				return usageError(fmt.Errorf("%s takes a name and hours, but got %q", cmd.CommandPath(), args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			hours := strings.Join(args[1:], " ")
			if strings.EqualFold(hours, "always") {
				hours = ""
			}
			if _, err := auth.ParseHours(hours); err != nil {
				return usageError(err)
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				return u.Change(ctx, by, args[0], func(p *auth.Profile) { p.Hours = hours })
			})
		},
	}
}

// readPassword reads a password that the administrator chooses.
func (a *app) readPassword(in io.Reader) (string, error) {
	if _, err := liner.TerminalMode(); err != nil {
		return firstLine(in)
	}
	terminal := liner.NewLiner()
	defer terminal.Close()
	terminal.SetCtrlCAborts(true)
	password, err := terminal.PasswordPrompt("password: ")
	if err == nil {
		err = auth.CheckPassword(password)
	}
	if err != nil {
		return "", aborted(err)
	}
	again, err := terminal.PasswordPrompt("again: ")
	switch {
	case err != nil:
		return "", aborted(err)
	case again != password:
		return "", errors.New("the passwords differ: nothing was changed")
	}
	return password, nil
}

func aborted(err error) error {
	if errors.Is(err, liner.ErrPromptAborted) {
		return &exitError{code: exitInterrupted}
	}
	return err
}

// firstLine returns the first line of in, without its end.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, auth.MaxPassword+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	password := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	return password, auth.CheckPassword(password)
}
