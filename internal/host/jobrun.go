package host

import (
	"cmp"
	"context"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// enduring is how long a job has to have run for its failure not to count as one of a row.
const enduring = time.Minute

// poolGrace is how long a worker may go on with its work after its job was ended.
const poolGrace = 10 * time.Minute

// jobRun is one instance of a job.
type jobRun struct {
	job *job

	// Guarded by Jobs.mu.
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when it has ended; nil: it never began
	figures JobFigures
	pause   backoff
}

// loop runs the job again and again, until ctx ends or nothing is left to do.
func (r *jobRun) loop(ctx context.Context) {
	for ctx.Err() == nil {
		begun := time.Now()
		wake := r.begin()
		if wake == nil {
			return
		}
		err := r.once(ctx)
		if !r.rest(ctx, wake, r.settle(ctx, time.Since(begun), err)) {
			break
		}
	}
	if context.Cause(ctx) == errJobStopped {
		r.update(func(f *JobFigures) { f.State, f.NextStart = JobStopped, time.Time{} })
	}
}

// begin returns what is closed when there is something new; nil: jobs are to end.
func (r *jobRun) begin() <-chan struct{} {
	j := r.job.jobs
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	return j.wake
}

// update changes the figures.
func (r *jobRun) update(change func(*JobFigures)) {
	r.job.jobs.mu.Lock()
	defer r.job.jobs.mu.Unlock()
	change(&r.figures)
}

// once runs the job to its end, or ctx's.
func (r *jobRun) once(ctx context.Context) error {
	if p := r.job.o.Pool; p != nil {
		return r.pool(ctx, *p)
	}
	o := r.job.o
	args := make([]vm.Value, len(o.Args))
	for i, text := range o.Args {
		args[i] = vm.Str(text)
	}
	t, err := r.job.jobs.host.Start(context.Background(), Call{
		Env: o.Env, Func: o.Func, Args: args, Principal: auth.System, Kind: Job, Machine: r.job.jobs.machine(), Remark: o.Name})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { t.Kill(context.Cause(ctx)) })()
	r.running(t.ID())
	_, err = t.Wait(context.Background())
	return err
}

// running notes that the job runs.
func (r *jobRun) running(thread int64) {
	r.update(func(f *JobFigures) {
		f.State, f.Thread, f.Since, f.NextStart = JobRunning, thread, time.Now(), time.Time{}
		f.Starts++
	})
}

// pool runs the job that is a pool.
func (r *jobRun) pool(ctx context.Context, o PoolOptions) error {
	h := r.job.jobs.host
	if err := h.Generation().check(o.Env, o.OnStart, o.Func, o.OnExit); err != nil {
		return err
	}
	o.Principal, o.Machine = auth.System, r.job.jobs.machine()
	p, err := h.NewPool(o)
	if err != nil {
		return err
	}
	r.running(0)
	select {
	case <-ctx.Done():
	case <-r.job.jobs.end:
	}
	r.job.jobs.finish(p)
	return nil
}

// finish ends a pool whose workers may go on with what they do for some time. It does not
// wait, so that another one of the name can begin.
func (j *Jobs) finish(p *Pool) {
	p.shut()
	j.runs.Go(func() {
		ctx, cancel := context.WithTimeoutCause(j.cut, poolGrace, errJobGone)
		defer cancel()
		_ = p.Close(ctx) // says that it was cut
	})
}

// settle notes how the job ended, after it ran for so long, and returns when it is to be
// started again; zero: not by itself.
func (r *jobRun) settle(ctx context.Context, ran time.Duration, err error) time.Time {
	j := r.job.jobs
	j.mu.Lock()
	defer j.mu.Unlock()
	f := &r.figures
	f.Thread, f.Since, f.NextStart = 0, time.Now(), time.Time{}
	if ctx.Err() != nil || j.closed || because(err, ErrStopping) {
		f.State = JobEnded
		return time.Time{}
	}
	switch {
	case err == nil, because(err, vm.ErrQuit, ErrKilled):
		f.State, r.pause = JobEnded, backoff{}
		if j.o.Refresh > 0 {
			f.NextStart = j.nextLook()
		}
	case because(err, ErrNoFunction, ErrNoEnvironment, ErrUnavailable):
		f.State, f.LastError = JobMissing, errorText(err)
		j.log.Warn("a job is not run", zap.String("job", f.Name), zap.Error(err))
	default:
		r.failed(f, ran, err)
	}
	return f.NextStart
}

// failed notes a failure; Jobs.mu is held.
func (r *jobRun) failed(f *JobFigures, ran time.Duration, err error) {
	j := r.job.jobs
	f.State, f.LastError = JobFailed, errorText(err)
	f.Crashes++
	if ran >= enduring {
		r.pause = backoff{}
	}
	fields := []zap.Field{zap.String("job", f.Name), zap.Int64("crashes", f.Crashes), zap.String("error", f.LastError)}
	if j.o.Refresh > 0 {
		pause := r.pause.failAfter(cmp.Or(j.o.Refresh, firstPause))
		f.NextStart = time.Now().Add(pause)
		fields = append(fields, zap.Duration("again_in", pause))
	}
	j.log.Error("a job has failed", fields...)
}

// rest waits until the job is to be started again. It returns false if it is not to be.
func (r *jobRun) rest(ctx context.Context, wake <-chan struct{}, next time.Time) bool {
	for ctx.Err() == nil {
		switch waitUntil(ctx, next, wake) {
		case timeCame:
			return true
		case woken:
			if wake = r.begin(); wake == nil {
				return false
			}
			if r.look(&next) {
				return true
			}
		}
	}
	return false
}

// What waitUntil has waited for.
type awaited int

const (
	givenUp awaited = iota
	timeCame
	woken
)

// waitUntil waits until ctx ends, the time comes, if it is not zero, or wake is closed.
func waitUntil(ctx context.Context, next time.Time, wake <-chan struct{}) awaited {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
		return givenUp
	case <-due:
		return timeCame
	case <-wake:
		return woken
	}
}

// look is what a job that rests does when there are new programs or options: one whose
// function was missing is tried at once, and a rest without an end may get one.
func (r *jobRun) look(next *time.Time) (again bool) {
	j := r.job.jobs
	j.mu.Lock()
	defer j.mu.Unlock()
	f := &r.figures
	if f.State == JobMissing {
		return true
	}
	switch {
	case j.o.Refresh == 0:
		*next = time.Time{}
	case next.IsZero():
		*next = j.nextLook()
	}
	f.NextStart = *next
	return false
}
