package monitor

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CertInfo describes a certificate in use.
type CertInfo struct {
	Source   string    `json:"source"`         // where it comes from, for instance "bundled"; one of a small set
	File     string    `json:"file,omitempty"` // empty if it comes from no file
	Subject  string    `json:"subject,omitempty"`
	Serial   string    `json:"serial"` // hexadecimal
	NotAfter time.Time `json:"notAfter"`
	CASHA256 string    `json:"caSha256,omitempty"` // of the authority to trust, in hexadecimal; empty if it is not known
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
