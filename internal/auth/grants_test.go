package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/jwt"
	"appserver/internal/jwt/jwttest"
	"appserver/internal/store"
)

// cheap is a cost for tests.
var cheap = Cost{8, 1, 1}

// office are users, sessions and keys of a server in a folder, with a clock of their own.
type office struct {
	t     *testing.T
	dir   string
	store *store.Store
	users *Users
	*Grants

	mu  sync.Mutex
	now time.Time
}

var (
	home  = netip.MustParseAddr("192.0.2.1")
	actor = Actor{Name: "test", From: "test"}
)

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return openOffice(t, folderOf(t, database), time.Now())
}

// openOffice starts a server in the folder.
func openOffice(t *testing.T, dir string, now time.Time) *office {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := &office{t: t, dir: dir, store: s, now: now}
	o.users = NewUsers(s, UsersOptions{Now: o.clock, Cost: cheap})
	o.Grants = NewGrants(GrantOptions{Store: s, Keys: OpenKeys(dir), Users: o.users, Now: o.clock,
		GrantTimes: GrantTimes{AccessTime: time.Hour, RefreshTime: 24 * time.Hour, KeyAge: 90 * 24 * time.Hour}})
	o.o.Keys.file.every = 0
	return o
}

// signIn returns the tokens of a new session of maria.
func (o *office) signIn() Pair {
	o.t.Helper()
	who, err := o.users.Check(context.Background(), Attempt{Name: "maria", Password: "secret word", From: home, Door: "test"})
	if err != nil {
		o.t.Fatal(err)
	}
	pair, err := o.Grant(context.Background(), who, home)
	if err != nil {
		o.t.Fatal(err)
	}
	return pair
}

func (o *office) refresh(token string) Pair {
	o.t.Helper()
	pair, err := o.Refresh(context.Background(), token, home)
	if err != nil {
		o.t.Fatalf("Refresh: %v", err)
	}
	return pair
}

// counts checks what comes of an access token.
func (o *office) counts(what, token string, want error) {
	o.t.Helper()
	who, err := o.Verify(context.Background(), token)
	if !errors.Is(err, want) || want == nil && err != nil {
		o.t.Errorf("%s: Verify = %v; want %v", what, err, want)
	}
	if err == nil && (who.Name != "maria" || who.Method != Bearer || who.ID == "") {
		o.t.Errorf("%s: principal %+v", what, who)
	}
}

// refused checks that a refresh token does not count.
func (o *office) refused(what, token string) {
	o.t.Helper()
	if _, err := o.Refresh(context.Background(), token, home); !errors.Is(err, ErrNoGrant) {
		o.t.Errorf("%s: Refresh = %v; want ErrNoGrant", what, err)
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.signIn()
	if first.Expires != time.Hour || first.Access == "" || first.Refresh == "" {
		t.Errorf("pair %+v", first)
	}
	o.counts("new", first.Access, nil)
	o.counts("again, from memory", first.Access, nil)
	o.pass(50 * time.Minute)
	second := o.refresh(first.Refresh)
	o.counts("older one of the session", first.Access, nil)
	o.counts("second", second.Access, nil)
	o.pass(11*time.Minute + jwt.Leeway)
	o.counts("expired", first.Access, ErrExpired)
	o.counts("second, later", second.Access, nil)
	o.pass(24 * time.Hour)
	o.refused("refresh token that has expired", second.Refresh)
	for what, token := range map[string]string{"nothing": "", "rubbish": "x", "an access token": first.Access, "long": string(make([]byte, 1<<20))} {
		o.refused(what, token)
	}
	o.counts("refresh token as access token", second.Refresh, ErrNoToken)
}

// A refresh token that comes twice was stolen, or its successor was: nobody keeps anything.
func TestReuseEndsSession(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.signIn()
	first := o.signIn()
	second := o.refresh(first.Refresh)
	third := o.refresh(second.Refresh)
	o.refused("used", first.Refresh)
	o.refused("the good one of that session", third.Refresh)
	for _, p := range []Pair{first, second, third} {
		o.counts("access token of the session", p.Access, ErrNoToken)
	}
	o.counts("another session", other.Access, nil)
	o.refresh(other.Refresh)
	events, err := o.users.Events(context.Background(), store.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range events {
		if e.Action == actionReuse && e.User == "maria" && e.By == "" && e.From == home.String() {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the audit has %d records of it; want 1", found)
	}
}

func TestTwoRefreshesAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.signIn()
	const n = 8
	pairs := make(chan Pair, n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			switch pair, err := o.Refresh(context.Background(), first.Refresh, home); {
			case err == nil:
				pairs <- pair
			case !errors.Is(err, ErrNoGrant):
				t.Errorf("Refresh: %v", err)
			}
		})
	}
	wg.Wait()
	close(pairs)
	var won []Pair
	for p := range pairs {
		won = append(won, p)
	}
	if len(won) != 1 {
		t.Fatalf("%d of %d got tokens; want one", len(won), n)
	}
	o.counts("of the one", won[0].Access, ErrNoToken) // the others have ended the session
	o.refused("of the one", won[0].Refresh)
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	here, there := o.signIn(), o.signIn()
	next := o.refresh(here.Refresh)
	o.counts("before", next.Access, nil)
	if err := o.Revoke(context.Background(), next.Access, there.Refresh, home); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Pair{here, there, next} {
		o.counts("revoked", p.Access, ErrNoToken)
		o.refused("revoked", p.Refresh)
	}
	if err := o.Revoke(context.Background(), next.Access, "", home); !errors.Is(err, ErrNoToken) {
		t.Errorf("Revoke again = %v; want ErrNoToken", err)
	}
	last := o.signIn()
	if err := o.Revoke(context.Background(), last.Access, "refresh_nothing", home); err != nil {
		t.Errorf("Revoke with a refresh token that is not good: %v", err)
	}
}

// Nobody ends the session of another user with the refresh token of that.
func TestRevokeOfAnother(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if err := o.users.Add(context.Background(), actor, "joão", "other word", Profile{}); err != nil {
		t.Fatal(err)
	}
	who, err := o.users.Check(context.Background(), Attempt{Name: "joão", Password: "other word", From: home})
	if err != nil {
		t.Fatal(err)
	}
	his, err := o.Grant(context.Background(), who, home)
	if err != nil {
		t.Fatal(err)
	}
	hers := o.signIn()
	if err := o.Revoke(context.Background(), his.Access, hers.Refresh, home); err != nil {
		t.Fatal(err)
	}
	o.counts("of the other", hers.Access, nil)
	o.refresh(hers.Refresh)
}

// What happens to a user ends his sessions, also if it is taken back.
func TestUserChangesEndSessions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for what, change := range map[string]func(o *office) error{
		"block": func(o *office) error { return o.users.Block(ctx, actor, "maria", Blocking{}) },
		"block and unblock": func(o *office) error {
			return errors.Join(o.users.Block(ctx, actor, "maria", Blocking{}), o.users.Unblock(ctx, actor, "maria"))
		},
		"password": func(o *office) error { return o.users.SetPassword(ctx, actor, "maria", "another word") },
		"remove":   func(o *office) error { return o.users.Remove(ctx, actor, "maria") },
		"remove and add": func(o *office) error {
			return errors.Join(o.users.Remove(ctx, actor, "maria"), o.users.Add(ctx, actor, "maria", "secret word", Profile{}))
		},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			pair := o.signIn()
			o.counts("before", pair.Access, nil)
			if err := change(o); err != nil {
				t.Fatal(err)
			}
			o.counts("access token", pair.Access, ErrNoToken)
			o.refused("refresh token", pair.Refresh)
		})
	}
}

// Whoever knows a password gets no session with it while it is being changed, by another
// process and by another clock.
func TestGrantOfChangedUser(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := newOffice(t)
	other := openOffice(t, o.dir, o.clock().Add(-5*time.Minute))
	for what, change := range map[string]func() error{
		"block and unblock": func() error {
			return errors.Join(other.users.Block(ctx, actor, "maria", Blocking{}), other.users.Unblock(ctx, actor, "maria"))
		},
		"password": func() error { return other.users.SetPassword(ctx, actor, "maria", "another word") },
	} {
		who, err := o.users.Check(ctx, Attempt{Name: "maria", Password: "secret word", From: home})
		if err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Grant(ctx, who, home); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: Grant = %v; want ErrChanged", what, err)
		}
		if err := other.users.SetPassword(ctx, actor, "maria", "secret word"); err != nil {
			t.Fatal(err)
		}
		o.users.known.forget()
	}
	o.signIn()
}

// Servers on the same database take each other's tokens, each by keys of its own; not when the
// key was dropped, nor long after its server was gone.
func TestTokensOfAnotherServer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := newOffice(t)
	other := &office{t: t, dir: t.TempDir(), store: o.store, users: o.users, now: o.now}
	other.Grants = NewGrants(GrantOptions{Store: o.store, Keys: OpenKeys(other.dir), Users: o.users, Now: other.clock, GrantTimes: *o.times.Load()})
	other.o.Keys.file.every = 0
	pass := func(d time.Duration) { o.pass(d); other.pass(d) }

	first := o.signIn()
	other.counts("a token of a server whose key is not known yet", first.Access, nil)
	mine := other.refresh(first.Refresh)
	pass(sessionLook)
	o.counts("after a refresh there", mine.Access, nil)
	o.counts("again", mine.Access, nil)
	if err := other.Revoke(ctx, first.Access, "", home); err != nil {
		t.Errorf("Revoke of the other's token: %v", err)
	}
	pass(sessionLook)
	o.counts("after it was revoked there", mine.Access, ErrNoToken)

	pair := o.signIn()
	if _, err := o.Rotate(ctx, false); err != nil {
		t.Fatal(err)
	}
	pass(sessionLook)
	other.counts("after a rotation", pair.Access, nil)
	pair = o.refresh(pair.Refresh)
	pass(sessionLook)
	other.counts("of the next key", pair.Access, nil)
	if _, err := o.Rotate(ctx, true); err != nil {
		t.Fatal(err)
	}
	pass(sessionLook)
	other.counts("after all keys were dropped", pair.Access, ErrNoToken)

	pair = o.refresh(pair.Refresh)
	pass(publishEvery - time.Minute)
	pair = o.refresh(pair.Refresh)
	pass(time.Hour)
	other.counts("just before its end", pair.Access, nil)
	pass(publishEvery)
	if list, err := o.store.PublicKeys(ctx, o.clock()); err != nil || len(list) != 0 {
		t.Errorf("keys that count long after: %v, %v", list, err)
	}
}

// Whoever can write a name into a token cannot say whose key it is.
func TestTokenOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := newOffice(t)
	pair := o.signIn()
	f, err := o.o.Keys.file.load()
	ok(t, err)
	list, err := f.publicKeys(o.clock().Add(time.Hour))
	ok(t, err)
	list[0].Issuer = "appserver/other"
	own := list[0]
	own.Issuer = f.issuer()
	ok(t, o.store.PublishKeys(ctx, list, []store.PublicKey{own}, o.clock()))
	other := &office{t: t, dir: t.TempDir(), store: o.store, users: o.users, now: o.now}
	other.Grants = NewGrants(GrantOptions{Store: o.store, Keys: OpenKeys(other.dir), Users: o.users, Now: other.clock, GrantTimes: *o.times.Load()})
	other.counts("a token that names another issuer than its key's", pair.Access, ErrNoToken)
}

// What users do with their sessions does not push changes out of the record.
func TestSessionsInRecord(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := newOffice(t)
	pair := o.signIn()
	if err := o.Revoke(ctx, pair.Access, "", home); err != nil {
		t.Fatal(err)
	}
	o.signIn()
	if n, err := o.EndAll(ctx, actor, "maria"); n != 1 || err != nil {
		t.Fatalf("EndAll = %d, %v", n, err)
	}
	for class, want := range map[string]string{store.Change: "user.add session.end", store.Login: "login session.revoke"} {
		events, err := o.users.Events(ctx, store.EventQuery{Class: class})
		var actions []string
		for _, e := range events {
			actions = append(actions, e.Action)
		}
		if got := strings.Join(actions, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", class, got, err, want)
		}
	}
}

// Everything but what is only remembered survives a restart; so does the end of a session.
func TestRestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kept, gone := o.signIn(), o.signIn()
	if err := o.Revoke(context.Background(), gone.Access, "", home); err != nil {
		t.Fatal(err)
	}
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	again := openOffice(t, o.dir, o.clock())
	again.counts("kept", kept.Access, nil)
	again.refresh(kept.Refresh)
	again.counts("revoked", gone.Access, ErrNoToken)
	again.refused("revoked", gone.Refresh)
}

// The end of a session by another process is noticed within a second.
func TestRevokeByAnotherProcess(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := openOffice(t, o.dir, o.clock())
	pair := o.signIn()
	o.counts("before", pair.Access, nil)
	other.counts("the other takes it too", pair.Access, nil)
	if err := other.Revoke(context.Background(), pair.Access, "", home); err != nil {
		t.Fatal(err)
	}
	other.counts("there, at once", pair.Access, ErrNoToken)
	o.pass(sessionLook)
	o.counts("here", pair.Access, ErrNoToken)
}

func TestMaxSessions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.users.SetPolicy(Policy{MaxSessions: 2})
	first := o.signIn()
	o.pass(time.Second)
	second := o.signIn()
	o.pass(time.Second)
	first = o.refresh(first.Refresh) // now the second is unused for longer
	o.pass(time.Second)
	third := o.signIn()
	o.counts("used lately", first.Access, nil)
	o.counts("unused longest", second.Access, ErrNoToken)
	o.counts("new", third.Access, nil)
	list, err := o.store.Sessions(context.Background(), "", o.clock())
	if err != nil || len(list) != 2 || list[0].UserName != "maria" {
		t.Errorf("Sessions = %+v, %v; want two of maria", list, err)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	old := o.signIn()
	command := openOffice(t, o.dir, o.clock())
	if _, err := command.Rotate(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	o.counts("of the key before", old.Access, nil)
	next := o.refresh(old.Refresh)
	o.counts("of the new key", next.Access, nil)
	o.pass(59 * time.Minute)
	o.counts("of the key before, later", old.Access, nil)
	command.pass(59 * time.Minute)
	if _, err := command.Rotate(context.Background(), true); err != nil { // the key was stolen
		t.Fatal(err)
	}
	o.pass(sessionLook)
	o.counts("after all keys were dropped", next.Access, ErrNoToken)
	last := o.refresh(next.Refresh)
	o.counts("of the newest key", last.Access, nil)
}

// A key that is old is replaced when something is signed, once, however many do.
func TestKeyAge(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	old := o.signIn()
	o.pass(91 * 24 * time.Hour)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { o.signIn() })
	}
	wg.Wait()
	keys, err := o.o.Keys.List()
	if err != nil || len(keys) != 2 || keys[0].Until.IsZero() || !keys[1].Until.IsZero() {
		t.Errorf("keys %+v, %v; want the old one until a time, and a new one", keys, err)
	}
	o.counts("expired long ago", old.Access, ErrExpired)
	o.pass(91 * 24 * time.Hour)
	o.signIn()
	if keys, _ = o.o.Keys.List(); len(keys) != 2 {
		t.Errorf("%d keys; the first should be gone", len(keys))
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	token := o.signIn().Access
	for _, c := range []struct {
		by   time.Duration
		want error
	}{
		{-jwt.Leeway / 2, nil},
		{-2 * jwt.Leeway, ErrNoToken},
		{time.Hour + jwt.Leeway/2, nil},
		{time.Hour + 2*jwt.Leeway, ErrExpired},
	} {
		o.verified.Clear()
		o.pass(c.by)
		o.counts(fmt.Sprint("at ", c.by), token, c.want)
		o.pass(-c.by)
	}
}

// No forged token gets anywhere, not even one that says what a good one says.
func TestForgedAccessTokens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	pair := o.signIn()
	a, _, err := o.verify(context.Background(), pair.Access)
	if err != nil {
		t.Fatal(err)
	}
	f, err := o.o.Keys.file.load()
	if err != nil {
		t.Fatal(err)
	}
	key, kid := f.signer()
	now := o.clock()
	m := &jwttest.Maker{T: t, Key: key, Now: now,
		Header: map[string]any{"alg": "ES256", "kid": kid, "typ": "at+jwt"},
		Claims: map[string]any{"iss": f.issuer(), "aud": "rest", "sub": a.user, "sid": a.session, "jti": "x",
			"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix()},
	}
	o.counts("a good one", m.Good(), nil)
	tokens := m.Forgeries()
	for what, claims := range map[string]map[string]any{
		"no end": {"exp": nil}, "no session": {"sid": nil}, "another session": {"sid": "x"}, "no user": {"sub": nil}, "another user": {"sub": "x"},
		"another audience": {"aud": "x"}, "no audience": {"aud": nil}, "of another installation": {"iss": "appserver/x"}, "session is a list": {"sid": []string{a.session}},
	} {
		tokens[what] = m.With(nil, claims)
	}
	if err := o.users.Add(context.Background(), actor, "joão", "other word", Profile{}); err != nil {
		t.Fatal(err)
	}
	other, err := o.store.UserByName(context.Background(), "joão")
	if err != nil {
		t.Fatal(err)
	}
	tokens["session of another user"] = m.With(nil, map[string]any{"sub": other.ID})
	tokens["plain JWT"] = m.With(map[string]any{"typ": "JWT"}, nil)
	tokens["no name of a key"] = m.With(map[string]any{"kid": nil}, nil)
	for what, token := range tokens {
		if who, err := o.Verify(context.Background(), token); !errors.Is(err, ErrNoToken) && !errors.Is(err, ErrExpired) || who != (Principal{}) {
			t.Errorf("%s: Verify = %+v, %v; want a refusal", what, who, err)
		}
	}
	o.counts("the good one, still", pair.Access, nil)
}

// A damaged or open file of keys lets nobody in, and is not overwritten.
func TestDamagedKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	pair := o.signIn()
	if err := os.WriteFile(o.o.Keys.file.path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Verify(context.Background(), pair.Access); err == nil || errors.Is(err, ErrNoToken) {
		t.Errorf("Verify = %v; want that the keys are damaged", err)
	}
	if _, err := o.Refresh(context.Background(), pair.Refresh, home); err == nil || errors.Is(err, ErrNoGrant) {
		t.Errorf("Refresh = %v; want that the keys are damaged", err)
	}
	if _, err := o.o.Keys.Rotate(o.clock(), 0); err == nil {
		t.Error("Rotate overwrote a damaged file")
	}
}

// A store that does not answer is told from a token that is not good.
func TestGrantsWithoutStore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	pair := o.signIn()
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	o.pass(time.Minute)
	for what, err := range map[string]error{
		"Verify":  func() error { _, err := o.Verify(context.Background(), pair.Access); return err }(),
		"Refresh": func() error { _, err := o.Refresh(context.Background(), pair.Refresh, home); return err }(),
		"Revoke":  o.Revoke(context.Background(), pair.Access, "", home),
	} {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s = %v; want ErrUnavailable", what, err)
		}
	}
}

func TestOnlyUsersOfTheStoreGetTokens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, who := range []Principal{{}, {Name: "x", Method: MTLS}, {Name: "x", Method: Program}, {Name: "gone", Method: User, ID: "gone"}} {
		if _, err := o.Grant(context.Background(), who, home); !errors.Is(err, ErrNoUser) {
			t.Errorf("Grant(%+v) = %v; want ErrNoUser", who, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	users := NewUsers(s, UsersOptions{Cost: cheap})
	if err := users.Add(context.Background(), actor, "maria", "secret word", Profile{}); err != nil {
		b.Fatal(err)
	}
	who, err := users.Check(context.Background(), Attempt{Name: "maria", Password: "secret word", From: home})
	if err != nil {
		b.Fatal(err)
	}
	g := NewGrants(GrantOptions{Store: s, Keys: OpenKeys(dir), Users: users, GrantTimes: GrantTimes{AccessTime: time.Hour, RefreshTime: time.Hour}})
	pair, err := g.Grant(context.Background(), who, home)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Verify(context.Background(), pair.Access); err != nil {
			b.Fatal(err)
		}
	}
}
