package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"appserver/internal/keyfile"
)

// encode is the inverse of parseAuthority: PEM with the key, the root, and, after
// a takeover, the cross certificate and the old root.
func (a *authority) encode() ([]byte, error) {
	out, err := encodeKey(a.key)
	if err != nil {
		return nil, err
	}
	out = append(out, encodeCertificate(a.root.Raw)...)
	if a.cross != nil {
		out = append(out, encodeCertificate(a.cross.Raw)...)
		out = append(out, encodeCertificate(a.old.Raw)...)
	}
	return out, nil
}

// parseAuthority reads what encode writes. The order does not matter.
func parseAuthority(data []byte) (*authority, error) {
	a := &authority{}
	var others []*x509.Certificate
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		switch b.Type {
		case "PRIVATE KEY":
			if a.key != nil {
				return nil, errors.New("it holds more than one private key")
			}
			key, err := parseSigner(b.Bytes)
			if err != nil {
				return nil, err
			}
			a.key = key
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, err
			}
			others = append(others, c)
		}
	}
	if a.key == nil {
		return nil, errors.New("it holds no private key in PKCS#8")
	}
	return a, a.assign(others)
}

func parseSigner(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("its private key is damaged") // the cause may quote from it
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("its private key cannot sign")
	}
	return signer, nil
}

// assign gives the certificates of a file their parts.
func (a *authority) assign(certs []*x509.Certificate) error {
	for _, c := range certs {
		own, itself := keyfile.SamePublicKey(c.PublicKey, a.key.Public()), bytes.Equal(c.RawSubject, c.RawIssuer)
		part := &a.old
		switch {
		case own && itself:
			part = &a.root
		case own:
			part = &a.cross
		}
		if *part != nil {
			return fmt.Errorf("it holds two certificates for the same part: %s", c.Subject)
		}
		*part = c
	}
	switch {
	case a.root == nil:
		return errors.New("it holds no self-signed certificate for its private key")
	case (a.old == nil) != (a.cross == nil):
		return errors.New("of the authority before, it holds either the root or the cross certificate alone")
	case a.root.CheckSignatureFrom(a.root) != nil:
		return errors.New("its certificate is not that of an authority")
	case a.cross != nil && a.cross.CheckSignatureFrom(a.old) != nil:
		return errors.New("the authority before did not sign the cross certificate")
	}
	return nil
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
