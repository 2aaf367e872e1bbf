package test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
)

// unreadBytes asks the kernel (sock_diag(7)) how many bytes that were sent on c
// its other end, a socket of this machine, has not read yet. Of a socket that is
// gone it says 0.
func unreadBytes(c *net.TCPConn) (int, error) {
	theDiag.mu.Lock()
	defer theDiag.mu.Unlock()
	if err := theDiag.open(); err != nil {
		return 0, err
	}
	request := diagRequest(c.RemoteAddr().(*net.TCPAddr), c.LocalAddr().(*net.TCPAddr))
	if err := syscall.Sendto(theDiag.fd, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, fmt.Errorf("sock_diag: %w", err)
	}
	var b [4096]byte
	n, _, err := syscall.Recvfrom(theDiag.fd, b[:], 0)
	if err != nil {
		return 0, fmt.Errorf("sock_diag: %w", err)
	}
	return diagAnswer(b[:n])
}

// theDiag is the one socket that the kernel is asked through.
var theDiag diag

type diag struct {
	mu     sync.Mutex
	opened bool
	fd     int
}

func (d *diag) open() (err error) {
	if !d.opened {
		d.fd, err = syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_INET_DIAG)
		d.opened = err == nil
	}
	return err
}

// Sizes and places in struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg of
// linux/netlink.h and linux/inet_diag.h.
const (
	diagByFamily  = 20 // SOCK_DIAG_BY_FAMILY
	headerSize    = syscall.NLMSG_HDRLEN
	requestSize   = headerSize + 8 + 48
	unreadOffset  = headerSize + 4 + 48 + 4 // idiag_rqueue
	anyCookie     = 0xff
	allTCPStates  = 0xffffffff
	cookieOffset  = headerSize + 8 + 40
	addressOffset = headerSize + 8
)

// diagRequest asks for the one socket with these addresses, its own and that of
// its peer.
func diagRequest(own, peer *net.TCPAddr) []byte {
	b := make([]byte, requestSize)
	binary.NativeEndian.PutUint32(b[0:], uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], diagByFamily)
	binary.NativeEndian.PutUint16(b[6:], syscall.NLM_F_REQUEST)
	b[headerSize], b[headerSize+1] = syscall.AF_INET, syscall.IPPROTO_TCP
	binary.NativeEndian.PutUint32(b[headerSize+4:], allTCPStates)
	binary.BigEndian.PutUint16(b[addressOffset:], uint16(own.Port))
	binary.BigEndian.PutUint16(b[addressOffset+2:], uint16(peer.Port))
	copy(b[addressOffset+4:], own.IP.To4())
	copy(b[addressOffset+20:], peer.IP.To4())
	for i := range 8 {
		b[cookieOffset+i] = anyCookie
	}
	return b
}

func diagAnswer(b []byte) (int, error) {
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil || len(messages) == 0 {
		return 0, fmt.Errorf("sock_diag: %d messages: %w", len(messages), err)
	}
	if m := messages[0]; m.Header.Type == syscall.NLMSG_ERROR {
		errno := syscall.Errno(-int32(binary.NativeEndian.Uint32(m.Data)))
		if errors.Is(errno, syscall.ENOENT) {
			return 0, nil
		}
		return 0, fmt.Errorf("sock_diag: %w", errno)
	}
	if len(b) < unreadOffset+4 {
		return 0, fmt.Errorf("sock_diag: an answer of %d bytes", len(b))
	}
	return int(binary.NativeEndian.Uint32(b[unreadOffset:])), nil
}
