package mpp

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAddressed(t *testing.T) {
	cfg, roots := secureConfig(t)
	cfg.TLS.CurvePreferences = []tls.CurveID{tls.CurveP384} // makes others send a second hello
	refuse := errors.New("refused")
	cfg.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == "refused.example" {
			return nil, refuse
		}
		return nil, nil
	}
	hosts := make(chan string, 100)
	cfg.Addressed = func(host string) { hosts <- host }
	direct := start(t, cfg, roots)
	cfg, _ = secureConfig(t)
	cfg.Addressed = func(host string) { hosts <- host }
	cfg.ProxyProtocol = loopback
	behind := start(t, cfg, roots)

	long := strings.Repeat("a", 300)
	tests := []struct {
		name   string
		port   *port
		header string // before TLS
		client *tls.Config
		kind   string // of event that ends it
		want   string
	}{
		{"server name", direct, "", &tls.Config{ServerName: "localhost", RootCAs: roots}, "routed", "localhost"},
		{"one hello is enough", direct, "", &tls.Config{ServerName: "localhost", RootCAs: roots, CurvePreferences: []tls.CurveID{tls.CurveP384}}, "routed", "localhost"},
		{"TLS 1.2", direct, "", &tls.Config{ServerName: "localhost", RootCAs: roots, MaxVersion: tls.VersionTLS12}, "routed", "localhost"},
		{"no name", direct, "", &tls.Config{ServerName: "127.0.0.1", RootCAs: roots}, "routed", "127.0.0.1"},
		{"the client refuses the certificate", direct, "", &tls.Config{ServerName: "other.example", RootCAs: roots}, "handshake", "other.example"},
		{"no version in common", direct, "", &tls.Config{ServerName: "old.example", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "handshake", "old.example"},
		{"we refuse", direct, "", &tls.Config{ServerName: "refused.example"}, "handshake", "refused.example"},
		{"a name that is none", direct, "", &tls.Config{ServerName: long, InsecureSkipVerify: true}, "routed", long[:maxHost]},
		{"a proxy says where to", behind, "PROXY TCP4 192.0.2.7 203.0.113.9 5000 443\r\n", &tls.Config{InsecureSkipVerify: true}, "routed", "203.0.113.9"},
		{"a proxy does not say", behind, "PROXY UNKNOWN\r\n", &tls.Config{InsecureSkipVerify: true}, "routed", "127.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := tt.port.dial(t)
			io.WriteString(raw, tt.header)
			c := tls.Client(raw, tt.client)
			if tt.client.NextProtos = []string{"smartclient/1"}; c.Handshake() != nil && tt.kind == "routed" {
				t.Fatal("handshake failed; want it to succeed")
			}
			tt.port.rec.await(t, tt.kind)
			select {
			case got := <-hosts:
				if got != tt.want {
					t.Errorf("addressed %q; want %q", got, tt.want)
				}
			default:
				t.Errorf("nothing was addressed; want %q", tt.want)
			}
			raw.Close()
			select {
			case got := <-hosts:
				t.Errorf("addressed %q as well; want one call", got)
			default:
			}
		})
	}
	t.Run("no hello", func(t *testing.T) {
		exchange(t, direct.dial(t), "\x16\x16\x16\x16\x16\x16\x16\x16", 100)
		exchange(t, direct.dial(t), "\x16\x03\x01\x02", 100)
		for range 2 {
			direct.rec.await(t, "handshake")
		}
		if n := len(hosts); n != 0 {
			t.Errorf("%d hosts were addressed without a hello; want 0", n)
		}
	})
}
