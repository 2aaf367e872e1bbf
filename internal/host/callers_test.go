package host

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// Dismiss ends the calls and sessions of one caller; jobs, others, and the workers that have
// run the calls go on.
func TestDismiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, poolPrograms)
		p := b.pool(PoolOptions{Kind: REST, Max: 4})
		ana, bia := auth.Principal{Name: "ana", Method: auth.User, ID: "1"}, auth.Principal{Name: "bia", Method: auth.User, ID: "2"}
		errs := map[auth.Principal]chan error{ana: make(chan error, 1), bia: make(chan error, 1)}
		for who, done := range errs {
			go func() {
				_, err := p.Do(context.Background(), Call{Func: "U_Hold", Args: []vm.Value{vm.Int(10)}, Principal: who, Kind: REST})
				done <- err
			}()
		}
		open := func(who auth.Principal) *Thread {
			s, err := b.Open(t.Context(), Call{Env: "p", Principal: who, Kind: RPC})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		rests, other := open(ana), open(bia)
		job, err := b.Start(context.Background(), Call{Env: "p", Func: "U_Hold", Args: []vm.Value{vm.Int(20)}, Principal: ana, Kind: Job})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		callers := b.Callers()
		if len(callers) != 2 || !slices.Contains(callers, ana) || !slices.Contains(callers, bia) {
			t.Errorf("Callers = %v; want ana and bia", callers)
		}
		b.Dismiss(ana)
		if err := <-errs[ana]; !errors.Is(err, auth.ErrDismissed) || !errors.Is(err, ErrKilled) {
			t.Errorf("the call of ana = %v; want ErrDismissed", err)
		}
		<-rests.Done()
		if err := rests.Ended(); !errors.Is(err, auth.ErrDismissed) {
			t.Errorf("the session of ana has ended with %v", err)
		}
		if slices.Contains(b.Callers(), ana) {
			t.Error("ana still is a caller")
		}
		if err := <-errs[bia]; err != nil {
			t.Errorf("the call of bia = %v", err)
		}
		if err := other.Ended(); err != nil {
			t.Errorf("the session of bia has ended: %v", err)
		}
		if _, err := job.Wait(t.Context()); err != nil {
			t.Errorf("the job of ana = %v; want that it goes on", err)
		}
		if f := p.Figures(); f.Crashes != 0 || f.Workers != 2 || f.Free != 2 {
			t.Errorf("the pool = %+v; want that both workers are free", f)
		}
		other.Close()
		b.close(p)
	})
}
