package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/sslconf"
)

// security is what the TLS settings come to.
type security struct {
	server   *sslconf.Policy // of the port; nil: plain, or a fault was reported
	outgoing *sslconf.Policy // of connections that this server makes; nil: a fault was reported
	pair     *certs.Store    // the port's certificate; nil as server
	clientCA *x509.CertPool
	upstream *x509.CertPool   // nil: the system's
	own      *tls.Certificate // shown to other servers; nil: none
}

// newSecurity builds the policies and chooses the certificates. Every fault and
// remark is reported to cfg; whether it may be used, cfg.Err tells.
func newSecurity(cfg *config.Config) *security {
	s := &security{}
	s.clientCA = loadPool(cfg, "ClientCA", cfg.MPP.ClientCA)
	s.upstream = loadPool(cfg, "UpstreamCA", cfg.MPP.UpstreamCA)
	s.outgoing = newPolicy(cfg, outgoingSettings(cfg))
	s.own = s.loadOwn(cfg)
	if !cfg.Drivers.MultiProtocolPortSecure {
		return s
	}
	switch {
	case cfg.MPP.ClientCA != "" && s.clientCA == nil:
		// The fault is reported; what follows from it is none.
	case cfg.MPP.Method != "" || cfg.MPP.ClientAuth != "none" || s.clientCA != nil:
		s.server = newPolicy(cfg, s.portSettings(cfg))
	default:
		s.server = s.outgoing
	}
	pair, findings, err := certs.Select(certs.Request{
		Default:      cfg.MPP.Default,
		MPP:          certs.Files{Cert: cfg.MPP.Certificate, Key: cfg.MPP.Key, PassPhrase: cfg.MPP.PassPhrase},
		SSLConfigure: certs.Files{Cert: cfg.SSL.CertificateServer, Key: cfg.SSL.KeyServer, PassPhrase: cfg.SSL.PassPhrase},
		Dir:          cfg.Dir,
		Now:          time.Now(),
	})
	reportCertificates(cfg, findings, err)
	if pair == nil {
		return s
	}
	s.pair = certs.NewStore(pair)
	if s.server != nil {
		reportPolicy(cfg, s.server.Serves(pair.Certificate.Leaf.PublicKey))
	}
	return s
}

// outgoingSettings are those of [SSLConfigure], which govern connections that
// this server makes.
func outgoingSettings(cfg *config.Config) sslconf.Settings {
	c := cfg.SSL
	return sslconf.Settings{
		SSL2: c.SSL2, SSL3: c.SSL3, TLS10: c.TLS10, TLS11: c.TLS11, TLS12: c.TLS12, TLS13: c.TLS13,
		TLS1: c.TLS1, Bugs: c.Bugs, TryProtocols: c.TryProtocols, CacheSize: c.CacheSize,
		HSM: c.HSM, DisableCipher: c.DisableCipher,
	}
}

// portSettings are outgoingSettings with what [MPP] says.
func (s *security) portSettings(cfg *config.Config) sslconf.Settings {
	settings := outgoingSettings(cfg)
	settings.Method = cfg.MPP.Method
	settings.ClientAuth = cfg.MPP.ClientAuth
	settings.ClientCAs = s.clientCA
	return settings
}

func newPolicy(cfg *config.Config, settings sslconf.Settings) *sslconf.Policy {
	policy, findings := sslconf.New(settings)
	reportPolicy(cfg, findings)
	return policy
}

func reportPolicy(cfg *config.Config, findings []sslconf.Finding) {
	for _, f := range findings {
		cfg.Report(severity(f.Level.String()), f.Section, f.Key, f.Message, f.Hint)
	}
}

// severity maps the level of another package's finding by its name.
func severity(level string) config.Severity {
	switch level {
	case config.Notice.String():
		return config.Notice
	case config.Warning.String():
		return config.Warning
	default:
		return config.Error
	}
}

func reportCertificates(cfg *config.Config, findings []certs.Finding, err error) {
	for _, f := range append(findings, certs.Faults(err)...) {
		cfg.Report(severity(f.Level.String()), f.Section, f.Key, f.Message, f.Hint)
	}
}

// loadOwn loads the pair that this server shows to others.
func (s *security) loadOwn(cfg *config.Config) *tls.Certificate {
	files := certs.Files{
		Cert: cfg.SSL.CertificateClient, Key: cfg.SSL.KeyClient, PassPhrase: cfg.SSL.PassPhrase,
		Names: certs.Names{Section: "SSLConfigure", Cert: "CertificateClient", Key: "KeyClient", PassPhrase: "PassPhrase"},
	}
	if files.Cert == "" && files.Key == "" {
		return nil
	}
	pair, findings, err := certs.LoadFiles(files)
	reportCertificates(cfg, findings, err)
	if pair == nil {
		return nil
	}
	return &pair.Certificate
}

// loadPool reads the authorities in a PEM file; without a path it returns nil.
func loadPool(cfg *config.Config, key, path string) *x509.CertPool {
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		cfg.Report(config.Error, "MPP", key, err.Error(), "name a PEM file with the certificates of the authorities")
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		cfg.Report(config.Error, "MPP", key, fmt.Sprintf("%s holds no certificate", path), "name a PEM file with the certificates of the authorities")
		return nil
	}
	return pool
}
