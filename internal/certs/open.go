package certs

import (
	"crypto"
	"crypto/x509"
	"errors"
	"time"
)

// programLimits are what the key of a program's file may cost: a second at most.
var programLimits = limits{iterations: 1_000_000, memory: 65 << 20, work: 1 << 20}

// ParseKey returns the private key in PKCS#12, or the first one in PEM data, which
// may be encrypted with the pass phrase, in UTF-8. It is for files of programs: what
// would take longer than a second to decrypt is an error.
func ParseKey(data []byte, passPhrase string) (crypto.Signer, error) {
	key, _, err := parseKey(data, passPhrase, programLimits)
	return key, err
}

// ParsePKCS12 returns the certificates and the key of a PKCS#12 file, the certificate
// of the key first. It is for files of programs, as ParseKey is.
func ParsePKCS12(data []byte, passPhrase string) ([]*x509.Certificate, crypto.Signer, error) {
	b, err := openPKCS12(data, passPhrase, programLimits)
	if err != nil {
		return nil, nil, err
	}
	certs := b.certs
	for i, c := range certs {
		if pub, ok := b.key.Public().(interface{ Equal(crypto.PublicKey) bool }); ok && pub.Equal(c.PublicKey) {
			certs[0], certs[i] = certs[i], certs[0]
			break
		}
	}
	return certs, b.key, nil
}

// ParsePair returns the pair in the contents of two files, in PEM or PKCS#12, which may be
// the same: the certificate of the key, with those of its issuers that are there. It is
// for files of programs, as ParseKey is.
func ParsePair(cert, key []byte, passPhrase string) (*Pair, error) {
	if len(cert) > maxFile || len(key) > maxFile {
		return nil, errors.New("the file is longer than 1 MiB")
	}
	p, _, err := parsePair(cert, key, passPhrase, time.Now(), programLimits)
	return p, err
}
