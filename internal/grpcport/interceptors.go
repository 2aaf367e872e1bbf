package grpcport

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	appserverv1 "appserver/api/appserver/v1"
)

// reflectionTime is how long one reflection stream may last.
const reflectionTime = time.Minute

// isPublic reports whether method may be called without credentials. This list
// is the whole policy: what is not on it needs a principal.
func isPublic(method string) bool {
	switch method {
	case grpc_health_v1.Health_Check_FullMethodName,
		grpc_health_v1.Health_List_FullMethodName,
		grpc_health_v1.Health_Watch_FullMethodName,
		appserverv1.Server_Info_FullMethodName:
		return true
	}
	return isReflection(method)
}

func isReflection(method string) bool {
	return method == reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName ||
		method == reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName
}

// observeUnary contains panics and logs the call.
func (s *Server) observeUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	began := time.Now()
	defer func() { s.logCall(ctx, info.FullMethod, began, err) }()
	defer s.contain(info.FullMethod, &err)
	received(ctx)
	if m, ok := req.(proto.Message); ok && proto.Size(m) > s.opts.MaxPublicBytes {
		return nil, status.Errorf(codes.ResourceExhausted, "the message is longer than %d bytes", s.opts.MaxPublicBytes)
	}
	return handler(ctx, req)
}

// observeStream contains panics and logs the call when it ends.
func (s *Server) observeStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	began := time.Now()
	defer func() { s.logCall(ss.Context(), info.FullMethod, began, err) }()
	defer s.contain(info.FullMethod, &err)
	if r := receiverOf(ss.Context()); r != nil {
		ss = countedStream{ss, r}
	}
	return handler(srv, ss)
}

// contain turns a panic of the call into an error of that call alone. It must be
// deferred itself.
func (s *Server) contain(method string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	s.opts.Log.Error("panic in a call; only this call ended",
		zap.String("method", method), zap.String("panic", fmt.Sprint(p)), zap.Stack("stack"))
	s.opts.Panicked()
	*err = status.Error(codes.Internal, "internal error")
}

func (s *Server) logCall(ctx context.Context, method string, began time.Time, err error) {
	ce := s.opts.Log.Check(zap.DebugLevel, "call")
	if ce == nil {
		return
	}
	remote := ""
	if p, ok := peer.FromContext(ctx); ok {
		remote = p.Addr.String()
	}
	ce.Write(zap.String("method", method), zap.Stringer("code", status.Code(err)),
		zap.Duration("took", time.Since(began)), zap.String("remote", remote))
}

func (s *Server) admitUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := s.admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (s *Server) admitStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := s.admit(ss.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	if isPublic(info.FullMethod) {
		return handler(srv, ss)
	}
	return handler(srv, &admittedStream{ServerStream: ss, ctx: ctx, check: s.opts.Check})
}

// admittedStream is a stream with the context that admit returned.
type admittedStream struct {
	grpc.ServerStream
	ctx   context.Context
	check func(m any, wire []byte) error // or nil
	raw   rawMessage                     // of RecvMsg
}

func (s *admittedStream) Context() context.Context { return s.ctx }

// RecvMsg receives m once its bytes have been checked.
func (s *admittedStream) RecvMsg(m any) error {
	message, ok := m.(proto.Message)
	if s.check == nil || !ok {
		return s.ServerStream.RecvMsg(m)
	}
	defer s.raw.free()
	if err := s.ServerStream.RecvMsg(&s.raw); err != nil {
		return err
	}
	if err := s.check(m, s.raw.wire()); err != nil {
		return err
	}
	if err := proto.Unmarshal(s.raw.wire(), message); err != nil {
		return status.Errorf(codes.InvalidArgument, "the message cannot be decoded: %v", err)
	}
	return nil
}

// admit returns the context of a call that may go on.
func (s *Server) admit(ctx context.Context, method string) (context.Context, error) {
	if isPublic(method) {
		return ctx, nil
	}
	if s.opts.Authenticate == nil {
		return nil, status.Error(codes.Unauthenticated, "this method needs credentials, and this server takes none")
	}
	info := infoOf(ctx)
	if info != nil {
		ctx = info.forServices(ctx)
	}
	ctx, err := s.opts.Authenticate(ctx, method)
	if err == nil {
		admitted(ctx)
		if info != nil && info.conn != nil {
			info.conn.holds.known.Store(true)
		}
		return ctx, nil
	}
	if _, ok := status.FromError(err); ok {
		return nil, err
	}
	s.opts.Log.Debug("authentication failed", zap.String("method", method), zap.Error(err))
	return nil, status.Error(codes.Unauthenticated, "the credentials were refused")
}

// endReflection ends a reflection stream after reflectionTime or when the server
// drains. Such a stream waits for its client's next question and heeds nothing
// else; the handler's own goroutine ends as soon as the call has.
func (s *Server) endReflection(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !isReflection(info.FullMethod) {
		return handler(srv, ss)
	}
	done := make(chan error, 1)
	s.reflections.Go(func() { done <- s.contained(srv, ss, info.FullMethod, handler) })
	timer := time.NewTimer(reflectionTime)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-s.draining:
		return status.Error(codes.Unavailable, "the server is going down")
	case <-timer.C:
		return status.Error(codes.DeadlineExceeded, "reflection streams end after a minute: open another one")
	}
}

func (s *Server) contained(srv any, ss grpc.ServerStream, method string, handler grpc.StreamHandler) (err error) {
	defer s.contain(method, &err)
	return handler(srv, ss)
}
