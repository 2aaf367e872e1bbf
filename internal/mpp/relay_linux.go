package mpp

import (
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// spliceQuiet is how long one splice lasts. Between two of them the relay looks
// whether there is something to copy, without a pipe.
const spliceQuiet = 20 * time.Millisecond

// relayTCP copies inside the kernel while bytes flow, and holds neither a pipe
// nor a buffer while they do not.
func relayTCP(dst, src *net.TCPConn, half *halfClose) error {
	for {
		half.arm(dst, src)
		if err := awaitReadable(src); err != nil {
			return err
		}
		src.SetReadDeadline(time.Now().Add(spliceQuiet))
		_, err := dst.ReadFrom(src) // splices
		if err == nil {
			return nil // src has ended
		}
		// An expired bound may have stopped the write, with bytes in the pipe.
		if !errors.Is(err, os.ErrDeadlineExceeded) || half.expired() {
			return err
		}
	}
}

// awaitReadable waits until c has bytes, an end or an error to read.
func awaitReadable(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return !errors.Is(err, unix.EAGAIN)
	})
}
