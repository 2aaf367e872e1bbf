package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile writes the repository to the file with the name, which at every moment
// is either the earlier one or complete: the bytes go to a temporary file in the
// same folder, which takes its name when it is on disk. An existing file keeps its
// mode; a new one gets 0644 as far as the umask allows. A symbolic link to an
// existing file stays one. The error names the file.
func WriteFile(name string, r *Repository) error {
	data, err := Encode(r)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	return replace(name, data)
}

// replace puts data in place of the file.
func replace(name string, data []byte) (err error) {
	f, err := createBeside(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// createBeside makes a new file in the folder of the file with the name, with its
// mode if there is one.
func createBeside(name string) (*os.File, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newFile(name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "write", Path: name, Err: errors.New("is not a regular file")}
	}
	f, err := newFile(name)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// newFile makes a file whose name begins like the given one. Unlike
// os.CreateTemp it leaves the mode to the umask.
func newFile(name string) (*os.File, error) {
	for {
		try := fmt.Sprintf("%s.%08x.tmp", name, rand.Uint32())
		f, err := os.OpenFile(try, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		var fault *fs.PathError
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case errors.As(err, &fault):
			return nil, &fs.PathError{Op: "write", Path: name, Err: fault.Err}
		}
		return f, err
	}
}

// syncFolder puts a rename in the folder on disk. Windows has no such thing.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
