package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/store"
)

const goodPassword = "correct horse é"

// testCost is the cost of passwords of tests.
var testCost = Cost{Memory: 8, Passes: 1, Threads: 1}

var root = Actor{Name: "root", From: "command line"}

// usersTest are users with a clock of their own.
type usersTest struct {
	*Users
	t     *testing.T
	now   time.Time
	store *store.Store
	logs  *observer.ObservedLogs
	count atomic.Int64 // passwords that were hashed
}

func newUsersTest(t *testing.T, p Policy) *usersTest {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: folderOf(t, emptyDatabase)})
	ok(t, err)
	t.Cleanup(func() { s.Close() })
	return usersOf(t, s, p)
}

// usersOf are those of the store as another process has them.
func usersOf(t *testing.T, s *store.Store, p Policy) *usersTest {
	core, logs := observer.New(zap.DebugLevel)
	u := &usersTest{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), store: s, logs: logs} // a Wednesday
	u.Users = NewUsers(s, UsersOptions{Policy: p, Now: func() time.Time { return u.now }, Location: time.UTC, Cost: testCost, Log: zap.New(core)})
	u.fits = func(h hash, password string) bool {
		u.count.Add(1)
		return h.matches(password)
	}
	return u
}

func (u *usersTest) add(name string, groups ...string) Principal {
	u.t.Helper()
	ok(u.t, u.Add(u.t.Context(), root, name, goodPassword, Profile{}, groups...))
	x, err := u.store.UserByName(u.t.Context(), name)
	ok(u.t, err)
	a, err := newAccount(x)
	ok(u.t, err)
	return a.principal()
}

// check has somebody at 192.0.2.x show a password.
func (u *usersTest) check(host byte, name, password string, want error) Principal {
	u.t.Helper()
	p, err := u.Check(u.t.Context(), Attempt{Name: name, Password: password, From: netip.AddrFrom4([4]byte{192, 0, 2, host}), Door: "rest"})
	if !errors.Is(err, want) || want == nil && err != nil {
		u.t.Errorf("Check(%q, %q) from %d = %v, %v; want %v", name, password, host, p, err, want)
	}
	if err != nil && p != (Principal{}) {
		u.t.Errorf("Check(%q) gives %v with the error %v", name, p, err)
	}
	return p
}

func (u *usersTest) actions() string {
	u.t.Helper()
	list, err := u.Events(u.t.Context(), store.EventQuery{})
	ok(u.t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Action)
	}
	return strings.Join(names, " ")
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	u.check(1, "Bruno", goodPassword, ErrNoUser)
	bruno := u.add("Bruno")
	if err := u.Add(ctx, root, "BRUNO", goodPassword, Profile{}); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), `user "BRUNO": `) {
		t.Errorf("Add = %v; want ErrExists", err)
	}
	for _, name := range []string{"Bruno", "bruno", "BRUNO"} {
		if p := u.check(1, name, goodPassword, nil); p != bruno {
			t.Errorf("Check(%q) = %v; want %v", name, p, bruno)
		}
	}
	for _, c := range [][2]string{
		{"Bruno", goodPassword + " "}, {"Bruno", ""}, {"Brun", goodPassword}, {"", goodPassword}, {"Bruno", strings.Repeat("x", MaxPassword+1)},
		{"Bruno\x00", goodPassword}, {"\xff", goodPassword}, {strings.Repeat("x", 1000), goodPassword},
	} {
		u.check(1, c[0], c[1], ErrNoUser)
	}
	ok(t, u.Block(ctx, root, "bruno", Blocking{Reason: "leave"}))
	u.check(1, "Bruno", goodPassword, ErrNoUser)
	ok(t, u.Unblock(ctx, root, "bruno"))
	u.check(1, "Bruno", goodPassword, nil)
	ok(t, u.SetPassword(ctx, root, "bruno", "another one"))
	u.check(1, "Bruno", goodPassword, ErrNoUser)
	u.check(1, "Bruno", "another one", nil)
	ok(t, u.Remove(ctx, root, "BRUNO"))
	u.check(1, "Bruno", "another one", ErrNoUser)
	for what, err := range map[string]error{
		"Remove": u.Remove(ctx, root, "Bruno"), "Block": u.Block(ctx, root, "Bruno", Blocking{}), "SetPassword": u.SetPassword(ctx, root, "Bruno", goodPassword),
		"Unblock": u.Unblock(ctx, root, "Bruno"), "Change": u.Change(ctx, root, "Bruno", func(*Profile) {}), "Join": u.Join(ctx, root, Administrators, "Bruno"),
		"ShowGroup": second(u.ShowGroup(ctx, "x")), "Show": second(u.Show(ctx, "x")), "RemoveGroup": u.RemoveGroup(ctx, root, "x"),
		"group": u.Add(ctx, root, "x", goodPassword, Profile{}, "nobody"), "RemovePermission": u.RemovePermission(ctx, root, Permission{User: "x", Pattern: "a"}),
	} {
		if !errors.Is(err, ErrUnknown) || strings.Count(err.Error(), ErrUnknown.Error()) != 1 || !strings.Contains(err.Error(), `"`) {
			t.Errorf("%s = %v; want ErrUnknown, with a name", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// What cannot be is refused before anything is done.
func TestBadUsers(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{MinPasswordLength: 10}), t.Context()
	for _, password := range []string{"", "éééééé", "123456789", strings.Repeat("x", MaxPassword+1), "1234567890\xff"} {
		if err := u.Add(ctx, root, "a", password, Profile{}); err == nil || password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("password %q: %v", password, err)
		}
	}
	for _, p := range []Profile{
		{Email: "x"}, {Email: "Ana <a@example.com>"}, {FullName: strings.Repeat("x", 201)}, {FullName: "a\nb"}, {MaxSessions: -1}, {MaxSessions: 1e6}, {Hours: "mon"},
	} {
		if err := u.Add(ctx, root, "a", goodPassword, p); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
	for _, b := range []Blocking{{Until: u.now}, {From: u.now.Add(2 * time.Hour), Until: u.now.Add(time.Hour)}, {Reason: "a\x1bb"}} {
		if err := u.Block(ctx, root, "a", b); err == nil || errors.Is(err, ErrUnknown) {
			t.Errorf("%+v: %v", b, err)
		}
	}
	if n, err := u.store.CountUsers(ctx); n != 0 || err != nil {
		t.Errorf("there are %d users, %v", n, err)
	}
}

func TestBlockingForATime(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{})
	p := u.add("ana")
	ok(t, u.Block(t.Context(), root, "ana", Blocking{From: u.now.Add(time.Hour), Until: u.now.Add(2 * time.Hour)}))
	for _, want := range []error{nil, ErrNoUser, nil} {
		u.check(1, "ana", goodPassword, want)
		if _, err := u.Resume(t.Context(), p.ID); !errors.Is(err, want) {
			t.Errorf("Resume = %v; want %v", err, want)
		}
		u.now = u.now.Add(time.Hour)
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{PasswordExpires: 24 * time.Hour, PasswordHistory: 2}), t.Context()
	p := u.add("ana")
	u.check(1, "ana", goodPassword, nil)
	u.now = u.now.Add(24 * time.Hour)
	u.check(1, "ana", goodPassword, ErrPasswordExpired)
	u.check(1, "ana", "something else", ErrNoUser)
	if _, err := u.Resume(ctx, p.ID); !errors.Is(err, ErrPasswordExpired) || !errors.Is(err, ErrNoUser) {
		t.Errorf("Resume = %v; want that the password has expired", err)
	}
	for i, password := range []string{"password 2", "password 3", "password 4"} {
		ok(t, u.SetPassword(ctx, root, "ana", password))
		u.now = u.now.Add(time.Minute)
		u.check(1, "ana", password, nil)
		if err := u.SetPassword(ctx, root, "ana", password); err == nil || !strings.Contains(err.Error(), "the present one") {
			t.Errorf("the password %d again: %v", i+2, err)
		}
	}
	for _, password := range []string{"password 3", "password 2"} {
		if err := u.SetPassword(ctx, root, "ana", password); err == nil {
			t.Errorf("%q was taken again", password)
		}
	}
	ok(t, u.SetPassword(ctx, root, "ana", goodPassword))
}

// Wrong passwords lock a user for strangers, and not where he logs in from; the lock outlives
// the process, and names that nobody has are locked alike.
func TestLockOut(t *testing.T) {
	t.Parallel()
	p := Policy{FailedLogins: 3, LockTime: time.Minute}
	u := newUsersTest(t, p)
	u.add("ana")
	u.check(1, "ana", goodPassword, nil) // her network
	for range 4 {
		u.check(2, "ana", "guess", ErrNoUser)
		u.check(2, "nobody", "guess", ErrNoUser)
	}
	u.check(2, "ana", goodPassword, ErrNoUser)
	u.check(3, "ana", goodPassword, ErrNoUser)
	u.now = u.now.Add(rememberIn - time.Second) // the lock goes on
	again := usersOf(t, u.store, p)
	again.now = u.now
	again.check(3, "ana", goodPassword, ErrNoUser)
	again.check(1, "ana", goodPassword, nil)
	again.now = again.now.Add(time.Second)
	again.check(3, "ana", goodPassword, nil)

	// In her own network she can lock herself, and what was right before counts no more.
	for range 3 {
		again.check(1, "ana", "guess", ErrNoUser)
	}
	again.check(1, "ana", goodPassword, ErrNoUser)
	again.check(3, "ana", goodPassword, nil)
	ok(t, again.Unblock(t.Context(), root, "ana"))
	again.check(1, "ana", goodPassword, nil)
	if got := u.logs.FilterMessageSnippet("locked").Len(); got != 2 {
		t.Errorf("%d lock-outs were logged; want 2", got)
	}
	for _, l := range append(u.logs.All(), again.logs.All()...) {
		if text := fmt.Sprint(l.Message, l.Context); strings.Contains(text, "ana") || strings.Contains(text, "guess") {
			t.Errorf("the log has %s", text)
		}
	}
}

// Those who guess one name from everywhere, and many names from one network, get no more
// guesses than the limits; nothing outward tells the reason.
func TestManyGuesses(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{FailedLogins: 3, LockTime: time.Minute})
	u.add("ana")
	for i := range byte(3) {
		u.check(i, "ana", "guess", ErrNoUser)
	}
	u.check(200, "ana", goodPassword, ErrNoUser)
	u.add("bia")
	for i := range 30 {
		u.check(100, fmt.Sprint("x", i), "guess", ErrNoUser)
	}
	u.check(100, "bia", goodPassword, ErrNoUser)
	u.check(101, "bia", goodPassword, nil)
}

// The same work is done for every refusal: one user is read, one password is hashed, one
// failure and one event are written.
func TestRefusalsAreAlike(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{FailedLogins: 2, LockTime: time.Hour}), t.Context()
	for _, name := range []string{"wrong", "blocked", "hours", "locked"} {
		u.add(name)
	}
	ok(t, u.Block(ctx, root, "blocked", Blocking{}))
	ok(t, u.Change(ctx, root, "hours", func(p *Profile) { p.Hours = "sun 00:00-00:01" }))
	for i := range byte(3) {
		u.check(i, "locked", "guess", ErrNoUser)
	}
	last, err := u.store.Events(ctx, store.EventQuery{})
	ok(t, err)
	for i, c := range []struct{ name, password, reason string }{
		{"wrong", "guess", "wrong password"}, {"unknown", "guess", "no user of that name"}, {"blocked", goodPassword, "blocked"},
		{"hours", goodPassword, "out of hours"}, {"locked", goodPassword, "locked after wrong passwords"},
	} {
		hashed := u.count.Load()
		u.check(byte(20+i), c.name, c.password, ErrNoUser)
		if n := u.count.Load() - hashed; n != 1 {
			t.Errorf("%s: %d passwords were hashed; want one", c.name, n)
		}
		events, err := u.store.Events(ctx, store.EventQuery{})
		ok(t, err)
		if len(events) != len(last)+1 || events[len(events)-1].Detail != c.reason || events[len(events)-1].Class != store.Refusal {
			t.Errorf("%s: the events are %+v", c.name, events[len(last):])
		}
		if c.name == "unknown" && strings.Contains(fmt.Sprintf("%+v", events[len(events)-1]), "unknown") {
			t.Error("the record has a name that no user has")
		}
		last = events
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	u.add("ana", Administrators)
	u.check(7, "ana", goodPassword, nil)
	u.check(7, "ana", "wrong secret", ErrNoUser)
	ok(t, u.SetPassword(ctx, root, "ana", "another secret"))
	ok(t, u.SetPermission(ctx, root, Permission{User: "ana", Allow: true, Pattern: "u_a"}))
	ok(t, u.RemovePermission(ctx, root, Permission{User: "ana", Pattern: "U_A"}))
	ok(t, u.Remove(ctx, root, "ana"))
	if got, want := u.actions(), "user.add login login.refused user.password permission.allow permission.remove user.remove"; got != want {
		t.Errorf("the record has\n%s\nwant\n%s", got, want)
	}
	events, err := u.Events(ctx, store.EventQuery{User: "ANA"})
	ok(t, err)
	if e := events[1]; e.By != "ana" || e.From != "192.0.2.7 rest" || e.Class != store.Login || !e.At.Equal(u.now) {
		t.Errorf("the login is %+v", e)
	}
	if e := events[0]; e.By != "root" || e.From != "command line" || e.User != "ana" {
		t.Errorf("the change is %+v", e)
	}
	if text := fmt.Sprintf("%+v", events); strings.Contains(text, "secret") || strings.Contains(text, "argon2") {
		t.Errorf("the record holds a password: %s", text)
	}
}

// A right password is not hashed again, unless the user changes, by whichever process, a
// minute goes by, or it comes from elsewhere.
func TestRemembered(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	other := usersOf(t, u.store, Policy{})
	u.add("ana")
	u.known.every = 0
	hashed := func(what string, host byte, want int64) {
		t.Helper()
		before := u.count.Load()
		u.check(host, "ana", goodPassword, nil)
		if got := u.count.Load() - before; got != want {
			t.Errorf("%s: %d passwords were hashed; want %d", what, got, want)
		}
	}
	hashed("at first", 1, 1)
	hashed("again", 1, 0)
	hashed("from elsewhere", 2, 1)
	ok(t, other.Change(ctx, root, "ana", func(p *Profile) { p.FullName = "Ana" }))
	hashed("after a change", 1, 1)
	u.add("bia")
	hashed("after a change of somebody else", 1, 0)
	ok(t, other.Block(ctx, root, "ana", Blocking{}))
	u.check(1, "ana", goodPassword, ErrNoUser)
	ok(t, other.Unblock(ctx, root, "ana"))
	hashed("after unblocking", 1, 1)
	u.now = u.now.Add(rememberIn)
	hashed("after a minute", 1, 1)
	ok(t, other.Remove(ctx, root, "ana"))
	u.check(1, "ana", goodPassword, ErrNoUser)
}

// Of checks of the same password that come together one is made.
func TestTogether(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{FailedLogins: 3, LockTime: time.Minute})
	ana := u.add("ana")
	for range cap(u.hashing) {
		u.hashing <- struct{}{} // nobody may hash
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if p, err := u.Check(context.Background(), Attempt{Name: "ana", Password: goodPassword}); p != ana || err != nil {
				t.Errorf("Check = %v, %v", p, err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	all.Go(func() {
		if _, err := u.Check(gone, Attempt{Name: "ana", Password: goodPassword}); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Check of one who goes = %v", err)
		}
	})
	cancel() // whether it leads or waits, the others get their answer
	for range cap(u.hashing) {
		<-u.hashing
	}
	all.Wait()
	if n := u.count.Load(); n != 1 {
		t.Errorf("%d passwords were hashed; want one", n)
	}
}

// Who looked before a check ended and has his turn after it does not make it again.
func TestTogetherLate(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{})
	ana := u.add("ana")
	a := Attempt{Name: "ana", Password: goodPassword}
	m := u.verified.mark(&a)
	if who, err := u.recall(t.Context(), m); who.ID != "" || err != nil {
		t.Fatalf("recall before = %v, %v", who, err)
	}
	if _, err := u.Check(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	c, mine := u.join(m)
	if !mine {
		t.Fatal("a check goes on that has ended")
	}
	u.lead(t.Context(), c, m, a)
	if c.who != ana || c.err != nil {
		t.Errorf("the later check = %v, %v", c.who, c.err)
	}
	if n := u.count.Load(); n != 1 {
		t.Errorf("%d passwords were hashed; want one", n)
	}
}

// A flood is refused rather than kept in memory, and after a bounded time; what was right
// goes on.
func TestFlood(t *testing.T) {
	t.Parallel()
	u := newUsersTest(t, Policy{})
	u.add("ana")
	u.check(1, "ana", goodPassword, nil)
	for range cap(u.hashing) {
		u.hashing <- struct{}{}
	}
	for range cap(u.queue) {
		u.queue <- struct{}{}
	}
	u.check(1, "ana", "guess", ErrBusy)
	u.check(1, "ana", goodPassword, nil)
	for range cap(u.queue) {
		<-u.queue
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := u.Check(ctx, Attempt{Name: "ana", Password: "guess"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Check of one who has gone = %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		full := &Users{queue: make(chan struct{}, 1), hashing: make(chan struct{})}
		begun := time.Now()
		if _, err := full.begin(context.Background()); err != ErrBusy {
			t.Errorf("begin = %v; want ErrBusy", err)
		}
		if took := time.Since(begun); took != maxWait {
			t.Errorf("it took %v; want %v", took, maxWait)
		}
	})
}

// A hash of another cost is exchanged at the next login.
func TestRehash(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	u.add("ana")
	u.o.Cost = Cost{Memory: 16, Passes: 1, Threads: 1}
	u.check(1, "ana", goodPassword, nil)
	x, err := u.store.UserByName(ctx, "ana")
	if h, parseErr := parseHash(x.Hash); err != nil || parseErr != nil || h.Cost != u.o.Cost || !h.matches(goodPassword) {
		t.Errorf("the hash is of cost %v; %v, %v", h.Cost, err, parseErr)
	}
	u.check(1, "ana", goodPassword, nil)
}

func TestResume(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{MaxSessions: 5}), t.Context()
	p := u.add("ana")
	resume := func(what string, want error) {
		t.Helper()
		got, err := u.Resume(ctx, p.ID)
		if !errors.Is(err, want) || want == nil && (got.ID != p.ID || got.Name != "ana" || got.Method != User || err != nil) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	resume("at first", nil)
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.Hours = "wed 11:00-13:00" }))
	resume("in her hours", nil)
	u.now = u.now.Add(time.Hour)
	resume("out of her hours", ErrNoUser)
	if n, err := u.MaxSessions(ctx, p.ID); n != 5 || err != nil {
		t.Errorf("MaxSessions = %d, %v", n, err)
	}
	ok(t, u.Change(ctx, root, "ana", func(p *Profile) { p.MaxSessions, p.Hours = 2, "" }))
	if n, err := u.MaxSessions(ctx, p.ID); n != 2 || err != nil {
		t.Errorf("MaxSessions = %d, %v", n, err)
	}
	ok(t, u.Block(ctx, root, "ana", Blocking{}))
	resume("blocked", ErrNoUser)
	ok(t, u.Remove(ctx, root, "ana"))
	resume("removed", ErrNoUser)
	if _, err := u.MaxSessions(ctx, p.ID); !errors.Is(err, ErrNoUser) {
		t.Errorf("MaxSessions = %v", err)
	}
}

// Where the store does not answer nobody is let in, and nobody waits for long.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{}), t.Context()
	p := u.add("ana")
	u.check(1, "ana", goodPassword, nil)
	ok(t, u.store.Close())
	u.known.forget()
	u.check(1, "ana", goodPassword, ErrUnavailable)
	u.check(1, "nobody", goodPassword, ErrUnavailable)
	if err := u.Permit(ctx, p, Right{Function: "A"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Permit = %v", err)
	}
	if _, err := u.Resume(ctx, p.ID); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Resume = %v", err)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	u, ctx, dir := newUsersTest(t, Policy{}), t.Context(), t.TempDir()
	n, err := u.Import(ctx, dir)
	if n != 0 || err != nil {
		t.Fatalf("Import of nothing = %d, %v", n, err)
	}
	hash := hashPassword(goodPassword, testCost).String()
	made := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	content := oldUsers{Format: 1, Users: []oldUser{
		{Name: "Ana", Created: made, Changed: made.Add(time.Hour), Hash: hash}, {Name: "bia", Blocked: true, Created: made, Changed: made, Hash: hash}, {Name: "carla", Hash: hash},
	}}
	data, err := json.Marshal(content)
	ok(t, err)
	path := filepath.Join(dir, UsersFile)
	u.add("CARLA")
	ok(t, os.WriteFile(path, []byte(strings.Replace(string(data), "argon2id", "argon2i", 1)), 0o600))
	if n, err := u.Import(ctx, dir); err == nil || n != 0 || strings.Contains(err.Error(), hash[20:]) {
		t.Errorf("Import of a damaged file = %d, %v", n, err)
	}
	ok(t, os.WriteFile(path, data, 0o600))
	if n, err := u.Import(ctx, dir); n != 2 || err != nil {
		t.Fatalf("Import = %d, %v; want 2", n, err)
	}
	u.check(1, "ana", goodPassword, nil)
	u.check(1, "bia", goodPassword, ErrNoUser)
	x, err := u.store.UserByName(ctx, "ana")
	if err != nil || !x.Created.Equal(made) || !x.PasswordChanged.Equal(made.Add(time.Hour)) {
		t.Errorf("the user is %+v, %v", x, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ImportedFile)); err != nil {
		t.Error(err)
	}
	if n, err := u.Import(ctx, dir); n != 0 || err != nil {
		t.Errorf("Import again = %d, %v", n, err)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{PasswordExpires: time.Hour}), t.Context()
	ok(t, u.AddGroup(ctx, root, "sales", "people who sell", false))
	u.add("ana", "sales", Administrators)
	u.add("bia")
	ok(t, u.SetPermission(ctx, root, Permission{Group: "sales", Allow: true, Pattern: "get /api/Orders/*"}))
	ok(t, u.Block(ctx, root, "bia", Blocking{Reason: "leave", Until: u.now.Add(time.Hour)}))
	list, err := u.List(ctx)
	if err != nil || len(list) != 2 || list[0].State != "may call" || list[1].State != "blocked" || !list[1].Blocked || list[1].BlockedReason != "leave" {
		t.Errorf("List = %+v, %v", list, err)
	}
	u.now = u.now.Add(time.Hour)
	d, err := u.Show(ctx, "ANA")
	if err != nil || d.State != "password expired" || !slices.Equal(d.Groups, []string{Administrators, "sales"}) ||
		!slices.Equal(d.Permissions, []PermissionInfo{{"sales", true, "GET /api/Orders/*"}}) {
		t.Errorf("Show = %+v, %v", d, err)
	}
	g, err := u.ShowGroup(ctx, "SALES")
	if err != nil || g.Name != "sales" || !slices.Equal(g.Members, []string{"ana"}) || len(g.Permissions) != 1 {
		t.Errorf("ShowGroup = %+v, %v", g, err)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(hash{Cost: UsualCost, salt: make([]byte, saltBytes), key: make([]byte, hashBytes)}.String())
	f.Add("$argon2id$v=19$m=1,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			if len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Error("the error holds the hash")
			}
			return
		}
		if h.String() != text || !h.payable() {
			t.Errorf("parseHash(%q) = %v", text, h)
		}
	})
}

func BenchmarkCheckRemembered(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	u := NewUsers(s, UsersOptions{Cost: testCost})
	if err := u.Add(b.Context(), root, "ana", goodPassword, Profile{}); err != nil {
		b.Fatal(err)
	}
	a := Attempt{Name: "ana", Password: goodPassword, From: netip.MustParseAddr("192.0.2.1"), Door: "rest"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Check(b.Context(), a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPermit(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	u := NewUsers(s, UsersOptions{Cost: testCost})
	if err := u.Add(b.Context(), root, "ana", goodPassword, Profile{}); err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		if err := u.SetPermission(b.Context(), root, Permission{User: "ana", Allow: true, Pattern: fmt.Sprintf("GET /api/module%d/*", i)}); err != nil {
			b.Fatal(err)
		}
	}
	p, err := u.Check(b.Context(), Attempt{Name: "ana", Password: goodPassword})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := u.Permit(b.Context(), p, Right{Function: "U_ORDERS", Method: "GET", Path: "/api/module19/v1/orders/17"}); err != nil {
			b.Fatal(err)
		}
	}
}

// Events are not kept for longer than they may be, also where few people log in.
func TestOldEventsGo(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	u, ctx := newUsersTest(t, Policy{Audit: month}), t.Context()
	u.add("ana")
	for range 3 {
		u.check(1, "ana", goodPassword, nil)
		u.now = u.now.Add(month + time.Hour)
	}
	u.now = u.now.Add(-month)
	events, err := u.Events(ctx, store.EventQuery{})
	if err != nil || len(events) != 1 || !events[0].At.Equal(u.now.Add(-time.Hour)) {
		t.Errorf("%d events, %v; want the last login", len(events), err)
	}
}
