package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/tlscheck"
)

// checkFlags are those of certs check.
type checkFlags struct{ ca, name, output string }

func (a *app) certsCheckCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check HOST[:PORT]",
		Short: "Judge a server as its clients would",
		Long: `Judge a TLS server, this one or any other, as its clients would: protocol
versions, certificate chain, names, dates and keys, and for browsers, phones and
Java whether they accept it and why not. Nothing but handshakes is sent.

Without a port it is that of the configuration. With --ca the check goes as if the
clients trusted the authorities in that file, and no others.

The exit code is 1 if any kind of client refuses, and 4 if there is no TLS server.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(fmt.Errorf("%s takes one server, HOST or HOST:PORT, but got %q", cmd.CommandPath(), args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.certsCheck(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.ca, "ca", "", "`file` with the authorities to trust in place of the system's")
	cmd.Flags().StringVar(&f.name, "name", "", "`name` or address that the certificate must be for (default: the host)")
	outputFlag(cmd, &f.output)
	return cmd
}

func (a *app) certsCheck(ctx context.Context, target string, f checkFlags) error {
	if f.output != "text" && f.output != "json" {
		return usageError(fmt.Errorf("--output is %q; text and json are possible", f.output))
	}
	options := tlscheck.Options{ServerName: f.name}
	var err error
	if options.Address, err = a.checkAddress(target); err != nil {
		return err
	}
	if f.ca != "" {
		list, err := readCAs(f.ca)
		if err != nil {
			return usageError(fmt.Errorf("--ca: %w", err))
		}
		options.Roots = x509.NewCertPool()
		for _, c := range list {
			options.Roots.AddCert(c)
		}
	}
	report, err := tlscheck.Check(ctx, options)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	if f.output == "json" {
		err = a.printJSON(report)
	} else {
		err = a.printReport(report)
	}
	if err == nil && !report.Accepted() {
		err = &exitError{code: exitFailed}
	}
	return err
}

// checkAddress returns host:port for what a person writes: a host, with or
// without a port, or the address of a page.
func (a *app) checkAddress(target string) (string, error) {
	rest, isURL := strings.CutPrefix(target, "https://")
	if isURL {
		rest, _, _ = strings.Cut(rest, "/")
	}
	if host, port, err := net.SplitHostPort(rest); err == nil && host != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", usageError(fmt.Errorf("%q: the port must be a number up to 65535", target))
		}
		return rest, nil
	}
	host := strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]")
	if host == "" || strings.ContainsAny(host, "/[]@ ") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return "", usageError(fmt.Errorf("%q is no server; write HOST or HOST:PORT, an IPv6 address with a port as [::1]:PORT", target))
	}
	if isURL {
		return net.JoinHostPort(host, "443"), nil
	}
	cfg, err := a.loadConfig()
	if err != nil {
		return "", err
	}
	port := configuredPort(cfg)
	if port == "" {
		return "", usageError(fmt.Errorf("the configuration has no fixed port; write %s:PORT", target))
	}
	return net.JoinHostPort(host, port), nil
}

// printReport writes r for people. What the server sent is quoted.
func (a *app) printReport(r *tlscheck.Report) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "server\t%s (%s), judged as %s\n", r.Address, r.Remote, r.ServerName)
	for _, v := range r.Versions {
		fmt.Fprintf(w, "%s\t%s\n", v.Version, versionText(v))
	}
	for i, c := range r.Chain {
		fmt.Fprintf(w, "certificate %d\t%q\n", i+1, c.Subject)
		if i == 0 {
			fmt.Fprintf(w, "\tfor %q\n", c.Names)
		}
		fmt.Fprintf(w, "\tissued by %q\n", c.Issuer)
		fmt.Fprintf(w, "\t%s to %s; key %s, signed with %s\n", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly), c.Key, c.Signature)
	}
	fmt.Fprintf(w, "trust\t%s\n", trustText(r.Trust))
	for _, v := range r.Clients {
		fmt.Fprintf(w, "%s\t%s\n", v.Client, verdictText(v))
		for _, text := range v.Provided {
			fmt.Fprintf(w, "\t- %s\n", text)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range r.Findings {
		fmt.Fprintf(a.stdout, "%s: %s\n", f.Level, f.Message)
		if n := len(f.Refused); n == len(r.Clients) {
			fmt.Fprintf(a.stdout, "\trefused by all\n")
		} else if n > 0 {
			fmt.Fprintf(a.stdout, "\trefused by %s\n", strings.Join(f.Refused, "; "))
		}
		if f.Hint != "" {
			fmt.Fprintf(a.stdout, "\t%s\n", f.Hint)
		}
	}
	return nil
}

func versionText(v tlscheck.Version) string {
	switch {
	case !v.Spoken:
		return "not spoken"
	case v.ALPN != "":
		return v.Cipher + ", ALPN " + v.ALPN
	}
	return v.Cipher
}

func trustText(t tlscheck.Trust) string {
	switch t {
	case tlscheck.Public:
		return "from an authority that clients know"
	case tlscheck.Private:
		return "from an authority that was named or installed here"
	}
	return "not trusted"
}

func verdictText(v tlscheck.Verdict) string {
	switch {
	case !v.Accepts:
		return "REFUSES, see below"
	case len(v.Provided) > 0:
		return "accepts, provided that"
	}
	return "accepts"
}
