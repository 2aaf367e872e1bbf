package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"

	"appserver/internal/jwt"
	"appserver/internal/store"
)

// publishEvery is how often a server that signs tokens tells others that its key still counts.
const publishEvery = time.Hour

// verifier is what the tokens of one key are verified by. The zero verifier knows none.
type verifier struct {
	keys   []crypto.PublicKey // one, or none
	issuer string
	until  time.Time // zero: it signs
}

// publicKeys are those of all servers on the same database: each has keys of its own to sign
// with, which never leave its data folder, and publishes what verifies them. The zero
// publicKeys are ready once store is set.
type publicKeys struct {
	store *store.Store

	mu        sync.Mutex // guards the rest
	published []string   // names of the keys of this server
	life      time.Duration
	at        time.Time // when that was published
	looked    time.Time // when those of all servers were looked at
	known     map[string]verifier
	err       error // of that
}

// publish has other servers take tokens of the keys in f that last for life. It does nothing
// if they know them.
func (p *publicKeys) publish(ctx context.Context, f *keysFile, now time.Time, life time.Duration) error {
	p.mu.Lock()
	before := p.published
	done := p.life == life && slices.Equal(before, f.names()) && !now.Before(p.at) && now.Sub(p.at) < publishEvery
	p.mu.Unlock()
	if done {
		return nil
	}
	return p.replace(ctx, before, f, now, life)
}

// replace is publish, and has those keys count no more that are named in before and not in f.
func (p *publicKeys) replace(ctx context.Context, before []string, f *keysFile, now time.Time, life time.Duration) error {
	list, err := f.publicKeys(now.Add(publishEvery + life + 2*jwt.Leeway))
	if err != nil {
		return err
	}
	names := f.names()
	var gone []store.PublicKey
	for _, id := range before {
		if !slices.Contains(names, id) {
			gone = append(gone, store.PublicKey{Issuer: f.issuer(), ID: id})
		}
	}
	if err := p.store.PublishKeys(ctx, list, gone, now); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published, p.life, p.at = names, life, now
	return nil
}

// find returns what the tokens of another server's key are verified by: a key that is known
// as it was at most sessionLook ago, and a new one within lookShared.
func (p *publicKeys) find(ctx context.Context, id string, now time.Time) (verifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := sessionLook
	if _, known := p.known[id]; !known {
		every = lookShared
	}
	if now.Before(p.looked) || now.Sub(p.looked) >= every {
		p.known, p.err = p.look(context.WithoutCancel(ctx), now) // for all that wait
		p.looked = now
	}
	if v := p.known[id]; now.Before(v.until) {
		return v, nil
	}
	return verifier{}, p.err
}

// look reads the keys of all servers. One that cannot be used is left out.
func (p *publicKeys) look(ctx context.Context, now time.Time) (map[string]verifier, error) {
	list, err := p.store.PublicKeys(ctx, now)
	known := make(map[string]verifier, len(list))
	for _, k := range list {
		if key := parsePublicKey(k.Key); key != nil {
			known[k.ID] = verifier{[]crypto.PublicKey{key}, k.Issuer, k.Until}
		}
	}
	return known, err
}

// parsePublicKey reads what publicKeys of keysFile has written, nil if it is none.
func parsePublicKey(text string) crypto.PublicKey {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	if key, ok := key.(*ecdsa.PublicKey); ok && key.Curve == elliptic.P256() {
		return key
	}
	return nil
}

// names returns the names of the keys.
func (f *keysFile) names() (ids []string) {
	for i := range f.Keys {
		ids = append(ids, f.Keys[i].ID)
	}
	return ids
}

// publicKeys returns what verifies tokens of the keys, of the one that signs until then.
func (f *keysFile) publicKeys(until time.Time) ([]store.PublicKey, error) {
	list := make([]store.PublicKey, len(f.Keys))
	for i := range f.Keys {
		e := &f.Keys[i]
		der, err := x509.MarshalPKIXPublicKey(&e.signer.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("the public key %s: %w", e.ID, err)
		}
		list[i] = store.PublicKey{Issuer: f.issuer(), ID: e.ID, Key: base64.StdEncoding.EncodeToString(der), Until: until}
		if !e.Until.IsZero() {
			list[i].Until = e.Until
		}
	}
	return list, nil
}

// issuer names the installation in tokens.
func (f *keysFile) issuer() string { return "appserver/" + f.Installation }
