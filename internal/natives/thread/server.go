package thread

import (
	"net"
	"net/netip"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

var serverFuncs = table{
	"GETSERVERIP":   getServerIP,
	"GETPORT":       getPort,
	"GETSERVERPORT": getServerPort,
}

// GetServerIP([lAll = .F.]) → the IPv4 address of the server's machine, the first if it has
// several, "127.0.0.1" if it has none. With lAll, an array with a row for each address:
// {"IPv4" or "IPv6", 1, 0, cAddress}, where 1 stands for a stream and 0 for TCP. Source: TDN.
func getServerIP(t *vm.Thread, a vm.Args) (vm.Value, error) {
	all, err := lib.OptBool("GETSERVERIP", a, 0, false)
	if err != nil {
		return vm.Value{}, err
	}
	addrs := machineAddrs()
	if !all {
		return vm.Str(firstIPv4(addrs)), nil
	}
	h := lib.NewHold(t)
	rows := new(vm.ArrayValue)
	for _, addr := range addrs {
		row, err := h.Array(vm.Str(family(addr)), vm.Int(1), vm.Int(0), vm.Str(addr.String()))
		if err == nil {
			err = h.Add(rows, row)
		}
		if err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(rows), nil
}

// machineAddrs returns the addresses of the machine's interfaces; none if they cannot be
// read.
func machineAddrs() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, each := range found {
		if prefix, err := netip.ParsePrefix(each.String()); err == nil {
			addrs = append(addrs, prefix.Addr().Unmap())
		}
	}
	return addrs
}

func firstIPv4(addrs []netip.Addr) string {
	for _, addr := range addrs {
		if addr.Is4() && addr.IsGlobalUnicast() {
			return addr.String()
		}
	}
	return "127.0.0.1"
}

func family(addr netip.Addr) string {
	if addr.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// GetPort(nWhat) → the number of a port of the server: 1 is the application's, 3 that of
// HTTP, 4 that of HTTPS, which may be the same; -1 if there is none, as for 2, that of
// licences, and for all other numbers. Source: TDN.
func getPort(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "GETPORT"
	th, err := own(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	what, err := lib.ArgInt(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(portOf(th.Host().Ports(), what)), nil
}

func portOf(p host.Ports, what int) int {
	port := 0
	switch what {
	case 1:
		port = p.Application
	case 3:
		port = p.HTTP
	case 4:
		port = p.HTTPS
	}
	if port == 0 {
		return -1
	}
	return port
}

// GetServerPort() → the number of the server's port, as GetPort(1) gives it. Source: public
// programs.
func getServerPort(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	th, err := own(t, "GETSERVERPORT")
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(portOf(th.Host().Ports(), 1)), nil
}
