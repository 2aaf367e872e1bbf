package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// RenewIfDue renews what is due at now and returns the new pair, or nil if
// nothing was. It does nothing if nothing was created here.
//
// The certificate is renewed at two thirds of its life; when one of its hosts is
// not covered, as when the machine has got another address (that an address is
// gone is no reason); and when it is missing, damaged, outside of its dates,
// readable by others, or of another authority than the present one. At the first
// call for l every address of the machine counts, at later ones only those that
// the call before has seen as well: some come and go, as IPv6's for privacy do.
//
// The authority is renewed at two thirds of its life. While the old one lives,
// stations may trust either: the server sends the new one certified by the old
// one, and both are in AuthorityPEM. Then the old one is not sent and offered
// any more. An authority that has expired is not replaced, that is for Create to
// do. What is renewed while the clock is ahead does no harm once it is right
// again: stations that trust the authority from before still trust the server.
//
// The error says why something that is due was not renewed. It may take two
// seconds when DNS does not answer, and ten when another process holds the
// folder's lock; it ends when ctx does. Call it before [Select], which does not
// mend anything, and every hour or so.
func (l *Local) RenewIfDue(ctx context.Context, now time.Time) (*Pair, error) {
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
	look, before := l.look(ctx), l.seen
	// The first time without the lock: it may ask DNS, and mostly there is nothing
	// to be done, for which nothing needs to be written either.
	r, err := l.plan(f, look, before, now)
	if r.automatic {
		found, _ := look()
		l.seen = found.hosts
	}
	if err == nil && r.nothing(f, now) {
		return nil, nil
	}
	unlock, lockErr := f.lock(ctx)
	if lockErr != nil {
		return nil, errors.Join(err, lockErr)
	}
	defer unlock()
	if r, err = l.plan(f, look, before, now); err != nil {
		return nil, err
	}
	return l.renew(f, r, now)
}

// plan is what is to be done, for reasons that were read from the folder.
type plan struct {
	authority *authority // nil if it is not there
	takeover  bool       // the next one is to take over from it
	hosts     []string   // of the next certificate
	automatic bool       // the hosts are those of this machine
	why       string     // the certificate is to be renewed; "" if it is not
}

// plan finds out what is to be done. Before are this machine's hosts at the
// look before, nil if there was none. In case of an error what is known so far
// is returned too.
func (l *Local) plan(f *folder, look func() (lookup, error), before []string, now time.Time) (r plan, err error) {
	requested, err := l.requested(f)
	if err != nil {
		return r, err
	}
	if r.hosts, err = l.wanted(f, requested, look); err != nil {
		return r, err
	}
	r.automatic = len(requested) == 0
	if r.authority, err = l.authority(f); err != nil {
		return r, err
	}
	if r.authority != nil {
		if r.takeover, err = l.takeoverDue(r.authority, now); err != nil {
			return r, err
		}
	}
	r.why, err = whyRenew(f, r.authority, r.covered(before), now)
	return r, err
}

// covered returns which of the hosts the present certificate must cover.
func (r plan) covered(before []string) []string {
	if !r.automatic || before == nil {
		return r.hosts
	}
	return slices.DeleteFunc(slices.Clone(r.hosts), func(h string) bool { return !slices.Contains(before, h) })
}

// nothing reports whether all in f is as it is to be.
func (r plan) nothing(f *folder, now time.Time) bool {
	return r.why == "" && !r.takeover && (r.authority == nil || published(f, r.authority.alone(now)))
}

// renew does what r says.
func (l *Local) renew(f *folder, r plan, now time.Time) (*Pair, error) {
	a := r.authority
	switch {
	case r.nothing(f, now):
		return nil, nil
	case a == nil:
		return nil, localNames.fault("", "put the authority's file back; or "+l.newAuthorityHint(),
			"the certificate in %s is to be renewed (%s), but its authority, %s, is not there", l.path(serverFile), r.why, authorityFile)
	case r.takeover:
		next, err := a.next(l.hostname(), now)
		if err != nil {
			return nil, err
		}
		a = next
	case r.why == "":
		return nil, l.publish(f, a.alone(now))
	}
	return l.write(f, a, r.hosts, now)
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
	case issuer != nil && !issuer.alone(now).issuedLeaf(leaf, pair.Certificate[1:]):
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
	due, err := l.takeoverDue(a, now)
	if err != nil || !due {
		return a, err
	}
	return a.next(l.hostname(), now)
}

// takeoverDue reports whether the next authority is to take over from a. The
// error says that a cannot be used at now.
func (l *Local) takeoverDue(a *authority, now time.Time) (bool, error) {
	hint := clockHint + "; if it is right, " + l.newAuthorityHint()
	switch {
	case now.Before(a.root.NotBefore):
		return false, localNames.fault("", hint, "the authority in %s is valid from %s, and the clock says %s",
			l.path(authorityFile), a.root.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case now.After(a.root.NotAfter):
		// Not replaced unasked: no station would trust the new one, and if it is
		// the clock that is wrong, the old one would be lost for nothing.
		return false, localNames.fault("", hint, "the authority in %s expired on %s",
			l.path(authorityFile), a.root.NotAfter.Format(time.RFC3339))
	}
	return a.due(now), nil
}
