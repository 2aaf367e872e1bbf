// Command rest measures REST requests that a TLPP function answers beside a bare net/http
// server that does the same: it reads a parameter of the path and a JSON body, and answers
// with JSON, over TLS with HTTP/1.1.
//
//	go run ./bench/rest [-rounds 9] [-time 2s] [-clients 32] [-access none] [-log] [-soak 0] [-strict]
//
// Both servers run beside each other, each a process of its own, and are measured one
// after another in each round; a ratio is taken within each round and the median of the
// rounds counts. With -soak appserver runs at full load for that long, and its memory is
// watched.
//
// For the time that requests take both servers are started anew on one processor, and the
// clients use the others, so that the times are those of the server and not of who gets the
// processor next. Where there is one processor only, or no Linux, they share. Each server
// gets 80 % of the requests that it answers at most there, evenly spread over time and
// connections, and the time from when each was due is measured, so that none that had to
// wait for an answer before it is left out.
//
// With -access basic or bearer clients of appserver show who they are, by name and password
// or with a token; the bare server does not look at that. With -strict the run fails if a
// goal is missed.
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
	binary, ini   string // of appserver
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
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %d processors; %d clients, %d rounds of %v\n\n", runtime.Version(), runtime.NumCPU(), b.clients, b.rounds, b.time)
	if err := b.throughput(w); err != nil {
		return err
	}
	if err := b.latency(w); err != nil {
		return err
	}
	if strict && len(b.missed) > 0 {
		return errors.New(strings.Join(b.missed, "\n"))
	}
	return nil
}

// start starts both servers.
func (b *bench) start() (app, bare *lab.Server, err error) {
	if app, err = b.startAppserver(); err != nil {
		return nil, nil, err
	}
	if bare, err = lab.StartSelf("-bare", b.dir); err != nil {
		app.Stop()
		return nil, nil, err
	}
	return app, bare, nil
}

// throughput measures what the servers do at full load.
func (b *bench) throughput(w io.Writer) error {
	app, bare, err := b.start()
	if err != nil {
		return err
	}
	defer app.Stop()
	defer bare.Stop()
	if err := b.compare(w, app, bare); err != nil || b.soak == 0 {
		return err
	}
	return b.endure(w, app)
}

func (b *bench) miss(format string, args ...any) {
	b.missed = append(b.missed, fmt.Sprintf(format, args...))
}

// compare measures both servers in rounds, and writes a table.
func (b *bench) compare(w io.Writer, app, bare *lab.Server) (err error) {
	var ours, theirs, ratio, cost []float64
	for round := range b.rounds {
		pair := []*lab.Server{app, bare}
		if round%2 == 1 {
			slices.Reverse(pair)
		}
		got := map[*lab.Server]figure{}
		for _, s := range pair {
			if got[s], err = b.measure(s); err != nil {
				return err
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
	return table.Flush()
}

// latency measures how long requests take at 80 % of what the servers answer at most, each
// on a processor for itself.
func (b *bench) latency(w io.Writer) error {
	on, apart, err := lab.Apart()
	if err != nil {
		return err
	}
	if !apart {
		on = func(start func() error) error { return start() }
	}
	app, bare := paced{name: "appserver"}, paced{name: "bare net/http"}
	if err := on(func() (err error) {
		app.server, bare.server, err = b.start()
		return err
	}); err != nil {
		return err
	}
	defer app.server.Stop()
	defer bare.server.Stop()
	for range b.rounds {
		for _, p := range []*paced{&app, &bare} {
			if err := b.round(p); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(w, "\nat %.0f %% load", 100*load)
	if apart {
		fmt.Fprint(w, ", the server on one processor and the clients on others")
	}
	fmt.Fprintln(w)
	app.tell(w)
	bare.tell(w)
	if ratio := lab.Quantile(app.ratios, .5); ratio > mostTail {
		b.miss("at %.0f %% load the 99th percentile is %.1f times the median; the goal is %d", 100*load, ratio, mostTail)
	}
	return nil
}

// paced is what is found about a server that gets requests at a rate, by round.
type paced struct {
	name                          string
	server                        *lab.Server
	rates, medians, tails, ratios []float64 // requests a second, seconds
}

// round measures how much the server answers at most, and then the times at 80 % of that.
func (b *bench) round(p *paced) error {
	most, err := b.measure(p.server)
	if err != nil {
		return err
	}
	times, err := b.pace(p.server, load*most.rate)
	if err != nil {
		return err
	}
	median, tail := lab.Quantile(times, .5), lab.Quantile(times, .99)
	p.rates, p.medians, p.tails = append(p.rates, load*most.rate), append(p.medians, median), append(p.tails, tail)
	p.ratios = append(p.ratios, tail/median)
	return nil
}

// tell writes the medians of the rounds.
func (p *paced) tell(w io.Writer) {
	fmt.Fprintf(w, "%s, %.0f requests/s: median %.2f ms, 99th percentile %.2f ms (%.1f times, quartiles %.1f–%.1f)\n", p.name,
		lab.Quantile(p.rates, .5), 1e3*lab.Quantile(p.medians, .5), 1e3*lab.Quantile(p.tails, .5),
		lab.Quantile(p.ratios, .5), lab.Quantile(p.ratios, .25), lab.Quantile(p.ratios, .75))
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
