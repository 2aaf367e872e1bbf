package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// corsMount is a mount as apps need it.
func corsMount(change func(*CORS)) *mount {
	c := CORS{Enable: true, Origins: []string{"http://localhost", "ionic://localhost", "capacitor://localhost"}, Credentials: true, MaxAge: 2 * time.Minute}
	if change != nil {
		change(&c)
	}
	return newMount(&Mount{Path: "/rest", CORS: c})
}

func TestPreflight(t *testing.T) {
	any := func(c *CORS) { c.Origins = []string{"*"} }
	anonymous := func(c *CORS) { c.Origins, c.Credentials = []string{"*"}, false }
	for _, tt := range []struct {
		name, origin, method, headers string
		change                        func(*CORS)
		allowed, allowedHeaders       string
	}{
		{"android", "http://localhost", "PUT", "authorization, tenantId", nil, "http://localhost", "authorization, tenantId"},
		{"iOS", "ionic://localhost", "DELETE", "X-B,authorization,Content-Type", nil, "ionic://localhost", "X-B, authorization, Content-Type"},
		{"newer iOS", "capacitor://localhost", "GET", "", nil, "capacitor://localhost", ""},
		{"scheme and host in capitals", "HTTP://LOCALHOST", "GET", "", nil, "HTTP://LOCALHOST", ""},
		{"another scheme", "https://localhost", "GET", "", nil, "", ""},
		{"another port", "http://localhost:8080", "GET", "", nil, "", ""},
		{"a suffix", "http://localhost.evil.example", "GET", "", nil, "", ""},
		{"a prefix", "http://evil-localhost", "GET", "", nil, "", ""},
		{"a path", "http://localhost/", "GET", "", nil, "", ""},
		{"none of its own", "null", "GET", "", nil, "", ""},
		{"none of its own, any", "null", "GET", "", any, "", ""},
		{"any", "https://a.example", "POST", "x", any, "https://a.example", "x"},
		{"any, without credentials", "https://a.example", "POST", "x", anonymous, "*", "x"},
		{"a header that is none", "http://localhost", "GET", "a\tb, c", nil, "http://localhost", ""},
		{"too many headers", "http://localhost", "GET", strings.Repeat("abc,", 2000), nil, "http://localhost", ""},
	} {
		r := httptest.NewRequest(http.MethodOptions, "/rest/x", nil)
		r.Header.Set("Origin", tt.origin)
		r.Header.Set("Access-Control-Request-Method", tt.method)
		if tt.headers != "" {
			r.Header.Set("Access-Control-Request-Headers", tt.headers)
		}
		rec := httptest.NewRecorder()
		if !corsMount(tt.change).cors(rec, r) || rec.Code != http.StatusNoContent {
			t.Errorf("%s: the preflight is not answered: %d", tt.name, rec.Code)
		}
		h := rec.Header()
		if got := h.Get("Access-Control-Allow-Origin"); got != tt.allowed {
			t.Errorf("%s: allowed origin %q; want %q", tt.name, got, tt.allowed)
		}
		if got := h.Get("Access-Control-Allow-Headers"); got != tt.allowedHeaders {
			t.Errorf("%s: allowed headers %q; want %q", tt.name, got, tt.allowedHeaders)
		}
		if vary := strings.Join(h.Values("Vary"), ","); !strings.Contains(vary, "Origin") {
			t.Errorf("%s: Vary %q has no Origin", tt.name, vary)
		}
		if tt.allowed == "" {
			if h.Get("Access-Control-Allow-Methods") != "" || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: a refused origin gets %v", tt.name, h)
			}
			continue
		}
		if got := h.Get("Access-Control-Max-Age"); got != "120" {
			t.Errorf("%s: max age %q; want 120", tt.name, got)
		}
		if got := h.Get("Access-Control-Allow-Methods"); !strings.Contains(got, tt.method) {
			t.Errorf("%s: allowed methods %q lack %s", tt.name, got, tt.method)
		}
		if got, want := h.Get("Access-Control-Allow-Credentials") == "true", tt.allowed != "*"; got != want {
			t.Errorf("%s: credentials %v; want %v", tt.name, got, want)
		}
	}
}

func TestCORSOfOtherRequests(t *testing.T) {
	ask := func(m *mount, method, origin string) (http.Header, bool) {
		r := httptest.NewRequest(method, "/rest/x", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		rec := httptest.NewRecorder()
		return rec.Header(), m.cors(rec, r)
	}
	if h, answered := ask(corsMount(nil), "POST", "ionic://localhost"); answered || h.Get("Access-Control-Allow-Origin") != "ionic://localhost" ||
		!strings.Contains(h.Get("Access-Control-Expose-Headers"), headerRequestID) {
		t.Errorf("a page of an allowed origin gets %v, answered %v", h, answered)
	}
	if h, answered := ask(corsMount(nil), "POST", "https://evil.example"); answered || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
		t.Errorf("a page of another origin gets %v, answered %v", h, answered)
	}
	if h, answered := ask(corsMount(nil), "GET", ""); answered || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
		t.Errorf("a request without origin gets %v, answered %v", h, answered)
	}
	if _, answered := ask(corsMount(nil), "OPTIONS", "http://localhost"); answered {
		t.Error("OPTIONS without Access-Control-Request-Method is taken for a preflight")
	}
	if h, answered := ask(corsMount(func(c *CORS) { c.Enable = false }), "OPTIONS", "http://localhost"); answered || len(h) != 0 {
		t.Errorf("without CORS the answer has %v, answered %v", h, answered)
	}
}
