package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"appserver/deploy"
)

// manCommand is a hidden command for those who make packages.
func (a *app) manCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "docs",
		Short:  "Write what packages of this program hold beside it",
		Args:   noArgs,
		Hidden: true,
		RunE:   func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "man FOLDER",
		Short: "Write a manual page for each command into an existing folder",
		Long: `Write a manual page for each command into an existing folder. Their date is
$SOURCE_DATE_EPOCH, seconds since 1970, else today.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error { return writeManual(cmd.Root(), args[0]) },
	}, &cobra.Command{
		Use:   "config DATAPATH",
		Short: "Print the configuration that is installed, with its data in this folder",
		Args:  oneArg,
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := a.stdout.Write(deploy.Config(args[0]))
			return err
		},
	})
	return cmd
}

// oneArg refuses anything but one argument with a usage error.
func oneArg(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError(fmt.Errorf("usage: %s", cmd.UseLine()))
}

// writeManual writes one page for each command of root.
func writeManual(root *cobra.Command, folder string) error {
	root.DisableAutoGenTag = true // it would hold the time
	root.InitDefaultCompletionCmd()
	header := &doc.GenManHeader{Section: "1", Source: "appserver " + programVersion(), Manual: "Application server"}
	if err := doc.GenManTree(root, header, folder); err != nil {
		return fmt.Errorf("manual pages: %w", err)
	}
	return nil
}
