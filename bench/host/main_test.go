package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// TestPrograms runs each program for a moment: those that do not end by themselves must
// still run then.
func TestPrograms(t *testing.T) {
	var out bytes.Buffer
	m := &measurement{w: &out, rounds: 1}
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := m.call(vm.Int(10)); err != nil {
		t.Errorf("U_WORK(10) = %v", err)
	}
	for _, r := range runaways {
		th, err := m.begin(r.function)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := th.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("U_%s ended: %v", r.function, err)
		}
		cancel()
		end(th)
	}
	if left := m.Figures().Threads[host.Job]; len(left) != 0 {
		t.Errorf("threads are left: %v", left)
	}
}

func TestUnknownMeasurement(t *testing.T) {
	var out bytes.Buffer
	for _, test := range []struct {
		rounds int
		only   string
	}{{0, ""}, {1, "start,stop"}} {
		if err := bench(&out, test.rounds, test.only, false); err == nil {
			t.Errorf("%d rounds of %q: no error", test.rounds, test.only)
		}
	}
	if strings.Contains(out.String(), "##") {
		t.Error("something was measured")
	}
}

func TestSpread(t *testing.T) {
	s := spread{5, 1, 4, 2, 3}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := s.part(p); got != want {
			t.Errorf("part(%v) = %v; want %v", p, got, want)
		}
	}
}
