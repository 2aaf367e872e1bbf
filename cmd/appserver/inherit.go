package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
)

// inheritedListeners returns the TCP listeners that the service manager has
// opened for this process (sd_listen_fds(3)), in its order; none if it has not.
// The variables that tell of them are unset, so that no child takes them for its
// own. It must be called at most once. On an error, nothing stays open.
func inheritedListeners() ([]net.Listener, error) {
	return listenersOf(activation.Files(true))
}

// listenersOf turns inherited descriptors into listeners; it closes the files.
func listenersOf(files []*os.File) (listeners []net.Listener, err error) {
	for _, f := range files {
		l, fault := tcpListener(f)
		if err = errors.Join(err, fault); l != nil {
			listeners = append(listeners, l)
		}
	}
	if err == nil {
		return listeners, nil
	}
	for _, l := range listeners {
		l.Close()
	}
	return nil, err
}

// tcpListener takes f over. It refuses what is not a listening TCP socket.
func tcpListener(f *os.File) (net.Listener, error) {
	defer f.Close()
	kind, ok := socketKind(f)
	if !ok {
		return nil, fmt.Errorf("the service manager handed over %q, which is %s: only listening TCP sockets can be used; "+
			"have ListenStream= with a port, and no Accept=yes, in the socket unit", f.Name(), kind)
	}
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("taking over %q from the service manager: %w", f.Name(), err)
	}
	return l, nil
}
