package keyfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// testPKCS12 returns a file of testdata/pkcs12, see the README there.
func testPKCS12(t testing.TB, name string) []byte {
	t.Helper()
	return testKey(t, filepath.Join("pkcs12", name+".p12"))
}

func pkcs12Server(t testing.TB) *x509.Certificate {
	t.Helper()
	b, _ := pem.Decode(testKey(t, filepath.Join("pkcs12", "server.crt")))
	return must(x509.ParseCertificate(b.Bytes))
}

func TestParsePKCS12(t *testing.T) {
	server := pkcs12Server(t)
	tests := []struct {
		file, pass string
		certs      int // in the file
		err        string
	}{
		{"openssl3", secret, 3, ""},
		{"openssl3", "", 0, "needs a pass phrase"},
		{"openssl3", "wrong", 0, "pass phrase is wrong"},
		{"openssl3", "sençao", 0, "pass phrase is wrong"},
		{"openssl3", "日本", 0, "pass phrase is wrong"},
		{"legacy", secret, 3, ""},
		{"legacy", "wrong", 0, "pass phrase is wrong"},
		{"emptypass", "", 3, ""},
		{"emptypass", secret, 0, "pass phrase is wrong"},
		{"sha384", secret, 3, ""},
		{"sha384", "wrong", 0, "pass phrase is wrong"},
		{"nomac", secret, 3, ""},
		{"nomac", "wrong", 0, "pass phrase is wrong"},
		{"nomac", "", 0, "needs a pass phrase"},
		{"plain", "", 3, ""},
		{"plain", "not needed", 3, ""},
		{"keytool", secret, 3, ""},
		{"keytool-legacy", secret, 3, ""},
		{"keytool-legacy", "wrong", 0, "pass phrase is wrong"},
		{"twokeys", secret, 0, "2 private keys"},
		{"nokey", secret, 0, "shows no private key"},
		{"camellia", secret, 0, "the cipher 1.2.392"},
		{"ber", secret, 0, "another encoding than DER"},
	}
	for _, tt := range tests {
		data := testPKCS12(t, tt.file)
		if !IsPKCS12(data) {
			t.Errorf("IsPKCS12(%s) = false; want true", tt.file)
		}
		b, err := ParsePKCS12(data, tt.pass, ForOperators)
		if !matches(err, tt.err) || (b == nil) != (err != nil) {
			t.Errorf("ParsePKCS12(%s, %q) = %v, %v; want %q", tt.file, tt.pass, b, err, tt.err)
			continue
		}
		if err != nil {
			continue
		}
		if len(b.Certs) != tt.certs || !SamePublicKey(b.Key.Public(), server.PublicKey) || b.Encrypted != (tt.file != "plain") {
			t.Errorf("ParsePKCS12(%s) = %v, encrypted %t; want %d certificates and the key of %s", tt.file, b.Certs, b.Encrypted, tt.certs, server.Subject)
		}
		if !b.Certs[0].Equal(server) {
			t.Errorf("ParsePKCS12(%s) does not begin with the certificate of the key", tt.file)
		}
	}
}

// TestPKCS12Encodings reads what go-pkcs12 writes, with every kind of key.
func TestPKCS12Encodings(t *testing.T) {
	root, mid, leaf := newChain()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parties := []*party{leaf, mid.issue("rsa", must(rsa.GenerateKey(rand.Reader, 2048))), mid.issue("ed25519", ed)}
	encoders := map[string]*pkcs12.Encoder{
		"RC2": pkcs12.LegacyRC2, "DES": pkcs12.LegacyDES, "2023": pkcs12.Modern2023, "2026": pkcs12.Modern2026, "plain": pkcs12.Passwordless,
	}
	for name, e := range encoders {
		for _, pass := range []string{"", secret, "senção €"} {
			if name == "plain" {
				pass = ""
			}
			for _, p := range parties {
				data := must(e.Encode(p.key, p.cert, []*x509.Certificate{mid.cert, root.cert}, pass))
				b, err := ParsePKCS12(data, pass, ForOperators)
				if err != nil || len(b.Certs) != 3 || !SamePublicKey(b.Key.Public(), p.key.Public()) {
					t.Errorf("ParsePKCS12 of %s, %s, %q = %v, %v; want the pair", name, p.cert.Subject, pass, b, err)
				}
				if _, err := ParsePKCS12(data, "wrong", ForOperators); name != "plain" && !errors.Is(err, ErrPassPhraseWrong) {
					t.Errorf("ParsePKCS12 of %s, %s with a wrong pass phrase = %v", name, p.cert.Subject, err)
				}
			}
		}
	}
	// OpenSSL up to 1.0 took the bytes of a terminal in UTF-8 for characters.
	bytewise := must(pkcs12.LegacyRC2.Encode(leaf.key, leaf.cert, nil, "sen\u00c3\u00a7o"))
	if _, err := ParsePKCS12(bytewise, "senço", ForOperators); err != nil {
		t.Errorf("ParsePKCS12 with a pass phrase used byte by byte = %v", err)
	}
}

func TestPKCS12UnusableKey(t *testing.T) {
	leaf := (*party)(nil).issue("server", newKey())
	x25519 := must(ecdh.X25519().GenerateKey(rand.Reader))
	data := must(pkcs12.Modern2023.Encode(x25519, leaf.cert, nil, secret))
	if _, err := ParsePKCS12(data, secret, ForOperators); !matches(err, "kind that TLS cannot use") {
		t.Errorf("ParsePKCS12 with an X25519 key = %v", err)
	}
}

func TestPKCS12TooManyCertificates(t *testing.T) {
	root, _, leaf := newChain()
	var more []*x509.Certificate
	for range MaxCertificates {
		more = append(more, root.issue("other", newKey()).cert)
	}
	data := must(pkcs12.Modern2023.Encode(leaf.key, leaf.cert, more, secret))
	if _, err := ParsePKCS12(data, secret, ForOperators); !matches(err, "more than 32 certificates") {
		t.Errorf("ParsePKCS12 with 33 certificates = %v", err)
	}
	data = must(pkcs12.Modern2023.Encode(leaf.key, leaf.cert, more[1:], secret))
	if _, err := ParsePKCS12(data, secret, ForOperators); err != nil {
		t.Errorf("ParsePKCS12 with 32 certificates = %v", err)
	}
}

// TestPKCS12Cost: what the file demands is refused before any of it is done.
func TestPKCS12Cost(t *testing.T) {
	data := testPKCS12(t, "openssl3")
	turns := []byte{0x02, 0x02, 0x08, 0x00} // 2048, for certificates, key and MAC
	if n := bytes.Count(data, turns); n != 3 {
		t.Fatalf("openssl3.p12 has %d counts of iterations; want 3", n)
	}
	limit := func(n int) Limits { return Limits{iterations: n} }
	if _, err := ParsePKCS12(data, secret, limit(3*2048)); err != nil {
		t.Errorf("ParsePKCS12 within the limit = %v", err)
	}
	if _, err := ParsePKCS12(data, secret, limit(3*2048-1)); !matches(err, "more than 6143 iterations in all") {
		t.Errorf("ParsePKCS12 beyond the limit = %v; want the limit named", err)
	}
	for from := 0; ; {
		i := bytes.Index(data[from:], turns)
		if i < 0 {
			break
		}
		from += i + len(turns)
		for _, n := range [][]byte{{0x7F, 0xFF}, {0x80, 0x00}} {
			hostile := bytes.Clone(data)
			copy(hostile[from-2:], n)
			if _, err := ParsePKCS12(hostile, secret, limit(30_000)); !matches(err, "iterations") {
				t.Errorf("ParsePKCS12 with count %x at %d = %v; want it refused", n, from, err)
			}
		}
	}
}

func TestPKCS12MACCost(t *testing.T) {
	f, err := readPKCS12(testPKCS12(t, "openssl3"), ForOperators)
	if err != nil {
		t.Fatal(err)
	}
	pbmac1 := func(turns, length int, kdf, hash asn1.ObjectIdentifier) pkcs12MAC {
		type algorithm struct {
			OID    asn1.ObjectIdentifier
			Params any
		}
		var m pkcs12MAC
		m.Iterations = 1
		m.Digest.Algorithm.Algorithm = oidPBMAC1
		m.Digest.Algorithm.Parameters.FullBytes = must(asn1.Marshal(struct {
			KDF algorithm
			MAC pkix.AlgorithmIdentifier
		}{algorithm{kdf, struct {
			Salt          []byte
			Turns, Length int
		}{[]byte("salt"), turns, length}}, pkix.AlgorithmIdentifier{Algorithm: hash}}))
		return m
	}
	hmacSHA256 := asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	changed := func(change func(*pkcs12MAC)) pkcs12MAC { m := f.mac; change(&m); return m }
	tests := []struct {
		name string
		mac  pkcs12MAC
		err  string
	}{
		{"2^31", changed(func(m *pkcs12MAC) { m.Iterations = math.MaxInt32 }), "iterations"},
		{"most", changed(func(m *pkcs12MAC) { m.Iterations = math.MaxInt }), "iterations"},
		{"none", changed(func(m *pkcs12MAC) { m.Iterations = 0 }), "iterations"},
		{"negative", changed(func(m *pkcs12MAC) { m.Iterations = -1 }), "iterations"},
		{"unknown hash", changed(func(m *pkcs12MAC) { m.Digest.Algorithm.Algorithm = oidData }), "sealed with 1.2.840.113549.1.7.1"},
		{"PBMAC1", pbmac1(1000, 32, oidPBKDF2, hmacSHA256), "pass phrase is wrong"},
		{"PBMAC1 2^31", pbmac1(math.MaxInt32, 32, oidPBKDF2, hmacSHA256), "iterations"},
		{"PBMAC1 short key", pbmac1(1, 1, oidPBKDF2, hmacSHA256), "a key of 1 bytes"},
		{"PBMAC1 without length", pbmac1(1, 0, oidPBKDF2, hmacSHA256), "a key of 0 bytes"},
		{"PBMAC1 long key", pbmac1(1, math.MaxInt, oidPBKDF2, hmacSHA256), fmt.Sprintf("a key of %d bytes", math.MaxInt)},
		{"PBMAC1 with scrypt", pbmac1(1, 32, oidScrypt, hmacSHA256), "key derivation"},
		{"PBMAC1 unknown", pbmac1(1, 32, oidPBKDF2, oidData), "PBMAC1 of 1.2.840.113549.1.7.1"},
		{"PBMAC1 without parameters", changed(func(m *pkcs12MAC) {
			m.Digest.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidPBMAC1}
		}), "damaged"},
	}
	for _, tt := range tests {
		data := must(asn1.Marshal(struct {
			Version  int
			AuthSafe dataInfo
			MAC      pkcs12MAC
		}{3, dataInfo{oidData, f.content}, tt.mac}))
		if _, err := ParsePKCS12(data, secret, ForOperators); !matches(err, tt.err) {
			t.Errorf("%s: ParsePKCS12 = %v; want %q", tt.name, err, tt.err)
		}
	}
}

// testPBES2 returns an encryption with a fixed key of AES-256 in this many turns.
func testPBES2(turns int) pkix.AlgorithmIdentifier {
	type algorithm struct {
		OID    asn1.ObjectIdentifier
		Params any
	}
	return pkix.AlgorithmIdentifier{Algorithm: oidPBES2, Parameters: asn1.RawValue{FullBytes: must(asn1.Marshal(struct{ KDF, Cipher algorithm }{
		algorithm{oidPBKDF2, struct {
			Salt  []byte
			Turns int
			PRF   pkix.AlgorithmIdentifier
		}{[]byte("salt"), turns, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}}}},
		algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, make([]byte, 16)},
	}))}}
}

// encryptedPart returns the part of a file in which the bags are encrypted in one
// turn.
func encryptedPart(bags ...asn1.RawValue) asn1.RawValue {
	plain := must(asn1.Marshal(bags))
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block := must(aes.NewCipher(must(pbkdf2.Key(sha256.New, secret, []byte("salt"), 1, 32))))
	cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(plain, plain)
	data := must(asn1.Marshal(struct {
		Version int
		Info    struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Content   []byte `asn1:"tag:0"`
		}
	}{0, struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   []byte `asn1:"tag:0"`
	}{oidData, testPBES2(1), plain}}))
	return asn1.RawValue{FullBytes: must(asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{oidEncryptedData, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: data}}))}
}

func bag(kind asn1.ObjectIdentifier, value any) asn1.RawValue {
	return asn1.RawValue{FullBytes: must(asn1.Marshal(struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}{kind, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: must(asn1.Marshal(value))}}))}
}

func certBag(c *x509.Certificate) asn1.RawValue {
	return bag(oidCertBag, struct {
		Type asn1.ObjectIdentifier
		Cert []byte `asn1:"tag:0,explicit"`
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}, c.Raw})
}

// withoutMAC returns a file of these parts.
func withoutMAC(parts ...asn1.RawValue) []byte {
	return must(asn1.Marshal(struct {
		Version  int
		AuthSafe dataInfo
	}{3, dataInfo{oidData, must(asn1.Marshal(parts))}}))
}

// withMAC is withoutMAC with a seal.
func withMAC(bmp []byte, parts ...asn1.RawValue) []byte {
	content := must(asn1.Marshal(parts))
	mac := pkcs12MAC{Iterations: 1, Salt: []byte("salt")}
	mac.Digest.Algorithm.Algorithm = oidSHA1
	mac.Digest.Value = seal(sha1.New, macKey(sha1.New, mac.Salt, bmp, 1), content)
	return must(asn1.Marshal(struct {
		Version  int
		AuthSafe dataInfo
		MAC      pkcs12MAC
	}{3, dataInfo{oidData, content}, mac}))
}

func plainPart(bags ...asn1.RawValue) asn1.RawValue {
	return asn1.RawValue{FullBytes: must(asn1.Marshal(dataInfo{oidData, must(asn1.Marshal(bags))}))}
}

// TestPKCS12HiddenKey: a key whose cost cannot be seen, because it is inside of
// an encrypted part, is not decrypted, wherever in the file that is. If it were,
// the test would not end.
func TestPKCS12HiddenKey(t *testing.T) {
	root, mid, leaf := newChain()
	key := must(keyBag(leaf.key))[0]
	hidden := bag(oidEncryptedKeyBag, encryptedKey{testPBES2(math.MaxInt), make([]byte, 32)})
	tests := []struct {
		name  string
		parts []asn1.RawValue
		certs int
		err   string
	}{
		{"nothing hidden", []asn1.RawValue{encryptedPart(certBag(leaf.cert), certBag(mid.cert)), plainPart(key)}, 2, ""},
		{"several parts", []asn1.RawValue{encryptedPart(certBag(mid.cert)), plainPart(certBag(root.cert)), encryptedPart(certBag(leaf.cert)), plainPart(key)}, 3, ""},
		{"before", []asn1.RawValue{encryptedPart(hidden, certBag(leaf.cert)), plainPart(key)}, 0, "cannot be read"},
		{"after", []asn1.RawValue{plainPart(key, certBag(leaf.cert)), encryptedPart(certBag(leaf.cert), hidden)}, 0, "cannot be read"},
		{"third part", []asn1.RawValue{plainPart(key), encryptedPart(certBag(leaf.cert)), encryptedPart(certBag(mid.cert), hidden)}, 0, "cannot be read"},
		{"alone", []asn1.RawValue{encryptedPart(hidden, certBag(leaf.cert))}, 0, "shows no private key"},
		{"seen", []asn1.RawValue{plainPart(hidden, certBag(leaf.cert))}, 0, "iterations"},
		{"no certificate", []asn1.RawValue{plainPart(key)}, 0, "cannot be read: certificate missing"},
		{"other bags", []asn1.RawValue{plainPart(bag(oidData, 7), key, bag(oidData, 7), certBag(leaf.cert))}, 1, ""},
		{"too many parts", append(repeated(encryptedPart(certBag(leaf.cert)), maxPKCS12Parts+1), plainPart(key)), 0, "more than 32 parts"},
		{"nothing", nil, 0, "without a private key"},
		{"public-key encryption", []asn1.RawValue{{FullBytes: must(asn1.Marshal(dataInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}, nil}))}}, 0, "encrypted for a certificate"},
	}
	for _, tt := range tests {
		b, err := ParsePKCS12(withMAC(bmpString(secret), tt.parts...), secret, ForOperators)
		if !matches(err, tt.err) || err == nil && len(b.Certs) != tt.certs {
			t.Errorf("%s: ParsePKCS12 = %+v, %v; want %d certificates, %q", tt.name, b, err, tt.certs, tt.err)
		}
		if _, err := ParsePKCS12(withoutMAC(tt.parts...), secret, ForOperators); (err == nil) != (tt.err == "") {
			t.Errorf("%s: ParsePKCS12 without MAC = %v; want %q", tt.name, err, tt.err)
		}
	}
}

// TestPKCS12NoPassPhrase: none at all, as certtool --null-password writes it, is
// opened by an empty one.
func TestPKCS12NoPassPhrase(t *testing.T) {
	_, _, leaf := newChain()
	key := must(keyBag(leaf.key))[0]
	for _, bmp := range [][]byte{nil, bmpString("")} {
		data := withMAC(bmp, plainPart(key, certBag(leaf.cert)))
		if _, err := ParsePKCS12(data, "", ForOperators); err != nil {
			t.Errorf("ParsePKCS12 sealed with %x = %v; want it opened by an empty pass phrase", bmp, err)
		}
		if _, err := ParsePKCS12(data, "x", ForOperators); !errors.Is(err, ErrPassPhraseWrong) {
			t.Errorf("ParsePKCS12 sealed with %x with another pass phrase = %v", bmp, err)
		}
	}
}

func repeated(part asn1.RawValue, n int) (parts []asn1.RawValue) {
	for range n {
		parts = append(parts, part)
	}
	return parts
}

func TestIsPKCS12(t *testing.T) {
	der := testPKCS12(t, "openssl3")
	for n := range len(der) {
		IsPKCS12(der[:n]) // must not panic
	}
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(newKey()))
	for name, tt := range map[string]struct {
		data []byte
		want bool
	}{
		"short length":      {[]byte("\x30\x08\x02\x01\x03\x30\x03"), true},
		"long length":       {[]byte("\x30\x82\x01\x00\x02\x01\x03\x30"), true},
		"indefinite":        {[]byte("\x30\x80\x02\x01\x03\x30\x80"), true},
		"indefinite inside": {[]byte("\x30\x82\x01\x00\x02\x01\x03\x30\x80"), true},
		"version 0":         {pkcs8, false},
		"certificate":       {pkcs12Server(t).Raw, false},
		"length alone":      {[]byte("\x30\xFF\x02\x01\x03\x30"), false},
		"empty":             {nil, false},
		"text":              {[]byte("0\x80"), false},
	} {
		if got := IsPKCS12(tt.data); got != tt.want {
			t.Errorf("%s: IsPKCS12 = %t; want %t", name, got, tt.want)
		}
	}
}

func TestBMPString(t *testing.T) {
	for text, want := range map[string]string{"": "\x00\x00", "aç": "\x00a\x00\xe7\x00\x00", "€": "\x20\xac\x00\x00", "😀": "\xd8\x3d\xde\x00\x00\x00"} {
		if got := string(bmpString(text)); got != want {
			t.Errorf("bmpString(%q) = %x; want %x", text, got, want)
		}
	}
}

func FuzzParsePKCS12(f *testing.F) {
	files, err := filepath.Glob("testdata/pkcs12/*.p12")
	if err != nil || len(files) == 0 {
		f.Fatalf("testdata: %v, %v", files, err)
	}
	for _, file := range files {
		f.Add(must(os.ReadFile(file)), secret)
	}
	f.Add(testPKCS12(f, "emptypass"), "")
	_, mid, leaf := newChain()
	f.Add(withoutMAC(encryptedPart(certBag(leaf.cert), certBag(mid.cert)), plainPart(must(keyBag(leaf.key))...)), secret)
	f.Add(must(pkcs12.Modern2026.Encode(leaf.key, leaf.cert, nil, "ç")), "ç")
	small := Limits{iterations: 8192}
	f.Fuzz(func(t *testing.T, data []byte, pass string) {
		b, err := ParsePKCS12(data, pass, small)
		if (b == nil) != (err != nil) {
			t.Fatalf("ParsePKCS12 = %v, %v", b, err)
		}
		if b != nil && (b.Key == nil || len(b.Certs) == 0 || len(b.Certs) > MaxCertificates) {
			t.Fatalf("ParsePKCS12 = %+v; want a key and certificates", b)
		}
		_, content := errors.AsType[*ContentError](err)
		if _, phrase := errors.AsType[*PKCS12PassPhraseError](err); err != nil && !content && !phrase {
			t.Fatalf("ParsePKCS12 error is a %T: %v", err, err)
		}
	})
}
