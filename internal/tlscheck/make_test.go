package tlscheck

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// today is the clock of all tests.
var today = time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)

// issuer is an authority that tests make certificates with.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// make signs template with the authority's key; with its own if a is nil.
func (a *issuer) make(t *testing.T, template *x509.Certificate, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotBefore.IsZero() {
		template.NotBefore = today.AddDate(0, 0, -10)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = today.AddDate(0, 0, 90)
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// authority makes an authority below a, a root if a is nil. Mods change its
// template.
func (a *issuer) authority(t *testing.T, name string, mods ...func(*x509.Certificate)) *issuer {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotAfter: today.AddDate(5, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	for _, m := range mods {
		m(template)
	}
	key := newKey(t, elliptic.P256())
	return &issuer{a.make(t, template, key), key}
}

// leaf makes a pair for localhost and 127.0.0.1, with the chain given.
func (a *issuer) leaf(t *testing.T, key crypto.Signer, chain []*x509.Certificate, mods ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	if key == nil {
		key = newKey(t, elliptic.P256())
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "server"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, m := range mods {
		m(template)
	}
	pair := tls.Certificate{Certificate: [][]byte{a.make(t, template, key).Raw}, PrivateKey: key}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	return pair
}

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// domainValidated is the policy that public authorities put in certificates.
func domainValidated(c *x509.Certificate) {
	c.PolicyIdentifiers = []asn1.ObjectIdentifier{{2, 23, 140, 1, 2, 1}}
	oid, err := x509.OIDFromInts([]uint64{2, 23, 140, 1, 2, 1})
	if err != nil {
		panic(err)
	}
	c.Policies = []x509.OID{oid}
}

// serve handles each connection to a new listener with handle and returns its
// address. All has ended when the test has.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	return l.Addr().String()
}

// serveTLS completes handshakes and waits for the client to leave.
func serveTLS(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	if cfg.MinVersion == 0 {
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS12, tls.VersionTLS13
	}
	cfg.Time = func() time.Time { return today }
	return serve(t, func(c net.Conn) {
		conn := tls.Server(c, cfg)
		if conn.Handshake() == nil {
			io.Copy(io.Discard, conn)
		}
	})
}

// check judges a server with the tests' clock.
func check(t *testing.T, o Options) *Report {
	t.Helper()
	o.Now = func() time.Time { return today }
	r, err := Check(t.Context(), o)
	if err != nil {
		t.Fatalf("Check(%q) = %v", o.Address, err)
	}
	return r
}
