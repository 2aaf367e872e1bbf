package store

import (
	"context"
	"time"
)

// Classes of events. Each is kept within its own bounds, so that a flood of refusals does not
// push out what has been changed.
const (
	Change  = "change"  // of users, groups, permissions, and by administrators of sessions
	Login   = "login"   // that was let in, and what users do with their sessions
	Refusal = "refusal" // of a login or a call
)

// An Event is a row of the record of who did what. It holds neither passwords nor hashes.
type Event struct {
	At     time.Time
	Class  string
	Action string // what was done, a word or two: user.add
	UserID string // whom it is about, "" if that is no user
	User   string // the name of that
	By     string // who did it
	From   string // from where: an address, or command line
	Detail string // of the action, for people
}

// maxDetail bounds the texts of an event, in bytes.
const maxDetail = 500

const eventColumns = `at, class, action, user_id, user_name, by_name, from_addr, detail`

func scanEvent(scan func(...any) error) (e Event, err error) {
	var at int64
	err = scan(&at, &e.Class, &e.Action, &e.UserID, &e.User, &e.By, &e.From, &e.Detail)
	e.At = instant(at)
	return e, err
}

// note records e within the transaction of what it is about; change tells that what others
// know of users, groups or permissions is out of date.
func note(ctx context.Context, q querier, e Event, change bool) error {
	if change {
		if err := bump(ctx, q); err != nil {
			return err
		}
	}
	_, err := q.ExecContext(ctx, `INSERT INTO audit (id, `+eventColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		NewID(), millis(e.At), e.Class, e.Action, e.UserID, short(e.User), short(e.By), short(e.From), short(e.Detail))
	return err
}

// short bounds a text, which is UTF-8 afterwards, and without the zero bytes that PostgreSQL
// refuses.
func short(text string) string {
	if len(text) > maxDetail {
		text = text[:maxDetail]
	}
	return clean(text)
}

// Record records an event that changes nothing that other methods return.
func (s *Store) Record(ctx context.Context, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error { return note(ctx, q, e, false) })
}

// EventQuery chooses events.
type EventQuery struct {
	User  string    // about the user or by the user of this name, in any case; "": all
	Class string    // "": all
	Since time.Time // zero: since ever
	Limit int       // the last so many; 0: 1000
}

// Events returns the events that are chosen, in the order in which they happened.
func (s *Store) Events(ctx context.Context, c EventQuery) (list []Event, err error) {
	if c.Limit <= 0 {
		c.Limit = 1000
	}
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		const query = `SELECT ` + eventColumns + ` FROM (SELECT id, ` + eventColumns + ` FROM audit
			WHERE ($1 = '' OR LOWER(user_name) = LOWER($1) OR LOWER(by_name) = LOWER($1)
				OR user_id IN (SELECT u.id FROM users u WHERE u.name_key = $5)
			) AND ($2 = '' OR class = $2) AND at >= $3
			ORDER BY id DESC LIMIT $4) AS last ORDER BY id` // LOWER of SQLite knows ASCII only
		list, err = all(ctx, q, scanEvent, query, c.User, c.Class, millis(c.Since), c.Limit, Key(c.User))
		return err
	})
	return list, err
}

// PruneEvents forgets the events before the time, and of each class all but the last so many.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, keep int) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		if _, err := q.ExecContext(ctx, `DELETE FROM audit WHERE at < $1`, millis(before)); err != nil {
			return err
		}
		for _, class := range []string{Change, Login, Refusal} {
			_, err := q.ExecContext(ctx, `DELETE FROM audit WHERE class = $1 AND id < COALESCE(
				(SELECT id FROM audit WHERE class = $1 ORDER BY id DESC LIMIT 1 OFFSET $2), '')`, class, keep-1)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
