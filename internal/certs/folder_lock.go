package certs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// lockName is the file that a process has locked while it changes others. It
	// is empty, and stays.
	lockName = "lock"
	// lockWait is how long to wait for another process. Nobody asks DNS or a
	// person while it holds the lock.
	lockWait = 10 * time.Second
	// lockPoll is between attempts: the system has no wait with a bound.
	lockPoll = 20 * time.Millisecond
)

// errLocked is what lockFile returns when the lock is held already.
var errLocked = errors.New("locked")

// lock waits until nobody else, in this process or another, holds the lock of
// the folder, and takes it. The wait ends with an error when ctx ends, and after
// ten seconds. The lock ends with unlock, or with the process.
func (f *folder) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		file, err := f.tryLock()
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("cannot lock the folder %s: %w", f.root.Name(), err)
		}
		select {
		case <-ctx.Done():
			return nil, localNames.fault("", "try again when it has ended",
				"another process is changing the certificates in %s, and has locked %s", f.root.Name(), filepath.Join(f.root.Name(), lockName))
		case <-poll.C:
		}
	}
}

// tryLock takes the lock if nobody holds it; otherwise the error is errLocked.
func (f *folder) tryLock() (*os.File, error) {
	file, err := f.openLock()
	if err != nil {
		return nil, err
	}
	if err = lockFile(file); err == nil {
		err = f.stillLock(file)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// stillLock returns errLocked if file, which was locked, is not the lock any
// more: somebody has removed it, and others will lock another one.
func (f *folder) stillLock(file *os.File) error {
	held, err := file.Stat()
	if err != nil {
		return err
	}
	if !held.Mode().IsRegular() {
		return &fs.PathError{Op: "lock", Path: lockName, Err: errNotRegular}
	}
	there, err := f.root.Stat(lockName)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return errLocked
	}
	return err
}

// openLock opens the lock file, and makes it if there is none.
func (f *folder) openLock() (*os.File, error) {
	open := func() (*os.File, error) { return f.root.OpenFile(lockName, os.O_RDWR|openNonBlock, 0) }
	file, err := open()
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if err := f.makeLock(); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return open()
}

// makeLock makes the lock file. It gets its name when it belongs to the folder's
// owner already: made by an administrator, it would keep the server out until
// then, or for good after a crash. File systems without hard links get it as it is.
func (f *folder) makeLock() error {
	temporary := newFilePrefix + rand.Text()
	if err := f.create(temporary, nil, 0o600); err != nil {
		return err
	}
	defer f.root.Remove(temporary)
	err := f.root.Link(temporary, lockName)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.create(lockName, nil, 0o600)
}
