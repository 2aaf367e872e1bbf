package main

import (
	"context"
	"fmt"
	"time"

	"appserver/internal/host"
)

// startGoal is how long it may take from the call of Start to the first instruction.
const startGoal = 50 * time.Microsecond

// start measures how long it takes to begin a thread, until its program does something.
func (m *measurement) start() (missed []string, err error) {
	const each = 2000
	var first, whole spread
	for range m.rounds * each {
		noted := &note{}
		begun := time.Now()
		t, err := m.Start(context.Background(), host.Call{Env: environment, Func: "U_SAYS", Output: noted})
		if err != nil {
			return nil, err
		}
		if _, err := t.Wait(context.Background()); err != nil {
			return nil, err
		}
		whole = append(whole, time.Since(begun))
		first = append(first, noted.at.Sub(begun))
	}
	fmt.Fprintf(m.w, "\n## Start of a thread, µs (%d threads)\n\n| | half | 99 %% |\n|---|---|---|\n", len(first))
	fmt.Fprintf(m.w, "| to the first instruction | %s | %s |\n", µs(first.part(0.5)), µs(first.part(0.99)))
	fmt.Fprintf(m.w, "| to the end of a program that prints a letter | %s | %s |\n", µs(whole.part(0.5)), µs(whole.part(0.99)))
	if got := first.part(0.5); got > startGoal {
		missed = append(missed, fmt.Sprintf("a thread takes %v to start, not %v", got, startGoal))
	}
	return missed, nil
}

// note takes the time at which a program prints for the first time.
type note struct{ at time.Time }

func (n *note) Write(p []byte) (int, error) {
	if n.at.IsZero() {
		n.at = time.Now()
	}
	return len(p), nil
}
