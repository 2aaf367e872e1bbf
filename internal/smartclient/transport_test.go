package smartclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transport is a way to connect a client and a server. The protocol must not
// notice which it is.
type transport struct {
	name string
	open func(t *testing.T) (net.Listener, func(t *testing.T) net.Conn)
}

func transports() []transport {
	return []transport{
		{"pipe", openPipe},
		{"tcp", openTCP},
		{"tls", openTLS},
		{"tcp byte by byte", func(t *testing.T) (net.Listener, func(*testing.T) net.Conn) {
			ln, dial := openTCP(t)
			return dripListener{ln}, func(t *testing.T) net.Conn { return drip{dial(t)} }
		}},
	}
}

func openTCP(t *testing.T) (net.Listener, func(*testing.T) net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln, func(t *testing.T) net.Conn {
		nc, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
}

func openTLS(t *testing.T) (net.Listener, func(*testing.T) net.Conn) {
	ln, dial := openTCP(t)
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{ALPN}}
	client := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{ALPN}}
	return tls.NewListener(ln, server), func(t *testing.T) net.Conn { return tls.Client(dial(t), client) }
}

func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// duplex is a connection in memory whose directions end apart, as those of
// TCP do and those of net.Pipe do not.
type duplex struct {
	net.Conn          // the direction that is read
	out      net.Conn // the direction that is written
}

func newPipe() (client, server duplex) {
	up, upEnd := net.Pipe()
	down, downEnd := net.Pipe()
	return duplex{downEnd, up}, duplex{upEnd, down}
}

func (d duplex) Write(p []byte) (int, error) { return d.out.Write(p) }
func (d duplex) CloseWrite() error           { return d.out.Close() }
func (d duplex) Close() error                { return errors.Join(d.out.Close(), d.Conn.Close()) }

func (d duplex) SetWriteDeadline(t time.Time) error { return d.out.SetWriteDeadline(t) }

func (d duplex) SetDeadline(t time.Time) error {
	return errors.Join(d.Conn.SetDeadline(t), d.out.SetDeadline(t))
}

// pipeListener hands out one end of each connection in memory that dial makes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func openPipe(*testing.T) (net.Listener, func(*testing.T) net.Conn) {
	ln := &pipeListener{make(chan net.Conn), make(chan struct{})}
	return ln, func(t *testing.T) net.Conn {
		client, server := newPipe()
		select {
		case ln.conns <- server:
		case <-ln.closed:
			t.Fatal("dial: listener closed")
		}
		return client
	}
}

func (ln *pipeListener) Accept() (net.Conn, error) {
	select {
	case nc := <-ln.conns:
		return nc, nil
	case <-ln.closed:
		return nil, net.ErrClosed
	}
}

func (ln *pipeListener) Close() error {
	select {
	case <-ln.closed:
	default:
		close(ln.closed)
	}
	return nil
}

func (ln *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// drip reads and writes one byte at a time.
type drip struct{ net.Conn }

func (d drip) Read(p []byte) (int, error) { return d.Conn.Read(p[:min(len(p), 1)]) }

func (d drip) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var one int
		one, err = d.Conn.Write(p[n : n+1])
		n += one
	}
	return n, err
}

func (d drip) CloseWrite() error { return d.Conn.(*net.TCPConn).CloseWrite() }

type dripListener struct{ net.Listener }

func (ln dripListener) Accept() (net.Conn, error) {
	nc, err := ln.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return drip{nc}, nil
}
