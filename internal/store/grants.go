package store

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// ErrReused is the error of a refresh token that has been used before. Its session has ended
// with that.
var ErrReused = errors.New("the refresh token was used before")

const (
	// maxSessionTokens bounds the tokens of a session by which a second use is noticed.
	maxSessionTokens = 100
	// MaxSessions bounds the sessions of a user that go on.
	MaxSessions = 10_000
	// maxListed bounds the sessions in a list.
	maxListed = 10_000
)

// Session is that of a user who has signed in for tokens.
type Session struct {
	ID, UserID  string
	UserVersion int64  // that of the user who has shown who he is; only for AddSession
	UserName    string // set by Sessions
	From        string // address from which it began
	Created     time.Time
	Used        time.Time // when it got its last tokens
	Expires     time.Time // of the last refresh token
	Ended       time.Time // zero: it goes on, until Expires
	Reason      string    // of the end
}

// Live tells whether the session goes on at now.
func (s *Session) Live(now time.Time) bool { return s.Ended.IsZero() && now.Before(s.Expires) }

// AddSession adds a session with the sum of its first refresh token. If the user has more
// than most at that time (0: MaxSessions), those that were used longest ago end; it returns
// how many. The error is ErrNotFound if there is no such user, or he has changed since he was
// of that version: what he has shown may not count any more.
func (s *Store) AddSession(ctx context.Context, n Session, sum string, most int) (ended int, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		// Nobody else adds a session of this user until the transaction ends.
		if err := changed(q.ExecContext(ctx, `UPDATE users SET last_login = last_login WHERE id = $1 AND version = $2`, n.UserID, n.UserVersion)); err != nil {
			return err
		}
		if err := dropSessions(ctx, q, n); err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, `INSERT INTO sessions (id, user_id, from_addr, created, used, expires, ended, reason)
			VALUES ($1, $2, $3, $4, $5, $6, 0, '')`, n.ID, n.UserID, n.From, millis(n.Created), millis(n.Used), millis(n.Expires)); err != nil {
			return err
		}
		if err := addSessionToken(ctx, q, n.ID, sum, n.Created); err != nil {
			return err
		}
		ended, err = endOldest(ctx, q, n, cmp.Or(most, MaxSessions))
		return err
	})
	return ended, err
}

// dropSessions forgets those that n shows to be over, and those of its user that have ended:
// a user who begins and ends sessions all the time does not fill the database.
func dropSessions(ctx context.Context, q querier, n Session) error {
	_, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE expires < $1 OR user_id = $2 AND ended <> 0`, millis(n.Used), n.UserID)
	return err
}

func addSessionToken(ctx context.Context, q querier, session, sum string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO session_tokens (sum, session_id, created, used) VALUES ($1, $2, $3, 0)`, sum, session, millis(now))
	return err
}

// endOldest ends sessions of n's user until most are left, n among them.
func endOldest(ctx context.Context, q querier, n Session, most int) (int, error) {
	r, err := q.ExecContext(ctx, `UPDATE sessions SET ended = $1, reason = 'more sessions than the user may have'
		WHERE user_id = $2 AND ended = 0 AND id <> $3 AND id NOT IN (
			SELECT id FROM sessions WHERE user_id = $2 AND ended = 0 AND id <> $3 ORDER BY used DESC, id DESC LIMIT $4)`,
		millis(n.Created), n.UserID, n.ID, most-1)
	if err != nil {
		return 0, err
	}
	ended, err := r.RowsAffected()
	return int(ended), err
}

const sessionColumns = `s.id, s.user_id, s.from_addr, s.created, s.used, s.expires, s.ended, s.reason`

func scanSession(scan func(...any) error) (s Session, err error) {
	var created, used, expires, ended int64
	err = scan(&s.ID, &s.UserID, &s.From, &created, &used, &expires, &ended, &s.Reason)
	s.Created, s.Used, s.Expires, s.Ended = instant(created), instant(used), instant(expires), instant(ended)
	return s, err
}

// Session returns the session with the id, which may have ended. The error is ErrNotFound if
// there is none, or its user was removed.
func (s *Store) Session(ctx context.Context, id string) (found Session, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		found, err = one(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.id = $1`, clean(id))
		return err
	})
	return found, err
}

// SessionOf returns the session of the refresh token with the sum, which may have ended. The
// error is ErrNotFound if there is none.
func (s *Store) SessionOf(ctx context.Context, sum string) (found Session, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		found, err = sessionOf(ctx, q, sum)
		return err
	})
	return found, err
}

func sessionOf(ctx context.Context, q querier, sum string) (Session, error) {
	return one(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM sessions s JOIN session_tokens t ON t.session_id = s.id WHERE t.sum = $1`, sum)
}

// Rotate uses the refresh token with the sum old, and puts the one with the sum new, good
// until expires, in its place. Of several that try that at the same time one succeeds. The
// error is ErrReused, after which the session has ended, and ErrNotFound if there is no such
// token, or it or its session has ended.
func (s *Store) Rotate(ctx context.Context, old, new string, now, expires time.Time) (session Session, err error) {
	var reused bool
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		reused = false
		if session, err = sessionOf(ctx, q, old); err != nil {
			return err
		}
		if !session.Live(now) {
			return ErrNotFound
		}
		err := changed(q.ExecContext(ctx, `UPDATE session_tokens SET used = $1 WHERE sum = $2 AND used = 0`, millis(now), old))
		if errors.Is(err, ErrNotFound) {
			reused = true
			return endSession(ctx, q, session.ID, "a refresh token was used twice", now)
		}
		if err != nil {
			return err
		}
		return renew(ctx, q, session.ID, new, now, expires)
	})
	if err == nil && reused {
		return session, ErrReused
	}
	session.Used, session.Expires = now, expires
	return session, err
}

// renew notes a session's next refresh token, and forgets the oldest that were used.
func renew(ctx context.Context, q querier, id, sum string, now, expires time.Time) error {
	if err := changed(q.ExecContext(ctx, `UPDATE sessions SET used = $1, expires = $2 WHERE id = $3 AND ended = 0`, millis(now), millis(expires), id)); err != nil {
		return err
	}
	if err := addSessionToken(ctx, q, id, sum, now); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `DELETE FROM session_tokens WHERE session_id = $1 AND used <> 0 AND created < (
		SELECT created FROM session_tokens WHERE session_id = $1 ORDER BY created DESC LIMIT 1 OFFSET $2)`, id, maxSessionTokens-1)
	return err
}

// EndSession ends a session. The error is ErrNotFound if there is none that goes on.
func (s *Store) EndSession(ctx context.Context, id, reason string, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, q querier) error { return endSession(ctx, q, id, reason, now) })
}

func endSession(ctx context.Context, q querier, id, reason string, now time.Time) error {
	return changed(q.ExecContext(ctx, `UPDATE sessions SET ended = $1, reason = $2 WHERE id = $3 AND ended = 0`, millis(now), reason, id))
}

// EndSessions ends all sessions of a user that go on, and returns how many those were; of all users
// if userID is "".
func (s *Store) EndSessions(ctx context.Context, userID, reason string, now time.Time) (ended int, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		ended, err = endSessions(ctx, q, userID, reason, now)
		return err
	})
	return ended, err
}

// endSessions is EndSessions within a transaction.
func endSessions(ctx context.Context, q querier, userID, reason string, now time.Time) (int, error) {
	r, err := q.ExecContext(ctx, `UPDATE sessions SET ended = $1, reason = $2 WHERE (user_id = $3 OR $3 = '') AND ended = 0 AND expires > $1`,
		millis(now), reason, userID)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// Sessions lists the sessions that go on at now, of a user or, if userID is "", of all: those
// used last come first, 10,000 at most.
func (s *Store) Sessions(ctx context.Context, userID string, now time.Time) (list []Session, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanNamedSession, `SELECT u.name, `+sessionColumns+` FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE (s.user_id = $1 OR $1 = '') AND s.ended = 0 AND s.expires > $2 ORDER BY s.used DESC, s.id LIMIT $3`, userID, millis(now), maxListed)
		return err
	})
	return list, err
}

func scanNamedSession(scan func(...any) error) (Session, error) {
	var name string
	s, err := scanSession(func(to ...any) error { return scan(append([]any{&name}, to...)...) })
	s.UserName = name
	return s, err
}
