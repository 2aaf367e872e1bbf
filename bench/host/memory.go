package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"appserver/internal/host"
)

const (
	resting    = 1000      // threads at rest
	memoryGoal = 200 << 20 // what the process may take with them, in bytes
)

// memory measures what the process takes with threads in Sleep, and what those compute.
func (m *measurement) memory() (missed []string, err error) {
	if runtime.GOOS != "linux" {
		fmt.Fprintln(m.w, "\nMemory is measured on Linux only.")
		return nil, nil
	}
	before := residentSize()
	var threads []*host.Thread
	defer func() { end(threads...) }()
	for range resting {
		t, err := m.begin("Rests")
		if err != nil {
			return nil, err
		}
		threads = append(threads, t)
	}
	for m.Figures().Threads[host.Job][host.Blocked] < resting {
		time.Sleep(time.Millisecond)
	}
	used := residentSize()
	began := processorTime()
	time.Sleep(time.Second)
	busy := processorTime() - began
	fmt.Fprintf(m.w, "\n## %d threads in Sleep\n\n| | |\n|---|---|\n", resting)
	fmt.Fprintf(m.w, "| resident memory of the process | %d MB |\n", used>>20)
	fmt.Fprintf(m.w, "| of it, for each thread | %.1f KiB |\n", float64(used-before)/resting/1024)
	fmt.Fprintf(m.w, "| processor time in a second | %s ms |\n", ms(busy))
	if used > memoryGoal {
		missed = append(missed, fmt.Sprintf("%d threads in Sleep take %d MB, not %d", resting, used>>20, memoryGoal>>20))
	}
	return missed, nil
}

// residentSize returns how many bytes of memory the process has.
func residentSize() int64 {
	debug.FreeOSMemory()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kib int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib << 10
		}
	}
	return 0
}
