package host

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// defaultThreads is how many threads there are at most if the configuration does not say.
// A thread that waits takes some 20 KiB.
const defaultThreads = 10_000

// bounds are what all threads together may take.
type bounds struct {
	threads atomic.Int64 // at the same time; 0: defaultThreads
	memory  atomic.Int64 // bytes of the process; 0: no bound

	mu      sync.Mutex
	looked  time.Time // when the memory was looked at
	used    int64     // what it was
	initial int64     // the limit of Go's memory before memory was set; 0: it never was
}

// bound puts the bounds of all threads together in force: how many there may be, 0 for the
// default, and beyond which memory of the process, in bytes, none begins, 0 for no bound.
// Threads that there are stay.
func (h *Host) bound(threads int, memory int64) {
	h.bounds.threads.Store(int64(threads))
	h.bounds.memory.Store(memory)
	h.bounds.tellRuntime(memory)
}

// tellRuntime has the garbage collector keep below the bound, so that what is refused is
// refused for what is in use, not for what has not been collected. A lower limit that the
// process was started with stays.
func (b *bounds) tellRuntime(memory int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.initial == 0 {
		if memory <= 0 {
			return
		}
		b.initial = debug.SetMemoryLimit(-1)
	}
	limit := b.initial
	if memory > 0 {
		limit = min(limit, memory-memory/16)
	}
	debug.SetMemoryLimit(limit)
}

// refusal returns why no further thread of the environment may begin, or nil. h.mu is held.
func (h *Host) refusal(env *environment) error {
	most := int(h.bounds.threads.Load())
	if most <= 0 {
		most = defaultThreads
	}
	switch own := h.living[env.key()]; {
	case h.Stopping():
		return ErrStopping
	case h.alive >= most:
		return fmt.Errorf("%w: there are %d, see MaxThreads in [General]", ErrBusy, h.alive)
	case env.MaxThreads > 0 && own >= env.MaxThreads:
		return fmt.Errorf("%w: there are %d in this environment, see MaxThreads in [%s]", ErrBusy, own, env.Name)
	}
	return h.bounds.memoryError()
}

// memoryError returns an error if the process takes too much memory.
func (b *bounds) memoryError() error {
	limit := b.memory.Load()
	if limit <= 0 {
		return nil
	}
	if used := b.usedMemory(); used > limit {
		return fmt.Errorf("%w: it takes %d MiB, see ServerMemoryLimit in [General]", ErrNoMemory, used>>20)
	}
	return nil
}

// lookEvery is how old the known use of memory may be.
const lookEvery = 10 * time.Millisecond

// usedMemory returns how many bytes the process has from the system, but for what it gave
// back and its program text.
func (b *bounds) usedMemory() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.looked) < lookEvery {
		return b.used
	}
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	b.used = int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
	b.looked = time.Now()
	return b.used
}
