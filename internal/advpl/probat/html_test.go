package probat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// measured are counters of two sources.
func measured() []vm.FileCoverage {
	return []vm.FileCoverage{
		{Path: "src/sum.tlpp", Lines: []vm.LineCoverage{{Line: 2, Hits: 3}, {Line: 3, Hits: 0}, {Line: 9, Hits: 1}}},
		{Path: `src/<b>"&amp;.prw`, Lines: []vm.LineCoverage{{Line: 1, Hits: 0}}},
		{Path: "src/gone.prw", Lines: []vm.LineCoverage{{Line: 7, Hits: 12}}},
		{Path: "src/empty.prw"},
	}
}

func sourceText(path string) (string, error) {
	switch path {
	case "src/sum.tlpp":
		return "function u_sum(a, b)\n\treturn a + b // ação </td><script>alert(1)</script>\nreturn\n", nil
	case "src/gone.prw":
		return "", errors.New("src/gone.prw: <no such file>")
	}
	return "", nil
}

func TestCoverageHTML(t *testing.T) {
	var b strings.Builder
	o := HTMLOptions{Made: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Source: sourceText}
	if err := WriteCoverageHTML(&b, measured(), o); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	golden(t, "coverage.html", page)
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d script elements; want 1", n)
	}
	for _, outside := range []string{"http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(page, outside) {
			t.Errorf("the page has %q; it must need nothing from outside", outside)
		}
	}
}

func TestCoverageHTMLWithoutSources(t *testing.T) {
	var b strings.Builder
	if err := WriteCoverageHTML(&b, measured()[:1], HTMLOptions{Title: "T<"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>T&lt;: 66.6 %</h1>", "the text of the source is not at hand", `<td class="n">9</td><td class="h">1</td>`, "<details open>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if err := WriteCoverageHTML(failingWriter{}, measured(), HTMLOptions{}); !errors.Is(err, errFull) {
		t.Errorf("WriteCoverageHTML to a full disk = %v; want %v", err, errFull)
	}
}

func TestCovered(t *testing.T) {
	for c, want := range map[Covered]string{
		{}: "0.0 %", {3, 3}: "100.0 %", {3, 2}: "66.6 %", {100_000, 99_999}: "99.9 %", {8, 1}: "12.5 %",
	} {
		if got := c.String(); got != want {
			t.Errorf("%d of %d lines: %s; want %s", c.Ran, c.Lines, got, want)
		}
	}
	if got := SumCoverage(measured()); got != (Covered{5, 3}) {
		t.Errorf("SumCoverage = %+v; want 3 of 5", got)
	}
}
