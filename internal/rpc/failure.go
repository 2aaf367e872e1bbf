package rpc

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
)

// Bounds of what is told of an error, which may have to fit into the trailer of a call.
const (
	maxMessage = 512 // bytes of a text
	maxName    = 128 // bytes of a name
	maxFrames  = 16
)

// errInterrupted ends a call that the client of a session interrupts.
var errInterrupted = errors.New("interrupted by the client")

// failure says what became of a call that did not succeed. Ended is why it had to end, nil
// if nobody wanted that.
func failure(ended, err error) *rpcv1.Failure {
	f := &rpcv1.Failure{Code: int32(codeOf(cmp.Or(ended, err))), Message: limited(message(err), maxMessage)}
	var program *vm.Error
	if f.Code == int32(codes.Unknown) && errors.As(err, &program) {
		f.Error = programError(program)
	}
	if st, ok := status.FromError(err); ok && !vm.Raised(err) {
		f.Message = st.Message()
	}
	return f
}

// message returns the text of err, which is in the code page of programs if it is an error
// of one.
func message(err error) string {
	if _, ok := errors.AsType[*vm.Error](err); ok {
		return lib.ToUTF8(err.Error())
	}
	return strings.ToValidUTF8(err.Error(), "?")
}

// statusError returns f as the status of a call.
func statusError(f *rpcv1.Failure) error {
	st := status.New(codes.Code(f.Code), f.Message)
	if f.Error != nil {
		if with, err := st.WithDetails(f.Error); err == nil {
			st = with
		}
	}
	return st.Err()
}

// codes of the errors that are not the program's.
var errorCodes = []struct {
	err  error
	code codes.Code
}{
	{errInterrupted, codes.Canceled},
	{host.ErrTimeout, codes.DeadlineExceeded},
	{host.ErrNoEnvironment, codes.NotFound},
	{host.ErrNoFunction, codes.NotFound},
	{host.ErrUnavailable, codes.Unavailable},
	{host.ErrStopping, codes.Unavailable},
	{host.ErrBusy, codes.ResourceExhausted},
	{host.ErrNoMemory, codes.ResourceExhausted},
	{auth.ErrDismissed, codes.Unauthenticated},
	{host.ErrKilled, codes.Aborted},
	{host.ErrInactive, codes.Aborted},
	{host.ErrAbandoned, codes.Aborted},
	{vm.ErrQuit, codes.Aborted},
}

// codeOf classifies the error of a call, or why it had to end, which comes first: what ends
// with that may look like anything. What the program raised is its own whatever the cause:
// the other codes say that it has not run, or was ended.
func codeOf(err error) codes.Code {
	if vm.Raised(err) {
		return codes.Unknown
	}
	if st, ok := status.FromError(err); ok {
		return st.Code()
	}
	for _, known := range errorCodes {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	}
	return codes.Unknown
}

// programError describes the error of a program.
func programError(err *vm.Error) *rpcv1.Error {
	e := &rpcv1.Error{
		Description: text(err.Description, maxMessage),
		GenCode:     int32(err.GenCode),
		Operation:   text(err.Operation, maxName),
		SubCode:     int32(err.SubCode),
		SubSystem:   text(err.SubSystem, maxName),
		FileName:    text(err.FileName, maxName),
		OsCode:      int32(err.OSCode),
	}
	for _, f := range err.Stack[:min(len(err.Stack), maxFrames)] {
		e.Stack = append(e.Stack, &rpcv1.Frame{
			Function: text(f.Name, maxName), Source: text(sourceOf(f), maxName), Line: uint32(max(f.Line, 0)),
		})
	}
	return e
}

// sourceOf returns the name of the file that the frame's function is from.
func sourceOf(f vm.Frame) string {
	name := ""
	if f.Unit != nil {
		name = f.Unit.Name
	}
	if f.Func != nil && f.Func.File != "" {
		name = f.Func.File
	}
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// text converts what a program has written, and shortens it.
func text(s string, limit int) string { return limited(lib.ToUTF8(s[:min(len(s), limit)]), limit) }

// limited returns at most n bytes of s, which end with a whole character.
func limited(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
