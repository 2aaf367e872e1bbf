package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"appserver/internal/jwt"
)

// KeysFile is the name, in the data folder, of the file of the keys that sign access tokens.
const KeysFile = "signing-keys.json"

// maxSigningKeys bounds the keys in the file: the one that signs, and those before it whose
// tokens may not have ended.
const maxSigningKeys = 100

// KeyInfo describes a key that signs access tokens, or has signed them.
type KeyInfo struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Until   time.Time `json:"until,omitzero"` // when the last token that it has signed ends; zero: it signs
}

// Keys are the keys of this installation that sign access tokens: ECDSA keys on the curve
// P-256, in a file that only its owner can read. The last one signs; the others verify until
// no token of theirs is left. The methods may be called from any goroutine.
//
// The file is a JSON object with format (1), installation (a name made by chance) and keys:
// for each its id, created, until and key (PKCS #8 in base64).
type Keys struct{ file file[keysFile] }

type keysFile struct {
	Format       int        `json:"format"`
	Installation string     `json:"installation"`
	Keys         []keyEntry `json:"keys"`
}

type keyEntry struct {
	KeyInfo
	Key string `json:"key"`

	signer *ecdsa.PrivateKey // of Key; set by check
}

// OpenKeys returns the keys in the data folder dir, of which there may be none yet. Nothing
// is opened before the first call.
func OpenKeys(dir string) *Keys {
	return &Keys{file: file[keysFile]{path: filepath.Join(dir, KeysFile), check: (*keysFile).check, every: lookEvery,
		mend: "no access token counts until it is restored from a backup, or removed: then a new key is made, and who has signed in does so again"}}
}

func (f *keysFile) check() error {
	switch {
	case f.Format != format:
		return fmt.Errorf("its format is %d, and this program knows %d", f.Format, format)
	case f.Installation == "" || len(f.Installation) > MaxName:
		return errors.New("it does not name the installation")
	case len(f.Keys) == 0 || len(f.Keys) > maxSigningKeys:
		return fmt.Errorf("it has %d keys", len(f.Keys))
	}
	ids := map[string]bool{}
	for i := range f.Keys {
		if err := f.Keys[i].read(); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
		if ids[f.Keys[i].ID] {
			return fmt.Errorf("key %d: its id is there twice", i+1)
		}
		ids[f.Keys[i].ID] = true
	}
	return nil
}

// read sets signer.
func (e *keyEntry) read() error {
	der, err := base64.StdEncoding.Strict().DecodeString(e.Key)
	if err != nil {
		return errors.New("it is not in base64")
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return errors.New("it is not in the form of PKCS #8")
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok || signer.Curve != elliptic.P256() || e.ID == "" || len(e.ID) > MaxName {
		return errors.New("it is no named ECDSA key on the curve P-256")
	}
	e.signer = signer
	return nil
}

// newKey makes a key that signs from now on.
func newKey(now time.Time) (keyEntry, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyEntry{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return keyEntry{}, err
	}
	return keyEntry{KeyInfo{ID: randomText(9), Created: now.UTC().Truncate(time.Second)}, base64.StdEncoding.EncodeToString(der), signer}, nil
}

// randomText returns n random bytes in base64url.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// present returns the keys as they are now, after making the first one if there is none, and
// another one if the one that signs is older than age; 0 is any age. Tokens last for life.
func (k *Keys) present(now time.Time, age, life time.Duration) (keysFile, error) {
	f, err := k.file.load()
	if err != nil || len(f.Keys) > 0 && !f.old(now, age) {
		return f, err
	}
	err = k.file.update(func(f *keysFile) error {
		if len(f.Keys) > 0 && !f.old(now, age) {
			return nil // another process was first
		}
		return f.add(now, life)
	})
	if err != nil {
		return keysFile{}, err
	}
	return k.file.load()
}

// old tells whether the key that signs is older than age.
func (f *keysFile) old(now time.Time, age time.Duration) bool {
	return age > 0 && now.Sub(f.Keys[len(f.Keys)-1].Created) > age
}

// add adds a key that signs from now on, and drops those whose tokens have ended. Of the one
// that signed so far they last for life.
func (f *keysFile) add(now time.Time, life time.Duration) error {
	e, err := newKey(now)
	if err != nil {
		return err
	}
	f.Format = format
	if f.Installation == "" {
		f.Installation = randomText(12)
	}
	if n := len(f.Keys); n > 0 {
		f.Keys[n-1].Until = now.Add(life + 2*jwt.Leeway).UTC().Truncate(time.Second)
	}
	f.Keys = slices.DeleteFunc(f.Keys, func(e keyEntry) bool { return !e.Until.IsZero() && e.Until.Before(now) })
	f.Keys = append(f.Keys, e)
	if len(f.Keys) > maxSigningKeys {
		f.Keys = f.Keys[len(f.Keys)-maxSigningKeys:]
	}
	return nil
}

// Rotate makes a new key, which signs from now on. The one before it verifies for life, that
// of tokens; if that is 0, no token counts any more that was made before. It returns the name
// of the new key.
func (k *Keys) Rotate(now time.Time, life time.Duration) (id string, err error) {
	err = k.file.update(func(f *keysFile) error {
		if life <= 0 {
			f.Keys = nil
		}
		if err := f.add(now, life); err != nil {
			return err
		}
		id = f.Keys[len(f.Keys)-1].ID
		return nil
	})
	return id, err
}

// List describes the keys, the one that signs last; none if none was needed yet.
func (k *Keys) List() ([]KeyInfo, error) {
	f, err := k.file.load()
	list := make([]KeyInfo, len(f.Keys))
	for i, e := range f.Keys {
		list[i] = e.KeyInfo
	}
	return list, err
}

// signer returns the key that signs.
func (f *keysFile) signer() (crypto.Signer, string) {
	e := &f.Keys[len(f.Keys)-1]
	return e.signer, e.ID
}

// public returns the key with the name, if it counts at now.
func (f *keysFile) public(id string, now time.Time) []crypto.PublicKey {
	for i := range f.Keys {
		if e := &f.Keys[i]; e.ID == id && (e.Until.IsZero() || now.Before(e.Until)) {
			return []crypto.PublicKey{&e.signer.PublicKey}
		}
	}
	return nil
}
