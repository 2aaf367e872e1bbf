package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

func (a *app) rpcTokenCommand() *cobra.Command {
	var options tokenFlags
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and remove the tokens with which others call this server",
		Long: `Make, list and remove the tokens with which other servers and programs call this
server, if [RPC] Security names token. Without a command it makes one, as token make
does, and finds a name for it.

A running server takes note of every change at once. Run the commands as the user
that the server runs as, or as root.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.makeToken("", options) },
	}
	options.add(cmd)
	cmd.AddCommand(a.rpcTokenMakeCommand(), a.rpcTokenListCommand(), a.rpcTokenRemoveCommand())
	return cmd
}

// tokenFlags are those of token make.
type tokenFlags struct{ expires, output string }

func (f *tokenFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.expires, "expires", "never", "`when` the token ends: after a time, as 12h or 90d, at the end of a day, as 2027-12-31, or never")
	outputFlag(cmd, &f.output)
}

func (a *app) rpcTokenMakeCommand() *cobra.Command {
	var options tokenFlags
	cmd := &cobra.Command{
		Use:   "make NAME",
		Short: "Make a token and print it, this once",
		Long: `Make a token and print it: the server keeps only a sum by which it knows the token
again. NAME says whom it is for; it is what logs show and token remove takes.

Whoever calls shows the token as metadata "authorization: Bearer TOKEN". A server
whose programs call this one has it in [RPC] Token or in the file of [RPC] TokenFile,
or in the same keys of a section of [RPC] Connections.`,
		Args: oneName,
		RunE: func(_ *cobra.Command, args []string) error { return a.makeToken(args[0], options) },
	}
	options.add(cmd)
	return cmd
}

// oneName takes one argument, a name.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return usageError(fmt.Errorf("%s takes one name, but got %q", cmd.CommandPath(), args))
	}
	return nil
}

// madeToken is what token make prints.
type madeToken struct {
	Token   string    `json:"token"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires,omitzero"`
}

func (a *app) makeToken(name string, f tokenFlags) error {
	inJSON, err := wantsJSON(f.output)
	if err != nil {
		return err
	}
	expires, err := tokenEnd(f.expires, time.Now())
	if err != nil {
		return usageError(err)
	}
	if name != "" && auth.CheckName(name) != nil {
		return usageError(auth.CheckName(name))
	}
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	var token string
	if name == "" {
		name, token, err = makeNamed(tokens, expires)
	} else {
		token, err = tokens.Make(name, expires)
	}
	if err != nil {
		return credentialsError(err)
	}
	if inJSON {
		return a.printJSON(madeToken{token, name, expires.UTC()})
	}
	if _, err := fmt.Fprintln(a.stdout, token); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "This is token %q; it %s. Keep it now: it cannot be shown again.\n", name, ends(expires))
	return nil
}

// tokens are those of the configured data folder.
func (a *app) tokens() (*auth.Tokens, error) {
	folder, err := a.credentialsFolder()
	return auth.OpenTokens(filepath.Join(folder, auth.TokensFile)), err
}

// credentialsFolder returns the configured data folder, in which credentials may be
// written.
func (a *app) credentialsFolder() (string, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return "", err
	}
	return cfg.General.DataPath, prepareDataFolder(cfg.General.DataPath)
}

// credentialsError gives err the exit code it stands for.
func credentialsError(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &exitError{exitForbidden, fmt.Errorf("%w\nrun it as the user that the server runs as, or as root", err)}
	}
	return err
}

// makeNamed makes a token and finds a name for it.
func makeNamed(tokens *auth.Tokens, expires time.Time) (name, token string, err error) {
	for {
		if name, err = freeName(tokens); err != nil {
			return "", "", err
		}
		token, err = tokens.Make(name, expires)
		if !errors.Is(err, auth.ErrExists) { // else somebody else has taken it meanwhile
			return name, token, err
		}
	}
}

// freeName returns a name that no token has.
func freeName(tokens *auth.Tokens) (string, error) {
	list, err := tokens.List()
	if err != nil {
		return "", err
	}
	taken := make(map[string]bool, len(list))
	for _, t := range list {
		taken[strings.ToLower(t.Name)] = true
	}
	for i := 1; ; i++ {
		if name := "token-" + strconv.Itoa(i); !taken[name] {
			return name, nil
		}
	}
}

var afterTime = regexp.MustCompile(`^([1-9][0-9]{0,4})([mhd])$`)

// tokenEnd returns the end that --expires means at now, zero for never.
func tokenEnd(when string, now time.Time) (time.Time, error) {
	if when == "never" {
		return time.Time{}, nil
	}
	if d, ok := spanOf(when); ok {
		return now.Add(d), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, when, now.Location())
	if err != nil {
		return time.Time{}, fmt.Errorf("--expires is %q; a time as 12h or 90d, a day as 2027-12-31, and never are possible", when)
	}
	if end := day.AddDate(0, 0, 1); end.After(now) {
		return end, nil
	}
	return time.Time{}, fmt.Errorf("--expires: %s is over", when)
}

// spanOf is a time as 12h or 90d.
func spanOf(text string) (time.Duration, bool) {
	m := afterTime.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1]) // at most five digits
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, true
}

func ends(expires time.Time) string {
	if expires.IsZero() {
		return "does not expire"
	}
	return "expires at " + expires.Local().Format("2006-01-02 15:04:05 MST")
}

func (a *app) rpcTokenListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, but not what they are",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.listTokens(output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) listTokens(output string) error {
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	return printList(a, output, tokens.List, "NAME\tMADE\tEXPIRES", func(t auth.TokenInfo) string {
		return t.Name + "\t" + day(t.Created) + "\t" + tokenState(t, time.Now())
	})
}

// printList prints what list returns in the format of --output: as JSON, or below the heading
// in columns, which line separates by tabs as the heading does.
func printList[T any](a *app, output string, list func() ([]T, error), heading string, line func(T) string) error {
	inJSON, err := wantsJSON(output)
	if err != nil {
		return err
	}
	all, err := list()
	switch {
	case err != nil:
		return credentialsError(err)
	case inJSON:
		return a.printJSON(all)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, heading)
	for _, one := range all {
		fmt.Fprintln(w, line(one))
	}
	return w.Flush()
}

func day(t time.Time) string { return t.Local().Format(time.DateOnly) }

func tokenState(t auth.TokenInfo, now time.Time) string {
	switch {
	case t.Expires.IsZero():
		return "never"
	case t.Expired(now):
		return "expired"
	}
	return t.Expires.Local().Format("2006-01-02 15:04")
}

func (a *app) rpcTokenRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a token: who shows it is not let in any more",
		Long: `Remove a token: who shows it is not let in any more. Calls that have begun go on;
appserver rpc kill ends them.`,
		Args: oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			tokens, err := a.tokens()
			if err != nil {
				return err
			}
			return credentialsError(tokens.Remove(args[0]))
		},
	}
}
