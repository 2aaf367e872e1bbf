package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"appserver/internal/datadir"
)

const (
	sqliteReaders = 4               // connections
	sqliteBusy    = 5 * time.Second // that a statement waits for other processes
)

// sqliteDialect is that of SQLite.
type sqliteDialect struct{ path string }

func (d sqliteDialect) name() string { return d.path }

func (sqliteDialect) exists(err error) bool {
	return sqliteCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (sqliteDialect) missing(err error) bool {
	return sqliteCode(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY)
}

// again is true if other processes have not let a writer have a turn: each asks for it less
// and less often, so that one that waits long comes off worst.
func (sqliteDialect) again(err error) bool {
	fault := (*sqlite.Error)(nil)
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_BUSY
}

func sqliteCode(err error, codes ...int) bool {
	fault := (*sqlite.Error)(nil)
	if !errors.As(err, &fault) {
		return false
	}
	for _, code := range codes {
		if fault.Code() == code {
			return true
		}
	}
	return false
}

// openSQLite opens the database in the folder.
func (s *Store) openSQLite(dir string) (err error) {
	path := filepath.Join(dir, FileName)
	if err := datadir.Create(dir, FileName); err != nil {
		return err
	}
	if err := private(path); err != nil {
		return err
	}
	s.dialect = sqliteDialect{path}
	busy := s.timeout / maxTries // all tries together have the time of a method
	if s.writer, err = openFile(path, busy, url.Values{"_txlock": {"immediate"}}); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = openFile(path, s.timeout, url.Values{"_pragma": {"query_only(1)"}}); err != nil {
		return errors.Join(err, s.writer.Close())
	}
	s.reader.SetMaxOpenConns(sqliteReaders)
	s.reader.SetMaxIdleConns(sqliteReaders)
	s.queries = newPrepared(s.reader)
	return nil
}

// openFile prepares connections to the SQLite database at path, whose statements wait so long
// for other processes.
func openFile(path string, busy time.Duration, options url.Values) (*sql.DB, error) {
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}
	options["_pragma"] = append(pragmas, options["_pragma"]...)
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // a drive of Windows
		slashed = "/" + slashed
	}
	name := url.URL{Scheme: "file", Path: slashed, RawQuery: options.Encode()}
	return sql.Open("sqlite", name.String())
}

// private returns why the file is not to be trusted.
func private(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to other users (mode %#o): check who has read it, then run: chmod 600 %[1]s", path, info.Mode().Perm())
	}
	return nil
}

// Copy writes a copy of the SQLite database in the data folder dir, as it is at one moment,
// to the file at path, which must be empty or not exist. The database may be in use, and of
// any version. It reports false if there is none.
func Copy(ctx context.Context, dir, path string) (bool, error) {
	from := filepath.Join(dir, FileName)
	err := private(from)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	db, err := openFile(from, sqliteBusy, url.Values{})
	if err != nil {
		return false, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return false, fmt.Errorf("cannot copy %s: %w", from, err)
	}
	return true, nil
}
