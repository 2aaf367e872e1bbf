package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// usualPercent is what Go lets the heap grow by between two collections of garbage, of what
// was in use after the first.
const usualPercent = 100

// heapRoom is what the daemon lets it grow by at least, in bytes: a small heap would be
// full, and collected, all the time.
const heapRoom = 32 << 20

// paceCollector gives the heap of the process heapRoom until ctx ends. If the variable GOGC
// is set it does nothing; limits of memory go before whatever it does.
func (d *daemon) paceCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	defer debug.SetGCPercent(usualPercent)
	for now := usualPercent; ; {
		if next := heapPercent(collectedAll()); next < now || next > now+now/8 {
			debug.SetGCPercent(next)
			now = next
		}
		select {
		case <-nextCollection():
		case <-ctx.Done():
			return
		}
	}
}

// heapPercent returns by how much the heap may grow of which so many bytes are in use.
func heapPercent(used uint64) int {
	return max(usualPercent, int(heapRoom*100/max(used, 1<<20)))
}

// collectedAll returns how many bytes the latest collection found that it goes by: live
// ones, stacks, and global variables.
func collectedAll() (n uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	for _, s := range samples {
		n += s.Value.Uint64()
	}
	return n
}

// nextCollection returns what is closed after the next collection.
func nextCollection() <-chan struct{} {
	type unused struct{ _ *byte } // a pointer keeps it from sharing its memory
	done := make(chan struct{})
	runtime.AddCleanup(new(unused), func(done chan struct{}) { close(done) }, done)
	return done
}
