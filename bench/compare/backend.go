//go:build linux

package main

import (
	"io"
	"net"
	"sync/atomic"
)

// What the first byte behind forwardMagic asks of the backend.
const (
	askEcho     = 'e' // one byte back for each
	askDownload = 'd' // bytes without end
	askUpload   = 'u' // swallows bytes
)

// forwardMagic is what connections begin with: no protocol that appserver knows.
const forwardMagic = "\x00\x01compare"

// volumeBuffer is the size of reads and writes of those who exchange bytes.
const volumeBuffer = 256 << 10

// backend is the server behind the forwarders, in this process.
type backend struct {
	net.Listener
	received atomic.Int64 // bytes of uploads
}

func newBackend() (*backend, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	be := &backend{Listener: l}
	go be.serve()
	return be, nil
}

// serve ends when the listener is closed.
func (be *backend) serve() {
	for {
		c, err := be.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			be.talk(c)
		}()
	}
}

// talk does what the peer asks for until the connection ends, which is how every
// conversation here ends.
func (be *backend) talk(c net.Conn) {
	var first [len(forwardMagic) + 1]byte
	if _, err := io.ReadFull(c, first[:]); err != nil {
		return
	}
	switch first[len(forwardMagic)] {
	case askEcho:
		c.Write(first[:1])
		for {
			if _, err := io.ReadFull(c, first[:1]); err != nil {
				return
			}
			c.Write(first[:1])
		}
	case askDownload:
		send(c)
	case askUpload:
		receive(c, &be.received)
	}
}

// send writes until the connection ends.
func send(c net.Conn) {
	for block := make([]byte, volumeBuffer); ; {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// receive counts what comes until the connection ends.
func receive(c net.Conn, count *atomic.Int64) {
	for block := make([]byte, volumeBuffer); ; {
		n, err := c.Read(block)
		if count.Add(int64(n)); err != nil {
			return
		}
	}
}
