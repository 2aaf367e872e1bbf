// Command host measures what the host of programs promises: how soon a thread runs, what
// threads at rest take, how soon any program ends when it is told to, and what short
// calls feel of programs that run on and on.
//
//	go run ./bench/host [-rounds 9] [-only start,memory,kill,share] [-strict]
//
// With -strict the run fails if a goal is missed. Memory at rest is measured on Linux only.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

func main() {
	rounds := flag.Int("rounds", 9, "rounds; the median counts")
	only := flag.String("only", "", "measurements to make, separated by commas: "+strings.Join(names(), ", "))
	strict := flag.Bool("strict", false, "fail if a goal is missed")
	flag.Parse()
	if err := bench(os.Stdout, *rounds, *only, *strict); err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

// measurements are all there are, in their order. Each writes a table and returns the
// goals that it missed.
var measurements = []struct {
	name string
	make func(m *measurement) (missed []string, err error)
}{
	{"start", (*measurement).start},
	{"memory", (*measurement).memory},
	{"kill", (*measurement).kill},
	{"share", (*measurement).share},
}

func names() []string {
	var list []string
	for _, m := range measurements {
		list = append(list, m.name)
	}
	return list
}

// measurement is what the measurements work with.
type measurement struct {
	*host.Host
	w      io.Writer
	rounds int
}

// environment is the name of the environment with the programs of host.prw.
const environment = "BENCH"

//go:embed host.prw
var source string

func bench(w io.Writer, rounds int, only string, judge bool) error {
	if rounds < 1 {
		return fmt.Errorf("%d rounds: there must be at least one", rounds)
	}
	for _, name := range strings.Split(only, ",") {
		if name != "" && !slices.Contains(names(), name) {
			return fmt.Errorf("there is no measurement %s", name)
		}
	}
	m := &measurement{w: w, rounds: rounds}
	if err := m.prepare(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %d processors for Go; %d rounds\n", runtime.Version(), runtime.GOMAXPROCS(0), rounds)
	var missed []string
	for _, one := range measurements {
		if only != "" && !slices.Contains(strings.Split(only, ","), one.name) {
			continue
		}
		goals, err := one.make(m)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		missed = append(missed, goals...)
	}
	if judge && len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, "; "))
	}
	return nil
}

// prepare makes the host.
func (m *measurement) prepare() error {
	unit, findings := build.Source("host.prw", source, build.Options{})
	if findings.Failed() {
		return fmt.Errorf("host.prw: %v", findings[0].Message)
	}
	m.Host = host.New(host.Options{
		Link:   func(units []*code.Unit) (*vm.Program, error) { return advpl.Link(units) },
		Thread: advpl.WithMacros, Release: advpl.Release,
	})
	commit, err := m.Prepare(context.Background(), host.Config{
		Environments: []host.Environment{{Name: environment}}, Units: map[string][]*code.Unit{environment: {unit}},
	})
	if err != nil {
		return err
	}
	commit()
	return nil
}

// begin starts a thread.
func (m *measurement) begin(function string, args ...vm.Value) (*host.Thread, error) {
	return m.Start(context.Background(), host.Call{Env: environment, Func: "U_" + function, Args: args, Kind: host.Job})
}

// end ends threads and waits until they have.
func end(threads ...*host.Thread) {
	for _, t := range threads {
		t.Kill(context.Canceled)
	}
	for _, t := range threads {
		<-t.Done()
	}
}

// spread describes a number of times.
type spread []time.Duration

// part returns the time that the given part of the times does not exceed.
func (s spread) part(p float64) time.Duration {
	slices.Sort(s)
	return s[min(int(p*float64(len(s))), len(s)-1)]
}

// µs writes a time in microseconds.
func µs(d time.Duration) string {
	switch us := float64(d) / 1000; {
	case us < 100:
		return fmt.Sprintf("%.1f", us)
	default:
		return fmt.Sprintf("%.0f", us)
	}
}

// ms writes a time in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/1e6) }
