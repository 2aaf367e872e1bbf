//go:build unix

package config

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// tryLock locks f against others that edit it, until it is closed. Where the file
// system has no locks, nobody else is known of.
func tryLock(f *os.File) bool {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR)
}

// beforeRename does nothing: a file that is open can be replaced, and stays locked.
func beforeRename(*os.File) {}

// likeFile gives f the owner and permissions that info tells.
func likeFile(f *os.File, info os.FileInfo) error {
	made, err := f.Stat()
	if err != nil {
		return err
	}
	want, ok := info.Sys().(*syscall.Stat_t)
	has, ok2 := made.Sys().(*syscall.Stat_t)
	if ok && ok2 && (want.Uid != has.Uid || want.Gid != has.Gid) {
		if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
			return fmt.Errorf("the file belongs to another user or group, and would not any more: %w", err)
		}
	}
	return f.Chmod(info.Mode().Perm())
}
