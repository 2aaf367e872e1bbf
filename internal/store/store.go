// Package store is the database of the server.
package store

import (
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)
