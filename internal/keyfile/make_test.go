package keyfile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

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

// issue makes a certificate signed by p, or by itself if p is nil.
func (p *party) issue(name string, key crypto.Signer) *party {
	now := time.Now()
	t := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: true}
	parent, signer := t, key
	if p != nil {
		parent, signer = p.cert, p.key
	}
	der := must(x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer))
	return &party{must(x509.ParseCertificate(der)), key}
}

// newChain returns a root, an intermediate below it, and a server below that.
func newChain() (root, intermediate, leaf *party) {
	root = (*party)(nil).issue("root", newKey())
	intermediate = root.issue("intermediate", newKey())
	return root, intermediate, intermediate.issue("server", newKey())
}

func keyPEM(key crypto.Signer) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
}

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
