package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
)

// ClientOptions are what one kind of outgoing connection adds to the policy.
type ClientOptions struct {
	ServerName  string           // name that the server's certificate must cover
	RootCAs     *x509.CertPool   // nil = those of the system
	Certificate *tls.Certificate // shown if the server asks; nil = none
	NextProtos  []string         // ALPN names in order of preference
	Unverified  bool             // any certificate is taken: anybody in between can read and change what is sent
}

// Client returns the configuration for dialling. The server's certificate is
// verified unless o says otherwise. Versions are offered as one range; a version inside it that
// the settings disable is refused when the server chooses it, with a
// [*VersionError]; there is no second attempt. Sessions are resumed among the
// connections that use this configuration or its clones.
func (p *Policy) Client(o ClientOptions) *tls.Config {
	c := &tls.Config{
		MinVersion:         p.min(),
		MaxVersion:         p.max(),
		CipherSuites:       p.clientSuites(),
		ServerName:         o.ServerName,
		RootCAs:            o.RootCAs,
		NextProtos:         slices.Clone(o.NextProtos),
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
		InsecureSkipVerify: o.Unverified,
	}
	if p.max() < tls.VersionTLS12 { // HTTP/2 would refuse the connection
		c.NextProtos = slices.DeleteFunc(c.NextProtos, func(s string) bool { return s == h2 })
	}
	if o.Certificate != nil {
		c.Certificates = []tls.Certificate{*o.Certificate}
	}
	if p.gap {
		c.VerifyConnection = p.verifyVersion
	}
	return c
}

// clientSuites returns what a client offers. A hello lists suites once for all
// versions, so with TLS 1.0 or 1.1 enabled those of both kinds are in it.
func (p *Policy) clientSuites() []uint16 {
	if p.min() >= tls.VersionTLS12 {
		return p.suitesFor(p.min())
	}
	list := append(p.suitesFor(tls.VersionTLS12), p.suites.legacy...)
	slices.Sort(list)
	return slices.Compact(list)
}

// VersionError says that a server chose a version that the settings disable.
type VersionError struct {
	Version uint16 // as crypto/tls numbers it
	Section string // section and key of the setting that disables it
	Key     string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("sslconf: the server chose %s, which [%s] %s disables", tls.VersionName(e.Version), e.Section, e.Key)
}

func (p *Policy) verifyVersion(cs tls.ConnectionState) error {
	if p.allows(cs.Version) {
		return nil
	}
	e := &VersionError{Version: cs.Version, Section: secSSL}
	if i := indexOf(cs.Version); i >= 0 {
		e.Section, e.Key = p.src.keyOf(versions[i])
	}
	return e
}
