package certs

import (
	"net/netip"
	"slices"
	"strings"
)

const (
	// maxHosts is how many hosts one certificate of the local authority names.
	maxHosts = 100
	// maxHostName is the longest DNS name, in bytes (RFC 1035, 2.3.4).
	maxHostName = 253
)

// parseHosts returns hosts in the one spelling that certificates and clients
// use, without repetitions and in the order given.
func parseHosts(hosts []string) ([]string, error) {
	var out []string
	for _, h := range hosts {
		name, err := parseHost(h)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) > maxHosts {
		return nil, localNames.fault("", "name fewer, or cover several with a wildcard such as *.example.com",
			"%d hosts are too many for one certificate; at most %d are possible", len(out), maxHosts)
	}
	return out, nil
}

// parseHost reads a DNS name, of which the first label may be *, or an IP
// address, perhaps in the brackets that URLs put around it.
func parseHost(text string) (string, error) {
	h := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "."))
	if bare, ok := strings.CutPrefix(h, "["); ok {
		h = strings.TrimSuffix(bare, "]")
	}
	if ip, err := netip.ParseAddr(h); err == nil {
		return parseAddress(text, ip)
	}
	base, wildcard := strings.CutPrefix(h, "*.")
	refuse := func(hint string) (string, error) {
		return "", localNames.fault("", hint, "%q is not a host that a certificate can name", text)
	}
	switch {
	case h == "":
		return refuse("name a DNS name or an IP address")
	case strings.ContainsAny(h, "/:"):
		return refuse("name the host alone, without scheme, port or path")
	case strings.ContainsFunc(h, func(r rune) bool { return r >= 0x80 }):
		return refuse("write it in ASCII, as DNS has it (xn--…)")
	case wildcard && !strings.Contains(base, "."):
		return refuse("clients accept a wildcard below two labels at least: *.example.com")
	case strings.Contains(base, "*"):
		return refuse("a wildcard stands for the whole first label and for no other: *.example.com")
	case !validHostName(base):
		return refuse("a DNS name has letters, digits, - and _ in labels of at most 63, and at most 253 in all; an IPv4 address has four numbers up to 255")
	}
	return h, nil
}

// parseAddress returns the canonical text of ip, if a client can connect to it
// from another machine or from this one.
func parseAddress(text string, ip netip.Addr) (string, error) {
	bare := ip.WithZone("").Unmap()
	if bare.IsUnspecified() || bare.IsMulticast() || bare.IsLinkLocalUnicast() || ip.Zone() != "" {
		return "", localNames.fault("", "name an address that clients connect to", "%q is not an address that a certificate can name", text)
	}
	return bare.String(), nil
}

// validHostName reports whether name, in lower case, has the form of a DNS name
// without wildcard and final dot. A last label of digits alone is that of a
// mistyped IPv4 address, never of a host.
func validHostName(name string) bool {
	if name == "" || len(name) > maxHostName {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return false
		}
		last = label
	}
	return strings.Trim(last, "0123456789") != ""
}

func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
