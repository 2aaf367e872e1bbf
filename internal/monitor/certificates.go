package monitor

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CertInfo describes a certificate in use.
type CertInfo struct {
	Source    string    `json:"source"`             // where it comes from, for instance "bundled"; one of a small set
	Listener  string    `json:"listener,omitempty"` // section of the listener that shows it; empty: the port
	File      string    `json:"file,omitempty"`     // empty if it comes from no file
	Subject   string    `json:"subject,omitempty"`
	Issuer    string    `json:"issuer,omitempty"`
	Serial    string    `json:"serial"` // hexadecimal
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter"`
	Names     []string  `json:"names,omitempty"`    // DNS names and IP addresses that it is for
	Key       string    `json:"key,omitempty"`      // kind and size, for instance "ECDSA P-256"
	Refused   string    `json:"refused,omitempty"`  // why what its files hold now is not in use; empty: it is in use
	CASHA256  string    `json:"caSha256,omitempty"` // of the authority to trust, in hexadecimal; empty if it is not known

	Chain     []ChainCert     `json:"chain,omitempty"`     // what clients are sent, the certificate itself first
	Uncovered []UncoveredName `json:"uncovered,omitempty"` // what clients used and it is not for
}

// ChainCert is a certificate of a chain.
type ChainCert struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"notAfter"`
}

// UncoveredName is a name or address under which clients looked for the server
// and for which its certificate is not. Host is what any client chose to send:
// quote it before a terminal or a page shows it.
type UncoveredName struct {
	Host  string    `json:"host"`
	Count int64     `json:"count"` // connections
	Last  time.Time `json:"last"`
}

// certificates is a collector of the expiry of a changing set of certificates.
type certificates struct {
	desc *prometheus.Desc
	now  atomic.Pointer[[]CertInfo]
}

func newCertificates() *certificates {
	return &certificates{desc: prometheus.NewDesc(
		"appserver_tls_certificate_not_after_seconds",
		"When a certificate in use expires, in seconds since 1970-01-01 UTC.",
		[]string{"source", "serial"}, nil)}
}

// set keeps one of several entries with the same source and serial, which
// Prometheus would take for a fault.
func (c *certificates) set(certs []CertInfo) {
	seen := make(map[[2]string]bool)
	kept := make([]CertInfo, 0, len(certs))
	for _, ci := range certs {
		ci.Source, ci.Serial = strings.ToValidUTF8(ci.Source, "?"), strings.ToValidUTF8(ci.Serial, "?")
		id := [2]string{ci.Source, ci.Serial}
		if !seen[id] {
			seen[id] = true
			kept = append(kept, ci)
		}
	}
	c.now.Store(&kept)
}

// Describe implements prometheus.Collector.
func (c *certificates) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c *certificates) Collect(ch chan<- prometheus.Metric) {
	certs := c.now.Load()
	if certs == nil {
		return
	}
	for _, ci := range *certs {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(ci.NotAfter.Unix()), ci.Source, ci.Serial)
	}
}
