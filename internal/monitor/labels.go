package monitor

import (
	"crypto/tls"
	"strings"
)

// other stands for every label value that was not announced.
const other = "other"

// labelSet holds the values that a label may have; other is always one of them.
type labelSet map[string]struct{}

func newLabelSet(values []string) labelSet {
	s := labelSet{other: {}}
	for _, v := range values {
		s[v] = struct{}{}
	}
	return s
}

func (s labelSet) bound(v string) string {
	if _, ok := s[v]; ok {
		return v
	}
	return other
}

// resultLabel returns the label of an attempt.
func resultLabel(ok bool) string {
	if ok {
		return "ok"
	}
	return "refused"
}

func tlsLabels() []string { return []string{"none", "1.0", "1.1", "1.2", "1.3"} }

// tlsLabel returns the label of a TLS version as in tls.ConnectionState, of 0
// for a connection without TLS.
func tlsLabel(version uint16) string {
	switch version {
	case 0:
		return "none"
	case tls.VersionTLS10:
		return "1.0"
	case tls.VersionTLS11:
		return "1.1"
	case tls.VersionTLS12:
		return "1.2"
	case tls.VersionTLS13:
		return "1.3"
	default:
		return other
	}
}

// names are values of a label that the configuration gives. Two series with the same
// name would be a fault for Prometheus.
type names map[string]bool

// add returns the name as a label; false if it is there already, or there are too many.
func (n names) add(name string) (string, bool) {
	name = strings.ToValidUTF8(name, "?")
	if n[name] || len(n) >= maxPools {
		return "", false
	}
	n[name] = true
	return name, true
}
