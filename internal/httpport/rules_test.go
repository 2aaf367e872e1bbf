package httpport

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
)

// visits is a handler that notes the paths it was asked for.
type visits struct {
	mu    sync.Mutex
	paths []string
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paths = append(v.paths, r.Method+" "+r.URL.String())
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, "here")
}

func (v *visits) take() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	paths := v.paths
	v.paths = nil
	return paths
}

func TestMethods(t *testing.T) {
	v := new(visits)
	addr := plainHTTP1.start(t, New(Config{Handler: v, Log: zap.NewNop()}))
	for _, test := range []struct {
		method string
		status int
		closed bool
	}{
		{"GET", 200, false}, {"HEAD", 200, false}, {"POST", 200, false}, {"PUT", 200, false},
		{"PATCH", 200, false}, {"DELETE", 200, false}, {"OPTIONS", 200, false},
		{"TRACE", 405, true}, {"CONNECT", 405, true},
		{"PROPFIND", 501, true}, {"get", 501, true}, {"PRI", 501, true},
		{strings.Repeat("X", 3000), 501, true},
	} {
		target := "/x"
		if test.method == "CONNECT" {
			target = "example.org:443"
		}
		c := dialRaw(t, addr, test.method+" "+target+" HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
		resp, _ := c.answer(test.method)
		if resp.StatusCode != test.status || resp.Close != test.closed {
			t.Errorf("%.20s: status %d, close %v; want %d, %v", test.method, resp.StatusCode, resp.Close, test.status, test.closed)
		}
		if test.closed {
			c.wantClosed()
		}
		if got, want := resp.Header.Get("Allow") != "", test.status == 405; got != want {
			t.Errorf("%.20s: has Allow: %v; want %v", test.method, got, want)
		}
		if got, want := len(v.take()) == 1, test.status == 200; got != want {
			t.Errorf("%.20s: reached the handler: %v; want %v", test.method, got, want)
		}
	}
}

func TestMethodsHTTP2(t *testing.T) {
	v := new(visits)
	addr := tlsHTTP2.start(t, New(Config{Handler: v, Log: zap.NewNop()}))
	client := tlsHTTP2.client(t, addr)
	for method, want := range map[string]int{"GET": 200, "TRACE": 405, "PROPFIND": 501} {
		req, err := http.NewRequest(method, tlsHTTP2.url("/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := do(t, client, req).StatusCode; got != want {
			t.Errorf("%s = %d; want %d", method, got, want)
		}
	}
}

func TestPrefaceInsideTLSWithoutALPN(t *testing.T) {
	v := new(visits)
	srv := New(Config{Handler: v, Log: zap.NewNop()})
	addr := tlsSniffed.start(t, srv)
	req, err := http.NewRequest("PRI", tlsSniffed.url("/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := do(t, tlsSniffed.client(t, addr), req).StatusCode; got != http.StatusNotImplemented {
		t.Errorf("PRI = %d; want %d", got, http.StatusNotImplemented)
	}
	if got := v.take(); len(got) > 0 {
		t.Errorf("handler saw %q; want nothing", got)
	}
}

// TestSmuggling sends messages that a proxy in front could have split
// otherwise. What follows them must never be taken for a request.
func TestSmuggling(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	v := new(visits)
	addr := plainHTTP1.start(t, New(Config{Handler: v, Log: zap.NewNop()}))
	for _, test := range []struct{ name, send, want string }{
		{"both lengths", "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /first"},
		{"both lengths, other order", "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n", "POST /first"},
		{"chunked alone", "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "POST /first"},
		{"keep-alive asked for", "POST /first HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /first"},
		{"HTTP/1.0, chunked ignored", "GET /first HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", "GET /first"},
		{"HTTP/1.0, both", "POST /first HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /first"},
		{"refused method with body", "TRACE /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", ""},
		{"bad host with body", "POST /first HTTP/1.1\r\nHost: a/b\r\nContent-Length: 3\r\n\r\nabc", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dialRaw(t, addr, test.send+smuggled)
			resp, _ := c.answer("POST")
			if !resp.Close {
				t.Error("answer leaves the connection open")
			}
			c.wantClosed()
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if got := v.take(); !slices.Equal(got, want) {
				t.Errorf("handler saw %q; want %q", got, want)
			}
		})
	}
}

func TestHandlerCannotKeepAnAmbiguousConnection(t *testing.T) {
	addr := plainHTTP1.start(t, New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "keep-alive")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Connection", "keep-alive")
		w.WriteHeader(http.StatusNoContent)
	})}))
	c := dialRaw(t, addr, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	if resp, _ := c.answer("POST"); resp.StatusCode != http.StatusEarlyHints {
		t.Fatalf("first answer is %d; want %d", resp.StatusCode, http.StatusEarlyHints)
	}
	if resp, _ := c.answer("POST"); resp.StatusCode != http.StatusNoContent || !resp.Close {
		t.Errorf("answer %d, close %v; want 204, true", resp.StatusCode, resp.Close)
	}
	c.wantClosed()
}

func TestPlainRequestsKeepTheirConnection(t *testing.T) {
	v := new(visits)
	addr := plainHTTP1.start(t, New(Config{Handler: v, Log: zap.NewNop()}))
	c := dialRaw(t, addr, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
	c.answer("POST")
	c.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
	c.answer("GET")
	if got, want := v.take(), []string{"POST /1", "GET /2"}; !slices.Equal(got, want) {
		t.Errorf("handler saw %q; want %q", got, want)
	}
}

func TestTargetsAndHosts(t *testing.T) {
	v := new(visits)
	addr := plainHTTP1.start(t, New(Config{Handler: v, Log: zap.NewNop()}))
	for _, test := range []struct {
		line, host string
		status     int
		seen       string
	}{
		{"GET /a?b=c HTTP/1.1", "Host: server:5012", 200, "GET /a?b=c"},
		{"GET http://other:5012/a?b HTTP/1.1", "Host: server", 200, "GET /a?b"},
		{"GET https://u:p@other/a HTTP/1.1", "Host: server", 200, "GET /a"},
		{"GET ftp://other/a HTTP/1.1", "Host: server", 400, ""},
		{"GET http:a HTTP/1.1", "Host: server", 400, ""},
		{"GET http://a$b/ HTTP/1.1", "Host: server", 400, ""},
		{"GET * HTTP/1.1", "Host: server", 400, ""},
		{"OPTIONS * HTTP/1.1", "Host: server", 204, ""},
		{"GET / HTTP/1.1", "Host: ", 400, ""},
		{"GET / HTTP/1.1", "Host: a b", 400, ""},
		{"GET / HTTP/1.1", "Host: <script>", 400, ""},
		{"GET / HTTP/1.1", "Host: " + strings.Repeat("a.", 200) + "b", 400, ""},
		{"GET / HTTP/1.1", "X-Nothing: 1", 400, ""},
		{"GET / HTTP/1.0", "X-Nothing: 1", 200, "GET /"},
	} {
		c := dialRaw(t, addr, test.line+"\r\n"+test.host+"\r\n\r\n")
		resp, _ := c.answer("GET")
		if resp.StatusCode != test.status {
			t.Errorf("%s, %.40s: status %d; want %d", test.line, test.host, resp.StatusCode, test.status)
		}
		if test.status == 400 {
			c.wantClosed()
		}
		if got := strings.Join(v.take(), ","); got != test.seen {
			t.Errorf("%s, %.40s: handler saw %q; want %q", test.line, test.host, got, test.seen)
		}
	}
}

func TestGeneralOptions(t *testing.T) {
	addr := plainHTTP1.start(t, New(Config{Handler: http.NotFoundHandler(), Log: zap.NewNop()}))
	c := dialRaw(t, addr, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
	resp, _ := c.answer("OPTIONS")
	if got, want := resp.Header.Get("Allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"; got != want {
		t.Errorf("Allow = %q; want %q", got, want)
	}
}

func TestRefusalsGoThroughTheErrorWriter(t *testing.T) {
	addr := plainHTTP1.start(t, New(Config{
		Handler: http.NotFoundHandler(), Log: zap.NewNop(),
		Error: func(w http.ResponseWriter, r *http.Request, status int, detail string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, r.URL.Path+": "+detail)
		},
	}))
	c := dialRaw(t, addr, "TRACE /api/x HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, got := c.answer("TRACE"); got != "/api/x: TRACE is not allowed on this server." {
		t.Errorf("body = %q; want the writer's", got)
	}
}

func TestValidHost(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	for host, want := range map[string]bool{
		"localhost": true, "server:5012": true, "SRV_01.local": true, "a.b.c.": true, "xn--80ak6aa92e.com": true,
		"10.0.0.1": true, "10.0.0.1:80": true, "[::1]": true, "[::1]:5012": true, "[::ffff:1.2.3.4]": true,
		"server:": true, "server:0": true, "server:65535": true, label63 + ".x": true,

		"": false, ".": false, ":80": false, "a..b": false, ".a": false, label63 + "a": false,
		"server:65536": false, "server:-1": false, "server:+1": false, "server:8x": false, "server:80:80": false,
		"::1": false, "[::1": false, "[]": false, "[1.2.3.4]": false, "[fe80::1%25eth0]": false, "[fe80::1%eth0]": false,
		"[::1]x": false, "[::1]80": false, "[[::1]]": false, "[[::1]": false, "a]": false,
		"a/b": false, "a@b": false, "a b": false, "a\x00": false, "a%20b": false, "é.example": false, `a"b`: false, "<b>": false,
		strings.Repeat("a.", 130): false,
	} {
		if got := validHost(host); got != want {
			t.Errorf("validHost(%q) = %v; want %v", host, got, want)
		}
	}
}

func FuzzValidHost(f *testing.F) {
	for _, seed := range []string{"localhost:5012", "[::1]:80", "[", "a:b:c", "[[::1]]:1", "a.b.", "0:", "[[::0]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !validHost(host) {
			return
		}
		u, err := url.Parse("https://" + host + "/")
		if err != nil {
			t.Fatalf("validHost(%q) = true, but no URL can hold it: %v", host, err)
		}
		if u.Host != host || u.Path != "/" || u.User != nil {
			t.Errorf("in a URL, %q became host %q, path %q, user %v", host, u.Host, u.Path, u.User)
		}
	})
}
