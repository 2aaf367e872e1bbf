package mpp

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func (p *port) update(t *testing.T, set Settings) {
	t.Helper()
	if err := p.Update(set); err != nil {
		t.Fatalf("Update = %v; want nil", err)
	}
}

// Whatever is updated how often while clients come, none of them notices.
func TestUpdateUnderLoad(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	var sets []Settings
	for _, tlsConfig := range []*tls.Config{cfg.TLS, cfg.TLS, cfg.TLS.Clone()} {
		sets = append(sets,
			Settings{TLS: tlsConfig},
			Settings{TLS: tlsConfig, MaxHandshakes: 1, SharedAddresses: loopback},
			Settings{TLS: tlsConfig, MaxHandshakes: 3, SniffTimeout: time.Minute, MaxSniffing: 64},
			Settings{TLS: tlsConfig, MaxConnections: 500, MaxConnectionsPerAddress: 400})
	}
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			cache := tls.NewLRUClientSessionCache(1)
			for i := range 40 {
				if err := p.greet(cache, []uint16{tls.VersionTLS12, tls.VersionTLS13}[i%2]); err != nil {
					t.Errorf("connection during the updates: %v", err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		clients.Wait()
		close(done)
	}()
	updates := 0
	for busy := true; busy; updates++ {
		p.update(t, sets[updates%len(sets)])
		select {
		case <-done:
			busy = false
		case <-time.After(100 * time.Microsecond):
		}
	}
	if updates < 10 {
		t.Errorf("%d updates while the clients came; want at least 10", updates)
	}
	eventually(t, "all accounts are empty", func() bool {
		p.limits.mu.Lock()
		defer p.limits.mu.Unlock()
		return len(p.limits.open)+len(p.limits.perAddr)+len(p.limits.sniffAddr.counts) == 0
	})
}

// greet makes one connection and has an answer.
func (p *port) greet(cache tls.ClientSessionCache, version uint16) error {
	_, err := p.resumed(cache, version)
	return err
}

// resumed makes one connection, has an answer, and tells whether the connection
// resumed a session in cache.
func (p *port) resumed(cache tls.ClientSessionCache, version uint16) (bool, error) {
	raw, err := net.Dial("tcp", p.addr)
	if err != nil {
		return false, err
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(time.Minute))
	c := tls.Client(raw, &tls.Config{
		RootCAs: p.roots, ServerName: "localhost", NextProtos: []string{"smartclient/1"},
		ClientSessionCache: cache, MinVersion: version, MaxVersion: version,
	})
	if err := c.Handshake(); err != nil {
		return false, err
	}
	if _, err := io.ReadFull(c, make([]byte, len("smartclient:"))); err != nil { // ticket included
		return false, err
	}
	return c.ConnectionState().DidResume, nil
}

func TestUpdateAndResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			cfg, roots := secureConfig(t)
			p := start(t, cfg, roots)
			first, second := tls.NewLRUClientSessionCache(1), tls.NewLRUClientSessionCache(1)
			other := cfg.TLS.Clone()
			set := Settings{TLS: cfg.TLS}
			for _, step := range []struct {
				name  string
				do    func()
				cache tls.ClientSessionCache
				want  bool
			}{
				{"a new session", func() {}, first, false},
				{"the next one", func() {}, first, true},
				{"another client", func() {}, second, false},
				{"after an update with the same TLS", func() { set.MaxSniffing, set.MaxHandshakes = 99, 9; p.update(t, set) }, first, true},
				{"after an update with another", func() { set.TLS = other; p.update(t, set) }, first, false},
				{"the next one", func() {}, first, true},
				{"after an update back to the first", func() { set.TLS = cfg.TLS; p.update(t, set) }, first, false},
				{"a session of the first before", func() {}, second, false},
			} {
				step.do()
				if got, err := p.resumed(step.cache, version); got != step.want || err != nil {
					t.Errorf("%s: resumed = %v, %v; want %v", step.name, got, err, step.want)
				}
			}
		})
	}
}

func TestUpdateNeverSwitchesTLS(t *testing.T) {
	cfg, roots := secureConfig(t)
	secure, plain := start(t, cfg, roots), start(t, plainConfig(), nil)
	for name, err := range map[string]error{
		"off": secure.Update(Settings{MaxConnections: 1, SniffTimeout: time.Nanosecond}),
		"on":  plain.Update(Settings{TLS: cfg.TLS, MaxConnections: 1, SniffTimeout: time.Nanosecond}),
	} {
		if err == nil || !strings.Contains(err.Error(), "restart") {
			t.Errorf("Update that switches TLS %s = %v; want an error that says to restart", name, err)
		}
	}
	for range 2 { // nothing has changed
		secure.dialTLS(t, "smartclient/1")
		exchange(t, plain.dial(t), getRequest, 100)
	}
}

// What the new TLS configuration says holds for the next handshake, its
// GetConfigForClient included.
func TestUpdatedTLSServes(t *testing.T) {
	cfg, roots := secureConfig(t)
	p := start(t, cfg, roots)
	old := p.dialTLS(t, "smartclient/1")
	inner := cfg.TLS.Clone()
	inner.MaxVersion = tls.VersionTLS12
	next := cfg.TLS.Clone()
	var asked atomic.Int32
	next.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		asked.Add(1)
		return inner, nil
	}
	p.update(t, Settings{TLS: next})
	if got := p.dialTLS(t).ConnectionState().Version; got != tls.VersionTLS12 || asked.Load() != 1 {
		t.Errorf("after the update %s, GetConfigForClient was called %d times; want TLS 1.2 and once", tls.VersionName(got), asked.Load())
	}
	if got := exchange(t, old, "x", 1); got != "smartclient:x" {
		t.Errorf("a connection of before the update answers %q; want %q", got, "smartclient:x")
	}
}

func TestUpdatedLimitsHoldForTheNext(t *testing.T) {
	p := start(t, plainConfig(), nil)
	var open []net.Conn
	for range 3 {
		c := p.dial(t)
		c.Write(magic)
		p.rec.await(t, "routed")
		open = append(open, c)
	}
	p.update(t, Settings{MaxConnections: 2, MaxConnectionsPerAddress: 9})
	exchange(t, p.dial(t), "", 1)
	if got := p.rec.await(t, "refused"); got.name != RefusedTotal {
		t.Errorf("refused for %q; want %q", got.name, RefusedTotal)
	}
	p.update(t, Settings{MaxConnectionsPerAddress: 3})
	exchange(t, p.dial(t), "", 1)
	if got := p.rec.await(t, "refused"); got.name != RefusedAddress {
		t.Errorf("refused for %q; want %q", got.name, RefusedAddress)
	}
	p.update(t, Settings{MaxConnectionsPerAddress: 3, SharedAddresses: loopback})
	open = append(open, p.dial(t))
	open[3].Write(magic)
	p.rec.await(t, "routed")
	p.update(t, Settings{})
	for i, c := range open {
		if got := exchange(t, c, "x", 1); got != "smartclient:"+string(magic)+"x" {
			t.Errorf("connection %d answers %q after the updates; want all of them served", i, got)
		}
	}
}

// A connection that waits when the settings change goes on with those it has.
func TestConnectionsKeepWhatTheyBeganWith(t *testing.T) {
	cfg := plainConfig()
	cfg.SniffTimeout = time.Hour
	p := start(t, cfg, nil)
	before := p.dial(t)
	eventually(t, "the connection is admitted", func() bool { return len(p.limits.all()) == 1 })
	p.update(t, Settings{ProxyProtocol: loopback, SniffTimeout: time.Hour})
	exchange(t, p.dial(t), getRequest, 1000)
	if got := p.rec.await(t, "refused"); got.name != RefusedProxyHeader {
		t.Errorf("the next connection, without a header, was refused for %q; want %q", got.name, RefusedProxyHeader)
	}
	p.update(t, Settings{ProxyProtocol: loopback, SniffTimeout: 100 * time.Millisecond})
	p.dial(t)
	if got := p.rec.await(t, "refused"); got.name != RefusedSilent {
		t.Errorf("the next silent connection was refused for %q; want %q", got.name, RefusedSilent)
	}
	if got := exchange(t, before, getRequest, 5); !strings.Contains(got, "200 OK") {
		t.Errorf("the waiting connection, without a header, is answered %q; want 200 OK", got)
	}
}

// A handshake gives its slot back where it took it.
func TestUpdateWhileAHandshakeComputes(t *testing.T) {
	cfg, roots := secureConfig(t)
	cert, computing, release := cfg.TLS.Certificates[0], make(chan struct{}, 2), make(chan struct{})
	cfg.TLS.Certificates = nil
	cfg.TLS.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		computing <- struct{}{}
		<-release
		return &cert, nil
	}
	cfg.MaxHandshakes = 1
	p := start(t, cfg, roots)
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo)
	shaken := make(chan error, 2)
	shake := func() {
		c := p.dial(t)
		go func() { shaken <- tls.Client(c, clientTLS(roots)).Handshake() }()
		<-computing
	}
	shake()
	before := p.set.Load()
	p.update(t, Settings{TLS: cfg.TLS, MaxHandshakes: 2})
	shake() // has a slot of its own, at once
	after := p.set.Load()
	if len(before.slots) != 1 || len(after.slots) != 1 {
		t.Errorf("slots taken: %d of before, %d of after the update; want 1 and 1", len(before.slots), len(after.slots))
	}
	letGo()
	for range 2 {
		if err := <-shaken; err != nil {
			t.Errorf("handshake: %v", err)
		}
	}
	eventually(t, "all slots are given back", func() bool { return len(before.slots)+len(after.slots) == 0 })
	p.update(t, Settings{TLS: cfg.TLS, MaxHandshakes: 2, MaxSniffing: 9})
	if p.set.Load().slots != after.slots {
		t.Error("an update with the same MaxHandshakes has made new slots; want the old ones")
	}
}

// Updates cost a connection one atomic load: no lock, no allocation, and no
// larger accounts than memory is measured with.
func TestUpdateCostsConnectionsNothing(t *testing.T) {
	p := start(t, plainConfig(), nil)
	p.updating.Lock() // as if an update took for ever
	if got := exchange(t, p.dial(t), getRequest, 100); !strings.Contains(got, "200 OK") {
		t.Errorf("answer during an update = %q; want 200 OK", got)
	}
	p.updating.Unlock()

	refused := start(t, plainConfig(), nil) // admits on the caller's goroutine, and no further
	refused.Server.Close()
	admit := func() float64 { return testing.AllocsPerRun(100, func() { refused.admit(closedConn{}) }) }
	before := admit()
	for i := range 100 {
		refused.update(t, Settings{MaxSniffing: i})
	}
	if after := admit(); after != before {
		t.Errorf("admit allocates %v times after updates, %v before; want the same", after, before)
	}
	// 208 is a size class of the allocator; the next one is 224.
	if size := unsafe.Sizeof(conn{}); unsafe.Sizeof(uintptr(0)) == 8 && size > 208 {
		t.Errorf("a connection takes %d bytes; want at most 208", size)
	}
}

type closedConn struct{ net.Conn }

func (closedConn) RemoteAddr() net.Addr { return portAddr{} }
func (closedConn) Close() error         { return nil }

// Update may come at any time.
func TestUpdateBeforeAndAfterServing(t *testing.T) {
	s, err := New(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(Settings{MaxSniffing: 7}); err != nil || s.set.Load().MaxSniffing != 7 {
		t.Errorf("Update before Serve = %v, MaxSniffing %d; want nil and 7", err, s.set.Load().MaxSniffing)
	}
	s.Close()
	if err := s.Update(Settings{}); err != nil || s.set.Load().MaxSniffing <= 7 {
		t.Errorf("Update after Close = %v, MaxSniffing %d; want nil and the default", err, s.set.Load().MaxSniffing)
	}
	if err := s.Serve(); !errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve = %v; want ErrServerClosed", err)
	}
}

// The caller may go on using the lists that it gave.
func TestSettingsAreCopied(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	cfg := plainConfig()
	cfg.ProxyProtocol = networks
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	networks[0] = netip.MustParsePrefix("0.0.0.0/0")
	if set := s.set.Load(); set.ProxyProtocol[0] == networks[0] || set.shared[0] == networks[0] {
		t.Error("the port's networks changed with the caller's list; want a copy")
	}
}
