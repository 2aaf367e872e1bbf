package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"appserver/internal/advpl/vm"
)

const jobPrograms = `
User Function Once(c)
Note("once" + c)
Return

User Function Loop(c)
Note("loop" + c)
While .T.
	Pause(1)
End
Return

User Function Polite()
While !Stopping()
	Pause(1)
End
Note("polite")
Return

User Function Crash(nAfter)
Pause(Val(nAfter))
UserException("crash")
Return

User Function Ask(cReason)
Refused(cReason)
Return

User Function Work(c, nSeconds)
If nSeconds != Nil
	Pause(nSeconds)
EndIf
Note(c)
Return
`

// jobs makes the jobs of b, with the options in force.
func (b *bench) jobs(o JobsOptions) *Jobs {
	j := NewJobs(b.Host)
	j.Set(o)
	return j
}

// states shows what becomes of jobs.
func states(j *Jobs) string {
	synctest.Wait()
	var list []string
	for _, f := range j.Figures() {
		list = append(list, fmt.Sprintf("%s %s %d/%d", f.Name, f.State, f.Starts, f.Crashes))
	}
	return strings.Join(list, ", ")
}

func TestJobIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: 30 * time.Second, Jobs: []JobOptions{
			{Name: "A", Env: "P", Func: "U_Once", Args: []string{"!"}},
			{Name: "B", Env: "P", Func: "U_LOOP", Args: []string{""}, Instances: 2},
		}})
		check(t, "at once", states(j), "A ended 1/0, B running 1/0, B running 1/0")
		check(t, "what ran", sorted(b.notes()), "loop loop once!")
		time.Sleep(95 * time.Second)
		check(t, "after three looks", states(j), "A ended 4/0, B running 1/0, B running 1/0")
		thread := b.Threads()[0]
		if thread.Kind != Job || thread.User != "server" || thread.Remark != "B" {
			t.Errorf("thread %+v; want a JOB of the server with the remark B", thread)
		}
		if err := b.Kill(thread.ID, ErrKilled); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := states(j); !strings.Contains(got, "B ended 1/0") {
			t.Errorf("after a kill: %s; want that one has ended", got)
		}
		for _, f := range j.Figures() {
			if f.Name == "B" && f.State == JobEnded && time.Since(f.Since) != 0 {
				t.Errorf("it has ended %v ago; want just now", time.Since(f.Since))
			}
		}
		time.Sleep(30 * time.Second)
		if got := states(j); strings.Count(got, "running") != 2 || !strings.Contains(got, "B running 2/0") {
			t.Errorf("after the next look: %s; want both at work", got)
		}
		j.Close(context.Background())
	})
}

// To stop a job is to kill its threads: no error of a program.
func TestJobStopKills(t *testing.T) {
	for _, err := range []error{errJobStopped, errJobGone} {
		if !errors.Is(err, ErrKilled) {
			t.Errorf("%v is not ErrKilled", err)
		}
	}
}

func TestJobRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		o := JobsOptions{Jobs: []JobOptions{{Name: "A", Env: "P", Func: "U_ONCE", Args: []string{""}}, {Name: "C", Env: "P", Func: "U_CRASH", Args: []string{"0"}}}}
		j := b.jobs(o)
		time.Sleep(24 * time.Hour)
		check(t, "a day later", states(j), "A ended 1/0, C failed 1/1")
		o.Refresh = time.Minute
		j.Set(o)
		time.Sleep(time.Minute + time.Second)
		if got := states(j); !strings.Contains(got, "A ended 2/0") || !strings.Contains(got, "C failed 2/2") {
			t.Errorf("a minute after there is a RefreshRate: %s; want both started again", got)
		}
		j.Close(context.Background())
	})
}

func TestJobBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: 10 * time.Second, Jobs: []JobOptions{{Name: "C", Env: "P", Func: "U_CRASH", Args: []string{"0"}}}})
		for _, want := range []int{10, 20, 40, 80, 160, 300, 300} {
			synctest.Wait()
			f := j.Figures()[0]
			if pause := time.Until(f.NextStart); f.State != JobFailed || !strings.Contains(f.LastError, "crash") || pause != time.Duration(want)*time.Second {
				t.Errorf("%+v, next in %v; want a failure with its text, and %d s", f, pause, want)
			}
			time.Sleep(time.Until(f.NextStart))
		}
		check(t, "after 7 pauses", states(j), "C failed 8/8")
		j.Close(context.Background())
	})
}

// An error that a job raises is a failure of it, even if its cause is one for which the host
// does not run a job, or ends it.
func TestJobFailsWhateverTheCause(t *testing.T) {
	for _, reason := range []string{"function", "programs", "killed", "stopping"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, jobPrograms)
			j := b.jobs(JobsOptions{Jobs: []JobOptions{{Name: "A", Env: "P", Func: "U_ASK", Args: []string{reason}}}})
			check(t, reason, states(j), "A failed 1/1")
			j.Close(context.Background())
		})
	}
}

// A job that ran for long before it failed is started soon again.
func TestJobFailureAfterLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: time.Second, Jobs: []JobOptions{{Name: "C", Env: "P", Func: "U_CRASH", Args: []string{"60"}}}})
		time.Sleep(10*61*time.Second - time.Millisecond)
		check(t, "ten minutes later", states(j), "C failed 10/10")
		j.Close(context.Background())
	})
}

func TestJobsAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		loop := func(name, arg string) JobOptions {
			return JobOptions{Name: name, Env: "P", Func: "U_LOOP", Args: []string{arg}}
		}
		j := b.jobs(JobsOptions{Jobs: []JobOptions{loop("A", "1"), loop("B", "2"), loop("C", "3")}})
		check(t, "at first", states(j), "A running 1/0, B running 1/0, C running 1/0")
		before := j.Figures()[1].Thread
		b.notes()
		j.Set(JobsOptions{Jobs: []JobOptions{loop("a", "1"), loop("B", "2"), loop("C", "4"), loop("D", "5")}})
		check(t, "then", states(j), "a running 1/0, B running 1/0, C running 1/0, D running 1/0")
		check(t, "what began", sorted(b.notes()), "loop1 loop4 loop5")
		if now := j.Figures()[1].Thread; now != before {
			t.Errorf("the job that is the same runs in thread %d; before in %d", now, before)
		}
		b.load(jobPrograms + "\n")
		synctest.Wait()
		check(t, "new programs", b.notes(), "")
		j.Set(JobsOptions{Jobs: []JobOptions{loop("B", "2")}})
		check(t, "one left", states(j), "B running 1/0")
		if n := len(b.Threads()); n != 1 {
			t.Errorf("%d threads; want 1", n)
		}
		j.Set(JobsOptions{})
		check(t, "none left", states(j), "")
		j.Close(context.Background())
	})
}

func TestJobIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: time.Second, Jobs: []JobOptions{
			{Name: "A", Env: "P", Func: "U_LATER"}, {Name: "B", Env: "Q", Func: "U_ONCE"},
			{Name: "C", Env: "P", Pool: &PoolOptions{Name: "C", Env: "P", OnStart: "U_LATER", IPC: "C", Func: "U_WORK", Min: 1}},
		}})
		check(t, "at first", states(j), "A missing 0/0, B missing 0/0, C missing 0/0")
		time.Sleep(time.Hour)
		check(t, "later", states(j), "A missing 0/0, B missing 0/0, C missing 0/0")
		b.load(jobPrograms + "User Function Later()\nReturn\n")
		check(t, "with other programs", states(j), "A ended 1/0, B missing 0/0, C running 1/0")
		j.Close(context.Background())
	})
}

func TestJobsStopAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: time.Second, Jobs: []JobOptions{
			{Name: "A", Env: "P", Func: "U_LOOP", Args: []string{""}, Instances: 2}, {Name: "B", Env: "P", Func: "U_CRASH", Args: []string{"0"}},
		}})
		synctest.Wait()
		for _, name := range []string{"a", "B"} {
			if err := j.Stop(name); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Hour)
		check(t, "stopped", states(j), "A stopped 1/0, A stopped 1/0, B stopped 1/1")
		if err := j.Restart("A"); err != nil {
			t.Error(err)
		}
		check(t, "started", states(j), "A running 2/0, A running 2/0, B stopped 1/1")
		if err := j.Restart("A"); err != nil {
			t.Error(err)
		}
		check(t, "started anew", states(j), "A running 3/0, A running 3/0, B stopped 1/1")
		if len(b.Threads()) != 2 {
			t.Errorf("%d threads; want 2", len(b.Threads()))
		}
		for _, err := range []error{j.Stop("X"), j.Restart("X")} {
			if !errors.Is(err, ErrNoJob) {
				t.Errorf("of a job that does not exist: %v; want %v", err, ErrNoJob)
			}
		}
		j.Close(context.Background())
		if err := j.Restart("A"); !errors.Is(err, ErrStopping) {
			t.Errorf("Restart after Close: %v; want %v", err, ErrStopping)
		}
	})
}

// Jobs that ask whether they should end do so in time; the others are told.
func TestJobsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		j := b.jobs(JobsOptions{Refresh: time.Second, Jobs: []JobOptions{
			{Name: "A", Env: "P", Func: "U_POLITE"}, {Name: "B", Env: "P", Func: "U_LOOP", Args: []string{""}},
			{Name: "C", Env: "P", Pool: &PoolOptions{Name: "C", Env: "P", IPC: "C", Func: "U_WORK", Min: 3, Max: 3}},
		}})
		synctest.Wait()
		b.notes()
		begun := time.Now()
		ended := make(chan struct{})
		go func() {
			j.Close(context.Background())
			close(ended)
		}()
		if err := b.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-ended
		if took := time.Since(begun); took != jobGrace {
			t.Errorf("the end took %v; want %v", took, jobGrace)
		}
		check(t, "the polite one", b.notes(), "polite")
		check(t, "then", states(j), "A ended 1/0, B ended 1/0, C ended 1/0")
	})
}

func TestPoolJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, jobPrograms)
		o := JobsOptions{Jobs: []JobOptions{{Name: "C", Env: "P", Pool: &PoolOptions{Name: "C", Env: "P", IPC: "KEY", Func: "U_WORK", Min: 1, Max: 1}}}}
		j := b.jobs(o)
		check(t, "at first", states(j), "C running 1/0")
		if !b.Shared().Go("key", []vm.Value{vm.Str("work")}) {
			t.Error("nobody waits")
		}
		synctest.Wait()
		b.Shared().Go("key", []vm.Value{vm.Str("long"), vm.Int(60)})
		synctest.Wait()
		changed := *o.Jobs[0].Pool
		changed.Max = 2
		changed.Min = 2
		o.Jobs = []JobOptions{{Name: "C", Env: "P", Pool: &changed}}
		j.Set(o)
		check(t, "changed", states(j), "C running 1/0")
		if pools := b.Pools(); len(pools) != 1 || pools[0].Workers != 2 {
			t.Errorf("pools %+v; want one of two workers", pools)
		}
		if n := len(b.Threads()); n != 3 {
			t.Errorf("%d threads; want the two, and the one that is busy still", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		check(t, "what that did", sorted(b.notes()), "long work")
		if err := j.Stop("C"); err != nil {
			t.Error(err)
		}
		check(t, "stopped", states(j), "C stopped 1/0")
		if n := len(b.Pools()); n != 0 {
			t.Errorf("%d pools; want none", n)
		}
		j.Close(context.Background())
	})
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			first time.Duration
			want  string
		}{
			{time.Second, "1s 2s 4s 8s 16s 32s 1m4s 2m8s 4m16s 5m0s 5m0s"},
			{2 * time.Minute, "2m0s 4m0s 5m0s 5m0s 5m0s 5m0s 5m0s 5m0s 5m0s 5m0s 5m0s"},
			{time.Hour, "1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s"},
		} {
			var b backoff
			var got []string
			for range 11 {
				pause := b.failAfter(test.first)
				got = append(got, pause.String())
				time.Sleep(pause / 4)
				if left := b.failAfter(test.first); left != pause-pause/4 {
					t.Errorf("a failure in the pause of %v leaves %v", pause, left)
				}
				time.Sleep(pause)
			}
			check(t, "pauses", strings.Join(got, " "), test.want)
		}
	})
}
