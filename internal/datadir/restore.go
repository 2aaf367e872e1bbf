package datadir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Restored tells what Restore has done.
type Restored struct {
	Contents
	Kept   string // where the folder that was there before is now; "" if there was none
	Notice string // what is left to do about the new folder, or ""
}

// Restore replaces the data folder at path by the backup in r, which [Backup] has
// written. Everything is unpacked into a new folder beside it and checked before
// anything is replaced; on any error what was there stays as it was, and the error
// is [ErrDamaged] if the backup is not whole. All of it is on the disk by then. A folder that holds anything is
// replaced only if force is true, and kept under another name.
//
// The error is an *[InUseError] if a server holds the folder. The new folder is
// closed to other users (0700); files have the permissions and times of the backup,
// but only their owner can write to them. If root restores, everything belongs to the
// owner of the old folder; the path must be one that [CheckPath] accepts.
//
// A backup of more than 10 GiB, or of more than 100,000 files and folders, is refused.
func Restore(ctx context.Context, path string, r io.Reader, force bool) (Restored, error) {
	return restore(ctx, path, r, force, terms{backupLimits, flush})
}

// terms are on what a backup is restored.
type terms struct {
	limits
	flush func(*os.File) error // has the system write a file or folder to the disk
}

func restore(ctx context.Context, path string, r io.Reader, force bool, on terms) (result Restored, err error) {
	p, err := findPrevious(path, force)
	if err != nil {
		return Restored{}, err
	}
	defer p.release()
	fresh, root, err := makeBeside(p.path)
	if err != nil {
		return Restored{}, err
	}
	m, err := fill(ctx, root, r, p.owner(), on)
	if err == nil {
		err = p.replace(fresh)
	}
	if err != nil {
		return Restored{}, errors.Join(err, os.RemoveAll(fresh))
	}
	return Restored{Contents: m.contents(), Kept: p.kept, Notice: p.notice()}, nil
}

// fill unpacks the backup into the new folder, and closes root.
func fill(ctx context.Context, root *os.Root, r io.Reader, to *owner, on terms) (*manifest, error) {
	defer root.Close()
	u, m, err := unpack(ctx, root, r, on.limits)
	if err != nil {
		return nil, err
	}
	return m, u.finish(to, on.flush)
}

// previous is the folder that a restored one takes the place of.
type previous struct {
	path  string      // absolute, not a link
	info  fs.FileInfo // nil if there is no folder
	empty bool        // but for the lock
	lock  *os.File    // held; nil if there is no lock file
	kept  string      // where it was moved to
}

// findPrevious looks at the folder at path and locks it.
func findPrevious(path string, force bool) (*previous, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	p := &previous{path: path}
	p.info, err = os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, nil
	case err != nil:
		return nil, fmt.Errorf("data folder: %w", err)
	case !p.info.IsDir():
		return nil, fmt.Errorf("data folder %s is not a folder: set [General] DataPath to another place", path)
	}
	if err := p.hold(); err != nil {
		return nil, err
	}
	if err := p.look(force); err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

func (p *previous) look(force bool) error {
	entries, err := os.ReadDir(p.path)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	p.empty = len(entries) == 0 || len(entries) == 1 && entries[0].Name() == lockName
	if !p.empty && !force {
		return fmt.Errorf("data folder %s is not empty: to replace it (it is kept under another name) restore with --force, or set [General] DataPath to a new folder", p.path)
	}
	return nil
}

// hold takes the lock if there is a lock file. It makes none: where there is none
// no server has run, and one that root makes would keep the server out.
func (p *previous) hold() error {
	if p.lock != nil || p.info == nil {
		return nil
	}
	f, err := openLockFile(filepath.Join(p.path, lockName), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if errors.Is(err, errLocked) {
			return heldError{&InUseError{Path: p.path, PID: readPID(f)}}
		}
		return fmt.Errorf("cannot lock %s: %w", f.Name(), err)
	}
	p.lock = f
	return nil
}

// heldError is an InUseError with the advice that fits a restore.
type heldError struct{ *InUseError }

func (e heldError) Error() string { return e.fact() + ": stop that server first, and restore then" }
func (e heldError) Unwrap() error { return e.InUseError }

func (p *previous) release() {
	if p.lock != nil {
		p.lock.Close()
		p.lock = nil
	}
}

// owner returns whom the folder belongs to, if its files can be given to them.
func (p *previous) owner() *owner {
	if p.info == nil || os.Geteuid() != 0 {
		return nil
	}
	return ownerOf(p.info)
}

func (p *previous) notice() string {
	if p.info == nil && os.Geteuid() == 0 {
		return fmt.Sprintf("the new folder belongs to root, since there was none before: if the server runs as another user, run: chown -R USER %s", p.path)
	}
	return ""
}

// makeBeside makes a new folder beside the one at path, closed to others.
func makeBeside(path string) (fresh string, root *os.Root, err error) {
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", nil, fmt.Errorf("cannot make the folder of the data folder: %w", err)
	}
	fresh = fmt.Sprintf("%s.restoring-%d-%d", path, os.Getpid(), time.Now().UnixNano())
	if err := makeNewDir(fresh); err != nil {
		return "", nil, fmt.Errorf("the restored data folder is made beside the old one: %w; run this as a user who may write to %s", err, parent)
	}
	if root, err = openMade(fresh); err != nil {
		return "", nil, errors.Join(err, os.Remove(fresh))
	}
	return fresh, root, nil
}

// openMade opens the folder that was just made at path. Where others can write to
// the folder above, they may have put a link there instead.
func openMade(path string) (*os.Root, error) {
	made, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(made, opened) {
		err = fmt.Errorf("%s was exchanged while it was made: close the folder above it to other users", path)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// replace puts the folder fresh in the place of p and keeps p, unless it is empty.
func (p *previous) replace(fresh string) error {
	if err := p.hold(); err != nil { // a server may have started in a folder without lock file
		return err
	}
	if runtime.GOOS == "windows" {
		p.release() // what is open cannot be renamed there
	}
	if p.info != nil {
		p.kept = p.path + ".before-restore-" + time.Now().Format("20060102-150405")
		if err := renameNew(p.path, p.kept); err != nil {
			return movingFault(err)
		}
	}
	if err := os.Rename(fresh, p.path); err != nil {
		return errors.Join(fmt.Errorf("cannot put the restored folder in its place: %w", err), p.putBack())
	}
	syncFolder(filepath.Dir(p.path))
	if p.empty && p.kept != "" {
		os.Remove(filepath.Join(p.kept, lockName))
		if os.Remove(p.kept) == nil {
			p.kept = ""
		}
	}
	return nil
}

func (p *previous) putBack() error {
	if p.kept == "" {
		return nil
	}
	if err := renameNew(p.kept, p.path); err != nil {
		return fmt.Errorf("THE OLD DATA FOLDER IS NOW %s: move it back by hand: %w", p.kept, err)
	}
	return nil
}

// renameNew renames a folder to a name that nothing has.
func renameNew(from, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	return os.Rename(from, to)
}

// movingFault says how to mend the reasons why the old folder cannot be moved.
func movingFault(err error) error {
	hint := ""
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		hint = "; it is a mount point: restore into a folder inside of it and set [General] DataPath to that"
	}
	return fmt.Errorf("cannot move the old data folder out of the way: %w%s", err, hint)
}
