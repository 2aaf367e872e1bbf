package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
)

// ServerOptions say what a server is. Host, Settings, Token and User must be set.
type ServerOptions struct {
	Host     *host.Host
	Settings func() *Settings // those in force, the same pointer as long as they are; asked at each call

	// Token and User check credentials. Their errors are those of auth.Tokens and
	// auth.Users.
	Token func(token string, now time.Time) (auth.Principal, error)
	User  func(ctx context.Context, a auth.Attempt) (auth.Principal, error)

	// Resume says, with the errors of User, whether whom that has let in may still call, when a
	// session goes on: auth.Users.Recheck. Nil: User is asked again.
	Resume func(context.Context, auth.Principal) error

	// Permit says whether a user may call a function: auth.Users.Permit. Nil: everybody may call
	// what Settings allow.
	Permit func(context.Context, auth.Principal, auth.Right) error

	Throttle *auth.Throttle // of those who show wrong tokens; nil: one of its own

	MaxMessage int // longest message that is sent, in bytes; 0: no bound

	Refused func(reason string)                           // counts a refusal; nil: nothing
	Ended   func(method, code string, took time.Duration) // counts a call: "Call" or "Session.Call"; nil: nothing
	Now     func() time.Time                              // nil: time.Now
	Log     *zap.Logger                                   // of refusals, which may be many; nil: none
}

// Server is the service appserver.rpc.v1.RPC. Use NewServer.
type Server struct {
	rpcv1.UnimplementedRPCServer
	o        ServerOptions
	draining <-chan struct{}

	mu       sync.Mutex
	sessions map[int64]*serverSession // by the number of their threads
}

// NewServer makes a server. Its Authenticate must decide on the calls that Register makes
// reachable.
func NewServer(o ServerOptions) *Server {
	if o.Refused == nil {
		o.Refused = func(string) {}
	}
	if o.Ended == nil {
		o.Ended = func(string, string, time.Duration) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Throttle == nil {
		o.Throttle = &auth.Throttle{Now: o.Now}
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Server{o: o, sessions: map[int64]*serverSession{}}
}

// Register makes the service reachable at r, before the first call. Draining is closed when
// the server goes down: sessions end then as soon as no call runs; nil: never.
func (s *Server) Register(r grpc.ServiceRegistrar, draining <-chan struct{}) {
	s.draining = draining
	rpcv1.RegisterRPCServer(r, s)
}

// invocation is one call of a function, as a client asks for it.
type invocation struct {
	function string // as the client writes it
	name     string // the same in upper case
	args     []vm.Value
	refs     []uint32 // positions of the arguments that are references
	utf8     bool     // strings of the answer as Unicode
}

// newInvocation decodes what a client sent for a thread that may take so much memory. The
// error is a status.
func newInvocation(memory int64, function string, arguments []*rpcv1.Value, refs []uint32, utf8 bool) (*invocation, error) {
	d := decoder{memory: memory}
	args, err := d.all(arguments, 0)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "the arguments: %v", err)
	}
	if len(refs) == 0 {
		return &invocation{function, strings.ToUpper(function), args, nil, utf8}, nil
	}
	seen := make([]bool, len(args))
	for _, i := range refs {
		if int64(i) >= int64(len(args)) || seen[i] {
			return nil, status.Errorf(codes.InvalidArgument, "references: there is no argument %d, or it is there twice", i)
		}
		seen[i] = true
		args[i] = vm.NewRef(args[i])
	}
	return &invocation{function, strings.ToUpper(function), args, refs, utf8}, nil
}

// answer is what a function returned, and left in its references.
type answer struct {
	result *rpcv1.Value
	refs   []*rpcv1.Value
	size   int // bound of the length of the message with them, in bytes
}

// answer encodes the outcome of the call. What cannot be sent becomes NIL.
func (in *invocation) answer(result vm.Value) (*answer, error) {
	e := encoder{utf8: in.utf8}
	m, err := e.value(result, 0)
	if err != nil {
		return nil, fmt.Errorf("the function has ended, but its result cannot be sent: %w", err)
	}
	a := &answer{result: m}
	for _, i := range in.refs {
		m, err := e.value(vm.Args{in.args[i]}.Get(0), 0)
		if err != nil {
			return nil, fmt.Errorf("the function has ended, but argument %d cannot be sent back: %w", i+1, err)
		}
		a.refs = append(a.refs, m)
	}
	a.size = e.size()
	return a, nil
}

// Call implements appserver.rpc.v1.RPC.
func (s *Server) Call(ctx context.Context, r *rpcv1.CallRequest) (*rpcv1.CallResponse, error) {
	began := s.o.Now()
	m, err := s.call(ctx, r)
	if err != nil {
		err = statusError(failure(context.Cause(ctx), err))
	}
	s.o.Ended(methodCall, status.Code(err).String(), s.o.Now().Sub(began))
	return m, err
}

// Names of methods for counting.
const (
	methodCall    = "Call"
	methodSession = "Session.Call"
)

// Methods returns every method that ServerOptions.Ended is called with.
func Methods() []string { return []string{methodCall, methodSession} }

// Codes returns every code that ServerOptions.Ended is called with.
func Codes() []string {
	list := []string{codes.OK.String(), codes.Unknown.String(), codes.InvalidArgument.String(), codes.PermissionDenied.String()}
	for _, e := range errorCodes {
		if name := e.code.String(); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func (s *Server) call(ctx context.Context, r *rpcv1.CallRequest) (*rpcv1.CallResponse, error) {
	set := s.o.Settings()
	if _, has := ctx.Deadline(); !has && set.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, set.Timeout, host.ErrTimeout)
		defer cancel()
	}
	t, err := s.open(context.WithoutCancel(ctx), set, r.Environment, r.Function) // what runs in t sees to the end of ctx
	if err != nil {
		return nil, err
	}
	defer t.Close()
	in, err := newInvocation(t.MemoryLimit(), r.Function, r.Arguments, r.References, r.Strings == rpcv1.Strings_STRINGS_UTF8)
	if err != nil {
		return nil, err
	}
	a, err := s.run(ctx, set, t, in, unary{ctx, t})
	if err != nil {
		return nil, err
	}
	m := &rpcv1.CallResponse{Result: a.result, References: a.refs}
	return m, s.fits(a, m)
}

// fits is an error if m, the message with a, is longer than what may be sent.
func (s *Server) fits(a *answer, m proto.Message) error {
	if s.o.MaxMessage <= 0 || a.size <= s.o.MaxMessage {
		return nil
	}
	if n := proto.Size(m); n > s.o.MaxMessage {
		return status.Errorf(codes.ResourceExhausted, "the function has ended, but its answer of %d bytes is longer than [RPC] MaxMessageSize of the server", n)
	}
	return nil
}

// open opens a thread for the caller of ctx.
func (s *Server) open(ctx context.Context, set *Settings, environment, remark string) (*host.Thread, error) {
	who := callerOf(ctx)
	env := cmp.Or(environment, set.Environment)
	if env == "" {
		return nil, status.Error(codes.InvalidArgument, "no environment is named, and [RPC] Environment of the server names none either")
	}
	return s.o.Host.Open(ctx, host.Call{
		Env: env, Func: remark, Principal: who.Principal, Kind: host.RPC, Machine: who.from.String(), Library: true,
	})
}

// execution is how the functions of a call are run.
type execution interface {
	ask(function string, args ...vm.Value) (vm.Value, error) // before the call, whether it may be
	call(function string, args ...vm.Value) (vm.Value, error)
	ended() error // why the call has to end, or nil
}

// unary is a call in a thread of its own.
type unary struct {
	ctx    context.Context
	thread *host.Thread
}

func (u unary) ask(function string, args ...vm.Value) (vm.Value, error) {
	return u.thread.Call(u.ctx, function, args...)
}

func (u unary) call(function string, args ...vm.Value) (vm.Value, error) {
	return u.thread.Finish(u.ctx, function, args...)
}

func (u unary) ended() error { return u.ctx.Err() }

// run runs one call in t, if it may be.
func (s *Server) run(ctx context.Context, set *Settings, t *host.Thread, in *invocation, x execution) (*answer, error) {
	if err := s.permit(ctx, set, t, in, x); err != nil {
		return nil, err
	}
	v, err := x.call(in.name, in.args...)
	if err != nil {
		return nil, err
	}
	return in.answer(v)
}

// callable are the functions of the library that others may call: they do what only makes
// sense in the thread of a session. All others could do what the rules for functions are
// there to prevent.
var callable = map[string]bool{"RPCSETENV": true, "RPCSETTYPE": true, "RPCCLEARENV": true}

// permit decides whether the caller of ctx may call the function in t.
func (s *Server) permit(ctx context.Context, set *Settings, t *host.Thread, in *invocation, x execution) error {
	who, function, name := callerOf(ctx), in.function, in.name
	fn, native, found := t.Program().Lookup(name, nil)
	if fn != nil {
		name = fn.Name
	}
	var r *refusal
	switch {
	case !found:
		return missing(t, function, func(name string) bool { return set.offers(name) && s.permitted(ctx, who.Principal, name) == nil })
	case native && !callable[name], !native && !set.functionAllowed(name), set.denied(name):
		r = refuse(refusedFunction, codes.PermissionDenied, fmt.Sprintf("the function %.128q may not be called from outside; [RPC] AllowFunctions and DenyFunctions of the server say which may", function))
	case !native:
		r = s.permitted(ctx, who.Principal, name)
	}
	if r == nil && set.OnCall != "" {
		r = askOnCall(set, t, who, name, x)
	}
	if r == nil {
		return nil
	}
	if err := x.ended(); err != nil {
		return err
	}
	s.refused(r, who.from, zap.String("user", who.Name), zap.String("environment", t.Environment()), zap.String("function", limited(function, maxName)))
	return r.status
}

// permitted asks whether the permissions of the caller, if he is a user, allow a function of
// programs. What else may call has none: Settings are its rules.
func (s *Server) permitted(ctx context.Context, who auth.Principal, function string) *refusal {
	if s.o.Permit == nil || who.Method != auth.User {
		return nil
	}
	err := s.o.Permit(ctx, who, auth.Right{Function: function})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, auth.ErrForbidden):
		return refuse(refusedUser, codes.PermissionDenied, fmt.Sprintf("the permissions of the user do not allow the function %.128q; appserver user permit, on the server, does", function))
	}
	r := refuse(refusedUnchecked, codes.Unavailable, "what the user may call cannot be looked up at present; the server's log says why")
	r.cause = err
	return r
}

// askOnCall asks the function of [RPC] OnCall, in the thread of the call. It gets the
// address of the client, the name of its machine, which is not known, the environment, the
// user, and the name of the function; it must return .T.
func askOnCall(set *Settings, t *host.Thread, who caller, function string, x execution) *refusal {
	v, err := x.ask(set.OnCall, vm.Str(who.from.String()), vm.Str(""), vm.Str(t.Environment()),
		vm.Str(lib.FromUTF8(who.Name)), vm.Str(function))
	if err == nil && v.Kind() == vm.Logical && v.Truth() {
		return nil
	}
	r := refuse(refusedOnCall, codes.PermissionDenied, "the server's function for checks ([RPC] OnCall) refuses the call")
	r.cause = err
	if err == nil && v.Kind() != vm.Logical {
		r.cause = errors.New(set.OnCall + " did not return a logical")
	}
	return r
}

// SessionInfo describes a session.
type SessionInfo struct {
	Thread        int64 // number of its thread
	User, Machine string
	Environment   string
	Function      string // that runs, or ""
	Started       time.Time
	Calls         int64 // answered
}

// Sessions describes the open sessions, in the order of their threads.
func (s *Server) Sessions() []SessionInfo {
	s.mu.Lock()
	open := make([]*serverSession, 0, len(s.sessions))
	for _, one := range s.sessions {
		open = append(open, one)
	}
	s.mu.Unlock()
	list := make([]SessionInfo, 0, len(open))
	for _, one := range open {
		list = append(list, one.info())
	}
	slices.SortFunc(list, func(a, b SessionInfo) int { return cmp.Compare(a.Thread, b.Thread) })
	return list
}

// Kill ends the session with the thread; false if there is none.
func (s *Server) Kill(thread int64) bool {
	s.mu.Lock()
	one := s.sessions[thread]
	s.mu.Unlock()
	if one == nil {
		return false
	}
	one.thread.Kill(host.ErrKilled)
	return true
}
