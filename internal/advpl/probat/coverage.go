package probat

import (
	"fmt"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// WithoutTests returns the counters of c without those of sources that hold tests, or
// say how tests are run.
func WithoutTests(c *vm.Coverage) *vm.Coverage {
	return c.Only(func(u *code.Unit) bool { return !HoldsTests(u) && !declares(u) })
}

// declares tells whether a source has one of the commands SUITE and COVERAGE of
// tlpp-probat.th.
func declares(u *code.Unit) bool {
	for _, f := range u.Funcs {
		if find(f.Annots, annotSuite) != nil || find(f.Annots, annotCoverage) != nil {
			return true
		}
	}
	return false
}

// HoldsTests tells whether a source declares a fixture.
func HoldsTests(u *code.Unit) bool {
	for _, f := range u.Funcs {
		if find(f.Annots, annotFixture) != nil {
			return true
		}
	}
	for _, c := range u.Classes {
		if find(c.Annots, annotFixture) != nil {
			return true
		}
	}
	return false
}

// Covered is how many lines there are and how many of them ran.
type Covered struct{ Lines, Ran int }

// SumCoverage adds up files.
func SumCoverage(files []vm.FileCoverage) Covered {
	var sum Covered
	for i := range files {
		sum.Lines += len(files[i].Lines)
		sum.Ran += files[i].Covered()
	}
	return sum
}

// Missed returns how many lines did not run.
func (c Covered) Missed() int { return c.Lines - c.Ran }

// Percent returns which part of the lines ran, in percent; 0 if there are none.
func (c Covered) Percent() float64 {
	if c.Lines == 0 {
		return 0
	}
	return 100 * float64(c.Ran) / float64(c.Lines)
}

// String returns the percentage with one decimal, cut: only what is complete is 100.0 %.
func (c Covered) String() string {
	if c.Lines == 0 {
		return "0.0 %"
	}
	tenths := 1000 * c.Ran / c.Lines
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}
