package mpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"

	"go.uber.org/zap"
)

// The PROXY protocol, versions 1 and 2, as specified by HAProxy
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).
const (
	proxyV1Max = 107 // longest version 1 header, CR LF included (section 2.1)
	proxyV2Max = 4096
)

var proxyV2Signature = []byte("\r\n\r\n\x00\r\nQUIT\n")

var errHeaderBegun = errors.New("the PROXY header is not complete")

var errProxyHeader = errors.New("not a PROXY protocol header")

// readProxyHeader reads the header that c must begin with and takes the
// client's address from it. It returns the reason for a refusal, or "".
func (s *Server) readProxyHeader(c *conn) (refusal string) {
	client, err := parseProxyHeader(c.Conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && errors.Is(err, errHeaderBegun):
		return RefusedSlow
	case errors.Is(err, os.ErrDeadlineExceeded):
		return RefusedSilent
	case errors.Is(err, io.ErrUnexpectedEOF): // mostly a balancer that only asks whether the port is open
		return RefusedEarlyClose
	case err != nil:
		c.doom(RefusedProxyHeader, zap.Error(err),
			zap.String("hint", "connections from [MPP] ProxyProtocol networks must begin with a PROXY protocol header"))
		return RefusedProxyHeader
	case client.IsValid():
		evicted, refusal := s.limits.moveTo(c, net.TCPAddrFromAddrPort(client))
		endEvicted(evicted)
		return refusal
	default:
		return "" // the proxy speaks for itself: a health check
	}
}

// parseProxyHeader reads one header from r, and not a byte after it. The
// address is not valid if the header names none (LOCAL, UNKNOWN, or a family
// that is not IP).
func parseProxyHeader(r io.Reader) (netip.AddrPort, error) {
	var head [16]byte
	if err := readHeader(r, head[:12], false); err != nil {
		return netip.AddrPort{}, err
	}
	switch {
	case bytes.Equal(head[:12], proxyV2Signature):
		return parseProxyV2(r, head[:])
	case bytes.HasPrefix(head[:], []byte("PROXY ")):
		return parseProxyV1(r, head[:12])
	default:
		return netip.AddrPort{}, errProxyHeader
	}
}

// readHeader fills b. An end before that is io.ErrUnexpectedEOF; an error after
// the first byte is errHeaderBegun too.
func readHeader(r io.Reader, b []byte, begun bool) error {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	switch {
	case err == nil:
		return nil
	case begun || n > 0:
		return fmt.Errorf("%w: %w", errHeaderBegun, err)
	default:
		return fmt.Errorf("reading the PROXY header: %w", err)
	}
}

// parseProxyV1 reads the rest of a text header byte by byte, since it has no
// length and nothing after it may be read.
func parseProxyV1(r io.Reader, start []byte) (netip.AddrPort, error) {
	line := append(make([]byte, 0, proxyV1Max), start...)
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == proxyV1Max {
			return netip.AddrPort{}, fmt.Errorf("%w: version 1 line longer than %d bytes", errProxyHeader, proxyV1Max)
		}
		var b [1]byte
		if err := readHeader(r, b[:], true); err != nil {
			return netip.AddrPort{}, err
		}
		line = append(line, b[0])
	}
	f := bytes.Split(line[:len(line)-2], []byte(" "))
	if len(f) >= 2 && string(f[1]) == "UNKNOWN" {
		return netip.AddrPort{}, nil
	}
	if len(f) != 6 || (string(f[1]) != "TCP4" && string(f[1]) != "TCP6") {
		return netip.AddrPort{}, fmt.Errorf("%w: version 1 line is not PROXY TCP4|TCP6|UNKNOWN source destination ports", errProxyHeader)
	}
	addr, err := netip.ParseAddr(string(f[2]))
	if err != nil || addr.Is4() != (string(f[1]) == "TCP4") {
		return netip.AddrPort{}, fmt.Errorf("%w: bad source address %q", errProxyHeader, f[2])
	}
	port, err := strconv.ParseUint(string(f[4]), 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: bad source port %q", errProxyHeader, f[4])
	}
	return netip.AddrPortFrom(addr.WithZone("").Unmap(), uint16(port)), nil
}

// parseProxyV2 reads the rest of a binary header; head has room for its fixed
// part, of which 12 bytes are read.
func parseProxyV2(r io.Reader, head []byte) (netip.AddrPort, error) {
	if err := readHeader(r, head[12:16], true); err != nil {
		return netip.AddrPort{}, err
	}
	command, family, length := head[12], head[13]>>4, int(binary.BigEndian.Uint16(head[14:16]))
	if command>>4 != 2 || command&0xf > 1 {
		return netip.AddrPort{}, fmt.Errorf("%w: version and command byte %#02x", errProxyHeader, command)
	}
	if length > proxyV2Max {
		return netip.AddrPort{}, fmt.Errorf("%w: version 2 header of %d bytes; at most %d", errProxyHeader, length, proxyV2Max)
	}
	body := make([]byte, length)
	if err := readHeader(r, body, true); err != nil {
		return netip.AddrPort{}, err
	}
	if command&0xf == 0 {
		return netip.AddrPort{}, nil // LOCAL
	}
	size := map[byte]int{1: 4, 2: 16}[family]
	if size == 0 {
		return netip.AddrPort{}, nil // not IP
	}
	if length < 2*size+4 {
		return netip.AddrPort{}, fmt.Errorf("%w: %d bytes of addresses; %d needed", errProxyHeader, length, 2*size+4)
	}
	addr, _ := netip.AddrFromSlice(body[:size]) // cannot fail: 4 or 16 bytes
	return netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(body[2*size:])), nil
}
