package rpc

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// Calls and sessions run, time out, are interrupted, cancelled and killed at random, last
// while the server goes down. Each call of a session is answered once and in its order, and
// nothing is left.
func TestCallsAtRandom(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	s := newSite(t, program, nil)
	s.change(func(set *Settings) { set.Timeout = 30 * time.Millisecond })
	end := time.Now().Add(time.Second)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for time.Now().Before(end) {
				s.callAtRandom()
				s.talkAtRandom()
			}
		})
	}
	all.Go(func() {
		for time.Now().Before(end) {
			s.killAtRandom()
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		}
		close(s.draining)
		if err := s.host.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v", err)
		}
	})
	all.Wait()
	s.eventually("without sessions", func() bool { return len(s.server.Sessions()) == 0 })
	if f := s.host.Figures(); len(s.host.Threads()) != 0 || f.Computing != 0 || f.Waiting != 0 || f.Panics != 0 {
		t.Errorf("at the end there are %d threads and %+v; want nothing", len(s.host.Threads()), f)
	}
}

// killAtRandom ends some threads.
func (s *site) killAtRandom() {
	for _, one := range s.server.Sessions() {
		if rand.IntN(30) == 0 {
			s.server.Kill(one.Thread)
		}
	}
	for _, i := range s.host.Threads() {
		if rand.IntN(30) == 0 {
			_ = s.host.Kill(i.ID, nil)
		}
	}
}

// functionsAtRandom are functions of the program with the codes that their calls may end with
// if nobody does anything to them.
var functionsAtRandom = []struct {
	name  string
	codes []codes.Code
}{
	{"U_ECHO", []codes.Code{codes.OK}},
	{"U_ECHO", []codes.Code{codes.OK}},
	{"U_FOREVER", nil},
	{"U_FAIL", []codes.Code{codes.Unknown}},
	{"U_LEAVE", []codes.Code{codes.Aborted}},
	{"U_NOWHERE", []codes.Code{codes.NotFound}},
}

// disturbed are the codes of calls that something is done to.
var disturbed = []codes.Code{codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.Unavailable}

// outcome demands that a call of function i of functionsAtRandom may end so.
func (s *site) outcome(i int, code codes.Code, message string) {
	f := functionsAtRandom[i]
	if !slices.Contains(f.codes, code) && !slices.Contains(disturbed, code) {
		s.t.Errorf("%s ended with %v (%s); want %v, or one of %v", f.name, code, message, f.codes, disturbed)
	}
}

// contextAtRandom ends soon or not at all.
func (s *site) contextAtRandom() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.ctx())
	if rand.IntN(2) == 0 {
		timer := time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
	return ctx, cancel
}

func (s *site) callAtRandom() {
	ctx, cancel := s.contextAtRandom()
	defer cancel()
	if rand.IntN(3) == 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(rand.IntN(20))*time.Millisecond)
		defer stop()
	}
	i := rand.IntN(len(functionsAtRandom))
	_, err := s.client.Call(ctx, &rpcv1.CallRequest{Function: functionsAtRandom[i].name, Arguments: []*rpcv1.Value{num(1)}})
	s.outcome(i, status.Code(err), status.Convert(err).Message())
}

// talk is a session whose calls, of functionsAtRandom, have the numbers from 1 on.
type talk struct {
	*site
	stream grpc.BidiStreamingClient[rpcv1.SessionRequest, rpcv1.SessionResponse]
	calls  []int
}

func (s *site) talkAtRandom() {
	ctx, cancel := s.contextAtRandom()
	defer cancel()
	stream, err := s.client.Session(ctx)
	if err != nil {
		return // its context has ended already
	}
	one := talk{s, stream, make([]int, rand.IntN(12))}
	for i := range one.calls {
		one.calls[i] = rand.IntN(len(functionsAtRandom))
	}
	var sent sync.WaitGroup
	sent.Go(one.send)
	one.receive()
	sent.Wait()
}

// send sends the calls, and interrupts some; what fails has ended, which receive sees.
func (one *talk) send() {
	_ = one.stream.Send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Open{Open: &rpcv1.Open{}}})
	for i, f := range one.calls {
		id := uint64(i + 1)
		_ = one.stream.Send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{
			Id: id, Function: functionsAtRandom[f].name, Arguments: []*rpcv1.Value{num(float64(id))}, TimeoutMs: rand.Uint32N(20),
		}}})
		if rand.IntN(4) == 0 {
			_ = one.stream.Send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Interrupt{Interrupt: &rpcv1.Interrupt{Id: 1 + rand.Uint64N(id)}}})
		}
	}
	_ = one.stream.CloseSend()
}

// receive demands one answer to each call, in their order, until the session ends; if that is
// well, to all of them.
func (one *talk) receive() {
	next := 1
	for {
		m, err := one.stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			if next <= len(one.calls) {
				one.t.Errorf("the session has ended well, and call %d of %d was not answered", next, len(one.calls))
			}
			return
		case err != nil:
			if code := status.Code(err); !slices.Contains(disturbed, code) {
				one.t.Errorf("the session ended with %v", err)
			}
			return
		case m.GetOpened() == nil:
			one.answered(next, m)
			next++
		}
	}
}

// answered demands that m is an answer to the call.
func (one *talk) answered(id int, m *rpcv1.SessionResponse) {
	if id > len(one.calls) {
		one.t.Errorf("there is an answer too many: %v", m)
		return
	}
	f := functionsAtRandom[one.calls[id-1]]
	result, failure := m.GetResult(), m.GetFailure()
	if max(result.GetId(), failure.GetId()) != uint64(id) || result != nil && result.Result.GetNumber() != float64(id) {
		one.t.Errorf("the answer to call %d, %s: %v", id, f.name, m)
	}
	one.outcome(one.calls[id-1], codes.Code(failure.GetCode()), failure.GetMessage())
}
