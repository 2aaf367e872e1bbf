package monitor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Reload is what a reload of the configuration came to.
type Reload struct {
	Changed  []Change `json:"changed"`  // in effect now
	Restart  []Change `json:"restart"`  // in the configuration, but in effect only after a restart
	Warnings []string `json:"warnings"` // about the new configuration
	// Programs is what became of programs; nil if there are no environments.
	Programs *ProgramCounts `json:"programs,omitempty"`
}

// Change is a key of the configuration whose value is another than before. Values
// are as in the configuration, secrets masked by whoever makes the Change.
type Change struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Old     string `json:"old"`
	New     string `json:"new"`
}

// ReloadState is how the last reload ended, however it was asked for.
type ReloadState struct {
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Message string    `json:"message,omitempty"` // why not
}

// ReloadError says that a reload was refused. The server goes on with everything
// that it had.
type ReloadError struct {
	// Findings are all faults, each with its place, for people.
	Findings []string
}

// Error returns all findings, each on a line of its own if there are several.
func (e *ReloadError) Error() string {
	const refused = "reload refused, the old configuration stays"
	switch len(e.Findings) {
	case 0:
		return refused
	case 1:
		return refused + ": " + e.Findings[0]
	default:
		return refused + ":\n  " + strings.Join(e.Findings, "\n  ")
	}
}

// How long a reload may take. Whoever asks over the administration interface
// waits for its turn and then for the reload.
const (
	reloadTurn    = 30 * time.Second
	reloadTimeout = time.Minute
	reloadAnswer  = reloadTurn + reloadTimeout + 10*time.Second
)

// reload serves POST /v1/reload.
func (a *admin) reload(w http.ResponseWriter, r *http.Request) {
	a.allowTime(w, reloadAnswer)
	turn := time.NewTimer(reloadTurn)
	defer turn.Stop()
	select {
	case a.reloading <- struct{}{}:
	case <-turn.C:
		writeError(w, http.StatusConflict, "another reload is under way: try again when it has ended")
		return
	case <-r.Context().Done():
		return // nobody waits any more
	}
	// Half a reload is worse than one that nobody hears of: it goes on when the
	// asker has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), reloadTimeout)
	defer cancel()
	ended := make(chan func(), 1)
	go func() {
		answer := a.reloaded(ctx, w, r)
		<-a.reloading
		ended <- answer
	}()
	select {
	case answer := <-ended:
		answer()
	case <-ctx.Done():
		writeReloadError(w, ctx.Err())
	}
}

// reloaded reloads, and returns what answers the request with how that ended.
func (a *admin) reloaded(ctx context.Context, w http.ResponseWriter, r *http.Request) (answer func()) {
	defer func() {
		if p := recover(); p != nil {
			a.note(r, p)
			answer = func() { writeError(w, http.StatusInternalServerError, internalError) }
		}
	}()
	result, err := a.Reload(ctx)
	if err != nil {
		return func() { writeReloadError(w, err) }
	}
	return func() {
		writeJSON(w, http.StatusOK, Reload{list(result.Changed), list(result.Restart), list(result.Warnings), result.Programs})
	}
}

// list returns s, and not nil, which JSON has as null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// allowTime moves the deadlines of a request that takes longer than [Server]
// gives to others. That for reading counts too: when it passes, net/http takes
// the peer for gone.
func (a *admin) allowTime(w http.ResponseWriter, d time.Duration) {
	c, deadline := http.NewResponseController(w), time.Now().Add(d)
	if err := errors.Join(c.SetReadDeadline(deadline), c.SetWriteDeadline(deadline)); err != nil {
		a.Log.Debug("the deadlines of a request could not be moved", zap.Error(err))
	}
}

func writeReloadError(w http.ResponseWriter, err error) {
	status, e := http.StatusInternalServerError, adminError{Message: err.Error()}
	switch refused := (*ReloadError)(nil); {
	case errors.As(err, &refused):
		status, e.Findings = http.StatusUnprocessableEntity, list(refused.Findings)
	case errors.Is(err, ErrDraining):
		status = http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
		e.Message = fmt.Sprintf("the reload has not ended within %v: the log and the status of the server tell how it ends", reloadTimeout)
	}
	e.Code = status
	writeJSON(w, status, e)
}
