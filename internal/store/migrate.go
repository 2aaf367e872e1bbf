package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"appserver/internal/datadir"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrateTimeout bounds how long the tables may take to change, waiting for another process
// that changes them included.
const migrateTimeout = 2 * time.Minute

// migrate brings the tables to the last version.
func (s *Store) migrate(ctx context.Context, dir string) error {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return err
	}
	return s.migrateBy(ctx, dir, files)
}

// migrateBy brings the tables to the last version among files.
func (s *Store) migrateBy(ctx context.Context, dir string, files fs.FS) error {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	if s.Shared() {
		return s.up(ctx, files)
	}
	return datadir.Exclusive(ctx, dir, FileName, func() error { return s.up(ctx, files) })
}

// up runs what is to be run of files. No other process of this machine does, with SQLite;
// with PostgreSQL the others wait for a lock of the server.
func (s *Store) up(ctx context.Context, files fs.FS) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	dialect := goose.DialectSQLite3
	if s.Shared() {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrateTimeout/time.Second)))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.writer, files, options...)
	if err != nil {
		return fmt.Errorf("the migrations of the database: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	has, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("%w (%s): %w", ErrUnavailable, s.dialect.name(), err)
	case has > newest:
		return fmt.Errorf("the database (%s) was changed by a newer appserver: its version is %d, and this program knows up to %d; run the newer program, or restore a backup of before", s.dialect.name(), has, newest)
	case has == newest:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the database (%s) cannot be brought from version %d to %d: %w", s.dialect.name(), has, newest, err)
	}
	return nil
}
