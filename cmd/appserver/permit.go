package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"appserver/internal/config"
	"appserver/internal/monitor"
)

// permit says whether the key of [TDS] that guards what the administrator wants lets
// him. He is on this machine, as the socket is.
func (d *daemon) permit(may monitor.Permission) error {
	allowed := permittedPeers(d.cfg().TDS, may)
	if allowed == nil || slices.ContainsFunc(allowed, thisMachine) {
		return nil
	}
	if len(allowed) == 0 {
		return fmt.Errorf("[TDS] %s is empty: nobody is permitted", may)
	}
	return fmt.Errorf("[TDS] %s does not name this machine", may)
}

// permittedPeers returns the value of the key; nil if it is absent.
func permittedPeers(tds config.TDS, may monitor.Permission) []string {
	switch may {
	case monitor.MaySee:
		return tds.AllowMonitor
	case monitor.MayKill:
		return tds.EnableDisconnectUser
	case monitor.MayMessage:
		return tds.EnableSendMessage
	case monitor.MayStop:
		return tds.EnableStopServer
	}
	return []string{}
}

// thisMachine reports whether a name or address of [TDS] means this machine, or any.
func thisMachine(peer string) bool {
	if peer == "*" || strings.EqualFold(peer, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(peer, "[]"))
	if err != nil {
		return ownName(peer)
	}
	addr = addr.Unmap()
	return addr.IsLoopback() || slices.Contains(ownAddresses(), addr.WithZone(""))
}

// ownName reports whether the machine is called so, with or without its domain.
func ownName(name string) bool {
	host, err := os.Hostname()
	if err != nil {
		return false
	}
	short, _, _ := strings.Cut(host, ".")
	return strings.EqualFold(name, host) || strings.EqualFold(name, short)
}

// ownAddresses returns the addresses of the machine.
func ownAddresses() []netip.Addr {
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var list []netip.Addr
	for _, a := range interfaces {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Addr().Unmap().WithZone(""))
		}
	}
	return list
}
