package httpport

import (
	"net"
	"syscall"
)

// maxUnsent is how much of an answer the system keeps of which the client has not yet made
// room for a byte, in bytes; where it can be told so. Left alone it takes some MiB, and
// then nothing more before a third of them is gone: a client that takes 10 KB a second
// would be cut for a pause that is not its own.
const maxUnsent = 128 << 10

// limitUnsent tells the system so. A connection that is no socket stays as it is, and so does
// one of a system that knows no such bound.
func limitUnsent(c net.Conn) {
	for {
		inner, ok := c.(interface{ NetConn() net.Conn }) // TLS
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := s.SyscallConn(); err == nil {
		_ = raw.Control(setMaxUnsent) // it has been closed
	}
}
