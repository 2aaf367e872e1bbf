//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime returns what all threads of the process have used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only of wrong arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
