package http

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Guard says which addresses requests may go to. It is held against the address that is
// dialled, after names have been resolved: so redirects, and names whose address changes,
// do not get past it.
//
// An address inside another counts as both: ::ffff:10.0.0.1, 64:ff9b::10.0.0.1 (NAT64),
// 2002:a00:1:: (6to4) are 10.0.0.1 too. 0.0.0.0 and :: are the loopback addresses, which
// is where systems dial them.
type Guard struct {
	AllowTo []netip.Prefix   // none: everything that DenyTo leaves
	DenyTo  []netip.Prefix   // goes before AllowTo
	Own     []netip.AddrPort // listeners of this server that are never reached
}

// DefaultDeny returns the networks that requests may not go to unless the configuration
// says otherwise: link-local ones, and the addresses at which the metadata services of
// clouds give out credentials.
func DefaultDeny() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("fe80::/10"),
		netip.MustParsePrefix("fd00:ec2::254/128"),  // Amazon
		netip.MustParsePrefix("fd20:ce::254/128"),   // Google
		netip.MustParsePrefix("100.100.100.200/32"), // Alibaba
		netip.MustParsePrefix("168.63.129.16/32"),   // Azure
		netip.MustParsePrefix("192.0.0.192/32"),     // Oracle
	}
}

// deniedError says why an address may not be dialled.
type deniedError struct{ text string }

func (e *deniedError) Error() string { return e.text }

// check returns an error if a connection to the address, an IP address with a port, may
// not be made.
func (g *Guard) check(address string) error {
	if err := g.checkOwnAddress(address); err != nil {
		return err
	}
	return g.checkAddr(netip.MustParseAddrPort(address).Addr())
}

// checkOwnAddress is check for a proxy that the configuration names: only listeners of this
// server are out of bounds.
func (g *Guard) checkOwnAddress(address string) error {
	peer, err := netip.ParseAddrPort(address)
	if err != nil {
		return &deniedError{"the address cannot be checked: it is not an IP address with a port"}
	}
	return g.checkOwn(peer)
}

// checkTarget is check for a host that a proxy will connect to, as far as that is told: a
// name, which the proxy resolves, is not checked.
func (g *Guard) checkTarget(host string, port uint16) error {
	addr, ok := hostAddr(host)
	if !ok {
		return nil
	}
	return g.check(netip.AddrPortFrom(addr, port).String())
}

func (g *Guard) checkOwn(peer netip.AddrPort) error {
	for _, own := range g.Own {
		if own.Port() == peer.Port() && slices.ContainsFunc(forms(peer.Addr()), func(a netip.Addr) bool { return reaches(a, own.Addr()) }) {
			return &deniedError{fmt.Sprintf("%s is a listener for the administration of this server, which programs never reach", peer)}
		}
	}
	return nil
}

// reaches tells whether a connection to a may reach a listener on the address own, which
// is that of one interface.
func reaches(a, own netip.Addr) bool {
	own = own.Unmap().WithZone("")
	return a == own || own.IsLoopback() && a.IsLoopback()
}

func (g *Guard) checkAddr(a netip.Addr) error {
	all := forms(a)
	within := func(nets []netip.Prefix) bool {
		return slices.ContainsFunc(nets, func(p netip.Prefix) bool { return slices.ContainsFunc(all, p.Contains) })
	}
	switch {
	case within(g.DenyTo):
		return &deniedError{fmt.Sprintf("requests to %s are not allowed: it is in the networks of [HTTPClient] DenyTo", a)}
	case len(g.AllowTo) > 0 && !within(g.AllowTo):
		return &deniedError{fmt.Sprintf("requests to %s are not allowed: it is in none of the networks of [HTTPClient] AllowTo", a)}
	}
	return nil
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	nat64Lo = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215; as if with 96 bits
	sixTo4  = netip.MustParsePrefix("2002::/16")
	teredo  = netip.MustParsePrefix("2001::/32")
	compat  = netip.MustParsePrefix("::/96") // obsolete
	isatap  = [4]byte{0, 0, 0x5e, 0xfe}
)

// forms returns the addresses that a stands for, without zones.
func forms(a netip.Addr) []netip.Addr {
	a = a.Unmap().WithZone("")
	switch {
	case a == netip.IPv4Unspecified():
		return []netip.Addr{a, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	case a == netip.IPv6Unspecified():
		return []netip.Addr{a, netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	case a.Is4(), a.IsLoopback():
		return []netip.Addr{a}
	}
	list := []netip.Addr{a}
	for _, inner := range embedded(a) {
		list = append(list, forms(inner)...)
	}
	return list
}

// embedded returns the IPv4 addresses in an IPv6 address.
func embedded(a netip.Addr) []netip.Addr {
	b := a.As16()
	last := netip.AddrFrom4([4]byte(b[12:16]))
	var list []netip.Addr
	switch {
	case nat64.Contains(a), nat64Lo.Contains(a), compat.Contains(a):
		list = append(list, last)
	case sixTo4.Contains(a):
		list = append(list, netip.AddrFrom4([4]byte(b[2:6])))
	case teredo.Contains(a):
		list = append(list, netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	}
	if id := [4]byte(b[8:12]); id == isatap || id == [4]byte{2, 0, 0x5e, 0xfe} {
		list = append(list, last)
	}
	return list
}

// hostAddr returns the address that a host is, in any of the forms that resolvers take
// for one: 10.0.0.1, ::1, 167772161, 0x0a.1, 012.0.0.1. It is false for names.
func hostAddr(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if strings.EqualFold(host, "localhost") {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	return oldIPv4(host)
}

// oldIPv4 reads an address as inet_aton does: one to four numbers, decimal, octal or
// hexadecimal, of which the last fills what is left.
func oldIPv4(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (4 - i)
		}
		n, ok := oldNumber(part, bits)
		if !ok {
			return netip.Addr{}, false
		}
		sum = sum<<bits | n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(sum)))), true
}

// oldNumber reads a number of so many bits, with the prefix 0x, or 0 for octal digits.
func oldNumber(s string, bits int) (uint64, bool) {
	base := 10
	switch {
	case len(s) > 2 && (s[1] == 'x' || s[1] == 'X') && s[0] == '0':
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		base = 8
	}
	n, err := strconv.ParseUint(s, base, bits)
	return n, err == nil
}
