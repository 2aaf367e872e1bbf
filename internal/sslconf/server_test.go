package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// everySet returns settings for each of the 15 sets of versions.
func everySet() []Settings {
	var all []Settings
	for bits := 1; bits < 16; bits++ {
		all = append(all, Settings{
			TLS10: new(bits&1 != 0), TLS11: new(bits&2 != 0), TLS12: new(bits&4 != 0), TLS13: new(bits&8 != 0),
		})
	}
	return all
}

// best returns the highest version of ids from lo to hi, or 0.
func best(ids []uint16, lo, hi uint16) uint16 {
	for _, id := range slices.Backward(ids) {
		if lo <= id && id <= hi {
			return id
		}
	}
	return 0
}

// TestServerVersions tries every range of client versions against every set of
// server versions, with both kinds of certificate.
func TestServerVersions(t *testing.T) {
	ca := newAuthority(t)
	all := []uint16{v10, v11, v12, v13}
	for _, cert := range []*tls.Certificate{ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth), ca.issue(rsaKey(), x509.ExtKeyUsageServerAuth)} {
		for _, settings := range everySet() {
			p := mustPolicy(t, settings)
			s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert)}))
			for i, lo := range all {
				for _, hi := range all[i:] {
					got, _ := s.dial(&tls.Config{RootCAs: ca.pool, ServerName: "localhost", MinVersion: lo, MaxVersion: hi})
					checkVersion(t, p, lo, hi, got)
				}
			}
		}
	}
}

// checkVersion judges what a client that speaks lo to hi got from p.
func checkVersion(t *testing.T, p *Policy, lo, hi uint16, got result) {
	t.Helper()
	want := best(p.Versions(), lo, hi)
	switch {
	case want != 0:
		if got.err != nil || got.state.Version != want {
			t.Errorf("%s, client %x-%x: version %x, error %v; want %x", p.Classic(), lo, hi, got.state.Version, got.err, want)
		}
	case got.err == nil:
		t.Errorf("%s, client %x-%x: version %x; want the handshake to fail", p.Classic(), lo, hi, got.state.Version)
	case !strings.Contains(got.err.Error(), "protocol version"):
		t.Errorf("%s, client %x-%x: error %v; want one about the protocol version", p.Classic(), lo, hi, got.err)
	}
}

// TestServerAlwaysExplicit holds that no configuration leaves a bound to the
// library.
func TestServerAlwaysExplicit(t *testing.T) {
	for _, settings := range everySet() {
		p := mustPolicy(t, settings)
		s := &selector{policy: p}
		s.build(&tls.Config{})
		for v, c := range s.configs {
			if c.MinVersion == 0 || c.MaxVersion == 0 || c.CipherSuites == nil {
				t.Errorf("%s, %+v: Min %x, Max %x, suites %v; want all set", p.Classic(), v, c.MinVersion, c.MaxVersion, c.CipherSuites)
			}
		}
		for _, c := range []*tls.Config{p.Server(ServerOptions{}), p.Client(ClientOptions{}), s.refuse, s.fallback} {
			if c.MinVersion == 0 || c.MaxVersion == 0 {
				t.Errorf("%s: Min %x, Max %x; want both set", p.Classic(), c.MinVersion, c.MaxVersion)
			}
		}
	}
}

func TestPickLegacyHello(t *testing.T) {
	on := new(true)
	gap := Settings{TLS11: on, TLS13: on}
	tests := []struct {
		settings   Settings
		offered    []uint16
		extensions []uint16
		want       uint16
	}{
		{gap, []uint16{v13, v12}, []uint16{extSupportedVersions}, v13},
		{gap, []uint16{v12}, []uint16{extSupportedVersions}, 0},
		{gap, []uint16{v12, v11, v10}, nil, v11},
		{gap, []uint16{v13, v12, v11, v10}, nil, v11}, // 1.3 cannot be offered without the extension
		{Settings{}, []uint16{v13, v12, v11, v10}, nil, v12},
		{Settings{TLS13: on}, []uint16{v13, v12}, nil, 0},
		{Settings{}, []uint16{v11, v10}, nil, 0},
	}
	for _, tt := range tests {
		p := mustPolicy(t, tt.settings)
		got := p.pick(&tls.ClientHelloInfo{SupportedVersions: tt.offered, Extensions: tt.extensions})
		if got != tt.want {
			t.Errorf("%s: pick(%x, extensions %d) = %x; want %x", p.Classic(), tt.offered, tt.extensions, got, tt.want)
		}
	}
}

func TestServerH2(t *testing.T) {
	ca := newAuthority(t)
	ec := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	rs := ca.issue(rsaKey(), x509.ExtKeyUsageServerAuth)
	web := []string{"appserver-rpc/1", "h2", "http/1.1"}
	on := new(true)
	everything := Settings{TLS10: on, TLS11: on, TLS12: on, TLS13: on}
	const alert = "no application protocol"
	tests := []struct {
		name     string
		settings Settings
		cert     *tls.Certificate
		protos   []string
		version  uint16 // of the client
		suites   []uint16
		offer    []string
		want     string // ALPN, or the alert's text
	}{
		{"1.3", Settings{}, ec, web, v13, nil, []string{"h2", "http/1.1"}, "h2"},
		{"1.2 AEAD", Settings{}, ec, web, v12, nil, []string{"h2", "http/1.1"}, "h2"},
		{"1.2 AEAD RSA", Settings{}, rs, web, v12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []string{"h2", "http/1.1"}, "h2"},
		{"1.2 CBC", Settings{}, ec, web, v12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, []string{"h2", "http/1.1"}, "http/1.1"},
		{"1.2 AEAD for the other key", Settings{}, ec, web, v12,
			[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, []string{"h2", "http/1.1"}, "http/1.1"},
		{"1.2 AEAD disabled here", Settings{DisableCipher: []string{"GCM:CHACHA20"}}, ec, web, v12, nil, []string{"h2", "http/1.1"}, "http/1.1"},
		{"1.1", everything, ec, web, v11, nil, []string{"h2", "http/1.1"}, "http/1.1"},
		{"1.0 RSA key exchange", everything, rs, web, v10, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, []string{"h2", "http/1.1"}, "http/1.1"},
		{"1.0 h2 alone", everything, ec, web, v10, nil, []string{"h2"}, alert},
		{"1.0 h2 alone, server of h2 alone", everything, ec, []string{"h2"}, v10, nil, []string{"h2"}, alert},
		{"1.2 CBC, other protocol first", Settings{}, ec, web, v12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
			[]string{"h2", "appserver-rpc/1"}, "appserver-rpc/1"},
		{"no overlap", Settings{}, ec, web, v13, nil, []string{"imap"}, alert},
		{"no ALPN", everything, ec, web, v10, nil, nil, ""},
		{"server without ALPN", everything, ec, nil, v10, nil, []string{"h2"}, ""},
	}
	for _, tt := range tests {
		s := serve(t, mustPolicy(t, tt.settings).Server(ServerOptions{Certificate: fixed(tt.cert), NextProtos: tt.protos}))
		got, _ := s.dial(&tls.Config{
			RootCAs: ca.pool, ServerName: "localhost", MinVersion: tt.version, MaxVersion: tt.version,
			CipherSuites: tt.suites, NextProtos: tt.offer,
		})
		if tt.want == alert {
			if got.err == nil || !strings.Contains(got.err.Error(), alert) {
				t.Errorf("%s: error = %v; want alert %q", tt.name, got.err, alert)
			}
			continue
		}
		if got.err != nil || got.state.NegotiatedProtocol != tt.want {
			t.Errorf("%s: ALPN = %q, error %v; want %q", tt.name, got.state.NegotiatedProtocol, got.err, tt.want)
		}
	}
}

// TestServerH2WithoutCurve: without a curve in common there is no ECDHE.
func TestServerH2WithoutCurve(t *testing.T) {
	s := &selector{policy: mustPolicy(t, Settings{}), certificate: fixed(nil)}
	s.build(&tls.Config{})
	hello := &tls.ClientHelloInfo{
		CipherSuites:      []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		SupportedVersions: []uint16{v12},
	}
	if s.acceptsH2(v12, hello) {
		t.Error("acceptsH2 without curves = true; want false")
	}
	hello.SupportedCurves = []tls.CurveID{tls.X25519MLKEM768}
	if s.acceptsH2(v12, hello) {
		t.Error("acceptsH2 with a hybrid group alone = true; want false")
	}
	hello.SupportedCurves = append(hello.SupportedCurves, tls.CurveP256)
	if !s.acceptsH2(v12, hello) {
		t.Error("acceptsH2 with P-256 = false; want true")
	}
}

func TestServerResumption(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	for _, settings := range everySet() {
		p := mustPolicy(t, settings)
		s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert), NextProtos: []string{"h2", "http/1.1"}}))
		for _, id := range p.Versions() {
			config := &tls.Config{
				RootCAs: ca.pool, ServerName: "localhost", MinVersion: id, MaxVersion: id, NextProtos: []string{"h2", "http/1.1"},
				ClientSessionCache: tls.NewLRUClientSessionCache(1),
			}
			for i := range 3 {
				got, _ := s.dial(config)
				if got.err != nil || got.state.DidResume != (i > 0) {
					t.Errorf("%s, version %x, connection %d: resumed %t, error %v; want %t",
						p.Classic(), id, i, got.state.DidResume, got.err, i > 0)
				}
			}
		}
	}
}

// TestConfigForAllocates holds that choosing costs no memory.
func TestConfigForAllocates(t *testing.T) {
	cert := newAuthority(t).issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	config := mustPolicy(t, Settings{}).Server(ServerOptions{
		Certificate: fixed(cert), NextProtos: []string{"h2", "http/1.1"}, RequestCert: []string{"appserver-rpc/1"},
	})
	hello := &tls.ClientHelloInfo{
		SupportedVersions: []uint16{v12}, SupportedProtos: []string{"h2", "http/1.1"}, SupportedCurves: []tls.CurveID{tls.X25519},
		CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, Extensions: []uint16{extSupportedVersions},
	}
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := config.GetConfigForClient(hello); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("GetConfigForClient allocates %v times; want 0", allocs)
	}
}

func BenchmarkConfigFor(b *testing.B) {
	config := mustPolicy(b, Settings{}).Server(ServerOptions{Certificate: fixed(nil), NextProtos: []string{"h2", "http/1.1"}})
	hello := &tls.ClientHelloInfo{
		SupportedVersions: []uint16{v13, v12}, SupportedProtos: []string{"h2", "http/1.1"},
		Extensions: []uint16{extSupportedVersions},
	}
	for b.Loop() {
		config.GetConfigForClient(hello)
	}
}

func ExamplePolicy_Classic() {
	p, _ := New(Settings{})
	fmt.Println(p.Classic())
	// Output: SSL2 (0), SSL3 (0), TLS1.0 (0), TLS1.1 (0), TLS1.2 (1), TLS1.3 (1)
}
