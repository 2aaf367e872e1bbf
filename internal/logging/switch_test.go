package logging

import (
	"fmt"
	"io/fs"
	"sync"
	"testing"
)

// closable counts records, and takes none after it was closed.
type closable struct {
	used chan struct{} // gets a value at each record until it is full

	mu      sync.Mutex
	records int
	closed  bool
}

func newClosable() *closable { return &closable{used: make(chan struct{}, 1)} }

func (c *closable) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, fmt.Errorf("target: %w", fs.ErrClosed)
	}
	c.records++
	select {
	case c.used <- struct{}{}:
	default:
	}
	return len(p), nil
}

// close returns how many records there were.
func (c *closable) close() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.records
}

// No record is lost when targets are exchanged and closed under way.
func TestSwitch(t *testing.T) {
	const writers, each = 4, 2000
	current := newClosable()
	s := NewSwitch(current)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if _, err := fmt.Fprintln(s, "record"); err != nil {
					t.Errorf("Write: %v", err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	total := 0
	exchange := func() {
		next := newClosable()
		s.Set(next)
		total += current.close()
		current = next
	}
	for running := true; running; {
		select {
		case <-current.used:
			exchange()
		case <-done:
			running = false
		}
	}
	exchange()
	if total != writers*each {
		t.Errorf("the targets have %d records; want %d", total, writers*each)
	}
}

// stuck is a target whose reader is asleep.
type stuck struct{ begun, wake chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	close(s.begun)
	<-s.wake
	return len(p), nil
}

func TestSwitchLeavesStuckTarget(t *testing.T) {
	asleep := stuck{make(chan struct{}), make(chan struct{})}
	s := NewSwitch(asleep)
	var wg sync.WaitGroup
	wg.Go(func() { fmt.Fprintln(s, "held") })
	<-asleep.begun
	next := newClosable()
	s.Set(next) // would wait for ever
	fmt.Fprintln(s, "passes")
	if got := next.close(); got != 1 {
		t.Errorf("the new target has %d records; want 1", got)
	}
	close(asleep.wake)
	wg.Wait()
}

func TestSwitchClosedTarget(t *testing.T) {
	target := newClosable()
	target.close()
	if _, err := fmt.Fprintln(NewSwitch(target), "lost"); err == nil {
		t.Error("Write to a closed target = nil; want its error")
	}
}
