package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/datadir"
)

func (a *app) certsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "certs",
		Short: "Make, install, show and judge certificates",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.certsCreateCommand(), a.certsTrustCommand(), a.certsUntrustCommand(), a.certsInfoCommand(), a.certsCheckCommand())
	return cmd
}

func (a *app) certsCreateCommand() *cobra.Command {
	var options certs.LocalOptions
	var hosts []string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a certificate for this server, from an authority of its own",
		Long: `Make a certificate for this server, from an authority of its own, which is made
too if there is none yet. Both are kept in the folder "certs" of the data folder.

Without --host it is for all names and addresses of this machine. The server uses
it unless the configuration names another one, takes it over within seconds
without a restart, and renews it on its own.

Stations have to trust the authority, once each: see appserver certs trust.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			for _, h := range hosts { // an empty one, of a shell's variable, is not left out but refused
				options.Hosts = append(options.Hosts, strings.Split(h, ",")...)
			}
			return a.certsCreate(options)
		},
	}
	cmd.Flags().StringArrayVar(&hosts, "host", nil, "`name` or IP address to be covered, or several with commas; may be repeated (default: those of this machine)")
	cmd.Flags().BoolVar(&options.NewAuthority, "new-authority", false, "make a new authority even if there is one; every station has to trust it anew")
	return cmd
}

func (a *app) certsCreate(options certs.LocalOptions) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if err := datadir.CheckPath(localFolder(cfg.General.DataPath)); err != nil {
		return err
	}
	if err := prepareDataFolder(cfg.General.DataPath); err != nil {
		return err
	}
	local := openLocal(cfg, cfg.General.DataPath)
	before, _ := local.AuthorityPEM() // an error says that there is none, or Create reports it
	replaced := ""
	options.Replaced = func(file string) { replaced = absolute(file) }
	pair, err := local.Create(options)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nrun it as the user that the server runs as, or as root", err)
	case err != nil:
		return err
	}
	if err := a.printCreated(cfg, pair, bytes.Equal(before, pair.CA)); err != nil || replaced == "" {
		return err
	}
	return a.printReplaced(replaced)
}

// printReplaced says how stations come to trust the authority no more that is
// kept in file.
func (a *app) printReplaced(file string) error {
	list, err := readCAs(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nStations that trust the authority before go on trusting it. Its certificate is kept in\n  %s\n", file)
	for _, c := range list {
		fmt.Fprintf(a.stdout, "  %q, SHA-256 %s\n", c.Subject.String(), certFingerprint(c))
	}
	fmt.Fprintf(a.stdout, `Have them forget it:
  this machine: %s
  Chromium, Firefox on Linux, as each user: %s
  other stations: remove the one with that fingerprint, or run these commands there with a copy of the file
`, rootCommandLine(nil, "certs", "untrust", "--file", file), commandLine(nil, "certs", "untrust", "--nss", "--file", file))
	if !readableByAll(file) {
		_, err = fmt.Fprintln(a.stdout, "Users who may not read that file need a copy of it, and its path behind --file.")
	}
	return err
}

// printCreated tells what was made and what to do next. Known says that stations
// may trust the authority already.
func (a *app) printCreated(cfg *config.Config, pair *certs.Pair, known bool) error {
	leaf := pair.Certificate.Leaf
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "certificate\t%s\n", pair.CertFile)
	fmt.Fprintf(w, "for\t%s\n", strings.Join(namesOf(leaf), ", "))
	fmt.Fprintf(w, "valid until\t%s; the server renews it on its own\n", leaf.NotAfter.UTC().Format(time.DateOnly))
	fmt.Fprintf(w, "authority\t%q\n", leaf.Issuer.String())
	fmt.Fprintf(w, "CA SHA-256\t%s\n", fingerprint(pair.CA))
	if err := w.Flush(); err != nil {
		return err
	}
	if reason := notUsed(cfg); reason != "" {
		_, err := fmt.Fprintf(a.stdout, "\nThe configuration does not use it: %s.\n", reason)
		return err
	}
	fmt.Fprintf(a.stdout, "\nA running server takes it over within seconds; no restart is needed.\n")
	if known {
		_, err := fmt.Fprintln(a.stdout, "Stations that trust the authority need nothing.")
		return err
	}
	return a.printNext(cfg, leaf)
}

// printNext says how stations come to trust the authority.
func (a *app) printNext(cfg *config.Config, leaf *x509.Certificate) error {
	file := absolute(filepath.Join(localFolder(cfg.General.DataPath), localCA))
	fmt.Fprintf(a.stdout, "Next, have each station trust the authority, once:\n  this machine: %s\n", rootCommandLine(nil, "certs", "trust", "--file", file))
	page := pageAddress(cfg, leaf)
	if page == "" {
		_, err := fmt.Fprintf(a.stdout, "  others: copy %s to them; the command above says how to install it\n", file)
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "  others: %s says how; the file is %s/ca.crt\n", page, page)
	return err
}

// notUsed returns why the configuration does not lead to the local authority's
// certificate and how to change that; "" if it does.
func notUsed(cfg *config.Config) string {
	const take = "; to use this one, remove "
	reload := " and run " + commandLine(cfg, "reload")
	switch m, s := cfg.MPP, cfg.SSL; {
	case !cfg.Drivers.MultiProtocolPortSecure:
		return "[Drivers] MultiProtocolPortSecure=0, so the port is not encrypted"
	case m.Default:
		return "[MPP] SSL_Default=1 asks for the bundled certificate" + take + "that key" + reload
	case m.Certificate != "" || m.Key != "":
		return "[MPP] SSL_Certificate and SSL_Key name another one" + take + "them" + reload
	case s.CertificateServer != "" || s.KeyServer != "":
		return "[SSLConfigure] CertificateServer and KeyServer name another one" + take + "them" + reload
	}
	return ""
}

// pageAddress is where a station finds the page that explains how to trust the
// certificate; "" if there is none or it is not known.
func pageAddress(cfg *config.Config, leaf *x509.Certificate) string {
	port := configuredPort(cfg)
	if port == "" || !cfg.Drivers.MultiProtocolPort || !cfg.Drivers.MultiProtocolPortSecure {
		return ""
	}
	host := "localhost"
	for _, name := range namesOf(leaf) {
		ip, err := netip.ParseAddr(name)
		if name == "localhost" || strings.HasPrefix(name, "*") || err == nil && (ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
			continue
		}
		host = name
		break
	}
	return "https://" + net.JoinHostPort(host, port) + "/webapp"
}

// configuredPort returns the first port of the configuration; "" if the system
// chooses it at each start.
func configuredPort(cfg *config.Config) string {
	if len(cfg.Listen.Addresses) == 0 {
		return ""
	}
	_, port, err := net.SplitHostPort(cfg.Listen.Addresses[0])
	if err != nil || port == "0" {
		return ""
	}
	return port
}
