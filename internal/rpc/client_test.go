package rpc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/vm"
)

// standIn is a server whose functions are written in Go.
type standIn struct {
	rpcv1.UnimplementedRPCServer
	token       string
	environment atomic.Value // of the last session: a string
	hanging     chan uint64  // gets the number of each call that is not answered
	interrupted chan uint64  // gets the number of each call that was interrupted
	ended       chan error   // gets why a session ended
}

func (s *standIn) Session(stream grpc.BidiStreamingServer[rpcv1.SessionRequest, rpcv1.SessionResponse]) error {
	md, _ := metadata.FromIncomingContext(stream.Context())
	if got := strings.Join(md.Get("authorization"), ","); s.token != "" && got != "Bearer "+s.token {
		return status.Error(codes.Unauthenticated, "no token of mine")
	}
	open, err := stream.Recv()
	if err != nil {
		return err
	}
	s.environment.Store(open.GetOpen().GetEnvironment())
	err = stream.Send(&rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Opened{Opened: &rpcv1.Opened{Thread: 7}}})
	for err == nil {
		var m *rpcv1.SessionRequest
		if m, err = stream.Recv(); err != nil {
			break
		}
		if m.GetCall().GetFunction() == "FLOOD" {
			return flood(stream)
		}
		if answer := s.answer(m); answer != nil {
			err = stream.Send(answer)
		}
		if m.GetCall().GetFunction() == "DIE" {
			err = status.Error(codes.Aborted, "the thread was killed")
		}
	}
	select {
	case s.ended <- err:
	default:
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// flood sends answers that nobody asked for, and ends the session.
func flood(stream grpc.BidiStreamingServer[rpcv1.SessionRequest, rpcv1.SessionResponse]) error {
	for range 10 {
		if err := stream.Send(result(1, nil)); err != nil {
			return err
		}
	}
	return nil
}

func result(id uint64, v *rpcv1.Value) *rpcv1.SessionResponse {
	return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: &rpcv1.Result{Id: id, Result: v}}}
}

func (s *standIn) answer(m *rpcv1.SessionRequest) *rpcv1.SessionResponse {
	if i := m.GetInterrupt(); i != nil {
		s.interrupted <- i.Id
		return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Failure{Failure: &rpcv1.Failure{Id: i.Id, Code: int32(codes.Canceled)}}}
	}
	c := m.GetCall()
	failure := &rpcv1.Failure{Id: c.Id, Code: int32(codes.Unknown)}
	switch c.Function {
	case "ECHO":
		r := &rpcv1.Result{Id: c.Id, Result: &rpcv1.Value{Kind: &rpcv1.Value_Array{Array: &rpcv1.Array{Elements: c.Arguments}}}}
		for _, i := range c.References {
			r.References = append(r.References, c.Arguments[i])
		}
		return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: r}}
	case "WRONG":
		return result(c.Id+1, nil)
	case "MANY":
		return result(c.Id, &rpcv1.Value{Kind: &rpcv1.Value_Array{Array: &rpcv1.Array{Elements: make([]*rpcv1.Value, maxValues)}}})
	case "DEEP":
		failure.Error = &rpcv1.Error{Stack: make([]*rpcv1.Frame, maxValues+1)}
	case "HANG", "DIE":
		s.hanging <- c.Id
		return nil
	case "FAIL":
		failure.Error = &rpcv1.Error{Description: "variable X does not exist", GenCode: 14, Operation: "X",
			Stack: []*rpcv1.Frame{{Function: "U_FAIL", Source: "A.PRW", Line: 12}}}
	default:
		failure.Code, failure.Message = int32(codes.NotFound), "there is no such function"
	}
	return &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Failure{Failure: failure}}
}

// served starts a server, with TLS if there is a certificate, and returns where it is.
func served(t *testing.T, s *standIn, cert *tls.Certificate) Peer {
	t.Helper()
	var o []grpc.ServerOption
	if cert != nil {
		o = append(o, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"h2"}})))
	}
	server := grpc.NewServer(o...)
	rpcv1.RegisterRPCServer(server, s)
	ln := listening(t)
	go server.Serve(ln)
	t.Cleanup(server.Stop)
	p := peerAt(ln)
	p.Secure, p.Token = cert != nil, s.token
	return p
}

func listening(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func peerAt(ln net.Listener) Peer {
	return Peer{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, Timeout: time.Minute, SecuredBy: "BY", Change: "CHANGE"}
}

func newStandIn() *standIn {
	return &standIn{hanging: make(chan uint64, 10), interrupted: make(chan uint64, 10), ended: make(chan error, 1)}
}

// madeCertificate makes one for the name, and a pool that trusts it.
func madeCertificate(t *testing.T, from time.Time, names ...string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stand-in"}, NotBefore: from, NotAfter: from.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, name)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, pool
}

func newDialer(roots *x509.CertPool) *Dialer {
	return &Dialer{TLS: func(host string, protocols []string) (*tls.Config, error) {
		return &tls.Config{ServerName: host, RootCAs: roots, NextProtos: protocols}, nil
	}}
}

func opened(t *testing.T, d *Dialer, p Peer) *Session {
	t.Helper()
	s, err := d.Open(t.Context(), p, "ENV")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func asked(t *testing.T, function string, args ...vm.Value) *Request {
	t.Helper()
	r, err := NewRequest(function, args, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSessionCalls(t *testing.T) {
	cert, roots := madeCertificate(t, time.Now().Add(-time.Hour), "127.0.0.1")
	for _, c := range []*tls.Certificate{nil, cert} {
		server := newStandIn()
		server.token = "secret"
		s := opened(t, newDialer(roots), served(t, server, c))
		if got := server.environment.Load(); got != "ENV" {
			t.Errorf("the session is in %q; want ENV", got)
		}
		for i := range 3 {
			r, err := NewRequest("ECHO", []vm.Value{vm.Int(i), vm.Str("é\xe9\x81"), vm.DateOf(2461000)}, []int{1})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := s.Do(t.Context(), r, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			v, back, err := answer.Values()
			if err != nil || v.Array().Elems[0].Float() != float64(i) || v.Array().Elems[2].Day() != 2461000 || len(back) != 1 || back[0].Text() != "é\xe9\x81" {
				t.Errorf("answer %v, %v, %v", v, back, err)
			}
			if answer.Count() != 5 {
				t.Errorf("Count = %d; want 5", answer.Count())
			}
		}
		s.Close()
		s.Close()
		if err := <-server.ended; !errors.Is(err, io.EOF) {
			t.Errorf("the session ended at the server with %v; want io.EOF", err)
		}
		if _, err := s.Do(t.Context(), asked(t, "ECHO"), 0); !errors.Is(err, ErrClosed) {
			t.Errorf("Do after Close = %v; want ErrClosed", err)
		}
	}
}

func TestRemoteErrors(t *testing.T) {
	p := served(t, newStandIn(), nil)
	s := opened(t, newDialer(nil), p)
	_, err := s.Do(t.Context(), asked(t, "FAIL"), 0)
	var remote *RemoteError
	if !errors.As(err, &remote) {
		t.Fatalf("error %v; want a RemoteError", err)
	}
	raised := remote.Raise(p, "U_X")
	if raised.GenCode != vm.GenNoVar || raised.Operation != "X" || !strings.Contains(raised.Description, "at "+p.Address()+":\r\n  U_FAIL (A.PRW) line 12") {
		t.Errorf("raised %d %q %q", raised.GenCode, raised.Operation, raised.Description)
	}
	_, err = s.Do(t.Context(), asked(t, "U_NONE"), 0)
	if !errors.As(err, &remote) || remote.Raise(p, "U_NONE").GenCode != vm.GenNoFunc {
		t.Errorf("error %v; want that there is no function", err)
	}
	if _, err := s.Do(t.Context(), asked(t, "ECHO", vm.Str(strings.Repeat("x", 17<<20))), 0); err == nil || !strings.Contains(err.Error(), "MaxMessageSize") {
		t.Errorf("a request that is too long: %v", err)
	}
	if _, err := NewRequest("U_X", []vm.Value{vm.Int(1), vm.NewNative(nil)}, nil); err == nil || !strings.Contains(err.Error(), "argument 2") {
		t.Errorf("an object as an argument: %v", err)
	}
	if _, err := s.Do(t.Context(), asked(t, "ECHO"), 0); err != nil {
		t.Errorf("after errors: %v", err)
	}
	if _, err := s.Do(t.Context(), asked(t, "DIE"), 0); err == nil || !strings.Contains(err.Error(), "the thread was killed") || !s.Over() {
		t.Errorf("a session that ends: %v, over %v", err, s.Over())
	}
}

// A call that takes too long, or whose caller goes away, ends at once here, is ended
// there, and the session goes on.
func TestGivenUp(t *testing.T) {
	server := newStandIn()
	s := opened(t, newDialer(nil), served(t, server, nil))
	if _, err := s.Do(t.Context(), asked(t, "HANG"), 500*time.Millisecond); !errors.Is(err, ErrCallTimeout) {
		t.Errorf("error %v; want ErrCallTimeout", err)
	}
	if id := <-server.interrupted; id != 1 {
		t.Errorf("call %d was interrupted; want 1", id)
	}
	<-server.hanging
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-server.hanging
		cancel(gone)
	}()
	if _, err := s.Do(ctx, asked(t, "HANG"), 0); !errors.Is(err, gone) {
		t.Errorf("error %v; want the cause of the context", err)
	}
	if id := <-server.interrupted; id != 2 {
		t.Errorf("call %d was interrupted; want 2", id)
	}
	if _, err := s.Do(t.Context(), asked(t, "ECHO"), time.Minute); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// What listens there is not what was expected: each error says what it is and how to mend
// it, and comes at once.
func TestMismatch(t *testing.T) {
	now := time.Now()
	good, roots := madeCertificate(t, now.Add(-time.Hour), "127.0.0.1")
	other, otherRoots := madeCertificate(t, now.Add(-time.Hour), "other.example")
	old, oldRoots := madeCertificate(t, now.Add(-48*time.Hour), "127.0.0.1")
	secure, plain := served(t, newStandIn(), good), served(t, newStandIn(), nil)
	page := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	web := listening(t)
	go page.Serve(web)
	t.Cleanup(func() { page.Close() })
	garbage := converse(t, func(c net.Conn) {
		io.WriteString(c, "220 mail.example ESMTP ready, go ahead\r\n")
		io.Copy(io.Discard, c)
	})
	refusing := converse(t, func(c net.Conn) { // an appserver's port without TLS, asked for TLS
		b := make([]byte, 1)
		io.ReadFull(c, b)
		if b[0] == 0x16 {
			c.Write([]byte{0x15, 3, 1, 0, 2, 2, 40})
			return
		}
		io.WriteString(c, "\x00\x00\x00\x04\x00\x00\x00\x00\x00")
		io.Copy(io.Discard, c)
	})
	closing := converse(t, func(net.Conn) {})

	with := func(p Peer, on bool) Peer { p.Secure = on; return p }
	for _, c := range []struct {
		what  string
		peer  Peer
		roots *x509.CertPool
		want  string
	}{
		{"TLS to a plain server", with(plain, true), roots, "this side speaks TLS (BY), that port speaks without TLS: CHANGE, or give that server TLS"},
		{"TLS to a plain port that sends an alert", with(refusing, true), roots, "this side speaks TLS (BY), that port speaks without TLS"},
		{"plain to a TLS server", with(secure, false), nil, "this side speaks gRPC without TLS (BY), that port speaks TLS: CHANGE, or "},
		{"TLS to a web server", with(peerAt(web), true), roots, "an HTTP server without TLS listens there: check name and port"},
		{"plain to a web server", with(peerAt(web), false), roots, "an HTTP server that speaks no HTTP/2 listens there"},
		{"TLS to a mail server", with(garbage, true), roots, "it speaks neither TLS nor gRPC"},
		{"plain to a mail server", with(garbage, false), roots, "it does not speak gRPC"},
		{"plain to one that closes", with(closing, false), roots, "closed the connection before it said anything"},
		{"nobody", nobody(t), nil, "nothing listens on this port"},
		{"unknown name", Peer{Host: "no-such-host.invalid", Port: 1}, nil, "the name no-such-host.invalid is not known"},
		{"unknown authority", secure, otherRoots, "is from an authority that is not trusted here: name a file with that authority in [SSLConfigure] CertificateCA"},
		{"another name", served(t, newStandIn(), other), otherRoots, "its certificate (for other.example, from \"CN=stand-in\") is not for 127.0.0.1"},
		{"expired", served(t, newStandIn(), old), oldRoots, "is out of date"},
		{"no token", credentialed(t, ""), nil, "it wants to know who calls"},
		{"wrong token", credentialed(t, "wrong"), nil, "it did not take the token of this server"},
		{"another service", bare(t), nil, "it serves no calls of programs"},
	} {
		t.Run(c.what, func(t *testing.T) {
			begun := time.Now()
			_, err := newDialer(c.roots).Open(t.Context(), c.peer, "")
			var failed *ConnectError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v; want %q", err, c.want)
			}
			if !strings.HasPrefix(err.Error(), c.peer.Address()+": ") || strings.Contains(err.Error(), "wrong\"") {
				t.Errorf("error %v", err)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// converse listens for connections and has each answered, then closed.
func converse(t *testing.T, answer func(net.Conn)) Peer {
	t.Helper()
	ln := listening(t)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
	return peerAt(ln)
}

// nobody is a port on which nothing listens, nor can: a client has it.
func nobody(t *testing.T) Peer {
	t.Helper()
	c, err := net.Dial("tcp", listening(t).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return Peer{Host: "127.0.0.1", Port: c.LocalAddr().(*net.TCPAddr).Port, Timeout: time.Minute}
}

// credentialed is a server that wants a token, called with another one.
func credentialed(t *testing.T, token string) Peer {
	t.Helper()
	server := newStandIn()
	server.token = "right"
	p := served(t, server, nil)
	p.Token = token
	return p
}

// bare is a gRPC server without the service.
func bare(t *testing.T) Peer {
	t.Helper()
	server := grpc.NewServer()
	ln := listening(t)
	go server.Serve(ln)
	t.Cleanup(server.Stop)
	return peerAt(ln)
}

// A server that says nothing is waited for as long as was asked for, and no longer than
// the caller wants.
func TestSilentServer(t *testing.T) {
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	p := converse(t, func(net.Conn) { <-stuck })
	p.Timeout = 100 * time.Millisecond
	for _, secure := range []bool{false, true} {
		p.Secure = secure
		if _, err := newDialer(nil).Open(t.Context(), p, ""); err == nil || !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("secure %v: error %v; want that no answer came", secure, err)
		}
	}
	p.Timeout = time.Minute
	gone := errors.New("gone")
	for _, secure := range []bool{false, true} {
		p.Secure = secure
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(gone) })
		if _, err := newDialer(nil).Open(ctx, p, ""); !errors.Is(err, gone) {
			t.Errorf("secure %v: error %v; want the cause of the context", secure, err)
		}
	}
}

// A server that answers what was not asked, or too much, ends the session and nothing else.
func TestHostileAnswers(t *testing.T) {
	p := served(t, newStandIn(), nil)
	for _, c := range []struct{ function, want string }{
		{"WRONG", "something else than the call"},
		{"MANY", errValues.Error()},
		{"DEEP", errValues.Error()},
	} {
		s := opened(t, newDialer(nil), p)
		if _, err := s.Do(t.Context(), asked(t, c.function), 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.function, err, c.want)
		}
		inTime(t, s.done)
	}
	s := opened(t, newDialer(nil), p)
	if _, err := s.Do(t.Context(), asked(t, "FLOOD"), 0); err != nil {
		t.Fatal(err)
	}
	called := make(chan struct{})
	go func() {
		defer close(called)
		if _, err := s.Do(t.Context(), asked(t, "ECHO"), 0); err == nil {
			t.Error("an answer that came before the call was taken")
		}
	}()
	inTime(t, called)
}

func inTime(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it has not ended after a minute")
	}
}

// The second look at a server that says nothing ends with the context.
func TestCancelDuringProbe(t *testing.T) {
	ln := listening(t)
	ctx, cancel := context.WithCancel(t.Context())
	var began time.Time
	go func() {
		first, err := ln.Accept()
		if err != nil {
			return
		}
		first.Close()
		second, err := ln.Accept()
		if err != nil {
			return
		}
		began = time.Now()
		cancel()
		io.Copy(io.Discard, second)
	}()
	_, err := newDialer(nil).Open(ctx, peerAt(ln), "")
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > probeTimeout {
		t.Errorf("Open = %v after %v; want the end of the context at once", err, took)
	}
}

// What a server says is not told at any length.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	failed := remoteError(&rpcv1.Failure{Code: int32(codes.Unknown), Message: long, Error: &rpcv1.Error{
		Description: long, Operation: long, SubSystem: long, FileName: long,
		Stack: []*rpcv1.Frame{{Function: long, Source: long}},
	}}).(*RemoteError)
	raised := failed.Raise(Peer{Host: "h", Port: 1}, "U_X")
	failed.Program = nil
	refused := failed.Raise(Peer{Host: "h", Port: 1}, "U_X")
	for name, text := range map[string]string{
		"Description": raised.Description, "Operation": raised.Operation, "SubSystem": raised.SubSystem, "FileName": raised.FileName,
		"Error": failed.Error(), "a refusal": refused.Description, "refused": Peer{}.refused(status.New(codes.Internal, long)).Error(),
		"broken": Peer{}.broken(status.Error(codes.Internal, long)).Error(),
	} {
		if len(text) > 1000 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
}
