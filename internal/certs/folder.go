package certs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// newFilePrefix begins the names of files that are being written.
	newFilePrefix = ".new-"
	// newFileMaxAge is when such a file counts as left behind by a crash.
	newFileMaxAge = time.Hour
)

// folder is the folder of a local authority, open for changes. Whatever is in
// it, nothing outside of it is touched.
//
// An administrator may work in the folder of the user that the server runs as.
// What is made then belongs to the folder's owner.
type folder struct {
	root  *os.Root
	owner owner
}

// openFolder opens the folder dir. It makes it, for its owner alone, with the
// folders above it, if there is none.
func openFolder(dir string) (*folder, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{root: root}
	if err := f.check(dir); err != nil {
		root.Close()
		return nil, err
	}
	f.removeLeftovers()
	return f, nil
}

func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent, name := filepath.Split(filepath.Clean(dir))
	if parent == "" {
		parent = "."
	}
	if err := makeFolder(parent); err != nil {
		return err
	}
	root, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Mkdir(name, 0o700); errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	} else if err != nil {
		return err
	}
	return inherit(root, name)
}

// inherit gives the new folder name to the owner of root.
func inherit(root *os.Root, name string) error {
	above, err := root.Stat(".")
	if err != nil {
		return err
	}
	made, err := root.Open(name)
	if err != nil {
		return err
	}
	defer made.Close()
	if fi, err := made.Stat(); err != nil || !fi.IsDir() {
		return errors.Join(err, fmt.Errorf("%s was exchanged while it was made", made.Name()))
	}
	return ownerToBe(above).give(made)
}

// check refuses a folder in which others could exchange what is written, and
// finds out whom its files are to belong to.
func (f *folder) check(dir string) error {
	fi, err := f.root.Stat(".")
	if err != nil {
		return err
	}
	if othersMayWrite(fi) {
		return localNames.fault("", "check what is in it, then: chmod 700 "+dir,
			"other users can write to the folder %s (mode %04o), which is to hold private keys", dir, fi.Mode().Perm())
	}
	f.owner = ownerToBe(fi)
	return checkLink(dir, fi)
}

func (f *folder) close() { f.root.Close() }

// read returns the content and permissions of a file; the error wraps
// [fs.ErrNotExist] if there is none.
func (f *folder) read(name string) ([]byte, fs.FileMode, error) {
	file, err := f.root.OpenFile(name, os.O_RDONLY|openNonBlock, 0)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	fi, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !fi.Mode().IsRegular() {
		return nil, 0, &fs.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return data, fi.Mode().Perm(), err
}

// first returns the first of the files that is there, "" if none is.
func (f *folder) first(names ...string) string {
	for _, name := range names {
		if fi, err := f.root.Lstat(name); err == nil && fi.Mode().IsRegular() {
			return name
		}
	}
	return ""
}

// write puts data into the file name in one step: at any time, after a crash
// too, the file is there with the old content or with the new.
func (f *folder) write(name string, data []byte, mode fs.FileMode) error {
	temporary := newFilePrefix + rand.Text()
	err := f.create(temporary, data, mode)
	if err == nil {
		err = f.root.Rename(temporary, name)
	}
	if err != nil {
		f.root.Remove(temporary)
	} else {
		err = f.sync()
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", filepath.Join(f.root.Name(), name), err)
	}
	return nil
}

// create writes a new file and waits until it is on the disk.
func (f *folder) create(name string, data []byte, mode fs.FileMode) (err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil { // whatever the umask is
		return err
	}
	if err := f.owner.give(file); err != nil {
		return err
	}
	return file.Sync()
}

// removeLeftovers removes files that a crash left half written: there are
// private keys among them. What cannot be removed is tried again the next time.
func (f *folder) removeLeftovers() {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), newFilePrefix) {
			continue
		}
		if fi, err := e.Info(); err == nil && time.Since(fi.ModTime()) > newFileMaxAge {
			f.root.Remove(e.Name())
		}
	}
}
