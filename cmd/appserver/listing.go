package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

// listing is what the commands that list what runs have in common.
type listing struct{ output string }

func (l *listing) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&l.output, "output", "o", "table", "`format`: table or json")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// format returns the format as show wants it.
func (l *listing) format() (string, error) {
	switch l.output {
	case "table", "text":
		return "text", nil
	case "json":
		return "json", nil
	}
	return "", usageError(fmt.Errorf("--output is %q; table and json are possible", l.output))
}

// listFor asks the server and prints its answer in the format of l.
func listFor[T any](a *app, l listing, ask func(*monitor.AdminClient, context.Context) (T, error), print func(T) error) error {
	format, err := l.format()
	if err != nil {
		return err
	}
	return show(a, adminTimeout, format, ask, print)
}

// table prints rows below a heading, in columns.
func (a *app) table(heading string, rows [][]string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(heading, " ", "\t"))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = cellText(cell)
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// cellText is text for one cell: on one line, short, and never empty.
func cellText(text string) string {
	const limit = 60
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text))
	if len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	if strings.TrimSpace(string(runes)) == "" {
		return "-"
	}
	return string(runes)
}

// humanTime shows a time as people say it: 8s, 3m20s, 2h05m, 4d03h.
func humanTime(seconds float64) string {
	d := max(time.Duration(seconds*float64(time.Second)), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// humanSize shows a number of bytes: 900 B, 1.5 KiB, 12 MiB.
func humanSize(bytes int64) string {
	if bytes < 1<<10 {
		return fmt.Sprintf("%d B", max(bytes, 0))
	}
	return humanNumber(float64(bytes), 1<<10, "KMGT") + "iB"
}

// humanCount shows a number: 900, 1.5 k, 12 M.
func humanCount(n float64) string {
	if n < 1000 {
		return strconv.Itoa(int(max(n, 0)))
	}
	return humanNumber(n, 1000, "kMGT")
}

// humanNumber divides n, which is at least unit, by unit as often as letters allow.
func humanNumber(n, unit float64, letters string) string {
	i := -1
	for n >= unit && i < len(letters)-1 {
		n /= unit
		i++
	}
	decimals := 0
	if n < 10 {
		decimals = 1
	}
	return fmt.Sprintf("%.*f %c", decimals, n, letters[i])
}

// since is humanTime of the time since t; - if there is none.
func since(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return humanTime(time.Since(*t).Seconds())
}

// clock shows a time of these hours; - if there is none.
func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.TimeOnly)
}

// number shows the number of a thread; - if there is none.
func number(id int64) string {
	if id == 0 {
		return "-"
	}
	return strconv.FormatInt(id, 10)
}

// threadNumbers reads the numbers of threads that a command is about. The command above it
// lists them.
func threadNumbers(cmd *cobra.Command, args []string) ([]int64, error) {
	if len(args) == 0 {
		return nil, usageError(fmt.Errorf("%s needs the number of a thread; %s lists them", cmd.CommandPath(), cmd.Parent().CommandPath()))
	}
	var ids []int64
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || id < 1 {
			return nil, usageError(fmt.Errorf("%q is not the number of a thread; %s lists them", arg, cmd.Parent().CommandPath()))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// killing does kill for every number, and goes on where the server refuses one of them.
func (a *app) killing(ids []int64, noun string, kill func(*monitor.AdminClient, context.Context, int64) error) error {
	return a.asking(adminTimeout, func(ctx context.Context, c *monitor.AdminClient) error {
		var faults []error
		for _, id := range ids {
			err := kill(c, ctx, id)
			if refused := (*monitor.AnswerError)(nil); err != nil && !errors.As(err, &refused) {
				return errors.Join(append(faults, err)...)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s %d: %w", noun, id, err))
				continue
			}
			fmt.Fprintf(a.stdout, "%s %d was told to end\n", noun, id)
		}
		return errors.Join(faults...)
	})
}
