package httpport

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
)

// unread logs connections that end before any request of theirs was read. That
// is the only trace of a malformed one: net/http answers it by itself, without
// a handler and without a word in its error log. It does not tell such a peer
// from one that sent too little or nothing, and that a later request on a
// connection was malformed does not show at all.
//
// It does nothing unless the log takes debug lines when a connection arrives.
type unread struct {
	log   *zap.Logger
	conns sync.Map // net.Conn to *atomic.Bool: whether a request was read
}

type requestReadKey struct{}

// connContext is for [http.Server.ConnContext].
func (u *unread) connContext(ctx context.Context, c net.Conn) context.Context {
	if !u.log.Core().Enabled(zap.DebugLevel) {
		return ctx
	}
	read := new(atomic.Bool)
	u.conns.Store(c, read)
	return context.WithValue(ctx, requestReadKey{}, read)
}

// connState is for [http.Server.ConnState], which tells of the end of every
// connection.
func (u *unread) connState(c net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	read, ok := u.conns.LoadAndDelete(c)
	if ok && !read.(*atomic.Bool).Load() {
		u.log.Debug("connection ended without a request that could be read",
			zap.Stringer("remote", c.RemoteAddr()))
	}
}

// requestRead tells the connection of r that a request was read from it.
func requestRead(r *http.Request) {
	if read, ok := r.Context().Value(requestReadKey{}).(*atomic.Bool); ok {
		read.Store(true)
	}
}
