package probat

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// coverageSuite is the name of the fixture and suite of what the coverage must be.
const coverageSuite = "coverage"

// checkCoverage adds a fixture to the run with a test for each source that fails if too few
// of its lines ran: CODECOVERAGE_PERCENT of the settings or what COVERAGE PERCENTAGE says of
// the source. There is none if nothing is said or measured.
func (j *job) checkCoverage(run *Run) {
	if j.engine.Coverage == nil || j.least <= 0 {
		return
	}
	result := &Fixture{Name: coverageSuite, Suite: coverageSuite, Started: j.thread.Now()}
	goals := discover(j.engine.Program).goals
	units := unitsByPath(j.engine.Program)
	filter := list(j.host, "CODECOVERAGE_FILTER_SRC")
	for _, f := range j.officialFiles() {
		if len(f.Lines) == 0 || len(filter) > 0 && !inFolders(f.Path, filter) {
			continue
		}
		result.Tests = append(result.Tests, coverageTest(&f, goalOf(goals, units[f.Path], j.least)))
	}
	run.Fixtures = append(run.Fixtures, result)
}

// leastCovered returns CODECOVERAGE_PERCENT of the settings, 0 if it is not set. A % may stand
// behind the number.
func leastCovered(s *lib.Surroundings) (float64, error) {
	const key = "CODECOVERAGE_PERCENT"
	text := own(s, key)
	if text == "" {
		return 0, nil
	}
	least, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "%")), 64)
	if err != nil || !(least >= 0 && least <= 100) {
		return 0, vm.Errorf(vm.GenArg, "TLPP.PROBAT.RUN", "[%s] %s is %q: it must be a number from 0 to 100", section, key, text)
	}
	return least, nil
}

func coverageTest(f *vm.FileCoverage, goal float64) *Test {
	covered := SumCoverage([]vm.FileCoverage{*f})
	test := &Test{Name: f.Path}
	if covered.Percent() < goal {
		test.Status = Failed
		test.Message = fmt.Sprintf("%.1f %% of the lines ran; at least %v %% must", covered.Percent(), goal)
	}
	return test
}

// goalOf returns how much of the unit's lines must run, in percent.
func goalOf(goals []coverageGoal, u *code.Unit, least float64) float64 {
	if u == nil {
		return least
	}
	for _, g := range goals {
		if strings.EqualFold(g.source, u.Name) && (g.namespace == "" || g.namespace == u.Namespace) {
			return g.percent
		}
	}
	return least
}

func unitsByPath(p *vm.Program) map[string]*code.Unit {
	units := map[string]*code.Unit{}
	for _, u := range p.Units() {
		units[cmp.Or(u.Path, u.Name)] = u
	}
	return units
}

// officialFiles returns the coverage of the sources that are not tests: those below
// SOURCE_PATH of the settings, if it is set, without the folders of SOURCE_SKIPPED_PATH.
func (j *job) officialFiles() []vm.FileCoverage {
	top := own(j.host, "SOURCE_PATH")
	skipped := list(j.host, "SOURCE_SKIPPED_PATH")
	return slices.DeleteFunc(WithoutTests(j.engine.Coverage).Files(), func(f vm.FileCoverage) bool {
		return top != "" && !below(f.Path, top) || inFolders(f.Path, skipped)
	})
}

// below tells whether a source is in the folder or in one below it.
func below(source, folder string) bool {
	return strings.HasPrefix(slashed(source), strings.TrimSuffix(slashed(folder), "/")+"/")
}

// inFolders tells whether a folder on the way to the source has one of the names, which may
// be ends of paths.
func inFolders(source string, names []string) bool {
	way := "/" + path.Dir(slashed(source)) + "/"
	return slices.ContainsFunc(names, func(name string) bool {
		return strings.Contains(way, "/"+strings.Trim(slashed(name), "/")+"/")
	})
}

// slashed returns a path in lower case with "/" between its parts.
func slashed(name string) string {
	return path.Clean(strings.ToLower(strings.ReplaceAll(name, `\`, "/")))
}
