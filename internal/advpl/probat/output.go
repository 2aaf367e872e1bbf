package probat

import (
	"io"
	"sync"

	"appserver/internal/advpl/lib"
)

// maxOutput is how much of a fixture's output is kept, in bytes.
const maxOutput = 64 << 10

// capture takes what the tests of a thread print.
type capture struct {
	mu   *sync.Mutex // held while copy is written to
	copy io.Writer   // gets all of it; may be nil
	kept []byte
	lost int // bytes that are not kept
}

// Write implements io.Writer. What programs print is in their code page.
func (c *capture) Write(p []byte) (int, error) {
	keep := min(len(p), maxOutput-len(c.kept))
	c.kept = append(c.kept, p[:keep]...)
	c.lost += len(p) - keep
	if c.copy == nil {
		return len(p), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.copy.Write(p)
}

// take returns what was kept, in UTF-8, and begins anew.
func (c *capture) take() string {
	text := lib.ToUTF8(string(c.kept))
	if c.lost > 0 {
		text += "…\n"
	}
	c.kept, c.lost = nil, 0
	return text
}
