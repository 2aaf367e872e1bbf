package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/certs"
)

// trustFlags are those of certs trust and certs untrust.
type trustFlags struct {
	file string
	nss  bool
}

func (f *trustFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "file", "", "`file` with the authority's certificate, PEM or DER (default: that of this server)")
	cmd.Flags().BoolVar(&f.nss, "nss", false, "use the NSS databases of this user (Chromium, Firefox) in place of the system's store")
}

func (a *app) certsTrustCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Have this machine trust the server's authority",
		Long: `Install the authority in this system's store, for all its users (on Windows: for
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
		Long:  `Remove the authority from this system's store, or with --nss from the NSS databases of this user. See appserver certs trust.`,
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

// A store is where programs look for the authorities that they trust.
type store interface {
	// name says which store it is, in a sentence with "in" or "from" before it.
	name() string
	// ready returns why the store cannot be changed. Again is the command that is
	// under way.
	ready(again string) error
	install(*x509.Certificate) error
	remove(*x509.Certificate) error
	// trusts reports whether the store has the certificate. It is asked after all
	// changes only: what systems tell is not read twice by one process.
	trusts(*x509.Certificate) bool
}

func (a *app) certsTrust(f trustFlags, d direction) error {
	var s store = systemStore{}
	if f.nss {
		nss, err := newNSSStore()
		if err != nil {
			return err
		}
		s = nss
	}
	list, again, err := a.authorities(f.file)
	if f.file != "" && err != nil {
		return err
	}
	// Who may not change the store need not be told that he may not read either.
	if err := s.ready(fmt.Sprintf("certs %v%s", d, again)); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return a.change(s, list, d)
}

// change installs or removes list, checks that it took, and says what else there
// is to do.
func (a *app) change(s store, list []*x509.Certificate, d direction) error {
	act := s.install
	if d == untrust {
		act = s.remove
	}
	for _, c := range list {
		if err := act(c); err != nil {
			return err
		}
	}
	for _, c := range list {
		if s.trusts(c) != bool(d) {
			return failedToTake(s, c, d)
		}
		verb := "is trusted: it is in"
		if d == untrust {
			verb = "is no longer trusted: it is not in"
		}
		fmt.Fprintf(a.stdout, "%q %s %s\n", c.Subject.String(), verb, s.name())
	}
	if d == untrust {
		return nil
	}
	fmt.Fprintf(a.stdout, "CA SHA-256 %s\n", certFingerprint(list[0]))
	_, system := s.(systemStore)
	_, err := fmt.Fprint(a.stdout, otherStores(system))
	return err
}

func failedToTake(s store, c *x509.Certificate, d direction) error {
	if d == trust {
		return fmt.Errorf("%q was installed, but programs do not find it in %s; if $SSL_CERT_FILE or $SSL_CERT_DIR is set, they look elsewhere", c.Subject.String(), s.name())
	}
	return fmt.Errorf("%q was removed, but it is still in %s: it was installed there by other means too", c.Subject.String(), s.name())
}

// authorities returns what is to be trusted: the certificates in file or, if that
// is "", those of this server. Again, which comes with an error too, is the part
// of the command line, with a space in front, that leads there from any folder
// and environment.
func (a *app) authorities(file string) (list []*x509.Certificate, again string, err error) {
	if file != "" {
		if list, err = readCAs(file); err != nil {
			return nil, "", usageError(fmt.Errorf("--file: %w", err))
		}
	} else {
		list, file, err = a.ownAuthorities()
	}
	again = a.configFlags()
	if file != "" {
		again = " --file " + shellQuote(absolute(file))
	}
	for _, c := range list {
		err = errors.Join(err, mayBeTrusted(c, time.Now()))
	}
	return list, again, err
}

// ownAuthorities returns the authorities of this server's certificate, and the
// file that holds them if there is one.
func (a *app) ownAuthorities() ([]*x509.Certificate, string, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, "", err
	}
	folder := localFolder(cfg.General.DataPath)
	if local := certs.OpenLocal(folder); local.Exists() {
		data, err := local.AuthorityPEM()
		if err != nil {
			return nil, "", fmt.Errorf("%w\n\tor name a copy of %s with --file", err, localCA)
		}
		list, err := parseCAs(data)
		return list, localCAFile(folder), err
	}
	pair := newSecurity(cfg, folder).pair
	switch {
	case pair == nil && cfg.Drivers.MultiProtocolPortSecure:
		return nil, "", &exitError{exitConfig, cfg.Err()}
	case pair == nil:
		return nil, "", errors.New("the port is not encrypted ([Drivers] MultiProtocolPortSecure=0), and no certificate was made: there is no authority")
	case pair.CA == nil:
		return nil, "", fmt.Errorf("the authority of the certificate in %s is not known: name its file with --file; or make a certificate here: appserver certs create", pair.CertFile)
	}
	list, err := parseCAs(pair.CA)
	return list, "", err
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

// otherStores says how programs with stores of their own come to trust the
// authority. System tells that this system's store has it already.
func otherStores(system bool) string {
	var b strings.Builder
	b.WriteString("\nRestart programs that run. These have stores of their own; ca.crt is the authority's file:\n")
	for _, s := range [][2]string{
		{"Chromium, Chrome on Linux", "as each user: appserver certs trust --nss; or certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n appserver -i ca.crt"},
		{"Firefox on Linux", "the same; or Settings, Privacy & Security, View Certificates, Authorities, Import"},
		{"Firefox on Windows, macOS", "takes it from the system's store since version 120"},
		{"Java", "for each Java: keytool -importcert -cacerts -alias appserver -file ca.crt"},
		{"Android", "Settings, search for \"CA certificate\", install; enough for Chrome, not for most apps"},
		{"iPhone, iPad", "install the profile (Settings, Profile Downloaded), and then switch full trust on: Settings, General, About, Certificate Trust Settings"},
		{"other Windows machines", "as administrator: certutil -addstore -f ROOT ca.crt"},
		{"other Macs", "sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain ca.crt"},
		{"other Linux machines", "sudo appserver certs trust --file ca.crt; Debian: copy it to /usr/local/share/ca-certificates and run update-ca-certificates; Red Hat: to /etc/pki/ca-trust/source/anchors and update-ca-trust"},
	} {
		fmt.Fprintf(&b, "  %s:\n    %s\n", s[0], s[1])
	}
	if !system {
		b.WriteString("The system's own store is another: appserver certs trust, without --nss.\n")
	}
	return b.String()
}
