package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// alpn is the protocol that is measured.
const alpn = "appserver-rpc/1"

// startTime is how long a server may take until it answers.
const startTime = time.Minute

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
	binary := filepath.Join(b.dir, "appserver")
	if out, err := exec.Command("go", "build", "-o", binary, "appserver/cmd/appserver").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the server: %w\n%s", err, out)
	}
	ini, err := b.write("app.ini", configuration)
	if err != nil {
		return nil, err
	}
	if _, err := b.write("src/echo.prw", program); err != nil {
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
	return b.start(cmd, regexp.MustCompile(`port is open address=(\S+)`))
}

// startBare starts this program as the server to compare with.
func (b *bench) startBare() (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return b.start(exec.Command(self, "-bare", b.dir), regexp.MustCompile(`listening on (\S+)`))
}

// start starts a server, which prints its address, and connects to it.
func (b *bench) start(cmd *exec.Cmd, address *regexp.Regexp) (*server, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				break
			}
		}
		_, _ = io.Copy(io.Discard, out) // until the server ends
	}()
	select {
	case at := <-found:
		return s, b.dial(s, at)
	case <-time.After(startTime):
		s.stop()
		return nil, fmt.Errorf("%s does not say that it listens", cmd.Path)
	}
}

// serveBare serves the protocol with grpc-go alone.
func serveBare(dir string) error {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{alpn}})))
	rpcv1.RegisterRPCServer(g, echo{})
	fmt.Println("listening on", l.Addr())
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

// makeCertificate writes a certificate for localhost and its key, and returns whom
// clients are to trust.
func makeCertificate(dir string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool, errors.Join(
		os.WriteFile(filepath.Join(dir, "server.pem"), certificate, 0o600),
		os.WriteFile(filepath.Join(dir, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}
