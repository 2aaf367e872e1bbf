package lib

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// Surroundings is what a thread's programs get from outside. It is found through
// vm.Options.Data, which must be a *Surroundings or have the method Surroundings. Its
// zero value gives nothing: no files, no settings, an unnamed server. It is only read.
type Surroundings struct {
	Files       *rootfs.Root // below RootPath; nil: programs have no files
	StartPath   string       // where relative names begin, below RootPath, as a program writes it
	Environment string       // its name
	INI         string       // file name of the server's settings, without its folder
	Version     string       // of the server
	Build       string       // of the server: an id, or the like
	Started     time.Time    // when the server did
	// Setting returns a value of the server's settings. nil: there are none.
	Setting func(section, key string) (value string, ok bool)
	// SetSetting changes a value of the server's settings, which Setting tells once the
	// server has reloaded them; nil removes it, and fs.ErrNotExist says that there is
	// none. A nil SetSetting: programs may not change settings.
	SetSetting func(section, key string, value *string) error
	// Stopping is closed when the server goes down: Patience tells what that means. nil: it
	// never does.
	Stopping <-chan struct{}
	// Log writes a line to the server's log: what FWLogMsg gets. nil: it is printed.
	Log func(severity, category, message string)
}

// Surroundings returns s.
func (s *Surroundings) Surroundings() *Surroundings { return s }

// none is what threads have whose host gives nothing.
var none Surroundings

// SurroundingsOf returns what the thread's host gives to programs, never nil.
func SurroundingsOf(t *vm.Thread) *Surroundings {
	if host, ok := t.Data().(interface{ Surroundings() *Surroundings }); ok {
		if s := host.Surroundings(); s != nil {
			return s
		}
	}
	return &none
}

// errNoFiles is the error of all access to files if there is no root path.
var errNoFiles = errors.New("this environment has no RootPath: programs cannot use files")

// spot is where a name of a program leads: to a file or folder below the root, or to
// where one could be.
type spot struct {
	root *rootfs.Root
	path string // as spelled on the disk, as far as it exists
	rest string // the part of path that does not exist; "" if all of it does
}

// exists tells whether there is something.
func (s spot) exists() bool { return s.rest == "" }

// stat describes the file or folder. The error is fs.ErrNotExist if there is none.
func (s spot) stat() (fs.FileInfo, error) {
	if !s.exists() {
		return nil, fs.ErrNotExist
	}
	return s.root.Stat(s.path)
}

// locate follows the name of a file or folder, in cp1252. With lower, the part of it
// that does not exist is in lower case, as the names of new files are unless a program
// wants them otherwise.
func locate(t *vm.Thread, name string, lower bool) (spot, error) {
	s := SurroundingsOf(t)
	if s.Files == nil {
		return spot{}, errNoFiles
	}
	clean, err := rootfs.Clean(currentFolder(t), toUTF8(name))
	if err != nil {
		return spot{}, err
	}
	found, rest := s.Files.Find(clean)
	if lower {
		rest = strings.ToLower(rest)
	}
	return spot{s.Files, path.Join(found, rest), rest}, nil
}

// openFile opens a file by the name that the program uses for it, in cp1252.
func openFile(t *vm.Thread, name string, flag int) (*os.File, error) {
	s, err := locate(t, name, true)
	if err != nil {
		return nil, err
	}
	return s.root.OpenFile(s.path, flag, 0o644)
}

// readFile returns the content of a file that a program names. The error is an
// *vm.Error if the thread may not have a string of that size, else that of the file
// system.
func readFile(t *vm.Thread, name string) (string, error) {
	f, err := openFile(t, name, os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	return readText(t, f, info.Size())
}

// readText returns the next n bytes of r, or those that there are.
func readText(t *vm.Thread, r io.Reader, n int64) (string, error) {
	if err := t.CheckString(truncate(float64(n))); err != nil {
		return "", err
	}
	b := make([]byte, n)
	done := 0
	for done < len(b) {
		if err := t.Poll(); err != nil {
			return "", err
		}
		k, err := r.Read(b[done:min(len(b), done+ioBytes)])
		done += k
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return string(b[:done]), nil
}

// ioBytes is how much natives read or write before they poll.
const ioBytes = 1 << 20

// writeFile writes a file that a program names; what it held is lost.
func writeFile(t *vm.Thread, name, content string) error {
	return writeFileAs(t, name, content, 0)
}

// writeSecret is writeFile for what only the server's user may read.
func writeSecret(t *vm.Thread, name, content string) error {
	return writeFileAs(t, name, content, 0o600)
}

// writeFileAs is writeFile that sets the permissions, unless they are 0, before it writes.
func writeFileAs(t *vm.Thread, name, content string, perm fs.FileMode) error {
	f, err := openFile(t, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if perm != 0 {
		err = f.Chmod(perm)
	}
	if err == nil {
		_, err = writeText(t, f, content)
	}
	return errors.Join(err, f.Close())
}

// writeText writes s and returns how much of it has been written.
func writeText(t *vm.Thread, w io.Writer, s string) (int, error) {
	done := 0
	for done < len(s) {
		n, err := io.WriteString(w, s[done:min(len(s), done+ioBytes)])
		done += n
		if err != nil {
			return done, err
		}
		if err := t.Poll(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// programError returns the error in err that is the thread's, not the file system's: the
// native must return it.
func programError(err error) error {
	var e *vm.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// What FError says.
const (
	faultClient   = -1
	faultNone     = 0
	faultNoFile   = 2
	faultNoFolder = 3
	faultTooMany  = 4
	faultAccess   = 5
	faultHandle   = 6
	faultMode     = 12
	faultWrite    = 29
	faultInUse    = 32
)

// faultOf returns what FError says of an error at s.
func faultOf(s spot, err error) int {
	switch {
	case err == nil:
		return faultNone
	case errors.Is(err, rootfs.ErrClient):
		return faultClient
	case errors.Is(err, rootfs.ErrInUse):
		return faultInUse
	case errors.Is(err, errClosed):
		return faultHandle
	case errors.Is(err, fs.ErrNotExist) && !strings.Contains(s.rest, "/"), errors.Is(err, fs.ErrInvalid):
		return faultNoFile
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, errNoFiles):
		return faultNoFolder
	case errors.Is(err, errTooMany), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return faultTooMany
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, io.ErrShortWrite):
		return faultWrite
	}
	return faultAccess
}
