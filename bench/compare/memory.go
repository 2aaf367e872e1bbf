//go:build linux

package main

import (
	"crypto/tls"
	"fmt"
	"sync"
	"time"
)

// idleVariant is a kind of connection that then rests. Open makes one and uses it;
// use uses it again.
type idleVariant struct {
	name     string
	alpn     string
	oursOnly bool
	open     func(conn *tls.Conn) (user, error)
}

// A user uses an open connection once more.
type user func() error

const variantSmartClient = "SmartClient, after the hello"

var idleVariants = []idleVariant{
	{variantH1 + ", after one GET", "http/1.1", false, openH1},
	{variantH2 + ", after one GET", "h2", false, openH2},
	{variantSmartClient, "smartclient/1", true, openSmartClient},
}

// memory measures what connections cost that rest.
func (b *bench) memory(round int) error {
	for _, v := range idleVariants {
		for _, c := range b.rotated(round, func(c contender) bool { return c.serves() && (!v.oursOnly || c.name == ours) }) {
			s, err := b.start(c, launch{pair: b.pair(keyECDSA), answer: b.answer})
			if err != nil {
				return err
			}
			kib, err := idleMemory(s, v, b.idle)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", v.name, c.name, err)
			}
			b.results.add(cell{"memory", v.name, c.name, metricMemory}, kib)
			s.stop()
		}
	}
	return nil
}

// Connections that a server had before its memory is read for the first time, and
// the time that it has then to come to rest.
const (
	warmConnections = 64
	rest            = time.Second
)

// idleMemory returns the memory that each of n idle connections takes, in KiB.
func idleMemory(s *server, v idleVariant, n int) (float64, error) {
	warm, err := openIdle(s.addr, v, warmConnections)
	closeIdle(warm)
	if err != nil {
		return 0, err
	}
	time.Sleep(rest)
	before, err := s.memory()
	if err != nil {
		return 0, err
	}
	conns, err := openIdle(s.addr, v, n)
	defer closeIdle(conns)
	if err != nil {
		return 0, err
	}
	time.Sleep(rest)
	after, err := s.memory()
	if err != nil {
		return 0, err
	}
	return (after - before) / float64(n), stillOpen(s, conns)
}

// idleConn is an open connection.
type idleConn struct {
	conn *tls.Conn
	use  user
}

// openIdle opens n connections.
func openIdle(address string, v idleVariant, n int) ([]idleConn, error) {
	cfg := tlsCase{version: tls.VersionTLS13, alpn: v.alpn}.config()
	return openMany(n, func(i int) (c idleConn, err error) {
		if c.conn, err = dial(address, sourceAddress(i), cfg); err != nil {
			return c, err
		}
		c.use, err = v.open(c.conn)
		return c, err
	})
}

func closeIdle(conns []idleConn) {
	for _, c := range conns {
		if c.conn != nil {
			reset(c.conn)
		}
	}
}

// openMany calls open n times, some at a time, and returns all that was opened,
// and the first error.
func openMany[T any](n int, open func(i int) (T, error)) ([]T, error) {
	const atATime = 8
	opened := make([]T, n)
	errs := make([]error, atATime)
	var wg sync.WaitGroup
	for w := range atATime {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += atATime {
				opened[i], errs[w] = open(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// stillOpen checks that the server has kept the connections that were measured.
func stillOpen(s *server, conns []idleConn) error {
	n, err := s.descriptors()
	if err != nil {
		return err
	}
	if n < len(conns) {
		return fmt.Errorf("the server has %d descriptors, so it did not keep %d connections", n, len(conns))
	}
	for i := 0; i < len(conns); i += max(1, len(conns)/50) {
		if err := conns[i].use(); err != nil {
			return fmt.Errorf("a connection that rested is of no use: %w", err)
		}
	}
	return nil
}

func openH1(conn *tls.Conn) (user, error) {
	h := newH1(conn, answerPath)
	h.buf = make([]byte, 1<<10)
	return h.roundTrip, h.roundTrip()
}

func openH2(conn *tls.Conn) (user, error) {
	h := newH2(conn, answerPath)
	h.in = make([]byte, 4<<10)
	use := func() error {
		h.request()
		for {
			if done, err := h.turn(); done > 0 || err != nil {
				return err
			}
		}
	}
	return use, use()
}

// memoryGoals are by variant and server; the one of appserver is not a ratio.
var memoryGoals = map[[2]string]goal{
	{idleVariants[0].name, bare}: {what: "memory", limit: 1.05, unit: " ×"},
	{idleVariants[1].name, bare}: {what: "memory", limit: 1.05, unit: " ×"},
	{variantSmartClient, ours}:   {what: "memory", limit: 16, unit: " KiB"},
}

func (b *bench) reportMemory() []table {
	t := table{
		title: "Memory of idle connections",
		notes: []string{fmt.Sprintf("What the server's memory (PSS) has grown by with %s connections over TLS 1.3 that rest, per connection, %v after the last; "+
			"without the memory of the kernel for sockets, and, for nginx and haproxy, without the tables that they make at start.", thousands(int64(b.idle)), rest)},
		header: []string{"", "server", "KiB per connection", "appserver : this", "goal"},
	}
	for _, v := range idleVariants {
		for _, c := range b.contenders {
			b.memoryRow(&t, cell{"memory", v.name, c.name, metricMemory}, memoryGoals[[2]string{v.name, c.name}])
		}
	}
	return []table{t}
}

// memoryRow adds the row of a figure that is bounded by itself for appserver and
// as a ratio for the others.
func (b *bench) memoryRow(t *table, this cell, g goal) {
	values := b.results[this]
	if len(values) == 0 {
		return
	}
	own, versus, bounded := this, "", values
	if own.server = ours; this.server != ours {
		bounded = b.results.ratios(own, this)
		versus = spread(bounded)
	}
	verdict := ""
	if g.what != "" {
		verdict = g.verdict(t, this.variant+", "+this.server, bounded)
	}
	t.row(this.variant, this.server, spread(values), versus, verdict)
}
