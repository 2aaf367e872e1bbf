package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"appserver/internal/exchange"
)

const (
	defaultBodyMemory = 256 << 20
	// smallBody is how much of a body is read before a worker is asked for, in bytes: a slow
	// sender then holds none. The program reads what follows.
	smallBody = 1 << 20
	// longAnswer is how long an answer is for which memory is taken until the client has it,
	// in bytes: shorter ones cost no more than their requests.
	longAnswer = 16 << 10
	// firstRead is for how much of a body memory is taken before any of it is there, in bytes:
	// who only says that a long one comes must not cost a long one.
	firstRead = 16 << 10
)

// Errors of bodies.
var (
	errBodies = errors.New("the server holds too many long requests at the moment")
	errSlow   = errors.New("the body comes too slowly")
)

// budget bounds how much of something there is at the same time.
type budget struct{ free atomic.Int64 }

func newBudget(n int64) *budget {
	b := new(budget)
	b.free.Store(n)
	return b
}

// take takes n; false if there is not so much.
func (b *budget) take(n int64) bool {
	if b.free.Add(-n) < 0 {
		b.free.Add(n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.free.Add(n) }

// share is what a request takes of a budget.
type share struct {
	budget *budget

	mu    sync.Mutex // guards what follows: a program that is being ended can still take
	taken int64
	over  bool // nothing is taken any more
}

// body is the body of a request with what it takes of the budget.
type body struct {
	share
	r io.Reader // what is to come; nil: nothing is
}

// body returns the body of r, of at most limit bytes. A small one is complete.
func (s *Server) body(r *http.Request, limit int64) (*body, *failure) {
	b := &body{share: share{budget: &s.bodies}}
	switch err := decodeBody(r, limit); {
	case errors.Is(err, errCoding):
		return b, &failure{status: http.StatusUnsupportedMediaType, detail: "The body has a Content-Encoding that is not known.", header: http.Header{"Accept-Encoding": {acceptedCodings}}}
	case err != nil:
		return b, bodyFailure(err)
	}
	if i, ok := r.Body.(*inflater); ok {
		i.take = b.take
	}
	switch {
	case r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody:
		return b, nil
	case r.ContentLength > limit:
		return b, bodyFailure(exchange.ErrTooLarge)
	}
	small, err := b.small(r)
	if err != nil {
		b.free()
		return b, bodyFailure(err)
	}
	b.r = small
	if int64(small.Len()) > smallBody {
		b.r = io.MultiReader(small, &charged{b, r.Body})
	}
	return b, nil
}

// small reads a body up to one byte more than is small.
func (b *body) small(r *http.Request) (*bytes.Buffer, error) {
	if n := r.ContentLength; 0 < n && n <= firstRead {
		text := make([]byte, n)
		_, err := io.ReadFull(&charged{b, r.Body}, text)
		return bytes.NewBuffer(text), err
	}
	var buffer bytes.Buffer
	_, err := buffer.ReadFrom(&charged{b, io.LimitReader(r.Body, smallBody+1)})
	return &buffer, err
}

// take takes n bytes of the budget. The error is errBodies, or http.ErrBodyReadAfterClose.
func (s *share) take(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
		return http.ErrBodyReadAfterClose
	case !s.budget.take(int64(n)):
		return errBodies
	}
	s.taken += int64(n)
	return nil
}

// free gives back what the request takes of the budget; nothing can be taken any more.
func (s *share) free() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget.give(s.taken)
	s.taken, s.over = 0, true
}

// charged takes what is read from the budget. What the port says of a client that is too
// slow is errSlow: connections that a program makes itself can be slow too.
type charged struct {
	b *body
	r io.Reader
}

func (c *charged) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if fault := c.b.take(n); fault != nil {
		return 0, fault
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSlow
	}
	return n, err
}

// bodyFailure is what becomes of a request whose body cannot be read.
func bodyFailure(err error) *failure {
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, exchange.ErrTooLarge), errors.As(err, &long):
		return &failure{status: http.StatusRequestEntityTooLarge, detail: "The body is longer than the service takes.", close: true}
	case errors.Is(err, errSlow):
		f := slowBody
		return &f
	case errors.Is(err, errBodies):
		return &failure{status: http.StatusServiceUnavailable, detail: "The server is busy with long requests. Try again.", retry: time.Second, reason: refusedMemory, close: true}
	}
	return &failure{status: http.StatusBadRequest, detail: "The body of the request could not be read.", cause: err, close: true}
}
