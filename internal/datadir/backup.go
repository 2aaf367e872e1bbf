package datadir

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// ErrChanged says that a file was written to while it was read, each time it was
// tried. Another attempt may succeed.
var ErrChanged = errors.New("the file changes while it is read")

// BackupOptions are what the caller adds to a backup.
type BackupOptions struct {
	Program string // name and version of this program, recorded for people

	// Skip, if not nil, is asked about every file and folder by its slash-separated
	// name; true leaves it out, a folder with all that is in it. It is for what
	// describes the running server only.
	Skip func(name string) bool

	// Instead has other files be in the backup in the place of those with these names,
	// which must not be copied while they are written to: a database writes a copy at
	// rest by its own means, before Backup is called. A file that is not there is not
	// replaced either.
	Instead map[string]string
}

// Backup writes the data folder at path to w. The folder may be in use: files that
// are replaced by renaming, as the server does, are read whole, in the old state or
// the new one; of a file that grows, such as a log, what it held at one moment
// is read; one that is altered in place is read again, and if it does not come to
// rest the error is [ErrChanged].
//
// Locks (the file lock, and names that end in .lock), sockets and temporary files (with
// names that begin with .new- or end in .tmp) are left out silently; symbolic links and other special files are named in
// skipped. Everything else must be readable: the error of a file that is not
// ends the backup. What was written to w before an error is void.
//
// The format: a tar archive, compressed with gzip. Each file and folder is an entry
// with its name below "data/", its permissions and its time of modification,
// folders before what is in them, in the order of their names. The last entry,
// "manifest.json", is an object with format (1), created, program, and entries: for
// each of the others, in order, name, mode, and of files size and sha256. A
// backup without it is truncated. It holds private keys: keep it as closed
// as the folder.
func Backup(ctx context.Context, path string, w io.Writer, o BackupOptions) (c Contents, skipped []string, err error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return Contents{}, nil, fmt.Errorf("data folder: %w", err)
	}
	defer root.Close()
	compressed := gzip.NewWriter(w)
	a := &archiver{
		ctx: ctx, root: root, out: tar.NewWriter(compressed), skip: o.Skip, instead: o.Instead, left: backupLimits,
		manifest: manifest{Format: backupFormat, Created: time.Now().UTC().Truncate(time.Second), Program: o.Program, Entries: []entry{}},
	}
	err = fs.WalkDir(root.FS(), ".", a.visit)
	if err == nil {
		err = a.addManifest()
	}
	if err == nil {
		err = errors.Join(a.out.Close(), compressed.Close())
	}
	if err != nil {
		return Contents{}, nil, fmt.Errorf("backup of %s: %w", path, err)
	}
	return a.manifest.contents(), a.skipped, nil
}

// archiver writes one backup.
type archiver struct {
	ctx      context.Context
	root     *os.Root
	out      *tar.Writer
	skip     func(string) bool
	instead  map[string]string
	left     limits
	manifest manifest
	skipped  []string
}

// visit is a fs.WalkDirFunc that adds what is to be added.
func (a *archiver) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case a.ctx.Err() != nil:
		return a.ctx.Err()
	case err != nil && errors.Is(err, fs.ErrNotExist) && name != ".":
		return nil // deleted since its folder was read
	case err != nil:
		return err
	case name == ".":
		return nil
	case a.leaveOut(name):
		return passOver(d)
	case !a.left.allows(name):
		a.note(name, "its name cannot be in a backup")
		return passOver(d)
	}
	switch kind := d.Type(); kind {
	case 0:
		return a.addFile(name)
	case fs.ModeDir:
		return a.addFolder(name, d)
	case fs.ModeSocket:
		return nil
	case fs.ModeSymlink:
		a.note(name, "it is a symbolic link")
	default:
		a.note(name, "it is no regular file")
	}
	return nil
}

func (a *archiver) note(name, why string) {
	a.skipped = append(a.skipped, fmt.Sprintf("%q: %s", name, why))
}

func passOver(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (a *archiver) leaveOut(name string) bool {
	base := path.Base(name)
	return name == lockName || strings.HasSuffix(base, updateSuffix) || strings.HasPrefix(base, ".new-") || strings.HasSuffix(base, ".tmp") || a.skip != nil && a.skip(name)
}

func (a *archiver) addFolder(name string, d fs.DirEntry) error {
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return fs.SkipDir
	}
	if err != nil {
		return err
	}
	return a.header(entry{Name: name + "/", Mode: formatMode(permissions(info))}, info)
}

// header begins the entry e, of a file or folder that info describes.
func (a *archiver) header(e entry, info fs.FileInfo) error {
	a.manifest.Entries = append(a.manifest.Entries, e)
	if err := a.left.add(len(a.manifest.Entries), e.Size); err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: dataPrefix + e.Name, Mode: int64(permissions(info)), Size: e.Size, ModTime: info.ModTime().Truncate(time.Second)}
	if e.folder() {
		h.Typeflag = tar.TypeDir
	}
	return a.out.WriteHeader(h)
}

func (a *archiver) addFile(name string) error {
	f, err := a.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return a.addContent(name, f)
}

// open opens the file that is to be in the backup under the name.
func (a *archiver) open(name string) (*os.File, error) {
	if path, ok := a.instead[name]; ok {
		return os.Open(path)
	}
	return a.root.Open(name)
}

// A source is a file that is read while others may write to it.
type source interface {
	io.ReaderAt
	Stat() (fs.FileInfo, error)
}

// addContent adds a file of which everything is known before a byte is written,
// since tar wants the size first, and takes nothing back.
func (a *archiver) addContent(name string, f source) error {
	info, sum, err := a.settle(f)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	size := info.Size()
	e := entry{Name: name, Mode: formatMode(permissions(info)), Size: size, SHA256: hex.EncodeToString(sum)}
	if err := a.header(e, info); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.out, h), a.reader(f, size))
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	if n < size || string(h.Sum(nil)) != string(sum) {
		return fmt.Errorf("%q: %w", name, ErrChanged)
	}
	return nil
}

// readAttempts is how often a file may change while it is read.
const readAttempts = 5

// settle reads f until nothing has changed meanwhile, or at the last attempt, if
// nothing was done but append to it, and returns its state before that and the
// hash of the bytes it had then.
func (a *archiver) settle(f source) (info fs.FileInfo, sum []byte, err error) {
	for attempt := 1; ; attempt++ {
		before, err := f.Stat()
		if err != nil {
			return nil, nil, err
		}
		if !before.Mode().IsRegular() {
			return nil, nil, ErrChanged
		}
		h := sha256.New()
		n, err := io.Copy(h, a.reader(f, before.Size()))
		if err != nil {
			return nil, nil, err
		}
		after, err := f.Stat()
		if err != nil {
			return nil, nil, err
		}
		whole := n == before.Size()
		switch {
		case whole && after.Size() == n && after.ModTime().Equal(before.ModTime()):
			return before, sumOf(h), nil
		case attempt < readAttempts:
		case whole && after.Size() > n:
			return before, sumOf(h), nil
		default:
			return nil, nil, ErrChanged
		}
	}
}

func sumOf(h hash.Hash) []byte { return h.Sum(nil) }

func (a *archiver) reader(f io.ReaderAt, size int64) io.Reader {
	return &cancelReader{a.ctx, io.NewSectionReader(f, 0, size)}
}

func (a *archiver) addManifest() error {
	data, err := json.MarshalIndent(&a.manifest, "", " ")
	if err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: manifestName, Mode: 0o600, Size: int64(len(data)), ModTime: a.manifest.Created}
	if err := a.out.WriteHeader(h); err != nil {
		return err
	}
	_, err = a.out.Write(data)
	return err
}

// cancelReader reads from r until ctx ends.
type cancelReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
