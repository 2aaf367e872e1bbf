package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
)

// Policy is what the settings come to. It is immutable and safe for concurrent
// use; every configuration that it yields is independent of the others.
type Policy struct {
	set    versionSet
	ids    []uint16 // of set, ascending, never empty
	gap    bool     // set is not one range
	src    source
	suites suites

	clientAuth clientAuth
	clientCAs  *x509.CertPool // nil = none trusted
}

// New applies the rules of docs/tls.md to s. The policy is nil exactly if a
// finding is an [Error]; all faults are reported at once.
func New(s Settings) (*Policy, []Finding) {
	var r report
	remarkUnused(s, &r)
	p := &Policy{clientCAs: s.ClientCAs}
	p.set, p.src = chooseVersions(s, &r)
	p.suites = chooseSuites(s.DisableCipher, p.set, &r)
	p.clientAuth = chooseClientAuth(s, &r)
	if r.failed() {
		return nil, r
	}
	p.ids = p.set.ids()
	p.gap = len(p.set.gaps()) > 0
	return p, r
}

// remarkUnused reports keys that are accepted and have no effect, and the one
// that cannot be honoured.
func remarkUnused(s Settings, r *report) {
	if s.TryProtocols != nil {
		r.add(Notice, secSSL, "TryProtocols", "remove it",
			"has no effect: both ends negotiate the best version in one attempt")
	}
	if s.Bugs != nil && *s.Bugs {
		r.add(Notice, secSSL, "Bugs", "remove it", "has no effect: there are no work-arounds to switch on")
	}
	if s.CacheSize != nil {
		r.add(Notice, secSSL, "CacheSize", "remove it", "has no effect: sessions resume by tickets, without a cache in the server")
	}
	if s.HSM {
		r.add(Error, secSSL, "HSM", "set HSM=0 and name the key file in KeyServer", "keys in a hardware security module are not supported")
	}
}

// Versions returns the enabled versions, ascending, as crypto/tls numbers them.
func (p *Policy) Versions() []uint16 { return slices.Clone(p.ids) }

// String lists the enabled versions for people: "TLS 1.2, TLS 1.3".
func (p *Policy) String() string { return proseNames(p.ids) }

// Classic returns the enabled versions in the shape of the original product's
// log line: "SSL2 (0), SSL3 (0), TLS1.0 (0), TLS1.1 (0), TLS1.2 (1), TLS1.3 (1)".
// It shows what is in force, so SSL2 and SSL3 are always 0.
func (p *Policy) Classic() string {
	var b strings.Builder
	b.WriteString("SSL2 (0), SSL3 (0)")
	for i, v := range versions {
		on := 0
		if p.set[i] {
			on = 1
		}
		fmt.Fprintf(&b, ", %s (%d)", v.classic, on)
	}
	return b.String()
}

func (p *Policy) min() uint16 { return p.ids[0] }
func (p *Policy) max() uint16 { return p.ids[len(p.ids)-1] }

// allows reports whether version id is enabled.
func (p *Policy) allows(id uint16) bool { return slices.Contains(p.ids, id) }

// suitesFor returns the suites for connections of version id, a new slice.
func (p *Policy) suitesFor(id uint16) []uint16 {
	if id < tls.VersionTLS12 {
		return slices.Clone(p.suites.legacy)
	}
	return slices.Clone(p.suites.modern)
}
