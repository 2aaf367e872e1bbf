package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"strings"
)

// contentError says that a file holds something else than it should.
type contentError struct {
	key  bool   // the key's file, else the certificate's
	what string // goes after the file's name
	mend string // %s stands for the file's name
}

func (e *contentError) Error() string { return "certs: file " + e.what }

// hint returns how to mend the file at path.
func (e *contentError) hint(path string) string { return strings.ReplaceAll(e.mend, "%s", path) }

const (
	certFromDER    = "convert it: openssl x509 -inform DER -in %s -out FILE"
	keyFromDER     = "convert it: openssl pkey -inform DER -in %s -out FILE"
	certFromPKCS12 = "convert it: openssl pkcs12 -in %s -nokeys -out FILE (with -legacy if the file is old)"
	keyFromPKCS12  = "convert it: openssl pkcs12 -in %s -nocerts -noenc -out FILE (with -legacy if the file is old)"
	fromJKS        = "convert it: keytool -importkeystore -srckeystore %s -destkeystore FILE.p12 -deststoretype PKCS12, and then that with openssl pkcs12"
)

// foreign recognises data in formats other than PEM; nil for all else. Key says
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
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}):
		e.what, e.mend = "is a Java keystore (JKS), not PEM", fromJKS
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		e.what, e.mend = "is text in UTF-16", "save it as ASCII or UTF-8"
	case isPKCS12(data):
		e.what, e.mend = "is PKCS#12 (.pfx, .p12), not PEM", pick(certFromPKCS12, keyFromPKCS12)
	case isDER(data):
		e.what, e.mend = "is in DER, not PEM", pick(certFromDER, keyFromDER)
	default:
		return nil
	}
	return e
}

// isPKCS12 reports whether data begins like RFC 7292's PFX: a sequence of the
// version, 3, and a PKCS#7 content. The prefix is that of one in BER with
// indefinite lengths, which encoding/asn1 does not read.
func isPKCS12(data []byte) bool {
	if bytes.HasPrefix(data, []byte{0x30, 0x80, 0x02, 0x01, 0x03, 0x30}) {
		return true
	}
	var pfx struct {
		Version int
		Content asn1.RawValue
		MAC     asn1.RawValue `asn1:"optional"`
	}
	_, err := asn1.Unmarshal(data, &pfx)
	return err == nil && pfx.Version == 3 && pfx.Content.Tag == asn1.TagSequence
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
