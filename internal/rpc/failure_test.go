package rpc

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// An error of the host says that nothing has run, or that the call was ended; the same as the
// cause of an error that the program raised says nothing of that.
func TestCodeOf(t *testing.T) {
	for _, err := range []error{
		host.ErrNoFunction, host.ErrNoEnvironment, host.ErrUnavailable, host.ErrBusy, host.ErrKilled,
		context.DeadlineExceeded, status.Error(codes.PermissionDenied, "elsewhere"),
	} {
		plain := codeOf(fmt.Errorf("a call: %w", err))
		if plain == codes.Unknown {
			t.Errorf("codeOf(%v) = Unknown", err)
		}
		raised := &vm.Error{Description: "the program", Cause: err}
		f := failure(nil, fmt.Errorf("a call: %w", raised))
		if codes.Code(f.Code) != codes.Unknown || f.Error.GetDescription() != "the program" || f.Message != "a call: the program" {
			t.Errorf("failure(%v that the program raised) = %v; want Unknown and the program's error", err, f)
		}
		raised.Fatal = true
		if got := codeOf(raised); got != plain {
			t.Errorf("codeOf(%v that ended the call) = %v; want %v", err, got, plain)
		}
	}
	if f := failure(errInterrupted, &vm.Error{Cause: errors.New("x")}); codes.Code(f.Code) != codes.Canceled {
		t.Errorf("failure(of a call that had to end) = %v; want Canceled", f)
	}
}
