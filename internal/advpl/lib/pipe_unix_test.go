//go:build unix

package lib

import "syscall"

// makePipe makes a named pipe and returns whether that succeeded.
func makePipe(name string) bool { return syscall.Mkfifo(name, 0o644) == nil }
