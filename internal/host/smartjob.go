package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/shared"
)

// SmartOptions bound the jobs of SmartJob.
type SmartOptions struct {
	Load     int // per cent of the machine's memory in use from which none is started beyond Min; 0: 60
	Min, Max int // jobs at the same time: those that start in any case, and at most; 0: 2 and 16
}

// Bounds of SmartJob and ManualJob.
const (
	maxSmartQueue  = 10_000
	maxSmartBytes  = 256 << 20   // of the arguments of those in the queue
	smartPause     = time.Second // between two looks at the memory
	maxManualPools = 1000
)

func (o SmartOptions) withDefaults() SmartOptions {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Load, 60}, {&o.Min, 2}, {&o.Max, 16}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	o.Max = max(o.Min, o.Max)
	return o
}

// smartQueue is the queue of SmartJob. The zero value is empty and has the defaults.
type smartQueue struct {
	load func() int // per cent of the machine's memory in use; nil: memoryLoad

	mu      sync.Mutex
	o       SmartOptions
	calls   []smartCall
	bytes   int64 // of their arguments
	running int
	again   *time.Timer // looks at the memory; nil: not needed
	closed  bool
}

// smartCall is a call in the queue.
type smartCall struct {
	Call
	bytes int64 // of its arguments
}

// SetSmart sets the bounds of SmartJob.
func (h *Host) SetSmart(o SmartOptions) {
	h.smart.mu.Lock()
	defer h.smart.mu.Unlock()
	h.smart.o = o
	h.smart.pump(h)
}

// SmartJob has call run when those before it have been started and there is room: the
// thread owns the arguments. It returns false if the environment does not exist, the queue
// is full, of calls or of what they hold, or the server is going down.
func (h *Host) SmartJob(call Call) bool {
	if _, err := h.Generation().environment(call.Env); err != nil {
		return false
	}
	next := smartCall{call, shared.Size(vm.NewArray(call.Args))}
	q := &h.smart
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.calls) >= maxSmartQueue || q.bytes+next.bytes > maxSmartBytes {
		return false
	}
	q.calls = append(q.calls, next)
	q.bytes += next.bytes
	q.pump(h)
	return true
}

// SmartFigures describe the queue of SmartJob.
type SmartFigures struct{ Queue, Running int }

// Smart describes the queue of SmartJob.
func (h *Host) Smart() SmartFigures {
	h.smart.mu.Lock()
	defer h.smart.mu.Unlock()
	return SmartFigures{len(h.smart.calls), h.smart.running}
}

// pump starts the calls that there is room for. q.mu is held.
func (q *smartQueue) pump(h *Host) {
	for len(q.calls) > 0 && !q.closed {
		if !q.room() || !q.start(h, q.calls[0].Call) {
			q.later(h)
			return
		}
		q.bytes -= q.calls[0].bytes
		q.calls[0] = smartCall{}
		q.calls = q.calls[1:]
	}
}

// room reports whether one more may run.
func (q *smartQueue) room() bool {
	o := q.o.withDefaults()
	if q.running < o.Min {
		return true
	}
	load := q.load
	if load == nil {
		load = memoryLoad
	}
	return q.running < o.Max && load() < o.Load
}

// start starts the call. It returns false if it may be started later; one that cannot be
// started at all is logged and forgotten.
func (q *smartQueue) start(h *Host, call Call) bool {
	t, err := h.Start(context.Background(), call)
	switch {
	case errors.Is(err, ErrBusy), errors.Is(err, ErrNoMemory), errors.Is(err, ErrStopping):
		return false
	case err != nil:
		h.o.Log.Error("a job of SmartJob cannot be started", zap.String("function", call.Func), zap.String("environment", call.Env), zap.Error(err))
		return true
	}
	q.running++
	go func() {
		<-t.Done()
		q.mu.Lock()
		defer q.mu.Unlock()
		q.running--
		q.pump(h)
	}()
	return true
}

// later looks again for room in a while: memory gets free without anybody telling.
func (q *smartQueue) later(h *Host) {
	if q.again != nil {
		return
	}
	q.again = time.AfterFunc(smartPause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.again = nil
		q.pump(h)
	})
}

// closeSmart has no more jobs of SmartJob started, and forgets those that wait.
func (h *Host) closeSmart() {
	q := &h.smart
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if len(q.calls) > 0 {
		h.o.Log.Warn("jobs of SmartJob are not run: the server goes down", zap.Int("jobs", len(q.calls)))
	}
	q.calls = nil
	if q.again != nil {
		q.again.Stop()
	}
}

// ManualJobOptions are the arguments of ManualJob.
type ManualJobOptions struct {
	Name, Env               string
	Type                    string // IPC, in any case, or ""
	OnStart, OnConnect      string
	OnExit                  string
	Key                     string        // under which IPCGo finds the workers; "": Name
	Inactive                time.Duration // as PoolOptions.Idle
	Min, Max, MinFree, Incr int
	Wait                    time.Duration // as PoolOptions.Wait; at most 10 s
	Principal               auth.Principal
	Machine                 string
}

// ManualJob makes a pool whose workers wait for what IPCGo sends; it lives as long as the
// host. The errors say what of the options does not fit; ErrPoolExists, ErrNoEnvironment,
// ErrNoFunction and ErrStopping are among them.
func (h *Host) ManualJob(o ManualJobOptions) error {
	if err := o.check(h); err != nil {
		return fmt.Errorf("job %q: %w", o.Name, err)
	}
	key := o.Key
	if key == "" {
		key = o.Name
	}
	_, err := h.NewPool(PoolOptions{
		Name: o.Name, Env: o.Env, Kind: Job, Min: o.Min, Max: o.Max, MinFree: o.MinFree, Increment: o.Incr,
		OnStart: o.OnStart, OnExit: o.OnExit, IPC: key, Func: o.OnConnect, Idle: o.Inactive,
		Wait: min(o.Wait, 10*time.Second), Principal: o.Principal, Machine: o.Machine,
	})
	return err
}

func (o *ManualJobOptions) check(h *Host) error {
	switch {
	case strings.TrimSpace(o.Name) == "" || strings.Contains(o.Name, ","):
		return errors.New("a name without commas is needed")
	case o.Type != "" && !strings.EqualFold(o.Type, "IPC"):
		return fmt.Errorf("jobs of type %s are not run; IPC is", o.Type)
	case o.OnConnect == "":
		return errors.New("a function of OnConnect is needed")
	case len(h.pools.list()) >= maxManualPools:
		return fmt.Errorf("there are %d pools already", maxManualPools)
	}
	return h.Generation().check(o.Env, o.OnStart, o.OnConnect, o.OnExit)
}

// check returns why the functions cannot be run in the environment; those that are "" do
// not count.
func (g *Generation) check(environment string, functions ...string) error {
	env, err := g.environment(environment)
	if err != nil {
		return err
	}
	for _, name := range functions {
		if name == "" {
			continue
		}
		if fn, _, ok := env.program.Lookup(name, nil); !ok || fn == nil {
			return fmt.Errorf("%w: %s in %s", ErrNoFunction, strings.ToUpper(name), env.Name)
		}
	}
	return nil
}
