package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	if err := generate(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, certificateFile), filepath.Join(dir, keyFile)
	if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	keys := 0
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join("..", e.Name())); err != nil {
			t.Errorf("generate wrote %s, which is not among the bundled files", e.Name())
		}
		keys += bytes.Count(data, []byte("PRIVATE KEY-----")) / 2
	}
	if len(entries) != 3 || keys != 1 {
		t.Errorf("generate wrote %d files with %d private keys; want 3 with the leaf's key alone", len(entries), keys)
	}
	if fi, err := os.Stat(key); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v; want mode 0600", keyFile, fi.Mode(), err)
	}
}

// impostor issues a certificate for another name below a chain like the
// bundled one, as a thief of the intermediate's key would.
func impostor(t *testing.T) (root, intermediate, leaf *pair) {
	t.Helper()
	now := time.Now()
	root, err := newRoot(now)
	if err != nil {
		t.Fatal(err)
	}
	if intermediate, err = root.intermediate(now); err != nil {
		t.Fatal(err)
	}
	tmpl := template("example.org", now, leafDays)
	tmpl.DNSNames = []string{"example.org"}
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if leaf, err = issue(tmpl, intermediate); err != nil {
		t.Fatal(err)
	}
	return root, intermediate, leaf
}

func TestConstraintHolds(t *testing.T) {
	root, intermediate, leaf := impostor(t)
	opts := x509.VerifyOptions{DNSName: "example.org", Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	opts.Roots.AddCert(root.cert)
	opts.Intermediates.AddCert(intermediate.cert)
	if _, err := leaf.cert.Verify(opts); err == nil || !strings.Contains(err.Error(), "not permitted by any constraint") {
		t.Errorf("Verify(example.org) = %v; want refused by the name constraint", err)
	}
}

func TestConstraintHoldsForOpenSSL(t *testing.T) {
	requireTool(t, "openssl")
	root, intermediate, evil := impostor(t)
	good, err := intermediate.leaf(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string, p *pair) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, block("CERTIFICATE", p.cert.Raw), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	args := []string{"verify", "-CAfile", path("root", root), "-untrusted", path("intermediate", intermediate), "-purpose", "sslserver"}
	for _, tt := range []struct {
		file, host, want string
	}{
		{path("good", good), "localhost", "OK"},
		{path("evil", evil), "example.org", "permitted subtree violation"},
	} {
		out, _ := exec.CommandContext(t.Context(), "openssl", append(args, "-verify_hostname", tt.host, tt.file)...).CombinedOutput()
		if !strings.Contains(string(out), tt.want) {
			t.Errorf("openssl verify %s = %s; want %s", tt.host, out, tt.want)
		}
	}
}

// requireTool ends the test if an external program is missing: as a failure in
// CI, as a skip that names it elsewhere.
func requireTool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
}
