// Command engines measures appserver's virtual machine beside three interpreters
// written in Go: gopher-lua, goja (JavaScript) and tengo.
//
//	go run . [-rounds 7] [-only Fib,Loop] [-strict]     (in bench/engines)
//
// Every engine runs the same programs (scripts/), and their results are compared.
// A round runs all engines one after another, in another order each time, so that
// what the machine does meanwhile hurts all of them; the figure is the median of
// the rounds, and a ratio is taken within each round. Appends have one round only,
// since the others take seconds. With -strict the run fails
// unless appserver is at least twice as fast as each other engine on Fib and Loop.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// benchmark is one of the functions of the scripts.
type benchmark struct {
	name string
	n    int    // its argument
	what string // for the table
	once bool   // one round is enough: others take many times as long
}

var programs = []benchmark{
	{"Fib", 30, "fib(30): 1.3 M calls", false},
	{"Loop", 10_000_000, "10 M turns that add", false},
	{"Append", 200_000, "200 k appends to a string", true},
	{"Fill", 1_000_000, "array of 1 M filled and summed", false},
	{"Sieve", 2_000_000, "sieve of 2 M", false},
	{"Blocks", 1_000_000, "1 M evaluations of a block", false},
	{"Methods", 1_000_000, "1 M method calls", false},
	{"Privates", 1_000_000, "1 M additions to a private (elsewhere: a global)", false},
	{"Macros", 100_000, "100 k evaluations of a text", false},
}

// strict are the programs that -strict judges, and how much faster appserver must be.
var strict = []string{"Fib", "Loop"}

const strictRatio = 2

// engine runs programs. run returns the program's value, and ok is false if the
// engine has nothing that corresponds.
type engine struct {
	name string
	run  func(p benchmark) (value float64, ok bool, err error)
}

func main() {
	rounds := flag.Int("rounds", 7, "number of rounds")
	only := flag.String("only", "", "programs to run, separated by commas")
	strict := flag.Bool("strict", false, "fail if a goal is missed")
	flag.Parse()
	if err := bench(os.Stdout, *rounds, *only, *strict); err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
		os.Exit(1)
	}
}

func bench(w io.Writer, rounds int, only string, judge bool) error {
	engines, err := allEngines()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %d processors; medians of %d rounds, in milliseconds; in brackets how many times as long as appserver\n\n",
		runtime.Version(), runtime.GOMAXPROCS(0), rounds)
	fmt.Fprint(w, "| program |")
	for _, e := range engines {
		fmt.Fprintf(w, " %s |", e.name)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(engines)))
	var missed []string
	for _, p := range programs {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		times, err := measure(engines, p, rounds)
		if err != nil {
			return err
		}
		missed = append(missed, row(w, engines, p, times)...)
	}
	if judge && len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, "; "))
	}
	return nil
}

// row prints the medians of a program and returns the goals it misses.
func row(w io.Writer, engines []engine, p benchmark, times [][]time.Duration) (missed []string) {
	fmt.Fprintf(w, "| %s |", p.what)
	for i, e := range engines {
		if times[i] == nil {
			fmt.Fprint(w, " — |")
			continue
		}
		fmt.Fprintf(w, " %.1f", median(times[i]).Seconds()*1000)
		if i > 0 {
			ratio := medianRatio(times[i], times[0])
			fmt.Fprintf(w, " (%.1f)", ratio)
			if slices.Contains(strict, p.name) && ratio < strictRatio {
				missed = append(missed, fmt.Sprintf("%s: %s takes %.1f times as long, not %d", p.name, e.name, ratio, strictRatio))
			}
		}
		fmt.Fprint(w, " |")
	}
	fmt.Fprintln(w)
	return missed
}

// measure returns for each engine its time in each round, nil if it cannot run p.
// Engine 0 is appserver, whose value is what the others must return.
func measure(engines []engine, p benchmark, rounds int) ([][]time.Duration, error) {
	want, _, err := engines[0].run(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", engines[0].name, p.name, err)
	}
	times := make([][]time.Duration, len(engines))
	if p.once {
		rounds = 1
	}
	for range rounds {
		for _, i := range rand.Perm(len(engines)) {
			runtime.GC()
			start := time.Now()
			value, ok, err := engines[i].run(p)
			took := time.Since(start)
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s: %s: %w", engines[i].name, p.name, err)
			case !ok:
				continue
			case value != want:
				return nil, fmt.Errorf("%s: %s(%d) = %v; appserver says %v", engines[i].name, p.name, p.n, value, want)
			}
			times[i] = append(times[i], took)
		}
	}
	return times, nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// medianRatio returns the median of a's times in b's.
func medianRatio(a, b []time.Duration) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = float64(a[i]) / float64(b[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
