package test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startLimited is startServer with a limit of open files.
func startLimited(t *testing.T, files int, args ...string) (*daemon, string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("limits of open files are tested on Linux")
	}
	shell := fmt.Sprintf(`ulimit -n %d && exec "$0" serve "$@"`, files)
	return startReady(t, exec.Command("sh", append([]string{"-c", shell, filepath.Join(programs, "appserver")}, args...)...))
}

// cannotAccept is what the log says when descriptors have run out.
var cannotAccept = regexp.MustCompile(`connections cannot be accepted.*too many open files`)

// With limits that somebody set too high, clients use up all descriptors. The
// server says so, rests while it cannot accept, goes on serving whom it has, and
// takes new ones as soon as others leave.
func TestOutOfDescriptors(t *testing.T) {
	for _, forwards := range []bool{false, true} {
		t.Run(fmt.Sprintf("forwards=%v", forwards), func(t *testing.T) {
			args := []string{"--set", "MPP.MaxConnections=1000", "--set", "MPP.MaxConnectionsPerAddress=1000", "--set", "MPP.SniffTimeout=600"}
			if forwards {
				args = append(args, "--set", "MPP.Plaintext=allow", "--set", "MPP.Upstream="+echoServer(t))
			}
			d, addr := startLimited(t, 80, args...)
			client := newClient("h2")
			defer client.CloseIdleConnections()
			mustFetch(t, client, addr)
			var sessions []net.Conn
			if forwards {
				sessions = forwardedSessions(t, addr, 16)
			}
			leave := crowd(t, addr, 100)
			if _, err := d.await(cannotAccept); err != nil {
				t.Fatal(err)
			}
			metrics := metricsLine.FindStringSubmatch(logOf(d))[1]
			knock(t, "tcp", metrics)
			knock(t, "unix", filepath.Join(d.cmd.Dir, "data", "admin.sock"))

			const longEnough = 2 * time.Second
			if share := processorShare(t, d.cmd.Process.Pid, longEnough); share > 0.25 {
				t.Errorf("without descriptors the server uses %.0f%% of a processor; want next to nothing", 100*share)
			} else {
				t.Logf("without descriptors: %.1f%% of a processor", 100*share)
			}
			if n := openFiles(t, d.cmd.Process.Pid); n < 80 {
				t.Errorf("the server has %d files open; the test proves nothing", n)
			}
			mustFetch(t, client, addr) // on the connection that it has
			echoAll(t, sessions, 256<<10)

			leave()
			fresh := newClient("http/1.1")
			defer fresh.CloseIdleConnections()
			for range 20 {
				mustFetch(t, fresh, addr)
				fresh.CloseIdleConnections()
			}
			echoAll(t, sessions, 64<<10)
			for _, s := range sessions {
				s.Close()
			}
			client.CloseIdleConnections()
			settled(t, "http://"+metrics+"/metrics")
			d.cmd.Process.Signal(syscall.SIGTERM)
			d.ends(t, 0)
		})
	}
}

// The limits that the server chooses by itself keep it from running out, however
// many clients come and whatever they do.
func TestDescriptorBudget(t *testing.T) {
	const files, reserved, clients = 400, 128, 200 // docs/port.md, "Limits"
	for _, tt := range []struct {
		name string
		each int // descriptors for one client
		args []string
		use  func(net.Conn) (net.Conn, error)
	}{
		{"served", 2, nil, requestPage},
		{"forwarded", 6, []string{"--set", "MPP.Plaintext=allow", "--set", "MPP.Upstream=" + echoServer(t)},
			func(c net.Conn) (net.Conn, error) { return c, echo(c, 1) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, addr := startLimited(t, files, tt.args...)
			budget := (files - reserved) / tt.each
			inside := comeIn(t, addr, clients, tt.use)
			if n := len(inside); n < budget-10 || n > budget {
				t.Errorf("%d clients are in; want some %d", n, budget)
			}
			most := mostOpenFiles(t, d.cmd.Process.Pid, func() {
				if tt.name == "forwarded" {
					echoAll(t, inside, 4<<20)
				}
			})
			t.Logf("%d of %d clients are in, at most %d of %d files were open", len(inside), clients, most, files)
			if text := logOf(d); strings.Contains(text, "too many open files") {
				t.Errorf("descriptors ran out:\n%s", text)
			}
		})
	}
}

// comeIn lets n clients connect, a few at a time, and returns those that got
// what they use the server for; they stay until the test ends.
func comeIn(t *testing.T, addr string, n int, use func(net.Conn) (net.Conn, error)) (inside []net.Conn) {
	t.Helper()
	var mu sync.Mutex // guards inside
	var wg sync.WaitGroup
	turn := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range turn {
				c, err := dialFrom(addr, i)
				if err != nil {
					t.Error(err)
					continue
				}
				t.Cleanup(func() { c.Close() })
				if c, err = use(c); err == nil {
					mu.Lock()
					inside = append(inside, c)
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		turn <- i
	}
	close(turn)
	wg.Wait()
	return inside
}

// mostOpenFiles returns how many files the process had open at most during work.
func mostOpenFiles(t *testing.T, pid int, work func()) (most int) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	for {
		most = max(most, openFiles(t, pid))
		select {
		case <-done:
			return most
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// dialFrom connects from one of several addresses, so that no limit for one of
// them comes into it.
func dialFrom(addr string, n int) (net.Conn, error) {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%16))}
	c, err := (&net.Dialer{LocalAddr: from, Timeout: patience}).Dial("tcp", addr)
	if err == nil {
		c.SetDeadline(time.Now().Add(patience))
	}
	return c, err
}

// requestPage has a request answered and leaves the connection open.
func requestPage(c net.Conn) (net.Conn, error) {
	tc := tls.Client(c, insecure)
	if err := tc.Handshake(); err != nil {
		return tc, err
	}
	if _, err := io.WriteString(tc, "GET /webapp HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return tc, err
	}
	_, err := tc.Read(make([]byte, 1))
	return tc, err
}

// mustFetch gets the page.
func mustFetch(t *testing.T, client *http.Client, addr string) {
	t.Helper()
	if _, err := fetch(client, "https://"+addr+"/webapp"); err != nil {
		t.Errorf("a request: %v", err)
	}
}

// knock connects to one of the server's other listeners and waits for nothing.
func knock(t *testing.T, network, addr string) {
	t.Helper()
	c, err := net.DialTimeout(network, addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
}

// crowd opens connections that say nothing, until leave.
func crowd(t *testing.T, addr string, n int) (leave func()) {
	t.Helper()
	var cs []net.Conn
	leave = sync.OnceFunc(func() {
		for _, c := range cs {
			c.Close()
		}
	})
	t.Cleanup(leave)
	for range n {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, c)
	}
	return leave
}

// forwardedSessions opens n sessions that reach the upstream server, every other
// one in TLS.
func forwardedSessions(t *testing.T, addr string, n int) (sessions []net.Conn) {
	t.Helper()
	for i := range n {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		if t.Cleanup(func() { c.Close() }); i%2 == 0 {
			c = tls.Client(c, insecure)
		}
		sessions = append(sessions, c)
	}
	echoAll(t, sessions, 1)
	return sessions
}

// echoAll sends n bytes through each session at the same time and back.
func echoAll(t *testing.T, sessions []net.Conn, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for _, c := range sessions {
		wg.Go(func() {
			c.SetDeadline(time.Now().Add(patience))
			if err := echo(c, n); err != nil {
				t.Errorf("a forwarded session: %v", err)
			}
		})
	}
	wg.Wait()
}

func echo(c net.Conn, n int) error {
	sent, failed := bytes.Repeat([]byte{1}, n), make(chan error, 1)
	go func() {
		_, err := c.Write(sent)
		failed <- err
	}()
	got := make([]byte, n)
	if _, err := io.ReadFull(c, got); err != nil {
		c.Close()
		<-failed
		return err
	}
	if !bytes.Equal(got, sent) {
		return fmt.Errorf("what came back is not what was sent")
	}
	return <-failed
}

// processorShare is how much of one processor the process has used, on average
// over d.
func processorShare(t *testing.T, pid int, d time.Duration) float64 {
	t.Helper()
	before, begin := processorTime(t, pid), time.Now()
	pause(t.Context(), d)
	return float64(processorTime(t, pid)-before) / float64(time.Since(begin))
}

// processorTime reads user and system time from proc(5)'s stat, where they are
// in hundredths of a second.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	const utime, stime, afterName = 13, 14, 2 // counted from 0; the name may hold blanks
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	var ticks int
	for _, i := range []int{utime - afterName, stime - afterName} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func openFiles(t *testing.T, pid int) int {
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Error(err)
	}
	return len(files)
}
