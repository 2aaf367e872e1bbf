package mpp

import (
	"net"
	"sync"
	"sync/atomic"
)

// queue is the listener that a protocol's server accepts from. Closing it
// closes the connections that wait in it and nothing else.
type queue struct {
	conns chan net.Conn
	taken atomic.Uint64 // how many Accept returned

	mu     sync.Mutex // guards closed, and that nothing is sent after it is set
	closed bool
}

func newQueue(length int) *queue {
	return &queue{conns: make(chan net.Conn, length)}
}

// put offers c to the server and reports whether there was room. It never
// blocks: a server that does not accept must not hold up the port.
func (q *queue) put(c net.Conn) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	select {
	case q.conns <- c:
		return true
	default:
		return false
	}
}

// Accept waits for the next connection. After Close its error is net.ErrClosed.
func (q *queue) Accept() (net.Conn, error) {
	c, ok := <-q.conns
	if !ok {
		return nil, net.ErrClosed
	}
	q.taken.Add(1)
	return c, nil
}

// Close ends Accept and closes the connections that nobody has accepted.
func (q *queue) Close() error {
	q.mu.Lock()
	first := !q.closed
	q.closed = true
	if first {
		close(q.conns)
	}
	q.mu.Unlock()
	if first {
		for c := range q.conns {
			c.Close()
		}
	}
	return nil
}

// Addr returns a placeholder: the port has several addresses.
func (q *queue) Addr() net.Addr { return portAddr{} }

type portAddr struct{}

func (portAddr) Network() string { return "tcp" }
func (portAddr) String() string  { return "multiprotocol port" }
