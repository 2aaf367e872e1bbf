package tlscheck

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

const day = 24 * time.Hour

// certificateRules are about the server's certificate. Sources:
//
//   - Apple: RSA keys of at least 2048 bits, SHA-2, names in subjectAltName; and
//     for certificates issued after 2019-07-01: extendedKeyUsage with serverAuth,
//     at most 825 days (support.apple.com/103769, formerly HT210176). From
//     authorities known from the factory at most 398 days if issued since
//     2020-09-01 (support.apple.com/102028), and certificate transparency
//     (support.apple.com/103214). Chrome requires the same two (Chrome Root
//     Program Policy; googlechrome.github.io/CertificateTransparency), Firefox
//     transparency since 135 on desktops.
//   - Names: RFC 9525; the common name does not count in Chrome since 58, Firefox
//     since 48, Android since 9. Java falls back to it if subjectAltName holds no
//     DNS name (RFC 2818, section 3.1).
//   - SHA-1: refused by Chrome since 57 and 72 (own authorities), Firefox, Apple
//     as above, and Android since 10. No client that takes it can be judged here,
//     because crypto/x509 does not check such signatures.
//   - RSA keys of fewer than 1024 bits: ERR_CERT_WEAK_KEY in Chrome, Firefox
//     likewise, jdk.certpath.disabledAlgorithms in Java.
//   - Signature schemes: Chrome (kVerifyPrefs in net/socket/ssl_client_socket_impl.cc)
//     and BoringSSL's defaults, which Android and Apple use, have ECDSA with
//     P-256 and P-384 and RSA only; Firefox has P-521 too. Java has Ed25519 since 15.
//   - keyUsage: Chrome requires digitalSignature always since 124
//     (RSAKeyUsageForLocalAnchorsEnabled), Java for suites with ECDHE.
//   - An authority's certificate as server's: MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY.
var certificateRules = []rule{
	{refuse: everyone, check: expired},
	{level: Warning, check: endsSoon},
	{refuse: everyone &^ java, check: noNames},
	{refuse: everyone &^ java, check: wrongName},
	{refuse: java, check: wrongNameForJava},
	{refuse: everyone, check: weakSignature},
	{refuse: everyone, check: tinyKey},
	{refuse: apple, check: smallKey},
	{refuse: chrome | apple | android, check: rareKey},
	{refuse: firefox, check: rarerKey},
	{refuse: everyone, check: notForServersItself},
	{refuse: apple, check: noPurpose},
	{refuse: chrome | android | java, check: cannotSign},
	{refuse: firefox, check: authorityAsServer},
	{refuse: apple, check: livesTooLong},
	{refuse: chrome | apple | android, check: livesTooLongForPublic},
	{refuse: chrome | firefox | apple | android, check: notTransparent},
}

func expired(f *facts) []remark {
	switch {
	case f.now.After(f.leaf.NotAfter):
		return []remark{{"the certificate expired on " + date(f.leaf.NotAfter), "renew it"}}
	case f.now.Before(f.leaf.NotBefore):
		return []remark{{"the certificate is valid from " + f.leaf.NotBefore.UTC().Format(time.RFC3339) + " on only",
			"check the clocks of this machine and of the one that issued it"}}
	}
	return nil
}

// endsSoon warns 30 days before the end; for certificates that live less than 90
// days, when a third of their life is left: by then they should have been renewed.
func endsSoon(f *facts) []remark {
	left := f.leaf.NotAfter.Sub(f.now)
	if left < 0 || left >= min(30*day, lifetime(f.leaf)/3) {
		return nil
	}
	return []remark{{fmt.Sprintf("the certificate expires on %s, in %d days", date(f.leaf.NotAfter), left/day), "renew it"}}
}

func lifetime(c *x509.Certificate) time.Duration { return c.NotAfter.Sub(c.NotBefore) }

func noNames(f *facts) []remark {
	if len(f.leaf.DNSNames)+len(f.leaf.IPAddresses) > 0 {
		return nil
	}
	return []remark{{"the certificate names no host in subjectAltName; its common name does not count",
		"have it issued with the names in subjectAltName"}}
}

// mismatch returns the remark for a certificate that is not for the host.
func mismatch(f *facts) []remark {
	names := describe(f.leaf).Names
	const shown = 10
	more := ""
	if len(names) > shown {
		more = fmt.Sprintf(" and %d more", len(names)-shown)
		names = names[:shown]
	}
	return []remark{{fmt.Sprintf("the certificate is not for %q, but for %q%s", f.host, names, more),
		"have it issued for this name as well, or connect with one that it has"}}
}

func wrongName(f *facts) []remark {
	if len(noNames(f)) > 0 || f.leaf.VerifyHostname(f.host) == nil {
		return nil
	}
	return mismatch(f)
}

func wrongNameForJava(f *facts) []remark {
	if f.leaf.VerifyHostname(f.host) == nil {
		return nil
	}
	if len(f.leaf.DNSNames) == 0 && net.ParseIP(f.host) == nil && strings.EqualFold(f.leaf.Subject.CommonName, f.host) {
		return nil
	}
	if len(noNames(f)) == 0 {
		return mismatch(f)
	}
	return []remark{{fmt.Sprintf("neither subjectAltName nor the common name of the certificate is %q", f.host),
		"have it issued with the names in subjectAltName"}}
}

func weaklySigned(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		return true
	}
	return false
}

// weakSignature leaves the root out: nobody checks its signature.
func weakSignature(f *facts) (found []remark) {
	for i, c := range f.path {
		if weaklySigned(c) && (i == 0 || !selfSigned(c)) {
			found = append(found, remark{fmt.Sprintf("the certificate %q is signed with %v", title(c), c.SignatureAlgorithm),
				"have it issued anew with SHA-256"})
		}
	}
	return found
}

// smallRSA returns remarks on RSA keys of at least from and fewer than to bits.
func smallRSA(certs []*x509.Certificate, from, to int) (found []remark) {
	for _, c := range certs {
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() >= from && key.N.BitLen() < to {
			found = append(found, remark{fmt.Sprintf("the certificate %q has an RSA key of %d bits only", title(c), key.N.BitLen()),
				"have it issued for an ECDSA key, or an RSA key of 2048 bits or more"})
		}
	}
	return found
}

func tinyKey(f *facts) []remark  { return smallRSA(f.path, 0, 1024) }
func smallKey(f *facts) []remark { return smallRSA(f.path, 1024, 2048) }

func rareKey(f *facts) []remark {
	switch key := f.leaf.PublicKey.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if name := key.Curve.Params().Name; name == "P-256" || name == "P-384" {
			return nil
		}
	default:
		return nil
	}
	return []remark{{"clients do not know the kind of the certificate's key, " + keyName(f.leaf),
		"have it issued for an ECDSA key on P-256, or an RSA key of 2048 bits"}}
}

// rarerKey is what Firefox does not know of these either.
func rarerKey(f *facts) []remark {
	if key, ok := f.leaf.PublicKey.(*ecdsa.PublicKey); ok && key.Curve.Params().Name == "P-521" {
		return nil
	}
	return rareKey(f)
}

func notForServers(c *x509.Certificate) bool {
	return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 &&
		!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

func notForServersItself(f *facts) []remark {
	if !notForServers(f.leaf) {
		return nil
	}
	return []remark{{"the certificate is not for servers (extendedKeyUsage)", "have it issued with serverAuth"}}
}

func noPurpose(f *facts) []remark {
	if f.leaf.NotBefore.Before(appleRules) || notForServers(f.leaf) || slices.Contains(f.leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		return nil
	}
	return []remark{{"the certificate does not say that it is for servers (extendedKeyUsage)", "have it issued with serverAuth"}}
}

func cannotSign(f *facts) []remark {
	if f.leaf.KeyUsage == 0 || f.leaf.KeyUsage&x509.KeyUsageDigitalSignature != 0 {
		return nil
	}
	return []remark{{"the certificate's key may not make signatures (keyUsage), which ECDHE and TLS 1.3 need", "have it issued with digitalSignature"}}
}

func authorityAsServer(f *facts) []remark {
	if !f.leaf.BasicConstraintsValid || !f.leaf.IsCA {
		return nil
	}
	return []remark{{"the certificate is that of an authority (basicConstraints)", "use one that is a server's only"}}
}

// Dates from which certificates must have been issued to fall under a rule.
var (
	appleRules  = time.Date(2019, time.July, 1, 0, 0, 0, 0, time.UTC)
	publicRules = time.Date(2020, time.September, 1, 0, 0, 0, 0, time.UTC)
)

func livesTooLong(f *facts) []remark {
	if f.public && !f.leaf.NotBefore.Before(publicRules) { // falls under the stricter rule
		return nil
	}
	return tooOld(f.leaf, appleRules, 825, "")
}

func livesTooLongForPublic(f *facts) []remark {
	if !f.public {
		return nil
	}
	return tooOld(f.leaf, publicRules, 398, " from a public authority")
}

func tooOld(c *x509.Certificate, since time.Time, days int, of string) []remark {
	if c.NotBefore.Before(since) || lifetime(c) <= time.Duration(days)*day {
		return nil
	}
	return []remark{{fmt.Sprintf("the certificate is valid for %d days; %d is the most that is allowed to one%s", lifetime(c)/day, days, of),
		"have it issued for a shorter time"}}
}

// sctList is the extension with signed certificate timestamps (RFC 6962, 3.3).
const sctList = "1.3.6.1.4.1.11129.2.4.2"

func notTransparent(f *facts) []remark {
	s := f.best.state
	if !f.public || !f.trust.ok || len(s.SignedCertificateTimestamps) > 0 || len(s.OCSPResponse) > 0 { // a stapled answer may hold some
		return nil
	}
	for _, e := range f.leaf.Extensions {
		if e.Id.String() == sctList {
			return nil
		}
	}
	return []remark{{"the certificate is from a public authority and in no certificate transparency log", "have it issued anew"}}
}
