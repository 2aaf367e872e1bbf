package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"slices"
)

// ErrInUse is the error of opening, removing or renaming a file that somebody has
// open and does not share.
var ErrInUse = errors.New("the file is in use")

// Share says what others may not do with a file while it is open.
type Share uint8

const (
	DenyNone  Share = 0
	DenyWrite Share = 1
	DenyRead  Share = 2
	DenyAll         = DenyWrite | DenyRead
)

// File is an open file that others know to be open.
type File struct {
	*os.File
	root *Root
	path string
	uses Share // what it was opened for, as what another would deny
	deny Share
}

// Close closes the file, which others then may use. Called again it does nothing but
// return os.ErrClosed.
func (f *File) Close() error {
	f.root.forget(f)
	return f.File.Close()
}

// Open opens the file at the path as os.OpenFile does and denies others what share
// says until it is closed. Only regular files can be opened. The error is ErrInUse if
// others have it open and the two do not go together. What other processes do is not
// known.
func (r *Root) Open(name string, flag int, perm fs.FileMode, share Share) (*File, error) {
	f := &File{root: r, path: name, uses: uses(flag), deny: share}
	if !r.claim(f) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrInUse}
	}
	file, err := r.regular(name, flag, perm)
	if err != nil {
		r.forget(f)
		return nil, err
	}
	f.File = file
	return f, nil
}

// OpenFile opens the file at the path as Open does, for a moment: others do not know
// of it.
func (r *Root) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	f := &File{root: r, path: name, uses: uses(flag)}
	if !r.claim(f) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrInUse}
	}
	r.forget(f)
	return r.regular(name, flag, perm)
}

// regular opens a regular file. It never waits for the other end of a pipe.
func (r *Root) regular(name string, flag int, perm fs.FileMode) (*os.File, error) {
	info, err := r.root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	fresh := err != nil
	f, err := r.root.OpenFile(name, flag|nonblock, perm)
	if err != nil {
		return nil, err
	}
	if fresh {
		_ = r.changed(nil, name, true)
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// uses returns what a file that is opened with the flag is used for.
func uses(flag int) Share {
	switch flag & (os.O_WRONLY | os.O_RDWR) {
	case os.O_WRONLY:
		return DenyWrite
	case os.O_RDWR:
		return DenyAll
	}
	return DenyRead
}

// claim enters f among the open files, unless they do not go together.
func (r *Root) claim(f *File) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.open[f.path] {
		if other.deny&f.uses != 0 || f.deny&other.uses != 0 {
			return false
		}
	}
	r.open[f.path] = append(r.open[f.path], f)
	return true
}

// forget takes f from the open files.
func (r *Root) forget(f *File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	others := slices.DeleteFunc(r.open[f.path], func(o *File) bool { return o == f })
	if len(others) == 0 {
		delete(r.open, f.path)
		return
	}
	r.open[f.path] = others
}

// InUse tells whether Open has the file at the path open.
func (r *Root) InUse(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open[name]) > 0
}
