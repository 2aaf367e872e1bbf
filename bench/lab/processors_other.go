//go:build !linux

package lab

// Apart reserves a processor for servers, where that is possible: not here.
func Apart() (on func(start func() error) error, ok bool, err error) { return nil, false, nil }
