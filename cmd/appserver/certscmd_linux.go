package main

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/smallstep/truststore"
)

// forgetLeftovers has the following removals clean up the links that
// update-ca-certificates (Debian, SUSE) otherwise leaves to a file that is gone.
func forgetLeftovers() {
	if c := truststore.SystemTrustCommand; len(c) == 1 && c[0] == "update-ca-certificates" {
		truststore.SystemTrustCommand = []string{c[0], "--fresh"}
	}
}

// anchor returns the file, which all users can read, in which the system keeps c
// once it is installed.
func anchor(c *x509.Certificate) string {
	if truststore.SystemTrustFilename == "" {
		return ""
	}
	return fmt.Sprintf(truststore.SystemTrustFilename, fileStem(c))
}

// installed reports whether install has put c there.
func (systemStore) installed(c *x509.Certificate) bool {
	_, err := os.Stat(anchor(c))
	return err == nil
}
