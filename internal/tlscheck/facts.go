package tlscheck

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxExamined is how many certificates of a chain are looked at. No client
// accepts so many, and looking compares each with each.
const maxExamined = 20

// facts is what is known about a server; rules judge it. If no handshake got as
// far as a certificate, leaf is nil, and so is all that follows from it.
type facts struct {
	host     string // that the certificate must be for
	now      time.Time
	best     handshake // what a client of today gets
	versions []handshake

	sent  []*x509.Certificate // as they came, maxExamined of them
	leaf  *x509.Certificate   // the first
	path  []*x509.Certificate // from the leaf as far as those sent lead, a self-signed one included
	trust trust

	// public tells that the leaf claims to be from an authority that is known
	// to clients from the factory, and that nobody has named another.
	public bool
}

func newFacts(host string, now time.Time, best handshake, versions []handshake, roots *x509.CertPool) *facts {
	f := &facts{host: host, now: now, best: best, versions: versions}
	if !best.reached {
		return f
	}
	f.sent = best.state.PeerCertificates
	f.sent = f.sent[:min(len(f.sent), maxExamined)]
	f.leaf = f.sent[0]
	f.path = pathFrom(f.sent)
	f.trust = verify(f.sent, roots, now)
	f.public = roots == nil && claimsPublic(f.leaf)
	return f
}

// pathFrom returns the way that leads from the first certificate upwards.
func pathFrom(sent []*x509.Certificate) []*x509.Certificate {
	path := sent[:1:1]
	for {
		c := path[len(path)-1]
		i := slices.IndexFunc(sent, func(issuer *x509.Certificate) bool {
			return issued(issuer, c) && !slices.ContainsFunc(path, issuer.Equal)
		})
		if i < 0 || selfSigned(c) {
			return path
		}
		path = append(path, sent[i])
	}
}

// issued reports whether issuer signed c. A signature that is too weak to be
// checked counts: there is a rule for it.
func issued(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignatureFrom(issuer)
	return err == nil || isWeak(err)
}

func selfSigned(c *x509.Certificate) bool {
	if !bytes.Equal(c.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	return err == nil || isWeak(err)
}

func isWeak(err error) bool {
	_, weak := errors.AsType[x509.InsecureAlgorithmError](err)
	return weak
}

// trust is the result of verifying a chain without regard to names.
type trust struct {
	ok      bool                // an authority vouches for it, the dates left aside
	current bool                // also at the present
	servers bool                // also for the purpose of serving
	chain   []*x509.Certificate // leaf to root, if ok
	err     error               // if not ok
}

// verify leads the certificates to roots, nil for the system's. Expired ones are
// tried at a time at which they were valid, so that the dates do not hide what
// else there is to find.
func verify(sent []*x509.Certificate, roots *x509.CertPool, now time.Time) (t trust) {
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range sent[1:] {
		options.Intermediates.AddCert(c)
	}
	for i, at := range append([]time.Time{now}, overlap(sent)...) {
		options.CurrentTime, options.KeyUsages = at, []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		chains, err := sent[0].Verify(options)
		if err != nil {
			t.err = cmp.Or(t.err, err)
			continue
		}
		t.ok, t.current, t.chain, t.err = true, i == 0, chains[0], nil
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		_, err = sent[0].Verify(options)
		t.servers = err == nil
		return t
	}
	return t
}

// overlap returns times at which all of certs may have been valid.
func overlap(certs []*x509.Certificate) []time.Time {
	first, last := certs[0].NotBefore, certs[0].NotAfter
	for _, c := range certs[1:] {
		if c.NotBefore.After(first) {
			first = c.NotBefore
		}
		if c.NotAfter.Before(last) {
			last = c.NotAfter
		}
	}
	return []time.Time{first, last, certs[0].NotBefore, certs[0].NotAfter}
}

// claimsPublic reports whether c carries one of the policies that certificates
// of public authorities must (CA/Browser Forum Baseline Requirements 7.1.6.1:
// 2.23.140.1.2.1 to .3; EV: 2.23.140.1.1).
func claimsPublic(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.PolicyIdentifiers, func(id asn1.ObjectIdentifier) bool {
		text := id.String()
		return strings.HasPrefix(text, "2.23.140.1.2.") || text == "2.23.140.1.1"
	})
}

// describe puts c into words.
func describe(c *x509.Certificate) Certificate {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: fmt.Sprintf("%x", c.SerialNumber), Names: names,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: keyName(c), Signature: c.SignatureAlgorithm.String(),
		CA: c.BasicConstraintsValid && c.IsCA, SHA256: fingerprint(c),
	}
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

func keyName(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}

// title names c in a message; it is quoted there.
func title(c *x509.Certificate) string {
	if s := c.Subject.String(); s != "" {
		return s
	}
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	if len(c.IPAddresses) > 0 {
		return c.IPAddresses[0].String()
	}
	return fmt.Sprintf("serial %x", c.SerialNumber)
}
