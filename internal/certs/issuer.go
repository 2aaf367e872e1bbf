package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// systemRoots returns this machine's store of authorities, nil if it does not
// tell anything. It is loaded at the first call, by crypto/x509, and kept.
//
// On Windows and macOS verification is the system's, which completes a chain on
// its own, from what it saw before or from the network. It would not notice what
// clients miss.
func systemRoots() *x509.CertPool {
	switch runtime.GOOS {
	case "windows", "darwin", "ios":
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil || pool.Equal(x509.NewCertPool()) {
		return nil
	}
	return pool
}

// chainRemarks tells if clients may miss a certificate between p's chain and an
// authority that they trust: if the chain ends neither at a root that was in the
// file, nor at one of those that roots returns.
//
// A certificate that says where its issuer's can be fetched comes from an
// authority that expects clients to lack it, so that is warned about, as are
// those that say that their issuer has an issuer. Of others only the operator
// knows whether the issuer is a root that the clients trust.
func chainRemarks(p *Pair, n Names, roots func() *x509.CertPool) []Finding {
	last := p.Certificate.Leaf
	if certs := above(p); len(certs) > 0 {
		last = certs[len(certs)-1]
	}
	if p.CA != nil || signedItself(last) || weakSignature(last) {
		return nil
	}
	pool := roots()
	if pool == nil || issuerKnown(last, pool) {
		return nil
	}
	if fetch := fetchIssuer(last); fetch != "" && p.CertFile != "" {
		hint := "append it: " + fetch + " >> " + p.CertFile
		if p.CertFile == p.KeyFile {
			hint += " (if that is PKCS#12, first: openssl pkcs12 -in " + p.CertFile + " -noenc -out FILE)"
		}
		return []Finding{n.finding(Warning, n.Cert, hint,
			"the chain%s lacks the certificate of its issuer %q: clients that do not have it already refuse it", in(p.CertFile), last.Issuer)}
	}
	if belowIntermediate(last) {
		return []Finding{n.finding(Warning, n.Cert, "append that certificate to the file",
			"the chain%s lacks the certificate of its issuer %q, which is an intermediate authority: clients that trust the root alone refuse it", in(p.CertFile), last.Issuer)}
	}
	return []Finding{n.finding(Notice, n.Cert, "if that is an intermediate authority, append its certificate to the file: without it, clients that trust the root alone refuse the server; if it is a root of your own, have the clients trust it, and append it too if users are to download it from the server",
		"the chain%s ends below %q, whose certificate is neither in the file nor known to this machine", in(p.CertFile), last.Issuer)}
}

// issuerKnown reports whether pool has the issuer of c. Dates are not at stake
// here: an issuer that is valid at the beginning or the end of c's life counts.
func issuerKnown(c *x509.Certificate, pool *x509.CertPool) bool {
	for _, at := range []time.Time{c.NotBefore, c.NotAfter} {
		_, err := c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown {
			return true
		}
	}
	return false
}

// oidAuthorityKeyID is that of the extension of RFC 5280, section 4.2.1.1.
var oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}

// belowIntermediate reports whether c says for certain that its issuer was
// issued by another authority. The extension may name the issuer of the issuer:
// OpenSSL writes so with authorityKeyIdentifier=issuer.
func belowIntermediate(c *x509.Certificate) bool {
	i := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidAuthorityKeyID) })
	if i < 0 {
		return false
	}
	var id struct {
		KeyID  []byte          `asn1:"optional,tag:0"`
		Issuer []asn1.RawValue `asn1:"optional,tag:1"`
		Serial *big.Int        `asn1:"optional,tag:2"`
	}
	if _, err := asn1.Unmarshal(c.Extensions[i].Value, &id); err != nil {
		return false
	}
	for _, name := range id.Issuer {
		const directoryName = 4 // of GeneralName; it is explicit
		if name.Class == asn1.ClassContextSpecific && name.Tag == directoryName {
			return !bytes.Equal(name.Bytes, c.RawIssuer)
		}
	}
	return false
}

// plainURL matches what may be shown between single quotes in a command to be
// copied. The certificate may hold anything.
var plainURL = regexp.MustCompile(`^https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]{0,500}$`)

// fetchIssuer returns a command that prints the issuer's certificate in PEM, ""
// if c does not say where that is (RFC 5280 section 4.2.2.1: DER, or PKCS#7).
func fetchIssuer(c *x509.Certificate) string {
	for _, url := range c.IssuingCertificateURL {
		if !plainURL.MatchString(url) {
			continue
		}
		if lower := strings.ToLower(url); strings.HasSuffix(lower, ".p7c") || strings.HasSuffix(lower, ".p7b") {
			return "curl -sS '" + url + "' | openssl pkcs7 -inform DER -print_certs"
		}
		return "curl -sS '" + url + "' | openssl x509 -inform DER"
	}
	return ""
}
