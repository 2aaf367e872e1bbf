package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A User is a row of users. ID, Key, Created, PasswordChanged and Version are not changed by
// UpdateUser.
type User struct {
	ID       string
	Name     string // as it was given
	Key      string // as names are compared: Key(Name)
	FullName string
	Email    string
	Hash     string // of the password, in the text form of argon2

	Blocked       bool
	BlockedReason string
	BlockedFrom   time.Time // zero: since ever
	BlockedUntil  time.Time // zero: for ever
	Hours         string    // when the user may call; "": always
	MaxSessions   int       // 0: as the configuration says

	Created         time.Time
	PasswordChanged time.Time
	LastLogin       time.Time // zero: never
	Version         int64     // is another after each change, but not after logins
}

// block is whether and when a user is kept out, in the form in which it is stored.
type block struct {
	on          bool
	from, until int64
}

func (u *User) block() block { return block{u.Blocked, millis(u.BlockedFrom), millis(u.BlockedUntil)} }

// Key is a name as names are compared: case does not count.
func Key(name string) string { return strings.ToLower(strings.ToUpper(clean(name))) }

// MaxUsers is how many users there can be.
const MaxUsers = 100_000

const userColumns = `id, name, name_key, full_name, email, hash, blocked, blocked_reason, blocked_from, blocked_until,
	hours, max_sessions, created, password_changed, last_login, version`

func scanUser(scan func(...any) error) (u User, err error) {
	var blocked, from, until, created, changed, login int64
	err = scan(&u.ID, &u.Name, &u.Key, &u.FullName, &u.Email, &u.Hash, &blocked, &u.BlockedReason, &from, &until,
		&u.Hours, &u.MaxSessions, &created, &changed, &login, &u.Version)
	u.Blocked, u.BlockedFrom, u.BlockedUntil = blocked != 0, instant(from), instant(until)
	u.Created, u.PasswordChanged, u.LastLogin = instant(created), instant(changed), instant(login)
	return u, err
}

// AddUser adds a user, with the ID that u has or a new one, as a member of the groups. The
// error is ErrExists if there is a user of that name, ErrNotFound if one of the groups does
// not exist.
func (s *Store) AddUser(ctx context.Context, u User, groups []string, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		return addUser(ctx, q, u, groups, e)
	})
}

// AddFirstUser is AddUser if there is no user at all; else it reports false.
func (s *Store) AddFirstUser(ctx context.Context, u User, groups []string, e Event) (added bool, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		added = false
		if err := bump(ctx, q); err != nil { // the row is locked: others wait
			return err
		}
		n, err := count(ctx, q, "users")
		if err != nil || n > 0 {
			return err
		}
		added = true
		return addUser(ctx, q, u, groups, e)
	})
	return added && err == nil, err
}

func addUser(ctx context.Context, q querier, u User, groups []string, e Event) error {
	if u.ID == "" {
		u.ID = NewID()
	}
	if n, err := count(ctx, q, "users"); err != nil || n >= MaxUsers {
		return orRefusal(err, fmt.Sprintf("there are %d users: no more are possible", n))
	}
	_, err := q.ExecContext(ctx, `INSERT INTO users (`+userColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`,
		u.ID, u.Name, Key(u.Name), u.FullName, u.Email, u.Hash, bit(u.Blocked), u.BlockedReason, millis(u.BlockedFrom), millis(u.BlockedUntil),
		u.Hours, u.MaxSessions, millis(u.Created), millis(u.PasswordChanged), millis(u.LastLogin))
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := join(ctx, q, group, u.ID); err != nil {
			return err
		}
	}
	e.UserID, e.User = u.ID, u.Name
	return note(ctx, q, e, true)
}

// orRefusal returns err, or else an error that says why a change is not possible.
func orRefusal(err error, text string) error {
	if err != nil {
		return err
	}
	return &refusal{text}
}

// count returns how many rows the table has.
func count(ctx context.Context, q querier, table string) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n)
	return n, err
}

// CountUsers returns how many users there are.
func (s *Store) CountUsers(ctx context.Context) (n int64, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		n, err = count(ctx, q, "users")
		return err
	})
	return n, err
}

// UserByName returns the user of the name in any case. The error is ErrNotFound if there is
// none.
func (s *Store) UserByName(ctx context.Context, name string) (User, error) {
	return s.user(ctx, `name_key = $1`, Key(name))
}

// UserByID returns the user with the ID. The error is ErrNotFound if there is none.
func (s *Store) UserByID(ctx context.Context, id string) (User, error) {
	return s.user(ctx, `id = $1`, id)
}

func (s *Store) user(ctx context.Context, where string, arg any) (u User, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		u, err = one(ctx, q, scanUser, `SELECT `+userColumns+` FROM users WHERE `+where, arg)
		return err
	})
	return u, err
}

// idsAtOnce bounds the parameters of a statement.
const idsAtOnce = 512

// UsersByID returns those users that have one of the IDs, in any order.
func (s *Store) UsersByID(ctx context.Context, ids []string) (list []User, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		for some := range slices.Chunk(ids, idsAtOnce) {
			found, err := usersByID(ctx, q, some)
			if err != nil {
				return err
			}
			list = append(list, found...)
		}
		return nil
	})
	return list, err
}

func usersByID(ctx context.Context, q querier, ids []string) ([]User, error) {
	for len(ids)&(len(ids)-1) != 0 { // not a power of two: few different statements are prepared once
		ids = append(slices.Clip(ids), ids[0])
	}
	places, args := make([]string, len(ids)), make([]any, len(ids))
	for i, id := range ids {
		places[i], args[i] = fmt.Sprintf("$%d", i+1), id
	}
	return all(ctx, q, scanUser, `SELECT `+userColumns+` FROM users WHERE id IN (`+strings.Join(places, ", ")+`)`, args...)
}

// Users returns all users in the order of their names.
func (s *Store) Users(ctx context.Context) (list []User, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanUser, `SELECT `+userColumns+` FROM users ORDER BY name_key`)
		return err
	})
	return list, err
}

// UpdateUser has change alter the user of the name; if that blocks him, or for another time,
// his sessions end. The error is ErrNotFound if there is none; one of change leaves all as it
// was.
func (s *Store) UpdateUser(ctx context.Context, name string, e Event, change func(*User) error) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		u, err := lockUser(ctx, q, name)
		if err != nil {
			return err
		}
		before := u.block()
		if err := change(&u); err != nil {
			return &refusal{err.Error()}
		}
		_, err = q.ExecContext(ctx, `UPDATE users SET full_name = $1, email = $2, blocked = $3, blocked_reason = $4,
			blocked_from = $5, blocked_until = $6, hours = $7, max_sessions = $8 WHERE id = $9`,
			u.FullName, u.Email, bit(u.Blocked), u.BlockedReason, millis(u.BlockedFrom), millis(u.BlockedUntil), u.Hours, u.MaxSessions, u.ID)
		if err != nil {
			return err
		}
		if u.Blocked && u.block() != before {
			if _, err := endSessions(ctx, q, u.ID, "the user was blocked", e.At); err != nil {
				return err
			}
		}
		e.UserID, e.User = u.ID, u.Name
		return note(ctx, q, e, true)
	})
}

// lockUser returns the user of the name, with another version; until the transaction ends
// nobody else changes it.
func lockUser(ctx context.Context, q querier, name string) (User, error) {
	return one(ctx, q, scanUser, `UPDATE users SET version = version + 1 WHERE name_key = $1 RETURNING `+userColumns, Key(name))
}

// Passwords returns the hashes of the passwords of a user: the one in force, and those before
// it that are kept, newest first. The error is ErrNotFound if there is no such user.
func (s *Store) Passwords(ctx context.Context, name string) (hashes []string, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		hash, err := one(ctx, q, scanText, `SELECT hash FROM users WHERE name_key = $1`, Key(name))
		if err != nil {
			return err
		}
		old, err := all(ctx, q, scanText, `SELECT p.hash FROM old_passwords p JOIN users u ON u.id = p.user_id
			WHERE u.name_key = $1 ORDER BY p.ended DESC`, Key(name))
		hashes = append([]string{hash}, old...)
		return err
	})
	return hashes, err
}

// NewHash is what takes the place of the hash of a password.
type NewHash struct {
	Hash string
	At   time.Time
	Keep int // how many of those before it are kept
}

// SetPassword gives the user of the name another hash, and ends the user's sessions. The
// error is ErrNotFound if there is no such user.
func (s *Store) SetPassword(ctx context.Context, name string, h NewHash, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		u, err := lockUser(ctx, q, name)
		if err != nil {
			return err
		}
		return givePassword(ctx, q, u, h, e)
	})
}

// ExchangePassword is SetPassword for the user with the id, if nothing has changed since he
// had the version: else the error is ErrNotFound.
func (s *Store) ExchangePassword(ctx context.Context, id string, version int64, h NewHash, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		u, err := one(ctx, q, scanUser, `UPDATE users SET version = version + 1 WHERE id = $1 AND version = $2 RETURNING `+userColumns, id, version)
		if err != nil {
			return err
		}
		return givePassword(ctx, q, u, h, e)
	})
}

func givePassword(ctx context.Context, q querier, u User, h NewHash, e Event) error {
	if err := replacePassword(ctx, q, u, h); err != nil {
		return err
	}
	if _, err := endSessions(ctx, q, u.ID, "the password has changed", h.At); err != nil {
		return err
	}
	e.UserID, e.User = u.ID, u.Name
	return note(ctx, q, e, true)
}

func replacePassword(ctx context.Context, q querier, u User, h NewHash) error {
	_, err := q.ExecContext(ctx, `UPDATE users SET hash = $1, password_changed = $2 WHERE id = $3`, h.Hash, millis(h.At), u.ID)
	if err != nil {
		return err
	}
	if _, err = q.ExecContext(ctx, `INSERT INTO old_passwords (user_id, hash, ended) VALUES ($1, $2, $3)`, u.ID, u.Hash, millis(h.At)); err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `DELETE FROM old_passwords WHERE user_id = $1 AND hash NOT IN (
		SELECT hash FROM old_passwords WHERE user_id = $1 ORDER BY ended DESC LIMIT $2)`, u.ID, h.Keep)
	return err
}

// Rehash exchanges the hash of a user for another one of the same password. It does nothing
// if the hash is old no more.
func (s *Store) Rehash(ctx context.Context, id, old, hash string) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.ExecContext(ctx, `UPDATE users SET hash = $1 WHERE id = $2 AND hash = $3`, hash, id, old)
		return err
	})
}

// RemoveUser takes the user of the name away, with all that belongs to it but its record. The
// error is ErrNotFound if there is none.
func (s *Store) RemoveUser(ctx context.Context, name string, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		u, err := one(ctx, q, scanUser, `DELETE FROM users WHERE name_key = $1 RETURNING `+userColumns, Key(name))
		if err != nil {
			return err
		}
		e.UserID, e.User = u.ID, u.Name
		return note(ctx, q, e, true)
	})
}
