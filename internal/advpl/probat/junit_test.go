package probat

import (
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
	"time"
)

func junitDocument(t *testing.T, runs ...*Run) string {
	t.Helper()
	var b strings.Builder
	if err := WriteJUnit(&b, runs...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJUnit(t *testing.T) {
	golden(t, "junit.xml", junitDocument(t, sample()))
	golden(t, "junit_none.xml", junitDocument(t))
}

// TestJUnitLine checks the line that scripts of PROBAT's users look for, and the
// values that they take from it.
func TestJUnitLine(t *testing.T) {
	suite := &Run{ID: "x", Type: "suite", Duration: time.Second, Fixtures: sample().Fixtures[:1]}
	line := regexp.MustCompile(`(?m)^<testsuites id="20260304050607" name="results" type="custom" tests="8" skipped="2" failures="3" time="2.234000">$`)
	if got := junitDocument(t, sample(), suite); !line.MatchString(got) {
		t.Errorf("two runs: no line %v in:\n%s", line, got)
	}
}

func TestJUnitSumsAgree(t *testing.T) {
	var doc junitRead
	if err := xml.Unmarshal([]byte(junitDocument(t, sample())), &doc); err != nil {
		t.Fatal(err)
	}
	tests, failures, skipped := 0, 0, 0
	for _, s := range doc.Suites {
		tests, failures, skipped = tests+s.Tests, failures+s.Failures+s.Errors, skipped+s.Skipped
		if s.Tests != len(s.Cases) {
			t.Errorf("testsuite %s has %d tests and %d testcases", s.Name, s.Tests, len(s.Cases))
		}
	}
	if tests != doc.Tests || failures != doc.Failures || skipped != doc.Skipped {
		t.Errorf("testsuites says %d, %d, %d; its testsuites %d, %d, %d", doc.Tests, doc.Failures, doc.Skipped, tests, failures, skipped)
	}
}

// junitRead is what the tests read of a document.
type junitRead struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Cases    []struct {
			Name string `xml:"name,attr"`
		} `xml:"testcase"`
		Output string `xml:"system-out"`
	} `xml:"testsuite"`
}

func FuzzJUnit(f *testing.F) {
	f.Add("name", "a message\nof two lines", "output\x00\x1b]]>")
	f.Add("<&\"'>", "\xff\xfe", "\ufffe\ud7ff\U0010ffff")
	f.Fuzz(func(t *testing.T, name, message, output string) {
		r := &Run{ID: name, Fixtures: []*Fixture{{Name: name, Suite: name, Source: name, Output: output, Tests: []*Test{
			{Name: name, Status: Errored, Message: message},
			{Name: name, Status: Failed, Asserts: []Assert{{Func: name, Text: message, Status: Failed, Expected: output, Actual: message}}},
			{Name: name, Status: Skipped, Message: message},
		}}}}
		text := junitDocument(t, r)
		var doc junitRead
		if err := xml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if len(doc.Suites) != 1 || len(doc.Suites[0].Cases) != 3 {
			t.Errorf("not one testsuite with three testcases:\n%s", text)
		}
		if strings.Count(text, "<testsuites ") != 1 || !regexp.MustCompile(`(?m)^<testsuites .*>$`).MatchString(text) {
			t.Errorf("testsuites does not stand on one line:\n%s", text)
		}
	})
}
