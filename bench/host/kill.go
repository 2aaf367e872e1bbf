package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"appserver/internal/host"
)

// killGoal is how long it may take until a program that is told to end has ended, and its
// thread is cleaned up.
const killGoal = 100 * time.Millisecond

// runaways are programs that do not end by themselves.
var runaways = []struct{ function, what string }{
	{"Loops", "endless loop"},
	{"Recurses", "recursion, 5,000 calls deep"},
	{"Handles", "loop that handles an error each turn"},
	{"Rests", "`Sleep`"},
	{"Sorts", "`ASort` of 400,000 numbers"},
	{"SortsBy", "`ASort` of 200,000 numbers with a block"},
	{"Evals", "`AEval` of 1,000,000 numbers"},
	{"Joins", "strings of 30 MB built and searched with `StrTran`"},
	{"Matches", "regular expression on 8 MB"},
	{"Parses", "JSON of 5 MB"},
	{"Hashes", "`MD5` of 60 MB"},
}

// judged is the part of the times that the goal is for: the machine may do other things.
const judged = 0.95

// kill measures how soon programs end. Beside it a goroutine does nothing but sleep: that
// it wakes late shows what the machine adds.
func (m *measurement) kill() (missed []string, err error) {
	const each = 5
	fmt.Fprintf(m.w, "\n## From Kill to the end of the thread, ms (%d times each)\n\n| program | half | 95 %% | worst |\n|---|---|---|---|\n", m.rounds*each)
	late := watchMachine()
	for _, r := range runaways {
		var took spread
		for range m.rounds * each {
			d, err := m.killed(r.function)
			if err != nil {
				return nil, err
			}
			took = append(took, d)
		}
		most := took.part(judged)
		fmt.Fprintf(m.w, "| %s | %s | %s | %s |\n", r.what, ms(took.part(0.5)), ms(most), ms(took.part(1)))
		if most > killGoal {
			missed = append(missed, fmt.Sprintf("%s takes %v to end, not %v", r.what, most, killGoal))
		}
	}
	woke := late()
	fmt.Fprintf(m.w, "| nothing: 1 ms of sleep, how late it ended | %s | %s | %s |\n", ms(woke.part(0.5)), ms(woke.part(judged)), ms(woke.part(1)))
	return missed, nil
}

// watchMachine measures how late a goroutine wakes until the function that it returns is
// called, which returns the times.
func watchMachine() (stop func() spread) {
	quit, times := make(chan struct{}), make(chan spread)
	go func() {
		var late spread
		for {
			begun := time.Now()
			select {
			case <-quit:
				times <- late
				return
			case <-time.After(time.Millisecond):
				late = append(late, time.Since(begun)-time.Millisecond)
			}
		}
	}()
	return func() spread {
		close(quit)
		return <-times
	}
}

// killed returns how long the program takes to end when it is told to at some moment.
func (m *measurement) killed(function string) (time.Duration, error) {
	t, err := m.begin(function)
	if err != nil {
		return 0, err
	}
	select {
	case <-t.Done():
		_, err := t.Wait(context.Background())
		return 0, fmt.Errorf("the program U_%s ended by itself: %w", function, err)
	case <-time.After(rand.N(300 * time.Millisecond)):
	}
	begun := time.Now()
	t.Kill(host.ErrKilled)
	<-t.Done()
	return time.Since(begun), nil
}
