package datadir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// updateSuffix is that of the file which is locked while the one beside it
	// changes. It is empty, and stays.
	updateSuffix = ".lock"
	// updateWait is how long Update waits for another process. Nobody waits for a
	// person or a network while it holds the lock.
	updateWait = 10 * time.Second
	// updatePoll is between attempts: the system has no wait with a bound.
	updatePoll = 20 * time.Millisecond
)

// Update replaces the content of the file name in the data folder at path, which a
// server may be using, by what change makes of it: nil if there is no file yet. The
// folder is made if there is none. Readers find the old content or the new one,
// whole. Others who update the file wait; a wait of ten seconds is an error. If root
// does it, the file is given to the owner of the folder, whose path must be one that
// [CheckPath] accepts.
//
// An error of change is returned as it is, and nothing is changed; so is a file of
// more than limit bytes.
func Update(path, name string, limit int64, change func(old []byte) ([]byte, error)) error {
	root, err := openFolder(path)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &update{root, name}
	ctx, cancel := context.WithTimeout(context.Background(), updateWait)
	defer cancel()
	unlock, err := u.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := u.read(limit)
	if err != nil {
		return err
	}
	content, err := change(old)
	if err != nil {
		return err
	}
	if int64(len(content)) > limit {
		return fmt.Errorf("%s would be larger than %d bytes: remove something from it first", filepath.Join(path, name), limit)
	}
	if err := u.replace(content); err != nil {
		return fmt.Errorf("cannot write %s: %w", filepath.Join(path, name), err)
	}
	syncFolder(path)
	return nil
}

// Exclusive calls do while no other process does so for the same name in the data folder at
// path, which exists, and no [Update] of that name goes on. It waits until ctx ends.
func Exclusive(ctx context.Context, path, name string, do func() error) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	defer root.Close()
	unlock, err := (&update{root, name}).lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}

// Create makes an empty file name in the data folder at path, unless there is a file; the
// folder is made if there is none. Only the owner of the folder can read the file.
func Create(path, name string) error {
	root, err := openFolder(path)
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join((&update{root, name}).give(f), f.Close())
}

// openFolder opens the data folder at path, and makes it if there is none.
func openFolder(path string) (*os.Root, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	if err := makeDir(path); err != nil {
		return nil, fmt.Errorf("cannot make the data folder: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return root, nil
}

// update is one change of a file.
type update struct {
	root *os.Root
	name string
}

// lock waits for its turn until ctx ends.
func (u *update) lock(ctx context.Context) (unlock func(), err error) {
	for {
		f, err := u.tryLock()
		switch {
		case err == nil:
			return func() { f.Close() }, nil
		case !errors.Is(err, errLocked):
			return nil, fmt.Errorf("data folder: cannot lock %s: %w", u.name, err)
		}
		select {
		case <-time.After(updatePoll):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is being changed by another process: try again when that has ended", filepath.Join(u.root.Name(), u.name))
		}
	}
}

func (u *update) tryLock() (*os.File, error) {
	f, err := u.root.OpenFile(u.name+updateSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err = u.give(f); err == nil {
		err = lockFile(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// give has f belong to the owner of the folder; only root can, and must.
func (u *update) give(f *os.File) error {
	info, err := u.root.Stat(".")
	if err != nil {
		return err
	}
	if to := ownerOf(info); to != nil && os.Geteuid() == 0 && to.uid != 0 {
		return f.Chown(to.uid, to.gid)
	}
	return nil
}

// read returns the content, nil if there is no file. Links are not followed: replace would
// put the file in the place of the link.
func (u *update) read(limit int64) ([]byte, error) {
	info, err := u.root.Lstat(u.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is no regular file of at most %d bytes", filepath.Join(u.root.Name(), u.name), limit)
	}
	return u.root.ReadFile(u.name)
}

// replace puts the content in the place of the old one.
func (u *update) replace(content []byte) error {
	temporary := u.name + ".tmp" // of one who was interrupted, if it exists: the lock is ours
	if err := u.root.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := u.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, u.give(f), f.Sync(), f.Close())
	if err == nil {
		err = u.root.Rename(temporary, u.name)
	}
	if err != nil {
		u.root.Remove(temporary)
	}
	return err
}
