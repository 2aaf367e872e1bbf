package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/monitor"
)

// licenseFigures is what the administrator and metrics see of licences.
func (d *daemon) licenseFigures() monitor.Licenses {
	s := d.licenses.State()
	l := monitor.Licenses{
		Enabled: s.Enabled, Unknown: s.Unknown, BadCodes: s.BadCodes,
		Key: monitor.LicenseKey{Source: s.Key.Source, Keys: s.Key.Keys, Read: timeOf(s.Key.Read), Problem: s.Key.Problem},
	}
	for _, slot := range s.Slots {
		l.Slots = append(l.Slots, monitor.LicenseSlot(slot))
	}
	return l
}

func (a *app) licensesCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "licenses",
		Short: "Show the licences of HTTP APIs in the running server",
		Long: `Show how many licences of each slot there are, are in use, and were refused in the
server that uses the configured data folder, and what x-totvs-appcode is verified by.
[TDS] AllowMonitor can forbid it.

The exit code is 4 if no server runs there, 5 if it is not permitted.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return listFor(a, l, func(c *monitor.AdminClient, ctx context.Context) (monitor.Licenses, error) { return c.Licenses(ctx) }, a.printLicenses)
		},
	}
	l.flags(cmd)
	return cmd
}

func (a *app) printLicenses(l monitor.Licenses) error {
	if !l.Enabled {
		_, err := fmt.Fprintln(a.stdout, "licences are not counted: [License] Enable is 0")
		return err
	}
	var rows [][]string
	for _, s := range l.Slots {
		rows = append(rows, []string{strconv.Itoa(s.Slot), strconv.Itoa(s.Count), strconv.Itoa(s.Used), strconv.Itoa(s.Peak),
			humanCount(float64(s.Acquired)), humanCount(float64(s.Refused))})
	}
	if err := a.table("SLOT LICENCES USED PEAK GIVEN REFUSED", rows); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	return a.printPairs([][2]string{
		{"key", keyText(l.Key)}, {"problem", l.Key.Problem},
		{"unknown slots", refusedText(l.Unknown)}, {"bad codes", refusedText(l.BadCodes)},
	})
}

// keyText says what codes are verified by.
func keyText(k monitor.LicenseKey) string {
	switch {
	case k.Source == "":
		return "none: requests with x-totvs-appcode are refused until [License] PublicKey is set"
	case k.Read == nil:
		return k.Source + ", not read yet"
	}
	return fmt.Sprintf("%s, read %s", k.Source, k.Read.Local().Format(time.DateTime))
}

// refusedText is the number of requests refused, "" for none.
func refusedText(n int64) string {
	if n == 0 {
		return ""
	}
	return humanCount(float64(n)) + " requests refused"
}
