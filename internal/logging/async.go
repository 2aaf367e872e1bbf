package logging

import (
	"bytes"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Async is a writer that never waits for the one below it: a terminal, pipe or
// collector that stops reading must not stop the server. What does not fit into
// its queue is dropped; how many records were is told, by a record of its own, as
// soon as the one below takes another. Its methods are safe for concurrent use.
type Async struct {
	records chan []byte
	done    chan struct{} // closed when the writing goroutine has ended

	mu      sync.Mutex // guards the fields below, and that nothing is sent after closed
	dropped int
	closed  bool
}

// NewAsync returns a writer on w with a queue of that many records; it starts the
// goroutine that Close ends. Lost makes the record that tells how many were lost,
// see [LostRecord]. A failed write is as good as none: there is nowhere to report
// it.
func NewAsync(w io.Writer, queue int, lost func(n int) []byte) *Async {
	a := &Async{records: make(chan []byte, queue), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		for record := range a.records {
			w.Write(record)
			if n := a.takeDropped(); n > 0 {
				w.Write(lost(n))
			}
		}
	}()
	return a
}

func (a *Async) takeDropped() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.records) > 0 { // these came before the lost ones
		return 0
	}
	n := a.dropped
	a.dropped = 0
	return n
}

// Write queues a copy of one record, or drops it. It always succeeds.
func (a *Async) Write(record []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return len(record), nil
	}
	// Once one is lost, so are the next, until that has been told: the note then
	// stands where the gap is.
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

// LostRecord returns a function for NewAsync that makes a record in that format.
func LostRecord(format string) func(n int) []byte {
	return func(n int) []byte {
		var b bytes.Buffer
		New(zapcore.AddSync(&b), format, zap.NewAtomicLevel()).Named("log").Warn(
			"records were lost: whoever reads the log did not keep up", zap.Int("records", n))
		return b.Bytes()
	}
}
