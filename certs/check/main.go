// Check is the release check of the bundled certificate: it fails if the leaf
// is valid for fewer days than -days demands, or if the three files do not
// belong together.
//
//	go run ./certs/check
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	bundled "appserver/certs"
)

func main() {
	days := flag.Int("days", 120, "days for which the certificate must still be valid")
	flag.Parse()
	if err := check(os.Stdout, time.Now(), *days); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

// check verifies the bundled files at now and prints how long they last.
func check(w io.Writer, now time.Time, days int) error {
	pair, err := tls.X509KeyPair(bundled.Certificate(), bundled.Key())
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundled.CA()) {
		return errors.New(bundled.CAFile + " holds no certificate")
	}
	intermediates := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		intermediates.AddCert(c)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{
			DNSName: host, Roots: roots, Intermediates: intermediates, CurrentTime: now,
		}); err != nil {
			return fmt.Errorf("for %s: %w; make the pair anew with `go run ./certs/generate`", host, err)
		}
	}
	left := int(pair.Leaf.NotAfter.Sub(now) / (24 * time.Hour))
	fmt.Fprintf(w, "bundled certificate: %d days left, until %s\n", left, pair.Leaf.NotAfter.Format(time.DateOnly))
	if left < days {
		return fmt.Errorf("%d days are left, a release needs %d; make the pair anew with `go run ./certs/generate`", left, days)
	}
	return nil
}
