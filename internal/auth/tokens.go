package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// TokensFile is the name of the file of tokens in the data folder.
const TokensFile = "rpc-tokens.json"

// MaxTokens is how many tokens there can be.
const MaxTokens = 1000

// tokenPrefix begins every token, so that people and scanners know what they see.
const tokenPrefix = "appserver_"

// tokenBytes is how many random bytes a token has.
const tokenBytes = 32

// Errors of Tokens.Check, to be told with errors.Is.
var (
	ErrNoToken = errors.New("the token is not one of this server")
	ErrExpired = errors.New("the token has expired")
)

// TokenInfo describes a token; nobody can tell the token itself.
type TokenInfo struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// Expired tells whether the token counts no more at now.
func (i TokenInfo) Expired(now time.Time) bool { return !i.Expires.IsZero() && !now.Before(i.Expires) }

// Tokens are the tokens with which other servers and programs call this one. They are
// in a file, which holds their SHA-256 sums only: a token has 256 random bits. Any
// number of processes may use the file at the same time, and a change counts within
// 10 milliseconds in all of them. The methods may be called from any goroutine.
//
// The file is a JSON object with format (1) and tokens: for each its name, sha256 (64
// hexadecimal digits) of the token's text, created and, if it ends, expires.
type Tokens struct{ file file[tokenFile] }

type tokenFile struct {
	Format int          `json:"format"`
	Tokens []tokenEntry `json:"tokens"`

	bySum map[[sha256.Size]byte]TokenInfo
}

type tokenEntry struct {
	TokenInfo
	SHA256 string `json:"sha256"`
}

// OpenTokens returns the tokens in the file at path, which need not exist. Nothing is
// opened before the first call.
func OpenTokens(path string) *Tokens {
	return &Tokens{file[tokenFile]{path: path, check: (*tokenFile).check, every: lookEvery,
		mend: "nobody is let in by a token until it is restored from a backup, or removed and new tokens are made"}}
}

func (f *tokenFile) check() error {
	if f.Format != format {
		return fmt.Errorf("its format is %d, and this program knows %d", f.Format, format)
	}
	if len(f.Tokens) > MaxTokens {
		return fmt.Errorf("there are more than %d tokens: remove some", MaxTokens)
	}
	f.bySum = make(map[[sha256.Size]byte]TokenInfo, len(f.Tokens))
	names := make(map[string]bool, len(f.Tokens))
	for _, e := range f.Tokens {
		if err := CheckName(e.Name); err != nil {
			return err
		}
		if names[fold(e.Name)] {
			return fmt.Errorf("token %q is there twice", e.Name)
		}
		names[fold(e.Name)] = true
		sum, err := hex.DecodeString(e.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return fmt.Errorf("the sum of token %q is not one of SHA-256", e.Name)
		}
		f.bySum[[sha256.Size]byte(sum)] = e.TokenInfo
	}
	return nil
}

// find returns the place of the token with the name, or -1.
func (f *tokenFile) find(name string) int {
	return slices.IndexFunc(f.Tokens, func(e tokenEntry) bool { return fold(e.Name) == fold(name) })
}

// Make makes a token and returns it: this is the only time that it can be seen. The
// zero expires means that it does not end. The error is ErrExists if there is a token
// of that name in any case.
func (t *Tokens) Make(name string, expires time.Time) (token string, err error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	now := time.Now().UTC().Truncate(time.Second)
	if !expires.IsZero() && !expires.After(now) {
		return "", fmt.Errorf("the token would have expired at %s", expires.Format(time.RFC3339))
	}
	if expires.UTC().Year() > 9999 {
		return "", errors.New("the token would expire after the year 9999: make one that never does")
	}
	token = newToken()
	entry := tokenEntry{TokenInfo{name, now, expires.UTC().Truncate(time.Second)}, sumText(token)}
	err = t.file.update(func(f *tokenFile) error {
		f.Format = format
		if f.find(name) >= 0 {
			return fmt.Errorf("token %q: %w", name, ErrExists)
		}
		f.Tokens = append(f.Tokens, entry)
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func newToken() string {
	b := make([]byte, tokenBytes)
	rand.Read(b)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

func sumText(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// List describes the tokens, in the order in which they were made.
func (t *Tokens) List() ([]TokenInfo, error) {
	f, err := t.file.load()
	list := make([]TokenInfo, len(f.Tokens))
	for i, e := range f.Tokens {
		list[i] = e.TokenInfo
	}
	return list, err
}

// Remove takes away the token with the name, in any case. The error is ErrUnknown if
// there is none.
func (t *Tokens) Remove(name string) error {
	return t.file.update(func(f *tokenFile) error {
		f.Format = format
		i := f.find(name)
		if i < 0 {
			return fmt.Errorf("token %q: %w", name, ErrUnknown)
		}
		f.Tokens = slices.Delete(f.Tokens, i, i+1)
		return nil
	})
}

// Check returns the principal that shows the token at now. The error is ErrNoToken,
// ErrExpired, or says why the file cannot be used; it never holds the token. The time
// that it takes does not depend on how much of a token is right: what is looked up is its
// sum.
func (t *Tokens) Check(token string, now time.Time) (Principal, error) {
	f, err := t.file.load()
	if err != nil {
		return Principal{}, err
	}
	found, ok := f.bySum[sha256.Sum256([]byte(token))]
	switch {
	case !ok:
		return Principal{}, ErrNoToken
	case found.Expired(now):
		return Principal{}, fmt.Errorf("token %q: %w", found.Name, ErrExpired)
	}
	return Principal{Name: found.Name, Method: Token}, nil
}
