package httpport

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
)

// refuse answers without a look at the body.
func refuse(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusUnauthorized)
	_, err := io.WriteString(w, "who are you?")
	return err
}

// An answer that needs nothing of the body comes at once, and then the connection ends soon.
func TestAnswerToHalfABody(t *testing.T) {
	silent := func(http.ResponseWriter, *http.Request) error { return nil }
	half := func(w http.ResponseWriter, r *http.Request) error {
		_, _ = io.ReadFull(r.Body, make([]byte, 2))
		return refuse(w, r)
	}
	abort := func(w http.ResponseWriter, r *http.Request) error {
		_ = refuse(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for _, test := range []struct {
		name, header string
		handler      func(http.ResponseWriter, *http.Request) error
		status       int
		most         time.Duration // until the answer
	}{
		{"short", "Content-Length: 10\r\n", refuse, 401, settleTime},
		{"short, nothing said", "Content-Length: 10\r\n", silent, 200, settleTime},
		{"short, to be closed", "Content-Length: 10\r\nConnection: close\r\n", refuse, 401, settleTime},
		{"short, begun", "Content-Length: 10\r\n", half, 401, 0},
		{"short, cut by the handler", "Content-Length: 10\r\n", abort, 401, settleTime},
		{"long", "Content-Length: 1000000\r\n", refuse, 401, 0},
		{"in chunks", "Transfer-Encoding: chunked\r\n", refuse, 401, 0},
		{"asked for first", "Content-Length: 10\r\nExpect: 100-continue\r\n", refuse, 401, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := func(w http.ResponseWriter, r *http.Request) error { return test.handler(w, r) }
			inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
				conn := l.dial()
				defer conn.Close()
				begun := time.Now()
				_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+test.header+"\r\n3\r\n")
				r := bufio.NewReader(conn)
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				if after := time.Since(begun); resp.StatusCode != test.status || !resp.Close || after > test.most {
					t.Errorf("after %v: status %d, close %v; want %d and true after %v", after, resp.StatusCode, resp.Close, test.status, test.most)
				}
				_, _ = io.Copy(io.Discard, r)
				if after := time.Since(begun); after > 2*time.Second {
					t.Errorf("the connection ended after %v", after)
				}
			})
		})
	}
}

// The rest of a body that nobody waits for is never taken for a request.
func TestRestOfABodyIsNoRequest(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, begin := range []bool{false, true} {
		var requests atomic.Int32
		handler := func(w http.ResponseWriter, r *http.Request) error {
			requests.Add(1)
			if begin {
				_, _ = r.Body.Read(make([]byte, 1))
			}
			return refuse(w, r)
		}
		inBubble(t, handler, func(t *testing.T, l *pipeListener, _ <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_ = conn.SetWriteDeadline(time.Now().Add(time.Hour))
			_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n1", 1+len(smuggled))
			r := bufio.NewReader(conn)
			if _, err := http.ReadResponse(r, nil); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, smuggled)
			_, _ = io.Copy(io.Discard, r)
			if n := requests.Load(); n != 1 {
				t.Errorf("begin %v: %d requests were answered; want 1", begin, n)
			}
		})
	}
}

// A short body that is there soon spares the client a new connection.
func TestConnectionIsKeptWhenTheBodyIsThere(t *testing.T) {
	inBubble(t, refuse, func(t *testing.T, l *pipeListener, results <-chan error) {
		conn := l.dial()
		defer conn.Close()
		r := bufio.NewReader(conn)
		for range 3 {
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123")
			time.Sleep(settleTime / 2)
			_, _ = io.WriteString(conn, "4567890")
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.Close {
				t.Errorf("close %v, %v; want an answer on a connection that goes on", resp.Close, err)
			}
			if err := <-results; err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute) // the deadline of the body is gone
		}
	})
}

// A handler that answers while it reads gets all of the body.
func TestAnswerWhileTheBodyComes(t *testing.T) {
	sent := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	for _, tr := range []transport{plainHTTP1, tlsHTTP2} {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.start(t, New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				first := make([]byte, 1000)
				_, _ = io.ReadFull(r.Body, first)
				_, _ = w.Write(first)
				_ = http.NewResponseController(w).Flush()
				_, _ = io.Copy(w, r.Body)
			})}))
			resp, err := tr.client(t, addr).Post(tr.url("/"), "text/plain", bytes.NewReader(sent))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d bytes came back, equal %v, %v; want %d", len(got), bytes.Equal(got, sent), err, len(sent))
			}
		})
	}
}

// Somebody else than the handler may be reading when that answers and returns; he reads
// nothing more then, and does not touch the connection.
func TestReaderThatIsLeftBehind(t *testing.T) {
	left := make(chan error, 1)
	handler := func(w http.ResponseWriter, r *http.Request) error {
		reading := make(chan struct{})
		go func() {
			close(reading)
			_, err := io.Copy(io.Discard, r.Body)
			for err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				_, err = r.Body.Read(make([]byte, 1))
			}
			left <- err
		}()
		<-reading
		time.Sleep(time.Second)
		return refuse(w, r)
	}
	inBubble(t, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
		conn := l.dial()
		defer conn.Close()
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123")
		begun := time.Now()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if after := time.Since(begun); err != nil || resp.StatusCode != http.StatusUnauthorized || after != time.Second {
			t.Errorf("after %v: %v, %v; want 401 after 1s", after, resp, err)
		}
		_, _ = io.Copy(io.Discard, conn)
		if after := time.Since(begun); after > 3*time.Second {
			t.Errorf("the connection ended after %v", after)
		}
		if err := <-left; err == nil {
			t.Error("it goes on reading")
		}
	})
}

// A client that sends all before it reads finds the answer, though nobody wanted what it sent.
func TestAnswerIsNotLostWhenTheClientSendsOn(t *testing.T) {
	for _, header := range []string{"", "Connection: close\r\n"} {
		for _, tr := range []transport{plainHTTP1, tlsHTTP1} {
			addr := tr.start(t, New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = refuse(w, r)
			})}))
			var conn net.Conn
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			if tr.tls {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: tr.alpn})
			}
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			const length = 512 << 10
			_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n%s", length, header, strings.Repeat("x", length/4))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %q: %v, %v; want 401", tr.name, header, resp, err)
			}
			conn.Close()
		}
	}
}
