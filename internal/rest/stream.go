package rest

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"appserver/internal/exchange"
)

// hopByHop are the header fields that belong to the server: how an answer is framed and
// what becomes of its connection is not for programs to say.
var hopByHop = map[string]bool{
	"Connection":          true,
	"Content-Length":      true,
	"Keep-Alive":          true,
	"Proxy-Authenticate":  true,
	"Proxy-Connection":    true,
	"Proxy-Authorization": true,
	"Te":                  true,
	"Trailer":             true,
	"Transfer-Encoding":   true,
	"Upgrade":             true,
}

// Sink takes the answer that a program sends in parts. Its methods may be called from any
// goroutine, as a program that is being ended can still write.
//
// A client that takes nothing makes Write or Flush fail in the end, by the rules of the
// port, and so does one that went away.
type Sink struct {
	mu     sync.Mutex // guards the following
	w      http.ResponseWriter
	flush  *http.ResponseController
	bodily bool // the answer has a body
	closed bool
}

// ErrSinkClosed is the error of an answer that is over: its request has ended.
var ErrSinkClosed = errors.New("the request has ended: nothing more can be answered")

// NewSink returns the sink of the answer to r, which goes to w. Whoever makes it calls
// Close before the handler of r returns.
func NewSink(w http.ResponseWriter, r *http.Request) *Sink {
	return &Sink{w: w, flush: http.NewResponseController(w), bodily: r.Method != http.MethodHead}
}

// Close ends the answer: from then on every method fails with ErrSinkClosed and touches
// nothing. It waits for a Write that goes on.
func (s *Sink) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Start sends the status, 200 to 599, and the header; hop-by-hop fields, Content-Length
// among them, are left out. If they cannot be sent, nothing is, and the error, which is
// for the program, says why.
func (s *Sink) Start(status int, header http.Header) error {
	if err := checkHead(status, header); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrSinkClosed
	}
	s.bodily = s.bodily && hasBody(status)
	copyHeader(s.w.Header(), header)
	s.w.WriteHeader(status)
	return nil
}

// Write sends p, after Start. An answer that has no body swallows it.
func (s *Sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, ErrSinkClosed
	case !s.bodily || len(p) == 0:
		return len(p), nil
	}
	return s.w.Write(p)
}

// Flush has everything so far go to the client.
func (s *Sink) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrSinkClosed
	}
	err := s.flush.Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil // it goes out with the end
	}
	return err
}

// ErrStatus is the error of a status that is none.
var ErrStatus = errors.New("the status of the answer must be 200 to 599")

// Answer sends the whole answer of x, of which nothing is sent yet, to r. If the error is
// within [exchange.ErrHeader] or is [ErrStatus], nothing was sent, and what is wrong is for
// the program; another error is that of the connection.
func Answer(w http.ResponseWriter, r *http.Request, x *exchange.Exchange) error {
	status, body := x.StatusCode(), x.Answer()
	if err := checkHead(status, x.Header); err != nil {
		return err
	}
	h := w.Header()
	copyHeader(h, x.Header)
	zip(w, x.Zip)
	if x.Close && r.ProtoMajor == 1 { // in HTTP/2 it would end the requests of others too
		h.Set("Connection", "close")
	}
	if !hasBody(status) {
		w.WriteHeader(status)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}

func checkHead(status int, header http.Header) error {
	if status < 200 || status > 599 {
		return ErrStatus
	}
	return exchange.CheckHeaders(header)
}

// hasBody tells whether an answer with the status may have a body.
func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// copyHeader sets the fields of from in to, but for those that belong to the server. What
// both have, from decides, but for Vary, which tells of both, and for which other origins may
// read the answer: where the mount has rules about that (its Vary names Origin), they hold.
func copyHeader(to, from http.Header) {
	ruled := slices.Contains(to["Vary"], "Origin")
	for name, values := range from {
		name = http.CanonicalHeaderKey(name)
		switch {
		case hopByHop[name], ruled && strings.HasPrefix(name, "Access-Control-"):
		case name == "Vary":
			to[name] = append(to[name], values...)
		default:
			to[name] = slices.Clone(values) // the program may go on changing its own
		}
	}
}
