package httpport

import "golang.org/x/sys/unix"

// setMaxUnsent does what it can: a socket without the option works all the same.
func setMaxUnsent(fd uintptr) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
}
