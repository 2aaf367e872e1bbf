package host

import (
	"fmt"

	"appserver/internal/auth"
)

// Callers returns the principals that threads work for at present, each once: whoever has
// sent the calls that run, and has sessions that rest. Jobs, whoever has started them, are
// not among them.
func (h *Host) Callers() []auth.Principal {
	seen := map[auth.Principal]bool{}
	var list []auth.Principal
	for _, t := range h.list() {
		if c := t.call.Load(); c.Kind != Job && !seen[c.Principal] {
			seen[c.Principal] = true
			list = append(list, c.Principal)
		}
	}
	return list
}

// errDismissed ends what Dismiss ends.
var errDismissed = fmt.Errorf("%w: %w", ErrKilled, auth.ErrDismissed)

// Dismiss ends what Callers lists the principal for: the calls that run, and the threads that
// were opened for it. They end as by Kill, with an error that is auth.ErrDismissed too. It
// does not wait.
func (h *Host) Dismiss(who auth.Principal) {
	for _, t := range h.list() {
		t.dismiss(who)
	}
}

// dismiss ends what the thread does for the principal: all of it, unless it is another one's
// that lends it for a call.
func (t *Thread) dismiss(who auth.Principal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.call.Load() // as long as a call runs, it is the one of the thread
	switch {
	case c.Principal != who || c.Kind == Job:
	case !c.Owned:
		t.kill(errDismissed)
		t.dissolve()
	case t.running != nil:
		t.stop(t.running, errDismissed)
	}
}
