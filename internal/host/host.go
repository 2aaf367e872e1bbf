// Package host runs programs for the protocols: it holds the environments with their
// programs, and starts, bounds, shows and ends threads.
//
// A protocol turns bytes into a Call and knows nothing of programs; programs know nothing
// of the network.
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
	"appserver/internal/shared"
)

// Errors of Start, Open and Thread.Call, to be told with errors.Is.
var (
	ErrNoEnvironment = errors.New("there is no such environment")
	ErrUnavailable   = errors.New("the environment has no usable programs")
	ErrNoFunction    = errors.New("there is no such function")
	ErrBusy          = errors.New("too many threads")
	ErrNoMemory      = errors.New("the server's memory is used up")
	ErrStopping      = errors.New("the server is going down")
	ErrNoThread      = errors.New("there is no such thread")
	ErrEnded         = errors.New("the thread has ended")
	ErrInUse         = errors.New("the thread runs another call")
)

// Causes of the end of a thread, to be told with errors.Is.
var (
	ErrKilled    = errors.New("ended by the administrator")
	ErrInactive  = errors.New("ended after a long time without activity")
	ErrAbandoned = errors.New("given up: it did not end")
	ErrTimeout   = errors.New("the call took longer than it may")
)

// because reports whether err is one of the reasons for which the host refuses or ends
// calls. An error that a program raised is none, whatever its cause.
func because(err error, reasons ...error) bool {
	return !vm.Raised(err) && slices.ContainsFunc(reasons, func(reason error) bool { return errors.Is(err, reason) })
}

// Options say what a host is. Link must be set.
type Options struct {
	// Link makes the program of an environment of its compiled units.
	Link func([]*code.Unit) (*vm.Program, error)
	// Thread completes the options of a thread: the compiler of macros. nil: nothing.
	Thread func(vm.Options) vm.Options
	// Release gives back what a thread's programs have left open. nil: nothing.
	Release func(*vm.Thread) error

	Data    string    // the server's data folder, in which root paths are made with all folders above them; "": none
	Cache   string    // folder in which compiled sources are kept; "": nowhere
	Report  []string  // lines about this server in the report of an error
	Started time.Time // of the server
	Version string    // of the server
	INI     string    // file name of the configuration, without its folder
	Setting func(section, key string) (value string, ok bool)
	Slots   int // threads that compute at the same time; 0: GOMAXPROCS-1, at least 1
	// Grace is how long a call may take to end when it is told to, before it is abandoned;
	// 0: 5 seconds.
	Grace   time.Duration
	Ports   func() Ports // nil: none is known
	Log     *zap.Logger
	Now     func() time.Time // nil: time.Now
	Observe Observer         // nil: nothing
}

// Ports are the TCP ports that the server listens on, for programs; 0: none.
type Ports struct{ Application, HTTP, HTTPS int }

// Observer counts what happens, for metrics. Its methods must be quick, must not call the
// host, which may hold locks, and may be called at the same time. Every thread that has started ends, an abandoned one later.
type Observer interface {
	ThreadStarted(kind Kind)
	// ThreadEnded is told why the thread ended: nil if its function returned or it was closed.
	ThreadEnded(kind Kind, steps int64, err error)
	ThreadAbandoned(kind Kind)
}

// defaultGrace is Options.Grace if that is not set.
const defaultGrace = 5 * time.Second

// Host runs programs. Use New. Its methods may be called from any goroutine.
type Host struct {
	o        Options
	shared   *shared.Space
	slots    *slots
	crew     *crew
	programs programs
	bounds   bounds
	count    counters
	pools    pools
	smart    smartQueue
	last     atomic.Int64 // number of the thread that began last

	mu       sync.Mutex
	threads  map[int64]*Thread
	living   map[string]int // threads that are not abandoned, by environment
	alive    int            // all of them
	stopping chan struct{}  // closed by Shutdown
	drained  chan struct{}  // closed when stopping and none is alive
}

// New makes a host without environments.
func New(o Options) *Host {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	h := &Host{
		o: o, shared: shared.New(), slots: newSlots(o.Slots, time.Now),
		threads: map[int64]*Thread{}, living: map[string]int{}, stopping: make(chan struct{}), drained: make(chan struct{}),
	}
	h.crew = newCrew(h.stopping)
	h.programs.init()
	h.Depend(&h.pools)
	return h
}

// Shared returns what the threads share.
func (h *Host) Shared() *shared.Space { return h.shared }

// Start begins a thread that runs call.Func; it returns once the thread exists, and
// Thread.Wait tells what came of it. An error that the program does not handle is written
// to the log with its report. The end of ctx ends the thread: pass context.WithoutCancel
// for one that outlives its caller.
//
// The errors are ErrNoEnvironment, ErrUnavailable, ErrNoFunction, ErrBusy, ErrNoMemory,
// ErrStopping, and the cause of the end of ctx.
func (h *Host) Start(ctx context.Context, call Call) (*Thread, error) {
	t, err := h.open(ctx, call, true)
	if err != nil {
		return nil, err
	}
	r := &run{last: true} // admit has seen to the end of ctx
	if err := t.begin(r, call.Func); err != nil {
		t.Close()
		return nil, err
	}
	h.crew.run(func() { t.perform(r, call.Func, call.Args) })
	return t, nil
}

// Open makes a thread that runs nothing yet: Thread.Call does, as often as one wants, so
// that statics and publics stay from call to call. It ends with Close, Kill, ctx, or the
// InactiveTimeout of its environment. Of call, Func is what the thread is shown as until
// its first Call; Args do not count. The errors are those of Start but ErrNoFunction.
func (h *Host) Open(ctx context.Context, call Call) (*Thread, error) {
	t, err := h.open(ctx, call, false)
	if err != nil {
		return nil, err
	}
	t.rest()
	return t, nil
}

// open makes a thread, of which the program must have call.Func if check is set.
func (h *Host) open(ctx context.Context, call Call, check bool) (*Thread, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	env, err := h.acquire(call.Env)
	if err != nil {
		return nil, err
	}
	t := h.newThread(ctx, env, call)
	if check {
		err = t.callable(call.Func)
	}
	if err == nil {
		err = h.admit(ctx, t)
	}
	if err != nil {
		env.release()
		return nil, err
	}
	return t, nil
}

// admit enters the thread, unless there are too many.
func (h *Host) admit(ctx context.Context, t *Thread) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refusal(t.env); err != nil {
		h.count.refused.Add(1)
		return err
	}
	h.threads[t.id] = t
	h.living[t.env.key()]++
	h.alive++
	t.living = true
	h.count.started.Add(1)
	if h.o.Observe != nil {
		h.o.Observe.ThreadStarted(t.Kind())
	}
	if ctx.Done() != nil {
		t.unwatch = context.AfterFunc(ctx, func() { t.Kill(context.Cause(ctx)) })
	}
	return nil
}

// depart takes the thread out of those that are alive; h.mu is held.
func (h *Host) depart(t *Thread) {
	t.living = false
	h.alive--
	key := t.env.key()
	if h.living[key]--; h.living[key] == 0 {
		delete(h.living, key)
	}
	if h.Stopping() && h.alive == 0 {
		close(h.drained)
	}
}

// abandoned takes note of a thread that does not end.
func (h *Host) abandoned(t *Thread) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.living {
		h.depart(t)
		h.count.abandoned.Add(1)
	}
}

// remove lets go of a thread that has ended.
func (h *Host) remove(t *Thread) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.unwatch != nil {
		t.unwatch()
	}
	delete(h.threads, t.id)
	if t.living {
		h.depart(t)
	}
}

// list returns all threads, in the order of their numbers.
func (h *Host) list() []*Thread {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.SortedFunc(maps.Values(h.threads), func(a, b *Thread) int { return cmp.Compare(a.id, b.id) })
}

// Threads describes all threads, in the order of their numbers.
func (h *Host) Threads() []Info {
	threads := h.list()
	infos := make([]Info, len(threads))
	for i, t := range threads {
		infos[i] = t.Info()
	}
	return infos
}

// Thread returns the thread with the number; false if there is none.
func (h *Host) Thread(id int64) (*Thread, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.threads[id]
	return t, ok
}

// Kill ends the thread with the number. The error is ErrNoThread if there is none.
func (h *Host) Kill(id int64, reason error) error {
	t, ok := h.Thread(id)
	if !ok {
		return ErrNoThread
	}
	t.Kill(reason)
	return nil
}

// Stopping tells whether Shutdown was called.
func (h *Host) Stopping() bool {
	select {
	case <-h.stopping:
		return true
	default:
		return false
	}
}

// Shutdown begins no more threads, ends those that run nothing, and waits for the others
// until ctx ends. Then it ends them; they have the grace of the Options to do so. The
// error names the threads that are left, which were abandoned; nil if there are none.
// Threads that wait, as in Sleep, go on with what comes after it, unless ctx has ended
// already: then nothing more of them runs. Later calls wait for the end of the first.
func (h *Host) Shutdown(ctx context.Context) error {
	if ctx.Err() != nil {
		h.endAll()
	}
	h.stop()
	h.closeSmart()
	h.closePools(ctx)
	for _, t := range h.list() {
		t.retire()
	}
	select {
	case <-h.drained:
	case <-ctx.Done():
		h.endAll()
		<-h.drained
	}
	return h.left()
}

// stop has no more threads begin.
func (h *Host) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.Stopping() {
		close(h.stopping)
		if h.alive == 0 {
			close(h.drained)
		}
	}
}

// endAll kills all threads; those that do not end are abandoned in time.
func (h *Host) endAll() {
	threads := h.list()
	if len(threads) == 0 {
		return
	}
	h.o.Log.Info("threads that still run are ended: the server goes down", zap.Int("threads", len(threads)))
	for _, t := range threads {
		t.Kill(ErrStopping)
	}
}

// left returns an error that names the threads that there are.
func (h *Host) left() error {
	var names []string
	for _, i := range h.Threads() {
		names = append(names, fmt.Sprintf("%d (%s in %s)", i.ID, i.Function, i.Environment))
	}
	if len(names) == 0 {
		return nil
	}
	const most = 10
	more := ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Errorf("threads that did not end: %s%s", strings.Join(names, ", "), more)
}
