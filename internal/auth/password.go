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

// MinPassword and MaxPassword bound passwords, in bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// CheckPassword returns why something cannot be a password, or nil.
func CheckPassword(password string) error {
	switch {
	case len(password) < MinPassword:
		return fmt.Errorf("the password is shorter than %d bytes", MinPassword)
	case len(password) > MaxPassword:
		return fmt.Errorf("the password is longer than %d bytes", MaxPassword)
	}
	return nil
}

// cost is what a guess at a password costs.
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// usual is the cost of new passwords: 19 MiB, two passes, as OWASP's Password Storage
// Cheat Sheet advises for argon2id.
var usual = cost{19 << 10, 2, 1}

// dearest is what a file may ask for: more would keep the server from its work.
var dearest = cost{256 << 10, 16, 8}

const (
	saltBytes = 16
	hashBytes = 32
)

// hash is what is kept of a password.
type hash struct {
	cost
	salt, key []byte
}

// hashPassword makes the hash of a new password.
func hashPassword(password string) hash {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	h := hash{cost: usual, salt: salt}
	h.key = h.derive(password)
	return h
}

func (h hash) derive(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, hashBytes)
}

// matches tells whether password is the one that h was made of.
func (h hash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password), h.key) == 1
}

// String returns h in the usual text form of argon2:
// $argon2id$v=19$m=19456,t=2,p=1$SALT$KEY.
func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
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
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return hash{}, errors.New("the hash of the password has no cost")
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case saltErr != nil || len(h.salt) != saltBytes || keyErr != nil || len(h.key) != hashBytes || h.String() != text:
		return hash{}, errors.New("the hash of the password is damaged")
	case !h.payable():
		return hash{}, fmt.Errorf("the hash of the password costs more than %d KiB and %d passes, or nothing", dearest.memory, dearest.time)
	}
	return h, nil
}

func (c cost) payable() bool {
	return c.time >= 1 && c.time <= dearest.time && c.threads >= 1 && c.threads <= dearest.threads &&
		c.memory >= 8*uint32(c.threads) && c.memory <= dearest.memory
}
