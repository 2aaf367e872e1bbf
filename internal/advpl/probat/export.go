package probat

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
)

// export writes the runs in JUnit's format to a file that the pattern names, and their
// warnings to a second one. It returns the name of the first, below the root path.
func (s *store) export(pattern string, runs []*Run) (string, error) {
	name := s.exportName(pattern, "results", "unit")
	if err := s.exportTo(name+".xml", func(w io.Writer) error { return WriteJUnit(w, runs...) }); err != nil {
		return "", err
	}
	return name + ".xml", s.exportWarnings(name+"_warning", runs)
}

// exportCoverage writes the coverage in the format of Cobertura and returns the name of the
// file.
func (s *store) exportCoverage(pattern string, files []vm.FileCoverage, now time.Time) (string, error) {
	name := s.exportName(pattern, coverageSuite, coverageSuite) + ".xml"
	return name, s.exportTo(name, func(w io.Writer) error { return writeCobertura(w, files, now) })
}

// exportName returns the name of a file without its ending: name if there is no pattern;
// with a * in the pattern, kind in its place; else the pattern, to which what is no result
// of tests adds kind.
func (s *store) exportName(pattern, name, kind string) string {
	switch before, after, star := strings.Cut(pattern, "*"); {
	case star:
		name = strings.Trim(strings.TrimRight(before, "-")+"-"+kind+"-"+strings.TrimLeft(after, "-"), "-")
	case pattern != "" && kind == coverageSuite:
		name = pattern + "_" + kind
	case pattern != "":
		name = pattern
	}
	return path.Join(s.start, path.Clean("/"+strings.ReplaceAll(name, `\`, "/")))
}

// exportTo writes a file, whose folders it makes.
func (s *store) exportTo(name string, content func(io.Writer) error) error {
	if err := s.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return s.write(name, func(w io.Writer) error { return content(polledWriter{s.thread, w}) })
}

// polledWriter writes to w and polls the thread.
type polledWriter struct {
	thread *vm.Thread
	w      io.Writer
}

// Write implements io.Writer.
func (p polledWriter) Write(b []byte) (int, error) {
	if err := p.thread.Poll(); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}

// warningsFile is the file of warnings: those of each run.
type warningsFile struct {
	XMLName xml.Name       `xml:"warnings"`
	Name    string         `xml:"name,attr"`
	Date    string         `xml:"date,attr"`
	Time    string         `xml:"time,attr"`
	Runs    []warningsExec `xml:"exec"`
}

type warningsExec struct {
	Code     string        `xml:"code,attr"`
	Warnings []warningLine `xml:"warning"`
}

type warningLine struct {
	ID     int    `xml:"id,attr"`
	Source string `xml:"call_source,attr"`
	Line   int    `xml:"call_line,attr"`
	Text   string `xml:",chardata"`
}

// exportWarnings writes the warnings of the runs, if there are some. Source: TDN.
func (s *store) exportWarnings(name string, runs []*Run) error {
	file := warningsFile{Name: path.Base(name)}
	for _, r := range runs {
		exec := warningsExec{Code: r.Code, Warnings: r.warnings()}
		if len(exec.Warnings) > 0 {
			file.Runs = append(file.Runs, exec)
			file.Date, file.Time = r.Started.Format("01/02/06"), r.Started.Format(time.TimeOnly)
		}
	}
	if len(file.Runs) == 0 {
		return nil
	}
	return s.exportTo(name+".xml", func(w io.Writer) error { return writeXML(w, &file) })
}

func (r *Run) warnings() []warningLine {
	var lines []warningLine
	for _, f := range r.Fixtures {
		for _, t := range f.Tests {
			for _, w := range t.Warnings {
				lines = append(lines, warningLine{len(lines) + 1, w.Source, w.Line, w.Text})
			}
		}
	}
	return lines
}

// writeXML writes a document with its declaration.
func writeXML(w io.Writer, doc any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
