package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/sslconf"
)

// security is what the TLS settings come to.
type security struct {
	server   *sslconf.Policy   // of the port; nil: plain, or a fault was reported
	outgoing *sslconf.Policy   // of connections that this server makes; nil: a fault was reported
	pair     *certs.Pair       // the port's certificate; nil as server
	request  certs.Request     // what pair was selected by
	digest   [sha256.Size]byte // of what it was selected from, taken before
	clientCA *x509.CertPool
	upstream *x509.CertPool // nil: the system's
	own      *certs.Pair    // shown to other servers; nil: none
	trusted  *x509.CertPool // by programs that call other servers; nil: the system's
	clock    bool           // a certificate is out of date: the present may be wrong

	listeners map[string]*listenerSecurity // of the listeners of their own that have TLS, by section

	terms portTerms
}

// portTerms are what a change of which begins new sessions: a session ticket is
// good as long as they are the same.
type portTerms struct {
	settings sslconf.Settings // without ClientCAs
	clientCA [sha256.Size]byte
}

func (t portTerms) equal(o portTerms) bool { return reflect.DeepEqual(t, o) }

// localFolder is the folder of the local authority in a data folder.
func localFolder(dataPath string) string { return filepath.Join(dataPath, "certs") }

// newSecurity builds the policies and chooses the certificates; those of the
// local authority are looked for in the folder local. Every fault and remark is
// reported to cfg; whether it may be used, cfg.Err tells.
func newSecurity(cfg *config.Config, local string) *security {
	s := newPortSecurity(cfg, local)
	s.addListeners(cfg)
	checkServedFolders(cfg)
	return s
}

// newPortSecurity is newSecurity without the listeners of their own.
func newPortSecurity(cfg *config.Config, local string) *security {
	s := newOutgoing(cfg)
	checkTokenFiles(cfg)
	s.clientCA, s.terms.clientCA = loadPool(cfg, "ClientCA", cfg.MPP.ClientCA)
	s.upstream, _ = loadPool(cfg, "UpstreamCA", cfg.MPP.UpstreamCA)
	s.request = certs.Request{
		Default:      cfg.MPP.Default,
		MPP:          certs.Files{Cert: cfg.MPP.Certificate, Key: cfg.MPP.Key, PassPhrase: cfg.MPP.PassPhrase},
		SSLConfigure: certs.Files{Cert: cfg.SSL.CertificateServer, Key: cfg.SSL.KeyServer, PassPhrase: cfg.SSL.PassPhrase},
		Dir:          cfg.Dir,
		Local:        local,
		Command:      commandLine(cfg, "certs", "create"),
	}
	if !cfg.Drivers.MultiProtocolPortSecure {
		return s
	}
	s.newServerPolicy(cfg)
	if certificateRefused(cfg) {
		return s // what follows from it is no fault of its own
	}
	s.digest = s.request.Source().Digest()
	pair, findings, err := certs.Select(s.request)
	s.report(cfg, findings, err)
	if pair == nil {
		return s
	}
	s.pair = pair
	if s.server != nil {
		reportPolicy(cfg, s.server.Serves(pair.Certificate.Leaf.PublicKey))
	}
	return s
}

// newOutgoing is newSecurity for a program that opens no port: only what connections to
// other servers need is looked at.
func newOutgoing(cfg *config.Config) *security {
	s := &security{outgoing: newPolicy(cfg, outgoingSettings(cfg))}
	s.loadOwn(cfg)
	s.loadTrusted(cfg)
	checkProxy(cfg)
	return s
}

// newServerPolicy sets the policy of the port.
func (s *security) newServerPolicy(cfg *config.Config) {
	switch {
	case cfg.MPP.ClientCA != "" && s.clientCA == nil:
		// The fault is reported; what follows from it is none.
	case cfg.MPP.Method != "" || cfg.MPP.ClientAuth != "none" || s.clientCA != nil:
		s.terms.settings = portSettings(cfg)
		settings := s.terms.settings
		settings.ClientCAs = s.clientCA
		s.server = newPolicy(cfg, settings)
	default:
		s.terms.settings = outgoingSettings(cfg)
		s.server = s.outgoing
	}
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

// portSettings are outgoingSettings with what [MPP] says, but for the
// authorities.
func portSettings(cfg *config.Config) sslconf.Settings {
	settings := outgoingSettings(cfg)
	settings.Method = cfg.MPP.Method
	settings.ClientAuth = cfg.MPP.ClientAuth
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

// report passes on what was found about a certificate.
func (s *security) report(cfg *config.Config, findings []certs.Finding, err error) {
	if fault, ok := errors.AsType[*certs.Fault](err); ok && fault.Clock {
		s.clock = true
	}
	for _, f := range append(findings, certs.Faults(err)...) {
		cfg.Report(severity(f.Level.String()), f.Section, f.Key, briefly(cfg, f), f.Hint)
	}
}

// certificateRefused reports whether the name of one of the port's files cannot
// be used, which was reported.
func certificateRefused(cfg *config.Config) bool {
	return slices.ContainsFunc(cfg.Findings(), func(f config.Finding) bool {
		switch f.Section + "." + f.Key {
		case "MPP.SSL_Certificate", "MPP.SSL_Key", "SSLConfigure.CertificateServer", "SSLConfigure.KeyServer":
			return f.Severity == config.Error
		}
		return false
	})
}

// loadOwn loads the pair that this server shows to others.
func (s *security) loadOwn(cfg *config.Config) {
	files := certs.Files{
		Cert: cfg.SSL.CertificateClient, Key: cfg.SSL.KeyClient, PassPhrase: cfg.SSL.PassPhrase,
		Names: certs.Names{Section: "SSLConfigure", Cert: "CertificateClient", Key: "KeyClient", PassPhrase: "PassPhrase"},
	}
	if files.Cert == "" && files.Key == "" {
		return
	}
	pair, findings, err := certs.LoadFiles(files)
	s.report(cfg, findings, err)
	s.own = pair
}

// loadPool reads the authorities in a PEM file, and the sum of its bytes; without
// a path there are none.
func loadPool(cfg *config.Config, key, path string) (*x509.CertPool, [sha256.Size]byte) {
	pool := x509.NewCertPool()
	pem, ok := addAuthorities(cfg, pool, "MPP", key, path)
	if !ok {
		return nil, [sha256.Size]byte{}
	}
	return pool, sha256.Sum256(pem)
}

// addAuthorities adds the certificates in a PEM file, which a key names, to pool, and
// returns the file's bytes. It is false without a path, and if there are none.
func addAuthorities(cfg *config.Config, pool *x509.CertPool, section, key, path string) ([]byte, bool) {
	if path == "" {
		return nil, false
	}
	const hint = "name a PEM file with the certificates of the authorities"
	pem, err := readBounded(path)
	if err != nil {
		cfg.Report(config.Error, section, key, err.Error(), hint)
		return nil, false
	}
	if !pool.AppendCertsFromPEM(pem) {
		cfg.Report(config.Error, section, key, fmt.Sprintf("%s holds no certificate", path), hint)
		return nil, false
	}
	return pem, true
}

// maxPool is the largest file with authorities, in bytes.
const maxPool = 8 << 20

// readBounded reads a regular file of at most maxPool bytes.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // before opening: opening a pipe would wait
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if info.Size() > maxPool {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxPool)
	}
	return os.ReadFile(path)
}

// portSource is where the port's pair comes from. A pair that the policy leaves
// no TLS version for counts as one that cannot be used.
func (s *security) portSource() certs.Source { return servable(s.request.Source(), s.server) }

// servable is source, but that a pair which the policy leaves no TLS version for cannot be
// used.
func servable(source certs.Source, policy *sslconf.Policy) certs.Source {
	load := source.Load
	source.Load = func(now time.Time) (*certs.Pair, []certs.Finding, error) {
		pair, findings, err := load(now)
		if err != nil {
			return nil, findings, err
		}
		for _, f := range policy.Serves(pair.Certificate.Leaf.PublicKey) {
			found := certs.Finding{Level: certs.Warning, Section: f.Section, Key: f.Key, Message: f.Message, Hint: f.Hint}
			if f.Level == sslconf.Error {
				found.Level = certs.Error
				return nil, findings, &certs.Fault{Finding: found}
			}
			findings = append(findings, found)
		}
		return pair, findings, nil
	}
	return source
}

// upstreamConfig is the TLS configuration of connections to [MPP] Upstream; nil
// if they have none.
func (s *security) upstreamConfig(cfg *config.Config) *tls.Config {
	if !cfg.MPP.UpstreamSecure || cfg.MPP.Upstream == "" {
		return nil
	}
	host, _, _ := net.SplitHostPort(cfg.MPP.Upstream) // config has checked it
	o := sslconf.ClientOptions{ServerName: host, RootCAs: s.upstream}
	if s.own != nil {
		o.Certificate = &s.own.Certificate
	}
	return s.outgoing.Client(o)
}

// serverConfig is the port's TLS configuration with the pairs of store.
func (s *security) serverConfig(store *certs.Store, protocols []string, askFor string) *tls.Config {
	return s.server.Server(sslconf.ServerOptions{
		Certificate: store.GetCertificate,
		NextProtos:  protocols,
		RequestCert: []string{askFor},
	})
}
