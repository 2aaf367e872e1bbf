package mpp

import (
	"errors"
	"fmt"
	"net"
	"time"

	"go.uber.org/zap"
)

// Pauses after a failed accept. A failure lasts, mostly because descriptors ran
// out, and trying at once again would burn a processor.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// accept takes connections from l until it is closed, which is an error unless
// the port stops. No other error ends it: live sessions must not die because the
// system is short of something. Loop counts the connections that it admits.
func (s *Server) accept(l net.Listener, loop *passage) error {
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			loop.enter()
			s.admit(nc)
			loop.leave()
		case errors.Is(err, net.ErrClosed):
			if s.isStopping() {
				return nil
			}
			return fmt.Errorf("mpp: listener on %v: %w", l.Addr(), err)
		default:
			pause = min(max(2*pause, minAcceptPause), maxAcceptPause)
			s.sampled.Error("connections cannot be accepted; if descriptors ran out, raise the limit of open files",
				zap.Error(err), zap.Duration("retry_in", pause))
			select {
			case <-time.After(pause):
			case <-s.stop:
				return nil
			}
		}
	}
}

// admit lets nc in, or closes it because of a limit or of the stop. Here a
// connection gets its settings.
func (s *Server) admit(nc net.Conn) {
	c := &conn{Conn: nc, srv: s, set: s.set.Load(), remote: nc.RemoteAddr(), accepted: time.Now()}
	s.obs.Accepted()
	if !s.startSniffing() {
		c.settled.Store(true)
		c.end(RefusedShutdown)
		return
	}
	evicted, refusal := s.limits.admit(c)
	endEvicted(evicted)
	if refusal != "" {
		c.end(refusal)
		return
	}
	nc.SetDeadline(c.deadline())
	s.running.Go(func() { s.sniff(c) })
}

func endEvicted(cs []*conn) {
	for _, c := range cs {
		c.end(RefusedEvicted)
	}
}

// startSniffing counts one more connection whose protocol is not known, unless
// the stop has begun.
func (s *Server) startSniffing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.sniffing.Add(1)
	return true
}
