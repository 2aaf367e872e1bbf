package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

const testToken = "secret"

// handler is the interface with these options and a token.
func handler(o AdminOptions) http.Handler {
	o.Token, o.Log = testToken, zap.NewNop()
	if o.Shutdown == nil {
		o.Shutdown = func() {}
	}
	return AdminHandler(o)
}

// ask makes one request to h as the administrator.
func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+testToken)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestReload(t *testing.T) {
	change := Change{Section: "MPP", Key: "MaxSniffing", Old: "10", New: "20"}
	done := Reload{Changed: []Change{change}, Restart: []Change{{Section: "TCP", Key: "Port", Old: "1", New: "2"}}, Warnings: []string{"w"}}
	tests := []struct {
		name   string
		result Reload
		err    error
		status int
		body   string
		want   string // of the client's error
	}{
		{"in effect", done, nil, 200, `{"changed":[{"section":"MPP","key":"MaxSniffing","old":"10","new":"20"}],` +
			`"restart":[{"section":"TCP","key":"Port","old":"1","new":"2"}],"warnings":["w"]}`, ""},
		{"programs", Reload{Programs: &ProgramCounts{Environments: 2, Sources: 3, Compiled: 1}}, nil, 200,
			`{"changed":[],"restart":[],"warnings":[],"programs":{"environments":2,"sources":3,"compiled":1}}`, ""},
		{"nothing changed", Reload{}, nil, 200, `{"changed":[],"restart":[],"warnings":[]}`, ""},
		{"one fault", Reload{}, fmt.Errorf("x: %w", &ReloadError{Findings: []string{"a.ini:3: bad"}}), 422,
			`{"code":422,"message":"x: reload refused, the old configuration stays: a.ini:3: bad","findings":["a.ini:3: bad"]}`,
			"reload refused, the old configuration stays: a.ini:3: bad"},
		{"two faults", Reload{}, &ReloadError{Findings: []string{"one", "two"}}, 422,
			`{"code":422,"message":"reload refused, the old configuration stays:\n  one\n  two","findings":["one","two"]}`, "stays:\n  one\n  two"},
		{"no reason", Reload{}, &ReloadError{}, 422, `{"code":422,"message":"reload refused, the old configuration stays"}`, "old configuration stays"},
		{"draining", Reload{}, ErrDraining, 503, `{"code":503,"message":"draining: the server is going down"}`, "going down"},
		{"something else", Reload{}, errors.New("boom"), 500, `{"code":500,"message":"boom"}`, "boom"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := handler(AdminOptions{Reload: func(context.Context) (Reload, error) { return tt.result, tt.err }})
			w := ask(h, "POST", "/v1/reload", "")
			if got := strings.TrimSpace(w.Body.String()); w.Code != tt.status || got != tt.body {
				t.Errorf("POST /v1/reload = %d %s; want %d %s", w.Code, got, tt.status, tt.body)
			}
			got, err := newAdminClient("d", serving(t, h)).Reload(t.Context())
			if tt.want == "" {
				if want := (Reload{list(tt.result.Changed), list(tt.result.Restart), list(tt.result.Warnings), tt.result.Programs}); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("Reload() = %+v, %v; want %+v", got, err, want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Reload() = %v; want an error with %q", err, tt.want)
			}
			var want, refused *ReloadError
			if errors.As(tt.err, &want) != errors.As(err, &refused) || (want != nil && !reflect.DeepEqual(refused.Findings, want.Findings)) {
				t.Errorf("Reload() error is %#v; want the findings of %#v", refused, want)
			}
		})
	}
}

// pipes are a listener and an endpoint whose connections are pipes.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) token() (string, error) { return testToken, nil }
func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serving serves h with the limits of Server until the test ends.
func serving(t *testing.T, h http.Handler) *pipes {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := Server(h, zap.NewNop())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(p) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve() = %v; want http.ErrServerClosed", err)
		}
	})
	return p
}

// A reload may take longer than the deadlines of other requests, and a second one
// waits for the first.
func TestReloadTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		h := handler(AdminOptions{Reload: func(ctx context.Context) (Reload, error) {
			n := running.Add(1)
			defer running.Add(-1)
			most.Store(max(n, most.Load()))
			select {
			case <-time.After(25 * time.Second):
				return Reload{}, nil
			case <-ctx.Done():
				return Reload{}, ctx.Err()
			}
		}})
		client := newAdminClient("d", serving(t, h))
		var wg sync.WaitGroup
		begun := time.Now()
		for range 2 {
			wg.Go(func() {
				if _, err := client.Reload(t.Context()); err != nil {
					t.Errorf("Reload() = %v; want nil", err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begun); took != 50*time.Second || most.Load() != 1 {
			t.Errorf("two reloads took %v, %d at a time; want 50s and one at a time", took, most.Load())
		}
	})
}

// Who waits for his turn for too long is told so; who waits no more gets none.
func TestReloadTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reloads atomic.Int32
		gate := make(chan struct{})
		h := handler(AdminOptions{Reload: func(context.Context) (Reload, error) {
			reloads.Add(1)
			<-gate
			return Reload{}, nil
		}})
		client := newAdminClient("d", serving(t, h))
		first := make(chan error, 1)
		go func() {
			_, err := client.Reload(t.Context())
			first <- err
		}()
		synctest.Wait()

		gone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.Reload(gone); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Reload() = %v; want context.DeadlineExceeded", err)
		}
		begun := time.Now()
		_, err := client.Reload(t.Context())
		if err == nil || !strings.Contains(err.Error(), "another reload") || time.Since(begun) != reloadTurn {
			t.Errorf("Reload() = %v after %v; want that another is under way, after %v", err, time.Since(begun), reloadTurn)
		}
		close(gate)
		if err := <-first; err != nil || reloads.Load() != 1 {
			t.Errorf("the first Reload() = %v, %d reloads; want nil and 1", err, reloads.Load())
		}
		if _, err := client.Reload(t.Context()); err != nil {
			t.Errorf("Reload() afterwards = %v; want nil", err)
		}
	})
}

// A reload that has begun ends in its own way, whoever hangs up; but its time is
// bounded.
func TestReloadOutlivesTheAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Duration, 1)
		h := handler(AdminOptions{Reload: func(ctx context.Context) (Reload, error) {
			begun := time.Now()
			<-ctx.Done()
			ended <- time.Since(begun)
			return Reload{}, ctx.Err()
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := newAdminClient("d", serving(t, h)).Reload(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Reload() = %v; want context.DeadlineExceeded", err)
		}
		if after := <-ended; after != reloadTimeout {
			t.Errorf("the context of the reload ended after %v; want %v", after, reloadTimeout)
		}
	})
}

// A reload that goes on for ever has its asker told so, and keeps the next one
// waiting.
func TestReloadWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		h := handler(AdminOptions{Reload: func(context.Context) (Reload, error) {
			<-gate // whatever its context says
			return Reload{}, nil
		}})
		client := newAdminClient("d", serving(t, h))
		begun := time.Now()
		_, err := client.Reload(t.Context())
		if err == nil || !strings.Contains(err.Error(), "has not ended within 1m0s") || time.Since(begun) != reloadTimeout {
			t.Errorf("Reload() = %v after %v; want that it has not ended, after %v", err, time.Since(begun), reloadTimeout)
		}
		if _, err := client.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "another reload") {
			t.Errorf("the next Reload() = %v; want that another is under way", err)
		}
		close(gate)
		if _, err := client.Reload(t.Context()); err != nil {
			t.Errorf("Reload() afterwards = %v; want nil", err)
		}
	})
	h := handler(AdminOptions{Reload: func(context.Context) (Reload, error) { return Reload{}, fmt.Errorf("x: %w", context.DeadlineExceeded) }})
	if w := ask(h, "POST", "/v1/reload", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "has not ended") {
		t.Errorf("POST /v1/reload that gave up = %d %s; want 503 and that it has not ended", w.Code, w.Body)
	}
}

func TestLogLevel(t *testing.T) {
	level := "info"
	h := handler(AdminOptions{
		LogLevel: func() string { return level },
		SetLogLevel: func(l string) error {
			if l == "error" {
				return errors.New("cannot")
			}
			level = l
			return nil
		},
	})
	tests := []struct {
		method, body string
		status       int
		want         string // part of the answer
		level        string // afterwards
	}{
		{"GET", "", 200, `{"level":"info"}`, "info"},
		{"PUT", `{"level":"debug"}`, 200, `{"level":"debug"}`, "debug"},
		{"PUT", ` {"level":"WARN","more":1} `, 200, `{"level":"warn"}`, "warn"},
		{"GET", "", 200, `{"level":"warn"}`, "warn"},
		{"PUT", `{"level":"fatal"}`, 400, "debug, info, warn, error", "warn"},
		{"PUT", `{"level":""}`, 400, "debug, info, warn, error", "warn"},
		{"PUT", `{}`, 400, "debug, info, warn, error", "warn"},
		{"PUT", `debug`, 400, "must be like", "warn"},
		{"PUT", `{"level":1}`, 400, "must be like", "warn"},
		{"PUT", `{"level":"debug"}{}`, 400, "must be like", "warn"},
		{"PUT", ``, 400, "must be like", "warn"},
		{"PUT", `{"level":"debug"` + strings.Repeat(" ", maxBody) + `}`, 413, "too long", "warn"},
		{"PUT", `{"level":"error"}`, 500, "cannot", "warn"},
	}
	for _, tt := range tests {
		w := ask(h, tt.method, "/v1/log-level", tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) || level != tt.level {
			t.Errorf("%s %.40s = %d %s, level %s; want %d with %q, level %s", tt.method, tt.body, w.Code, w.Body, level, tt.status, tt.want, tt.level)
		}
	}

	client := newAdminClient("d", serving(t, h))
	if err := client.SetLogLevel(t.Context(), "debug"); err != nil || level != "debug" {
		t.Errorf("SetLogLevel(debug) = %v, level %s; want nil, debug", err, level)
	}
	if got, err := client.LogLevel(t.Context()); err != nil || got != "debug" {
		t.Errorf("LogLevel() = %q, %v; want debug", got, err)
	}
	if err := client.SetLogLevel(t.Context(), "loud"); err == nil || !strings.Contains(err.Error(), "debug, info, warn, error") {
		t.Errorf("SetLogLevel(loud) = %v; want an error that lists the levels", err)
	}
}

func TestAdminMethods(t *testing.T) {
	h := handler(AdminOptions{
		Reload:   func(context.Context) (Reload, error) { return Reload{}, errors.New("must not be called") },
		LogLevel: func() string { return "info" }, SetLogLevel: func(string) error { return nil },
	})
	for path, allow := range map[string]string{
		"/v1/status": "GET, HEAD", "/v1/shutdown": "POST", "/v1/reload": "POST", "/v1/log-level": "GET, HEAD, PUT",
	} {
		if w := ask(h, "DELETE", path, ""); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
			t.Errorf("DELETE %s = %d, Allow %q; want 405, %q", path, w.Code, w.Header().Get("Allow"), allow)
		}
	}
	if w := ask(h, "GET", "/v1/reload", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET /v1/reload = %d; want 405", w.Code)
	}
	without := handler(AdminOptions{})
	for _, path := range []string{"/v1/reload", "/v1/log-level"} {
		if w := ask(without, "POST", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("POST %s of a server that has it not = %d; want 404", path, w.Code)
		}
		r := httptest.NewRequest("POST", path, nil)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
			t.Errorf("POST %s without the token = %d; want 401", path, w.Code)
		}
	}
}

// Programs that read the status of older versions go on understanding it.
func TestStatusKeepsItsFields(t *testing.T) {
	s := Status{Started: started, Certificates: []CertInfo{{NotAfter: started}}, Listeners: []Listener{{}}}
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"","version":"","pid":0,"started":"2026-03-01T12:00:00Z","uptimeSeconds":0,"configFile":"",` +
		`"ready":false,"draining":false,"listeners":[{"address":"","kind":"","secure":false}],` +
		`"connections":{"open":null,"sniffing":0,"accepted":0,"routed":0,"refused":0,"handshakeFailed":0},` +
		`"tlsPolicy":"","certificates":[{"source":"","serial":"","notAfter":"2026-03-01T12:00:00Z"}]}`
	if string(got) != want {
		t.Errorf("JSON of an old status:\ngot  %s\nwant %s", got, want)
	}
}
