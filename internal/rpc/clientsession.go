package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// A Session is a thread at another server, whose statics and publics stay from one call
// to the next. One goroutine at a time may use it.
type Session struct {
	peer    Peer
	limit   int // of a message, in bytes
	cc      *grpc.ClientConn
	stream  grpc.BidiStreamingClient[rpcv1.SessionRequest, rpcv1.SessionResponse]
	end     context.CancelFunc // of the stream
	cutting <-chan struct{}    // closed by end

	answers chan *rpcv1.SessionResponse
	done    chan struct{} // closed when no answer comes any more
	err     error         // why; set before done is closed

	last    uint64 // number of the last call
	pending uint64 // of the call whose answer is to come, or 0
	closed  bool
}

// Errors of calls, to be told with errors.Is.
var (
	ErrCallTimeout = errors.New("the answer did not come in time")
	ErrClosed      = errors.New("the connection is closed")
)

const (
	// closeWait is how long the server has to end a session that was closed.
	closeWait = time.Second
	// interruptWait is how long it has to take the message that a call is to end.
	interruptWait = 50 * time.Millisecond
	// settleWait is how long a call waits for the end of one that was given up.
	settleWait = 5 * time.Second
)

// Peer returns where the session is.
func (s *Session) Peer() Peer { return s.peer }

// receive takes answers from the stream until its end.
func (s *Session) receive() {
	defer close(s.done)
	for {
		answer, err := s.stream.Recv()
		if err != nil {
			s.err = err
			return
		}
		select {
		case s.answers <- answer:
		case <-s.cutting:
			s.err = context.Canceled
			return
		}
	}
}

// Do makes a call and waits for its answer: at most for the timeout, if it is not 0, and
// until ctx ends. In both cases the call at the server is told to end, and the session
// can be used further; the error is then ErrCallTimeout or that of ctx. Else it is a
// *RemoteError if the server refused the call or the program failed, or a *ConnectError
// if the session is over.
func (s *Session) Do(ctx context.Context, c *Request, timeout time.Duration) (*Answer, error) {
	expiry, cancel := within(ctx, timeout)
	defer cancel()
	if size := c.Size(); size > s.limit {
		return nil, fmt.Errorf("the arguments take %d bytes, and [RPC] MaxMessageSize allows %d", size, s.limit)
	}
	if err := s.settle(expiry); err != nil {
		return nil, err
	}
	s.last++
	call := c.message(s.last, timeout)
	if err := s.send(expiry, &rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: call}}); err != nil {
		return nil, err
	}
	answer, err := s.await(expiry, s.last)
	if s.pending != 0 && !s.Over() {
		s.interrupt()
	}
	return answer, err
}

// within is ctx with a timeout, if that is not 0.
func within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, ErrCallTimeout)
}

// settle waits for the answer to a call that was given up.
func (s *Session) settle(ctx context.Context) error {
	if s.pending == 0 {
		return nil
	}
	wait, cancel := context.WithTimeoutCause(ctx, settleWait, ErrCallTimeout)
	defer cancel()
	_, err := s.await(wait, s.pending)
	if s.pending == 0 {
		return nil
	}
	return err
}

// send sends a message. If ctx ends before the server takes it the session is cut.
func (s *Session) send(ctx context.Context, m *rpcv1.SessionRequest) error {
	stop := context.AfterFunc(ctx, s.end)
	err := s.stream.Send(m)
	if !stop() && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return s.ended()
	}
	return nil
}

// await waits for the answer to the call with the number. A server that answers anything
// else cannot be understood any more.
func (s *Session) await(ctx context.Context, id uint64) (*Answer, error) {
	s.pending = id
	m, err := s.next(ctx)
	if err != nil {
		return nil, err
	}
	answer, err, ok := answerTo(m, id)
	if !ok {
		s.end()
		return nil, s.peer.fail("it answered something else than the call: the connection is closed")
	}
	s.pending = 0
	return answer, err
}

// next waits for the next answer.
func (s *Session) next(ctx context.Context) (*rpcv1.SessionResponse, error) {
	select {
	case m := <-s.answers:
		return m, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.done:
	}
	select {
	case m := <-s.answers: // it came before the end
		return m, nil
	default:
		return nil, s.ended()
	}
}

// Over tells whether the session has ended.
func (s *Session) Over() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// ended is the error of a session that is over, which it may be about to be.
func (s *Session) ended() error {
	s.drain()
	if s.closed || errors.Is(s.err, io.EOF) {
		return s.peer.fail("%w", ErrClosed)
	}
	return s.peer.broken(s.err)
}

// drain waits until no answer comes any more: there are none that anybody waits for.
func (s *Session) drain() {
	for {
		select {
		case <-s.answers:
		case <-s.done:
			return
		}
	}
}

// interrupt tells the server to end the last call.
func (s *Session) interrupt() {
	ctx, cancel := context.WithTimeout(context.Background(), interruptWait)
	defer cancel()
	s.send(ctx, &rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Interrupt{Interrupt: &rpcv1.Interrupt{Id: s.last}}})
}

// Close ends the session, and what runs for it at the server. It returns at once; calls
// after the first do nothing.
func (s *Session) Close() {
	if s.closed {
		return
	}
	s.closed = true
	s.stream.CloseSend()
	go func() {
		select {
		case <-s.done:
		case <-time.After(closeWait):
		}
		s.cut()
	}()
}

// cut closes the connection.
func (s *Session) cut() {
	s.end()
	s.cc.Close()
}
