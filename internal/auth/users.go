package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// UsersFile is the name of the file of users in the data folder.
const UsersFile = "users.json"

// MaxUsers is how many users there can be in a file.
const MaxUsers = 10_000

// Errors of Users.Check, to be told with errors.Is. Of the first nobody learns whether
// there is such a user.
var (
	ErrNoUser = errors.New("the name or the password is wrong")
	ErrBusy   = errors.New("too many passwords are being checked: try again later")
)

const (
	maxHashing = 4               // passwords that are hashed at the same time, at most
	maxQueued  = 64              // that wait for it
	maxWait    = 5 * time.Second // for how long
	rememberIn = time.Minute     // for how long a right password need not be hashed again
	remembered = 1024            // of how many users
)

// UserInfo describes a user.
type UserInfo struct {
	Name    string    `json:"name"`
	Blocked bool      `json:"blocked"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"` // the password
}

// Users are the users that may call this server with name and password. They are in a
// file, as Tokens are, with passwords hashed by argon2id. Names count in any case. The
// methods may be called from any goroutine.
//
// The file is a JSON object with format (1) and users: for each its name, hash (in the
// text form of argon2), blocked, created and changed.
type Users struct {
	file    file[userFile]
	decoy   hash          // in place of that of a user that does not exist
	hashing chan struct{} // holds a token for each password that is being hashed
	queue   chan struct{} // and for each that waits for that

	mu     sync.Mutex // guards recent
	recent map[[sha256.Size]byte]time.Time
	secret []byte // of this process; what recent is told by
}

type userFile struct {
	Format int         `json:"format"`
	Users  []userEntry `json:"users"`

	byName map[string]*userEntry // folded
}

type userEntry struct {
	UserInfo
	Hash string `json:"hash"`
}

// OpenUsers returns the users in the file at path, which need not exist. Nothing is
// opened before the first call.
func OpenUsers(path string) *Users {
	secret := make([]byte, sha256.Size)
	rand.Read(secret)
	return &Users{
		file: file[userFile]{path: path, check: (*userFile).check, every: lookEvery,
			mend: "nobody is let in by a password until it is restored from a backup, or removed and the users are added again"},
		decoy:   hash{cost: usual, salt: make([]byte, saltBytes), key: make([]byte, hashBytes)},
		hashing: make(chan struct{}, min(maxHashing, runtime.GOMAXPROCS(0))),
		queue:   make(chan struct{}, maxQueued),
		recent:  map[[sha256.Size]byte]time.Time{},
		secret:  secret,
	}
}

func (f *userFile) check() error {
	if f.Format != format {
		return fmt.Errorf("its format is %d, and this program knows %d", f.Format, format)
	}
	if len(f.Users) > MaxUsers {
		return fmt.Errorf("there are more than %d users", MaxUsers)
	}
	f.byName = make(map[string]*userEntry, len(f.Users))
	for i := range f.Users {
		e := &f.Users[i]
		if err := CheckName(e.Name); err != nil {
			return err
		}
		if _, err := parseHash(e.Hash); err != nil {
			return fmt.Errorf("user %q: %w", e.Name, err)
		}
		if f.find(e.Name) != nil {
			return fmt.Errorf("user %q is there twice", e.Name)
		}
		f.byName[fold(e.Name)] = e
	}
	return nil
}

// find returns the user of the name in a file that check has accepted, or nil.
func (f *userFile) find(name string) *userEntry { return f.byName[fold(name)] }

// Add adds a user. The error is ErrExists if there is one of that name.
func (u *Users) Add(name, password string) error {
	if err := cmp.Or(CheckName(name), CheckPassword(password)); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	entry := userEntry{UserInfo{Name: name, Created: now, Changed: now}, hashPassword(password).String()}
	return u.file.update(func(f *userFile) error {
		f.Format = format
		if f.find(name) != nil {
			return fmt.Errorf("user %q: %w", name, ErrExists)
		}
		f.Users = append(f.Users, entry)
		return nil
	})
}

// SetPassword gives a user another password. The error is ErrUnknown if there is no
// such user.
func (u *Users) SetPassword(name, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	text := hashPassword(password).String()
	return u.change(name, func(e *userEntry) {
		e.Hash, e.Changed = text, time.Now().UTC().Truncate(time.Second)
	})
}

// Block keeps a user out, or lets him in again. The error is ErrUnknown if there is no
// such user.
func (u *Users) Block(name string, blocked bool) error {
	return u.change(name, func(e *userEntry) { e.Blocked = blocked })
}

func (u *Users) change(name string, change func(*userEntry)) error {
	return u.file.update(func(f *userFile) error {
		f.Format = format
		e := f.find(name)
		if e == nil {
			return fmt.Errorf("user %q: %w", name, ErrUnknown)
		}
		change(e)
		return nil
	})
}

// Remove takes a user away. The error is ErrUnknown if there is no such user.
func (u *Users) Remove(name string) error {
	return u.file.update(func(f *userFile) error {
		f.Format = format
		if f.find(name) == nil {
			return fmt.Errorf("user %q: %w", name, ErrUnknown)
		}
		f.Users = slices.DeleteFunc(f.Users, func(e userEntry) bool { return fold(e.Name) == fold(name) })
		return nil
	})
}

// List describes the users, in the order in which they were added.
func (u *Users) List() ([]UserInfo, error) {
	f, err := u.file.load()
	list := make([]UserInfo, len(f.Users))
	for i, e := range f.Users {
		list[i] = e.UserInfo
	}
	return list, err
}

// Check returns the principal that has name and password (UTF-8). The error is
// ErrNoUser for a wrong name, a wrong password and a blocked user, after the same time;
// ErrBusy, or that of ctx, if there was no turn to find out; else it says why the file
// cannot be used. It never holds the password.
//
// A right password is remembered for a minute, as a sum that only this process can
// make, unless the user changes.
func (u *Users) Check(ctx context.Context, name, password string) (Principal, error) {
	f, err := u.file.load()
	if err != nil {
		return Principal{}, err
	}
	if len(password) > MaxPassword {
		return Principal{}, ErrNoUser
	}
	e := f.find(name)
	if e == nil {
		e = &userEntry{Hash: u.decoy.String(), UserInfo: UserInfo{Blocked: true}}
	}
	right, err := u.right(ctx, e, password)
	switch {
	case err != nil:
		return Principal{}, err
	case !right || e.Blocked:
		return Principal{}, ErrNoUser
	}
	return Principal{Name: e.Name, Method: User}, nil
}

// right tells whether the password is that of e.
func (u *Users) right(ctx context.Context, e *userEntry, password string) (bool, error) {
	h, err := parseHash(e.Hash)
	if err != nil {
		return false, err
	}
	mark := u.mark(e.Hash, password)
	if !e.Blocked && u.recall(mark) {
		return true, nil
	}
	done, err := u.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if !h.matches(password) {
		return false, nil
	}
	u.remember(mark)
	return true, nil
}

// turn waits until a password may be hashed.
func (u *Users) turn(ctx context.Context) (done func(), err error) {
	select {
	case u.queue <- struct{}{}:
		defer func() { <-u.queue }()
	default:
		return nil, ErrBusy
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, ErrBusy)
	defer cancel()
	select {
	case u.hashing <- struct{}{}:
		return func() { <-u.hashing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// mark is what a hash with its right password is remembered by.
func (u *Users) mark(hash, password string) (m [sha256.Size]byte) {
	mac := hmac.New(sha256.New, u.secret)
	fmt.Fprintf(mac, "%d %s%s", len(hash), hash, password)
	mac.Sum(m[:0])
	return m
}

func (u *Users) recall(mark [sha256.Size]byte) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	until, ok := u.recent[mark]
	return ok && time.Now().Before(until)
}

func (u *Users) remember(mark [sha256.Size]byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.recent) >= remembered {
		clear(u.recent)
	}
	u.recent[mark] = time.Now().Add(rememberIn)
}
