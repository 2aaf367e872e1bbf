package monitor

import (
	"fmt"
	"net/http"

	"go.uber.org/zap"
)

// containment keeps a panic to the request that it happens in.
type containment struct {
	log      *zap.Logger
	panicked func() // counts
}

// note tells of the panic p in r, and counts it. It must be called where p was
// recovered, for the stack.
func (c containment) note(r *http.Request, p any) {
	c.log.Error("panic in a request; only this request ended", zap.String("method", r.Method),
		zap.String("path", r.URL.Path), zap.String("panic", fmt.Sprint(p)), zap.Stack("stack"))
	c.panicked()
}

// contain answers a request in which next panics with 500, or ends the connection
// if the answer has begun. Net/http would do the latter, and tell of it where it
// tells of peers that go away.
func (c containment) contain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w}
		defer func() {
			p := recover()
			switch {
			case p == nil:
				return
			case p == http.ErrAbortHandler:
				panic(p)
			}
			c.note(r, p)
			if a.begun {
				panic(http.ErrAbortHandler)
			}
			writeError(w, http.StatusInternalServerError, internalError)
		}()
		next.ServeHTTP(a, r)
	})
}

const internalError = "internal error: the log of the server says more"

// answer notes whether an answer has begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

func (a *answer) WriteHeader(status int) {
	a.begun = true
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
