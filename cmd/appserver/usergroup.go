package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

// shownGroup is a group in JSON.
type shownGroup struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitzero"`
	Administers bool      `json:"administers"`
	Members     int       `json:"members"`
	Created     time.Time `json:"created,omitzero"`
}

func (a *app) userGroupsCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "groups",
		Short: "List the groups",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, _ auth.Actor) error {
				return a.printGroups(output, func() ([]auth.Group, error) { return u.Groups(ctx) })
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) printGroups(output string, list func() ([]auth.Group, error)) error {
	shown := func() ([]shownGroup, error) {
		groups, err := list()
		all := make([]shownGroup, len(groups))
		for i, g := range groups {
			all[i] = shownGroup{g.Name, g.Description, g.Administers, g.Members, g.Created}
		}
		return all, err
	}
	return printList(a, output, shown, "NAME\tMEMBERS\tCALLS\tDESCRIPTION", func(g shownGroup) string {
		return cellText(g.Name) + "\t" + strconv.Itoa(g.Members) + "\t" + groupCalls(g.Administers) + "\t" + cellText(g.Description)
	})
}

func groupCalls(administers bool) string {
	if administers {
		return "everything"
	}
	return "by permission"
}

func (a *app) userGroupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "group",
		Short: "Add, show and remove groups, and change who is in them",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.groupAddCommand(), a.simpleUserCommand("remove", "Remove a group, not its members", (*auth.Users).RemoveGroup), a.groupShowCommand(),
		a.membershipCommand("join", "Make users members of a group", (*auth.Users).Join),
		a.membershipCommand("leave", "End memberships of a group", (*auth.Users).Leave),
	)
	return cmd
}

func (a *app) groupAddCommand() *cobra.Command {
	var description string
	var administers bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a group",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				return u.AddGroup(ctx, by, args[0], description, administers)
			})
		},
	}
	cmd.Flags().StringVar(&description, "description", "", "`text` for people")
	cmd.Flags().BoolVar(&administers, "administers", false, "its members may call everything")
	return cmd
}

// membershipCommand is a command that needs a group and users.
func (a *app) membershipCommand(verb, short string, do func(u *auth.Users, ctx context.Context, by auth.Actor, group, user string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " GROUP NAME…",
		Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError(fmt.Errorf("%s takes the names of a group and of users, but got %q", cmd.CommandPath(), args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				for _, name := range args[1:] {
					if err := do(u, ctx, by, args[0], name); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (a *app) groupShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a group with members and permissions",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			inJSON, err := wantsJSON(output)
			if err != nil {
				return err
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, _ auth.Actor) error {
				d, err := u.ShowGroup(ctx, args[0])
				switch {
				case err != nil:
					return err
				case inJSON:
					return a.printJSON(d)
				}
				return a.printPairs(append([][2]string{
					{"name", d.Name}, {"description", d.Description}, {"calls", groupCalls(d.Administers)},
					{"added", clockTime(d.Created)}, {"members", strings.Join(d.Members, ", ")},
				}, permissionRows(d.Permissions)...))
			})
		},
	}
	outputFlag(cmd, &output)
	return cmd
}
