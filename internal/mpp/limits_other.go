//go:build !unix

package mpp

// descriptorBudget is a bound for systems without a limit of open files.
func descriptorBudget(int) int { return 16384 }
