package test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// startServer starts the daemon for a Go test and returns its address.
func startServer(t *testing.T, args ...string) (*daemon, string) {
	t.Helper()
	return startReady(t, exec.Command(filepath.Join(programs, "appserver"), append([]string{"serve"}, args...)...))
}

// startReady starts a command that becomes the daemon, in a folder of its own and
// on free ports, and waits until it is ready. It returns its address.
func startReady(t *testing.T, cmd *exec.Cmd) (*daemon, string) {
	t.Helper()
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "APPSERVER_TCP_IP=127.0.0.1", "APPSERVER_TCP_PORT=0", "APPSERVER_METRICS_LISTEN=127.0.0.1:0")
	d := launch(t, cmd)
	if _, err := d.await(readyLine); err != nil {
		t.Fatal(err)
	}
	return d, portLine.FindStringSubmatch(logOf(d))[1]
}

// launch starts cmd with its output in the daemon's log. The end of the test ends
// it, and fails if the race detector has spoken.
func launch(t *testing.T, cmd *exec.Cmd) *daemon {
	t.Helper()
	d := &daemon{cmd: cmd, log: &logBuffer{changed: make(chan struct{})}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(d.done)
	}()
	t.Cleanup(func() {
		d.kill()
		if d.log.raced() {
			t.Errorf("the race detector has found something:\n%s", logOf(d))
		}
	})
	return d
}

// insecure trusts anybody: what is tested is not the certificate.
var insecure = &tls.Config{InsecureSkipVerify: true}

// A stop under load refuses what is new, fails no request that had been answered
// before, and ends with exit code 0.
func TestStopUnderLoad(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "h2"} {
		t.Run(protocol, func(t *testing.T) {
			d, addr := startServer(t)
			var served, cut atomic.Int64
			var wg sync.WaitGroup
			enough := make(chan struct{})
			for range 16 {
				client := newClient(protocol)
				wg.Go(func() {
					defer client.CloseIdleConnections()
					for {
						switch begun, err := fetch(client, "https://"+addr+"/webapp"); {
						case err == nil:
							if served.Add(1) == 200 {
								close(enough)
							}
						case begun:
							cut.Add(1)
							t.Logf("cut: %v", err)
						default:
							return // no response had begun
						}
					}
				})
			}
			within(t, "200 responses", enough)
			d.cmd.Process.Signal(syscall.SIGTERM)
			wg.Wait() // each fetch has a deadline
			d.ends(t, 0)
			if cut.Load() != 0 {
				t.Errorf("%d responses were cut after they had begun; want none (%d were whole)", cut.Load(), served.Load())
			}
		})
	}
}

// A response that is provably on its way at the stop arrives whole: the client
// takes its first bytes, has the server stopped, and takes the rest.
func TestStopFinishesAResponse(t *testing.T) {
	d, addr := startServer(t)
	c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, http2.ClientPreface)
	framer := http2.NewFramer(c, c)
	const window = 100 // the server may send no more before it is allowed to
	framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
	var header bytes.Buffer
	fields := hpack.NewEncoder(&header)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", addr}, {":path", "/webapp"}} {
		fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: header.Bytes(), EndHeaders: true, EndStream: true})

	got, stopped := 0, false
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("after %d bytes: %v; want the whole response", got, err)
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				framer.WriteSettingsAck()
			}
		case *http2.DataFrame:
			got += len(f.Data())
			if f.StreamEnded() {
				if !stopped || got <= window {
					t.Fatalf("the response of %d bytes ended before the stop; the test proves nothing", got)
				}
				d.ends(t, 0)
				return
			}
			if got == window && !stopped {
				stopped = true
				d.cmd.Process.Signal(syscall.SIGTERM)
				if _, err := d.await(regexp.MustCompile("stopping: signal received")); err != nil {
					t.Fatal(err)
				}
				framer.WriteWindowUpdate(1, 1<<20)
			}
		}
	}
}

// within fails the test if done is not closed in time.
func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
	}
}

// ends waits for the end of the server and checks its exit code.
func (d *daemon) ends(t *testing.T, code int) {
	t.Helper()
	within(t, "the end of the server", d.done)
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d; want %d\n%s", got, code, logOf(d))
	}
}

func newClient(protocol string) *http.Client {
	var p http.Protocols
	p.SetHTTP1(protocol == "http/1.1")
	p.SetHTTP2(protocol == "h2")
	return &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: insecure.Clone(), Protocols: &p}}
}

// fetch gets url; begun reports whether a response came, whole or not.
func fetch(client *http.Client, url string) (begun bool, err error) {
	resp, err := client.Get(url)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return true, fmt.Errorf("status %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return true, err
}

// With more silent connections than may be unrecognised, others are served, and
// all of the silent ones are closed.
func TestSilentFlood(t *testing.T) {
	const silent, places = 600, 200
	_, addr := startServer(t, "--set", fmt.Sprintf("MPP.MaxSniffing=%d", places),
		"--set", fmt.Sprintf("MPP.MaxSniffingPerAddress=%d", places), "--set", "MPP.SniffTimeout=4")
	var wg sync.WaitGroup
	for range silent {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("a silent connection ended with %v; want it closed", err)
			}
		})
	}
	client := newClient("http/1.1")
	defer client.CloseIdleConnections()
	if _, err := fetch(client, "https://"+addr+"/healthz"); err != nil {
		t.Errorf("a request beside %d silent connections: %v", silent, err)
	}
	wg.Wait()
}

// A drain waits for a forwarded session, for at most DrainTimeout; a second
// signal does not wait.
func TestDrainDeadlineAndSecondSignal(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	for _, tt := range []struct {
		name    string
		drain   string
		second  bool
		code    int
		message string
	}{
		{"deadline", "1", false, 0, "was cut"},
		{"second signal", "3600", true, 130, "second signal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, addr := startServer(t, "--set", "MPP.Upstream="+up.Addr().String(), "--set", "MPP.DrainTimeout="+tt.drain)
			c, err := tls.Dial("tcp", addr, insecure)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, "\x01session")
			session, err := up.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if _, err := io.ReadFull(session, make([]byte, 8)); err != nil {
				t.Fatal(err)
			}
			d.cmd.Process.Signal(syscall.SIGTERM)
			if _, err := d.await(regexp.MustCompile("stopping: signal received")); err != nil {
				t.Fatal(err)
			}
			if resp, err := http.Get("http://" + metricsLine.FindStringSubmatch(logOf(d))[1] + "/readyz"); err != nil {
				t.Errorf("readiness during the drain: %v", err)
			} else if resp.Body.Close(); resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("readiness during the drain: %s; want 503", resp.Status)
			}
			for running := tt.second; running; { // the first second's count as the first
				d.cmd.Process.Signal(syscall.SIGTERM)
				select {
				case <-d.done:
					running = false
				case <-time.After(200 * time.Millisecond):
				}
			}
			d.ends(t, tt.code)
			if !strings.Contains(logOf(d), tt.message) {
				t.Errorf("the log has no %q:\n%s", tt.message, logOf(d))
			}
		})
	}
}

// Unknown binary traffic reaches the upstream server whole, in both directions,
// with TLS and without, and each side may end first.
func TestUpstream(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b, _ := io.ReadAll(c)
				w := bufio.NewWriter(c)
				fmt.Fprintf(w, "got %d bytes", len(b))
				w.Flush()
			}()
		}
	}()
	d, addr := startServer(t, "--set", "MPP.Upstream="+up.Addr().String(), "--set", "MPP.Plaintext=allow")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dial := map[string]func() (net.Conn, error){
		"plain": func() (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "tcp", addr) },
		"TLS":   func() (net.Conn, error) { return (&tls.Dialer{Config: insecure}).DialContext(ctx, "tcp", addr) },
	}
	for name, dial := range dial {
		t.Run(name, func(t *testing.T) {
			c, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			payload := make([]byte, 3<<20) // begins with zeros, which is no protocol
			if _, err := c.Write(payload); err != nil {
				t.Fatal(err)
			}
			c.(interface{ CloseWrite() error }).CloseWrite()
			got, err := io.ReadAll(c)
			if want := fmt.Sprintf("got %d bytes", len(payload)); err != nil || string(got) != want {
				text, _ := d.log.snapshot()
				t.Errorf("through the port: %q, %v; want %q\n%s", got, err, want, text)
			}
		})
	}
}

// With UpstreamSecure the upstream's certificate must be trusted and valid for its
// host.
func TestSecureUpstream(t *testing.T) {
	dir := t.TempDir()
	up := httptest.NewUnstartedServer(nil) // for its certificate, valid for 127.0.0.1
	up.StartTLS()
	defer up.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: up.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	ca := filepath.Join(dir, "ca.crt")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: up.Certificate().Raw}
	if err := os.WriteFile(ca, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, tt := range []struct {
		name, host string
		args       []string
		want       string
	}{
		{"trusted", "127.0.0.1", []string{"--set", "MPP.UpstreamCA=" + ca}, "\x01echo"},
		{"unknown authority", "127.0.0.1", nil, ""},
		{"another name", "localhost", []string{"--set", "MPP.UpstreamCA=" + ca}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, addr := startServer(t, append(tt.args, "--set", "MPP.UpstreamSecure=1", "--set", "MPP.Upstream="+net.JoinHostPort(tt.host, port))...)
			c, err := tls.Dial("tcp", addr, insecure)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			if got := converse(c, "\x01echo", false); got != tt.want {
				t.Errorf("answer = %q; want %q\n%s", got, tt.want, logOf(d))
			}
		})
	}
}

// Whoever reads the log may stop doing so, or go away: the server serves and stops
// all the same.
func TestLogReader(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		t.Run(fmt.Sprintf("leaves=%v", leaves), func(t *testing.T) { testLogReader(t, leaves) })
	}
}

func testLogReader(t *testing.T, leaves bool) {
	cmd := exec.Command(filepath.Join(programs, "appserver"), "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "APPSERVER_TCP_IP=127.0.0.1", "APPSERVER_TCP_PORT=0", "APPSERVER_METRICS_LISTEN=127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	addr := ""
	for lines := bufio.NewScanner(stdout); lines.Scan() && !readyLine.MatchString(lines.Text()); {
		if m := portLine.FindStringSubmatch(lines.Text()); m != nil {
			addr = m[1]
		}
	}
	if leaves {
		stdout.Close()
	}
	client := newClient("h2")
	defer client.CloseIdleConnections()
	for range 1500 { // some 200 KB of log; a pipe holds 64
		if _, err := fetch(client, "https://"+addr+"/api/none"); err == nil || !strings.Contains(err.Error(), "404") {
			t.Fatalf("an unknown path of the API: %v; want 404", err)
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	state := make(chan *os.ProcessState, 1)
	go func() {
		s, _ := cmd.Process.Wait() // cmd.Wait would read the pipe
		state <- s
	}()
	select {
	case s := <-state:
		if s.ExitCode() != 0 {
			t.Errorf("%v; want exit code 0", s)
		}
	case <-time.After(patience):
		t.Fatal("a server whose log nobody reads does not end")
	}
}
