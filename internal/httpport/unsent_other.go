//go:build !linux

package httpport

func setMaxUnsent(uintptr) {}
