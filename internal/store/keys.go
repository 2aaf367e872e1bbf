package store

import (
	"context"
	"time"
)

// maxPublicKeys bounds the public keys that count at the same time.
const maxPublicKeys = 1000

// A PublicKey is one by which servers on the same database verify each other's tokens.
type PublicKey struct {
	Issuer string // who signs with it
	ID     string
	Key    string    // in the form that the issuer has given it
	Until  time.Time // when the last token that it has signed ends
}

// PublishKeys has the keys count, and those named gone no more; of those only Issuer and ID
// matter. Keys of anybody that are over at now are forgotten.
func (s *Store) PublishKeys(ctx context.Context, keys, gone []PublicKey, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		if _, err := q.ExecContext(ctx, `DELETE FROM public_keys WHERE until < $1`, millis(now)); err != nil {
			return err
		}
		for _, k := range gone {
			if _, err := q.ExecContext(ctx, `DELETE FROM public_keys WHERE issuer = $1 AND id = $2`, k.Issuer, k.ID); err != nil {
				return err
			}
		}
		for _, k := range keys {
			_, err := q.ExecContext(ctx, `INSERT INTO public_keys (issuer, id, public_key, until) VALUES ($1, $2, $3, $4)
				ON CONFLICT (issuer, id) DO UPDATE SET until = excluded.until`, k.Issuer, k.ID, k.Key, millis(k.Until))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PublicKeys returns the keys of all issuers that count at now, 1,000 at most.
func (s *Store) PublicKeys(ctx context.Context, now time.Time) (list []PublicKey, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanPublicKey, `SELECT issuer, id, public_key, until FROM public_keys WHERE until > $1
			ORDER BY until DESC, issuer, id LIMIT $2`, millis(now), maxPublicKeys)
		return err
	})
	return list, err
}

func scanPublicKey(scan func(...any) error) (k PublicKey, err error) {
	var until int64
	err = scan(&k.Issuer, &k.ID, &k.Key, &until)
	k.Until = instant(until)
	return k, err
}
