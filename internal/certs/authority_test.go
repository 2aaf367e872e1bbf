package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"appserver/internal/keyfile"
)

// certificates parses the certificates in PEM data.
func certificates(t testing.TB, data []byte) (out []*x509.Certificate) {
	t.Helper()
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type == "CERTIFICATE" {
			out = append(out, must(x509.ParseCertificate(b.Bytes)))
		}
	}
	return out
}

// verifies checks that a client which trusts roots accepts leaf, sent with the
// intermediates, for host at now.
func verifies(leaf *x509.Certificate, intermediates [][]byte, host string, now time.Time, roots ...*x509.Certificate) error {
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now, DNSName: host}
	for _, r := range roots {
		o.Roots.AddCert(r)
	}
	for _, der := range intermediates {
		o.Intermediates.AddCert(must(x509.ParseCertificate(der)))
	}
	_, err := leaf.Verify(o)
	return err
}

func TestAuthority(t *testing.T) {
	for _, hostname := range []string{"", "srv1", strings.Repeat("long-", 12) + "x"} {
		a := must(newAuthority(hostname, today))
		c := a.root
		name := c.Subject.CommonName
		if !strings.HasPrefix(name, "appserver local CA") || !strings.HasSuffix(name, " 2026") || len(name) > 64 || strings.Contains(name, "  ") {
			t.Errorf("newAuthority(%q): common name %q; want appserver local CA, host, year, in 64 characters", hostname, name)
		}
		if hostname == "srv1" && name != "appserver local CA srv1 2026" {
			t.Errorf("newAuthority(%q): common name %q", hostname, name)
		}
		if !c.IsCA || c.MaxPathLen != 1 || c.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
			t.Errorf("newAuthority: CA %t, path length %d, key usage %b", c.IsCA, c.MaxPathLen, c.KeyUsage)
		}
		if bits := c.SerialNumber.BitLen(); bits < 90 || bits > 128 || c.SerialNumber.Sign() <= 0 {
			t.Errorf("newAuthority: serial number of %d bits; want 128 random ones", bits)
		}
		if key, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
			t.Errorf("newAuthority: key %T; want ECDSA P-256", c.PublicKey)
		}
		if !c.NotBefore.Equal(today.Add(-time.Hour)) || !c.NotAfter.Equal(today.AddDate(10, 0, 0)) {
			t.Errorf("newAuthority: valid %s to %s; want ten years from an hour ago", c.NotBefore, c.NotAfter)
		}
	}
	a, b := must(newAuthority("srv1", today)), must(newAuthority("srv1", today))
	if bytes.Equal(a.root.RawSubject, b.root.RawSubject) {
		t.Errorf("two authorities of a year have the same name %s", a.root.Subject)
	}
}

func TestIssue(t *testing.T) {
	a := must(newAuthority("srv1", today))
	long := strings.Repeat("a23456789.", 7) + "example"
	tests := []struct {
		hosts  []string
		now    time.Time
		common string
		until  time.Time
	}{
		{[]string{"a.example", "*.b.example", "192.0.2.1", "::1"}, today, "a.example", today.AddDate(0, 0, 90)},
		{[]string{"192.0.2.1"}, today, "192.0.2.1", today.AddDate(0, 0, 90)},
		{[]string{long, "b.example"}, today, "", today.AddDate(0, 0, 90)},
		{[]string{"a.example"}, today.AddDate(10, 0, -5), "a.example", today.AddDate(10, 0, 0)},
	}
	for _, tt := range tests {
		leaf, key, err := a.issue(tt.hosts, tt.now)
		if err != nil {
			t.Errorf("issue(%q) = %v", tt.hosts, err)
			continue
		}
		if leaf.Subject.CommonName != tt.common || !leaf.NotAfter.Equal(tt.until) || !leaf.NotBefore.Equal(tt.now.Add(-time.Hour)) {
			t.Errorf("issue(%q) = %q, %s to %s; want %q, until %s", tt.hosts, leaf.Subject.CommonName, leaf.NotBefore, leaf.NotAfter, tt.common, tt.until)
		}
		if !slices.Equal(leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) || leaf.IsCA || !leaf.BasicConstraintsValid || leaf.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Errorf("issue(%q): usage %v, %b, CA %t; want that of a server", tt.hosts, leaf.ExtKeyUsage, leaf.KeyUsage, leaf.IsCA)
		}
		if !keyfile.SamePublicKey(key.Public(), leaf.PublicKey) {
			t.Errorf("issue(%q): the key is of another certificate", tt.hosts)
		}
		for _, h := range tt.hosts {
			if err := verifies(leaf, nil, strings.Replace(h, "*", "x", 1), tt.now, a.root); err != nil {
				t.Errorf("issue(%q): %v", tt.hosts, err)
			}
		}
	}
}

// TestOverlap: while an authority takes over, stations that trust the old root,
// the new one, or both accept the server; the old one ends with its own end.
func TestOverlap(t *testing.T) {
	old := must(newAuthority("srv1", today))
	then := today.AddDate(7, 0, 0)
	next := must(old.next("srv1", then))
	leaf, _, err := next.issue([]string{"a.example"}, then)
	if err != nil {
		t.Fatal(err)
	}
	stranger := must(newAuthority("srv1", today))
	chain := next.intermediates()
	for name, tt := range map[string]struct {
		roots []*x509.Certificate
		now   time.Time
		err   string
	}{
		"old":        {[]*x509.Certificate{old.root}, then, ""},
		"new":        {[]*x509.Certificate{next.root}, then, ""},
		"both":       {[]*x509.Certificate{next.root, old.root}, then, ""},
		"stranger":   {[]*x509.Certificate{stranger.root}, then, "unknown authority"},
		"old, ended": {[]*x509.Certificate{old.root}, today.AddDate(10, 0, 1), "expired"},
	} {
		if err := verifies(leaf, chain, "a.example", tt.now, tt.roots...); !matches(err, tt.err) {
			t.Errorf("Verify with the %s root = %v; want %q", name, err, tt.err)
		}
	}
	if got := certificates(t, next.roots()); len(got) != 2 || !got[0].Equal(next.root) || !got[1].Equal(old.root) {
		t.Errorf("roots() = %d certificates; want the new root and the old one", len(got))
	}
	if !next.cross.NotAfter.Equal(old.root.NotAfter) || next.cross.MaxPathLen != 0 || !next.cross.MaxPathLenZero {
		t.Errorf("cross certificate: until %s, path length %d; want %s, 0", next.cross.NotAfter, next.cross.MaxPathLen, old.root.NotAfter)
	}
	if next.alone(old.root.NotAfter) != next {
		t.Error("alone at the old root's last moment has dropped it")
	}
	if got := next.alone(old.root.NotAfter.Add(time.Second)); got.old != nil || got.cross != nil || got.root != next.root {
		t.Error("alone after the old root's end has not dropped it")
	}
}

// TestOverlapOpenSSL: what TestOverlap says of Go's verification holds for
// OpenSSL's.
func TestOverlapOpenSSL(t *testing.T) {
	requireTool(t, "openssl")
	old := must(newAuthority("srv1", today))
	then := today.AddDate(7, 0, 0)
	next := must(old.next("srv1", then))
	leaf, _, err := next.issue([]string{"a.example"}, then)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	server := write(t, dir, "leaf.pem", encodeCertificate(leaf.Raw))
	sent := write(t, dir, "sent.pem", encodeCertificate(next.cross.Raw))
	stranger := must(newAuthority("srv1", today))
	for name, tt := range map[string]struct {
		trusted []byte
		ok      bool
	}{
		"old":      {encodeCertificate(old.root.Raw), true},
		"new":      {encodeCertificate(next.root.Raw), true},
		"both":     {next.roots(), true},
		"stranger": {encodeCertificate(stranger.root.Raw), false},
	} {
		ca := write(t, dir, name+".pem", tt.trusted)
		out, err := exec.CommandContext(t.Context(), "openssl", "verify", "-x509_strict", "-purpose", "sslserver",
			"-verify_hostname", "a.example", "-attime", strconv.FormatInt(then.Unix(), 10),
			"-no-CApath", "-CAfile", ca, "-untrusted", sent, server).CombinedOutput()
		if (err == nil) != tt.ok {
			t.Errorf("openssl verify with the %s root = %v; want success: %t\n%s", name, err, tt.ok, out)
		}
	}
}

func TestAuthorityEncoding(t *testing.T) {
	first := must(newAuthority("srv1", today))
	second := must(first.next("srv1", today.AddDate(7, 0, 0)))
	for _, a := range []*authority{first, second} {
		data := must(a.encode())
		back, err := parseAuthority(data)
		if err != nil {
			t.Fatalf("parseAuthority(encode()) = %v", err)
		}
		if !bytes.Equal(must(back.encode()), data) {
			t.Error("parseAuthority(encode()) is another authority")
		}
		if back, err = parseAuthority(reverse(data)); err != nil || !bytes.Equal(must(back.encode()), data) {
			t.Errorf("parseAuthority of the blocks in reverse order = %v; want the same authority", err)
		}
	}
}

// reverse returns the PEM blocks of data in reverse order.
func reverse(data []byte) (out []byte) {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		out = append(pem.EncodeToMemory(b), out...)
	}
	return out
}

func TestParseAuthorityFaults(t *testing.T) {
	a := must(newAuthority("srv1", today))
	b := must(a.next("srv1", today.AddDate(7, 0, 0)))
	stranger := must(newAuthority("srv1", today))
	key, root, cross, old := must(encodeKey(b.key)), encodeCertificate(b.root.Raw), encodeCertificate(b.cross.Raw), encodeCertificate(b.old.Raw)
	_, _, server := newChain()
	lone := (*party)(nil).issue("no authority", b.key, nil)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, tt := range map[string]struct {
		data []byte
		err  string
	}{
		"empty":           {nil, "no private key"},
		"noise":           {[]byte("x"), "no private key"},
		"no key":          {join(root, cross, old), "no private key"},
		"two keys":        {join(key, key, root), "more than one private key"},
		"key alone":       {key, "no self-signed certificate"},
		"other root":      {join(key, encodeCertificate(stranger.root.Raw)), "no self-signed certificate"},
		"cross alone":     {join(key, root, cross), "alone"},
		"old alone":       {join(key, root, old), "alone"},
		"two old":         {join(key, root, cross, old, encodeCertificate(stranger.root.Raw)), "same part"},
		"wrong old":       {join(key, root, cross, encodeCertificate(stranger.root.Raw)), "did not sign"},
		"server's":        {join(key, certPEM(lone)), "not that of an authority"},
		"foreign server":  {join(key, root, cross, certPEM(server)), "did not sign"},
		"damaged":         {join(key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), "malformed"},
		"damaged key":     {join(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), root), "private key is damaged"},
		"cut in the key":  {must(b.encode())[:100], "no private key"},
		"cut in the root": {must(b.encode())[:len(key)+100], "no self-signed certificate"},
	} {
		if got, err := parseAuthority(tt.data); !matches(err, tt.err) {
			t.Errorf("%s: parseAuthority = %v, %v; want %q", name, got, err, tt.err)
		}
	}
}

func FuzzParseAuthority(f *testing.F) {
	a := must(newAuthority("srv1", today))
	f.Add(must(a.encode()))
	f.Add(must(must(a.next("srv1", today.AddDate(7, 0, 0))).encode()))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseAuthority(data)
		if err != nil {
			return
		}
		again, err := parseAuthority(must(a.encode()))
		if err != nil || !bytes.Equal(again.roots(), a.roots()) {
			t.Errorf("parseAuthority(encode()) = %v; want the same authority", err)
		}
	})
}
