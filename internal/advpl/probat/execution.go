package probat

import (
	"fmt"
	"strings"

	"appserver/internal/advpl/vm"
)

// execution is the run of one fixture.
type execution struct {
	*session
	*stage
	fixture *fixture
	result  *Fixture
	object  vm.Value // of the class
	methods methods
}

// whole returns the fixture as one test that has not run.
func (f *fixture) whole() *Test {
	test := newTest(f.routine)
	test.Name = f.written
	return test
}

func newTest(r routine) *Test { return &Test{Name: r.name, Line: r.line, Text: r.text} }

// run runs the fixture: what its class or function is annotated with counts for all.
func (x *execution) run() {
	f := x.fixture
	whole := f.whole()
	if x.skipped(whole, f.routine) {
		x.end(whole)
		return
	}
	if f.class == nil {
		x.test(whole, f.routine, func() (vm.Value, error) { return x.thread.Call(f.name) })
		x.end(whole)
		return
	}
	x.methods = methodsOf(f.class)
	if len(x.methods.tests) == 0 {
		whole.Status, whole.Message = Skipped, "the class has no method with @Test"
		x.end(whole)
		return
	}
	x.class()
}

// end adds a test that has ended to the outcome.
func (x *execution) end(test *Test) {
	x.result.Tests = append(x.result.Tests, test)
	x.session.report(x.result, test)
}

// class makes the object and runs the methods of the class.
func (x *execution) class() {
	fault := x.construct()
	if fault == "" {
		fault = x.ceremony(x.methods.once)
	}
	for _, m := range x.testsOf(x.fixture) {
		if x.over() {
			break
		}
		test := newTest(m)
		switch {
		case x.skipped(test, m):
		case fault != "":
			test.Status, test.Message = Errored, fault
		default:
			x.method(test, m)
		}
		x.end(test)
	}
	if !x.object.IsNil() {
		x.ceremony(x.methods.end)
	}
}

// construct makes the object and calls its constructor. It returns what went wrong.
func (x *execution) construct() (fault string) {
	test := newTest(x.fixture.routine)
	test.Name = x.methods.constructor
	x.measure(test, routine{}, func() (vm.Value, error) {
		object, err := x.thread.Instance(x.fixture.class.Name())
		if err == nil && x.methods.constructor != "" {
			var made vm.Value
			if made, err = x.thread.Send(object, x.methods.constructor); made.Kind() == vm.Object {
				object = made
			}
		}
		if err == nil {
			x.object = object
		}
		return vm.Value{}, err
	})
	return x.blame("the constructor", test)
}

// ceremony calls the methods of @OneTimeSetUp or @OneTimeTearDown, all of them. Those that
// assert something or go wrong are listed as tests are. It returns what went wrong first.
func (x *execution) ceremony(list []routine) (fault string) {
	for _, m := range list {
		test := newTest(m)
		x.measure(test, m, x.sender(m))
		if len(test.Asserts)+len(test.Warnings) == 0 && test.Status == Skipped {
			continue
		}
		x.end(test)
		if fault == "" {
			fault = x.blame(m.name, test)
		}
	}
	return fault
}

// blame says that a part of the fixture that tests need went wrong; "" if it did not.
func (x *execution) blame(name string, test *Test) string {
	if test.Status != Failed && test.Status != Errored {
		return ""
	}
	return fmt.Sprintf("%s: %s", name, test.Message)
}

func (x *execution) sender(m routine) func() (vm.Value, error) {
	return func() (vm.Value, error) { return x.thread.Send(x.object, m.name) }
}

// method runs a test method between @Setup and @TearDown, whose assertions count for it.
// If a set-up goes wrong the test does not run; the tear-downs do.
func (x *execution) method(test *Test, m routine) {
	parts := []*Test{}
	part := func(m routine) *Test {
		p := newTest(m)
		x.measure(p, m, x.sender(m))
		parts = append(parts, p)
		return p
	}
	fault := ""
	for _, s := range x.methods.before {
		if fault = x.blame(s.name, part(s)); fault != "" {
			break
		}
	}
	if fault == "" {
		x.test(test, m, x.sender(m))
	} else {
		test.Status, test.Message = Errored, fault
	}
	before := len(parts)
	for _, s := range x.methods.after {
		if f := x.blame(s.name, part(s)); f != "" && fault == "" {
			fault = f
		}
	}
	if test.Status != Failed && test.Status != Errored && fault != "" {
		test.Status, test.Message = Errored, fault
	}
	test.embrace(parts[:before], parts[before:])
}

// embrace adds what set-ups and tear-downs recorded.
func (t *Test) embrace(before, after []*Test) {
	var asserts []Assert
	var warnings []Warning
	for _, p := range before {
		asserts, warnings = append(asserts, p.Asserts...), append(warnings, p.Warnings...)
		t.Duration += p.Duration
	}
	asserts, warnings = append(asserts, t.Asserts...), append(warnings, t.Warnings...)
	for _, p := range after {
		asserts, warnings = append(asserts, p.Asserts...), append(warnings, p.Warnings...)
		t.Duration += p.Duration
	}
	t.Asserts, t.Warnings = asserts, warnings
}

// test runs a test, unless its description has a word that is blocked.
func (x *execution) test(test *Test, m routine, call func() (vm.Value, error)) {
	for _, word := range x.BlockedWords {
		if strings.Contains(strings.ToLower(test.Text), strings.ToLower(word)) {
			test.Status, test.Message = Failed, fmt.Sprintf("its description has the blocked word %q", word)
			return
		}
	}
	x.measure(test, m, call)
}

// measure makes a call and notes in test what came out of it.
func (x *execution) measure(test *Test, m routine, call func() (vm.Value, error)) {
	x.thread.ResetSteps()
	x.recorder.begin(x.site(m), test)
	began := x.now()
	returned, err := call()
	test.Duration = x.now().Sub(began)
	x.recorder.finish(x.thread, m.errorLog, returned, err)
	x.recorder.test = nil
	if e, ok := asError(err); ok && e.Fatal && x.stage == x.shared {
		x.shared = nil // for the next fixture
	}
}

// site returns what the conditions of @Skip and SKIPASSERT are told of.
func (x *execution) site(m routine) site {
	s := site{function: m.name, source: x.fixture.source()}
	if x.fixture.class != nil {
		s.class = x.fixture.name
	}
	return s
}

// skipped tells whether @Skip has the test, or the whole fixture, skipped, and notes it.
func (x *execution) skipped(test *Test, m routine) bool {
	if m.skip == nil || x.IgnoreSkips {
		return false
	}
	x.thread.ResetSteps()
	skip, err := m.skip.holds(x.thread, x.site(m))
	switch {
	case err != nil:
		test.Status, test.Message = Errored, report(x.thread, err)
		return true
	case skip:
		test.Status, test.Message = Skipped, m.skip.String()
	}
	return skip
}
