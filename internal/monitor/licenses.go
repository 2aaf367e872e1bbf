package monitor

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Licenses tells who uses licences of HTTP APIs.
type Licenses struct {
	Enabled  bool          `json:"enabled"`
	Slots    []LicenseSlot `json:"slots"`
	Unknown  int64         `json:"unknown"`  // requests refused for a slot that is not configured
	BadCodes int64         `json:"badCodes"` // requests refused for an x-totvs-appcode that is not good
	Key      LicenseKey    `json:"key"`
}

// LicenseSlot is one slot.
type LicenseSlot struct {
	Slot     int   `json:"slot"`
	Count    int   `json:"count"` // licences that there are
	Used     int   `json:"used"`  // now
	Peak     int   `json:"peak"`  // since the start
	Acquired int64 `json:"acquired"`
	Refused  int64 `json:"refused"` // because none was free
}

// LicenseKey is what x-totvs-appcode is verified by.
type LicenseKey struct {
	Source  string     `json:"source,omitempty"`
	Keys    int        `json:"keys"`
	Read    *time.Time `json:"read,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

// licenses serves the licences of [Programs], if there are any.
func (a *admin) licenses(mux *http.ServeMux) {
	if show := a.Programs.Licenses; show != nil {
		a.resource(mux, "/v1/licenses", map[string]http.HandlerFunc{
			"GET": a.permitted(MaySee, func(w http.ResponseWriter, _ *http.Request) {
				l := show()
				l.Slots = list(l.Slots)
				writeJSON(w, http.StatusOK, l)
			}),
		})
	}
}

// Licenses asks for the licences of HTTP APIs. The errors are those of Threads.
func (c *AdminClient) Licenses(ctx context.Context) (l Licenses, err error) {
	err = c.call(ctx, question{method: http.MethodGet, path: "/v1/licenses"}, &l)
	return l, err
}

// maxSlots bounds the slots that have series of their own: those with the least numbers.
const maxSlots = 200

// licenseCollector gives the figures of licences at each scrape.
type licenseCollector struct {
	figures atomic.Pointer[func() Licenses]

	count, used, acquired, refused, unknown, bad, keys *prometheus.Desc
}

func newLicenseCollector() *licenseCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &licenseCollector{
		count:    desc("appserver_licenses", "Licences of a slot.", "slot"),
		used:     desc("appserver_licenses_used", "Licences of a slot that are in use.", "slot"),
		acquired: desc("appserver_licenses_acquired_total", "Licences of a slot that were given out.", "slot"),
		refused:  desc("appserver_licenses_refused_total", "Requests that were refused because no licence of the slot was free.", "slot"),
		unknown:  desc("appserver_licenses_unknown_total", "Requests that were refused because their slot is not configured."),
		bad:      desc("appserver_licenses_bad_codes_total", "Requests that were refused because their x-totvs-appcode is not good."),
		keys:     desc("appserver_licenses_keys", "Keys that x-totvs-appcode is verified by."),
	}
}

// SetLicenses says where the figures of licences come from.
func (m *Metrics) SetLicenses(figures func() Licenses) { m.licenses.figures.Store(&figures) }

// Describe implements prometheus.Collector.
func (c *licenseCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.count, c.used, c.acquired, c.refused, c.unknown, c.bad, c.keys} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. While licences are not counted there is nothing.
func (c *licenseCollector) Collect(ch chan<- prometheus.Metric) {
	figures := c.figures.Load()
	if figures == nil {
		return
	}
	l := (*figures)()
	if !l.Enabled {
		return
	}
	for i, s := range l.Slots {
		if i >= maxSlots {
			break
		}
		slot := strconv.Itoa(s.Slot)
		gaugeOf(ch, c.count, s.Count, slot)
		gaugeOf(ch, c.used, s.Used, slot)
		counterOf(ch, c.acquired, s.Acquired, slot)
		counterOf(ch, c.refused, s.Refused, slot)
	}
	counterOf(ch, c.unknown, l.Unknown)
	counterOf(ch, c.bad, l.BadCodes)
	gaugeOf(ch, c.keys, l.Key.Keys)
}

// newAccessCounter counts attempts to be let in to HTTP APIs.
func newAccessCounter(o MetricsOptions) *accessCounter {
	c := &accessCounter{
		schemes: newLabelSet(o.AccessSchemes), results: newLabelSet(o.AccessResults),
		total: counters("appserver_access_total", "Attempts to be let in to HTTP APIs, by what was shown and what came of it.", "scheme", "result"),
	}
	for scheme := range c.schemes {
		for result := range c.results {
			c.total.WithLabelValues(scheme, result)
		}
	}
	return c
}

// accessCounter counts attempts by scheme and result.
type accessCounter struct {
	schemes, results labelSet
	total            *prometheus.CounterVec
}

// Accessed counts an attempt to be let in to an HTTP API: what was shown, and what came of
// it.
func (m *Metrics) Accessed(scheme, result string) {
	m.access.total.WithLabelValues(m.access.schemes.bound(scheme), m.access.results.bound(result)).Inc()
}
