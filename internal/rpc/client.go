package rpc

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// protocols are the ALPN names that a client offers, in its order.
var protocols = []string{"appserver-rpc/1", "h2"}

// Defaults of Dialer and Peer.
const (
	defaultConnectTimeout = 10 * time.Second
	defaultMaxMessage     = 16 << 20

	// headroom is what a message needs beside the values, in bytes.
	headroom = 64
	// maxHeaders is the longest list of headers that a server may send, in bytes.
	maxHeaders = 16 << 10
)

// A Dialer makes sessions at other servers.
type Dialer struct {
	// TLS returns the configuration of connections to the host, which the server's
	// certificate must be for. It must be set.
	TLS func(host string, protocols []string) (*tls.Config, error)
	// MaxMessage is the longest message that is sent or received, in bytes; 0: 16 MiB.
	MaxMessage int
}

// A Peer is a server to call, and how.
type Peer struct {
	Host  string // name or address
	Port  int    // 1 to 65535
	Token string // shown to the server; "": none

	Secure    bool   // with TLS
	SecuredBy string // the setting that says so, for errors: "[Drivers] MultiProtocolPortSecure=1"
	Change    string // how to say the opposite, for errors: "set SecureConnection=0 in [ERP]"

	Timeout time.Duration // until the session is open; 0: 10 seconds
}

// Address returns host and port.
func (p Peer) Address() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// Open connects to the peer and opens a session in the environment there; "" is the one
// that its configuration says. It tries once and does not wait for a server to come up.
// The error is a *ConnectError, or that of ctx. Close ends the session.
func (d *Dialer) Open(ctx context.Context, p Peer, environment string) (*Session, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(p.Timeout, defaultConnectTimeout), errSilent)
	defer cancel()
	conn, err := d.connect(ctx, p)
	if err != nil {
		return nil, ended(ctx, p, err)
	}
	s, err := d.open(ctx, p, conn, environment)
	if err != nil {
		conn.Close()
		return nil, ended(ctx, p, err)
	}
	return s, nil
}

// ended is err, or the reason why ctx ended, if it has.
func ended(ctx context.Context, p Peer, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errSilent):
		return p.silent(err)
	case cause != nil:
		return cause
	}
	return err
}

// open opens a session over a connection that has been made.
func (d *Dialer) open(ctx context.Context, p Peer, conn *firstConn, environment string) (*Session, error) {
	limit := cmp.Or(d.MaxMessage, defaultMaxMessage)
	cc, err := grpc.NewClient("passthrough:///"+p.Address(),
		grpc.WithContextDialer(conn.once),
		grpc.WithTransportCredentials(handshaken{p.Secure}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(limit), grpc.MaxCallSendMsgSize(limit), grpc.ForceCodecV2(checked{})),
		grpc.WithMaxHeaderListSize(maxHeaders),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithIdleTimeout(0),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithUserAgent("appserver"),
	)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{
		peer: p, limit: limit - headroom, cc: cc, end: end, cutting: life.Done(),
		answers: make(chan *rpcv1.SessionResponse, 1), done: make(chan struct{}),
	}
	stop := context.AfterFunc(ctx, end)
	err = s.begin(life, environment)
	if !stop() {
		s.cut()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		s.cut()
		return nil, conn.explain(ctx, p, err)
	}
	return s, nil
}

// begin opens the stream and waits until the server has agreed.
func (s *Session) begin(life context.Context, environment string) error {
	if s.peer.Token != "" {
		life = metadata.AppendToOutgoingContext(life, "authorization", "Bearer "+s.peer.Token)
	}
	stream, err := rpcv1.NewRPCClient(s.cc).Session(life)
	if err != nil {
		return err
	}
	open := &rpcv1.Open{Environment: environment}
	s.stream = stream
	if err := stream.Send(&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Open{Open: open}}); err != nil {
		_, err = stream.Recv() // which says why
		return err
	}
	answer, err := stream.Recv()
	if err != nil {
		return err
	}
	if answer.GetOpened() == nil {
		return fmt.Errorf("the server answered %T when the session was to be opened", answer.Message)
	}
	go s.receive()
	return nil
}
