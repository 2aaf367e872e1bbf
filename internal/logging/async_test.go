package logging

import (
	"bytes"
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

func TestAsyncNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{open: make(chan struct{})}
		a := NewAsync(g, 4)
		for i := range 100 {
			fmt.Fprintf(a, "record %d\n", i) // would deadlock if it waited
			synctest.Wait()
		}
		if a.Close(time.Second) {
			t.Error("Close of a stuck writer = true; want false")
		}
		close(g.open)
		synctest.Wait()
		if got := g.b.String(); !strings.HasPrefix(got, "record 0\n") || strings.Count(got, "\n") != 5 {
			t.Errorf("written = %q; want the record in hand and the four queued", got)
		}
	})
}

func TestAsyncTellsWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{open: make(chan struct{})}
		a := NewAsync(g, 2)
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
		want := "record 0\nrecord 1\nrecord 2\n7 log records were lost: whoever reads the log did not keep up\nafter\n"
		if got := g.b.String(); got != want {
			t.Errorf("written = %q; want %q", got, want)
		}
	})
}
