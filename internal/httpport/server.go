// Package httpport turns connections of the port into HTTP requests that obey
// the port's rules.
//
// The rules hold before any route sees a request: methods by allow-list, a
// well-formed authority, forwarding headers from trusted proxies only, bounded
// headers and bodies, no pause of the peer without an end, and no connection
// left open after a message whose framing could be read in two ways. What a
// request means is the business of the handler.
package httpport

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"
)

// The defaults of [Config].
const (
	DefaultHeaderTimeout        = 10 * time.Second
	DefaultIdleTimeout          = 2 * time.Minute
	DefaultStallTimeout         = 3 * time.Minute // clients that keep a pace take much at once and then rest
	DefaultLeastPace            = 512
	DefaultMaxHeaderBytes       = 64 << 10
	DefaultMaxBodyBytes         = 64 << 20
	DefaultMaxConcurrentStreams = 250
)

// What [Config.Slow] is told of.
const (
	SlowBody   = "body"
	SlowAnswer = "answer"
)

// Config says what a [Server] serves and what it demands of its peers. In
// every number and duration zero means the default.
type Config struct {
	// Handler answers every request that the rules let pass. It must not be
	// nil for New. A panic in it ends its own request only.
	Handler http.Handler

	// GRPC, if not nil, answers HTTP/2 requests whose Content-Type is
	// application/grpc or one of its sub-formats, instead of Handler. They
	// are exempt from MaxBodyBytes, StallTimeout and LeastPace, because their streams
	// may rest for hours; gRPC has limits of its own.
	GRPC http.Handler

	// AllowPlainGRPC lets gRPC calls in over connections without TLS.
	// Otherwise such a call ends with status PERMISSION_DENIED.
	AllowPlainGRPC bool

	// TrustedProxies are the networks whose X-Forwarded-For, -Proto and
	// -Host are believed. From any other peer these headers, and their
	// relatives, are removed from the request. Server.SetTrustedProxies
	// replaces them.
	TrustedProxies []netip.Prefix

	// HeaderTimeout bounds the time from a request's first byte to the end
	// of its header.
	HeaderTimeout time.Duration

	// IdleTimeout bounds the wait for the next request of a connection.
	IdleTimeout time.Duration

	// StallTimeout is the longest pause of a peer that is sending a body or
	// taking an answer.
	StallTimeout time.Duration

	// LeastPace is how many bytes a second a peer has to send of a body, or take of
	// an answer, in every half minute that is waited for it; how long the handler
	// takes does not count. A negative number demands nothing.
	LeastPace int64

	// Slow, if not nil, is called once for every body (SlowBody) and answer
	// (SlowAnswer) that is cut because its peer pauses for longer than
	// StallTimeout or does not keep LeastPace, possibly from several goroutines
	// at a time. What net/http sends by itself once a handler has returned is
	// not counted.
	Slow func(part string)

	// MaxHeaderBytes bounds the header of a request. A longer one is
	// answered 431.
	MaxHeaderBytes int

	// MaxBodyBytes bounds the body of a request. An announced longer one is
	// answered 413; another fails the handler's Read with
	// *http.MaxBytesError.
	MaxBodyBytes int64

	// MaxConcurrentStreams bounds the requests that one HTTP/2 connection
	// may have open at a time.
	MaxConcurrentStreams int

	// MaxRequests is how many requests a connection is for: the answer to the
	// last ends it, or has an HTTP/2 peer open another for what it asks next.
	// Any number by default.
	MaxRequests int

	// Error writes the answers that the server gives by itself. Nil means
	// text/plain.
	Error ErrorWriter

	// Panicked, if not nil, is called once for every panic of a handler,
	// possibly from several goroutines at a time.
	Panicked func()

	// Log receives one line for every request, at info (/healthz and /readyz
	// at debug), the faults of handlers, and at debug connections from which
	// no request could be read. It must not be nil.
	Log *zap.Logger
}

// ErrorWriter writes the whole answer to a request that the server refuses.
// Headers that the answer needs (Allow, Connection) are set before the call.
// Detail is an English sentence for whoever wrote the client; it holds nothing
// that the peer did not send or may not know.
type ErrorWriter func(w http.ResponseWriter, r *http.Request, status int, detail string)

func (cfg Config) withDefaults() Config {
	setDefault(&cfg.HeaderTimeout, DefaultHeaderTimeout)
	setDefault(&cfg.IdleTimeout, DefaultIdleTimeout)
	setDefault(&cfg.StallTimeout, DefaultStallTimeout)
	setDefault(&cfg.LeastPace, DefaultLeastPace)
	setDefault(&cfg.MaxHeaderBytes, DefaultMaxHeaderBytes)
	setDefault(&cfg.MaxBodyBytes, DefaultMaxBodyBytes)
	setDefault(&cfg.MaxConcurrentStreams, DefaultMaxConcurrentStreams)
	if cfg.Error == nil {
		cfg.Error = plainText
	}
	return cfg
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// A Server serves HTTP/1.1, HTTP/2 and unencrypted HTTP/2 (prior knowledge) on
// connections that others have accepted.
//
// Connections arrive as plain ones, as *tls.Conn with the handshake done, or
// as any type with a method ConnectionState() tls.ConnectionState. Requests of
// the last two have TLS set. A connection that negotiated h2 must arrive as the
// *tls.Conn itself.
type Server struct {
	http http.Server
	gate *gate
}

// New returns a server of cfg.Handler. It starts nothing.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	grpc := cfg.GRPC
	if grpc != nil && !cfg.AllowPlainGRPC {
		grpc = requireTLS(grpc)
	}
	return newServer(cfg, &gate{
		cfg:     cfg,
		methods: true,
		grpc:    grpc,
		handler: generalOptions(cfg.Handler),
	})
}

func newServer(cfg Config, g *gate) *Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	u := &unread{log: cfg.Log}
	// TLSConfig stays nil: TLS is over when a connection arrives, and a
	// configuration without "h2" would make net/http drop those of HTTP/2.
	s := &Server{gate: g, http: http.Server{
		Handler:           g,
		Protocols:         protocols,
		ReadHeaderTimeout: cfg.HeaderTimeout,
		IdleTimeout:       cfg.IdleTimeout,
		MaxHeaderBytes:    cfg.MaxHeaderBytes,
		ErrorLog:          newErrorLog(cfg.Log),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			limitUnsent(c)
			ctx = context.WithValue(ctx, connKey{}, c)
			return countRequests(u.connContext(ctx, c), cfg.MaxRequests)
		},
		ConnState: u.connState,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: cfg.MaxConcurrentStreams,
			WriteByteTimeout:     cfg.StallTimeout, // else who takes nothing at all could not be told that its streams end
		},
		DisableGeneralOptionsHandler: true,
	}}
	s.SetTrustedProxies(cfg.TrustedProxies)
	return s
}

// SetTrustedProxies replaces [Config.TrustedProxies] for the requests that come
// from now on; those under way keep what they began with. It may be called at any
// time, also while requests are served.
func (s *Server) SetTrustedProxies(networks []netip.Prefix) {
	networks = slices.Clone(networks)
	s.gate.trusted.Store(&networks)
}

// Serve answers requests on the connections of ln until the server is stopped,
// and then returns [http.ErrServerClosed]. Any other error is ln's. Serve may
// run for several listeners at a time; it closes ln.
func (s *Server) Serve(ln net.Listener) error { return s.http.Serve(ln) }

// Shutdown closes the listeners and idle connections, tells HTTP/2 peers to go
// away, and waits for running requests, or until ctx ends, whose error it then
// returns. Connections that a handler has taken over are not waited for.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// Close closes the listeners and cuts every connection.
func (s *Server) Close() error { return s.http.Close() }
