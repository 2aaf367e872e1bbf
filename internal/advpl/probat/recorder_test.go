package probat

import (
	"strings"
	"sync/atomic"
	"testing"

	"appserver/internal/advpl/vm"
)

// TestRecordersShareABound records more in the tests of a run than is kept of all.
func TestRecordersShareABound(t *testing.T) {
	p, err := vm.Link(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	th := p.NewThread(vm.Options{})
	var kept atomic.Int64
	text := strings.Repeat("x", maxText)
	bytes, all := 0, 2*maxKept/maxRecorded
	var last *Test
	for range all {
		r := &recorder{kept: &kept}
		last = new(Test)
		r.begin(site{}, last)
		for range maxAsserts {
			r.add(th, Assert{Func: "assertTrue", Status: Failed, Text: text})
		}
		r.finish(th, nil, vm.Value{}, nil)
		bytes += len(last.Asserts) * maxText
	}
	if bytes > maxKept {
		t.Errorf("%d bytes are kept; want %d at most", bytes, maxKept)
	}
	if last.Status != Failed || last.Message == "" {
		t.Errorf("the last test is %v, %q; want it failed", last.Status, last.Message)
	}
}
