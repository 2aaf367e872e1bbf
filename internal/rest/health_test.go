package rest

import (
	"errors"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestHealthPaths(t *testing.T) {
	var ready error
	paths := healthPaths(healthOptions{
		Ready: func() error { return ready }, Version: "1.2.3",
		Built: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Environment: "P12",
	})
	server := `{"version":"1.2.3","builddate":"2026-01-02T03:04:05Z","platform":"` + runtime.GOOS + "/" + runtime.GOARCH + `"}`
	for path, c := range map[string]struct {
		open bool
		body string
	}{
		"/healthcheck":           {true, `{"status":"ok"}`},
		"/tlpp/healthcheck":      {true, `{"status":"ok"}`},
		"/tlpp/healthcheck/ok":   {true, `ok`},
		"/appserver/version":     {false, `{"version":"1.2.3"}`},
		"/appserver/builddate":   {false, `{"builddate":"2026-01-02T03:04:05Z"}`},
		"/appserver/environment": {false, `{"environment":"P12","appserver":` + server + `}`},
		"/tlpp/environment":      {false, `{"environment":"P12","tlpp":` + server + `}`},
		"/totvs/environment":     {false, `{"environment":"P12","appserver":` + server + `,"tlpp":` + server + `}`},
	} {
		h, known := paths[path]
		if !known {
			t.Errorf("%s is missing", path)
			continue
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || w.Body.String() != c.body || h.Open != c.open || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, open %v; want %s, %v", path, w.Code, w.Body, h.Open, c.body, c.open)
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d %v; want 405", path, w.Code, w.Header())
		}
	}
	ready = errors.New("secret")
	w := httptest.NewRecorder()
	paths["/healthcheck"].ServeHTTP(w, httptest.NewRequest("GET", "/healthcheck", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("not ready: %d %v %s; want 503 without the reason", w.Code, w.Header(), w.Body)
	}
}

func TestHealthDateTime(t *testing.T) {
	paths := healthPaths(healthOptions{Ready: func() error { return nil }})
	w := httptest.NewRecorder()
	paths["/tlpp/healthcheck/datetime"].ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	text := strings.TrimSuffix(strings.TrimPrefix(w.Body.String(), `{"datetime":"`), `"}`)
	if at, err := time.Parse(time.RFC3339, text); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("%s: %v; want the present", w.Body, err)
	}
}
