package probat

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// WriteJUnit writes the runs as one document in the XML format of JUnit, which Jenkins,
// GitLab and others read: a testsuite for each fixture, a testcase for each test.
// Characters that XML cannot hold become U+FFFD.
//
// The start tag of testsuites stands on a line of its own and has the attributes of
// PROBAT in PROBAT's order, since scripts read them with grep: there tests that ended
// with an error count among the failures. The testsuites count them apart, as JUnit
// does. Source: TDN, "Exportando Resultados"; the schema of Ant's junit task; GitLab's
// additions file and line.
func WriteJUnit(w io.Writer, runs ...*Run) error {
	return writeXML(w, junitOf(runs))
}

type junitRuns struct {
	XMLName  xml.Name     `xml:"testsuites"`
	ID       string       `xml:"id,attr"`
	Name     string       `xml:"name,attr"`
	Type     string       `xml:"type,attr"`
	Tests    int          `xml:"tests,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Failures int          `xml:"failures,attr"`
	Time     seconds      `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	ID         string          `xml:"id,attr"`
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Assertions int             `xml:"assertions,attr"`
	Time       seconds         `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	File       string          `xml:"file,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
	Output     junitText       `xml:"system-out,omitempty"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	ID         int           `xml:"id,attr"`
	Name       string        `xml:"name,attr"`
	Class      string        `xml:"classname,attr"`
	Assertions int           `xml:"assertions,attr"`
	Time       seconds       `xml:"time,attr"`
	File       string        `xml:"file,attr,omitempty"`
	Line       int           `xml:"line,attr,omitempty"`
	Failure    *junitProblem `xml:"failure"`
	Error      *junitProblem `xml:"error"`
	Skipped    *junitProblem `xml:"skipped"`
}

type junitProblem struct {
	Message string
	Type    string
	Text    junitText
}

// MarshalXML implements xml.Marshaler.
func (p *junitProblem) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = []xml.Attr{{Name: xml.Name{Local: "message"}, Value: p.Message}}
	if p.Type != "" {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "type"}, Value: p.Type})
	}
	return p.Text.MarshalXML(e, start)
}

// junitText is the text of an element, whose lines stay lines.
type junitText string

// MarshalXML implements xml.Marshaler: other than for strings, a new line is written as it
// is.
func (s junitText) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return errors.Join(e.EncodeToken(start), e.EncodeToken(xml.CharData(s)), e.EncodeToken(start.End()))
}

// seconds is a time in seconds with microseconds.
type seconds time.Duration

func (s seconds) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	return xml.Attr{Name: name, Value: fmt.Sprintf("%.6f", time.Duration(s).Seconds())}, nil
}

// junitOf returns the runs as the document.
func junitOf(runs []*Run) *junitRuns {
	doc := &junitRuns{Name: "results"}
	for i, r := range runs {
		if i == 0 {
			doc.ID, doc.Type = r.ID, r.Type
		} else if doc.Type != r.Type {
			doc.Type = "custom"
		}
		c := r.Count()
		doc.Tests += c.Tests
		doc.Skipped += c.Skipped
		doc.Failures += c.Failed + c.Errored
		doc.Time += seconds(r.Duration)
		for _, f := range r.Fixtures {
			suite := junitFixture(f)
			suite.ID = fmt.Sprintf("%06d", len(doc.Suites)+1)
			doc.Suites = append(doc.Suites, suite)
		}
	}
	return doc
}

func junitFixture(f *Fixture) junitSuite {
	c := f.Count()
	s := junitSuite{
		Name: f.Name, Tests: c.Tests, Skipped: c.Skipped, Failures: c.Failed, Errors: c.Errored,
		Assertions: c.Asserts, Time: seconds(f.Duration), File: filepath.ToSlash(f.Source), Output: junitText(f.Output),
	}
	if !f.Started.IsZero() {
		s.Timestamp = f.Started.UTC().Format("2006-01-02T15:04:05")
	}
	for _, p := range []junitProperty{{"suite", f.Suite}, {"owner", f.Owner}, {"target", f.Target}} {
		if p.Value != "" {
			s.Properties = append(s.Properties, p)
		}
	}
	for i, t := range f.Tests {
		c := junitTest(f, t)
		c.ID = i + 1
		s.Cases = append(s.Cases, c)
	}
	return s
}

func junitTest(f *Fixture, t *Test) junitCase {
	c := junitCase{
		Name: t.Name, Class: f.Name, Assertions: len(t.Asserts), Time: seconds(t.Duration),
		File: filepath.ToSlash(f.Source), Line: t.Line,
	}
	switch t.Status {
	case Failed:
		c.Failure = junitFailure(f, t)
	case Errored:
		first, _, _ := strings.Cut(t.Message, "\n")
		c.Error = &junitProblem{Message: first, Type: "error", Text: junitText(t.Message)}
	case Skipped:
		c.Skipped = &junitProblem{Message: t.Message}
	}
	return c
}

// junitFailure returns the first assertion that failed, and the text of all.
func junitFailure(f *Fixture, t *Test) *junitProblem {
	failed := t.failedAsserts()
	if len(failed) == 0 {
		return &junitProblem{Message: cmp.Or(t.Message, "failed"), Type: "failure"}
	}
	var text strings.Builder
	for _, a := range failed {
		fmt.Fprintf(&text, "%s: %s\n", place(f.Source, a.Line), a.title())
		for _, v := range a.values() {
			fmt.Fprintf(&text, "%s%s\n", v.label, v.text)
		}
	}
	return &junitProblem{Message: failed[0].summary(), Type: failed[0].Func, Text: junitText(text.String())}
}
