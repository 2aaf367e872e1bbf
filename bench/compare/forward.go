//go:build linux

package main

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// forward measures what is passed on without being understood.
func (b *bench) forward(round int) error {
	be, err := newBackend()
	if err != nil {
		return err
	}
	defer be.Close()
	servers, err := b.startAll(b.rotated(round, func(c contender) bool { return c.forwards }), launch{upstream: be.Addr().String()})
	if err != nil {
		return err
	}
	err = b.takeTurns("forward", variantVolume, servers, func(s *server, slice time.Duration) (sample, error) {
		return forwardVolume(s, be, slice)
	})
	if err != nil {
		return err
	}
	took := make(map[*server][]float64) // times of set-up, in microseconds
	err = b.takeTurns("forward", variantSetup, servers, func(s *server, slice time.Duration) (m sample, err error) {
		m, took[s], err = forwardSetup(s, slice, took[s])
		return m, err
	})
	if err != nil {
		return err
	}
	for _, s := range servers {
		b.results.add(cell{"forward", variantSetup, s.name, metricMedian}, median(took[s]))
		b.results.add(cell{"forward", variantSetup, s.name, metricSlowest}, quantile(took[s], 0.99))
		if err := b.forwardIdle(s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// What is measured of forwarding: gigabytes that flow, new connections, and those
// that rest.
const (
	variantVolume = "volume"
	variantSetup  = "set-up"
	variantIdle   = "idle"
)

// ask connects through s and begins a conversation.
func ask(s *server, source net.Addr, what byte) (*net.TCPConn, error) {
	c, err := dialTCP(s.addr, source)
	if err != nil {
		return nil, err
	}
	_, err = c.Write(append([]byte(forwardMagic), what))
	return c, err
}

// forwardVolume measures bytes that flow, on two connections each way. Its
// operation is a gigabyte.
func forwardVolume(s *server, be *backend, slice time.Duration) (m sample, err error) {
	var received atomic.Int64
	for _, way := range []byte{askDownload, askUpload, askDownload, askUpload} {
		c, err := ask(s, nil, way)
		if err != nil {
			return m, err
		}
		defer c.Close()
		if way == askDownload {
			go receive(c, &received)
		} else {
			go send(c)
		}
	}
	reading := func() (now time.Time, bytes int64, cpu time.Duration, err error) {
		cpu, err = s.cpu()
		return time.Now(), received.Load() + be.received.Load(), cpu, err
	}
	time.Sleep(slice / 10)
	begin, before, cpuBefore, err := reading()
	if err != nil {
		return m, err
	}
	time.Sleep(slice)
	end, after, cpuAfter, err := reading()
	return sample{float64(after-before) / 1e9, end.Sub(begin), cpuAfter - cpuBefore}, err
}

// forwardSetup measures new connections, one after another: from the first packet
// to the first byte from behind the forwarder. It appends the times to took.
func forwardSetup(s *server, slice time.Duration, took []float64) (sample, []float64, error) {
	m, err := drive(s, slice, []worker{func(count *counter, stop *atomic.Bool) error {
		for !stop.Load() {
			begin := time.Now()
			c, err := askAndWait(s, nil)
			if err != nil {
				return err
			}
			took = append(took, float64(time.Since(begin).Nanoseconds())/1e3)
			c.Close()
			count.Add(1)
		}
		return nil
	}})
	return m, took, err
}

// askAndWait connects through s and waits for a byte from the backend.
func askAndWait(s *server, source net.Addr) (*net.TCPConn, error) {
	c, err := ask(s, source, askEcho)
	if err != nil {
		return nil, err
	}
	var one [1]byte
	if _, err = io.ReadFull(c, one[:]); err != nil {
		c.Close()
	}
	return c, err
}

// forwardIdle measures connections that rest after their first bytes.
func (b *bench) forwardIdle(s *server) error {
	openAll := func(n int) ([]*net.TCPConn, error) {
		return openMany(n, func(i int) (*net.TCPConn, error) { return askAndWait(s, sourceAddress(i)) })
	}
	closeAll := func(conns []*net.TCPConn) {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}
	warm, err := openAll(warmConnections)
	closeAll(warm)
	if err != nil {
		return err
	}
	time.Sleep(rest)
	memory, descriptors, err := holdings(s)
	if err != nil {
		return err
	}
	conns, err := openAll(b.forwarded)
	defer closeAll(conns)
	if err != nil {
		return err
	}
	time.Sleep(rest)
	memoryAfter, descriptorsAfter, err := holdings(s)
	if err != nil {
		return err
	}
	n := float64(b.forwarded)
	b.results.add(cell{"forward", variantIdle, s.name, metricMemory}, (memoryAfter-memory)/n)
	b.results.add(cell{"forward", variantIdle, s.name, metricDescriptors}, (descriptorsAfter-descriptors)/n)
	return nil
}

func holdings(s *server) (memory, descriptors float64, err error) {
	if memory, err = s.memory(); err != nil {
		return 0, 0, err
	}
	n, err := s.descriptors()
	return memory, float64(n), err
}

func (b *bench) reportForward() []table {
	t := table{
		title: "Forwarding",
		notes: []string{fmt.Sprintf("Connections without TLS that are passed on byte for byte: appserver with [MPP] Upstream on a plain port, haproxy in mode tcp with splice. "+
			"Bytes flow on two connections each way; connections are set up one after another, from the first packet to the first byte from behind; %s rest.", thousands(int64(b.forwarded)))},
		header: []string{"", "appserver", "haproxy", "appserver : haproxy", "goal"},
	}
	rows := []struct {
		name, variant, metric string
		goal                  goal
		absolute              bool // the goal is not one of the ratio
		scale                 float64
	}{
		{"CPU, ms per GB", variantVolume, metricCPU, goal{what: "ratio", limit: 1.1, unit: " ×"}, false, 1e-3},
		{"throughput, MB/s", variantVolume, metricRate, goal{}, false, 1e3},
		{"set-up, µs, half are faster", variantSetup, metricMedian, goal{what: "ratio", limit: 1.5, unit: " ×"}, false, 1},
		{"set-up, µs, 99 % are faster", variantSetup, metricSlowest, goal{}, false, 1},
		{"CPU per set-up, µs", variantSetup, metricCPU, goal{}, false, 1},
		{"memory at rest, KiB per connection", variantIdle, metricMemory, goal{what: "memory", limit: 12, unit: " KiB"}, true, 1},
		{"descriptors at rest, per connection", variantIdle, metricDescriptors, goal{what: "descriptors", limit: 2}, true, 1},
	}
	for _, r := range rows {
		own, peer := cell{"forward", r.variant, ours, r.metric}, cell{"forward", r.variant, haproxy, r.metric}
		if len(b.results[own]) == 0 {
			continue
		}
		values := scaled(b.results[own], r.scale)
		ratio, bounded, verdict := b.results.ratios(own, peer), values, ""
		if !r.absolute {
			bounded = ratio
		}
		if r.goal.what != "" {
			verdict = r.goal.verdict(&t, r.name, bounded)
		}
		t.row(r.name, spread(values), spread(scaled(b.results[peer], r.scale)), spread(ratio), verdict)
	}
	return []table{t}
}
