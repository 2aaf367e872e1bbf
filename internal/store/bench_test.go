package store

import (
	"fmt"
	"testing"
	"time"
)

// The calls of a request that comes with what is not remembered, of a login, and of the look
// at who still may call.
func BenchmarkStore(b *testing.B) {
	s, err := Open(b.Context(), Options{Dir: b.TempDir()})
	ok(b, err)
	defer s.Close()
	var ids []string
	for i := range 1000 {
		u := User{ID: NewID(), Name: fmt.Sprint("user ", i), Hash: "hash", Created: noon, PasswordChanged: noon}
		ok(b, s.AddUser(b.Context(), u, nil, change("user.add")))
		ids = append(ids, u.ID)
	}
	attempt := Attempt{Pair: "n:1:a:1", Name: "n:1", Network: "a:1", At: noon, Window: time.Minute, Limit: 5, NetworkLimit: 50}
	for name, do := range map[string]func() error{
		"Version":        func() error { _, err := s.Version(b.Context()); return err },
		"UserByID":       func() error { _, err := s.UserByID(b.Context(), ids[0]); return err },
		"PermissionsFor": func() error { _, err := s.PermissionsFor(b.Context(), ids[0]); return err },
		"UsersByID1":     func() error { _, err := s.UsersByID(b.Context(), ids[:1]); return err },
		"UsersByID1000":  func() error { _, err := s.UsersByID(b.Context(), ids); return err },
		"BeginAttempt":   func() error { _, err := s.BeginAttempt(b.Context(), attempt); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ok(b, do())
			}
		})
	}
}
