package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"appserver/internal/advpl/vm"
)

// sorted returns the words of text in order.
func sorted(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

const smartPrograms = `
User Function Smart(cName, nSeconds)
Note(cName)
Pause(nSeconds)
Return
`

// smart queues a job that takes so long.
func (b *bench) smartJob(name string, seconds int) bool {
	return b.SmartJob(Call{Env: "P", Func: "U_SMART", Kind: Job, Args: []vm.Value{vm.Str(name), vm.Int(seconds)}})
}

func TestSmartJobQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, smartPrograms)
		var load atomic.Int64
		load.Store(90)
		b.smart.load = func() int { return int(load.Load()) }
		b.SetSmart(SmartOptions{Load: 60, Min: 2, Max: 4})
		for i := range 10 {
			if !b.smartJob(fmt.Sprint(i), 100) {
				t.Errorf("job %d is not queued", i)
			}
		}
		state := func(want string) {
			t.Helper()
			synctest.Wait()
			f := b.Smart()
			check(t, "the queue", fmt.Sprintf("%d run, %d wait", f.Running, f.Queue), want)
		}
		state("2 run, 8 wait")
		time.Sleep(10 * time.Second)
		state("2 run, 8 wait")
		load.Store(59)
		time.Sleep(2 * time.Second)
		state("4 run, 6 wait")
		check(t, "which run", sorted(b.notes()), "0 1 2 3")
		time.Sleep(89 * time.Second)
		state("4 run, 4 wait")
		check(t, "the next ones", sorted(b.notes()), "4 5")
		time.Sleep(1000 * time.Second)
		state("0 run, 0 wait")
	})
}

func TestSmartJobRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, smartPrograms)
		b.SetSmart(SmartOptions{Min: 1, Max: 1})
		if b.SmartJob(Call{Env: "NONE", Func: "U_SMART", Kind: Job}) {
			t.Error("a job of an environment that does not exist is queued")
		}
		if !b.SmartJob(Call{Env: "P", Func: "U_NONE", Kind: Job}) || b.Smart().Running != 0 {
			t.Error("a function that does not exist: want that it is queued and forgotten")
		}
		n := 0
		for b.smartJob("x", 1000) {
			if n++; n > 2*maxSmartQueue {
				t.Fatal("the queue has no bound")
			}
		}
		if n != maxSmartQueue+1 {
			t.Errorf("%d jobs were queued; want %d and the one that runs", n, maxSmartQueue)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = b.Shutdown(ctx)
		if b.smartJob("y", 0) || b.Smart().Queue != 0 {
			t.Errorf("after Shutdown: %+v; want nothing queued", b.Smart())
		}
		synctest.Wait()
	})
}

func TestManualJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms+poolPrograms)
		good := ManualJobOptions{Name: "MINE", Env: "p", Type: "ipc", OnConnect: "U_WORK", Key: "KEY", Min: 2, Max: 3, MinFree: 1, Incr: 1, Inactive: time.Minute}
		for _, test := range []struct {
			change func(*ManualJobOptions)
			want   string
		}{
			{func(o *ManualJobOptions) { o.Name = "A,B" }, "a name without commas"},
			{func(o *ManualJobOptions) { o.Name = " " }, "a name without commas"},
			{func(o *ManualJobOptions) { o.Type = "WEBEX" }, "type WEBEX are not run"},
			{func(o *ManualJobOptions) { o.OnConnect = "" }, "OnConnect"},
			{func(o *ManualJobOptions) { o.OnConnect = "U_NONE" }, ErrNoFunction.Error()},
			{func(o *ManualJobOptions) { o.OnStart = "ConOut" }, ErrNoFunction.Error()},
			{func(o *ManualJobOptions) { o.Env = "Q" }, ErrNoEnvironment.Error()},
		} {
			o := good
			test.change(&o)
			if err := b.ManualJob(o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ManualJob(%+v) = %v; want %q", o, err, test.want)
			}
		}
		if err := b.ManualJob(good); err != nil {
			t.Fatal(err)
		}
		good.Name = "mine"
		if err := b.ManualJob(good); !errors.Is(err, ErrPoolExists) {
			t.Errorf("the same name again: %v; want %v", err, ErrPoolExists)
		}
		synctest.Wait()
		if n := b.Shared().Waiting("KEY"); n != 2 {
			t.Errorf("%d workers wait; want 2", n)
		}
		if err := b.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := b.ManualJob(good); !errors.Is(err, ErrStopping) {
			t.Errorf("after Shutdown: %v; want %v", err, ErrStopping)
		}
	})
}
