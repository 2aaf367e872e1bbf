package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
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
	// firstRead is for how much of a body memory is taken before any of it is there, in bytes:
	// who only says that a long one comes must not cost a long one.
	firstRead = 16 << 10
	// leastPace is how many bytes a second have to come of a body at least, of the time that
	// is waited for them, after paceGrace.
	leastPace = 1 << 10
	paceGrace = 30 * time.Second
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

// body is the body of a request with what it takes of the budget.
type body struct {
	budget *budget
	r      io.Reader // what is to come; nil: nothing is

	mu     sync.Mutex // guards what follows: a program that is being ended can still read
	taken  int64
	over   bool          // nothing is taken any more
	came   int64         // bytes
	waited time.Duration // for them
}

// body returns the body of r, of at most limit bytes. A small one is complete.
func (s *Server) body(r *http.Request, limit int64) (*body, *failure) {
	b := &body{budget: &s.bodies}
	switch err := DecodeBody(r, limit); {
	case errors.Is(err, ErrCoding):
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
	if int64(len(small)) <= smallBody {
		b.r = bytes.NewReader(small)
		return b, nil
	}
	b.r = io.MultiReader(bytes.NewReader(small), &charged{b, r.Body})
	return b, nil
}

// small reads a body up to one byte more than is small.
func (b *body) small(r *http.Request) ([]byte, error) {
	var buffer bytes.Buffer
	if r.ContentLength > 0 {
		buffer.Grow(int(min(r.ContentLength, firstRead)) + bytes.MinRead)
	}
	_, err := buffer.ReadFrom(&charged{b, io.LimitReader(r.Body, smallBody+1)})
	return buffer.Bytes(), err
}

// take takes n bytes of the budget. The error is errBodies, or http.ErrBodyReadAfterClose.
func (b *body) take(n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.over:
		return http.ErrBodyReadAfterClose
	case !b.budget.take(int64(n)):
		return errBodies
	}
	b.taken += int64(n)
	return nil
}

// free gives back what the body takes of the budget; nothing can be read any more.
func (b *body) free() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.budget.give(b.taken)
	b.taken, b.over = 0, true
}

// pace counts n bytes that came after d. The error is errSlow.
func (b *body) pace(n int, d time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came += int64(n)
	b.waited += d
	if b.waited > paceGrace && float64(b.came) < leastPace*b.waited.Seconds() {
		return errSlow
	}
	return nil
}

// charged takes what is read from the budget, and demands that it comes at a least pace.
type charged struct {
	b *body
	r io.Reader
}

func (c *charged) Read(p []byte) (int, error) {
	begun := time.Now()
	n, err := c.r.Read(p)
	if fault := c.b.take(n); fault != nil {
		return 0, fault
	}
	if fault := c.b.pace(n, time.Since(begun)); fault != nil && err == nil {
		return n, fault
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
