//go:build !unix

package main

import "time"

var began = time.Now()

// processorTime returns the time since the start: the nearest there is.
func processorTime() time.Duration { return time.Since(began) }
