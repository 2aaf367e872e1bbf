package httpport

import (
	"net/netip"
	"strconv"
	"strings"
)

// maxHostLength is the longest DNS name and the longest port.
const maxHostLength = 253 + len(":65535")

// validHost reports whether host, the value of a Host header or of
// :authority, is a DNS name, an IPv4 address or a bracketed IPv6 address,
// followed by an optional port. It is narrower than RFC 3986, which allows
// bytes that would be dangerous to repeat in a redirect or a log; names with an
// underscore are let in, because private networks have them.
func validHost(host string) bool {
	if host == "" || len(host) > maxHostLength {
		return false
	}
	name, port, ok := cutPort(host)
	if !ok || !validPort(port) {
		return false
	}
	if name != "" && name[0] == '[' {
		ip, err := netip.ParseAddr(name[1 : len(name)-1])
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	return validName(name)
}

// cutPort splits host into its name, brackets included, and what follows the
// colon. It reports false if brackets do not pair up.
func cutPort(host string) (name, port string, ok bool) {
	if !strings.HasPrefix(host, "[") {
		name, port, _ = strings.Cut(host, ":")
		return name, port, true
	}
	end := strings.IndexByte(host, ']')
	if end < 0 {
		return "", "", false
	}
	name, rest := host[:end+1], host[end+1:]
	if rest == "" {
		return name, "", true
	}
	port, ok = strings.CutPrefix(rest, ":")
	return name, port, ok
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	if port[0] == '+' || port[0] == '-' {
		return false
	}
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

func validName(name string) bool {
	name = strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		return false
	}
	return true
}
