package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"appserver/internal/store"
)

const (
	// lookShared is how long a change by another process may be unnoticed where looking is a
	// round trip; lookEvery is it elsewhere.
	lookShared = 100 * time.Millisecond
	// lookAgain is how long after a failure nobody looks: those who ask learn it at once.
	lookAgain = time.Second
	// maxAccounts is how many users are kept in memory.
	maxAccounts = 4096
)

// stateBlocked is the state of a user who is kept out.
const stateBlocked = "blocked"

// account is a user with all that decides what he may do.
type account struct {
	store.User
	hours  Hours
	groups []string // their names
	admin  bool
	rules  rules
}

func (a *account) principal() Principal {
	return Principal{Name: a.Name, Method: User, ID: a.ID, version: a.Version, since: a.PasswordChanged.UnixMilli()}
}

// blockedAt tells whether the user is kept out at now.
func blockedAt(u *store.User, now time.Time) bool {
	return u.Blocked && !now.Before(u.BlockedFrom) && (u.BlockedUntil.IsZero() || now.Before(u.BlockedUntil))
}

// refused returns why the user may not log in at now, or "".
func (a *account) refused(now time.Time, where *time.Location) string {
	switch {
	case blockedAt(&a.User, now):
		return stateBlocked
	case !a.hours.Contains(now.In(where)):
		return "out of hours"
	}
	return ""
}

// knowledge is what is remembered of the store, as long as nothing changes there.
type knowledge struct {
	store *store.Store
	every time.Duration
	turn  chan struct{} // holds a token while somebody looks at the store
	last  atomic.Pointer[view]
}

// view is the state of the store at one moment.
type view struct {
	at       time.Time // when it was looked at
	err      error     // nothing is known
	version  int64
	accounts *accounts
}

// accounts are those of one version.
type accounts struct {
	mu   sync.Mutex
	byID map[string]*account
}

func newKnowledge(s *store.Store) knowledge {
	every := lookEvery
	if s.Shared() {
		every = lookShared
	}
	return knowledge{store: s, every: every, turn: make(chan struct{}, 1)}
}

// fresh tells whether v need not be looked at again.
func (k *knowledge) fresh(v *view) bool {
	switch {
	case v == nil:
		return false
	case v.err != nil:
		return time.Since(v.at) < lookAgain
	}
	return time.Since(v.at) < k.every
}

// look returns a view that is fresh.
func (k *knowledge) look(ctx context.Context) (*view, error) {
	if v := k.last.Load(); k.fresh(v) {
		return v, v.err
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	v := k.last.Load()
	if !k.fresh(v) { // nobody has looked meanwhile
		v = k.see(ctx, v)
		k.last.Store(v)
	}
	return v, v.err
}

// see looks at the store, for all that wait for it: the end of ctx does not matter.
func (k *knowledge) see(ctx context.Context, old *view) *view {
	v := &view{at: time.Now()}
	v.version, v.err = k.store.Version(context.WithoutCancel(ctx)) // the store has its own time-out
	switch {
	case v.err != nil:
		v.at = time.Now()
	case old != nil && old.err == nil && old.version == v.version:
		v.accounts = old.accounts
	default:
		v.accounts = &accounts{byID: map[string]*account{}}
	}
	return v
}

// forget has the next look be at the store: something was changed.
func (k *knowledge) forget() {
	k.turn <- struct{}{} // who looks now may have done so before the change
	k.last.Store(nil)
	<-k.turn
}

// account returns the user with the id. The error is store.ErrNotFound if there is none.
func (k *knowledge) account(ctx context.Context, id string) (*account, error) {
	v, err := k.look(ctx)
	if err != nil {
		return nil, err
	}
	if a := v.accounts.get(id); a != nil {
		return a, nil
	}
	a, err := k.load(ctx, id)
	if err == nil {
		v.accounts.put(a)
	}
	return a, err
}

func (a *accounts) get(id string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byID[id]
}

func (a *accounts) put(one *account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.byID) >= maxAccounts {
		clear(a.byID)
	}
	a.byID[one.ID] = one
}

// load reads the user with the id from the store.
func (k *knowledge) load(ctx context.Context, id string) (*account, error) {
	u, err := k.store.UserByID(ctx, id)
	if err != nil {
		return nil, err
	}
	a, err := newAccount(u)
	if err != nil {
		return nil, err
	}
	groups, err := k.store.GroupsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		a.groups = append(a.groups, g.Name)
		a.admin = a.admin || g.Administers
	}
	permissions, err := k.store.PermissionsFor(ctx, id)
	if err != nil {
		return nil, err
	}
	a.rules, err = newRules(permissions)
	return a, err
}

// newAccount returns the user without groups and permissions.
func newAccount(u store.User) (*account, error) {
	hours, err := ParseHours(u.Hours)
	return &account{User: u, hours: hours}, err
}
