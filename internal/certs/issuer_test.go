package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests see a machine without authorities: what the one they run on trusts
// is not their business. It is set before anything can have asked crypto/x509.
var _ = withoutStore()

func withoutStore() error {
	// One path each that does not exist; empty ones would mean the usual places.
	os.Setenv("SSL_CERT_FILE", filepath.Join(os.DevNull, "none"))
	return os.Setenv("SSL_CERT_DIR", filepath.Join(os.DevNull, "none"))
}

// TestNoStore: without a store nothing is said, least of all an alarm.
func TestNoStore(t *testing.T) {
	if pool := systemRoots(); pool != nil {
		t.Errorf("systemRoots without a store = %v; want nil", pool)
	}
	_, mid, _ := newChain()
	leaf := mid.issue("server", newKey(), func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example/mid.crt"} })
	if _, findings, err := Select(Request{MPP: pairFiles(t, leaf), Now: today}); err != nil || len(findings) > 0 {
		t.Errorf("Select without a store = %v, %v; want neither", findings, err)
	}
}

// known returns a store with the certificates of the parties.
func known(parties ...*party) func() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, p := range parties {
		pool.AddCert(p.cert)
	}
	return func() *x509.CertPool { return pool }
}

func TestChainRemarks(t *testing.T) {
	root, mid, leaf := newChain()
	stranger, _, _ := newChain()
	withURL := func(urls ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.IssuingCertificateURL = urls }
	}
	public := mid.issue("public", newKey(), withURL("ldap://x", "http://ca.example/mid.crt"))
	publicMid := root.issue("public intermediate", newKey(), func(c *x509.Certificate) { asCA(c); withURL("https://ca.example/root.p7c")(c) })
	underPublicMid := publicMid.issue("server", newKey(), nil)
	// An authority that was renewed with the same key after it issued, and one
	// that ends before what it issued.
	younger := (*party)(nil).issue("young", newKey(), asCA)
	old := younger.issue("server", newKey(), func(c *x509.Certificate) { c.NotBefore = c.NotBefore.AddDate(-1, 0, 0) })
	shorter := (*party)(nil).issue("short", newKey(), func(c *x509.Certificate) { asCA(c); c.NotAfter = today })
	longer := shorter.issue("server", newKey(), nil)
	self := (*party)(nil).issue("self", newKey(), nil)
	sha1 := mid.issue("sha1", newKey(), nil)
	sha1.cert.SignatureAlgorithm = x509.ECDSAWithSHA1
	// namesAbove is leaf with the name of its issuer's issuer in
	// authorityKeyIdentifier, as OpenSSL writes it.
	namesAbove := func(above *party) *party {
		return mid.issue("server", newKey(), func(c *x509.Certificate) {
			name := must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: above.cert.RawSubject}))
			names := must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: name}))
			id := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(names, 0x82, 1, 7)}))
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oidAuthorityKeyID, Value: id})
		})
	}
	tests := []struct {
		name   string
		leaf   *party
		others []*party // in the file
		roots  func() *x509.CertPool
		level  Level // 0 = none
		text   string
	}{
		{"complete", leaf, []*party{mid}, known(root), 0, ""},
		{"complete, with the root", leaf, []*party{mid, root}, known(stranger), 0, ""},
		{"issuer is trusted itself", leaf, nil, known(mid), 0, ""},
		{"no store", leaf, nil, func() *x509.CertPool { return nil }, 0, ""},
		{"self-signed", self, nil, known(stranger), 0, ""},
		{"weak signature", sha1, nil, known(stranger), 0, ""},
		{"authority younger than the certificate", old, nil, known(younger), 0, ""},
		{"authority ends before the certificate", longer, nil, known(shorter), 0, ""},
		{"public, incomplete", public, nil, known(root), Warning, `lacks the certificate of its issuer "CN=intermediate"|append it: curl -sS 'http://ca.example/mid.crt' | openssl x509 -inform DER >> `},
		{"public, complete", public, []*party{mid}, known(root), 0, ""},
		{"incomplete further up", underPublicMid, []*party{publicMid}, known(stranger), Warning, `"CN=root"|curl -sS 'https://ca.example/root.p7c' | openssl pkcs7 -inform DER -print_certs >> `},
		{"private", leaf, nil, known(stranger), Notice, `ends below "CN=intermediate"|if that is an intermediate authority, append its certificate`},
		{"private, with intermediate", leaf, []*party{mid}, known(stranger), Notice, `ends below "CN=root"`},
		{"names the issuer of its issuer", namesAbove(root), nil, known(root), Warning, `lacks the certificate of its issuer "CN=intermediate", which is an intermediate authority|append`},
		{"names its issuer as a root", namesAbove(mid), nil, known(stranger), Notice, `ends below "CN=intermediate"`},
	}
	for _, tt := range tests {
		p, _, err := pairFiles(t, tt.leaf, tt.others...).read(today)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if tt.leaf == sha1 {
			p.Certificate.Leaf = sha1.cert
		}
		findings := chainRemarks(p, mppNames, tt.roots)
		if tt.level == 0 {
			if len(findings) > 0 {
				t.Errorf("%s: chainRemarks = %v; want none", tt.name, findings)
			}
			continue
		}
		if len(findings) != 1 || findings[0].Level != tt.level || !matches(&Fault{Finding: findings[0]}, tt.text) {
			t.Errorf("%s: chainRemarks = %v; want %s: %q", tt.name, findings, tt.level, tt.text)
		}
	}
}

// TestFetchIssuer: whatever a certificate says, the command runs nothing else.
func TestFetchIssuer(t *testing.T) {
	const x509Command = "' | openssl x509 -inform DER"
	for url, want := range map[string]string{
		"http://ca.example/a.crt":            "curl -sS 'http://ca.example/a.crt" + x509Command,
		"https://ca.example:8080/a%20b?c=d":  "curl -sS 'https://ca.example:8080/a%20b?c=d" + x509Command,
		"http://ca.example/a.P7B":            "curl -sS 'http://ca.example/a.P7B' | openssl pkcs7 -inform DER -print_certs",
		"ldap://ca.example/cn=x":             "",
		"file:///etc/passwd":                 "",
		"http://-o/":                         "",
		"http://a/';reboot;'":                "",
		"http://a/\n reboot":                 "",
		"http://a/\x1b[2J":                   "",
		"http://a/é":                         "",
		"http://" + strings.Repeat("a", 999): "",
		"":                                   "",
	} {
		if got := fetchIssuer(&x509.Certificate{IssuingCertificateURL: []string{url}}); got != want {
			t.Errorf("fetchIssuer of %q = %q; want %q", url, got, want)
		}
	}
}

// FuzzFetchIssuer: no URL gets out of its quotes.
func FuzzFetchIssuer(f *testing.F) {
	for _, url := range []string{"http://ca.example/a.crt", "https://[::1]:1/a.p7c?b=c#d", "http://a/'; x '", "http://a/\n"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		command := fetchIssuer(&x509.Certificate{IssuingCertificateURL: []string{url}})
		quoted, plain := strings.CutPrefix(command, "curl -sS 'http")
		inside, rest, _ := strings.Cut(quoted, "'")
		if command != "" && (!plain || strings.Contains(rest, "'") || strings.ContainsFunc(inside, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '\\' })) {
			t.Fatalf("fetchIssuer of %q = %q", url, command)
		}
	})
}

// TestFetchIssuerWorks runs the command that a warning shows, and then the
// warning is gone.
func TestFetchIssuerWorks(t *testing.T) {
	for _, tool := range []string{"openssl", "curl", "sh"} {
		requireTool(t, tool)
	}
	root, mid, _ := newChain()
	p7c, err := exec.CommandContext(t.Context(), "openssl", "crl2pkcs7", "-nocrl", "-outform", "DER",
		"-certfile", write(t, t.TempDir(), "mid.pem", certPEM(mid))).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"/mid.crt": mid.cert.Raw, "/mid.p7c": p7c}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(files[r.URL.Path]) }))
	defer s.Close()
	for path := range files {
		leaf := mid.issue("server", newKey(), func(c *x509.Certificate) { c.IssuingCertificateURL = []string{s.URL + path} })
		f := pairFiles(t, leaf)
		remarks := func() []Finding {
			p, _, err := f.read(today)
			if err != nil {
				t.Fatal(err)
			}
			return chainRemarks(p, mppNames, known(root))
		}
		before := remarks()
		if len(before) != 1 {
			t.Fatalf("%s: chainRemarks = %v; want a warning", path, before)
		}
		command := strings.TrimPrefix(before[0].Hint, "append it: ")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Env = append(os.Environ(), "no_proxy=*")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
		if after := remarks(); len(after) > 0 {
			t.Errorf("%s: after %s chainRemarks = %v; want none", path, command, after)
		}
	}
}
