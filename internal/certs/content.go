package certs

import (
	"bytes"
	"crypto/x509"
	"strings"
)

// contentError says that a file holds something else than it should.
type contentError struct {
	key   bool   // the key's file, else the certificate's
	noKey bool   // the file is well, but there is no key in it
	what  string // goes after the file's name
	mend  string // %s stands for the file's name
}

func (e *contentError) Error() string { return "certs: file " + e.what }

// hint returns how to mend the file at path.
func (e *contentError) hint(path string) string { return strings.ReplaceAll(e.mend, "%s", path) }

const (
	certFromDER = "convert it: openssl x509 -inform DER -in %s -out FILE"
	keyFromDER  = "convert it: openssl pkey -inform DER -in %s -out FILE"
	fromPKCS12  = "convert it: openssl pkcs12 -in %s -noenc -out FILE" + oldPKCS12
	fromJKS     = "convert it: keytool -importkeystore -srckeystore %s -destkeystore FILE.p12 -deststoretype PKCS12; chmod 600 FILE.p12"

	// oldPKCS12 goes after a command of openssl.
	oldPKCS12 = " (with -legacy if openssl refuses it)"
)

// foreign recognises data in formats other than PEM, and no data; nil for all else. Key says
// that a key is wanted.
func foreign(data []byte, key bool) error {
	pick := func(ifCert, ifKey string) string {
		if key {
			return ifKey
		}
		return ifCert
	}
	e := &contentError{key: key}
	switch {
	case len(bytes.TrimSpace(trimBOM(data))) == 0:
		e.what, e.mend = "is empty", pick("put the certificate into it, in PEM or PKCS#12", "put the private key into it, in PEM or PKCS#12")
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}), bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		e.what, e.mend = "is a Java keystore (JKS, JCEKS), not PEM or PKCS#12", fromJKS
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		e.what, e.mend = "is text in UTF-16", "save it as ASCII or UTF-8"
	case isPKCS12(data):
		e.what, e.mend = "is PKCS#12 (.pfx, .p12), not PEM", fromPKCS12
	case isDER(data):
		e.what, e.mend = "is in DER, not PEM", pick(certFromDER, keyFromDER)
	default:
		return nil
	}
	return e
}

// isPKCS12 reports whether data begins like RFC 7292's PFX: a sequence, with a
// length of whatever form, of the version, 3, and another sequence. So it
// recognises files in BER too, which encoding/asn1 does not read.
func isPKCS12(data []byte) bool {
	rest, ok := bytes.CutPrefix(data, []byte{0x30})
	if !ok || len(rest) == 0 {
		return false
	}
	length := 1
	if rest[0] > 0x80 {
		length += int(rest[0] & 0x7F)
	}
	return len(rest) > length && bytes.HasPrefix(rest[length:], []byte{0x02, 0x01, 0x03, 0x30})
}

// isDER reports whether data is a certificate or a key without PEM around it.
func isDER(data []byte) bool {
	if len(data) == 0 || data[0] != 0x30 {
		return false
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return true
	}
	if _, err := parseEncrypted(data); err == nil {
		return true
	}
	_, err := parsePlain(data)
	return err == nil
}

// trimBOM removes the mark that editors on Windows put before UTF-8; pem.Decode
// would overlook the first block behind it.
func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")) }
