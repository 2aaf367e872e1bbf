// Command smartclient is the SmartClient for a terminal. So far it looks at a
// server from a client's place: what answers there, how the connection is
// secured, whether its certificate would be trusted, and how long an answer takes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"appserver/internal/smartclient"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // something answers, and it is not as it should be
	exitUsage       = 2   // the command line
	exitUnreachable = 4   // nothing answers
	exitInterrupted = 130 // a signal
)

// version is set by the linker: -ldflags '-X main.version=1.2.3'.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in good order, the next one the process.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// exit is the error of a command that has already said what there is to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run is the program. It returns its exit code; ctx ends when it is interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	// All that a command does not report itself is about its command line.
	fmt.Fprintf(stderr, "smartclient: %v\n", err)
	fmt.Fprintln(stderr, say(msgUsageHint))
	return exitUsage
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "smartclient",
		Short:         say(msgRootShort),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(cmd.ErrOrStderr())
			_ = cmd.Help() // fails only if stderr does
			return exit(exitUsage)
		},
	}
	root.AddCommand(pingCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: say(msgVersionShort),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "smartclient %s (%s, %s %s/%s)\n",
				programVersion(), smartclient.ALPN, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			if err != nil {
				return exit(exitFailed)
			}
			return nil
		},
	}
}

// programVersion returns what the linker set, else what the build recorded.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
