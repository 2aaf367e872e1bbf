package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/config"
	"appserver/internal/logging"
	"appserver/internal/sslconf"
)

// newPEMPair makes a self-signed certificate and its key in PEM.
func newPEMPair(t *testing.T) (cert, key []byte) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "program"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func TestProgramPair(t *testing.T) {
	cert, key := newPEMPair(t)
	otherCert, otherKey := newPEMPair(t)
	both := append(append([]byte(nil), key...), cert...)
	tests := []struct {
		name      string
		cert, key []byte
		want      string // "": a pair
	}{
		{"two files", cert, key, ""},
		{"one file", both, both, ""},
		{"authority before it", append(append([]byte(nil), otherCert...), cert...), key, ""},
		{"other key", cert, otherKey, "belongs to none of"},
		{"no certificate", key, key, "holds no certificate"},
		{"no key", cert, cert, "key"},
		{"nothing", nil, nil, "empty"},
		{"broken", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key, "not valid"},
	}
	for _, tt := range tests {
		pair, err := programPair(tt.cert, tt.key, "")
		if tt.want == "" {
			if err != nil || len(pair.Certificate) != 1 || pair.PrivateKey == nil {
				t.Errorf("%s: %v, %v; want a pair", tt.name, pair, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v; want %q", tt.name, err, tt.want)
		}
	}
}

func TestMetricsListener(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:5013": "127.0.0.1:5013", "[::1]:5013": "[::1]:5013", "localhost:5013": "127.0.0.1:5013", "nonsense": "",
	} {
		cfg := &config.Config{}
		cfg.Metrics.Listen = listen
		if got := metricsListener(cfg); got != nil {
			t.Errorf("metricsListener, switched off = %v", got)
		}
		cfg.Metrics.Enable = true
		got := metricsListener(cfg)
		if len(got) > 1 || len(got) == 1 && got[0].String() != want || len(got) == 0 && want != "" {
			t.Errorf("metricsListener(%s) = %v; want %s", listen, got, want)
		}
	}
}

func TestParseProxy(t *testing.T) {
	for setting, ok := range map[string]bool{
		"http://proxy:3128": true, "https://user:hidden@proxy": true,
		"proxy:3128": false, "ftp://user:hidden@proxy": false, "http://": false, "http://user:hidden@proxy:x": false,
	} {
		_, err := parseProxy(setting)
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("parseProxy(%s) = %v", setting, err)
		}
	}
}

func TestHandshakeLog(t *testing.T) {
	policy, findings := sslconf.New(sslconf.Settings{})
	if policy == nil {
		t.Fatal(findings)
	}
	for _, format := range []string{logging.Text, logging.Classic} {
		core, logs := observer.New(zap.DebugLevel)
		cfg := &config.Config{}
		cfg.SSL.Verbose = true
		h := newHandshakeLog(cfg, &security{outgoing: policy}, format, zap.New(core))
		for range 2 {
			h.begins("a:443", false)
		}
		h.ends("a:443", tls.ConnectionState{Version: tls.VersionTLS13}, nil)
		h.ends("b:443", tls.ConnectionState{}, errors.New("tls: oops"))
		if n := logs.FilterMessageSnippet("is not verified").Len(); n != 1 {
			t.Errorf("%s: %d warnings of one host; want 1", format, n)
		}
		ok, failed := "TLS with a server established", "TLS handshake with a server failed"
		if format == logging.Classic {
			ok, failed = "[tSSLSocketAPI] Using TLS1.3 protocol.", "Failed Handshake SSL."
		}
		for message, level := range map[string]string{ok: "info", failed: "warn"} {
			found := logs.FilterMessage(message).All()
			if format == logging.Classic && message == failed {
				level = "error"
			}
			if len(found) != 1 || found[0].Level.String() != level {
				t.Errorf("%s: %q: %v; want it once as %s", format, message, found, level)
			}
		}
		if logs.FilterMessageSnippet("where:[16]").FilterLevelExact(zap.InfoLevel).Len() != 0 {
			t.Errorf("%s: states are logged without State=1", format)
		}
		for i := range 2 * maxUnverified {
			h.begins(fmt.Sprintf("h%d:443", i), false)
		}
		if len(h.unverified) > maxUnverified {
			t.Errorf("%d hosts are remembered; want %d at most", len(h.unverified), maxUnverified)
		}
	}
}
