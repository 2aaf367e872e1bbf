package smartclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answer plays a server: it reads the preamble and a hello from nc, sends out,
// and ends its direction.
func answer(nc net.Conn, out string) {
	_, _ = io.CopyN(io.Discard, nc, int64(len(Preamble)))
	_, _ = ReadFrame(nc, maxHello)
	_, _ = io.WriteString(nc, out)
	_ = nc.(interface{ CloseWrite() error }).CloseWrite()
}

const welcome = `{"protocol":1,"idleTimeoutMs":90000}`

func TestNewClientFails(t *testing.T) {
	var (
		refused *Error
		bye     *ByeError
		foreign *ForeignError
	)
	isError := func(err error) bool { return errors.As(err, &refused) }
	tests := []struct {
		name string
		out  string
		is   func(error) bool
		text string
	}{
		{"refused by the port", string(RefusalFrame(CodeTLSRequired, "use TLS")), isError, "hello: smartclient: tls-required: use TLS"},
		{"unsupported version", wire((&Error{Code: CodeUnsupportedVersion, MinProtocol: 7, MaxProtocol: 8}).frame()),
			func(err error) bool { return isError(err) && refused.MinProtocol == 7 && refused.MaxProtocol == 8 }, ""},
		{"going away", wire(byeFrame(ReasonGoingAway, "stopping")), func(err error) bool { return errors.As(err, &bye) }, "going-away: stopping"},
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", func(err error) bool { return errors.As(err, &foreign) && foreign.HTTP() }, ""},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x28", func(err error) bool { return errors.As(err, &foreign) && foreign.TLS() }, ""},
		{"end", "", func(err error) bool { return errors.Is(err, io.EOF) }, "hello: read: EOF"},
		{"end in a frame", "\x00\x00", func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, ""},
		{"too large", "\x00\x01\x00\x00\x02", isProtocol, "too-large"},
		{"bad body", wire(Frame{TypeHelloOK, []byte("{}")}), isProtocol, "bad-body"},
		{"bad error", wire(Frame{TypeError, []byte("{}")}), isProtocol, "bad-body"},
		{"version not offered", wire(Frame{TypeHelloOK, []byte(`{"protocol":2,"idleTimeoutMs":90000}`)}), isProtocol, "version 2"},
		{"pong", wire(Frame{TypePong, nil}), isProtocol, "pong"},
		{"session frame", wire(Frame{0x10, []byte("x")}), isProtocol, "0x10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := newPipe()
			defer server.Close()
			go answer(server, tt.out)
			c, err := NewClient(t.Context(), client, ClientOptions{})
			if c != nil || !tt.is(err) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("NewClient = %v, %v; want another error, with %q", c, err, tt.text)
			}
			if _, err := client.Write([]byte("x")); err != io.ErrClosedPipe {
				t.Errorf("write after NewClient failed = %v; want %v", err, io.ErrClosedPipe)
			}
		})
	}
}

func isProtocol(err error) bool {
	var fault *Error
	return errors.Is(err, ErrProtocol) && !errors.As(err, &fault)
}

func TestNewClientTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPipe()
		defer server.Close()
		start := time.Now()
		_, err := NewClient(t.Context(), client, ClientOptions{})
		if d := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || d != 10*time.Second {
			t.Errorf("NewClient with a silent server = %v after %v; want %v after 10s", err, d, context.DeadlineExceeded)
		}
	})
}

func TestNewClientCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, server := newPipe()
	defer server.Close()
	go func() {
		_, _ = io.CopyN(io.Discard, server, 1)
		cancel()
	}()
	if _, err := NewClient(ctx, client, ClientOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("NewClient = %v; want %v", err, context.Canceled)
	}
}

// A client that is not used stays connected.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPipe()
		s := &Server{}
		set, _ := s.settings()
		s.open = map[*conn]struct{}{}
		s.start(server, set)
		c, err := NewClient(t.Context(), client, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := c.Err(); err != nil {
			t.Errorf("Err after an hour of silence = %v; want nil", err)
		}
		if _, err := c.Ping(t.Context()); err != nil {
			t.Errorf("Ping after an hour of silence = %v; want nil", err)
		}
		c.Close()
		s.Close()
	})
}

// client returns a client and the server's end of its connection, past the hello.
func client(t *testing.T) (*Client, duplex) {
	near, far := newPipe()
	go func() {
		_, _ = io.CopyN(io.Discard, far, int64(len(Preamble)))
		_, _ = ReadFrame(far, maxHello)
		_, _ = io.WriteString(far, wire(Frame{TypeHelloOK, []byte(welcome)}))
	}()
	c, err := NewClient(t.Context(), near, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c, far
}

// What a client does with the frames of a server that is up.
func TestClientTakes(t *testing.T) {
	tests := []struct {
		name string
		out  string
		back []string // what the client answers
		err  string   // why it ends, "" if it does not
	}{
		{"ping", wire(ping), []string{"pong"}, ""},
		{"bad ping, then a good one", wire(Frame{TypePing, nil}, ping), []string{"bad-body+", "pong"}, ""},
		{"pong unasked", wire(Frame{TypePong, []byte("1")}, Frame{TypePong, []byte("12345678")}, ping), []string{"pong"}, ""},
		{"session frame", wire(Frame{0x10, []byte("x")}, ping), []string{"unknown-type+", "pong"}, ""},
		{"frame to be ignored", wire(Frame{0x90, []byte("x")}, ping), []string{"pong"}, ""},
		{"error that goes on", wire(Frame{TypeError, []byte(`{"code":"x","continues":true}`)}, ping), []string{"pong"}, ""},
		{"error", wire(Frame{TypeError, []byte(`{"code":"idle-timeout"}`)}), nil, "smartclient: idle-timeout"},
		{"bye", wire(byeFrame(ReasonGoingAway, "")), []string{"bye"}, "smartclient: peer ended the connection: going-away"},
		{"second hello-ok", wire(Frame{TypeHelloOK, []byte(welcome)}), []string{"unexpected-frame"}, "smartclient: the server breaks the protocol: unexpected-frame: hello-ok after the hello"},
		{"unknown control frame", wire(Frame{0x0e, nil}), []string{"unknown-type"}, "smartclient: the server breaks the protocol: unknown-type: frame of unknown type 0x0e"},
		{"frame of length 0", "\x00\x00\x00\x00", []string{"bad-frame"}, "smartclient: the server breaks the protocol: bad-frame: a frame of length 0 has no type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, far := client(t)
				go io.WriteString(far, tt.out)
				for _, want := range tt.back {
					expect(t, far, want)
				}
				synctest.Wait()
				if err := c.Err(); tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
					t.Errorf("Err = %v; want %q", err, tt.err)
				}
				far.Close()
				c.Close()
			})
		})
	}
}

func TestClientEnds(t *testing.T) {
	t.Run("server closes", func(t *testing.T) {
		ln, dial := openTCP(t)
		defer ln.Close()
		go func() {
			if nc, err := ln.Accept(); err == nil {
				answer(nc, wire(Frame{TypeHelloOK, []byte(welcome)}))
				_, _ = io.Copy(io.Discard, nc)
				nc.Close()
			}
		}()
		c, err := NewClient(t.Context(), dial(t), ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if _, err := c.Ping(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Ping = %v; want %v", err, io.EOF)
		}
		c.Close()
		if err := c.Err(); !errors.Is(err, io.EOF) {
			t.Errorf("Err after Close = %v; want the first reason, %v", err, io.EOF)
		}
	})
	t.Run("server is silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, far := client(t)
			go io.Copy(io.Discard, far)
			start := time.Now()
			<-c.Done()
			if d := time.Since(start); d != 90*time.Second || !errors.Is(c.Err(), os.ErrDeadlineExceeded) {
				t.Errorf("ended after %v with %v; want 90s, %v", d, c.Err(), os.ErrDeadlineExceeded)
			}
			far.Close()
			c.Close()
		})
	})
	t.Run("server does not read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, far := client(t)
			start := time.Now()
			_, err := c.Ping(t.Context())
			if d := time.Since(start); d != 11*time.Second || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Ping = %v after %v; want %v after 11s", err, d, os.ErrDeadlineExceeded)
			}
			far.Close()
			c.Close()
		})
	})
}

// A ping that is given up leaves the connection as it is.
func TestPingCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := client(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first := make(chan error)
		go func() {
			_, err := c.Ping(ctx)
			first <- err
		}()
		late, err := ReadFrame(far, maxControl)
		if err != nil || late.Type != TypePing {
			t.Fatalf("ReadFrame = %v, %v; want a ping", late.Type, err)
		}
		if err := <-first; err != context.DeadlineExceeded {
			t.Errorf("Ping = %v; want %v", err, context.DeadlineExceeded)
		}
		go func() {
			next, _ := ReadFrame(far, maxControl)
			time.Sleep(time.Second)
			// The late pong first, and the right one twice.
			_, _ = io.WriteString(far, wire(Frame{TypePong, late.Body}, Frame{TypePong, next.Body}, Frame{TypePong, next.Body}))
		}()
		if d, err := c.Ping(t.Context()); err != nil || d != time.Second {
			t.Errorf("Ping = %v, %v; want 1s", d, err)
		}
		far.Close()
		c.Close()
	})
}

// What the server says before it closes is not lost to what it has not read.
func TestRefusalOverTCP(t *testing.T) {
	ln, dial := openTCP(t)
	defer ln.Close()
	answered := make(chan error, 1)
	go func() {
		nc, err := ln.Accept()
		if err != nil {
			answered <- err
			return
		}
		defer nc.Close()
		_, _ = io.CopyN(io.Discard, nc, int64(len(Preamble)))
		_, err = nc.Write(RefusalFrame(CodeTLSRequired, "use TLS"))
		endWrite(nc)
		_, _ = io.Copy(io.Discard, nc)
		answered <- err
	}()
	_, err := NewClient(t.Context(), dial(t), ClientOptions{})
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != CodeTLSRequired {
		t.Errorf("NewClient = %v; want %s", err, CodeTLSRequired)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// A client that speaks TLS to a server for bare TCP gets something that is no
// TLS record.
func TestTLSToPlainServer(t *testing.T) {
	var counted faults
	ln, dial := openTCP(t)
	s := &Server{OnFault: counted.add}
	serve(t, s, ln)
	nc := tls.Client(dial(t), &tls.Config{InsecureSkipVerify: true})
	defer nc.Close()
	var header tls.RecordHeaderError
	if err := nc.Handshake(); !errors.As(err, &header) || header.RecordHeader[0] != 0 {
		t.Errorf("Handshake = %v; want a record header error that starts with 0", err)
	}
	s.Close()
	if got := counted.String(); got != CodeBadPreamble {
		t.Errorf("faults counted = %q; want %q", got, CodeBadPreamble)
	}
}

func TestClientOptions(t *testing.T) {
	for _, n := range []int{1, LeastMaxFrame - 1, GreatestMaxFrame + 1} {
		near, far := newPipe()
		defer far.Close()
		if _, err := NewClient(t.Context(), near, ClientOptions{MaxFrame: n}); err == nil || !strings.Contains(err.Error(), "MaxFrame is") {
			t.Errorf("NewClient with MaxFrame %d = %v; want an error", n, err)
		}
	}
}

// A server that does not read holds a ping up, but not the caller, and the
// connection goes on.
func TestPingEndsWithItsContext(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	go func() {
		io.ReadFull(far, make([]byte, len(Preamble)))
		ReadFrame(far, maxHello)
		far.Write(AppendFrame(nil, (&helloOK{protocol: MaxProtocol, maxFrame: DefaultMaxFrame, idle: 90 * time.Second}).frame()))
	}()
	c, err := NewClient(t.Context(), near, ClientOptions{WriteTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping = %v; want context.DeadlineExceeded", err)
	}
	if err := c.Err(); err != nil {
		t.Errorf("the connection has ended: %v; want it to go on", err)
	}
}
