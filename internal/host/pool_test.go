package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// bench is a host for tests of pools and jobs, whose programs are texts.
type bench struct {
	*Host
	t          testing.TB
	maxThreads int // of the environment

	mu    sync.Mutex
	noted []string // by NOTE
}

func newBench(t testing.TB, text string) *bench {
	t.Helper()
	b := &bench{t: t}
	natives := map[string]vm.Native{
		"NOTE": func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.noted = append(b.noted, strings.Clone(a.Get(0).Text()))
			return vm.Value{}, nil
		},
		"PRINCIPAL": func(t *vm.Thread, _ vm.Args) (vm.Value, error) {
			own, _ := ThreadOf(t)
			brought, _ := Cap[string](own)
			return vm.Str(fmt.Sprintf("%s %s %s %s", own.Principal().Name, own.Kind(), own.Machine(), brought)), nil
		},
		"REFUSED": func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
			reasons := map[string]error{"function": ErrNoFunction, "programs": ErrUnavailable, "killed": ErrKilled, "stopping": ErrStopping, "ended": ErrEnded, "busy": ErrBusy}
			return vm.Value{}, fmt.Errorf("refused: %w", reasons[a.Get(0).Text()])
		},
		"STOPPING": func(t *vm.Thread, _ vm.Args) (vm.Value, error) {
			own, _ := ThreadOf(t)
			return vm.Bool(own.Ending()), nil
		},
		"GLBNMLOCK": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			own, _ := ThreadOf(t)
			ok, err := own.Host().Shared().Lock(own.ID(), a.Get(0).Text())
			return vm.Bool(ok), err
		},
		"GETGLBVALUE": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			own, _ := ThreadOf(t)
			text, _ := own.Host().Shared().Get(a.Get(0).Text())
			return vm.Str(text), nil
		},
		"PANIC": func(*vm.Thread, vm.Args) (vm.Value, error) { panic("a fault of a native") },
		"DEAF": func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
			time.Sleep(time.Duration(a.Get(0).Float() * float64(time.Second)))
			return vm.Value{}, nil
		},
		"PAUSE": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			ctx := t.Context()
			t.Blocked(func() {
				select {
				case <-time.After(time.Duration(a.Get(0).Float() * float64(time.Second))):
				case <-ctx.Done():
				}
			})
			return vm.Value{}, t.Poll()
		},
	}
	b.Host = New(Options{Release: lib.Release, Grace: time.Minute, Link: func(units []*code.Unit) (*vm.Program, error) {
		l := lib.Library()
		maps.Copy(l.Funcs, natives)
		return vm.Link(units, l)
	}})
	t.Cleanup(b.stop) // lets the goroutines of its calls go
	b.load(text)
	return b
}

// load puts the programs of the text in force, in the environment P.
func (b *bench) load(text string) {
	b.t.Helper()
	unit, findings := build.Source("test.prw", text, build.Options{Unkept: true})
	if findings.Failed() {
		b.t.Fatal(findings)
	}
	commit, err := b.Prepare(context.Background(), Config{
		Environments: []Environment{{Name: "P", Limits: vm.Limits{Steps: 50_000}, MaxThreads: b.maxThreads}},
		Units:        map[string][]*code.Unit{"P": {unit}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	commit()
}

// pool makes a pool with short waits.
func (b *bench) pool(o PoolOptions) *Pool {
	b.t.Helper()
	if o.Name == "" {
		o.Name = "TEST"
	}
	o.Env = "p"
	p, err := b.NewPool(o)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// notes returns what programs have noted since the last time.
func (b *bench) notes() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.Join(b.noted, " ")
	b.noted = nil
	return text
}

// close ends the pool; whatever goes on then fails the test.
func (b *bench) close(p *Pool) {
	b.t.Helper()
	if err := p.Close(context.Background()); err != nil {
		b.t.Errorf("Close = %v", err)
	}
}

// do runs a function of the pool and returns its value, or its error, as text.
func do(p *Pool, name string, args ...vm.Value) string {
	v, err := p.Do(context.Background(), Call{Func: name, Args: args})
	if err != nil {
		return "error: " + err.Error()
	}
	return v.String()
}

// counts shows what a pool is made of.
func counts(p *Pool) string {
	synctest.Wait()
	f := p.Figures()
	return fmt.Sprintf("%d workers, %d free, %d busy, %d wait", f.Workers, f.Free, f.Busy, f.Queue)
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s; want %s", what, got, want)
	}
}

const poolPrograms = `
Static nCalls := 0

User Function Count()
nCalls++
Return nCalls

User Function Hold(nSeconds)
Pause(nSeconds)
Return "held"

User Function Begin(cWhat)
Public cMade := "made by " + cWhat
Note("begin")
GlbNmLock("of the pool")
Return .T.

User Function Finish()
Note("end")
Return

User Function Leak()
Public cLeft := "left"
cMade := "changed"
Set(4, "yyyymmdd")
ErrorBlock({|e| Break(e)})
GlbNmLock("of a call")
Return DToC(SToD("20260102"))

User Function Seen()
Return cMade + " " + Type("cLeft") + " " + DToC(SToD("20260102"))

User Function Endless()
While .T.
End
Return

User Function Broken()
Panic()
Return

User Function Deaf(nSeconds)
Deaf(nSeconds)
Note("heard")
Return

User Function Fails()
Return 1 + "a"

User Function Refuses()
Return .F.

User Function Leave()
__Quit()
Return
`

func TestPoolGrowsAndShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Max: 3, MinFree: 1, Idle: time.Minute, Queue: 1, Wait: 3 * time.Second})
		check(t, "at first", counts(p), "1 workers, 1 free, 0 busy, 0 wait")
		var calls sync.WaitGroup
		hold := func() {
			calls.Go(func() { check(t, "a call", do(p, "U_HOLD", vm.Int(10)), `"held"`) })
			synctest.Wait()
		}
		hold()
		check(t, "with one call", counts(p), "2 workers, 1 free, 1 busy, 0 wait")
		hold()
		check(t, "with two calls", counts(p), "3 workers, 1 free, 2 busy, 0 wait")
		hold()
		check(t, "with three calls", counts(p), "3 workers, 0 free, 3 busy, 0 wait")
		var late error
		calls.Go(func() { _, late = p.Do(context.Background(), Call{Func: "U_HOLD"}) })
		check(t, "with four calls", counts(p), "3 workers, 0 free, 3 busy, 1 wait")
		if _, err := p.Do(context.Background(), Call{Func: "U_HOLD"}); !errors.Is(err, ErrQueueFull) {
			t.Errorf("the fifth call: %v; want %v", err, ErrQueueFull)
		}
		calls.Wait()
		if !errors.Is(late, ErrQueueTime) {
			t.Errorf("the fourth call: %v; want %v", late, ErrQueueTime)
		}
		check(t, "after the calls", counts(p), "3 workers, 3 free, 0 busy, 0 wait")
		time.Sleep(time.Minute + time.Second)
		check(t, "a minute later", counts(p), "1 workers, 1 free, 0 busy, 0 wait")
		if f := p.Figures(); f.Served != 3 || f.Refused != 2 || f.Failed != 0 || f.Started != 3 {
			t.Errorf("figures %+v; want 3 served, 2 refused, 3 started", f)
		}
		b.close(p)
		check(t, "closed", counts(p), "0 workers, 0 free, 0 busy, 0 wait")
		if got := do(p, "U_COUNT"); !strings.Contains(got, ErrPoolClosed.Error()) {
			t.Errorf("a call of a closed pool = %s", got)
		}
	})
}

// A pool without workers at rest makes one when it is called.
func TestPoolOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Max: 2, Idle: time.Minute})
		check(t, "at first", counts(p), "0 workers, 0 free, 0 busy, 0 wait")
		check(t, "a call", do(p, "U_COUNT"), "1")
		check(t, "after it", counts(p), "1 workers, 1 free, 0 busy, 0 wait")
		time.Sleep(time.Minute + 1)
		check(t, "later", counts(p), "0 workers, 0 free, 0 busy, 0 wait")
		b.close(p)
	})
}

func TestPoolIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms+"User Function Turn(c)\nNote(c)\nPause(0.1)\nReturn\n")
		p := b.pool(PoolOptions{Min: 1, Max: 1})
		var calls sync.WaitGroup
		for i := range 9 {
			calls.Go(func() { do(p, "U_TURN", vm.Str(fmt.Sprint(i))) })
			synctest.Wait()
		}
		calls.Wait()
		check(t, "the order", b.notes(), "0 1 2 3 4 5 6 7 8")
		b.close(p)
	})
}

// Statics and what OnStart has made stay from call to call, nothing else does.
func TestPoolResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, OnStart: "U_Begin", StartArgs: []vm.Value{vm.Str("start")}, OnExit: "U_FINISH"})
		for i := range 3 {
			check(t, "a static", do(p, "U_COUNT"), fmt.Sprint(i+1))
			check(t, "a call that leaves much", do(p, "U_LEAK"), `"20260102"`)
			check(t, "what is left", do(p, "U_SEEN"), `"made by start U 02/01/26"`)
			for name, want := range map[string]bool{"of the pool": false, "of a call": true} {
				if got, err := b.Shared().Lock(-1, name); got != want || err != nil {
					t.Errorf("the flag %s is free: %t, %v; want %t", name, got, err, want)
				}
			}
			b.Shared().ReleaseAll(-1)
		}
		b.close(p)
		check(t, "begin and end", b.notes(), "begin end")
	})
}

func TestPoolReplacesBrokenWorkers(t *testing.T) {
	for _, name := range []string{"U_ENDLESS", "U_BROKEN"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, poolPrograms)
				p := b.pool(PoolOptions{Min: 1, Wait: time.Hour})
				do(p, "U_COUNT")
				if got := do(p, name); !strings.HasPrefix(got, "error: ") {
					t.Errorf("%s = %s; want an error", name, got)
				}
				check(t, "the next worker", do(p, "U_COUNT"), "1")
				begun := time.Now()
				for range 4 { // at once, and after 2, 4 and 8 seconds, the second failure on
					do(p, name)
				}
				do(p, "U_COUNT")
				if took := time.Since(begun); took != 14*time.Second {
					t.Errorf("four failures in a row took %v; want 14s", took)
				}
				if f := p.Figures(); f.Crashes != 5 || f.Failed != 5 || f.Served != 8 {
					t.Errorf("figures %+v; want 5 crashes and failures of 8", f)
				}
				b.close(p)
			})
		})
	}
}

// A worker that does not come back from a call is replaced, and nobody waits for it.
func TestPoolAbandonsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Wait: time.Hour})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		begun := time.Now()
		if _, err := p.Do(ctx, Call{Func: "U_DEAF", Args: []vm.Value{vm.Int(3600)}}); !errors.Is(err, ErrAbandoned) {
			t.Errorf("the call = %v; want %v", err, ErrAbandoned)
		}
		if took := time.Since(begun); took != time.Second+time.Minute {
			t.Errorf("the call took %v; want a second and the grace of a minute", took)
		}
		check(t, "the next worker", do(p, "U_COUNT"), "1")
		synctest.Wait()
		if f := p.Figures(); f.Workers != 1 || f.Free != 1 || f.Served != 2 || f.Failed != 1 {
			t.Errorf("figures %+v; want one worker, free, and one failure of 2", f)
		}
		b.close(p)
		if took := time.Since(begun); took >= time.Hour {
			t.Errorf("Close came back after %v: it waited for the worker", took)
		}
		time.Sleep(time.Hour)
		check(t, "what the worker did in the end", b.notes(), "")
		if f := p.Figures(); f.Workers != 0 || f.Served != 2 {
			t.Errorf("figures %+v after its end; want no worker and 2 calls", f)
		}
	})
}

func TestPoolErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1})
		do(p, "U_COUNT")
		_, err := p.Do(context.Background(), Call{Func: "U_FAILS"})
		var own *CallError
		var program *vm.Error
		if !errors.As(err, &own) || !errors.As(err, &program) || !strings.Contains(own.Report, "U_FAILS") {
			t.Errorf("U_FAILS: %v; want a *CallError with its report", err)
		}
		if _, err = p.Do(context.Background(), Call{Func: "U_NOWHERE"}); !errors.Is(err, ErrNoFunction) {
			t.Errorf("U_NOWHERE: %v; want %v", err, ErrNoFunction)
		}
		check(t, "the worker goes on", do(p, "U_COUNT"), "2")
		do(p, "U_LEAVE")
		check(t, "a worker that quits is replaced", do(p, "U_COUNT"), "1")
		if f := p.Figures(); f.Crashes != 0 {
			t.Errorf("%d crashes; want none", f.Crashes)
		}
		if _, err := b.NewPool(PoolOptions{Name: "test", Env: "P"}); !errors.Is(err, ErrPoolExists) {
			t.Errorf("a second pool of the name: %v; want %v", err, ErrPoolExists)
		}
		b.close(p)
		if n := len(b.Pools()); n != 0 {
			t.Errorf("%d pools after Close", n)
		}
	})
}

func TestPoolCannotBegin(t *testing.T) {
	for name, reason := range map[string]string{"U_REFUSES": "U_REFUSES returned false", "U_FAILS": "type mismatch", "U_NOWHERE": "no such function"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, poolPrograms)
				p := b.pool(PoolOptions{Min: 1, Max: 5, OnStart: name, OnExit: "U_FINISH"})
				got := do(p, "U_COUNT")
				if !strings.Contains(got, ErrQueueTime.Error()) || !strings.Contains(got, reason) {
					t.Errorf("a call = %s; want %v because of %q", got, ErrQueueTime, reason)
				}
				time.Sleep(28 * time.Second) // 0, 1, 3, 7, 15 and 31 s after the beginning
				if f := p.Figures(); f.Crashes != 6 || f.Started != 0 || f.NextStart.IsZero() {
					t.Errorf("after 33 s: figures %+v; want 6 attempts", f)
				}
				time.Sleep(24 * time.Hour)
				if n := p.Figures().Crashes; n < 250 || n > 310 {
					t.Errorf("%d attempts in a day; want one in five minutes", n)
				}
				check(t, "OnExit of what has not begun", b.notes(), "")
				b.load(poolPrograms + "\n")
				b.close(p)
			})
		})
	}
}

func TestPoolExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 4, Max: 4, Expire: time.Hour, Spread: time.Hour})
		for range 4 {
			do(p, "U_COUNT")
		}
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if n := p.Figures().Started; n != 4 {
			t.Errorf("%d workers began within the hour; want 4", n)
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		between := p.Figures().Started
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if n := p.Figures().Started; n < 8 || between == n && between == 4 {
			t.Errorf("%d workers began in an hour and a half, %d in two; want each replaced in the second hour", between, n)
		}
		check(t, "then", counts(p), "4 workers, 4 free, 0 busy, 0 wait")
		b.close(p)
	})
}

// A worker whose life ends during its call ends after it.
func TestPoolExpiresAfterCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Expire: time.Second})
		check(t, "a long call", do(p, "U_HOLD", vm.Int(3600)), `"held"`)
		check(t, "the next", do(p, "U_COUNT"), "1")
		b.close(p)
	})
}

func TestPoolContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Wait: time.Hour})
		do(p, "U_COUNT")
		reason := errors.New("nobody waits any more")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, reason)
		defer cancel()
		var calls sync.WaitGroup
		for range 2 { // one that runs, and one that waits
			calls.Go(func() {
				if _, err := p.Do(ctx, Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(3600)}}); !errors.Is(err, reason) {
					t.Errorf("a call whose context has ended: %v; want %v", err, reason)
				}
			})
		}
		begun := time.Now()
		calls.Wait()
		if took := time.Since(begun); took != time.Second {
			t.Errorf("they took %v; want 1s", took)
		}
		check(t, "the worker goes on", do(p, "U_COUNT"), "2")
		if _, err := p.Do(ctx, Call{Func: "U_COUNT"}); !errors.Is(err, reason) {
			t.Errorf("a call that comes too late: %v; want %v", err, reason)
		}
		b.close(p)
	})
}

func TestPoolTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Wait: time.Hour})
		do(p, "U_COUNT")
		begun := time.Now()
		late := func(name string, after time.Duration, call Call) {
			t.Helper()
			call.Until = begun.Add(after)
			if _, err := p.Do(context.Background(), call); !errors.Is(err, ErrTimeout) || time.Since(begun) != after {
				t.Errorf("%s ends after %v: %v; want %v: %v", name, time.Since(begun), err, after, ErrTimeout)
			}
		}
		var calls sync.WaitGroup
		calls.Go(func() { late("one that runs", 3*time.Second, Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(3600)}}) })
		synctest.Wait()
		calls.Go(func() { late("one that waits", time.Second, Call{Func: "U_COUNT"}) })
		calls.Wait()
		check(t, "the worker goes on", do(p, "U_COUNT"), "2")
		late("one with less time than the one before", 4*time.Second, Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(3600)}})

		call := Call{Func: "U_COUNT", Until: begun.Add(5 * time.Second)}
		for range 3 {
			if _, err := p.Do(context.Background(), call); err != nil {
				t.Errorf("a call in time: %v", err)
			}
		}
		if _, err := p.Do(context.Background(), Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(10)}}); err != nil {
			t.Errorf("a call that may take any time, beyond the end of others: %v", err)
		}
		check(t, "the worker is the same", do(p, "U_COUNT"), "6")
		b.close(p)
	})
}

// A call that its worker could not begin is not tried again when nobody waits any more.
func TestPoolGivesBackLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1})
		late := newTask(t.Context(), Call{Func: "U_COUNT"})
		late.late = ErrQueueTime
		p.giveBack(late)
		synctest.Wait()
		if !late.done.Load() || !errors.Is(late.err, ErrQueueTime) {
			t.Errorf("the call = %v; want %v", late.err, ErrQueueTime)
		}
		b.close(p)
	})
}

// Calls of one worker end in their time whichever time those before had.
func TestPoolTimesOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1})
		for _, tt := range []struct{ before, then time.Duration }{
			{time.Hour, time.Minute},
			{time.Minute, time.Hour},
		} {
			begun := time.Now()
			if _, err := p.Do(context.Background(), Call{Func: "U_COUNT", Until: begun.Add(tt.before)}); err != nil {
				t.Fatal(err)
			}
			_, err := p.Do(context.Background(), Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(7200)}, Until: begun.Add(tt.then)})
			if took := time.Since(begun); !errors.Is(err, ErrTimeout) || took != tt.then {
				t.Errorf("a call of %v after one of %v ends after %v: %v", tt.then, tt.before, took, err)
			}
		}
		if _, err := p.Do(context.Background(), Call{Func: "U_COUNT", Until: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		th := b.list()[0]
		b.close(p)
		if th.overtime.Stop() {
			t.Error("the timer outlives the worker")
		}
	})
}

// Whoever gives up a call ends no other one of its worker.
func TestInterruptCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1})
		done := make(chan error, 1)
		go func() {
			_, err := p.Do(context.Background(), Call{Func: "U_HOLD", Args: []vm.Value{vm.Int(3600)}})
			done <- err
		}()
		synctest.Wait()
		th := b.list()[0]
		th.interruptCall(new(Call), errors.New("of another call"))
		synctest.Wait()
		check(t, "the call", counts(p), "1 workers, 0 free, 1 busy, 0 wait")
		reason := errors.New("of this call")
		th.interruptCall(th.call.Load(), reason)
		if err := <-done; !errors.Is(err, reason) {
			t.Errorf("the call = %v; want %v", err, reason)
		}
		b.close(p)
	})
}

// A call that the end of the pool has refused while it gave up by itself tells one of both.
func TestPoolClosesWhileACallGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{OnStart: "U_HOLD", StartArgs: []vm.Value{vm.Int(1)}})
		waits := newTask(t.Context(), Call{Func: "U_COUNT"})
		if queued, err := p.submit(waits); !queued || err != nil {
			t.Fatalf("submit = %v, %v; want a call that waits", queued, err)
		}
		b.close(p)
		if err := p.withdraw(waits, ErrQueueTime); err != nil || !errors.Is(waits.err, ErrPoolClosed) {
			t.Errorf("withdraw = %v, and the call = %v; want %v", err, waits.err, ErrPoolClosed)
		}
	})
}

func TestPoolKilledWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 2, Max: 2})
		synctest.Wait()
		for _, thread := range b.Threads() {
			if err := b.Kill(thread.ID, nil); err != nil {
				t.Fatal(err)
			}
		}
		check(t, "free ones", counts(p), "2 workers, 2 free, 0 busy, 0 wait")
		check(t, "a call", do(p, "U_COUNT"), "1")
		var calls sync.WaitGroup
		calls.Go(func() {
			if got := do(p, "U_HOLD", vm.Int(3600)); !strings.Contains(got, ErrKilled.Error()) {
				t.Errorf("a killed call = %s", got)
			}
		})
		synctest.Wait()
		for _, thread := range b.Threads() {
			if thread.State == Blocked {
				_ = b.Kill(thread.ID, nil)
			}
		}
		calls.Wait()
		check(t, "busy ones", counts(p), "2 workers, 2 free, 0 busy, 0 wait")
		if f := p.Figures(); f.Crashes != 0 {
			t.Errorf("%d crashes; want none", f.Crashes)
		}
		b.close(p)
	})
}

// New programs reach the very next call, and no call fails on their way.
func TestPoolRenews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		programs := func(n int) string {
			return fmt.Sprintf("%s\nUser Function Which()\nPause(0.01)\nReturn %d\nUser Function Slow()\nPause(0.3)\nReturn .T.\n", poolPrograms, n)
		}
		b := newBench(t, programs(0))
		p := b.pool(PoolOptions{Min: 2, Max: 4, OnStart: "U_SLOW", Queue: 100, Wait: 5 * time.Second})
		var stop atomic.Bool
		var calls sync.WaitGroup
		var served atomic.Int64
		for range 8 {
			calls.Go(func() {
				for !stop.Load() {
					if got := do(p, "U_WHICH"); strings.HasPrefix(got, "error") {
						t.Errorf("a call during a reload: %s", got)
					}
					served.Add(1)
				}
			})
		}
		for n := range 5 {
			time.Sleep(time.Second)
			b.load(programs(n + 1))
			check(t, "the call after a reload", do(p, "U_WHICH"), fmt.Sprint(n+1))
		}
		stop.Store(true)
		calls.Wait()
		if n := served.Load(); n < 500 {
			t.Errorf("%d calls were served; want many", n)
		}
		b.close(p)
	})
}

// Workers of a pool that somebody else is closing have their end at the end of the server.
func TestShutdownWaitsForClosingPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms+"User Function Long()\nPause(1)\nReturn .T.\n")
		p := b.pool(PoolOptions{Min: 1, OnExit: "U_FINISH"})
		var all sync.WaitGroup
		all.Go(func() { check(t, "the call", do(p, "U_LONG"), ".T.") })
		synctest.Wait()
		b.notes()
		all.Go(func() { b.close(p) })
		synctest.Wait()
		if err := b.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		check(t, "OnExit", b.notes(), "end")
		all.Wait()
	})
}

// As long as workers cannot begin with the new programs those with the old ones go on.
func TestPoolKeepsOldWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, OnStart: "U_BEGIN", StartArgs: []vm.Value{vm.Str("x")}, OnExit: "U_FINISH"})
		do(p, "U_COUNT")
		b.load(strings.Replace(poolPrograms, `Note("begin")`, `Pause(0.2); UserException("not yet")`, 1))
		check(t, "a call", do(p, "U_COUNT"), "2")
		time.Sleep(time.Hour)
		check(t, "another", do(p, "U_COUNT"), "3")
		b.notes()
		b.load(poolPrograms)
		check(t, "with programs that are right again", do(p, "U_COUNT"), "1")
		time.Sleep(time.Second)
		check(t, "the workers", counts(p), "1 workers, 1 free, 0 busy, 0 wait")
		check(t, "begin and end", b.notes(), "begin end")
		b.close(p)
	})
}

// Where there is no room for new workers beside the old ones these make room.
func TestPoolRenewsWithoutRoom(t *testing.T) {
	for _, n := range []int{1, 2, 20} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, poolPrograms)
			b.maxThreads = n
			b.load(poolPrograms)
			p := b.pool(PoolOptions{Min: n, Max: n})
			check(t, "at first", counts(p), fmt.Sprintf("%d workers, %d free, 0 busy, 0 wait", n, n))
			b.load(poolPrograms + "User Function Fresh()\nReturn .T.\n")
			for range 100 {
				if got := do(p, "U_COUNT"); strings.HasPrefix(got, "error") {
					t.Errorf("%d workers: a call = %s", n, got)
				}
				time.Sleep(100 * time.Millisecond)
			}
			check(t, "later", counts(p), fmt.Sprintf("%d workers, %d free, 0 busy, 0 wait", n, n))
			var calls sync.WaitGroup
			for range n {
				calls.Go(func() { check(t, "a new function", do(p, "U_FRESH"), ".T.") })
			}
			calls.Wait()
			b.close(p)
		})
	}
}

// Workers that cannot begin at the same time have failed once, not so many times.
func TestPoolBeginsAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms+"User Function Later()\nPause(0.1)\nReturn GetGlbValue(\"up\") == \"1\"\n")
		p := b.pool(PoolOptions{Min: 20, Max: 20, OnStart: "U_LATER"})
		time.Sleep(500 * time.Millisecond)
		check(t, "as long as they cannot begin", counts(p), "0 workers, 0 free, 0 busy, 0 wait")
		if err := b.Shared().Put("up", "1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		check(t, "a second later", counts(p), "20 workers, 20 free, 0 busy, 0 wait")
		b.close(p)
	})
}

// As long as there are too many threads a pool looks for room each second.
func TestPoolWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		b.maxThreads = 3
		b.load(poolPrograms)
		var others []*Thread
		for range 3 {
			th, err := b.Open(context.Background(), Call{Env: "P"})
			if err != nil {
				t.Fatal(err)
			}
			others = append(others, th)
		}
		p := b.pool(PoolOptions{Min: 3, Max: 3})
		if got := do(p, "U_COUNT"); !strings.Contains(got, "MaxThreads in [P]") {
			t.Errorf("a call = %s; want what there is too little of", got)
		}
		time.Sleep(time.Hour)
		for _, th := range others {
			th.Close()
		}
		time.Sleep(time.Second)
		check(t, "as soon as there is room", counts(p), "3 workers, 3 free, 0 busy, 0 wait")
		if f := p.Figures(); f.Crashes != 0 {
			t.Errorf("%d crashes; want none", f.Crashes)
		}
		b.close(p)
	})
}

// A call's principal and what it brings are those of that call alone.
func TestPoolWorksForItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms+"User Function Who()\nReturn Principal()\nUser Function Bye()\nNote(Principal())\nReturn\n")
		p := b.pool(PoolOptions{Min: 1, OnExit: "U_BYE", Principal: auth.System, Caps: Caps{"pool"}})
		for _, name := range []string{"ana", "bea", ""} {
			caps := Caps{"of " + name}
			v, err := p.Do(context.Background(), Call{Func: "U_WHO", Principal: auth.Principal{Name: name}, Kind: REST, Machine: "m", Caps: caps})
			if want := name + " REST m of " + name; err != nil || v.Text() != want {
				t.Errorf("the call of %q: %v, %v; want %q", name, v, err, want)
			}
		}
		if i := b.Threads()[0]; i.User != "server" || i.Kind != Job || i.Remark != "TEST" {
			t.Errorf("a free worker: %+v; want the pool's own", i)
		}
		b.close(p)
		check(t, "OnExit", b.notes(), "server JOB  pool")
	})
}

func TestPoolCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1})
		var calls sync.WaitGroup
		calls.Go(func() {
			if got := do(p, "U_HOLD", vm.Int(3600)); !strings.Contains(got, ErrPoolClosed.Error()) {
				t.Errorf("the call = %s; want %v", got, ErrPoolClosed)
			}
		})
		synctest.Wait()
		calls.Go(func() {
			if _, err := p.Do(context.Background(), Call{Func: "U_COUNT"}); !errors.Is(err, ErrPoolClosed) {
				t.Errorf("the call that waits: %v; want %v", err, ErrPoolClosed)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		begun := time.Now()
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close = %v; want that it was cut", err)
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("Close took %v; want 1s", took)
		}
		calls.Wait()
	})
}

func TestPoolIPC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms+"User Function Work(c, n)\nNote(c)\nPause(n)\nIf n == 3\nUserException(c)\nEndIf\nReturn\n")
		p := b.pool(PoolOptions{Min: 2, Max: 3, MinFree: 1, IPC: "Ação", Func: "U_WORK", Idle: time.Minute})
		send := func(args ...vm.Value) bool {
			synctest.Wait()
			return b.Shared().Go(lib.FromUTF8("AÇÃO"), args)
		}
		check(t, "at first", counts(p), "2 workers, 2 free, 0 busy, 0 wait")
		for _, name := range []string{"a", "b", "c"} {
			if !send(vm.Str(name), vm.Int(1)) {
				t.Errorf("%s is not taken", name)
			}
		}
		check(t, "at work", counts(p), "3 workers, 0 free, 3 busy, 0 wait")
		if send(vm.Str("d"), vm.Int(1)) {
			t.Error("a fourth is taken by three workers")
		}
		time.Sleep(2 * time.Second)
		if n := b.Shared().Waiting(lib.FromUTF8("ação")); n != 3 {
			t.Errorf("%d workers wait; want 3", n)
		}
		check(t, "the work", b.notes(), "a b c")
		send(vm.Str("fails"), vm.Int(3))
		time.Sleep(2 * time.Minute)
		check(t, "later", counts(p), "2 workers, 2 free, 0 busy, 0 wait")
		if f := p.Figures(); f.Served != 4 || f.Failed != 1 {
			t.Errorf("figures %+v; want 4 served, of which 1 failed", f)
		}
		if _, err := p.Do(context.Background(), Call{Func: "U_WORK"}); err == nil {
			t.Error("Do of a pool that waits for IPC: no error")
		}
		for _, thread := range b.Threads() {
			_ = b.Kill(thread.ID, ErrKilled)
		}
		check(t, "after all were ended", counts(p), "2 workers, 2 free, 0 busy, 0 wait")
		b.notes()
		b.load(poolPrograms + "User Function Work(c)\nNote(\"new \" + c)\nReturn\n")
		if !send(vm.Str("e")) {
			t.Error("nobody waits after a reload")
		}
		synctest.Wait()
		check(t, "with new programs", b.notes(), "new e")
		synctest.Wait()
		p.requeue(newTask(p.ctx, p.o.call("U_WORK", []vm.Value{vm.Str("left"), vm.Int(0)})))
		synctest.Wait()
		check(t, "what its worker gave back", b.notes(), "new left")
		b.close(p)
		if n := b.Shared().Waiting(lib.FromUTF8("ação")); n != 0 {
			t.Errorf("%d wait after Close", n)
		}
	})
}

// Whatever happens at the same time, no call is lost and the workers are counted right.
func TestPoolStress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Max: 5, MinFree: 1, Increment: 2, Idle: 5 * time.Millisecond, Expire: 20 * time.Millisecond,
			Spread: 20 * time.Millisecond, Wait: time.Minute, OnStart: "U_BEGIN", StartArgs: []vm.Value{vm.Str("x")}, OnExit: "U_FINISH"})
		ipc := b.pool(PoolOptions{Name: "IPC", Min: 1, Max: 3, MinFree: 1, Idle: 5 * time.Millisecond, Expire: 15 * time.Millisecond, IPC: "I", Func: "U_HOLD"})
		stop := time.Now().Add(time.Second)
		var all sync.WaitGroup
		var sent atomic.Int64
		for i := range 12 {
			all.Go(func() {
				for n := 0; time.Now().Before(stop); n++ {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+n%7)*time.Millisecond)
					_, err := p.Do(ctx, Call{Func: "U_HOLD", Args: []vm.Value{vm.Num(float64(i%4) / 1000)}})
					cancel()
					if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrKilled) {
						t.Errorf("a call: %v", err)
					}
					if b.Shared().Go("I", []vm.Value{vm.Num(0.001)}) {
						sent.Add(1)
					}
					time.Sleep(time.Duration(1+i) * 100 * time.Microsecond)
				}
			})
		}
		all.Go(func() {
			for n := 0; time.Now().Before(stop); n++ {
				time.Sleep(37 * time.Millisecond)
				if threads := b.Threads(); len(threads) > 0 {
					_ = b.Kill(threads[n%len(threads)].ID, ErrKilled)
				}
				if n%5 == 0 {
					b.load(poolPrograms)
				}
			}
		})
		all.Wait()
		time.Sleep(time.Minute)
		check(t, "in the end", counts(ipc), "1 workers, 1 free, 0 busy, 0 wait")
		check(t, "in the end", counts(p), "1 workers, 1 free, 0 busy, 0 wait")
		if n := len(b.Threads()); n != 2 {
			t.Errorf("%d threads; want 2", n)
		}
		if f := ipc.Figures(); f.Served != sent.Load() {
			t.Errorf("%d pieces of work were done; want the %d that were taken", f.Served, sent.Load())
		}
		b.close(p)
		b.close(ipc)
		if begun, ended := strings.Count(b.notes(), "begin"), p.Figures().Started; int64(begun) < ended {
			t.Errorf("%d workers began, %d are counted", begun, ended)
		}
	})
}

func BenchmarkPoolDo(b *testing.B) {
	h := newBench(b, poolPrograms+"User Function Quick()\nReturn .T.\n")
	p := h.pool(PoolOptions{Min: 8, Max: 8, Queue: 10_000, Wait: time.Minute})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Do(context.Background(), Call{Func: "U_QUICK"}); err != nil {
				b.Error(err)
			}
		}
	})
	h.close(p)
}

func TestPoolGrowsInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Min: 1, Max: 6, MinFree: 1, Increment: 3})
		var calls sync.WaitGroup
		for _, want := range []string{"4 workers, 3 free, 1 busy, 0 wait", "4 workers, 2 free, 2 busy, 0 wait",
			"4 workers, 1 free, 3 busy, 0 wait", "6 workers, 2 free, 4 busy, 0 wait"} {
			synctest.Wait()
			calls.Go(func() { do(p, "U_HOLD", vm.Int(10)) })
			check(t, "one call more", counts(p), want)
		}
		calls.Wait()
		b.close(p)
	})
}
