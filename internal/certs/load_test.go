package certs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	bundled "appserver/certs"
	"appserver/internal/keyfile"
)

func TestLoad(t *testing.T) {
	root, mid, leaf := newChain()
	f := pairFiles(t, leaf, root, mid)
	p, findings, err := f.load(today)
	if err != nil || len(findings) != 0 {
		t.Fatalf("load = %v, %v; want neither", brief(findings), err)
	}
	if len(p.Certificate.Certificate) != 2 || !p.Certificate.Leaf.Equal(leaf.cert) || p.CertFile != f.Cert || p.KeyFile != f.Key || p.Origin != FromFiles {
		t.Errorf("load = %+v; want leaf and intermediate of %+v", p, f)
	}
	if string(p.CA) != string(certPEM(root)) {
		t.Errorf("CA = %s; want the root", p.CA)
	}
}

func TestLoadOneFile(t *testing.T) {
	_, mid, leaf := newChain()
	file := write(t, t.TempDir(), "both.pem", append(keyPEM(leaf.key), certPEM(mid, leaf)...))
	for _, f := range []Files{{Cert: file, Key: file}, {Cert: file}} {
		p, _, err := f.load(today)
		if err != nil || !p.Certificate.Leaf.Equal(leaf.cert) || p.CA != nil || p.CertFile != file || p.KeyFile != file {
			t.Errorf("load of %+v = %+v, %v; want the leaf and no CA", f, p, err)
		}
	}
}

// TestLoadPKCS12: a PKCS#12 file stands for the certificate, the key or both,
// whatever it is called.
func TestLoadPKCS12(t *testing.T) {
	root, mid, leaf := newChain()
	_, _, other := newChain()
	dir := t.TempDir()
	encode := func(p *party, pass string) []byte {
		return must(pkcs12.Modern2023.Encode(p.key, p.cert, []*x509.Certificate{mid.cert, root.cert}, pass))
	}
	both := write(t, dir, "pair.pem", encode(leaf, secret))
	empty := write(t, dir, "empty.pfx", encode(leaf, ""))
	others := write(t, dir, "other.pfx", encode(other, secret))
	cert := write(t, dir, "cert.pem", certPEM(leaf, mid, root))
	key := write(t, dir, "key.pem", keyPEM(leaf.key))
	multiple := write(t, dir, "two.p12", testPKCS12(t, "twokeys"))
	tests := []struct {
		name     string
		files    Files
		findings string
		err      string
	}{
		{"alone", Files{Cert: both, PassPhrase: secret}, "", ""},
		{"named twice", Files{Cert: both, Key: both, PassPhrase: secret}, "", ""},
		{"empty pass phrase", Files{Cert: empty}, "", ""},
		{"with the key in PEM", Files{Cert: both, Key: key, PassPhrase: secret}, "notice S.P", ""},
		{"for the certificate in PEM", Files{Cert: cert, Key: both, PassPhrase: secret}, "", ""},
		{"of two", Files{Cert: both, Key: empty, PassPhrase: secret}, "", "[S] P: the pass phrase does not open the key in " + empty},
		{"no pass phrase", Files{Cert: both}, "", "[S] P: the key in " + both + " is encrypted, and no pass phrase is set|openssl pkcs12 -in " + both + " -noenc"},
		{"wrong pass phrase", Files{Cert: both, PassPhrase: "x"}, "", "[S] P: the pass phrase does not open the key in " + both + "|openssl pkcs12 -noout -in " + both},
		{"wrong pass phrase, key in PEM", Files{Cert: both, Key: key, PassPhrase: "x"}, "", "[S] P: the pass phrase does not open the key in " + both},
		{"wrong pass phrase, certificate in PEM", Files{Cert: cert, Key: both, PassPhrase: "x"}, "", "[S] P: the pass phrase does not open the key in " + both},
		{"mismatch", Files{Cert: cert, Key: others, PassPhrase: secret}, "", "[S] K: " + others + " does not belong to " + cert},
		{"two keys", Files{Cert: multiple, PassPhrase: secret}, "", "[S] C: " + multiple + " is PKCS#12 with 2 private keys|openssl pkcs12 -in " + multiple},
		{"two keys, as the key", Files{Cert: cert, Key: multiple, PassPhrase: secret}, "", "[S] K: " + multiple + " is PKCS#12 with 2 private keys"},
	}
	for _, tt := range tests {
		tt.files.Names = Names{"S", "C", "K", "P"}
		p, findings, err := tt.files.load(today)
		if !matches(err, tt.err) || brief(findings) != tt.findings {
			t.Errorf("%s: load = %s, %v; want %q, %q", tt.name, brief(findings), err, tt.findings, tt.err)
			continue
		}
		if err == nil && (!p.Certificate.Leaf.Equal(leaf.cert) || len(p.Certificate.Certificate) != 2 || string(p.CA) != string(certPEM(root))) {
			t.Errorf("%s: load = %+v; want leaf, intermediate and root", tt.name, p)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(both, 0o644); err != nil {
		t.Fatal(err)
	}
	f := Files{Cert: both, PassPhrase: secret, Names: Names{"S", "C", "K", "P"}}
	if _, _, err := f.load(today); !matches(err, "[S] C: "+both+" can be read by others (mode 0644)") {
		t.Errorf("load with mode 0644 = %v; want it refused", err)
	}
}

// TestLoadFaults holds the messages against what an operator needs to mend.
func TestLoadFaults(t *testing.T) {
	_, _, leaf := newChain()
	_, _, other := newChain()
	dir := t.TempDir()
	cert := write(t, dir, "cert.pem", certPEM(leaf))
	key := write(t, dir, "key.pem", keyPEM(leaf.key))
	otherKey := write(t, dir, "other.pem", keyPEM(other.key))
	encrypted := write(t, dir, "enc-key.pem", testKey(t, "pbes2-aes256-sha256.pem"))
	encCert := write(t, dir, "enc.pem", certPEM((*party)(nil).issue("enc", must1(keyfile.ParseKey(testKey(t, "sec1.pem"), "", keyfile.ForOperators)), nil)))
	text := write(t, dir, "text.txt", []byte("hello"))
	big := write(t, dir, "big.pem", make([]byte, maxFile+1))
	weak := (*party)(nil).issue("ca", newKey(), asCA).issue("weak", shortRSA(t), nil)
	weakCert, weakKey := write(t, dir, "weak.pem", certPEM(weak)), write(t, dir, "weak-key.pem", keyPEM(weak.key))
	der := write(t, dir, "cert.der", leaf.cert.Raw)
	bothPBES1 := write(t, dir, "pbes1.pem", append(certPEM(leaf), testKey(t, "pbes1.pem")...))
	bothOther := write(t, dir, "both.pem", append(certPEM(leaf), keyPEM(other.key)...))
	agreement := (*party)(nil).issue("agreement", newKey(), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement })
	usage := write(t, dir, "usage.pem", append(certPEM(agreement), keyPEM(agreement.key)...))
	tests := []struct {
		name  string
		files Files
		now   time.Time
		err   string
	}{
		{"key not set", Files{Cert: cert}, today, "[S] K: not set, and " + cert + " holds no private key, but CERTIFICATE|name both files"},
		{"key not set, certificate missing", Files{Cert: "nowhere/c"}, today, "[S] C: the file nowhere/c does not exist"},
		{"key not set, certificate in DER", Files{Cert: der}, today, "[S] C: " + der + " is in DER"},
		{"key not set, key of an unknown kind", Files{Cert: bothPBES1, PassPhrase: secret}, today, "[S] C: " + bothPBES1 + " holds a key encrypted with PBES1|openssl pkcs8"},
		{"one file, of two pairs", Files{Cert: bothOther}, today, "[S] C: " + bothOther + " holds no certificate of its key"},
		{"one file, named twice, of two pairs", Files{Cert: bothOther, Key: bothOther}, today, "[S] K: " + bothOther + " holds no certificate of its key"},
		{"usage", Files{Cert: usage, Key: usage}, today, "[S] C: the certificate in " + usage + " may not be used for TLS|digitalSignature"},
		{"certificate not set", Files{Key: key}, today, "[S] C: not set, but the key is"},
		{"both missing", Files{Cert: "nowhere/c", Key: "nowhere/k"}, today, "[S] C: the file nowhere/c does not exist|[S] K: the file nowhere/k does not exist"},
		{"path of Windows", Files{Cert: `c:\totvs\cert.pem`, Key: key}, today, `[S] C: c:\totvs\cert.pem is a path of Windows`},
		{"folder", Files{Cert: dir, Key: key}, today, "[S] C: cannot read|not a regular file"},
		{"too large", Files{Cert: big, Key: key}, today, "[S] C: cannot read|larger than 1048576 bytes"},
		{"no certificate", Files{Cert: text, Key: key}, today, "[S] C: " + text + " holds no certificate|-----BEGIN CERTIFICATE-----"},
		{"no key", Files{Cert: cert, Key: cert}, today, "[S] K: " + cert + " holds no private key, but CERTIFICATE"},
		{"mismatch", Files{Cert: cert, Key: otherKey}, today, "[S] K: " + otherKey + " does not belong to " + cert + "|ECDSA P-256|CN=server|openssl pkey"},
		{"RSA key that cannot sign", Files{Cert: weakCert, Key: weakKey}, today, "[S] K: " + weakKey + " holds an RSA key of 512 bits|insecure|2048 bits"},
		{"pass phrase needed", Files{Cert: encCert, Key: encrypted}, today, "[S] P: the key in " + encrypted + " is encrypted, and no pass phrase is set"},
		{"pass phrase wrong", Files{Cert: encCert, Key: encrypted, PassPhrase: "x"}, today, "[S] P: the pass phrase does not open the key in " + encrypted},
		{"expired", Files{Cert: cert, Key: key}, today.AddDate(2, 0, 0), "[S] C: the certificate in " + cert + " expired on 2026-12-01T12:00:00Z|renew"},
		{"not yet valid", Files{Cert: cert, Key: key}, today.AddDate(-2, 0, 0), "is valid from 2025-12-01T12:00:00Z, and the clock says 2024-06-01|check the clock"},
	}
	for _, tt := range tests {
		if tt.name == "path of Windows" && runtime.GOOS == "windows" {
			continue
		}
		tt.files.Names = Names{"S", "C", "K", "P"}
		p, _, err := tt.files.load(tt.now)
		if tt.err == "" || p != nil || !matches(err, tt.err) {
			t.Errorf("%s: load = %v, %v; want an error with %s", tt.name, p, err, tt.err)
		}
		for _, f := range Faults(err) {
			if f.Level != Error || f.Hint == "" || f.Section != "S" {
				t.Errorf("%s: finding %+v; want an error of S with a hint", tt.name, f)
			}
		}
		if len(Faults(err)) == 0 {
			t.Errorf("%s: Faults(%v) is empty", tt.name, err)
		}
	}
	if _, _, err := (Files{Cert: encCert, Key: encrypted, PassPhrase: secret}).load(today); err != nil {
		t.Errorf("load with the pass phrase = %v", err)
	}
}

// shortRSA makes an RSA key that crypto/rsa will refuse to use.
func shortRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	before := os.Getenv("GODEBUG")
	t.Setenv("GODEBUG", before+",rsa1024min=0")
	key := must(rsa.GenerateKey(rand.Reader, 512))
	t.Setenv("GODEBUG", before)
	return key
}

func must1[T any](v T, _ bool, err error) T { return must(v, err) }

// TestBundledKeyMayBeReadable: that key is public.
func TestBundledKeyMayBeReadable(t *testing.T) {
	dir := t.TempDir()
	f := Files{Cert: write(t, dir, "c", bundled.Certificate()), Key: write(t, dir, "k", bundled.Key())}
	if err := os.Chmod(f.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.read(today); err != nil {
		t.Errorf("read of the bundled key, mode 0644 = %v; want no error", err)
	}
}

func TestFileFaultOther(t *testing.T) {
	f := Files{Cert: "/c", Names: mppNames}
	tests := []struct {
		err  error
		want string
	}{
		{nil, ""},
		{&fs.PathError{Op: "open", Path: "/c", Err: fs.ErrPermission}, "the file /c cannot be read by this user"},
		{&fs.PathError{Op: "read", Path: "/c", Err: errors.New("I/O error")}, "cannot read /c: I/O error"},
	}
	for _, tt := range tests {
		if err := f.fileFault("SSL_Certificate", "/c", tt.err); !matches(err, tt.want) {
			t.Errorf("fileFault(%v) = %v; want %q", tt.err, err, tt.want)
		}
	}
}

func TestRemarks(t *testing.T) {
	root, _, _ := newChain()
	rsa1024, rsa2048 := must(rsa.GenerateKey(rand.Reader, 1024)), must(rsa.GenerateKey(rand.Reader, 2048))
	newMid := root.issue("new intermediate", newKey(), func(c *x509.Certificate) { asCA(c); c.NotBefore = today.AddDate(0, 0, 1) })
	usage := func(u x509.KeyUsage) func(*x509.Certificate) { return func(c *x509.Certificate) { c.KeyUsage = u } }
	days := func(n int) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = c.NotBefore.AddDate(0, 0, n) }
	}
	oldMid := root.issue("old intermediate", newKey(), func(c *x509.Certificate) { asCA(c); c.NotAfter = today.AddDate(0, -1, 0) })
	tests := []struct {
		name   string
		leaf   *party
		extra  []*party
		pass   string
		level  Level
		remark string // "" = none
	}{
		{"good", root.issue("x", newKey(), nil), nil, "", 0, ""},
		{"any usage", root.issue("x", newKey(), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), nil, "", 0, ""},
		{"no usage", root.issue("x", newKey(), func(c *x509.Certificate) { c.ExtKeyUsage = nil }), nil, "", 0, ""},
		{"IP only", root.issue("x", newKey(), func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, []net.IP{{10, 0, 0, 1}} }), nil, "", 0, ""},
		{"pass phrase not needed", root.issue("x", newKey(), nil), nil, secret, Notice, "not encrypted"},
		{"ends soon", root.issue("x", newKey(), func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, 20) }), nil, "", Warning, "expires in 20 days, on 2026-06-21"},
		{"intermediate expired", oldMid.issue("x", newKey(), nil), []*party{oldMid}, "", Warning, "old intermediate"},
		{"no name", root.issue("x", newKey(), func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }), nil, "", Warning, "names no host"},
		{"for clients", root.issue("x", newKey(), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), nil, "", Warning, "not for servers"},
		{"intermediate of the future", newMid.issue("x", newKey(), nil), []*party{newMid}, "", Warning, "new intermediate\" in"},
		{"RSA for key exchange alone", root.issue("x", rsa2048, usage(x509.KeyUsageKeyEncipherment)), nil, "", Warning, "not for signatures"},
		{"RSA for both", root.issue("x", rsa2048, usage(x509.KeyUsageKeyEncipherment|x509.KeyUsageDigitalSignature)), nil, "", 0, ""},
		{"authority", root.issue("x", newKey(), func(c *x509.Certificate) { c.IsCA = true }), nil, "", Warning, "that of an authority"},
		{"signs certificates", root.issue("x", newKey(), usage(x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature)), nil, "", Warning, "that of an authority"},
		{"825 days", root.issue("x", newKey(), days(825)), nil, "", 0, ""},
		{"826 days", root.issue("x", newKey(), days(826)), nil, "", Warning, "more than 825 days"},
		{"long, before the limit", root.issue("x", newKey(), func(c *x509.Certificate) { c.NotBefore = limitedSince.Add(-time.Second) }), nil, "", 0, ""},
		{"short RSA", root.issue("x", rsa1024, nil), nil, "", Warning, "fewer than 2048 bits"},
	}
	for _, tt := range tests {
		f := pairFiles(t, tt.leaf, tt.extra...)
		f.PassPhrase = tt.pass
		_, findings, err := Select(Request{MPP: f, Now: today})
		if err != nil {
			t.Errorf("%s: Select = %v", tt.name, err)
			continue
		}
		switch {
		case tt.remark == "" && len(findings) > 0, tt.remark != "" && len(findings) != 1:
			t.Errorf("%s: findings = %v; want %q", tt.name, findings, tt.remark)
		case tt.remark != "" && (findings[0].Level != tt.level || !strings.Contains(findings[0].Message, tt.remark) || findings[0].Section != "MPP"):
			t.Errorf("%s: finding = %+v; want %s %q", tt.name, findings[0], tt.level, tt.remark)
		}
	}
}

func TestWeakSignature(t *testing.T) {
	for alg, want := range map[x509.SignatureAlgorithm]string{x509.SHA1WithRSA: "SHA1-RSA", x509.ECDSAWithSHA1: "ECDSA-SHA1", x509.SHA256WithRSA: ""} {
		p := &Pair{}
		p.Certificate.Leaf = &x509.Certificate{DNSNames: []string{"a"}, SignatureAlgorithm: alg}
		findings := serverRemarks(p, mppNames)
		if got := fmt.Sprint(findings); (want == "") != (len(findings) == 0) || !strings.Contains(got, want) {
			t.Errorf("serverRemarks of %s = %s; want %q", alg, got, want)
		}
	}
}
