package probat

import (
	"fmt"
	"strings"

	"appserver/internal/advpl/vm"
)

// crossSuite is the name of the fixture and suite of what a run as a whole must do.
const crossSuite = "cross-validation"

// crossValidate adds a fixture to the run with a test for each of Engine.Targets, which
// fails if it is the target of no fixture of the program.
func (s *session) crossValidate(run *Run) {
	if s.Targets == nil || s.ctx.Err() != nil {
		return
	}
	result := &Fixture{Name: crossSuite, Suite: crossSuite, Started: s.now()}
	st := s.newStage()
	defer st.release()
	names, err := s.Targets(st.thread)
	for _, name := range names {
		test := &Test{Name: "Element:" + name}
		if !s.catalog.hasTarget(name) {
			test.Status = Failed
			test.Message = fmt.Sprintf("no fixture has the target %s", name)
		}
		result.Tests = append(result.Tests, test)
	}
	if err != nil {
		result.Tests = append(result.Tests, &Test{Name: crossSuite, Status: Errored, Message: report(st.thread, err)})
	}
	result.Output = st.output.take()
	result.Duration = s.now().Sub(result.Started)
	run.Fixtures = append(run.Fixtures, result)
}

func (c *catalog) hasTarget(name string) bool {
	for _, f := range c.fixtures {
		if strings.EqualFold(f.target, name) {
			return true
		}
	}
	return false
}

// targetsOf returns Engine.Targets of the function with the name: it returns an array of
// strings.
func targetsOf(function string) func(*vm.Thread) ([]string, error) {
	return func(t *vm.Thread) ([]string, error) {
		v, err := t.Call(function)
		if err != nil {
			return nil, err
		}
		if v.Kind() != vm.Array || len(v.Array().Elems) == 0 {
			return nil, fmt.Errorf("%s returned %s; it must return an array of strings", function, show(v))
		}
		var names []string
		for _, e := range v.Array().Elems {
			if !e.IsStr() {
				return nil, fmt.Errorf("%s returned %s among its targets; all must be strings", function, show(e))
			}
			names = append(names, inUTF8(head(e.Text())))
		}
		return names, nil
	}
}
