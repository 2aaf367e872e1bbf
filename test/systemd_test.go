//go:build unix

package test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// startManaged starts the server as a service manager does: with these files as
// descriptors 3 and following, and with env beside what it needs to run in dir.
func startManaged(t *testing.T, dir string, files []*os.File, env ...string) *daemon {
	t.Helper()
	// $$ is the server's process: exec keeps it.
	cmd := exec.Command("sh", "-c", `test -z "$LISTEN_FDS" || export LISTEN_PID=$$; exec "$0" serve`, filepath.Join(programs, "appserver"))
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "APPSERVER_TCP_IP=127.0.0.1", "APPSERVER_TCP_PORT=0",
		"APPSERVER_METRICS_LISTEN=127.0.0.1:0", "STATE_DIRECTORY=" + filepath.Join(dir, "data")}, env...)
	cmd.ExtraFiles = files
	return launch(t, cmd)
}

func (d *daemon) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// serviceManager receives what the server tells its service manager.
type serviceManager struct {
	t      *testing.T
	socket *net.UnixConn
	path   string
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &serviceManager{t, c, path}
}

// await returns the next message with this assignment; those before it may only
// be others that are named.
func (m *serviceManager) await(want string, others ...string) string {
	m.t.Helper()
	m.socket.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 4096)
	for {
		n, err := m.socket.Read(b)
		if err != nil {
			m.t.Fatalf("waiting for %s: %v", want, err)
		}
		message := string(b[:n])
		if has(message, want) {
			return message
		}
		known := false
		for _, other := range others {
			known = known || has(message, other)
		}
		if !known {
			m.t.Fatalf("waiting for %s, got %q", want, message)
		}
	}
}

// has reports whether a message to the service manager has an assignment.
func has(message, assignment string) bool {
	return strings.Contains("\n"+message, "\n"+assignment+"\n")
}

func TestServiceManagerIsTold(t *testing.T) {
	m := newServiceManager(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "appserver.ini"), []byte("[General]\nLogLevel=info\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := startManaged(t, dir, nil, "NOTIFY_SOCKET="+m.path, "WATCHDOG_USEC=1000000")
	ready := m.await("READY=1", "WATCHDOG=1")
	if !has(ready, fmt.Sprintf("MAINPID=%d", d.cmd.Process.Pid)) || !strings.Contains(ready, "\nSTATUS=") {
		t.Errorf("the server is ready with %q; want its process and a status", ready)
	}
	for range 3 {
		m.await("WATCHDOG=1")
	}

	// A reload begins and ends, whether it is refused or not.
	for _, text := range []string{"[General]\nLogLevel=debug\n", "[General]\nLogLevel=shouting\n"} {
		if err := os.WriteFile(filepath.Join(dir, "appserver.ini"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d.signal(t, syscall.SIGHUP)
		if got := m.await("RELOADING=1", "WATCHDOG=1"); !regexp.MustCompile(`(?m)^MONOTONIC_USEC=[1-9]\d*$`).MatchString(got) {
			t.Errorf("the server reloads with %q; want MONOTONIC_USEC", got)
		}
		m.await("READY=1", "WATCHDOG=1")
	}

	d.signal(t, syscall.SIGTERM)
	if got := m.await("STOPPING=1", "WATCHDOG=1"); !regexp.MustCompile(`(?m)^EXTEND_TIMEOUT_USEC=[1-9]\d*$`).MatchString(got) {
		t.Errorf("the server stops with %q; want EXTEND_TIMEOUT_USEC", got)
	}
	d.ends(t, 0)
}

// What is handed over and cannot be used ends the start, in words.
func TestInheritedSocketRefused(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := c.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := startManaged(t, t.TempDir(), []*os.File{f}, "LISTEN_FDS=1", "LISTEN_FDNAMES=port")
	d.ends(t, 1)
	if !strings.Contains(logOf(d), `"port", which is a UDP socket`) {
		t.Errorf("the server says\n%s\nwant that port is a UDP socket", logOf(d))
	}
}

// The service manager keeps the port open while the server is killed and started
// again: clients connect all the time, and none of them is refused.
func TestKilledServerRefusesNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	address := l.Addr().String()
	l.Close() // f keeps the port open

	dir := t.TempDir()
	run := func() *daemon { return startManaged(t, dir, []*os.File{f}, "LISTEN_FDS=1", "LISTEN_FDNAMES=port") }
	d := run()
	if _, err := d.await(readyLine); err != nil {
		t.Fatal(err)
	}
	clients := startClients(address, 8)
	for _, sig := range []os.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		clients.awaitAnswers(t, 50)
		d.signal(t, sig)
		within(t, "the end of the server", d.done)
		early, err := net.Dial("tcp", address) // while nobody serves
		if err != nil {
			t.Fatal(err)
		}
		d = run()
		if got := get(early); !strings.HasPrefix(got, "HTTP/1.1 200") {
			t.Errorf("who connected while nobody served got %q; want 200", got)
		}
	}
	clients.awaitAnswers(t, 50)
	if err := clients.stop(); err != nil {
		t.Errorf("a client could not connect: %v", err)
	}
	t.Logf("%d connections, %d answers, none refused", clients.begun.Load(), clients.answers.Load())
	d.signal(t, syscall.SIGTERM)
	d.ends(t, 0)
}

// get asks for /healthz over c and returns the answer; it closes c.
func get(c net.Conn) string {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	secure := tls.Client(c, insecure)
	if err := secure.Handshake(); err != nil {
		return err.Error()
	}
	return converse(secure, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", true)
}

// clients connect to an address again and again, each with a new connection.
type clients struct {
	begun, answers atomic.Int64
	refused        atomic.Pointer[error] // the first
	cancel         context.CancelFunc
	running        sync.WaitGroup
}

func startClients(address string, n int) *clients {
	ctx, cancel := context.WithCancel(context.Background())
	c := &clients{cancel: cancel}
	for range n {
		c.running.Go(func() {
			for ctx.Err() == nil {
				c.ask(ctx, address)
			}
		})
	}
	return c
}

// ask makes a connection, which must succeed, and a request, which may fail if
// the server is killed just then.
func (c *clients) ask(ctx context.Context, address string) {
	c.begun.Add(1)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil && ctx.Err() == nil {
				c.refused.CompareAndSwap(nil, &err)
			}
			return conn, err
		},
		TLSClientConfig:   insecure,
		DisableKeepAlives: true,
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/healthz", nil)
	if err != nil {
		return
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode == http.StatusOK {
		c.answers.Add(1)
	}
}

func (c *clients) fault() error {
	if err := c.refused.Load(); err != nil {
		return *err
	}
	return nil
}

// awaitAnswers waits for n more answers.
func (c *clients) awaitAnswers(t *testing.T, n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for want := c.answers.Load() + n; c.answers.Load() < want; pause(ctx, time.Millisecond) {
		if err := c.fault(); err != nil {
			t.Fatalf("a client could not connect: %v", err)
		}
		if ctx.Err() != nil {
			t.Fatalf("only %d answers to %d connections", c.answers.Load(), c.begun.Load())
		}
	}
}

func (c *clients) stop() error {
	c.cancel()
	c.running.Wait()
	return c.fault()
}
