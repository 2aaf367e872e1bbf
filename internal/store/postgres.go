package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	postgresIdle     = 4 // connections that are kept
	postgresIdleTime = 5 * time.Minute
	postgresConnect  = 3 * time.Second
)

// SQLSTATE codes, from the documentation of PostgreSQL, appendix A.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	serializationFault  = "40001"
	deadlock            = "40P01"
)

// postgresDialect is that of PostgreSQL.
type postgresDialect struct{ where string }

func (d postgresDialect) name() string         { return d.where }
func (postgresDialect) exists(err error) bool  { return sqlState(err) == uniqueViolation }
func (postgresDialect) missing(err error) bool { return sqlState(err) == foreignKeyViolation }

func (postgresDialect) again(err error) bool {
	state := sqlState(err)
	return state == deadlock || state == serializationFault
}

func sqlState(err error) string {
	fault := (*pgconn.PgError)(nil)
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

// openPostgres prepares connections; a server that cannot be reached is found out later. The
// error does not hold the URL, in which there may be a password.
func (s *Store) openPostgres(url string, most int) error {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return errors.New("the URL of the database begins neither with postgres:// nor with postgresql://")
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the URL of the database is not one of PostgreSQL: postgres://USER:PASSWORD@HOST:PORT/DATABASE is its form")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnect
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "appserver"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(min(postgresIdle, most))
	db.SetConnMaxIdleTime(postgresIdleTime)
	s.reader, s.writer, s.queries = db, db, db
	s.dialect = postgresDialect{fmt.Sprintf("PostgreSQL at %s:%d, database %s", config.Host, config.Port, config.Database)}
	return nil
}
