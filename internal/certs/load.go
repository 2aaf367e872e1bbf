package certs

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	bundled "appserver/certs"
	"appserver/internal/keyfile"
)

// Files name a certificate and its private key, each in PEM or PKCS#12. One file
// may hold both: then it is named as Cert, and Key is empty or names it again.
// Paths are used as they are: relative ones start at the working folder.
type Files struct {
	Cert, Key  string
	PassPhrase string // of the key and of PKCS#12, "" = none
	Names      Names  // keys for findings; [Select] sets them itself
}

// named reports whether the configuration names a file.
func (f Files) named() bool { return f.Cert != "" || f.Key != "" }

// LoadFiles reads a pair for either role. The same faults are errors as for
// [Select], which adds remarks that concern servers only. The result's Origin
// is [FromFiles].
func LoadFiles(f Files) (*Pair, []Finding, error) { return f.load(time.Now()) }

// load reads the pair and checks it for use at now.
func (f Files) load(now time.Time) (*Pair, []Finding, error) {
	p, findings, err := f.read(now)
	if err != nil {
		return nil, findings, err
	}
	if err := checkDates(p, f.Names, now); err != nil {
		return nil, findings, err
	}
	return p, append(findings, expiryRemarks(p, f.Names, now)...), nil
}

// read reads the pair without checking its dates. Now decides between several
// certificates for the same key.
func (f Files) read(now time.Time) (*Pair, []Finding, error) {
	if f.Cert == "" {
		return nil, nil, f.Names.fault(f.Names.Cert, nameBoth, "not set, but the key is (%s)", f.Key)
	}
	certData, keyData, file, err := f.contents()
	if err != nil {
		return nil, nil, err
	}
	p, encrypted, err := parsePair(certData, keyData, f.PassPhrase, now, keyfile.ForOperators)
	if err != nil {
		return nil, nil, f.parseFault(err)
	}
	f = f.whole()
	if file.readableByOthers(os.Getenv(credentialsVariable)) && !isBundledKey(p) {
		return nil, nil, f.Names.fault(f.Names.Key, file.mend(),
			"%s can be read by others (mode %04o); a private key must belong to its server alone", f.Key, file.mode)
	}
	p.CertFile, p.KeyFile = f.Cert, f.Key
	if err := checkUsage(p, f.Names); err != nil {
		return nil, nil, err
	}
	var findings []Finding
	if f.PassPhrase != "" && !encrypted {
		findings = append(findings, f.Names.finding(Notice, f.Names.PassPhrase, "remove it", "not used, because the key in %s is not encrypted", f.Key))
	}
	return p, findings, nil
}

const nameBoth = "name both files; if one file holds certificate and key, name it as the certificate"

// whole returns f with the file and the key's name of the certificate in place
// of a key that is not named.
func (f Files) whole() Files {
	if f.Key == "" {
		f.Key, f.Names.Key = f.Cert, f.Names.Cert
	}
	return f
}

// contents reads the files; file describes the one that holds the key. A file
// that holds both is read once: it might be replaced in between.
func (f Files) contents() (cert, key []byte, file keyFile, err error) {
	cert, fi, certErr := openFile(f.Cert)
	key = cert
	var keyErr error
	if f.Key != "" && f.Key != f.Cert {
		key, fi, keyErr = openFile(f.Key)
	}
	if certErr != nil || keyErr != nil {
		return nil, nil, keyFile{}, errors.Join(f.fileFault(f.Names.Cert, f.Cert, certErr), f.fileFault(f.Names.Key, f.Key, keyErr))
	}
	return cert, key, keyFile{f.whole().Key, fi.Mode().Perm(), fileOwner(fi)}, nil
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// readFile returns the content and the permissions of a regular file.
func readFile(path string) ([]byte, os.FileMode, error) {
	data, fi, err := openFile(path)
	if fi == nil {
		return nil, 0, err
	}
	return data, fi.Mode().Perm(), err
}

// openFile returns the content of a regular file and what the system says of it,
// nil if it could not be opened.
func openFile(path string) ([]byte, fs.FileInfo, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !fi.Mode().IsRegular() { // before opening: opening a pipe would wait
		return nil, nil, errNotRegular
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	if fi, err = file.Stat(); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, fi, err
}

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("larger than %d bytes", maxFile)
)

var windowsPath = regexp.MustCompile(`^([A-Za-z]:[\\/]|\\\\)`)

// fileFault turns the error of readFile into one that mends; nil stays nil.
func (f Files) fileFault(key, path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist) && runtime.GOOS != "windows" && windowsPath.MatchString(path):
		return f.Names.fault(key, "give the path that the file has on this system", "%s is a path of Windows", path)
	case errors.Is(err, os.ErrNotExist):
		return f.Names.fault(key, "correct the path, or put the file there", "the file %s does not exist", path)
	case errors.Is(err, os.ErrPermission) && notFound(err):
		return f.Names.fault(key, "let the user that runs the server into that folder, or name a copy of the file elsewhere", "this user may not look into the folder of %s", path)
	case errors.Is(err, os.ErrPermission):
		return f.Names.fault(key, "make the user that runs the server its owner", "the file %s cannot be read by this user", path)
	}
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err // the path is in the message already
	}
	return f.Names.fault(key, "name a PEM or PKCS#12 file", "cannot read %s: %v", path, err)
}

// notFound reports whether err says that not even the presence of a file could be
// found out.
func notFound(err error) bool {
	pe, ok := errors.AsType[*os.PathError](err)
	return ok && pe.Op != "open"
}

// exposed reports whether others than its owner can use a file of this mode.
// Windows keeps no such bits.
func exposed(mode os.FileMode) bool { return runtime.GOOS != "windows" && mode&0o077 != 0 }

// isBundledKey reports whether p has the bundled key, which is public.
func isBundledKey(p *Pair) bool {
	key, _, err := keyfile.ParseKey(bundled.Key(), "", keyfile.ForOperators)
	return err == nil && keyfile.SamePublicKey(key.Public(), p.Certificate.Leaf.PublicKey)
}

// parsePair reads a pair from the content of its two files, which may be the
// same. Encrypted says whether the key was. The error is one that parseFault
// understands.
func parsePair(certData, keyData []byte, passPhrase string, now time.Time, limits keyfile.Limits) (p *Pair, encrypted bool, err error) {
	certs, key, encrypted, err := parseBoth(certData, keyData, passPhrase, limits)
	if err != nil {
		return nil, encrypted, err
	}
	if err := keyfile.Signs(key); err != nil {
		return nil, encrypted, err
	}
	chain, root := arrange(certs, key.Public(), now)
	if chain == nil {
		return nil, encrypted, &mismatchError{certs, key.Public()}
	}
	p = &Pair{Certificate: tls.Certificate{PrivateKey: key, Leaf: chain[0]}}
	for _, c := range chain {
		p.Certificate.Certificate = append(p.Certificate.Certificate, c.Raw)
	}
	if root != nil {
		p.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	}
	return p, encrypted, nil
}

func parseBoth(certData, keyData []byte, passPhrase string, limits keyfile.Limits) (certs []*x509.Certificate, key crypto.Signer, encrypted bool, err error) {
	if keyfile.IsPKCS12(certData) {
		b, err := keyfile.ParsePKCS12(certData, passPhrase, limits)
		if err != nil {
			return nil, nil, true, keyfile.OfCertificate(err)
		}
		if bytes.Equal(certData, keyData) {
			return b.Certs, b.Key, b.Encrypted, nil
		}
		certs = b.Certs
	} else if certs, err = parseCertificates(certData); err != nil {
		return nil, nil, false, err
	}
	key, encrypted, err = keyfile.ParseKey(keyData, passPhrase, limits)
	return certs, key, encrypted, err
}

// mismatchError says that a key belongs to none of the certificates.
type mismatchError struct {
	certs []*x509.Certificate
	key   crypto.PublicKey
}

func (e *mismatchError) Error() string {
	return fmt.Sprintf("the %s key belongs to none of the %d certificates (first: %s)", KeyKind(e.key), len(e.certs), e.certs[0].Subject)
}

// parseFault turns an error of parsePair into one that mends.
func (f Files) parseFault(err error) error {
	if e, ok := errors.AsType[*keyfile.ContentError](err); ok {
		return f.contentFault(e)
	}
	whole := f.whole()
	n := whole.Names
	switch _, mismatch := errors.AsType[*mismatchError](err); {
	case mismatch && whole.Cert == whole.Key:
		return n.fault(n.Key, "put the certificate that was issued for the key into it", "%s holds no certificate of its key: %v", whole.Key, err)
	case mismatch:
		return n.fault(n.Key, fmt.Sprintf("these two must print the same: openssl x509 -in %s -noout -pubkey; openssl pkey -in %s -pubout", f.Cert, f.Key),
			"%s does not belong to %s: %v", f.Key, f.Cert, err)
	case errors.Is(err, keyfile.ErrPassPhraseNeeded), errors.Is(err, keyfile.ErrPassPhraseWrong):
		return whole.passPhraseFault(err)
	}
	return n.fault(n.Key, "", "%v", err)
}

func (f Files) contentFault(e *keyfile.ContentError) error {
	if e.NoKey && f.Key == "" {
		return f.Names.fault(f.Names.Key, nameBoth, "not set, and %s %s", f.Cert, e.What)
	}
	f = f.whole()
	key, path := f.Names.Cert, f.Cert
	if e.Key {
		key, path = f.Names.Key, f.Key
	}
	return f.Names.fault(key, e.Hint(path), "%s %s", path, e.What)
}

// passPhraseFault explains keyfile.ErrPassPhraseNeeded and keyfile.ErrPassPhraseWrong.
func (f Files) passPhraseFault(err error) error {
	n, path := f.Names, f.Key
	without, try := "openssl pkey -in %s -out FILE", "openssl pkey -noout -in %s"
	if e, ok := errors.AsType[*keyfile.PKCS12PassPhraseError](err); ok {
		without, try = "openssl pkcs12 -in %s -noenc -out FILE", "openssl pkcs12 -noout -in %s"+keyfile.OldPKCS12
		if e.Cert {
			path = f.Cert
		}
	}
	if errors.Is(err, keyfile.ErrPassPhraseNeeded) {
		return n.fault(n.PassPhrase, "set it, or write the key without: "+strings.ReplaceAll(without, "%s", path),
			"the key in %s is encrypted, and no pass phrase is set", path)
	}
	return n.fault(n.PassPhrase, "try it with: "+strings.ReplaceAll(try, "%s", path), "the pass phrase does not open the key in %s", path)
}
