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

// sink takes the answer that a program sends in parts. Its methods may be called from any
// goroutine, as a program that is being ended can still write.
//
// A client that takes nothing makes Write or Flush fail in the end, by the rules of the
// port, and so does one that went away.
type sink struct {
	mu     sync.Mutex // guards the following
	w      http.ResponseWriter
	flush  *http.ResponseController
	bodily bool // the answer has a body
	closed bool
}

// errSinkClosed is the error of an answer that is over: its request has ended.
var errSinkClosed = errors.New("the request has ended: nothing more can be answered")

// newSink returns the sink of the answer to r, which goes to w. Whoever makes it calls
// Close before the handler of r returns.
func newSink(w http.ResponseWriter, r *http.Request) *sink {
	return &sink{w: w, flush: http.NewResponseController(w), bodily: r.Method != http.MethodHead}
}

// Close ends the answer: from then on every method fails with errSinkClosed and touches
// nothing. Of a Write that goes on it waits for a part.
func (s *sink) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Start sends the status, 200 to 599, and the header; hop-by-hop fields, Content-Length
// among them, are left out. If they cannot be sent, nothing is, and the error, which is
// for the program, says why.
func (s *sink) Start(status int, header http.Header) error {
	if err := checkHead(status, header); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errSinkClosed
	}
	s.bodily = s.bodily && hasBody(status)
	copyHeader(s.w.Header(), header)
	s.w.WriteHeader(status)
	return nil
}

// maxPart is how much a Write of a sink sends before it looks whether its request has ended,
// in bytes.
const maxPart = 64 << 10

// Write sends p, after Start. An answer that has no body swallows it.
func (s *sink) Write(p []byte) (n int, err error) {
	for {
		part := p[n:min(n+maxPart, len(p))]
		m, err := s.writePart(part)
		n += m
		if err != nil || n == len(p) || m < len(part) {
			return n, err
		}
	}
}

func (s *sink) writePart(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, errSinkClosed
	case !s.bodily || len(p) == 0:
		return len(p), nil
	}
	return s.w.Write(p)
}

// Flush has everything so far go to the client.
func (s *sink) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errSinkClosed
	}
	err := s.flush.Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil // it goes out with the end
	}
	return err
}

// errStatus is the error of a status that is none.
var errStatus = errors.New("the status of the answer must be 200 to 599")

// sendAnswer sends the whole answer of x, of which nothing is sent yet, to r. If the error is
// within [exchange.ErrHeader] or is [errStatus], nothing was sent, and what is wrong is for
// the program; another error is that of the connection.
func sendAnswer(w http.ResponseWriter, r *http.Request, x *exchange.Exchange) error {
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
		return errStatus
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
