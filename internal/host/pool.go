package host

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
)

// Errors of pools, to be told with errors.Is.
var (
	ErrQueueFull  = errors.New("too many calls wait for a worker")
	ErrQueueTime  = errors.New("no worker was free in time")
	ErrPoolExists = errors.New("there is a pool of this name")
	ErrPoolClosed = errors.New("the pool is closed")
)

// PoolOptions say what a pool is. Name and Env must be set.
type PoolOptions struct {
	Name string // for people; no other pool of the host has it, in any case
	Env  string
	Kind Kind // of its threads

	Min, Max  int // workers; Max 0 counts as 1, 10,000 is the most, Min above Max counts as Max
	MinFree   int // free workers below which more are started, up to Max
	Increment int // how many are started then; 0 counts as 1

	OnStart   string     // function with which a worker begins, or ""; .F. and errors end it
	StartArgs []vm.Value // of OnStart: no arrays and objects
	OnExit    string     // function with which a worker ends, or ""

	Idle   time.Duration // after which a worker above Min without work ends; 0: never
	Expire time.Duration // life of a worker; 0: any
	Spread time.Duration // by which the lives of workers are longer, at random
	Queue  int           // calls that may wait for a worker; 0: 1,000
	Wait   time.Duration // that a call may wait for a worker; 0: 5 s

	// IPC, if it is not "", is the name under which workers wait for the work that other
	// threads send (IPCGo), instead of Do; Func gets it.
	IPC  string
	Func string

	Principal auth.Principal // of OnStart and OnExit, and of what comes by IPC
	Machine   string
	Caps      Caps
}

// Bounds and defaults of pools.
const (
	maxWorkers      = defaultThreads
	defaultQueue    = 1000
	defaultPoolWait = 5 * time.Second
	exitTime        = 10 * time.Second // of OnExit
	renewGrace      = time.Second      // in which new workers are waited for after new programs
)

func (o PoolOptions) withDefaults() PoolOptions {
	o.Max = min(max(o.Max, 1), maxWorkers)
	o.Min = min(max(o.Min, 0), o.Max)
	o.MinFree = min(max(o.MinFree, 0), o.Max)
	o.Increment = max(o.Increment, 1)
	o.Queue = cmp.Or(max(o.Queue, 0), defaultQueue)
	o.Wait = cmp.Or(max(o.Wait, 0), defaultPoolWait)
	o.Kind = cmp.Or(o.Kind, Job)
	o.IPC = lib.FromUTF8(o.IPC)
	return o
}

// Pool is a number of threads, its workers, that calls are given to. Between two calls a
// worker goes back to the public variables, SET values, files, flags (GlbLock) and
// transactions that OnStart has left; its statics stay. A worker that a call leaves unusable is replaced, and all are when
// there are new programs. Its methods may be called from any goroutine.
type Pool struct {
	host *Host
	o    PoolOptions
	log  *zap.Logger
	ctx  context.Context // of the workers' threads
	cut  context.CancelCauseFunc
	all  sync.WaitGroup // of the workers

	mu       sync.Mutex
	closed   bool
	queue    list.List // of *task, that which came first in front
	free     []*worker // with the programs in force, that which is free for longest first
	old      []*worker // free, with programs before
	total    int       // workers that are to go on, free ones and old ones included
	starting int
	gen      *Generation
	renewed  time.Time // when gen came
	starts   backoff   // of workers that cannot begin
	crashes  backoff   // of workers that calls leave unusable
	retry    *time.Timer
	nudge    chan struct{} // closed when the queue gets something that came by IPC
	figures  PoolFigures   // those that only grow, and the last error
}

// PoolFigures describe a pool.
type PoolFigures struct {
	Name, Environment             string
	Min, Max                      int
	Workers, Free, Busy, Starting int
	Queue                         int   // calls that wait
	Served                        int64 // calls that came back, Failed included
	Failed                        int64 // with an error
	Refused                       int64 // calls that got no worker
	Started                       int64 // workers that began
	Crashes                       int64 // workers that did not survive a call, or did not begin
	LastError                     string
	NextStart                     time.Time // when the next worker is tried, if not at once
}

// NewPool makes a pool. Its workers begin in the background, and are looked after until
// Close or Shutdown. The error is ErrPoolExists or ErrStopping.
func (h *Host) NewPool(o PoolOptions) (*Pool, error) {
	p := &Pool{host: h, o: o.withDefaults(), log: h.o.Log.With(zap.String("pool", o.Name)), gen: h.Generation(), nudge: make(chan struct{})}
	p.ctx, p.cut = context.WithCancelCause(context.Background())
	if err := h.pools.add(p); err != nil {
		p.cut(err)
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dispatch()
	return p, nil
}

// Do has a free worker run call.Func with call.Args, of which the worker becomes the
// owner, for call.Principal; call.Env does not count. If none is free the call waits for
// its turn. The value belongs to the caller. The error is ErrQueueFull, ErrQueueTime,
// ErrPoolClosed, the cause of the end of ctx, or as of Thread.Call; that of a program is
// a *CallError.
func (p *Pool) Do(ctx context.Context, call Call) (vm.Value, error) {
	t := newTask(ctx, call)
	if ctx.Err() != nil {
		return vm.Value{}, context.Cause(ctx)
	}
	queued, err := p.submit(t)
	if err != nil {
		return vm.Value{}, err
	}
	if err := p.await(t, queued); err != nil {
		return vm.Value{}, err
	}
	return t.value, t.err
}

// CallError is the error of a program that a worker ran. It wraps the *vm.Error, whose
// values belong to the worker.
type CallError struct {
	Report string // the text about the error, with the chain of calls
	err    error
}

// Error returns the description of the program's error.
func (e *CallError) Error() string { return e.err.Error() }

// Unwrap returns the program's error.
func (e *CallError) Unwrap() error { return e.err }

// Figures describes the pool.
func (p *Pool) Figures() PoolFigures {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.figures
	f.Name, f.Environment, f.Min, f.Max = p.o.Name, p.o.Env, p.o.Min, p.o.Max
	f.Workers, f.Starting, f.Free, f.Queue = p.total, p.starting, len(p.free)+len(p.old), p.queue.Len()
	f.Busy = f.Workers - f.Starting - f.Free
	if next := p.retryAt(); next.After(time.Now()) {
		f.NextStart = next
	}
	return f
}

// Close ends the pool: calls that wait are refused with ErrPoolClosed, free workers end
// at once, busy ones after their call; at the end of ctx all are cut, and its cause is
// the error. It returns when all have ended.
func (p *Pool) Close(ctx context.Context) (err error) {
	p.shut()
	ended := make(chan struct{})
	go func() {
		p.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		p.cut(ErrPoolClosed)
	case <-ctx.Done():
		p.cut(ErrPoolClosed)
		<-ended
		err = context.Cause(ctx)
	}
	p.host.pools.ended(p)
	return err
}

// shut begins the end of the pool: its name is free for another one.
func (p *Pool) shut() {
	p.host.pools.remove(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.retry != nil {
		p.retry.Stop()
	}
	for e := p.queue.Front(); e != nil; e = p.queue.Front() {
		p.unqueue(e.Value.(*task)).finish(vm.Value{}, ErrPoolClosed)
	}
	p.retireAll(p.free)
	p.retireAll(p.old)
	p.free, p.old = nil, nil
}

// pools are the pools of a host, by upper-case name. The zero value has none.
type pools struct {
	mu     sync.Mutex
	byName map[string]*Pool
	order  []*Pool
	ending []*Pool // their names are free, and some of their workers may not have ended
	closed bool
}

func (r *pools) add(p *Pool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := strings.ToUpper(p.o.Name)
	switch {
	case r.closed:
		return ErrStopping
	case r.byName[name] != nil:
		return fmt.Errorf("%w: %s", ErrPoolExists, p.o.Name)
	case r.byName == nil:
		r.byName = map[string]*Pool{}
	}
	r.byName[name] = p
	r.order = append(r.order, p)
	return nil
}

func (r *pools) remove(p *Pool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName[strings.ToUpper(p.o.Name)] != p {
		return
	}
	delete(r.byName, strings.ToUpper(p.o.Name))
	for i, other := range r.order {
		if other == p {
			r.order = append(r.order[:i:i], r.order[i+1:]...)
			r.ending = append(r.ending, p)
			return
		}
	}
}

// ended forgets a pool whose workers have ended.
func (r *pools) ended(p *Pool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending = slices.DeleteFunc(r.ending, func(other *Pool) bool { return other == p })
}

// close has no more pools made, and returns all that have workers.
func (r *pools) close() []*Pool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return slices.Concat(r.order, r.ending)
}

func (r *pools) list() []*Pool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*Pool(nil), r.order...)
}

// Prepare implements Dependent: new programs mean new workers.
func (r *pools) Prepare(*Generation) (commit func(), err error) {
	return func() {
		for _, p := range r.list() {
			p.renew()
		}
	}, nil
}

// Pools describes all pools, in the order in which they were made.
func (h *Host) Pools() []PoolFigures {
	list := h.pools.list()
	figures := make([]PoolFigures, len(list))
	for i, p := range list {
		figures[i] = p.Figures()
	}
	return figures
}

// closePools ends all pools, as Close does, those that somebody else is closing included,
// and has no more made.
func (h *Host) closePools(ctx context.Context) {
	var ending sync.WaitGroup
	for _, p := range h.pools.close() {
		ending.Go(func() { _ = p.Close(ctx) })
	}
	ending.Wait()
}
