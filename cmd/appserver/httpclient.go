package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/net/http/httpproxy"

	"appserver/internal/advpl/vm"
	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/logging"
	nhttp "appserver/internal/natives/http"
)

// outbound is what HTTP requests of programs go by: it follows the state in force.
type outbound struct {
	mu       sync.Mutex
	of       *state // that settings was made of
	settings *nhttp.Settings
}

// httpOptions are what programs of the server make HTTP requests with.
func (d *daemon) httpOptions() nhttp.Options {
	client := nhttp.NewClient(nhttp.ClientOptions{Agent: agentName(), Settings: d.httpSettings, KeyPair: programPair})
	return nhttp.Options{Client: client, Services: d.restAddresses}
}

// restAddresses returns where the REST services of a thread's environment are, for tests.
func (d *daemon) restAddresses(t *vm.Thread) ([]string, error) {
	own, ok := host.ThreadOf(t)
	if !ok {
		return nil, nil
	}
	return restAddresses(d.now.Load().cfg, own.Environment()), nil
}

// restAddresses returns where cfg has the REST services of an environment served.
func restAddresses(cfg *config.Config, environment string) []string {
	name, _ := settingsOf(cfg)("PROBAT", "REST")
	name = cmp.Or(strings.TrimSpace(name), "localhost")
	var list []string
	for _, l := range cfg.REST.Listeners {
		for _, m := range l.Mounts {
			if !strings.EqualFold(m.Environment, environment) {
				continue
			}
			s := restService(cfg, l, m)
			base := url.URL{Scheme: "http", Host: net.JoinHostPort(name, strconv.Itoa(s.Port)), Path: strings.TrimSuffix(m.Path, "/")}
			if s.TLS {
				base.Scheme = "https"
			}
			list = append(list, base.String())
		}
	}
	return list
}

// httpSettings returns what is in force for a request that begins now.
func (d *daemon) httpSettings() *nhttp.Settings {
	d.outbound.mu.Lock()
	defer d.outbound.mu.Unlock()
	now := d.now.Load() // under the lock: nobody goes back to a state of before
	if d.outbound.of != now {
		d.outbound.of = now
		d.outbound.settings = httpSettings(now.cfg, now.security, d.ownListeners(),
			newHandshakeLog(now.cfg, now.security, d.boot.General.LogFormat, d.root))
	}
	return d.outbound.settings
}

// ownListeners are those that requests of programs never reach.
func (d *daemon) ownListeners() []netip.AddrPort {
	var own []netip.AddrPort
	add := func(l net.Listener) {
		if a, err := netip.ParseAddrPort(l.Addr().String()); err == nil { // else a socket that has no port
			own = append(own, a)
		}
	}
	if d.operations != nil {
		add(d.operations)
	}
	if d.admin != nil {
		add(d.admin)
	}
	return own
}

// commandHTTP is what programs of a command make HTTP requests with; cfg is its
// configuration, and what the log would say of them goes to stderr.
func commandHTTP(cfg *config.Config, s *security, stderr io.Writer) nhttp.Options {
	if s.outgoing == nil {
		fault := "the configuration cannot be used"
		if err := cfg.Err(); err != nil {
			fault = oneLine(err.Error())
		}
		return nhttp.Options{Fault: fault}
	}
	level := zap.NewAtomicLevelAt(zap.WarnLevel)
	if cfg.SSL.Verbose || cfg.SSL.State {
		level.SetLevel(zap.InfoLevel)
	}
	format := cfg.General.LogFormat
	log := logging.New(zapcore.AddSync(stderr), format, level)
	settings := httpSettings(cfg, s, metricsListener(cfg), newHandshakeLog(cfg, s, format, log))
	return nhttp.Options{Client: nhttp.NewClient(nhttp.ClientOptions{
		Agent: agentName(), Settings: func() *nhttp.Settings { return settings }, KeyPair: programPair,
	})}
}

// metricsListener is where the server with the configuration has its measurements; none if
// it has none.
func metricsListener(cfg *config.Config) []netip.AddrPort {
	host, port, err := net.SplitHostPort(cfg.Metrics.Listen)
	if err != nil || !cfg.Metrics.Enable {
		return nil
	}
	if strings.EqualFold(host, "localhost") {
		host = "127.0.0.1" // stands for all loopback addresses
	}
	a, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil {
		return nil
	}
	return []netip.AddrPort{a}
}

func agentName() string { return "appserver/" + programVersion() }

// httpSettings are what a configuration says of requests.
func httpSettings(cfg *config.Config, s *security, own []netip.AddrPort, watch *handshakeLog) *nhttp.Settings {
	c := cfg.HTTPClient
	deny := c.DenyTo
	if !c.DenyToSet {
		deny = nhttp.DefaultDeny()
	}
	return &nhttp.Settings{
		Guard:   nhttp.Guard{AllowTo: c.AllowTo, DenyTo: deny, Own: own},
		Timeout: c.Timeout, MaxResponse: int64(c.MaxResponse) << 20, Verify: cfg.SSL.VerifyServer,
		Proxy: proxyFunc(c.Proxy), TLS: s.httpTLS, Reason: s.outgoing.Reason,
		HandshakeBegins: watch.begins, HandshakeEnds: watch.ends,
	}
}

// proxyFunc returns what [HTTPClient] Proxy comes to; nil: no proxy.
func proxyFunc(setting string) func(*url.URL) (*url.URL, error) {
	switch {
	case setting == "":
		return nil
	case strings.EqualFold(setting, "system"):
		return httpproxy.FromEnvironment().ProxyFunc()
	}
	proxy, err := parseProxy(setting)
	return func(*url.URL) (*url.URL, error) { return proxy, err }
}

// parseProxy reads the URL of a proxy. The error does not repeat it: it may hold a
// password.
func parseProxy(setting string) (*url.URL, error) {
	proxy, err := url.Parse(setting)
	if err != nil || proxy.Scheme != "http" && proxy.Scheme != "https" || proxy.Hostname() == "" {
		return nil, errors.New("it is no URL with http:// or https:// and a host")
	}
	return proxy, nil
}

// checkProxy reports a [HTTPClient] Proxy that cannot be used.
func checkProxy(cfg *config.Config) {
	setting := cfg.HTTPClient.Proxy
	if setting == "" || strings.EqualFold(setting, "system") {
		return
	}
	if _, err := parseProxy(setting); err != nil {
		cfg.Report(config.Error, "HTTPClient", "Proxy", err.Error(), "write it as http://proxy.example.org:3128, or system")
	}
}

// programPair makes a certificate with its key of the files that a program names.
func programPair(cert, key []byte, passPhrase string) (*tls.Certificate, error) {
	pair, err := certs.ParsePair(cert, key, passPhrase)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "certs: "))
	}
	return &pair.Certificate, nil
}
