package certs

import (
	"bytes"
	"errors"
	"testing"
)

func TestParseKeyForPrograms(t *testing.T) {
	want := must(ParseKey(testKey(t, "pkcs8.pem"), ""))
	for _, file := range []string{"pbes2-aes256-sha256.pem", "legacy-aes256.pem", "scrypt.pem"} {
		key, err := ParseKey(testKey(t, file), secret)
		if err != nil {
			t.Errorf("ParseKey(%s): %v", file, err)
			continue
		}
		if !bytes.Equal(keyPEM(key), keyPEM(want)) {
			t.Errorf("ParseKey(%s) is another key", file)
		}
	}
	if _, err := ParseKey(testKey(t, "scrypt.pem"), "wrong"); !errors.Is(err, errPassPhraseWrong) {
		t.Errorf("ParseKey with a wrong pass phrase: %v", err)
	}
}

func TestParsePKCS12(t *testing.T) {
	list, key, err := ParsePKCS12(testPKCS12(t, "openssl3"), secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || !list[0].Equal(pkcs12Server(t)) {
		t.Errorf("ParsePKCS12 gives %d certificates, the first of %v; want 3, the server's first", len(list), list[0].Subject)
	}
	if key == nil {
		t.Error("ParsePKCS12 gives no key")
	}
	if _, _, err := ParsePKCS12(testPKCS12(t, "openssl3"), "wrong"); !errors.Is(err, errPassPhraseWrong) {
		t.Errorf("ParsePKCS12 with a wrong pass phrase: %v", err)
	}
}

func TestParsePair(t *testing.T) {
	file := testPKCS12(t, "openssl3")
	pair, err := ParsePair(file, file, secret)
	if err != nil {
		t.Fatal(err)
	}
	if !pair.Certificate.Leaf.Equal(pkcs12Server(t)) || pair.Certificate.PrivateKey == nil {
		t.Errorf("ParsePair = the certificate of %v; want the server's, with its key", pair.Certificate.Leaf.Subject)
	}
	if _, err := ParsePair(file, file, "wrong"); !errors.Is(err, errPassPhraseWrong) {
		t.Errorf("ParsePair with a wrong pass phrase: %v", err)
	}
	if _, err := ParsePair(make([]byte, maxFile+1), nil, ""); err == nil {
		t.Error("ParsePair takes files of any length")
	}
}
