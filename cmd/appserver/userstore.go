package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/store"
)

// openStore opens the database that cfg names, and takes over the users of the file that
// earlier versions had.
func openStore(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	url, err := storeURL(cfg)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{
		URL: url, Dir: cfg.General.DataPath, Most: cfg.Store.MaxConnections, Timeout: cfg.Store.Timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("[Store] URL: %w", err)
	}
	return s, nil
}

// storeURL returns the URL of the database; "" means SQLite in the data folder.
func storeURL(cfg *config.Config) (string, error) {
	if cfg.Store.URL != "" || cfg.Store.URLFile == "" {
		return cfg.Store.URL, nil
	}
	b, err := readBounded(cfg.Store.URLFile)
	if err != nil {
		return "", fmt.Errorf("[Store] URLFile: %w", err)
	}
	url := strings.TrimSpace(string(b))
	if url == "" {
		return "", fmt.Errorf("[Store] URLFile: %s is empty: it must hold the URL of the database", cfg.Store.URLFile)
	}
	return url, nil
}

// policyOf is what cfg says of users.
func policyOf(cfg *config.Config) auth.Policy {
	a := cfg.Auth
	return auth.Policy{
		FailedLogins: a.FailedLogins, LockTime: a.LockTime, Trusted: a.Trusted, MaxSessions: a.MaxSessions,
		PasswordExpires: a.PasswordExpires, PasswordHistory: a.PasswordHistory, MinPasswordLength: a.MinPasswordLength,
		DefaultPermit: a.DefaultPermit, Audit: time.Duration(a.AuditDays) * 24 * time.Hour,
	}
}

// newUsers are the users of the server's store.
func (d *daemon) newUsers(cfg *config.Config) *auth.Users {
	return auth.NewUsers(d.store, auth.UsersOptions{Policy: policyOf(cfg), Throttle: &d.guess, Log: d.root.Named("users")})
}

// A lazyStore has the users of cfg for programs that a command runs. The database is opened
// when one is asked for, and stays open until the process ends.
type lazyStore struct {
	open func() (*auth.Users, error)
}

func lazyUsers(cfg *config.Config) lazyStore {
	return lazyStore{sync.OnceValues(func() (*auth.Users, error) {
		s, err := openStore(context.Background(), cfg)
		if err != nil {
			return nil, errors.Join(auth.ErrUnavailable, err)
		}
		return auth.NewUsers(s, auth.UsersOptions{Policy: policyOf(cfg)}), nil
	})}
}

// check is auth.Users.Check.
func (l lazyStore) check(ctx context.Context, a auth.Attempt) (auth.Principal, error) {
	users, err := l.open()
	if err != nil {
		return auth.Principal{}, err
	}
	return users.Check(ctx, a)
}

// permit is auth.Users.Permit.
func (l lazyStore) permit(ctx context.Context, p auth.Principal, r auth.Right) error {
	users, err := l.open()
	if err != nil {
		return err
	}
	return users.Permit(ctx, p, r)
}
