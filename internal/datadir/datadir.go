// Package datadir holds the server's data folder: private to its owner, used by
// one process at a time, backed up and restored as a whole.
//
// The lock is the operating system's (flock, LockFileEx) on the file "lock" in
// the folder, so it ends with the process, however that ends. The file also
// holds the holder's process id in decimal and a line feed, for people and for
// the error that names the holder; nothing is decided by it.
package datadir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// lockName is the lock file's name within the folder.
const lockName = "lock"

// errLocked is what lockFile returns when another process holds the lock.
var errLocked = errors.New("locked")

// An InUseError says that another process holds the folder.
type InUseError struct {
	Path string // of the folder
	PID  int    // of the holder; 0 if it cannot be told
}

func (e *InUseError) Error() string {
	return e.fact() + ": stop that server first, or give this one a folder of its own in [General] DataPath"
}

// fact is the error without advice.
func (e *InUseError) fact() string {
	holder := "another process"
	if e.PID > 0 {
		holder = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("data folder %s is in use by %s", e.Path, holder)
}

// Dir is a data folder that this process holds. Its methods are safe for
// concurrent use.
type Dir struct {
	path   string
	notice string

	mu   sync.Mutex
	lock *os.File // nil after Close
}

// Open makes the folder at path if there is none, checks that nobody but its
// owner can reach into it, and locks it.
//
// On Unix the folder must belong to the user that runs the process, and nobody
// else may be able to write to it: what others put there is not to be trusted.
// If others can merely read it, Open withdraws that and says so in
// [Dir.Notice]. Root does not follow links that other users have laid. On Windows
// a folder that Open makes is open to its owner, to administrators and to the
// system; an existing one keeps its access list.
//
// The error is an *[InUseError] if another process, or this one, holds the
// folder.
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := checkLinks(path); err != nil {
		return nil, err
	}
	if err := makeDir(path); err != nil {
		return nil, fmt.Errorf("cannot make the data folder (set [General] DataPath to a place this user may write to): %w", err)
	}
	notice, err := secure(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, notice: notice}
	if d.lock, err = acquire(path); err != nil {
		return nil, err
	}
	return d, nil
}

// acquire locks the folder at path and writes this process's id into the lock
// file.
func acquire(path string) (*os.File, error) {
	f, err := openLockFile(filepath.Join(path, lockName), os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if errors.Is(err, errLocked) {
			return nil, &InUseError{Path: path, PID: readPID(f)}
		}
		return nil, fmt.Errorf("cannot lock %s: %w", f.Name(), err)
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return f, nil
}

// readPID returns the process id that f holds, or 0.
func readPID(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// Path returns the absolute path of name within the folder; of the folder itself
// if name is empty. Name is one of the program's own: slash-separated and local.
// Anything else is a fault of the caller, and Path panics.
func (d *Dir) Path(name string) string {
	if name == "" {
		return d.path
	}
	local, err := filepath.Localize(name)
	if err != nil {
		panic(fmt.Sprintf("datadir: Path(%q): not a local name", name))
	}
	return filepath.Join(d.path, local)
}

// Notice returns what Open changed about an existing folder, for the log; it is
// empty if it changed nothing.
func (d *Dir) Notice() string { return d.notice }

// Close gives the folder up. The lock file stays, empty: removing it could take
// the lock away from whoever opens the folder at that moment. Calls after the
// first do nothing.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock == nil {
		return nil
	}
	f := d.lock
	d.lock = nil
	err := f.Truncate(0)
	return errors.Join(err, f.Close())
}
