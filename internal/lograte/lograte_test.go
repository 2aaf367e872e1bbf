package lograte

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	var g Gate
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		after  time.Duration
		silent int64
		ok     bool
	}{
		{0, 0, true}, {0, 0, false}, {Every - 1, 0, false}, {Every, 2, true},
		{Every + 1, 0, false}, {time.Hour, 1, true}, {2 * time.Hour, 0, true},
	} {
		if silent, ok := g.Allow(start.Add(test.after)); silent != test.silent || ok != test.ok {
			t.Errorf("after %v: Allow = %d, %v; want %d, %v", test.after, silent, ok, test.silent, test.ok)
		}
	}
}
