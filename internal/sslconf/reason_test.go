package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestReason dials servers that a client must refuse, or that refuse it.
func TestReason(t *testing.T) {
	on, off, three := new(true), new(false), new(3)
	ca, other := newAuthority(t), newAuthority(t)
	good := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	only := func(id uint16) *tls.Config {
		return &tls.Config{MinVersion: id, MaxVersion: id, Certificates: []tls.Certificate{*good}}
	}
	tests := []struct {
		name     string
		server   *tls.Config
		settings Settings
		options  ClientOptions
		want     []string // parts of the reason; none: connected
	}{
		{"trusted", only(v12), Settings{}, ClientOptions{ServerName: "localhost", RootCAs: ca.pool}, nil},
		{"unknown authority", only(v12), Settings{}, ClientOptions{ServerName: "localhost", RootCAs: other.pool},
			[]string{"unknown authority (CN=test CA)", "[SSLConfigure] CertificateCA"}},
		{"not verified", only(v12), Settings{}, ClientOptions{ServerName: "example.org", RootCAs: other.pool, Unverified: true}, nil},
		{"other name", only(v13), Settings{}, ClientOptions{ServerName: "example.org", RootCAs: ca.pool},
			[]string{"is for localhost, 127.0.0.1 and not for example.org"}},
		{"too old, by default", only(v11), Settings{}, ClientOptions{ServerName: "localhost", RootCAs: ca.pool},
			[]string{"none of the TLS versions that [SSLConfigure] TLS1_x leaves enabled (TLS 1.2, TLS 1.3)", "TLS1_1=1"}},
		{"too old, by the selector", only(v11), Settings{TLS1: three}, ClientOptions{ServerName: "localhost", RootCAs: ca.pool},
			[]string{"[SSLConfigure] TLS1 leaves enabled (TLS 1.2)", "TLS1_3=1"}},
		{"in a gap", only(v11), Settings{TLS10: on, TLS11: off, TLS12: on}, ClientOptions{ServerName: "localhost", RootCAs: ca.pool},
			[]string{"the server chose TLS 1.1, which [SSLConfigure] TLS1_1 disables", "set TLS1_1=1"}},
		{"in a gap, not verified", only(v11), Settings{TLS10: on, TLS11: off, TLS12: on}, ClientOptions{ServerName: "localhost", Unverified: true},
			[]string{"TLS1_1 disables"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPolicy(t, tt.settings)
			client, _ := serve(t, tt.server).dial(p.Client(tt.options))
			checkReason(t, p, client.err, tt.want)
		})
	}
}

func checkReason(t *testing.T, p *Policy, err error, want []string) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("error = %v; want none", err)
		}
		return
	}
	reason := p.Reason(err)
	for _, part := range want {
		if err == nil || !strings.Contains(reason, part) {
			t.Errorf("Reason(%v) = %q; want %q in it", err, reason, part)
		}
	}
}

// TestReasonOfErrors covers what servers made with crypto/tls do not do.
func TestReasonOfErrors(t *testing.T) {
	p := mustPolicy(t, Settings{TLS1: new(3)})
	remote := func(alert uint8) error {
		return fmt.Errorf("get: %w", &net.OpError{Op: "remote error", Err: tls.AlertError(alert)})
	}
	now := time.Now()
	old := &x509.Certificate{NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(-time.Hour)}
	early := &x509.Certificate{NotBefore: now.Add(time.Hour), NotAfter: now.Add(2 * time.Hour)}
	tests := []struct {
		err  error
		want string
	}{
		{errors.New("tls: server selected unsupported protocol version 302"), "the server chose TLS 1.1, which [SSLConfigure] TLS1 disables; set TLS1_1=1"},
		{errors.New("tls: server selected unsupported protocol version 300"), "broken and not supported"},
		{remote(40), "the server refused the handshake (handshake failure)"},
		{remote(116), "the server refused the certificate of this one"},
		{remote(48), "CertificateClient"},
		{remote(80), "the server ended the handshake: internal error"},
		{x509.CertificateInvalidError{Cert: old, Reason: x509.Expired}, "has expired on " + old.NotAfter.UTC().Format(time.RFC3339)},
		{x509.CertificateInvalidError{Cert: early, Reason: x509.Expired}, "check the clock"},
		{x509.CertificateInvalidError{Cert: old, Reason: x509.NotAuthorizedToSign}, "is not valid (certificate is not authorized"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}, "no name (it has no subjectAltName)"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "does not speak TLS"},
		{fmt.Errorf("x: %w", errors.New("tls: oops")), "oops"},
		{io.EOF, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		if got := p.Reason(tt.err); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("Reason(%v) = %q; want %q", tt.err, got, tt.want)
		}
	}
}
