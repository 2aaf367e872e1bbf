package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared bounds the statements that are kept.
const maxPrepared = 100

// prepared runs queries of a database by statements that it keeps, for each connection:
// SQLite takes longer to prepare one than to run it. The driver of PostgreSQL keeps its own.
type prepared struct {
	*sql.DB

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

func newPrepared(db *sql.DB) *prepared { return &prepared{DB: db, byText: map[string]*sql.Stmt{}} }

// QueryContext is as of sql.DB.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.statement(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext is as of sql.DB.
func (p *prepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := p.statement(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

// statement returns the one of the text; nil if there is no room for another one, or if it
// cannot be prepared, which whoever runs it is told.
func (p *prepared) statement(ctx context.Context, text string) *sql.Stmt {
	s, room := p.kept(text)
	if s != nil || !room {
		return s
	}
	s, err := p.PrepareContext(ctx, text) // waits for a connection
	if err != nil {
		return nil
	}
	return p.keep(text, s)
}

// kept returns the statement of the text, or nil and whether there is room for it.
func (p *prepared) kept(text string) (s *sql.Stmt, room bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byText[text], len(p.byText) < maxPrepared
}

// keep keeps s, unless others were first: then it returns theirs of that text, or nil.
func (p *prepared) keep(text string, s *sql.Stmt) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if first := p.byText[text]; first != nil || len(p.byText) >= maxPrepared {
		s.Close()
		return first
	}
	p.byText[text] = s
	return s
}
