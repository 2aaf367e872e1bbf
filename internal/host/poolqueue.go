package host

import (
	"cmp"
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"appserver/internal/advpl/vm"
)

// task is a call on its way through a pool.
type task struct {
	ctx  context.Context
	call Call

	// Guarded by the pool.
	at     *list.Element // in the queue, or nil
	worker *worker       // that has it, or had it last
	late   error         // why nobody waits for it in the queue any more

	news  chan struct{} // says that the task is done, or back in the queue; has room for one
	done  atomic.Bool   // value and err are there
	value vm.Value
	err   error
}

func newTask(ctx context.Context, call Call) *task {
	return &task{ctx: ctx, call: call, news: make(chan struct{}, 1)}
}

func (t *task) finish(v vm.Value, err error) {
	t.value, t.err = v, err
	t.done.Store(true)
	t.tell()
}

// ended returns why nobody waits for t any more, or nil.
func (t *task) ended() error {
	if t.ctx.Err() == nil {
		return nil
	}
	return context.Cause(t.ctx)
}

// tell has whoever waits for t look at it.
func (t *task) tell() {
	select {
	case t.news <- struct{}{}:
	default: // it has not looked yet since the last time
	}
}

// wait waits until t, which a worker has, is done. If its caller goes away it is interrupted.
func (t *task) wait(thread *Thread) {
	gone := t.ctx.Done()
	for !t.done.Load() {
		select {
		case <-t.news:
		case <-gone:
			gone = nil
			thread.interruptCall(&t.call, context.Cause(t.ctx))
		}
	}
}

// submit gives t to a worker or puts it into the queue; queued tells which.
func (p *Pool) submit(t *task) (queued bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return false, ErrPoolClosed
	case p.o.IPC != "":
		return false, fmt.Errorf("pool %s gets its work by IPC", p.o.Name)
	}
	t.call.Env, t.call.Owned, t.call.Kind = p.o.Env, true, cmp.Or(t.call.Kind, p.o.Kind)
	if p.gen != p.host.Generation() {
		p.renewNow()
	}
	t.at = p.queue.PushBack(t)
	p.dispatch()
	if t.at == nil || p.queue.Len() <= p.o.Queue || p.useOld() {
		return t.at != nil, nil
	}
	p.unqueue(t)
	p.figures.Refused++
	return false, p.refusal(ErrQueueFull)
}

// useOld has a worker with programs before take what has waited for longest, if there
// is one.
func (p *Pool) useOld() bool {
	w := pop(&p.old)
	if w == nil {
		return false
	}
	p.hand(w)
	return true
}

// await waits until t is done, or, as long as it is queued, need not be done any more.
func (p *Pool) await(t *task, queued bool) error {
	if !queued {
		select {
		case <-t.news:
		case <-t.ctx.Done():
			return p.withdraw(t, context.Cause(t.ctx))
		}
	}
	if t.done.Load() {
		return nil
	}
	wait, reason := p.patience(t)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for !t.done.Load() {
		select {
		case <-t.news:
		case <-t.ctx.Done():
			return p.withdraw(t, context.Cause(t.ctx))
		case <-timer.C:
			return p.withdraw(t, reason)
		}
	}
	return nil
}

// patience returns how long t may wait in the queue, and the error if that is over.
func (p *Pool) patience(t *task) (time.Duration, error) {
	if until := t.call.Until; !until.IsZero() {
		if left := time.Until(until); left < p.o.Wait {
			return left, ErrTimeout
		}
	}
	return p.o.Wait, ErrQueueTime
}

// withdraw takes t out of the queue and returns reason; if t is not in the queue any more
// it waits until t is done.
func (p *Pool) withdraw(t *task, reason error) error {
	p.mu.Lock()
	if t.at != nil {
		defer p.mu.Unlock()
		p.unqueue(t)
		p.figures.Refused++
		if reason == ErrQueueTime {
			return p.refusal(reason)
		}
		return reason
	}
	t.late = reason
	w := t.worker
	p.mu.Unlock()
	if w != nil { // else the pool has ended, and t with it
		t.wait(w.thread)
	}
	return nil
}

// refusal is reason, with why there are no workers if there are none.
func (p *Pool) refusal(reason error) error {
	if p.starts.failed == 0 {
		return fmt.Errorf("%w: pool %s", reason, p.o.Name)
	}
	return fmt.Errorf("%w: pool %s: a worker could not begin: %s", reason, p.o.Name, p.figures.LastError)
}

// unqueue takes t out of the queue.
func (p *Pool) unqueue(t *task) *task {
	p.queue.Remove(t.at)
	t.at = nil
	return t
}

// dispatch gives calls that wait to workers that are free, and starts workers that are
// wanted. p.mu is held, as for all that follows.
func (p *Pool) dispatch() {
	if p.closed {
		return
	}
	for p.queue.Len() > 0 && p.o.IPC == "" {
		w := pop(&p.free)
		if w == nil && p.oldCount() {
			w = pop(&p.old)
		}
		if w == nil {
			break
		}
		p.hand(w)
	}
	p.fill()
	if p.starting == 0 && !p.waits() {
		p.retireAll(p.old) // nothing is to come in their place
		p.old = nil
	}
}

// oldCount reports whether workers with programs before are to work: those with the
// programs in force are long in coming, or do not come.
func (p *Pool) oldCount() bool {
	return p.starts.failed > 0 || time.Since(p.renewed) >= p.grace()
}

// grace is how long new workers are waited for after new programs.
func (p *Pool) grace() time.Duration { return min(renewGrace, p.o.Wait/2) }

// hand gives what has waited for longest to w, which is among the free no more.
func (p *Pool) hand(w *worker) {
	w.stopIdle()
	t := p.unqueue(p.queue.Front().Value.(*task))
	t.worker = w
	w.tasks <- t
}

// pop takes the worker that became free last.
func pop(list *[]*worker) *worker {
	n := len(*list)
	if n == 0 {
		return nil
	}
	w := (*list)[n-1]
	(*list)[n-1] = nil
	*list = (*list)[:n-1]
	return w
}

// fill starts the workers that are wanted.
func (p *Pool) fill() {
	if p.waits() {
		p.retryLater()
		return
	}
	for range p.wanted() {
		p.spawn()
	}
}

// wanted returns how many workers to start: one for a try if none could begin the last time.
func (p *Pool) wanted() int {
	there := p.total - len(p.old)
	short := max(p.o.Min-there, 0)
	if len(p.free)+p.starting+short < max(p.o.MinFree, min(p.queue.Len(), 1)) {
		short = max(short, p.o.Increment)
	}
	if p.starts.failed > 0 {
		short = min(short, 1-p.starting)
	}
	return max(min(short, p.o.Max-there), 0)
}

// take removes w from the free workers; false if it is not among them.
func (p *Pool) take(w *worker) bool {
	for _, from := range []*[]*worker{&p.free, &p.old} {
		if i := slices.Index(*from, w); i >= 0 {
			*from = slices.Delete(*from, i, i+1)
			w.stopIdle()
			return true
		}
	}
	return false
}

// retireOld has one of the free workers with programs before end.
func (p *Pool) retireOld() {
	if w := pop(&p.old); w != nil {
		p.retire(w)
	}
}

// retireAll has workers end that are free, and in no list any more.
func (p *Pool) retireAll(workers []*worker) {
	for _, w := range workers {
		p.retire(w)
	}
}

// retire has a worker end that is free, and in no list any more.
func (p *Pool) retire(w *worker) {
	w.stopIdle()
	w.leaving = true
	p.total--
	w.cancel()
	w.tasks <- nil
}

// renew has new workers take the place of those with programs before.
func (p *Pool) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.gen != p.host.Generation() {
		p.renewNow()
		p.dispatch()
	}
}

func (p *Pool) renewNow() {
	p.gen = p.host.Generation()
	p.renewed = time.Now()
	p.starts, p.crashes = backoff{}, backoff{}
	p.old = append(p.old, p.free...)
	p.free = nil
	if len(p.old) > 0 {
		time.AfterFunc(p.grace(), p.again)
	}
}

// again dispatches when time has passed.
func (p *Pool) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dispatch()
}

// retryAt returns the time before which no worker is started.
func (p *Pool) retryAt() time.Time {
	if p.starts.until.After(p.crashes.until) {
		return p.starts.until
	}
	return p.crashes.until
}

// waits reports whether it is too early to start a worker.
func (p *Pool) waits() bool { return time.Now().Before(p.retryAt()) }

// retryLater dispatches when a worker may be started again.
func (p *Pool) retryLater() {
	after := time.Until(p.retryAt())
	if p.retry == nil {
		p.retry = time.AfterFunc(after, p.again)
		return
	}
	p.retry.Reset(after)
}
