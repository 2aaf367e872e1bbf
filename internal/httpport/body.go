package httpport

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// settleTime is how long the answer to a request whose body nobody wants waits for it:
	// one that is there soon spares the client a new connection.
	settleTime = 100 * time.Millisecond
	// maxSettle bounds what is read of such a body, in bytes.
	maxSettle = 256 << 10
	// lingerTime is how long the connection is read after an answer that came before the end
	// of the body: to close it at once could take the answer away from a client that still
	// sends.
	lingerTime = time.Second
)

// guardBody bounds the body of r in size, and in the pauses and the pace of its sender.
func guardBody(rec *recorder, r *http.Request, cfg *Config) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return
	}
	if r.ContentLength < 0 { // others are known to be short enough
		r.Body = http.MaxBytesReader(rec.ResponseWriter, r.Body, cfg.MaxBodyBytes)
	}
	if rec.deadlines == nil {
		return
	}
	in := incoming{ReadCloser: r.Body, rec: rec, pace: pace{least: cfg.LeastPace}}
	if rec.http2 {
		r.Body = &streamBody{in}
		return
	}
	b := &connBody{incoming: in, left: r.ContentLength, expected: r.Header.Get("Expect") != ""}
	b.idle.L = &b.mu
	b.arm(rec.stall) // net/http reads on by itself what the handler leaves
	rec.body, r.Body = b, b
}

// incoming is a body whose sender must keep its pace.
type incoming struct {
	io.ReadCloser
	rec  *recorder
	pace pace
	slow bool // the sender did not
}

func (in *incoming) Read(p []byte) (int, error) {
	if in.slow {
		return 0, errSlow
	}
	begun := time.Now()
	n, err := in.ReadCloser.Read(p)
	if !in.pace.keeps(int64(n), time.Since(begun)) && err == nil {
		err = errSlow
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		in.slow = true
		in.rec.tellSlow(SlowBody)
	}
	return n, err
}

// connBody is a body in HTTP/1 whose sender may pause for rec.stall at most. The
// deadline is that of the connection and hurts only a read that is going on;
// it stays until the body has ended.
//
// The handler may answer, and return, while another goroutine is reading.
type connBody struct {
	incoming
	left int64 // bytes that are to come; negative: not known

	mu       sync.Mutex // guards the following
	expected bool       // the first Read sends "100 Continue"
	begun    bool       // somebody has read
	ended    bool
	dropped  bool      // what is left is not for the handler
	reading  int       // reads of the handler that are going on
	idle     sync.Cond // none is any more
}

func (b *connBody) arm(d time.Duration) { _ = b.rec.deadlines.SetReadDeadline(time.Now().Add(d)) }
func (b *connBody) disarm()             { _ = b.rec.deadlines.SetReadDeadline(time.Time{}) }

func (b *connBody) Read(p []byte) (int, error) {
	if !b.begin() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.incoming.Read(p)
	b.end(err == io.EOF)
	return n, err
}

// begin prepares for a read of the handler; false if there is nothing more for it.
func (b *connBody) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dropped {
		return false
	}
	b.begun = true
	b.reading++
	b.arm(b.rec.stall)
	if b.expected {
		b.expected = false
		_ = b.rec.deadlines.SetWriteDeadline(time.Now().Add(b.rec.stall))
	}
	return true
}

// end ends a read of the handler.
func (b *connBody) end(eof bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading--
	b.idle.Broadcast()
	if !eof {
		return
	}
	b.ended = true
	if !b.dropped { // else the deadline is not the handler's any more
		b.disarm()
	}
}

// settle prepares for the header of the final answer, before which net/http would read what
// is left of the body, for as long as the sender likes. A short body of which nothing was
// read is dropped here, if it is there soon; it reports whether the connection can be used
// on. What is left of another is for the handler, or for nobody.
//
// A read that is cut ends the context of the request. So nothing is read here of a body that
// the handler has begun with: it may still be at work.
func (b *connBody) settle() (ended bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.expected || b.begun || b.dropped || b.left < 0 || b.left > maxSettle {
		return b.ended
	}
	b.dropped = true
	b.arm(settleTime)
	if _, err := io.Copy(io.Discard, b.ReadCloser); err == nil {
		b.ended = true
		b.disarm()
	}
	return b.ended
}

// drop keeps what is left from the handler, which has returned, and reports whether the body
// has ended. It cuts a read that goes on: net/http would do so too, but lift the deadline
// before it reads by itself, for as long as the sender likes.
func (b *connBody) drop() (ended bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropped = true
	if b.reading > 0 {
		b.rec.cutRead()
	}
	for b.reading > 0 {
		b.idle.Wait()
	}
	return b.ended
}

// abandon prepares for the end of a connection whose client may still be sending: net/http
// sends the answer, reads for lingerTime at most, and waits for a moment before it closes.
func (b *connBody) abandon() {
	b.arm(lingerTime)
	// Net/http waits only where a body was too long for its own reader.
	tooLong := http.MaxBytesReader(b.rec.ResponseWriter, io.NopCloser(strings.NewReader("x")), 0)
	_, _ = tooLong.Read(make([]byte, 1))
}

// streamBody is the same in HTTP/2.
type streamBody struct{ incoming }

func (b *streamBody) Read(p []byte) (int, error) {
	b.rec.reading.start(b.rec.stall, b.rec.cutRead)
	defer b.rec.reading.stop()
	return b.incoming.Read(p)
}
