package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"appserver/internal/smartclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// invoke runs the program.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), args, &out, &errOut)
	return code, out.String(), errOut.String()
}

// authority is a certificate authority of a test's own.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, for --ca
}

func newAuthority(t *testing.T, from, to time.Time) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, der := newCertificate(t, template, nil)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, file}
}

// issue returns a certificate for localhost and 127.0.0.1.
func (a *authority) issue(t *testing.T, from, to time.Time) tls.Certificate {
	t.Helper()
	key, der := newCertificate(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test \x1b[2Jserver"}, NotBefore: from, NotAfter: to,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newCertificate(t *testing.T, template *x509.Certificate, issuer *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// appserver serves SmartClient on ln until the test ends and returns its address.
func appserver(t *testing.T, ln net.Listener) (address string, s *smartclient.Server) {
	t.Helper()
	s = &smartclient.Server{Info: smartclient.Info{Name: "appserver", Version: "9.8.7"}}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != smartclient.ErrServerClosed {
			t.Errorf("Serve = %v; want %v", err, smartclient.ErrServerClosed)
		}
	})
	return ln.Addr().String(), s
}

// answering serves each connection with f until the test ends.
func answering(t *testing.T, f func(net.Conn)) (address string) {
	t.Helper()
	ln := listen(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			f(nc)
			_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.Copy(io.Discard, nc) // until the client has read what it got
			nc.Close()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-ended
	})
	return ln.Addr().String()
}

// saying answers with text when the client has sent something.
func saying(text string) func(net.Conn) {
	return func(nc net.Conn) {
		_, _ = nc.Read(make([]byte, 4096))
		_, _ = io.WriteString(nc, text)
		if half, ok := nc.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}
}

// behindTLS does what f does inside TLS.
func behindTLS(config *tls.Config, f func(net.Conn)) func(net.Conn) {
	return func(nc net.Conn) {
		_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
		if tc := tls.Server(nc, config); tc.Handshake() == nil {
			f(tc)
		}
		_ = nc.(*net.TCPConn).CloseWrite()
	}
}

func TestUsage(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.crt")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		want string // in stderr
	}{
		{[]string{}, "Available Commands"},
		{[]string{"frobnicate"}, `unknown command "frobnicate"`},
		{[]string{"ping"}, "accepts 1 arg(s), received 0"},
		{[]string{"ping", "a", "b"}, "accepts 1 arg(s), received 2"},
		{[]string{"ping", "--frob", "a"}, "unknown flag: --frob"},
		{[]string{"ping", "-n", "-1", "a"}, "--count is -1"},
		{[]string{"ping", "--interval", "1us", "a"}, "--interval is 1µs"},
		{[]string{"ping", "--timeout", "0s", "a"}, "--timeout is 0s"},
		{[]string{"ping", "-o", "xml", "a"}, `--output is "xml"; it must be text or json`},
		{[]string{"ping", "--plain", "--ca", "x", "a"}, "--plain is without TLS"},
		{[]string{"ping", "--ca", empty + ".not", "a"}, "--ca: open "},
		{[]string{"ping", "--ca", empty, "a"}, "holds no certificate"},
		{[]string{"ping", "a:99999"}, `port "99999" must be a number`},
		{[]string{"ping", ""}, `"" is not HOST or HOST:PORT`},
		{[]string{"version", "x"}, `unknown command "x"`},
	}
	for _, tt := range tests {
		code, stdout, stderr := invoke(t, tt.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("run(%q) = %d, stdout %q, stderr %q; want 2, nothing, %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "(smartclient/1, go"},
		{[]string{"--help"}, "Available Commands"},
		{[]string{"ping", "--help"}, "Exit status:"},
	} {
		code, stdout, stderr := invoke(t, tt.args...)
		if code != exitOK || stderr != "" || !strings.Contains(stdout, tt.want) {
			t.Errorf("run(%q) = %d, stdout %q, stderr %q; want 0, %q, nothing", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

func TestSplitTarget(t *testing.T) {
	tests := []struct{ in, host, port string }{
		{"server", "server", "5012"},
		{"server:1234", "server", "1234"},
		{"10.0.0.1", "10.0.0.1", "5012"},
		{"::1", "::1", "5012"},
		{"[::1]", "::1", "5012"},
		{"[::1]:80", "::1", "80"},
		{"fe80::1%eth0", "fe80::1%eth0", "5012"},
		{"server:", "", ""},
		{":5012", "", ""},
		{"", "", ""},
		{"a:b:c", "", ""},
		{"server:0", "", ""},
		{"server:x", "", ""},
		{"https://server:5012/webapp", "", ""},
		{"a b", "", ""},
	}
	for _, tt := range tests {
		host, port, err := splitTarget(tt.in)
		if host != tt.host || port != tt.port || (err != nil) != (tt.host == "") {
			t.Errorf("splitTarget(%q) = %q, %q, %v; want %q, %q", tt.in, host, port, err, tt.host, tt.port)
		}
	}
}

func TestWriteFails(t *testing.T) {
	address, _ := appserver(t, listen(t))
	if code := run(t.Context(), []string{"ping", "--plain", "-n", "1", address}, brokenWriter{}, io.Discard); code != exitFailed {
		t.Errorf("run with a stdout that fails = %d; want %d", code, exitFailed)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

// cancelAt cancels once it has seen text.
type cancelAt struct {
	bytes.Buffer
	text   string
	cancel context.CancelFunc
}

func (c *cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.text) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

func TestInterrupted(t *testing.T) {
	address, _ := appserver(t, listen(t))
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelAt{text: "answer 2", cancel: cancel}
	code := run(ctx, []string{"ping", "--plain", "-n", "0", "--interval", "1ms", address}, out, io.Discard)
	if code != exitInterrupted || !strings.Contains(out.String(), "2 sent, 2 answered") {
		t.Errorf("run interrupted = %d, %s; want %d, the summary of two pings", code, out, exitInterrupted)
	}
	code = run(ctx, []string{"ping", "--plain", address}, out, io.Discard)
	if code != exitInterrupted {
		t.Errorf("run with a context that has ended = %d; want %d", code, exitInterrupted)
	}
}

// A server that goes away between two pings is noticed at once.
func TestServerGoesAway(t *testing.T) {
	address, s := appserver(t, listen(t))
	out := &cancelAt{text: "answer 1", cancel: func() { go s.Shutdown(context.Background()) }}
	code := run(t.Context(), []string{"ping", "--plain", "--interval", "1m", address}, out, io.Discard)
	if code != exitFailed || !strings.Contains(out.String(), "is stopping: the server is stopping") {
		t.Errorf("run = %d, %s; want %d, that the server is stopping", code, out, exitFailed)
	}
}
