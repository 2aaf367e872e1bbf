package main

import (
	"bufio"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/peterh/liner"
	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

func (a *app) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Add, block, list and remove the users that may call this server by password",
		Long: `Add, block, list and remove the users that may call this server with name and
password, if [RPC] Security names user.

A running server takes note of every change at once. Run the commands as the user
that the server runs as, or as root.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.passwordCommand("add", "Add a user", (*auth.Users).Add),
		a.passwordCommand("passwd", "Give a user another password", (*auth.Users).SetPassword),
		a.userChangeCommand("block", "Keep a user out", func(u *auth.Users, name string) error { return u.Block(name, true) }),
		a.userChangeCommand("unblock", "Let a user in again", func(u *auth.Users, name string) error { return u.Block(name, false) }),
		a.userChangeCommand("remove", "Remove a user", (*auth.Users).Remove),
		a.userListCommand(),
	)
	return cmd
}

// passwordCommand is a command that needs a name and a password.
func (a *app) passwordCommand(verb, short string, do func(u *auth.Users, name, password string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Long: short + `. The password is asked for on the terminal, twice and without being
shown; where standard input is none, it is the first line of that.`,
		Args: oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := auth.CheckName(args[0]); err != nil {
				return usageError(err)
			}
			users, err := a.users()
			if err != nil {
				return err
			}
			password, err := a.readPassword(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return credentialsError(do(users, args[0], password))
		},
	}
}

func (a *app) userChangeCommand(verb, short string, do func(u *auth.Users, name string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Args:  oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			users, err := a.users()
			if err != nil {
				return err
			}
			return credentialsError(do(users, args[0]))
		},
	}
}

// users are those of the configured data folder.
func (a *app) users() (*auth.Users, error) {
	folder, err := a.credentialsFolder()
	return auth.OpenUsers(filepath.Join(folder, auth.UsersFile)), err
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

func (a *app) userListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the users",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.listUsers(output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) listUsers(output string) error {
	users, err := a.users()
	if err != nil {
		return err
	}
	return printList(a, output, users.List, "NAME\tSTATE\tADDED\tPASSWORD OF", func(u auth.UserInfo) string {
		state := "may call"
		if u.Blocked {
			state = "blocked"
		}
		return u.Name + "\t" + state + "\t" + day(u.Created) + "\t" + day(u.Changed)
	})
}
