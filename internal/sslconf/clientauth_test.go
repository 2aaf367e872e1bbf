package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
)

func TestServerClientCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	good := ca.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth)
	stranger := other.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth)
	wrongUse := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)

	const web, rpc = "http/1.1", "appserver-rpc/1"
	tests := []struct {
		name     string
		auth     string
		cas      *x509.CertPool
		proto    string
		show     *tls.Certificate
		shown    int    // certificates that the server sees
		verified bool   // and trusts
		err      string // what the server says, "" = connected
	}{
		{"none", "none", ca.pool, web, good, 0, false, ""},
		{"none, rpc", "none", ca.pool, rpc, good, 1, true, ""},
		{"none, rpc, nothing shown", "none", ca.pool, rpc, nil, 0, false, ""},
		{"none, rpc, stranger", "none", ca.pool, rpc, stranger, 0, false, "unknown authority"},
		{"none, rpc, no CA", "none", nil, rpc, stranger, 1, false, ""},
		{"optional, no CA", "optional", nil, web, good, 1, false, ""},
		{"optional", "optional", ca.pool, web, good, 1, true, ""},
		{"optional, nothing shown", "optional", ca.pool, web, nil, 0, false, ""},
		{"optional, stranger", "optional", ca.pool, web, stranger, 0, false, "unknown authority"},
		{"required", "required", ca.pool, web, good, 1, true, ""},
		{"required, nothing shown", "required", ca.pool, web, nil, 0, false, "didn't provide a certificate"},
		{"required, rpc, nothing shown", "required", ca.pool, rpc, nil, 0, false, "didn't provide a certificate"},
		{"required, wrong usage", "required", ca.pool, web, wrongUse, 0, false, "incompatible key usage"},
	}
	for _, tt := range tests {
		for _, version := range []uint16{v12, v13} {
			p := mustPolicy(t, Settings{ClientAuth: tt.auth, ClientCAs: tt.cas})
			s := serve(t, p.Server(ServerOptions{
				Certificate: fixed(cert), NextProtos: []string{rpc, "h2", web}, RequestCert: []string{rpc},
			}))
			config := &tls.Config{
				RootCAs: ca.pool, ServerName: "localhost", MinVersion: version, MaxVersion: version, NextProtos: []string{tt.proto},
				ClientSessionCache: tls.NewLRUClientSessionCache(1),
			}
			if tt.show != nil { // whatever issuers the server names
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return tt.show, nil }
			}
			for i := range 2 {
				_, got := s.dial(config)
				if !matches(got.err, tt.err) {
					t.Errorf("%s, %x: server error = %v; want %q", tt.name, version, got.err, tt.err)
				}
				if tt.err != "" {
					break
				}
				shown, verified := len(got.state.PeerCertificates), len(got.state.VerifiedChains) > 0
				if shown != tt.shown || verified != tt.verified || got.state.DidResume != (i > 0) {
					t.Errorf("%s, %x, connection %d: %d certificates, verified %t, resumed %t; want %d, %t, %t",
						tt.name, version, i, shown, verified, got.state.DidResume, tt.shown, tt.verified, i > 0)
				}
			}
		}
	}
}

// matches reports whether err contains text, or is nil if text is empty.
func matches(err error, text string) bool {
	if err == nil || text == "" {
		return err == nil && text == ""
	}
	return strings.Contains(err.Error(), text)
}

// TestRequestCertOtherSession: a session from a protocol without certificate
// request is not resumed where one is due, so that the client is asked.
func TestRequestCertOtherSession(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	good := ca.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth)
	for _, version := range []uint16{v12, v13} {
		p := mustPolicy(t, Settings{ClientCAs: ca.pool})
		s := serve(t, p.Server(ServerOptions{
			Certificate: fixed(cert), NextProtos: []string{"rpc", "web"}, RequestCert: []string{"rpc"},
		}))
		config := &tls.Config{
			RootCAs: ca.pool, ServerName: "localhost", MinVersion: version, MaxVersion: version,
			NextProtos: []string{"web"}, Certificates: []tls.Certificate{*good},
			ClientSessionCache: tls.NewLRUClientSessionCache(1),
		}
		for _, step := range []struct {
			proto   string
			resumed bool
			chains  int
		}{{"web", false, 0}, {"web", true, 0}, {"rpc", false, 1}, {"rpc", true, 1}, {"web", false, 0}} {
			config.NextProtos = []string{step.proto}
			client, got := s.dial(config)
			if client.err != nil || got.state.DidResume != step.resumed || len(got.state.VerifiedChains) != step.chains {
				t.Errorf("%x, %s: resumed %t, %d chains, error %v; want %t, %d", version, step.proto,
					got.state.DidResume, len(got.state.VerifiedChains), client.err, step.resumed, step.chains)
			}
		}
	}
}

func TestVerifyClient(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good := ca.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth).Leaf
	stranger := other.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth).Leaf
	tests := []struct {
		name  string
		auth  string
		state tls.ConnectionState
		err   string
	}{
		{"resumed, good", "optional", tls.ConnectionState{DidResume: true, PeerCertificates: []*x509.Certificate{good, ca.cert}}, ""},
		{"resumed, no longer trusted", "optional", tls.ConnectionState{DidResume: true, PeerCertificates: []*x509.Certificate{stranger}}, "unknown authority"},
		{"resumed, nothing shown", "optional", tls.ConnectionState{DidResume: true}, ""},
		{"required, nothing shown", "required", tls.ConnectionState{DidResume: true}, "SSLClientAuth=required"},
	}
	for _, tt := range tests {
		p := mustPolicy(t, Settings{ClientAuth: tt.auth, ClientCAs: ca.pool})
		if err := p.verifyClient(tt.state); !matches(err, tt.err) {
			t.Errorf("%s: verifyClient = %v; want %q", tt.name, err, tt.err)
		}
	}
}
