package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	authorityYears = 10
	// authorityOverlap is how long before its end an authority is renewed: a
	// third of its life.
	authorityOverlap = authorityYears * 365 * day / 3
	leafLife         = 90 * 24 * time.Hour
	// clockSlack is how far in the past validity begins, for clients whose
	// clocks are behind.
	clockSlack = time.Hour
	// maxCommonName is the longest common name, in characters (X.520, ub-common-name).
	maxCommonName = 64
)

// authority is a certificate authority with its private key. It is not changed
// after it was made.
//
// When it comes to an end, the next one takes over while stations still trust
// the old one only. For that overlap the old one certifies the name and key of
// the next: a chain with that cross certificate leads to either root. The old
// private key is then no longer needed, and is not kept.
//
// The takeover may happen years too early, while the clock is wrong. That must
// do no harm once it is right again. So the next root and the cross certificate
// begin when the old root does, whence they are valid at any time at which the
// old one is; and they are kept together until the takeover after, although they
// are of use only as long as the old root lives: see alone.
type authority struct {
	key  crypto.Signer
	root *x509.Certificate

	// Both nil, or both set after a takeover.
	old   *x509.Certificate // root of the authority before
	cross *x509.Certificate // name and key of root, signed by old
}

// newAuthority makes an authority for the machine of that host name.
func newAuthority(hostname string, now time.Time) (*authority, error) {
	return authoritySince(now.Add(-clockSlack), hostname, now)
}

// authoritySince is newAuthority with another begin of validity.
func authoritySince(begin time.Time, hostname string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := authorityTemplate(serial, 1) // below it: cross certificate, leaf
	t.Subject = authorityName(hostname, serial, now)
	t.NotBefore, t.NotAfter = begin, now.AddDate(authorityYears, 0, 0)
	root, err := sign(t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &authority{key: key, root: root}, nil
}

// authorityName tells people which machine made the authority, and when. The
// serial number in it keeps names apart of authorities of the same year, among
// which some clients choose by name alone. Hostname may be empty; else it is a
// valid one.
func authorityName(hostname string, serial *big.Int, now time.Time) pkix.Name {
	const around = "appserver local CA  2026"
	if room := maxCommonName - len(around); len(hostname) > room {
		hostname = strings.TrimRight(hostname[:room], ".-")
	}
	return pkix.Name{
		Organization: []string{"appserver"},
		CommonName:   strings.Join(strings.Fields(fmt.Sprintf("appserver local CA %s %d", hostname, now.Year())), " "),
		SerialNumber: fmt.Sprintf("%032x", serial)[:8],
	}
}

func authorityTemplate(serial *big.Int, pathLen int) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          serial,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            pathLen,
		MaxPathLenZero:        pathLen == 0,
	}
}

// next makes the authority that takes over from a, certified by it.
func (a *authority) next(hostname string, now time.Time) (*authority, error) {
	n, err := authoritySince(a.root.NotBefore, hostname, now)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := authorityTemplate(serial, 0)
	t.RawSubject, t.SubjectKeyId = n.root.RawSubject, n.root.SubjectKeyId
	t.NotBefore, t.NotAfter = n.root.NotBefore, a.root.NotAfter
	n.old = a.root
	n.cross, err = sign(t, a.root, n.key.Public(), a.key)
	return n, err
}

// due reports whether the next authority is to take over. When the root begins
// does not tell when it was made, so its end decides.
func (a *authority) due(now time.Time) bool {
	return !now.Before(a.root.NotAfter.Add(-authorityOverlap))
}

// alone returns a as it acts at now: without an old root that has expired, a
// itself if there is none.
func (a *authority) alone(now time.Time) *authority {
	if a.old == nil || !now.After(a.old.NotAfter) {
		return a
	}
	return &authority{key: a.key, root: a.root}
}

// issue makes a server's certificate for hosts, which parseHosts has seen.
func (a *authority) issue(hosts []string, now time.Time) (*x509.Certificate, crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, nil, err
	}
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"appserver"}},
		NotBefore:             now.Add(-clockSlack),
		NotAfter:              earlier(now.Add(leafLife), a.root.NotAfter),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if len(hosts[0]) <= maxCommonName {
		t.Subject.CommonName = hosts[0]
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	leaf, err := sign(t, a.root, key.Public(), a.key)
	return leaf, key, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// intermediates are what a server sends below its certificate.
func (a *authority) intermediates() [][]byte {
	if a.cross == nil {
		return nil
	}
	return [][]byte{a.cross.Raw}
}

// roots returns the certificates, PEM, that stations install; the present one is
// the first.
func (a *authority) roots() []byte {
	out := encodeCertificate(a.root.Raw)
	if a.old != nil {
		out = append(out, encodeCertificate(a.old.Raw)...)
	}
	return out
}

// issuedLeaf reports whether a made chain, leaf first, and would send the same
// certificates with it today.
func (a *authority) issuedLeaf(leaf *x509.Certificate, intermediates [][]byte) bool {
	return leaf.CheckSignatureFrom(a.root) == nil && slices.EqualFunc(a.intermediates(), intermediates, bytes.Equal)
}

// renewalDue reports whether two thirds of c's life are over.
func renewalDue(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 3 * 2))
}

// newSerial returns a serial number of 128 random bits.
func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
}

func sign(t, parent *x509.Certificate, pub crypto.PublicKey, by crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
