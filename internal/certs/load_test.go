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

	bundled "appserver/certs"
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
	p, _, err := Files{Cert: file, Key: file}.load(today)
	if err != nil || !p.Certificate.Leaf.Equal(leaf.cert) || p.CA != nil {
		t.Errorf("load of one file = %+v, %v; want the leaf and no CA", p, err)
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
	encCert := write(t, dir, "enc.pem", certPEM((*party)(nil).issue("enc", must1(parseKey(testKey(t, "sec1.pem"), "", kdfLimits)), nil)))
	text := write(t, dir, "text.txt", []byte("hello"))
	big := write(t, dir, "big.pem", make([]byte, maxFile+1))
	weak := (*party)(nil).issue("ca", newKey(), asCA).issue("weak", shortRSA(t), nil)
	weakCert, weakKey := write(t, dir, "weak.pem", certPEM(weak)), write(t, dir, "weak-key.pem", keyPEM(weak.key))
	tests := []struct {
		name  string
		files Files
		now   time.Time
		err   string
	}{
		{"key not set", Files{Cert: cert}, today, "[S] K: not set, but the certificate is|name it twice"},
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

func TestKeyReadableByOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	_, _, leaf := newChain()
	f := pairFiles(t, leaf)
	f.Names = mppNames
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o700: "",
		0o640: "[MPP] SSL_Key: " + f.Key + " can be read by others (mode 0640)|chmod 600 " + f.Key,
		0o604: "mode 0604", 0o610: "mode 0610",
	} {
		if err := os.Chmod(f.Key, mode); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.load(today); !matches(err, want) {
			t.Errorf("load with mode %04o = %v; want %q", mode, err, want)
		}
	}
}

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
	rsa1024 := must(rsa.GenerateKey(rand.Reader, 1024))
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
