//go:build linux

package main

import (
	"fmt"
	"os"
	"syscall"
)

// reservation keeps a port for a server that cannot choose one and say which. The
// socket is bound and does not listen, so that another one with SO_REUSEADDR may
// listen there, and nobody else gets the port meanwhile.
type reservation struct {
	fd      int
	address string
}

func reservePort() (*reservation, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	r := &reservation{fd: fd}
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var bound syscall.Sockaddr
	if err == nil {
		bound, err = syscall.Getsockname(fd)
	}
	if err != nil {
		r.release()
		return nil, fmt.Errorf("reserving a port: %w", err)
	}
	r.address = fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	return r, nil
}

func (r *reservation) release() { syscall.Close(r.fd) }
