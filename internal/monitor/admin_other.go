//go:build !unix

package monitor

import "syscall"

// errRefused is the system's own error for a refused connection: on Windows
// WSAECONNREFUSED, which is not syscall.ECONNREFUSED.
var errRefused error = syscall.Errno(10061)

func listenPlatform(dir string) (*AdminListener, error) { return listenToken(dir) }

func platformEndpoint(dir string) endpoint { return tokenEndpoint(dir) }
