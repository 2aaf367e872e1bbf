package main

import "github.com/smallstep/truststore"

// forgetLeftovers has the following removals clean up the links that
// update-ca-certificates (Debian, SUSE) otherwise leaves to a file that is gone.
func forgetLeftovers() {
	if c := truststore.SystemTrustCommand; len(c) == 1 && c[0] == "update-ca-certificates" {
		truststore.SystemTrustCommand = []string{c[0], "--fresh"}
	}
}
