package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// Pools are called, made, closed and given new programs, and threads are killed and users
// dismissed, at random, where there are fewer threads than all want. Then all is as if nothing
// had been.
func TestPoolsAtRandom(t *testing.T) {
	c := newCore(t, func(o *Options, n *Config) {
		o.Slots, o.Grace = 2, 50*time.Millisecond // some are abandoned: ErrAbandoned is expected
		o.Log = zap.NewNop()
		n.MaxThreads = 12
	})
	keep := c.stressPool("KEEP", PoolOptions{Min: 2, Max: 6, MinFree: 1, OnStart: "U_TIMES", OnExit: "U_TIMES", Wait: time.Second})
	end := time.Now().Add(max(*soak, time.Second))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for time.Now().Before(end) {
				c.callAtRandom(keep)
				c.poolAtRandom(fmt.Sprintf("P%d", i))
			}
		})
	}
	go func() {
		for range c.stuck { // nobody has to wait for them
		}
	}()
	defer close(c.stuck)
	wg.Go(func() {
		defer c.open()
		for time.Now().Before(end) {
			for _, i := range c.Threads() {
				if rand.IntN(8) == 0 {
					_ = c.Kill(i.ID, nil)
				}
			}
			if rand.IntN(8) == 0 {
				c.Dismiss(caller)
			}
			_, _ = c.Pools(), c.Figures()
			if rand.IntN(4) == 0 {
				c.reload()
			}
			if rand.IntN(60) == 0 {
				c.letGo()
			}
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		}
	})
	wg.Wait()
	c.until("the pool works", func() bool {
		f := keep.Figures()
		return f.Workers >= 2 && f.Workers == f.Free && f.Queue == 0
	})
	if v, err := keep.Do(t.Context(), Call{Func: "U_ADD", Args: []vm.Value{vm.Int(1), vm.Int(2)}}); err != nil || v.Float() != 3 {
		t.Errorf("a call in the end = %v, %v", v, err)
	}
	c.until("only the workers of one pool are left", func() bool {
		return len(c.Threads()) == keep.Figures().Workers && len(c.Pools()) == 1
	})
	if err := c.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	c.idle()
	if n := c.Shared().Waiting("IPC"); n != 0 {
		t.Errorf("%d threads wait for work", n)
	}
}

// idle demands that all threads that have started have ended, and the run slots are free.
func (c *core) idle() {
	c.t.Helper()
	if f := c.Figures(); f.Started != c.seen.ended.Load() || f.Computing != 0 || f.Waiting != 0 {
		c.t.Errorf("%+v, %d have ended; want as many as started, none computing or waiting", f, c.seen.ended.Load())
	}
	if n := c.Host.slots.free; n != c.Host.o.Slots {
		c.t.Errorf("%d run slots are free; want %d", n, c.Host.o.Slots)
	}
}

// letGo lets one go on of what is stuck, if there is something.
func (c *core) letGo() {
	select {
	case c.opened <- struct{}{}:
	default:
	}
}

func (c *core) stressPool(name string, o PoolOptions) *Pool {
	o.Name, o.Env = name, "ENV"
	p, err := c.NewPool(o)
	if err != nil {
		c.t.Error(err)
	}
	return p
}

// expected are the errors of calls that others do things to.
var expected = []error{ErrBusy, ErrKilled, ErrQueueTime, ErrQueueFull, ErrPoolClosed, ErrTimeout, ErrAbandoned, io.EOF}

// caller is who calls at random.
var caller = auth.Principal{Name: "ana", Method: auth.User}

func (c *core) callAtRandom(p *Pool) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Duration(rand.IntN(20))*time.Millisecond, io.EOF)
	defer cancel()
	names := []string{"U_LOOP", "U_NAP", "U_TIMES", "U_FAILS", "U_BAD", "U_ADD", "U_HUGE", "U_STAY"}
	call := Call{Func: names[rand.IntN(len(names))], Args: []vm.Value{vm.Num(2), vm.Num(3)}, Principal: caller}
	if rand.IntN(2) == 0 {
		call.Until = time.Now().Add(time.Duration(rand.IntN(20)) * time.Millisecond)
	}
	_, err := p.Do(ctx, call)
	var e *CallError
	if err == nil || errors.As(err, &e) {
		return
	}
	for _, want := range expected {
		if errors.Is(err, want) {
			return
		}
	}
	c.t.Errorf("a call = %v", err)
}

// poolAtRandom makes a pool, lets it work, and closes it in time or too early.
func (c *core) poolAtRandom(name string) {
	starts := []string{"", "U_TIMES", "U_FAILS", "U_LOOP", "U_NONE"}
	o := PoolOptions{Min: rand.IntN(3), Max: 3, Increment: 2, OnStart: starts[rand.IntN(len(starts))], Wait: 3 * time.Millisecond, Idle: time.Millisecond, Expire: 5 * time.Millisecond}
	if rand.IntN(2) == 0 {
		o.IPC, o.Func = "IPC", "U_NAP"
	}
	p := c.stressPool(name, o)
	var calls sync.WaitGroup // which meet with the end of the pool
	defer calls.Wait()
	for range rand.IntN(5) {
		switch {
		case o.IPC != "":
			c.Shared().Go("IPC", []vm.Value{vm.Num(1)})
			time.Sleep(time.Millisecond)
		case rand.IntN(2) == 0:
			calls.Go(func() { c.callAtRandom(p) })
		default:
			c.callAtRandom(p)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(10))*time.Millisecond)
	defer cancel()
	if err := p.Close(ctx); err != nil && !strings.Contains(err.Error(), "deadline") {
		c.t.Errorf("Close = %v", err)
	}
	if f := p.Figures(); f.Workers != 0 || f.Starting != 0 || f.Free != 0 || f.Queue != 0 {
		c.t.Errorf("a pool that is closed has %+v", f)
	}
}
