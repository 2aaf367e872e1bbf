package rpc

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/auth"
)

// asAna is the context of the user ana.
func (s *site) asAna() context.Context {
	return metadata.AppendToOutgoingContext(s.t.Context(), "authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("ana:s:ecret")))
}

// What the permissions of a user do not allow he cannot call, in sessions too, nor does he
// learn of it; those of tokens are the settings alone.
func TestPermissions(t *testing.T) {
	s := newSite(t, program, nil)
	var failed error
	s.server.o.Permit = func(_ context.Context, who auth.Principal, r auth.Right) error {
		switch {
		case failed != nil:
			return failed
		case who.Name == "ana" && r == (auth.Right{Function: "U_ECHO"}):
			return nil
		}
		return auth.ErrForbidden
	}
	try := func(function string) error {
		_, err := s.client.Call(s.asAna(), &rpcv1.CallRequest{Function: function})
		return err
	}
	for function, want := range map[string]codes.Code{
		"U_Echo": codes.OK, "u_count": codes.PermissionDenied, "RpcSetType": codes.OK, "MemoWrite": codes.PermissionDenied, "Count": codes.NotFound,
	} {
		if err := try(function); status.Code(err) != want || want == codes.NotFound && strings.Contains(status.Convert(err).Message(), "U_COUNT") {
			t.Errorf("%s = %v; want %v, and no name of what may not be called", function, err, want)
		}
	}
	if got := s.noted(&s.refused); !slices.Contains(got, "permissions") {
		t.Errorf("refusals %v; want permissions among them", got)
	}
	if _, err := s.call("U_Count"); err != nil {
		t.Errorf("with a token = %v", err)
	}
	c := s.open(s.asAna())
	c.sendCall(1, "U_Echo")
	c.wantResult(1, &rpcv1.Value{})
	c.sendCall(2, "U_Count")
	c.wantFailure(2, codes.PermissionDenied)
	failed = errors.Join(auth.ErrUnavailable, errors.New("at db.example.com"))
	c.sendCall(3, "U_Echo")
	if f := c.wantFailure(3, codes.Unavailable); strings.Contains(f.Message, "example") {
		t.Errorf("the client learns %q", f.Message)
	}
}

// A session goes on as long as its user may call, without another login.
func TestSessionOfUser(t *testing.T) {
	s := newSite(t, program, nil)
	logins, check := atomic.Int32{}, s.server.o.User
	s.server.o.User = func(ctx context.Context, a auth.Attempt) (auth.Principal, error) {
		logins.Add(1)
		return check(ctx, a)
	}
	may := atomic.Bool{}
	may.Store(true)
	s.server.o.Resume = func(_ context.Context, who auth.Principal) error {
		if who.Name != "ana" || !may.Load() {
			return auth.ErrNoUser
		}
		return nil
	}
	c := s.open(s.asAna())
	s.settings.Store(openSettings()) // others: the credentials are checked again
	c.sendCall(1, "U_Echo")
	c.wantResult(1, &rpcv1.Value{})
	if logins.Load() != 1 {
		t.Errorf("%d logins; want 1", logins.Load())
	}
	may.Store(false)
	s.settings.Store(openSettings())
	c.sendCall(2, "U_Echo")
	c.wantEnd(codes.Unauthenticated)
}

// A session of a user who may not call any more ends, also while it rests.
func TestDismissedUser(t *testing.T) {
	s := newSite(t, program, nil)
	ana := auth.Principal{Name: "ana", Method: auth.User}
	rests := s.open(s.asAna())
	s.host.Dismiss(ana)
	rests.wantEnd(codes.Unauthenticated)
	runs := s.open(s.asAna())
	runs.sendCall(1, "U_Forever")
	s.eventually("in the call", func() bool { list := s.server.Sessions(); return len(list) == 1 && list[0].Function == "U_FOREVER" })
	s.host.Dismiss(ana)
	runs.wantFailure(1, codes.Unauthenticated)
	runs.wantEnd(codes.Unauthenticated)
	if _, err := s.call("U_Echo"); err != nil {
		t.Errorf("another caller: %v", err)
	}
}
