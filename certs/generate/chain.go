package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"time"
)

// Validity. Apple's systems refuse a server's certificate that is valid for
// more than 825 days. The CAs end after the leaf, so that it is the leaf whose
// end is felt.
const (
	day              = 24 * time.Hour
	leafDays         = 825
	intermediateDays = 850
	rootDays         = 860
)

// pair is a certificate with its private key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newRoot makes the CA that users trust.
func newRoot(now time.Time) (*pair, error) {
	t := template("appserver localhost root", now, rootDays)
	constrain(t)
	t.MaxPathLen = 1
	return issue(t, nil)
}

// intermediate makes the CA below root that signs the leaf. It repeats the
// constraints, because some verifiers, Java's among them, do not apply those of
// the trust anchor itself.
func (root *pair) intermediate(now time.Time) (*pair, error) {
	t := template("appserver localhost intermediate", now, intermediateDays)
	constrain(t)
	t.MaxPathLenZero = true
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return issue(t, root)
}

// leaf makes the server's certificate.
func (ca *pair) leaf(now time.Time) (*pair, error) {
	t := template("localhost", now, leafDays)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.BasicConstraintsValid = true
	t.DNSNames = []string{"localhost"}
	t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	return issue(t, ca)
}

// template is what all three share. They are valid from the midnight (UTC)
// that began yesterday, for clocks that are behind.
func template(name string, now time.Time, days int) *x509.Certificate {
	from := now.UTC().Truncate(day).Add(-day)
	return &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"appserver"}, CommonName: name},
		NotBefore: from,
		NotAfter:  from.Add(time.Duration(days)*day - time.Second),
	}
}

// constrain makes t a CA for this machine's own names and addresses.
func constrain(t *x509.Certificate) {
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	t.PermittedDNSDomainsCritical = true
	t.PermittedDNSDomains = []string{"localhost"}
	t.PermittedIPRanges = []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}

// issue signs t with a new key by parent, or by itself if parent is nil.
func issue(t *x509.Certificate, parent *pair) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if parent == nil {
		parent = &pair{cert: t, key: key}
	}
	// Without a SerialNumber, CreateCertificate makes a random one.
	der, err := x509.CreateCertificate(rand.Reader, t, parent.cert, key.Public(), parent.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &pair{cert, key}, nil
}
