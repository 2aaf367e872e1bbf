package main

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"time"

	"appserver/internal/config"
	"appserver/internal/grpcport"
	"appserver/internal/httpport"
	"appserver/internal/logging"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
	"appserver/internal/rest"
	"appserver/internal/rest/access"
	"appserver/internal/rpc"
	"appserver/internal/smartclient"
	"appserver/internal/webapp"
)

// Names of the port's protocols in logs and metrics.
const (
	protocolHTTP        = "http"
	protocolRPC         = "rpc"
	protocolSmartClient = "smartclient"
	protocolUpstream    = "upstream"
)

// alpnProtocols are the ALPN identifiers of the port in the server's order: our
// own protocols first, since their clients offer h2 as well.
func alpnProtocols(withHTTP bool) []string {
	if !withHTTP {
		return []string{grpcport.ALPN, smartclient.ALPN}
	}
	return []string{grpcport.ALPN, "h2", "http/1.1", smartclient.ALPN}
}

// newMetrics makes the metrics with every label value that can occur.
func newMetrics() *monitor.Metrics {
	return monitor.NewMetrics(monitor.MetricsOptions{
		Version:           programVersion(),
		Protocols:         []string{protocolHTTP, protocolRPC, protocolSmartClient, protocolUpstream},
		HandshakeFailures: mpp.HandshakeFailures(),
		Refusals:          mpp.RefusalReasons(),
		CloseReasons:      mpp.CloseReasons(),
		Parts:             []string{"port", "matcher", protocolHTTP, protocolRPC, "admin", "operations"},
		SlowParts:         []string{httpport.SlowBody, httpport.SlowAnswer},
		SmartClientFaults: smartclient.Codes(),
		ThreadKinds:       threadKinds(),
		ThreadStates:      threadStates(),
		ThreadResults:     threadResults(),
		RPCMethods:        rpc.Methods(),
		RPCCodes:          rpc.Codes(),
		RPCRefusals:       rpc.RefusalReasons(),
		AccessSchemes:     access.Schemes(),
		AccessResults:     access.Results(),
		RESTModels:        rest.Models(),
		RESTRefusals:      rest.RefusalReasons(),
	})
}

// serverName is what the server calls itself.
func (d *daemon) serverName() string { return cmp.Or(d.boot.General.ServerName, "appserver") }

// alpnRPC is the protocol whose clients are asked for a certificate.
const alpnRPC = grpcport.ALPN

// newPort joins the port and the servers behind it.
func (d *daemon) newPort() (err error) {
	withHTTP := d.boot.Drivers.MultiProtocolPort
	grpc := d.newGRPC()
	grpc.SetServing(true)
	cfg := mpp.Config{
		Settings: d.portSettings(d.now.Load()),
		Ports:    1 + len(d.apis),
		Log:      d.root.Named("port"),
		Observer: d.metrics,
		Addressed: func(host string) {
			d.misses.Note(host, d.pair.Pair(), time.Now())
		},
	}
	d.metrics.SetPrograms(d.figures())
	d.metrics.SetLicenses(d.licenseFigures)
	if withHTTP {
		cfg.Protocols = append(cfg.Protocols, d.httpProtocol(grpc))
	} else {
		cfg.Protocols = append(cfg.Protocols, mpp.Protocol{Name: protocolHTTP, Match: mpp.MatchHTTP, Refusal: noHTTPHere()})
	}
	cfg.Protocols = append(cfg.Protocols, d.smartClientProtocol(),
		mpp.Protocol{Name: protocolRPC, ALPN: []string{alpnRPC}, Secure: grpc})
	cfg.Unknown = d.upstreamProtocol()
	if d.port, err = mpp.New(cfg); err != nil {
		return err
	}
	if err := d.newAPIPorts(); err != nil {
		return err
	}
	d.metrics.SetCertificates(d.certificatesInUse())
	return nil
}

// noHTTPHere answers HTTP on a port that carries none.
func noHTTPHere() []byte {
	const text = "This port carries no HTTP: [Drivers] MultiProtocolPort=0\n"
	return fmt.Appendf(nil, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// plaintextAllowed reports whether connections without TLS are served.
func (d *daemon) plaintextAllowed() bool {
	return !d.boot.Drivers.MultiProtocolPortSecure || d.boot.MPP.Plaintext == "allow"
}

// httpProtocol is HTTP with all its routes.
func (d *daemon) httpProtocol(grpc http.Handler) (p mpp.Protocol) {
	cfg := d.httpConfig()
	cfg.Handler = http.HandlerFunc(d.servePages)
	cfg.GRPC = grpc
	cfg.AllowPlainGRPC = d.boot.RPC.AllowPlain
	d.setPages(d.boot)
	p, d.http = d.offerHTTP(cfg, d.boot.Drivers.MultiProtocolPortSecure)
	return p
}

// maxBody is what the bodies of requests are bounded by, in bytes: each mount of HTTP APIs,
// the only ones that read bodies, has a bound of its own below it.
const maxBody = 2 << 30

// httpConfig is what the HTTP servers of all listeners have in common.
func (d *apiServer) httpConfig() httpport.Config {
	return httpport.Config{
		MaxBodyBytes:   maxBody,
		TrustedProxies: d.boot.MPP.TrustedProxies,
		HeaderTimeout:  d.boot.MPP.HeaderTimeout,
		IdleTimeout:    d.boot.MPP.IdleTimeout,
		LeastPace:      leastPace(d.boot.MPP.LeastPace),
		Slow:           d.metrics.SlowPeer,
		Error:          writeError,
		Panicked:       func() { d.metrics.Panicked(protocolHTTP) },
		Log:            d.root.Named(protocolHTTP),
	}
}

// leastPace is [MPP] LeastPace as HTTP servers take it.
func leastPace(n int) int64 {
	if n == 0 {
		return -1 // any
	}
	return int64(n)
}

// offerHTTP returns HTTP as a protocol of a listener that is secure or not, and the servers
// behind it.
func (d *apiServer) offerHTTP(cfg httpport.Config, secure bool) (mpp.Protocol, []*httpport.Server) {
	server := httpport.New(cfg)
	servers := []*httpport.Server{server}
	p := mpp.Protocol{Name: protocolHTTP, ALPN: []string{"h2", "http/1.1"}, Match: mpp.MatchHTTP, Secure: server, Plain: server}
	tell := func(policy httpport.PlaintextPolicy) {
		plain := httpport.NewPlaintextServer(policy, cfg)
		servers = append(servers, plain)
		p.Plain, p.PlainRefuses = plain, true
	}
	switch {
	case !secure:
		p.ALPN, p.Secure = nil, nil
	case d.boot.MPP.Plaintext == "refuse":
		tell(httpport.PlaintextRefuse)
	case d.boot.MPP.Plaintext == "redirect":
		tell(httpport.PlaintextRedirect)
	}
	return p, servers
}

// writeError answers a request that the HTTP rules refuse: in the way of the API
// below its paths, else as text.
func writeError(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if rest.Owns(r.URL.Path) {
		rest.WriteError(w, r, status, "", detail)
		return
	}
	http.Error(w, detail, status)
}

// servePages hands a request to the routes in force.
func (d *daemon) servePages(w http.ResponseWriter, r *http.Request) {
	(*d.pages.Load()).ServeHTTP(w, r)
}

// setPages puts the routes that cfg asks for in force.
func (d *daemon) setPages(cfg *config.Config) {
	routes := d.routes(cfg)
	d.pages.Store(&routes)
}

// routes are the HTTP paths of the port. They count as they are written: a redirect to
// another spelling would repeat the query, in which clients may send passwords.
func (d *daemon) routes(cfg *config.Config) http.Handler {
	health, ready := httpport.Healthz(), httpport.Readyz(d.readiness.Err)
	other := http.NotFoundHandler()
	if cfg.WebApp.Enable {
		other = webapp.New(webapp.Options{
			Name: d.serverName(), Version: programVersion(), Started: d.started,
			Certificate: d.pageCertificate, Forwarded: httpport.Forwarded,
		})
	}
	return d.withREST(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/healthz":
			health.ServeHTTP(w, r)
		case path == "/readyz":
			ready.ServeHTTP(w, r)
		case rest.Owns(path):
			rest.NotFound(w, r)
		default:
			other.ServeHTTP(w, r)
		}
	}))
}

func (d *daemon) smartClientProtocol() mpp.Protocol {
	server := &smartclient.Server{
		Info: smartclient.Info{Name: d.serverName(), Version: programVersion()},
		Log:  logging.Sampled(d.root.Named(protocolSmartClient)),

		OnFault: d.metrics.SmartClientFault,
	}
	p := mpp.Protocol{
		Name: protocolSmartClient, ALPN: []string{smartclient.ALPN}, Match: mpp.MatchPrefix([]byte(smartclient.Preamble)),
		Secure: server, Plain: server,
		Refusal: smartclient.RefusalFrame(smartclient.CodeTLSRequired, "this port demands TLS"),
	}
	if !d.boot.Drivers.MultiProtocolPortSecure {
		p.ALPN, p.Secure = nil, nil
	}
	if !d.plaintextAllowed() {
		p.Plain = nil
	}
	return p
}

// upstreamProtocol takes what nobody recognised, if there is a server for it.
func (d *daemon) upstreamProtocol() mpp.Protocol {
	if d.boot.MPP.Upstream == "" {
		return mpp.Protocol{} // refuses
	}
	p := mpp.Protocol{Name: protocolUpstream}
	f := &mpp.Forwarder{Address: d.boot.MPP.Upstream, Log: logging.Sampled(d.root.Named(protocolUpstream))}
	if d.boot.MPP.UpstreamSecure {
		f.TLS = func() *tls.Config { return d.now.Load().upstream }
	}
	if d.boot.Drivers.MultiProtocolPortSecure {
		p.Secure = f
	}
	if d.plaintextAllowed() {
		p.Plain = f
	}
	return p
}

// newAdmin makes the server of the administration socket.
func (d *daemon) newAdmin() *http.Server {
	log := d.root.Named("admin")
	return monitor.Server(monitor.AdminHandler(monitor.AdminOptions{
		Status:      d.status,
		Shutdown:    func() { close(d.stop) },
		Reload:      d.reloadForAdmin,
		LogLevel:    func() string { return d.console.level.String() },
		SetLogLevel: d.setLogLevel,
		Programs:    d.programs(),
		Permit:      d.permit,
		Token:       d.admin.Token,
		Panicked:    func() { d.metrics.Panicked("admin") },
		Log:         log,
	}), log)
}

func (d *daemon) status() monitor.Status {
	now := d.now.Load()
	s := monitor.Status{
		Name: d.serverName(), Version: programVersion(), PID: os.Getpid(), Started: d.started,
		ConfigFile: d.boot.File, Connections: d.metrics.Connections(), Certificates: d.certificates(),
		LogLevel: d.console.level.String(), LastReload: d.lastReload.Load(), PendingRestart: d.pending(now),
	}
	s.SetReadiness(&d.readiness)
	s.Environments = d.environmentStates()
	s.Threads, s.Jobs = d.threadCounts(), d.jobCounts()
	for _, l := range d.ports {
		s.Listeners = append(s.Listeners, monitor.Listener{Address: l.Addr().String(), Kind: "port", Secure: now.tls != nil})
	}
	for _, api := range d.listeners() {
		for _, l := range api.ports {
			s.Listeners = append(s.Listeners, monitor.Listener{Address: l.Addr().String(), Kind: "rest", Section: api.boot.Section, Secure: api.pair != nil, Program: api.by})
		}
	}
	if d.operations != nil {
		s.Listeners = append(s.Listeners, monitor.Listener{Address: d.operations.Addr().String(), Kind: "operations"})
	}
	if now.tls != nil {
		s.TLSPolicy = now.security.server.String()
	}
	return s
}
