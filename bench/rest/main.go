// Command rest measures REST requests that a TLPP function answers beside a bare net/http
// server that does the same: it reads a parameter of the path and a JSON body, and answers
// with JSON, over TLS with HTTP/1.1.
//
//	go run ./bench/rest [-rounds 9] [-time 2s] [-clients 32] [-access none] [-log] [-soak 0] [-strict]
//
// Both servers run beside each other, each a process of its own, and are measured one
// after another in each round; a ratio is taken within each round and the median of the
// rounds counts. Then appserver gets 80 % of the requests that it has answered at most,
// evenly spread, and the time from when each was due is measured. With -soak it runs at
// full load for that long, and its memory is watched. With -access basic or bearer clients
// of appserver show who they are, by name and password or with a token; the bare server does
// not look at that. With -strict the run fails if a goal is missed.
package main

import (
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"appserver/bench/lab"
)

// The goals.
const (
	leastRate  = 0.5 // requests per second, of the bare server's
	mostTail   = 3   // 99th percentile, of the median, at 80 % load
	load       = 0.8 // part of the most requests, at which times are measured
	mostGrowth = 1.1 // memory of the last fifth of a soak, of the second fifth
)

func main() {
	bare := flag.String("bare", "", "serve bare net/http with the certificate in the folder (internal)")
	var b bench
	flag.IntVar(&b.rounds, "rounds", 9, "rounds; the median counts")
	flag.DurationVar(&b.time, "time", 2*time.Second, "time of one measurement")
	flag.IntVar(&b.clients, "clients", 32, "clients at the same time, each with a connection")
	flag.DurationVar(&b.soak, "soak", 0, "time of full load in which memory is watched; 0: none")
	flag.StringVar(&b.access, "access", accessNone, "how clients show who they are: none, basic or bearer")
	flag.BoolVar(&b.log, "log", false, "have appserver log each request, which net/http does not")
	strict := flag.Bool("strict", false, "fail if a goal is missed")
	flag.Parse()
	err := error(nil)
	if *bare != "" {
		err = serveBare(*bare)
	} else {
		err = b.run(os.Stdout, *strict)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rest:", err)
		os.Exit(1)
	}
}

// bench is what is to be measured, and with what.
type bench struct {
	rounds, clients int
	log             bool   // appserver logs each request
	access          string // one of the constants
	time, soak      time.Duration

	dir           string
	trust         *x509.CertPool
	authorization string // the line of the header with its end, or ""
	missed        []string
}

func (b *bench) run(w io.Writer, strict bool) (err error) {
	if b.rounds < 1 || b.clients < 1 {
		return errors.New("there must be a round and a client")
	}
	if b.access != accessNone && b.access != accessBasic && b.access != accessBearer {
		return fmt.Errorf("-access %s: it can be none, basic or bearer", b.access)
	}
	if b.dir, err = os.MkdirTemp("", "rest-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.trust, err = lab.MakeCertificate(b.dir); err != nil {
		return err
	}
	app, err := b.startAppserver()
	if err != nil {
		return err
	}
	defer app.Stop()
	bare, err := lab.StartSelf("-bare", b.dir)
	if err != nil {
		return err
	}
	defer bare.Stop()
	fmt.Fprintf(w, "%s, %d processors; %d clients, %d rounds of %v\n\n", runtime.Version(), runtime.NumCPU(), b.clients, b.rounds, b.time)
	most, mostBare, err := b.compare(w, app, bare)
	if err == nil {
		err = b.latency(w, app, bare, most, mostBare)
	}
	if err == nil && b.soak > 0 {
		err = b.endure(w, app)
	}
	if err == nil && strict && len(b.missed) > 0 {
		err = errors.New(strings.Join(b.missed, "\n"))
	}
	return err
}

func (b *bench) miss(format string, args ...any) {
	b.missed = append(b.missed, fmt.Sprintf(format, args...))
}

// compare measures both servers in rounds, writes a table, and returns how many requests a
// second each answers.
func (b *bench) compare(w io.Writer, app, bare *lab.Server) (most, mostBare float64, err error) {
	var ours, theirs, ratio, cost []float64
	for round := range b.rounds {
		pair := []*lab.Server{app, bare}
		if round%2 == 1 {
			slices.Reverse(pair)
		}
		got := map[*lab.Server]figure{}
		for _, s := range pair {
			if got[s], err = b.measure(s); err != nil {
				return 0, 0, err
			}
		}
		ours, theirs = append(ours, got[app].rate), append(theirs, got[bare].rate)
		ratio = append(ratio, got[app].rate/got[bare].rate)
		cost = append(cost, got[app].cost/got[bare].cost)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "appserver requests/s\tbare net/http requests/s\tratio\tquartiles\tprocessor time per request, ratio")
	middle := lab.Quantile(ratio, .5)
	fmt.Fprintf(table, "%.0f\t%.0f\t%.2f\t%.2f–%.2f\t%.2f\n", lab.Quantile(ours, .5), lab.Quantile(theirs, .5),
		middle, lab.Quantile(ratio, .25), lab.Quantile(ratio, .75), lab.Quantile(cost, .5))
	if middle < leastRate {
		b.miss("%.2f of the requests that bare net/http answers; the goal is %.1f", middle, leastRate)
	}
	return lab.Quantile(ours, .5), lab.Quantile(theirs, .5), table.Flush()
}

// latency measures how long requests take at 80 % of what the servers answer at most.
func (b *bench) latency(w io.Writer, app, bare *lab.Server, most, mostBare float64) error {
	median, tail, err := b.paced(app, load*most)
	if err != nil {
		return err
	}
	bareMedian, bareTail, err := b.paced(bare, load*mostBare)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nat %.0f %% load\tappserver, %.0f requests/s: median %.2f ms, 99th percentile %.2f ms (%.1f times)\n",
		100*load, load*most, 1e3*median, 1e3*tail, tail/median)
	fmt.Fprintf(w, "\t\tbare net/http, %.0f requests/s: median %.2f ms, 99th percentile %.2f ms (%.1f times)\n",
		load*mostBare, 1e3*bareMedian, 1e3*bareTail, bareTail/bareMedian)
	if tail > mostTail*median {
		b.miss("at %.0f %% load the 99th percentile is %.1f times the median; the goal is %d", 100*load, tail/median, mostTail)
	}
	return nil
}

// paced returns median and 99th percentile of the time of requests at a rate, in seconds, as
// the median of the rounds.
func (b *bench) paced(s *lab.Server, rate float64) (median, tail float64, err error) {
	var tails, medians []float64
	for range b.rounds {
		times, err := b.pace(s, rate)
		if err != nil {
			return 0, 0, err
		}
		medians, tails = append(medians, lab.Quantile(times, .5)), append(tails, lab.Quantile(times, .99))
	}
	return lab.Quantile(medians, .5), lab.Quantile(tails, .5), nil
}

// endure watches the memory of the server at full load.
func (b *bench) endure(w io.Writer, app *lab.Server) error {
	sizes, err := b.watch(app)
	if err != nil {
		return err
	}
	fifth := max(len(sizes)/5, 1)
	early, late := lab.Quantile(sizes[min(fifth, len(sizes)-1):min(2*fifth+1, len(sizes))], .5), lab.Quantile(sizes[len(sizes)-fifth:], .5)
	fmt.Fprintf(w, "\n%v at full load: %.1f MiB resident in the second fifth of the time, %.1f in the last (%.2f times), %.1f at most\n",
		b.soak, early, late, late/early, slices.Max(sizes))
	if late > mostGrowth*early {
		b.miss("memory grew %.2f times in %v; the goal is %.1f", late/early, b.soak, mostGrowth)
	}
	return nil
}
