package lib

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rc4"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"appserver/internal/advpl/vm"
)

var cipherFuncs = table{
	"AESENCRYPT": aesEncrypt,
	"AESDECRYPT": aesDecrypt,
	"RC4CRYPT":   rc4Crypt,
	"ARC4":       arc4,
}

// What AESEncrypt and AESDecrypt give as their first element.
const (
	aesDone = iota
	aesBadCipher
	aesBadKey
	aesBadIV
	aesBadText
)

// AESEncrypt(nCipher, cText[, cPassword[, cKey[, cIV]]]) → {nResult, cCipherText, cKey, cIV}, all
// of them bytes: cText encrypted with AES in CBC mode and the padding of PKCS#7. nCipher is 0
// for a key of 16 bytes, 1 of 24, 2 of 32. The key is made of cPassword if that is given, else
// it is cKey, else random; keep it for AESDecrypt, as other servers make another one of the
// same password. The vector has 16 bytes; without cIV it is random. nResult is 0; 1 if there is
// no such cipher, 2 or 3 if key or vector have another length: then the others are "".
// Source: TDN; numbers of results and the key of a password are decided here.
func aesEncrypt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	number, text, err := argCipher("AESENCRYPT", a)
	if err != nil {
		return vm.Value{}, err
	}
	password, err := optText("AESENCRYPT", a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	key, err := optText("AESENCRYPT", a, 3, "")
	if err != nil {
		return vm.Value{}, err
	}
	iv, err := optText("AESENCRYPT", a, 4, "")
	if err != nil {
		return vm.Value{}, err
	}
	size := aesKeySize(number)
	if size == 0 {
		return aesResult(t, aesBadCipher, "", "", "")
	}
	switch {
	case password != "":
		key = aesKeyOf(password, size)
	case key == "":
		key = randomText(size)
	}
	if iv == "" {
		iv = randomText(aes.BlockSize)
	}
	code, out, err := aesCrypt(t, text, key, iv, size, sealCBC)
	if err != nil || code != aesDone {
		key, iv = "", ""
	}
	if err != nil {
		return vm.Value{}, err
	}
	return aesResult(t, code, out, key, iv)
}

// AESDecrypt(nCipher, cCipherText, cKey, cIV) → {nResult, cText}: what AESEncrypt encrypted with
// the cipher, key and vector. nResult is 0; 1 if there is no such cipher, 2 or 3 if key or
// vector have another length, 4 if the text was not made with them: then cText is "".
// Source: TDN; numbers of results are decided here.
func aesDecrypt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	number, text, err := argCipher("AESDECRYPT", a)
	if err != nil {
		return vm.Value{}, err
	}
	key, err := argText("AESDECRYPT", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	iv, err := optText("AESDECRYPT", a, 3, "")
	if err != nil {
		return vm.Value{}, err
	}
	code, out := aesBadCipher, ""
	if size := aesKeySize(number); size != 0 {
		code, out, err = aesCrypt(t, text, key, iv, size, openCBC)
	}
	if err != nil {
		return vm.Value{}, err
	}
	return aesResult(t, code, out)
}

// argCipher returns number and text, the first two arguments.
func argCipher(fn string, a vm.Args) (number int, text string, err error) {
	if number, err = argInt(fn, a, 0); err != nil {
		return 0, "", err
	}
	text, err = argText(fn, a, 1)
	return number, text, err
}

// aesKeySize returns the bytes of a key for the cipher with the number, 0 if there is none.
func aesKeySize(number int) int {
	if number < 0 || number > 2 {
		return 0
	}
	return 16 + 8*number
}

// aesKeyOf makes a key of a password, the same one each time.
func aesKeyOf(password string, size int) string {
	const turns = 10_000
	key, err := pbkdf2.Key(sha256.New, password, []byte("AESEncrypt"), turns, size)
	if err != nil {
		return "" // only for sizes that do not occur
	}
	return string(key)
}

// randomText returns n random bytes.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it does not fail
	return string(b)
}

// aesCrypt has apply encrypt or decrypt text, if key and vector fit.
func aesCrypt(t *vm.Thread, text, key, iv string, size int,
	apply func(b cipher.Block, iv, text []byte) ([]byte, bool)) (code int, out string, err error) {
	if len(key) != size {
		return aesBadKey, "", nil
	}
	if len(iv) != aes.BlockSize {
		return aesBadIV, "", nil
	}
	if err := t.CheckString(2 * (len(text) + aes.BlockSize)); err != nil {
		return 0, "", err
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return aesBadKey, "", nil
	}
	b, ok := apply(block, []byte(iv), []byte(text))
	if !ok {
		return aesBadText, "", nil
	}
	return aesDone, string(b), nil
}

// sealCBC pads and encrypts text.
func sealCBC(b cipher.Block, iv, text []byte) ([]byte, bool) {
	n := b.BlockSize() - len(text)%b.BlockSize()
	text = append(text, bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(text, text)
	return text, true
}

// openCBC decrypts text and takes the padding away.
func openCBC(b cipher.Block, iv, text []byte) ([]byte, bool) {
	if len(text) == 0 || len(text)%b.BlockSize() != 0 {
		return nil, false
	}
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(text, text)
	n := int(text[len(text)-1])
	if n == 0 || n > b.BlockSize() {
		return nil, false
	}
	plain := text[:len(text)-n]
	return plain, bytes.Equal(text[len(plain):], bytes.Repeat([]byte{byte(n)}, n))
}

func aesResult(t *vm.Thread, code int, texts ...string) (vm.Value, error) {
	elems := []vm.Value{vm.Int(code)}
	for _, s := range texts {
		elems = append(elems, vm.Str(s))
	}
	h := hold{thread: t}
	return h.array(elems...)
}

// RC4Crypt(cText, cKey[, lHexResult = .T.[, lHexText = .F.]]) → cText encrypted, or decrypted, with
// RC4: as hexadecimal digits in capitals if lHexResult, else as bytes. With lHexText cText is
// such digits; if it is not it gives NIL. A key of no or more than 256 bytes is an error. RC4
// protects nothing any more. Source: TDN.
func rc4Crypt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	hexResult, err := optBool("RC4CRYPT", a, 2, true)
	if err != nil {
		return vm.Value{}, err
	}
	hexText, err := optBool("RC4CRYPT", a, 3, false)
	if err != nil {
		return vm.Value{}, err
	}
	b, ok, err := rc4Bytes("RC4CRYPT", t, a, hexText)
	if err != nil || !ok {
		return vm.Value{}, err
	}
	if hexResult {
		return newText(t, 2*len(b), func() string { return hexUpper(string(b)) })
	}
	return vm.Str(string(b)), nil
}

// ARC4(cText, cKey) → cText encrypted with RC4, as two hexadecimal digits a byte with hyphens
// between: "55-AB". A key of no or more than 256 bytes is an error. RC4 protects nothing any
// more. Source: TDN.
func arc4(t *vm.Thread, a vm.Args) (vm.Value, error) {
	b, _, err := rc4Bytes("ARC4", t, a, false)
	if err != nil || len(b) == 0 {
		return vm.Str(""), err
	}
	return newText(t, product(len(b), 3), func() string {
		var s strings.Builder
		s.Grow(3 * len(b))
		for i := range b {
			if i > 0 {
				s.WriteByte('-')
			}
			s.WriteString(hexUpper(string(b[i : i+1])))
		}
		return s.String()
	})
}

// rc4Bytes returns the first argument encrypted with the key in the second. ok is false if
// it is not hexadecimal digits, which it has to be if inHex.
func rc4Bytes(fn string, t *vm.Thread, a vm.Args, inHex bool) (b []byte, ok bool, err error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return nil, false, err
	}
	key, err := argText(fn, a, 1)
	if err != nil {
		return nil, false, err
	}
	c, err := rc4.NewCipher([]byte(key))
	if err != nil {
		return nil, false, vm.ArgError(fn, a, 1, "a key of 1 to 256 bytes")
	}
	if err := t.CheckString(2 * len(s)); err != nil {
		return nil, false, err
	}
	if b = []byte(s); inHex {
		if b, err = hex.DecodeString(s); err != nil {
			return nil, false, nil
		}
	}
	for rest := b; len(rest) > 0; {
		piece := rest[:min(len(rest), hashPiece)]
		c.XORKeyStream(piece, piece)
		rest = rest[len(piece):]
		if err := t.Poll(); err != nil {
			return nil, false, err
		}
	}
	return b, true, nil
}

// hexUpper returns the bytes of s as hexadecimal digits in capitals.
func hexUpper(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }
