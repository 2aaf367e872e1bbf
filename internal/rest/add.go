package rest

import (
	"errors"
	"fmt"
	"maps"

	"appserver/internal/host"
)

// ErrListener is the error of Add for a listener that is there.
var ErrListener = errors.New("there is a listener of this name")

// Add serves listeners beside those in force, with the programs in force and the Door and the
// ErrorDetail of the others, until Remove, or a Prepare whose Config does not name them. All
// are served or none: the error is a *host.FaultsError with what is wrong, or ErrListener.
//
// Add and Remove must not run beside each other, nor between a Prepare and what puts it in
// force.
func (s *Server) Add(listeners ...Listener) error {
	now := s.now.Load()
	c := &Config{Door: now.door, ErrorDetail: now.detail}
	next := now.clone()
	p := s.preparation(s.o.Host.Generation())
	for i := range listeners {
		l := &listeners[i]
		if next.listeners[l.Name] != nil {
			return fmt.Errorf("%w: %s", ErrListener, l.Name)
		}
		p.usable(l)
		next.listeners[l.Name] = p.listener(l, c)
	}
	if len(p.faults) > 0 {
		return &host.FaultsError{Faults: p.faults}
	}
	p.warn()
	s.commit(next)
	return nil
}

// usable notes which environments of a listener have no programs.
func (p *preparation) usable(l *Listener) {
	for _, m := range l.Mounts {
		if m.Environment == "" {
			continue
		}
		if _, ok := p.generation.Program(m.Environment); !ok {
			p.tell(true, fmt.Sprintf("[%s] the environment %s has no usable programs", m.Name, m.Environment))
		}
	}
}

// Remove serves the listeners no more. Requests under way are finished; workers that only
// these had end then.
func (s *Server) Remove(names ...string) {
	next := s.now.Load().clone()
	for _, name := range names {
		delete(next.listeners, name)
	}
	s.commit(next)
}

// clone returns a state with listeners of its own.
func (st *state) clone() *state {
	next := *st
	next.listeners = maps.Clone(st.listeners)
	if next.listeners == nil {
		next.listeners = map[string]*listener{}
	}
	return &next
}
