package keyfile

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
	"unicode/utf16"
)

// password is a pass phrase in the forms that PKCS#12 uses.
type password struct {
	text string // for PBES2, in UTF-8
	bmp  []byte // for the rest: UTF-16, big endian, ended by a zero (RFC 7292 appendix B.1)
}

// passwords returns the forms in which tools may have used a pass phrase: an
// empty one also as none at all, and one that is not ASCII also as OpenSSL up to
// 1.0 did, which took every byte for a character.
func passwords(text string) []password {
	list := []password{{text, bmpString(text)}}
	if text == "" {
		return append(list, password{})
	}
	if bytewise := fromLatin1(text); bytewise != text {
		list = append(list, password{bytewise, bmpString(bytewise)})
	}
	return list
}

// fromLatin1 takes every byte of s for a character.
func fromLatin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func bmpString(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = append(b, byte(u>>8), byte(u))
	}
	return b
}

// pkcs12MAC is MacData of RFC 7292 section 4; its zero value is none.
type pkcs12MAC struct {
	Digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Value     []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

var (
	oidPBMAC1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidSHA1   = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
)

// macHashes are the hashes of a MAC.
var macHashes = map[string]func() hash.Hash{
	oidSHA1.String():         sha1.New,
	"2.16.840.1.101.3.4.2.1": sha256.New,
	"2.16.840.1.101.3.4.2.2": sha512.New384,
	"2.16.840.1.101.3.4.2.3": sha512.New,
	"2.16.840.1.101.3.4.2.4": sha256.New224,
}

// pbmac1Params is PBMAC1-params of RFC 8018 appendix A.5.
type pbmac1Params struct{ KDF, MAC pkix.AlgorithmIdentifier }

// turns returns the iterations that the check takes. The error is a
// *ContentError.
func (m *pkcs12MAC) turns() (int, error) {
	alg := m.Digest.Algorithm
	if !alg.Algorithm.Equal(oidPBMAC1) {
		if macHashes[alg.Algorithm.String()] == nil {
			return 0, unsupportedPKCS12("is PKCS#12 sealed with %s", alg.Algorithm)
		}
		return m.Iterations, nil
	}
	var params pbmac1Params
	if err := unmarshal(alg.Parameters.FullBytes, &params); err != nil {
		return 0, notDER(err)
	}
	kdf, err := readPBKDF2(params.KDF)
	if err != nil {
		return 0, err
	}
	// RFC 9579 section 4 demands a length. Shorter keys could be guessed, and
	// longer ones cost more than the iterations tell.
	if kdf.KeyLength < 20 || kdf.KeyLength > 64 || hmacHash(params.MAC.Algorithm) == nil {
		return 0, unsupportedPKCS12("is PKCS#12 sealed with PBMAC1 of %s and a key of %d bytes", params.MAC.Algorithm, kdf.KeyLength)
	}
	return kdf.Iterations, nil
}

// opens reports whether m, which turns has checked, is the MAC of content under
// the password.
func (m *pkcs12MAC) opens(content []byte, pass password, limits Limits) (bool, error) {
	alg := m.Digest.Algorithm
	if !alg.Algorithm.Equal(oidPBMAC1) {
		h := macHashes[alg.Algorithm.String()]
		return hmac.Equal(m.Digest.Value, seal(h, macKey(h, m.Salt, pass.bmp, m.Iterations), content)), nil
	}
	var params pbmac1Params
	var kdf pbkdf2Params
	if err := unmarshal(alg.Parameters.FullBytes, &params); err != nil {
		return false, notDER(err)
	}
	if err := unmarshal(params.KDF.Parameters.FullBytes, &kdf); err != nil {
		return false, notDER(err)
	}
	key, err := deriveKey(params.KDF, pass.text, kdf.KeyLength, limits)
	if err != nil {
		return false, err
	}
	return hmac.Equal(m.Digest.Value, seal(hmacHash(params.MAC.Algorithm), key, content)), nil
}

func seal(h func() hash.Hash, key, content []byte) []byte {
	mac := hmac.New(h, key)
	mac.Write(content)
	return mac.Sum(nil)
}

// macKey derives the key of a MAC, RFC 7292 appendix B.2 with ID 3. As the key
// is as long as the hash, only the first round of that is needed.
func macKey(newHash func() hash.Hash, salt, password []byte, iterations int) []byte {
	h := newHash()
	h.Write(bytes.Repeat([]byte{3}, h.BlockSize()))
	h.Write(fill(salt, h.BlockSize()))
	h.Write(fill(password, h.BlockSize()))
	key := h.Sum(nil)
	for range iterations - 1 {
		h.Reset()
		h.Write(key)
		key = h.Sum(key[:0])
	}
	return key
}

// fill repeats b up to a multiple of n bytes; nothing stays nothing.
func fill(b []byte, n int) []byte {
	size := (len(b) + n - 1) / n * n
	return bytes.Repeat(b, size/max(1, len(b))+1)[:size]
}

// sealPKCS12 returns a file of bags that are not encrypted and of one encrypted
// part, unless that is the zero value. Its MAC takes one iteration.
func sealPKCS12(bags []asn1.RawValue, part asn1.RawValue, pass password) ([]byte, error) {
	plain, err := asn1.Marshal(bags)
	if err != nil {
		return nil, err
	}
	if plain, err = asn1.Marshal(dataInfo{oidData, plain}); err != nil {
		return nil, err
	}
	parts := []asn1.RawValue{{FullBytes: plain}}
	if part.FullBytes != nil {
		parts = append(parts, part)
	}
	content, err := asn1.Marshal(parts)
	if err != nil {
		return nil, err
	}
	mac := pkcs12MAC{Iterations: 1}
	mac.Digest.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}
	mac.Digest.Value = seal(sha1.New, macKey(sha1.New, nil, pass.bmp, 1), content)
	return asn1.Marshal(struct {
		Version  int
		AuthSafe dataInfo
		MAC      pkcs12MAC
	}{3, dataInfo{oidData, content}, mac})
}

// dataInfo is a contentInfo of the type data.
type dataInfo struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"tag:0,explicit"`
}

// keyBag returns the bags of a key that is not encrypted.
func keyBag(key crypto.Signer) ([]asn1.RawValue, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	bag, err := asn1.Marshal(struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}{oidKeyBag, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}})
	return []asn1.RawValue{{FullBytes: bag}}, err
}
