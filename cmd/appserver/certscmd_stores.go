package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/smallstep/truststore"
)

// storeName names c in stores. It is the same at each call, holds nothing that c
// says of itself, because it becomes a file's name, and no other certificate has
// it.
func storeName(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return fmt.Sprintf("appserver-%x", sum[:8])
}

// fileStem is the name, without its ending, of the file that c becomes.
func fileStem(c *x509.Certificate) string { return storeName(c) + "-" + c.SerialNumber.String() }

// systemStore is the one of the operating system.
type systemStore struct{ java javaStore }

func (systemStore) name() string {
	if runtime.GOOS == "windows" {
		return "the store of this Windows user"
	}
	return "the system's store"
}

func (systemStore) ready(c choice, d direction) error {
	switch runtime.GOOS {
	case "windows", "darwin": // there it is this user's store, or the system asks for the password
		return nil
	}
	if os.Geteuid() == 0 {
		return nil
	}
	own := "for Chromium and Firefox of this user alone: " + c.again(commandLine, d, "--nss")
	if c.list == nil { // this user cannot read it
		own = "for Chromium and Firefox of this user alone, with a copy of the authority's file: " + commandLine(nil, "certs", d.String(), "--nss", "--file", localCA)
	}
	return fmt.Errorf("only root can change the system's store; as root, run: %s\n%s", c.again(rootCommandLine, d), own)
}

func (systemStore) install(c *x509.Certificate) error {
	err := withStoreAccess(func() error { return truststore.Install(c, truststore.WithPrefix(storeName(c)+"-")) })
	return storeError("install", c, err)
}

// remove removes c also from Java's store, whatever the system's says: it may
// have stayed there alone.
func (s systemStore) remove(c *x509.Certificate) (found bool, err error) {
	// Windows forgets all certificates with this serial number: it must not be
	// one that others can have too.
	if runtime.GOOS == "windows" && c.SerialNumber.BitLen() < 64 {
		return false, fmt.Errorf("the serial number %x of %q is too short to be only its own: remove it with certmgr.msc", c.SerialNumber, c.Subject.String())
	}
	found = s.installed(c)
	forgetLeftovers()
	err = withStoreAccess(func() error { return truststore.Uninstall(c, truststore.WithPrefix(storeName(c)+"-")) })
	if err != nil && !errors.Is(err, truststore.ErrNotFound) {
		return found, storeError("remove", c, err)
	}
	inJava, err := s.java.remove(c)
	return found || inJava, err
}

func storeError(act string, c *x509.Certificate, err error) error {
	var command *truststore.CmdError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, truststore.ErrNotSupported), errors.Is(err, truststore.ErrTrustNotSupported):
		return errors.New("this system's store is of a kind that is not known here; on Linux, install the package ca-certificates")
	case errors.As(err, &command):
		return fmt.Errorf("cannot %s %q: %w: %s", act, c.Subject.String(), err, said(command.Out()))
	}
	return fmt.Errorf("cannot %s %q: %w", act, c.Subject.String(), err)
}

// trusts asks the system in the way that programs do. Nothing may have asked
// before in this process.
func (systemStore) trusts(c *x509.Certificate) bool {
	_, err := c.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil
}

// nssStore is the NSS databases of one user.
type nssStore struct {
	certutil  string
	databases []string // folders
}

// certutilTimeout bounds one run of certutil.
const certutilTimeout = 30 * time.Second

// newNSSStore finds the databases of this user. If there is none, it is the one
// that Chromium makes when it first runs.
func newNSSStore() (nssStore, error) {
	if runtime.GOOS == "windows" {
		return nssStore{}, errors.New("--nss is for Linux and macOS: on Windows, Chrome and Firefox use the system's store")
	}
	if os.Geteuid() == 0 && os.Getenv("SUDO_USER") != "" {
		return nssStore{}, errors.New("--nss is about the user who runs the command: run it without sudo")
	}
	certutil, err := exec.LookPath("certutil")
	if err != nil {
		return nssStore{}, errors.New("certutil is not installed: it is in the package libnss3-tools (Debian, Ubuntu), nss-tools (Red Hat), mozilla-nss-tools (SUSE) or nss (Arch, Homebrew)")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nssStore{}, err
	}
	return nssStore{certutil, nssDatabases(home)}, nil
}

// nssDatabases lists the folders with databases below home. The first is
// Chromium's, whether it exists or not.
func nssDatabases(home string) []string {
	found := []string{filepath.Join(home, ".pki", "nssdb")}
	for _, pattern := range []string{
		"snap/chromium/current/.pki/nssdb",
		".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*", ".var/app/org.mozilla.firefox/.mozilla/firefox/*",
		".config/mozilla/firefox/*", "Library/Application Support/Firefox/Profiles/*",
	} {
		files, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(pattern), "cert9.db"))
		if err != nil {
			continue // home holds a bad pattern
		}
		for _, f := range files {
			found = append(found, filepath.Dir(f))
		}
	}
	return found
}

func (s nssStore) name() string {
	return "the NSS databases " + strings.Join(s.databases, ", ")
}

func (s nssStore) ready(_ choice, d direction) error {
	if d == untrust {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.databases[0], "cert9.db")); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.databases[0], 0o700); err != nil {
		return err
	}
	return s.run(s.databases[0], "", "-N", "--empty-password")
}

func (s nssStore) install(c *x509.Certificate) error {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	for _, db := range s.databases {
		if err := s.run(db, string(text), "-A", "-a", "-t", "C,,", "-n", storeName(c)); err != nil {
			return err
		}
	}
	return nil
}

func (s nssStore) remove(c *x509.Certificate) (found bool, err error) {
	for _, db := range s.databases {
		if !s.has(db, c) {
			continue
		}
		found = true
		if err := s.run(db, "", "-D", "-n", storeName(c)); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (s nssStore) has(db string, c *x509.Certificate) bool {
	return s.run(db, "", "-L", "-n", storeName(c)) == nil
}

// trusts reports whether the first database has c. After install all have it,
// and after remove none.
func (s nssStore) trusts(c *x509.Certificate) bool { return s.has(s.databases[0], c) }

// run runs certutil on the database in the folder db. It asks nobody anything: a
// database with a password of its own makes it fail.
func (s nssStore) run(db, stdin string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), certutilTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.certutil, append([]string{"-d", "sql:" + db}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: certutil: %w: %s", db, err, said(out))
	}
	return nil
}
