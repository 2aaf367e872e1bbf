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
		RunE: func(*cobra.Command, []string) error { return a.certsCreate(options) },
	}
	cmd.Flags().StringSliceVar(&options.Hosts, "host", nil, "`name` or IP address to be covered; may be repeated (default: those of this machine)")
	cmd.Flags().BoolVar(&options.NewAuthority, "new-authority", false, "make a new authority even if there is one; every station has to trust it anew")
	return cmd
}

func (a *app) certsCreate(options certs.LocalOptions) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if err := prepareDataFolder(cfg.General.DataPath); err != nil {
		return err
	}
	local := certs.OpenLocal(localFolder(cfg.General.DataPath))
	before, _ := local.AuthorityPEM() // an error says that there is none, or Create reports it
	pair, err := local.Create(options)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nrun it as the user that the server runs as, or as root", err)
	case err != nil:
		return err
	}
	return a.printCreated(cfg, pair, bytes.Equal(before, pair.CA))
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
		fmt.Fprintf(a.stdout, "\nThe configuration does not use it: %s.\n", reason)
	} else {
		fmt.Fprintf(a.stdout, "\nA running server takes it over within seconds; no restart is needed.\n")
	}
	if known {
		_, err := fmt.Fprintln(a.stdout, "Stations that trust the authority need nothing.")
		return err
	}
	return a.printNext(cfg, leaf)
}

// printNext says how stations come to trust the authority.
func (a *app) printNext(cfg *config.Config, leaf *x509.Certificate) error {
	file := filepath.Join(localFolder(cfg.General.DataPath), localCA)
	fmt.Fprintf(a.stdout, "Next, have each station trust the authority, once:\n  this machine: %s\n", asRoot("certs trust --file "+shellQuote(file)))
	page := pageAddress(cfg, leaf)
	if page == "" {
		_, err := fmt.Fprintf(a.stdout, "  others: copy %s to them; appserver certs trust says how to install it\n", file)
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "  others: %s says how; the file is %s/ca.crt\n", page, page)
	return err
}

// notUsed returns why the configuration does not lead to the local authority's
// certificate and how to change that; "" if it does.
func notUsed(cfg *config.Config) string {
	const take = "; to use this one, remove "
	switch m, s := cfg.MPP, cfg.SSL; {
	case !cfg.Drivers.MultiProtocolPortSecure:
		return "[Drivers] MultiProtocolPortSecure=0, so the port is not encrypted"
	case m.Default:
		return "[MPP] SSL_Default=1 asks for the bundled certificate" + take + "that key and run appserver reload"
	case m.Certificate != "" || m.Key != "":
		return "[MPP] SSL_Certificate and SSL_Key name another one" + take + "them and run appserver reload"
	case s.CertificateServer != "" || s.KeyServer != "":
		return "[SSLConfigure] CertificateServer and KeyServer name another one" + take + "them and run appserver reload"
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
