package vm

import (
	"strings"
	"testing"
)

// TestCoverageNames wants the name of a source to stay in its line.
func TestCoverageNames(t *testing.T) {
	var b strings.Builder
	f := FileCoverage{Path: "a\nend_of_record\x1b[2J.tlpp"}
	f.write(&b, "")
	if got, want := b.String(), "TN:\nSF:a?end_of_record?[2J.tlpp\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}
