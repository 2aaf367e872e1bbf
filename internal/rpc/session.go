package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
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

	calls chan *sessionCall // from receive; closed when the client sends no more
	ended error             // why calls was closed: io.EOF if the client has half-closed

	mu       sync.Mutex
	closing  error                   // the status with which the session ends when no call runs, or nil
	last     uint64                  // number of the last call
	waiting  map[uint64]*sessionCall // those that are not answered, also the one that runs
	running  *sessionCall            // or nil
	answered int64
}

// sessionCall is a call with what ends it.
type sessionCall struct {
	*rpcv1.SessionCall
	ctx    context.Context
	cancel context.CancelCauseFunc
	began  time.Time
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
		return statusError(failure(ctx, err))
	}
	one := &serverSession{
		s: s, stream: stream, utf8: first.Strings == rpcv1.Strings_STRINGS_UTF8, thread: t, started: s.o.Now(),
		calls: make(chan *sessionCall, callsAhead), waiting: make(map[uint64]*sessionCall),
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
	done, draining, left := one.thread.Done(), one.s.draining, ctx.Done()
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
	m, code := one.failed(ctx, call, one.thread.Ended())
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
		call.cancel(err)
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
	case <-call.ctx.Done():
		return status.FromContextError(call.ctx.Err()).Err()
	}
}

// note takes down a call that is to be answered. The error is a status.
func (one *serverSession) note(m *rpcv1.SessionCall) (*sessionCall, error) {
	one.mu.Lock()
	defer one.mu.Unlock()
	if m.GetId() <= one.last {
		return nil, status.Errorf(codes.InvalidArgument, "the number (id) of a call is %d after %d: numbers begin with 1 and grow from call to call", m.GetId(), one.last)
	}
	ctx, cancel := context.WithCancelCause(one.stream.Context())
	call := &sessionCall{SessionCall: m, ctx: ctx, cancel: cancel}
	one.last = m.GetId()
	one.waiting[m.Id] = call
	return call, nil
}

// interrupt ends the call with the number, if that is not over.
func (one *serverSession) interrupt(id uint64) {
	one.mu.Lock()
	defer one.mu.Unlock()
	if call := one.waiting[id]; call != nil {
		call.cancel(errInterrupted)
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
	defer call.cancel(nil)
	call.began = one.s.o.Now()
	if err := one.enter(call); err != nil {
		return err
	}
	set := one.s.o.Settings()
	if err := one.admit(call.ctx, set, call.began); err != nil {
		return err
	}
	m, code := one.outcome(call, set)
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
	_, waits := one.waiting[call.Id]
	delete(one.waiting, call.Id)
	if waits {
		one.answered++
	}
	return waits
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
func (one *serverSession) admit(ctx context.Context, set *Settings, now time.Time) error {
	if one.rules == set && now.Sub(one.checked) < recheck {
		return nil
	}
	from := callerOf(ctx).from
	if _, r := one.s.identify(ctx, set, rpcv1.RPC_Session_FullMethodName, from); r != nil {
		one.s.refused(r, from)
		return r.status
	}
	one.rules, one.checked = set, now
	return nil
}

// outcome runs one call and returns its answer.
func (one *serverSession) outcome(call *sessionCall, set *Settings) (*rpcv1.SessionResponse, codes.Code) {
	ctx := call.ctx
	if timeout := cmp.Or(time.Duration(call.TimeoutMs)*time.Millisecond, set.Timeout); timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
		defer cancel()
	}
	m, err := one.run(ctx, call, set)
	if err == nil {
		return m, codes.OK
	}
	return one.failed(ctx, call, err)
}

// failed is the answer to a call that has failed.
func (one *serverSession) failed(ctx context.Context, call *sessionCall, err error) (*rpcv1.SessionResponse, codes.Code) {
	f := failure(ctx, err)
	f.Id = call.Id
	return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Failure{Failure: f}}, codes.Code(f.Code)
}

func (one *serverSession) run(ctx context.Context, call *sessionCall, set *Settings) (*rpcv1.SessionResponse, error) {
	in, err := newInvocation(one.thread.MemoryLimit(), call.Function, call.Arguments, call.References, one.utf8)
	if err != nil {
		return nil, err
	}
	a, err := one.s.run(ctx, set, one.thread, in, func() (vm.Value, error) { return one.call(ctx, in) })
	if err != nil {
		return nil, err
	}
	r := &rpcv1.Result{Id: call.Id, Result: a.result, References: a.refs}
	m := &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: r}}
	return m, one.s.fits(m)
}

// call calls a function in the thread of the session, in this goroutine: watch sees to what
// does not end.
func (one *serverSession) call(ctx context.Context, in *invocation) (vm.Value, error) {
	v, err := one.thread.Do(ctx, in.name, in.args...)
	one.thread.LogError(err)
	return v, err
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
	f := failure(ctx, err)
	if codes.Code(f.Code) == codes.Unknown {
		f.Code, f.Error = int32(codes.Aborted), nil
	}
	return statusError(f)
}
