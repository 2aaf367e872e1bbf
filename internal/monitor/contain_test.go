package monitor

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A panic behind either door is seen, counted, and answered.
func TestPanicsAreContained(t *testing.T) {
	core, logs := observer.New(zap.ErrorLevel)
	log, counted := zap.New(core), 0
	boom := func() { panic("boom") }
	m := NewMetrics(MetricsOptions{Parts: []string{"operations"}})
	administration := AdminHandler(AdminOptions{
		Token: testToken, Log: log, Panicked: func() { counted++ },
		Status:   func() Status { boom(); return Status{} },
		Shutdown: func() {},
		Reload:   func(context.Context) (Reload, error) { boom(); return Reload{}, nil },
	})
	operations := OperationsHandler(m, func() error { boom(); return nil }, log)
	for _, test := range []struct {
		h            http.Handler
		method, path string
	}{
		{administration, "GET", "/v1/status"},
		{administration, "POST", "/v1/reload"},
		{administration, "POST", "/v1/reload"}, // the next one has its turn
		{operations, "GET", "/readyz"},
	} {
		w := ask(test.h, test.method, test.path, "")
		if body := w.Body.String(); w.Code != 500 || !strings.Contains(body, `"code":500`) || strings.Contains(body, "boom") {
			t.Errorf("%s %s = %d %s; want 500 as JSON, without what has happened", test.method, test.path, w.Code, body)
		}
		seen := logs.TakeAll()
		if len(seen) != 1 || seen[0].ContextMap()["panic"] != "boom" || seen[0].ContextMap()["path"] != test.path ||
			!strings.Contains(seen[0].ContextMap()["stack"].(string), "contain_test.go") {
			t.Errorf("%s %s: logged %v; want one error with panic, path and stack", test.method, test.path, seen)
		}
	}
	if counted != 3 {
		t.Errorf("%d panics of the administration were counted; want 3", counted)
	}
	if got := gatherText(t, m, "appserver_panics_total"); !strings.Contains(got, `{part="operations"} 1`) {
		t.Errorf("metrics after a panic are %s; want one of operations", got)
	}
}

// An answer that has begun is not gone on with.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	core, logs := observer.New(zap.ErrorLevel)
	srv := httptest.NewServer(containment{zap.New(core), func() {}}.contain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic("boom")
	})))
	defer srv.Close()
	for path, want := range map[string]int{"/": 1, "/abort": 0} {
		resp, err := srv.Client().Get(srv.URL + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil || len(logs.TakeAll()) != want {
			t.Errorf("GET %s = %v; want an answer cut short, and %d in the log", path, err, want)
		}
	}
}
