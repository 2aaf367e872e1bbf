package httpport

import (
	"io"
	"net/http"
	"time"
)

// guardBody bounds the body of r in size and in the pauses of its sender.
func guardBody(rec *recorder, r *http.Request, cfg *Config) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = http.MaxBytesReader(rec.ResponseWriter, r.Body, cfg.MaxBodyBytes)
	if rec.deadlines == nil {
		return
	}
	if rec.http2 {
		r.Body = streamBody{r.Body, rec}
		return
	}
	b := &connBody{r.Body, rec.deadlines, cfg.StallTimeout, r.Header.Get("Expect") != ""}
	b.arm() // net/http reads on by itself what the handler leaves
	r.Body = b
}

// connBody is a body in HTTP/1 whose sender may pause for stall at most. The
// deadline is that of the connection and hurts only a read that is going on;
// it stays until the body has ended.
type connBody struct {
	io.ReadCloser
	deadlines deadliner
	stall     time.Duration
	expected  bool // the first Read sends "100 Continue"
}

func (b *connBody) arm() { _ = b.deadlines.SetReadDeadline(time.Now().Add(b.stall)) }

func (b *connBody) Read(p []byte) (int, error) {
	b.arm()
	if b.expected {
		b.expected = false
		_ = b.deadlines.SetWriteDeadline(time.Now().Add(b.stall))
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.deadlines.SetReadDeadline(time.Time{})
	}
	return n, err
}

// streamBody is the same in HTTP/2.
type streamBody struct {
	io.ReadCloser
	rec *recorder
}

func (b streamBody) Read(p []byte) (int, error) {
	b.rec.reading.start(b.rec.stall, b.rec.cutRead)
	defer b.rec.reading.stop()
	return b.ReadCloser.Read(p)
}
