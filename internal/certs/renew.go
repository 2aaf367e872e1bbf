package certs

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"time"
)

// RenewIfDue renews what is due at now and returns the new pair, or nil if
// nothing was. It does nothing if nothing was created here.
//
// The certificate is renewed at two thirds of its life; when one of its hosts is
// not covered, as when the machine has got another address (that an address is
// gone is no reason); and when it is missing, damaged, outside of its dates,
// readable by others, or of another authority than the present one.
//
// The authority is renewed at two thirds of its life. While the old one lives,
// stations may trust either: the server sends the new one certified by the old
// one, and both are in AuthorityPEM. Then the old one is forgotten. An authority
// that has expired is not replaced, that is for Create to do.
//
// The error says why something that is due was not renewed. It may take two
// seconds when DNS does not answer. Call it before [Select], which does not mend
// anything, and every hour or so.
func (l *Local) RenewIfDue(now time.Time) (*Pair, error) {
	if !l.Exists() {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := openFolder(l.dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	stored, issuer, err := l.authorities(f, now)
	if err != nil {
		return nil, err
	}
	hosts, err := l.wantedAgain(f)
	if err != nil {
		return nil, err
	}
	why, err := whyRenew(f, issuer, hosts, now)
	switch {
	case err != nil:
		return nil, err
	case why == "" && issuer == stored:
		return nil, l.publish(f, stored)
	case issuer == nil:
		return nil, localNames.fault("", "put the authority's file back; or "+newAuthorityHint,
			"the certificate in %s is to be renewed (%s), but its authority, %s, is not there", l.path(serverFile), why, authorityFile)
	}
	return l.write(f, issuer, hosts, now)
}

// authorities returns the authority that is stored, nil if there is none, and
// what has become of it by now.
func (l *Local) authorities(f *folder, now time.Time) (stored, issuer *authority, err error) {
	if stored, err = l.authority(f); stored == nil || err != nil {
		return nil, nil, err
	}
	issuer, err = l.current(stored, now)
	return stored, issuer, err
}

// whyRenew says why the certificate in f is to be renewed; "" if it is not.
// Issuer is the authority, nil if it is not there.
func whyRenew(f *folder, issuer *authority, hosts []string, now time.Time) (string, error) {
	data, mode, err := f.read(serverFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is missing", nil
	case errors.Is(err, errTooLarge):
		return "the file is damaged", nil
	case err != nil:
		return "", err
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return "the file is damaged", nil
	}
	leaf := pair.Leaf
	switch {
	case exposed(mode):
		return "others could read its key", nil
	case now.Before(leaf.NotBefore) || now.After(leaf.NotAfter):
		return "it is not valid today", nil
	case renewalDue(leaf, now):
		return "two thirds of its life are over", nil
	case issuer != nil && !issuer.issuedLeaf(leaf, pair.Certificate[1:]):
		return "the authority is another one", nil
	}
	for _, h := range hosts {
		if leaf.VerifyHostname(h) != nil {
			return "it does not cover " + h, nil
		}
	}
	return "", nil
}

// usable returns the authority to issue from: a, or the one that takes over
// from it, or a new one.
func (l *Local) usable(a *authority, now time.Time) (*authority, error) {
	if a == nil || now.After(a.root.NotAfter) {
		return newAuthority(l.hostname(), now)
	}
	return l.current(a, now)
}

// current returns a, or what has become of it by now: the one that takes over,
// or a without the one before.
func (l *Local) current(a *authority, now time.Time) (*authority, error) {
	switch {
	case now.Before(a.root.NotBefore):
		return nil, localNames.fault("", clockHint, "the authority in %s is valid from %s, and the clock says %s",
			l.path(authorityFile), a.root.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case now.After(a.root.NotAfter):
		// Not replaced unasked: no station would trust the new one, and if it is
		// the clock that is wrong, the old one would be lost for nothing.
		return nil, localNames.fault("", clockHint+"; if it is right, "+newAuthorityHint, "the authority in %s expired on %s",
			l.path(authorityFile), a.root.NotAfter.Format(time.RFC3339))
	case renewalDue(a.root, now):
		return a.next(l.hostname(), now)
	}
	return a.alone(now), nil
}
