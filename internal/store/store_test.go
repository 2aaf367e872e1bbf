package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123e6, time.UTC)

// change is an event of the tests.
func change(action string) Event {
	return Event{At: noon, Class: Change, Action: action, By: "root", From: "command line"}
}

// add adds a user of the name and returns it.
func add(t *testing.T, s *Store, name string, groups ...string) User {
	t.Helper()
	ok(t, s.AddUser(t.Context(), User{Name: name, Hash: "hash of " + name, Created: noon, PasswordChanged: noon}, groups, change("user.add")))
	u, err := s.UserByName(t.Context(), name)
	ok(t, err)
	return u
}

// However many there are: those who are not there are left out.
func TestUsersByID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ana, bia := add(t, s, "ana"), add(t, s, "bia")
		ids := []string{ana.ID}
		for i := range idsAtOnce {
			ids = append(ids, fmt.Sprint("nobody ", i))
		}
		found, err := s.UsersByID(t.Context(), append(ids, bia.ID))
		if err != nil || len(found) != 2 || found[0] != ana || found[1] != bia {
			t.Errorf("UsersByID = %+v, %v; want ana and bia", found, err)
		}
		if found, err := s.UsersByID(t.Context(), nil); err != nil || len(found) != 0 {
			t.Errorf("UsersByID of none = %+v, %v", found, err)
		}
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		n, err := s.CountUsers(ctx)
		if n != 0 || err != nil {
			t.Fatalf("CountUsers = %d, %v; want none", n, err)
		}
		full := User{
			Name: "João", FullName: "João da Silva", Email: "j@example.com", Hash: "h", Blocked: true, BlockedReason: "leave",
			BlockedFrom: noon, BlockedUntil: noon.Add(time.Hour), Hours: "daily 08:00-18:00", MaxSessions: 3,
			Created: noon, PasswordChanged: noon.Add(time.Second),
		}
		ok(t, s.AddUser(ctx, full, []string{"Administrators"}, change("user.add")))
		got, err := s.UserByName(ctx, "JOÃO")
		ok(t, err)
		full.ID, full.Key, full.Version = got.ID, "joão", 1
		if got != full {
			t.Errorf("UserByName = %+v; want %+v", got, full)
		}
		byID, err := s.UserByID(ctx, got.ID)
		if byID != full || err != nil {
			t.Errorf("UserByID = %+v, %v", byID, err)
		}
		want(t, "a name twice", s.AddUser(ctx, User{Name: "joÃo"}, nil, change("")), ErrExists)
		want(t, "a group that is not there", s.AddUser(ctx, User{Name: "x"}, []string{"nobody"}, change("")), ErrNotFound)
		_, err = s.UserByName(ctx, "x")
		want(t, "a user of a change that failed", err, ErrNotFound)
		_, err = s.UserByName(ctx, "x\x00\xff")
		want(t, "a name that no database takes", err, ErrNotFound)

		add(t, s, "ana")
		list, err := s.Users(ctx)
		if err != nil || len(list) != 2 || list[0].Name != "ana" {
			t.Errorf("Users = %+v, %v", list, err)
		}
		ok(t, s.UpdateUser(ctx, "ANA", change("user.change"), func(u *User) error {
			u.FullName, u.Blocked, u.BlockedUntil, u.MaxSessions = "Ana", true, noon, 7
			return nil
		}))
		ana, err := s.UserByName(ctx, "ana")
		if err != nil || ana.FullName != "Ana" || !ana.Blocked || !ana.BlockedUntil.Equal(noon) || ana.MaxSessions != 7 || ana.Version != 2 {
			t.Errorf("after UpdateUser: %+v, %v", ana, err)
		}
		fault := errors.New("no")
		if err := s.UpdateUser(ctx, "ana", change(""), func(u *User) error { u.FullName = "x"; return fault }); err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("an error of the change: %v", err)
		}
		if ana, _ = s.UserByName(ctx, "ana"); ana.FullName != "Ana" || ana.Version != 2 {
			t.Errorf("after a change that failed: %+v", ana)
		}
		ok(t, s.RemoveUser(ctx, "ana", change("user.remove")))
		want(t, "removed twice", s.RemoveUser(ctx, "ana", change("")), ErrNotFound)
		want(t, "updated", s.UpdateUser(ctx, "ana", change(""), func(*User) error { return nil }), ErrNotFound)
		want(t, "password", s.SetPassword(ctx, "ana", NewHash{"h", noon, 1}, change("")), ErrNotFound)
	})
}

func TestFirstUser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		var all sync.WaitGroup
		var mu sync.Mutex
		added := 0
		for range 8 {
			all.Go(func() {
				one, err := s.AddFirstUser(context.Background(), User{Name: "admin", Created: noon}, []string{Administrators}, change("user.add"))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if one {
					added++
				}
			})
		}
		all.Wait()
		if n, err := s.CountUsers(t.Context()); added != 1 || n != 1 || err != nil {
			t.Errorf("%d were added, and there are %d, %v; want one", added, n, err)
		}
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		u := add(t, s, "ana")
		for i := range 5 {
			ok(t, s.SetPassword(ctx, "ana", NewHash{fmt.Sprint("h", i), noon.Add(time.Duration(i) * time.Hour), 2}, change("user.password")))
		}
		hashes, err := s.Passwords(ctx, "ANA")
		if w := []string{"h4", "h3", "h2"}; err != nil || !slices.Equal(hashes, w) {
			t.Errorf("Passwords = %q, %v; want %q", hashes, err, w)
		}
		ok(t, s.Rehash(ctx, u.ID, "h3", "x"))
		ok(t, s.Rehash(ctx, u.ID, "h4", "y"))
		u, err = s.UserByID(ctx, u.ID)
		if err != nil || u.Hash != "y" || !u.PasswordChanged.Equal(noon.Add(4*time.Hour)) || u.Version != 6 {
			t.Errorf("the user is %+v, %v", u, err)
		}
	})
}

// A user that is blocked or gets another password has no sessions any more.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		u := add(t, s, "ana")
		live := func(when string, n int) {
			t.Helper()
			if list, err := s.Sessions(ctx, u.ID, noon); err != nil || len(list) != n {
				t.Errorf("%s: %d sessions, %v; want %d", when, len(list), err, n)
			}
		}
		session(t, s, u.ID, "1", noon, 0)
		live("at first", 1)
		ok(t, s.UpdateUser(ctx, "ana", change(""), func(u *User) error { u.FullName = "Ana"; return nil }))
		live("after a change", 1)
		ok(t, s.SetPassword(ctx, "ana", NewHash{"h", noon, 1}, change("")))
		live("after another password", 0)
		session(t, s, u.ID, "2", noon, 0)
		ok(t, s.UpdateUser(ctx, "ana", change(""), func(u *User) error { u.Blocked = true; return nil }))
		live("when blocked", 0)
		session(t, s, u.ID, "3", noon, 0)
		ok(t, s.UpdateUser(ctx, "ana", change(""), func(u *User) error { u.Email = "ana@example.com"; return nil }))
		live("after a change of one who was blocked before", 1)
		ok(t, s.UpdateUser(ctx, "ana", change(""), func(u *User) error { u.BlockedUntil = noon.Add(time.Hour); return nil }))
		live("when blocked for another time", 0)
		session(t, s, u.ID, "4", noon, 0)
		ok(t, s.RemoveUser(ctx, "ana", change("")))
		live("when removed", 0)
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		ok(t, s.AddGroup(ctx, Group{Name: "Sales", Description: "people", Created: noon}, change("group.add")))
		want(t, "a group twice", s.AddGroup(ctx, Group{Name: "SALES"}, change("")), ErrExists)
		u := add(t, s, "ana", "sales")
		add(t, s, "bia")
		ok(t, s.Join(ctx, "sales", "Bia", change("group.join")))
		ok(t, s.Join(ctx, "sales", "bia", change("group.join")))
		want(t, "join of no group", s.Join(ctx, "x", "bia", change("")), ErrNotFound)
		want(t, "join of nobody", s.Join(ctx, "sales", "x", change("")), ErrNotFound)
		members, err := s.MembersOf(ctx, "SALES")
		if w := []string{"ana", "bia"}; err != nil || !slices.Equal(members, w) {
			t.Errorf("MembersOf = %q, %v; want %q", members, err, w)
		}
		groups, err := s.Groups(ctx)
		if err != nil || len(groups) != 2 || groups[0].Name != Administrators || !groups[0].Administers || groups[1].Members != 2 || !groups[1].Created.Equal(noon) {
			t.Errorf("Groups = %+v, %v", groups, err)
		}
		ok(t, s.Leave(ctx, "sales", "bia", change("group.leave")))
		want(t, "left twice", s.Leave(ctx, "sales", "bia", change("")), ErrNotFound)

		ok(t, s.SetPermission(ctx, Permission{Group: "sales", Allow: true, Pattern: "U_A*"}, change("")))
		ok(t, s.SetPermission(ctx, Permission{User: "ANA", Pattern: "U_B"}, change("")))
		ok(t, s.SetPermission(ctx, Permission{User: "ana", Allow: true, Pattern: "U_B"}, change("")))
		ok(t, s.SetPermission(ctx, Permission{User: "bia", Pattern: "U_B"}, change("")))
		want(t, "a permission of nobody", s.SetPermission(ctx, Permission{User: "x", Pattern: "U_B"}, change("")), ErrNotFound)
		want(t, "a permission of no group", s.SetPermission(ctx, Permission{Group: "x", Pattern: "U_B"}, change("")), ErrNotFound)
		list, err := s.PermissionsFor(ctx, u.ID)
		if w := []Permission{{User: "ana", Allow: true, Pattern: "U_B"}, {Group: "Sales", Allow: true, Pattern: "U_A*"}}; err != nil || !slices.Equal(list, w) {
			t.Errorf("PermissionsFor = %+v, %v; want %+v", list, err, w)
		}
		want(t, "a pattern that is not there", s.RemovePermission(ctx, Permission{User: "ana", Pattern: "U_C"}, change("")), ErrNotFound)
		ok(t, s.RemovePermission(ctx, Permission{User: "ana", Pattern: "U_B"}, change("")))
		ok(t, s.RemoveGroup(ctx, "sales", change("group.remove")))
		if list, err = s.PermissionsFor(ctx, u.ID); err != nil || len(list) != 0 {
			t.Errorf("PermissionsFor = %+v, %v; want none", list, err)
		}
		if err := s.RemoveGroup(ctx, "Administrators", change("")); err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("removing the administrators: %v", err)
		}
	})
}

// Another process notices every change of what it remembers, and nothing else.
func TestVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, other, ctx := open(t, o), open(t, o), t.Context()
		add(t, s, "ana")
		ok(t, s.AddGroup(ctx, Group{Name: "g"}, change("")))
		last := int64(0)
		differs := func(what string, wanted bool) {
			t.Helper()
			v, err := other.Version(ctx)
			ok(t, err)
			if (v != last) != wanted {
				t.Errorf("after %s the version is %d, and was %d", what, v, last)
			}
			last = v
		}
		differs("nothing", true)
		ok(t, s.UpdateUser(ctx, "ana", change(""), func(*User) error { return nil }))
		differs("UpdateUser", true)
		ok(t, s.SetPassword(ctx, "ana", NewHash{"h", noon, 1}, change("")))
		differs("SetPassword", true)
		ok(t, s.Join(ctx, "g", "ana", change("")))
		differs("Join", true)
		ok(t, s.SetPermission(ctx, Permission{Group: "g", Pattern: "A"}, change("")))
		differs("SetPermission", true)
		ok(t, s.RemovePermission(ctx, Permission{Group: "g", Pattern: "A"}, change("")))
		differs("RemovePermission", true)
		ok(t, s.RemoveGroup(ctx, "g", change("")))
		differs("RemoveGroup", true)
		ok(t, s.RemoveUser(ctx, "ana", change("")))
		differs("RemoveUser", true)
		want(t, "a change that fails", s.RemoveUser(ctx, "ana", change("")), ErrNotFound)
		differs("a change that fails", false)
		_, err := s.BeginAttempt(ctx, attempt(5, noon))
		ok(t, err)
		ok(t, s.Record(ctx, change("")))
		differs("an attempt", false)
	})
}

func attempt(limit int64, at time.Time) Attempt {
	return Attempt{Pair: "n:1:a:1", Name: "n:1", Network: "a:1", At: at, Window: time.Minute, Limit: limit, NetworkLimit: 10 * limit}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		u := add(t, s, "ana")
		now := noon
		try := func(a Attempt, wanted Standing) Standing {
			t.Helper()
			st, err := s.BeginAttempt(ctx, a)
			if err != nil || st != wanted {
				t.Errorf("at %v: %+v, %v; want %+v", a.At.Sub(noon), st, err, wanted)
			}
			return st
		}
		succeed := func(a Attempt, st Standing) {
			t.Helper()
			ok(t, s.Succeed(ctx, a, st, Event{At: a.At, Class: Login, UserID: u.ID, User: u.Name}))
		}
		a := func() Attempt { return attempt(3, now) }
		// A success forgets what was wrong before it.
		try(a(), Standing{})
		try(a(), Standing{})
		succeed(a(), try(a(), Standing{Fresh: true}))
		if u, _ := s.UserByID(ctx, u.ID); !u.LastLogin.Equal(now) {
			t.Errorf("the last login was at %v", u.LastLogin)
		}
		// The pair is trusted now: its failures lock it, and nobody else's do.
		elsewhere := func() Attempt {
			e := a()
			e.Network, e.Pair = "a:2", "n:1:a:2"
			return e
		}
		for _, w := range []Standing{{}, {}, {Fresh: true}, {Locked: true}, {Locked: true}} {
			try(elsewhere(), w)
		}
		for _, w := range []Standing{{Trusted: true}, {Trusted: true}, {Trusted: true, Fresh: true}, {Trusted: true, Locked: true}} {
			try(a(), w)
			now = now.Add(10 * time.Second)
		}
		// The lock ends with its time after the failure that began it, whatever was tried meanwhile.
		now = noon.Add(20*time.Second + time.Minute - time.Millisecond)
		try(a(), Standing{Trusted: true, Locked: true})
		now = now.Add(time.Millisecond)
		succeed(a(), try(a(), Standing{Trusted: true}))
		// Somebody can take the failures back.
		for range 4 {
			_, err := s.BeginAttempt(ctx, elsewhere())
			ok(t, err)
		}
		try(elsewhere(), Standing{Locked: true})
		ok(t, s.Forgive(ctx, "n:1"))
		try(elsewhere(), Standing{})
		// In a network of the user's own, too.
		for range 4 {
			_, err := s.BeginAttempt(ctx, a())
			ok(t, err)
		}
		try(a(), Standing{Trusted: true, Locked: true})
		ok(t, s.Forgive(ctx, "n:1"))
		try(a(), Standing{Trusted: true})
		// What counts no more is forgotten; a network of a user is not.
		now = now.Add(time.Hour)
		ok(t, s.PruneAttempts(ctx, now, time.Minute))
		try(a(), Standing{Trusted: true})
		now = now.Add(31 * 24 * time.Hour)
		try(a(), Standing{})
	})
}

// A network is locked for strangers by its failures with many names.
func TestNetworkLock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		u := add(t, s, "ana")
		mine := attempt(2, noon)
		ok(t, s.Succeed(ctx, mine, Standing{}, Event{UserID: u.ID}))
		for i := range 21 {
			a := attempt(2, noon)
			a.Name = fmt.Sprint("n:x", i)
			a.Pair = a.Name + ":a:1"
			st, err := s.BeginAttempt(ctx, a)
			if w := (Standing{Locked: i == 20, Fresh: i == 19}); err != nil || st != w {
				t.Fatalf("attempt %d: %+v, %v; want %+v", i, st, err, w)
			}
		}
		if st, err := s.BeginAttempt(ctx, mine); err != nil || st != (Standing{Trusted: true}) {
			t.Errorf("the user of that network: %+v, %v", st, err)
		}
	})
}

// Nobody fills the database with attempts, not even a user who logs in from everywhere.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		u := add(t, s, "ana")
		for i := range 6 {
			a := attempt(5, noon.Add(time.Duration(i)*time.Second))
			a.Network, a.Pair = fmt.Sprint("a:", i), fmt.Sprint("n:1:a:", i)
			st, err := s.BeginAttempt(ctx, a)
			ok(t, err)
			if i%2 == 0 {
				ok(t, s.Succeed(ctx, a, st, Event{UserID: u.ID}))
			}
		}
		left := func(most, trusted int) (keys string) {
			ok(t, s.write(ctx, func(ctx context.Context, q querier) error { return trimAttempts(ctx, q, most, trusted) }))
			list, err := all(ctx, s.reader, scanText, `SELECT key FROM attempts WHERE key LIKE 'n:1:%' ORDER BY since`)
			ok(t, err)
			return strings.Join(list, " ")
		}
		if got := left(1, 100); got != "n:1:a:0 n:1:a:2 n:1:a:4" {
			t.Errorf("left %s; want the networks of the user", got)
		}
		if got := left(1, 3); got != "n:1:a:4" { // and the last failures of the name and of a network
			t.Errorf("left %s; want the one used last", got)
		}
	})
}

// Transactions that wait for each other are both made in the end.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		var met sync.WaitGroup // both have changed their first row
		met.Add(2)
		if !s.Shared() {
			met.Add(-2) // there the second begins when the first has ended
		}
		names := []string{"ana", "bia"}
		for _, name := range names {
			add(t, s, name)
		}
		var all sync.WaitGroup
		for i := range names {
			all.Go(func() {
				arrived := sync.OnceFunc(func() {
					if s.Shared() {
						met.Done()
						met.Wait()
					}
				})
				err := s.write(context.Background(), func(ctx context.Context, q querier) error {
					if _, err := lockUser(ctx, q, names[i]); err != nil {
						return err
					}
					arrived()
					_, err := lockUser(ctx, q, names[1-i])
					return err
				})
				if err != nil {
					t.Errorf("the transaction that begins with %s: %v", names[i], err)
				}
			})
		}
		all.Wait()
		for _, name := range names {
			if u, err := s.UserByName(t.Context(), name); err != nil || u.Version != 3 {
				t.Errorf("%s: version %d, %v; want 3", name, u.Version, err)
			}
		}
	})
}

// Failures that come at the same time are all counted.
func TestAttemptsTogether(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		var all sync.WaitGroup
		var mu sync.Mutex
		free := 0
		for range 40 {
			all.Go(func() {
				st, err := s.BeginAttempt(context.Background(), attempt(5, noon))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if !st.Locked {
					free++
				}
			})
		}
		all.Wait()
		if free != 5 {
			t.Errorf("%d of 40 were not locked; want 5", free)
		}
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		for i := range 20 {
			e := Event{At: noon.Add(time.Duration(i) * time.Minute), Class: []string{Login, Refusal}[i%2], Action: fmt.Sprint(i), User: "Ana", By: "x", From: "a", Detail: strings.Repeat("é\x00", 400)}
			ok(t, s.Record(ctx, e))
		}
		add(t, s, "bia")
		actions := func(q EventQuery) (names []string) {
			t.Helper()
			list, err := s.Events(ctx, q)
			ok(t, err)
			for _, e := range list {
				names = append(names, e.Action)
			}
			return names
		}
		for _, c := range []struct {
			q      EventQuery
			wanted string
		}{
			{EventQuery{Limit: 3}, "18 19 user.add"}, {EventQuery{User: "BIA"}, "user.add"}, {EventQuery{Class: Login, Limit: 2}, "16 18"},
			{EventQuery{User: "ana", Since: noon.Add(18 * time.Minute)}, "18 19"}, {EventQuery{User: "nobody"}, ""}, {EventQuery{User: "ROOT"}, "user.add"},
		} {
			if got := strings.Join(actions(c.q), " "); got != c.wanted {
				t.Errorf("%+v: %s; want %s", c.q, got, c.wanted)
			}
		}
		add(t, s, "José")
		if got := strings.Join(actions(EventQuery{User: "JOSÉ"}), " "); got != "user.add" {
			t.Errorf("events of a user whose name is not ASCII: %s", got)
		}
		ok(t, s.RemoveUser(ctx, "josé", change("x"))) // two events go below
		ok(t, s.PruneEvents(ctx, noon.Add(2*time.Minute), 3))
		if got := strings.Join(actions(EventQuery{}), " "); got != "14 15 16 17 18 19" {
			t.Errorf("after pruning: %s", got)
		}
	})
}

// Two servers that start at the same time on a new database do not disturb each other.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				s, err := Open(context.Background(), o)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.CountUsers(context.Background()); err != nil {
					t.Error(err)
				}
				s.Close()
			})
		}
		all.Wait()
	})
}

// A database of the first version, with users in it, is brought to the present one.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		first := os.DirFS(filepath.Join("testdata", "first"))
		s, ctx := openAt(t, o, first), t.Context()
		_, err := s.writer.ExecContext(ctx, `INSERT INTO users (id, name, name_key, full_name, email, hash, blocked, blocked_reason, blocked_from, blocked_until, created, password_changed, version)
			VALUES ('1', 'Ana', 'ana', 'Ana Sá', '', 'h', 1, 'why', 0, 5000, 1000, 2000, 4)`)
		ok(t, err)
		_, err = s.writer.ExecContext(ctx, `INSERT INTO members (group_id, user_id) VALUES ('administrators', '1')`)
		ok(t, err)
		ok(t, s.Close())

		s = open(t, o)
		got, err := s.UserByName(ctx, "ana")
		w := User{
			ID: "1", Name: "Ana", Key: "ana", FullName: "Ana Sá", Hash: "h", Blocked: true, BlockedReason: "why", BlockedUntil: instant(5000),
			Created: instant(1000), PasswordChanged: instant(2000), Version: 4,
		}
		if err != nil || got != w {
			t.Errorf("the user is %+v, %v; want %+v", got, err, w)
		}
		if groups, err := s.GroupsOf(ctx, "1"); err != nil || len(groups) != 1 || !groups[0].Administers {
			t.Errorf("the groups are %+v, %v", groups, err)
		}
		ok(t, s.RemoveUser(ctx, "ana", change("user.remove")))
	})
}

// openAt opens a store with the tables that the migrations make.
func openAt(t *testing.T, o Options, files fs.FS) *Store {
	t.Helper()
	s, err := connect(o)
	ok(t, err)
	ok(t, s.migrateBy(t.Context(), o.Dir, files))
	return s
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		_, err := s.writer.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, $1)`, true)
		ok(t, err)
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "newer appserver: its version is 999") {
			t.Errorf("error %v; want that the database is newer", err)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.CountUsers(ctx)
		want(t, "a caller that has gone", err, context.Canceled)
		o.Timeout = time.Nanosecond
		slow, err := connect(o)
		ok(t, err)
		defer slow.Close()
		_, err = slow.CountUsers(t.Context())
		want(t, "a statement out of time", err, ErrUnavailable)
	})
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"mysql://u:secret@h/d", "postgres://u:secret@h:port/d", "postgres://u:secret@h/d?sslmode=what", "x"} {
		_, err := Open(t.Context(), Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", url, err)
		}
	}
	o := Options{URL: "postgres://u:secret@127.0.0.1:1/d"}
	_, err := Open(t.Context(), o)
	want(t, "a server that is not there", err, ErrUnavailable)
	if strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("the error holds the password: %v", err)
	}
}

// While PostgreSQL cannot be reached that is the error, soon; when it is there again, all
// goes on.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	server := needServer(t)
	url := server.url(t)
	s, ctx := open(t, Options{URL: url, Timeout: 2 * time.Second}), t.Context()
	add(t, s, "ana")
	admin, err := connect(Options{URL: server.urlOf("postgres"), Most: 1})
	ok(t, err)
	defer admin.Close()
	name := strings.TrimPrefix(strings.SplitN(url, "?", 2)[0], "postgres:///")
	exec := func(query string) {
		t.Helper()
		_, err := admin.writer.ExecContext(ctx, query)
		ok(t, err)
	}
	cut := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'"

	exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
	exec(cut)
	for range 3 {
		_, err := s.UserByName(ctx, "ana")
		want(t, "reading", err, ErrUnavailable)
		want(t, "writing", s.Record(ctx, change("")), ErrUnavailable)
	}
	exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
	if _, err := s.UserByName(ctx, "ana"); err != nil {
		t.Errorf("when it is there again: %v", err)
	}
	exec(cut)
	if _, err := s.UserByName(ctx, "ana"); err != nil {
		t.Errorf("after connections were cut, which is tried again: %v", err)
	}
}

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Dir: dir}
	s, path := open(t, o), filepath.Join(dir, FileName)
	add(t, s, "ana")
	for _, name := range []string{FileName, FileName + "-wal", FileName + "-shm"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want 0600", name, info, err)
		}
	}
	// A copy has what was committed, while somebody writes.
	err := s.write(t.Context(), func(ctx context.Context, q querier) error {
		if _, err := q.ExecContext(ctx, `DELETE FROM users`); err != nil {
			return err
		}
		to := t.TempDir()
		if found, err := Copy(ctx, dir, filepath.Join(to, FileName)); !found || err != nil {
			t.Fatalf("Copy = %v, %v", found, err)
		}
		ok(t, os.Chmod(filepath.Join(to, FileName), 0o600))
		if n, err := open(t, Options{Dir: to}).CountUsers(ctx); n != 1 || err != nil {
			t.Errorf("the copy has %d users, %v; want one", n, err)
		}
		return nil
	})
	ok(t, err)
	if found, err := Copy(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "x")); found || err != nil {
		t.Errorf("Copy of nothing = %v, %v", found, err)
	}
	ok(t, os.Chmod(path, 0o640))
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "chmod 600 ") {
		t.Errorf("a file that others can read: %v", err)
	}
	ok(t, os.Chmod(path, 0o600))
	linked := t.TempDir()
	ok(t, os.Symlink(path, filepath.Join(linked, FileName)))
	if _, err := Open(t.Context(), Options{Dir: linked}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a link: %v", err)
	}
	damaged := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(damaged, FileName), []byte(strings.Repeat("not a database ", 100)), 0o600))
	_, err = Open(t.Context(), Options{Dir: damaged})
	want(t, "a file that is no database", err, ErrUnavailable)
}

// A change waits for another process that writes for longer than one try takes.
func TestBusyDatabase(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Timeout: 5 * time.Second}
	s, other := open(t, o), open(t, o)
	tx, err := other.writer.BeginTx(t.Context(), nil) // takes the lock
	ok(t, err)
	done := time.AfterFunc(o.Timeout/maxTries+200*time.Millisecond, func() { _ = tx.Rollback() })
	defer done.Stop()
	add(t, s, "ana")
}

// Exchanging a password demands that nothing about the user has changed.
func TestExchangePassword(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		ana := add(t, s, "ana")
		h := NewHash{"h", noon.Add(time.Hour), 1}
		want(t, "another version", s.ExchangePassword(ctx, ana.ID, ana.Version+1, h, change("user.password")), ErrNotFound)
		want(t, "another user", s.ExchangePassword(ctx, "x", ana.Version, h, change("user.password")), ErrNotFound)
		ok(t, s.ExchangePassword(ctx, ana.ID, ana.Version, h, change("user.password")))
		want(t, "a second time", s.ExchangePassword(ctx, ana.ID, ana.Version, h, change("user.password")), ErrNotFound)
		got, err := s.UserByID(ctx, ana.ID)
		if err != nil || got.Hash != "h" || !got.PasswordChanged.Equal(h.At) || got.Version != ana.Version+1 {
			t.Errorf("the user = %+v, %v", got, err)
		}
		if hashes, err := s.Passwords(ctx, "ana"); err != nil || len(hashes) != 2 || hashes[1] != ana.Hash {
			t.Errorf("Passwords = %v, %v", hashes, err)
		}
	})
}

// Queries are prepared once, but no more than there is room for, and what cannot be
// prepared says why.
func TestPrepared(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, Options{Dir: t.TempDir()}), t.Context()
	p := newPrepared(s.reader)
	var all sync.WaitGroup
	for range 2 * sqliteReaders {
		all.Go(func() {
			for i := range 2 * maxPrepared {
				n := 0
				if err := p.QueryRowContext(ctx, fmt.Sprintf("SELECT $1 + %d", i), 1).Scan(&n); err != nil || n != i+1 {
					t.Errorf("1 + %d = %d, %v", i, n, err)
				}
			}
		})
	}
	all.Wait()
	if len(p.byText) != maxPrepared {
		t.Errorf("%d statements are kept; want %d", len(p.byText), maxPrepared)
	}
	if _, err := newPrepared(s.reader).QueryContext(ctx, "SELECT x FROM nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a query of nothing = %v", err)
	}
}

// What was prepared sees what others have changed since, also after it was given up in
// between, and after the tables have changed.
func TestPreparedSeesChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, other, ctx := open(t, Options{Dir: dir}), open(t, Options{Dir: dir}), t.Context()
	before, err := s.Version(ctx)
	ok(t, err)
	for i := range int64(20) {
		given, cancel := context.WithCancel(ctx)
		go cancel()
		_, _ = s.Version(given)
		_, _ = s.Users(given)
		add(t, other, fmt.Sprint("user ", i))
		if i == 10 {
			_, err := other.writer.ExecContext(ctx, `CREATE TABLE another (x)`)
			ok(t, err)
		}
		got, err := s.Version(ctx)
		ok(t, err)
		if got <= before {
			t.Fatalf("Version = %d after a change; it was %d", got, before)
		}
		before = got
	}
}

// A call to a database that hangs ends with its context: the end of the server does not wait.
func TestHangs(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	defer silent.Close()
	s, err := connect(Options{URL: "postgres://u:p@" + silent.Addr().String() + "/db?sslmode=disable&connect_timeout=600", Timeout: time.Hour})
	ok(t, err)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := silent.Accept(); err == nil {
			defer c.Close()
			cancel()
			_, _ = io.Copy(io.Discard, c)
		}
	}()
	_, err = s.UsersByID(ctx, []string{"1"})
	want(t, "a call that was given up", err, context.Canceled)
}
