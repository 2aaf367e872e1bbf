package auth

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Policy is what the configuration says of users: [Auth]. The zero Policy has no bounds but
// MinPassword, and denies what no permission allows.
type Policy struct {
	FailedLogins int            // in a row, that lock a user for LockTime; 0: any number
	LockTime     time.Duration  // also of a network with networkFactor times as many failures
	Trusted      []netip.Prefix // networks whose failures lock nobody out elsewhere, nor those of others anybody out there
	MaxSessions  int            // of a user who has no number of his own; 0: store.MaxSessions

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

// PasswordError says why something cannot be a password.
type PasswordError struct {
	Reason string // in English, for whoever chose it; it does not hold the password
}

// Error returns the reason.
func (e *PasswordError) Error() string { return e.Reason }

func unfit(format string, args ...any) error { return &PasswordError{fmt.Sprintf(format, args...)} }

// CheckPassword returns why something cannot be a password anywhere, or nil. The error is a
// *PasswordError.
func CheckPassword(password string) error { return Policy{}.checkPassword(password) }

// checkPassword returns why something cannot be a password here, or nil.
func (p Policy) checkPassword(password string) error {
	least := max(p.MinPasswordLength, MinPassword)
	switch {
	case !utf8.ValidString(password):
		return unfit("the password is not UTF-8")
	case utf8.RuneCountInString(password) < least:
		return unfit("the password is shorter than %d characters", least)
	case strings.ContainsFunc(password, unicode.IsControl):
		return unfit("the password has a control character, which not all clients can send")
	case len(password) > MaxPassword:
		return unfit("the password is longer than %d bytes", MaxPassword)
	}
	return nil
}

// trusts tells whether the address is of a network whose failures are counted apart.
func (p Policy) trusts(from netip.Addr) bool {
	from = from.Unmap().WithZone("")
	return slices.ContainsFunc(p.Trusted, func(n netip.Prefix) bool { return n.Contains(from) })
}

// expired tells whether a password of that time is too old at now.
func (p Policy) expired(changed, now time.Time) bool {
	return p.PasswordExpires > 0 && now.Sub(changed) >= p.PasswordExpires
}
