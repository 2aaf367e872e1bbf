// Command rpc measures calls of programs beside a bare grpc-go server that answers the
// same: unary calls and calls in sessions, with a string of 1 KB there and back, over TLS
// with the protocol appserver-rpc/1.
//
//	go run ./bench/rpc [-rounds 9] [-time 2s] [-callers 32] [-strict]
//
// Both servers run beside each other, each a process of its own, and are measured one
// after another in each round. A ratio is taken within each round; the median of the
// rounds counts. With -strict the run fails if a goal is missed.
package main

import (
	"context"
	"crypto/tls"
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

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"appserver/bench/lab"
)

// goal is the least part of the bare server's calls per second.
const goal = 0.9

func main() {
	bare := flag.String("bare", "", "serve bare grpc-go with the certificate in the folder (internal)")
	var b bench
	flag.IntVar(&b.rounds, "rounds", 9, "rounds; the median counts")
	flag.DurationVar(&b.time, "time", 2*time.Second, "time of one measurement")
	flag.IntVar(&b.callers, "callers", 32, "callers at the same time, on four connections")
	strict := flag.Bool("strict", false, "fail if a goal is missed")
	flag.Parse()
	err := error(nil)
	if *bare != "" {
		err = serveBare(*bare)
	} else {
		err = b.run(os.Stdout, *strict)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rpc:", err)
		os.Exit(1)
	}
}

// bench is what is to be measured, and with what.
type bench struct {
	rounds, callers int
	time            time.Duration

	dir   string
	token string
	pool  *x509.CertPool
}

// connections is how many connections the callers share.
const connections = 4

// server is a process that is measured.
type server struct {
	*lab.Server
	conns []*grpc.ClientConn
}

// kinds are the ways to call, each with what makes a caller.
var kinds = []struct {
	name string
	make func(ctx context.Context, cc *grpc.ClientConn) (call func() error, err error)
}{
	{"unary call", unaryCaller},
	{"call in a session", sessionCaller},
}

func (b *bench) run(w io.Writer, strict bool) (err error) {
	if b.rounds < 1 || b.callers < 1 {
		return errors.New("there must be a round and a caller")
	}
	if b.dir, err = os.MkdirTemp("", "rpc-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.pool, err = lab.MakeCertificate(b.dir); err != nil {
		return err
	}
	app, err := b.startAppserver()
	if err != nil {
		return err
	}
	defer app.stop()
	bare, err := b.startBare()
	if err != nil {
		return err
	}
	defer bare.stop()
	return b.compare(w, app, bare, strict)
}

// compare measures both servers in rounds, and writes a table.
func (b *bench) compare(w io.Writer, app, bare *server, strict bool) error {
	fmt.Fprintf(w, "%s, %d processors; %d callers on %d connections, %d rounds of %v\n\n",
		runtime.Version(), runtime.NumCPU(), b.callers, connections, b.rounds, b.time)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tappserver calls/s\tbare grpc-go calls/s\tratio\tquartiles\tprocessor time per call, ratio")
	var missed []string
	for _, kind := range kinds {
		var ours, theirs, ratio, cost []float64
		for round := range b.rounds {
			pair := []*server{app, bare}
			if round%2 == 1 {
				slices.Reverse(pair)
			}
			got := map[*server]figure{}
			for _, s := range pair {
				f, err := b.measure(s, kind.make)
				if err != nil {
					return fmt.Errorf("%s: %w", kind.name, err)
				}
				got[s] = f
			}
			ours, theirs = append(ours, got[app].rate), append(theirs, got[bare].rate)
			ratio = append(ratio, got[app].rate/got[bare].rate)
			cost = append(cost, got[app].cost/got[bare].cost)
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.2f\t%.2f–%.2f\t%.2f\n", kind.name,
			lab.Quantile(ours, .5), lab.Quantile(theirs, .5), lab.Quantile(ratio, .5), lab.Quantile(ratio, .25), lab.Quantile(ratio, .75), lab.Quantile(cost, .5))
		if m := lab.Quantile(ratio, .5); m < goal {
			missed = append(missed, fmt.Sprintf("%s: %.2f of bare grpc-go; the goal is %.1f", kind.name, m, goal))
		}
	}
	table.Flush()
	if strict && len(missed) > 0 {
		return errors.New(strings.Join(missed, "\n"))
	}
	return nil
}

// dial connects to the server at address.
func (b *bench) dial(s *server, address string) error {
	config := &tls.Config{RootCAs: b.pool, ServerName: "localhost", NextProtos: []string{alpn}}
	for range connections {
		cc, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(credentials.NewTLS(config)),
			grpc.WithPerRPCCredentials(bearer(b.token)))
		if err != nil {
			return err
		}
		s.conns = append(s.conns, cc)
	}
	return nil
}

// bearer is a token as credentials of calls.
type bearer string

func (t bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(t)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

// stop ends the server.
func (s *server) stop() {
	for _, cc := range s.conns {
		cc.Close()
	}
	s.Stop()
}
