package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// makeDir makes the folder with an access list of its own, which what is made
// inside inherits; its parents get the usual ones.
func makeDir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	err := makeNewDir(path)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// makeNewDir makes a folder that does not exist yet, closed to others.
func makeNewDir(path string) error {
	sa, err := privateAccess()
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	if err := windows.CreateDirectory(name, sa); err != nil {
		return &os.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return nil
}

// permissions are what a backup records. Those that Go makes up here say nothing;
// a system that has them must not open private keys to everybody.
func permissions(info fs.FileInfo) fs.FileMode {
	if info.IsDir() {
		return 0o700
	}
	return 0o600
}

// ownerOf is nil: new files have the access list of their folder.
func ownerOf(fs.FileInfo) *owner { return nil }

func syncFolder(string) {}

// privateAccess grants everything to this process's user, to the administrators
// and to the system, and nothing to anybody else; it does not inherit.
func privateAccess() (*windows.SecurityAttributes, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("cannot tell this process's user: %w", err)
	}
	sd, err := windows.SecurityDescriptorFromString(
		"D:P(A;OICI;FA;;;" + user.User.Sid.String() + ")(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)")
	if err != nil {
		return nil, fmt.Errorf("access list: %w", err)
	}
	sa := &windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(*sa))
	return sa, nil
}

func secure(path string) (notice string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("data folder %s is not a folder: set [General] DataPath to another place", path)
	}
	return "", nil
}

func openLockFile(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|flag, 0o600)
}

// lockFile locks one byte far behind the content: a lock is mandatory on
// Windows, and others must be able to read the process id.
func lockFile(f *os.File) error {
	at := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errLocked
	}
	return err
}
