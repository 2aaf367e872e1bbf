package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"appserver/internal/keyfile"
)

func TestArrange(t *testing.T) {
	root, mid, leaf := newChain()
	_, strangerMid, stranger := newChain()
	renewed := mid.issue("server", leaf.key, func(c *x509.Certificate) { c.NotAfter = today.AddDate(1, 0, 0) })
	expired := mid.issue("server", leaf.key, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = today.AddDate(-2, 0, 0), today.AddDate(-1, 0, 0) })
	future := mid.issue("server", leaf.key, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = today.AddDate(1, 0, 0), today.AddDate(9, 0, 0) })
	self := (*party)(nil).issue("self", newKey(), nil)
	selfMD5 := (*party)(nil).issue("self", newKey(), nil)
	selfMD5.cert.SignatureAlgorithm = x509.MD5WithRSA // cannot be checked
	ownCA := (*party)(nil).issue("erp.example", newKey(), asCA)
	underOwnCA := ownCA.issue("erp.example", newKey(), nil)
	sameName := (*party)(nil).issue("intermediate", newKey(), asCA)

	tests := []struct {
		name  string
		in    []*party
		of    *party
		chain []*party // nil = no certificate for the key
		root  *party
	}{
		{"in order", []*party{leaf, mid, root}, leaf, []*party{leaf, mid}, root},
		{"reversed", []*party{root, mid, leaf}, leaf, []*party{leaf, mid}, root},
		{"without root", []*party{mid, leaf}, leaf, []*party{leaf, mid}, nil},
		{"alone", []*party{leaf}, leaf, []*party{leaf}, nil},
		{"gap", []*party{leaf, root}, leaf, []*party{leaf}, nil},
		{"others among them", []*party{stranger, leaf, strangerMid, mid}, leaf, []*party{leaf, mid}, nil},
		{"namesake of the issuer", []*party{leaf, sameName, mid}, leaf, []*party{leaf, mid}, nil},
		{"twice", []*party{leaf, leaf, mid, mid}, leaf, []*party{leaf, mid}, nil},
		{"renewed", []*party{leaf, expired, renewed, mid}, leaf, []*party{renewed, mid}, nil},
		{"valid now before valid longer", []*party{future, leaf, mid}, leaf, []*party{leaf, mid}, nil},
		{"self-signed", []*party{self}, self, []*party{self}, self},
		{"self-signed in MD5", []*party{selfMD5}, selfMD5, []*party{selfMD5}, selfMD5},
		{"authority of the same name", []*party{underOwnCA, ownCA}, underOwnCA, []*party{underOwnCA}, ownCA},
		{"authority of the same name, first", []*party{ownCA, underOwnCA}, underOwnCA, []*party{underOwnCA}, ownCA},
		{"authority of the same name, elsewhere", []*party{underOwnCA}, underOwnCA, []*party{underOwnCA}, nil},
		{"none", []*party{mid, root}, leaf, nil, nil},
	}
	for _, tt := range tests {
		var certs []*x509.Certificate
		for _, p := range tt.in {
			certs = append(certs, p.cert)
		}
		chain, gotRoot := arrange(certs, tt.of.key.Public(), today)
		var want []*x509.Certificate
		for _, p := range tt.chain {
			want = append(want, p.cert)
		}
		if !sameCerts(chain, want) {
			t.Errorf("%s: chain = %v; want %v", tt.name, subjects(chain), subjects(want))
		}
		if (gotRoot == nil) != (tt.root == nil) || gotRoot != nil && !gotRoot.Equal(tt.root.cert) {
			t.Errorf("%s: root = %v; want %v", tt.name, gotRoot, tt.root)
		}
	}
}

// TestArrangeLoop: certificates that name each other as issuer end the walk.
func TestArrangeLoop(t *testing.T) {
	a, b := newKey(), newKey()
	aCA := (*party)(nil).issue("A", a, asCA)
	bCA := (*party)(nil).issue("B", b, asCA)
	aByB := bCA.issue("A", a, asCA)
	bByA := aCA.issue("B", b, asCA)
	chain, root := arrange([]*x509.Certificate{aByB.cert, bByA.cert}, a.Public(), today)
	if len(chain) != 2 || root != nil {
		t.Errorf("arrange of a loop = %v, %v; want the two once", subjects(chain), root)
	}
}

func subjects(certs []*x509.Certificate) []string {
	var s []string
	for _, c := range certs {
		s = append(s, c.Subject.String())
	}
	return s
}

func sameCerts(a, b []*x509.Certificate) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

func TestParseCertificates(t *testing.T) {
	_, mid, leaf := newChain()
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	crlf := bytes.ReplaceAll(certPEM(leaf, mid), []byte("\n"), []byte("\r\n"))
	tests := []struct {
		name string
		data []byte
		n    int
		err  string
	}{
		{"two", certPEM(leaf, mid), 2, ""},
		{"CRLF and byte order mark", append([]byte("\xEF\xBB\xBF"), crlf...), 2, ""},
		{"text between", append([]byte("subject=CN = server\n"), certPEM(leaf)...), 1, ""},
		{"key in front", append(keyPEM(leaf.key), certPEM(leaf)...), 1, ""},
		{"old label", block("X509 CERTIFICATE", leaf.cert.Raw), 1, ""},
		{"empty", nil, 0, "is empty"},
		{"blank", []byte("\xEF\xBB\xBF \r\n"), 0, "is empty"},
		{"key only", keyPEM(leaf.key), 0, "no certificate, but PRIVATE KEY"},
		{"request", block("CERTIFICATE REQUEST", nil), 0, "but CERTIFICATE REQUEST"},
		{"PKCS#7", block("PKCS7", nil), 0, "but PKCS7"},
		{"DER", leaf.cert.Raw, 0, "in DER"},
		{"damaged", block("CERTIFICATE", leaf.cert.Raw[:100]), 0, "not valid"},
		{"trust store", bytes.Repeat(certPEM(leaf), keyfile.MaxCertificates+1), 0, "more than 32"},
	}
	for _, tt := range tests {
		certs, err := parseCertificates(tt.data)
		if len(certs) != tt.n || !matches(err, tt.err) {
			t.Errorf("%s: parseCertificates = %d, %v; want %d, %q", tt.name, len(certs), err, tt.n, tt.err)
		}
	}
}

func FuzzParsePair(f *testing.F) {
	root, mid, leaf := newChain()
	f.Add(certPEM(root, mid, leaf), keyPEM(leaf.key))
	f.Add(leaf.cert.Raw, []byte("\x30\x80\x02\x01\x03\x30"))
	f.Add(testPKCS12(f, "plain"), testPKCS12(f, "plain"))
	f.Add(testPKCS12(f, "openssl3"), keyPEM(leaf.key))
	f.Add(certPEM(leaf), testPKCS12(f, "twokeys"))
	f.Add([]byte(strings.Repeat("-----BEGIN CERTIFICATE-----\n", 3)), []byte("-----BEGIN"))
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		p, _, err := parsePair(cert, key, "x", time.Time{}, keyfile.ForOperators)
		if (p == nil) != (err != nil) {
			t.Fatalf("parsePair = %v, %v", p, err)
		}
		if p != nil && (p.Certificate.Leaf == nil || !bytes.Equal(p.Certificate.Certificate[0], p.Certificate.Leaf.Raw)) {
			t.Fatal("the chain does not begin with the leaf")
		}
		if err != nil {
			for _, files := range []Files{{Cert: "c", Key: "k"}, {Cert: "c"}} {
				if fault := files.parseFault(err); fault == nil || len(Faults(fault)) != 1 {
					t.Fatalf("parseFault(%v) = %v", err, fault)
				}
			}
		}
	})
}
