package rpc

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
)

// conversation is a session of a test.
type conversation struct {
	*site
	stream grpc.BidiStreamingClient[rpcv1.SessionRequest, rpcv1.SessionResponse]
	thread int64
}

// open opens a session that ends with ctx.
func (s *site) open(ctx context.Context) *conversation {
	s.t.Helper()
	stream, err := s.client.Session(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &conversation{site: s, stream: stream}
	c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Open{Open: &rpcv1.Open{Strings: rpcv1.Strings_STRINGS_UTF8}}})
	m, err := stream.Recv()
	if err != nil {
		s.t.Fatal(err)
	}
	c.thread = m.GetOpened().GetThread()
	if m.GetOpened().GetEnvironment() != "ENV" || c.thread == 0 {
		s.t.Fatalf("Recv() = %v; want opened in ENV", m)
	}
	return c
}

func (c *conversation) send(m *rpcv1.SessionRequest) {
	c.t.Helper()
	if err := c.stream.Send(m); err != nil {
		c.t.Fatal(err)
	}
}

func (c *conversation) sendCall(id uint64, function string, args ...*rpcv1.Value) {
	c.t.Helper()
	c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{Id: id, Function: function, Arguments: args}}})
}

func (c *conversation) interrupt(id uint64) {
	c.t.Helper()
	c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Interrupt{Interrupt: &rpcv1.Interrupt{Id: id}}})
}

// wantResult demands the result of the call as the next answer.
func (c *conversation) wantResult(id uint64, want *rpcv1.Value) {
	c.t.Helper()
	m, err := c.stream.Recv()
	if r := m.GetResult(); err != nil || r.GetId() != id || !proto.Equal(r.GetResult(), want) {
		c.t.Fatalf("Recv() = %v, %v; want the result %v of call %d", m, err, want, id)
	}
}

// wantFailure demands the failure of the call as the next answer.
func (c *conversation) wantFailure(id uint64, want codes.Code) *rpcv1.Failure {
	c.t.Helper()
	m, err := c.stream.Recv()
	if f := m.GetFailure(); err != nil || f.GetId() != id || codes.Code(f.GetCode()) != want {
		c.t.Fatalf("Recv() = %v, %v; want the failure %v of call %d", m, err, want, id)
	}
	return m.GetFailure()
}

// wantEnd demands the end of the session, and that its thread is gone soon.
func (c *conversation) wantEnd(want codes.Code) {
	c.t.Helper()
	m, err := c.stream.Recv()
	if errors.Is(err, io.EOF) {
		err = nil
	} else if err == nil {
		c.t.Fatalf("Recv() = %v; want the end", m)
	}
	if status.Code(err) != want {
		c.t.Errorf("the session ended with %v; want %v", err, want)
	}
	c.eventually("without thread", func() bool { return len(c.host.Threads()) == 0 && len(c.server.Sessions()) == 0 })
}

func TestSessionKeepsState(t *testing.T) {
	s := newSite(t, program, nil)
	c := s.open(s.ctx())
	for i := range uint64(3) {
		c.sendCall(i+1, "U_COUNT")
		c.wantResult(i+1, num(float64(i+1)))
	}
	c.sendCall(10, "U_FAIL")
	if f := c.wantFailure(10, codes.Unknown); f.Error.GetGenCode() != vm.GenBound || len(f.Error.Stack) == 0 {
		t.Errorf("failure = %v; want the error of the program", f)
	}
	c.sendCall(11, "U_NOWHERE")
	c.wantFailure(11, codes.NotFound)
	c.sendCall(12, "MemoWrite")
	c.wantFailure(12, codes.PermissionDenied)
	c.sendCall(13, "RpcSetType", num(3))
	c.wantResult(13, &rpcv1.Value{})
	c.sendCall(14, "U_COUNT")
	c.wantResult(14, num(4))
	if list := s.server.Sessions(); len(list) != 1 || list[0].Thread != c.thread || list[0].User != "tester" || list[0].Calls != 8 {
		t.Errorf("Sessions() = %+v; want this one with 8 calls", list)
	}
	c.stream.CloseSend()
	c.wantEnd(codes.OK)
}

func TestSessionReferences(t *testing.T) {
	s := newSite(t, program, nil)
	c := s.open(s.ctx())
	c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{
		Id: 1, Function: "U_TWICE", Arguments: []*rpcv1.Value{num(4), str("x")}, References: []uint32{0, 1},
	}}})
	m, err := c.stream.Recv()
	if r := m.GetResult(); err != nil || len(r.GetReferences()) != 2 || r.References[0].GetNumber() != 8 || r.References[1].GetUtf8() != "x!" {
		t.Errorf("Recv() = %v, %v; want 8 and x! back", m, err)
	}
}

func TestInterrupt(t *testing.T) {
	s := newSite(t, program, nil)
	c := s.open(s.ctx())
	c.interrupt(1) // of nothing: no answer
	c.sendCall(1, "U_FOREVER")
	s.eventually("running", func() bool { return s.server.Sessions()[0].Function == "U_FOREVER" && s.host.Threads()[0].Steps > 0 })
	c.interrupt(99)
	c.interrupt(1)
	c.wantFailure(1, codes.Canceled)
	c.interrupt(1)
	c.sendCall(2, "U_ECHO", num(1)) // in the thread, which was not abandoned
	c.wantResult(2, num(1))
	if list := s.logs.All(); len(list) != 0 {
		t.Errorf("the log has %v; want nothing: the client wanted it so", list)
	}
}

// A call ends for the first reason that there is, and ends no other one.
func TestReasons(t *testing.T) {
	s := newSite(t, program, nil)
	thread, err := s.host.Open(t.Context(), host.Call{Env: "ENV", Kind: host.RPC})
	if err != nil {
		t.Fatal(err)
	}
	one := &serverSession{thread: thread}
	runs, waits := &sessionCall{in: one}, &sessionCall{in: one}
	one.running = runs
	done := make(chan error, 1)
	go func() {
		_, err := thread.Do(runs.ended, "U_FOREVER")
		done <- err
	}()
	s.eventually("running", func() bool { return s.host.Threads()[0].Steps > 0 })
	one.end(waits, errInterrupted)
	one.end(waits, host.ErrTimeout)
	one.end(runs, host.ErrTimeout)
	one.end(runs, errInterrupted)
	if err := <-done; !errors.Is(err, host.ErrTimeout) || !errors.Is(runs.ended(), host.ErrTimeout) {
		t.Errorf("the call that runs has ended with %v, because %v; want %v", err, runs.ended(), host.ErrTimeout)
	}
	if err := waits.ended(); !errors.Is(err, errInterrupted) {
		t.Errorf("the call that waits has to end because %v; want %v", err, errInterrupted)
	}
}

// A call ends too while the function for checks is asked about it.
func TestInterruptedOnCall(t *testing.T) {
	s := newSite(t, program, nil)
	s.change(func(set *Settings) { set.OnCall = "U_FOREVER" })
	c := s.open(s.ctx())
	c.sendCall(1, "U_ECHO")
	s.eventually("asked", func() bool { return s.host.Threads()[0].Function == "U_FOREVER" && s.host.Threads()[0].Steps > 0 })
	c.interrupt(1)
	c.wantFailure(1, codes.Canceled)
	s.change(func(set *Settings) { set.OnCall = "" })
	c.sendCall(2, "U_COUNT")
	c.wantResult(2, num(1))
}

// TestCallsAhead sends more calls than may wait, and interrupts one that waits.
func TestCallsAhead(t *testing.T) {
	s := newSite(t, program, nil)
	c := s.open(s.ctx())
	const last = 5 * callsAhead
	c.sendCall(1, "U_FOREVER")
	c.sendCall(2, "U_COUNT")
	c.interrupt(2)
	c.interrupt(1)
	for id := range uint64(last - 2) {
		c.sendCall(id+3, "U_COUNT")
	}
	c.stream.CloseSend()
	c.wantFailure(1, codes.Canceled)
	c.wantFailure(2, codes.Canceled)
	for id := range uint64(last - 2) {
		c.wantResult(id+3, num(float64(id+1)))
	}
	c.wantEnd(codes.OK)
}

func TestSessionTimeout(t *testing.T) {
	s := newSite(t, program, nil)
	c := s.open(s.ctx())
	c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{Id: 1, Function: "U_FOREVER", TimeoutMs: 30}}})
	c.wantFailure(1, codes.DeadlineExceeded)
	c.sendCall(2, "U_COUNT")
	c.wantResult(2, num(1))
	if list := s.logs.All(); len(list) != 1 || list[0].Level != zap.WarnLevel || list[0].ContextMap()["stack"] == nil {
		t.Errorf("the log has %v; want a warning with the report", list)
	}
}

func TestSessionEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *conversation, cancel context.CancelFunc)
		want codes.Code
	}{
		{"half-closed while idle", func(c *conversation, _ context.CancelFunc) { c.stream.CloseSend() }, codes.OK},
		{"cancelled while idle", func(_ *conversation, cancel context.CancelFunc) { cancel() }, codes.Canceled},
		{"cancelled while a call runs", func(c *conversation, cancel context.CancelFunc) {
			c.sendCall(1, "U_FOREVER")
			c.eventually("running", func() bool { return c.server.Sessions()[0].Function != "" })
			cancel()
		}, codes.Canceled},
		{"killed while idle", func(c *conversation, _ context.CancelFunc) {
			if !c.server.Kill(c.thread) || c.server.Kill(-1) {
				c.t.Error("Kill() does not tell whether there is a session")
			}
		}, codes.Aborted},
		{"killed while a call runs", func(c *conversation, _ context.CancelFunc) {
			c.sendCall(1, "U_FOREVER")
			c.eventually("running", func() bool { return c.server.Sessions()[0].Function != "" })
			c.server.Kill(c.thread)
			c.wantFailure(1, codes.Aborted)
		}, codes.Aborted},
		{"the program quits", func(c *conversation, _ context.CancelFunc) {
			c.sendCall(1, "U_LEAVE")
			c.wantFailure(1, codes.Aborted)
			c.stream.CloseSend()
		}, codes.OK},
		{"going down", func(c *conversation, _ context.CancelFunc) { close(c.draining) }, codes.Unavailable},
		{"numbers go back while a call runs", func(c *conversation, _ context.CancelFunc) {
			c.sendCall(2, "U_FOREVER")
			c.sendCall(1, "U_COUNT")
			c.wantFailure(2, codes.InvalidArgument)
		}, codes.InvalidArgument},
		{"numbers go back", func(c *conversation, _ context.CancelFunc) {
			c.sendCall(2, "U_COUNT")
			c.wantResult(2, num(1))
			c.sendCall(2, "U_COUNT")
		}, codes.InvalidArgument},
		{"opened twice", func(c *conversation, _ context.CancelFunc) {
			c.send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Open{Open: &rpcv1.Open{}}})
		}, codes.InvalidArgument},
		{"empty message", func(c *conversation, _ context.CancelFunc) { c.send(&rpcv1.SessionRequest{}) }, codes.InvalidArgument},
		{"closed meanwhile", func(c *conversation, _ context.CancelFunc) {
			c.change(func(set *Settings) { set.Enable = false })
			c.sendCall(1, "U_COUNT")
		}, codes.PermissionDenied},
		{"credentials no longer count", func(c *conversation, _ context.CancelFunc) {
			c.change(func(set *Settings) { set.Methods = []auth.Method{auth.MTLS} })
			c.sendCall(1, "U_COUNT")
		}, codes.Unauthenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, program, nil)
			ctx, cancel := context.WithCancel(s.ctx())
			defer cancel()
			c := s.open(ctx)
			tt.end(c, cancel)
			c.wantEnd(tt.want)
		})
	}
}

// TestDrainingLetsCallsFinish demands that a call that runs is answered.
func TestDrainingLetsCallsFinish(t *testing.T) {
	s := newSite(t, program+`
User Function Slow()
	Local nTurns := 0
	While nTurns < 5000000
		nTurns++
	EndDo
Return "done"
`, nil)
	c := s.open(s.ctx())
	c.sendCall(1, "U_SLOW")
	s.eventually("running", func() bool { return s.server.Sessions()[0].Function == "U_SLOW" })
	close(s.draining)
	c.stream.CloseSend()
	c.wantResult(1, str("done"))
}

// TestAbandonedCallIsAnswered demands that a call that does not end is answered and counted
// once, and that its session ends.
func TestAbandonedCallIsAnswered(t *testing.T) {
	s := newSite(t, program+`
User Function Sticks()
Return Stuck()
`, nil)
	c := s.open(s.ctx())
	c.sendCall(1, "U_STICKS")
	c.sendCall(2, "U_COUNT")
	s.eventually("running", func() bool { return s.server.Sessions()[0].Function == "U_STICKS" })
	c.interrupt(1)
	c.wantFailure(1, codes.Canceled)
	c.wantEnd(codes.Canceled)
	if ended := s.noted(&s.ended); len(ended) != 1 || ended[0] != "Session.Call Canceled" {
		t.Errorf("counted: %q; want the call that was given up", ended)
	}
	s.eventually("ended", func() bool { return len(s.server.Sessions()) == 0 })
}

func TestInactiveSessionEnds(t *testing.T) {
	s := newSite(t, program, func(e *host.Environment) { e.Inactive = 50 * time.Millisecond })
	s.open(s.ctx()).wantEnd(codes.Aborted)
}

func TestSessionMustBeOpened(t *testing.T) {
	s := newSite(t, program, nil)
	for name, m := range map[string]*rpcv1.SessionRequest{
		"call": {Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{Id: 1, Function: "U_COUNT"}}},
		"none": {},
	} {
		stream, err := s.client.Session(s.ctx())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s first: Recv() = %v; want InvalidArgument", name, err)
		}
	}
	stream, err := s.client.Session(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.Unauthenticated {
		t.Errorf("wrong token: Recv() = %v; want Unauthenticated", err)
	}
}
