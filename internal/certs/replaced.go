package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"time"
)

// keepReplaced keeps the certificates of the authority that next replaces
// without overlap, as far as they have not expired, so that stations can be told
// which one to trust no more. It returns the file that they are in; "" if there
// are none.
func (l *Local) keepReplaced(f *folder, next *authority, now time.Time) (file string, err error) {
	name := "ca-until-" + now.UTC().Format(time.DateOnly) + ".crt"
	kept, _, err := f.read(name) // of an earlier one, of the same day
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	all := bytes.Clone(kept)
	for _, c := range certificatesIn(l.rootsBefore(f)) {
		if pem := encodeCertificate(c.Raw); !now.After(c.NotAfter) && !bytes.Contains(all, pem) && !bytes.Contains(next.roots(), pem) {
			all = append(all, pem...)
		}
	}
	if len(all) == len(kept) {
		return "", nil
	}
	return l.path(name), f.write(name, all, 0o644)
}

// rootsBefore returns what stations may have installed up to now. The authority's
// own file may be what was lost or damaged.
func (l *Local) rootsBefore(f *folder) []byte {
	roots, _, err := f.read(rootsFile)
	if err != nil {
		roots = nil
	}
	if a, err := l.authority(f); a != nil && err == nil {
		roots = append(roots, a.roots()...)
	}
	return roots
}

// certificatesIn returns the certificates in PEM data, as far as they can be
// read.
func certificatesIn(data []byte) (list []*x509.Certificate) {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(b.Bytes); err == nil {
			list = append(list, c)
		}
	}
	return list
}
