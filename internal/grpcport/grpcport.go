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

	// MaxRecvBytes is the longest message received, in bytes; the default is
	// 64 KiB. What of a message has arrived is kept, also of a peer without
	// credentials, whose calls are told from others only once their first message
	// is complete. So a connection holds up to MaxRecvBytes for each of its
	// calls, and the default is what the public methods need with room to spare.
	// A program with services that take longer messages raises it, for all
	// methods.
	MaxRecvBytes int
	// MaxStreams is how many calls one ALPN connection may have at the same time;
	// the default is 100. It is the other factor of the memory above. Of calls
	// over HTTP/2 it is the HTTP server's to bound.
	MaxStreams int

	RequestTimeout time.Duration // within which the request of a call must arrive, unless the client streams; default 10 s
	IdleTimeout    time.Duration // after which an ALPN connection without calls is closed; default 5 min

	Log *zap.Logger
}

// Protocol is a protocol that Info lists, with the range of its versions.
type Protocol struct {
	Name     string
	Min, Max uint32
}

func (o *Options) setDefaults() {
	if o.MaxRecvBytes <= 0 {
		o.MaxRecvBytes = 64 << 10
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
// Within it are two grpc.Servers with the same services. Of one grpc.Server,
// GracefulStop would cut the calls that came through ServeHTTP; so the one that
// has only such calls is stopped when none is left.
type Server struct {
	opts     Options
	native   *grpc.Server // connections that ALPN decided
	overHTTP *grpc.Server // calls through ServeHTTP
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

// New makes a server with the services of its own; it starts nothing. Its health
// is NOT_SERVING until SetServing.
func New(o Options) *Server {
	o.setDefaults()
	s := &Server{
		opts:     o,
		health:   newHealth(),
		draining: make(chan struct{}),
		conns:    make(map[*conn]struct{}),
	}
	s.cutCtx, s.cutCalls = context.WithCancel(context.Background())
	s.native = grpc.NewServer(append(s.shared(),
		grpc.Creds(handedOver{}),
		grpc.InTapHandle(s.expectRequest),
		grpc.MaxConcurrentStreams(uint32(o.MaxStreams)),
		grpc.StaticStreamWindowSize(readAhead),
		grpc.StaticConnWindowSize(connWindow),
		grpc.ConnectionTimeout(o.RequestTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: o.IdleTimeout, Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)...)
	s.overHTTP = grpc.NewServer(s.shared()...)
	s.catalog = sync.OnceValue(func() catalog { return newCatalog(s.native.GetServiceInfo()) })
	s.health.known = func(service string) bool { return s.catalog().services[service] }
	s.health.all = func() map[string]bool { return s.catalog().services }
	s.registerOwn()
	return s
}

// shared returns the options of both grpc.Servers.
func (s *Server) shared() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(s.opts.MaxRecvBytes),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.ChainUnaryInterceptor(s.observeUnary, s.admitUnary),
		grpc.ChainStreamInterceptor(s.observeStream, s.admitStream, s.endReflection),
	}
}

func (s *Server) registerOwn() {
	r := registrar{s}
	grpc_health_v1.RegisterHealthServer(r, s.health)
	appserverv1.RegisterServerServer(r, &info{opts: &s.opts})
	reflection.Register(r)
}

// Registrar returns where services register, all of them before the first call
// of Serve or ServeHTTP. Their methods are not public.
func (s *Server) Registrar() grpc.ServiceRegistrar { return registrar{s} }

// registrar registers services with both grpc.Servers.
type registrar struct{ s *Server }

func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	r.s.native.RegisterService(desc, impl)
	r.s.overHTTP.RegisterService(desc, impl)
}

func (r registrar) GetServiceInfo() map[string]grpc.ServiceInfo { return r.s.native.GetServiceInfo() }

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
