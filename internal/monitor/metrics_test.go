package monitor

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
)

func testMetrics() *Metrics {
	return NewMetrics(MetricsOptions{
		Version:           "1.2.3",
		Protocols:         []string{"http", "grpc"},
		HandshakeFailures: []string{"timeout"},
		Refusals:          []string{"nothing-sent"},
		CloseReasons:      []string{"peer", "server"},
		Parts:             []string{"port"},
	})
}

// gatherText returns the lines of /metrics that are about name.
func gatherText(t *testing.T, m *Metrics, name string) string {
	t.Helper()
	_, body := get(t, OperationsHandler(m, ok, zap.NewNop()), "GET", "/metrics")
	var lines []string
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, name+"{") || strings.HasPrefix(line, name+" ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func ok() error { return nil }

func get(t *testing.T, h http.Handler, method, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	resp := w.Result()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func wantMetric(t *testing.T, m *Metrics, name, want string) {
	t.Helper()
	if got := gatherText(t, m, name); got != want {
		t.Errorf("%s:\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestKnownLabelsStartAtZero(t *testing.T) {
	m := testMetrics()
	wantMetric(t, m, "appserver_tls_handshake_failures_total",
		"appserver_tls_handshake_failures_total{reason=\"other\"} 0\nappserver_tls_handshake_failures_total{reason=\"timeout\"} 0\n")
	wantMetric(t, m, "appserver_port_refused_total",
		"appserver_port_refused_total{reason=\"nothing-sent\"} 0\nappserver_port_refused_total{reason=\"other\"} 0\n")
	wantMetric(t, m, "appserver_panics_total",
		"appserver_panics_total{part=\"other\"} 0\nappserver_panics_total{part=\"port\"} 0\n")
	wantMetric(t, m, "appserver_port_connections_open",
		"appserver_port_connections_open{protocol=\"grpc\"} 0\nappserver_port_connections_open{protocol=\"http\"} 0\nappserver_port_connections_open{protocol=\"other\"} 0\n")
	for name, want := range map[string]int{
		"appserver_port_connections_total":            3 * 5,
		"appserver_port_closed_total":                 3 * 3,
		"appserver_port_connection_age_seconds_count": 3,
		"appserver_port_sniff_seconds_count":          1,
		"appserver_port_accepted_total":               1,
		"appserver_port_connections_sniffing":         1,
		"go_goroutines":                               1,
		"appserver_tls_certificate_not_after_seconds": 0,
	} {
		if got := strings.Count(gatherText(t, m, name), "\n"); got != want {
			t.Errorf("%s has %d series; want %d", name, got, want)
		}
	}
	if got := gatherText(t, m, "appserver_build_info"); !strings.Contains(got, `version="1.2.3"`) || !strings.HasSuffix(got, " 1\n") {
		t.Errorf("appserver_build_info = %q; want version 1.2.3 and the value 1", got)
	}
}

func TestLifeOfConnections(t *testing.T) {
	m := testMetrics()
	for range 5 {
		m.Accepted()
	}
	m.Routed("http", tls.VersionTLS13, 3*time.Millisecond)
	m.Routed("http", 0, 3*time.Millisecond)
	m.Refused("nothing-sent")
	m.HandshakeFailed("timeout")
	m.Closed("http", "peer", 2*time.Second)
	m.Panicked("port")

	want := Connections{Open: map[string]int64{"http": 1, "grpc": 0}, Sniffing: 1, Accepted: 5, Routed: 2, Refused: 1, HandshakeFailed: 1}
	if got := m.Connections(); !reflect.DeepEqual(got, want) {
		t.Errorf("Connections() = %+v; want %+v", got, want)
	}
	if got := testutil.ToFloat64(m.connectionsTotal.WithLabelValues("http", "1.3")); got != 1 {
		t.Errorf("connections_total{http,1.3} = %v; want 1", got)
	}
	if got := testutil.ToFloat64(m.connectionsTotal.WithLabelValues("http", "none")); got != 1 {
		t.Errorf("connections_total{http,none} = %v; want 1", got)
	}
	wantMetric(t, m, "appserver_port_accepted_total", "appserver_port_accepted_total 5\n")
	wantMetric(t, m, "appserver_port_connections_sniffing", "appserver_port_connections_sniffing 1\n")
	wantMetric(t, m, "appserver_port_sniff_seconds_count", "appserver_port_sniff_seconds_count 2\n")
	wantMetric(t, m, "appserver_port_connection_age_seconds_sum",
		"appserver_port_connection_age_seconds_sum{protocol=\"grpc\"} 0\nappserver_port_connection_age_seconds_sum{protocol=\"http\"} 2\nappserver_port_connection_age_seconds_sum{protocol=\"other\"} 0\n")
}

func TestUnknownLabelsMakeNoSeries(t *testing.T) {
	m := testMetrics()
	before := series(t, m)
	for i := range 100 {
		v := fmt.Sprintf("peer-%d\xff\n", i)
		m.Accepted()
		m.Routed(v, uint16(i), time.Second)
		m.Closed(v, v, time.Second)
		m.Refused(v)
		m.HandshakeFailed(v)
		m.Panicked(v)
		m.SlowPeer(v)
	}
	// Only TLS versions that do not exist are not there from the start.
	if got, want := series(t, m), before+1; got != want {
		t.Errorf("%d series after hostile labels; want %d", got, want)
	}
	if got := m.Connections().Open; len(got) != 2 {
		t.Errorf("Open = %v; want the two known protocols", got)
	}
}

func series(t *testing.T, m *Metrics) int {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "appserver_") {
			n += len(f.GetMetric())
		}
	}
	return n
}

func TestTLSLabel(t *testing.T) {
	tests := []struct {
		version uint16
		want    string
	}{{0, "none"}, {tls.VersionTLS10, "1.0"}, {tls.VersionTLS11, "1.1"}, {tls.VersionTLS12, "1.2"}, {tls.VersionTLS13, "1.3"}, {0x0300, "other"}, {0x0305, "other"}}
	for _, tt := range tests {
		if got := tlsLabel(tt.version); got != tt.want {
			t.Errorf("tlsLabel(%#04x) = %q; want %q", tt.version, got, tt.want)
		}
	}
}

func TestCertificates(t *testing.T) {
	m := testMetrics()
	const name = "appserver_tls_certificate_not_after_seconds"
	m.SetCertificates([]CertInfo{
		{Source: "bundled", Serial: "0a", NotAfter: time.Unix(1000, 0)},
		{Source: "bundled", Serial: "0a", NotAfter: time.Unix(1000, 0)},
		{Source: "bad\xff", Serial: "0b", NotAfter: time.Unix(2000, 0)},
	})
	wantMetric(t, m, name, name+"{serial=\"0a\",source=\"bundled\"} 1000\n"+name+"{serial=\"0b\",source=\"bad?\"} 2000\n")
	m.SetCertificates([]CertInfo{{Source: "mpp", Serial: "0c", NotAfter: time.Unix(3000, 0)}})
	wantMetric(t, m, name, name+"{serial=\"0c\",source=\"mpp\"} 3000\n")
	m.SetCertificates(nil)
	wantMetric(t, m, name, "")
}

// After every swap there are the series of the present certificates, and no
// others: not those of the swap before, and not those of the start.
func TestCertificatesThatAreGoneHaveNoSeries(t *testing.T) {
	m := testMetrics()
	const name = "appserver_tls_certificate_not_after_seconds"
	before := series(t, m)
	for i, serial := range []string{"0a", "0b", "0c"} { // the start and two swaps
		source := []string{"bundled", "configured", "configured"}[i]
		m.SetCertificates([]CertInfo{{Source: source, Serial: serial, NotAfter: time.Unix(int64(1000*i), 0)}})
		wantMetric(t, m, name, fmt.Sprintf("%s{serial=%q,source=%q} %d\n", name, serial, source, 1000*i))
		if got := series(t, m); got != before+1 {
			t.Errorf("%d series with the certificate %s; want %d", got, serial, before+1)
		}
	}
}

func TestReloadMetrics(t *testing.T) {
	m := testMetrics()
	const (
		successful = "appserver_config_last_reload_successful"
		at         = "appserver_config_last_reload_timestamp_seconds"
		reloads    = "appserver_tls_certificate_reloads_total"
	)
	wantMetric(t, m, successful, successful+" 1\n")
	if age := time.Since(time.UnixMilli(m.reloadedAt.Load())); age < 0 || age > time.Minute {
		t.Errorf("%s is %v ago at the start; want the present", at, age)
	}
	wantMetric(t, m, reloads, reloads+"{result=\"ok\"} 0\n"+reloads+"{result=\"refused\"} 0\n")
	m.ConfigReloaded(false, time.UnixMilli(1500))
	wantMetric(t, m, successful, successful+" 0\n")
	wantMetric(t, m, at, at+" 1.5\n")
	m.ConfigReloaded(true, time.UnixMilli(2500))
	wantMetric(t, m, successful, successful+" 1\n")
	wantMetric(t, m, at, at+" 2.5\n")
	m.CertificateReloaded(true)
	m.CertificateReloaded(true)
	m.CertificateReloaded(false)
	wantMetric(t, m, reloads, reloads+"{result=\"ok\"} 2\n"+reloads+"{result=\"refused\"} 1\n")
}

func TestSmartClientFault(t *testing.T) {
	m := NewMetrics(MetricsOptions{SmartClientFaults: []string{"too-large"}})
	m.SmartClientFault("too-large")
	m.SmartClientFault("forged")
	const name = "appserver_smartclient_faults_total"
	wantMetric(t, m, name, name+"{code=\"other\"} 1\n"+name+"{code=\"too-large\"} 1\n")
}

func TestConcurrentUse(t *testing.T) {
	m := testMetrics()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				m.Accepted()
				m.Routed("grpc", tls.VersionTLS12, time.Millisecond)
				m.Closed("grpc", "server", time.Second)
				m.SetCertificates([]CertInfo{{Source: "x", Serial: "1"}})
				if c := m.Connections(); c.Sniffing < 0 {
					t.Errorf("Sniffing = %d; want none below 0", c.Sniffing)
				}
			}
		})
	}
	wg.Go(func() { get(t, OperationsHandler(m, ok, zap.NewNop()), "GET", "/metrics") })
	wg.Wait()
	if c := m.Connections(); c.Routed != 800 || c.Open["grpc"] != 0 {
		t.Errorf("Connections() = %+v; want 800 routed and none open", c)
	}
}

func TestMetricNamesFollowConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(testMetrics().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestOperationsHandler(t *testing.T) {
	notReady := func() error { return errors.New("starting") }
	tests := []struct {
		method, path string
		ready        func() error
		status       int
		body         string
	}{
		{"GET", "/healthz", notReady, 200, "ok\n"},
		{"HEAD", "/healthz", ok, 200, "ok\n"}, // net/http drops the body, the recorder does not
		{"GET", "/readyz", ok, 200, "ready\n"},
		{"GET", "/readyz", notReady, 503, "not ready: starting\n"},
		{"POST", "/readyz", ok, 405, "Method Not Allowed\n"},
		{"PUT", "/metrics", ok, 405, "Method Not Allowed\n"},
		{"GET", "/", ok, 404, "404 page not found\n"},
		{"GET", "/debug/pprof/", ok, 404, "404 page not found\n"},
		{"GET", "/v1/status", ok, 404, "404 page not found\n"},
	}
	for _, tt := range tests {
		resp, body := get(t, OperationsHandler(testMetrics(), tt.ready, zap.NewNop()), tt.method, tt.path)
		if resp.StatusCode != tt.status || body != tt.body {
			t.Errorf("%s %s = %d %q; want %d %q", tt.method, tt.path, resp.StatusCode, body, tt.status, tt.body)
		}
	}
}

func TestReadiness(t *testing.T) {
	var r Readiness
	steps := []struct {
		name string
		do   func()
		want error
	}{
		{"zero value", func() {}, ErrStarting},
		{"Set(false) while starting", func() { r.Set(false) }, ErrStarting},
		{"Set(true)", func() { r.Set(true) }, nil},
		{"Set(false)", func() { r.Set(false) }, ErrSuspended},
		{"Set(true) again", func() { r.Set(true) }, nil},
		{"Drain", r.Drain, ErrDraining},
		{"Set(true) after Drain", func() { r.Set(true) }, ErrDraining},
		{"Set(false) after Drain", func() { r.Set(false) }, ErrDraining},
	}
	for _, s := range steps {
		s.do()
		if got := r.Err(); got != s.want {
			t.Errorf("%s: Err() = %v; want %v", s.name, got, s.want)
		}
	}
	if !r.Draining() {
		t.Error("Draining() = false after Drain")
	}
}
