// Package certs finds the certificate that the server shows: in the files that
// the configuration names, from a local authority, among the bundled files, or
// made on the spot. It checks that the pair can be used, says how to mend it if
// not, renews what was made here, and replaces the pair while connections are
// served. The rules are described for operators in docs/tls.md.
package certs

import (
	"crypto/tls"
	"fmt"
	"strings"
	"sync/atomic"
)

// Origin says where a pair came from.
type Origin uint8

const (
	FromFiles        Origin = iota // LoadFiles
	FromMPP                        // [MPP] SSL_Certificate, SSL_Key
	FromSSLConfigure               // [SSLConfigure] CertificateServer, KeyServer
	FromLocal                      // Request.Local
	FromBundledFile                // totvs_certificate.crt beside the configuration
	FromEmbedded                   // the same, inside the program
	SelfSigned                     // made at start, in memory
)

// String returns a few words for logs and pages.
func (o Origin) String() string {
	switch o {
	case FromFiles:
		return "files"
	case FromMPP:
		return "[MPP] SSL_Certificate"
	case FromSSLConfigure:
		return "[SSLConfigure] CertificateServer"
	case FromLocal:
		return "local authority"
	case FromBundledFile:
		return "bundled, beside the configuration"
	case FromEmbedded:
		return "bundled, built in"
	case SelfSigned:
		return "self-signed"
	}
	return fmt.Sprintf("Origin(%d)", uint8(o))
}

// Pair is a certificate with its private key, checked and ready for use. It is
// not changed after it was made.
type Pair struct {
	// Certificate has Leaf set and its chain in order, leaf first, without the
	// root.
	Certificate tls.Certificate
	Origin      Origin

	// CertFile and KeyFile are the files it was read from, "" for none.
	CertFile, KeyFile string

	// CA is the certificate, PEM, that a user has to trust to trust this pair;
	// nil if it is not known, as with a public authority. While an authority
	// takes over from another, it is the new one followed by the old.
	CA []byte
}

// Covers returns nil if the certificate is for host, which is a DNS name or the
// text of an IP address without brackets and port; a zone is ignored. Otherwise
// the error names what the certificate is for.
func (p *Pair) Covers(host string) error {
	host, _, _ = strings.Cut(host, "%")
	return p.Certificate.Leaf.VerifyHostname(strings.TrimSuffix(host, "."))
}

// Store holds the pair in use. It is safe for concurrent use; its zero value is
// not usable.
type Store struct{ current atomic.Pointer[Pair] }

// NewStore returns a store that holds p, which must not be nil.
func NewStore(p *Pair) *Store {
	s := &Store{}
	s.Swap(p)
	return s
}

// Pair returns the pair in use.
func (s *Store) Pair() *Pair { return s.current.Load() }

// Swap replaces the pair for handshakes that begin from now on and returns the
// one it replaced. Connections that exist go on. It panics if p is nil: a store
// never loses the pair it has.
func (s *Store) Swap(p *Pair) (old *Pair) {
	if p == nil {
		panic("certs: Swap of a nil pair")
	}
	return s.current.Swap(p)
}

// GetCertificate is for [tls.Config.GetCertificate] and its like.
func (s *Store) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &s.current.Load().Certificate, nil
}
