package sslconf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"slices"
	"strings"
)

// Serves reports the enabled versions that a server with a certificate for pub
// cannot speak, because no cipher suite for that kind of key is enabled or
// because the version does not know the kind. Pub is an RSA, ECDSA or Ed25519
// key. Findings are of level [Error] if no version is left, else [Warning].
// A warning leaves out versions without any suite, which [New] has reported.
func (p *Policy) Serves(pub crypto.PublicKey) []Finding {
	var noSuite, noKind, reported []uint16
	for _, id := range p.ids {
		switch suites := p.suitesFor(id); {
		case id == tls.VersionTLS13: // its suites are for every key
		case !knowsKey(id, pub):
			noKind = append(noKind, id)
		case len(suites) == 0:
			reported = append(reported, id)
		case !anyFits(suites, pub):
			noSuite = append(noSuite, id)
		}
	}
	level := Warning
	if len(noSuite)+len(noKind)+len(reported) == len(p.ids) {
		level = Error
		noSuite = slices.Sorted(slices.Values(append(noSuite, reported...)))
	}
	return p.unserved(level, keyName(pub), noSuite, noKind)
}

// unserved makes the findings of Serves.
func (p *Policy) unserved(level Level, key string, noSuite, noKind []uint16) []Finding {
	consequence, otherwise := "such clients are refused", "switch the version off"
	if level == Error {
		consequence, otherwise = "no client could connect", "enable TLS 1.3"
	}
	var r report
	if len(noSuite) > 0 {
		r.add(level, secSSL, keyCipher, "disable fewer cipher suites, use a certificate with another kind of key, or "+otherwise,
			"leaves no cipher suite for the server's certificate, which has an %s key, in %s: %s", key, proseNames(noSuite), consequence)
	}
	if len(noKind) > 0 {
		section, name := p.src.keyOf(versions[indexOf(noKind[0])])
		r.add(level, section, name, "use a certificate with an RSA or ECDSA key, or "+otherwise,
			"%s cannot use the server's certificate, which has an %s key: %s", proseNames(noKind), key, consequence)
	}
	return r
}

// knowsKey reports whether version id can use a key of pub's kind.
func knowsKey(id uint16, pub crypto.PublicKey) bool {
	_, edwards := pub.(ed25519.PublicKey)
	return !edwards || id >= tls.VersionTLS12 // RFC 8422 section 5.10
}

// anyFits reports whether one of the suites is for a certificate of pub.
func anyFits(ids []uint16, pub crypto.PublicKey) bool {
	return slices.ContainsFunc(known(), func(s suite) bool {
		return s.ecdsa() == needsECDSA(pub) && slices.Contains(ids, s.id)
	})
}

// needsECDSA reports whether a certificate of pub goes with the suites that have
// ECDSA in their name, which Ed25519 shares (RFC 8422 section 5.1.3); else with
// those for RSA.
func needsECDSA(pub crypto.PublicKey) bool {
	switch pub.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// keyName names the kind of pub in prose; each goes with "an".
func keyName(pub crypto.PublicKey) string {
	switch pub.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA"
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return "RSA"
}

// proseNames lists versions as "TLS 1.0, TLS 1.1".
func proseNames(ids []uint16) string {
	var names []string
	for _, id := range ids {
		names = append(names, versions[indexOf(id)].name)
	}
	return strings.Join(names, ", ")
}
