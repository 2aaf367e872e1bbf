package smartclient

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// faults collects what a Server counts.
type faults struct {
	mu    sync.Mutex
	codes []string
}

func (f *faults) add(code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codes = append(f.codes, code)
}

func (f *faults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.codes, " ")
}

// serve runs s on ln until the test ends.
func serve(t *testing.T, s *Server, ln net.Listener) {
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve = %v; want %v", err, ErrServerClosed)
		}
	})
}

func TestConversation(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			ln, dial := tr.open(t)
			serve(t, &Server{Info: Info{"appserver", "1.2"}}, ln)
			c, err := NewClient(t.Context(), dial(t), ClientOptions{Info: Info{"test", "1"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := c.ServerInfo(); got != (Info{"appserver", "1.2"}) {
				t.Errorf("ServerInfo() = %v; want appserver 1.2", got)
			}
			if c.Protocol() != 1 || c.IdleTimeout() != 90*time.Second || c.Err() != nil {
				t.Errorf("Protocol, IdleTimeout, Err = %d, %v, %v; want 1, 1m30s, nil", c.Protocol(), c.IdleTimeout(), c.Err())
			}
			var pings sync.WaitGroup
			for range 20 {
				pings.Go(func() {
					if d, err := c.Ping(t.Context()); err != nil || d < 0 {
						t.Errorf("Ping = %v, %v; want a time", d, err)
					}
				})
			}
			pings.Wait()
			if err := c.Close(); err != nil {
				t.Errorf("Close = %v; want nil", err)
			}
			if _, err := c.Ping(t.Context()); err != ErrClientClosed {
				t.Errorf("Ping after Close = %v; want %v", err, ErrClientClosed)
			}
		})
	}
}

const goodHello = `{"protocol":{"min":1,"max":1}}`

func wire(frames ...Frame) string {
	var b []byte
	for _, f := range frames {
		b = AppendFrame(b, f)
	}
	return string(b)
}

// badInput is the table "What a server does with bad input" of the specification.
var badInput = []struct {
	name  string
	in    string
	fault string // codes counted
	out   string // the server's frames: types, errors as code, "+" if they continue
}{
	{"probe", "", "", ""},
	{"preamble of another kind", "GET / HTTP/1.1\r\n\r\n", "bad-preamble", "bad-preamble"},
	{"preamble of a later framing", "\x93SC2", "bad-preamble", "bad-preamble"},
	{"preamble cut", "\x93SC", "truncated", "truncated"},
	{"nothing after the preamble", Preamble, "", ""},
	{"frame cut in its length", Preamble + "\x00\x00", "truncated", "truncated"},
	{"frame cut in its body", Preamble + "\x00\x00\x00\x20\x01{", "truncated", "truncated"},
	{"length 0", Preamble + "\x00\x00\x00\x00", "bad-frame", "bad-frame"},
	{"hello too large", Preamble + "\x00\x00\x10\x01\x01", "too-large", "too-large"},
	{"first frame too large", Preamble + "\x00\x00\x10\x01\x20", "too-large", "too-large"},
	{"first byte of a frame not 0", Preamble + "\x16\x03\x01\x00\x05", "too-large", "too-large"},
	{"ping first", Preamble + wire(Frame{TypePing, []byte("12345678")}), "hello-expected", "hello-expected"},
	{"garbage JSON", Preamble + wire(Frame{TypeHello, []byte("{]")}), "bad-body", "bad-body"},
	{"no version in common", Preamble + wire(Frame{TypeHello, []byte(`{"protocol":{"min":2,"max":3}}`)}), "unsupported-version", "unsupported-version"},
	{"second hello", hi(Frame{TypeHello, []byte(goodHello)}), "unexpected-frame", "hello-ok unexpected-frame"},
	{"hello-ok", hi(Frame{TypeHelloOK, nil}), "unexpected-frame", "hello-ok unexpected-frame"},
	{"frame too large", hi() + "\x00\x01\x00\x01\x20", "too-large", "hello-ok too-large"},
	{"frame cut", hi() + "\x00\x00\x00\x09\x03123", "truncated", "hello-ok truncated"},
	{"unknown control type", hi(Frame{0x0f, nil}), "unknown-type", "hello-ok unknown-type"},
	{"type 0", hi(Frame{0, []byte("x")}), "unknown-type", "hello-ok unknown-type"},
	{"session type not agreed", hi(Frame{0x10, []byte("x")}, ping), "unknown-type", "hello-ok unknown-type+ pong"},
	{"type to be ignored", hi(Frame{0x80, []byte("x")}, Frame{0xff, nil}, ping), "", "hello-ok pong"},
	{"ping too short", hi(Frame{TypePing, []byte("1234567")}, ping), "bad-body", "hello-ok bad-body+ pong"},
	{"ping too long", hi(Frame{TypePing, make([]byte, 65)}, ping), "bad-body", "hello-ok bad-body+ pong"},
	{"longest ping", hi(Frame{TypePing, make([]byte, 64)}), "", "hello-ok pong"},
	{"pong unasked", hi(Frame{TypePong, []byte("12345678")}, ping), "", "hello-ok pong"},
	{"bad error", hi(Frame{TypeError, []byte("?")}), "bad-body", "hello-ok bad-body"},
	{"error, over", hi(Frame{TypeError, []byte(`{"code":"internal"}`)}, ping), "", "hello-ok"},
	{"error, goes on", hi(Frame{TypeError, []byte(`{"code":"x","continues":true}`)}, ping), "", "hello-ok pong"},
	{"bad bye", hi(Frame{TypeBye, nil}), "bad-body", "hello-ok bad-body"},
	{"bye", hi(Frame{TypeBye, []byte(`{"reason":"done"}`)}, ping), "", "hello-ok"},
	{
		"eight faults", hi(Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, Frame{0x10, nil}, ping),
		strings.TrimSpace(strings.Repeat("unknown-type ", 8)),
		"hello-ok " + strings.Repeat("unknown-type+ ", 7) + "unknown-type",
	},
}

var ping = Frame{TypePing, []byte("12345678")}

// hi returns a good beginning and the frames that follow it.
func hi(frames ...Frame) string {
	return Preamble + wire(Frame{TypeHello, []byte(goodHello)}) + wire(frames...)
}

func TestBadInput(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			for _, tt := range badInput {
				t.Run(tt.name, func(t *testing.T) {
					var counted faults
					core, logged := observer.New(zap.InfoLevel)
					ln, dial := tr.open(t)
					s := &Server{OnFault: counted.add, MaxFrame: LeastMaxFrame, Log: zap.New(core)}
					serve(t, s, ln)
					if got := exchange(t, dial(t), tt.in); got != tt.out {
						t.Errorf("server's frames to % x = %q; want %q", tt.in, got, tt.out)
					}
					s.Close() // waits, so that all is counted
					if got := counted.String(); got != tt.fault {
						t.Errorf("faults counted = %q; want %q", got, tt.fault)
					}
					if got := loggedCodes(logged); got != tt.fault {
						t.Errorf("faults logged = %q; want %q", got, tt.fault)
					}
				})
			}
		})
	}
}

func loggedCodes(logs *observer.ObservedLogs) string {
	var codes []string
	for _, e := range logs.FilterMessage("smartclient: client fault").All() {
		codes = append(codes, e.ContextMap()["code"].(string))
	}
	return strings.Join(codes, " ")
}

// exchange sends in, ends its direction, and returns the frames that come back.
func exchange(t *testing.T, nc net.Conn, in string) string {
	defer nc.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		// The server may close before it has read all; what it says counts.
		_, _ = io.WriteString(nc, in)
		_ = nc.(interface{ CloseWrite() error }).CloseWrite()
	}()
	_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
	var got []string
	for {
		f, err := ReadFrame(nc, DefaultMaxFrame)
		if err != nil {
			break
		}
		got = append(got, describe(t, f))
	}
	nc.Close()
	<-sent
	return strings.Join(got, " ")
}

func describe(t *testing.T, f Frame) string {
	if f.Type != TypeError {
		return f.Type.String()
	}
	e, err := parseError(f.Body)
	if err != nil {
		t.Errorf("parseError(%q) = %v; want nil", f.Body, err)
		return "?"
	}
	if e.Continues {
		return e.Code + "+"
	}
	return e.Code
}

// script runs test in a bubble of its own time with a server and a raw
// connection to it that has sent in.
func script(t *testing.T, s *Server, in string, test func(t *testing.T, nc net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		ln, dial := openPipe(t)
		served := make(chan error, 1)
		go func() { served <- s.Serve(ln) }()
		nc := dial(t)
		if _, err := io.WriteString(nc, in); err != nil {
			t.Fatal(err)
		}
		test(t, nc)
		nc.Close()
		s.Close()
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve = %v; want %v", err, ErrServerClosed)
		}
	})
}

// expect reads one frame and checks what it is.
func expect(t *testing.T, nc net.Conn, want string) {
	t.Helper()
	f, err := ReadFrame(nc, DefaultMaxFrame)
	if err != nil {
		t.Errorf("ReadFrame = error %v; want %s", err, want)
		return
	}
	if got := describe(t, f); got != want {
		t.Errorf("ReadFrame = %s; want %s", got, want)
	}
}

func expectEnd(t *testing.T, nc net.Conn) {
	t.Helper()
	if f, err := ReadFrame(nc, DefaultMaxFrame); err != io.EOF {
		t.Errorf("ReadFrame = %v, %v; want %v", f.Type, err, io.EOF)
	}
}

func TestDeadlines(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		hello bool // the server answers the hello
		want  string
		after time.Duration
	}{
		{"silence", "", false, "hello-timeout", 5 * time.Second},
		{"preamble only", Preamble, false, "hello-timeout", 5 * time.Second},
		{"half a hello", Preamble + "\x00\x00\x00\x20\x01{", false, "hello-timeout", 5 * time.Second},
		{"nothing after the hello", hi(), true, "idle-timeout", 90 * time.Second},
		{"half a length", hi() + "\x00\x00", true, "idle-timeout", 90 * time.Second},
		{"half a frame", hi() + "\x00\x00\x00\x20\x03x", true, "frame-timeout", 30 * time.Second},
		{"half a frame to skip", hi() + "\x00\x00\x00\x20\x80x", true, "frame-timeout", 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			script(t, &Server{}, "", func(t *testing.T, nc net.Conn) {
				start := time.Now()
				go io.WriteString(nc, tt.in)
				if tt.hello {
					expect(t, nc, "hello-ok")
				}
				expect(t, nc, tt.want)
				if got := time.Since(start); got != tt.after {
					t.Errorf("%s after %v; want %v", tt.want, got, tt.after)
				}
				expectEnd(t, nc)
			})
		})
	}
}

// A byte now and then does not move a deadline.
func TestTrickle(t *testing.T) {
	script(t, &Server{}, "", func(t *testing.T, nc net.Conn) {
		start := time.Now()
		dripped := make(chan struct{})
		go func() {
			defer close(dripped)
			for _, b := range []byte(hi()) {
				if _, err := nc.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		expect(t, nc, "hello-timeout")
		if got := time.Since(start); got != 5*time.Second {
			t.Errorf("hello-timeout after %v; want 5s", got)
		}
		nc.Close()
		<-dripped
	})
}

// A client that sends and never reads is cut.
func TestWriteTimeout(t *testing.T) {
	script(t, &Server{}, hi(), func(t *testing.T, nc net.Conn) {
		expect(t, nc, "hello-ok")
		start := time.Now()
		if _, err := io.WriteString(nc, wire(ping)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if _, err := io.WriteString(nc, wire(ping)); err != io.ErrClosedPipe {
			t.Errorf("write after %v without a read = %v; want %v", time.Since(start), err, io.ErrClosedPipe)
		}
	})
}

func TestShutdown(t *testing.T) {
	const bye = `{"reason":"done"}`
	tests := []struct {
		name    string
		in      string
		hello   bool
		client  func(t *testing.T, nc net.Conn) // after the bye
		ctx     time.Duration
		want    error
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"client answers", hi(), true, func(_ *testing.T, nc net.Conn) { io.WriteString(nc, wire(Frame{TypeBye, []byte(bye)})); nc.Close() }, time.Minute, nil, 0, 0},
		{"client closes", hi(), true, func(_ *testing.T, nc net.Conn) { nc.Close() }, time.Minute, nil, 0, 0},
		{"client pings, then answers", hi(), true, func(t *testing.T, nc net.Conn) {
			io.WriteString(nc, wire(ping))
			expect(t, nc, "pong")
			nc.Close()
		}, time.Minute, nil, 0, 0},
		{"client stays", hi(), true, func(*testing.T, net.Conn) {}, time.Minute, nil, 5 * time.Second, 5 * time.Second},
		{"client stays longer than the context", hi(), true, func(*testing.T, net.Conn) {}, time.Second, context.DeadlineExceeded, time.Second, time.Second},
		{"before the hello", "", false, func(_ *testing.T, nc net.Conn) { nc.Close() }, time.Minute, nil, 0, 0},
		{"before the hello, silent", Preamble, false, func(*testing.T, net.Conn) {}, time.Minute, nil, 5 * time.Second, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Server{}
			script(t, s, tt.in, func(t *testing.T, nc net.Conn) {
				if tt.hello {
					expect(t, nc, "hello-ok")
				}
				synctest.Wait()
				go func() {
					expect(t, nc, "bye")
					tt.client(t, nc)
				}()
				ctx, cancel := context.WithTimeout(t.Context(), tt.ctx)
				defer cancel()
				start := time.Now()
				if err := s.Shutdown(ctx); err != tt.want {
					t.Errorf("Shutdown = %v; want %v", err, tt.want)
				}
				if d := time.Since(start); d < tt.atLeast || d > tt.atMost {
					t.Errorf("Shutdown took %v; want %v to %v", d, tt.atLeast, tt.atMost)
				}
			})
		})
	}
}

// Nothing is served any more once the server has stopped.
func TestServeAfterShutdown(t *testing.T) {
	s := &Server{}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown of a server that never served = %v; want nil", err)
	}
	ln, _ := openTCP(t)
	if err := s.Serve(ln); err != ErrServerClosed {
		t.Errorf("Serve after Shutdown = %v; want %v", err, ErrServerClosed)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Serve = %v; want %v", err, net.ErrClosed)
	}
}

func TestServeSettings(t *testing.T) {
	s := &Server{HelloTimeout: time.Hour, IdleTimeout: 1, MaxFrame: 10}
	ln, _ := openTCP(t)
	err := s.Serve(ln)
	for _, want := range []string{"HelloTimeout is 1h0m0s", "IdleTimeout is 1ns", "MaxFrame is 10 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Serve = %v; want an error with %q", err, want)
		}
	}
}

// failing is a listener whose Accept returns errs, then that it is closed.
type failing struct {
	pipeListener
	errs []error
	at   []time.Time
}

func (f *failing) Accept() (net.Conn, error) {
	f.at = append(f.at, time.Now())
	if len(f.errs) == 0 {
		return f.pipeListener.Accept()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

func TestAcceptBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emfile := &net.OpError{Op: "accept", Err: syscall.EMFILE}
		ln := &failing{pipeListener{closed: make(chan struct{})}, []error{emfile, emfile, emfile}, nil}
		s := &Server{}
		served := make(chan error)
		go func() { served <- s.Serve(ln) }()
		time.Sleep(time.Second)
		s.Close()
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve = %v; want %v", err, ErrServerClosed)
		}
		if got := ln.at[len(ln.at)-1].Sub(ln.at[0]); len(ln.at) != 4 || got != 35*time.Millisecond {
			t.Errorf("%d accepts in %v; want 4 in 35ms", len(ln.at), got)
		}
	})
}

func TestAcceptFails(t *testing.T) {
	broken := errors.New("broken")
	s := &Server{}
	if err := s.Serve(&failing{pipeListener{closed: make(chan struct{})}, []error{broken}, nil}); !errors.Is(err, broken) {
		t.Errorf("Serve = %v; want %v", err, broken)
	}
}

// A panic ends its connection, is counted and logged, and nothing else.
func TestPanic(t *testing.T) {
	core, logged := observer.New(zap.ErrorLevel)
	var counted faults
	s := &Server{Log: zap.New(core), OnFault: func(code string) {
		counted.add(code)
		panic("observer")
	}}
	ln, dial := openTCP(t)
	serve(t, s, ln)
	other, err := NewClient(t.Context(), dial(t), ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if got := exchange(t, dial(t), "\x93SC2"); got != CodeInternal {
		t.Errorf("frames = %q; want %q", got, CodeInternal)
	}
	if _, err := other.Ping(t.Context()); err != nil {
		t.Errorf("Ping on another connection = %v; want nil", err)
	}
	other.Close()
	s.Close()
	if got := counted.String(); got != "bad-preamble internal" {
		t.Errorf("counted = %q; want bad-preamble internal", got)
	}
	entries := logged.All()
	if len(entries) != 1 || !strings.Contains(string(entries[0].ContextMap()["stack"].(string)), "conn.go") {
		t.Errorf("logged %v; want one error with the stack", entries)
	}
}

// Whatever a client sends, the server ends by itself and does not panic.
func FuzzServer(f *testing.F) {
	for _, tt := range badInput {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		client, server := newPipe()
		s := &Server{OnFault: func(code string) {
			if code == CodeInternal {
				t.Errorf("internal fault on % x", in)
			}
		}}
		set, err := s.settings()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = client.Write(in)
			client.CloseWrite()
		}()
		s.open = make(map[*conn]struct{})
		s.start(server, set)
		for {
			if _, err := ReadFrame(client, DefaultMaxFrame); err != nil {
				if err != io.EOF {
					t.Errorf("server's answer to % x ends with %v; want whole frames", in, err)
				}
				break
			}
		}
		client.Close()
		s.conns.Wait()
	})
}
