package auth

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// Wrong passwords that an address may show: a burst, and then one each throttlePause.
const (
	throttleBurst = 10
	throttlePause = 6 * time.Second
	// throttleAddresses is how many addresses are remembered; beyond it the one that erred
	// longest ago is forgotten.
	throttleAddresses = 4096
)

// ErrThrottled is the error of a password that is not checked, because the address has shown
// too many wrong ones.
var ErrThrottled = errors.New("too many wrong credentials from this address: try again later")

// Throttle slows down whoever guesses passwords: an address has ten mistakes, and then one
// more each six seconds. Of IPv6 the /64 counts as one address; the zero Addr is one too. The
// zero Throttle is ready; any goroutine may use it.
type Throttle struct {
	Now func() time.Time // nil: time.Now; set it before use

	mu     sync.Mutex
	debts  map[netip.Prefix]time.Time // when the address has no more debt; each mistake adds throttlePause
	checks map[netip.Prefix]int       // that are going on
	ended  chan struct{}              // closed when one of them ends; nil: nobody waits for that
}

// Check returns what check, of a password from the address, returns: ErrNoUser is a mistake.
// It returns ErrThrottled if there were too many already. Each check that goes on may turn out
// to be a mistake; those that would be too many then wait for its end, up to a few seconds,
// after which the error is ErrBusy, or until ctx ends.
func (t *Throttle) Check(ctx context.Context, from netip.Addr, check func() error) error {
	who := household(from)
	if err := t.enter(ctx, who); err != nil {
		return err
	}
	mistaken := true // if check does not come back
	defer func() { t.leave(who, mistaken) }()
	err := check()
	mistaken = errors.Is(err, ErrNoUser)
	return err
}

// Mistake notes a mistake that was found otherwise.
func (t *Throttle) Mistake(from netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mistake(household(from))
}

// enter waits until there is room for one more check.
func (t *Throttle) enter(ctx context.Context, who netip.Prefix) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, ErrBusy)
	defer cancel()
	for {
		ended, err := t.begin(who)
		if ended == nil || err != nil {
			return err
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// begin notes that a check begins, or returns what is closed when there may be room for it.
func (t *Throttle) begin(who netip.Prefix) (ended <-chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = (throttleBurst - 1) * throttlePause
	debt, going := max(t.debts[who].Sub(t.now()), 0), t.checks[who]
	switch {
	case debt > most:
		return nil, ErrThrottled
	case debt+time.Duration(going)*throttlePause > most:
		if t.ended == nil {
			t.ended = make(chan struct{})
		}
		return t.ended, nil
	}
	if t.checks == nil {
		t.checks = make(map[netip.Prefix]int)
	}
	t.checks[who]++
	return nil, nil
}

// leave notes that a check has ended.
func (t *Throttle) leave(who netip.Prefix, mistaken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.checks[who]--; t.checks[who] == 0 {
		delete(t.checks, who)
	}
	if mistaken {
		t.mistake(who)
	}
	if t.ended != nil {
		close(t.ended)
		t.ended = nil
	}
}

// mistake notes a mistake; t.mu is held.
func (t *Throttle) mistake(who netip.Prefix) {
	if t.debts == nil {
		t.debts = make(map[netip.Prefix]time.Time)
	}
	now := t.now()
	until, known := t.debts[who]
	if !known && len(t.debts) >= throttleAddresses {
		t.forget(now)
	}
	if until.Before(now) {
		until = now
	}
	t.debts[who] = until.Add(throttlePause)
}

func (t *Throttle) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

// forget lets go of those without debt, or of the one with the least.
func (t *Throttle) forget(now time.Time) {
	var least netip.Prefix
	for who, until := range t.debts {
		if until.Before(now) {
			delete(t.debts, who)
		} else if !least.IsValid() || until.Before(t.debts[least]) {
			least = who
		}
	}
	if len(t.debts) >= throttleAddresses {
		delete(t.debts, least)
	}
}

// household is what counts as one address: of IPv6 the network that one customer has.
func household(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // of the zero Addr: the zero Prefix
	return p
}
