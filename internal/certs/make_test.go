package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issued certificates of the tests are valid for a year around this day.
var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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

// party is a certificate with its key.
type party struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newKey() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// issue makes a certificate signed by p, or by itself if p is nil. Change may
// alter the template: it begins as a server's certificate for a.example.
func (p *party) issue(name string, key crypto.Signer, change func(*x509.Certificate)) *party {
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             today.AddDate(0, -6, 0),
		NotAfter:              today.AddDate(0, 6, 0),
		DNSNames:              []string{"a.example"},
		IPAddresses:           []net.IP{net.IPv4(192, 0, 2, 1)},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if change != nil {
		change(t)
	}
	parent, signer := t, key
	if p != nil {
		parent, signer = p.cert, p.key
	}
	der := must(x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer))
	return &party{must(x509.ParseCertificate(der)), key}
}

func asCA(t *x509.Certificate) {
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
	t.DNSNames, t.IPAddresses, t.ExtKeyUsage = nil, nil, nil
}

// newChain returns a root, an intermediate below it, and a server below that.
func newChain() (root, intermediate, leaf *party) {
	root = (*party)(nil).issue("root", newKey(), asCA)
	intermediate = root.issue("intermediate", newKey(), asCA)
	return root, intermediate, intermediate.issue("server", newKey(), nil)
}

// certPEM renders the certificates of the parties.
func certPEM(parties ...*party) []byte {
	var out []byte
	for _, p := range parties {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})...)
	}
	return out
}

func keyPEM(key crypto.Signer) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
}

// write puts content into dir/name, for the owner only, and returns the path.
func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pairFiles writes the pair of p, with extra certificates, into a new folder.
func pairFiles(t testing.TB, p *party, extra ...*party) Files {
	t.Helper()
	dir := t.TempDir()
	return Files{
		Cert: write(t, dir, "cert.pem", certPEM(append([]*party{p}, extra...)...)),
		Key:  write(t, dir, "key.pem", keyPEM(p.key)),
	}
}

// source is the source of the files that [MPP] names.
func (f Files) source() Source { return Request{MPP: f}.Source() }

// matches reports whether err contains each part of text that | separates, or is
// nil if text is empty.
func matches(err error, text string) bool {
	if err == nil || text == "" {
		return err == nil && text == ""
	}
	for part := range strings.SplitSeq(text, "|") {
		if !strings.Contains(err.Error(), part) {
			return false
		}
	}
	return true
}

// brief renders findings as "level section.key" for comparison.
func brief(findings []Finding) string {
	var b []string
	for _, f := range findings {
		b = append(b, f.Level.String()+" "+f.Section+"."+f.Key)
	}
	return strings.Join(b, "; ")
}
