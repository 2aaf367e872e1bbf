package probat_test

import (
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
)

// names returns the names of all tests of fixtures.
func names(fixtures []*probat.Fixture) []string {
	var list []string
	for _, f := range fixtures {
		for _, test := range f.Tests {
			list = append(list, probat.TestName(f, test))
		}
	}
	return list
}

func TestAlso(t *testing.T) {
	p := program(t, "selection", "lifecycle")
	for _, tc := range []struct {
		first probat.Selection
		also  []probat.Selection
		want  string
	}{
		{probat.Selection{Type: "owner", Names: []string{"us"}}, nil, "TEST.SELECTION.U_SHARED"},
		{probat.Selection{}, []probat.Selection{{Type: "owner", Names: []string{"US", "nobody"}}}, "TEST.SELECTION.U_SHARED"},
		{probat.Selection{Type: "suite", Names: []string{"only"}}, []probat.Selection{{Type: "namespace", Names: []string{"test"}}}, "TEST.SELECTION.U_EXCLUSIVE"},
		{probat.Selection{Type: "suite", Names: []string{"only"}}, []probat.Selection{{Type: "owner", Names: []string{"us"}}}, ""},
		{probat.Selection{}, []probat.Selection{{Type: "source", Names: []string{"selection.tlpp"}}, {Type: "suite", Names: []string{"shared"}}}, "TEST.SELECTION.U_SHARED"},
		{probat.Selection{}, []probat.Selection{{Type: "owner"}}, ""},
	} {
		e := &probat.Engine{Program: p, Select: tc.first, Also: tc.also}
		if got := strings.Join(names(e.List()), " "); got != tc.want {
			t.Errorf("%v and %v: %s; want %s", tc.first, tc.also, got, tc.want)
		}
	}
}

func TestMatch(t *testing.T) {
	p := program(t, "selection", "lifecycle")
	match := func(name string) bool {
		return name == "TEST.LIFECYCLE.DERIVED:Own" || name == "TEST.SELECTION.U_PLAIN"
	}
	e := &probat.Engine{Program: p, Options: options(), Match: match}
	want := []string{"TEST.LIFECYCLE.DERIVED:Own", "TEST.SELECTION.U_PLAIN"}
	if got := names(e.List()); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("List: %v; want %v", got, want)
	}
	r := run(t, e)
	ran := slices.DeleteFunc(names(r.Fixtures), func(name string) bool { return strings.Contains(strings.ToUpper(name), "OPENMORE") })
	if !slices.Equal(slices.Sorted(slices.Values(ran)), want) {
		t.Errorf("Run: %v; want %v", ran, want)
	}
}

func TestFailFast(t *testing.T) {
	p := program(t, "asserts", "lifecycle", "selection")
	all := run(t, &probat.Engine{Program: p, Options: options()}).Count()
	if all.Failed+all.Errored < 2 {
		t.Fatalf("%+v: the sources have fewer than two failures", all)
	}
	e := &probat.Engine{Program: p, Options: options(), FailFast: true}
	if c := run(t, e).Count(); c.Failed+c.Errored != 1 || c.Tests >= all.Tests {
		t.Errorf("FailFast: %+v; want one failure, and fewer than %d tests", c, all.Tests)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		fixture, test string
		line          int // of the test; the fixture's is 5
		want          string
	}{
		{"TEST.U_SUM", "U_Sum", 5, "TEST.U_SUM"},
		{"U_SUM", "U_SUM", 5, "U_SUM"},
		{"TEST.U_SUM", "TEST.U_SUM", 5, "TEST.U_SUM"},
		{"TEST.CALC", "Adds", 9, "TEST.CALC:Adds"},
		{"TEST.CALCADDS", "Adds", 9, "TEST.CALCADDS:Adds"},
		{"TEST.CALC", "Calc", 9, "TEST.CALC:Calc"}, // a method with the name of its class
	} {
		if got := probat.TestName(&probat.Fixture{Name: c.fixture, Line: 5}, &probat.Test{Name: c.test, Line: c.line}); got != c.want {
			t.Errorf("TestName(%s, %s) = %s; want %s", c.fixture, c.test, got, c.want)
		}
	}
}

// TestWithoutTests leaves out sources with fixtures and those that only say how tests run.
func TestWithoutTests(t *testing.T) {
	p := program(t, "shared", "selection")
	var kept []string
	for _, f := range probat.WithoutTests(vm.NewCoverage(p)).Files() {
		kept = append(kept, f.Path)
	}
	for _, u := range p.Units() {
		if probat.HoldsTests(u) == slices.Contains(kept, u.Path) {
			t.Errorf("%s: holds tests %v; measured %v", u.Path, probat.HoldsTests(u), kept)
		}
	}
}
