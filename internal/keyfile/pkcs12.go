package keyfile

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// Bundle is what a PKCS#12 file holds: at least one certificate, and one key.
type Bundle struct {
	Certs     []*x509.Certificate // that of the key first, if it is there
	Key       crypto.Signer
	Encrypted bool
}

// ParsePKCS12 reads a PKCS#12 file. The pass phrase may be empty, which is one
// too. Errors are a *ContentError or a *PKCS12PassPhraseError.
//
// go-pkcs12 decrypts, and takes as long for it as the file demands. So the cost
// is read from the file first and held against limits. As a key inside of an
// encrypted part cannot be seen beforehand, the library never gets the file
// itself, but one for each of these parts, in which the key whose cost is known
// goes before it: then any other key is an error, and not decrypted. This also
// opens files that it does not read as they are, because they have no MAC, one
// with another hash, or more than two parts.
func ParsePKCS12(data []byte, passPhrase string, limits Limits) (*Bundle, error) {
	f, err := readPKCS12(data, limits)
	if err != nil {
		return nil, err
	}
	wrong := &PKCS12PassPhraseError{err: ErrPassPhraseWrong}
	if passPhrase == "" {
		wrong.err = ErrPassPhraseNeeded
	}
	for _, pass := range passwords(passPhrase) {
		if f.sealed() {
			ok, err := f.mac.opens(f.content, pass, limits)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		b, err := f.decrypt(pass)
		if err == nil || f.sealed() || !f.encrypted {
			return b, err
		}
		// Without a seal, a wrong pass phrase shows as nonsense.
	}
	return nil, wrong
}

// PKCS12PassPhraseError is ErrPassPhraseNeeded or ErrPassPhraseWrong of a
// PKCS#12 file.
type PKCS12PassPhraseError struct {
	Cert bool // the certificate's file, else the key's
	err  error
}

func (e *PKCS12PassPhraseError) Error() string { return e.err.Error() }
func (e *PKCS12PassPhraseError) Unwrap() error { return e.err }

// pkcs12File is a PKCS#12 file as far as it can be read without a pass phrase.
type pkcs12File struct {
	mac       pkcs12MAC
	content   []byte          // what the MAC seals
	plain     []asn1.RawValue // bags with certificates and the key; the key may be encrypted
	parts     []asn1.RawValue // encrypted parts
	encrypted bool

	limit, budget int // iterations allowed, and left of them
	keys          int
}

func (f *pkcs12File) sealed() bool { return f.mac.Digest.Algorithm.Algorithm != nil }

// maxPKCS12Parts is how many encrypted parts are read. One is usual; GnuTLS
// makes one for each certificate.
const maxPKCS12Parts = MaxCertificates

// contentInfo is ContentInfo of RFC 2315; Content.Bytes is the value.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}

	oidKeyBag          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidEncryptedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
)

// readPKCS12 reads the layers of RFC 7292 section 4 that are not encrypted. It
// refuses what would cost more than limits, and what the library does not read.
func readPKCS12(data []byte, limits Limits) (*pkcs12File, error) {
	var pfx struct {
		Version  int
		AuthSafe contentInfo
		MAC      pkcs12MAC `asn1:"optional"`
	}
	f := &pkcs12File{limit: limits.iterations, budget: limits.iterations}
	if err := unmarshal(data, &pfx); err != nil {
		return nil, notDER(err)
	}
	if !pfx.AuthSafe.Type.Equal(oidData) {
		return nil, unsupportedPKCS12("is PKCS#12 that is signed with a certificate (%s)", pfx.AuthSafe.Type)
	}
	if err := unmarshal(pfx.AuthSafe.Content.Bytes, &f.content); err != nil {
		return nil, notDER(err)
	}
	f.mac = pfx.MAC
	if f.sealed() {
		turns, err := f.mac.turns()
		if err != nil {
			return nil, err
		}
		if err := f.spend(turns); err != nil {
			return nil, err
		}
	}
	var parts []asn1.RawValue
	if err := unmarshal(f.content, &parts); err != nil {
		return nil, notDER(err)
	}
	for _, part := range parts {
		if err := f.addPart(part); err != nil {
			return nil, err
		}
	}
	return f, f.complete()
}

// complete checks that there is one key.
func (f *pkcs12File) complete() error {
	switch {
	case f.keys == 0 && len(f.parts) == 0:
		return &ContentError{Key: true, What: "is PKCS#12 without a private key", Mend: "export it again, with the private key"}
	case f.keys == 0:
		return unsupportedPKCS12("is PKCS#12 that shows no private key without decryption")
	case f.keys > 1:
		e := unsupportedPKCS12("is PKCS#12 with %d private keys", f.keys)
		e.Mend += "; leave one of the keys in it"
		return e
	}
	return nil
}

// addPart takes one element of AuthenticatedSafe.
func (f *pkcs12File) addPart(part asn1.RawValue) error {
	var info contentInfo
	if err := unmarshal(part.FullBytes, &info); err != nil {
		return notDER(err)
	}
	switch {
	case info.Type.Equal(oidData):
		return f.addBags(info.Content.Bytes)
	case info.Type.Equal(oidEncryptedData):
		return f.addEncrypted(part, info.Content.Bytes)
	}
	return unsupportedPKCS12("is PKCS#12 encrypted for a certificate (%s)", info.Type)
}

// addEncrypted takes an EncryptedData of RFC 2315 section 13.
func (f *pkcs12File) addEncrypted(part asn1.RawValue, der []byte) error {
	var data struct {
		Version int
		Info    struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Content   []byte `asn1:"tag:0,optional"`
		}
	}
	if err := unmarshal(der, &data); err != nil {
		return notDER(err)
	}
	if f.parts = append(f.parts, part); len(f.parts) > maxPKCS12Parts {
		return unsupportedPKCS12("is PKCS#12 with more than %d parts", maxPKCS12Parts)
	}
	f.encrypted = true
	turns, err := encryptionTurns(data.Info.Algorithm)
	if err != nil {
		return err
	}
	return f.spend(turns)
}

// addBags takes the SafeContents of RFC 7292 section 4.2 in an octet string. It
// leaves out bags that hold neither certificate nor key.
func (f *pkcs12File) addBags(octets []byte) error {
	var der []byte
	var bags []asn1.RawValue
	if err := unmarshal(octets, &der); err != nil {
		return notDER(err)
	}
	if err := unmarshal(der, &bags); err != nil {
		return notDER(err)
	}
	for _, raw := range bags {
		var bag struct {
			Type       asn1.ObjectIdentifier
			Value      asn1.RawValue   `asn1:"tag:0,explicit"`
			Attributes []asn1.RawValue `asn1:"set,optional"`
		}
		if err := unmarshal(raw.FullBytes, &bag); err != nil {
			return notDER(err)
		}
		switch {
		case bag.Type.Equal(oidCertBag):
		case bag.Type.Equal(oidKeyBag):
			f.keys++
		case bag.Type.Equal(oidEncryptedKeyBag):
			f.keys++
			if err := f.addEncryptedKey(bag.Value.Bytes); err != nil {
				return err
			}
		default:
			continue
		}
		f.plain = append(f.plain, raw)
	}
	return nil
}

func (f *pkcs12File) addEncryptedKey(der []byte) error {
	key, err := parseEncrypted(der)
	if err != nil {
		return notDER(err)
	}
	f.encrypted = true
	turns, err := encryptionTurns(key.Algorithm)
	if err != nil {
		return err
	}
	return f.spend(turns)
}

// spend takes iterations from the budget.
func (f *pkcs12File) spend(turns int) error {
	if turns < 1 {
		return unsupportedPKCS12("is PKCS#12 that asks for %d iterations", turns)
	}
	if turns > f.budget {
		return unsupportedPKCS12("is PKCS#12 that asks for more than %d iterations in all", f.limit)
	}
	f.budget -= turns
	return nil
}

// encryptionTurns returns the iterations of an encryption that the library can
// undo: PBES2 with PBKDF2 and AES, or those of PKCS#12 with 3DES and RC2.
func encryptionTurns(alg pkix.AlgorithmIdentifier) (int, error) {
	switch alg.Algorithm.String() {
	case oidPBES2.String():
		return pbes2Turns(alg.Parameters.FullBytes)
	case "1.2.840.113549.1.12.1.3", "1.2.840.113549.1.12.1.5", "1.2.840.113549.1.12.1.6":
		var params struct {
			Salt       []byte
			Iterations int
		}
		if err := unmarshal(alg.Parameters.FullBytes, &params); err != nil {
			return 0, notDER(err)
		}
		return params.Iterations, nil
	}
	return 0, unsupportedPKCS12("is PKCS#12 encrypted with %s", schemeName(alg.Algorithm))
}

func pbes2Turns(der []byte) (int, error) {
	var params struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if err := unmarshal(der, &params); err != nil {
		return 0, notDER(err)
	}
	switch params.Cipher.Algorithm.String() {
	case "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.22", "2.16.840.1.101.3.4.1.42":
	default:
		return 0, unsupportedPKCS12("is PKCS#12 encrypted with the cipher %s", params.Cipher.Algorithm)
	}
	kdf, err := readPBKDF2(params.KDF)
	return kdf.Iterations, err
}

// readPBKDF2 reads the parameters of a key derivation that must be PBKDF2 with a
// hash that the library knows.
func readPBKDF2(alg pkix.AlgorithmIdentifier) (p pbkdf2Params, err error) {
	if !alg.Algorithm.Equal(oidPBKDF2) {
		return p, unsupportedPKCS12("is PKCS#12 with the key derivation %s", alg.Algorithm)
	}
	if err := unmarshal(alg.Parameters.FullBytes, &p); err != nil {
		return p, notDER(err)
	}
	switch prf := p.PRF.Algorithm.String(); prf {
	case "", "1.2.840.113549.2.7", "1.2.840.113549.2.9", "1.2.840.113549.2.11":
		return p, nil
	default:
		return p, unsupportedPKCS12("is PKCS#12 with the function %s in PBKDF2", prf)
	}
}

// decrypt returns what is in the file, each certificate once.
func (f *pkcs12File) decrypt(pass password) (*Bundle, error) {
	b := &Bundle{Encrypted: f.encrypted || f.sealed()}
	parts := f.parts
	if len(parts) == 0 {
		parts = make([]asn1.RawValue, 1) // the plain bags are all
	}
	bags := f.plain
	for _, part := range parts {
		key, err := b.add(bags, part, pass)
		if err != nil {
			return nil, err
		}
		if b.Key, err = usableKey(key); err != nil {
			return nil, err
		}
		// The key is decrypted once only: it goes before the next part as it is.
		if bags, err = keyBag(b.Key); err != nil {
			return nil, unreadablePKCS12(err)
		}
	}
	b.arrange()
	return b, nil
}

// arrange puts the certificate of the key first.
func (b *Bundle) arrange() {
	i := slices.IndexFunc(b.Certs, func(c *x509.Certificate) bool { return SamePublicKey(b.Key.Public(), c.PublicKey) })
	if i > 0 {
		b.Certs[0], b.Certs[i] = b.Certs[i], b.Certs[0]
	}
}

// add decrypts bags and a part and adds the certificates in them to b.
func (b *Bundle) add(bags []asn1.RawValue, part asn1.RawValue, pass password) (key any, err error) {
	file, err := sealPKCS12(bags, part, pass)
	if err != nil {
		return nil, unreadablePKCS12(err)
	}
	key, first, more, err := pkcs12.DecodeChain(file, pass.text)
	if err != nil {
		return nil, unreadablePKCS12(err)
	}
	for _, c := range append([]*x509.Certificate{first}, more...) {
		if slices.ContainsFunc(b.Certs, c.Equal) {
			continue
		}
		if b.Certs = append(b.Certs, c); len(b.Certs) > MaxCertificates {
			return nil, &ContentError{Key: true, What: fmt.Sprintf("is PKCS#12 with more than %d certificates", MaxCertificates), Mend: "export it again, with the server's certificate and its chain alone"}
		}
	}
	return key, nil
}

func unreadablePKCS12(err error) error {
	return unsupportedPKCS12("is PKCS#12 that cannot be read: %s", strings.TrimPrefix(err.Error(), "pkcs12: "))
}

func notDER(err error) error {
	return unsupportedPKCS12("is PKCS#12 that is damaged or in another encoding than DER (%v)", err)
}

func unsupportedPKCS12(format string, args ...any) *ContentError {
	return &ContentError{Key: true, What: fmt.Sprintf(format, args...), Mend: fromPKCS12}
}
