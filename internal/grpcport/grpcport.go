// Package grpcport is the one gRPC server behind the multiprotocol port; the
// services of the program register with it.
//
// Calls reach it in two ways (docs/protocols/rpc.md): over connections whose
// ALPN chose [ALPN], which [Server.Serve] accepts already handshaken, and as
// HTTP/2 requests, which [Server.ServeHTTP] answers. Both lead to the same
// services under the same rules.
//
// Its own services are grpc.health.v1.Health, server reflection (v1 and
// v1alpha) and appserver.v1.Server. They are public; every method of any other
// service needs [Options].Authenticate to agree.
package grpcport

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	appserverv1 "appserver/api/appserver/v1"
)

// ALPN identifies gRPC that is spoken directly, without an HTTP server between.
const ALPN = "appserver-rpc/1"

// connWindow is the HTTP/2 window of an ALPN connection, in bytes. It bounds what
// is on its way, not what is kept: grpc-go returns its credit on arrival. The
// windows of the streams bound that, which must not adapt themselves to the
// connection: they would grow to 16 MiB each.
const connWindow = 1 << 20

// streamWorkers is how many goroutines stay for calls over ALPN, one after the other; calls
// beyond them get new ones. A new goroutine spends a fifth of a short call on growing its
// stack.
const streamWorkers = 32

// ErrServerClosed is returned by [Server.Serve] after Shutdown or Close.
var ErrServerClosed = errors.New("grpcport: server closed")

// Options say what the server is. The zero value of a limit means its default.
type Options struct {
	// Name, Version and Started are what appserver.v1.Server/Info tells.
	Name, Version string
	Started       time.Time
	// Protocols and Features are told by Info as well.
	Protocols []Protocol
	Features  []string

	// Authenticate decides on a call of a method that is not public. The
	// context it returns is the call's, with the principal in it. A gRPC status
	// error is passed on; any other error becomes Unauthenticated without its
	// text. Nil refuses every such call.
	Authenticate func(ctx context.Context, method string) (context.Context, error)
	// Panicked is called after a panic ended one call; it counts. It may be nil.
	Panicked func()

	// Check is given each message that a method that is not public receives, before
	// it is decoded: what is new, and its bytes. Its error is a gRPC status with which
	// the call ends. It may be nil.
	Check func(m any, wire []byte) error

	// MaxPublicBytes is the longest message that a public method receives, in bytes;
	// the default is 4 KiB, which is what they need with room to spare.
	MaxPublicBytes int
	// MaxRecvBytes is the longest message that any other method receives, and sends,
	// in bytes; the default is 64 KiB. What has come of it is kept, but nothing of it
	// is received before the call's credentials have been accepted.
	MaxRecvBytes int
	// MaxHeldBytes bounds what the unfinished messages of all clients take together, in
	// bytes; those that hold most are cut. The default is 256 MiB, or 8 times
	// MaxRecvBytes if that is more.
	MaxHeldBytes int64
	// MaxStreams is how many calls one ALPN connection may have at the same time;
	// the default is 100. Of calls over HTTP/2 it is the HTTP server's to bound.
	MaxStreams int

	RequestTimeout time.Duration // within which the request of a public call must arrive, unless the client streams, and a sixth of what others have; default 10 s
	IdleTimeout    time.Duration // after which an ALPN connection without calls is closed; default 5 min

	Log *zap.Logger
}

// Protocol is a protocol that Info lists, with the range of its versions.
type Protocol struct {
	Name     string
	Min, Max uint32
}

func (o *Options) setDefaults() {
	if o.MaxPublicBytes <= 0 {
		o.MaxPublicBytes = 4 << 10
	}
	if o.MaxRecvBytes <= 0 {
		o.MaxRecvBytes = 64 << 10
	}
	if o.MaxHeldBytes <= 0 {
		o.MaxHeldBytes = max(256<<20, 8*int64(o.MaxRecvBytes))
	}
	if o.MaxStreams <= 0 || o.MaxStreams > math.MaxInt32 {
		o.MaxStreams = 100
	}
	if o.RequestTimeout <= 0 {
		o.RequestTimeout = 10 * time.Second
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 5 * time.Minute
	}
	if o.Panicked == nil {
		o.Panicked = func() {}
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
}

// Server is the gRPC server. Use New to make one; it serves once. It is an
// http.Handler for gRPC over HTTP/2.
//
// Within it are three grpc.Servers with the same services. Of one grpc.Server,
// GracefulStop would cut the calls that came through ServeHTTP; so those that
// have only such calls are stopped when none is left. They are two because each has one
// limit for messages.
type Server struct {
	opts     Options
	native   *grpc.Server // connections that ALPN decided
	public   *grpc.Server // calls of public methods through ServeHTTP
	overHTTP *grpc.Server // other calls through ServeHTTP
	intake   *intake
	health   *health
	catalog  func() catalog // of all services; they must be registered before

	draining  chan struct{} // closed by Drain
	drainOnce sync.Once
	cutting   atomic.Bool        // connections are closed without ceremony
	cutCtx    context.Context    // ends when calls over HTTP are to be cut
	cutCalls  context.CancelFunc // ends cutCtx

	reflections sync.WaitGroup // handlers of reflection streams

	mu        sync.Mutex // guards the fields below
	conns     map[*conn]struct{}
	stopping  bool // connections that have not spoken are cut
	httpCalls int
	idle      chan struct{} // if not nil, closed when httpCalls falls to 0
	stopped   bool          // no call over HTTP begins any more
}

// New makes a server with the services of its own. It serves nothing, but has workers
// that wait for calls until Shutdown or Close. Its health is NOT_SERVING until SetServing.
func New(o Options) *Server {
	o.setDefaults()
	s := &Server{
		opts:     o,
		intake:   newIntake(o.MaxHeldBytes),
		health:   newHealth(),
		draining: make(chan struct{}),
		conns:    make(map[*conn]struct{}),
	}
	s.cutCtx, s.cutCalls = context.WithCancel(context.Background())
	longest := max(o.MaxRecvBytes, o.MaxPublicBytes)
	s.native = grpc.NewServer(append(s.shared(longest),
		grpc.Creds(handedOver{}),
		grpc.InTapHandle(s.expectRequest),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.MaxConcurrentStreams(uint32(o.MaxStreams)),
		grpc.StaticStreamWindowSize(readAhead),
		grpc.StaticConnWindowSize(connWindow),
		grpc.ConnectionTimeout(o.RequestTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: o.IdleTimeout, Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)...)
	s.overHTTP = grpc.NewServer(s.shared(longest)...)
	s.public = grpc.NewServer(s.shared(o.MaxPublicBytes)...)
	s.catalog = sync.OnceValue(func() catalog { return newCatalog(s.native.GetServiceInfo()) })
	s.health.known = func(service string) bool { return s.catalog().services[service] }
	s.health.all = func() map[string]bool { return s.catalog().services }
	s.registerOwn()
	return s
}

// shared returns the options of all grpc.Servers, for messages of that length.
func (s *Server) shared(longest int) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(codec{}),
		grpc.MaxRecvMsgSize(longest),
		grpc.MaxSendMsgSize(max(longest, maxPublicAnswer)),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.ChainUnaryInterceptor(s.observeUnary, s.admitUnary),
		grpc.ChainStreamInterceptor(s.observeStream, s.admitStream, s.endReflection),
	}
}

// maxPublicAnswer is the longest answer of a public method, in bytes: reflection sends
// descriptions of whole files.
const maxPublicAnswer = 4 << 20

func (s *Server) registerOwn() {
	r := ownRegistrar{s}
	grpc_health_v1.RegisterHealthServer(r, s.health)
	appserverv1.RegisterServerServer(r, &info{opts: &s.opts})
	reflection.Register(r)
}

// Registrar returns where services register, all of them before the first call
// of Serve or ServeHTTP. Their methods are not public.
func (s *Server) Registrar() grpc.ServiceRegistrar { return registrar{ownRegistrar{s}} }

// ownRegistrar registers services with all grpc.Servers.
type ownRegistrar struct{ s *Server }

func (r ownRegistrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	for _, g := range []*grpc.Server{r.s.native, r.s.overHTTP, r.s.public} {
		g.RegisterService(desc, impl)
	}
}

func (r ownRegistrar) GetServiceInfo() map[string]grpc.ServiceInfo {
	return r.s.native.GetServiceInfo()
}

// registrar registers services whose methods are not public. Of a method with one
// request grpc-go would receive that before anybody could ask for credentials; so they
// become methods with streams, which on the wire are the same.
type registrar struct{ ownRegistrar }

func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	streaming := *desc
	streaming.Methods, streaming.Streams = nil, slices.Clone(desc.Streams)
	for _, m := range desc.Methods {
		streaming.Streams = append(streaming.Streams, grpc.StreamDesc{
			StreamName: m.MethodName, Handler: r.s.unaryHandler("/"+desc.ServiceName+"/"+m.MethodName, m.Handler),
		})
	}
	r.ownRegistrar.RegisterService(&streaming, impl)
}

// unaryHandler is the handler of a method with one request and one answer, for a stream.
// grpc-go has no interceptor see such a stream.
func (s *Server) unaryHandler(method string, handle grpc.MethodHandler) grpc.StreamHandler {
	info := &grpc.StreamServerInfo{FullMethod: method}
	answer := func(srv any, stream grpc.ServerStream) error {
		m, err := handle(srv, stream.Context(), stream.RecvMsg, nil)
		if err != nil {
			return err
		}
		return stream.SendMsg(m)
	}
	admit := func(srv any, stream grpc.ServerStream) error { return s.admitStream(srv, stream, info, answer) }
	return func(srv any, stream grpc.ServerStream) error { return s.observeStream(srv, stream, info, admit) }
}

// catalog is what is known of the registered services.
type catalog struct {
	services      map[string]bool // by name; all true
	clientStreams map[string]bool // by full method name: the client may send several messages
}

func newCatalog(services map[string]grpc.ServiceInfo) catalog {
	c := catalog{services: make(map[string]bool), clientStreams: make(map[string]bool)}
	for name, info := range services {
		c.services[name] = true
		for _, m := range info.Methods {
			c.clientStreams["/"+name+"/"+m.Name] = m.IsClientStream
		}
	}
	return c
}
