//go:build linux

package main

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
)

// h2Client keeps requests for one path open on one HTTP/2 connection (RFC 9113).
// It knows only what that takes, so that it costs less than the servers do: it
// sends a fixed header block, and looks at the status of answers and at the flags
// that end them.
type h2Client struct {
	conn    *tls.Conn
	block   []byte // of a request
	out     []byte // what the next turn sends
	in      []byte
	have    int // of in
	stream  uint32
	unacked int // bytes of DATA since the last WINDOW_UPDATE
}

// Frame types and flags, RFC 9113, section 6.
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8

	flagAck        = 1
	flagEndStream  = 1
	flagEndHeaders = 4
	flagPadded     = 8
	flagPriority   = 0x20
)

func newH2(conn *tls.Conn, path string) *h2Client {
	h := &h2Client{conn: conn, block: requestBlock(path), in: make([]byte, 32<<10)}
	h.out = append(h.out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"...)
	h.frame(frameSettings, 0, 0, nil)
	return h
}

// requestBlock is a header block that uses the static table only (RFC 7541,
// appendix A), so that one may be sent any number of times.
func requestBlock(path string) []byte {
	b := []byte{0x82, 0x87} // :method GET, :scheme https
	b = append(b, 0x04, byte(len(path)))
	b = append(b, path...)
	b = append(b, 0x01, byte(len("localhost")))
	return append(b, "localhost"...)
}

func (h *h2Client) frame(kind, flags byte, stream uint32, payload []byte) {
	n := len(payload)
	h.out = append(h.out, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	h.out = binary.BigEndian.AppendUint32(h.out, stream)
	h.out = append(h.out, payload...)
}

// request opens one more stream.
func (h *h2Client) request() {
	if h.stream == 0 {
		h.stream = 1
	} else {
		h.stream += 2
	}
	h.frame(frameHeaders, flagEndStream|flagEndHeaders, h.stream, h.block)
}

// turn sends what is due, waits for the server to send something, and returns how
// many requests that completed.
func (h *h2Client) turn() (done int, err error) {
	if len(h.out) > 0 {
		if _, err := h.conn.Write(h.out); err != nil {
			return 0, err
		}
		h.out = h.out[:0]
	}
	n, err := h.conn.Read(h.in[h.have:])
	if h.have += n; err != nil {
		return 0, err
	}
	rest := h.in[:h.have]
	for len(rest) >= 9 {
		size := 9 + (int(rest[0])<<16 | int(rest[1])<<8 | int(rest[2]))
		if size > len(h.in) {
			return done, fmt.Errorf("a frame of %d bytes", size)
		}
		if len(rest) < size {
			break
		}
		ended, err := h.take(rest[3], rest[4], rest[9:size])
		if err != nil {
			return done, err
		}
		if ended {
			done++
		}
		rest = rest[size:]
	}
	h.have = copy(h.in, rest)
	return done, nil
}

// take acts on one frame and reports whether it ended an answer.
func (h *h2Client) take(kind, flags byte, payload []byte) (ended bool, err error) {
	switch kind {
	case frameData:
		if h.unacked += len(payload); h.unacked >= 16<<10 {
			h.frame(frameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, uint32(h.unacked)))
			h.unacked = 0
		}
		return flags&flagEndStream != 0, nil
	case frameHeaders:
		if flags&(flagPadded|flagPriority) != 0 || !isOK(payload) {
			return false, fmt.Errorf("header block % x, flags %x: not status 200", payload[:min(len(payload), 8)], flags)
		}
		return flags&flagEndStream != 0, nil
	case frameSettings, framePing:
		if flags&flagAck == 0 {
			if kind == frameSettings {
				payload = nil
			}
			h.frame(kind, flagAck, 0, payload)
		}
		return false, nil
	case frameReset, frameGoAway:
		return false, fmt.Errorf("the server ends a stream or the connection: % x", payload)
	default:
		return false, nil
	}
}

// isOK reports whether a header block begins with :status 200 of the static
// table, after changes of the table's size.
func isOK(block []byte) bool {
	for len(block) > 0 && block[0]&0xe0 == 0x20 {
		more := block[0]&0x1f == 0x1f
		for block = block[1:]; more && len(block) > 0; block = block[1:] {
			more = block[0]&0x80 != 0
		}
	}
	return len(block) > 0 && block[0] == 0x88
}
