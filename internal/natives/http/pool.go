package http

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// transportKey tells connections apart that must not be mixed.
type transportKey struct {
	verify bool
	pair   [sha256.Size]byte // zero: the server's own
	proxy  string            // its URL; "": none
	chosen bool              // by a program: the proxy's address is held against the networks
}

type transport struct {
	*http.Transport
	used int64 // pool.uses at the last use
}

// pool keeps connections. The zero pool has none.
type pool struct {
	mu         sync.Mutex
	transports map[transportKey]*transport
	uses       int64
}

// What there is at most.
const (
	maxTransports   = 16
	maxIdle         = 64 // connections of one transport
	maxIdlePerHost  = 32
	maxPerHost      = 512 // of them all; net/http goes on dialling for requests that have ended
	idleTimeout     = time.Minute
	dialTimeout     = 30 * time.Second
	maxAnswerHeader = 256 << 10
)

// transport returns the connections for a request under s, whose pool p is.
func (p *pool) transport(s *Settings, key transportKey, via *proxy, pair *pair) *transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.transports[key]
	if t == nil {
		if p.transports == nil {
			p.transports = map[transportKey]*transport{}
		}
		p.makeRoom()
		t = &transport{Transport: newTransport(s, key.verify, via, pair)}
		p.transports[key] = t
	}
	p.uses++
	t.used = p.uses
	return t
}

// makeRoom drops the connections that were not used for the longest time, if there are
// as many as are kept.
func (p *pool) makeRoom() {
	if len(p.transports) < maxTransports {
		return
	}
	var oldest transportKey
	first := int64(-1)
	for key, t := range p.transports {
		if first < 0 || t.used < first {
			oldest, first = key, t.used
		}
	}
	p.transports[oldest].CloseIdleConnections()
	delete(p.transports, oldest)
}

// closeIdle closes the connections that are idle. Requests that go on may leave others,
// which end with idleTimeout.
func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
}

// newTransport makes connections without any.
func newTransport(s *Settings, verify bool, p *proxy, pair *pair) *http.Transport {
	var certificate *tls.Certificate
	if pair != nil {
		certificate = pair.certificate
	}
	check := s.Guard.check
	if p != nil && !p.chosen {
		check = s.Guard.checkOwnAddress // it is dialled and nothing else
	}
	dialer := &net.Dialer{Timeout: dialTimeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return check(address)
	}}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSClientConfig: s.TLS(verify, certificate), TLSHandshakeTimeout: dialTimeout,
		MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdlePerHost, MaxConnsPerHost: maxPerHost, IdleConnTimeout: idleTimeout,
		MaxResponseHeaderBytes: maxAnswerHeader, ExpectContinueTimeout: time.Second,
		OnProxyConnectResponse: proxyAnswer,
	}
	if p != nil {
		t.Proxy = http.ProxyURL(p.url)
	}
	return t
}

// proxyAnswer turns what a proxy says to CONNECT into an error that is known to be its.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return failure("the proxy refused: " + answer.Status)
	}
	return nil
}
