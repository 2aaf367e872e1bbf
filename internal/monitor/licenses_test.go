package monitor

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// licensesClient returns a client of a server with those licences.
func licensesClient(t *testing.T, l func() Licenses, permit func(Permission) error) *AdminClient {
	t.Helper()
	dir := privateDir(t)
	ln, err := listenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	programs := new(stage).programs()
	programs.Licenses = l
	srv := Server(AdminHandler(AdminOptions{
		Status: sampleStatus, Shutdown: func() {}, Token: ln.Token, Log: zap.NewNop(), Programs: programs, Permit: permit,
	}), zap.NewNop())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return newAdminClient(dir, tokenEndpoint(dir))
}

func TestLicenses(t *testing.T) {
	read := started
	want := Licenses{Enabled: true, Unknown: 2, BadCodes: 3, Slots: []LicenseSlot{{4093, 10, 2, 5, 100, 1}},
		Key: LicenseKey{Source: "key.pem", Keys: 1, Read: &read, Problem: "it is late"}}
	got, err := licensesClient(t, func() Licenses { return want }, nil).Licenses(context.Background())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Licenses = %+v, %v; want %+v", got, err, want)
	}
	none, err := licensesClient(t, func() Licenses { return Licenses{} }, nil).Licenses(context.Background())
	if err != nil || none.Slots == nil || len(none.Slots) != 0 {
		t.Errorf("without slots: %+v, %v; want an empty list", none, err)
	}
	var refused *AnswerError
	if _, err := licensesClient(t, nil, nil).Licenses(context.Background()); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("a server that has none: %v", err)
	}
	deny := func(p Permission) error { return errors.New("[TDS] " + string(p)) }
	if _, err := licensesClient(t, func() Licenses { return want }, deny).Licenses(context.Background()); !errors.As(err, &refused) || refused.Status != http.StatusForbidden || !strings.Contains(refused.Message, "AllowMonitor") {
		t.Errorf("not permitted: %v", err)
	}
}

func TestLicenseFigures(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	l := Licenses{Slots: []LicenseSlot{{Slot: 4093, Count: 10, Used: 2, Acquired: 7, Refused: 1}}, Unknown: 4, BadCodes: 5, Key: LicenseKey{Keys: 1}}
	before := series(t, m)
	m.SetLicenses(func() Licenses { return l })
	if got := series(t, m); got != before {
		t.Errorf("%d series more while licences are not counted", got-before)
	}
	l.Enabled = true
	for name, want := range map[string]string{
		"appserver_licenses":                "appserver_licenses{slot=\"4093\"} 10\n",
		"appserver_licenses_used":           "appserver_licenses_used{slot=\"4093\"} 2\n",
		"appserver_licenses_acquired_total": "appserver_licenses_acquired_total{slot=\"4093\"} 7\n",
		"appserver_licenses_refused_total":  "appserver_licenses_refused_total{slot=\"4093\"} 1\n",
	} {
		wantMetric(t, m, name, want)
	}
	l.Slots = nil
	for i := range 2 * maxSlots {
		l.Slots = append(l.Slots, LicenseSlot{Slot: i + 1})
	}
	if got := series(t, m); got > before+4*maxSlots+3 {
		t.Errorf("%d series more; slots should be bounded", got-before)
	}
}

func TestAccessed(t *testing.T) {
	m := NewMetrics(MetricsOptions{AccessSchemes: []string{"basic"}, AccessResults: []string{"ok", "wrong"}})
	m.Accessed("basic", "ok")
	m.Accessed("maria", "secret")
	got := gatherText(t, m, "appserver_access_total")
	for _, line := range []string{`{result="ok",scheme="basic"} 1`, `{result="other",scheme="other"} 1`, `{result="wrong",scheme="basic"} 0`} {
		if !strings.Contains(got, "appserver_access_total"+line+"\n") {
			t.Errorf("metrics %s; want %s", got, line)
		}
	}
	if strings.Contains(got, "maria") {
		t.Errorf("metrics %s have a label that nobody foresaw", got)
	}
}
