package license

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"appserver/internal/jwt"
)

const (
	// claim is the member of a code that names the slot.
	claim = "x-totvs-app"
	// rememberFor bounds how long a good code need not be verified again.
	rememberFor = 10 * time.Minute
	// remembered is how many codes are remembered.
	remembered = 4096
)

// codes tells which slot a code is for.
type codes struct {
	o     Options
	cache jwt.Cache[int]
	bad   atomic.Int64

	mu    sync.RWMutex // guards the rest
	rules jwt.Rules
	keys  *keys // nil: there is no source

	changed chan struct{} // holds a token after keys was replaced

	forgotten atomic.Int64 // how often the cache was cleared
}

func newCodes(o Options) *codes {
	return &codes{o: o, cache: jwt.Cache[int]{Size: remembered}, changed: make(chan struct{}, 1)}
}

// update takes over other settings.
func (c *codes) update(s Settings) error {
	if len(s.Algorithms) == 0 {
		s.Algorithms = []string{"RS256"}
	}
	for _, a := range s.Algorithms {
		if err := jwt.CheckAlgorithm(a); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || c.keys.source != s.PublicKey || c.keys.every != s.Refresh {
		k, err := openKeys(s.PublicKey, s.Refresh, c.o, c.forget)
		if err != nil {
			return err
		}
		c.keys = k
	} else if !c.keys.remote() && c.keys.source != "" {
		c.keys.refresh(context.Background()) // a key that cannot be read takes nothing away
	}
	k := c.keys
	c.rules = jwt.Rules{Algorithms: s.Algorithms, Issuer: s.Issuer, Keys: func(string) []crypto.PublicKey { return k.public() }}
	c.forget()
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return nil
}

// forget has codes be verified again, by other rules or keys.
func (c *codes) forget() {
	c.forgotten.Add(1)
	c.cache.Clear()
}

// present returns the rules and keys in force.
func (c *codes) present() (jwt.Rules, *keys) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.rules, c.keys
}

// run keeps the keys in force up to date until ctx ends.
func (c *codes) run(ctx context.Context) {
	for ctx.Err() == nil {
		_, k := c.present()
		c.runKeys(ctx, k)
	}
}

// runKeys keeps k up to date until it is replaced or ctx ends.
func (c *codes) runKeys(ctx context.Context, k *keys) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	defer done.Wait()
	defer cancel()
	done.Go(func() { k.run(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
			if _, now := c.present(); now != k {
				return
			}
		}
	}
}

// slot returns the slot that the values of the header are for.
func (c *codes) slot(values []string) (int, error) {
	if len(values) == 0 {
		return DefaultSlot, nil
	}
	number, err := c.check(values)
	if err != nil {
		c.bad.Add(1)
	}
	return number, err
}

func (c *codes) check(values []string) (int, error) {
	if len(values) > 1 {
		return 0, fmt.Errorf("%w: it is there more than once", ErrBadCode)
	}
	now := c.o.Now()
	if number, ok := c.cache.Get(values[0], now); ok {
		return number, nil
	}
	before := c.forgotten.Load()
	rules, keys := c.present()
	switch {
	case keys.source == "":
		return 0, fmt.Errorf("%w: [License] PublicKey is not set", ErrBadCode)
	case len(keys.public()) == 0:
		return 0, ErrUnchecked
	}
	claims, err := rules.Verify(values[0], now)
	if err != nil {
		keys.suspect()
		return 0, fmt.Errorf("%w: %w", ErrBadCode, err)
	}
	number, err := slotOf(claims.Members)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBadCode, err)
	}
	c.cache.Put(values[0], number, now, endOf(claims, now))
	if c.forgotten.Load() != before { // it may have been verified by what is in force no more
		c.cache.Clear()
	}
	return number, nil
}

// endOf returns until when a code need not be verified again.
func endOf(c jwt.Claims, now time.Time) time.Time {
	end := now.Add(rememberFor)
	if !c.Expires.IsZero() && c.Expires.Before(end) {
		return c.Expires
	}
	return end
}

// slotOf returns the slot that the claims name, as a number or a text: DefaultSlot if they
// name none.
func slotOf(members map[string]json.RawMessage) (int, error) {
	raw, ok := members[claim]
	if !ok {
		return DefaultSlot, nil
	}
	text := string(raw)
	if strings.HasPrefix(text, `"`) && json.Unmarshal(raw, &text) != nil {
		return 0, errors.New(claim + " is not the number of a slot")
	}
	number, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil || number < 1 || number > MaxSlot {
		return 0, errors.New(claim + " is not the number of a slot")
	}
	return int(number), nil
}

// state returns how many codes were refused, and what they are verified by.
func (c *codes) state() (bad int64, k KeyState) {
	_, keys := c.present()
	return c.bad.Load(), keys.state()
}
