package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	v10 = tls.VersionTLS10
	v11 = tls.VersionTLS11
	v12 = tls.VersionTLS12
	v13 = tls.VersionTLS13
)

// brief renders findings as "level section.key" for comparison.
func brief(findings []Finding) string {
	var b []string
	for _, f := range findings {
		b = append(b, fmt.Sprintf("%s %s.%s", f.Level, f.Section, f.Key))
	}
	return strings.Join(b, "; ")
}

func TestNewVersions(t *testing.T) {
	on, off := new(true), new(false)
	tests := []struct {
		name     string
		settings Settings
		want     []uint16 // nil = error
		findings string
	}{
		{"no key", Settings{}, []uint16{v12, v13}, ""},
		{"SSL off only", Settings{SSL2: off, SSL3: off}, []uint16{v12, v13}, ""},
		{"TLS1=0", Settings{TLS1: new(0)}, []uint16{v12, v13}, ""},
		{"TLS1=1", Settings{TLS1: new(1)}, []uint16{v10}, "notice SSLConfigure.TLS1; warning SSLConfigure.TLS1"},
		{"TLS1=2", Settings{TLS1: new(2)}, []uint16{v11}, "notice SSLConfigure.TLS1; warning SSLConfigure.TLS1"},
		{"TLS1=3", Settings{TLS1: new(3)}, []uint16{v12}, "notice SSLConfigure.TLS1"},
		{"TLS1=4", Settings{TLS1: new(4)}, nil, "error SSLConfigure.TLS1"},
		{"TLS1=-1", Settings{TLS1: new(-1)}, nil, "error SSLConfigure.TLS1"},
		{"TLS1=3 with SSL3", Settings{SSL3: on, TLS1: new(3)}, []uint16{v12}, "warning SSLConfigure.SSL3; notice SSLConfigure.TLS1"},
		{"TLS1 void: 1.0 named", Settings{TLS1: new(3), TLS10: on}, []uint16{v10},
			"notice SSLConfigure.TLS1; notice SSLConfigure.TLS1_3; warning SSLConfigure.TLS1_0"},
		{"TLS1 void even if bad", Settings{TLS1: new(9), TLS12: on, TLS13: on}, []uint16{v12, v13}, "notice SSLConfigure.TLS1"},
		{"TLS1 void, all named off", Settings{TLS1: new(3), TLS10: off}, nil, "notice SSLConfigure.TLS1; error SSLConfigure.TLS1_2"},
		{"recommended in 2017", Settings{SSL2: off, SSL3: off, TLS10: off, TLS11: on, TLS12: on}, []uint16{v11, v12},
			"notice SSLConfigure.TLS1_3; warning SSLConfigure.TLS1_1"},
		{"recommended now", Settings{SSL2: off, SSL3: off, TLS10: off, TLS11: off, TLS12: on, TLS13: on}, []uint16{v12, v13}, ""},
		{"everything on", Settings{SSL2: on, SSL3: on, TLS10: on, TLS11: on, TLS12: on, TLS13: on}, []uint16{v10, v11, v12, v13},
			"warning SSLConfigure.SSL2; warning SSLConfigure.SSL3; warning SSLConfigure.TLS1_0; warning SSLConfigure.TLS1_1"},
		{"1.3 only", Settings{TLS13: on}, []uint16{v13}, ""},
		{"gap of two", Settings{TLS10: on, TLS13: on}, []uint16{v10, v13},
			"warning SSLConfigure.TLS1_0; warning SSLConfigure.TLS1_1; warning SSLConfigure.TLS1_2"},
		{"SSL3 only", Settings{SSL3: on}, nil, "warning SSLConfigure.SSL3; error SSLConfigure.SSL3"},
		{"SSL3 with TLS1=0", Settings{SSL3: on, TLS1: new(0)}, nil, "warning SSLConfigure.SSL3; error SSLConfigure.SSL3"},
		{"SSL2 and TLS off", Settings{SSL2: on, TLS12: off}, nil, "warning SSLConfigure.SSL2; error SSLConfigure.SSL2"},
		{"everything off", Settings{TLS10: off, TLS11: off, TLS12: off, TLS13: off}, nil, "error SSLConfigure.TLS1_2"},

		{"method default", Settings{Method: "SSL/TLS"}, []uint16{v12, v13}, ""},
		{"method spelling", Settings{Method: "tlsv1_2"}, []uint16{v12}, ""},
		{"method list", Settings{Method: "TLSv1.2, TLS1.3"}, []uint16{v12, v13}, ""},
		{"method union", Settings{Method: "SSL/TLS;TLSv1"}, []uint16{v10, v12, v13}, "warning MPP.SSL_Method; warning MPP.SSL_Method"},
		{"method wins", Settings{Method: "TLSv1.3", TLS1: new(1)}, []uint16{v13}, "notice MPP.SSL_Method"},
		{"method unknown", Settings{Method: "TLSv1.4"}, nil, "error MPP.SSL_Method"},
		{"method partly unknown", Settings{Method: "TLSv1.2,foo"}, nil, "error MPP.SSL_Method"},
		{"method SSL only", Settings{Method: "SSLV3"}, nil, "warning MPP.SSL_Method; error MPP.SSL_Method"},
		{"method empty list", Settings{Method: ","}, nil, "error MPP.SSL_Method"},
	}
	for _, tt := range tests {
		p, findings := New(tt.settings)
		var got []uint16
		if p != nil {
			got = p.Versions()
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: Versions() = %x; want %x", tt.name, got, tt.want)
		}
		if got := brief(findings); got != tt.findings {
			t.Errorf("%s: New findings = %s; want %s", tt.name, got, tt.findings)
		}
	}
}

func TestNewOtherKeys(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		ok       bool
		findings string
	}{
		{"ignored keys", Settings{TryProtocols: new(true), Bugs: new(true), CacheSize: new(32)}, true,
			"notice SSLConfigure.TryProtocols; notice SSLConfigure.Bugs; notice SSLConfigure.CacheSize"},
		{"TryProtocols off, Bugs off", Settings{TryProtocols: new(false), Bugs: new(false)}, true, "notice SSLConfigure.TryProtocols"},
		{"HSM", Settings{HSM: true}, false, "error SSLConfigure.HSM"},
		{"auth unknown", Settings{ClientAuth: "maybe"}, false, "error MPP.SSLClientAuth"},
		{"auth required without CA", Settings{ClientAuth: "required"}, false, "error MPP.SSLClientAuth"},
		{"auth optional without CA", Settings{ClientAuth: "Optional"}, true, "warning MPP.SSLClientAuth"},
		{"auth required", Settings{ClientAuth: "REQUIRED", ClientCAs: x509.NewCertPool()}, true, ""},
		{"auth none", Settings{ClientAuth: "none", ClientCAs: x509.NewCertPool()}, true, ""},
		{"every fault at once", Settings{HSM: true, Method: "x", ClientAuth: "x"}, false,
			"error SSLConfigure.HSM; error MPP.SSL_Method; error MPP.SSLClientAuth"},
	}
	for _, tt := range tests {
		p, findings := New(tt.settings)
		if (p != nil) != tt.ok {
			t.Errorf("%s: New = %v; want policy %t", tt.name, p, tt.ok)
		}
		if got := brief(findings); got != tt.findings {
			t.Errorf("%s: New findings = %s; want %s", tt.name, got, tt.findings)
		}
	}
}

// TestFindingsMend checks that every finding says what is the matter and how to
// mend it.
func TestFindingsMend(t *testing.T) {
	on := new(true)
	_, findings := New(Settings{SSL3: on, TLS10: on, TLS12: on, TLS1: new(1), HSM: true, Bugs: on, TryProtocols: on,
		CacheSize: new(1), ClientAuth: "required", DisableCipher: []string{"x:TLS_AES_128_GCM_SHA256"}})
	if len(findings) < 10 {
		t.Errorf("New findings = %s; want one for each key", brief(findings))
	}
	for _, f := range findings {
		if f.Message == "" || f.Hint == "" || f.Section == "" || f.Key == "" {
			t.Errorf("finding %+v lacks a part", f)
		}
	}
}

func TestPolicyNames(t *testing.T) {
	on := new(true)
	tests := []struct {
		settings         Settings
		classic, present string
	}{
		{Settings{}, "SSL2 (0), SSL3 (0), TLS1.0 (0), TLS1.1 (0), TLS1.2 (1), TLS1.3 (1)", "TLS 1.2, TLS 1.3"},
		{Settings{SSL2: on, TLS11: on, TLS12: on}, "SSL2 (0), SSL3 (0), TLS1.0 (0), TLS1.1 (1), TLS1.2 (1), TLS1.3 (0)", "TLS 1.1, TLS 1.2"},
	}
	for _, tt := range tests {
		p := mustPolicy(t, tt.settings)
		if got := p.Classic(); got != tt.classic {
			t.Errorf("Classic() = %s; want %s", got, tt.classic)
		}
		if got := p.String(); got != tt.present {
			t.Errorf("String() = %s; want %s", got, tt.present)
		}
	}
}

func TestLevelString(t *testing.T) {
	for l, want := range map[Level]string{Notice: "notice", Warning: "warning", Error: "error", 9: "Level(9)"} {
		if got := l.String(); got != want {
			t.Errorf("Level(%d).String() = %s; want %s", uint8(l), got, want)
		}
	}
}

func mustPolicy(t testing.TB, s Settings) *Policy {
	t.Helper()
	p, findings := New(s)
	if p == nil {
		t.Fatalf("New(%+v) = nil, %s; want a policy", s, brief(findings))
	}
	return p
}
