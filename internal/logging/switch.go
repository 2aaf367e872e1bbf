package logging

import (
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
)

// Switch is a writer whose target can be exchanged while it is written to. Its
// methods are safe for concurrent use if those of the targets are.
type Switch struct{ target atomic.Pointer[io.Writer] }

// NewSwitch returns a Switch that writes to w.
func NewSwitch(w io.Writer) *Switch {
	s := &Switch{}
	s.target.Store(&w)
	return s
}

// Write writes p to the present target. If that was exchanged and closed
// meanwhile, p goes to the new one.
func (s *Switch) Write(p []byte) (int, error) {
	for {
		target := s.target.Load()
		n, err := (*target).Write(p)
		if !errors.Is(err, fs.ErrClosed) || s.target.Load() == target {
			return n, err
		}
	}
}

// Set makes w the target of every Write from now on. It does not wait for a Write
// under way, since a target may be stuck; the one before may be closed if a Write
// to it then fails with an error that is fs.ErrClosed, as that of a [File] is.
func (s *Switch) Set(w io.Writer) { s.target.Store(&w) }
