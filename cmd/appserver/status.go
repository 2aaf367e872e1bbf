package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

func (a *app) statusCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the state of the running server",
		Long: `Show the state of the server that uses the configured data folder, asked over its
administration socket. Only the server's own user (and root) may ask.

The exit code is 4 if no server runs there.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.status(output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *app) status(output string) error {
	return show(a, adminTimeout, output, (*monitor.AdminClient).Status, a.printStatus)
}

func (a *app) printStatus(s monitor.Status) error {
	state := "ready"
	if !s.Ready {
		state = "not ready: " + s.Reason
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "server\t%s %s, process %d\n", s.Name, s.Version, s.PID)
	fmt.Fprintf(w, "state\t%s\n", state)
	fmt.Fprintf(w, "configuration\t%s\n", cmp.Or(s.ConfigFile, builtInConfig))
	fmt.Fprintf(w, "up\t%s, since %s\n", time.Duration(s.UptimeSeconds)*time.Second, s.Started.Format(time.DateTime))
	if r := s.LastReload; r != nil {
		fmt.Fprintf(w, "reload\t%s at %s\n", reloadOutcome(r), r.At.Format(time.DateTime))
		for line := range strings.Lines(r.Message) {
			fmt.Fprintf(w, "\t%s\n", strings.TrimSpace(line))
		}
	}
	for _, c := range s.PendingRestart {
		fmt.Fprintf(w, "needs a restart\t[%s] %s: %s -> %s\n", c.Section, c.Key, cmp.Or(c.Old, emptyValue), cmp.Or(c.New, emptyValue))
	}
	printEnvironments(w, s.Environments)
	printCounts(w, "threads", s.Threads)
	printCounts(w, "jobs", s.Jobs)
	fmt.Fprintf(w, "log level\t%s\n", s.LogLevel)
	for _, l := range s.Listeners {
		fmt.Fprintf(w, "listens\t%s (%s)\n", l.Address, listenerKind(l))
	}
	if s.TLSPolicy != "" {
		fmt.Fprintf(w, "TLS\t%s\n", s.TLSPolicy)
	}
	for _, c := range s.Certificates {
		fmt.Fprintf(w, "certificate\t%s, %s, until %s%s\n", c.Source, c.Subject, c.NotAfter.Format(time.DateOnly), shownBy(c))
		if c.CASHA256 != "" {
			fmt.Fprintf(w, "CA SHA-256\t%s\n", c.CASHA256)
		}
		if c.Refused != "" {
			fmt.Fprintf(w, "its files changed\tand cannot be used, so the next start would fail: %s\n", c.Refused)
		}
		if n := len(c.Uncovered); n > 0 {
			fmt.Fprintf(w, "not covered\t%s that clients used; appserver certs info lists them\n", plural(n, "address"))
		}
	}
	c := s.Connections
	for _, p := range slices.Sorted(maps.Keys(c.Open)) {
		fmt.Fprintf(w, "open %s\t%d\n", p, c.Open[p])
	}
	fmt.Fprintf(w, "connections\t%d accepted, %d served, %d refused, %d failed handshakes, %d being recognised\n",
		c.Accepted, c.Routed, c.Refused, c.HandshakeFailed, c.Sniffing)
	return w.Flush()
}

func printEnvironments(w io.Writer, list []monitor.EnvironmentState) {
	for _, e := range list {
		if len(e.Faults) == 0 {
			fmt.Fprintf(w, "environment\t%s, %s, %s\n", e.Name, plural(e.Sources, "source"), plural(e.Threads, "thread"))
			continue
		}
		fmt.Fprintf(w, "environment\t%s, CANNOT BE USED:\n", e.Name)
		for _, fault := range e.Faults {
			fmt.Fprintf(w, "\t%s\n", oneLine(fault))
		}
	}
}

// printCounts prints how many things there are, and in which states; nothing if none.
func printCounts(w io.Writer, things string, states map[string]int) {
	total := 0
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(states)) {
		total += states[state]
		parts = append(parts, fmt.Sprintf("%d %s", states[state], state))
	}
	if total > 0 {
		fmt.Fprintf(w, "%s\t%d: %s\n", things, total, strings.Join(parts, ", "))
	}
}

func reloadOutcome(r *monitor.ReloadState) string {
	if r.OK {
		return "taken over"
	}
	return "refused, the configuration before it is in use,"
}

// shownBy names the listener of a certificate that the port does not show.
func shownBy(c monitor.CertInfo) string {
	if c.Listener == "" {
		return ""
	}
	return ", of [" + c.Listener + "]"
}

func listenerKind(l monitor.Listener) string {
	kind := l.Kind
	if l.Section != "" {
		kind += " [" + l.Section + "]"
	}
	if l.Program != "" {
		kind += ", started by " + l.Program
	}
	if l.Secure {
		return kind + ", TLS"
	}
	return kind + ", no TLS"
}
