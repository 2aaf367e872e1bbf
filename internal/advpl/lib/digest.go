package lib

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"strconv"

	"appserver/internal/advpl/vm"
)

var digestFuncs = table{
	"MD5":        md5Sum,
	"MD5FILE":    md5File,
	"SHA1":       sha1Sum,
	"SHA256":     sha256Sum,
	"SHA384":     sha384Sum,
	"SHA512":     sha512Sum,
	"EVPDIGEST":  evpDigest,
	"HMAC":       hmacSum,
	"MSCRC32":    msCRC32,
	"MSCRC32STR": msCRC32Str,
	"CRCCALC":    crcCalc,
}

// MD5(cText[, nKind = 2]) → the MD5 sum of cText: 16 bytes with nKind 1, else 32
// hexadecimal digits. Source: TDN.
func md5Sum(t *vm.Thread, a vm.Args) (vm.Value, error) { return sum("MD5", t, a, md5.New()) }

// SHA1(cText[, nKind = 2]) → the SHA-1 sum of cText: 20 bytes with nKind 1, else 40
// hexadecimal digits. Source: TDN.
func sha1Sum(t *vm.Thread, a vm.Args) (vm.Value, error) { return sum("SHA1", t, a, sha1.New()) }

// SHA256(cText[, nKind = 2]) → the SHA-256 sum of cText: 32 bytes with nKind 1, else 64
// hexadecimal digits. Source: TDN.
func sha256Sum(t *vm.Thread, a vm.Args) (vm.Value, error) { return sum("SHA256", t, a, sha256.New()) }

// SHA384(cText[, nKind = 2]) → the SHA-384 sum of cText: 48 bytes with nKind 1, else 96
// hexadecimal digits. Source: TDN.
func sha384Sum(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return sum("SHA384", t, a, sha512.New384())
}

// SHA512(cText[, nKind = 2]) → the SHA-512 sum of cText: 64 bytes with nKind 1, else 128
// hexadecimal digits. Source: TDN.
func sha512Sum(t *vm.Thread, a vm.Args) (vm.Value, error) { return sum("SHA512", t, a, sha512.New()) }

// sum returns the sum of the first argument, in the form that the second says.
func sum(fn string, t *vm.Thread, a vm.Args, h hash.Hash) (vm.Value, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optInt(fn, a, 1, 2)
	if err != nil {
		return vm.Value{}, err
	}
	return sumOf(t, h, s, kind)
}

// sumOf returns the sum of s in the form that kind says.
func sumOf(t *vm.Thread, h hash.Hash, s string, kind int) (vm.Value, error) {
	if err := hashText(t, h, s); err != nil {
		return vm.Value{}, err
	}
	return sumValue(h, kind), nil
}

// sumValue returns a sum: its bytes with kind 1, else hexadecimal digits.
func sumValue(h hash.Hash, kind int) vm.Value {
	b := h.Sum(nil)
	if kind == 1 {
		return vm.Str(string(b))
	}
	return vm.Str(hex.EncodeToString(b))
}

// hashPiece is how much is hashed between two polls.
const hashPiece = 64 << 10

// hashText adds s to a sum.
func hashText(t *vm.Thread, h io.Writer, s string) error {
	for len(s) > hashPiece {
		_, _ = h.Write([]byte(s[:hashPiece])) // hashes do not fail
		s = s[hashPiece:]
		if err := t.Poll(); err != nil {
			return err
		}
	}
	_, _ = h.Write([]byte(s))
	return nil
}

// MD5File(cFile[, nKind = 2]) → the MD5 sum of a file: 16 bytes with nKind 1, else 32
// hexadecimal digits; "" if the file cannot be read. Source: TDN.
func md5File(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("MD5FILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optInt("MD5FILE", a, 1, 2)
	if err != nil {
		return vm.Value{}, err
	}
	f, err := openFile(t, name, os.O_RDONLY)
	if err != nil {
		return vm.Str(""), nil
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, &polledReader{t, f}); err != nil {
		return vm.Str(""), t.Poll()
	}
	return sumValue(h, kind), nil
}

// polledReader ends with the error of Poll when the thread has to.
type polledReader struct {
	thread *vm.Thread
	source io.Reader
}

func (r *polledReader) Read(b []byte) (int, error) {
	if err := r.thread.Poll(); err != nil {
		return 0, err
	}
	return r.source.Read(b)
}

// evpHash returns a sum by its number in the EVP functions, or nil.
func evpHash(kind int) func() hash.Hash {
	switch kind {
	case 1:
		return md5.New
	case 3:
		return sha1.New
	case 4:
		return sha256.New224
	case 5:
		return sha256.New
	case 6:
		return sha512.New384
	case 7:
		return sha512.New
	}
	return nil
}

const evpKinds = "a sum: 1 MD5, 3 SHA1, 4 SHA224, 5 SHA256, 6 SHA384 or 7 SHA512"

// EVPDigest(cText, nKind) → the bytes of a sum of cText. nKind is 1 for MD5, 3 SHA-1, 4
// SHA-224, 5 SHA-256, 6 SHA-384, 7 SHA-512; 2, RIPEMD-160, and others are errors.
// Source: TDN.
func evpDigest(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("EVPDIGEST", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := argInt("EVPDIGEST", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	newHash := evpHash(kind)
	if newHash == nil {
		return vm.Value{}, vm.ArgError("EVPDIGEST", a, 1, evpKinds)
	}
	return sumOf(t, newHash(), s, 1)
}

// HMAC(cText, cKey, nHash[, nKind = 2[, nTextForm = 1[, nKeyForm = 1]]]) → the HMAC of cText:
// bytes with nKind 1, else hexadecimal digits. nHash is 1 for MD5, 3 SHA-1, 5 SHA-256, 7
// SHA-512; the forms are 1 for text, 2 base64, 3 hexadecimal digits. It is "" if text or key
// is not of its form; other numbers of a sum are errors. Source: TDN.
func hmacSum(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, okText, err := argForm("HMAC", t, a, 0, 4)
	if err != nil {
		return vm.Value{}, err
	}
	key, okKey, err := argForm("HMAC", t, a, 1, 5)
	if err != nil {
		return vm.Value{}, err
	}
	number, err := argInt("HMAC", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optInt("HMAC", a, 3, 2)
	if err != nil {
		return vm.Value{}, err
	}
	newHash := evpHash(number)
	if newHash == nil {
		return vm.Value{}, vm.ArgError("HMAC", a, 2, evpKinds)
	}
	if !okText || !okKey {
		return vm.Str(""), nil
	}
	return sumOf(t, hmac.New(newHash, []byte(key)), text, kind)
}

// argForm returns argument i, a string in the form that argument form says. ok is false if
// it is not of that form.
func argForm(fn string, t *vm.Thread, a vm.Args, i, form int) (s string, ok bool, err error) {
	if s, err = argText(fn, a, i); err != nil {
		return "", false, err
	}
	kind, err := optInt(fn, a, form, 1)
	if err != nil {
		return "", false, err
	}
	switch kind {
	case 1:
		return s, true, nil
	case 2, 3:
		if err := t.CheckString(len(s)); err != nil {
			return "", false, err
		}
	default:
		return "", false, vm.ArgError(fn, a, form, "a form: 1 text, 2 base64 or 3 hexadecimal")
	}
	if kind == 2 {
		b, err := base64.StdEncoding.DecodeString(s)
		return string(b), err == nil, nil
	}
	b, err := hex.DecodeString(s)
	return string(b), err == nil, nil
}

// MsCRC32(cText) → the CRC-32 of cText, a whole number of up to ten digits. Source: TDN.
func msCRC32(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := crc32Of("MSCRC32", t, a)
	return vm.Num(float64(n)), err
}

// MsCRC32Str(cText) → the CRC-32 of cText as decimal digits. Source: TDN; the form of the
// digits is decided here.
func msCRC32Str(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := crc32Of("MSCRC32STR", t, a)
	return vm.Str(strconv.FormatUint(uint64(n), 10)), err
}

func crc32Of(fn string, t *vm.Thread, a vm.Args) (uint32, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return 0, err
	}
	h := crc32.NewIEEE()
	err = hashText(t, h, s)
	return h.Sum32(), err
}

// CRCCalc(nAlgorithm, cText[, @cHex]) → the CRC of cText, 16 bits; cHex is set to its four
// hexadecimal digits. nAlgorithm is 2 for CRC-16, 3 Modbus, 4 Sick, and of CCITT 5 XModem, 6
// beginning with 0xFFFF, 7 with 0x1D0F, 8 Kermit; 9 is DNP. Those of 4, 8 and 9 come with their low
// byte first. Others are errors. Source: TDN; the order of bytes is decided here.
func crcCalc(t *vm.Thread, a vm.Args) (vm.Value, error) {
	number, err := argInt("CRCCALC", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, err := argText("CRCCALC", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	crc := newCRC16(number)
	if crc == nil {
		return vm.Value{}, vm.ArgError("CRCCALC", a, 0, "an algorithm, 2 to 9,")
	}
	if err := hashText(t, crc, s); err != nil {
		return vm.Value{}, err
	}
	sum := crc.sum()
	a.Set(2, vm.Str(hexUpper(string([]byte{byte(sum >> 8), byte(sum)}))))
	return vm.Int(int(sum)), nil
}
