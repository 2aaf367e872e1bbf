package logging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gated is a writer that takes nothing until it is opened.
type gated struct {
	open chan struct{}
	mu   sync.Mutex
	b    bytes.Buffer
}

func (g *gated) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func lost(n int) []byte { return fmt.Appendf(nil, "lost %d\n", n) }

func TestAsyncNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{open: make(chan struct{})}
		a := NewAsync(g, 4, lost)
		for i := range 100 {
			fmt.Fprintf(a, "record %d\n", i) // would deadlock if it waited
			synctest.Wait()
		}
		if a.Close(time.Second) {
			t.Error("Close of a stuck writer = true; want false")
		}
		close(g.open)
		synctest.Wait()
		// The record in hand, the four queued, and that the others are lost, though
		// nothing follows them.
		want := "record 0\nrecord 1\nrecord 2\nrecord 3\nrecord 4\nlost 95\n"
		if got := g.b.String(); got != want {
			t.Errorf("written = %q; want %q", got, want)
		}
	})
}

func TestAsyncTellsWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{open: make(chan struct{})}
		a := NewAsync(g, 2, lost)
		for i := range 10 {
			fmt.Fprintf(a, "record %d\n", i)
			synctest.Wait()
		}
		close(g.open)
		synctest.Wait()
		fmt.Fprintln(a, "after")
		if !a.Close(time.Second) {
			t.Error("Close = false; want everything written")
		}
		a.Write([]byte("too late\n"))
		want := "record 0\nrecord 1\nrecord 2\nlost 7\nafter\n"
		if got := g.b.String(); got != want {
			t.Errorf("written = %q; want %q", got, want)
		}
	})
}

// What tells of the loss is a record like the others.
func TestLostRecord(t *testing.T) {
	var record struct {
		Level, Part string
		Records     int
	}
	if err := json.Unmarshal(LostRecord(JSON)(7), &record); err != nil || record.Level != "warn" || record.Records != 7 {
		t.Errorf("LostRecord(json)(7) = %+v, %v; want a warning of 7 records", record, err)
	}
	if got := string(LostRecord(Text)(7)); !strings.Contains(got, "WARN  log: ") || !strings.HasSuffix(got, "records=7\n") {
		t.Errorf("LostRecord(text)(7) = %q; want a warning of 7 records", got)
	}
}
