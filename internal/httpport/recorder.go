package httpport

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"go.uber.org/zap"
)

var errHijackRefused = errors.New("httpport: a connection with an HTTP/1.0 request or a transfer coding is not handed over")

// deadliner is what the response writers of net/http offer besides their
// interfaces.
type deadliner interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// recorder is the response writer that handlers see. It notes what was
// answered, closes the connection where it must, and gives every write an end.
// Like any response writer it is for one goroutine at a time.
type recorder struct {
	http.ResponseWriter
	deadlines deadliner // nil where the connection has none (tests)
	stall     time.Duration
	pace      pace
	onSlow    func(part string) // or nil
	http2     bool
	head      bool      // a HEAD request, whose answer has no body
	body      *connBody // of the request; HTTP/1 only; nil: there is none

	closeAfter bool // the connection ends with this answer; HTTP/1 only
	last       bool // the same in every version of HTTP
	status     int  // of the final header; 0 before it
	bytes      int64
	counted    int64 // of bytes, those that pace knows of
	unsent     bool  // bytes were written since the last flush
	slow       bool  // the peer did not take the answer in time: nothing more is sent
	hijacked   bool
	notes      []zap.Field // for the log
	path       string      // for the log, if it is not the request's

	moved            time.Time   // when the write deadline was moved on last; HTTP/1 only
	writing, reading stallTimer  // HTTP/2 only
	conn             net.Conn    // HTTP/2 only; nil: not known (tests)
	severing         *time.Timer // of conn, when a write was cut; or nil
}

// connKey is where contexts of requests have their net.Conn.
type connKey struct{}

func newRecorder(w http.ResponseWriter, r *http.Request, cfg *Config) *recorder {
	rec := &recorder{
		ResponseWriter: w,
		stall:          cfg.StallTimeout,
		pace:           pace{least: cfg.LeastPace},
		onSlow:         cfg.Slow,
		http2:          r.ProtoMajor == 2,
		head:           r.Method == http.MethodHead,
	}
	if rec.http2 {
		rec.conn, _ = r.Context().Value(connKey{}).(net.Conn)
	}
	rec.closeAfter = ambiguousFraming(r)
	rec.deadlines, _ = w.(deadliner)
	return rec
}

// A deadline that has passed already makes the operation fail at once.
var longAgo = time.Unix(1, 0)

func (rec *recorder) cutWrite() { _ = rec.deadlines.SetWriteDeadline(longAgo) }
func (rec *recorder) cutRead()  { _ = rec.deadlines.SetReadDeadline(longAgo) }

// cutStream cuts a write in HTTP/2. It ends when the peer can be told so: one that takes
// nothing, or next to nothing, from the whole connection loses that after another stall.
func (rec *recorder) cutStream() {
	rec.cutWrite()
	if rec.conn != nil {
		rec.severing = time.AfterFunc(rec.stall, func() { _ = rec.conn.Close() })
	}
}

// uncut ends a write in HTTP/2, and reports whether it, or one before it, was cut.
func (rec *recorder) uncut() bool {
	cut := rec.writing.stop()
	if rec.severing != nil {
		rec.severing.Stop()
		rec.severing = nil
	}
	return cut
}

// ambiguousFraming reports whether somebody between the client and us could
// have seen the end of r elsewhere.
//
// With Transfer-Encoding net/http drops a Content-Length beside it and says
// nothing, though RFC 9112, 6.1 has the connection closed; so all requests
// with a transfer coding count. In HTTP/1.0 it ignores Transfer-Encoding and
// says nothing either, so all of HTTP/1.0 counts.
func ambiguousFraming(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// forHandler returns the recorder with the optional interfaces of its
// protocol: in HTTP/1 a connection can be taken over.
func (rec *recorder) forHandler() http.ResponseWriter {
	if rec.http2 {
		return rec
	}
	return hijackRecorder{rec}
}

// Note adds fields to the line of the request in the log, besides those that all have.
// Handlers find it by assertion. What is noted must be short, and no secret.
func (rec *recorder) Note(fields ...zap.Field) { rec.notes = append(rec.notes, fields...) }

// NotePath has the line of the request in the log show path in place of what the client
// sent: a path may hold values that are nobody else's business, such as names of people.
// Handlers find it by assertion.
func (rec *recorder) NotePath(path string) { rec.path = path }

// Unwrap lets [http.ResponseController] reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

func (rec *recorder) WriteHeader(status int) {
	final := status >= 200 || status == http.StatusSwitchingProtocols
	if final {
		rec.markClose()
	} else if rec.deadlines != nil && !rec.http2 {
		rec.moveDeadline() // net/http sends it at once
	}
	rec.ResponseWriter.WriteHeader(status)
	if final && rec.status == 0 {
		rec.status = status
	}
}

// markClose has the connection end with the answer, where it must.
func (rec *recorder) markClose() {
	if rec.closes() {
		rec.Header().Set("Connection", "close") // on HTTP/2 this sends GOAWAY
	}
}

func (rec *recorder) closes() bool {
	switch {
	case rec.last, rec.closeAfter && !rec.http2, rec.Header().Get("Connection") == "close":
		return true
	}
	return rec.body != nil && !rec.body.settle()
}

func (rec *recorder) implicitHeader() {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
}

// maxPiece is how much of an answer is written at a time, in bytes: what a record of TLS or
// a frame of HTTP/2 holds. Each piece has its own time, so that a long answer may take long.
const maxPiece = 16 << 10

func (rec *recorder) Write(p []byte) (n int, err error) {
	rec.implicitHeader()
	for {
		piece := p[n:min(n+maxPiece, len(p))]
		m, err := rec.writePiece(piece)
		n += m
		if err != nil || n == len(p) || m < len(piece) {
			return n, err
		}
	}
}

func (rec *recorder) writePiece(p []byte) (int, error) {
	if rec.slow {
		return 0, errSlow
	}
	begun := rec.beforeWrite(len(p))
	n, err := rec.ResponseWriter.Write(p)
	rec.count(n)
	return n, rec.afterWrite(begun, err)
}

func (rec *recorder) count(n int) {
	if !rec.head && n > 0 {
		rec.bytes += int64(n)
		rec.unsent = true
	}
}

// Flush is for callers that know http.Flusher only.
func (rec *recorder) Flush() { _ = rec.FlushError() }

// FlushError sends what is buffered.
func (rec *recorder) FlushError() error {
	rec.implicitHeader()
	if rec.slow {
		return errSlow
	}
	begun := rec.beforeWrite(buffered + 1)
	err := http.NewResponseController(rec.ResponseWriter).Flush()
	rec.unsent = rec.unsent && err != nil
	return rec.afterWrite(begun, err)
}

// buffered is how much of an answer net/http keeps at least before it writes
// to the connection. As long as an answer is shorter, nothing can block in the
// handler, and it is spared the price of a timer. What remains to be written
// when the handler has returned is the business of end.
const buffered = 2 << 10

// beforeWrite bounds the write of n bytes that follows it, and returns when it
// began; the zero time if it cannot block. In HTTP/1 a deadline that passes
// between writes does no harm, so it is only moved on, and not for every line of
// a page.
func (rec *recorder) beforeWrite(n int) time.Time {
	if rec.deadlines == nil || rec.bytes+int64(n) <= buffered {
		return time.Time{}
	}
	if rec.http2 {
		rec.writing.start(rec.stall, rec.cutStream)
		return time.Now()
	}
	return rec.moveDeadline()
}

// ripple is how long a write takes at times when the machine has much to do. So
// much is nobody's slowness, or an answer of many short events would add it up.
const ripple = 100 * time.Millisecond

// afterWrite looks at the pace of the peer in the write that began then and ended
// with err, and returns with what it is to end.
func (rec *recorder) afterWrite(begun time.Time, err error) error {
	if begun.IsZero() {
		return err
	}
	if rec.http2 && rec.uncut() {
		err = errSlow // net/http says only that the stream has ended
	}
	if took := time.Since(begun); took > ripple && !rec.keepsPace(took) && err == nil {
		rec.cutWrite()
		err = errSlow
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		rec.slow = true
		rec.tellSlow(SlowAnswer)
	}
	return err
}

// keepsPace counts what was written since it was called last, and that took was
// waited for it.
func (rec *recorder) keepsPace(took time.Duration) bool {
	n := rec.bytes - rec.counted
	rec.counted = rec.bytes
	return rec.pace.keeps(n, took)
}

// tellSlow counts a transfer that was cut because of its peer.
func (rec *recorder) tellSlow(part string) {
	if rec.onSlow != nil {
		rec.onSlow(part)
	}
}

// moveDeadline returns the time.
func (rec *recorder) moveDeadline() time.Time {
	now := time.Now()
	if now.Sub(rec.moved) > rec.stall/16 {
		rec.moved = now
		_ = rec.deadlines.SetWriteDeadline(now.Add(rec.stall))
	}
	return now
}

// end prepares for what net/http does once the handler has returned: it writes
// what is left of the answer, for which a peer that does not take it must not
// hold the connection or the stream. In HTTP/1 net/http lifts the deadline when
// the answer is out.
func (rec *recorder) end() {
	if rec.hijacked {
		return
	}
	if rec.status == 0 {
		rec.status = http.StatusOK
		rec.markClose()
	}
	if rec.body != nil && !rec.body.drop() {
		rec.body.abandon()
	}
	switch {
	case rec.deadlines == nil:
	case rec.http2:
		rec.writing.kill()
		rec.reading.kill()
		if rec.unsent && !rec.slow { // only data waits for the peer's windows
			_ = rec.deadlines.SetWriteDeadline(time.Now().Add(rec.stall))
		}
	case !rec.slow:
		rec.moveDeadline()
	}
}

// hijackRecorder is a recorder on HTTP/1.
type hijackRecorder struct{ *recorder }

// Hijack hands the connection over; it has no deadline from then on.
func (h hijackRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h.closeAfter {
		return nil, nil, errHijackRefused
	}
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err == nil {
		h.hijacked = true
		h.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}
