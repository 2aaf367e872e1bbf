package main

import (
	"crypto/tls"
	"crypto/x509"

	"appserver/internal/config"
	"appserver/internal/sslconf"
)

// loadTrusted loads the authorities that connections of programs trust beside those of
// the system.
func (s *security) loadTrusted(cfg *config.Config) {
	if cfg.SSL.CertificateCA == "" {
		return // reading those of the system takes long
	}
	pool, err := x509.SystemCertPool()
	if err != nil { // there is none: only the file's count
		pool = x509.NewCertPool()
	}
	if _, ok := addAuthorities(cfg, pool, "SSLConfigure", "CertificateCA", cfg.SSL.CertificateCA); ok {
		s.trusted = pool
	}
}

// clientTLS is the configuration of a connection that a program makes to the host.
func (s *security) clientTLS(cfg *config.Config, host string, protocols []string) *tls.Config {
	return s.programTLS(sslconf.ClientOptions{ServerName: host, NextProtos: protocols, Unverified: !cfg.SSL.VerifyServer})
}

// httpTLS is the configuration of a program's connections to HTTP servers. A certificate
// that is nil is the server's own.
func (s *security) httpTLS(verify bool, certificate *tls.Certificate) *tls.Config {
	return s.programTLS(sslconf.ClientOptions{Certificate: certificate, NextProtos: []string{"http/1.1"}, Unverified: !verify})
}

// programTLS adds to o what holds for all connections of programs: the authorities that
// they trust, and the server's own certificate if o has none.
func (s *security) programTLS(o sslconf.ClientOptions) *tls.Config {
	o.RootCAs = s.trusted
	if o.Certificate == nil && s.own != nil {
		o.Certificate = &s.own.Certificate
	}
	return s.outgoing.Client(o)
}
