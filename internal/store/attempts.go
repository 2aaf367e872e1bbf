package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"
)

const (
	// maxAttempts is how many rows of attempts are kept; beyond it the oldest go that nobody
	// has logged in with, and the oldest of all beyond maxTrusted.
	maxAttempts = 100_000
	maxTrusted  = 1_000_000
	// trust is how long after a login a network counts as one that the user logs in from.
	trust = 30 * 24 * time.Hour
)

// An Attempt is one at logging in. Its keys are sums: what they are of is not kept.
type Attempt struct {
	Pair    string // of user name and network: begins with Name and a colon
	Name    string // of the user name, and perhaps of a kind of networks: the same name and a colon begins that
	Network string // of the network
	At      time.Time
	Window  time.Duration // failures count for so long after the first, and a lock as long

	Limit        int64 // failures of a pair or a name that lock it
	NetworkLimit int64 // failures of a network, with whatever names, that lock it
}

// A Standing is how an attempt stands: whether it counts, and what for.
type Standing struct {
	Trusted bool // the user has logged in from that network lately
	Locked  bool // it is refused, whatever the password
	Fresh   bool // and it is the one that locks
}

// BeginAttempt counts the attempt as a failure, before anybody knows, and returns how it
// stands. Where the user has logged in from that network lately only the failures of the pair
// can lock; else those of the name, from all such networks together, and those of the network
// do.
func (s *Store) BeginAttempt(ctx context.Context, a Attempt) (st Standing, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		st, err = beginAttempt(ctx, q, a)
		return err
	})
	return st, err
}

func beginAttempt(ctx context.Context, q querier, a Attempt) (st Standing, err error) {
	var last int64
	err = q.QueryRowContext(ctx, `SELECT trusted FROM attempts WHERE key = $1`, a.Pair).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return st, err
	}
	st.Trusted = last != 0 && a.At.Sub(instant(last)) < trust
	for _, key := range a.keys(st.Trusted) {
		limit := a.Limit
		if key == a.Network {
			limit = a.NetworkLimit
		}
		failures, err := fail(ctx, q, key, a, limit)
		if err != nil {
			return st, err
		}
		if st.Trusted && key == a.Network {
			continue // it counts for others
		}
		st.Locked = st.Locked || failures > limit
		st.Fresh = st.Fresh || failures == limit
	}
	return st, nil
}

// keys are what the attempt counts for, in the order in which all transactions lock them.
func (a *Attempt) keys(trusted bool) []string {
	keys := []string{a.Name, a.Network}
	if trusted {
		keys = []string{a.Pair, a.Network}
	}
	slices.Sort(keys)
	return keys
}

// fail counts a failure, unless the key is locked. The lock begins with the failure that
// reaches the limit, and is not prolonged by others.
func fail(ctx context.Context, q querier, key string, a Attempt, limit int64) (failures int64, err error) {
	now := millis(a.At)
	err = q.QueryRowContext(ctx, `INSERT INTO attempts (key, failures, since, trusted) VALUES ($1, 1, $2, 0)
		ON CONFLICT (key) DO UPDATE SET
			failures = CASE WHEN attempts.since <= $3 THEN 1 WHEN attempts.failures > $4 THEN attempts.failures ELSE attempts.failures + 1 END,
			since = CASE WHEN attempts.since <= $3 OR attempts.failures + 1 = $4 THEN $2 ELSE attempts.since END
		RETURNING failures`, key, now, now-a.Window.Milliseconds(), limit).Scan(&failures)
	return failures, err
}

// Succeed notes that the attempt, which stood so, was right: the failures of its pair are
// forgotten, and those of the name if they counted; the network has one less. The user has logged in
// then, and the network is one of his.
func (s *Store) Succeed(ctx context.Context, a Attempt, st Standing, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		now := millis(a.At)
		statements := map[string]func(key string) error{
			a.Pair: func(key string) error {
				_, err := q.ExecContext(ctx, `INSERT INTO attempts (key, failures, since, trusted) VALUES ($1, 0, $2, $2)
					ON CONFLICT (key) DO UPDATE SET failures = 0, since = $2, trusted = $2`, key, now)
				return err
			},
			a.Network: func(key string) error {
				_, err := q.ExecContext(ctx, `UPDATE attempts SET failures = failures - 1 WHERE key = $1 AND failures > 0`, key)
				return err
			},
		}
		if !st.Trusted {
			statements[a.Name] = func(key string) error {
				_, err := q.ExecContext(ctx, `DELETE FROM attempts WHERE key = $1`, key)
				return err
			}
		}
		for _, key := range slices.Sorted(maps.Keys(statements)) {
			if err := statements[key](key); err != nil {
				return err
			}
		}
		if _, err := q.ExecContext(ctx, `UPDATE users SET last_login = $1 WHERE id = $2`, now, e.UserID); err != nil {
			return err
		}
		return note(ctx, q, e, false)
	})
}

// Forgive forgets the failures of a user name, Name in Attempt, from all networks.
func (s *Store) Forgive(ctx context.Context, name string) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		if _, err := q.ExecContext(ctx, `DELETE FROM attempts WHERE key = $1`, name); err != nil {
			return err
		}
		_, err := q.ExecContext(ctx, `UPDATE attempts SET failures = 0 WHERE key LIKE $1`, name+":%") // ranges depend on the language
		return err
	})
}

// PruneAttempts forgets failures that count no more at now, and the oldest where there are
// too many.
func (s *Store) PruneAttempts(ctx context.Context, now time.Time, window time.Duration) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.ExecContext(ctx, `DELETE FROM attempts WHERE since <= $1 AND trusted <= $2`, millis(now.Add(-window)), millis(now.Add(-trust)))
		if err != nil {
			return err
		}
		return trimAttempts(ctx, q, maxAttempts, maxTrusted)
	})
}

// trimAttempts forgets the oldest attempts beyond most that nobody has logged in with, and
// the oldest of all beyond trusted.
func trimAttempts(ctx context.Context, q querier, most, trusted int) error {
	_, err := q.ExecContext(ctx, `DELETE FROM attempts WHERE trusted = 0 AND since < COALESCE(
		(SELECT since FROM attempts ORDER BY since DESC LIMIT 1 OFFSET $1), 0)`, most-1)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `DELETE FROM attempts WHERE since < COALESCE(
		(SELECT since FROM attempts ORDER BY since DESC LIMIT 1 OFFSET $1), 0)`, trusted-1)
	return err
}
