package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// callsAhead is how many calls of a session may wait for the one that runs; the server
// receives no more until there is room.
const callsAhead = 8

// openTimeout is how long a client may take for its first message.
const openTimeout = 10 * time.Second

type sessionStream = grpc.BidiStreamingServer[rpcv1.SessionRequest, rpcv1.SessionResponse]

// serverSession is one session: a thread and the stream that it belongs to.
type serverSession struct {
	s       *Server
	stream  sessionStream
	utf8    bool
	thread  *host.Thread
	started time.Time

	rules   *Settings // by which the credentials were checked last
	checked time.Time // when

	left  <-chan struct{}   // closed when the client has left
	calls chan *sessionCall // from receive; closed when the client sends no more
	ended error             // why calls was closed: io.EOF if the client has half-closed

	mu       sync.Mutex
	closing  error          // the status with which the session ends when no call runs, or nil
	last     uint64         // number of the last call
	waiting  []*sessionCall // those that are not answered, also the one that runs, in their order
	running  *sessionCall   // or nil
	answered int64
}

// sessionCall is a call of a session.
type sessionCall struct {
	*rpcv1.SessionCall
	in    *serverSession
	began time.Time
	over  error // why it has to end, or nil; guarded by serverSession.mu
}

// Session implements appserver.rpc.v1.RPC.
func (s *Server) Session(stream sessionStream) error {
	first, err := firstMessage(stream)
	if err != nil {
		return err
	}
	set := s.o.Settings()
	ctx := stream.Context()
	t, err := s.open(ctx, set, first.Environment, "")
	if err != nil {
		return statusError(failure(context.Cause(ctx), err))
	}
	one := &serverSession{
		s: s, stream: stream, utf8: first.Strings == rpcv1.Strings_STRINGS_UTF8, thread: t, started: s.o.Now(),
		left: ctx.Done(), calls: make(chan *sessionCall, callsAhead),
	}
	s.enter(one)
	defer s.leave(one)
	opened := &rpcv1.Opened{Thread: t.ID(), Environment: t.Environment()}
	if err := stream.Send(&rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Opened{Opened: opened}}); err != nil {
		return err
	}
	return one.watch(ctx)
}

// watch has the calls run in a goroutine of their own until the session ends. It goes away
// from a call that is abandoned, and answers it.
func (one *serverSession) watch(ctx context.Context) error {
	ended := make(chan error, 1)
	broken := make(chan string, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				broken <- fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
		}()
		ended <- one.serve()
	}()
	go one.receive() // until the stream ends, which it does with the session
	done, draining, left := one.thread.Done(), one.s.draining, one.left
	for {
		var why error
		select {
		case err := <-ended:
			return err
		case p := <-broken:
			panic(p) // is of this session alone
		case <-done:
			if one.thread.Info().State == host.Abandoned {
				return one.giveUp(ctx)
			}
			done, why = nil, one.gone(ctx)
		case <-draining:
			draining, why = nil, status.Error(codes.Unavailable, "the server is going down")
		case <-left:
			left, why = nil, status.FromContextError(ctx.Err()).Err()
		}
		if one.close(why) {
			return why
		}
	}
}

// close has no further call begin, and the session end with the status; it returns whether
// no call runs, so that it can end at once. Only the first status counts.
func (one *serverSession) close(why error) bool {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.closing == nil {
		one.closing = why
	}
	return one.running == nil
}

// giveUp answers the call that was abandoned, and returns the status of the session.
func (one *serverSession) giveUp(ctx context.Context) error {
	gone := one.gone(ctx)
	one.close(gone)
	one.mu.Lock()
	call := one.running
	one.mu.Unlock()
	if call == nil {
		return gone
	}
	m, code := call.failed(one.thread.Ended())
	return one.answer(call, m, code)
}

// firstMessage waits for the opening of a session.
func firstMessage(stream sessionStream) (*rpcv1.Open, error) {
	type received struct {
		m   *rpcv1.SessionRequest
		err error
	}
	got := make(chan received, 1)
	go func() {
		m, err := stream.Recv()
		got <- received{m, err}
	}()
	timer := time.NewTimer(openTimeout)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil, status.Error(codes.DeadlineExceeded, "the session was not opened within 10 seconds")
	case r := <-got:
		if r.err == nil && r.m.GetOpen() == nil {
			r.err = status.Error(codes.InvalidArgument, "the first message of a session must be open")
		}
		return r.m.GetOpen(), r.err
	}
}

func (s *Server) enter(one *serverSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[one.thread.ID()] = one
}

// leave ends the thread of a session that is over.
func (s *Server) leave(one *serverSession) {
	s.mu.Lock()
	delete(s.sessions, one.thread.ID())
	s.mu.Unlock()
	one.thread.Close()
}

// receive takes the client's messages until there are no more, or one is wrong.
func (one *serverSession) receive() {
	for {
		m, err := one.stream.Recv()
		if err == nil {
			err = one.take(m)
		}
		if err != nil {
			one.stop(err)
			return
		}
	}
}

// stop takes no more calls. Unless the client has just half-closed, it ends those that
// there are.
func (one *serverSession) stop(err error) {
	one.ended = err
	close(one.calls)
	if errors.Is(err, io.EOF) {
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	for _, call := range one.waiting {
		one.end(call, err)
	}
}

// take takes one message. The error is a status that ends the session.
func (one *serverSession) take(m *rpcv1.SessionRequest) error {
	switch m := m.Message.(type) {
	case *rpcv1.SessionRequest_Call:
		return one.accept(m.Call)
	case *rpcv1.SessionRequest_Interrupt:
		one.interrupt(m.Interrupt.GetId())
		return nil
	case *rpcv1.SessionRequest_Open:
		return status.Error(codes.InvalidArgument, "the session is open already")
	}
	return status.Error(codes.InvalidArgument, "a message of a session is empty, or of a kind that this server does not know")
}

// accept has the call run after those before it.
func (one *serverSession) accept(m *rpcv1.SessionCall) error {
	call, err := one.note(m)
	if err != nil {
		return err
	}
	select {
	case one.calls <- call:
		return nil
	case <-one.left:
		return status.FromContextError(one.stream.Context().Err()).Err()
	}
}

// note takes down a call that is to be answered. The error is a status.
func (one *serverSession) note(m *rpcv1.SessionCall) (*sessionCall, error) {
	one.mu.Lock()
	defer one.mu.Unlock()
	if m.GetId() <= one.last {
		return nil, status.Errorf(codes.InvalidArgument, "the number (id) of a call is %d after %d: numbers begin with 1 and grow from call to call", m.GetId(), one.last)
	}
	call := &sessionCall{SessionCall: m, in: one}
	one.last = m.GetId()
	one.waiting = append(one.waiting, call)
	return call, nil
}

// interrupt ends the call with the number, if that is not over.
func (one *serverSession) interrupt(id uint64) {
	one.mu.Lock()
	defer one.mu.Unlock()
	for _, call := range one.waiting {
		if call.Id == id {
			one.end(call, errInterrupted)
		}
	}
}

// end has the call end, for the first reason that there is; one.mu is held.
func (one *serverSession) end(call *sessionCall, why error) {
	if call.over == nil {
		call.over = why
	}
	if call == one.running {
		one.thread.Interrupt(call.over)
	}
}

// serve runs the calls that receive takes, in their order, until the session ends.
func (one *serverSession) serve() error {
	for call := range one.calls {
		if err := one.handle(call); err != nil {
			return err
		}
	}
	return one.over()
}

// handle runs one call and answers it. The error is a status that ends the session.
func (one *serverSession) handle(call *sessionCall) error {
	call.began = one.s.o.Now()
	if err := one.enter(call); err != nil {
		return err
	}
	set := one.s.o.Settings()
	if err := one.admit(set, call.began); err != nil {
		return err
	}
	m, code := call.outcome(set)
	return one.answer(call, m, code)
}

// enter makes the call the one that runs, unless the session is to end.
func (one *serverSession) enter(call *sessionCall) error {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.closing == nil {
		one.running = call
	}
	return one.closing
}

// answer answers the call that runs, unless that was done when it was given up. The error is
// the status if the session has to end.
func (one *serverSession) answer(call *sessionCall, m *rpcv1.SessionResponse, code codes.Code) error {
	var err error
	if one.claim(call) {
		one.s.o.Ended(methodSession, code.String(), one.s.o.Now().Sub(call.began))
		err = one.stream.Send(m)
	}
	return cmp.Or(err, one.exit(call))
}

// claim returns whether the call has not been answered, and is answered now.
func (one *serverSession) claim(call *sessionCall) bool {
	one.mu.Lock()
	defer one.mu.Unlock()
	if len(one.waiting) == 0 || one.waiting[0] != call {
		return false
	}
	one.waiting = slices.Delete(one.waiting, 0, 1)
	one.answered++
	return true
}

// exit makes the call one that runs no more. The error is the status if the session is to
// end.
func (one *serverSession) exit(call *sessionCall) error {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.running == call {
		one.running = nil
	}
	return one.closing
}

// recheck is how long the credentials of a session count while the rules stay the same.
const recheck = time.Second

// admit checks again whether the client may call.
func (one *serverSession) admit(set *Settings, now time.Time) error {
	if one.rules == set && now.Sub(one.checked) < recheck {
		return nil
	}
	ctx := one.stream.Context()
	from := callerOf(ctx).from
	if _, r := one.s.identify(ctx, set, rpcv1.RPC_Session_FullMethodName, from); r != nil {
		one.s.refused(r, from)
		return r.status
	}
	one.rules, one.checked = set, now
	return nil
}

// outcome runs the call and returns its answer.
func (c *sessionCall) outcome(set *Settings) (*rpcv1.SessionResponse, codes.Code) {
	if timeout := cmp.Or(time.Duration(c.TimeoutMs)*time.Millisecond, set.Timeout); timeout > 0 {
		defer time.AfterFunc(timeout, c.timedOut).Stop()
	}
	m, err := c.run(set)
	if err == nil {
		return m, codes.OK
	}
	return c.failed(err)
}

func (c *sessionCall) timedOut() {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.end(c, host.ErrTimeout)
}

// failed is the answer to a call that has failed.
func (c *sessionCall) failed(err error) (*rpcv1.SessionResponse, codes.Code) {
	f := failure(cmp.Or(c.ended(), context.Cause(c.in.stream.Context())), err)
	f.Id = c.Id
	return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Failure{Failure: f}}, codes.Code(f.Code)
}

func (c *sessionCall) run(set *Settings) (*rpcv1.SessionResponse, error) {
	s, thread := c.in.s, c.in.thread
	in, err := newInvocation(thread.MemoryLimit(), c.Function, c.Arguments, c.References, c.in.utf8)
	if err != nil {
		return nil, err
	}
	a, err := s.run(c.in.stream.Context(), set, thread, in, c)
	if err != nil {
		return nil, err
	}
	r := &rpcv1.Result{Id: c.Id, Result: a.result, References: a.refs}
	m := &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: r}}
	return m, s.fits(a, m)
}

// ask runs a function in the thread of the session, in this goroutine: watch sees to what
// does not end.
func (c *sessionCall) ask(function string, args ...vm.Value) (vm.Value, error) {
	return c.in.thread.Do(c.ended, function, args...)
}

// call is ask for the function of the call.
func (c *sessionCall) call(function string, args ...vm.Value) (vm.Value, error) {
	v, err := c.ask(function, args...)
	if !errors.Is(err, errInterrupted) { // else all is as the client wants it
		c.in.thread.LogError(err)
	}
	return v, err
}

// ended returns why the call has to end, nil if it need not.
func (c *sessionCall) ended() error {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	return c.over
}

// info describes the session.
func (one *serverSession) info() SessionInfo {
	one.mu.Lock()
	defer one.mu.Unlock()
	i := SessionInfo{
		Thread: one.thread.ID(), User: one.thread.Principal().Name, Machine: one.thread.Machine(),
		Environment: one.thread.Environment(), Started: one.started, Calls: one.answered,
	}
	if one.running != nil {
		i.Function = strings.ToUpper(one.running.Function)
	}
	return i
}

// over is the status of a session whose client sends no more.
func (one *serverSession) over() error {
	if errors.Is(one.ended, io.EOF) {
		return nil
	}
	return one.ended
}

// gone is the status of a session whose thread has ended.
func (one *serverSession) gone(ctx context.Context) error {
	err := one.thread.Ended()
	switch {
	case one.s.o.Host.Stopping():
		err = host.ErrStopping
	case err == nil:
		err = errors.New("the thread of the session has ended")
	}
	f := failure(context.Cause(ctx), err)
	if codes.Code(f.Code) == codes.Unknown {
		f.Code, f.Error = int32(codes.Aborted), nil
	}
	return statusError(f)
}
