//go:build !unix

package rootfs

// nonblock is needed where files can be pipes.
const nonblock = 0
