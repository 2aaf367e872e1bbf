package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"appserver/internal/certs"
	"appserver/internal/grpcport"
	"appserver/internal/httpport"
	"appserver/internal/logging"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
	"appserver/internal/rest"
	"appserver/internal/smartclient"
	"appserver/internal/sslconf"
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
		Parts:             []string{"port", "matcher", protocolHTTP, protocolRPC},
		SmartClientFaults: smartclient.Codes(),
	})
}

// serverName is what the server calls itself.
func (d *daemon) serverName() string { return cmp.Or(d.cfg.General.ServerName, "appserver") }

// newPort joins the port and the servers behind it.
func (d *daemon) newPort(metrics *monitor.Metrics) (*mpp.Server, error) {
	withHTTP := d.cfg.Drivers.MultiProtocolPort
	grpc := d.newGRPC(metrics)
	grpc.SetServing(true)
	cfg := mpp.Config{
		ProxyProtocol:            d.cfg.MPP.ProxyProtocol,
		SharedAddresses:          d.cfg.MPP.TrustedProxies,
		MaxConnections:           d.cfg.MPP.MaxConnections,
		MaxConnectionsPerAddress: d.cfg.MPP.MaxConnectionsPerAddress,
		MaxSniffing:              d.cfg.MPP.MaxSniffing,
		MaxSniffingPerAddress:    d.cfg.MPP.MaxSniffingPerAddress,
		MaxHandshakes:            d.cfg.MPP.MaxHandshakes,
		SniffTimeout:             d.cfg.MPP.SniffTimeout,
		LogHandshakes:            d.cfg.SSL.Verbose,
		TraceHandshakes:          d.cfg.SSL.State,
		Log:                      d.root.Named("port"),
		Observer:                 metrics,
	}
	if policy := d.security.server; policy != nil {
		cfg.TLS = policy.Server(sslconf.ServerOptions{
			Certificate: d.security.pair.GetCertificate,
			NextProtos:  alpnProtocols(withHTTP),
			RequestCert: []string{grpcport.ALPN},
		})
		metrics.SetCertificates(d.certificates())
	}
	if withHTTP {
		cfg.Protocols = append(cfg.Protocols, d.httpProtocol(grpc, metrics))
	} else {
		cfg.Protocols = append(cfg.Protocols, mpp.Protocol{Name: protocolHTTP, Match: mpp.MatchHTTP, Refusal: noHTTPHere()})
	}
	cfg.Protocols = append(cfg.Protocols, d.smartClientProtocol(metrics),
		mpp.Protocol{Name: protocolRPC, ALPN: []string{grpcport.ALPN}, Secure: grpc})
	cfg.Unknown = d.upstreamProtocol()
	return mpp.New(cfg)
}

// noHTTPHere answers HTTP on a port that carries none.
func noHTTPHere() []byte {
	const text = "This port carries no HTTP: [Drivers] MultiProtocolPort=0\n"
	return fmt.Appendf(nil, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// plaintextAllowed reports whether connections without TLS are served.
func (d *daemon) plaintextAllowed() bool {
	return !d.cfg.Drivers.MultiProtocolPortSecure || d.cfg.MPP.Plaintext == "allow"
}

func (d *daemon) newGRPC(metrics *monitor.Metrics) *grpcport.Server {
	return grpcport.New(grpcport.Options{
		Name: d.serverName(), Version: programVersion(), Started: d.started, Log: d.root.Named(protocolRPC),
		Panicked: func() { metrics.Panicked(protocolRPC) },
		// What there is needs no more, and nobody has to say who he is.
		MaxRecvBytes: 4 << 10,
		Protocols:    []grpcport.Protocol{{Name: protocolSmartClient, Min: smartclient.MinProtocol, Max: smartclient.MaxProtocol}},
	})
}

// httpProtocol is HTTP with all its routes.
func (d *daemon) httpProtocol(grpc http.Handler, metrics *monitor.Metrics) mpp.Protocol {
	cfg := httpport.Config{
		Handler:        d.routes(),
		GRPC:           grpc,
		AllowPlainGRPC: d.cfg.RPC.AllowPlain,
		TrustedProxies: d.cfg.MPP.TrustedProxies,
		HeaderTimeout:  d.cfg.MPP.HeaderTimeout,
		IdleTimeout:    d.cfg.MPP.IdleTimeout,
		Error:          writeError,
		Panicked:       func() { metrics.Panicked(protocolHTTP) },
		Log:            d.root.Named(protocolHTTP),
	}
	server := httpport.New(cfg)
	p := mpp.Protocol{Name: protocolHTTP, ALPN: []string{"h2", "http/1.1"}, Match: mpp.MatchHTTP, Secure: server, Plain: server}
	switch {
	case !d.cfg.Drivers.MultiProtocolPortSecure:
		p.ALPN, p.Secure = nil, nil
	case d.cfg.MPP.Plaintext == "refuse":
		p.Plain, p.PlainRefuses = httpport.NewPlaintextServer(httpport.PlaintextRefuse, cfg), true
	case d.cfg.MPP.Plaintext == "redirect":
		p.Plain, p.PlainRefuses = httpport.NewPlaintextServer(httpport.PlaintextRedirect, cfg), true
	}
	return p
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

// routes are the HTTP paths of the port.
func (d *daemon) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/healthz", httpport.Healthz())
	mux.Handle("/readyz", httpport.Readyz(d.readiness.Err))
	api := rest.Handler(http.NewServeMux())
	for _, root := range []string{"/api", "/api/", "/rest", "/rest/"} {
		mux.Handle(root, api)
	}
	if d.cfg.WebApp.Enable {
		mux.Handle("/", webapp.New(webapp.Options{
			Name: d.serverName(), Version: programVersion(), Started: d.started,
			Certificate: d.pageCertificate, Forwarded: httpport.Forwarded,
		}))
	}
	return mux
}

// pageCertificate is the port's certificate as the page shows it.
func (d *daemon) pageCertificate() webapp.Certificate {
	if d.security.pair == nil {
		return webapp.Certificate{}
	}
	pair := d.security.pair.Pair()
	return webapp.Certificate{Leaf: pair.Certificate.Leaf, Origin: pageOrigin(pair.Origin), CA: pair.CA}
}

// pageOrigin is what a certificate's origin is called on pages and in metrics.
func pageOrigin(o certs.Origin) string {
	switch o {
	case certs.FromBundledFile, certs.FromEmbedded:
		return "bundled"
	case certs.SelfSigned:
		return "self-signed"
	default:
		return "configured"
	}
}

func (d *daemon) smartClientProtocol(metrics *monitor.Metrics) mpp.Protocol {
	server := &smartclient.Server{
		Info: smartclient.Info{Name: d.serverName(), Version: programVersion()},
		Log:  logging.Sampled(d.root.Named(protocolSmartClient)),

		OnFault: metrics.SmartClientFault,
	}
	p := mpp.Protocol{
		Name: protocolSmartClient, ALPN: []string{smartclient.ALPN}, Match: mpp.MatchPrefix([]byte(smartclient.Preamble)),
		Secure: server, Plain: server,
		Refusal: smartclient.RefusalFrame(smartclient.CodeTLSRequired, "this port demands TLS"),
	}
	if !d.cfg.Drivers.MultiProtocolPortSecure {
		p.ALPN, p.Secure = nil, nil
	}
	if !d.plaintextAllowed() {
		p.Plain = nil
	}
	return p
}

// upstreamProtocol takes what nobody recognised, if there is a server for it.
func (d *daemon) upstreamProtocol() mpp.Protocol {
	if d.cfg.MPP.Upstream == "" {
		return mpp.Protocol{} // refuses
	}
	p := mpp.Protocol{Name: protocolUpstream}
	f := &mpp.Forwarder{Address: d.cfg.MPP.Upstream, Log: logging.Sampled(d.root.Named(protocolUpstream))}
	if d.cfg.MPP.UpstreamSecure {
		host, _, _ := net.SplitHostPort(d.cfg.MPP.Upstream) // config has checked it
		f.TLS = d.security.outgoing.Client(sslconf.ClientOptions{
			ServerName: host, RootCAs: d.security.upstream, Certificate: d.security.own,
		})
	}
	if d.cfg.Drivers.MultiProtocolPortSecure {
		p.Secure = f
	}
	if d.plaintextAllowed() {
		p.Plain = f
	}
	return p
}

// newAdmin makes the server of the administration socket.
func (d *daemon) newAdmin(metrics *monitor.Metrics) *http.Server {
	log := d.root.Named("admin")
	return monitor.Server(monitor.AdminHandler(monitor.AdminOptions{
		Status:   func() monitor.Status { return d.status(metrics) },
		Shutdown: func() { close(d.stop) },
		Token:    d.admin.Token,
		Log:      log,
	}), log)
}

func (d *daemon) status(metrics *monitor.Metrics) monitor.Status {
	s := monitor.Status{
		Name: d.serverName(), Version: programVersion(), PID: os.Getpid(), Started: d.started,
		ConfigFile: d.cfg.File, Connections: metrics.Connections(), Certificates: d.certificates(),
	}
	s.SetReadiness(&d.readiness)
	for _, l := range d.ports {
		s.Listeners = append(s.Listeners, monitor.Listener{Address: l.Addr().String(), Kind: "port", Secure: d.security.server != nil})
	}
	if d.operations != nil {
		s.Listeners = append(s.Listeners, monitor.Listener{Address: d.operations.Addr().String(), Kind: "operations"})
	}
	if d.security.server != nil {
		s.TLSPolicy = d.security.server.Classic()
	}
	return s
}

// certificates describes the pair in use.
func (d *daemon) certificates() []monitor.CertInfo {
	if d.security.pair == nil {
		return nil
	}
	pair := d.security.pair.Pair()
	leaf := pair.Certificate.Leaf
	return []monitor.CertInfo{{
		Source: pageOrigin(pair.Origin), File: pair.CertFile, Subject: leaf.Subject.String(),
		Serial: hex.EncodeToString(leaf.SerialNumber.Bytes()), NotAfter: leaf.NotAfter,
		CASHA256: fingerprint(pair.CA),
	}}
}

// fingerprint is the SHA-256 sum of a certificate in PEM, as browsers show it;
// "" if there is none.
func fingerprint(certificate []byte) string {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}
