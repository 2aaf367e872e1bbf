// Command operations times 56 small operations of the language, one at a time on one
// thread, and sets each beside what Harbour, the xBase runtime in C, takes for its like.
//
//	go run ./bench/operations [-rounds 5] [-turns 1000000] [-only Scan,AddRow] [-strict]
//
// The operations are functions of operations.prw, each a loop over one statement. A
// figure is the processor time of the whole process, the collection of garbage
// included, divided by the turns, and the median of the rounds; the loop's own time is
// part of it, as it is of Harbour's figures. A round runs all operations once, so that
// what the machine does meanwhile hurts all of them.
//
// With -strict the run fails if an operation takes more than 1.5 times as long as
// Harbour, or all together more than two thirds of its time.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// The goals: how many times as long as Harbour an operation may take, and what part of
// its time all together.
const (
	maxRatio = 1.5
	maxShare = 2.0 / 3
)

// harbourTotal is what Harbour takes for one turn of every operation, in nanoseconds.
const harbourTotal = 5440

// gcPercent is what `appserver run` sets, too.
const gcPercent = 400

func main() {
	rounds := flag.Int("rounds", 5, "rounds; the median counts")
	turns := flag.Int("turns", 1_000_000, "turns of each operation in a round")
	only := flag.String("only", "", "operations to run, separated by commas")
	strict := flag.Bool("strict", false, "fail if a goal is missed")
	profile := flag.String("cpuprofile", "", "file for a profile of the run")
	flag.Parse()
	debug.SetGCPercent(gcPercent)
	runtime.GOMAXPROCS(1) // else threads of the runtime that look for work are counted, too
	err := profiled(*profile, func() error {
		return bench(os.Stdout, *rounds, *turns, *only, *strict)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "operations:", err)
		os.Exit(1)
	}
}

// profiled runs f and writes a profile of it to the file, if that has a name.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

func bench(w io.Writer, rounds, turns int, only string, judge bool) error {
	if rounds < 1 || turns < 1 {
		return fmt.Errorf("%d rounds of %d turns: there must be at least one of each", rounds, turns)
	}
	list, err := selected(only)
	if err != nil {
		return err
	}
	program, err := compiled()
	if err != nil {
		return err
	}
	figures, err := measure(program, list, rounds, turns)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, one thread; processor time in nanoseconds a turn, medians of %d rounds of %d turns\n\n",
		runtime.Version(), rounds, turns)
	missed := report(w, list, figures)
	if judge && len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, "; "))
	}
	return nil
}

// selected returns the operations with the names, or all.
func selected(names string) ([]operation, error) {
	if names == "" {
		return operations, nil
	}
	var list []operation
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(operations, func(o operation) bool { return strings.EqualFold(o.name, name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no operation %s", name)
		}
		list = append(list, operations[i])
	}
	return list, nil
}

//go:embed operations.prw
var source string

// compiled returns the program of operations.prw.
func compiled() (*vm.Program, error) {
	unit, findings := build.Source("operations.prw", source, build.Options{})
	if findings.Failed() {
		return nil, fmt.Errorf("operations.prw: %v", findings[0].Message)
	}
	return advpl.Link([]*code.Unit{unit})
}

// measure returns for each operation the median of its times for one turn, in
// nanoseconds.
func measure(program *vm.Program, list []operation, rounds, turns int) ([]float64, error) {
	times := make([][]time.Duration, len(list))
	for range rounds {
		for i, o := range list {
			took, err := o.time(program, turns)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.name, err)
			}
			times[i] = append(times[i], took)
		}
	}
	medians := make([]float64, len(list))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = float64(times[i][rounds/2]) / float64(turns)
	}
	return medians, nil
}

// time runs o once and returns what the turns took.
func (o operation) time(program *vm.Program, turns int) (time.Duration, error) {
	thread := newThread(program)
	runtime.GC()
	start := processorTime()
	_, err := thread.Call("U_"+o.name, vm.Int(turns))
	return processorTime() - start, err
}

// newThread returns a thread with work areas.
func newThread(program *vm.Program) *vm.Thread {
	return advpl.NewThread(program, vm.Options{Areas: &areas{selected: "OPS"}})
}

// report prints the table and returns the goals that are missed.
func report(w io.Writer, list []operation, figures []float64) (missed []string) {
	fmt.Fprint(w, "| operation | what | ns | Harbour, ns | ratio |\n|---|---|---|---|---|\n")
	sum := 0.0
	for i, o := range list {
		took := figures[i]
		sum += took
		fmt.Fprintf(w, "| %s | %s | %.0f | %s |\n", o.name, o.what, took, beside(took, o.harbour))
		if o.harbour > 0 && took/o.harbour > maxRatio {
			missed = append(missed, fmt.Sprintf("%s takes %.2f times as long, not %.2f", o.name, took/o.harbour, maxRatio))
		}
	}
	if len(list) < len(operations) {
		return missed
	}
	fmt.Fprintf(w, "| all | | %.0f | %s |\n", sum, beside(sum, harbourTotal))
	if sum/harbourTotal > maxShare {
		missed = append(missed, fmt.Sprintf("all take %.2f of the time, not %.2f", sum/harbourTotal, maxShare))
	}
	return missed
}

// beside returns the last two columns of a row; harbour is 0 where it is not known.
func beside(took, harbour float64) string {
	if harbour == 0 {
		return " | "
	}
	return fmt.Sprintf("%.0f | %.2f", harbour, took/harbour)
}
