package sslconf

import (
	"crypto"
	"crypto/tls"
	"errors"
	"slices"
)

// ServerOptions are what a server adds to the policy.
type ServerOptions struct {
	// Certificate returns the pair to show. It is called at least once for
	// every full handshake, from several goroutines, and must be quick.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

	// NextProtos are the ALPN names in the server's order. "h2" is withheld
	// from clients whose version or suites HTTP/2 would refuse afterwards.
	NextProtos []string

	// RequestCert are the ALPN names for which a client certificate is
	// requested whatever SSLClientAuth says. It stays optional unless that is
	// "required".
	RequestCert []string
}

// Server returns the configuration for accepting connections. Which versions,
// suites, protocols and certificate request apply is decided for each
// handshake, among configurations that are built here once.
//
// Session tickets are encrypted with keys of the returned configuration, which
// crypto/tls makes and rotates; SetSessionTicketKeys may be called on it.
func (p *Policy) Server(o ServerOptions) *tls.Config {
	s := &selector{policy: p, certificate: o.Certificate}
	s.protos[0] = slices.Clone(o.NextProtos)
	s.protos[1] = withoutH2(o.NextProtos)
	s.requestCert = slices.Clone(o.RequestCert)

	outer := &tls.Config{
		MinVersion:         p.min(),
		MaxVersion:         p.max(),
		CipherSuites:       p.suitesFor(p.max()),
		NextProtos:         slices.Clone(o.NextProtos),
		GetCertificate:     o.Certificate,
		GetConfigForClient: s.configFor,
	}
	p.applyClientAuth(outer, false)
	s.build(outer)
	return outer
}

const h2 = "h2"

// noProtocol is an ALPN name that nobody uses. A list that would be empty
// without h2 holds it, because crypto/tls takes an empty list for "ALPN is not
// used" where a client that offers h2 alone must get no_application_protocol.
const noProtocol = "\x00"

func withoutH2(protos []string) []string {
	rest := slices.DeleteFunc(slices.Clone(protos), func(p string) bool { return p == h2 })
	if len(rest) == 0 && len(protos) > 0 {
		rest = []string{noProtocol}
	}
	return rest
}

// selector chooses the configuration of each handshake.
type selector struct {
	policy      *Policy
	certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	protos      [2][]string // by variant.noH2
	requestCert []string
	h2          []suite // of TLS 1.2, enabled, and accepted by HTTP/2

	configs  map[variant]*tls.Config
	refuse   *tls.Config // no version in common
	fallback *tls.Config // a client that retries with less than it speaks
}

// variant is one combination of what is decided per handshake.
type variant struct {
	version uint16
	noH2    bool
	ask     bool // for a client certificate
}

func (s *selector) build(outer *tls.Config) {
	p := s.policy
	for _, u := range usable() {
		if u.ecdhe() && u.aead() && slices.Contains(p.suites.modern, u.id) {
			s.h2 = append(s.h2, u)
		}
	}
	s.configs = make(map[variant]*tls.Config)
	for _, id := range p.ids {
		for _, noH2 := range []bool{false, true} {
			for _, ask := range []bool{false, true} {
				v := variant{id, noH2, ask}
				s.configs[v] = s.config(v, outer)
			}
		}
	}
	// A range that holds no version at all makes crypto/tls answer with alert
	// protocol_version; an error from GetConfigForClient would be internal_error.
	s.refuse = &tls.Config{MinVersion: ssl30, MaxVersion: ssl30}
	s.fallback = &tls.Config{
		MinVersion: p.min(), MaxVersion: p.max(), GetCertificate: s.certificate,
		VerifyConnection: func(tls.ConnectionState) error { return errFallback },
	}
}

// ssl30 is SSL 3.0's number; crypto/tls does not speak it.
const ssl30 = 0x0300

var errFallback = errors.New("sslconf: client fell back to a version below the best in common")

func (s *selector) config(v variant, outer *tls.Config) *tls.Config {
	p := s.policy
	c := &tls.Config{
		// The whole range, and not the chosen version alone, keeps the mark in
		// the server's random value by which clients detect a downgrade.
		MinVersion:     p.min(),
		MaxVersion:     p.max(),
		CipherSuites:   p.suitesFor(v.version),
		NextProtos:     s.protos[0],
		GetCertificate: s.certificate,
	}
	if p.gap {
		c.MinVersion, c.MaxVersion = v.version, v.version
	}
	if v.noH2 {
		c.NextProtos = s.protos[1]
	}
	p.applyClientAuth(c, v.ask)
	if v.ask && p.clientAuth == authNone {
		bindTickets(c, outer)
	}
	return c
}

// configFor is the GetConfigForClient of the server.
func (s *selector) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	p := s.policy
	v := variant{version: p.pick(hello)}
	if v.version == 0 {
		return s.refuse, nil
	}
	if p.gap && v.version < p.max() && slices.Contains(hello.CipherSuites, tls.TLS_FALLBACK_SCSV) {
		return s.fallback, nil
	}
	v.noH2 = slices.Contains(hello.SupportedProtos, h2) && !s.acceptsH2(v.version, hello)
	v.ask = slices.Contains(s.requestCert, s.negotiate(v.noH2, hello.SupportedProtos))
	return s.configs[v], nil
}

// negotiate returns the ALPN name that crypto/tls will choose, or "".
func (s *selector) negotiate(noH2 bool, offered []string) string {
	protos := s.protos[0]
	if noH2 {
		protos = s.protos[1]
	}
	for _, p := range protos {
		if slices.Contains(offered, p) {
			return p
		}
	}
	return ""
}

const extSupportedVersions = 43 // RFC 8446 section 4.2.1

// pick returns the best enabled version that the client offers, or 0.
//
// A hello without the supported_versions extension names only its highest
// version, and crypto/tls lists all below it as well; the highest enabled one
// of those is chosen. TLS 1.3 cannot be offered in this way.
func (p *Policy) pick(hello *tls.ClientHelloInfo) uint16 {
	ceiling := uint16(tls.VersionTLS13)
	if !slices.Contains(hello.Extensions, extSupportedVersions) {
		ceiling = tls.VersionTLS12
	}
	for _, id := range slices.Backward(p.ids) {
		if id <= ceiling && slices.Contains(hello.SupportedVersions, id) {
			return id
		}
	}
	return 0
}

// acceptsH2 reports whether HTTP/2 accepts the connection that will come of
// hello: TLS 1.3, or TLS 1.2 with a suite that RFC 9113 section 9.2.2 does not
// forbid, which here is ECDHE with an AEAD cipher. crypto/tls prefers those, so
// one in common suffices.
func (s *selector) acceptsH2(id uint16, hello *tls.ClientHelloInfo) bool {
	if id != tls.VersionTLS12 {
		return id == tls.VersionTLS13
	}
	if !slices.ContainsFunc(hello.SupportedCurves, isClassicCurve) {
		return false
	}
	ecdsaOK, rsaOK := s.signs(hello)
	return slices.ContainsFunc(s.h2, func(u suite) bool {
		fits := ecdsaOK && u.ecdsa() || rsaOK && !u.ecdsa()
		return fits && slices.Contains(hello.CipherSuites, u.id)
	})
}

// signs reports which kinds of suites the certificate can serve. If there is no
// certificate the handshake fails later, with the reason.
func (s *selector) signs(hello *tls.ClientHelloInfo) (ecdsaOK, rsaOK bool) {
	cert, err := s.certificate(hello)
	if err != nil || cert == nil {
		return true, true
	}
	key, ok := cert.PrivateKey.(crypto.Signer)
	if !ok {
		return true, true
	}
	ecdsaOK = needsECDSA(key.Public())
	return ecdsaOK, !ecdsaOK
}

// isClassicCurve reports whether c can serve an ECDHE key exchange of TLS 1.2.
func isClassicCurve(c tls.CurveID) bool {
	switch c {
	case tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521:
		return true
	}
	return false
}
