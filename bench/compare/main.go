//go:build linux

// Command compare measures appserver beside bare net/http, nginx, haproxy and
// Caddy, and prints the tables of docs/performance.md.
//
//	go run ./bench/compare [-rounds 9] [-only keepalive,handshake,memory,forward] [-quick] [-strict]
//
// It builds appserver, starts each server on one processor and sends the load
// from another. A round measures all servers one after another, each round in
// another order, and compares within the round: what the machine does meanwhile
// then hurts all of them. What counts is the processor time that the processes of
// a server use per operation, as the kernel counts it, in nanoseconds.
//
// A peer that is not installed is left out and named; bench/peers.sh says how to
// get them. With -strict a missed goal fails the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	// The kernel ends a server when the thread that started it ends; the main
	// thread ends last.
	runtime.LockOSThread()
	var err error
	switch {
	case len(os.Args) > 3 && os.Args[1] == rolePinned:
		err = execPinned(os.Args[2], os.Args[3:])
	case len(os.Args) == 3 && os.Args[1] == roleBare:
		err = serveBare(os.Args[2])
	default:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// The program in another part, by its first argument.
const (
	rolePinned = "pinned"
	roleBare   = "bare"
)

// options are the flags.
type options struct {
	rounds    int
	only      []string
	slice     time.Duration
	idle      int
	forwarded int
	strict    bool
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 9, "rounds; the median counts")
	only := flags.String("only", "", "scenarios, separated by commas, of "+strings.Join(scenarioNames(), ", ")+"; empty: all")
	flags.DurationVar(&o.slice, "slice", time.Second, "length of one measurement")
	flags.IntVar(&o.idle, "idle", 9500, "idle connections whose memory is measured")
	flags.IntVar(&o.forwarded, "forwarded", 3000, "idle forwarded connections")
	quick := flags.Bool("quick", false, "short slices and few connections: to see that it works, not to measure")
	flags.BoolVar(&o.strict, "strict", false, "fail if a goal is missed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *quick {
		o.slice, o.idle, o.forwarded = 400*time.Millisecond, 300, 200
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(scenarioNames(), name) {
			return o, fmt.Errorf("-only: there is no scenario %q, but %s", name, strings.Join(scenarioNames(), ", "))
		}
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.slice <= 0 || o.idle < 1 || o.forwarded < 1 {
		return o, errors.New("rounds, slice and numbers of connections must be positive, and nothing may follow the flags")
	}
	return o, nil
}

// run is the program.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := newBench(ctx, o, dir, stderr)
	if err != nil {
		return err
	}
	defer b.stopAll()
	defer context.AfterFunc(ctx, b.stopAll)() // connections break, and with them what is being measured
	failed := b.measure(ctx)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	missed := b.report(stdout)
	for _, m := range missed {
		fmt.Fprintln(stderr, "missed:", m)
	}
	if failed != nil {
		return fmt.Errorf("%w; the tables hold what was measured before", failed)
	}
	if o.strict && len(missed) > 0 {
		return fmt.Errorf("%d goals are missed", len(missed))
	}
	return nil
}

// newBench builds appserver, looks for the peers, makes certificates and moves
// this process to the processors of the load.
func newBench(ctx context.Context, o options, dir string, stderr io.Writer) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir, self: self, begin: time.Now(), stderr: stderr, results: make(results)}
	b.progress("building appserver")
	if b.contenders, b.missing, err = findContenders(ctx, dir); err != nil {
		return nil, err
	}
	for _, key := range []keyKind{keyECDSA, keyRSA} {
		if err := makePair(filepath.Join(dir, string(key)), key); err != nil {
			return nil, err
		}
	}
	if b.cores, err = dealCores(); err != nil {
		return nil, err
	}
	if err := pinProcess(b.cores.load); err != nil {
		return nil, err
	}
	runtime.GOMAXPROCS(len(b.cores.load))
	debug.SetGCPercent(400)
	return b, b.learnAnswer()
}

// measure runs the rounds.
func (b *bench) measure(ctx context.Context) error {
	for round := range b.rounds {
		for _, s := range scenarios {
			if len(b.only) > 0 && !slices.Contains(b.only, s.name) {
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.progress("round %d of %d: %s", round+1, b.rounds, s.name)
			err := s.run(b, round)
			b.stopAll()
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, s.name, err)
			}
		}
	}
	b.progress("done")
	return nil
}
