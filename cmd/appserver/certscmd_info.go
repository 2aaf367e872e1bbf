package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/monitor"
)

// sourceConfigured is what the certificate that the configuration names is called
// in monitor.CertInfo, see pageOrigin.
const sourceConfigured = "configured"

// maxCreateHosts is how many hosts certs create takes.
const maxCreateHosts = 100

func (a *app) certsInfoCommand() *cobra.Command {
	var output string
	var check bool
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Show the certificate in use and the addresses that it does not cover",
		Long: `Show the certificate in use and, if the server runs and this user may ask it,
which addresses clients have used that the certificate does not cover. If no
server answers, it is the certificate that the configuration leads to; whoever
may not look into the data folder cannot be shown that either.

With --check the exit code is 1 if the certificate is out of date or does not
cover an address that clients use.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.certsInfo(output, check) },
	}
	cmd.Flags().BoolVar(&check, "check", false, "exit with 1 if the certificate is out of date or does not cover an address that was used")
	outputFlag(cmd, &output)
	return cmd
}

// certsReport is the output of certs info.
type certsReport struct {
	Running      bool          `json:"running"` // a running server has told it
	Note         string        `json:"note,omitempty"`
	Certificates []certDetails `json:"certificates"`
}

type certDetails struct {
	monitor.CertInfo
	DaysLeft int    `json:"daysLeft"`       // negative after the end
	Mend     string `json:"mend,omitempty"` // how to cover what is not
}

func (a *app) certsInfo(output string, check bool) error {
	cfg, inJSON, err := a.loadFor(output)
	if err != nil {
		return err
	}
	report, err := gatherCerts(cfg)
	if err != nil {
		return err
	}
	now := time.Now()
	bad := false
	for i := range report.Certificates {
		c := &report.Certificates[i]
		c.DaysLeft = daysLeft(c.NotAfter, now)
		c.Mend = mendUncovered(cfg, c.CertInfo)
		bad = bad || c.Refused != "" || now.After(c.NotAfter) || now.Before(c.NotBefore) || len(c.Uncovered) > 0
	}
	if inJSON {
		err = a.printJSON(report)
	} else {
		err = a.printCerts(report)
	}
	if err == nil && check && bad {
		err = &exitError{code: exitFailed}
	}
	return err
}

// gatherCerts asks the running server, or else reads what the configuration
// leads to.
func gatherCerts(cfg *config.Config) (certsReport, error) {
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	r := certsReport{Certificates: []certDetails{}}
	status, err := monitor.NewAdminClient(cfg.General.DataPath).Status(ctx)
	if err == nil {
		r.Running = true
		for _, c := range status.Certificates {
			r.Certificates = append(r.Certificates, certDetails{CertInfo: c})
		}
		return r, nil
	}
	folder := absolute(cfg.General.DataPath)
	why := fmt.Sprintf("no server runs on the data folder %s", folder)
	if !errors.Is(err, monitor.ErrNotRunning) {
		why = fmt.Sprintf("the server of the data folder %s did not tell (%v)", folder, err)
	}
	r.Note = fmt.Sprintf("%s; this is what the configuration leads to (%s)", why, configName(cfg))
	s := newSecurity(cfg, localFolder(cfg.General.DataPath))
	switch {
	case s.pair != nil || !cfg.Drivers.MultiProtocolPortSecure:
	case errors.Is(err, monitor.ErrNotPermitted):
		return r, &exitError{exitForbidden, fmt.Errorf("%s\n%w", why, cfg.Err())}
	default:
		return r, &exitError{exitConfig, cfg.Err()}
	}
	if s.pair != nil {
		r.Certificates = append(r.Certificates, certDetails{CertInfo: describePair(s.pair)})
	}
	for _, l := range ownListeners(cfg) {
		if ls := s.listeners[l.Section]; ls != nil && ls.pair != s.pair {
			info := describePair(ls.pair)
			info.Listener = l.Section
			r.Certificates = append(r.Certificates, certDetails{CertInfo: info})
		}
	}
	return r, nil
}

// configName is fileName with the whole path.
func configName(cfg *config.Config) string {
	if cfg.File == "" {
		return builtInConfig
	}
	return absolute(cfg.File)
}

// daysLeft counts whole days, rounded down.
func daysLeft(end, now time.Time) int {
	left := end.Sub(now)
	days := int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return days
}

// mendUncovered says how the addresses that c does not cover come to be covered.
func mendUncovered(cfg *config.Config, c monitor.CertInfo) string {
	if len(c.Uncovered) == 0 {
		return ""
	}
	hosts := slices.Clone(c.Names)
	for _, u := range c.Uncovered {
		hosts = append(hosts, u.Host)
	}
	if c.Source == sourceConfigured {
		var missed []string
		for _, u := range c.Uncovered {
			missed = append(missed, fmt.Sprintf("%q", u.Host))
		}
		return "have the certificate issued for these as well: " + strings.Join(missed, ", ")
	}
	command := createCommand(cfg, hosts[:min(len(hosts), maxCreateHosts)])
	if len(hosts) > maxCreateHosts {
		command += fmt.Sprintf(" (%d that were used least are left out)", len(hosts)-maxCreateHosts)
	}
	return command
}

func (a *app) printCerts(r certsReport) error {
	if r.Note != "" {
		fmt.Fprintln(a.stdout, r.Note)
	}
	if len(r.Certificates) == 0 {
		_, err := fmt.Fprintln(a.stdout, "the port is not encrypted ([Drivers] MultiProtocolPortSecure=0): there is no certificate")
		return err
	}
	for _, c := range r.Certificates {
		if err := a.printCert(c); err != nil {
			return err
		}
	}
	return nil
}

// printCert writes c for people. Names in certificates, and hosts that clients
// used, can hold anything: they are quoted.
func (a *app) printCert(c certDetails) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "certificate\t%s%s\n", sourceText(c.Source), shownBy(c.CertInfo))
	if c.File != "" {
		fmt.Fprintf(w, "file\t%s\n", c.File)
	}
	fmt.Fprintf(w, "subject\t%q\n", c.Subject)
	fmt.Fprintf(w, "for\t%s\n", quoteAll(c.Names))
	fmt.Fprintf(w, "valid\t%s to %s, %s\n", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly), daysText(c.DaysLeft))
	fmt.Fprintf(w, "key\t%s\n", c.Key)
	fmt.Fprintf(w, "serial\t%s\n", c.Serial)
	fmt.Fprintf(w, "issuer\t%q\n", c.Issuer)
	for i, link := range c.Chain {
		if i > 0 {
			fmt.Fprintf(w, "intermediate\t%q, until %s, issued by %q\n", link.Subject, link.NotAfter.UTC().Format(time.DateOnly), link.Issuer)
		}
	}
	if c.CASHA256 != "" {
		fmt.Fprintf(w, "CA SHA-256\t%s\n", c.CASHA256)
	}
	if c.Refused != "" {
		fmt.Fprintf(w, "NOT IN USE\twhat its files hold now: %s\n", c.Refused)
	}
	for _, u := range c.Uncovered {
		fmt.Fprintf(w, "NOT COVERED\t%q, used %s, last at %s\n", u.Host, timesText(u.Count), u.Last.Local().Format(time.DateTime))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if c.Mend == "" {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "to cover them, leaving out what is not this server's name or address:\n  %s\n", c.Mend)
	return err
}

func sourceText(source string) string {
	switch source {
	case "local":
		return "from the local authority (appserver certs create)"
	case "bundled":
		return "bundled, for localhost only"
	case sourceConfigured:
		return "named in the configuration"
	}
	return source
}

func daysText(n int) string {
	if n < 0 {
		return "EXPIRED"
	}
	return plural(n, "day") + " left"
}

func timesText(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
