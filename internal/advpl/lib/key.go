package lib

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"

	"appserver/internal/advpl/vm"
	"appserver/internal/keyfile"
)

var keyFuncs = table{
	"PRIVSIGNRSA": privSignRSA,
	"PRIVVERYRSA": privVeryRSA,
	"EVPPRIVSIGN": evpPrivSign,
	"EVPPRIVVERY": evpPrivVery,
	"ENCRYPTRSA":  encryptRSA,
	"DECRYPTRSA":  decryptRSA,
	"RSAMODULUS":  rsaModulus,
	"RSAEXPONENT": rsaExponent,
}

// argPrivateKey returns the private key in the PEM text or the file that the first argument is
// or names, encrypted with the password.
func argPrivateKey(fn string, t *vm.Thread, a vm.Args, password string) (crypto.Signer, error) {
	data, err := argPEM(fn, t, a)
	if err != nil {
		return nil, err
	}
	key, _, err := keyfile.ParseKey(data, toUTF8(password), keyfile.ForPrograms)
	return key, err
}

var errNoRSA = errors.New("the key is not one of RSA")

// argPrivateRSA is argPrivateKey for keys of RSA.
func argPrivateRSA(fn string, t *vm.Thread, a vm.Args, password string) (*rsa.PrivateKey, error) {
	key, err := argPrivateKey(fn, t, a, password)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, errNoRSA
}

// argPublicKey returns the public key in the PEM text or the file that the first argument is or
// names: of a certificate, or of a private key, which may be encrypted with the password.
func argPublicKey(fn string, t *vm.Thread, a vm.Args, password string) (crypto.PublicKey, error) {
	data, err := argPEM(fn, t, a)
	if err != nil {
		return nil, err
	}
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		switch b.Type {
		case "PUBLIC KEY":
			return x509.ParsePKIXPublicKey(b.Bytes)
		case "RSA PUBLIC KEY":
			return x509.ParsePKCS1PublicKey(b.Bytes)
		case "CERTIFICATE", "X509 CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, err
			}
			return c.PublicKey, nil
		}
	}
	key, _, err := keyfile.ParseKey(data, toUTF8(password), keyfile.ForPrograms)
	if err != nil {
		return nil, err
	}
	return key.Public(), nil
}

func argPublicRSA(fn string, t *vm.Thread, a vm.Args, password string) (*rsa.PublicKey, error) {
	key, err := argPublicKey(fn, t, a, password)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, errNoRSA
}

// digestOIDs name the sums of PrivSignRSA in what is signed.
var digestOIDs = map[int]asn1.ObjectIdentifier{
	1: {1, 2, 840, 113549, 2, 5},
	2: {1, 3, 14, 3, 2, 26},
	3: {1, 3, 36, 3, 2, 1},
	5: {2, 16, 840, 1, 101, 3, 4, 2, 1},
	6: {2, 16, 840, 1, 101, 3, 4, 2, 1},
}

// digestInfo returns what RSA signs for a sum of the kind that PrivSignRSA numbers.
func digestInfo(kind int, sum string) ([]byte, error) {
	if kind == 4 {
		return []byte(sum), nil
	}
	oid, ok := digestOIDs[kind]
	if !ok {
		return nil, errors.New("there is no such sum: 1 is MD5, 2 SHA1, 3 RIPEMD160, 4 MD5 and SHA1, 5 and 6 SHA256")
	}
	type algorithm struct {
		OID  asn1.ObjectIdentifier
		Null asn1.RawValue
	}
	return asn1.Marshal(struct {
		Algorithm algorithm
		Sum       []byte
	}{algorithm{oid, asn1.NullRawValue}, []byte(sum)})
}

// argDigest returns what RSA signs for the arguments (…, cSum, nKind) and checks the padding,
// argument 5.
func argDigest(fn string, a vm.Args) ([]byte, error) {
	sum, err := argText(fn, a, 1)
	if err != nil {
		return nil, err
	}
	kind, err := argInt(fn, a, 2)
	if err != nil {
		return nil, err
	}
	padding, err := optInt(fn, a, 5, 1)
	if err != nil {
		return nil, err
	}
	if padding != 1 {
		return nil, errors.New("only the padding 1, of PKCS#1, is supported")
	}
	return digestInfo(kind, sum)
}

// PrivSignRSA(cKey, cSum, nKind[, cPassword[, @cError[, nPadding = 1]]]) → the signature, in bytes, of the
// bytes of a sum with the private key in cKey, which is PEM text or names a PEM file. nKind is 1
// for MD5, 2 SHA-1, 3 RIPEMD-160, 4 MD5 and SHA-1, 5 and 6 SHA-256; the padding is that of PKCS#1,
// version 1.5. If it cannot be signed it is NIL and cError says why. Source: TDN.
func privSignRSA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	password, err := optText("PRIVSIGNRSA", a, 3, "")
	if err != nil {
		return vm.Value{}, err
	}
	info, err := argDigest("PRIVSIGNRSA", a)
	if err != nil {
		return failed(a, 4, err)
	}
	key, err := argPrivateRSA("PRIVSIGNRSA", t, a, password)
	if err != nil {
		return failed(a, 4, err)
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.Hash(0), info)
	if err != nil {
		return failed(a, 4, err)
	}
	return vm.Str(string(signature)), nil
}

// failed returns NIL and sets argument i to the error.
func failed(a vm.Args, i int, err error) (vm.Value, error) {
	_, err = succeeded(a, i, err)
	return vm.Value{}, err
}

// PrivVeryRSA(cKey, cSum, nKind, cSignature[, @cError[, nPadding = 1]]) → whether cSignature is what
// PrivSignRSA made of the sum with the key that belongs to the one in cKey: PEM text, or the name
// of a PEM file, of a public key, a certificate or a private key. If it cannot be checked cError
// says why. Source: TDN.
func privVeryRSA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	signature, err := argText("PRIVVERYRSA", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	info, err := argDigest("PRIVVERYRSA", a)
	if err != nil {
		return succeeded(a, 4, err)
	}
	key, err := argPublicRSA("PRIVVERYRSA", t, a, "")
	if err != nil {
		return succeeded(a, 4, err)
	}
	return succeeded(a, 4, rsa.VerifyPKCS1v15(key, crypto.Hash(0), info, []byte(signature)))
}

// evpSum returns the sum of argument 1 that argument 2 numbers, and its name.
func evpSum(fn string, t *vm.Thread, a vm.Args) (sum []byte, hash crypto.Hash, err error) {
	s, err := argText(fn, a, 1)
	if err != nil {
		return nil, 0, err
	}
	kind, err := argInt(fn, a, 2)
	if err != nil {
		return nil, 0, err
	}
	newHash := evpHash(kind)
	if newHash == nil {
		return nil, 0, vm.ArgError(fn, a, 2, evpKinds)
	}
	h := newHash()
	err = hashText(t, h, s)
	names := map[int]crypto.Hash{
		1: crypto.MD5, 3: crypto.SHA1, 4: crypto.SHA224, 5: crypto.SHA256, 6: crypto.SHA384, 7: crypto.SHA512,
	}
	return h.Sum(nil), names[kind], err
}

// EVPPrivSign(cKey, cText, nKind[, cPassword[, @cError]]) → the signature, in bytes, of cText with the
// private key of RSA or ECDSA in cKey, which is PEM text or names a PEM file; what is signed is the
// sum of cText that nKind numbers as in EVPDigest. If it cannot be signed it is NIL and cError
// says why. Source: TDN, public programs.
func evpPrivSign(t *vm.Thread, a vm.Args) (vm.Value, error) {
	password, err := optText("EVPPRIVSIGN", a, 3, "")
	if err != nil {
		return vm.Value{}, err
	}
	sum, hash, err := evpSum("EVPPRIVSIGN", t, a)
	if err != nil {
		return vm.Value{}, err
	}
	key, err := argPrivateKey("EVPPRIVSIGN", t, a, password)
	if err != nil {
		return failed(a, 4, err)
	}
	if _, ok := key.(ed25519.PrivateKey); ok {
		return failed(a, 4, errors.New("keys of Ed25519 do not sign sums"))
	}
	signature, err := key.Sign(rand.Reader, sum, hash)
	if err != nil {
		return failed(a, 4, err)
	}
	return vm.Str(string(signature)), nil
}

// EVPPrivVery(cKey, cText, nKind, cSignature[, cPassword[, @cError]]) → whether cSignature is what
// EVPPrivSign made of cText with the key that belongs to the one in cKey, which is as in
// PrivVeryRSA; cPassword is that of a private key. If it cannot be checked cError says why.
// Source: TDN.
func evpPrivVery(t *vm.Thread, a vm.Args) (vm.Value, error) {
	signature, err := argText("EVPPRIVVERY", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	password, err := optText("EVPPRIVVERY", a, 4, "")
	if err != nil {
		return vm.Value{}, err
	}
	sum, hash, err := evpSum("EVPPRIVVERY", t, a)
	if err != nil {
		return vm.Value{}, err
	}
	key, err := argPublicKey("EVPPRIVVERY", t, a, password)
	if err != nil {
		return succeeded(a, 5, err)
	}
	return succeeded(a, 5, verify(key, hash, sum, []byte(signature)))
}

// verify checks the signature of a sum.
func verify(key crypto.PublicKey, hash crypto.Hash, sum, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, sum, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, sum, signature) {
			return nil
		}
		return errors.New("the signature is another one")
	}
	return errors.New("the key is neither one of RSA nor of ECDSA")
}

// EncryptRSA(cKeyFile, cText) → cText, in bytes, encrypted with the public key of RSA in a PEM file: of
// a public key, a certificate or a private key; the file's text may be given as well. The padding is
// that of PKCS#1, version 1.5. It is NIL if it cannot be encrypted: cText must be 11 bytes shorter
// than the key. Source: TDN.
func encryptRSA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("ENCRYPTRSA", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	key, err := argPublicRSA("ENCRYPTRSA", t, a, "")
	if err != nil {
		return vm.Value{}, vmError(err)
	}
	//lint:ignore SA1019 it is the padding of this function; a program that may choose uses another one
	b, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte(s))
	if err != nil {
		return vm.Value{}, nil
	}
	return vm.Str(string(b)), nil
}

// DecryptRSA(cKeyFile, cText) → what EncryptRSA encrypted, with the private key of RSA in a PEM file,
// whose text may be given as well. It is NIL if it cannot be decrypted. Source: TDN.
func decryptRSA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("DECRYPTRSA", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	key, err := argPrivateRSA("DECRYPTRSA", t, a, "")
	if err != nil {
		return vm.Value{}, vmError(err)
	}
	//lint:ignore SA1019 it is the padding of this function; a program that may choose uses another one
	b, err := rsa.DecryptPKCS1v15(rand.Reader, key, []byte(s))
	if err != nil {
		return vm.Value{}, nil
	}
	return vm.Str(string(b)), nil
}

// RSAModulus(cKey, lPublic[, cPassword]) → the modulus of the key of RSA in cKey, PEM text or the name of
// a PEM file, as bytes, the highest first. With lPublic it may be a public key or a certificate,
// else it is a private key, encrypted with cPassword or not. It is NIL if there is none.
// Source: TDN.
func rsaModulus(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return rsaNumber("RSAMODULUS", t, a, func(k *rsa.PublicKey) *big.Int { return k.N })
}

// RSAExponent(cKey, lPublic[, cPassword]) → the public exponent of a key of RSA as bytes, the highest
// first. It treats its arguments as RSAModulus does. Source: TDN.
func rsaExponent(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return rsaNumber("RSAEXPONENT", t, a, func(k *rsa.PublicKey) *big.Int { return big.NewInt(int64(k.E)) })
}

func rsaNumber(fn string, t *vm.Thread, a vm.Args, of func(*rsa.PublicKey) *big.Int) (vm.Value, error) {
	public, err := optBool(fn, a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	password, err := optText(fn, a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	if public {
		key, err := argPublicRSA(fn, t, a, password)
		if err != nil {
			return vm.Value{}, vmError(err)
		}
		return vm.Str(string(of(key).Bytes())), nil
	}
	key, err := argPrivateRSA(fn, t, a, password)
	if err != nil {
		return vm.Value{}, vmError(err)
	}
	return vm.Str(string(of(&key.PublicKey).Bytes())), nil
}
