//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// socketKind says in words what f is, and whether that is a listening TCP socket.
func socketKind(f *os.File) (kind string, ok bool) {
	raw, err := f.SyscallConn()
	if err != nil {
		return "closed", false
	}
	kind = "closed"
	if err := raw.Control(func(fd uintptr) { kind, ok = descriptorKind(int(fd)) }); err != nil {
		return kind, false
	}
	return kind, ok
}

func descriptorKind(fd int) (kind string, ok bool) {
	style, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return "no socket", false
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return "a socket without an address", false
	}
	switch address.(type) {
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
	case *unix.SockaddrUnix:
		return "a Unix socket", false
	default:
		return "a socket of another family", false
	}
	switch listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); {
	case style == unix.SOCK_DGRAM:
		return "a UDP socket", false
	case style != unix.SOCK_STREAM:
		return "a raw socket", false
	case err != nil || listens == 0:
		return "a TCP socket that does not listen", false
	default:
		return "a listening TCP socket", true
	}
}
