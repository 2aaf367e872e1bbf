package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"time"

	bundled "appserver/certs"
)

// Files name a certificate and its private key, both PEM. One file may hold
// both and be named twice. Paths are used as they are: relative ones start at
// the working folder.
type Files struct {
	Cert, Key  string
	PassPhrase string // of the key, "" = not encrypted
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
	if err := f.complete(); err != nil {
		return nil, nil, err
	}
	certData, _, certErr := readFile(f.Cert)
	keyData, mode, keyErr := readFile(f.Key)
	if certErr != nil || keyErr != nil {
		return nil, nil, errors.Join(f.fileFault(f.Names.Cert, f.Cert, certErr), f.fileFault(f.Names.Key, f.Key, keyErr))
	}
	p, encrypted, err := parsePair(certData, keyData, f.PassPhrase, now)
	if err != nil {
		return nil, nil, f.parseFault(err)
	}
	if exposed(mode) && !isBundledKey(p) {
		return nil, nil, f.Names.fault(f.Names.Key, "chmod 600 "+f.Key,
			"%s can be read by others (mode %04o); a private key must belong to its server alone", f.Key, mode)
	}
	p.CertFile, p.KeyFile = f.Cert, f.Key
	var findings []Finding
	if f.PassPhrase != "" && !encrypted {
		findings = append(findings, f.Names.finding(Notice, f.Names.PassPhrase, "remove it", "not used, because the key in %s is not encrypted", f.Key))
	}
	return p, findings, nil
}

// complete reports the one of two names that is missing.
func (f Files) complete() error {
	const hint = "name both files; if one file holds certificate and key, name it twice"
	switch {
	case f.Cert == "":
		return f.Names.fault(f.Names.Cert, hint, "not set, but the key is (%s)", f.Key)
	case f.Key == "":
		return f.Names.fault(f.Names.Key, hint, "not set, but the certificate is (%s)", f.Cert)
	}
	return nil
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// readFile returns the content and the permissions of a regular file.
func readFile(path string) ([]byte, os.FileMode, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !fi.Mode().IsRegular() { // before opening: opening a pipe would wait
		return nil, 0, errNotRegular
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	if fi, err = file.Stat(); err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, fi.Mode().Perm(), err
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
	case errors.Is(err, os.ErrPermission):
		return f.Names.fault(key, "make the user that runs the server its owner", "the file %s cannot be read by this user", path)
	}
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err // the path is in the message already
	}
	return f.Names.fault(key, "name a PEM file", "cannot read %s: %v", path, err)
}

// exposed reports whether a file of this mode can be read by others. Windows
// keeps no such bits.
func exposed(mode os.FileMode) bool { return runtime.GOOS != "windows" && mode&0o077 != 0 }

// isBundledKey reports whether p has the bundled key, which is public.
func isBundledKey(p *Pair) bool {
	key, _, err := parseKey(bundled.Key(), "", kdfLimits)
	return err == nil && samePublicKey(key.Public(), p.Certificate.Leaf.PublicKey)
}

// parsePair reads a pair from the content of its two files. Encrypted says
// whether the key was. The error is one that parseFault understands.
func parsePair(certData, keyData []byte, passPhrase string, now time.Time) (p *Pair, encrypted bool, err error) {
	certs, err := parseCertificates(certData)
	if err != nil {
		return nil, false, err
	}
	key, encrypted, err := parseKey(keyData, passPhrase, kdfLimits)
	if err != nil {
		return nil, encrypted, err
	}
	if err := signs(key); err != nil {
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

// mismatchError says that a key belongs to none of the certificates.
type mismatchError struct {
	certs []*x509.Certificate
	key   crypto.PublicKey
}

func (e *mismatchError) Error() string {
	return fmt.Sprintf("the %s key belongs to none of the %d certificates (first: %s)", keyKind(e.key), len(e.certs), e.certs[0].Subject)
}

// parseFault turns an error of parsePair into one that mends.
func (f Files) parseFault(err error) error {
	n := f.Names
	if e, ok := errors.AsType[*contentError](err); ok {
		key, path := n.Cert, f.Cert
		if e.key {
			key, path = n.Key, f.Key
		}
		return n.fault(key, e.hint(path), "%s %s", path, e.what)
	}
	switch _, mismatch := errors.AsType[*mismatchError](err); {
	case mismatch:
		return n.fault(n.Key, fmt.Sprintf("these two must print the same: openssl x509 -in %s -noout -pubkey; openssl pkey -in %s -pubout", f.Cert, f.Key),
			"%s does not belong to %s: %v", f.Key, f.Cert, err)
	case errors.Is(err, errPassPhraseNeeded):
		return n.fault(n.PassPhrase, "set it, or write the key without: openssl pkey -in "+f.Key+" -out FILE",
			"the key in %s is encrypted, and no pass phrase is set", f.Key)
	case errors.Is(err, errPassPhraseWrong):
		return n.fault(n.PassPhrase, "try it with: openssl pkey -noout -in "+f.Key, "the pass phrase does not open the key in %s", f.Key)
	}
	return n.fault(n.Key, "", "%v", err)
}
