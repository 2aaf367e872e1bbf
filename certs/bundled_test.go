package bundled

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"
)

// parse returns the three bundled certificates.
func parse(t *testing.T) (leaf, intermediate, root *x509.Certificate) {
	t.Helper()
	var certs []*x509.Certificate
	for rest := append(Certificate(), CA()...); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, c)
	}
	if len(certs) != 3 {
		t.Fatalf("%s and %s hold %d certificates; want leaf, intermediate and root", CertificateFile, CAFile, len(certs))
	}
	return certs[0], certs[1], certs[2]
}

func TestPair(t *testing.T) {
	pair, err := tls.X509KeyPair(Certificate(), Key())
	if err != nil {
		t.Fatal(err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		t.Errorf("key is a %T; want ECDSA on P-256", pair.PrivateKey)
	}
	leaf, _, _ := parse(t)
	if days := leaf.NotAfter.Add(time.Second).Sub(leaf.NotBefore).Hours() / 24; days > 825 {
		t.Errorf("leaf is valid for %.0f days; Apple's systems accept 825", days)
	}
}

// TestChain verifies at the beginning and at the end of the leaf's life, so
// that the test does not depend on the date: the release check does.
func TestChain(t *testing.T) {
	leaf, intermediate, root := parse(t)
	opts := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	opts.Roots.AddCert(root)
	opts.Intermediates.AddCert(intermediate)
	for _, at := range []time.Time{leaf.NotBefore, leaf.NotAfter} {
		for host, covered := range map[string]bool{
			"localhost": true, "127.0.0.1": true, "::1": true, "example.org": false, "127.0.0.2": false,
		} {
			opts.CurrentTime, opts.DNSName = at, host
			if _, err := leaf.Verify(opts); (err == nil) != covered {
				t.Errorf("Verify(%s) at %s = %v; want covered %t", host, at, err, covered)
			}
		}
	}
}

func TestConstraints(t *testing.T) {
	_, intermediate, root := parse(t)
	for _, ca := range []*x509.Certificate{root, intermediate} {
		var nets []string
		for _, n := range ca.PermittedIPRanges {
			nets = append(nets, n.String())
		}
		if !ca.PermittedDNSDomainsCritical || !slices.Equal(ca.PermittedDNSDomains, []string{"localhost"}) ||
			!slices.Equal(nets, []string{"127.0.0.0/8", "::1/128"}) {
			t.Errorf("%s permits %v %v, critical %t; want localhost, 127.0.0.0/8 and ::1/128, critical",
				ca.Subject, ca.PermittedDNSDomains, nets, ca.PermittedDNSDomainsCritical)
		}
	}
	if intermediate.MaxPathLen != 0 || !intermediate.MaxPathLenZero {
		t.Errorf("intermediate allows %d CAs below it; want none", intermediate.MaxPathLen)
	}
}

func TestCopies(t *testing.T) {
	for name, content := range map[string]func() []byte{CertificateFile: Certificate, KeyFile: Key, CAFile: CA} {
		content()[0] = 'x'
		if content()[0] != '-' {
			t.Errorf("%s: a caller can change the embedded content", name)
		}
	}
}
