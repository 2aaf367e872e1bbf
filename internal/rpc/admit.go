package rpc

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/auth"
)

// maxAuthorization is the longest credential in metadata, in bytes.
const maxAuthorization = 4096

// callerKey is the context key of the caller of a call that was admitted.
type callerKey struct{}

// caller is who makes a call.
type caller struct {
	auth.Principal
	from netip.Addr
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// refusal is an error of a call that is not admitted.
type refusal struct {
	reason string
	status error
	cause  error // for the log
}

func (r *refusal) Error() string { return r.status.Error() }

func refuse(reason string, code codes.Code, text string) *refusal {
	return &refusal{reason: reason, status: status.Error(code, text)}
}

// Authenticate decides whether a call of method may go on, by the network that it comes
// from and its credentials, and returns the context with its caller. The error is a gRPC
// status. It decides on the methods of this service only: all others are refused.
func (s *Server) Authenticate(ctx context.Context, method string) (context.Context, error) {
	set := s.o.Settings()
	from := addressOf(ctx)
	who, refused := s.identify(ctx, set, method, from)
	if refused != nil {
		s.refused(refused, from, zap.String("method", method))
		return nil, refused.status
	}
	return context.WithValue(ctx, callerKey{}, caller{who, from}), nil
}

// refused counts and logs a refusal.
func (s *Server) refused(r *refusal, from netip.Addr, fields ...zap.Field) {
	s.o.Refused(r.reason)
	fields = append(fields, zap.String("reason", r.reason), zap.Stringer("from", from))
	if r.cause != nil {
		fields = append(fields, zap.Error(r.cause))
	}
	s.o.Log.Warn("a remote call was refused", fields...)
}

func (s *Server) identify(ctx context.Context, set *Settings, method string, from netip.Addr) (auth.Principal, *refusal) {
	switch {
	case !strings.HasPrefix(method, "/"+rpcv1.RPC_ServiceDesc.ServiceName+"/"):
		return auth.Principal{}, refuse(refusedMissing, codes.Unauthenticated, "this method needs credentials, and this server takes none for it")
	case !set.Enable:
		return auth.Principal{}, refuse(refusedDisabled, codes.PermissionDenied, "this server takes no remote calls; [RPC] Enable=1 and [General] CanAcceptRPC=1 there allow them")
	case !set.fromAllowed(from):
		return auth.Principal{}, refuse(refusedNetwork, codes.PermissionDenied, "calls from this network are not taken; [RPC] AllowFrom of the server says which are")
	}
	return s.credentials(ctx, set, from)
}

// credentials finds out who the caller is. What metadata say counts, else the
// certificate of the connection.
func (s *Server) credentials(ctx context.Context, set *Settings, from netip.Addr) (auth.Principal, *refusal) {
	tls, secure := tlsOf(ctx)
	shown := metadata.ValueFromIncomingContext(ctx, "authorization")
	switch {
	case len(shown) == 0 && secure && len(tls.State.VerifiedChains) > 0:
		return certificate(set, tls)
	case len(shown) == 0:
		return auth.Principal{}, refuse(refusedMissing, codes.Unauthenticated, "no credentials: this server takes "+wanted(set))
	case !secure && !set.Plain:
		return auth.Principal{}, refuse(refusedPlain, codes.Unauthenticated, "credentials are not taken on connections without TLS: use TLS, or set AllowPlain=1 in [RPC] of the server")
	case len(shown) > 1 || len(shown[0]) > maxAuthorization:
		return auth.Principal{}, refuse(refusedWrong, codes.Unauthenticated, "there must be one authorization, of 4096 bytes at most")
	}
	scheme, value, _ := strings.Cut(shown[0], " ")
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return s.token(set, from, value)
	case strings.EqualFold(scheme, "Basic"):
		return s.password(ctx, set, from, value)
	}
	return auth.Principal{}, refuse(refusedMethod, codes.Unauthenticated, "authorization must begin with Bearer or Basic")
}

// wanted says which credentials count, for people.
func wanted(set *Settings) string {
	texts := map[auth.Method]string{
		auth.Token: "a token (metadata authorization: Bearer TOKEN)",
		auth.MTLS:  "a client certificate",
		auth.User:  "name and password (metadata authorization: Basic BASE64)",
	}
	var list []string
	for _, m := range set.Methods {
		list = append(list, texts[m])
	}
	return strings.Join(list, " or ")
}

// notTaken is the refusal of credentials that do not count here, nil if they do.
func notTaken(set *Settings, m auth.Method) *refusal {
	if slices.Contains(set.Methods, m) {
		return nil
	}
	return refuse(refusedMethod, codes.Unauthenticated, "these credentials do not count here ([RPC] Security): this server takes "+wanted(set))
}

// certificate is the principal of a verified client certificate: its common name, or all
// of its subject if that has none.
func certificate(set *Settings, tls credentials.TLSInfo) (auth.Principal, *refusal) {
	if r := notTaken(set, auth.MTLS); r != nil {
		return auth.Principal{}, r
	}
	subject := tls.State.PeerCertificates[0].Subject
	name := subject.CommonName
	if name == "" {
		name = subject.String()
	}
	if name == "" {
		return auth.Principal{}, refuse(refusedWrong, codes.Unauthenticated, "the client certificate has no subject")
	}
	return auth.Principal{Name: name, Method: auth.MTLS}, nil
}

// token checks a token. Tokens cannot be guessed, so mistakes block nobody's token; they
// count as those with passwords do.
func (s *Server) token(set *Settings, from netip.Addr, token string) (auth.Principal, *refusal) {
	if r := notTaken(set, auth.Token); r != nil {
		return auth.Principal{}, r
	}
	who, err := s.o.Token(token, s.o.Now())
	if errors.Is(err, auth.ErrNoToken) || errors.Is(err, auth.ErrExpired) {
		s.o.Throttle.Mistake(from)
	}
	return who, outcome(err, "the token is not valid here; appserver rpc token make NAME, on the server, makes one")
}

// password checks name and password, or whether whom they have let in, in a session that goes
// on, may still call: another look at a password would count as another login.
func (s *Server) password(ctx context.Context, set *Settings, from netip.Addr, value string) (auth.Principal, *refusal) {
	if r := notTaken(set, auth.User); r != nil {
		return auth.Principal{}, r
	}
	if who := callerOf(ctx).Principal; who.Method == auth.User && s.o.Resume != nil {
		return who, outcome(s.o.Resume(ctx, who), "the user may not call any more, or has got another password")
	}
	pair, err := base64.StdEncoding.DecodeString(value)
	name, password, ok := strings.Cut(string(pair), ":")
	if err != nil || !ok {
		return auth.Principal{}, refuse(refusedWrong, codes.Unauthenticated, "Basic must be followed by name:password in base64")
	}
	who, err := s.o.User(ctx, auth.Attempt{Name: name, Password: password, From: from, Door: "rpc"})
	return who, outcome(err, "the name or the password is wrong")
}

// outcome is the refusal for the error of a check, nil if there is none.
func outcome(err error, text string) *refusal {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, auth.ErrNoToken), errors.Is(err, auth.ErrExpired), errors.Is(err, auth.ErrNoUser):
		r := refuse(refusedWrong, codes.Unauthenticated, text)
		r.cause = err
		return r
	case errors.Is(err, auth.ErrThrottled):
		return refuse(refusedThrottled, codes.ResourceExhausted, auth.ErrThrottled.Error())
	case errors.Is(err, auth.ErrBusy):
		return refuse(refusedThrottled, codes.ResourceExhausted, "too many passwords are being checked: try again later")
	}
	r := refuse(refusedUnchecked, codes.Unavailable, "credentials cannot be checked at present; the server's log says why")
	r.cause = err
	return r
}

// tlsOf returns the TLS state of the call's connection; false if it has none.
func tlsOf(ctx context.Context) (credentials.TLSInfo, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return credentials.TLSInfo{}, false
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	return info, ok
}

// addressOf returns where the call comes from; the zero Addr if that is no IP address.
func addressOf(ctx context.Context) netip.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}
	}
	if a, ok := p.Addr.(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	text := p.Addr.String()
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().Unmap()
	}
	a, _ := netip.ParseAddr(text)
	return a.Unmap()
}
