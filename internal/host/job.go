package host

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Errors of jobs.
var (
	ErrNoJob      = errors.New("there is no such job")
	errJobStopped = fmt.Errorf("%w: the job was stopped", ErrKilled)
	errJobGone    = fmt.Errorf("%w: the job is not in the configuration any more, or another one", ErrKilled)
)

// JobOptions say what a job is.
type JobOptions struct {
	Name      string // of its own, in any case
	Env       string
	Func      string   // that is run; "" of a pool
	Args      []string // of it, in the code page of programs
	Instances int      // how often it runs at the same time; 0 counts as 1
	Pool      *PoolOptions
}

// JobsOptions are the jobs of a server.
type JobsOptions struct {
	Jobs []JobOptions
	// Refresh is how often those that do not run are started again; 0: never.
	Refresh time.Duration
	Debug   bool   // each Refresh, how many workers pools have is logged
	Machine string // this one
}

// JobState says what becomes of a job.
type JobState string

const (
	JobRunning JobState = "running"
	JobEnded   JobState = "ended"   // by itself; the next look starts it again
	JobFailed  JobState = "failed"  // with an error
	JobStopped JobState = "stopped" // until Restart
	JobMissing JobState = "missing" // there is no such environment or function; new programs may have it
)

// JobFigures describe a job, or one of its instances.
type JobFigures struct {
	Name                  string
	Instance              int    // from 1
	Function, Environment string // Function of a pool: that which gets the work
	Pool                  bool   // its figures are among those of Host.Pools
	State                 JobState
	Thread                int64 // number, if one runs
	Since                 time.Time
	Starts, Crashes       int64
	LastError             string
	NextStart             time.Time // zero: none is due
}

// jobGrace is how long a job may go on after the server was told to end.
const jobGrace = 5 * time.Second

// Jobs runs the jobs of a server, and starts those again that do not run. Its methods may
// be called from any goroutine.
type Jobs struct {
	host  *Host
	log   *zap.Logger
	begun time.Time       // looks are taken at multiples of Refresh from here
	end   chan struct{}   // closed when the jobs are to end
	cut   context.Context // ends when workers must not go on with what they do
	cutIt context.CancelCauseFunc

	mu     sync.Mutex
	o      JobsOptions
	list   []*job
	closed bool
	wake   chan struct{} // closed when there are new programs or options
	runs   sync.WaitGroup
	debug  *time.Timer
}

// NewJobs makes the jobs of a host, of which there are none until Set.
func NewJobs(h *Host) *Jobs {
	j := &Jobs{host: h, log: h.o.Log.Named("jobs"), begun: time.Now(), end: make(chan struct{}), wake: make(chan struct{})}
	j.cut, j.cutIt = context.WithCancelCause(context.Background())
	h.Depend(j)
	return j
}

// Prepare implements Dependent: jobs whose function was missing are looked at again.
// Nothing about jobs keeps programs from being put in force.
func (j *Jobs) Prepare(*Generation) (commit func(), err error) {
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.rouse()
	}, nil
}

// rouse has all jobs that wait look around; j.mu is held.
func (j *Jobs) rouse() {
	close(j.wake)
	j.wake = make(chan struct{})
}

// Set puts other options in force: jobs that are not among them are ended, those that are
// others now are ended and started anew, new ones are started, and the rest goes on.
func (j *Jobs) Set(o JobsOptions) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	before := j.list
	j.o, j.list = o, nil
	for _, options := range o.Jobs {
		j.list = append(j.list, j.place(options, before))
	}
	for _, old := range before {
		if !slices.Contains(j.list, old) {
			old.halt(errJobGone)
		}
	}
	j.rouse()
	j.armDebug()
}

// place returns the job with the options: that of before if it is the same, else a new
// one, which begins when that of the name has ended. j.mu is held.
func (j *Jobs) place(o JobOptions, before []*job) *job {
	var ended []<-chan struct{}
	for _, old := range before {
		switch {
		case !strings.EqualFold(old.o.Name, o.Name):
		case reflect.DeepEqual(old.o, o):
			return old
		default:
			old.halt(errJobGone)
			ended = append(ended, old.ended()...)
		}
	}
	next := newJob(j, o)
	next.launch(ended)
	return next
}

// Figures describes all jobs, in the order of the options.
func (j *Jobs) Figures() []JobFigures {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []JobFigures
	for _, one := range j.list {
		for _, r := range one.runs {
			list = append(list, r.figures)
		}
	}
	return list
}

// Stop ends a job until Restart. It does not wait for its end. The error is ErrNoJob.
func (j *Jobs) Stop(name string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.named(name)
	if err == nil {
		one.halt(errJobStopped)
	}
	return err
}

// Restart ends a job, if it runs, and starts it. It does not wait. The error is ErrNoJob
// or ErrStopping.
func (j *Jobs) Restart(name string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.named(name)
	switch {
	case err != nil:
		return err
	case j.closed:
		return ErrStopping
	}
	one.halt(errJobStopped)
	one.launch(one.ended())
	return nil
}

func (j *Jobs) named(name string) (*job, error) {
	for _, one := range j.list {
		if strings.EqualFold(one.o.Name, name) {
			return one, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoJob, name)
}

// Close ends all jobs: functions that have not ended by themselves after a few seconds are
// told to, and workers finish what they do, both until ctx ends. It returns when all have
// ended.
func (j *Jobs) Close(ctx context.Context) {
	j.mu.Lock()
	if !j.closed {
		close(j.end)
	}
	j.closed = true
	if j.debug != nil {
		j.debug.Stop()
	}
	j.rouse()
	j.mu.Unlock()

	defer context.AfterFunc(ctx, func() { j.cutIt(ErrStopping) })()
	ended := make(chan struct{})
	go func() {
		j.runs.Wait()
		close(ended)
	}()
	grace := time.NewTimer(jobGrace)
	defer grace.Stop()
	select {
	case <-ended:
		return
	case <-grace.C:
	case <-ctx.Done():
	}
	j.mu.Lock()
	for _, one := range j.list {
		one.halt(ErrStopping)
	}
	j.mu.Unlock()
	<-ended
}

// armDebug logs the workers of pools from time to time, if that is wanted; j.mu is held.
func (j *Jobs) armDebug() {
	if j.debug != nil {
		j.debug.Stop()
		j.debug = nil
	}
	if j.o.Debug && j.o.Refresh > 0 {
		j.debug = time.AfterFunc(j.o.Refresh, j.logPools)
	}
}

func (j *Jobs) logPools() {
	for _, f := range j.host.Pools() {
		j.log.Info("pool", zap.String("name", f.Name), zap.Int("min", f.Min), zap.Int("max", f.Max),
			zap.Int("workers", f.Workers), zap.Int("busy", f.Busy))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.armDebug()
	}
}

// nextLook returns the time of the next look at jobs that do not run; j.mu is held.
func (j *Jobs) nextLook() time.Time {
	return time.Now().Add(j.o.Refresh - time.Since(j.begun)%j.o.Refresh)
}

func (j *Jobs) machine() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.o.Machine
}

// job is a job with its instances.
type job struct {
	jobs *Jobs
	o    JobOptions
	runs []*jobRun
}

func newJob(j *Jobs, o JobOptions) *job {
	one := &job{jobs: j, o: o}
	n := max(o.Instances, 1)
	name := o.Func
	if o.Pool != nil {
		n, name = 1, o.Pool.Func
	}
	for i := range n {
		one.runs = append(one.runs, &jobRun{job: one, cancel: func(error) {}, figures: JobFigures{
			Name: o.Name, Instance: i + 1, Function: strings.ToUpper(name), Environment: o.Env, Pool: o.Pool != nil, State: JobStopped}})
	}
	return one
}

// launch starts the job when those have ended that after are of. Jobs.mu is held.
func (b *job) launch(after []<-chan struct{}) {
	for _, r := range b.runs {
		ctx, cancel := context.WithCancelCause(context.Background())
		r.cancel, r.done = cancel, make(chan struct{})
		done := r.done
		b.jobs.runs.Go(func() {
			defer close(done)
			defer cancel(nil)
			for _, other := range after {
				<-other
			}
			r.loop(ctx)
		})
	}
}

// halt ends the job for the reason. Jobs.mu is held.
func (b *job) halt(reason error) {
	for _, r := range b.runs {
		r.cancel(reason)
	}
}

// ended returns channels that are closed when the job has ended. Jobs.mu is held.
func (b *job) ended() []<-chan struct{} {
	var list []<-chan struct{}
	for _, r := range b.runs {
		if r.done != nil {
			list = append(list, r.done)
		}
	}
	return list
}
