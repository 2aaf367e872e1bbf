package monitor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) {
	// net/http waits half a second for the peer before it closes some
	// connections; that goroutine ends by itself.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

var started = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A transport is one of the two ways to the administration interface, both of
// which are tested everywhere but on Windows.
type transport struct {
	name   string
	listen func(dir string) (*AdminListener, error)
	client func(dir string) *AdminClient
}

func transports() []transport {
	return []transport{
		{"platform", listenPlatform, NewAdminClient},
		{"token", listenToken, func(dir string) *AdminClient { return newAdminClient(dir, tokenEndpoint(dir)) }},
	}
}

func sampleStatus() Status {
	return Status{
		Name: "sample", Version: "1.2.3", PID: 42, Started: started, ConfigFile: "/etc/appserver.ini",
		Ready:       true,
		Listeners:   []Listener{{Address: "127.0.0.1:5012", Kind: "port", Secure: true}},
		Connections: Connections{Open: map[string]int64{"http": 3}, Accepted: 9, Routed: 8, Refused: 1},
		TLSPolicy:   "TLS 1.2, TLS 1.3",
		Certificates: []CertInfo{{
			Source: "bundled", Serial: "0a", NotBefore: started.AddDate(-1, 0, 0), NotAfter: started, Issuer: "CN=ca",
			Names: []string{"localhost", "127.0.0.1"}, Key: "ECDSA P-256",
			Chain:     []ChainCert{{Subject: "CN=localhost", Issuer: "CN=ca", NotAfter: started}},
			Uncovered: []UncoveredName{{Host: "x\x1b[2J", Count: 3, Last: started}},
		}},
		LogLevel:       "info",
		LastReload:     &ReloadState{At: started, Message: "line 3"},
		PendingRestart: []Change{{Section: "TCP", Key: "Port", Old: "1", New: "2"}},
	}
}

// privateDir returns a new folder that is closed to others, with a short path.
func privateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "adm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serveAdmin serves the interface on ln until the test ends and returns the
// number of times that a shutdown was asked for.
func serveAdmin(t *testing.T, ln *AdminListener) *atomic.Int32 {
	t.Helper()
	var shutdowns atomic.Int32
	srv := Server(AdminHandler(AdminOptions{
		Status:   sampleStatus,
		Shutdown: func() { shutdowns.Add(1) },
		Token:    ln.Token,
		Log:      zap.NewNop(),
		Now:      func() time.Time { return started.Add(90 * time.Second) },
	}), zap.NewNop())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve() = %v; want a closed server or listener", err)
		}
	})
	return &shutdowns
}

func TestAdmin(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			dir := privateDir(t)
			ln, err := tr.listen(dir)
			if err != nil {
				t.Fatal(err)
			}
			shutdowns := serveAdmin(t, ln)
			client := tr.client(dir)

			want := sampleStatus()
			want.UptimeSeconds = 90
			if got, err := client.Status(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Status() = %+v, %v; want %+v", got, err, want)
			}
			for range 2 {
				if err := client.Shutdown(t.Context()); err != nil {
					t.Errorf("Shutdown() = %v", err)
				}
			}
			ln.Close()
			if _, err := client.Status(t.Context()); !errors.Is(err, ErrNotRunning) {
				t.Errorf("Status() after Close = %v; want ErrNotRunning", err)
			}
			if names := dirNames(t, dir); len(names) != 0 {
				t.Errorf("after Close the folder holds %v; want nothing", names)
			}
			t.Cleanup(func() {
				if got := shutdowns.Load(); got != 1 {
					t.Errorf("Shutdown was called %d times for two requests; want 1", got)
				}
			})
		})
	}
}

func dirNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAdminReplacesDeadServer(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			dir := privateDir(t)
			dead, err := tr.listen(dir)
			if err != nil {
				t.Fatal(err)
			}
			abandon(t, dead)
			if _, err := tr.client(dir).Status(t.Context()); !errors.Is(err, ErrNotRunning) {
				t.Errorf("Status() of a dead server = %v; want ErrNotRunning", err)
			}
			ln, err := tr.listen(dir)
			if err != nil {
				t.Fatal(err)
			}
			serveAdmin(t, ln)
			if _, err := tr.client(dir).Status(t.Context()); err != nil {
				t.Errorf("Status() of its successor = %v", err)
			}
		})
	}
}

// abandon closes the port but leaves the file, as a killed process does.
func abandon(t *testing.T, l *AdminListener) {
	t.Helper()
	switch ln := l.Listener.(type) {
	case *net.UnixListener:
		ln.SetUnlinkOnClose(false)
		ln.Close()
	case *tokenListener:
		ln.Listener.Close()
	default:
		t.Fatalf("abandon(%T)", ln)
	}
}

func TestNotRunning(t *testing.T) {
	for _, tr := range transports() {
		dir := privateDir(t)
		for _, d := range []string{dir, filepath.Join(dir, "absent")} {
			_, err := tr.client(d).Status(t.Context())
			if !errors.Is(err, ErrNotRunning) || !strings.Contains(err.Error(), d) {
				t.Errorf("%s: Status() in %s = %v; want ErrNotRunning and the folder's name", tr.name, d, err)
			}
		}
	}
}

func TestListenAdminCleanup(t *testing.T) {
	dir := privateDir(t)
	ln, cleanup, err := ListenAdmin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(dirNames(t, dir)) != 1 {
		t.Errorf("the folder holds %v; want one file", dirNames(t, dir))
	}
	ln.Close()
	for range 2 {
		if err := cleanup(); err != nil {
			t.Errorf("cleanup() = %v", err)
		}
	}
	if names := dirNames(t, dir); len(names) != 0 {
		t.Errorf("after cleanup the folder holds %v; want nothing", names)
	}
}

func TestTokenFileIsPrivate(t *testing.T) {
	dir := privateDir(t)
	ln, err := listenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Stat(filepath.Join(dir, tokenName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%s has mode %v; want none for others", tokenName, info.Mode())
	}
}

func TestTokenIsNeeded(t *testing.T) {
	dir := privateDir(t)
	ln, err := listenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	shutdowns := serveAdmin(t, ln)
	for _, auth := range []string{"", "Bearer", "Bearer wrong", "Basic " + ln.Token, "Bearer " + ln.Token + "x"} {
		if got := request(t, ln, "POST", "/v1/shutdown", auth); got != http.StatusUnauthorized {
			t.Errorf("POST with Authorization %q = %d; want 401", auth, got)
		}
	}
	if got := request(t, ln, "GET", "/v1/status", "bearer "+ln.Token); got != http.StatusOK {
		t.Errorf("GET with the token = %d; want 200", got)
	}
	if shutdowns.Load() != 0 {
		t.Error("Shutdown was called without the token")
	}
	os.WriteFile(filepath.Join(dir, tokenName), []byte(ln.Addr().String()+"\nold-token\n"), 0o600)
	_, err = newAdminClient(dir, tokenEndpoint(dir)).Status(t.Context())
	if !errors.Is(err, ErrNotPermitted) {
		t.Errorf("Status() with an old token = %v; want ErrNotPermitted", err)
	}
	if strings.Contains(err.Error(), "old-token") {
		t.Errorf("Status() error %q shows the token", err)
	}
}

// request makes one request to ln's TCP address and returns the status.
func request(t *testing.T, ln net.Listener, method, path, auth string) int {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+ln.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func TestTCPWithoutTokenIsRefused(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveAdmin(t, &AdminListener{Listener: ln})
	for _, auth := range []string{"", "Bearer ", "Bearer x"} {
		if got := request(t, ln, "GET", "/v1/status", auth); got != http.StatusUnauthorized {
			t.Errorf("GET over TCP, no token configured, Authorization %q = %d; want 401", auth, got)
		}
	}
}

func TestAdminUnknownRequests(t *testing.T) {
	dir := privateDir(t)
	ln, err := listenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	serveAdmin(t, ln)
	tests := []struct {
		method, path string
		want         int
	}{
		{"HEAD", "/v1/status", 200}, {"POST", "/v1/status", 405}, {"GET", "/v1/shutdown", 405},
		{"GET", "/", 404}, {"GET", "/v2/status", 404}, {"DELETE", "/v1/shutdown", 405},
	}
	for _, tt := range tests {
		if got := request(t, ln, tt.method, tt.path, "Bearer "+ln.Token); got != tt.want {
			t.Errorf("%s %s = %d; want %d", tt.method, tt.path, got, tt.want)
		}
	}
}

func TestReadToken(t *testing.T) {
	tests := []struct {
		content, addr, token string
		fails                bool
	}{
		{content: "127.0.0.1:4711\nsecret\n", addr: "127.0.0.1:4711", token: "secret"},
		{content: "[::1]:4711\r\nsecret\r\n", addr: "[::1]:4711", token: "secret"},
		{content: "", fails: true},
		{content: "127.0.0.1:4711\n", fails: true},
		{content: "localhost:4711\nsecret\n", fails: true},
		{content: "192.0.2.1:4711\nsecret\n", fails: true},
		{content: strings.Repeat("x", 1<<16), fails: true},
	}
	for _, tt := range tests {
		file := filepath.Join(t.TempDir(), tokenName)
		if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		addr, token, err := readToken(file)
		if tt.fails {
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("readToken(%.40q) = %v; want an error without the token", tt.content, err)
			}
			continue
		}
		if err != nil || addr.String() != tt.addr || token != tt.token {
			t.Errorf("readToken(%q) = %v, %q, %v; want %s, %q", tt.content, addr, token, err, tt.addr, tt.token)
		}
	}
}

// answering is an endpoint whose server answers every connection with the bytes.
type answering string

func (a answering) token() (string, error) { return "", nil }
func (a answering) dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		buf := make([]byte, 4096)
		server.Read(buf)
		io.WriteString(server, string(a))
	}()
	return client, nil
}

func TestClientWithStrangeServers(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"other status", "HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\n{}", "HTTP status 500"},
		{"message", "HTTP/1.1 400 x\r\nContent-Length: 18\r\n\r\n{\"message\":\"a\\nb\"}", `a\nb`},
		{"redirect", "HTTP/1.1 302 x\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", "HTTP status 302"},
		{"no JSON", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "cannot read its answer"},
		{"no HTTP", "SSH-2.0-x\r\n", "malformed HTTP"},
		{"endless", "HTTP/1.1 200 OK\r\n\r\n\"" + strings.Repeat("a", 2*maxAnswer), "cannot read its answer"},
	}
	for _, tt := range tests {
		_, err := newAdminClient("d", answering(tt.answer)).Status(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Status() = %v; want an error with %q", tt.name, err, tt.want)
		}
	}
}

func TestClassify(t *testing.T) {
	plain := errors.New("x")
	tests := []struct{ err, want error }{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errRefused)}, ErrNotRunning},
		{&fs.PathError{Op: "open", Err: fs.ErrNotExist}, ErrNotRunning},
		{&fs.PathError{Op: "open", Err: fs.ErrPermission}, ErrNotPermitted},
		{plain, plain},
	}
	for _, tt := range tests {
		if got := classify(tt.err); !errors.Is(got, tt.want) {
			t.Errorf("classify(%v) = %v; want %v", tt.err, got, tt.want)
		}
	}
}

func TestStatusSetReadiness(t *testing.T) {
	var r Readiness
	var s Status
	s.SetReadiness(&r)
	if s.Ready || s.Reason != "starting" || s.Draining {
		t.Errorf("starting: %+v", s)
	}
	r.Set(true)
	s.SetReadiness(&r)
	if !s.Ready || s.Reason != "" {
		t.Errorf("ready: %+v", s)
	}
	r.Drain()
	s.SetReadiness(&r)
	if s.Ready || !s.Draining {
		t.Errorf("draining: %+v", s)
	}
}
