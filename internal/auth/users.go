package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/store"
)

// Administrators is the name of the group that is always there, and whose members may call
// everything.
const Administrators = store.Administrators

// Errors of Users, to be told with errors.Is.
var (
	// ErrNoUser is that of a wrong name, a wrong password, and of a user who may not log in,
	// for whatever reason: nobody learns which.
	ErrNoUser = errors.New("the name or the password is wrong")
	// ErrPasswordExpired wraps ErrNoUser: the password is right, but too old.
	ErrPasswordExpired = passwordExpired{}
	// ErrBusy is that of a password that was not checked.
	ErrBusy = errors.New("too many passwords are being checked: try again later")
	// ErrChanged is that of a user whom somebody has changed since his password was checked.
	ErrChanged = errors.New("the user was changed at this moment: try again")
	// ErrDismissed is that of what ran for a user who may not call any more (Users.Ended).
	ErrDismissed = errors.New("its user was blocked or removed, or has got another password")
	// ErrForbidden is that of a call that the principal may not make.
	ErrForbidden = errors.New("the permissions do not allow this call")
	// ErrUnavailable is that of a database that does not answer.
	ErrUnavailable = store.ErrUnavailable
)

type passwordExpired struct{}

func (passwordExpired) Error() string { return "the password has expired: it must be changed" }
func (passwordExpired) Unwrap() error { return ErrNoUser }

const (
	maxHashing = 4               // passwords that are hashed at the same time, at most
	maxQueued  = 64              // that wait for it
	maxWait    = 5 * time.Second // for how long
)

// UsersOptions are what NewUsers can be told. The zero UsersOptions are those of the zero
// Policy.
type UsersOptions struct {
	Policy   Policy
	Throttle *Throttle        // of addresses, before passwords are hashed; nil: none
	Now      func() time.Time // nil: time.Now. Whom it is about in Location are the hours of users
	Location *time.Location   // nil: that of the machine
	Cost     Cost             // of new passwords; zero: UsualCost
	Log      *zap.Logger      // of lock-outs; nil: none
}

// Users are the users that may call this server with name and password, and what they may
// call. They are in the store, with passwords hashed by argon2id. Names count in any case.
// The methods may be called from any goroutine, and from several processes at the same time:
// a change counts at once in the process that makes it, and in others within 10 milliseconds
// (100, if the store is a server of its own).
type Users struct {
	store  *store.Store
	o      UsersOptions
	policy atomic.Pointer[Policy]

	fits func(h hash, password string) bool // hash.matches

	decoy    hash          // in place of that of a user that does not exist
	hashing  chan struct{} // holds a token for each password that is being hashed
	queue    chan struct{} // and for each that waits for that
	changing chan struct{} // and for the one that its user changes: that takes many hashes, from which logins must not suffer

	attempts atomic.Uint64 // at logging in since the start, right or wrong
	pruned   atomic.Pointer[time.Time]

	known    knowledge
	verified verified

	mu     sync.Mutex // guards checks
	checks map[mark]*check
}

// NewUsers returns the users of the store.
func NewUsers(s *store.Store, o UsersOptions) *Users {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	o.Cost = cmp.Or(o.Cost, UsualCost)
	secret := make([]byte, sha256.Size)
	rand.Read(secret)
	u := &Users{
		store: s, o: o,
		fits:     hash.matches,
		decoy:    hash{Cost: o.Cost, salt: make([]byte, saltBytes), key: make([]byte, hashBytes)},
		hashing:  make(chan struct{}, min(maxHashing, runtime.GOMAXPROCS(0))),
		queue:    make(chan struct{}, maxQueued),
		changing: make(chan struct{}, 1),
		known:    newKnowledge(s),
		verified: verified{secret: secret, entries: map[mark]verifiedEntry{}},
		checks:   map[mark]*check{},
	}
	u.policy.Store(&o.Policy)
	return u
}

// SetPolicy puts p in force.
func (u *Users) SetPolicy(p Policy) { u.policy.Store(&p) }

// Attempt is one at logging in.
type Attempt struct {
	Name, Password string // UTF-8
	From           netip.Addr
	Door           string // what it is for, as rest or rpc; for the record
}

// Resume returns the principal of the user with the id, who was let in before, if he may
// still call: ErrNoUser means that he was removed, is blocked or out of his hours;
// ErrPasswordExpired that his password is too old.
func (u *Users) Resume(ctx context.Context, id string) (Principal, error) {
	a, err := u.known.account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Principal{}, ErrNoUser
	}
	if err != nil {
		return Principal{}, err
	}
	now := u.o.Now()
	switch {
	case a.refused(now, u.o.Location) != "":
		return Principal{}, ErrNoUser
	case u.policy.Load().expired(a.PasswordChanged, now):
		return Principal{}, ErrPasswordExpired
	}
	return a.principal(), nil
}

// Recheck returns nil if the principal, a user who was let in with his password, may still
// call: ErrNoUser means that he was removed, is blocked or out of his hours, or has got another
// password since; ErrPasswordExpired that it is too old. It counts neither as a login nor as
// a guess.
func (u *Users) Recheck(ctx context.Context, p Principal) error {
	now, err := u.Resume(ctx, p.ID)
	if err == nil && now.since != p.since {
		return ErrNoUser
	}
	return err
}

// Ended returns those of the principals for whom what runs has to end: their users were
// removed, are blocked, or have got another password since they were let in. That somebody
// came out of his hours, or that his password is too old by now, is no reason: it keeps him
// from beginning something else. Who is no user of the store has no end. The store is asked
// once for all, if there is a user among them.
func (u *Users) Ended(ctx context.Context, who []Principal) (ended []Principal, err error) {
	users, err := u.present(ctx, who)
	if err != nil {
		return nil, err
	}
	now := u.o.Now()
	for _, p := range who {
		if p.ID == "" {
			continue
		}
		if found, ok := users[p.ID]; !ok || blockedAt(&found, now) || found.PasswordChanged.UnixMilli() != p.since {
			ended = append(ended, p)
		}
	}
	return ended, nil
}

// present returns the users of the principals as the store has them, by their IDs.
func (u *Users) present(ctx context.Context, who []Principal) (map[string]store.User, error) {
	users := map[string]store.User{}
	for _, p := range who {
		if p.ID != "" {
			users[p.ID] = store.User{}
		}
	}
	list, err := u.store.UsersByID(ctx, slices.Collect(maps.Keys(users)))
	clear(users)
	for _, found := range list {
		users[found.ID] = found
	}
	return users, err
}

// MaxSessions returns how many sessions the user with the id may have at the same time; 0:
// any number. The error is ErrNoUser if there is no such user.
func (u *Users) MaxSessions(ctx context.Context, id string) (int, error) {
	a, err := u.known.account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return 0, ErrNoUser
	}
	if err != nil {
		return 0, err
	}
	return cmp.Or(a.MaxSessions, u.policy.Load().MaxSessions), nil
}
