//go:build linux

package main

import (
	"crypto/tls"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Connections that are kept, and requests at a time on each of HTTP/2.
const (
	h1Connections = 64
	h2Connections = 16
	h2Streams     = 10
)

// The variants of requests on kept connections. The logged one is for appserver
// only: a page's asset, which its log tells of.
const (
	variantH1       = "HTTP/1.1"
	variantH2       = "HTTP/2"
	variantLoggedH1 = "HTTP/1.1, logged"
	variantLoggedH2 = "HTTP/2, logged"

	loggedPath = "/webapp/icon.svg"
)

var keepAliveVariants = []struct {
	name, alpn, path string
	oursOnly         bool
}{
	{variantH1, "http/1.1", answerPath, false},
	{variantH2, "h2", answerPath, false},
	{variantLoggedH1, "http/1.1", loggedPath, true},
	{variantLoggedH2, "h2", loggedPath, true},
}

// keepAlive measures requests on connections that are kept.
func (b *bench) keepAlive(round int) error {
	servers, err := b.startAll(b.rotated(round, nil), launch{pair: b.pair(keyECDSA), answer: b.answer})
	if err != nil {
		return err
	}
	for _, s := range servers {
		if err := b.verify(s); err != nil {
			return err
		}
	}
	for _, v := range keepAliveVariants {
		turns := servers
		if v.oursOnly {
			turns = only(servers, ours)
		}
		err := b.takeTurns("keepalive", v.name, turns, func(s *server, slice time.Duration) (sample, error) {
			return keepAliveSlice(s, v.alpn, v.path, slice)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// only returns the server of that name.
func only(servers []*server, name string) []*server {
	return slices.DeleteFunc(slices.Clone(servers), func(s *server) bool { return s.name != name })
}

func keepAliveSlice(s *server, alpn, path string, slice time.Duration) (sample, error) {
	n, work := h1Connections, h1Worker
	if alpn == "h2" {
		n, work = h2Connections, h2Worker
	}
	cfg := tlsCase{version: tls.VersionTLS13, alpn: alpn}.config()
	var workers []worker
	for range n {
		conn, err := dial(s.addr, nil, cfg)
		if err != nil {
			return sample{}, err
		}
		defer reset(conn)
		workers = append(workers, work(conn, path))
	}
	return drive(s, slice, workers)
}

func h1Worker(conn *tls.Conn, path string) worker {
	h := newH1(conn, path)
	return func(count *counter, stop *atomic.Bool) error {
		for !stop.Load() {
			if err := h.roundTrip(); err != nil {
				return err
			}
			count.Add(1)
		}
		return nil
	}
}

func h2Worker(conn *tls.Conn, path string) worker {
	h := newH2(conn, path)
	for range h2Streams {
		h.request()
	}
	return func(count *counter, stop *atomic.Bool) error {
		for !stop.Load() {
			done, err := h.turn()
			if err != nil {
				return err
			}
			for range done {
				h.request()
			}
			count.Add(int64(done))
		}
		return nil
	}
}

// keepAliveGoals are by variant and server.
var keepAliveGoals = map[[2]string]goal{
	{variantH1, bare}:  {what: "CPU", limit: 1.05, unit: " ×"},
	{variantH2, bare}:  {what: "CPU", limit: 1.10, unit: " ×"},
	{variantH1, nginx}: {what: "requests per core", atLeast: true, limit: 0.7, unit: " ×"},
	{variantH1, caddy}: {what: "requests per core", atLeast: true, limit: 1.8, unit: " ×"},
	{variantH2, caddy}: {what: "requests per core", atLeast: true, limit: 1.3, unit: " ×"},
}

func (b *bench) reportKeepAlive() []table {
	t := table{
		title: "Requests on kept connections",
		notes: []string{
			fmt.Sprintf("GET %s over HTTPS (TLS 1.3), answered with %d bytes and the same headers by all; %d connections of HTTP/1.1, or %d of HTTP/2 with %d requests at a time on each. "+
				"appserver runs with its default configuration; it logs this path at debug only, that is not. The logged rows are GET %s, of which the default log (to a file) has a line each.",
				answerPath, len(b.answer.Body), h1Connections, h2Connections, h2Streams, loggedPath),
			"Requests per core is what one second of processor time gives; seen is the rate of the measurement, bounded by the load too.",
		},
		header: []string{"", "server", "CPU per request, µs", "requests per core and s", "seen per s", "CPU, appserver : this", "goal"},
	}
	for _, v := range keepAliveVariants {
		for _, c := range b.contenders {
			b.cpuRow(&t, cell{"keepalive", v.name, c.name, metricCPU}, keepAliveGoals[[2]string{v.name, c.name}])
		}
	}
	return []table{t}
}

// cpuRow adds the row of the processor time of an operation, if it was measured.
func (b *bench) cpuRow(t *table, this cell, g goal) {
	cpu := b.results[this]
	if len(cpu) == 0 {
		return
	}
	own, seen := this, this
	own.server, seen.metric = ours, metricRate
	ratio, versus, verdict := b.results.ratios(own, this), "", ""
	if this.server != ours {
		versus = spread(ratio)
		if g.atLeast {
			ratio = inverse(ratio) // of rates
		}
		if g.what != "" {
			verdict = g.verdict(t, this.variant+", "+this.server, ratio)
		}
	}
	t.row(this.variant, this.server, spread(cpu), number(1e6/median(cpu)), number(median(b.results[seen])), versus, verdict)
}
