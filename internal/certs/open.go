package certs

import (
	"errors"
	"time"

	"appserver/internal/keyfile"
)

// ParsePair returns the pair in the contents of two files, in PEM or PKCS#12, which may be
// the same: the certificate of the key, with those of its issuers that are there. It is
// for files of programs: what would take longer than a second to decrypt is an error.
func ParsePair(cert, key []byte, passPhrase string) (*Pair, error) {
	if len(cert) > maxFile || len(key) > maxFile {
		return nil, errors.New("the file is longer than 1 MiB")
	}
	p, _, err := parsePair(cert, key, passPhrase, time.Now(), keyfile.ForPrograms)
	return p, err
}
