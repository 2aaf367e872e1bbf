// Package exchange is one HTTP request with the answer that a program makes to it, apart
// from the network: a protocol makes exchanges, functions of programs read and fill them.
package exchange

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
)

// Pair is a name with a value: one of a query, or a parameter of a path.
type Pair struct{ Name, Value string }

// Request is what was asked. Text is UTF-8; it is as the client sent it and may hold any
// byte, but for what net/http refuses.
type Request struct {
	ID       string // of the request, for people who search logs
	Method   string
	URI      string      // path and query as they were sent
	Base     string      // path under which the service is mounted, as "/rest"; "" for the root
	Path     string      // below Base, decoded, as "/orders/7"
	Segments []string    // of Path, each decoded by itself
	Query    []Pair      // decoded, in order
	Params   []Pair      // of the path, in order; Name is "" if the route gives none
	Header   http.Header // must not be changed
	Host     string
	Secure   bool   // it came over TLS
	ClientIP string // of the client, or of what a trusted proxy says it is
	Tenant   string // tenantId, as "99,01", or ""

	ContentLength int64    // of the body; -1: not known
	Connection    int64    // number of the connection that it came over; 0: not known
	Service       *Service // that answers it; nil: nothing is known
}

// Sink is where an answer goes that is sent while the program still makes it.
type Sink interface {
	// Start sends the status and the header; it is called once, first.
	Start(status int, header http.Header) error
	// Write sends the next bytes of the body.
	io.Writer
	// Flush has what was written go out at once.
	Flush() error
}

// ErrTooLarge is the error of a body that is longer than it may be.
var ErrTooLarge = errors.New("the body of the request is too large")

// ErrEnded is the error of sending more after the end of an answer.
var ErrEnded = errors.New("the answer has been sent already")

// Exchange is a request with its answer. One goroutine at a time may use it.
type Exchange struct {
	Request

	Status int         // of the answer; 0: 200
	Header http.Header // of the answer
	Close  bool        // the connection ends with the answer
	Zip    []string    // how the program wants the answer compressed: GZIP, DEFLATE, COMPRESS; nil: it does not say

	body    io.Reader // of the request; nil: none
	limit   int64     // of it
	read    []byte    // what ReadBody has read
	readErr error
	isRead  bool

	answer  []byte // what is not sent yet
	sink    Sink   // nil: the answer cannot be sent in parts
	sendErr error  // of the first Send that failed
	started bool   // status and header are sent
	ended   bool   // nothing more is to be sent
}

// New makes the exchange of a request whose body, of at most limit bytes, comes from body,
// which is nil if there is none; a *bytes.Buffer is the body itself, and the exchange's from
// then on. An answer in parts goes to sink.
func New(r Request, body io.Reader, limit int64, sink Sink) *Exchange {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	return &Exchange{Request: r, Header: http.Header{}, body: body, limit: limit, sink: sink}
}

// Bound has ReadBody take bodies of n bytes at most, if it takes longer ones.
func (x *Exchange) Bound(n int64) { x.limit = min(x.limit, n) }

// Waits tells whether ReadBody may have to wait for the client.
func (x *Exchange) Waits() bool {
	if x.isRead || x.body == nil {
		return false
	}
	_, here := x.body.(interface{ Len() int }) // of bytes.Buffer and its like
	return !here
}

// ReadBody returns the whole body of the request, the same at each call, which must not be
// changed. The error is ErrTooLarge, or that of the connection.
func (x *Exchange) ReadBody() ([]byte, error) {
	switch {
	case x.isRead || x.body == nil:
	case x.ContentLength > x.limit:
		x.readErr = ErrTooLarge
	default:
		x.read, x.readErr = readAtMost(x.body, x.limit)
	}
	x.isRead = true
	return x.read, x.readErr
}

// readAtMost reads all of r. The error is ErrTooLarge if that is more than limit bytes.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, here := r.(*bytes.Buffer)
	if !here {
		b = new(bytes.Buffer)
		if _, err := b.ReadFrom(io.LimitReader(r, min(limit, math.MaxInt64-1)+1)); err != nil {
			return nil, err
		}
	}
	if int64(b.Len()) > limit {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

// Append adds to the body of the answer; after its end it does nothing.
func (x *Exchange) Append(b []byte) {
	if !x.ended {
		x.answer = append(x.answer, b...)
	}
}

// AppendString is Append for a string.
func (x *Exchange) AppendString(s string) {
	if !x.ended {
		x.answer = append(x.answer, s...)
	}
}

// Reset takes back what was appended and not sent.
func (x *Exchange) Reset() { x.answer = nil }

// Answer returns what was appended and not sent.
func (x *Exchange) Answer() []byte { return x.answer }

// Started tells whether status and header of the answer are sent already.
func (x *Exchange) Started() bool { return x.started }

// Ended tells whether nothing more belongs to the answer, whatever is appended.
func (x *Exchange) Ended() bool { return x.ended }

// Send sends what was appended, with status and header before it if that is the first;
// last says that nothing follows. Without a sink it sends nothing, and the answer goes out
// when the program has ended. After an error every further one fails with it; after the
// last one the error is ErrEnded.
func (x *Exchange) Send(last bool) error {
	switch {
	case x.sendErr != nil:
		return x.sendErr
	case x.ended:
		return ErrEnded
	}
	x.ended = last
	if x.sink == nil {
		return nil
	}
	x.sendErr = x.send()
	return x.sendErr
}

func (x *Exchange) send() error {
	if !x.started {
		if err := x.sink.Start(x.StatusCode(), x.Header); err != nil {
			return err
		}
		x.started = true
	}
	part := x.answer
	x.answer = x.answer[:0]
	if _, err := x.sink.Write(part); err != nil {
		return err
	}
	return x.sink.Flush()
}

// StatusCode returns the status of the answer.
func (x *Exchange) StatusCode() int {
	if x.Status == 0 {
		return http.StatusOK
	}
	return x.Status
}
