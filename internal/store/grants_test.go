package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// session adds a session of the user at a time, whose refresh token has the sum of its id.
func session(t *testing.T, s *Store, user, id string, at time.Time, most int) (ended int) {
	t.Helper()
	u, err := s.UserByID(t.Context(), user)
	ok(t, err)
	ended, err = s.AddSession(t.Context(), Session{
		ID: id, UserID: user, UserVersion: u.Version, From: "192.0.2.1", Created: at, Used: at, Expires: at.Add(time.Hour),
	}, "sum "+id, most)
	ok(t, err)
	return ended
}

func TestSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		maria, ana := add(t, s, "maria"), add(t, s, "ana")
		session(t, s, ana.ID, "2", noon, 0)
		_, err := s.AddSession(ctx, Session{ID: "3", UserID: "nobody", Created: noon, Used: noon, Expires: noon.Add(time.Hour)}, "sum 3", 0)
		want(t, "a session of nobody", err, ErrNotFound)
		ok(t, s.SetPassword(ctx, "maria", NewHash{"other", noon, 0}, change("user.password")))
		_, err = s.AddSession(ctx, Session{ID: "3", UserID: maria.ID, UserVersion: maria.Version, Created: noon, Used: noon, Expires: noon.Add(time.Hour)}, "sum 3", 0)
		want(t, "a session for a password that was changed meanwhile", err, ErrNotFound)
		session(t, s, maria.ID, "1", noon, 0)

		got, err := s.Session(ctx, "1")
		ok(t, err)
		expected := Session{ID: "1", UserID: maria.ID, From: "192.0.2.1", Created: noon, Used: noon, Expires: noon.Add(time.Hour)}
		if trimmed(got) != trimmed(expected) || !got.Live(noon) || got.Live(noon.Add(time.Hour)) {
			t.Errorf("Session = %+v; want %+v", got, expected)
		}
		if of, err := s.SessionOf(ctx, "sum 1"); err != nil || of != got {
			t.Errorf("SessionOf = %+v, %v; want %+v", of, err, got)
		}
		_, err = s.Session(ctx, "x\x00\xff")
		want(t, "an id that no database takes", err, ErrNotFound)
		_, err = s.SessionOf(ctx, "sum 9")
		want(t, "a token that nobody has", err, ErrNotFound)

		later := noon.Add(time.Minute)
		next, err := s.Rotate(ctx, "sum 1", "next", later, later.Add(time.Hour))
		if err != nil || next.ID != "1" || !next.Expires.Equal(later.Add(time.Hour)) {
			t.Errorf("Rotate = %+v, %v", next, err)
		}
		list, err := s.Sessions(ctx, "", later)
		if err != nil || len(list) != 2 || list[0].UserName != "maria" || list[1].UserName != "ana" || !list[0].Used.Equal(later) {
			t.Errorf("Sessions = %+v, %v", list, err)
		}
		if list, err = s.Sessions(ctx, ana.ID, later); err != nil || len(list) != 1 || list[0].ID != "2" {
			t.Errorf("Sessions of ana = %+v, %v", list, err)
		}
		if list, err = s.Sessions(ctx, "", noon.Add(time.Hour)); err != nil || len(list) != 1 {
			t.Errorf("Sessions an hour later = %+v, %v; want the one that was used since", list, err)
		}

		_, err = s.Rotate(ctx, "sum 1", "other", later, later.Add(time.Hour))
		want(t, "a token that was used", err, ErrReused)
		_, err = s.Rotate(ctx, "next", "other", later, later.Add(time.Hour))
		want(t, "the good one of a session that has ended", err, ErrNotFound)
		if got, err = s.Session(ctx, "1"); err != nil || got.Ended.IsZero() || got.Reason == "" || got.Live(noon) {
			t.Errorf("the session after that: %+v, %v", got, err)
		}
		want(t, "ended twice", s.EndSession(ctx, "1", "x", later), ErrNotFound)
		_, err = s.Rotate(ctx, "sum 2", "other", noon.Add(2*time.Hour), noon.Add(3*time.Hour))
		want(t, "a token that has expired", err, ErrNotFound)

		ok(t, s.RemoveUser(ctx, "ana", change("user.remove")))
		_, err = s.Session(ctx, "2")
		want(t, "a session of a user who was removed", err, ErrNotFound)
	})
}

// trimmed is a session with times as databases keep them.
func trimmed(s Session) Session {
	for _, at := range []*time.Time{&s.Created, &s.Used, &s.Expires} {
		*at = at.Truncate(time.Millisecond).UTC()
	}
	return s
}

func TestEndsOfSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		maria, ana := add(t, s, "maria"), add(t, s, "ana")
		live := func() (ids string) {
			list, err := s.Sessions(ctx, "", noon)
			ok(t, err)
			for _, x := range list {
				ids += x.ID
			}
			return ids
		}
		for i := range 4 {
			session(t, s, maria.ID, fmt.Sprint("m", i), noon.Add(time.Duration(i)*time.Second), 0)
		}
		session(t, s, ana.ID, "a", noon, 1)
		if n := session(t, s, maria.ID, "m9", noon.Add(-time.Minute), 2); n != 3 || live() != "m3am9" {
			t.Errorf("ended %d, left %s; want the new one and the one used last, and those of others", n, live())
		}
		if n, err := s.EndSessions(ctx, maria.ID, "test", noon); n != 2 || err != nil || live() != "a" {
			t.Errorf("EndSessions = %d, %v; left %s", n, err, live())
		}
		session(t, s, maria.ID, "m", noon, 0)
		ok(t, s.UpdateUser(ctx, "maria", change("user.block"), func(u *User) error { u.Blocked = true; return nil }))
		if live() != "a" {
			t.Errorf("after a block: %s", live())
		}
		ok(t, s.SetPassword(ctx, "ana", NewHash{"other", noon, 0}, change("user.password")))
		if live() != "" {
			t.Errorf("after another password: %s", live())
		}
		session(t, s, ana.ID, "a2", noon, 0)
		session(t, s, maria.ID, "n2", noon, 0)
		if n, err := s.EndSessions(ctx, "", "test", noon); n != 2 || err != nil || live() != "" {
			t.Errorf("EndSessions of all = %d, %v; left %s", n, err, live())
		}
		session(t, s, ana.ID, "a3", noon.Add(2*time.Hour), 0)
		_, err := s.Session(ctx, "n2")
		want(t, "a session that is over", err, ErrNotFound)
	})
}

// Of those that use a token at the same time one gets the next.
func TestRotateAtTheSameTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		maria := add(t, s, "maria")
		session(t, s, maria.ID, "1", noon, 0)
		var won, lost atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				switch _, err := s.Rotate(ctx, "sum 1", fmt.Sprint("next ", i), noon, noon.Add(time.Hour)); err {
				case nil:
					won.Add(1)
				case ErrReused, ErrNotFound:
					lost.Add(1)
				default:
					t.Errorf("Rotate: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Errorf("%d won and %d lost; want 1 and 7", won.Load(), lost.Load())
		}
		if x, err := s.Session(ctx, "1"); err != nil || x.Ended.IsZero() {
			t.Errorf("the session: %+v, %v; want that it has ended", x, err)
		}
	})
}

// Sessions that begin at the same time are not more than the user may have.
func TestSessionsAtTheSameTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s := open(t, o)
		maria := add(t, s, "maria")
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { session(t, s, maria.ID, fmt.Sprint(i), noon, 3) })
		}
		wg.Wait()
		list, err := s.Sessions(t.Context(), maria.ID, noon)
		if err != nil || len(list) != 3 {
			t.Errorf("%d sessions, %v; want 3", len(list), err)
		}
	})
}

// Nor does one that begins sessions all the time, whether it ends them or not.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		maria, ana := add(t, s, "maria"), add(t, s, "ana")
		session(t, s, ana.ID, "a", noon, 0)
		ok(t, s.EndSession(ctx, "a", "test", noon))
		for i := range 10 {
			session(t, s, maria.ID, fmt.Sprint(i), noon, 2)
			ok(t, s.EndSession(ctx, fmt.Sprint(i), "test", noon))
		}
		n, err := count(ctx, s.reader, "sessions")
		if err != nil || n != 2 {
			t.Errorf("%d sessions are kept, %v; want the last one of each user", n, err)
		}
	})
}

// A client that renews its tokens all the time does not fill the database.
func TestTokensOfSessionAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, Options{Dir: t.TempDir()}), t.Context()
	maria := add(t, s, "maria")
	session(t, s, maria.ID, "1", noon, 0)
	old := "sum 1"
	for i := range maxSessionTokens + 20 {
		next := fmt.Sprint("next ", i)
		if _, err := s.Rotate(ctx, old, next, noon.Add(time.Duration(i)*time.Millisecond), noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		old = next
	}
	var n int
	ok(t, s.reader.QueryRowContext(ctx, `SELECT count(*) FROM session_tokens`).Scan(&n))
	if n > maxSessionTokens {
		t.Errorf("%d tokens are kept; want %d at most", n, maxSessionTokens)
	}
	_, err := s.Rotate(ctx, old, "last", noon.Add(time.Minute), noon.Add(time.Hour))
	ok(t, err)
}
