package logging

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Async is a writer that never waits for the one below it: a terminal, pipe or
// collector that stops reading must not stop the server. What does not fit into
// its queue is dropped, and the number of lost records is written as soon as
// there is room. Its methods are safe for concurrent use.
type Async struct {
	records chan []byte
	done    chan struct{} // closed when the writing goroutine has ended

	mu      sync.Mutex // guards the fields below, and that nothing is sent after closed
	dropped int
	closed  bool
}

// NewAsync returns a writer on w with a queue of that many records; it starts the
// goroutine that Close ends. A failed write is as good as none: there is nowhere
// to report it.
func NewAsync(w io.Writer, queue int) *Async {
	a := &Async{records: make(chan []byte, queue), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		for record := range a.records {
			w.Write(record)
		}
	}()
	return a
}

// Write queues a copy of one record, or drops it. It always succeeds.
func (a *Async) Write(record []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return len(record), nil
	}
	if a.dropped > 0 && a.put(fmt.Appendf(nil, "%d log records were lost: whoever reads the log did not keep up\n", a.dropped)) {
		a.dropped = 0
	}
	if a.dropped > 0 || !a.put(append([]byte(nil), record...)) {
		a.dropped++
	}
	return len(record), nil
}

func (a *Async) put(record []byte) bool {
	select {
	case a.records <- record:
		return true
	default:
		return false
	}
}

// Sync does nothing: records are written as fast as they are taken.
func (a *Async) Sync() error { return nil }

// Close waits until what is queued has been written, at most for the given time,
// and reports whether it has. A writer below that is stuck keeps the goroutine.
func (a *Async) Close(timeout time.Duration) bool {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.records)
	}
	a.mu.Unlock()
	select {
	case <-a.done:
		return true
	case <-time.After(timeout):
		return false
	}
}
