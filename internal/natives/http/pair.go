package http

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// pair is a certificate with its key that a program shows to servers.
type pair struct {
	certificate *tls.Certificate
	sum         [sha256.Size]byte // of what it was made of
}

// maxPairs is how many pairs of files a client remembers, so that keys are not decrypted
// anew for each request.
const maxPairs = 64

// readPair reads the files with the names, below the root path. If both are empty there is
// none. The error is a failure, or one that the program sees.
func (st *state) readPair(t *vm.Thread, cert, key, passPhrase string) (*pair, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	switch {
	case st.client == nil:
		return nil, st.noClient
	case cert == "":
		return nil, failure("a key was named for the client, but no certificate")
	}
	certData, err := readFile(t, cert, "certificate")
	if err != nil {
		return nil, err
	}
	keyData := certData
	if key != "" {
		if keyData, err = readFile(t, key, "key"); err != nil {
			return nil, err
		}
	}
	return st.client.makePair(certData, keyData, lib.ToUTF8(passPhrase))
}

// readFile reads a file of the client's certificate.
func readFile(t *vm.Thread, name, what string) (string, error) {
	data, err := lib.ReadFile(t, name)
	if err == nil {
		return data, nil
	}
	if fault := new(vm.Error); errors.As(err, &fault) {
		return "", err
	}
	return "", failure("the file of the client's " + what + " cannot be read: " + err.Error())
}

// makePair returns the pair of what the files hold, which it makes if it is not known.
func (c *Client) makePair(cert, key, passPhrase string) (*pair, error) {
	sum := sumOf(cert, key, passPhrase)
	c.mu.Lock()
	known := c.pairs[sum]
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	certificate, err := c.o.KeyPair([]byte(cert), []byte(key), passPhrase)
	if err != nil {
		return nil, failure("the client's certificate cannot be used: " + err.Error())
	}
	p := &pair{certificate, sum}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pairs == nil || len(c.pairs) >= maxPairs {
		c.pairs = map[[sha256.Size]byte]*pair{}
	}
	c.pairs[sum] = p
	return p, nil
}

// sumOf is a sum of texts and of where each ends.
func sumOf(texts ...string) [sha256.Size]byte {
	h := sha256.New()
	for _, t := range texts {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(t)))) // hashes do not fail
		_, _ = h.Write([]byte(t))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
