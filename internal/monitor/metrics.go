package monitor

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MetricsOptions says what the figures are of. The lists are all the values that
// a label ever has: each is there from the start with the value 0, and anything
// else is counted as "other", so that no peer can make series.
type MetricsOptions struct {
	Version           string   // of the program
	Protocols         []string // names of the port's protocols
	HandshakeFailures []string // reasons given to HandshakeFailed
	Refusals          []string // reasons given to Refused
	CloseReasons      []string // reasons given to Closed
	Parts             []string // parts given to Panicked
	SlowParts         []string // parts given to SlowPeer
	SmartClientFaults []string // codes given to SmartClientFault
	ThreadKinds       []string // kinds of threads of programs
	ThreadStates      []string // what they do
	ThreadResults     []string // how they end
	RPCMethods        []string // methods given to RPCEnded
	RPCCodes          []string // codes given to RPCEnded
	RPCRefusals       []string // reasons given to RPCRefused
	AccessSchemes     []string // schemes given to Accessed
	AccessResults     []string // results given to Accessed
	RESTModels        []string // kinds of services given to RESTAnswered
	RESTRefusals      []string // reasons given to RESTAnswered
}

// Metrics counts what happens in the server, for Prometheus and for [Status].
// Its methods are safe for concurrent use and never block.
//
// At the port each connection is Accepted, and then either Routed and later
// Closed with the same protocol, or Refused, or HandshakeFailed.
type Metrics struct {
	registry *prometheus.Registry

	protocols, failures, refusals, reasons, parts, slow, faults labelSet

	accepted, routed, refused, failed atomic.Int64
	open                              map[string]*atomic.Int64 // by protocol; the map is never changed

	sniff            prometheus.Histogram
	connectionsTotal *prometheus.CounterVec   // protocol, tls
	failuresTotal    *prometheus.CounterVec   // reason
	refusedTotal     *prometheus.CounterVec   // reason
	closedTotal      *prometheus.CounterVec   // protocol, reason
	age              *prometheus.HistogramVec // protocol
	panicsTotal      *prometheus.CounterVec   // part
	slowTotal        *prometheus.CounterVec   // part
	faultsTotal      *prometheus.CounterVec   // code
	certificates     *certificates
	certReloads      *prometheus.CounterVec // result
	programs         *programMetrics
	licenses         *licenseCollector
	access           *accessCounter
	rest             *restMetrics

	reloadOK, reloadedAt atomic.Int64 // of the configuration: 1 or 0, Unix milliseconds
}

// Connections is a snapshot of what the port has counted since the start.
type Connections struct {
	Open            map[string]int64 `json:"open"`     // now, by protocol
	Sniffing        int64            `json:"sniffing"` // now, protocol not known yet
	Accepted        int64            `json:"accepted"`
	Routed          int64            `json:"routed"`
	Refused         int64            `json:"refused"`
	HandshakeFailed int64            `json:"handshakeFailed"`
}

// NewMetrics returns metrics with a registry of their own.
func NewMetrics(o MetricsOptions) *Metrics {
	m := &Metrics{
		registry:     prometheus.NewRegistry(),
		protocols:    newLabelSet(o.Protocols),
		failures:     newLabelSet(o.HandshakeFailures),
		refusals:     newLabelSet(o.Refusals),
		reasons:      newLabelSet(o.CloseReasons),
		parts:        newLabelSet(o.Parts),
		slow:         newLabelSet(o.SlowParts),
		faults:       newLabelSet(o.SmartClientFaults),
		open:         make(map[string]*atomic.Int64),
		certificates: newCertificates(),
		programs:     newProgramMetrics(o),
		rest:         newRESTMetrics(o),
		licenses:     newLicenseCollector(),
		access:       newAccessCounter(o),
	}
	m.makeVectors()
	m.ConfigReloaded(true, time.Now()) // the start is the first time that it was loaded
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(o.Version),
		m.connectionsTotal, m.sniff, m.failuresTotal, m.refusedTotal, m.closedTotal, m.age, m.panicsTotal, m.slowTotal, m.faultsTotal,
		m.certificates, m.certReloads, m.licenses, m.access.total,
		gauge("appserver_config_last_reload_successful", "1 if the configuration that was read last is in effect, 0 if it was refused.",
			func() float64 { return float64(m.reloadOK.Load()) }),
		gauge("appserver_config_last_reload_timestamp_seconds", "When the configuration was read last, refused or not, in seconds since 1970-01-01 UTC.",
			func() float64 { return float64(m.reloadedAt.Load()) / 1000 }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "appserver_port_accepted_total",
			Help: "Connections accepted by the port.",
		}, func() float64 { return float64(m.accepted.Load()) }),
		gauge("appserver_port_connections_sniffing", "Connections accepted whose protocol is not known yet.",
			func() float64 { return float64(m.sniffing()) }),
	)
	m.registry.MustRegister(m.programs.collectors()...)
	m.registry.MustRegister(m.rest.collectors()...)
	for p := range m.protocols {
		m.addProtocol(p)
	}
	m.precreate()
	return m
}

func (m *Metrics) makeVectors() {
	m.connectionsTotal = counters("appserver_port_connections_total", "Connections handed to a protocol, by TLS version.", "protocol", "tls")
	m.failuresTotal = counters("appserver_tls_handshake_failures_total", "TLS handshakes that failed.", "reason")
	m.refusedTotal = counters("appserver_port_refused_total", "Connections that ended before they were handed to a protocol.", "reason")
	m.closedTotal = counters("appserver_port_closed_total", "Connections that ended after they were handed to a protocol.", "protocol", "reason")
	m.panicsTotal = counters("appserver_panics_total", "Panics that were contained, each in one connection or call.", "part")
	m.slowTotal = counters("appserver_http_slow_total", "Bodies of requests and answers that were cut because the client paused, or was too slow.", "part")
	m.certReloads = counters("appserver_tls_certificate_reloads_total", "Certificates that replaced another in the running server, or were refused.", "result")
	m.faultsTotal = counters("appserver_smartclient_faults_total", "Faults of SmartClient peers, by the code of their error frame.", "code")
	m.sniff = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "appserver_port_sniff_seconds",
		Help:    "Time from accept until the protocol was known, TLS handshake included.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	})
	m.age = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "appserver_port_connection_age_seconds",
		Help:    "Age of connections when they ended.",
		Buckets: []float64{.01, .1, 1, 10, 60, 600, 3600, 28800, 86400},
	}, []string{"protocol"})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "appserver_build_info",
		Help:        "The constant 1, labelled with the program's version.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()},
	})
	g.Set(1)
	return g
}

// addProtocol makes the number of open connections of p, which both the gauge
// and Connections read.
func (m *Metrics) addProtocol(p string) {
	n := new(atomic.Int64)
	m.open[p] = n
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "appserver_port_connections_open",
		Help:        "Connections open, by protocol.",
		ConstLabels: prometheus.Labels{"protocol": p},
	}, func() float64 { return float64(n.Load()) }))
}

// precreate makes the series of all known labels, so that a rate over the first
// event is not lost.
func (m *Metrics) precreate() {
	for p := range m.protocols {
		for _, v := range tlsLabels() {
			m.connectionsTotal.WithLabelValues(p, v)
		}
		for r := range m.reasons {
			m.closedTotal.WithLabelValues(p, r)
		}
		m.age.WithLabelValues(p)
	}
	for r := range m.failures {
		m.failuresTotal.WithLabelValues(r)
	}
	for r := range m.refusals {
		m.refusedTotal.WithLabelValues(r)
	}
	for p := range m.parts {
		m.panicsTotal.WithLabelValues(p)
	}
	for p := range m.slow {
		m.slowTotal.WithLabelValues(p)
	}
	for c := range m.faults {
		m.faultsTotal.WithLabelValues(c)
	}
	for _, ok := range []bool{true, false} {
		m.certReloads.WithLabelValues(resultLabel(ok))
	}
}

// Accepted counts a connection that the port accepted.
func (m *Metrics) Accepted() { m.accepted.Add(1) }

// Routed counts a connection handed to its protocol. TLSVersion is as in
// tls.ConnectionState, 0 without TLS; sniff is the time since accept.
func (m *Metrics) Routed(protocol string, tlsVersion uint16, sniff time.Duration) {
	protocol = m.protocols.bound(protocol)
	m.routed.Add(1)
	m.open[protocol].Add(1)
	m.connectionsTotal.WithLabelValues(protocol, tlsLabel(tlsVersion)).Inc()
	m.sniff.Observe(sniff.Seconds())
}

// Refused counts a connection that ended before it was routed, other than by its
// handshake.
func (m *Metrics) Refused(reason string) {
	m.refused.Add(1)
	m.refusedTotal.WithLabelValues(m.refusals.bound(reason)).Inc()
}

// HandshakeFailed counts a connection that ended in its handshake.
func (m *Metrics) HandshakeFailed(reason string) {
	m.failed.Add(1)
	m.failuresTotal.WithLabelValues(m.failures.bound(reason)).Inc()
}

// Closed counts the end of a connection that was routed to protocol; age counts
// from accept.
func (m *Metrics) Closed(protocol, reason string, age time.Duration) {
	protocol = m.protocols.bound(protocol)
	m.open[protocol].Add(-1)
	m.closedTotal.WithLabelValues(protocol, m.reasons.bound(reason)).Inc()
	m.age.WithLabelValues(protocol).Observe(age.Seconds())
}

// Panicked counts a panic that was contained in one connection or call.
func (m *Metrics) Panicked(part string) {
	m.panicsTotal.WithLabelValues(m.parts.bound(part)).Inc()
}

// SlowPeer counts a part of a request or of its answer that was cut because of the
// client's pace.
func (m *Metrics) SlowPeer(part string) {
	m.slowTotal.WithLabelValues(m.slow.bound(part)).Inc()
}

// SmartClientFault counts a fault of a SmartClient peer, by its code.
func (m *Metrics) SmartClientFault(code string) {
	m.faultsTotal.WithLabelValues(m.faults.bound(code)).Inc()
}

// ConfigReloaded notes that the configuration was read again at that time, and
// whether it is in effect or was refused. Until the first call the time is that of
// NewMetrics, with success.
func (m *Metrics) ConfigReloaded(ok bool, at time.Time) {
	successful := int64(0)
	if ok {
		successful = 1
	}
	m.reloadOK.Store(successful)
	m.reloadedAt.Store(at.UnixMilli())
}

// CertificateReloaded counts a certificate that was found changed while the
// server runs, and whether it is in use now or was refused.
func (m *Metrics) CertificateReloaded(ok bool) {
	m.certReloads.WithLabelValues(resultLabel(ok)).Inc()
}

// SetCertificates replaces the certificates whose expiry is shown; the series of
// those that are gone end.
func (m *Metrics) SetCertificates(certs []CertInfo) { m.certificates.set(certs) }

// Connections returns the port's figures. They are read one by one, so under
// load their sums may be off by the connections of that moment.
func (m *Metrics) Connections() Connections {
	open := make(map[string]int64, len(m.open))
	for p, n := range m.open {
		if v := n.Load(); p != other || v != 0 {
			open[p] = v
		}
	}
	return Connections{
		Open:            open,
		Sniffing:        m.sniffing(),
		Accepted:        m.accepted.Load(),
		Routed:          m.routed.Load(),
		Refused:         m.refused.Load(),
		HandshakeFailed: m.failed.Load(),
	}
}

// sniffing reads what leaves the state before what enters it, so that the result
// is never negative.
func (m *Metrics) sniffing() int64 {
	left := m.routed.Load() + m.refused.Load() + m.failed.Load()
	return m.accepted.Load() - left
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4,
		Timeout:             10 * time.Second,
	})
}
