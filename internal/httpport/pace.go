package httpport

import (
	"fmt"
	"os"
	"time"
)

// paceWindow is how long a peer has been waited for each time its pace is looked at.
const paceWindow = 30 * time.Second

// errSlow is the error of a transfer whose peer moves less than it has to.
var errSlow = fmt.Errorf("httpport: the peer moves too little: %w", os.ErrDeadlineExceeded)

// pace demands that a peer moves a least number of bytes a second, of the time that is
// waited for it. It counts anew after each window, so that nobody can save up for a rest.
type pace struct {
	least  int64 // bytes a second; 0 or less: any number
	moved  int64 // bytes in this window
	waited time.Duration
}

// keeps counts n bytes for which d was waited, and reports whether the peer is fast enough.
func (p *pace) keeps(n int64, d time.Duration) bool {
	p.moved += n
	p.waited += d
	if p.waited < paceWindow {
		return true
	}
	ok := float64(p.moved) >= float64(p.least)*p.waited.Seconds()
	p.moved, p.waited = 0, 0
	return ok
}
