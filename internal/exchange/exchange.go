// Package exchange is one HTTP request with the answer that a program makes to it, apart
// from the network: a protocol makes exchanges, functions of programs read and fill them.
package exchange

import (
	"errors"
	"io"
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

	ContentLength int64 // of the body; -1: not known
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

// Exchange is a request with its answer. One goroutine at a time may use it.
type Exchange struct {
	Request

	Status int         // of the answer; 0: 200
	Header http.Header // of the answer
	Close  bool        // the connection ends with the answer

	body    io.Reader // of the request; nil: none
	limit   int64     // of it
	read    []byte    // what ReadBody has read
	readErr error
	isRead  bool

	answer  []byte // what is not sent yet
	sink    Sink   // nil: the answer cannot be sent in parts
	started bool   // status and header are sent
	ended   bool   // nothing more is to be sent
}

// New makes the exchange of a request whose body, of at most limit bytes, comes from body,
// which is nil if there is none. An answer in parts goes to sink.
func New(r Request, body io.Reader, limit int64, sink Sink) *Exchange {
	return &Exchange{Request: r, Header: http.Header{}, body: body, limit: limit, sink: sink}
}

// ReadBody returns the whole body of the request, the same at each call. The error is
// ErrTooLarge, or that of the connection.
func (x *Exchange) ReadBody() ([]byte, error) {
	if !x.isRead && x.body != nil {
		x.read, x.readErr = io.ReadAll(io.LimitReader(x.body, x.limit+1))
		if x.readErr == nil && int64(len(x.read)) > x.limit {
			x.read, x.readErr = nil, ErrTooLarge
		}
	}
	x.isRead = true
	return x.read, x.readErr
}

// Append adds to the body of the answer.
func (x *Exchange) Append(b []byte) { x.answer = append(x.answer, b...) }

// Reset takes back what was appended and not sent.
func (x *Exchange) Reset() { x.answer = nil }

// Answer returns what was appended and not sent.
func (x *Exchange) Answer() []byte { return x.answer }

// Started tells whether status and header of the answer are sent already.
func (x *Exchange) Started() bool { return x.started }

// Ended tells whether the whole answer is sent.
func (x *Exchange) Ended() bool { return x.ended }

// Send sends what was appended, with status and header before it if that is the first;
// last says that nothing follows. Without a sink it does nothing.
func (x *Exchange) Send(last bool) error {
	if x.sink == nil || x.ended {
		return nil
	}
	x.ended = last
	if !x.started {
		x.started = true
		if err := x.sink.Start(x.StatusCode(), x.Header); err != nil {
			return err
		}
	}
	if _, err := x.sink.Write(x.answer); err != nil {
		return err
	}
	x.answer = x.answer[:0]
	return x.sink.Flush()
}

// StatusCode returns the status of the answer.
func (x *Exchange) StatusCode() int {
	if x.Status == 0 {
		return http.StatusOK
	}
	return x.Status
}
