package lib

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
	"appserver/internal/keyfile"
)

var certificateFuncs = table{
	"PEMINFO":     pemInfo,
	"PEMCERTPUB":  pemCertPub,
	"PFXINFO":     pfxInfo,
	"PFXCERT2PEM": pfxCert2PEM,
	"PFXCA2PEM":   pfxCA2PEM,
	"PFXKEY2PEM":  pfxKey2PEM,
	"PFX2PEM":     pfx2PEM,
}

// argFileData returns what a file holds that argument i names. The error is an *vm.Error or that
// of the file.
func argFileData(fn string, t *vm.Thread, a vm.Args, i int) ([]byte, error) {
	name, err := argText(fn, a, i)
	if err != nil {
		return nil, err
	}
	s, err := readFile(t, name)
	return []byte(s), err
}

// pfxFile is what a file in the format of PKCS#12 holds.
type pfxFile struct {
	certificates []*x509.Certificate // that of the key first
	key          crypto.Signer
}

// argPFX reads the file that the first argument names, with the password in argument pass.
func argPFX(fn string, t *vm.Thread, a vm.Args, pass int) (*pfxFile, error) {
	password, err := optText(fn, a, pass, "")
	if err != nil {
		return nil, err
	}
	data, err := argFileData(fn, t, a, 0)
	if err != nil {
		return nil, err
	}
	b, err := keyfile.ParsePKCS12(data, toUTF8(password), keyfile.ForPrograms)
	if err != nil {
		return nil, err
	}
	return &pfxFile{b.Certs, b.Key}, nil
}

// PEMInfo(cFile[, cPassword[, nHash = 3]]) → an array of the certificates in a PEM file: for each
// {nVersion, cSubject, cIssuer, cFrom, cTo, cSerial, cPrint64, cPrintHex}. nVersion is 2 for version 3,
// cFrom and cTo are as "Jan 2 15:04:05 2026 GMT", the prints are a sum of the certificate in base64
// and in hexadecimal digits: nHash is 3 for SHA-1, 4 SHA-224, 5 SHA-256, 6 SHA-384, 7 SHA-512.
// It is NIL if the file cannot be read. Source: TDN; forms of names and times are decided here.
func pemInfo(t *vm.Thread, a vm.Args) (vm.Value, error) {
	number, err := optInt("PEMINFO", a, 2, 3)
	if err != nil {
		return vm.Value{}, err
	}
	if number < 3 || number > 7 {
		return vm.Value{}, vm.ArgError("PEMINFO", a, 2, evpKinds)
	}
	data, err := argFileData("PEMINFO", t, a, 0)
	if err != nil {
		return vm.Value{}, vmError(err)
	}
	list, err := pemCertificates(data)
	if err != nil {
		return vm.Value{}, nil
	}
	return certificateArray(t, list, func(c *x509.Certificate) []vm.Value {
		h := evpHash(number)()
		_, _ = h.Write(c.Raw) // hashes do not fail
		sum := h.Sum(nil)
		return []vm.Value{
			vm.Str(strings.ToUpper(c.SerialNumber.Text(16))), vm.Str(base64.StdEncoding.EncodeToString(sum)), vm.Str(hex.EncodeToString(sum)),
		}
	})
}

// pemCertificates returns the certificates in data.
func pemCertificates(data []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE" && b.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// certificateArray returns an array of what is known of the certificates, with more behind it.
func certificateArray(t *vm.Thread, list []*x509.Certificate, more func(*x509.Certificate) []vm.Value) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for _, c := range list {
		elems := []vm.Value{
			vm.Int(c.Version - 1), vm.Str(pageText(c.Subject.String())), vm.Str(pageText(c.Issuer.String())),
			vm.Str(certificateTime(c.NotBefore)), vm.Str(certificateTime(c.NotAfter)),
		}
		if err := h.addRow(arr, append(elems, more(c)...)...); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

func certificateTime(at time.Time) string { return at.UTC().Format("Jan _2 15:04:05 2006 GMT") }

// PFXInfo(cFile[, cPassword]) → an array of the certificates in a PKCS#12 file, that of its key
// first: for each {nVersion, cSubject, cIssuer, cFrom, cTo} as in PEMInfo. It is NIL if the file cannot be
// read or the password is wrong. Source: TDN.
func pfxInfo(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argPFX("PFXINFO", t, a, 1)
	if err != nil {
		return vm.Value{}, vmError(err)
	}
	return certificateArray(t, f.certificates, func(*x509.Certificate) []vm.Value { return nil })
}

// PemCertPub(cCertificate[, cPassword]) → the first certificate, in PEM, of the PEM text or the file
// that cCertificate is or names; the password is that of a PKCS#12 file. It is "" if there is none.
// Source: TDN, which lets it be other things as well.
func pemCertPub(t *vm.Thread, a vm.Args) (vm.Value, error) {
	data, err := argPEM("PEMCERTPUB", t, a)
	if err != nil {
		return vm.Str(""), vmError(err)
	}
	list, err := pemCertificates(data)
	if len(list) == 0 {
		var f *pfxFile
		if f, err = argPFX("PEMCERTPUB", t, a, 1); err != nil {
			return vm.Str(""), vmError(err)
		}
		list = f.certificates
	}
	if err != nil || len(list) == 0 {
		return vm.Str(""), nil
	}
	return vm.Str(certificatesPEM(list[:1])), nil
}

// argPEM returns the PEM text that the first argument is, or what the file holds that it names.
func argPEM(fn string, t *vm.Thread, a vm.Args) ([]byte, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return nil, err
	}
	if strings.Contains(s, "-----BEGIN") {
		return []byte(s), nil
	}
	return argFileData(fn, t, a, 0)
}

func certificatesPEM(list []*x509.Certificate) string {
	var b strings.Builder
	for _, c := range list {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // it does not fail
	}
	return b.String()
}

// PFXCert2PEM(cFile, cTarget, @cError[, cPassword]) → whether the certificate of the key in a PKCS#12
// file was written to cTarget, in PEM. If not, cError says why. Source: TDN.
func pfxCert2PEM(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pfxTo("PFXCERT2PEM", t, a, func(f *pfxFile) (string, error) {
		return certificatesPEM(f.certificates[:1]), nil
	})
}

// PFXCA2PEM(cFile, cTarget, @cError[, cPassword]) → whether the certificates of authorities in a PKCS#12
// file were written to cTarget, in PEM. If not, cError says why. Source: TDN.
func pfxCA2PEM(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pfxTo("PFXCA2PEM", t, a, func(f *pfxFile) (string, error) {
		if len(f.certificates) < 2 {
			return "", errors.New("the file holds no certificate of an authority")
		}
		return certificatesPEM(f.certificates[1:]), nil
	})
}

// PFXKey2PEM(cFile, cTarget, @cError[, cPassword]) → whether the key in a PKCS#12 file was written to
// cTarget, in PEM, without encryption. If not, cError says why. Source: TDN.
func pfxKey2PEM(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pfxTo("PFXKEY2PEM", t, a, func(f *pfxFile) (string, error) { return keyPEM(f.key) })
}

// PFX2PEM(cFile, cTarget, @cError[, cPassword]) → whether key and certificates in a PKCS#12 file were
// written to cTarget, in PEM, the key without encryption. If not, cError says why. Source: TDN.
func pfx2PEM(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pfxTo("PFX2PEM", t, a, func(f *pfxFile) (string, error) {
		key, err := keyPEM(f.key)
		return key + certificatesPEM(f.certificates), err
	})
}

// keyPEM returns the key in PEM. RSA keys are in the form that all tools read.
func keyPEM(key crypto.Signer) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// pfxTo writes what part makes of a PKCS#12 file to the file that the second argument names,
// which only the server's user may read: it may hold the key.
func pfxTo(fn string, t *vm.Thread, a vm.Args, part func(*pfxFile) (string, error)) (vm.Value, error) {
	target, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	f, err := argPFX(fn, t, a, 3)
	text := ""
	if err == nil {
		text, err = part(f)
	}
	if err == nil {
		err = writeSecret(t, target, text)
	}
	return succeeded(a, 2, err)
}

// succeeded returns .T., or .F. if there is an error, which argument i is set to.
func succeeded(a vm.Args, i int, err error) (vm.Value, error) {
	if err == nil {
		return vm.Bool(true), nil
	}
	a.Set(i, vm.Str(faultText(err)))
	return vm.Bool(false), vmError(err)
}

// faultText returns the text of an error for programs.
func faultText(err error) string { return pageText(err.Error()) }
