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

// proxied are the addresses in a PROXY header: of the client, and the one that
// it connected to. They are not valid if the header names none.
type proxied struct{ client, local netip.AddrPort }

// readProxyHeader reads the header that c must begin with and takes the
// addresses from it. It returns the reason for a refusal, or "".
func (s *Server) readProxyHeader(c *conn) (refusal string) {
	said, err := parseProxyHeader(c.Conn)
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
	case said.client.IsValid():
		c.local = said.local.Addr()
		evicted, refusal := s.limits.moveTo(c, net.TCPAddrFromAddrPort(said.client))
		endEvicted(evicted)
		return refusal
	default:
		return "" // the proxy speaks for itself: a health check
	}
}

// parseProxyHeader reads one header from r, and not a byte after it. It names no
// addresses if it is LOCAL, UNKNOWN, or of a family that is not IP.
func parseProxyHeader(r io.Reader) (proxied, error) {
	var head [16]byte
	if err := readHeader(r, head[:12], false); err != nil {
		return proxied{}, err
	}
	switch {
	case bytes.Equal(head[:12], proxyV2Signature):
		return parseProxyV2(r, head[:])
	case bytes.HasPrefix(head[:], []byte("PROXY ")):
		return parseProxyV1(r, head[:12])
	default:
		return proxied{}, errProxyHeader
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
func parseProxyV1(r io.Reader, start []byte) (proxied, error) {
	line := append(make([]byte, 0, proxyV1Max), start...)
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == proxyV1Max {
			return proxied{}, fmt.Errorf("%w: version 1 line longer than %d bytes", errProxyHeader, proxyV1Max)
		}
		var b [1]byte
		if err := readHeader(r, b[:], true); err != nil {
			return proxied{}, err
		}
		line = append(line, b[0])
	}
	f := bytes.Split(line[:len(line)-2], []byte(" "))
	if len(f) >= 2 && string(f[1]) == "UNKNOWN" {
		return proxied{}, nil
	}
	if len(f) != 6 || (string(f[1]) != "TCP4" && string(f[1]) != "TCP6") {
		return proxied{}, fmt.Errorf("%w: version 1 line is not PROXY TCP4|TCP6|UNKNOWN source destination ports", errProxyHeader)
	}
	client, err := parseV1Address(f[2], f[4])
	if err != nil || client.Addr().Is4() != (string(f[1]) == "TCP4") {
		return proxied{}, fmt.Errorf("%w: bad source address %q and port %q", errProxyHeader, f[2], f[4])
	}
	local, _ := parseV1Address(f[3], f[5]) // only reported: must not cost a client its connection
	return proxied{unmapped(client), unmapped(local)}, nil
}

func parseV1Address(addr, port []byte) (netip.AddrPort, error) {
	ip, err := netip.ParseAddr(string(addr))
	if err != nil {
		return netip.AddrPort{}, err
	}
	n, err := strconv.ParseUint(string(port), 10, 16)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(ip.WithZone(""), uint16(n)), nil
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// parseProxyV2 reads the rest of a binary header; head has room for its fixed
// part, of which 12 bytes are read.
func parseProxyV2(r io.Reader, head []byte) (proxied, error) {
	if err := readHeader(r, head[12:16], true); err != nil {
		return proxied{}, err
	}
	command, family, length := head[12], head[13]>>4, int(binary.BigEndian.Uint16(head[14:16]))
	if command>>4 != 2 || command&0xf > 1 {
		return proxied{}, fmt.Errorf("%w: version and command byte %#02x", errProxyHeader, command)
	}
	if length > proxyV2Max {
		return proxied{}, fmt.Errorf("%w: version 2 header of %d bytes; at most %d", errProxyHeader, length, proxyV2Max)
	}
	body := make([]byte, length)
	if err := readHeader(r, body, true); err != nil {
		return proxied{}, err
	}
	if command&0xf == 0 {
		return proxied{}, nil // LOCAL
	}
	size := map[byte]int{1: 4, 2: 16}[family]
	if size == 0 {
		return proxied{}, nil // not IP
	}
	if length < 2*size+4 {
		return proxied{}, fmt.Errorf("%w: %d bytes of addresses; %d needed", errProxyHeader, length, 2*size+4)
	}
	at := func(ip, port int) netip.AddrPort {
		addr, _ := netip.AddrFromSlice(body[ip : ip+size]) // cannot fail: 4 or 16 bytes
		return unmapped(netip.AddrPortFrom(addr, binary.BigEndian.Uint16(body[port:])))
	}
	return proxied{client: at(0, 2*size), local: at(size, 2*size+2)}, nil
}
