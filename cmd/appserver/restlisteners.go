package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/httpport"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
	"appserver/internal/rest"
	"appserver/internal/sslconf"
)

// An apiServer serves HTTP APIs of programs on listeners of their own: those of the
// configuration, and those that programs start.
type apiServer struct {
	boot       *config.Config        // what it was at the start; it holds for keys that need a restart
	now        atomic.Pointer[state] // what is in force for the others
	root       *zap.Logger           // without a name
	metrics    *monitor.Metrics
	rest       *rest.Server
	apis       []*apiListener // of the configuration
	programmed starts         // of programs

	anybody   bool   // may call what programs start without a word on it: nobody is known
	reloading slot   // taken by the reload under way, and by what starts and stops servers
	exchanged func() // is called when a listener shows another certificate
}

// cfg is the configuration in force for keys that a reload changes.
func (s *apiServer) cfg() *config.Config { return s.now.Load().cfg }

// listeners are all listeners of HTTP APIs.
func (s *apiServer) listeners() []*apiListener {
	return slices.Concat(s.apis, s.programmed.listeners())
}

// An apiListener is a listener of its own for HTTP APIs, beside the multiprotocol port,
// whose limits and rules hold for it too. It has the same life as the port, or that of
// servers that programs start.
type apiListener struct {
	name  string              // for rest.Server; no other listener has it
	boot  config.RESTListener // as it was at the start; but for TLS it holds until the stop
	by    string              // who has started it, for people; "": the configuration
	ports []net.Listener

	port  *mpp.Server
	http  []*httpport.Server
	pair  *certs.Store // nil: no TLS
	watch *certs.Watcher
	tls   *tls.Config // in force; changed by one reload at a time
	terms portTerms   // of tls
}

// ownListeners returns the listeners of HTTP APIs that are not the multiprotocol port.
func ownListeners(cfg *config.Config) []config.RESTListener {
	return slices.DeleteFunc(slices.Clone(cfg.REST.Listeners), func(l config.RESTListener) bool { return len(l.Addresses) == 0 })
}

// ownListener returns the one of a section.
func ownListener(cfg *config.Config, section string) (config.RESTListener, bool) {
	list := ownListeners(cfg)
	i := slices.IndexFunc(list, func(l config.RESTListener) bool { return strings.EqualFold(l.Section, section) })
	if i < 0 {
		return config.RESTListener{}, false
	}
	return list[i], true
}

// openAPIs opens the listeners of their own. What was opened is left for close.
func (d *daemon) openAPIs() error {
	for _, boot := range ownListeners(d.boot) {
		l := &apiListener{name: boot.Section, boot: boot}
		d.apis = append(d.apis, l)
		for _, address := range boot.Addresses {
			opened, err := net.Listen("tcp", address)
			if err != nil {
				return fmt.Errorf("[%s] Port: %w%s", boot.Section, err, listenHint(err))
			}
			l.ports = append(l.ports, opened)
		}
	}
	return nil
}

// newAPIPorts joins the listeners of their own with the servers behind them.
func (d *daemon) newAPIPorts() error {
	for _, l := range d.apis {
		if err := d.newAPIPort(l, d.now.Load().security.listeners[l.boot.Section], 1+len(d.apis)); err != nil {
			return fmt.Errorf("[%s]: %w", l.boot.Section, err)
		}
	}
	return nil
}

// newAPIPort joins a listener with the servers behind it; security is nil if it has no TLS,
// and ports is how many share the open files of the process.
func (d *apiServer) newAPIPort(l *apiListener, s *listenerSecurity, ports int) (err error) {
	now := d.now.Load()
	if s != nil {
		l.pair = certs.NewStore(s.pair)
		l.watch = d.newAPIWatcher(l, s)
		l.tls, l.terms = s.serverConfig(l.pair), s.terms
	}
	var protocol mpp.Protocol
	protocol, l.http = d.offerHTTP(d.apiHTTP(l), l.tls != nil)
	l.port, err = mpp.New(mpp.Config{
		Settings:  d.apiSettings(l, now),
		Protocols: []mpp.Protocol{protocol},
		Ports:     ports,
		Log:       d.root.Named("port").With(zap.String("listener", l.boot.Section)),
		Observer:  d.metrics,
	})
	return err
}

// apiHTTP is how HTTP is served on l.
func (d *apiServer) apiHTTP(l *apiListener) httpport.Config {
	cfg := d.httpConfig()
	cfg.Handler = d.restHandler(l.name)
	cfg.IdleTimeout = l.boot.InactiveTimeout
	cfg.MaxRequests = l.boot.MaxRequests
	cfg.Error = func(w http.ResponseWriter, r *http.Request, status int, detail string) {
		rest.WriteError(w, r, status, "", detail)
	}
	return cfg
}

// apiSettings are those of the port with the TLS of l.
func (d *apiServer) apiSettings(l *apiListener, s *state) mpp.Settings {
	settings := d.portSettings(s)
	settings.TLS = l.tls
	return settings
}

// useAPI puts what next says of l in force, and fresh, which is what it says of its TLS.
// Whether there is TLS, and with it whether there is l at all, needs a restart to change;
// until then the TLS of l stays.
func (d *apiServer) useAPI(l *apiListener, next *state, fresh *listenerSecurity) {
	if fresh != nil && l.pair != nil {
		l.watch.SetSource(fresh.source, fresh.pair, fresh.digest)
		if !fresh.terms.equal(l.terms) { // else sessions can go on being resumed
			l.tls, l.terms = fresh.serverConfig(l.pair), fresh.terms
		}
	}
	if err := l.port.Update(d.apiSettings(l, next)); err != nil {
		d.root.Named("server").DPanic("a listener refuses its settings", zap.String("listener", l.boot.Section), zap.Error(err))
	}
	for _, server := range l.http {
		server.SetTrustedProxies(next.cfg.MPP.TrustedProxies)
	}
}

// apiLive reports whether a change of a listener's own section, which a reload can put in
// force, is in force: not if the listener itself, or its TLS, comes or goes with it.
func (d *daemon) apiLive(c config.Change, cfg *config.Config) bool {
	was, before := ownListener(d.boot, c.Section)
	is, now := ownListener(cfg, c.Section)
	switch {
	case !before && !now:
		return true // no such section
	case before != now:
		return false
	}
	key := strings.ToUpper(c.Key)
	ofTLS := strings.HasPrefix(key, "SSL") || strings.HasPrefix(key, "TLS1") || key == "CERTIFICATE" || key == "KEY" || key == "PASSPHRASE"
	return !ofTLS || (was.TLS == nil) == (is.TLS == nil)
}

// newAPIWatcher makes the watcher of the files that the pair of l came from.
func (d *apiServer) newAPIWatcher(l *apiListener, s *listenerSecurity) *certs.Watcher {
	log := d.root.Named("ssl").With(zap.String("listener", l.boot.Section))
	return certs.NewWatcher(l.pair, s.source, certs.WatchOptions{
		OnSwap: func(_, pair *certs.Pair, findings []certs.Finding) {
			log.Info("the certificate was exchanged; connections that exist go on", pairFields(pair)...)
			logCertFindings(log, findings)
			d.metrics.CertificateReloaded(true)
			d.exchanged()
		},
		OnFault: func(err error, findings []certs.Finding) {
			logCertFindings(log, findings)
			log.Error("the changed certificate cannot be used; the old one stays", zap.Error(err))
			d.metrics.CertificateReloaded(false)
		},
	})
}

// apiCertificates describes the pairs of listeners that are not among known.
func (d *daemon) apiCertificates(known []*certs.Pair) []monitor.CertInfo {
	var list []monitor.CertInfo
	for _, l := range d.listeners() {
		if l.pair == nil {
			continue
		}
		pair, refused := l.pair.Pair(), l.watch.Fault()
		same := slices.ContainsFunc(known, func(p *certs.Pair) bool { return p.Certificate.Leaf.Equal(pair.Certificate.Leaf) })
		if same && refused == nil {
			continue
		}
		known = append(known, pair)
		info := describePair(pair)
		info.Listener = l.boot.Section
		if refused != nil {
			info.Refused = oneLine(refused.Error())
		}
		list = append(list, info)
	}
	return list
}

// listenerSecurity is what the TLS settings of a listener of its own come to.
type listenerSecurity struct {
	policy *sslconf.Policy
	terms  portTerms
	source certs.Source
	pair   *certs.Pair
	digest [sha256.Size]byte // of what pair was loaded from, taken before
}

// serverConfig is the TLS configuration of the listener with the pairs of store.
func (s *listenerSecurity) serverConfig(store *certs.Store) *tls.Config {
	return s.policy.Server(sslconf.ServerOptions{Certificate: store.GetCertificate, NextProtos: []string{"h2", "http/1.1"}})
}

// addListeners builds the policies of the listeners of their own and loads their
// certificates. Every fault and remark is reported to cfg.
func (s *security) addListeners(cfg *config.Config) {
	s.listeners = map[string]*listenerSecurity{}
	for _, l := range ownListeners(cfg) {
		if l.TLS == nil || sectionRefused(cfg, l.Section) || cfg.MPP.ClientCA != "" && s.clientCA == nil {
			continue // what follows from a fault that is reported is none of its own
		}
		if ls := s.newListenerSecurity(cfg, l); ls != nil {
			s.listeners[l.Section] = ls
		}
	}
}

// sectionRefused reports whether something in the section cannot be used.
func sectionRefused(cfg *config.Config, section string) bool {
	return slices.ContainsFunc(cfg.Findings(), func(f config.Finding) bool {
		return f.Severity == config.Error && strings.EqualFold(f.Section, section)
	})
}

// newListenerSecurity returns nil if a fault was reported.
func (s *security) newListenerSecurity(cfg *config.Config, l config.RESTListener) *listenerSecurity {
	settings := portSettings(cfg)
	settings.ClientAuth = l.TLS.ClientCert
	if len(l.TLS.Versions) > 0 {
		settings.Method = strings.Join(l.TLS.Versions, ",")
	}
	ls := &listenerSecurity{terms: portTerms{settings: settings, clientCA: s.terms.clientCA}}
	settings.ClientCAs = s.clientCA
	var findings []sslconf.Finding
	ls.policy, findings = sslconf.New(settings)
	reportOnce(cfg, l.Section, findings)
	if ls.policy == nil || !s.loadListenerPair(cfg, l, ls) {
		return nil
	}
	reportOnce(cfg, l.Section, ls.policy.Serves(ls.pair.Certificate.Leaf.PublicKey))
	ls.source = servable(ls.source, ls.policy)
	return ls
}

// loadListenerPair sets source, pair and digest of ls, and reports whether there is a pair.
// A listener that names no files shows what the port shows, or would.
func (s *security) loadListenerPair(cfg *config.Config, l config.RESTListener, ls *listenerSecurity) bool {
	t := l.TLS
	own := t.Certificate != "" || t.Key != ""
	switch {
	case own:
		ls.source = certs.Files{
			Cert: t.Certificate, Key: t.Key, PassPhrase: t.PassPhrase,
			Names: certs.Names{Section: l.Section, Cert: t.CertificateName, Key: t.KeyName, PassPhrase: t.PassPhraseName},
		}.Source()
	case cfg.Drivers.MultiProtocolPortSecure:
		ls.source, ls.pair, ls.digest = s.request.Source(), s.pair, s.digest
		return ls.pair != nil // or its fault is reported
	default:
		ls.source = s.request.Source()
	}
	ls.digest = ls.source.Digest()
	pair, findings, err := ls.source.Load(time.Now())
	s.report(cfg, findings, err)
	ls.pair = pair
	return pair != nil
}

// reportOnce reports findings on a listener, but for those that are reported already, as of
// the settings that it shares with the port.
func reportOnce(cfg *config.Config, listener string, findings []sslconf.Finding) {
	for _, f := range findings {
		known := slices.ContainsFunc(cfg.Findings(), func(k config.Finding) bool {
			return strings.EqualFold(k.Section, f.Section) && strings.EqualFold(k.Key, f.Key) && k.Message == f.Message
		})
		if !known {
			cfg.Report(severity(f.Level.String()), f.Section, f.Key, "listener "+listener+": "+f.Message, f.Hint)
		}
	}
}

// checkServedFolders refuses folders of files from which everybody could read secrets of
// this server.
func checkServedFolders(cfg *config.Config) { checkFolders(cfg, secretFiles(cfg)) }

// checkFolders refuses folders of files below which one of the secret files lies.
func checkFolders(cfg *config.Config, secrets []string) {
	for _, l := range cfg.REST.Listeners {
		for _, m := range l.Mounts {
			i := slices.IndexFunc(secrets, func(secret string) bool { return m.RootPath != "" && inFolder(m.RootPath, secret) })
			if i >= 0 {
				cfg.Report(config.Error, m.Section, "RootPath", fmt.Sprintf("%s lies below that folder: everybody could read it", secrets[i]),
					"name a folder that holds only what is to be seen")
			}
		}
	}
}

// secretFiles returns the files and folders with secrets of this server.
func secretFiles(cfg *config.Config) []string {
	list := []string{
		cfg.File, cfg.General.DataPath, cfg.SSL.CertificateClient, cfg.SSL.KeyClient,
		cfg.SSL.CertificateServer, cfg.SSL.KeyServer, cfg.MPP.Certificate, cfg.MPP.Key, // a certificate's file may hold its key
		cfg.Store.URLFile, cfg.RPC.TokenFile,
	}
	for _, c := range cfg.Connections {
		list = append(list, c.TokenFile)
	}
	for _, l := range ownListeners(cfg) {
		if l.TLS != nil {
			list = append(list, l.TLS.Certificate, l.TLS.Key)
		}
	}
	return slices.DeleteFunc(list, func(file string) bool { return file == "" })
}
