package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestHeapPercent(t *testing.T) {
	for used, want := range map[uint64]int{0: 3200, 1 << 20: 3200, 8 << 20: 400, 32 << 20: 100, 1 << 30: 100} {
		if got := heapPercent(used); got != want {
			t.Errorf("heapPercent(%d) = %d; want %d", used, got, want)
		}
	}
}

// The collector is paced again after each collection, and as before when that is over.
func TestPaceCollector(t *testing.T) {
	t.Setenv("GOGC", "")
	percent := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	becomes := func(ok func(uint64) bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(percent()); runtime.GC() {
			if time.Now().After(end) {
				t.Fatalf("the collector is at %d percent", percent())
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		new(daemon).paceCollector(ctx)
	}()
	becomes(func(p uint64) bool { return p > usualPercent })
	big := make([]byte, heapRoom)
	becomes(func(p uint64) bool { return p == usualPercent })
	runtime.KeepAlive(big)
	cancel()
	<-ended
	if p := percent(); p != usualPercent {
		t.Errorf("the collector stays at %d percent", p)
	}
}
