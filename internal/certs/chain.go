package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"appserver/internal/keyfile"
)

// parseCertificates returns the certificates in PEM data, at least one. The
// error is a *keyfile.ContentError.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	if err := keyfile.Foreign(data, false); err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	var types []string
	for b, rest := pem.Decode(keyfile.TrimBOM(data)); b != nil; b, rest = pem.Decode(rest) {
		switch b.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
		default:
			types = append(types, b.Type)
			continue
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, &keyfile.ContentError{What: fmt.Sprintf("holds a certificate that is not valid: %v", err)}
		}
		if certs = append(certs, c); len(certs) > keyfile.MaxCertificates {
			return nil, &keyfile.ContentError{What: fmt.Sprintf("holds more than %d certificates", keyfile.MaxCertificates), Mend: "leave only the server's certificate and its intermediates in it"}
		}
	}
	if certs == nil {
		return nil, noCertificate(types)
	}
	return certs, nil
}

// noCertificate explains a PEM file without certificate by what it does hold.
func noCertificate(types []string) error {
	e := &keyfile.ContentError{What: "holds no certificate", Mend: "name a PEM file; it begins with -----BEGIN CERTIFICATE-----"}
	if len(types) > 0 {
		e.What += ", but " + strings.Join(types, ", ")
	}
	switch {
	case slices.Contains(types, "PKCS7"):
		e.Mend = "convert it: openssl pkcs7 -print_certs -in %s -out FILE"
	case slices.Contains(types, "TRUSTED CERTIFICATE"):
		e.Mend = "convert it: openssl x509 -in %s -out FILE"
	case slices.ContainsFunc(types, func(t string) bool { return strings.HasSuffix(t, "CERTIFICATE REQUEST") }):
		e.Mend = "name the certificate that the authority made of the request"
	}
	return e
}

// arrange picks the certificate of pub out of certs, in whatever order, and the
// chain that leads from it. Chain is leaf first and ends before the root; root is
// the self-signed certificate at its end, nil if it is not in certs, and the
// leaf itself if that is self-signed. Chain is nil if no certificate is for pub.
func arrange(certs []*x509.Certificate, pub crypto.PublicKey, now time.Time) (chain []*x509.Certificate, root *x509.Certificate) {
	leaf := leafFor(certs, pub, now)
	if leaf == nil {
		return nil, nil
	}
	chain = []*x509.Certificate{leaf}
	for c := leaf; ; {
		if signedItself(c) {
			if root = c; c != leaf {
				chain = chain[:len(chain)-1]
			}
			return chain, root
		}
		i := slices.IndexFunc(certs, func(issuer *x509.Certificate) bool {
			return issued(issuer, c) && !slices.ContainsFunc(chain, issuer.Equal)
		})
		if i < 0 {
			return chain, nil
		}
		c = certs[i]
		chain = append(chain, c)
	}
}

// leafFor returns the certificate for pub; of several, as after a renewal, one
// that is valid at now before others, and then the one that ends last.
func leafFor(certs []*x509.Certificate, pub crypto.PublicKey, now time.Time) (leaf *x509.Certificate) {
	valid := func(c *x509.Certificate) bool { return !now.Before(c.NotBefore) && !now.After(c.NotAfter) }
	for _, c := range certs {
		switch {
		case !keyfile.SamePublicKey(c.PublicKey, pub):
		case leaf == nil, valid(c) && !valid(leaf), valid(c) == valid(leaf) && c.NotAfter.After(leaf.NotAfter):
			leaf = c
		}
	}
	return leaf
}

// issued reports whether issuer signed c. A signature that is merely too weak to
// be checked counts, since only the order is at stake here.
func issued(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignatureFrom(issuer)
	_, weak := errors.AsType[x509.InsecureAlgorithmError](err)
	return err == nil || weak
}

// signedItself reports whether c is self-signed. The names alone do not tell:
// people give an authority and its server the same one. They have to do where
// the algorithm is one that cannot be checked here.
func signedItself(c *x509.Certificate) bool {
	if !bytes.Equal(c.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	_, weak := errors.AsType[x509.InsecureAlgorithmError](err)
	return err == nil || weak || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}
