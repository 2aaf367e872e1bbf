package auth

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Policy is what the configuration says of users: [Auth]. The zero Policy has no bounds but
// MinPassword, and denies what no permission allows.
type Policy struct {
	FailedLogins int           // in a row, that lock a user for LockTime; 0: any number
	LockTime     time.Duration // also of a network with networkFactor times as many failures
	MaxSessions  int           // of a user who has no number of his own; 0: store.MaxSessions

	PasswordExpires   time.Duration // 0: never
	PasswordHistory   int           // former passwords that cannot be taken again; 0: not even the present one counts
	MinPasswordLength int           // characters; less than MinPassword is MinPassword

	DefaultPermit bool          // who has no permissions may call what needs a user
	Audit         time.Duration // how long events are kept; 0: until there are too many
}

// networkFactor is how many times as many failures lock a network as lock a user: many users
// may share one.
const networkFactor = 10

// MinPassword and MaxPassword bound passwords, in characters and in bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// MaxHistory is the most that PasswordHistory can be: each of the old passwords is hashed to
// compare it.
const MaxHistory = 50

// CheckPassword returns why something cannot be a password anywhere, or nil.
func CheckPassword(password string) error { return Policy{}.checkPassword(password) }

// checkPassword returns why something cannot be a password here, or nil.
func (p Policy) checkPassword(password string) error {
	least := max(p.MinPasswordLength, MinPassword)
	switch {
	case !utf8.ValidString(password):
		return errors.New("the password is not UTF-8")
	case utf8.RuneCountInString(password) < least:
		return fmt.Errorf("the password is shorter than %d characters", least)
	case len(password) > MaxPassword:
		return fmt.Errorf("the password is longer than %d bytes", MaxPassword)
	}
	return nil
}

// expired tells whether a password of that time is too old at now.
func (p Policy) expired(changed, now time.Time) bool {
	return p.PasswordExpires > 0 && now.Sub(changed) >= p.PasswordExpires
}
