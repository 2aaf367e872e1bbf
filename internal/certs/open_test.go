package certs

import (
	"errors"
	"testing"

	"appserver/internal/keyfile"
)

func TestParsePair(t *testing.T) {
	file := testPKCS12(t, "openssl3")
	pair, err := ParsePair(file, file, secret)
	if err != nil {
		t.Fatal(err)
	}
	if !pair.Certificate.Leaf.Equal(pkcs12Server(t)) || pair.Certificate.PrivateKey == nil {
		t.Errorf("ParsePair = the certificate of %v; want the server's, with its key", pair.Certificate.Leaf.Subject)
	}
	if _, err := ParsePair(file, file, "wrong"); !errors.Is(err, keyfile.ErrPassPhraseWrong) {
		t.Errorf("ParsePair with a wrong pass phrase: %v", err)
	}
	if _, err := ParsePair(make([]byte, maxFile+1), nil, ""); err == nil {
		t.Error("ParsePair takes files of any length")
	}
}
