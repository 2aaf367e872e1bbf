package host

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

var soak = flag.Duration("soak", 0, "how long TestThreadsAtRandom runs; 0: a moment")

// core is a host with one environment, ENV, and what its programs do things with.
type core struct {
	*Host
	t    *testing.T
	logs *observer.ObservedLogs
	seen tallies

	config Config
	opened chan struct{} // closing it lets STUCK() return
	stuck  chan struct{} // STUCK() sends when it begins
}

// tallies count as an Observer.
type tallies struct{ started, ended, abandoned atomic.Int64 }

func (c *tallies) ThreadStarted(Kind)             { c.started.Add(1) }
func (c *tallies) ThreadEnded(Kind, int64, error) { c.ended.Add(1) }
func (c *tallies) ThreadAbandoned(Kind)           { c.abandoned.Add(1) }

// patience is how long a test waits for what must happen.
const patience = time.Minute

const coreProgram = `
Static nTimes := 0

User Function Add(nA, nB)
Return nA + nB

User Function Times()
	nTimes++
Return nTimes

User Function Loop()
	Local n := 0
	While .T.
		n++
	EndDo
Return n

User Function Nap(nMs)
	Sleep(nMs)
Return "rested"

User Function Naps()
	While .T.
		Sleep(600000)
	EndDo
Return

User Function Stay()
	Stuck()
Return "stayed"

User Function Fails()
	Local aList := {}
Return aList[1]

User Function Deep()
Return U_Deep()

User Function Huge()
	Local cText := "x"
	While Len(cText) < 10000000000
		cText += cText
	EndDo
Return cText

User Function Bad()
Return Panics()

User Function Says(cText)
	ConOut(cText)
Return

User Function Hoard(nSize)
	Local cText := Replicate("x", nSize)
	Sleep(60000)
Return cText

User Function Churn(nTimes)
	Local n
	Local cText
	For n := 1 To nTimes
		cText := Replicate("x", 1000)
	Next
Return Len(cText)
`

// newCore makes a host; change may change its options and its environment.
func newCore(t *testing.T, change ...func(*Options, *Config)) *core {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	logged, logs := observer.New(zap.InfoLevel)
	c := &core{t: t, logs: logs, opened: make(chan struct{}), stuck: make(chan struct{}, 100)}
	o := Options{Link: c.link, Release: lib.Release, Log: zap.New(logged), Observe: &c.seen}
	config := Config{Environments: []Environment{{Name: "Env"}}, Units: map[string][]*code.Unit{"ENV": {compiledCore(t)}}}
	for _, f := range change {
		f(&o, &config)
	}
	c.Host, c.config = New(o), config
	c.reload()
	t.Cleanup(func() {
		c.open()
		ctx, cancel := context.WithTimeout(context.Background(), 0)
		defer cancel()
		if err := c.Shutdown(ctx); err != nil {
			t.Errorf("at the end: %v", err)
		}
		c.Host.bound(0, 0)
	})
	return c
}

// reload puts a new generation in force.
func (c *core) reload() {
	commit, err := c.Prepare(context.Background(), c.config)
	if err != nil {
		c.t.Error(err)
		return
	}
	commit()
}

func compiledCore(t *testing.T) *code.Unit {
	t.Helper()
	unit, findings := build.Source("core.prw", coreProgram, build.Options{})
	if findings.Failed() {
		t.Fatal(findings[0].Message)
	}
	return unit
}

func (c *core) link(units []*code.Unit) (*vm.Program, error) {
	l := lib.Library()
	l.Funcs["STUCK"] = func(*vm.Thread, vm.Args) (vm.Value, error) {
		c.stuck <- struct{}{}
		<-c.opened
		return vm.Value{}, nil
	}
	l.Funcs["PANICS"] = func(*vm.Thread, vm.Args) (vm.Value, error) { panic("a fault") }
	return vm.Link(units, l)
}

// open lets what is stuck go on.
func (c *core) open() {
	select {
	case <-c.opened:
	default:
		close(c.opened)
	}
}

func (c *core) start(function string, args ...vm.Value) *Thread {
	c.t.Helper()
	t, err := c.Start(c.t.Context(), Call{Env: "env", Func: function, Args: args, Kind: Job, Principal: auth.Principal{Name: "joe"}})
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

func (c *core) session(call ...Call) *Thread {
	c.t.Helper()
	first := Call{Kind: RPC}
	if len(call) > 0 {
		first = call[0]
	}
	first.Env = "ENV"
	t, err := c.Open(context.Background(), first)
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

// wait returns what came of the thread.
func (c *core) wait(t *Thread) (vm.Value, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v, err := t.Wait(ctx)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		c.t.Fatal("the thread does not end")
	}
	return v, err
}

// until waits for a condition.
func (c *core) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("it never came to this: %s", what)
		}
	}
}

func (c *core) becomes(t *Thread, s State) {
	c.t.Helper()
	c.until("state "+string(s), func() bool { return t.Info().State == s })
}

func TestStart(t *testing.T) {
	c := newCore(t)
	th := c.start("u_add", vm.Num(2), vm.Num(3))
	if v, err := c.wait(th); err != nil || v.Float() != 5 {
		t.Errorf("U_ADD(2, 3) = %v, %v; want 5", v, err)
	}
	if _, err := c.wait(th); err != nil {
		t.Errorf("the second Wait = %v", err)
	}
	if next := c.start("u_add", vm.Num(2), vm.Num(3)); next.ID() <= th.ID() {
		t.Errorf("thread %d after %d; want a higher number", next.ID(), th.ID())
	}
}

func TestWhatCannotStart(t *testing.T) {
	c := newCore(t)
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(io.EOF)
	for _, test := range []struct {
		name string
		ctx  context.Context
		call Call
		want error
	}{
		{"no environment", t.Context(), Call{Env: "other", Func: "U_ADD"}, ErrNoEnvironment},
		{"no function", t.Context(), Call{Env: "ENV", Func: "U_SUB"}, ErrNoFunction},
		{"no name", t.Context(), Call{Env: "ENV"}, ErrNoFunction},
		{"of the library", t.Context(), Call{Env: "ENV", Func: "Upper"}, ErrNoFunction},
		{"context at its end", ended, Call{Env: "ENV", Func: "U_ADD"}, io.EOF},
	} {
		if th, err := c.Start(test.ctx, test.call); !errors.Is(err, test.want) {
			t.Errorf("%s: Start = %v, %v; want %v", test.name, th, err, test.want)
		}
	}
	if list := c.Threads(); len(list) != 0 {
		t.Errorf("threads %v; want none", list)
	}
	th, err := c.Start(t.Context(), Call{Env: "ENV", Func: "upper", Library: true, Args: []vm.Value{vm.Str("a")}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.wait(th); err != nil || v.Text() != "A" {
		t.Errorf("a function of the library, allowed = %v, %v; want A", v, err)
	}
}

func TestKeptState(t *testing.T) {
	c := newCore(t)
	th := c.session()
	for want := 1; want <= 3; want++ {
		if v, err := th.Call(t.Context(), "U_Times"); err != nil || int(v.Float()) != want {
			t.Errorf("U_TIMES() = %v, %v; want %d", v, err, want)
		}
	}
	if _, err := th.Call(t.Context(), "U_None"); !errors.Is(err, ErrNoFunction) {
		t.Errorf("U_NONE() = %v; want %v", err, ErrNoFunction)
	}
	th.Close()
	th.Close()
	if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrEnded) {
		t.Errorf("a call of a closed thread = %v; want %v", err, ErrEnded)
	}
	if _, err := c.wait(th); err != nil {
		t.Errorf("Wait of a closed thread = %v", err)
	}
}

func TestOneCallAtATime(t *testing.T) {
	c := newCore(t)
	th := c.session()
	done := make(chan error)
	go func() {
		_, err := th.Call(context.Background(), "U_Nap", vm.Num(60_000))
		done <- err
	}()
	c.becomes(th, Blocked)
	if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrInUse) {
		t.Errorf("a call beside another = %v; want %v", err, ErrInUse)
	}
	closed := make(chan struct{})
	go func() { th.Close(); close(closed) }()
	c.until("closing", func() bool { return th.Ended() != nil })
	select {
	case <-closed:
		t.Error("Close did not wait for the running call")
	default:
	}
	th.Interrupt(io.EOF)
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Errorf("the interrupted call = %v; want %v", err, io.EOF)
	}
	<-closed
}

// What is told to end ends, with the reason.
func TestEnds(t *testing.T) {
	reason := errors.New("enough")
	ways := map[string]func(c *core, th *Thread, cancel context.CancelCauseFunc){
		"Kill":      func(_ *core, th *Thread, _ context.CancelCauseFunc) { th.Kill(reason) },
		"Host.Kill": func(c *core, th *Thread, _ context.CancelCauseFunc) { _ = c.Kill(th.ID(), reason) },
		"context":   func(_ *core, _ *Thread, cancel context.CancelCauseFunc) { cancel(reason) },
		"Interrupt": func(_ *core, th *Thread, _ context.CancelCauseFunc) { th.Interrupt(reason) },
	}
	for name, end := range ways {
		for function, state := range map[string]State{"U_LOOP": Running, "U_NAP": Blocked} {
			t.Run(name+"/"+function, func(t *testing.T) {
				c := newCore(t, func(o *Options, _ *Config) { o.Slots = 1 })
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				th, err := c.Start(ctx, Call{Env: "ENV", Func: function, Args: []vm.Value{vm.Num(600_000)}})
				if err != nil {
					t.Fatal(err)
				}
				c.becomes(th, state)
				end(c, th, cancel)
				if _, err := c.wait(th); !errors.Is(err, reason) {
					t.Errorf("it ended with %v; want %v", err, reason)
				}
				if list := c.Threads(); len(list) != 0 {
					t.Errorf("threads %v; want none", list)
				}
			})
		}
	}
}

// A thread that waits for its turn ends too, before it has computed.
func TestKillInQueue(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Slots = 1 })
	loop := c.start("U_Stay")
	<-c.stuck
	c.Host.slots.mu.Lock() // the slot is not taken from the thread that holds it
	waits := make(chan *Thread)
	go func() {
		th, err := c.Start(context.Background(), Call{Env: "ENV", Func: "U_TIMES"})
		if err != nil {
			t.Error(err)
		}
		waits <- th
	}()
	th := <-waits
	go th.Kill(io.EOF)
	c.until("told to end", th.turn.quits.Load)
	c.Host.slots.mu.Unlock()
	if _, err := c.wait(th); !errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v; want %v", err, io.EOF)
	}
	if steps := th.Info().Steps; steps != 0 {
		t.Errorf("it made %d steps; want 0", steps)
	}
	c.open()
	if v, err := c.wait(loop); err != nil || v.Text() != "stayed" {
		t.Errorf("the other = %v, %v; want stayed", v, err)
	}
}

// The end of the context of a call ends that call only.
func TestInterruptedCallLeavesTheThread(t *testing.T) {
	c := newCore(t)
	th := c.session()
	for range 20 {
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(io.EOF)
		if _, err := th.Call(ctx, "U_Loop"); !errors.Is(err, io.EOF) {
			t.Fatalf("a call with a context = %v; want %v", err, io.EOF)
		}
		if _, err := th.Call(t.Context(), "U_Times"); err != nil {
			t.Fatalf("the call after it = %v", err)
		}
		if th.turn.quits.Load() {
			t.Fatal("the call after it does not wait for its turn")
		}
	}
	th.Kill(nil)
	if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrEnded) || !errors.Is(err, ErrKilled) {
		t.Errorf("a call of a killed thread = %v; want %v: %v", err, ErrEnded, ErrKilled)
	}
	if _, err := c.wait(th); !errors.Is(err, ErrKilled) {
		t.Errorf("Wait of a killed thread = %v; want %v", err, ErrKilled)
	}
}

// Do comes back when the function has returned, however late.
func TestDo(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Grace = 20 * time.Millisecond })
	th := c.session()
	goOn := func() error { return nil }
	if v, err := th.Do(goOn, "U_Add", vm.Int(1), vm.Int(2)); err != nil || v.Float() != 3 {
		t.Errorf("Do = %v, %v; want 3", v, err)
	}
	if _, err := th.Do(goOn, "U_NONE"); !errors.Is(err, ErrNoFunction) {
		t.Errorf("Do = %v; want %v", err, ErrNoFunction)
	}
	if _, err := th.Do(func() error { return io.EOF }, "U_ADD", vm.Int(1), vm.Int(2)); !errors.Is(err, io.EOF) {
		t.Errorf("Do of a call that has ended = %v; want %v", err, io.EOF)
	}
	back := make(chan error, 1)
	go func() {
		_, err := th.Do(goOn, "U_STAY")
		back <- err
	}()
	<-c.stuck
	th.Interrupt(io.EOF)
	<-th.Done() // abandoned
	select {
	case err := <-back:
		t.Errorf("Do = %v before the function has returned", err)
	default:
	}
	c.open()
	if err := <-back; !errors.Is(err, ErrAbandoned) || !errors.Is(err, io.EOF) {
		t.Errorf("Do = %v; want %v: %v", err, ErrAbandoned, io.EOF)
	}
}

// A thread that does not end is left to itself, and cleaned up when it does.
func TestAbandoned(t *testing.T) {
	const grace = 30 * time.Millisecond
	c := newCore(t, func(o *Options, n *Config) { o.Grace, n.MaxThreads = grace, 1 })
	for name, end := range map[string]func(*Thread){
		"Kill":      func(th *Thread) { th.Kill(io.EOF) },
		"Interrupt": func(th *Thread) { th.Interrupt(io.EOF) },
	} {
		before := c.Figures()
		th := c.start("U_Stay")
		<-c.stuck
		var ended atomic.Bool
		th.OnEnd(func() { ended.Store(true) })
		if _, err := c.Start(t.Context(), Call{Env: "ENV", Func: "U_TIMES"}); !errors.Is(err, ErrBusy) {
			t.Errorf("%s: another thread = %v; want %v", name, err, ErrBusy)
		}
		end(th)
		if _, err := c.wait(th); !errors.Is(err, ErrAbandoned) || !errors.Is(err, io.EOF) {
			t.Errorf("%s: Wait = %v; want %v: %v", name, err, ErrAbandoned, io.EOF)
		}
		<-th.Done()
		if s := th.Info().State; s != Abandoned || len(c.Threads()) != 1 {
			t.Errorf("%s: state %s, %d threads; want %s, 1", name, s, len(c.Threads()), Abandoned)
		}
		if ended.Load() {
			t.Errorf("%s: cleaned up while its program runs", name)
		}
		if _, err := c.wait(c.start("U_Times")); err != nil {
			t.Errorf("%s: another thread after that = %v", name, err)
		}
		if n := c.Figures().Abandoned - before.Abandoned; n != 1 {
			t.Errorf("%s: %d abandoned; want 1", name, n)
		}
		c.opened <- struct{}{}
		c.until("no threads", func() bool { return len(c.Threads()) == 0 })
		if !ended.Load() {
			t.Errorf("%s: not cleaned up", name)
		}
	}
	if s, e, a := c.seen.started.Load(), c.seen.ended.Load(), c.seen.abandoned.Load(); s != 4 || e != 4 || a != 2 {
		t.Errorf("observed %d started, %d ended, %d abandoned; want 4, 4, 2", s, e, a)
	}
}

// The caller of a session's call comes back, too.
// Whoever waits for a thread does not wait for ever for what cleans up after it.
func TestAbandonedWhileItCleansUp(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Grace = 50 * time.Millisecond })
	for name, end := range map[string]func(*Thread) error{
		"Finish": func(th *Thread) error { _, err := th.Finish(t.Context(), "U_ADD", vm.Int(1), vm.Int(2)); return err },
		"Close":  func(th *Thread) error { th.Close(); _, err := th.Wait(t.Context()); return err },
	} {
		th := c.session()
		th.OnEnd(func() { <-c.opened })
		if err := end(th); !errors.Is(err, ErrAbandoned) || !errors.Is(err, errUnclean) {
			t.Errorf("%s = %v; want %v", name, err, errUnclean)
		}
		if i := th.Info(); i.State != Abandoned {
			t.Errorf("%s: %v; want %v", name, i.State, Abandoned)
		}
	}
	c.open()
	c.until("no threads", func() bool { return len(c.Threads()) == 0 })
}

func TestAbandonedCall(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Grace = 10 * time.Millisecond })
	th := c.session()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-c.stuck; cancel(io.EOF) }()
	if _, err := th.Call(ctx, "U_Stay"); !errors.Is(err, ErrAbandoned) {
		t.Errorf("the call = %v; want %v", err, ErrAbandoned)
	}
	if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrEnded) {
		t.Errorf("the next call = %v; want %v", err, ErrEnded)
	}
	th.Close() // does not wait
	c.open()
	c.until("no threads", func() bool { return len(c.Threads()) == 0 })
}

func TestInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(t, func(_ *Options, n *Config) { n.Environments[0].Inactive = time.Minute })
		owned := c.session(Call{Owned: true})
		busy := c.start("U_Nap", vm.Num(300_000))
		th := c.session()
		for range 5 {
			time.Sleep(59 * time.Second)
			if _, err := th.Call(t.Context(), "U_Times"); err != nil {
				t.Fatalf("a call after 59 s = %v", err)
			}
		}
		time.Sleep(59 * time.Second)
		if err := th.Ended(); err != nil {
			t.Fatalf("after 59 s the thread has ended with %v", err)
		}
		time.Sleep(2 * time.Second)
		if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrInactive) {
			t.Errorf("a call after 61 s = %v; want %v", err, ErrInactive)
		}
		if _, err := c.wait(th); !errors.Is(err, ErrInactive) {
			t.Errorf("a thread that rests ended with %v; want %v", err, ErrInactive)
		}
		if _, err := c.wait(busy); err != nil {
			t.Errorf("a thread that waits in a call ended with %v", err)
		}
		if err := owned.Ended(); err != nil {
			t.Errorf("a thread that somebody looks after: %v", err)
		}
	})
}

func TestBounds(t *testing.T) {
	call := Call{Env: "ENV", Func: "U_NAP", Args: []vm.Value{vm.Num(60_000)}}
	t.Run("of an environment", func(t *testing.T) {
		c := newCore(t, func(_ *Options, n *Config) { n.Environments[0].MaxThreads = 2 })
		first := c.start("U_NAP", vm.Num(60_000))
		c.session()
		if _, err := c.Start(t.Context(), call); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "MaxThreads in [Env]") {
			t.Errorf("a third thread = %v; want %v, and the key that says so", err, ErrBusy)
		}
		first.Kill(nil)
		_, _ = c.wait(first)
		c.start("U_NAP", vm.Num(60_000))
		if n := c.Figures().Refused; n != 1 {
			t.Errorf("%d refused; want 1", n)
		}
	})
	t.Run("of memory", func(t *testing.T) {
		c := newCore(t, func(_ *Options, n *Config) { n.MaxMemory = 1 << 20 })
		if _, err := c.Start(t.Context(), call); !errors.Is(err, ErrNoMemory) {
			t.Errorf("a thread in 1 MiB = %v; want %v", err, ErrNoMemory)
		}
		c.Host.bound(0, 1<<40)
		if _, err := c.Start(t.Context(), call); err != nil {
			t.Errorf("a thread in 1 TiB = %v", err)
		}
	})
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(t)
		idle, busy, session := c.session(), c.start("U_Nap", vm.Num(1000)), c.session()
		go func() { _, _ = session.Call(context.Background(), "U_Nap", vm.Num(500)) }()
		c.becomes(busy, Blocked)
		c.becomes(session, Blocked)
		if err := c.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		if v, err := c.wait(busy); err != nil || v.Text() != "rested" {
			t.Errorf("the one that ran = %v, %v; want rested", v, err)
		}
		for _, th := range []*Thread{idle, session} {
			if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrEnded) || !errors.Is(err, ErrStopping) {
				t.Errorf("a call of one that ran nothing, or ran to its end = %v; want %v: %v", err, ErrEnded, ErrStopping)
			}
		}
		if _, err := c.Start(t.Context(), Call{Env: "ENV", Func: "U_TIMES"}); !errors.Is(err, ErrStopping) {
			t.Errorf("a new one = %v; want %v", err, ErrStopping)
		}
		if !busy.Ending() {
			t.Error("programs are not told that the server goes down")
		}
		if err := c.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown again = %v", err)
		}
	})
}

// slowTallies take a second to count that a thread has ended.
type slowTallies struct{ tallies }

func (c *slowTallies) ThreadEnded(Kind, int64, error) {
	time.Sleep(time.Second)
	c.ended.Add(1)
}

// When Shutdown returns all threads have been counted.
func TestShutdownWaitsForObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen slowTallies
		c := newCore(t, func(o *Options, _ *Config) { o.Observe = &seen })
		c.start("U_Add", vm.Num(2), vm.Num(3))
		if err := c.Shutdown(t.Context()); err != nil || seen.ended.Load() != 1 {
			t.Errorf("Shutdown = %v, and %d threads were counted; want 1", err, seen.ended.Load())
		}
	})
}

// At the end of its context Shutdown ends what runs, and names what does not end.
func TestShutdownInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its clock stands still while the loop runs
		c := newCore(t, func(o *Options, _ *Config) { o.Slots, o.Grace = 3, time.Second })
		loop, stuck, session := c.start("U_Loop"), c.start("U_Stay"), c.session()
		called := make(chan error)
		go func() {
			_, err := session.Call(context.Background(), "U_Naps")
			called <- err
		}()
		<-c.stuck
		for session.Info().State != Blocked {
			runtime.Gosched()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-c.stopping
			cancel()
		}()
		err := c.Shutdown(ctx)
		if want := fmt.Sprintf("threads that did not end: %d (U_STAY in Env)", stuck.ID()); err == nil || err.Error() != want {
			t.Errorf("Shutdown = %v; want %s", err, want)
		}
		if _, err := c.wait(loop); !errors.Is(err, ErrStopping) {
			t.Errorf("the loop ended with %v; want %v", err, ErrStopping)
		}
		if err := <-called; !errors.Is(err, ErrStopping) {
			t.Errorf("the session's call ended with %v; want %v", err, ErrStopping)
		}
		c.open()
		c.until("no threads", func() bool { return len(c.Threads()) == 0 })
	})
}

// Of a thread that waits nothing more runs if the context of Shutdown has ended before.
func TestShutdownAtOnce(t *testing.T) {
	for range 50 {
		c := newCore(t)
		nap := c.start("U_Naps")
		c.becomes(nap, Blocked)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		if v, err := c.wait(nap); !errors.Is(err, ErrStopping) {
			t.Fatalf("the thread that slept ended with %v, %v; want %v", v, err, ErrStopping)
		}
	}
}

func TestOnEnd(t *testing.T) {
	var released atomic.Int64
	c := newCore(t, func(o *Options, _ *Config) {
		o.Release = func(th *vm.Thread) error {
			released.Add(1)
			return errors.New("a file is stuck")
		}
	})
	th := c.session()
	var order []int
	for i := range 3 {
		th.OnEnd(func() {
			order = append(order, i)
			if i == 1 {
				panic("a fault")
			}
		})
	}
	th.Kill(nil)
	th.Kill(nil)
	th.Close()
	th.OnEnd(func() { order = append(order, 9) })
	if want := []int{2, 1, 0, 9}; !slices.Equal(order, want) {
		t.Errorf("functions ran in the order %v; want %v", order, want)
	}
	if n := released.Load(); n != 1 {
		t.Errorf("released %d times; want 1", n)
	}
	if n := c.Figures().Panics; n != 1 {
		t.Errorf("%d panics counted; want 1", n)
	}
	if c.logs.FilterMessageSnippet("a file is stuck").Len() != 1 {
		t.Error("what releasing told was not logged")
	}
}

// A fault of the server ends the thread that it happens in, no other one.
func TestPanic(t *testing.T) {
	c := newCore(t)
	other := c.session()
	th := c.session()
	if _, err := th.Call(t.Context(), "U_Bad"); err == nil || !strings.Contains(err.Error(), "internal fault") {
		t.Errorf("the call = %v; want an internal fault", err)
	}
	if _, err := th.Call(t.Context(), "U_Times"); !errors.Is(err, ErrEnded) {
		t.Errorf("the next call = %v; want %v", err, ErrEnded)
	}
	if _, err := other.Call(t.Context(), "U_Times"); err != nil {
		t.Errorf("another thread = %v", err)
	}
	entries := c.logs.FilterMessageSnippet("internal fault").All()
	if len(entries) != 1 || !strings.Contains(entries[0].ContextMap()["stack"].(string), "core") {
		t.Errorf("logged %v; want one record with the stack", entries)
	}
	if n := c.Figures().Panics; n != 1 {
		t.Errorf("%d panics; want 1", n)
	}
}

// What a program does not handle is logged once, with its report.
func TestErrorsAreLogged(t *testing.T) {
	c := newCore(t, func(_ *Options, n *Config) {
		n.Environments[0].Limits = vm.Limits{Memory: 64 << 20}
		n.Environments = append(n.Environments, Environment{Name: "short", Limits: vm.Limits{Steps: 100_000}})
		n.Units["SHORT"] = n.Units["ENV"]
	})
	for function, text := range map[string]string{
		"U_FAILS": "out of bounds", "U_DEEP": "nested too deeply", "U_HUGE": "too much memory", "U_BAD": "internal fault",
	} {
		c.logs.TakeAll()
		_, err := c.wait(c.start(function))
		var e *vm.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s = %v; want an error with %q", function, err, text)
		}
		c.report(function, text)
	}
	c.logs.TakeAll()
	th, err := c.Start(t.Context(), Call{Env: "short", Func: "U_LOOP", Principal: auth.Principal{Name: "joe"}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.wait(th)
	c.report("U_LOOP", "too many steps")
}

// What ends a program that did nothing wrong makes one record, and that no error.
func TestEndsAreLogged(t *testing.T) {
	c := newCore(t)
	for _, test := range []struct {
		reason error
		level  zapcore.Level
		fields string // those that tell why and where
	}{
		{fmt.Errorf("%w: KillUser of thread 7", ErrKilled), zap.InfoLevel, "ended by the administrator: KillUser of thread 7"},
		{ErrPoolClosed, zap.InfoLevel, "the pool is closed"},
		{context.DeadlineExceeded, zap.WarnLevel, "U_LOOP(CORE.PRW)"},
		{io.EOF, zap.ErrorLevel, "U_LOOP(CORE.PRW)"},
	} {
		loop := c.start("U_Loop")
		c.becomes(loop, Running)
		c.logs.TakeAll()
		loop.Kill(test.reason)
		_, _ = c.wait(loop)
		entries := c.logs.TakeAll()
		if len(entries) != 1 {
			t.Fatalf("%v: %d records; want 1: %v", test.reason, len(entries), entries)
		}
		fields := entries[0].ContextMap()
		text := fmt.Sprint(fields["cause"], fields["stack"])
		if entries[0].Level != test.level || !strings.Contains(text, test.fields) || fields["user"] != "joe" || fields["function"] != "U_LOOP" {
			t.Errorf("%v: %v %v; want %v, with %q", test.reason, entries[0].Level, fields, test.level, test.fields)
		}
	}
	for _, reason := range []error{context.Canceled, ErrStopping} {
		loop := c.start("U_Loop")
		c.becomes(loop, Running)
		c.logs.TakeAll()
		loop.Kill(reason)
		if _, _ = c.wait(loop); c.logs.Len() != 0 {
			t.Errorf("%v: %v; want no record", reason, c.logs.TakeAll())
		}
	}
}

// report checks that the one record of the log is a report of the function.
func (c *core) report(function, text string) {
	c.t.Helper()
	entries := c.logs.FilterLevelExact(zap.ErrorLevel).FilterField(zap.String("function", function)).All()
	reports := slices.DeleteFunc(entries, func(e observer.LoggedEntry) bool {
		report, _ := e.ContextMap()["stack"].(string)
		return !strings.Contains(report, "(CORE.PRW)")
	})
	if len(reports) != 1 {
		c.t.Fatalf("%s: %d records with a report; want 1: %v", function, len(reports), entries)
	}
	fields := reports[0].ContextMap()
	if r := fields["stack"].(string); !strings.Contains(r, text) || fields["user"] != "joe" {
		c.t.Errorf("%s: report for %v:\n%s\nwant %q in it", function, fields["user"], r, text)
	}
}

func TestOutputGoesToTheLog(t *testing.T) {
	c := newCore(t)
	long := strings.Repeat("y", maxLogLine)
	_, _ = c.wait(c.start("U_Says", vm.Str("ma\xe7\xe3\r\nsecond\nx"+long)))
	var lines []string
	for _, e := range c.logs.TakeAll() {
		lines = append(lines, e.Message)
	}
	if want := []string{"maçã", "second", "x" + long[1:], "y"}; !slices.Equal(lines, want) {
		t.Errorf("logged %q; want %q", lines, want)
	}
	var out strings.Builder
	th := c.session(Call{Output: &out})
	_, _ = th.Call(t.Context(), "U_Says", vm.Str("\xe7"))
	if !strings.Contains(out.String(), "\xe7") || c.logs.Len() != 0 {
		t.Errorf("printed %q and logged %v; want the first only", out.String(), c.logs.All())
	}
}

func TestInfo(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Slots = 1 })
	th := c.session(Call{Func: "u_first", Kind: RPC, Principal: auth.Principal{Name: "ana"}, Machine: "10.0.0.1", Remark: "one"})
	i := th.Info()
	if i.State != Idle || i.User != "ana" || i.Machine != "10.0.0.1" || i.Function != "U_FIRST" || i.Environment != "Env" ||
		i.Kind != RPC || i.Remark != "one" || i.Generation != 1 || i.Started.IsZero() {
		t.Errorf("before its first call: %+v", i)
	}
	time.Sleep(2 * time.Millisecond)
	if i = th.Info(); i.Idle < 2*time.Millisecond {
		t.Errorf("idle for %v; want 2 ms or more", i.Idle)
	}
	th.SetRemark("two")
	if _, err := th.Call(t.Context(), "U_Churn", vm.Num(100_000)); err != nil {
		t.Fatal(err)
	}
	if i = th.Info(); i.Function != "U_CHURN" || i.Remark != "two" || i.Steps < 100_000 || i.StepsPerSecond <= 0 {
		t.Errorf("after a call: %+v", i)
	}
	if i.Memory > 20<<20 {
		t.Errorf("memory %d after 100 MB of garbage; want that in use", i.Memory)
	}
	th.Close()

	hoard := c.start("U_Hoard", vm.Num(30<<20))
	c.becomes(hoard, Blocked)
	if i = hoard.Info(); i.Memory < 30<<20 || i.Memory > 80<<20 {
		t.Errorf("memory %d; want about 30 MB", i.Memory)
	}
	loop := c.start("U_Loop")
	c.becomes(loop, Running)
	c.until("steps", func() bool { return loop.Info().Steps > 0 })
	if f := c.Figures(); f.Threads[Job][Blocked] != 1 || f.Computing != 1 || f.Started != 3 {
		t.Errorf("figures %+v; want one blocked, one computing, three started", f)
	}
	if list := c.Threads(); len(list) != 2 || list[0].ID != hoard.ID() || list[1].ID != loop.ID() {
		t.Errorf("threads %v; want two in the order of their numbers", list)
	}
	loop.Kill(io.EOF)
	hoard.Kill(io.EOF)
}

// A native that neither polls nor says that it waits keeps no other thread from computing.
func TestSilentNative(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Slots = 1 })
	c.start("U_Stay")
	<-c.stuck
	if _, err := c.wait(c.start("U_Times")); err != nil {
		t.Errorf("a thread beside it = %v", err)
	}
	if n := c.Figures().Retaken; n < 1 {
		t.Errorf("%d slots retaken; want 1", n)
	}
}

// Loops share the slot with each other and with short calls: all get on.
func TestLoopsGetOnBesideShortCalls(t *testing.T) {
	c := newCore(t, func(o *Options, _ *Config) { o.Slots = 1 })
	var loops []*Thread
	for range 4 {
		loops = append(loops, c.start("U_Loop"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients sync.WaitGroup
	var calls atomic.Int64
	for range 2 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if _, err := c.wait(c.start("U_Churn", vm.Num(1000))); err != nil {
					t.Error(err)
				}
				calls.Add(1)
			}
		})
	}
	for i, l := range loops {
		steps := l.Info().Steps
		c.until(fmt.Sprintf("loop %d gets on", i), func() bool { return l.Info().Steps > steps+50_000 })
	}
	c.until("short calls", func() bool { return calls.Load() > 100 })
	cancel()
	clients.Wait()
}

// The garbage collector is told of the bound of memory, and of its end.
func TestBoundOfMemoryIsTold(t *testing.T) {
	c := newCore(t)
	before := debug.SetMemoryLimit(-1)
	c.Host.bound(0, 1<<30)
	if got := debug.SetMemoryLimit(-1); got >= 1<<30 || got < 900<<20 {
		t.Errorf("limit of memory %d for a bound of 1 GiB; want a little less", got)
	}
	c.Host.bound(0, 0)
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("limit of memory %d without a bound; want %d as before", got, before)
	}
}

// Threads that are refused because others use up the memory are not any more once those
// have ended, and nobody has to ask for the garbage to be collected.
func TestMemoryComesBack(t *testing.T) {
	c := newCore(t)
	c.Host.bound(0, 0)
	debug.FreeOSMemory() // else threads may take what others have left
	c.Host.bound(0, c.bounds.usedMemory()+200<<20)
	begin := func() (*Thread, error) {
		return c.Start(t.Context(), Call{Env: "ENV", Func: "U_HOARD", Args: []vm.Value{vm.Num(30 << 20)}})
	}
	var hoards []*Thread
	var err error
	for err == nil && len(hoards) < 50 {
		var th *Thread
		if th, err = begin(); err == nil {
			c.becomes(th, Blocked)
			hoards = append(hoards, th)
			time.Sleep(2 * lookEvery)
		}
	}
	if !errors.Is(err, ErrNoMemory) || len(hoards) < 3 {
		t.Fatalf("after %d threads of 30 MiB in 200 MiB: %v", len(hoards), err)
	}
	for _, th := range hoards {
		th.Kill(nil)
		th.Close()
	}
	c.until("a thread can begin again", func() bool {
		th, err := begin()
		if err == nil {
			th.Kill(nil)
		}
		return err == nil
	})
}

// Threads that are started, called, interrupted, killed and closed at random while
// programs are reloaded all end, and leave nothing behind.
func TestThreadsAtRandom(t *testing.T) {
	c := newCore(t, func(o *Options, n *Config) {
		o.Slots, o.Grace = 2, 20*time.Millisecond
		o.Log = zap.NewNop()
		n.MaxThreads = 40
		n.Environments[0].Inactive = 3 * time.Millisecond
	})
	end := time.Now().Add(max(*soak, 700*time.Millisecond))
	var wg sync.WaitGroup
	wg.Go(func() {
		defer c.open()
		for time.Now().Before(end) {
			for _, i := range c.Threads() {
				if rand.IntN(10) == 0 {
					_ = c.Kill(i.ID, io.EOF)
				}
			}
			_ = c.Figures()
			c.reload()
			select {
			case c.opened <- struct{}{}:
			case <-time.After(time.Millisecond):
			}
		}
	})
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(end) {
				c.visit()
			}
		})
	}
	go func() {
		for range c.stuck { // nobody has to wait for them
		}
	}()
	wg.Wait()
	c.until("no threads", func() bool {
		for _, th := range c.list() {
			th.Kill(io.EOF)
		}
		return len(c.Threads()) == 0
	})
	close(c.stuck)
	if e := c.Environments(); len(e) != 1 || e[0].Threads != 0 {
		t.Errorf("environments %+v; want one that no thread uses", e)
	}
	c.idle()
}

// visit does one of the things that can be done with threads.
func (c *core) visit() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Duration(rand.IntN(5))*time.Millisecond, io.EOF)
	defer cancel()
	names := []string{"U_LOOP", "U_NAP", "U_TIMES", "U_STAY", "U_FAILS", "U_BAD", "U_ADD"}
	name := names[rand.IntN(len(names))]
	if rand.IntN(2) == 0 {
		if th, err := c.Start(ctx, Call{Env: "ENV", Func: name, Args: []vm.Value{vm.Num(2), vm.Num(3)}}); err == nil {
			_, _ = th.Wait(context.Background())
		}
		return
	}
	call := Call{Env: "ENV"}
	if rand.IntN(4) == 0 {
		call.Until = time.Now().Add(time.Duration(rand.IntN(5)) * time.Millisecond)
	}
	th, err := c.Open(context.Background(), call)
	if err != nil {
		return
	}
	for range rand.IntN(4) {
		if rand.IntN(2) == 0 {
			th.interrupted(ctx, name)
			continue
		}
		_, _ = th.Call(ctx, name, vm.Num(1), vm.Num(2))
	}
	switch rand.IntN(4) {
	case 0:
		th.Close()
	case 1:
		th.Kill(io.EOF)
	case 2:
		_, _ = th.Finish(ctx, name, vm.Num(1), vm.Num(2))
		th.Close()
	case 3: // it ends by itself
	}
}

// interrupted is Call as whoever uses Do makes it: at the end of ctx the call is interrupted.
func (t *Thread) interrupted(ctx context.Context, name string) {
	ended := func() error {
		if ctx.Err() == nil {
			return nil
		}
		return context.Cause(ctx)
	}
	defer context.AfterFunc(ctx, func() { t.Interrupt(context.Cause(ctx)) })()
	_, _ = t.Do(ended, name, vm.Num(1), vm.Num(2))
}

// benchHost makes a host with U_ONE().
func benchHost(b *testing.B) *Host {
	b.Helper()
	unit, _ := build.Source("one.prw", "User Function One()\nReturn 1\n", build.Options{})
	h := New(Options{Link: func(u []*code.Unit) (*vm.Program, error) { return vm.Link(u, lib.Library()) }})
	commit, err := h.Prepare(b.Context(), Config{Environments: []Environment{{Name: "ENV"}}, Units: map[string][]*code.Unit{"ENV": {unit}}})
	if err != nil {
		b.Fatal(err)
	}
	commit()
	b.ReportAllocs()
	return h
}

// BenchmarkStart is the life of a thread.
func BenchmarkStart(b *testing.B) {
	h := benchHost(b)
	for b.Loop() {
		t, err := h.Start(b.Context(), Call{Env: "ENV", Func: "U_ONE"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := t.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall is a call in a thread that there is.
func BenchmarkCall(b *testing.B) {
	t, err := benchHost(b).Open(b.Context(), Call{Env: "ENV"})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	for b.Loop() {
		if _, err := t.Call(b.Context(), "U_ONE"); err != nil {
			b.Fatal(err)
		}
	}
}
