//go:build linux

package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A scenario is something that is measured of several servers.
type scenario struct {
	name string
	// run measures one round.
	run func(b *bench, round int) error
	// report makes its tables of what was measured.
	report func(b *bench) []table
}

// scenarios are in the order of a round.
var scenarios = []scenario{
	{"keepalive", (*bench).keepAlive, (*bench).reportKeepAlive},
	{"handshake", (*bench).handshakes, (*bench).reportHandshakes},
	{"memory", (*bench).memory, (*bench).reportMemory},
	{"forward", (*bench).forward, (*bench).reportForward},
}

// bench is one run of the program.
type bench struct {
	options
	dir        string // for everything, removed at the end
	self       string // this program's file
	begin      time.Time
	stderr     io.Writer
	cores      cores
	contenders []contender
	missing    []string // peers that are not installed
	answer     answer   // what all servers answer to GET /healthz
	results    results

	mu      sync.Mutex // guards running
	running map[*server]struct{}
}

func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.stderr, "%7s  %s\n", time.Since(b.begin).Round(time.Second), fmt.Sprintf(format, args...))
}

// rotated returns the contenders in another order for each round, those only that
// are wanted; nil wants all.
func (b *bench) rotated(round int, wanted func(contender) bool) []contender {
	var cs []contender
	for i := range b.contenders {
		c := b.contenders[(i+round)%len(b.contenders)]
		if wanted == nil || wanted(c) {
			cs = append(cs, c)
		}
	}
	return cs
}

// startAll starts the contenders, in the order given, with the same launch.
func (b *bench) startAll(cs []contender, l launch) ([]*server, error) {
	var servers []*server
	for _, c := range cs {
		s, err := b.start(c, l)
		if err != nil {
			return nil, err
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// Names of figures.
const (
	metricCPU         = "cpu"         // microseconds of processor time per operation
	metricRate        = "rate"        // operations per second
	metricMemory      = "memory"      // KiB per connection
	metricMedian      = "median"      // microseconds of an operation
	metricSlowest     = "slowest"     // the same, of the slowest hundredth the fastest
	metricDescriptors = "descriptors" // per connection
)

// cell names a figure.
type cell struct {
	scenario, variant, server, metric string
}

// results holds the figures of all rounds, in their order.
type results map[cell][]float64

func (r results) add(c cell, v float64) { r[c] = append(r[c], v) }

// ratios returns, round by round, the figures of a divided by those of b.
func (r results) ratios(a, b cell) []float64 { return ratios(r[a], r[b]) }

func scenarioNames() (names []string) {
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}
