package rpc

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
)

// site is a server with one environment, ENV, that clients reach.
type site struct {
	t        testing.TB
	host     *host.Host
	server   *Server
	client   rpcv1.RPCClient
	settings atomic.Pointer[Settings]
	draining chan struct{}
	logs     *observer.ObservedLogs
	grpc     *grpc.Server

	mu      sync.Mutex
	refused []string
	ended   []string
}

const goodToken = "a-token-of-the-test"

// newSite starts a server of the program, which goes down with the test. change, unless it
// is nil, changes the environment.
func newSite(t testing.TB, program string, change func(*host.Environment)) *site {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	s := &site{t: t, draining: make(chan struct{}), logs: logs}
	s.host = newHost(t, program, zap.New(core), change)
	s.settings.Store(openSettings())
	guess := auth.Throttle{Now: func() time.Time { return time.Unix(0, 0) }} // its clock stands still
	s.server = NewServer(ServerOptions{
		Host: s.host, Settings: s.settings.Load, MaxMessage: 1 << 20, Log: zap.New(core),
		Token: func(token string, _ time.Time) (auth.Principal, error) {
			if token != goodToken {
				return auth.Principal{}, auth.ErrNoToken
			}
			return auth.Principal{Name: "tester", Method: auth.Token}, nil
		},
		User: func(ctx context.Context, a auth.Attempt) (who auth.Principal, err error) {
			err = guess.Check(ctx, a.From, func() error { // as auth.Users does
				if a.Name != "ana" || a.Password != "s:ecret" {
					return auth.ErrNoUser
				}
				who = auth.Principal{Name: "ana", Method: auth.User}
				return nil
			})
			return who, err
		},
		Refused: func(reason string) { s.note(&s.refused, reason) },
		Ended:   func(method, code string, _ time.Duration) { s.note(&s.ended, method+" "+code) },
	})
	s.serve()
	return s
}

// openSettings let everybody with the token in.
func openSettings() *Settings {
	return &Settings{Enable: true, Plain: true, Methods: []auth.Method{auth.Token, auth.User}, Environment: "ENV"}
}

func newHost(t testing.TB, program string, log *zap.Logger, change func(*host.Environment)) *host.Host {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "program.prw"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	library := *lib.Library()
	library.Funcs = maps.Clone(library.Funcs)
	library.Funcs["STUCK"] = stuck
	library.Funcs["RPCSETTYPE"] = func(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, nil }
	h := host.New(host.Options{
		Link:    linkWith(vm.Link, &library),
		Release: lib.Release, Log: log, Grace: 2 * time.Second,
	})
	env := host.Environment{Name: "ENV", Source: dir}
	if change != nil {
		change(&env)
	}
	commit, err := h.Prepare(t.Context(), host.Config{Environments: []host.Environment{env}})
	if err != nil {
		t.Fatal(err)
	}
	commit()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown() = %v", err)
		}
	})
	return h
}

// stuck is a native that does not end before its thread is abandoned, and a while after.
func stuck(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	own, _ := host.ThreadOf(t)
	<-own.Done()
	time.Sleep(50 * time.Millisecond)
	return vm.Str("late"), nil
}

// linkWith returns link with its library.
func linkWith[Unit any](link func([]Unit, *vm.Library) (*vm.Program, error), library *vm.Library) func([]Unit) (*vm.Program, error) {
	return func(units []Unit) (*vm.Program, error) { return link(units, library) }
}

// serve serves with the interceptors that the port has.
func (s *site) serve() {
	s.grpc = grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			ctx, err := s.server.Authenticate(ctx, info.FullMethod)
			if err != nil {
				return nil, err
			}
			return handler(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			ctx, err := s.server.Authenticate(ss.Context(), info.FullMethod)
			if err != nil {
				return err
			}
			return handler(srv, withContext{ss, ctx})
		}),
	)
	s.server.Register(s.grpc, s.draining)
	l := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- s.grpc.Serve(l) }()
	cc, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = rpcv1.NewRPCClient(cc)
	s.t.Cleanup(func() {
		cc.Close()
		s.grpc.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			s.t.Errorf("Serve() = %v", err)
		}
	})
}

type withContext struct {
	grpc.ServerStream
	ctx context.Context
}

func (s withContext) Context() context.Context { return s.ctx }

func (s *site) note(list *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, text)
}

// noted returns what was counted so far.
func (s *site) noted(list *[]string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), *list...)
}

// change puts changed settings in force.
func (s *site) change(change func(*Settings)) {
	set := openSettings()
	change(set)
	s.settings.Store(set)
}

// ctx is that of a client with the token.
func (s *site) ctx() context.Context {
	return metadata.AppendToOutgoingContext(s.t.Context(), "authorization", "Bearer "+goodToken)
}

// call calls a function with strings as text.
func (s *site) call(function string, args ...*rpcv1.Value) (*rpcv1.CallResponse, error) {
	return s.client.Call(s.ctx(), &rpcv1.CallRequest{Function: function, Arguments: args, Strings: rpcv1.Strings_STRINGS_UTF8})
}

// eventually waits until ok.
func (s *site) eventually(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("after a minute: not yet %s", what)
		}
	}
}

func str(s string) *rpcv1.Value { return &rpcv1.Value{Kind: &rpcv1.Value_Utf8{Utf8: s}} }

func num(f float64) *rpcv1.Value { return &rpcv1.Value{Kind: &rpcv1.Value_Number{Number: f}} }

func list(elems ...*rpcv1.Value) *rpcv1.Value {
	return &rpcv1.Value{Kind: &rpcv1.Value_Array{Array: &rpcv1.Array{Elements: elems}}}
}
