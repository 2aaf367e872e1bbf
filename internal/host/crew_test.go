package host

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Goroutines stay for what comes next, not more than are wanted, until they are dismissed.
func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dismiss := make(chan struct{})
		c := newCrew(dismiss)
		var ran atomic.Int32
		for range 2 {
			var begun, all sync.WaitGroup
			leave := make(chan struct{})
			for range 3 * maxResting {
				begun.Add(1)
				all.Add(1)
				c.run(func() {
					defer all.Done()
					begun.Done()
					<-leave
					ran.Add(1)
				})
			}
			begun.Wait() // all run at the same time
			close(leave)
			all.Wait()
			synctest.Wait()
			if n := c.resting.Load(); n != maxResting {
				t.Errorf("%d rest; want %d", n, maxResting)
			}
		}
		if n := ran.Load(); n != 6*maxResting {
			t.Errorf("%d ran; want %d", n, 6*maxResting)
		}
		close(dismiss)
		synctest.Wait()
		if n := c.resting.Load(); n != 0 {
			t.Errorf("%d rest after all were dismissed", n)
		}
		done := make(chan struct{})
		c.run(func() { close(done) })
		<-done
	})
}
