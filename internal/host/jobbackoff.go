package host

import "time"

// How long is waited before something is tried again that has failed.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

// backoff is what has failed one time after the other. The zero value is nothing.
type backoff struct {
	failed int
	until  time.Time // before which it is not tried again
}

// fail counts one more failure and returns how long is waited then: a second, and twice
// as long each time, up to five minutes. What fails while that is waited already began
// before, and does not count.
func (b *backoff) fail() time.Duration { return b.failAfter(firstPause) }

// failAfter is fail with another first time.
func (b *backoff) failAfter(first time.Duration) time.Duration {
	if left := time.Until(b.until); left > 0 {
		return left
	}
	pause := min(first, max(maxPause, first))
	for range min(b.failed, 20) {
		pause = min(2*pause, max(maxPause, first))
	}
	b.failed++
	b.until = time.Now().Add(pause)
	return pause
}
