package store

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestPublicKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
		key := func(issuer, id string, hours int) PublicKey {
			return PublicKey{Issuer: issuer, ID: id, Key: "key " + id, Until: at(hours)}
		}
		counts := func(now time.Time, want ...PublicKey) {
			t.Helper()
			if list, err := s.PublicKeys(ctx, now); err != nil || !slices.Equal(list, want) {
				t.Errorf("PublicKeys = %v, %v; want %v", list, err, want)
			}
		}
		counts(noon)
		ok(t, s.PublishKeys(ctx, []PublicKey{key("a", "1", 1), key("a", "2", 9)}, nil, noon))
		ok(t, s.PublishKeys(ctx, []PublicKey{key("b", "1", 3)}, []PublicKey{{Issuer: "b", ID: "2"}}, noon))
		counts(noon, key("a", "2", 9), key("b", "1", 3), key("a", "1", 1))
		counts(at(1), key("a", "2", 9), key("b", "1", 3))
		ok(t, s.PublishKeys(ctx, []PublicKey{key("a", "3", 4)}, []PublicKey{key("a", "2", 0)}, at(1)))
		counts(at(1), key("a", "3", 4), key("b", "1", 3))
		ok(t, s.PublishKeys(ctx, []PublicKey{key("a", "3", 5)}, nil, at(3).Add(time.Millisecond)))
		counts(noon, key("a", "3", 5))
	})
}

// A server and a command that publish the same keys at the same time do not disturb each other.
func TestPublishTogether(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		s, ctx := open(t, o), t.Context()
		keys := []PublicKey{{Issuer: "a", ID: "1", Until: noon.Add(time.Hour)}, {Issuer: "a", ID: "2", Until: noon.Add(time.Hour)}}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := s.PublishKeys(ctx, keys, nil, noon); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if list, err := s.PublicKeys(ctx, noon); err != nil || !slices.Equal(list, keys) {
			t.Errorf("PublicKeys = %v, %v; want %v", list, err, keys)
		}
	})
}
