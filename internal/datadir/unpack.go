package datadir

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// unpacker writes one backup into an empty folder.
type unpacker struct {
	root  *os.Root
	in    *tar.Reader
	left  limits
	found []entry
	marks []marks // of each of found
}

// marks are what a file or folder gets when everything is in its place.
type marks struct {
	mode     fs.FileMode
	modified time.Time
}

// unpack writes the backup in r into the folder of root, which must be empty and
// closed to others, and checks all of it. Folders are made open to their owner, see
// finish. After an error the folder holds anything.
func unpack(ctx context.Context, root *os.Root, r io.Reader, max limits) (*unpacker, *manifest, error) {
	compressed, err := gzip.NewReader(&cancelReader{ctx, r})
	if errors.Is(err, gzip.ErrHeader) {
		return nil, nil, foreignError{}
	}
	if err != nil {
		return nil, nil, readFault(err)
	}
	u := &unpacker{root: root, in: tar.NewReader(compressed), left: max}
	m, err := u.entries()
	if err == nil {
		err = ends(compressed)
	}
	if err == nil {
		err = m.check(u.found)
	}
	return u, m, err
}

// readFault is the error for one of reading the backup. What the system or the
// caller says stays what it is; everything else is the archive's.
func readFault(err error) error {
	var system *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &system), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return fmt.Errorf("%w: %v", ErrDamaged, err)
}

// entries reads up to the manifest, which must be the last entry.
func (u *unpacker) entries() (*manifest, error) {
	for {
		h, err := u.in.Next()
		switch {
		case len(u.found) == 0 && errors.Is(err, tar.ErrHeader),
			len(u.found) == 0 && err == nil && h.Name != manifestName && !strings.HasPrefix(h.Name, dataPrefix):
			return nil, foreignError{}
		case err != nil:
			return nil, readFault(err)
		case h.Name == manifestName:
			return u.manifest(h)
		}
		if err := u.entry(h); err != nil {
			return nil, err
		}
	}
}

func (u *unpacker) manifest(h *tar.Header) (*manifest, error) {
	if h.Size > maxManifest {
		return nil, fmt.Errorf("%w: its manifest has %d bytes", ErrDamaged, h.Size)
	}
	data, err := io.ReadAll(u.in)
	if err != nil {
		return nil, readFault(err)
	}
	m, err := parseManifest(data)
	if err != nil {
		return nil, err
	}
	switch _, err := u.in.Next(); err {
	case io.EOF:
		return m, nil
	case nil:
		return nil, fmt.Errorf("%w: something follows its manifest", ErrDamaged)
	default:
		return nil, readFault(err)
	}
}

// maxPadding is how much may follow the end of a tar archive: what fills a block.
const maxPadding = 1 << 20

// ends reads to the end of the compressed stream, which is where its checksum is.
func ends(compressed io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(compressed, maxPadding+1))
	if err == nil && n > maxPadding {
		return fmt.Errorf("%w: something follows it", ErrDamaged)
	}
	return readFault(err)
}

// entry makes one file or folder.
func (u *unpacker) entry(h *tar.Header) error {
	folder := h.Typeflag == tar.TypeDir
	name, ours := strings.CutPrefix(h.Name, dataPrefix)
	if folder {
		name = strings.TrimSuffix(name, "/")
	}
	switch {
	case !ours || !u.left.allows(name):
		return fmt.Errorf("%w: it holds %.200q, which no backup of this version does", ErrDamaged, h.Name)
	case !folder && h.Typeflag != tar.TypeReg:
		return fmt.Errorf("%w: %q is neither file nor folder", ErrDamaged, name)
	}
	mode := fs.FileMode(h.Mode).Perm()
	e := entry{Name: name, Mode: formatMode(mode), Size: h.Size}
	if folder {
		e.Name, e.Size = name+"/", 0
	}
	if err := u.left.add(len(u.found)+1, e.Size); err != nil {
		return err
	}
	err := u.make(name, &e)
	u.found = append(u.found, e)
	u.marks = append(u.marks, marks{mode, h.ModTime})
	return err
}

// make makes the file or folder e and fills in its hash.
func (u *unpacker) make(name string, e *entry) error {
	if e.folder() {
		return misplaced(u.root.Mkdir(name, 0o700))
	}
	f, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return misplaced(err)
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), u.in)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	e.SHA256 = hex.EncodeToString(h.Sum(nil))
	return readFault(err)
}

// misplaced names a fault of the archive where making an entry fails for what came
// before it, or did not.
func misplaced(err error) error {
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: an entry is there twice or stands before its folder: %v", ErrDamaged, err)
	}
	return err
}

// finish gives everything its permissions, without those that let others write, its
// time, and its owner if there is one to give, and flushes it; what is in a folder
// before the folder.
func (u *unpacker) finish(to *owner, flush func(*os.File) error) error {
	for i := len(u.found) - 1; i >= 0; i-- {
		name, marks := strings.TrimSuffix(u.found[i].Name, "/"), u.marks[i]
		if err := u.mark(name, marks, to, flush); err != nil {
			return err
		}
	}
	return u.flushed(".", flush, func() error { return to.take(u.root, ".") })
}

func (u *unpacker) mark(name string, m marks, to *owner, flush func(*os.File) error) error {
	return u.flushed(name, flush, func() error {
		if err := to.take(u.root, name); err != nil {
			return err
		}
		if err := u.root.Chmod(name, m.mode&^0o022); err != nil {
			return err
		}
		return u.root.Chtimes(name, time.Time{}, m.modified)
	})
}

// flushed calls do, which may close the file or folder to its owner, and flushes
// what that has changed.
func (u *unpacker) flushed(name string, flush func(*os.File) error, do func() error) error {
	f, err := u.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := do(); err != nil {
		return err
	}
	return flush(f)
}

// flush has the system write to the disk what f has, of a folder the names in it.
// Windows flushes only what is open for writing, and some file systems no folders.
func flush(f *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// owner is whom restored files belong to; nil leaves them to whoever restores.
type owner struct{ uid, gid int }

func (o *owner) take(root *os.Root, name string) error {
	if o == nil {
		return nil
	}
	return root.Lchown(name, o.uid, o.gid)
}
