package httpport

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

func TestPace(t *testing.T) {
	for _, test := range []struct {
		name  string
		least int64
		moves []int64 // bytes, each after 10 seconds
		cut   int     // number of the move that is too slow; 0: none
	}{
		{"a byte each", 100, []int64{1, 1, 1, 1}, 3},
		{"just enough", 100, []int64{1000, 1000, 1000, 1000, 1000, 1000}, 0},
		{"in bursts", 100, []int64{0, 0, 3000, 0, 0, 3000}, 0},
		{"saved up", 100, []int64{1 << 20, 0, 0, 1, 1, 1}, 6},
		{"anything goes", -1, []int64{0, 0, 0, 0}, 0},
	} {
		p := pace{least: test.least}
		cut := 0
		for i, n := range test.moves {
			if !p.keeps(n, 10*time.Second) && cut == 0 {
				cut = i + 1
			}
		}
		if cut != test.cut {
			t.Errorf("%s: cut at move %d; want %d", test.name, cut, test.cut)
		}
	}
}

// slowPeers counts what a server says of slow peers.
type slowPeers struct{ bodies, answers atomic.Int32 }

func (s *slowPeers) tell(part string) {
	if part == SlowBody {
		s.bodies.Add(1)
	} else {
		s.answers.Add(1)
	}
}

func (s *slowPeers) want(t *testing.T, bodies, answers int32) {
	t.Helper()
	if b, a := s.bodies.Load(), s.answers.Load(); b != bodies || a != answers {
		t.Errorf("told of %d slow bodies and %d slow answers; want %d and %d", b, a, bodies, answers)
	}
}

// soon tells whether a peer that never pauses for long was cut by its pace.
func soon(after time.Duration) bool { return after >= paceWindow && after <= paceWindow+20*time.Second }

func TestSenderOfABodyMustMove(t *testing.T) {
	handler := func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		if _, again := r.Body.Read(make([]byte, 1)); again == nil {
			return errors.New("it can be read again")
		}
		return err
	}
	drip := func(w io.Writer) {
		for range 60 {
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}
	check := func(t *testing.T, results <-chan error) {
		t.Helper()
		start := time.Now()
		if err := <-results; !errors.Is(err, os.ErrDeadlineExceeded) || !soon(time.Since(start)) {
			t.Errorf("after %v the handler got %v; want %v after 30s", time.Since(start), err, os.ErrDeadlineExceeded)
		}
	}
	t.Run("HTTP/1.1", func(t *testing.T) {
		var slow slowPeers
		inBubbleTelling(t, slow.tell, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
			go drip(conn)
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			check(t, results)
		})
		slow.want(t, 1, 0)
	})
	t.Run("HTTP/2", func(t *testing.T) {
		var slow slowPeers
		inBubbleTelling(t, slow.tell, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			client, closeIdle := http2Client(l)
			defer closeIdle()
			body, send := io.Pipe()
			defer send.Close()
			go drip(send)
			go func() {
				if resp, err := client.Post("http://a/", "text/plain", body); err == nil {
					resp.Body.Close()
				}
			}()
			check(t, results)
		})
		slow.want(t, 1, 0)
	})
}

// whole answers with n bytes in one piece.
func whole(n int) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		if _, err := w.Write(make([]byte, n)); err != nil {
			if _, again := w.Write([]byte("x")); again == nil {
				return errors.New("it can be written to again")
			}
			return err
		}
		return http.NewResponseController(w).Flush()
	}
}

// A reader who takes a little now and then is cut as one who takes nothing.
func TestReceiverOfAnAnswerMustMove(t *testing.T) {
	t.Run("HTTP/1.1", func(t *testing.T) {
		var slow slowPeers
		inBubbleTelling(t, slow.tell, whole(1<<20), func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			go takeSlowly(conn, 300) // a piece in less than a minute
			start := time.Now()
			if err := <-results; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > 2*time.Minute {
				t.Errorf("after %v the handler got %v; want %v", time.Since(start), err, os.ErrDeadlineExceeded)
			}
		})
		slow.want(t, 0, 1)
	})
	t.Run("HTTP/2", func(t *testing.T) {
		var slow slowPeers
		inBubbleTelling(t, slow.tell, whole(1<<20), func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			go giveWindow(conn, 300)
			start := time.Now()
			if err := <-results; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > 2*time.Minute {
				t.Errorf("after %v the handler got %v; want %v", time.Since(start), err, os.ErrDeadlineExceeded)
			}
		})
		slow.want(t, 0, 1)
	})
}

// A peer that opens all windows of HTTP/2, and then takes nothing from its connection, or
// next to nothing, holds neither the handlers nor, for long, the connection.
func TestDeafPeerHoldsNothing(t *testing.T) {
	for name, take := range map[string]func(net.Conn){
		"nothing":  func(net.Conn) {},
		"a little": func(c net.Conn) { takeSlowly(c, 1) },
	} {
		inBubble(t, whole(1<<20), func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			f := http2.NewFramer(conn, conn)
			asked := make(chan struct{})
			go func() { defer close(asked); askWithWindows(f, conn) }()
			for { // until the answer begins
				if frame, err := f.ReadFrame(); err != nil || frame.Header().Type == http2.FrameHeaders {
					break
				}
			}
			<-asked
			start := time.Now()
			go take(conn)
			if err := <-results; err == nil || time.Since(start) > 3*time.Minute {
				t.Errorf("%s: after %v the handler got %v; want an error after 2m", name, time.Since(start), err)
			}
			_ = conn.SetWriteDeadline(time.Now().Add(time.Hour))
			for err := error(nil); err == nil; { // it goes on asking
				err = f.WritePing(false, [8]byte{})
				time.Sleep(time.Second)
			}
			if after := time.Since(start); after > 5*time.Minute {
				t.Errorf("%s: the connection ended after %v", name, after)
			}
		})
	}
}

// askWithWindows asks for a page over HTTP/2, and gives all the room there can be.
func askWithWindows(f *http2.Framer, conn net.Conn) {
	_, _ = io.WriteString(conn, http2.ClientPreface)
	_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	_ = f.WriteWindowUpdate(0, 1<<30)
	_ = f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, EndStream: true, EndHeaders: true,
		BlockFragment: []byte{0x82, 0x86, 0x84, 0x01, 0x01, 'a'}, // as in requestWithoutWindow
	})
}

// takeSlowly reads n bytes a second.
func takeSlowly(conn net.Conn, n int) {
	for {
		if _, err := io.ReadFull(conn, make([]byte, n)); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// giveWindow asks for a page over HTTP/2, and gives its stream room for n bytes a second.
func giveWindow(conn net.Conn, n uint32) {
	f := http2.NewFramer(conn, conn)
	go func() {
		_, _ = io.WriteString(conn, http2.ClientPreface)
		_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		_ = f.WriteWindowUpdate(0, 1<<24)
		_ = f.WriteHeaders(http2.HeadersFrameParam{
			StreamID: 1, EndStream: true, EndHeaders: true,
			BlockFragment: []byte{0x82, 0x86, 0x84, 0x01, 0x01, 'a'}, // as in requestWithoutWindow
		})
		for f.WriteWindowUpdate(1, n) == nil {
			time.Sleep(time.Second)
		}
	}()
	for {
		if _, err := f.ReadFrame(); err != nil {
			return
		}
	}
}

// A long answer may take long, in one piece too, if its reader keeps on taking; and a handler
// may be as slow as it likes.
func TestSteadyReaderIsServed(t *testing.T) {
	for name, handler := range map[string]func(http.ResponseWriter, *http.Request) error{
		"one piece": whole(1 << 20),
		"events": func(w http.ResponseWriter, _ *http.Request) error {
			for range 1 << 20 / 64 {
				time.Sleep(5 * time.Second)
				if _, err := w.Write(make([]byte, 64)); err != nil {
					return err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		var slow slowPeers
		inBubbleTelling(t, slow.tell, handler, func(t *testing.T, l *pipeListener, results <-chan error) {
			conn := l.dial()
			defer conn.Close()
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			start := time.Now()
			resp, err := http.ReadResponse(bufio.NewReaderSize(steady{conn}, 16), nil)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, make([]byte, 4096))
			if n != 1<<20 || err != nil || time.Since(start) < 5*time.Minute {
				t.Errorf("%s: %d bytes, %v, after %v; want all of 1 MiB after more than 5m", name, n, err, time.Since(start))
			}
			if err := <-results; err != nil {
				t.Errorf("%s: handler: %v", name, err)
			}
		})
		slow.want(t, 0, 0)
	}
}

// steady reads 2 KiB a second.
type steady struct{ net.Conn }

func (s steady) Read(p []byte) (int, error) {
	p = p[:min(len(p), 2048)]
	n, err := s.Conn.Read(p)
	time.Sleep(time.Duration(n) * time.Second / 2048)
	return n, err
}

// Who pauses for too long is counted too.
func TestStallsAreTold(t *testing.T) {
	var slow slowPeers
	inBubbleTelling(t, slow.tell, whole(1<<20), func(t *testing.T, l *pipeListener, results <-chan error) {
		conn := l.dial()
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if err := <-results; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		synctest.Wait()
	})
	slow.want(t, 0, 1)
}
