package sslconf

import (
	"crypto/tls"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestDisableCipher(t *testing.T) {
	old := Settings{TLS10: new(true), TLS11: new(true), TLS12: new(true)}
	tests := []struct {
		name     string
		settings Settings
		list     string
		modern   string // suites left, OpenSSL's names without ECDHE-{ECDSA,RSA}-
		findings string
	}{
		{"nothing", Settings{}, "", "AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305", ""},
		{"the original's sample", Settings{}, "RC4:CBC", "AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305", ""},
		{"lower case, bang, comma", Settings{}, "!cbc, -3des", "AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305", ""},
		{"never offered", Settings{}, "EXPORT:NULL:DHE:CAMELLIA:DES-CBC3-SHA:TLS_RSA_WITH_RC4_128_SHA",
			"AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305", ""},
		{"SHA", Settings{}, "SHA1", "AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305", ""},
		{"SHA256 is a MAC, not GCM", Settings{}, "SHA256", "AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305", ""},
		{"conjunction", Settings{}, "AES256+CBC", "AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 CHACHA20-POLY1305", ""},
		{"AES128", Settings{}, "AES128", "AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305", "warning SSLConfigure.DisableCipher"},
		{"AES128 without 1.3", Settings{TLS12: new(true), TLS13: new(false)}, "AES128", "AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305", ""},
		{"unknown", Settings{}, "FOO:AES+BAR", "AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305",
			"warning SSLConfigure.DisableCipher; warning SSLConfigure.DisableCipher"},
		{"TLS 1.3 suite", Settings{}, "TLS_AES_256_GCM_SHA384", "AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA CHACHA20-POLY1305",
			"warning SSLConfigure.DisableCipher"},
		{"all but 1.3", Settings{}, "ECDHE", "", "warning SSLConfigure.DisableCipher"},
		{"CBC with old versions", old, "CBC", "AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305", "warning SSLConfigure.DisableCipher"},
	}
	for _, tt := range tests {
		tt.settings.DisableCipher = []string{tt.list}
		p, all := New(tt.settings)
		if p == nil {
			t.Errorf("%s: New = nil; want a policy", tt.name)
			continue
		}
		findings := slices.DeleteFunc(all, func(f Finding) bool { return f.Key != keyCipher })
		if got := brief(findings); got != tt.findings {
			t.Errorf("%s: DisableCipher=%s findings = %s; want %s", tt.name, tt.list, got, tt.findings)
		}
		if got := shortNames(p.suites.modern); got != tt.modern {
			t.Errorf("%s: DisableCipher=%s leaves %s; want %s", tt.name, tt.list, got, tt.modern)
		}
		if p.suites.modern == nil || p.suites.legacy == nil {
			t.Errorf("%s: suites are nil, which crypto/tls takes for its default", tt.name)
		}
	}
}

// shortNames renders suites sorted, those that differ by certificate once.
func shortNames(ids []uint16) string {
	var names []string
	for _, s := range known() {
		if slices.Contains(ids, s.id) {
			names = append(names, strings.NewReplacer("ECDHE-RSA-", "", "ECDHE-ECDSA-", "").Replace(s.openssl))
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

func TestDisableCipherSingle(t *testing.T) {
	p := mustPolicy(t, Settings{DisableCipher: []string{"ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"}})
	for _, id := range []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA} {
		if slices.Contains(p.suites.modern, id) {
			t.Errorf("suite %s is left; want it disabled", tls.CipherSuiteName(id))
		}
	}
	if got := len(p.suites.modern); got != 8 {
		t.Errorf("%d suites are left; want 8", got)
	}
}

func TestDisableCipherNothingLeft(t *testing.T) {
	p, findings := New(Settings{TLS12: new(true), TLS13: new(false), DisableCipher: []string{"HIGH"}})
	if p != nil || brief(findings) != "error SSLConfigure.DisableCipher" {
		t.Errorf("New = %v, %s; want nil and an error", p, brief(findings))
	}
}

// TestNeverInsecure holds that no setting brings back RC4, 3DES, or RSA key
// exchange in TLS 1.2.
func TestNeverInsecure(t *testing.T) {
	on := new(true)
	p := mustPolicy(t, Settings{TLS10: on, TLS11: on, TLS12: on, TLS13: on})
	for _, s := range known() {
		weak := s.has("RC4") || s.has("DES-CBC3")
		if weak && (slices.Contains(p.suites.legacy, s.id) || slices.Contains(p.suites.modern, s.id)) {
			t.Errorf("%s is offered; want it never", s.openssl)
		}
		if !s.ecdhe() && slices.Contains(p.suites.modern, s.id) {
			t.Errorf("%s is offered in TLS 1.2; want forward secrecy", s.openssl)
		}
	}
}

// TestOpenSSLNames holds the derived names against openssl's own list.
func TestOpenSSLNames(t *testing.T) {
	requireTool(t, "openssl")
	out, err := exec.CommandContext(t.Context(), "openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 3 {
			names[f[0]] = f[2]
		}
	}
	checked := 0
	for _, s := range known() {
		want, ok := names[s.iana]
		if !ok {
			continue // openssl is built without RC4 and 3DES
		}
		checked++
		if s.openssl != want {
			t.Errorf("opensslName(%s) = %s; want %s", s.iana, s.openssl, want)
		}
	}
	if checked < 12 {
		t.Errorf("openssl knows %d of our suites; want 12 at least", checked)
	}
}

func FuzzDisableCipher(f *testing.F) {
	for _, s := range []string{"RC4:CBC", "!AES128+SHA", "ECDHE-RSA-AES128-GCM-SHA256", "", ":::", "+", "@STRENGTH"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, list, method string) {
		p, findings := New(Settings{DisableCipher: []string{list}, Method: method})
		failed := slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Error })
		if (p == nil) != failed {
			t.Fatalf("New(%q, %q) = %v with findings %v", list, method, p, findings)
		}
	})
}
