//go:build unix

package certs

import (
	"io/fs"
	"syscall"
)

// fileOwner returns the number of the user that owns a file, -1 if it is not
// known.
func fileOwner(fi fs.FileInfo) int {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
