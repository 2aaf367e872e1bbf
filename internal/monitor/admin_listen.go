package monitor

import (
	"errors"
	"net"
)

// AdminListener accepts the connections of administrators. Close also removes
// what AdminClient finds it by.
type AdminListener struct {
	net.Listener
	// Token must be borne by every request; empty on a Unix socket.
	Token string
}

// ListenAdmin opens the administration interface of the data folder dir, which
// the caller must hold locked: an old socket or token file there is a dead
// server's and gets replaced.
//
// On Unix it is the socket "admin.sock" with mode 0600; dir must be closed to
// other users. Elsewhere it is a TCP port on 127.0.0.1, announced with a token
// in the file "admin.token". Cleanup closes the listener and removes the file;
// calls after the first do nothing.
func ListenAdmin(dir string) (ln *AdminListener, cleanup func() error, err error) {
	ln, err = listenPlatform(dir)
	if err != nil {
		return nil, nil, err
	}
	return ln, func() error {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}, nil
}
