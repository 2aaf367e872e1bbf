//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// prepareDataFolder refuses an existing folder in which others could exchange
// what is written. One that does not exist is made by whoever writes to it. The
// folder is not locked: a server may be running.
func prepareDataFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("[General] DataPath: %w", err)
	case !info.IsDir():
		return fmt.Errorf("[General] DataPath: %s is not a folder", path)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("[General] DataPath: folder %s can be written to by other users (mode %#o): check what is in it, then run: chmod 700 %s", path, info.Mode().Perm(), shellQuote(path))
	}
	return nil
}

// withStoreAccess runs f so that the files it makes can be read by everybody and
// the administrator's programs are found, even after su without a new login. It
// changes the whole process for that time.
func withStoreAccess(f func() error) error {
	defer syscall.Umask(syscall.Umask(0o022))
	path := os.Getenv("PATH")
	if err := os.Setenv("PATH", path+":/usr/sbin:/sbin"); err != nil {
		return err
	}
	return errors.Join(f(), os.Setenv("PATH", path))
}

// readableByAll reports whether every user can read the file at path, which is
// absolute.
func readableByAll(path string) bool {
	info, err := os.Stat(path)
	if path == "" || err != nil || info.Mode().Perm()&0o004 == 0 {
		return false
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
