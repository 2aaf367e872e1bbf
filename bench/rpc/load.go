package main

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// argument is what goes there and back: 1 KB.
var argument = []*rpcv1.Value{{Kind: &rpcv1.Value_Cp1252{Cp1252: bytes.Repeat([]byte("x"), 1024)}}}

var errWrong = errors.New("the answer is not what was sent")

func right(v *rpcv1.Value) error {
	if !bytes.Equal(v.GetCp1252(), argument[0].GetCp1252()) {
		return errWrong
	}
	return nil
}

// unaryCaller calls anew each time.
func unaryCaller(ctx context.Context, cc *grpc.ClientConn) (func() error, error) {
	client := rpcv1.NewRPCClient(cc)
	return func() error {
		m, err := client.Call(ctx, &rpcv1.CallRequest{Function: "U_Echo", Arguments: argument})
		if err != nil {
			return err
		}
		return right(m.Result)
	}, nil
}

// sessionCaller opens a session and calls in it.
func sessionCaller(ctx context.Context, cc *grpc.ClientConn) (func() error, error) {
	stream, err := rpcv1.NewRPCClient(cc).Session(ctx)
	if err != nil {
		return nil, err
	}
	open := &rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Open{Open: &rpcv1.Open{}}}
	if err := stream.Send(open); err != nil {
		return nil, err
	}
	if _, err := stream.Recv(); err != nil {
		return nil, err
	}
	id := uint64(0)
	return func() error {
		id++
		call := &rpcv1.SessionCall{Id: id, Function: "U_Echo", Arguments: argument}
		if err := stream.Send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: call}}); err != nil {
			return err
		}
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		return right(m.GetResult().GetResult())
	}, nil
}

// figure is what one measurement finds.
type figure struct {
	rate float64 // calls a second
	cost float64 // seconds of the server's processor time for a call
}

// measure has all callers call for the time of a measurement, after a tenth of it that
// does not count.
func (b *bench) measure(s *server, newCaller func(context.Context, *grpc.ClientConn) (func() error, error)) (figure, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var calls atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	failed := make(chan error, b.callers)
	for i := range b.callers {
		call, err := newCaller(ctx, s.conns[i%connections])
		if err != nil {
			return figure{}, err
		}
		all.Go(func() {
			for !stop.Load() {
				if err := call(); err != nil {
					failed <- err
					return
				}
				calls.Add(1)
			}
		})
	}
	time.Sleep(b.time / 10)
	began, before := time.Now(), calls.Load()
	used, err := s.ProcessorTime()
	time.Sleep(b.time)
	n, took := float64(calls.Load()-before), time.Since(began).Seconds()
	usedNow, errNow := s.ProcessorTime()
	stop.Store(true)
	all.Wait()
	close(failed)
	if err := errors.Join(err, errNow, <-failed); err != nil {
		return figure{}, err
	}
	return figure{rate: n / took, cost: (usedNow - used).Seconds() / n}, nil
}
