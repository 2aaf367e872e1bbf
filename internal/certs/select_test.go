package certs

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	bundled "appserver/certs"
)

// bundledDay is a day on which the bundled pair is valid.
func bundledDay(t testing.TB) time.Time {
	t.Helper()
	p, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return p.Certificate.Leaf.NotBefore.AddDate(0, 0, 10)
}

func TestSelectPrecedence(t *testing.T) {
	now := bundledDay(t)
	around := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(0, -1, 0), now.AddDate(0, 6, 0) }
	root, _, _ := newChain()
	mpp, ssl := pairFiles(t, root.issue("mpp", newKey(), around)), pairFiles(t, root.issue("ssl", newKey(), around))
	dir := t.TempDir()
	beside := root.issue("beside", newKey(), around)
	write(t, dir, bundled.CertificateFile, certPEM(beside))
	write(t, dir, bundled.KeyFile, keyPEM(beside.key))

	l := newLocal(t)
	if _, err := l.Create(LocalOptions{Hosts: []string{"local.example"}, Now: now}); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name     string
		request  Request
		subject  string
		origin   Origin
		findings string
	}{
		{"nothing", Request{}, "localhost", FromEmbedded, ""},
		{"empty folder", Request{Dir: t.TempDir()}, "localhost", FromEmbedded, ""},
		{"beside", Request{Dir: dir}, "beside", FromBundledFile, ""},
		{"ssl before bundled", Request{SSLConfigure: ssl, Dir: dir}, "ssl", FromSSLConfigure, ""},
		{"mpp before ssl", Request{MPP: mpp, SSLConfigure: ssl, Dir: dir}, "mpp", FromMPP, ""},
		{"default before all", Request{Default: true, MPP: mpp, SSLConfigure: ssl}, "localhost", FromEmbedded, "notice MPP.SSL_Certificate"},
		{"default, beside", Request{Default: true, SSLConfigure: ssl, Dir: dir}, "beside", FromBundledFile, ""},
		{"local before bundled", Request{Local: l.dir, Dir: dir}, "local.example", FromLocal, ""},
		{"ssl before local", Request{SSLConfigure: ssl, Local: l.dir, Dir: dir}, "ssl", FromSSLConfigure, ""},
		{"mpp before local", Request{MPP: mpp, Local: l.dir}, "mpp", FromMPP, ""},
		{"default before local", Request{Default: true, Local: l.dir}, "localhost", FromEmbedded, "notice MPP.SSL_Default"},
		{"nothing local", Request{Local: t.TempDir(), Dir: dir}, "beside", FromBundledFile, ""},
		{"no folder of a local authority", Request{Local: filepath.Join(dir, "none"), Dir: dir}, "beside", FromBundledFile, ""},
		{"pass phrase alone configures nothing", Request{MPP: Files{PassPhrase: "x"}}, "localhost", FromEmbedded, ""},
	}
	for _, tt := range tests {
		tt.request.Now = now
		p, findings, err := Select(tt.request)
		if err != nil {
			t.Errorf("%s: Select = %v", tt.name, err)
			continue
		}
		if got := p.Certificate.Leaf.Subject.CommonName; got != tt.subject || p.Origin != tt.origin || brief(findings) != tt.findings {
			t.Errorf("%s: Select = %s from %s, %s; want %s from %s, %s", tt.name, got, p.Origin, brief(findings), tt.subject, tt.origin, tt.findings)
		}
	}
}

// TestSelectNoSecondChoice: what is configured and cannot be used is an error,
// not a reason to take the next.
func TestSelectNoSecondChoice(t *testing.T) {
	_, _, leaf := newChain()
	good := pairFiles(t, leaf)
	half, expired := created(t), created(t)
	os.Remove(half.path(serverFile))
	if _, err := expired.Create(LocalOptions{Now: today.AddDate(-1, 0, 0), NewAuthority: true}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		request Request
		err     string
	}{
		{"half of [MPP]", Request{MPP: Files{Cert: good.Cert}, SSLConfigure: good}, "[MPP] SSL_Key: not set"},
		{"half of [SSLConfigure]", Request{SSLConfigure: Files{Key: good.Key}}, "[SSLConfigure] CertificateServer: not set"},
		{"missing file", Request{MPP: Files{Cert: "nowhere", Key: good.Key}, SSLConfigure: good}, "[MPP] SSL_Certificate: the file nowhere"},
		{"local, no certificate", Request{Local: half.dir}, "server.pem does not exist|certs create"},
		{"local, expired", Request{Local: expired.dir}, "expired|certs create"},
	}
	for _, tt := range tests {
		tt.request.Now = today
		if p, _, err := Select(tt.request); p != nil || !matches(err, tt.err) {
			t.Errorf("%s: Select = %v, %v; want %s", tt.name, p, err, tt.err)
		}
	}
}

func TestSelectEmbedded(t *testing.T) {
	p, findings, err := Select(Request{Now: bundledDay(t)})
	if err != nil || len(findings) > 0 {
		t.Fatalf("Select = %v, %v", brief(findings), err)
	}
	if !bytes.Equal(p.CA, bundled.CA()) || p.CertFile != "" || p.KeyFile != "" || len(p.Certificate.Certificate) != 2 {
		t.Errorf("Select = CA %s, files %q %q, %d certificates; want the bundled CA, no file, 2", p.CA, p.CertFile, p.KeyFile, len(p.Certificate.Certificate))
	}
}

func TestSelectBundledExpired(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, bundled.CertificateFile, bundled.Certificate())
	write(t, dir, bundled.KeyFile, bundled.Key())
	for _, request := range []Request{{Now: bundledDay(t).AddDate(9, 0, 0)}, {Now: bundledDay(t).AddDate(-9, 0, 0), Dir: dir}} {
		p, findings, err := Select(request)
		if err != nil {
			t.Errorf("Select at %s = %v", request.Now, err)
			continue
		}
		if p.Origin != SelfSigned || p.CA != nil || brief(findings) != "warning MPP.SSL_Certificate" {
			t.Errorf("Select at %s = %s, %s; want self-signed with a warning", request.Now, p.Origin, brief(findings))
		}
		if err := checkDates(p, mppNames, request.Now); err != nil {
			t.Errorf("self-signed pair: %v", err)
		}
		for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
			if err := p.Covers(host); err != nil {
				t.Errorf("self-signed pair: %v", err)
			}
		}
	}
}

func TestSelectBeside(t *testing.T) {
	root, mid, leaf := newChain()
	_, _, other := newChain()
	now := bundledDay(t)
	soonOver := (*party)(nil).issue("expired", newKey(), func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	type files map[string][]byte
	tests := []struct {
		name     string
		files    files
		now      time.Time
		origin   Origin
		ca       []byte
		findings string
		err      string
	}{
		{"released files", files{bundled.CertificateFile: bundled.Certificate(), bundled.KeyFile: bundled.Key(), bundled.CAFile: bundled.CA()},
			now, FromBundledFile, bundled.CA(), "", ""},
		{"released pair without CA", files{bundled.CertificateFile: bundled.Certificate(), bundled.KeyFile: bundled.Key()},
			now, FromBundledFile, bundled.CA(), "", ""},
		{"CA alone", files{bundled.CAFile: bundled.CA()}, now, FromEmbedded, bundled.CA(), "", ""},
		{"own pair and CA", files{bundled.CertificateFile: certPEM(leaf, mid), bundled.KeyFile: keyPEM(leaf.key), bundled.CAFile: certPEM(root)},
			today, FromBundledFile, certPEM(root), "", ""},
		{"own pair, no CA", files{bundled.CertificateFile: certPEM(leaf, mid), bundled.KeyFile: keyPEM(leaf.key)}, today, FromBundledFile, nil, "", ""},
		{"own pair, other CA", files{bundled.CertificateFile: certPEM(leaf, mid), bundled.KeyFile: keyPEM(leaf.key), bundled.CAFile: bundled.CA()},
			today, FromBundledFile, nil, "warning MPP.SSL_Certificate", ""},
		{"own pair, damaged CA", files{bundled.CertificateFile: certPEM(leaf, mid), bundled.KeyFile: keyPEM(leaf.key), bundled.CAFile: []byte("x")},
			today, FromBundledFile, nil, "warning MPP.SSL_Certificate", ""},
		{"no key", files{bundled.CertificateFile: certPEM(leaf)}, today, 0, nil, "", "[MPP] SSL_Key: |totvs_certificate.crt is there, but |remove the other"},
		{"no certificate", files{bundled.KeyFile: keyPEM(leaf.key)}, today, 0, nil, "", "[MPP] SSL_Certificate: |totvs_certificate_key.pem is there, but "},
		{"mismatch", files{bundled.CertificateFile: certPEM(leaf), bundled.KeyFile: keyPEM(other.key)}, today, 0, nil, "", "does not belong to"},
		{"damaged", files{bundled.CertificateFile: []byte("x"), bundled.KeyFile: keyPEM(leaf.key)}, today, 0, nil, "", "totvs_certificate.crt holds no certificate"},
		{"own pair, expired", files{bundled.CertificateFile: certPEM(soonOver), bundled.KeyFile: keyPEM(soonOver.key)}, now, 0, nil, "", "totvs_certificate.crt expired on"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		for name, data := range tt.files {
			write(t, dir, name, data)
		}
		p, findings, err := Select(Request{Dir: dir, Now: tt.now})
		if !matches(err, tt.err) {
			t.Errorf("%s: Select = %v; want %q", tt.name, err, tt.err)
			continue
		}
		if err == nil && (p.Origin != tt.origin || !bytes.Equal(p.CA, tt.ca) || brief(findings) != tt.findings) {
			t.Errorf("%s: Select = %s, CA %s, %s; want %s, %s, %s", tt.name, p.Origin, p.CA, brief(findings), tt.origin, tt.ca, tt.findings)
		}
	}
}

// TestSelectBesideDangling: a link to nowhere is a fault, not an absence.
func TestSelectBesideDangling(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	_, _, leaf := newChain()
	dir := t.TempDir()
	write(t, dir, bundled.KeyFile, keyPEM(leaf.key))
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, bundled.CertificateFile)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Select(Request{Dir: dir, Now: today}); !matches(err, "does not exist") {
		t.Errorf("Select = %v; want an error", err)
	}
}

func TestSelectNowZero(t *testing.T) {
	_, _, leaf := newChain()
	year := (&party{leaf.cert, leaf.key}).issue("now", newKey(), func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	})
	if _, _, err := Select(Request{MPP: pairFiles(t, year)}); err != nil {
		t.Errorf("Select at the present = %v", err)
	}
}
