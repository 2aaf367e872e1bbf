package webapp

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"
)

// certificate is the card about the server's certificate.
type certificate struct {
	Verdict     verdict
	Origin      string
	Names       []string
	Rows        []row
	Fingerprint []string
}

// trust is the card about the authority that issued it.
type trust struct {
	Useless     string // why trusting it does not help here, or empty
	FileName    string
	Fingerprint []string
	Platforms   []platform
}

// platform is a way to make a device trust the authority.
type platform struct {
	Name     string
	Steps    []string
	Or       string // introduces Commands as another way; empty if Steps speak of them
	Commands []string
}

func (v *visit) certificate() *certificate {
	leaf := v.cert.Leaf
	return &certificate{
		Verdict:     v.judgeCertificate(),
		Origin:      v.origin(),
		Names:       certificateNames(leaf),
		Rows:        []row{validity(v.t, leaf, v.now), {Label: v.t.IssuedBy, Value: issuer(leaf)}},
		Fingerprint: fingerprint(leaf.Raw),
	}
}

func (v *visit) origin() string {
	switch v.cert.Origin {
	case "bundled":
		return v.t.OriginBundled
	case "configured":
		return v.t.OriginConfigured
	case "local":
		return v.t.OriginLocal
	case "self-signed":
		return v.t.OriginSelfSigned
	}
	return ""
}

func (v *visit) judgeCertificate() verdict {
	t, leaf := v.t, v.cert.Leaf
	switch {
	case v.proxied:
		return verdict{neutral, t.CoverProxied, t.CoverProxiedText}
	case v.now.Before(leaf.NotBefore), v.now.After(leaf.NotAfter):
		return verdict{bad, t.OutOfDate, t.OutOfDateText}
	case v.host == "":
		return verdict{neutral, t.CoverUnknown, t.CoverUnknownText}
	case v.covered:
		return verdict{good, fmt.Sprintf(t.Covered, v.host), t.CoveredText}
	case v.cert.Origin == "bundled", v.cert.Origin == "local":
		return verdict{bad, fmt.Sprintf(t.NotCovered, v.host), t.NotCoveredOwn}
	}
	return verdict{bad, fmt.Sprintf(t.NotCovered, v.host), t.NotCoveredText}
}

func certificateNames(leaf *x509.Certificate) []string {
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// expiresSoon is when the date of expiry becomes a warning.
const expiresSoon = 30 * 24 * time.Hour

func validity(t *texts, leaf *x509.Certificate, now time.Time) row {
	const day = 24 * time.Hour
	until, left := leaf.NotAfter.UTC().Format(t.DateLayout), leaf.NotAfter.Sub(now)
	value, g := fmt.Sprintf(t.ExpiresIn, until, left/day), grade("")
	switch {
	case now.Before(leaf.NotBefore):
		value, g = fmt.Sprintf(t.NotYetValid, until, leaf.NotBefore.UTC().Format(t.DateLayout)), bad
	case left < 0:
		value, g = fmt.Sprintf(t.Expired, until), bad
	case left < day:
		value, g = fmt.Sprintf(t.ExpiresToday, until), bad
	case left < 2*day:
		value, g = fmt.Sprintf(t.ExpiresTomorrow, until), bad
	case left < expiresSoon:
		g = warning
	}
	return row{Label: t.ValidUntil, Value: value, Grade: g}
}

func issuer(leaf *x509.Certificate) string {
	if name := leaf.Issuer.CommonName; name != "" {
		return name
	}
	return leaf.Issuer.String()
}

// trust returns nil if there is no authority that can be read, and behind a
// proxy, whose certificate is the one that browsers see.
func (v *visit) trust() *trust {
	if v.proxied {
		return nil
	}
	block, _ := pem.Decode(v.cert.CA)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil
	}
	card := &trust{
		FileName:    caFileName,
		Fingerprint: fingerprint(block.Bytes),
		Platforms:   platforms(v.t, v.cert.Origin),
	}
	if !v.covered && v.host != "" {
		card.Useless = fmt.Sprintf(v.t.TrustUseless, v.host)
	}
	return card
}

// fingerprint returns the SHA-256 of a certificate as certificate viewers show
// it, in pieces after which a line may break.
func fingerprint(der []byte) []string {
	sum := sha256.Sum256(der)
	digits := strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
	const piece = 8 * len("XX:")
	var pieces []string
	for len(digits) > piece {
		pieces, digits = append(pieces, digits[:piece]), digits[piece:]
	}
	return append(pieces, digits)
}
