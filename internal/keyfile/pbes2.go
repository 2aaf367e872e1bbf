package keyfile

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// Limits bound what opening one encrypted key may cost, since the file names the
// cost itself.
type Limits struct {
	iterations int // of PBKDF2; for PKCS#12, of all its parts together
	memory     int // of scrypt, bytes
	work       int // of scrypt, N·r·p, with N counted as cheapestN at least
}

// ForOperators let through what tools write, with room for the cautious: openssl
// uses 2,048 iterations, or 16 MiB and a work of 2^17. The memory is 256 MiB for
// scrypt's table, a power of two, and one more for its blocks.
var ForOperators = Limits{iterations: 10_000_000, memory: 257 << 20, work: 1 << 24}

// ForPrograms are what a file of a program may cost: a second at most.
var ForPrograms = Limits{iterations: 1_000_000, memory: 65 << 20, work: 1 << 20}

// cheapestN is the least N that counts in scrypt's work: below it, hashing the
// r·p blocks before and after costs more than mixing them.
const cheapestN = 16

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5958 section 3.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// parseEncrypted reads an EncryptedPrivateKeyInfo that fills der.
func parseEncrypted(der []byte) (*encryptedKey, error) {
	e := &encryptedKey{}
	if err := unmarshal(der, e); err != nil {
		return nil, err
	}
	return e, nil
}

// unmarshal is asn1.Unmarshal without rest.
func unmarshal(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("trailing data")
	}
	return err
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// prfs are PBKDF2's functions, by the last number under 1.2.840.113549.2.
var (
	oidHMAC = asn1.ObjectIdentifier{1, 2, 840, 113549, 2}
	prfs    = map[int]func() hash.Hash{7: sha1.New, 8: sha256.New224, 9: sha256.New, 10: sha512.New384, 11: sha512.New}
)

// hmacHash returns the hash of an HMAC, nil if it is not known.
func hmacHash(oid asn1.ObjectIdentifier) func() hash.Hash {
	if len(oid) != len(oidHMAC)+1 || !oid[:len(oidHMAC)].Equal(oidHMAC) {
		return nil
	}
	return prfs[oid[len(oidHMAC)]]
}

// ciphers are the block ciphers in CBC mode.
var ciphers = map[string]struct {
	keyLen int
	block  func([]byte) (cipher.Block, error)
}{
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
}

// decrypt opens the key. The error is ErrPassPhraseWrong or a *ContentError.
func (e *encryptedKey) decrypt(passPhrase string, limits Limits) (crypto.Signer, error) {
	if !e.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unsupportedEncryption(schemeName(e.Algorithm.Algorithm))
	}
	// PBES2-params, RFC 8018 appendix A.4.
	var params struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if err := unmarshal(e.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, unsupportedEncryption("PBES2 with parameters that are not valid")
	}
	c, ok := ciphers[params.Cipher.Algorithm.String()]
	if !ok {
		return nil, unsupportedEncryption("the cipher " + params.Cipher.Algorithm.String())
	}
	key, err := deriveKey(params.KDF, passPhrase, c.keyLen, limits)
	if err != nil {
		return nil, err
	}
	block, err := c.block(key)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if err := unmarshal(params.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != block.BlockSize() {
		return nil, unsupportedEncryption("an initialisation vector that is not valid")
	}
	der, ok := openCBC(block, iv, e.Data)
	if !ok || !looksLikeKey(der) {
		return nil, ErrPassPhraseWrong
	}
	return parsePlain(der)
}

// deriveKey turns the pass phrase into a key of n bytes.
func deriveKey(kdf pkix.AlgorithmIdentifier, passPhrase string, n int, limits Limits) ([]byte, error) {
	switch {
	case kdf.Algorithm.Equal(oidPBKDF2):
		return derivePBKDF2(kdf.Parameters.FullBytes, passPhrase, n, limits)
	case kdf.Algorithm.Equal(oidScrypt):
		return deriveScrypt(kdf.Parameters.FullBytes, passPhrase, n, limits)
	}
	return nil, unsupportedEncryption("the key derivation " + kdf.Algorithm.String())
}

// pbkdf2Params is PBKDF2-params of RFC 8018 appendix A.2.
type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"` // HMAC with SHA-1 if absent
}

func derivePBKDF2(der []byte, passPhrase string, n int, limits Limits) ([]byte, error) {
	var p pbkdf2Params
	if err := unmarshal(der, &p); err != nil || p.KeyLength != 0 && p.KeyLength != n {
		return nil, unsupportedEncryption("PBKDF2 with parameters that are not valid")
	}
	if p.Iterations < 1 || p.Iterations > limits.iterations {
		return nil, unsupportedEncryption(fmt.Sprintf("PBKDF2 with %d iterations (1 to %d are allowed)", p.Iterations, limits.iterations))
	}
	prf := prfs[7]
	if oid := p.PRF.Algorithm; oid != nil {
		if prf = hmacHash(oid); prf == nil {
			return nil, unsupportedEncryption("PBKDF2 with the function " + oid.String())
		}
	}
	return pbkdf2.Key(prf, passPhrase, p.Salt, p.Iterations, n)
}

func deriveScrypt(der []byte, passPhrase string, n int, limits Limits) ([]byte, error) {
	// scrypt-params, RFC 7914 section 7.
	var p struct {
		Salt      []byte
		N, R, P   int
		KeyLength int `asn1:"optional"`
	}
	if err := unmarshal(der, &p); err != nil || p.KeyLength != 0 && p.KeyLength != n || p.N < 2 || p.R < 1 || p.P < 1 {
		return nil, unsupportedEncryption("scrypt with parameters that are not valid")
	}
	// The memory is 128·r·(N+p+2) bytes: a table of N rows, p blocks and two rows
	// to mix in. Divisions, because products might overflow.
	rows := limits.memory / 128 / p.R
	if p.N > rows || p.P > rows-p.N-2 || p.P > limits.work/p.R/max(p.N, cheapestN) {
		return nil, unsupportedEncryption(fmt.Sprintf("scrypt with a cost that is too high (N=%d, r=%d, p=%d)", p.N, p.R, p.P))
	}
	key, err := scrypt.Key([]byte(passPhrase), p.Salt, p.N, p.R, p.P, n)
	if err != nil { // N is not a power of two
		return nil, unsupportedEncryption("scrypt with parameters that are not valid")
	}
	return key, nil
}

// openCBC decrypts data and removes the padding of RFC 8018 section 6.1.1; ok is
// false if that is not whole, which means a wrong key.
func openCBC(block cipher.Block, iv, data []byte) (plain []byte, ok bool) {
	size := block.BlockSize()
	if len(data) == 0 || len(data)%size != 0 {
		return nil, false
	}
	plain = make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size {
		return nil, false
	}
	body, padding := plain[:len(plain)-pad], plain[len(plain)-pad:]
	return body, bytes.Equal(padding, bytes.Repeat([]byte{byte(pad)}, pad))
}

// looksLikeKey reports whether der is one ASN.1 sequence that begins with a
// small integer, as every format of private keys does. After decryption with a
// wrong key it is not.
func looksLikeKey(der []byte) bool {
	var outer asn1.RawValue
	if err := unmarshal(der, &outer); err != nil || outer.Tag != asn1.TagSequence || !outer.IsCompound {
		return false
	}
	var version int
	_, err := asn1.Unmarshal(outer.Bytes, &version)
	return err == nil && version >= 0 && version <= 3
}

// schemeName names an encryption scheme other than PBES2.
func schemeName(oid asn1.ObjectIdentifier) string {
	switch s := oid.String(); {
	case strings.HasPrefix(s, "1.2.840.113549.1.5."):
		return "PBES1 (" + s + ")"
	case strings.HasPrefix(s, "1.2.840.113549.1.12.1."):
		return "PKCS#12's PBE (" + s + ")"
	default:
		return "the scheme " + s
	}
}

// unsupportedEncryption names the command with which OpenSSL 3, which has the
// ciphers of old in a provider of their own, writes the key anew.
func unsupportedEncryption(what string) error {
	return &ContentError{Key: true, What: "holds a key encrypted with " + what + ", which is not supported",
		Mend: "write it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in %s -out FILE (OpenSSL 1 does without the -provider options)"}
}
