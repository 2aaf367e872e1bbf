package certs

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// lookupTimeout bounds all DNS lookups for this machine's names together.
const lookupTimeout = 2 * time.Second

// machine is where the names and addresses of a machine come from.
type machine struct {
	hostname   func() (string, error)
	addresses  func() ([]netip.Addr, error) // of the interfaces that are up
	lookupHost func(ctx context.Context, name string) (addresses []string, err error)
	lookupAddr func(ctx context.Context, address string) (names []string, err error)
}

func thisMachine() machine {
	return machine{
		hostname: os.Hostname, addresses: interfaceAddresses,
		lookupHost: net.DefaultResolver.LookupHost, lookupAddr: net.DefaultResolver.LookupAddr,
	}
}

// hosts returns the names and addresses under which clients reach the machine:
// its full name if DNS leads from there back here, its host name, localhost, the
// addresses of its interfaces that are up, and those of the loopback. Link-local
// addresses are not among them, since clients cannot be asked to type a zone. The
// order is always the same: names first, then addresses, ascending. There are no
// repetitions and at most 100.
//
// It asks DNS, for two seconds at most; a name that cannot be found out is left
// out. Unsure says that DNS did not answer, so that a name may be missing which
// the machine does have. The error says that the interfaces cannot be listed.
func (m machine) hosts(ctx context.Context) (hosts []string, unsure bool, err error) {
	addresses, err := m.addresses()
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	hosts, unsure = m.names(ctx, addresses)
	hosts = append(hosts, "localhost")

	loopback := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	addresses = slices.DeleteFunc(addresses, func(a netip.Addr) bool { return !a.IsGlobalUnicast() })
	slices.SortFunc(addresses, netip.Addr.Compare)
	addresses = slices.Compact(addresses)
	// If there are too many, those of the loopback are not among what is left out.
	room := max(0, maxHosts-len(hosts)-len(loopback))
	addresses = append(addresses[:min(room, len(addresses))], loopback...)
	slices.SortFunc(addresses, netip.Addr.Compare)
	for _, a := range addresses {
		hosts = append(hosts, a.String())
	}
	return hosts, unsure, nil
}

// names returns the full name and the host name, as far as they are known.
func (m machine) names(ctx context.Context, own []netip.Addr) (names []string, unsure bool) {
	name, err := m.hostname()
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	short, _, full := strings.Cut(name, ".")
	if err != nil || !validHostName(name) || short == "localhost" {
		return nil, false
	}
	if full {
		names = append(names, name)
	} else if name, unsure = m.fullName(ctx, short, own); name != "" {
		names = append(names, name)
	}
	if validHostName(short) {
		names = append(names, short)
	}
	return names, unsure
}

// fullName finds the full name of the machine called short: a name that begins
// with it, that an address of the machine resolves to, and that resolves back.
func (m machine) fullName(ctx context.Context, short string, own []netip.Addr) (name string, unsure bool) {
	const tried = 4 // of the addresses, and of the names of each; the rest is most likely like these
	addresses, err := m.lookupHost(ctx, short)
	unsure = noAnswer(err)
	addresses = addresses[:min(tried, len(addresses))]
	for _, a := range own { // /etc/hosts may know the short name alone
		if text := a.String(); a.IsGlobalUnicast() && len(addresses) < 2*tried && !slices.Contains(addresses, text) {
			addresses = append(addresses, text)
		}
	}
	for _, a := range addresses {
		names, err := m.lookupAddr(ctx, a)
		unsure = unsure || noAnswer(err)
		for _, n := range names[:min(tried, len(names))] {
			n = strings.ToLower(strings.TrimSuffix(n, "."))
			if !strings.HasPrefix(n, short+".") || !validHostName(n) {
				continue
			}
			back, err := m.lookupHost(ctx, n)
			unsure = unsure || noAnswer(err)
			if slices.ContainsFunc(back, func(a string) bool { return isOwn(a, own) }) {
				return n, false
			}
		}
	}
	return "", unsure
}

// noAnswer reports whether a lookup failed without telling whether there is such
// a name.
func noAnswer(err error) bool {
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return false
	}
	return err != nil
}

// isOwn reports whether text is one of own or a loopback address, which
// /etc/hosts often gives to the machine's own name.
func isOwn(text string, own []netip.Addr) bool {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	a = a.WithZone("").Unmap()
	return a.IsLoopback() || slices.Contains(own, a)
}

// interfaceAddresses returns the addresses of all interfaces that are up,
// without zones.
func interfaceAddresses() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				if ip, ok := netip.AddrFromSlice(n.IP); ok {
					out = append(out, ip.Unmap())
				}
			}
		}
	}
	return out, nil
}
