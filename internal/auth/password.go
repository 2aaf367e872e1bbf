package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is what a guess at a password costs, as argon2id has it.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// UsualCost is that of new passwords: 19 MiB, two passes, as OWASP's Password Storage
// Cheat Sheet advises for argon2id.
var UsualCost = Cost{19 << 10, 2, 1}

// dearest is what a hash may ask for: more would keep the server from its work.
var dearest = Cost{256 << 10, 16, 8}

const (
	saltBytes = 16
	hashBytes = 32
)

// hash is what is kept of a password.
type hash struct {
	Cost
	salt, key []byte
}

// hashPassword makes the hash of a new password.
func hashPassword(password string, c Cost) hash {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	h := hash{Cost: c, salt: salt}
	h.key = h.derive(password)
	return h
}

func (h hash) derive(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.Passes, h.Memory, h.Threads, hashBytes)
}

// matches tells whether password is the one that h was made of.
func (h hash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password), h.key) == 1
}

// String returns h in the usual text form of argon2:
// $argon2id$v=19$m=19456,t=2,p=1$SALT$KEY.
func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Passes, h.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// parseHash reads what String writes, with a cost up to dearest. The error does not
// hold the text.
func parseHash(text string) (hash, error) {
	var h hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return hash{}, errors.New("the hash of the password is not one of argon2id")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Passes, &h.Threads); err != nil {
		return hash{}, errors.New("the hash of the password has no cost")
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case saltErr != nil || len(h.salt) != saltBytes || keyErr != nil || len(h.key) != hashBytes || h.String() != text:
		return hash{}, errors.New("the hash of the password is damaged")
	case !h.payable():
		return hash{}, fmt.Errorf("the hash of the password costs more than %d KiB and %d passes, or nothing", dearest.Memory, dearest.Passes)
	}
	return h, nil
}

func (c Cost) payable() bool {
	return c.Passes >= 1 && c.Passes <= dearest.Passes && c.Threads >= 1 && c.Threads <= dearest.Threads &&
		c.Memory >= 8*uint32(c.Threads) && c.Memory <= dearest.Memory
}
