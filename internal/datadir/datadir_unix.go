//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func makeDir(path string) error { return os.MkdirAll(path, 0o700) }

// secure checks and tightens the folder through one open descriptor, so that
// what is checked is what is used.
func secure(path string) (notice string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	if err := check(path, info, os.Geteuid()); err != nil {
		return "", err
	}
	mode := info.Mode().Perm()
	if mode&0o077 == 0 {
		return "", nil
	}
	if err := f.Chmod(0o700); err != nil {
		return "", fmt.Errorf("data folder %s: cannot withdraw access from other users: %w", path, err)
	}
	return fmt.Sprintf("data folder %s could be read by other users (mode %#o): changed to 0700", path, mode), nil
}

// check refuses what must not become the data folder of the user euid.
func check(path string, info fs.FileInfo, euid int) error {
	if !info.IsDir() {
		return fmt.Errorf("data folder %s is not a folder: set [General] DataPath to another place", path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int64(st.Uid) != int64(euid) {
		return fmt.Errorf("data folder %s belongs to user %d, but the server runs as user %d: run it as that user, give the folder to this one (chown), or set [General] DataPath to another place", path, st.Uid, euid)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("data folder %s can be written to by other users (mode %#o): check what is in it, then run: chmod 700 %s; or set [General] DataPath to a new folder below it", path, mode, path)
	}
	return nil
}

// makeNewDir makes a folder that does not exist yet, closed to others.
func makeNewDir(path string) error { return os.Mkdir(path, 0o700) }

// permissions are what a backup records.
func permissions(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() }

func ownerOf(info fs.FileInfo) *owner {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return &owner{int(st.Uid), int(st.Gid)}
}

// syncFolder has the system write the folder's names to the disk; that it cannot
// is no reason to give up what was done.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		f.Sync()
		f.Close()
	}
}

func openLockFile(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|flag|unix.O_NOFOLLOW, 0o600)
}

func lockFile(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		default:
			return err
		}
	}
}
