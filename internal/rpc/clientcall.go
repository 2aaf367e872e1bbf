package rpc

import (
	"fmt"
	"math"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// A Request is a call, ready to be sent.
type Request struct{ call *rpcv1.SessionCall }

// NewRequest makes a call of the function; references are the positions of arguments that
// are passed by reference, ascending. The error is an *vm.Error that says which argument
// cannot cross.
func NewRequest(function string, args []vm.Value, references []int) (*Request, error) {
	call := &rpcv1.SessionCall{Function: function, Arguments: make([]*rpcv1.Value, len(args))}
	e := encoder{strict: true}
	for i, v := range args {
		encoded, err := e.value(v, 0)
		if err != nil {
			return nil, vm.Errorf(vm.GenArg, function, "argument %d of %s cannot be sent: %w", i+1, function, err)
		}
		call.Arguments[i] = encoded
	}
	for _, i := range references {
		call.References = append(call.References, uint32(i))
	}
	return &Request{call}, nil
}

// Size returns how many bytes the request takes on the wire, about.
func (r *Request) Size() int { return proto.Size(r.call) }

// message completes the call.
func (r *Request) message(id uint64, timeout time.Duration) *rpcv1.SessionCall {
	r.call.Id = id
	r.call.TimeoutMs = uint32(min(max(timeout.Milliseconds(), 0), math.MaxUint32))
	return r.call
}

// An Answer is what a call came to.
type Answer struct{ result *rpcv1.Result }

// Size returns how many bytes the answer took on the wire, about.
func (a *Answer) Size() int { return proto.Size(a.result) }

// Count returns how many values the answer holds.
func (a *Answer) Count() int {
	n := count(a.result.Result)
	for _, r := range a.result.References {
		n += count(r)
	}
	return n
}

func count(m *rpcv1.Value) int {
	n := 1
	for _, e := range m.GetArray().GetElements() {
		n += count(e)
	}
	return n
}

// Values returns what the function returned and the arguments that were passed by
// reference, in their order.
func (a *Answer) Values() (result vm.Value, references []vm.Value, err error) {
	var d decoder
	if result, err = d.value(a.result.Result, 0); err != nil {
		return vm.Value{}, nil, err
	}
	for _, r := range a.result.References {
		v, err := d.value(r, 0)
		if err != nil {
			return vm.Value{}, nil, err
		}
		references = append(references, v)
	}
	return result, references, nil
}

// answerTo makes an answer of m; ok is false if it is none to the call with the number.
func answerTo(m *rpcv1.SessionResponse, id uint64) (a *Answer, err error, ok bool) {
	switch {
	case m.GetResult() != nil && m.GetResult().Id == id:
		return &Answer{m.GetResult()}, nil, true
	case m.GetFailure() != nil && m.GetFailure().Id == id:
		return nil, remoteError(m.GetFailure()), true
	}
	return nil, nil, false
}

// A RemoteError is what a server answers to a call that did not succeed.
type RemoteError struct {
	Code    codes.Code
	Message string
	Program *rpcv1.Error // the error of the program, or nil
}

func remoteError(f *rpcv1.Failure) error {
	if codes.Code(f.Code) == codes.DeadlineExceeded {
		return ErrCallTimeout
	}
	return &RemoteError{codes.Code(f.Code), limited(f.Message, maxMessage), f.Error}
}

func (e *RemoteError) Error() string {
	if e.Program != nil {
		return limited(e.Program.Description, maxMessage)
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Code)
}

// genCode is the code of error.ch for a refusal.
func (e *RemoteError) genCode() int {
	switch e.Code {
	case codes.NotFound, codes.Unimplemented:
		return vm.GenNoFunc
	case codes.ResourceExhausted:
		return vm.GenLimit
	}
	return vm.GenUnsupported
}

// Raise returns e as an error of the program that called function at the peer: with the
// codes of the remote error, and its stack in the description.
func (e *RemoteError) Raise(p Peer, function string) *vm.Error {
	if e.Program == nil {
		return vm.Errorf(e.genCode(), function, "%s at %s: %s (%s)", function, p.Address(), lib.FromUTF8(e.Message), e.Code)
	}
	r := e.Program
	raised := vm.Errorf(int(r.GenCode), told(r.Operation, maxName), "%s", told(r.Description, maxMessage)+e.stack(p))
	raised.SubCode, raised.FileName, raised.OSCode = int(r.SubCode), told(r.FileName, maxName), int(r.OsCode)
	if r.SubSystem != "" {
		raised.SubSystem = told(r.SubSystem, maxName)
	}
	return raised
}

// told is what a server says, for programs: at most limit bytes of it.
func told(s string, limit int) string { return lib.FromUTF8(limited(s, limit)) }

// stack shows where the error was raised, for programs.
func (e *RemoteError) stack(p Peer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\r\nat %s:", p.Address())
	for _, f := range e.Program.Stack[:min(len(e.Program.Stack), maxFrames)] {
		fmt.Fprintf(&b, "\r\n  %s (%s) line %d", told(f.Function, maxName), told(f.Source, maxName), f.Line)
	}
	return b.String()
}
