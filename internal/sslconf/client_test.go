package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestClientVersions dials servers of one version each with every policy.
func TestClientVersions(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	for _, id := range []uint16{v10, v11, v12, v13} {
		s := serve(t, &tls.Config{MinVersion: id, MaxVersion: id, Certificates: []tls.Certificate{*cert}})
		for _, settings := range everySet() {
			p := mustPolicy(t, settings)
			client, _ := s.dial(p.Client(ClientOptions{ServerName: "localhost", RootCAs: ca.pool}))
			checkClient(t, p, id, client)
		}
	}
}

// checkClient judges what a client with policy p got from a server that speaks
// version id alone.
func checkClient(t *testing.T, p *Policy, id uint16, got result) {
	t.Helper()
	ids := p.Versions()
	inside := ids[0] < id && id < ids[len(ids)-1]
	disabled, ok := errors.AsType[*VersionError](got.err)
	switch {
	case slices.Contains(ids, id):
		if got.err != nil || got.state.Version != id {
			t.Errorf("%s, server %x: version %x, error %v; want it", p.Classic(), id, got.state.Version, got.err)
		}
	case got.err == nil:
		t.Errorf("%s, server %x: connected; want a refusal", p.Classic(), id)
	case inside && (!ok || disabled.Version != id):
		t.Errorf("%s, server %x: error %v; want a VersionError for it", p.Classic(), id, got.err)
	}
}

func TestVersionError(t *testing.T) {
	on := new(true)
	tests := []struct {
		settings Settings
		want     string
	}{
		{Settings{TLS10: on, TLS12: on}, "sslconf: the server chose TLS 1.1, which [SSLConfigure] TLS1_1 disables"},
		{Settings{Method: "TLSv1,TLSv1.2"}, "sslconf: the server chose TLS 1.1, which [MPP] SSL_Method disables"},
	}
	for _, tt := range tests {
		err := mustPolicy(t, tt.settings).verifyVersion(tls.ConnectionState{Version: v11})
		if err == nil || err.Error() != tt.want {
			t.Errorf("verifyVersion(TLS 1.1) = %v; want %s", err, tt.want)
		}
	}
}

func TestClientOptions(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	mine := ca.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth)
	p := mustPolicy(t, Settings{ClientAuth: "required", ClientCAs: ca.pool})
	s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert), NextProtos: []string{"appserver-rpc/1", "h2"}}))

	config := p.Client(ClientOptions{
		ServerName: "localhost", RootCAs: ca.pool, Certificate: mine, NextProtos: []string{"appserver-rpc/1", "h2"},
	})
	for i := range 2 {
		client, srv := s.dial(config)
		if client.err != nil || client.state.NegotiatedProtocol != "appserver-rpc/1" || len(srv.state.VerifiedChains) == 0 || client.state.DidResume != (i > 0) {
			t.Errorf("connection %d: ALPN %q, %d chains, resumed %t, error %v; want appserver-rpc/1, 1, %t", i,
				client.state.NegotiatedProtocol, len(srv.state.VerifiedChains), client.state.DidResume, client.err, i > 0)
		}
	}
	for name, o := range map[string]ClientOptions{
		"other name": {ServerName: "example.org", RootCAs: ca.pool, Certificate: mine},
		"other root": {ServerName: "localhost", RootCAs: x509.NewCertPool(), Certificate: mine},
	} {
		client, _ := s.dial(p.Client(o))
		if client.err == nil || !strings.Contains(client.err.Error(), "x509:") {
			t.Errorf("%s: error = %v; want the certificate refused", name, client.err)
		}
	}
}

func TestClientProtosAndSuites(t *testing.T) {
	on := new(true)
	tests := []struct {
		settings Settings
		protos   string
		rsa      bool // plain RSA key exchange is offered
	}{
		{Settings{}, "h2 http/1.1", false},
		{Settings{TLS10: on, TLS11: on}, "http/1.1", true},
		{Settings{TLS11: on, TLS12: on, TLS13: on}, "h2 http/1.1", true},
	}
	for _, tt := range tests {
		p := mustPolicy(t, tt.settings)
		c := p.Client(ClientOptions{NextProtos: []string{"h2", "http/1.1"}})
		if got := strings.Join(c.NextProtos, " "); got != tt.protos {
			t.Errorf("%s: NextProtos = %s; want %s", p.Classic(), got, tt.protos)
		}
		if got := slices.Contains(c.CipherSuites, tls.TLS_RSA_WITH_AES_128_CBC_SHA); got != tt.rsa {
			t.Errorf("%s: offers RSA key exchange %t; want %t", p.Classic(), got, tt.rsa)
		}
	}
	bare := mustPolicy(t, Settings{TLS10: on, TLS13: on, DisableCipher: []string{"ALL"}}).Client(ClientOptions{})
	if bare.CipherSuites == nil || len(bare.CipherSuites) != 0 {
		t.Errorf("CipherSuites with all disabled = %v; want empty and not nil", bare.CipherSuites)
	}
}
