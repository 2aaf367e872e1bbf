package keyfile

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
)

// MaxCertificates is how many certificates one file may hold: more is not a
// chain but somebody's trust store.
const MaxCertificates = 32

// ContentError says that a file holds something else than it should.
type ContentError struct {
	Key   bool   // the key's file, else the certificate's
	NoKey bool   // the file is well, but there is no key in it
	What  string // goes after the file's name
	Mend  string // %s stands for the file's name
}

func (e *ContentError) Error() string { return "file " + e.What }

// Hint returns how to mend the file at path.
func (e *ContentError) Hint(path string) string { return strings.ReplaceAll(e.Mend, "%s", path) }

const (
	certFromDER = "convert it: openssl x509 -inform DER -in %s -out FILE"
	keyFromDER  = "convert it: openssl pkey -inform DER -in %s -out FILE"
	fromPKCS12  = "convert it: openssl pkcs12 -in %s -noenc -out FILE" + OldPKCS12
	fromJKS     = "convert it: keytool -importkeystore -srckeystore %s -destkeystore FILE.p12 -deststoretype PKCS12; chmod 600 FILE.p12"

	// OldPKCS12 goes after a command of openssl.
	OldPKCS12 = " (with -legacy if openssl refuses it)"
)

// Foreign recognises data in formats other than PEM, and no data; nil for all else. Key says
// that a key is wanted.
func Foreign(data []byte, key bool) error {
	pick := func(ifCert, ifKey string) string {
		if key {
			return ifKey
		}
		return ifCert
	}
	e := &ContentError{Key: key}
	switch {
	case len(bytes.TrimSpace(TrimBOM(data))) == 0:
		e.What, e.Mend = "is empty", pick("put the certificate into it, in PEM or PKCS#12", "put the private key into it, in PEM or PKCS#12")
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}), bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		e.What, e.Mend = "is a Java keystore (JKS, JCEKS), not PEM or PKCS#12", fromJKS
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		e.What, e.Mend = "is text in UTF-16", "save it as ASCII or UTF-8"
	case IsPKCS12(data):
		e.What, e.Mend = "is PKCS#12 (.pfx, .p12), not PEM", fromPKCS12
	case isDER(data):
		e.What, e.Mend = "is in DER, not PEM", pick(certFromDER, keyFromDER)
	default:
		return nil
	}
	return e
}

// OfCertificate returns err, which ParsePKCS12 has returned, as one of the certificate's file.
func OfCertificate(err error) error {
	if e, ok := errors.AsType[*ContentError](err); ok {
		moved := *e
		moved.Key = false
		return &moved
	}
	if e, ok := errors.AsType[*PKCS12PassPhraseError](err); ok {
		return &PKCS12PassPhraseError{Cert: true, err: e.err}
	}
	return err
}

// IsPKCS12 reports whether data begins like RFC 7292's PFX: a sequence, with a
// length of whatever form, of the version, 3, and another sequence. So it
// recognises files in BER too, which encoding/asn1 does not read.
func IsPKCS12(data []byte) bool {
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

// TrimBOM removes the mark that editors on Windows put before UTF-8; pem.Decode
// would overlook the first block behind it.
func TrimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")) }
