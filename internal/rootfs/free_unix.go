//go:build linux || darwin

package rootfs

import "syscall"

// Free returns how many bytes can still be written below the root.
func (r *Root) Free() (int64, error) {
	f, err := r.root.Open(".")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var disk syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &disk); err != nil {
		return 0, err
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil
}
