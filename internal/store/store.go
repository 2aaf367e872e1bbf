// Package store is the database of the server: users and what they may do, sessions, and the
// record of changes and logins. It is SQLite, in a file of the data folder, or PostgreSQL;
// both have the same tables, made by the same migrations, and nobody else speaks SQL.
//
// The methods may be called from any goroutine, and from several processes on the same
// database at the same time. Their errors can be told with errors.Is: [ErrNotFound],
// [ErrExists], [ErrUnavailable], and those of the context. Times are stored as milliseconds
// of Unix time, the zero time as 0, and are UTC when they are read.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// FileName is the name of the SQLite database in the data folder.
const FileName = "appserver.db"

// Errors of the methods of Store.
var (
	ErrNotFound    = errors.New("there is none of that name")
	ErrExists      = errors.New("the name is taken: choose another, or remove the one that has it")
	ErrUnavailable = errors.New("the database cannot be used at present")
)

// What the zero Options mean.
const (
	DefaultTimeout     = 5 * time.Second // of a method
	DefaultConnections = 10
)

// Options say which database is opened.
type Options struct {
	URL     string        // postgres://… or postgresql://…; "": SQLite
	Dir     string        // the data folder, for SQLite
	Most    int           // connections to PostgreSQL at the same time; 0: DefaultConnections
	Timeout time.Duration // of each method, waiting for others included; 0: DefaultTimeout
}

// Store is an open database. Use Open.
type Store struct {
	reader  *sql.DB
	writer  *sql.DB // the same as reader with PostgreSQL; one connection with SQLite
	queries querier // by reader
	dialect dialect
	timeout time.Duration
}

// dialect is what is different between the databases beside their SQL.
type dialect interface {
	name() string
	exists(err error) bool  // a row with that key is there already
	missing(err error) bool // a row that is referred to is not there
	again(err error) bool   // the transaction was taken back for another one, and can be tried again
}

// Open opens the database, makes its file if there is none (0600, of the owner of the
// folder), and brings its tables to the state that this program knows. If another process does that at the same
// time, it waits. A database that a newer program has changed is an error, and is left alone.
// Close must be called when the Store is not used any more.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, o.Dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens the database as it is.
func connect(o Options) (*Store, error) {
	s := &Store{timeout: cmp.Or(o.Timeout, DefaultTimeout)}
	if o.URL != "" {
		return s, s.openPostgres(o.URL, cmp.Or(o.Most, DefaultConnections))
	}
	return s, s.openSQLite(o.Dir)
}

// Close ends the connections. Methods that are called later fail.
func (s *Store) Close() error {
	if s.reader == s.writer {
		return s.reader.Close()
	}
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Shared tells whether the database is on a server of its own, so that looking at it costs
// a round trip.
func (s *Store) Shared() bool { return s.reader == s.writer }

// querier runs statements: a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// read runs do, which only reads, within the timeout. What do reads by several statements
// may have changed between them.
func (s *Store) read(ctx context.Context, do func(ctx context.Context, q querier) error) error {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.outcome(ctx, do(limited, s.queries))
}

// maxTries is how often a transaction is tried that others are in the way of.
const maxTries = 5

// write runs do in one transaction, within the timeout. An error of do takes everything back.
// Do may be run more than once: what it leaves behind is that of the last time.
func (s *Store) write(ctx context.Context, do func(ctx context.Context, q querier) error) error {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := s.transaction(limited, do)
	for range maxTries - 1 {
		if err == nil || !s.dialect.again(err) {
			break
		}
		err = s.transaction(limited, do)
	}
	return s.outcome(ctx, err)
}

func (s *Store) transaction(ctx context.Context, do func(ctx context.Context, q querier) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing after Commit
	if err := do(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// outcome turns the error of the database into one of this package. Ctx is the caller's: its
// end is the caller's matter, everything else the database's.
func (s *Store) outcome(ctx context.Context, err error) error {
	refused := (*refusal)(nil)
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrExists), errors.As(err, &refused):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, sql.ErrNoRows), s.dialect.missing(err):
		return ErrNotFound
	case s.dialect.exists(err):
		return ErrExists
	}
	return fmt.Errorf("%w (%s): %w", ErrUnavailable, s.dialect.name(), err)
}

// refusal is an error of a change that the rules do not allow.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// changed returns ErrNotFound if the statement has changed no row.
func changed(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}

// all reads the rows of a query, each by scan.
func all[T any](ctx context.Context, q querier, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// one reads a row that must be there.
func one[T any](ctx context.Context, q querier, scan func(func(...any) error) (T, error), query string, args ...any) (T, error) {
	return scan(q.QueryRowContext(ctx, query, args...).Scan)
}

// NewID returns an identifier that nobody else has: 32 hexadecimal digits, which later ones
// follow in order.
func NewID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(time.Now().UnixNano()))
	rand.Read(b[8:])
	return hex.EncodeToString(b[:])
}

// notFound is ErrNotFound for a row that is not there.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// clean is text that both databases take: UTF-8 without zero bytes.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
}

// millis is how a time is stored.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant is the time that millis has stored.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// bit is how a truth is stored.
func bit(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// version counts the changes of users, groups and permissions.
const version = "version"

// bump notes that users, groups or permissions have changed.
func bump(ctx context.Context, q querier) error {
	_, err := q.ExecContext(ctx, `UPDATE counters SET value = value + 1 WHERE name = $1`, version)
	return err
}

// Version is another number after each change of users, groups or permissions, by whichever
// process: what was read before may be out of date then.
func (s *Store) Version(ctx context.Context) (v int64, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		return q.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = $1`, version).Scan(&v)
	})
	return v, err
}

func scanText(scan func(...any) error) (text string, err error) {
	err = scan(&text)
	return text, err
}
