package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// localCA is the file in the local authority's folder with what stations
// install.
const localCA = "ca.crt"

// localCAFile returns the path of the local authority's certificate, "" if it is
// not there.
func localCAFile(folder string) string {
	path := filepath.Join(folder, localCA)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// parseCAs returns the certificates in PEM data, or in DER if there are none.
func parseCAs(data []byte) (list []*x509.Certificate, err error) {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it holds %q too; only certificates may be in it", b.Type)
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if list != nil {
		return list, nil
	}
	c, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, errors.New("it holds no certificate in PEM or DER")
	}
	return []*x509.Certificate{c}, nil
}

// readCAs reads a file with certificates of authorities.
func readCAs(path string) ([]*x509.Certificate, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	list, err := parseCAs(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// certFingerprint is the SHA-256 sum of c, as browsers show it.
func certFingerprint(c *x509.Certificate) string {
	return fingerprint(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}
