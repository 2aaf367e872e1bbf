//go:build unix

package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// errRefused is the system's own error for a refused connection.
var errRefused error = syscall.ECONNREFUSED

const socketName = "admin.sock"

func listenPlatform(dir string) (*AdminListener, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	if err := requirePrivate(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	lc := net.ListenConfig{Control: closeToOthers}
	ln, err := lc.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("administration socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("administration socket: %w", err)
	}
	return &AdminListener{Listener: ln}, nil
}

// socketPath returns the absolute path of the socket in dir. An address of a
// Unix socket has room for little more than a hundred bytes.
func socketPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("administration socket: %w", err)
	}
	path := filepath.Join(dir, socketName)
	if longest := len(syscall.RawSockaddrUnix{}.Path) - 1; len(path) > longest {
		return "", fmt.Errorf("administration socket %s: the path has %d bytes, and this system allows %d: set [General] DataPath to a shorter path", path, len(path), longest)
	}
	return path, nil
}

// closeToOthers sets the mode before bind gives the socket its name. Linux takes
// it over; elsewhere the folder alone protects the socket until listenPlatform
// has changed its mode, so an error does not matter.
func closeToOthers(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { unix.Fchmod(int(fd), 0o600) })
}

func requirePrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("administration socket: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("administration socket: folder %s is open to other users (mode %#o): run: chmod 700 %s", dir, mode, dir)
	}
	return nil
}

// removeStale removes the socket of a server that is gone, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("administration socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("administration socket %s: there is something else of that name (%s): move it away", path, info.Mode().Type())
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("administration socket: %w", err)
	}
	return nil
}

// socketEndpoint is the socket in the data folder of that name.
type socketEndpoint string

func platformEndpoint(dir string) endpoint { return socketEndpoint(dir) }

func (s socketEndpoint) token() (string, error) { return "", nil }

func (s socketEndpoint) dial(ctx context.Context) (net.Conn, error) {
	path, err := socketPath(string(s))
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
