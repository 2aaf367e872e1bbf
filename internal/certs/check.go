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
		return n.fault(n.Cert, "renew it", "the certificate%s expired on %s", in(p.CertFile), leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return n.fault(n.Cert, "check the clock of this machine", "the certificate%s is valid from %s, and the clock says %s",
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

// expiryRemarks warns about a leaf that ends soon and about expired
// certificates further up.
func expiryRemarks(p *Pair, n Names, now time.Time) (findings []Finding) {
	leaf := p.Certificate.Leaf
	if left := leaf.NotAfter.Sub(now); left < expirySoon {
		findings = append(findings, n.finding(Warning, n.Cert, "renew it", "the certificate%s expires in %d days, on %s",
			in(p.CertFile), int(left.Hours()/24), leaf.NotAfter.Format(time.DateOnly)))
	}
	for _, der := range p.Certificate.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil && now.After(c.NotAfter) {
			findings = append(findings, n.finding(Warning, n.Cert, "replace it with the present one of the issuer",
				"the intermediate certificate %q%s expired on %s", c.Subject, in(p.CertFile), c.NotAfter.Format(time.DateOnly)))
		}
	}
	return findings
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
	forAny := len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny)
	if !forAny && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		warn("issue it with extendedKeyUsage serverAuth", "is not for servers (extendedKeyUsage): clients refuse it")
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		warn("issue it for an RSA key of 2048 bits, or an ECDSA key", "has an RSA key of fewer than 2048 bits: clients refuse it")
	}
	switch leaf.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.MD5WithRSA:
		warn("issue it anew with SHA-256", "is signed with "+leaf.SignatureAlgorithm.String()+": clients refuse it")
	}
	return findings
}
