// Package keyfile reads private keys, and the certificates beside them, from the
// files that the tools of the world write: PEM and PKCS#12, plain or encrypted.
//
// What opening a file may cost is bounded before anything is computed, since the
// file names the cost itself. Errors say what a file is instead and how to
// convert it, and show nothing of pass phrases and keys.
package keyfile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// The errors of a pass phrase.
var (
	ErrPassPhraseNeeded = errors.New("the key is encrypted and needs a pass phrase")
	ErrPassPhraseWrong  = errors.New("the pass phrase is wrong")
)

// ParseKey returns the private key in PKCS#12, or the first one in PEM data. In
// PEM it reads PKCS#1, SEC 1 and PKCS#8, plain, with the encryption of RFC 1421
// headers ("Proc-Type: 4,ENCRYPTED"), or with PBES2 in limits. Encrypted says
// which, also with an error. Errors wrap ErrPassPhraseNeeded or
// ErrPassPhraseWrong, or are a *ContentError.
func ParseKey(data []byte, passPhrase string, limits Limits) (key crypto.Signer, encrypted bool, err error) {
	if IsPKCS12(data) {
		b, err := ParsePKCS12(data, passPhrase, limits)
		if err != nil {
			return nil, true, err
		}
		return b.Key, b.Encrypted, nil
	}
	if err := Foreign(data, true); err != nil {
		return nil, false, err
	}
	var types []string
	for b, rest := pem.Decode(TrimBOM(data)); b != nil; b, rest = pem.Decode(rest) {
		if strings.HasSuffix(b.Type, "PRIVATE KEY") {
			return parseKeyBlock(b, passPhrase, limits)
		}
		types = append(types, b.Type)
	}
	e := &ContentError{Key: true, NoKey: true, What: "holds no private key", Mend: "name a PEM file with a block -----BEGIN PRIVATE KEY-----"}
	if len(types) > 0 {
		e.What += ", but " + strings.Join(types, ", ")
	}
	return nil, false, e
}

func parseKeyBlock(b *pem.Block, passPhrase string, limits Limits) (key crypto.Signer, encrypted bool, err error) {
	switch {
	case b.Type == "OPENSSH PRIVATE KEY":
		return nil, false, &ContentError{Key: true, What: "is a key of OpenSSH", Mend: "convert a copy of it: ssh-keygen -p -m PKCS8 -f %s"}
	case b.Type == "DSA PRIVATE KEY":
		return nil, false, unsupportedKey("DSA")
	case b.Type == "ENCRYPTED PRIVATE KEY":
		info, err := parseEncrypted(b.Bytes)
		if err != nil {
			return nil, true, &ContentError{Key: true, What: fmt.Sprintf("holds an encrypted key that is not valid: %v", err)}
		}
		key, err := withPassPhrase(passPhrase, func(p string) (crypto.Signer, error) { return info.decrypt(p, limits) })
		return key, true, err
	case hasLegacyEncryption(b):
		key, err := withPassPhrase(passPhrase, func(p string) (crypto.Signer, error) { return decryptLegacy(b, p) })
		return key, true, err
	}
	key, err = parsePlain(b.Bytes)
	return key, false, err
}

// withPassPhrase opens a key with a pass phrase. The tools of old used the bytes
// of the terminal's code page, so one that is not ASCII is tried as UTF-8 and
// then as Latin-1, with which Windows-1252 agrees in all letters of Portuguese
// and Spanish.
func withPassPhrase(passPhrase string, open func(string) (crypto.Signer, error)) (crypto.Signer, error) {
	if passPhrase == "" {
		return nil, ErrPassPhraseNeeded
	}
	key, err := open(passPhrase)
	if !errors.Is(err, ErrPassPhraseWrong) {
		return key, err
	}
	western, ok := latin1(passPhrase)
	if !ok || western == passPhrase {
		return nil, err
	}
	return open(western)
}

// latin1 converts s from UTF-8; ok is false if a character has no place there.
func latin1(s string) (converted string, ok bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// hasLegacyEncryption reports whether b is encrypted as RFC 1421 headers say.
func hasLegacyEncryption(b *pem.Block) bool {
	return strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED")
}

// decryptLegacy opens a block with RFC 1421 encryption. It has no integrity
// check: a wrong pass phrase shows as bad padding or as a key that is no key.
func decryptLegacy(b *pem.Block, passPhrase string) (crypto.Signer, error) {
	//lint:ignore SA1019 operators have such files; weak encryption is theirs to replace, and reading it opens no attack here
	der, err := x509.DecryptPEMBlock(b, []byte(passPhrase))
	if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
		return nil, &ContentError{Key: true, What: fmt.Sprintf("holds an encrypted key that is not valid: %v", err),
			Mend: "write it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in %s -out FILE"}
	}
	if err != nil || !looksLikeKey(der) {
		return nil, ErrPassPhraseWrong
	}
	return parsePlain(der)
}

// parsePlain reads a private key in PKCS#1, SEC 1 or PKCS#8. It goes by the
// content, because labels lie: after the version comes an integer, an octet
// string or a sequence. The error is a *ContentError.
func parsePlain(der []byte) (crypto.Signer, error) {
	var head struct {
		Version int
		Second  asn1.RawValue
	}
	var key any
	_, err := asn1.Unmarshal(der, &head)
	switch {
	case err != nil:
	case head.Second.Tag == asn1.TagInteger:
		key, err = x509.ParsePKCS1PrivateKey(der)
	case head.Second.Tag == asn1.TagOctetString:
		key, err = x509.ParseECPrivateKey(der)
	default:
		key, err = x509.ParsePKCS8PrivateKey(der)
	}
	if err != nil {
		return nil, &ContentError{Key: true,
			What: "holds a private key that is not valid or of an unknown kind: " + strings.TrimPrefix(err.Error(), "x509: "),
			Mend: "use an RSA key, or an ECDSA key on P-256, P-384 or P-521; look at this one with: openssl pkey -noout -text -in %s"}
	}
	return usableKey(key)
}

// usableKey returns key if TLS can sign with it.
func usableKey(key any) (crypto.Signer, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return k, nil
		}
		return nil, unsupportedKey("ECDSA " + k.Params().Name)
	}
	return nil, unsupportedKey(fmt.Sprintf("%T", key))
}

// Signs returns an error if key cannot sign: crypto/rsa refuses short keys, and
// would do so in every handshake. The error is a *ContentError.
func Signs(key crypto.Signer) error {
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil
	}
	digest := sha256.Sum256(nil)
	if _, err := k.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		return &ContentError{Key: true, What: fmt.Sprintf("holds an RSA key of %d bits that cannot be used to sign: %v", k.N.BitLen(), err),
			Mend: "make a new certificate, for an RSA key of 2048 bits or an ECDSA key on P-256"}
	}
	return nil
}

func unsupportedKey(kind string) error {
	return &ContentError{Key: true, What: "holds a key of a kind that TLS cannot use here: " + kind,
		Mend: "use an RSA key, or an ECDSA key on P-256, P-384 or P-521"}
}

// SamePublicKey tells whether a and b are the same key.
func SamePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}
