//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeManager listens at path as a service manager does. It returns a function
// that receives the next message, and one that ends it.
func fakeManager(t *testing.T, path string) (receive func() string, end func()) {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	receive = func() string {
		t.Helper()
		b := make([]byte, 4096)
		c.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	return receive, func() {
		c.Close()
		os.Remove(path)
	}
}

// environment is a getenv of these KEY=value pairs.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestNotifierMessages(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	receive, _ := fakeManager(t, socket)
	n := newNotifier(environment("NOTIFY_SOCKET=" + socket))
	defer n.Close()
	pid := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		name string
		send func() error
		want string
	}{
		{"Ready", func() error { return n.Ready("serving on [::]:5012") }, `^READY=1\nSTATUS=serving on \[::\]:5012\nMAINPID=` + pid + `\n$`},
		{"Ready, hostile", func() error { return n.Ready("a\nMAINPID=1\xff") }, `^READY=1\nSTATUS=a MAINPID=1\?\nMAINPID=` + pid + `\n$`},
		{"Reloading", n.Reloading, `^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*\nSTATUS=reloading\n$`},
		{"Stopping", func() error { return n.Stopping(40 * time.Second) }, `^STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=40000000\n$`},
		{"Watchdog", n.Watchdog, `^WATCHDOG=1\n$`},
	} {
		if err := test.send(); err != nil {
			t.Errorf("%s = %v; want nil", test.name, err)
			continue
		}
		if got := receive(); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("%s sends %q; want %s", test.name, got, test.want)
		}
	}
}

func TestNoNotifier(t *testing.T) {
	n := newNotifier(environment("WATCHDOG_USEC=1000000"))
	if interval, ok := n.WatchdogInterval(); n != nil || interval != 0 || ok {
		t.Errorf("without NOTIFY_SOCKET: notifier %v, watchdog %v, %v; want none", n, interval, ok)
	}
	for name, send := range map[string]func() error{"Ready": func() error { return n.Ready("") }, "Reloading": n.Reloading,
		"Stopping": func() error { return n.Stopping(1) }, "Watchdog": n.Watchdog, "Close": n.Close} {
		if err := send(); err != nil {
			t.Errorf("%s of no notifier = %v; want nil", name, err)
		}
	}
}

// The service manager may go away and come back; meanwhile an error says so.
func TestNotifierReconnects(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	n := newNotifier(environment("NOTIFY_SOCKET=" + socket))
	defer n.Close()
	if err := n.Watchdog(); err == nil || !strings.Contains(err.Error(), "service manager") {
		t.Errorf("Watchdog without a socket = %v; want an error that names the service manager", err)
	}
	for range 2 {
		receive, end := fakeManager(t, socket)
		if err := n.Watchdog(); err != nil {
			t.Fatalf("Watchdog = %v; want nil", err)
		}
		if got := receive(); got != "WATCHDOG=1\n" {
			t.Errorf("Watchdog sends %q", got)
		}
		end()
	}
}

func TestWatchdogInterval(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"30000000", "", 15 * time.Second},
		{"30000000", self, 15 * time.Second},
		{"30000000", "1", 0},
		{"30000000", "x", 0},
		{"", "", 0},
		{"0", "", 0},
		{"-5", "", 0},
		{"9223372036854775807", "", 0},
		{"1e6", "", 0},
	} {
		n := newNotifier(environment("NOTIFY_SOCKET=x", "WATCHDOG_USEC="+test.usec, "WATCHDOG_PID="+test.pid))
		if got, ok := n.WatchdogInterval(); got != test.want || ok != (test.want > 0) {
			t.Errorf("WATCHDOG_USEC=%q WATCHDOG_PID=%q: interval %v, %v; want %v", test.usec, test.pid, got, ok, test.want)
		}
	}
}
