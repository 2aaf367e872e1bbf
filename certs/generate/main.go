// Generate makes the bundled certificate anew: totvs_certificate.crt,
// totvs_certificate_key.pem and totvs_certificate_CA.crt in the folder that
// -dir names. Run it from the root of the repository:
//
//	go run ./certs/generate -dir certs
//
// The private keys of root and intermediate live in this process only. Each run
// makes another root: whoever trusts the old one has to install the new one.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The names of package bundled, which embeds the files and so cannot be
// imported by the program that makes them.
const (
	certificateFile = "totvs_certificate.crt"
	keyFile         = "totvs_certificate_key.pem"
	caFile          = "totvs_certificate_CA.crt"
)

func main() {
	dir := flag.String("dir", "certs", "folder to write to")
	flag.Parse()
	if err := generate(*dir, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the three files into dir, valid from now on.
func generate(dir string, now time.Time) error {
	root, err := newRoot(now)
	if err != nil {
		return err
	}
	intermediate, err := root.intermediate(now)
	if err != nil {
		return err
	}
	leaf, err := intermediate.leaf(now)
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(leaf.key)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
		mode os.FileMode
	}{
		{certificateFile, append(block("CERTIFICATE", leaf.cert.Raw), block("CERTIFICATE", intermediate.cert.Raw)...), 0o644},
		{keyFile, block("PRIVATE KEY", key), 0o600},
		{caFile, block("CERTIFICATE", root.cert.Raw), 0o644},
	} {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}

func block(kind string, data []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
}
