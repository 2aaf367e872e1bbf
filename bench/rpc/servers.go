package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/bench/lab"
)

// alpn is the protocol that is measured.
const alpn = "appserver-rpc/1"

const configuration = `[General]
DataPath=data
InactiveTimeout=0
[TCP]
IP=127.0.0.1
Port=0
[Metrics]
Enable=0
[SSLConfigure]
CertificateServer=server.pem
KeyServer=server.key
[RPC]
Enable=1
Environment=BENCH
[BENCH]
SourcePath=src
`

const program = `
User Function Echo(xValue)
Return xValue
`

// startAppserver builds and starts the server under test.
func (b *bench) startAppserver() (*server, error) {
	binary, err := lab.BuildAppserver(b.dir)
	if err != nil {
		return nil, err
	}
	ini, err := lab.Write(b.dir, "app.ini", configuration)
	if err != nil {
		return nil, err
	}
	if _, err := lab.Write(b.dir, "src/echo.prw", program); err != nil {
		return nil, err
	}
	made := exec.Command(binary, "rpc", "token", "make", "bench", "--config", ini)
	made.Dir = b.dir
	out, err := made.Output()
	if err != nil {
		return nil, fmt.Errorf("making a token: %w", err)
	}
	b.token = strings.TrimSpace(string(out))
	cmd := exec.Command(binary, "serve", "--config", ini)
	cmd.Dir = b.dir
	return b.connect(lab.Start(cmd, lab.Listening))
}

// startBare starts this program as the server to compare with.
func (b *bench) startBare() (*server, error) {
	return b.connect(lab.StartSelf("-bare", b.dir))
}

// connect connects to a server that was started.
func (b *bench) connect(started *lab.Server, err error) (*server, error) {
	if err != nil {
		return nil, err
	}
	s := &server{Server: started}
	return s, b.dial(s, started.Address)
}

// serveBare serves the protocol with grpc-go alone.
func serveBare(dir string) error {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, lab.CertificateFile), filepath.Join(dir, lab.KeyFile))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{alpn}})))
	rpcv1.RegisterRPCServer(g, echo{})
	lab.Announce(l.Addr())
	return g.Serve(l)
}

// echo answers with the first argument.
type echo struct{ rpcv1.UnimplementedRPCServer }

// Call implements appserver.rpc.v1.RPC.
func (echo) Call(_ context.Context, r *rpcv1.CallRequest) (*rpcv1.CallResponse, error) {
	return &rpcv1.CallResponse{Result: r.Arguments[0]}, nil
}

// Session implements appserver.rpc.v1.RPC.
func (echo) Session(stream grpc.BidiStreamingServer[rpcv1.SessionRequest, rpcv1.SessionResponse]) error {
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer := &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Opened{Opened: &rpcv1.Opened{}}}
		if call := m.GetCall(); call != nil {
			r := &rpcv1.Result{Id: call.Id, Result: call.Arguments[0]}
			answer = &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: r}}
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}
