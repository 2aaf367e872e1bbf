package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"appserver/internal/store"
)

const otherPassword = "another horse"

// change has ana, at 192.0.2.host, change her password.
func (u *usersTest) change(host byte, old, password string) error {
	a := Attempt{Name: "ana", Password: old, From: netip.AddrFrom4([4]byte{192, 0, 2, host}), Door: "password"}
	return u.ChangePassword(u.t.Context(), a, password)
}

// A user exchanges a password for another one that may be taken; that it has expired does not
// keep him from it. It counts as a login, and is recorded as what he did himself.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{FailedLogins: 2, LockTime: time.Hour, PasswordExpires: 24 * time.Hour, PasswordHistory: 1, MinPasswordLength: 10}), t.Context()
	ana := u.add("ana")
	var unfit *PasswordError
	for password, want := range map[string]string{
		"too short": "shorter than 10", "with a\nnew line": "control character", "not UTF-8 \xff\xff": "UTF-8", goodPassword: "the present one",
		strings.Repeat("x", MaxPassword+1): "longer than",
	} {
		if err := u.change(1, goodPassword, password); !errors.As(err, &unfit) || !strings.Contains(err.Error(), want) {
			t.Errorf("change to %.20q = %v; want a *PasswordError with %q", password, err, want)
		}
	}
	if err := u.change(1, "a wrong guess", otherPassword); !errors.Is(err, ErrNoUser) {
		t.Errorf("change with a wrong password = %v", err)
	}
	u.now = u.now.Add(24 * time.Hour)
	u.check(1, "ana", goodPassword, ErrPasswordExpired)
	ok(t, u.change(1, goodPassword, otherPassword))
	u.check(1, "ana", goodPassword, ErrNoUser)
	u.check(1, "ana", otherPassword, nil)
	if gone, err := u.Ended(ctx, []Principal{ana}); err != nil || len(gone) != 1 {
		t.Errorf("Ended = %v, %v for who was let in before", gone, err)
	}
	events, err := u.Events(ctx, store.EventQuery{User: "ana"})
	ok(t, err)
	e := events[len(events)-3]
	if e.Action != "user.password" || e.Class != store.Login || e.By != "ana" || e.From != "192.0.2.1 password" || e.Detail != "by the user" {
		t.Errorf("event = %+v", e)
	}
}

// Guesses at the old password lock as those at logging in do, together with them, and whoever
// may not log in may not change his password.
func TestChangePasswordIsNoWayAround(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{FailedLogins: 2, LockTime: time.Hour}), t.Context()
	u.add("ana")
	u.check(1, "ana", "a wrong guess", ErrNoUser)
	if err := u.change(1, "another guess", otherPassword); !errors.Is(err, ErrNoUser) {
		t.Errorf("change = %v", err)
	}
	if err := u.change(1, goodPassword, otherPassword); !errors.Is(err, ErrNoUser) {
		t.Errorf("change by a locked user = %v; want ErrNoUser", err)
	}
	ok(t, u.Unblock(ctx, root, "ana"))
	ok(t, u.Block(ctx, root, "ana", Blocking{}))
	if err := u.change(1, goodPassword, otherPassword); !errors.Is(err, ErrNoUser) {
		t.Errorf("change by a blocked user = %v; want ErrNoUser", err)
	}
	u.o.Throttle = &Throttle{Now: func() time.Time { return u.now }}
	for range throttleBurst {
		u.o.Throttle.Mistake(netip.MustParseAddr("192.0.2.9"))
	}
	if err := u.change(9, goodPassword, otherPassword); !errors.Is(err, ErrThrottled) {
		t.Errorf("change from an address with too many mistakes = %v; want ErrThrottled", err)
	}
}

// Of those who change a password at the same time one does.
func TestChangePasswordTogether(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{})
	u.add("ana")
	passwords := []string{"password 1", "password 2", "password 3", "password 4"}
	errs := make([]error, len(passwords))
	var all sync.WaitGroup
	for i, password := range passwords {
		all.Go(func() { errs[i] = u.change(1, goodPassword, password) })
	}
	all.Wait()
	done := 0
	for i, err := range errs {
		want := ErrNoUser
		if err == nil {
			done++
			want = nil
		} else if !errors.Is(err, ErrChanged) && !errors.Is(err, ErrNoUser) {
			t.Errorf("change %d = %v", i, err)
		}
		u.check(1, "ana", passwords[i], want)
	}
	if done != 1 {
		t.Errorf("%d of %d changes were made; want 1", done, len(passwords))
	}
}

// A client that tries an expired password again and again does not slow its address down, so
// that the password can be changed from there.
func TestExpiredPasswordIsNoGuess(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{PasswordExpires: 24 * time.Hour})
	u.o.Throttle = &Throttle{Now: func() time.Time { return u.now }}
	u.add("ana")
	u.now = u.now.Add(24 * time.Hour)
	u.count.Store(0)
	for range 2 * throttleBurst {
		u.check(1, "ana", goodPassword, ErrPasswordExpired)
	}
	if n := u.count.Load(); n != 1 {
		t.Errorf("%d passwords were compared; want 1", n)
	}
	ok(t, u.change(1, goodPassword, otherPassword))
	u.check(1, "ana", goodPassword, ErrNoUser)
	u.check(1, "ana", otherPassword, nil)
}

// However many change their passwords, they take the time of one processor at most: the
// others are left for logins.
func TestChangePasswordsInTurn(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{PasswordHistory: 1})
	u.hashing = make(chan struct{}, 4)
	var going, most atomic.Int32
	u.fits = func(h hash, password string) bool {
		if password != goodPassword {
			defer going.Add(-1)
			most.Store(max(most.Load(), going.Add(1)))
			for range 1000 {
				runtime.Gosched()
			}
		}
		return h.matches(password)
	}
	var all sync.WaitGroup
	for i := range 4 {
		name := fmt.Sprint("user ", i)
		u.add(name)
		u.check(1, name, goodPassword, nil)
		all.Go(func() {
			err := u.ChangePassword(t.Context(), Attempt{Name: name, Password: goodPassword, From: netip.MustParseAddr("192.0.2.1")}, otherPassword)
			if err != nil {
				t.Errorf("change of %s = %v", name, err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d passwords were changed at the same time; want 1", most.Load())
	}
}

// A user who is removed while he changes his password, or gives way to another one of the
// name, changes nothing.
func TestChangePasswordOfWhoIsGone(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	ana := u.add("ana")
	ok(t, u.Remove(ctx, root, "ana"))
	exchange := func() error { return u.exchangePassword(ctx, ana, "192.0.2.1", otherPassword) }
	if err := exchange(); !errors.Is(err, ErrChanged) {
		t.Errorf("change of who is gone = %v; want ErrChanged", err)
	}
	u.add("ana")
	if err := exchange(); !errors.Is(err, ErrChanged) {
		t.Errorf("change of another one's password = %v; want ErrChanged", err)
	}
	u.check(1, "ana", goodPassword, nil)
}

// What runs for a user ends when he is blocked, also for a later time once that comes, is
// removed or has got another password; other changes are no reason.
func TestEnded(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{PasswordExpires: 24 * time.Hour}), t.Context()
	for _, name := range []string{"ana", "bia", "carla", "dora"} {
		u.add(name)
	}
	ended := func(p Principal, want bool) {
		t.Helper()
		if got, err := u.Ended(ctx, []Principal{System, p}); err != nil || slices.Contains(got, p) != want || slices.Contains(got, System) {
			t.Errorf("Ended(%s) = %v, %v; want %v", p.Name, got, err, want)
		}
	}
	ana, bia, carla, dora := u.check(1, "ana", goodPassword, nil), u.check(1, "bia", goodPassword, nil), u.check(1, "carla", goodPassword, nil), u.check(1, "dora", goodPassword, nil)
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.Hours = "sun 00:00-00:01" }))
	ok(t, u.Block(ctx, root, "ana", Blocking{From: u.now.Add(48 * time.Hour), Until: u.now.Add(72 * time.Hour)}))
	ended(ana, false)
	ok(t, u.Block(ctx, root, "bia", Blocking{}))
	ended(bia, true)
	ok(t, u.Unblock(ctx, root, "bia"))
	ended(bia, false)
	u.now = u.now.Add(time.Millisecond)
	ok(t, u.SetPassword(ctx, root, "carla", otherPassword))
	ended(carla, true)
	ok(t, u.Remove(ctx, root, "dora"))
	ended(dora, true)
	u.now = u.now.Add(48 * time.Hour)
	ended(ana, true)
	ended(Principal{}, false)
	ok(t, u.store.Close())
	if gone, err := u.Ended(ctx, []Principal{bia}); gone != nil || err == nil {
		t.Errorf("Ended without a database = %v, %v; want an error", gone, err)
	}
	if gone, err := u.Ended(ctx, []Principal{System}); gone != nil || err != nil {
		t.Errorf("Ended of who is no user = %v, %v; want that nobody asks the database", gone, err)
	}
}

// Who was let in is let go on without another login: to do so with a former password is no
// guess at the new one.
func TestRecheck(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{FailedLogins: 2, LockTime: time.Hour, PasswordExpires: 24 * time.Hour}), t.Context()
	u.add("ana")
	ana := u.check(1, "ana", goodPassword, nil)
	recheck := func(want error) {
		t.Helper()
		if err := u.Recheck(ctx, ana); !errors.Is(err, want) {
			t.Errorf("Recheck = %v; want %v", err, want)
		}
	}
	u.count.Store(0)
	u.now = u.now.Add(time.Hour)
	recheck(nil)
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.FullName = "Ana" }))
	recheck(nil)
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.Hours = "sun 00:00-00:01" }))
	recheck(ErrNoUser)
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.Hours = "" }))
	u.now = u.now.Add(23 * time.Hour)
	recheck(ErrPasswordExpired)
	ok(t, u.SetPassword(ctx, root, "ana", otherPassword))
	for range 10 {
		recheck(ErrNoUser)
	}
	if n := u.count.Load(); n != 0 {
		t.Errorf("%d passwords were compared; want none", n)
	}
	ana = u.check(1, "ana", otherPassword, nil)
	ok(t, u.Block(ctx, root, "ana", Blocking{}))
	recheck(ErrNoUser)
	ok(t, u.Remove(ctx, root, "ana"))
	recheck(ErrNoUser)
}

// Guesses from outside of the trusted networks lock nobody out there, not even in a network
// where he never was, and guesses from there lock nobody out elsewhere.
func TestTrustedNetworks(t *testing.T) {
	t.Parallel()
	p := Policy{FailedLogins: 3, LockTime: time.Hour, Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}}
	u, ctx := newUsersTest(t, p), t.Context()
	u.add("admin")
	guess := func(host byte) {
		for range p.FailedLogins {
			u.check(host, "admin", "guess", ErrNoUser)
		}
	}
	guess(100)
	u.check(101, "admin", goodPassword, ErrNoUser)
	u.check(1, "admin", goodPassword, nil)
	guess(2)
	u.check(3, "admin", goodPassword, ErrNoUser) // also a trusted network that is new to him
	u.check(1, "admin", goodPassword, nil)       // one where he was
	ok(t, u.Unblock(ctx, root, "admin"))
	u.check(3, "admin", goodPassword, nil)
	guess(4)
	u.check(100, "admin", goodPassword, nil)
	u.check(5, "admin", goodPassword, ErrNoUser)
}

// What an address is written like does not matter.
func TestTrusts(t *testing.T) {
	t.Parallel()
	p := Policy{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10")}}
	for text, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.0.0.1": false, "fe80::1": true, "fe80::1%eth0": true, "::a01:203": false,
	} {
		if got := p.trusts(netip.MustParseAddr(text)); got != want {
			t.Errorf("trusts(%s) = %v", text, got)
		}
	}
	if p.trusts(netip.Addr{}) {
		t.Error("no address is trusted")
	}
}
