package keyfile

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// The keys in testdata are one ECDSA key written by OpenSSL 3.0 in the formats
// that the file names tell, encrypted with "segredo"; cp1252.pem with "senção" in
// Windows-1252.
const secret = "segredo"

func testKey(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseKey(t *testing.T) {
	want, _, err := ParseKey(testKey(t, "pkcs8.pem"), "", ForOperators)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file, pass string
		encrypted  bool
		err        string
	}{
		{"sec1.pem", "", false, ""},
		{"sec1.pem", "not needed", false, ""},
		{"legacy-aes128.pem", secret, true, ""},
		{"legacy-aes256.pem", secret, true, ""},
		{"legacy-des3.pem", secret, true, ""},
		{"legacy-des3.pem", "", true, "needs a pass phrase"},
		{"legacy-des3.pem", "wrong", true, "pass phrase is wrong"},
		{"pbes2-aes256-sha256.pem", secret, true, ""},
		{"pbes2-aes128-sha512.pem", secret, true, ""},
		{"pbes2-aes192-sha224.pem", secret, true, ""},
		{"pbes2-aes192-sha384.pem", secret, true, ""},
		{"pbes2-des3-sha1.pem", secret, true, ""},
		{"pbes2-aes256-sha256.pem", "", true, "needs a pass phrase"},
		{"pbes2-aes256-sha256.pem", "wrong", true, "pass phrase is wrong"},
		{"scrypt.pem", secret, true, ""},
		{"scrypt.pem", "wrong", true, "pass phrase is wrong"},
		{"cp1252.pem", "senção", true, ""},
		{"cp1252.pem", "sençao", true, "pass phrase is wrong"},
		{"cp1252.pem", "日本", true, "pass phrase is wrong"},
		{"pkcs12pbe.pem", secret, true, "PKCS#12's PBE"},
		{"pbes1.pem", secret, true, "PBES1"},
		{"camellia.pem", secret, true, "the cipher 1.2.392"},
	}
	for _, tt := range tests {
		key, encrypted, err := ParseKey(testKey(t, tt.file), tt.pass, ForOperators)
		if !matches(err, tt.err) || encrypted != tt.encrypted {
			t.Errorf("ParseKey(%s, %q) = encrypted %t, %v; want %t, %q", tt.file, tt.pass, encrypted, err, tt.encrypted, tt.err)
		}
		if tt.err == "" && (key == nil || !SamePublicKey(key.Public(), want.Public())) {
			t.Errorf("ParseKey(%s) = another key", tt.file)
		}
		if (key == nil) != (err != nil) {
			t.Errorf("ParseKey(%s) = %v with error %v", tt.file, key, err)
		}
	}
}

// TestOpenSSLKeys reads every kind of key in every encryption that openssl here
// writes.
func TestOpenSSLKeys(t *testing.T) {
	requireTool(t, "openssl")
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	plain, file := filepath.Join(dir, "plain.pem"), filepath.Join(dir, "key.pem")
	for kind, gen := range map[string][]string{
		"RSA": {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}, "Ed25519": {"-algorithm", "ED25519"},
		"P-384": {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}, "P-521": {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
	} {
		run(append([]string{"genpkey", "-out", plain}, gen...)...)
		want, _, err := ParseKey(must(os.ReadFile(plain)), "", ForOperators)
		if err != nil {
			t.Errorf("%s, plain: %v", kind, err)
			continue
		}
		schemes := [][]string{{"-v2", "aes-256-cbc"}, {"-v2", "des3", "-v2prf", "hmacWithSHA1"}, {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"}, {"-scrypt"}}
		for _, scheme := range schemes {
			run(append([]string{"pkcs8", "-topk8", "-in", plain, "-out", file, "-passout", "pass:" + secret}, scheme...)...)
			key, encrypted, err := ParseKey(must(os.ReadFile(file)), secret, ForOperators)
			if err != nil || !encrypted || !SamePublicKey(key.Public(), want.Public()) {
				t.Errorf("%s, %v: encrypted %t, %v; want the same key", kind, scheme, encrypted, err)
			}
		}
	}
}

func TestParseKeyOtherContent(t *testing.T) {
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	x25519 := must(ecdh.X25519().GenerateKey(rand.Reader))
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(newKey()))
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	utf8BOM := append([]byte("\xEF\xBB\xBF"), keyPEM(newKey())...)
	tests := []struct {
		name string
		data []byte
		err  string
	}{
		{"empty", nil, "is empty"},
		{"certificate", block("CERTIFICATE", nil), "no private key, but CERTIFICATE"},
		{"public key", block("PUBLIC KEY", nil), "no private key, but PUBLIC KEY"},
		{"parameters first", append(block("EC PARAMETERS", []byte{5, 0}), keyPEM(newKey())...), ""},
		{"byte order mark", utf8BOM, ""},
		{"UTF-16", []byte("\xFF\xFE-\x00-\x00"), "UTF-16"},
		{"wrong label", block("RSA PRIVATE KEY", pkcs8), ""},
		{"DER", pkcs8, "is in DER"},
		{"P-224", keyPEM(p224), "ECDSA P-224"},
		{"X25519", block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(x25519))), "kind that TLS cannot use"},
		{"OpenSSH", block("OPENSSH PRIVATE KEY", nil), "OpenSSH"},
		{"DSA", block("DSA PRIVATE KEY", []byte{0x30, 0}), "DSA"},
		{"JKS", []byte("\xFE\xED\xFE\xED\x00\x00\x00\x02"), "Java keystore"},
		{"JCEKS", []byte("\xCE\xCE\xCE\xCE\x00\x00\x00\x02"), "Java keystore"},
		{"PKCS#12 in BER", []byte("\x30\x80\x02\x01\x03\x30\x80"), "PKCS#12"},
		{"broken", block("PRIVATE KEY", []byte{0x30, 0x03, 0x02, 0x01, 0x00}), "not valid"},
		{"broken, encrypted", block("ENCRYPTED PRIVATE KEY", []byte{0x30, 0x00}), "not valid"},
	}
	for _, tt := range tests {
		if _, _, err := ParseKey(tt.data, secret, ForOperators); !matches(err, tt.err) {
			t.Errorf("%s: ParseKey = %v; want %q", tt.name, err, tt.err)
		}
	}
}

// params builds an encrypted key with the derivation that the test gives.
func params(t testing.TB, oid asn1.ObjectIdentifier, kdf any) *encryptedKey {
	t.Helper()
	type algorithm struct {
		OID    asn1.ObjectIdentifier
		Params any
	}
	der := must(asn1.Marshal(struct {
		Alg struct {
			OID    asn1.ObjectIdentifier
			Params struct{ KDF, Cipher algorithm }
		}
		Data []byte
	}{
		Alg: struct {
			OID    asn1.ObjectIdentifier
			Params struct{ KDF, Cipher algorithm }
		}{oidPBES2, struct{ KDF, Cipher algorithm }{
			algorithm{oid, kdf}, algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, make([]byte, 16)},
		}},
		Data: make([]byte, 32),
	}))
	e, err := parseEncrypted(der)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestLimits: a file cannot make the server work for long, nor panic.
func TestLimits(t *testing.T) {
	type pbkdf struct {
		Salt []byte
		N    int
	}
	type scr struct {
		Salt    []byte
		N, R, P int
	}
	salt := []byte("salt")
	tests := []struct {
		name string
		oid  asn1.ObjectIdentifier
		kdf  any
		err  string
	}{
		{"few iterations", oidPBKDF2, pbkdf{salt, 1}, "pass phrase is wrong"},
		{"no iteration", oidPBKDF2, pbkdf{salt, 0}, "with 0 iterations"},
		{"negative iterations", oidPBKDF2, pbkdf{salt, -5}, "with -5 iterations"},
		{"too many iterations", oidPBKDF2, pbkdf{salt, 10_000_001}, "10000001 iterations (1 to 10000000"},
		{"huge", oidPBKDF2, pbkdf{salt, math.MaxInt}, "iterations"},
		{"scrypt", oidScrypt, scr{salt, 16, 1, 1}, "pass phrase is wrong"},
		{"scrypt not a power of two", oidScrypt, scr{salt, 17, 1, 1}, "not valid"},
		{"scrypt r=0", oidScrypt, scr{salt, 16, 0, 1}, "not valid"},
		{"scrypt p=0", oidScrypt, scr{salt, 16, 1, 0}, "not valid"},
		{"scrypt memory", oidScrypt, scr{salt, 1 << 20, 8, 1}, "cost that is too high"},
		{"scrypt memory in blocks", oidScrypt, scr{salt, 2, 1, 1 << 23}, "cost that is too high"},
		{"scrypt memory in wide blocks", oidScrypt, scr{salt, 2, 1 << 20, 2}, "cost that is too high"},
		{"scrypt work in blocks", oidScrypt, scr{salt, 2, 1, 1<<20 + 1}, "cost that is too high"},
		{"scrypt work", oidScrypt, scr{salt, 1 << 17, 8, 64}, "cost that is too high"},
		{"scrypt overflow", oidScrypt, scr{salt, math.MaxInt, math.MaxInt, math.MaxInt}, "cost that is too high"},
		{"unknown derivation", asn1.ObjectIdentifier{1, 2, 3}, pbkdf{salt, 1}, "key derivation 1.2.3"},
	}
	for _, tt := range tests {
		_, err := params(t, tt.oid, tt.kdf).decrypt(secret, ForOperators)
		if !matches(err, tt.err) {
			t.Errorf("%s: decrypt = %v; want %q", tt.name, err, tt.err)
		}
	}
}

// TestScryptMemory: what scrypt allocates stays below the limit also if it is
// not N that is large, and a cost that just fits is let through.
func TestScryptMemory(t *testing.T) {
	const limit = 256 << 10
	small := Limits{iterations: 1, memory: limit, work: 1 << 16}
	tests := []struct {
		n, r, p int
		ok      bool
	}{
		{1000, 1, 1, false},    // not a power of two
		{2048, 1, 1, false},    // the table alone is the limit
		{1024, 1, 1022, false}, // memory fits, work does not
		{1024, 1, 64, true},
		{512, 1, 128, true},
		{512, 1, 129, false},
		{2, 1, 2044, true},
		{2, 1, 2045, false},
		{2, 1, 1 << 16, false},
		{2, 512, 1, false},
		{2, 256, 4, true},
		{2, 256, 5, false},
	}
	for _, tt := range tests {
		der := must(asn1.Marshal(struct {
			Salt    []byte
			N, R, P int
		}{[]byte("salt"), tt.n, tt.r, tt.p}))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := deriveScrypt(der, secret, 32, small)
		runtime.ReadMemStats(&after)
		if (err == nil) != tt.ok {
			t.Errorf("scrypt N=%d, r=%d, p=%d: %v; want accepted %t", tt.n, tt.r, tt.p, err, tt.ok)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > limit+limit/8 { // and small change
			t.Errorf("scrypt N=%d, r=%d, p=%d allocates %d bytes; the limit is %d", tt.n, tt.r, tt.p, got, limit)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	files, err := filepath.Glob("testdata/*.pem")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data := testKey(f, file[len("testdata/"):])
		f.Add(data, secret)
		if b, _ := pem.Decode(data); b != nil {
			f.Add(b.Bytes, secret)
		}
	}
	for _, name := range []string{"openssl3", "plain", "ber"} {
		f.Add(testPKCS12(f, name), secret)
	}
	small := Limits{iterations: 4096, memory: 1 << 20, work: 1 << 14}
	f.Fuzz(func(t *testing.T, data []byte, pass string) {
		check := func(data []byte) {
			key, _, err := ParseKey(data, pass, small)
			if (key == nil) != (err != nil) {
				t.Fatalf("ParseKey = %v, %v", key, err)
			}
			if _, ok := errors.AsType[*ContentError](err); err != nil && !ok && !errors.Is(err, ErrPassPhraseNeeded) && !errors.Is(err, ErrPassPhraseWrong) {
				t.Fatalf("ParseKey error is a %T: %v", err, err)
			}
		}
		check(data)
		check(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: data}))
	})
}

func TestOpenCBCRefuses(t *testing.T) {
	block := must(ciphers["2.16.840.1.101.3.4.1.2"].block(make([]byte, 16)))
	for _, n := range []int{0, 1, 15, 17} {
		if _, ok := openCBC(block, make([]byte, 16), bytes.Repeat([]byte{1}, n)); ok {
			t.Errorf("openCBC of %d bytes = ok; want refused", n)
		}
	}
}

func TestParseKeyForPrograms(t *testing.T) {
	parse := func(file, passPhrase string) (crypto.Signer, error) {
		key, _, err := ParseKey(testKey(t, file), passPhrase, ForPrograms)
		return key, err
	}
	want := must(parse("pkcs8.pem", ""))
	for _, file := range []string{"pbes2-aes256-sha256.pem", "legacy-aes256.pem", "scrypt.pem"} {
		key, err := parse(file, secret)
		if err != nil {
			t.Errorf("ParseKey(%s): %v", file, err)
			continue
		}
		if !bytes.Equal(keyPEM(key), keyPEM(want)) {
			t.Errorf("ParseKey(%s) is another key", file)
		}
	}
	if _, err := parse("scrypt.pem", "wrong"); !errors.Is(err, ErrPassPhraseWrong) {
		t.Errorf("ParseKey with a wrong pass phrase: %v", err)
	}
}
