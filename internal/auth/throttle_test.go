package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// guess has a wrong password of the address checked.
func guess(th *Throttle, from netip.Addr) error {
	return th.Check(context.Background(), from, func() error { return fmt.Errorf("check: %w", ErrNoUser) })
}

// blocked tells whether no password of the address is checked.
func blocked(th *Throttle, from netip.Addr) bool {
	return errors.Is(th.Check(context.Background(), from, func() error { return nil }), ErrThrottled)
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th Throttle
		one, neighbour := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
		other, mapped := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::ffff:192.0.2.1")
		for range throttleBurst {
			if err := guess(&th, one); !errors.Is(err, ErrNoUser) {
				t.Fatalf("a guess within the burst: %v", err)
			}
		}
		if !blocked(&th, one) || !blocked(&th, neighbour) {
			t.Error("not blocked after the burst, with its /64")
		}
		if blocked(&th, other) {
			t.Error("another address is blocked")
		}
		time.Sleep(throttlePause)
		if blocked(&th, one) {
			t.Error("blocked after a pause")
		}
		th.Mistake(one)
		if !blocked(&th, one) {
			t.Error("not blocked after one more mistake")
		}
		for range throttleBurst {
			th.Mistake(mapped)
		}
		if !blocked(&th, other) {
			t.Error("an IPv4 address is not that in an IPv6 one")
		}
		th.Mistake(netip.Addr{})
	})
}

// Guesses at the same time do not pass the burst.
func TestThrottleOfGuessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th Throttle
		var checked, refused atomic.Int64
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				err := th.Check(t.Context(), netip.Addr{}, func() error {
					checked.Add(1)
					time.Sleep(50 * time.Millisecond)
					return ErrNoUser
				})
				if errors.Is(err, ErrThrottled) {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if checked.Load() != throttleBurst || refused.Load() != 100-throttleBurst {
			t.Errorf("%d guesses were checked, %d refused; want %d and the rest", checked.Load(), refused.Load(), throttleBurst)
		}
	})
}

// Right passwords at the same time wait for each other and are no mistakes, whatever came
// before.
func TestThrottleOfRightPasswordsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th Throttle
		for range throttleBurst - 1 {
			th.Mistake(netip.Addr{})
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := th.Check(t.Context(), netip.Addr{}, func() error {
					time.Sleep(10 * time.Millisecond)
					return nil
				}); err != nil {
					t.Errorf("a right password: %v", err)
				}
			})
		}
		all.Wait()
		if len(th.checks) != 0 {
			t.Errorf("%v go on when all have ended", th.checks)
		}
	})
}

// Who waits does so for some time, and not when nobody waits for the answer.
func TestThrottleWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th Throttle
		free := make(chan struct{})
		for range throttleBurst {
			go th.Check(t.Context(), netip.Addr{}, func() error { <-free; return nil })
		}
		synctest.Wait()
		began := time.Now()
		if err := guess(&th, netip.Addr{}); !errors.Is(err, ErrBusy) || time.Since(began) != maxWait {
			t.Errorf("%v after %v; want ErrBusy after %v", err, time.Since(began), maxWait)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := th.Check(ctx, netip.Addr{}, func() error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%v; want that of the context", err)
		}
		close(free)
		synctest.Wait()
		if err := guess(&th, netip.Addr{}); !errors.Is(err, ErrNoUser) {
			t.Errorf("when there is room again: %v", err)
		}
	})
}

func TestThrottleIsBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	th := Throttle{Now: func() time.Time { return now }}
	guesser := netip.MustParseAddr("10.255.255.255")
	for range throttleBurst {
		th.Mistake(guesser)
	}
	a := netip.MustParseAddr("10.0.0.0")
	for range throttleAddresses + 200 {
		th.Mistake(a)
		a = a.Next()
	}
	if len(th.debts) > throttleAddresses {
		t.Errorf("%d addresses are remembered; want %d at most", len(th.debts), throttleAddresses)
	}
	if !blocked(&th, guesser) {
		t.Error("whoever owes most was forgotten")
	}
	now = now.Add(time.Hour)
	th.Mistake(a)
	if len(th.debts) != 1 {
		t.Errorf("%d addresses are remembered after an hour; want one", len(th.debts))
	}
}
