//go:build unix

package mpp

import "golang.org/x/sys/unix"

// reservedDescriptors are left to log files, databases, listeners and programs.
const reservedDescriptors = 128

// descriptorBudget is how many connections the limit of open files allows if each
// takes so many. The Go runtime has raised the soft limit to the hard one.
func descriptorBudget(each int) int {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 1024
	}
	n := int(min(lim.Cur, 1<<20))
	return max(16, (n-reservedDescriptors)/each)
}
