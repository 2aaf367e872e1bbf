package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/auth"
	"appserver/internal/store"
)

func (a *app) userListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the users",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, _ auth.Actor) error {
				list := func() ([]auth.UserInfo, error) { return u.List(ctx) }
				return printList(a, output, list, "NAME\tSTATE\tADDED\tPASSWORD OF\tLAST LOGIN", func(u auth.UserInfo) string {
					return cellText(u.Name) + "\t" + u.State + "\t" + day(u.Created) + "\t" + day(u.Changed) + "\t" + dayOr(u.LastLogin, "never")
				})
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// dayOr is the day of t, or other if there is none.
func dayOr(t time.Time, other string) string {
	if t.IsZero() {
		return other
	}
	return day(t)
}

func (a *app) userShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a user with groups and permissions",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			inJSON, err := wantsJSON(output)
			if err != nil {
				return err
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, _ auth.Actor) error {
				d, err := u.Show(ctx, args[0])
				switch {
				case err != nil:
					return err
				case inJSON:
					return a.printJSON(d)
				}
				return a.printUser(d)
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) printUser(d auth.UserDetails) error {
	rows := [][2]string{
		{"name", d.Name}, {"full name", d.FullName}, {"e-mail", d.Email}, {"state", d.State}, {"reason", d.BlockedReason},
		{"blocked from", clockTime(d.BlockedFrom)}, {"blocked until", clockTime(d.BlockedUntil)},
		{"hours", d.Hours}, {"added", clockTime(d.Created)}, {"password of", clockTime(d.Changed)}, {"last login", clockTime(d.LastLogin)},
		{"groups", strings.Join(d.Groups, ", ")},
	}
	if d.MaxSessions > 0 {
		rows = append(rows, [2]string{"sessions", fmt.Sprintf("%d at most", d.MaxSessions)})
	}
	return a.printPairs(append(rows, permissionRows(d.Permissions)...))
}

// clockTime is t for people, "" if there is none.
func clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

func permissionRows(list []auth.PermissionInfo) [][2]string {
	var rows [][2]string
	for _, p := range list {
		what := "denied"
		if p.Allow {
			what = "allowed"
		}
		text := p.Pattern
		if p.Group != "" {
			text += " (group " + p.Group + ")"
		}
		rows = append(rows, [2]string{what, text})
	}
	return rows
}

// printPairs prints names and values in two columns, without those that have no value.
func (a *app) printPairs(rows [][2]string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	}
	return w.Flush()
}

func (a *app) userAuditCommand() *cobra.Command {
	var output, about, class, since string
	var limit int
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what was changed, and who has logged in or was refused",
		Long: `Show the record of changes to users, groups and permissions, of logins, and of
refusals: the last ones, in the order in which they happened. Names that no user has
are not in it, since people type passwords where names belong.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := eventQuery(about, class, since, limit, time.Now())
			if err != nil {
				return usageError(err)
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, _ auth.Actor) error {
				return a.printEvents(output, func() ([]auth.Event, error) { return u.Events(ctx, q) })
			})
		},
	}
	cmd.Flags().StringVar(&about, "user", "", "only what is about or by the user `NAME`")
	cmd.Flags().StringVar(&class, "class", "", "only this `class`: change, login or refusal")
	cmd.Flags().StringVar(&since, "since", "", "only what happened within this `time`, as 12h or 90d, or since a day, as 2026-12-31")
	cmd.Flags().IntVar(&limit, "limit", 100, "`number` of events at most")
	_ = cmd.RegisterFlagCompletionFunc("class", cobra.FixedCompletions([]cobra.Completion{store.Change, store.Login, store.Refusal}, cobra.ShellCompDirectiveNoFileComp))
	outputFlag(cmd, &output)
	return cmd
}

// maxEvents bounds --limit.
const maxEvents = 1_000_000

// eventQuery is what the flags of user audit mean at now.
func eventQuery(about, class, since string, limit int, now time.Time) (q store.EventQuery, err error) {
	q = store.EventQuery{User: about, Class: class, Limit: limit}
	switch class {
	case "", store.Change, store.Login, store.Refusal:
	default:
		return q, fmt.Errorf("--class is %q; change, login and refusal are possible", class)
	}
	if limit < 1 || limit > maxEvents {
		return q, fmt.Errorf("--limit is %d; 1 to %d are possible", limit, maxEvents)
	}
	if since == "" {
		return q, nil
	}
	if d, ok := spanOf(since); ok {
		q.Since = now.Add(-d)
		return q, nil
	}
	if q.Since, err = time.ParseInLocation(time.DateOnly, since, now.Location()); err != nil {
		return q, fmt.Errorf("--since is %q; a time as 12h or 90d and a day as 2026-12-31 are possible", since)
	}
	return q, nil
}

// shownEvent is an event in JSON.
type shownEvent struct {
	At     time.Time `json:"at"`
	Class  string    `json:"class"`
	Action string    `json:"action"`
	User   string    `json:"user,omitzero"`
	By     string    `json:"by,omitzero"`
	From   string    `json:"from,omitzero"`
	Detail string    `json:"detail,omitzero"`
}

func (a *app) printEvents(output string, list func() ([]auth.Event, error)) error {
	shown := func() ([]shownEvent, error) {
		events, err := list()
		all := make([]shownEvent, len(events))
		for i, e := range events {
			all[i] = shownEvent{e.At, e.Class, e.Action, e.User, e.By, e.From, e.Detail}
		}
		return all, err
	}
	return printList(a, output, shown, "TIME\tACTION\tUSER\tBY\tFROM\tDETAIL", func(e shownEvent) string {
		cells := []string{e.At.Local().Format(time.DateTime), e.Action, cellText(e.User), cellText(e.By), cellText(e.From), cellText(e.Detail)}
		return strings.Join(cells, "\t")
	})
}

// rightCommand makes user permit or user deny, which set permissions.
func (a *app) rightCommand(verb, short string, allow bool) *cobra.Command {
	var ofGroup, remove bool
	cmd := &cobra.Command{
		Use:   verb + " NAME PATTERN…",
		Short: short,
		Long: short + `.

A PATTERN is of functions, such as U_SALES* or sample.orders.*, or of the paths of HTTP
requests, such as "/api/wms/*", "GET /api/wms/*" or "PUT,PATCH /api/wms/*": best those below
the mount, as programs declare them, which then count for /api/wms and for /rest/api/wms. An
asterisk stands for any characters, a question mark for one, and letters count in any case.
What is denied counts before what is allowed, a user's own permissions and those of his groups
alike. Who is allowed anything may call that only; who is allowed nothing may call what
[Auth] DefaultPermit says. Members of administrators may call everything.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 || args[0] == "" {
				return usageError(fmt.Errorf("%s takes a name and patterns, but got %q", cmd.CommandPath(), args))
			}
			for _, pattern := range args[1:] {
				if _, err := auth.ParsePattern(pattern); err != nil {
					return usageError(err)
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				set := u.SetPermission
				if remove {
					set = u.RemovePermission
				}
				var faults []error
				for _, pattern := range args[1:] {
					faults = append(faults, set(ctx, by, permissionOf(args[0], ofGroup, allow, pattern)))
				}
				return errors.Join(faults...)
			})
		},
	}
	cmd.Flags().BoolVar(&ofGroup, "group", false, "NAME is that of a group")
	cmd.Flags().BoolVar(&remove, "remove", false, "take what has the pattern back")
	return cmd
}

func permissionOf(name string, ofGroup, allow bool, pattern string) auth.Permission {
	p := auth.Permission{Allow: allow, Pattern: pattern}
	if ofGroup {
		p.Group = name
	} else {
		p.User = name
	}
	return p
}

func (a *app) userPermitCommand() *cobra.Command {
	return a.rightCommand("permit", "Allow a user or a group to make calls", true)
}

func (a *app) userDenyCommand() *cobra.Command {
	return a.rightCommand("deny", "Forbid a user or a group to make calls", false)
}
