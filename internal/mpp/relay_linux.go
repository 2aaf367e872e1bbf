package mpp

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// spliceQuiet is how long one splice lasts. Between two of them the relay looks
// whether there is something to copy, without a pipe.
const spliceQuiet = 20 * time.Millisecond

// relayTCP copies inside the kernel while bytes flow, and holds neither a pipe
// nor a buffer while they do not. Short messages go through a buffer, which is
// cheaper than two pipes.
func relayTCP(dst, src *net.TCPConn, half *halfClose) error {
	for {
		half.arm(dst, src)
		if err := awaitReadable(src); err != nil {
			return err
		}
		more, err := copyOnce(dst, src)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !more:
			continue
		}
		src.SetReadDeadline(time.Now().Add(spliceQuiet))
		_, err = dst.ReadFrom(src) // splices
		if err == nil {
			return nil // src has ended
		}
		// An expired bound may have stopped the write, with bytes in the pipe.
		if !errors.Is(err, os.ErrDeadlineExceeded) || half.expired() {
			return err
		}
	}
}

// copyOnce copies what one read brings, and reports whether it filled the buffer:
// then more is likely to be there.
func copyOnce(dst, src *net.TCPConn) (more bool, err error) {
	b := relayBuffers.Get().(*[relayBuffer]byte)
	defer relayBuffers.Put(b)
	n, err := src.Read(b[:])
	if n > 0 {
		if _, err := dst.Write(b[:n]); err != nil {
			return false, err
		}
	}
	return n == len(b), err
}

// awaitReadable waits until c has bytes or its end to read. Looking at an error
// takes it out of the socket, so it is returned.
func awaitReadable(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var fault error
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err != nil && !errors.Is(err, unix.EINTR) {
			fault = err
		}
		return !errors.Is(err, unix.EAGAIN)
	})
	if err == nil && !errors.Is(fault, unix.EAGAIN) {
		err = fault
	}
	return err
}
