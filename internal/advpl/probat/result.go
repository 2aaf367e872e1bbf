// Package probat runs the unit tests of TLPP programs: it finds what is annotated
// with @TestFixture and @Test, runs it, and tells what came out. Its annotations,
// assertions and functions (tlpp.probat.run and others) are those of PROBAT, the
// test engine of the original product (TDN, "PROBAT").
package probat

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Status is what came out of a test.
type Status uint8

const (
	Passed  Status = iota
	Failed         // an assertion did not hold
	Errored        // an error ended it, or its set-up
	Skipped        // by @Skip or by the program
)

var statusNames = [...]string{"passed", "failed", "error", "skipped"}

func (s Status) String() string { return statusNames[s] }

// MarshalText returns the name of the status.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets the status with the name.
func (s *Status) UnmarshalText(text []byte) error {
	i := slices.Index(statusNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no outcome of a test", text)
	}
	*s = Status(i)
	return nil
}

// Run is the outcome of one run of tests.
type Run struct {
	ID       string // given with custom:ID, or Code
	Code     string // made of the time: 20261122123456
	Type     string // one of the types of Selection
	Started  time.Time
	Duration time.Duration
	Fixtures []*Fixture
	Warnings []Warning `json:",omitempty"` // about annotations that count for nothing
}

// Fixture is the outcome of a function or class that is annotated with @TestFixture.
type Fixture struct {
	Name      string // link name of the function or class: "TEST.U_SUM"
	Source    string // as it was compiled: "test/sum.tlpp"
	Line      int
	Namespace string
	Folder    string // "test/sum": what the annotation says, else made of the namespace
	Suite     string // "all" if it names none
	Owner     string
	Target    string
	Started   time.Time
	Duration  time.Duration
	Tests     []*Test // in the order in which they ran; a function is one test
	Output    string  // what it printed, in UTF-8, cut if it is long
}

// Test is the outcome of a test method, or of the function that is the fixture.
type Test struct {
	Name     string // of the method or function, as the source spells it if known
	Line     int
	Status   Status
	Message  string // why it failed or was skipped; the error's report
	Duration time.Duration
	Asserts  []Assert // up to 10,000 of a test, and fewer if those of the run hold much text
	// Text is the description that the annotation gives.
	Text     string    `json:",omitempty"`
	Warnings []Warning `json:",omitempty"` // in the order in which they were given
}

// Warning is what a test said with assertWarning: it neither passes nor fails it.
type Warning struct {
	Text   string
	Source string // "SUM.TLPP"
	Line   int
	Path   string `json:",omitempty"` // of the source, as it was compiled: "test/sum.tlpp"
}

// place returns where the warning was given.
func (w *Warning) place() string { return place(cmp.Or(w.Path, w.Source), w.Line) }

// Assert is the outcome of one assertion.
type Assert struct {
	Func     string // "assertEquals"
	Text     string // the description that the program gave
	Line     int
	Status   Status // Passed, Failed or Skipped
	Expected string // as lib.Inspect shows values; of what the assertion has
	Actual   string
	// Differs is not 0 if Expected and Actual are cut before and after the place where they
	// begin to differ: the number of that character, from 1.
	Differs int `json:",omitempty"`
}

// Count is how many tests had each outcome.
type Count struct{ Tests, Passed, Failed, Errored, Skipped, Asserts int }

// Count counts the tests of all fixtures.
func (r *Run) Count() Count {
	var c Count
	for _, f := range r.Fixtures {
		for _, t := range f.Tests {
			c.add(t)
		}
	}
	return c
}

func (c *Count) add(t *Test) {
	c.Tests++
	c.Asserts += len(t.Asserts)
	switch t.Status {
	case Passed:
		c.Passed++
	case Failed:
		c.Failed++
	case Errored:
		c.Errored++
	case Skipped:
		c.Skipped++
	}
}

// OK tells whether no test failed.
func (r *Run) OK() bool {
	c := r.Count()
	return c.Failed+c.Errored == 0
}

// Count counts the tests of f.
func (f *Fixture) Count() Count {
	var c Count
	for _, t := range f.Tests {
		c.add(t)
	}
	return c
}

// Status returns the worst that came out of f's tests; Skipped only if all were.
func (f *Fixture) Status() Status {
	c := f.Count()
	switch {
	case c.Failed > 0:
		return Failed
	case c.Errored > 0:
		return Errored
	case c.Skipped > 0 && c.Skipped == c.Tests:
		return Skipped
	}
	return Passed
}
