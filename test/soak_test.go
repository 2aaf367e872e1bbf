package test

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var soak = flag.Duration("soak", 0, "how long TestSoak runs; 0 leaves it out")

// Connections of every kind, good and bad, come and go for a long time; the
// server must then have as few goroutines and descriptors as it began with, and
// have been well all the while.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("long: make soak runs it")
	}
	d, addr := startServer(t, "--set", "MPP.SniffTimeout=1")
	metrics := "http://" + metricsLine.FindStringSubmatch(logOf(d))[1] + "/metrics"
	client := newClient("http/1.1")
	if _, err := fetch(client, "https://"+addr+"/healthz"); err != nil {
		t.Fatal(err)
	}
	client.CloseIdleConnections()
	settled(t, metrics)
	before := figures(t, metrics)

	end := time.Now().Add(*soak)
	var done, unwell atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(end) {
				churn(addr)
				if n := done.Add(1); n%50 == 0 {
					c := newClient([]string{"http/1.1", "h2"}[n/50%2])
					if _, err := fetch(c, "https://"+addr+"/webapp"); err != nil {
						unwell.Add(1)
						t.Logf("a request failed: %v", err)
					}
					c.CloseIdleConnections()
				}
			}
		})
	}
	wg.Wait()
	settled(t, metrics)
	after := figures(t, metrics)
	t.Logf("%d connections; before %v, after %v", done.Load(), before, after)
	if unwell.Load() != 0 {
		t.Errorf("%d requests failed during the soak; want none", unwell.Load())
	}
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		if after[name] > before[name]+5 {
			t.Errorf("%s grew from %v to %v; want at most 5 more", name, before[name], after[name])
		}
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

func logOf(d *daemon) string {
	text, _ := d.log.snapshot()
	return text
}

// churn makes one connection of a random kind and leaves it in a random way.
func churn(addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	first := []string{
		"", "\x16\x03\x01", "\x16\x03\x01\x02\x00\x01", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x93SC1", "\x93SC1\x00\x00\x00\x05",
		"\x01\x02\x03\x04", "\x80\x2e\x01\x03\x00", "POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
	}[rand.IntN(9)]
	if rand.IntN(2) == 0 {
		cfg := insecure.Clone()
		cfg.NextProtos = [][]string{nil, {"h2"}, {"http/1.1"}, {"smartclient/1"}, {"appserver-rpc/1"}, {"other"}}[rand.IntN(6)]
		tc := tls.Client(c, cfg)
		if tc.Handshake() != nil {
			return
		}
		io.WriteString(tc, first)
		tc.Read(make([]byte, 1))
		return
	}
	io.WriteString(c, first)
	if rand.IntN(2) == 0 {
		c.Read(make([]byte, 1))
	}
}

// settled waits until the server has no connection left but the one that asks.
func settled(t *testing.T, metrics string) {
	t.Helper()
	for deadline := time.Now().Add(3 * patience); time.Now().Before(deadline); pause(t.Context(), 100*time.Millisecond) {
		f := figures(t, metrics)
		open := f["appserver_port_connections_sniffing"]
		for name, v := range f {
			if strings.HasPrefix(name, "appserver_port_connections_open") {
				open += v
			}
		}
		if open == 0 {
			return
		}
	}
	t.Fatalf("connections stay open: %v", figures(t, metrics))
}

var figureLine = regexp.MustCompile(`(?m)^(go_goroutines|process_open_fds|appserver_port_connections_\S+) (\S+)$`)

func figures(t *testing.T, metrics string) map[string]float64 {
	t.Helper()
	text, err := getText(t.Context(), metrics)
	if err != nil {
		t.Fatal(err)
	}
	f := make(map[string]float64)
	for _, m := range figureLine.FindAllStringSubmatch(text, -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", m[0], err))
		}
		f[m[1]] = v
	}
	return f
}
