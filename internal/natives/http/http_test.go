package http

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// open is the Guard of tests, whose servers are on this machine.
var open = Guard{DenyTo: DefaultDeny()}

// newSettings are settings as of a configuration without any key, but for TLS: the client
// trusts pool.
func newSettings(pool *x509.CertPool) *Settings {
	return &Settings{
		Guard: open, Timeout: 20 * time.Second, MaxResponse: 4 << 20, Verify: true,
		TLS: func(verify bool, certificate *tls.Certificate) *tls.Config {
			c := &tls.Config{RootCAs: pool, InsecureSkipVerify: !verify, MinVersion: tls.VersionTLS12}
			if certificate != nil {
				c.Certificates = []tls.Certificate{*certificate}
			}
			return c
		},
	}
}

// program is a thread that calls the functions.
type program struct {
	t      *testing.T
	thread *vm.Thread
}

func newProgram(t *testing.T, s *Settings, o vm.Options) *program {
	t.Helper()
	client := NewClient(ClientOptions{Agent: "test/1", Settings: func() *Settings { return s }})
	p, err := vm.Link(nil, Library(Options{Client: client}))
	if err != nil {
		t.Fatal(err)
	}
	return &program{t: t, thread: p.NewThread(o)}
}

// call calls a function; an argument *string is passed by reference, and set.
func (p *program) call(name string, args ...any) vm.Value {
	p.t.Helper()
	v, err := p.try(name, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	return v
}

func (p *program) try(name string, args ...any) (vm.Value, error) {
	values := make([]vm.Value, len(args))
	for i, a := range args {
		values[i] = toValue(a)
	}
	v, err := p.thread.Call(name, values...)
	for i, a := range args {
		if to, ok := a.(*string); ok {
			*to = vm.Args(values).Get(i).Text()
		}
	}
	return v, err
}

func toValue(a any) vm.Value {
	switch a := a.(type) {
	case string:
		return vm.Str(a)
	case *string:
		return vm.NewRef(vm.Str(*a))
	case int:
		return vm.Int(a)
	case float64:
		return vm.Num(a)
	case bool:
		return vm.Bool(a)
	case []string:
		elems := make([]vm.Value, len(a))
		for i, s := range a {
			elems[i] = vm.Str(s)
		}
		return vm.NewArray(elems)
	case vm.Value:
		return a
	case nil:
		return vm.Value{}
	}
	panic(fmt.Sprintf("no value for %T", a))
}

// status returns what HttpGetStatus gives.
func (p *program) status() (int, string) {
	var text string
	n := p.call("HttpGetStatus", &text)
	return int(n.Float()), text
}

// wantFault checks that a call gave NIL for a reason with the text.
func (p *program) wantFault(v vm.Value, text string) {
	p.t.Helper()
	n, got := p.status()
	if !v.IsNil() || n != 0 || !strings.Contains(got, text) {
		p.t.Errorf("got %v, status %d, error %q; want NIL, 0 and an error with %q", v, n, got, text)
	}
}

// echo answers with what it was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Seen", "yes")
	fmt.Fprintf(w, "%s %s|%s|%s|%s|%s|%s", r.Method, r.RequestURI, r.Host, r.Header.Get("User-Agent"),
		r.Header.Get("Content-Type"), r.Header.Get("X-Own"), body)
}

func TestFunctions(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	const agent = "Mozilla/4.0 (compatible; test/1)"
	const form = "application/x-www-form-urlencoded"
	var header string
	tests := []struct {
		fn   string
		args []any
		want string
	}{
		{"HttpGet", []any{server.URL}, "GET /|" + host + "|" + agent + "|||"},
		{"HttpGet", []any{server.URL + "/a?b=1", "c=2", 5, []string{"X-Own: 3", "user-agent: me"}, &header}, "GET /a?b=1&c=2|" + host + "|me||3|"},
		{"HttpGet", []any{server.URL + "/a b", "x=\xe7 d"}, "GET /a%20b?x=%E7%20d|" + host + "|" + agent + "|||"},
		{"HttpPost", []any{server.URL, "a=1", "b=\xe7"}, "POST /?a=1|" + host + "|" + agent + "|" + form + "||b=\xe7"},
		{"HttpPost", []any{server.URL, nil, "{}", nil, []string{"Content-Type: application/json\r\n"}, &header}, "POST /|" + host + "|" + agent + "|application/json||{}"},
		{"HttpQuote", []any{server.URL, "patch", "a=1", "b", 5.5, []string{"Host: other"}, &header}, "PATCH /?a=1|other|" + agent + "|" + form + "||b"},
		{"HttpQuote", []any{server.URL}, "GET /|" + host + "|" + agent + "|||"},
		{"HttpCGet", []any{server.URL, "a=1", 5, nil, &header}, "GET /?a=1|" + host + "|" + agent + "|||"},
		{"HttpCPost", []any{server.URL, "b=1", 5, "", &header}, "POST /|" + host + "|" + agent + "|" + form + "||b=1"},
	}
	p := newProgram(t, newSettings(nil), vm.Options{})
	for _, tt := range tests {
		header = "old"
		got := p.call(tt.fn, tt.args...)
		if !got.IsStr() || got.Text() != tt.want {
			t.Errorf("%s(%.60v) = %v; want %q", tt.fn, tt.args, got, tt.want)
		}
		if header != "old" && (!strings.HasPrefix(header, "HTTP/1.1 200 OK\r\n") || !strings.Contains(header, "\r\nX-Seen: yes\r\n")) {
			t.Errorf("%s: header = %q", tt.fn, header)
		}
		if n, text := p.status(); n != 200 || text != "" {
			t.Errorf("%s: HttpGetStatus = %d, %q; want 200 and no error", tt.fn, n, text)
		}
	}
}

func TestStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "none of that", http.StatusNotFound)
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	if n, text := p.status(); n != 0 || text != "" {
		t.Errorf("before any request: %d, %q; want 0, none", n, text)
	}
	if v := p.call("HttpGet", server.URL); v.Text() != "none of that\n" {
		t.Errorf("body of a 404 = %v", v)
	}
	if n, text := p.status(); n != 404 || text != "404 Not Found" {
		t.Errorf("HttpGetStatus = %d, %q; want 404, 404 Not Found", n, text)
	}
}

func TestFailures(t *testing.T) {
	down := httptest.NewServer(nil)
	down.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}))
	defer cut.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer secure.Close()
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	tests := []struct {
		name string
		fn   string
		args []any
		want string
	}{
		{"refused", "HttpGet", []any{down.URL}, "nothing listens on this port"},
		{"no host", "HttpGet", []any{"http://no-such-host.invalid/"}, "no host with this name"},
		{"cut", "HttpGet", []any{cut.URL}, "before its answer was complete"},
		{"no scheme", "HttpGet", []any{"www.example.org"}, "http:// or https://"},
		{"line end in the address", "HttpGet", []any{plain.URL + "/a\r\nX: y"}, "control character"},
		{"line end in parameters", "HttpGet", []any{plain.URL, "a=1 HTTP/1.1\r\nX: y"}, "control character"},
		{"line end in a header", "HttpGet", []any{plain.URL, "", 1, []string{"X: y\r\nZ: w"}}, "control character"},
		{"no colon", "HttpGet", []any{plain.URL, "", 1, []string{"X"}}, "no colon"},
		{"bad name", "HttpGet", []any{plain.URL, "", 1, []string{"X y: z"}}, "not allowed"},
		{"bad method", "HttpQuote", []any{plain.URL, "GET /x"}, "method"},
		{"tunnel", "HttpQuote", []any{plain.URL, "connect"}, "method"},
		{"https only", "HTTPSGet", []any{plain.URL}, "https://"},
		{"plain server", "HTTPSGet", []any{strings.Replace(plain.URL, "http", "https", 1)}, "does not speak TLS"},
		{"unknown authority", "HTTPSGet", []any{secure.URL}, "unknown authority"},
		{"metadata", "HttpGet", []any{"http://169.254.169.254/latest/"}, "DenyTo"},
		{"files without a root path", "HTTPSGet", []any{secure.URL, `\certs\a.pem`}, "RootPath"},
		{"key alone", "HTTPSGet", []any{secure.URL, "", `\certs\a.key`}, "no certificate"},
	}
	p := newProgram(t, newSettings(x509.NewCertPool()), vm.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.t = t
			p.wantFault(p.call(tt.fn, tt.args...), tt.want)
		})
	}
}

// TestSecrets: what fails does not tell the parts of an address that hold secrets.
func TestSecrets(t *testing.T) {
	down := httptest.NewServer(nil)
	down.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	address := strings.Replace(down.URL, "://", "://user:hidden1@", 1)
	for _, a := range []string{address + "/?token=hidden2", address + ":x/?token=hidden2", "http://user:hidden1@[::1:80/"} {
		p.call("HttpGet", a, "key=hidden3", nil, []string{"Authorization: hidden4"})
		if n, text := p.status(); n != 0 || strings.Contains(text, "hidden") || strings.Contains(text, "user") {
			t.Errorf("HttpGetStatus = %d, %q", n, text)
		}
	}
}

// TestSecretsInProgramErrors: nor does the report of an error of the program.
func TestSecretsInProgramErrors(t *testing.T) {
	p := newProgram(t, newSettings(nil), vm.Options{})
	for fn, args := range map[string][]any{
		"HttpGet":       {"http://x/?token=hidden", "key=hidden", "1"},
		"HTTPSGet":      {"https://x", "a", "b", "hidden", "", "1"},
		"HttpSetPass":   {1, "hidden"},
		"SetProxy":      {"proxy", "8080", "user", "hidden"},
		"HTTPSSLClient": {0, 0, 0, "hidden", 1},
	} {
		_, err := p.try(fn, args...)
		fault, ok := errors.AsType[*vm.Error](err)
		if !ok || len(fault.Args) > 0 || strings.Contains(fault.Error(), "hidden") {
			t.Errorf("%s: error = %v, with the arguments %v", fn, err, fault.Args)
		}
	}
	o := p.call("FWRest").Object().Native
	_, err := o.Send(p.thread, "PUT", vm.Args{vm.Int(1), vm.Str("hidden")})
	if fault, ok := errors.AsType[*vm.Error](err); !ok || len(fault.Args) > 0 {
		t.Errorf("FWRest: error = %v, with its arguments", err)
	}
}

func TestProgramErrors(t *testing.T) {
	p := newProgram(t, newSettings(nil), vm.Options{})
	for _, args := range [][]any{
		{}, {1}, {"http://x", 1}, {"http://x", "", "1"}, {"http://x", "", 1, "X: y"}, {"http://x", "", 1, vm.NewArray([]vm.Value{vm.Int(1)})},
	} {
		if _, err := p.try("HttpGet", args...); err == nil {
			t.Errorf("HttpGet(%v) = no error; want one", args)
		}
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for { // data all the time: the time is that of the whole request
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-release:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}))
	defer server.Close()
	defer close(release)
	p := newProgram(t, newSettings(nil), vm.Options{})
	begun := time.Now()
	p.wantFault(p.call("HttpGet", server.URL, "", 0.3), "within 0.3 s")
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// TestCancel: a thread that is cancelled does not wait for the server.
func TestCancel(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer server.Close()
	defer close(release)
	p := newProgram(t, newSettings(nil), vm.Options{})
	reason := errors.New("killed")
	var cancelled time.Time
	go func() {
		<-arrived
		cancelled = time.Now()
		p.thread.Cancel(reason)
	}()
	_, err := p.try("HttpGet", server.URL)
	if !errors.Is(err, reason) {
		t.Errorf("error = %v; want the reason of Cancel", err)
	}
	if took := time.Since(cancelled); took > time.Minute {
		t.Errorf("it ended %v after Cancel", took)
	}
}

func TestBlocked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	waits := 0
	p := newProgram(t, newSettings(nil), vm.Options{Block: func(wait func()) { waits++; wait() }})
	p.call("HttpGet", server.URL)
	if waits == 0 {
		t.Error("the thread kept its turn to compute while it waited")
	}
}

func TestLimits(t *testing.T) {
	const size = 3 << 20
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var to io.Writer = w
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			to = z
		}
		chunk := make([]byte, 64<<10)
		for range size / len(chunk) {
			if _, err := to.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	s := newSettings(nil)
	p := newProgram(t, s, vm.Options{})
	for _, path := range []string{"/", "/gzip"} {
		s.MaxResponse = size
		if v := p.call("HttpGet", server.URL+path); v.Len() != size {
			t.Errorf("%s: %d bytes; want %d", path, v.Len(), size)
		}
		s.MaxResponse = size - 1
		p.wantFault(p.call("HttpGet", server.URL+path), "MaxResponse")
	}
	s.MaxResponse = size
	small := newProgram(t, s, vm.Options{Limits: vm.Limits{String: size - 1}})
	if _, err := small.try("HttpGet", server.URL); err == nil || !strings.Contains(err.Error(), "string") {
		t.Errorf("error = %v; want that of a string that is too long", err)
	}
	exact := newProgram(t, s, vm.Options{Limits: vm.Limits{String: size}})
	if v := exact.call("HttpGet", server.URL); v.Len() != size {
		t.Errorf("%d bytes; want %d", v.Len(), size)
	}
	poor := newProgram(t, s, vm.Options{Limits: vm.Limits{Memory: 1 << 20}})
	if _, err := poor.try("HttpGet", server.URL); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("error = %v; want that of too little memory", err)
	}
}

// TestOwnCompression: who asks for gzip gets it.
func TestOwnCompression(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("\x1f\x8bpacked"))
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	var header string
	v := p.call("HttpGet", server.URL, "", nil, []string{"Accept-Encoding: gzip"}, &header)
	if v.Text() != "\x1f\x8bpacked" || !strings.Contains(header, "Content-Encoding: gzip") {
		t.Errorf("%v with %q; want it as it was sent", v, header)
	}
}

func TestRedirects(t *testing.T) {
	var seen []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Referer"} {
			if r.Header.Get(name) != "" {
				seen = append(seen, name)
			}
		}
		echo(w, r)
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/here":
			echo(w, r)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		default:
			var status int
			var to string
			_, _ = fmt.Sscanf(r.URL.Path, "/%d/%s", &status, &to)
			if to == "here" {
				to = "/here"
			} else {
				to = other.URL
			}
			http.Redirect(w, r, to, status)
		}
	}))
	defer first.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	secrets := []string{"Authorization: a", "Cookie: b", "X-Api-Key: c", "X-Own: d"}

	if v := p.call("HttpGet", first.URL+"/302/here", "", nil, secrets); !strings.HasPrefix(v.Text(), "GET /here|") || !strings.Contains(v.Text(), "|d|") {
		t.Errorf("same server: %v", v)
	}
	if v := p.call("HttpGet", first.URL+"/302/other", "", nil, secrets); !strings.HasPrefix(v.Text(), "GET /|") || len(seen) > 0 {
		t.Errorf("other server: %v, which saw %v", v, seen)
	}
	p.call("HttpGet", first.URL+"/302/here", "", nil, nil, nil, false)
	if n, _ := p.status(); n != 302 {
		t.Errorf("lFollow .F.: status %d; want 302", n)
	}
	for status, followed := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		v := p.call("HttpPost", fmt.Sprintf("%s/%d/here", first.URL, status), "", "body")
		n, _ := p.status()
		if followed && (n != 200 || !strings.HasPrefix(v.Text(), "POST /here|") || !strings.HasSuffix(v.Text(), "|body")) || !followed && n != status {
			t.Errorf("POST with %d: status %d, %v", status, n, v)
		}
	}
	p.wantFault(p.call("HttpGet", first.URL+"/loop"), "more than 10 times")
	p.wantFault(p.call("HttpGet", first.URL+"/file"), "unsupported protocol scheme")
	p.wantFault(p.call("HttpGet", first.URL+"/metadata"), "DenyTo")
}

// TestRedirectToPlain: a redirect from https to http is the answer.
func TestRedirectToPlain(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	p := newProgram(t, newSettings(poolOf(secure)), vm.Options{})
	p.call("HTTPSGet", secure.URL)
	if n, _ := p.status(); n != 302 {
		t.Errorf("status %d; want 302", n)
	}
}

func poolOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func TestVerify(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer secure.Close()
	s := newSettings(x509.NewCertPool())
	var unverified []string
	s.HandshakeBegins = func(host string, verify bool) {
		if !verify {
			unverified = append(unverified, host)
		}
	}
	s.HandshakeEnds = func(string, tls.ConnectionState, error) {}
	p := newProgram(t, s, vm.Options{})
	p.wantFault(p.call("HTTPSGet", secure.URL), "unknown authority")
	if v := p.call("HTTPSGet", secure.URL, "", "", "", "", 5, nil, nil, false, false); !v.IsStr() || len(unverified) != 1 {
		t.Errorf("lVerify .F.: %v, handshakes without verifying: %v", v, unverified)
	}
	p.wantFault(p.call("HTTPSGet", secure.URL), "unknown authority") // not over the connection of before
	s.Verify = false
	if v := p.call("HTTPSPost", secure.URL, "", "", "", "", "b"); !v.IsStr() {
		t.Errorf("VerifyServer=0: %v", v)
	}
	p = newProgram(t, newSettings(poolOf(secure)), vm.Options{})
	if v := p.call("HTTPSQuote", secure.URL, "", "", "", "PUT", "a=1", "b"); !strings.HasPrefix(v.Text(), "PUT /?a=1|") {
		t.Errorf("verified: %v", v)
	}
}

// TestKeepAlive: connections are kept, until the settings change.
func TestKeepAlive(t *testing.T) {
	addrs := map[string]bool{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { addrs[r.RemoteAddr] = true }))
	closed := make(chan struct{}, 10)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	s := newSettings(nil)
	client := NewClient(ClientOptions{Agent: "test/1", Settings: func() *Settings { return s }})
	linked, err := vm.Link(nil, Library(Options{Client: client}))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p := &program{t: t, thread: linked.NewThread(vm.Options{})}
		p.call("HttpGet", server.URL)
	}
	if len(addrs) != 1 {
		t.Errorf("%d connections; want 1", len(addrs))
	}
	s = newSettings(nil)
	p := &program{t: t, thread: linked.NewThread(vm.Options{})}
	p.call("HttpGet", server.URL)
	if len(addrs) != 2 {
		t.Errorf("%d connections after a change; want 2", len(addrs))
	}
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("after a change the connection of before is still open")
	}
}

func TestPoolBound(t *testing.T) {
	s := newSettings(nil)
	for i := range maxTransports + 10 {
		s.pool.transport(s, transportKey{proxy: fmt.Sprint(i)}, nil, nil)
		s.pool.transport(s, transportKey{}, nil, nil)
	}
	if n := len(s.pool.transports); n != maxTransports {
		t.Errorf("%d transports; want %d", n, maxTransports)
	}
	if s.pool.transports[transportKey{}] == nil {
		t.Error("the one that was used last is gone")
	}
}

func TestSetPass(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	p.call("HttpSetPass", "user", "pass")
	const basic = "Basic dXNlcjpwYXNz"
	if got := p.call("HttpGet", server.URL).Text(); got != basic {
		t.Errorf("Authorization = %q; want %q", got, basic)
	}
	if got := p.call("HttpGet", server.URL, "", nil, []string{"Authorization: own"}).Text(); got != "own" {
		t.Errorf("Authorization = %q; want own", got)
	}
	p.call("HttpSetPass")
	if got := p.call("HttpGet", server.URL).Text(); got != "" {
		t.Errorf("Authorization = %q; want none", got)
	}
	if got := p.call("HttpGet", strings.Replace(server.URL, "//", "//user:pass@", 1)).Text(); got != basic {
		t.Errorf("Authorization of the address = %q; want %q", got, basic)
	}
}

// TestReset: what a call of a worker sets is not for the next, but what OnStart has set is.
func TestReset(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	p.call("HttpSetPass", "user", "pass")
	p.thread.Keep()
	p.call("HttpSetPass", "other", "secret")
	p.call("HttpGet", server.URL)
	p.thread.Reset()
	if n, _ := p.status(); n != 0 {
		t.Errorf("status of the call before: %d", n)
	}
	if got := p.call("HttpGet", server.URL).Text(); got != "Basic dXNlcjpwYXNz" {
		t.Errorf("Authorization = %q; want that of before Keep", got)
	}
	fresh := newProgram(t, newSettings(nil), vm.Options{})
	fresh.thread.Keep()
	fresh.call("HttpSetPass", "other", "secret")
	fresh.thread.Reset()
	if got := fresh.call("HttpGet", server.URL).Text(); got != "" {
		t.Errorf("Authorization = %q; want none", got)
	}
}

// newProxyServer is a proxy that asks for user:pass, and notes what it is asked for.
func newProxyServer(t *testing.T, seen *[]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*seen = append(*seen, r.Method+" "+r.RequestURI)
		if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwYXNz" {
			http.Error(w, "", http.StatusProxyAuthRequired)
			return
		}
		if r.Method == http.MethodConnect {
			tunnel(w, r)
			return
		}
		r.Header.Del("Proxy-Authorization")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(server.Close)
	return server
}

func tunnel(w http.ResponseWriter, r *http.Request) {
	conn, err := dialPlain(r.Context(), r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer conn.Close()
	w.WriteHeader(http.StatusOK)
	client, begun, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	go func() { _, _ = io.Copy(conn, begun) }() // what the client has sent already, and the rest
	_, _ = io.Copy(client, conn)
}

func TestProxy(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer secure.Close()
	var seen []string
	proxy := newProxyServer(t, &seen)
	at, _ := url.Parse(proxy.URL)
	p := newProgram(t, newSettings(poolOf(secure)), vm.Options{})

	p.call("SetProxy", at.Hostname(), atoi(t, at.Port()), "user", "pass")
	if v := p.call("HttpGet", plain.URL+"/x"); !strings.HasPrefix(v.Text(), "GET /x|") {
		t.Errorf("http: %v", v)
	}
	if v := p.call("HTTPSGet", secure.URL+"/y"); !strings.HasPrefix(v.Text(), "GET /y|") {
		t.Errorf("https: %v", v)
	}
	want := []string{"GET " + plain.URL + "/x", "CONNECT " + strings.TrimPrefix(secure.URL, "https://")}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("the proxy saw %v; want %v", seen, want)
	}

	seen = nil
	p.call("SetNoProxyFor", "x.org; 127.*")
	p.call("HttpGet", plain.URL)
	if len(seen) > 0 {
		t.Errorf("the proxy saw %v; want nothing", seen)
	}
	p.call("SetNoProxyFor")
	p.call("SetProxy", proxy.URL, nil, "user", "wrong-secret")
	p.wantFault(p.call("HTTPSGet", secure.URL), "the proxy refused: 407")
	for _, host := range []string{"169.254.169.254", "2852039166", "0xa9.0xfe.0xa9.0xfe", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"} {
		seen = nil
		p.wantFault(p.call("HttpGet", "http://"+host+"/"), "DenyTo")
		if len(seen) > 0 {
			t.Errorf("the proxy was asked for %v", seen)
		}
	}
	p.call("SetProxy")
	seen = nil
	if p.call("HttpGet", plain.URL); len(seen) > 0 {
		t.Errorf("without SetProxy the proxy saw %v", seen)
	}
}

// TestConfiguredProxy: the proxy of the configuration may be where requests may not.
func TestConfiguredProxy(t *testing.T) {
	var seen []string
	proxy := newProxyServer(t, &seen)
	at, _ := url.Parse(strings.Replace(proxy.URL, "//", "//user:pass@", 1))
	s := newSettings(nil)
	s.Guard.AllowTo = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	s.Proxy = func(*url.URL) (*url.URL, error) { return at, nil }
	p := newProgram(t, s, vm.Options{})
	p.call("HttpGet", "http://name.invalid/") // the proxy says 502
	if n, _ := p.status(); n != 502 || len(seen) != 1 {
		t.Errorf("status %d, the proxy saw %v; want 502 and a request", n, seen)
	}
	p.wantFault(p.call("HttpGet", "http://127.0.0.1/"), "AllowTo")
	p.call("SetProxy", proxy.URL)
	p.wantFault(p.call("HttpGet", "http://name.invalid/"), "AllowTo")
}

func TestNoClient(t *testing.T) {
	linked, err := vm.Link(nil, Library(Options{Fault: "no TLS version is left"}))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, thread: linked.NewThread(vm.Options{})}
	p.wantFault(p.call("HttpGet", "http://localhost"), "no TLS version is left")
	p.wantFault(p.call("HTTPSGet", "https://localhost", "a", "b"), "no TLS version is left")
}

func TestRest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err == nil {
			w.Header().Set("Location", "somewhere")
			w.WriteHeader(status)
		}
		echo(w, r)
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	o := p.call("FWRest")
	send := func(name string, args ...any) vm.Value {
		t.Helper()
		values := make([]vm.Value, len(args))
		for i, a := range args {
			values[i] = toValue(a)
		}
		v, err := o.Object().Native.Send(p.thread, name, values)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return v
	}
	get := func(name string) vm.Value {
		t.Helper()
		v, err := o.Object().Native.Get(p.thread, name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return v
	}
	if send("NEW", server.URL).Object() != o.Object() {
		t.Error("New() is another object")
	}
	if !send("GETHTTPCODE").IsNil() || send("GETRESULT").Text() != "" || get("ORESPONSEH").Object().ClassName() != "FWRESTRESPONSE" {
		t.Error("there is an answer before any request")
	}
	send("SETPATH", "/a")
	send("SETPOSTPARAMS", "posted")
	for _, tt := range []struct {
		method string
		args   []any
		want   string
	}{
		{"GET", nil, "GET /a|"}, {"GET", []any{[]string{"X-Own: 1"}, "b=2"}, "GET /a?b=2|"},
		{"POST", nil, "POST /a|"}, {"PUT", []any{nil, "put"}, "PUT /a|"}, {"PUT", nil, "PUT /a|"}, {"DELETE", []any{[]string{}, "gone"}, "DELETE /a|"},
	} {
		ok := send(tt.method, tt.args...)
		if got := send("GETRESULT").Text(); !ok.Truth() || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s(%v) = %v, %q; want .T., %q", tt.method, tt.args, ok, got, tt.want)
		}
		if send("GETHTTPCODE").Text() != "200" || send("GETLASTERROR").Text() != "200 OK" {
			t.Errorf("%s: code %v, %v", tt.method, send("GETHTTPCODE"), send("GETLASTERROR"))
		}
	}
	for _, tt := range []struct {
		path              string
		legacy, unchecked bool
		want              bool
	}{
		{"/201", true, false, true}, {"/202", true, false, false}, {"/202", false, false, true}, {"/404", true, false, false}, {"/404", true, true, true},
	} {
		send("SETPATH", tt.path)
		send("SETLEGACYSUCCESS", tt.legacy)
		send("SETCHKSTATUS", !tt.unchecked)
		if got := send("POST").Truth(); got != tt.want {
			t.Errorf("%+v: success %t", tt, got)
		}
	}
	if send("GETLASTERROR").Text() != "404 Not Found" {
		t.Errorf("GetLastError() = %v", send("GETLASTERROR"))
	}
	answer := get("ORESPONSEH").Object().Native
	status, _ := answer.Get(p.thread, "CSTATUSCODE")
	reason, _ := answer.Get(p.thread, "CREASON")
	names, _ := answer.Get(p.thread, "AHEADERFIELDS")
	found := false
	for _, f := range names.Array().Elems {
		found = found || f.Array().Elems[0].Text() == "Location" && f.Array().Elems[1].Text() == "somewhere"
	}
	if status.Text() != "404" || reason.Text() != "Not Found" || !found {
		t.Errorf("oResponseH: %v, %v, %v", status, reason, names)
	}

	send("NEW", "http://169.254.169.254")
	send("SETTIMEOUT", 5)
	if send("GET").Truth() || !strings.Contains(get("CINTERNALERROR").Text(), "DenyTo") || !send("GETHTTPCODE").IsNil() || send("GETRESULT").Text() != "" {
		t.Errorf("no answer: %v, code %v", get("CINTERNALERROR"), send("GETHTTPCODE"))
	}
	if n, _ := p.status(); n != 0 {
		t.Errorf("HttpGetStatus = %d; want 0", n)
	}
}

func TestContextOfCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := newProgram(t, newSettings(nil), vm.Options{Context: ctx})
	if _, err := p.try("HttpGet", "http://127.0.0.1:9"); err == nil {
		t.Error("a thread that has ended makes requests")
	}
}
