//go:build !linux

package mpp

import "net"

// relayTCP copies through a buffer: this system has no splice.
func relayTCP(dst, src *net.TCPConn, half *halfClose) error { return relayPooled(dst, src, half) }
