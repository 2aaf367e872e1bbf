package monitor

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRESTMetrics(t *testing.T) {
	m := NewMetrics(MetricsOptions{RESTModels: []string{"tlpp"}, RESTRefusals: []string{"queue"}})
	m.RESTAnswered("HTTPURI", "tlpp", 200, "", 3*time.Millisecond)
	m.RESTAnswered("HTTPURI", "tlpp", 204, "", time.Millisecond)
	m.RESTAnswered("HTTPURI", "evil", 503, "queue", time.Millisecond)
	m.RESTAnswered("HTTPURI", "", 499, "", time.Millisecond)
	m.RESTAnswered("HTTPURI", "", 9999, "evil", time.Millisecond)
	text := gatherText(t, m, "appserver_rest_requests_total") + gatherText(t, m, "appserver_rest_refused_total") +
		gatherText(t, m, "appserver_rest_seconds_count") + gatherText(t, m, "appserver_rest_seconds_bucket")
	for _, want := range []string{
		`appserver_rest_requests_total{model="tlpp",mount="HTTPURI",status="2xx"} 2`,
		`appserver_rest_requests_total{model="other",mount="HTTPURI",status="5xx"} 1`,
		`appserver_rest_requests_total{model="",mount="HTTPURI",status="gone"} 1`,
		`appserver_rest_requests_total{model="",mount="HTTPURI",status="other"} 1`,
		`appserver_rest_refused_total{reason="queue"} 1`,
		`appserver_rest_refused_total{reason="other"} 1`,
		`appserver_rest_seconds_count{model="tlpp",mount="HTTPURI"} 2`,
		`appserver_rest_seconds_bucket{model="tlpp",mount="HTTPURI",le="0.0025"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestRESTMountsAreBounded(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	for i := range maxMounts + 50 {
		m.RESTAnswered(fmt.Sprintf("M%d", i), "", 200, "", 0)
	}
	text := gatherText(t, m, "appserver_rest_requests_total")
	if n := strings.Count(text, "appserver_rest_requests_total{"); n != maxMounts+1 {
		t.Errorf("there are %d series; want %d", n, maxMounts+1)
	}
	if !strings.Contains(text, `appserver_rest_requests_total{model="",mount="other",status="2xx"} 50`) {
		t.Error("the mounts beyond the bound are not counted together")
	}
}
