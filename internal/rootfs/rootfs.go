// Package rootfs gives programs the files below one folder, the RootPath of an
// environment, by the names that AdvPL programs use.
//
// A name has "\" or "/" between its parts. If it begins with one it starts at the
// root, else in the program's current folder. Upper and lower case name the same
// file. Nothing outside the folder can be reached, neither by ".." nor by a
// symbolic link; a name with a drive letter is the client's and never the server's.
//
// Clean makes a path of a name, and Root.Find finds how it is spelled on the disk.
// The other methods take such paths, in which case matters.
package rootfs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
	"time"
)

// ErrClient is the error for a name with a drive letter, or of another computer:
// such are files of the client.
var ErrClient = errors.New("the name is of a file of the client")

// ErrNotRegular is the error of opening what is no regular file.
var ErrNotRegular = errors.New("not a regular file")

// ErrTooLarge is the error of Edit for a file that is too large.
var ErrTooLarge = errors.New("the file is too large to edit")

// Bounds of names, in bytes, and of paths, in parts. Each part is looked up from the
// root, so that the work grows with their square.
const (
	maxName  = 4096
	maxParts = 255
)

// Root is a folder below which programs see files. It may be used by any number of
// goroutines at once.
type Root struct {
	root *os.Root
	edit sync.Mutex // held by Edit

	now func() time.Time

	mu    sync.Mutex
	open  map[string][]*File  // by path, those that Open has opened
	lists map[string]*listing // of large folders, by path
}

// Open opens the folder, which must exist.
func Open(dir string) (*Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Root{root: root, now: time.Now, open: make(map[string][]*File), lists: make(map[string]*listing)}, nil
}

// Close closes the root. Files that it has opened stay open.
func (r *Root) Close() error { return r.root.Close() }

// Dir returns the name of the folder as it was opened.
func (r *Root) Dir() string { return r.root.Name() }

// Clean returns the path below the root, with "/" between its parts and none at its
// beginning, that name means to a program whose current folder is the path cwd; "."
// is the root. Blanks at the end of name do not count. The error is ErrClient,
// fs.ErrPermission for a name that leaves the root, or fs.ErrInvalid for one that
// cannot be a name: empty, too long, too deep, or with control characters.
func Clean(cwd, name string) (string, error) {
	slashed := strings.ReplaceAll(strings.TrimRight(name, " "), `\`, "/")
	switch {
	case slashed == "" || len(slashed) > maxName || strings.ContainsFunc(slashed, isControl):
		return "", fmt.Errorf("%.100q: %w", name, fs.ErrInvalid)
	case len(slashed) > 1 && slashed[1] == ':' || strings.HasPrefix(slashed, "//"):
		return "", fmt.Errorf("%.100q: %w", name, ErrClient)
	case runtime.GOOS == "windows" && strings.Contains(slashed, ":"):
		return "", fmt.Errorf("%.100q: %w", name, fs.ErrInvalid)
	case !strings.HasPrefix(slashed, "/"):
		slashed = cwd + "/" + slashed
	}
	clean := path.Clean(strings.TrimLeft(slashed, "/"))
	switch {
	case clean == ".." || strings.HasPrefix(clean, "../"):
		return "", fmt.Errorf("%.100q: %w: it leaves the root path", name, fs.ErrPermission)
	case len(clean) > maxName || strings.Count(clean, "/") >= maxParts:
		return "", fmt.Errorf("%.100q: %w: it is too deep", name, fs.ErrInvalid)
	}
	return clean, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7F }

// Entries yields what the folder at the path holds, in no order, without reading
// all of it at once. An error is the last that it yields.
func (r *Root) Entries(folder string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		f, err := r.root.OpenFile(folder, os.O_RDONLY|nonblock, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		for err == nil {
			var entries []fs.DirEntry
			entries, err = f.ReadDir(batch)
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
		if err != io.EOF {
			yield(nil, err)
		}
	}
}

// Stat describes the file or folder at the path, or what a symbolic link there leads
// to.
func (r *Root) Stat(name string) (fs.FileInfo, error) { return r.root.Stat(name) }

// Mkdir makes the folder at the path; the one above it must exist.
func (r *Root) Mkdir(name string) error { return r.changed(r.root.Mkdir(name, 0o755), name, true) }

// MkdirAll makes the folder at the path and those above it. It may exist.
func (r *Root) MkdirAll(name string) error { return r.root.MkdirAll(name, 0o755) }

// Chmod sets the permissions of the file at the path.
func (r *Root) Chmod(name string, perm fs.FileMode) error { return r.root.Chmod(name, perm.Perm()) }

// Remove removes the file, or the link, at the path. The error is ErrInUse if Open has
// it open, and ErrNotRegular for a folder.
func (r *Root) Remove(name string) error {
	info, err := r.root.Lstat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "remove", Path: name, Err: ErrNotRegular}
	case r.InUse(name):
		return &fs.PathError{Op: "remove", Path: name, Err: ErrInUse}
	}
	return r.changed(r.root.Remove(name), name, false)
}

// RemoveFolder removes the empty folder at the path, which is not the root.
func (r *Root) RemoveFolder(name string) error {
	info, err := r.root.Lstat(name)
	switch {
	case err != nil:
		return err
	case !info.IsDir() || name == ".":
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrInvalid}
	}
	return r.changed(r.root.Remove(name), name, false)
}

// Rename gives the file or folder at the path another one, at which nothing may be:
// the error is fs.ErrExist, unless both are the same file in another spelling. It is
// ErrInUse if Open has the file open.
func (r *Root) Rename(name, to string) error {
	info, err := r.root.Lstat(name)
	if err != nil {
		return err
	}
	if other, err := r.root.Lstat(to); err == nil && !os.SameFile(info, other) {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	if r.InUse(name) {
		return &fs.PathError{Op: "rename", Path: name, Err: ErrInUse}
	}
	return r.changed(r.changed(r.root.Rename(name, to), name, false), to, true)
}

// Edit replaces the file at the path by what change makes of its content, which is
// empty if there is no file. Readers see the old content or the new one, whole, and
// only one Edit runs at a time. A file of more than limit bytes is ErrTooLarge. The error
// is ErrInUse if others have it open and deny others to read or write it.
func (r *Root) Edit(name string, limit int64, change func([]byte) ([]byte, error)) error {
	r.edit.Lock()
	defer r.edit.Unlock()
	f := &File{root: r, path: name, uses: DenyAll}
	if !r.claim(f) {
		return &fs.PathError{Op: "edit", Path: name, Err: ErrInUse}
	}
	defer r.forget(f)
	old, perm, err := r.content(name, limit)
	if err != nil {
		return err
	}
	content, err := change(old)
	if err != nil {
		return err
	}
	return r.replace(name, content, perm)
}

// content returns the bytes and permissions of a file of at most limit bytes.
func (r *Root) content(name string, limit int64) ([]byte, fs.FileMode, error) {
	f, err := r.OpenFile(name, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0o644, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if int64(len(b)) > limit {
		err = &fs.PathError{Op: "edit", Path: name, Err: ErrTooLarge}
	}
	return b, info.Mode().Perm(), err
}

// replace writes a new file beside the one at the path and puts it in its place.
func (r *Root) replace(name string, content []byte, perm fs.FileMode) error {
	fresh := path.Join(path.Dir(name), "."+rand.Text()+".tmp")
	f, err := r.root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = r.root.Rename(fresh, name)
	}
	if err != nil {
		return errors.Join(err, r.root.Remove(fresh))
	}
	return r.changed(nil, name, true)
}
