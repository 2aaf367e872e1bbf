package test

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

var soak = flag.Duration("soak", 0, "how long TestSoak runs; 0 leaves it and the other long tests out")

// Connections of every kind, good and bad, come and go for a long time, while the
// certificate is replaced again and again. Not one good one may fail, and then the
// server must have as few goroutines, descriptors and memory as after its first
// minutes.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("long: make soak runs it")
	}
	dir := t.TempDir()
	writePair(t, dir, 1)
	d, addr := startServer(t, "--set", "MPP.SniffTimeout=3", "--set", "MPP.Upstream="+echoServer(t),
		"--set", "MPP.SSL_Certificate="+filepath.Join(dir, "cert.pem"), "--set", "MPP.SSL_Key="+filepath.Join(dir, "key.pem"))
	metrics := "http://" + metricsLine.FindStringSubmatch(logOf(d))[1] + "/metrics"
	begun := time.Now()
	var count tally
	mingle(t, addr, begun.Add(min(*soak/10, 2*time.Minute)), &count)
	settled(t, metrics)
	before := figures(t, metrics)

	end := begun.Add(*soak)
	var mingling sync.WaitGroup
	mingling.Go(func() { mingle(t, addr, end, &count) })
	swapped := swapCertificates(t, addr, dir, end)
	mingling.Wait()
	settled(t, metrics)
	after := leanest(t, metrics, before)
	t.Logf("%d bad and %d good connections, %d certificates", count.bad.Load(), count.good.Load(), swapped)
	if count.failed.Load() != 0 {
		t.Errorf("%d good connections failed during the soak; want none", count.failed.Load())
	}
	for name, bound := range grown(before) {
		t.Logf("%s: %v before, %v after", name, before[name], after[name])
		if after[name] > bound {
			t.Errorf("%s grew from %v to %v; want at most %v", name, before[name], after[name], bound)
		}
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

// tally counts what a soak has done.
type tally struct{ good, failed, bad atomic.Int64 }

// grown is how far figures may have grown without anything having leaked. Memory
// that is free is not given back at once.
func grown(before map[string]float64) map[string]float64 {
	return map[string]float64{
		"go_goroutines":                 before["go_goroutines"] + 5,
		"process_open_fds":              before["process_open_fds"] + 5,
		"go_memstats_heap_alloc_bytes":  1.5*before["go_memstats_heap_alloc_bytes"] + 4<<20,
		"process_resident_memory_bytes": 2*before["process_resident_memory_bytes"] + 64<<20,
	}
}

// leanest returns the figures when they are within what grown allows, or after
// the Go runtime must have collected garbage, which it does every two minutes.
func leanest(t *testing.T, metrics string, before map[string]float64) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(150 * time.Second); ; pause(t.Context(), time.Second) {
		f, within := figures(t, metrics), true
		for name, bound := range grown(before) {
			within = within && f[name] <= bound
		}
		if within || time.Now().After(deadline) {
			return f
		}
	}
}

// mingle keeps making connections, good ones among bad ones, until end.
func mingle(t *testing.T, addr string, end time.Time, count *tally) {
	t.Helper()
	var wg sync.WaitGroup
	for range 32 { // most of them wait
		wg.Go(func() {
			for time.Now().Before(end) {
				if rand.IntN(4) != 0 {
					churn(addr)
					count.bad.Add(1)
					continue
				}
				kind := rand.IntN(len(visits))
				if err := visits[kind].make(addr); err != nil {
					count.failed.Add(1)
					t.Logf("%s: %v", visits[kind].name, err)
				}
				count.good.Add(1)
			}
		})
	}
	wg.Wait()
}

// visits are the connections that must be served. Each ends with an error unless
// it got what it came for.
var visits = []struct {
	name string
	make func(addr string) error
}{
	{"HTTP/1.1", func(addr string) error { return visitPage(addr, "http/1.1") }},
	{"HTTP/2", func(addr string) error { return visitPage(addr, "h2") }},
	{"SmartClient", func(addr string) error { return visitSmartClient(addr, "smartclient/1") }},
	{"SmartClient without ALPN", func(addr string) error { return visitSmartClient(addr) }},
	{"gRPC", func(addr string) error { return visitRPC(addr, "h2") }},
	{"RPC", func(addr string) error { return visitRPC(addr, "appserver-rpc/1", "h2") }},
	{"forwarded", visitUpstream},
}

func visitPage(addr, protocol string) error {
	c := newClient(protocol)
	defer c.CloseIdleConnections()
	_, err := fetch(c, "https://"+addr+"/webapp")
	return err
}

// dialTLS connects with a deadline.
func dialTLS(addr string, protocols ...string) (*tls.Conn, error) {
	cfg := insecure.Clone()
	cfg.NextProtos = protocols
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", addr, cfg)
	if err == nil {
		c.SetDeadline(time.Now().Add(patience))
	}
	return c, err
}

// visitSmartClient says hello, pings some times, and takes its leave or just goes.
func visitSmartClient(addr string, protocols ...string) error {
	c, err := dialTLS(addr, protocols...)
	if err != nil {
		return err
	}
	defer c.Close()
	ask := func(frame, want string) error {
		if _, err := io.WriteString(c, frame); err != nil {
			return err
		}
		answer, err := smartClientAnswer(c)
		if err == nil && !strings.HasPrefix(answer, want) {
			err = fmt.Errorf("answer %q; want %q", answer, want)
		}
		return err
	}
	if err := ask(smartClientPreamble+smartClientFrame("\x01"+`{"protocol":{"min":1,"max":1}}`), "\x02{"); err != nil {
		return err
	}
	for range rand.IntN(20) {
		if err := ask(smartClientFrame("\x03ping-pong"), "\x04ping-pong"); err != nil {
			return err
		}
	}
	if rand.IntN(2) == 0 {
		return nil
	}
	if _, err := io.WriteString(c, smartClientFrame("\x06"+`{"reason":"done"}`)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c) // the server ends it
	return err
}

func visitRPC(addr string, protocols ...string) error {
	cfg := insecure.Clone()
	cfg.NextProtos = protocols
	cc, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
	if err != nil {
		return err
	}
	defer cc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for range 1 + rand.IntN(5) {
		answer, err := healthpb.NewHealthClient(cc).Check(ctx, &healthpb.HealthCheckRequest{})
		if err != nil {
			return err
		}
		if answer.Status != healthpb.HealthCheckResponse_SERVING {
			return fmt.Errorf("health is %v; want SERVING", answer.Status)
		}
	}
	return nil
}

// visitUpstream has the upstream server echo something that no protocol of the
// port begins with.
func visitUpstream(addr string) error {
	c, err := dialTLS(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := echo(c, 1+rand.IntN(256<<10)); err != nil || rand.IntN(2) == 0 {
		return err
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

// swapCertificates replaces the pair in dir until end, each time when the server
// shows the one before.
func swapCertificates(t *testing.T, addr, dir string, end time.Time) (swapped int64) {
	t.Helper()
	for time.Now().Before(end) {
		number := swapped + 2
		writePair(t, dir, number)
		for deadline := time.Now().Add(patience); !shows(addr, number); pause(t.Context(), 200*time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("%v after the certificate was replaced the server does not show number %d", patience, number)
				return swapped
			}
		}
		swapped++
	}
	return swapped
}

// shows reports whether a new handshake gets the certificate with that number.
func shows(addr string, number int64) bool {
	c, err := dialTLS(addr)
	if err != nil {
		return false
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64() == number
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

var figureLine = regexp.MustCompile(`(?m)^(go_goroutines|go_memstats_heap_alloc_bytes|process_open_fds|process_resident_memory_bytes|appserver_port_connections_\S+) (\S+)$`)

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
