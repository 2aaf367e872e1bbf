package certs

import (
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"time"
)

// expirySoon is how long before its end a certificate is warned about.
const expirySoon = 30 * 24 * time.Hour

// checkDates returns an error if the leaf is not valid at now.
func checkDates(p *Pair, n Names, now time.Time) error {
	leaf := p.Certificate.Leaf
	switch {
	case now.After(leaf.NotAfter):
		return n.clockFault(n.Cert, "renew it", "the certificate%s expired on %s", in(p.CertFile), leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return n.clockFault(n.Cert, "check the clock of this machine", "the certificate%s is valid from %s, and the clock says %s",
			in(p.CertFile), leaf.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

func in(file string) string {
	if file == "" {
		return ""
	}
	return " in " + file
}

// expiryRemarks warns about a leaf that ends soon and about certificates further
// up that are not valid at now.
func expiryRemarks(p *Pair, n Names, now time.Time) (findings []Finding) {
	leaf := p.Certificate.Leaf
	if left := leaf.NotAfter.Sub(now); left < expirySoon {
		findings = append(findings, n.finding(Warning, n.Cert, "renew it", "the certificate%s expires in %d days, on %s",
			in(p.CertFile), int(left.Hours()/24), leaf.NotAfter.Format(time.DateOnly)))
	}
	for _, c := range above(p) {
		switch {
		case now.After(c.NotAfter):
			findings = append(findings, n.finding(Warning, n.Cert, "replace it with the present one of the issuer",
				"the intermediate certificate %q%s expired on %s", c.Subject, in(p.CertFile), c.NotAfter.Format(time.DateOnly)))
		case now.Before(c.NotBefore):
			findings = append(findings, n.finding(Warning, n.Cert, "check the clock of this machine, or use the one that the issuer used until then",
				"the intermediate certificate %q%s is valid from %s only", c.Subject, in(p.CertFile), c.NotBefore.Format(time.RFC3339)))
		}
	}
	return findings
}

// above returns the certificates of p's chain after the leaf.
func above(p *Pair) (certs []*x509.Certificate) {
	for i, der := range p.Certificate.Certificate {
		if c, err := x509.ParseCertificate(der); i > 0 && err == nil {
			certs = append(certs, c)
		}
	}
	return certs
}

// checkUsage returns an error if the leaf's key usage leaves nothing that TLS
// can do with it: to sign, or with RSA in old versions to decrypt.
func checkUsage(p *Pair, n Names) error {
	leaf := p.Certificate.Leaf
	usable := x509.KeyUsageDigitalSignature
	if _, ok := leaf.PublicKey.(*rsa.PublicKey); ok {
		usable |= x509.KeyUsageKeyEncipherment
	}
	if leaf.KeyUsage == 0 || leaf.KeyUsage&usable != 0 {
		return nil
	}
	return n.fault(n.Cert, "issue it with keyUsage digitalSignature",
		"the certificate%s may not be used for TLS (keyUsage is without digitalSignature)", in(p.CertFile))
}

// serverRemarks warns about what clients hold against a server's certificate.
func serverRemarks(p *Pair, n Names) (findings []Finding) {
	leaf := p.Certificate.Leaf
	warn := func(hint, message string) {
		findings = append(findings, n.finding(Warning, n.Cert, hint, "the certificate%s %s", in(p.CertFile), message))
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
		warn("issue it with subjectAltName", "names no host (subjectAltName): browsers refuse it, whatever its common name")
	}
	if !forServers(leaf) {
		warn("issue it with extendedKeyUsage serverAuth", "is not for servers (extendedKeyUsage): clients refuse it")
	}
	if leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		warn("issue it with keyUsage digitalSignature", "is not for signatures (keyUsage): clients refuse it, but for old ones in TLS 1.0 and 1.1")
	}
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageCertSign != 0 {
		warn("issue one for the server, with basicConstraints CA:FALSE", "is that of an authority (CA:TRUE, or keyUsage keyCertSign): some clients, Firefox for one, refuse it from a server")
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		warn("issue it for an RSA key of 2048 bits, or an ECDSA key", "has an RSA key of fewer than 2048 bits: clients refuse it")
	}
	if weakSignature(leaf) {
		warn("issue it anew with SHA-256", "is signed with "+leaf.SignatureAlgorithm.String()+": clients refuse it")
	}
	if tooLong(leaf) {
		warn("issue it for 825 days or fewer", "is valid for more than 825 days: phones, tablets and computers of Apple refuse it")
	}
	return append(findings, chainRemarks(p, n, systemRoots)...)
}

func forServers(leaf *x509.Certificate) bool {
	return len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 ||
		slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
}

func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.MD5WithRSA, x509.MD2WithRSA:
		return true
	}
	return false
}

// maxLifetime is how long a server's certificate may be valid to Apple's
// systems, if it was issued since limitedSince: "Requirements for trusted
// certificates in iOS 13 and macOS 10.15", support.apple.com/103769.
const maxLifetime = 825 * 24 * time.Hour

var limitedSince = time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC)

func tooLong(leaf *x509.Certificate) bool {
	return forServers(leaf) && !leaf.NotBefore.Before(limitedSince) && leaf.NotAfter.Sub(leaf.NotBefore) > maxLifetime
}
