package monitor

import (
	"errors"
	"sync/atomic"
)

// Why a server is not ready.
var (
	ErrStarting  = errors.New("starting")
	ErrSuspended = errors.New("suspended")
	ErrDraining  = errors.New("draining: the server is going down")
)

// Readiness says whether the server wants new work. The zero value is a server
// that starts: not ready. All methods are safe for concurrent use.
type Readiness struct {
	state atomic.Int32
}

const (
	starting int32 = iota
	ready
	suspended
	draining
)

// Set makes the server ready, or not. After Drain it does nothing.
func (r *Readiness) Set(on bool) {
	to := suspended
	if on {
		to = ready
	}
	for {
		from := r.state.Load()
		if from == draining || (from == starting && !on) || r.state.CompareAndSwap(from, to) {
			return
		}
	}
}

// Drain makes the server not ready for good.
func (r *Readiness) Drain() { r.state.Store(draining) }

// Draining reports whether Drain was called.
func (r *Readiness) Draining() bool { return r.state.Load() == draining }

// Err returns nil if the server is ready, else ErrStarting, ErrSuspended or
// ErrDraining.
func (r *Readiness) Err() error {
	switch r.state.Load() {
	case ready:
		return nil
	case starting:
		return ErrStarting
	case suspended:
		return ErrSuspended
	default:
		return ErrDraining
	}
}
