package httpport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/http2"
)

// pipeListener hands out connections in memory, whose deadlines obey the clock
// of a synctest bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{make(chan net.Conn), make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

// inBubble runs test with a server of handler that serves l under a clock that
// stands still while anything can run. The results of handler arrive at test
// through a channel.
func inBubble(t *testing.T, handler func(http.ResponseWriter, *http.Request) error, test func(t *testing.T, l *pipeListener, results <-chan error)) {
	inBubbleTelling(t, nil, handler, test)
}

// inBubbleTelling is inBubble with a server that tells slow of slow peers.
func inBubbleTelling(t *testing.T, slow func(part string), handler func(http.ResponseWriter, *http.Request) error, test func(t *testing.T, l *pipeListener, results <-chan error)) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		results := make(chan error, 1)
		srv := New(Config{Log: zap.NewNop(), StallTimeout: time.Minute, Slow: slow, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			results <- handler(w, r)
		})})
		ended := make(chan error)
		go func() { ended <- srv.Serve(l) }()
		test(t, l, results)
		_ = srv.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v; want %v", err, http.ErrServerClosed)
		}
		time.Sleep(time.Second) // net/http waits for half of one before it closes some connections
		synctest.Wait()
	})
}

// http2Client returns a client of unencrypted HTTP/2 over l.
func http2Client(l *pipeListener) (_ *http.Client, closeIdle func()) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	tr := &http.Transport{
		Protocols:   protocols,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil },
	}
	return &http.Client{Transport: tr}, tr.CloseIdleConnections
}

func TestSenderOfABodyMayNotPause(t *testing.T) {
	handler := func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123")
			start := time.Now()
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			wantDeadline(t, <-results, time.Since(start))
		})
	})
	t.Run("HTTP/2", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			client, closeIdle := http2Client(l)
			defer closeIdle()
			body, stop := io.Pipe()
			defer stop.Close()
			start := time.Now()
			go func() { _, _ = io.WriteString(stop, "123") }()
			go func() {
				if resp, err := client.Post("http://a/", "text/plain", body); err == nil {
					resp.Body.Close()
				}
			}()
			wantDeadline(t, <-results, time.Since(start))
		})
	})
}

func wantDeadline(t *testing.T, err error, after time.Duration) {
	t.Helper()
	if !errors.Is(err, os.ErrDeadlineExceeded) || after != time.Minute {
		t.Errorf("after %v the handler got %v; want %v after 1m", after, err, os.ErrDeadlineExceeded)
	}
}

func TestReceiverOfAnAnswerMayNotPause(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.Copy(w, io.LimitReader(endless{}, 16<<20))
		return err
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			start := time.Now()
			wantDeadline(t, <-results, time.Since(start))
		})
	})
	t.Run("HTTP/2", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			client, closeIdle := http2Client(l)
			defer closeIdle()
			resp, err := client.Get("http://a/")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			start := time.Now()
			err = <-results
			if after := time.Since(start); err == nil || after != time.Minute {
				t.Errorf("after %v the handler got %v; want an error after 1m", after, err)
			}
		})
	})
}

// TestReceiverOfASmallAnswerMayNotPause has answers that net/http keeps until
// the handler has returned.
func TestReceiverOfASmallAnswerMayNotPause(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "ok")
		return err
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, _ <-chan error) {
			conn := l.dial()
			defer conn.Close()
			start := time.Now()
			_ = conn.SetWriteDeadline(start.Add(time.Hour))
			_, err := io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1000))
			if after := time.Since(start); !errors.Is(err, io.ErrClosedPipe) || after != time.Minute {
				t.Errorf("after %v the client got %v; want %v after 1m", after, err, io.ErrClosedPipe)
			}
		})
	})
	t.Run("HTTP/2", func(t *testing.T) {
		inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			const requests = 200
			go func() {
				for range requests {
					<-results
				}
			}()
			conn := l.dial()
			defer conn.Close()
			start := time.Now()
			_ = conn.SetDeadline(start.Add(time.Hour))
			reset, err := requestWithoutWindow(conn, requests)
			if after := time.Since(start); reset != requests || after != time.Minute {
				t.Errorf("after %v %d streams were reset, %v; want %d after 1m", after, reset, err, requests)
			}
		})
	})
}

// requestWithoutWindow sends GET requests whose answers it gives no room,
// answers pings, and returns how many were reset, when all are or conn fails.
func requestWithoutWindow(conn net.Conn, requests int) (reset int, err error) {
	f := http2.NewFramer(conn, conn)
	sent := make(chan struct{})
	go func() { // what fails here fails the reader, too
		defer close(sent)
		_, _ = io.WriteString(conn, http2.ClientPreface)
		_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		for i := range requests {
			_ = f.WriteHeaders(http2.HeadersFrameParam{
				StreamID: uint32(2*i + 1), EndStream: true, EndHeaders: true,
				// GET, http and / of the static table, and the authority "a" (RFC 7541, A).
				BlockFragment: []byte{0x82, 0x86, 0x84, 0x01, 0x01, 'a'},
			})
		}
	}()
	for reset < requests {
		frame, err := f.ReadFrame()
		if err != nil {
			return reset, err
		}
		switch frame := frame.(type) {
		case *http2.RSTStreamFrame:
			reset++
		case *http2.PingFrame:
			<-sent
			_ = f.WritePing(true, frame.Data)
		}
	}
	return reset, nil
}

// TestReceiverOfAnInterimAnswerMayNotPause has answers that net/http sends at
// once.
func TestReceiverOfAnInterimAnswerMayNotPause(t *testing.T) {
	for _, test := range []struct {
		name, header string
		handler      func(http.ResponseWriter, *http.Request) error
	}{
		{"100", "Expect: 100-continue\r\nContent-Length: 1\r\n", func(_ http.ResponseWriter, r *http.Request) error {
			_, err := r.Body.Read(make([]byte, 1))
			return err
		}},
		{"103", "", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusEarlyHints)
			return os.ErrDeadlineExceeded // it has no way to tell
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, test.handler, func(t *testing.T, l *pipeListener, results <-chan error) {
				conn := l.dial()
				defer conn.Close()
				start := time.Now()
				defer time.AfterFunc(time.Hour, func() { conn.Close() }).Stop()
				_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+test.header+"\r\n")
				wantDeadline(t, <-results, time.Since(start))
			})
		})
	}
}

// endless reads as zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestSlowIsNotStalled has everybody pause for less than the limit between
// pieces, and the handler for more; both are legal for ever.
func TestSlowIsNotStalled(t *testing.T) {
	request := func(t *testing.T, client *http.Client, results <-chan error) {
		t.Helper()
		body, send := io.Pipe()
		go func() {
			for range 5 {
				_, _ = send.Write(piece())
				time.Sleep(50 * time.Second)
			}
			send.Close()
		}()
		resp, err := client.Post("http://a/", "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); n != int64(5*len(piece())) || err != nil {
			t.Errorf("answer of %d bytes, %v; want %d", n, err, 5*len(piece()))
		}
		if err := <-results; err != nil {
			t.Errorf("handler: %v", err)
		}
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		inBubble(t, slowEcho, func(t *testing.T, l *pipeListener, results <-chan error) {
			tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil }}
			defer tr.CloseIdleConnections()
			request(t, &http.Client{Transport: tr}, results)
		})
	})
	t.Run("HTTP/2", func(t *testing.T) {
		inBubble(t, slowEcho, func(t *testing.T, l *pipeListener, results <-chan error) {
			client, closeIdle := http2Client(l)
			defer closeIdle()
			request(t, client, results)
		})
	})
}

func piece() []byte { return []byte(strings.Repeat("x", 32<<10)) }

// slowEcho reads all of the body and then writes it in pieces, resting for
// longer than the limit before each.
func slowEcho(w http.ResponseWriter, r *http.Request) error {
	time.Sleep(5 * time.Minute)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	for len(body) > 0 {
		time.Sleep(5 * time.Minute)
		n, err := w.Write(body[:min(len(body), len(piece()))])
		if err == nil {
			err = http.NewResponseController(w).Flush()
		}
		if err != nil {
			return fmt.Errorf("writing: %w", err)
		}
		body = body[n:]
	}
	return nil
}

func TestStallTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cuts atomic.Int32
		var s stallTimer
		start := func() { s.start(time.Second, func() { cuts.Add(1) }) }
		want := func(n int32) {
			t.Helper()
			time.Sleep(time.Hour)
			if got := cuts.Load(); got != n {
				t.Errorf("%d cuts; want %d", got, n)
			}
		}
		s.stop()
		want(0)
		start()
		s.stop()
		want(0)
		start()
		want(1)
		s.stop()
		start()
		s.kill()
		want(1)
		start()
		want(1)
	})
}
