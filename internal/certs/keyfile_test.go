package certs

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files are those of package keyfile, encrypted with this.
const (
	keyFiles = "../keyfile/testdata"
	secret   = "segredo"
)

// testKey returns one of keyFiles.
func testKey(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(keyFiles, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// testPKCS12 returns one of them in PKCS#12, see the README there.
func testPKCS12(t testing.TB, name string) []byte {
	t.Helper()
	return testKey(t, filepath.Join("pkcs12", name+".p12"))
}

func pkcs12Server(t testing.TB) *x509.Certificate {
	t.Helper()
	b, _ := pem.Decode(testKey(t, filepath.Join("pkcs12", "server.crt")))
	return must(x509.ParseCertificate(b.Bytes))
}

// TestErrorsKeepSecrets: no error shows a pass phrase.
func TestErrorsKeepSecrets(t *testing.T) {
	const phrase = "hunter2-hunter2"
	files := append(must(filepath.Glob(keyFiles+"/*.pem")), must(filepath.Glob(keyFiles+"/pkcs12/*.p12"))...)
	if len(files) < 20 {
		t.Fatalf(keyFiles+": %v", files)
	}
	cert := write(t, t.TempDir(), "cert.pem", certPEM((*party)(nil).issue("server", newKey(), nil)))
	for _, file := range files {
		_, findings, err := LoadFiles(Files{Cert: cert, Key: file, PassPhrase: phrase})
		text := brief(findings)
		if err != nil {
			text += err.Error()
		}
		for _, f := range findings {
			text += f.Message + f.Hint
		}
		if strings.Contains(text, phrase) {
			t.Errorf("%s: the pass phrase is in %q", file, text)
		}
	}
}
