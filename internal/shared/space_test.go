package shared

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTexts(t *testing.T) {
	s := New()
	if _, ok := s.Get("a"); ok {
		t.Error("a new space has a text")
	}
	for _, text := range []string{"one", "", "two"} {
		if err := s.Put("a", text); err != nil {
			t.Fatal(err)
		}
		if got, ok := s.Get("a"); got != text || !ok {
			t.Errorf(`Get("a") = %q, %t; want %q`, got, ok, text)
		}
	}
	if _, ok := s.Get("A"); ok {
		t.Error("names are not told apart by case")
	}
	if n := s.Clear("a", 0); n != 1 {
		t.Errorf("Clear = %d; want 1", n)
	}
	if n := s.Bytes(); n != 0 || s.names != 0 {
		t.Errorf("an empty space has %d bytes in %d names", n, s.names)
	}
}

func TestValuesAndTextsExcludeEachOther(t *testing.T) {
	s := New()
	if err := s.PutValues("a", []vm.Value{vm.Num(1), vm.Str("x")}); err != nil {
		t.Fatal(err)
	}
	if v, ok := s.Get("a"); ok {
		t.Errorf("Get of values = %q", v)
	}
	if v, ok := s.GetValues("a"); !ok || lib.Inspect(vm.NewArray(v)) != `{1,"x"}` {
		t.Errorf("GetValues = %v, %t", v, ok)
	}
	if err := s.Put("a", "text"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.GetValues("a"); ok {
		t.Error("GetValues of a text gives something")
	}
}

func TestAgeAndClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		for _, name := range []string{"job.1", "job.2", "other"} {
			if err := s.Put(name, "x"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Second)
		if err := s.Put("job.2", "y"); err != nil {
			t.Fatal(err)
		}
		if age, ok := s.Age("job.1"); age != 10*time.Second || !ok {
			t.Errorf("Age of an old one = %v, %t", age, ok)
		}
		if age, ok := s.Age("job.2"); age != 0 || !ok {
			t.Errorf("Age of a new one = %v, %t", age, ok)
		}
		if _, ok := s.Age("none"); ok {
			t.Error("Age of none is known")
		}
		for _, c := range []struct {
			name string
			age  time.Duration
			want int
		}{{"job.2", time.Second, 0}, {"job.*", time.Second, 1}, {"none", 0, 0}, {"o?her", 0, 0}, {"*", 0, 2}, {"*", 0, 0}} {
			if n := s.Clear(c.name, c.age); n != c.want {
				t.Errorf("Clear(%q, %v) = %d; want %d", c.name, c.age, n, c.want)
			}
		}
	})
}

func TestBounds(t *testing.T) {
	s := New()
	s.maxBytes, s.maxNames = 10_000, 3
	if err := s.Put("a", strings.Repeat("x", 20_000)); !errors.Is(err, ErrFull) {
		t.Errorf("Put of too many bytes: %v; want ErrFull", err)
	}
	for _, name := range []string{"a", "b"} {
		if err := s.Put(name, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.NewSession("s"); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("c", "x"); !errors.Is(err, ErrFull) {
		t.Errorf("Put of one name too many: %v; want ErrFull", err)
	}
	if err := s.Put("b", "another"); err != nil {
		t.Errorf("Put of a name that there is: %v", err)
	}
	if err := s.SetVar("s", X, "k", vm.Num(1)); !errors.Is(err, ErrFull) {
		t.Errorf("SetVar of one name too many: %v; want ErrFull", err)
	}
	if _, err := s.Lock(1, "l"); !errors.Is(err, ErrFull) {
		t.Errorf("Lock of one name too many: %v; want ErrFull", err)
	}
	if _, err := s.Begin(t.Context(), direct, 1, "s", "k"); !errors.Is(err, ErrFull) {
		t.Errorf("Begin of one name too many: %v; want ErrFull", err)
	}
	s.Clear("a", 0)
	if err := s.SetVar("s", A, "k", array(vm.Str(strings.Repeat("x", 10_000)))); !errors.Is(err, ErrFull) {
		t.Errorf("SetVar of too many bytes: %v; want ErrFull", err)
	}
	if err := s.SetVar("s", A, "k", array(vm.Str("x"))); err != nil {
		t.Errorf("SetVar after one name was cleared: %v", err)
	}
	s.Clear("*", 0)
	s.EndSession("s")
	if s.bytes != 0 || s.names != 0 {
		t.Errorf("all was given back, but %d bytes in %d names are in use", s.bytes, s.names)
	}
}

// direct is how a goroutine without a thread waits.
func direct(wait func()) { wait() }

func TestLocks(t *testing.T) {
	s := New()
	take := func(owner int64, name string, want bool) {
		t.Helper()
		if got, err := s.Lock(owner, name); got != want || err != nil {
			t.Errorf("Lock(%d, %q) = %t, %v; want %t", owner, name, got, err, want)
		}
	}
	take(1, "a", true)
	take(1, "a", true)
	take(2, "a", false)
	take(2, "A", true)
	take(2, "", true)
	if got, err := s.LockServer(1); !got || err != nil {
		t.Errorf("LockServer = %t, %v", got, err)
	}
	if got, err := s.LockServer(2); got || err != nil {
		t.Errorf("LockServer of another = %t, %v", got, err)
	}
	if s.Unlock(2, "a") || s.UnlockServer(2) || s.Unlock(1, "none") {
		t.Error("who has no flag gives it back")
	}
	if !s.Unlock(1, "a") || s.Unlock(1, "a") {
		t.Error("Unlock of the owner does not work once")
	}
	take(2, "a", true)
	s.ReleaseAll(2)
	s.ReleaseAll(3)
	take(3, "a", true)
	if got, _ := s.LockServer(3); got {
		t.Error("ReleaseAll gives the flags of others back")
	}
	s.ReleaseAll(1)
	s.ReleaseAll(3)
	if len(s.locks) != 0 || len(s.held) != 0 || s.names != 0 || s.bytes != 0 {
		t.Errorf("after ReleaseAll: %v, %v, %d names, %d bytes", s.locks, s.held, s.names, s.bytes)
	}
}

func TestKeep(t *testing.T) {
	s := New()
	own := func(what string, owner int64, name string, want bool) {
		t.Helper()
		if got, err := s.Lock(owner, name); got != want || err != nil {
			t.Errorf("%s: Lock(%d, %q) = %t, %v; want %t", what, owner, name, got, err, want)
		}
	}
	begin := func(owner int64, key string) {
		t.Helper()
		if began, err := s.Begin(t.Context(), func(func()) { t.Errorf("%d has to wait for %s", owner, key) }, owner, "u", key); !began || err != nil {
			t.Errorf("Begin(%d, %q) = %t, %v", owner, key, began, err)
		}
	}
	if _, err := s.NewSession("u"); err != nil {
		t.Fatal(err)
	}
	s.Keep(1)()
	own("at first", 1, "kept", true)
	begin(1, "kept")
	reset := s.Keep(1)
	for range 2 {
		own("since", 1, "new", true)
		begin(1, "new")
		reset()
		own("what was kept", 2, "kept", false)
		own("what is new", 2, "new", true)
		begin(2, "new")
		s.ReleaseAll(2)
	}
	if !s.End(1, "u", "kept") || !s.Unlock(1, "kept") {
		t.Error("what was kept is gone")
	}
	reset()
	if len(s.held) != 0 {
		t.Errorf("%v is held in the end", s.held)
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		if s.Go("JOB", nil) {
			t.Error("Go with nobody waiting = true")
		}
		began := time.Now()
		early := make(chan struct{})
		w := s.enter(lib.Upper("A\xc7\xc3O"))
		if s.Waiting("a\xe7\xe3o") != 1 || s.Waiting("A\xc9\xd5O") != 0 || !s.leave(lib.Upper("a\xe7\xe3O"), w) {
			t.Error("names with accents are not told apart, or not in any case")
		}
		time.AfterFunc(time.Second, func() { close(early) })
		if _, ok := s.Wait(t.Context(), "JOB", 5*time.Second, early); ok || time.Since(began) != time.Second {
			t.Errorf("an early end: %t after %v; want false after 1 s", ok, time.Since(began))
		}
		began = time.Now()
		if _, ok := s.Wait(t.Context(), "JOB", 5*time.Second, nil); ok || time.Since(began) != 5*time.Second {
			t.Errorf("Wait for nothing = %t after %v", ok, time.Since(began))
		}
		got := make(chan string, 3)
		for i := range 3 {
			go func() {
				args, ok := s.Wait(t.Context(), "job", -1, nil)
				got <- fmt.Sprintf("%d %t %s", i, ok, lib.Inspect(vm.NewArray(args)))
			}()
			synctest.Wait()
		}
		if n := s.Waiting("Job"); n != 3 {
			t.Errorf("Waiting = %d; want 3", n)
		}
		for i := range 3 {
			if !s.Go("JOB", []vm.Value{vm.Int(i * 10)}) {
				t.Error("Go = false with some waiting")
			}
			if text, want := <-got, fmt.Sprintf("%d true {%d}", i, i*10); text != want {
				t.Errorf("waiter got %s; want %s", text, want)
			}
		}
		if s.Go("JOB", nil) || s.Waiting("JOB") != 0 || len(s.waits) != 0 {
			t.Error("waiters are left")
		}
	})
}

func TestWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			_, ok := s.Wait(ctx, "A", -1, nil)
			ended <- ok
		}()
		synctest.Wait()
		cancel()
		if <-ended {
			t.Error("Wait = true after its context has ended")
		}
		if len(s.waits) != 0 {
			t.Error("a waiter is left")
		}
	})
}

// TestWaitLosesNothing hands over while times and contexts end: each list that Go took
// must arrive.
func TestWaitLosesNothing(t *testing.T) {
	s := New()
	var sent, received atomic.Int64
	stop := make(chan struct{})
	var waiters, senders sync.WaitGroup
	for i := range 8 {
		waiters.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(200))*time.Microsecond)
				if _, ok := s.Wait(ctx, "JOB", time.Duration(r.IntN(200))*time.Microsecond, nil); ok {
					received.Add(1)
				}
				cancel()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 4 {
		senders.Go(func() {
			for range 20_000 {
				if s.Go("JOB", nil) {
					sent.Add(1)
				}
			}
		})
	}
	senders.Wait()
	close(stop)
	waiters.Wait()
	if sent.Load() != received.Load() {
		t.Errorf("%d were sent, %d received", sent.Load(), received.Load())
	}
	if len(s.waits) != 0 {
		t.Error("waiters are left")
	}
}

func TestTables(t *testing.T) {
	s := New()
	if err := s.SetVar("s", X, "k", vm.Num(1)); !errors.Is(err, ErrNoSession) {
		t.Errorf("SetVar without a session: %v", err)
	}
	for _, want := range []bool{true, false} {
		if made, err := s.NewSession("s"); made != want || err != nil {
			t.Errorf("NewSession = %t, %v; want %t", made, err, want)
		}
	}
	if s.HasSession("S") || !s.HasSession("s") {
		t.Error("names of sessions are not told apart by case")
	}
	for key, v := range map[string]vm.Value{"b": vm.Num(1), "a": vm.Str("x"), "B": vm.Bool(true)} {
		if err := s.SetVar("s", X, key, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetVar("s", A, "b", array()); err != nil {
		t.Fatal(err)
	}
	list, ok := s.Vars("s", X)
	if got := fmt.Sprint(list, ok); got != `[{B .T.} {a "x"} {b 1}] true` {
		t.Errorf("Vars = %s", got)
	}
	if v, ok := s.Var("s", X, "b"); v.Float() != 1 || !ok {
		t.Errorf("Var = %v, %t", v, ok)
	}
	if _, ok := s.Var("s", A, "a"); ok {
		t.Error("the tables are one")
	}
	if !s.DeleteVar("s", X, "b") || s.DeleteVar("s", X, "b") || s.DeleteVar("none", X, "b") {
		t.Error("DeleteVar does not work once")
	}
	if !s.CleanVars("s", X) || s.CleanVars("none", X) {
		t.Error("CleanVars tells wrongly whether there is the session")
	}
	if list, _ := s.Vars("s", X); len(list) != 0 {
		t.Errorf("after CleanVars there are %v", list)
	}
	if _, ok := s.Var("s", A, "b"); !ok {
		t.Error("CleanVars empties the other table too")
	}
	if !s.EndSession("s") || s.EndSession("s") || s.HasSession("s") {
		t.Error("EndSession does not work once")
	}
	if s.names != 0 || s.bytes != 0 {
		t.Errorf("an empty space has %d bytes in %d names", s.bytes, s.names)
	}
}

// begin begins a transaction in a goroutine and tells what came of it.
func begin(ctx context.Context, s *Space, owner int64, key string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := s.Begin(ctx, direct, owner, "s", key)
		done <- err
	}()
	return done
}

func TestTransactionsAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		_, _ = s.NewSession("s")
		if began, err := s.Begin(t.Context(), direct, 1, "s", "k"); !began || err != nil {
			t.Fatalf("Begin = %t, %v", began, err)
		}
		if began, err := s.Begin(t.Context(), direct, 1, "s", "k"); began || err != nil {
			t.Errorf("Begin of the owner = %t, %v; want false", began, err)
		}
		second := begin(t.Context(), s, 2, "k")
		synctest.Wait()
		third := begin(t.Context(), s, 3, "k")
		synctest.Wait()
		if s.End(2, "s", "k") || !s.End(1, "s", "k") {
			t.Error("End does not tell who has the transaction")
		}
		if err := <-second; err != nil {
			t.Errorf("Begin of the second: %v", err)
		}
		synctest.Wait()
		select {
		case err := <-third:
			t.Errorf("the third has the transaction beside the second: %v", err)
		default:
		}
		s.ReleaseAll(2)
		if err := <-third; err != nil {
			t.Errorf("Begin of the third: %v", err)
		}
		s.ReleaseAll(3)
		s.EndSession("s")
		if len(s.held) != 0 || len(s.blocked) != 0 || s.names != 0 || s.bytes != 0 {
			t.Errorf("left: %v, %v, %d names, %d bytes", s.held, s.blocked, s.names, s.bytes)
		}
	})
}

func TestBeginEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		if _, err := s.Begin(t.Context(), direct, 1, "s", "k"); !errors.Is(err, ErrNoSession) {
			t.Errorf("Begin without a session: %v", err)
		}
		_, _ = s.NewSession("s")
		_, _ = s.Begin(t.Context(), direct, 1, "s", "k")
		ctx, cancel := context.WithCancelCause(t.Context())
		waits := begin(ctx, s, 2, "k")
		stays := begin(t.Context(), s, 3, "k")
		synctest.Wait()
		killed := errors.New("killed")
		cancel(killed)
		if err := <-waits; !errors.Is(err, killed) {
			t.Errorf("Begin whose context ends: %v; want its cause", err)
		}
		s.EndSession("s")
		if err := <-stays; !errors.Is(err, ErrNoSession) {
			t.Errorf("Begin whose session ends: %v; want ErrNoSession", err)
		}
		s.ReleaseAll(1)
		if len(s.held) != 0 || len(s.blocked) != 0 {
			t.Errorf("left: %v, %v", s.held, s.blocked)
		}
	})
}

func TestDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		_, _ = s.NewSession("s")
		for owner := range int64(3) {
			if _, err := s.Begin(t.Context(), direct, owner, "s", fmt.Sprint("k", owner)); err != nil {
				t.Fatal(err)
			}
		}
		first := begin(t.Context(), s, 0, "k1")
		synctest.Wait()
		second := begin(t.Context(), s, 1, "k2")
		synctest.Wait()
		if _, err := s.Begin(t.Context(), direct, 2, "s", "k0"); !errors.Is(err, ErrDeadlock) {
			t.Errorf("Begin that closes the circle: %v; want ErrDeadlock", err)
		}
		s.ReleaseAll(2)
		if err := <-second; err != nil {
			t.Error(err)
		}
		s.ReleaseAll(1)
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// TestTransact counts in a table from many goroutines: no turn may be lost.
func TestTransact(t *testing.T) {
	s := New()
	_, _ = s.NewSession("s")
	const owners, turns = 8, 500
	var group sync.WaitGroup
	for owner := range int64(owners) {
		group.Go(func() {
			for range turns {
				err := s.Transact(t.Context(), direct, owner, "s", "n", func() error {
					v, ok := s.Var("s", X, "n")
					n := 0.0
					if ok {
						n = v.Float()
					}
					return s.SetVar("s", X, "n", vm.Num(n+1))
				})
				if err != nil {
					t.Error(err)
				}
			}
			s.ReleaseAll(owner)
		})
	}
	group.Wait()
	if v, _ := s.Var("s", X, "n"); v.Float() != owners*turns {
		t.Errorf("%v turns were counted; want %d", v, owners*turns)
	}
}

// TestSpaceAtRandom does everything at once, for the race detector, and wants nothing to
// be left at the end.
func TestSpaceAtRandom(t *testing.T) {
	s := New()
	var group sync.WaitGroup
	for owner := range int64(8) {
		group.Go(func() {
			r := rand.New(rand.NewPCG(3, uint64(owner)))
			for range 3000 {
				atRandom(t, s, r, owner)
			}
			s.ReleaseAll(owner)
		})
	}
	group.Wait()
	s.Clear("*", 0)
	for _, uid := range []string{"s0", "s1", "s2"} {
		s.EndSession(uid)
	}
	if s.names != 0 || s.bytes != 0 || len(s.held) != 0 || len(s.blocked) != 0 || len(s.waits) != 0 || len(s.locks) != 0 {
		t.Errorf("left: %d names, %d bytes, %v, %v, %v, %v", s.names, s.bytes, s.held, s.blocked, s.waits, s.locks)
	}
}

func atRandom(t *testing.T, s *Space, r *rand.Rand, owner int64) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	uid, key := fmt.Sprint("s", r.IntN(3)), fmt.Sprint("k", r.IntN(3))
	switch r.IntN(14) {
	case 0:
		_ = s.Put(key, uid)
	case 1:
		_ = s.PutValues(key, []vm.Value{array(vm.Num(1))})
	case 2:
		if v, ok := s.GetValues(key); ok {
			_ = Copy(vm.NewArray(v))
		}
	case 3:
		s.Clear("k*", 0)
	case 4:
		_, _ = s.Lock(owner, key)
	case 5:
		s.Unlock(owner, key)
	case 6:
		_, _ = s.NewSession(uid)
	case 7:
		if r.IntN(20) == 0 {
			s.EndSession(uid)
		}
	case 8:
		_ = s.SetVar(uid, X, key, vm.Str(key))
	case 9:
		_, _ = s.Vars(uid, X)
	case 10:
		_, _ = s.Begin(ctx, direct, owner, uid, key)
	case 11:
		s.End(owner, uid, key)
	case 12:
		_, _ = s.Wait(ctx, key, time.Microsecond, nil)
	case 13:
		s.Go(key, nil)
		if r.IntN(10) == 0 {
			s.ReleaseAll(owner)
		}
	}
}
