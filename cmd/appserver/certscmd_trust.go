package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/certs"
	"appserver/internal/config"
)

// trustFlags are those of certs trust and certs untrust.
type trustFlags struct {
	file string
	nss  bool
}

func (f *trustFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "file", "", "`file` with the authority's certificate, PEM or DER (default: that of this server)")
	cmd.Flags().BoolVar(&f.nss, "nss", false, "use the NSS databases of this user (Chromium, Firefox) in place of the system's trustStore")
}

func (a *app) certsTrustCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Have this machine trust the server's authority",
		Long: `Install the authority in this system's trustStore, for all its users (on Windows: for
this user), and check that it took. That needs root. Without --file it is the
authority that certs create has made or, without one, that of the bundled
certificate.

Some programs have stores of their own; the command says how to reach those. With
--nss it installs the authority in the NSS databases of the user that runs it,
which Chromium and Firefox on Linux use; that needs certutil, and not root.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.certsTrust(f, trust) },
	}
	f.add(cmd)
	return cmd
}

func (a *app) certsUntrustCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "untrust",
		Short: "Remove what certs trust has installed",
		Long:  `Remove the authority from this system's trustStore, or with --nss from the NSS databases of this user. See appserver certs trust.`,
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.certsTrust(f, untrust) },
	}
	f.add(cmd)
	return cmd
}

// direction is one of the two things that can be done to a store.
type direction bool

const (
	trust   direction = true
	untrust direction = false
)

func (d direction) String() string {
	if d == trust {
		return "trust"
	}
	return "untrust"
}

// A trustStore is where programs look for the authorities that they trust.
type trustStore interface {
	// name says which store it is, in a sentence with "in" or "from" before it.
	name() string
	// ready returns why the store cannot be changed.
	ready(choice, direction) error
	install(*x509.Certificate) error
	// remove reports whether the certificate was there.
	remove(*x509.Certificate) (found bool, err error)
	// trusts reports whether the store has the certificate. It is asked after all
	// changes only: what systems tell is not read twice by one process.
	trusts(*x509.Certificate) bool
}

// choice is what is to be trusted, or no longer.
type choice struct {
	list []*x509.Certificate
	from string         // where they come from, for people
	file string         // that holds them, with its whole path; "" = none
	page string         // address of the page that offers them; "" = not known
	cfg  *config.Config // that led to them; nil if they were named
}

// again returns the command that is under way, with more flags, by commandLine or
// rootCommandLine.
func (c choice) again(line func(*config.Config, ...string) string, d direction, more ...string) string {
	args := append([]string{"certs", d.String()}, more...)
	if c.file != "" {
		return line(nil, append(args, "--file", c.file)...)
	}
	return line(c.cfg, args...)
}

func (a *app) certsTrust(f trustFlags, d direction) error {
	var s trustStore = systemStore{systemJava()}
	if f.nss {
		nss, err := newNSSStore()
		if err != nil {
			return err
		}
		s = nss
	}
	c, err := a.choose(f.file, d)
	if f.file != "" && err != nil {
		return err
	}
	// Who may not change the store need not be told that he may not read either.
	if err := s.ready(c, d); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return a.change(s, c, d)
}

// change installs or removes what c holds, checks that it took, and says what
// else there is to do.
func (a *app) change(s trustStore, c choice, d direction) error {
	if d == untrust {
		return a.removeFrom(s, c)
	}
	for _, cert := range c.list {
		fmt.Fprintf(a.stdout, "installing %q, SHA-256 %s\n  taken from %s\n", cert.Subject.String(), certFingerprint(cert), c.from)
		if err := s.install(cert); err != nil {
			return err
		}
	}
	for _, cert := range c.list {
		if !s.trusts(cert) {
			return fmt.Errorf("%q was installed, but programs do not find it in %s; if $SSL_CERT_FILE or $SSL_CERT_DIR is set, they look elsewhere", cert.Subject.String(), s.name())
		}
		fmt.Fprintf(a.stdout, "%q is trusted: it is in %s\n", cert.Subject.String(), s.name())
	}
	_, err := fmt.Fprint(a.stdout, otherStores(s, c))
	return err
}

// removeFrom removes what c holds from s. What was not there is no fault.
func (a *app) removeFrom(s trustStore, c choice) error {
	found := make([]bool, len(c.list))
	for i, cert := range c.list {
		fmt.Fprintf(a.stdout, "looking for %q, SHA-256 %s\n  taken from %s\n", cert.Subject.String(), certFingerprint(cert), c.from)
		var err error
		if found[i], err = s.remove(cert); err != nil {
			return err
		}
	}
	for i, cert := range c.list {
		subject := cert.Subject.String()
		switch still := s.trusts(cert); {
		case still && found[i]:
			return fmt.Errorf("%q was removed, but it is still in %s: it was installed there by other means too", subject, s.name())
		case still:
			return fmt.Errorf("%q is in %s, but certs trust has not installed it: remove it by the means by which it came there", subject, s.name())
		case found[i]:
			fmt.Fprintf(a.stdout, "%q is no longer trusted: it is not in %s any more\n", subject, s.name())
		default:
			fmt.Fprintf(a.stdout, "%q was not installed in %s\n", subject, s.name())
		}
	}
	return nil
}

// choose returns what is to be trusted: the certificates in file or, if that is
// "", those of this server. The choice comes with an error too, as far as it
// leads there again.
func (a *app) choose(file string, d direction) (c choice, err error) {
	if file != "" {
		c.file = absolute(file)
		c.from = c.file
		if c.list, err = readCAs(file); err != nil {
			return c, usageError(fmt.Errorf("--file: %w", err))
		}
	} else {
		c, err = a.ownAuthorities()
	}
	if d == untrust {
		return c, err
	}
	for _, cert := range c.list {
		err = errors.Join(err, mayBeTrusted(cert, time.Now()))
	}
	return c, err
}

// ownAuthorities returns the authorities of this server's certificate.
func (a *app) ownAuthorities() (c choice, err error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return c, err
	}
	c.cfg = cfg
	folder := absolute(localFolder(cfg.General.DataPath))
	if local := openLocal(cfg, cfg.General.DataPath); local.Exists() {
		return c.ofLocal(local, folder)
	}
	pair := newSecurity(cfg, folder).pair
	switch {
	case pair == nil && cfg.Drivers.MultiProtocolPortSecure:
		return c, &exitError{exitConfig, cfg.Err()}
	case pair == nil:
		return c, errors.New("the port is not encrypted ([Drivers] MultiProtocolPortSecure=0), and no certificate was made: there is no authority")
	case pair.CA == nil:
		return c, fmt.Errorf("the authority of the certificate in %s is not known: name its file with --file; or make a certificate here: %s", pair.CertFile, commandLine(cfg, "certs", "create"))
	}
	c.page = pageAddress(cfg, pair.Certificate.Leaf)
	c.from = fmt.Sprintf("the certificate in %s, which %s names", pair.CertFile, configName(cfg))
	if o := pageOrigin(pair.Origin); o == "bundled" || o == "self-signed" {
		c.from = fmt.Sprintf("the bundled certificate, which is for localhost alone: none was made in %s, and the configuration (%s) names none", folder, configName(cfg))
	}
	c.list, err = parseCAs(pair.CA)
	return c, err
}

// ofLocal completes c with the authorities of local, in folder.
func (c choice) ofLocal(local *certs.Local, folder string) (choice, error) {
	c.file = localCAFile(folder)
	c.from = cmp.Or(c.file, folder)
	if reason := notUsed(c.cfg); reason != "" {
		c.from += "; the configuration does not use its certificate: " + reason
	} else if pair, _, err := local.Load(time.Now()); err == nil {
		c.page = pageAddress(c.cfg, pair.Certificate.Leaf)
	}
	data, err := local.AuthorityPEM()
	if err != nil {
		return c, fmt.Errorf("%w\n\tor name a copy of %s with --file", err, localCA)
	}
	c.list, err = parseCAs(data)
	return c, err
}

// mayBeTrusted refuses what does no good, or harm, in a store of authorities.
func mayBeTrusted(c *x509.Certificate, now time.Time) error {
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		return fmt.Errorf("%q is a server's certificate, not an authority's: name the file of the authority that issued it (%q)", c.Subject.String(), c.Issuer.String())
	case now.After(c.NotAfter):
		return fmt.Errorf("the certificate of the authority %q expired on %s", c.Subject.String(), c.NotAfter.UTC().Format(time.DateOnly))
	}
	return nil
}
