package main

import (
	"cmp"
	"path/filepath"
	"time"

	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
)

// testJSON is what test -o json prints.
type testJSON struct {
	ID       string        `json:"id"`
	Type     string        `json:"type"`
	Started  time.Time     `json:"started"`
	Seconds  float64       `json:"seconds"`
	OK       bool          `json:"ok"`
	Tests    int           `json:"tests"`
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"`
	Errors   int           `json:"errors"`
	Skipped  int           `json:"skipped"`
	Asserts  int           `json:"assertions"`
	Fixtures []fixtureJSON `json:"fixtures"`
	Warnings []warningJSON `json:"warnings,omitempty"`
	Coverage *coverJSON    `json:"coverage,omitempty"`
}

type fixtureJSON struct {
	Name      string         `json:"name"`
	Source    string         `json:"source"`
	Line      int            `json:"line"`
	Namespace string         `json:"namespace,omitempty"`
	Suite     string         `json:"suite"`
	Owner     string         `json:"owner,omitempty"`
	Target    string         `json:"target,omitempty"`
	Status    string         `json:"status,omitempty"`
	Seconds   float64        `json:"seconds"`
	Output    string         `json:"output,omitempty"`
	Tests     []testCaseJSON `json:"tests"`
}

type testCaseJSON struct {
	Name     string        `json:"name"`
	Text     string        `json:"description,omitempty"`
	Line     int           `json:"line"`
	Status   string        `json:"status,omitempty"`
	Message  string        `json:"message,omitempty"`
	Seconds  float64       `json:"seconds"`
	Asserts  []assertJSON  `json:"assertions,omitempty"`
	Warnings []warningJSON `json:"warnings,omitempty"`
}

type assertJSON struct {
	Function string `json:"function"`
	Text     string `json:"description,omitempty"`
	Line     int    `json:"line"`
	Status   string `json:"status"`
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	Differs  int    `json:"differs,omitempty"`
}

type warningJSON struct {
	Text   string `json:"text"`
	Source string `json:"source"`
	Line   int    `json:"line"`
}

type coverJSON struct {
	Lines   int             `json:"lines"`
	Covered int             `json:"covered"`
	Percent float64         `json:"percent"`
	Files   []coverFileJSON `json:"files"`
}

type coverFileJSON struct {
	Path    string  `json:"path"`
	Lines   int     `json:"lines"`
	Covered int     `json:"covered"`
	Percent float64 `json:"percent"`
}

// runJSON returns what came out of the run; files is nil if nothing was measured.
func runJSON(r *probat.Run, files []vm.FileCoverage) testJSON {
	c := r.Count()
	j := testJSON{
		ID: r.ID, Type: r.Type, Started: r.Started, Seconds: r.Duration.Seconds(), OK: r.OK(),
		Tests: c.Tests, Passed: c.Passed, Failed: c.Failed, Errors: c.Errored, Skipped: c.Skipped, Asserts: c.Asserts,
		Fixtures: []fixtureJSON{},
	}
	for _, w := range r.Warnings {
		j.Warnings = append(j.Warnings, newWarningJSON(w))
	}
	for _, f := range r.Fixtures {
		fixture := newFixtureJSON(f, true)
		fixture.Status = f.Status().String()
		j.Fixtures = append(j.Fixtures, fixture)
	}
	if files != nil {
		j.Coverage = newCoverJSON(files)
	}
	return j
}

// listJSON returns fixtures that have not run.
func listJSON(fixtures []*probat.Fixture) []fixtureJSON {
	list := []fixtureJSON{}
	for _, f := range fixtures {
		list = append(list, newFixtureJSON(f, false))
	}
	return list
}

func newFixtureJSON(f *probat.Fixture, ran bool) fixtureJSON {
	j := fixtureJSON{
		Name: f.Name, Source: filepath.ToSlash(f.Source), Line: f.Line, Namespace: f.Namespace, Suite: f.Suite,
		Owner: f.Owner, Target: f.Target, Seconds: f.Duration.Seconds(), Output: f.Output, Tests: []testCaseJSON{},
	}
	for _, t := range f.Tests {
		test := testCaseJSON{Name: t.Name, Text: t.Text, Line: t.Line, Message: t.Message, Seconds: t.Duration.Seconds()}
		if ran {
			test.Status = t.Status.String()
		}
		for _, a := range t.Asserts {
			test.Asserts = append(test.Asserts, assertJSON{a.Func, a.Text, a.Line, a.Status.String(), a.Expected, a.Actual, a.Differs})
		}
		for _, w := range t.Warnings {
			test.Warnings = append(test.Warnings, newWarningJSON(w))
		}
		j.Tests = append(j.Tests, test)
	}
	return j
}

// newWarningJSON has the path of the source, if it is known.
func newWarningJSON(w probat.Warning) warningJSON {
	return warningJSON{w.Text, filepath.ToSlash(cmp.Or(w.Path, w.Source)), w.Line}
}

func newCoverJSON(files []vm.FileCoverage) *coverJSON {
	sum := probat.SumCoverage(files)
	j := &coverJSON{Lines: sum.Lines, Covered: sum.Ran, Percent: sum.Percent(), Files: []coverFileJSON{}}
	for _, f := range files {
		one := probat.SumCoverage([]vm.FileCoverage{f})
		j.Files = append(j.Files, coverFileJSON{filepath.ToSlash(f.Path), one.Lines, one.Ran, one.Percent()})
	}
	return j
}
