package sslconf

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
)

func ed25519Key() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(key, err)
}

func TestServes(t *testing.T) {
	on, off := new(true), new(false)
	only12 := Settings{TLS12: on, TLS13: off}
	every := Settings{TLS10: on, TLS11: on, TLS12: on, TLS13: on}
	ec, rsa, ed := ecdsaKey().Public(), rsaKey().Public(), ed25519Key().Public()
	tests := []struct {
		name     string
		settings Settings
		disable  string
		pub      crypto.PublicKey
		findings string
		message  string // parts of the first message, separated by |
	}{
		{"default, ECDSA", Settings{}, "", ec, "", ""},
		{"default, RSA", Settings{}, "", rsa, "", ""},
		{"default, Ed25519", Settings{}, "", ed, "", ""},
		{"1.2 without ECDSA", only12, "ECDSA", ec, "error SSLConfigure.DisableCipher", "ECDSA key, in TLS 1.2: no client"},
		{"1.2 without ECDSA, Ed25519", only12, "ECDSA", ed, "error SSLConfigure.DisableCipher", "Ed25519 key, in TLS 1.2: no client"},
		{"1.2 without ECDSA, RSA", only12, "ECDSA", rsa, "", ""},
		{"1.2 without aRSA, RSA", only12, "aRSA", rsa, "error SSLConfigure.DisableCipher", "RSA key, in TLS 1.2: no client"},
		{"1.2 and 1.3 without ECDSA", Settings{}, "ECDSA", ec, "warning SSLConfigure.DisableCipher", "in TLS 1.2: such clients"},
		{"old without ECDSA's CBC", every, "ECDSA+CBC", ec, "warning SSLConfigure.DisableCipher", "in TLS 1.0, TLS 1.1: such clients"},
		{"without ECDHE, RSA", Settings{TLS10: on}, "ECDHE", rsa, "", ""},
		{"without ECDHE, ECDSA", Settings{TLS10: on}, "ECDHE", ec, "error SSLConfigure.DisableCipher", "in TLS 1.0: no client"},
		{"no suite at all is New's to report", every, "ECDHE:RSA", ec, "", ""},
		{"unless it is the end", Settings{TLS10: on, TLS12: on}, "CBC:ECDSA", ec, "error SSLConfigure.DisableCipher", "in TLS 1.0, TLS 1.2: no client"},
		{"old, Ed25519", every, "", ed, "warning SSLConfigure.TLS1_0", "TLS 1.0, TLS 1.1 cannot use|Ed25519 key: such clients"},
		{"1.0 alone, Ed25519", Settings{TLS1: new(1)}, "", ed, "error SSLConfigure.TLS1", "TLS 1.0 cannot use|no client"},
		{"method, Ed25519", Settings{Method: "TLSv1.1"}, "", ed, "error MPP.SSL_Method", "TLS 1.1 cannot use"},
		{"both causes", Settings{TLS10: on, TLS12: on}, "ECDSA", ed,
			"error SSLConfigure.DisableCipher; error SSLConfigure.TLS1_0", "in TLS 1.2: no client"},
	}
	for _, tt := range tests {
		tt.settings.DisableCipher = []string{tt.disable}
		findings := mustPolicy(t, tt.settings).Serves(tt.pub)
		if got := brief(findings); got != tt.findings {
			t.Errorf("%s: Serves findings = %s; want %s", tt.name, got, tt.findings)
			continue
		}
		for part := range strings.SplitSeq(tt.message, "|") {
			if tt.findings != "" && !strings.Contains(findings[0].Message, part) {
				t.Errorf("%s: Serves message = %q; want %q in it", tt.name, findings[0].Message, part)
			}
		}
	}
}

// TestServesAsHandshakes: Serves reports an error exactly where no client can
// connect, and a remark exactly where one of an enabled version cannot.
func TestServesAsHandshakes(t *testing.T) {
	ca := newAuthority(t)
	on := new(true)
	for _, key := range []crypto.Signer{ecdsaKey(), rsaKey(), ed25519Key()} {
		cert := ca.issue(key, x509.ExtKeyUsageServerAuth)
		for _, settings := range []Settings{{}, {TLS12: on}, {TLS10: on}, {TLS10: on, TLS11: on, TLS12: on}} {
			for _, disable := range []string{"", "ECDSA", "aRSA", "ECDSA+CBC", "kRSA:ECDSA+AEAD", "ECDHE-RSA-AES128-SHA"} {
				settings.DisableCipher = []string{disable}
				p, remarks := New(settings)
				if p == nil {
					continue // refused already
				}
				findings := p.Serves(key.Public())
				remarks = slices.DeleteFunc(append(remarks, findings...), func(f Finding) bool {
					return !strings.Contains(f.Message, "clients are refused") && f.Level != Error
				})
				refused := refusedVersions(t, p, cert, ca)
				failed := slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Error })
				if failed != (len(refused) == len(p.ids)) || (len(remarks) > 0) != (len(refused) > 0) {
					t.Errorf("%s, DisableCipher=%s, %T: Serves = %v; refused are versions %x", p.Classic(), disable, key, findings, refused)
				}
			}
		}
	}
}

// refusedVersions returns the enabled versions in which a client that speaks
// that version alone, with every suite that the policy could have, is refused.
func refusedVersions(t *testing.T, p *Policy, cert *tls.Certificate, ca *authority) (refused []uint16) {
	t.Helper()
	s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert)}))
	var all []uint16
	for _, s := range known() {
		all = append(all, s.id)
	}
	for _, id := range p.ids {
		got, _ := s.dial(&tls.Config{RootCAs: ca.pool, ServerName: "localhost", MinVersion: id, MaxVersion: id, CipherSuites: all})
		if got.err != nil {
			refused = append(refused, id)
		}
	}
	return refused
}
