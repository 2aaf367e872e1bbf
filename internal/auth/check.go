package auth

import (
	"context"
	"errors"
	"math"
	"time"

	"go.uber.org/zap"

	"appserver/internal/store"
)

// check is one that goes on; others with the same mark wait for it.
type check struct {
	ended chan struct{}
	who   Principal
	err   error
}

// Check returns the principal that has the name and the password of the attempt. The error is
// ErrNoUser for a wrong name, a wrong password, and a user who is blocked, locked or out of
// his hours, after the same time; ErrPasswordExpired; ErrThrottled; ErrBusy, or that of ctx,
// if there was no turn to find out; ErrUnavailable. It never holds the password.
//
// Wrong passwords lock (see [store.Attempt]): those of a user from a network that he logged
// in from lately lock that user there, those from elsewhere that user everywhere else, and
// those of a network all of it but for such users. So guesses from outside keep nobody out.
// A name that no user has is treated the same.
//
// A right password, also one that has expired, is remembered for a minute, as a sum that only this process can make, for
// the network that it came from, unless the user changes or is locked there.
func (u *Users) Check(ctx context.Context, a Attempt) (Principal, error) {
	who, err := u.check(ctx, a)
	if err != nil {
		return Principal{}, err
	}
	return who, nil
}

// check is Check, but that it returns the principal with ErrPasswordExpired too.
func (u *Users) check(ctx context.Context, a Attempt) (Principal, error) {
	if len(a.Password) > MaxPassword || len(a.Name) > 4*MaxName {
		return Principal{}, ErrNoUser
	}
	m := u.verified.mark(&a)
	for {
		if who, err := u.recall(ctx, m); err != nil || who.ID != "" {
			return who, err
		}
		c, mine := u.join(m)
		if mine {
			u.lead(ctx, c, m, a)
			return c.who, c.err
		}
		select {
		case <-c.ended:
		case <-ctx.Done():
			return Principal{}, context.Cause(ctx)
		}
		if !errors.Is(c.err, context.Canceled) && !errors.Is(c.err, context.DeadlineExceeded) {
			return c.who, c.err
		}
	}
}

// recall returns the principal of a mark that was right a short time ago, with
// ErrPasswordExpired if the password is too old, and the zero Principal if it must be found out.
func (u *Users) recall(ctx context.Context, m mark) (Principal, error) {
	now := u.o.Now()
	e, ok := u.verified.get(m, now)
	if !ok {
		_, err := u.known.look(ctx) // a store that cannot be used fails before a turn is taken
		return Principal{}, err
	}
	a, err := u.known.account(ctx, e.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, nil
	case err != nil:
		return Principal{}, err
	case a.Version != e.version, a.refused(now, u.o.Location) != "":
		return Principal{}, nil
	case u.policy.Load().expired(a.PasswordChanged, now):
		return a.principal(), ErrPasswordExpired
	}
	return a.principal(), nil
}

// join returns the check of the mark that goes on, or a new one, which the caller must lead.
func (u *Users) join(m mark) (c *check, mine bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if c, ok := u.checks[m]; ok {
		return c, false
	}
	c = &check{ended: make(chan struct{}), err: ErrBusy} // if it does not come back
	u.checks[m] = c
	return c, true
}

// lead finds out, for all that wait.
func (u *Users) lead(ctx context.Context, c *check, m mark, a Attempt) {
	defer func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.checks, m)
		close(c.ended)
	}()
	if c.who, c.err = u.recall(ctx, m); c.err != nil || c.who.ID != "" {
		return // somebody has found out between the first look and this turn
	}
	find := func() error {
		c.who, c.err = u.find(ctx, m, a)
		return c.err
	}
	if u.o.Throttle == nil {
		_ = find()
		return
	}
	c.err = u.o.Throttle.Check(ctx, a.From, find)
}

// find finds out who it is.
func (u *Users) find(ctx context.Context, m mark, a Attempt) (Principal, error) {
	done, err := u.begin(ctx)
	if err != nil {
		return Principal{}, err
	}
	defer done()
	ctx = context.WithoutCancel(ctx) // what is counted is told to the end; the store has its own time-outs
	defer u.pruneSometimes(ctx)
	found, err := u.lookUp(ctx, a.Name)
	if err != nil {
		return Principal{}, err
	}
	t := u.newTrial(a)
	if t.Standing, err = u.store.BeginAttempt(ctx, t.Attempt); err != nil {
		return Principal{}, err
	}
	right, err := u.matches(found, a.Password)
	if err != nil {
		return Principal{}, err
	}
	if reason := u.reason(found, t, right); reason != "" {
		return Principal{}, u.refuse(ctx, found, t, a, reason)
	}
	return u.admit(ctx, found, t, m, a)
}

// trial is an attempt with how it stands.
type trial struct {
	store.Attempt
	store.Standing
}

func (u *Users) newTrial(a Attempt) trial {
	p := u.policy.Load()
	limit := int64(p.FailedLogins)
	if limit == 0 {
		limit = math.MaxInt64 / networkFactor
	}
	t := trial{Attempt: store.Attempt{At: u.o.Now(), Window: p.LockTime, Limit: limit, NetworkLimit: networkFactor * limit}}
	t.Name, t.Network, t.Pair = keysOf(a)
	if p.trusts(a.From) {
		t.Name += ":trusted" // a pair, for Forgive
	}
	return t
}

// lookUp returns the user of the name, nil if there is none.
func (u *Users) lookUp(ctx context.Context, name string) (*account, error) {
	found, err := u.store.UserByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newAccount(found)
}

// matches tells whether the password is that of the user; nil has none. It takes the same
// time in any case.
func (u *Users) matches(a *account, password string) (bool, error) {
	if a == nil {
		u.fits(u.decoy, password)
		return false, nil
	}
	h, err := parseHash(a.Hash)
	if err != nil {
		return false, err
	}
	return u.fits(h, password), nil
}

// reason says why an attempt is refused, for the record; "" if it is not.
func (u *Users) reason(a *account, t trial, right bool) string {
	switch {
	case a == nil:
		return "no user of that name"
	case t.Locked:
		return "locked after wrong passwords"
	case !right:
		return "wrong password"
	}
	return a.refused(t.At, u.o.Location)
}

// refuse records a refusal and returns its error.
func (u *Users) refuse(ctx context.Context, found *account, t trial, a Attempt, reason string) error {
	e := u.loginEvent(found, t, a)
	e.Class, e.Action, e.Detail = store.Refusal, "login.refused", reason
	if t.Fresh {
		u.verified.drop(t.Pair)
		e.Action = "login.locked"
		u.o.Log.Warn("too many wrong passwords: a user or a network is locked for a time", zap.Stringer("from", a.From), zap.String("door", a.Door))
	}
	if err := u.store.Record(ctx, e); err != nil {
		return err
	}
	return ErrNoUser
}

// loginEvent is an event of the record. A name that no user has is not in it: it may be a
// password.
func (u *Users) loginEvent(found *account, t trial, a Attempt) store.Event {
	e := store.Event{At: t.At, From: fromText(a)}
	if found != nil {
		e.UserID, e.User, e.By = found.ID, found.Name, found.Name
	}
	return e
}

func fromText(a Attempt) string {
	text := a.Door
	if a.From.IsValid() {
		text = a.From.String() + " " + a.Door
	}
	return text
}

// admit records a login and returns its principal.
func (u *Users) admit(ctx context.Context, found *account, t trial, m mark, a Attempt) (Principal, error) {
	e := u.loginEvent(found, t, a)
	e.Class, e.Action = store.Login, "login"
	expired := u.policy.Load().expired(found.PasswordChanged, t.At)
	if expired {
		e.Class, e.Action, e.Detail = store.Refusal, "login.refused", "the password has expired"
	}
	if err := u.store.Succeed(ctx, t.Attempt, t.Standing, e); err != nil {
		return Principal{}, err
	}
	if err := u.rehash(ctx, found, a.Password); err != nil {
		return Principal{}, err
	}
	u.verified.put(m, verifiedEntry{id: found.ID, version: found.Version, pair: t.Pair, until: t.At.Add(rememberIn)})
	if expired {
		return found.principal(), ErrPasswordExpired
	}
	return found.principal(), nil
}

// rehash exchanges a hash of another cost than new ones have, so that all take the same time.
func (u *Users) rehash(ctx context.Context, a *account, password string) error {
	if h, err := parseHash(a.Hash); err != nil || h.Cost == u.o.Cost {
		return err
	}
	return u.store.Rehash(ctx, a.ID, a.Hash, hashPassword(password, u.o.Cost).String())
}

// begin waits until a password may be hashed.
func (u *Users) begin(ctx context.Context) (done func(), err error) {
	select {
	case u.queue <- struct{}{}:
		defer func() { <-u.queue }()
	default:
		return nil, ErrBusy
	}
	return take(ctx, u.hashing)
}

// take waits until there is room in slots for a token, but not for long.
func take(ctx context.Context, slots chan struct{}) (giveBack func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, ErrBusy)
	defer cancel()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

const (
	// pruneEach is after how many logins what counts no more is forgotten, pruneAge after how
	// long at the latest, if somebody logs in.
	pruneEach = 256
	pruneAge  = 24 * time.Hour
	// keptEvents is how many events of each class are kept.
	keptEvents = 100_000
)

// pruneSometimes forgets what counts no more: at the first login after the start, and then now
// and then.
func (u *Users) pruneSometimes(ctx context.Context) {
	now, last := u.o.Now(), u.pruned.Load()
	if u.attempts.Add(1)%pruneEach != 0 && last != nil && now.Sub(*last) < pruneAge {
		return
	}
	u.pruned.Store(&now)
	if err := u.prune(ctx); err != nil {
		u.o.Log.Warn("old failures and events cannot be removed from the database", zap.Error(err))
	}
}

func (u *Users) prune(ctx context.Context) error {
	p, now := u.policy.Load(), u.o.Now()
	before := time.Time{}
	if p.Audit > 0 {
		before = now.Add(-p.Audit)
	}
	return errors.Join(u.store.PruneAttempts(ctx, now, p.LockTime), u.store.PruneEvents(ctx, before, keptEvents))
}
