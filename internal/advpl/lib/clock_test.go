package lib

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"appserver/internal/advpl/vm"
)

// A thread in Sleep gives up its place once, and wakes at the end of its time, of its
// call's time, and when it is told to end; not in between.
func TestSleepWakes(t *testing.T) {
	enough := errors.New("enough")
	for _, test := range []struct {
		name   string
		limits vm.Limits
		cancel time.Duration // 0: never
		after  time.Duration
		want   error // nil: no error
	}{
		{name: "its end", after: time.Hour},
		{name: "told to end", cancel: time.Minute, after: time.Minute, want: enough},
		{name: "time of the call", limits: vm.Limits{Time: time.Second}, after: time.Second, want: &vm.Error{}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			waits := 0
			th := thread(t, vm.Options{Context: ctx, Now: time.Now, Limits: test.limits, Block: func(wait func()) {
				waits++
				wait()
			}})
			if test.cancel > 0 {
				time.AfterFunc(test.cancel, func() { cancel(enough) })
			}
			begun := time.Now()
			_, err := th.Call("SLEEP", vm.Num(float64(time.Hour/time.Millisecond)))
			if after := time.Since(begun); after != test.after || waits != 1 {
				t.Errorf("%s: Sleep came back after %v and waited %d times; want %v, 1", test.name, after, waits, test.after)
			}
			var e *vm.Error
			if (err != nil) != (test.want != nil) || test.want == enough && !errors.Is(err, enough) || err != nil && !errors.As(err, &e) {
				t.Errorf("%s: Sleep = %v; want %v", test.name, err, test.want)
			}
		})
	}
}
