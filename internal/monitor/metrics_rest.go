package monitor

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// maxMounts bounds the mounts that have series of their own; the others share one.
const maxMounts = 200

// restMetrics count requests of HTTP APIs. No label tells of a path or of a caller.
type restMetrics struct {
	models, refusals labelSet

	requests *prometheus.CounterVec   // mount, model, status
	seconds  *prometheus.HistogramVec // mount, model
	refused  *prometheus.CounterVec   // reason

	mu     sync.RWMutex // guards mounts and series
	mounts map[string]string
	series map[restKind]restSeries
}

// restKind is a kind of requests: label or name of their mount, kind of service, class of
// status.
type restKind struct{ mount, model, status string }

// restSeries are the series of a kind of requests, kept since to look them up by labels takes
// longer than to count.
type restSeries struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

func newRESTMetrics(o MetricsOptions) *restMetrics {
	r := &restMetrics{
		models: newLabelSet(append([]string{""}, o.RESTModels...)), refusals: newLabelSet(o.RESTRefusals),
		mounts: map[string]string{}, series: map[restKind]restSeries{},

		requests: counters("appserver_rest_requests_total", "Requests of HTTP APIs, by mount, kind of service and class of status; gone: the client went away.", "mount", "model", "status"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "appserver_rest_seconds",
			Help:    "Time of requests of HTTP APIs, from their header to the end of the answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"mount", "model"}),
		refused: counters("appserver_rest_refused_total", "Requests of HTTP APIs that were refused before or instead of a program's answer.", "reason"),
	}
	for reason := range r.refusals {
		r.refused.WithLabelValues(reason)
	}
	return r
}

func (r *restMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{r.requests, r.seconds, r.refused}
}

// RESTAnswered counts a request of an HTTP API: the name of its mount, the kind of service,
// "" if none answered it, the status, 499 if the client went away, why it was refused, or
// "", and how long it took.
func (m *Metrics) RESTAnswered(mount, model string, status int, refused string, d time.Duration) {
	r := m.rest
	of := r.of(restKind{mount, r.models.bound(model), statusClass(status)})
	of.requests.Inc()
	of.seconds.Observe(d.Seconds())
	if refused != "" {
		r.refused.WithLabelValues(r.refusals.bound(refused)).Inc()
	}
}

// of returns the series of a kind of requests, whose mount is its name.
func (r *restMetrics) of(kind restKind) restSeries {
	r.mu.RLock()
	of, ok := r.series[kind]
	r.mu.RUnlock()
	if ok {
		return of
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	label := r.mount(kind.mount)
	of = restSeries{r.requests.WithLabelValues(label, kind.model, kind.status), r.seconds.WithLabelValues(label, kind.model)}
	if label != other { // the names of the others have no bound
		r.series[kind] = of
	}
	return of
}

// mount returns the label of a mount; r.mu is held.
func (r *restMetrics) mount(name string) string {
	label, ok := r.mounts[name]
	switch {
	case ok:
		return label
	case len(r.mounts) >= maxMounts:
		return other
	}
	label = strings.ToValidUTF8(name, "?")
	r.mounts[name] = label
	return label
}

// statusClasses are the labels that statusClass gives.
var statusClasses = [...]string{other, "1xx", "2xx", "3xx", "4xx", "5xx", "gone"}

// statusClass returns the label of a status: 2xx and so on.
func statusClass(status int) string {
	switch {
	case status == statusGone:
		return "gone"
	case status < 100 || status > 599:
		return other
	}
	return statusClasses[status/100]
}

// statusGone is the status of a request whose client went away.
const statusGone = 499
