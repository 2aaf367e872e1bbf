//go:build unix

package certs

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openNonBlock is a flag for opening what may be a pipe: without it the call
// waits for the other end.
const openNonBlock = syscall.O_NONBLOCK

// owner is whom a new file is given to; the zero value gives nothing.
type owner struct {
	known    bool
	uid, gid int
}

// ownerToBe returns whom new files in the folder fi are to belong to. Only an
// administrator has to ask, and only one can give a file away.
func ownerToBe(fi fs.FileInfo) owner {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || st.Uid == 0 {
		return owner{}
	}
	return owner{true, int(st.Uid), int(st.Gid)}
}

func (o owner) give(f *os.File) error {
	if !o.known {
		return nil
	}
	return f.Chown(o.uid, o.gid)
}

func othersMayWrite(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o022 != 0 }

// checkLink keeps an administrator from being led elsewhere: dir, opened as fi,
// must not be a link that another user made.
func checkLink(dir string, fi fs.FileInfo) error {
	if os.Geteuid() != 0 {
		return nil
	}
	at, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := at.Sys().(*syscall.Stat_t)
	ownLink := at.Mode()&fs.ModeSymlink != 0 && ok && st.Uid == 0
	if ownLink || os.SameFile(at, fi) {
		return nil
	}
	return localNames.fault("", "use the folder that it leads to, or replace it by a folder", "%s is a symbolic link of another user", dir)
}

// lockFile locks f until it is closed; the error is errLocked if somebody else
// has.
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

// sync waits until the names in the folder are on the disk.
func (f *folder) sync() error {
	d, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
