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

// The document of Cobertura (its coverage-04.dtd): packages are folders, classes sources.
// Branches are not measured.
type coberturaDoc struct {
	XMLName    xml.Name           `xml:"coverage"`
	LineRate   rate               `xml:"line-rate,attr"`
	BranchRate rate               `xml:"branch-rate,attr"`
	Covered    int                `xml:"lines-covered,attr"`
	Valid      int                `xml:"lines-valid,attr"`
	Branches   int                `xml:"branches-covered,attr"`
	AllBranch  int                `xml:"branches-valid,attr"`
	Complexity int                `xml:"complexity,attr"`
	Version    string             `xml:"version,attr"`
	Timestamp  int64              `xml:"timestamp,attr"`
	Sources    []string           `xml:"sources>source"`
	Packages   []*coberturaFolder `xml:"packages>package"`
}

type coberturaFolder struct {
	Name       string            `xml:"name,attr"`
	LineRate   rate              `xml:"line-rate,attr"`
	BranchRate rate              `xml:"branch-rate,attr"`
	Complexity int               `xml:"complexity,attr"`
	Classes    []coberturaSource `xml:"classes>class"`

	files []vm.FileCoverage
}

type coberturaSource struct {
	Name       string          `xml:"name,attr"`
	File       string          `xml:"filename,attr"`
	LineRate   rate            `xml:"line-rate,attr"`
	BranchRate rate            `xml:"branch-rate,attr"`
	Complexity int             `xml:"complexity,attr"`
	Methods    struct{}        `xml:"methods"`
	Lines      []coberturaLine `xml:"lines>line"`
}

type coberturaLine struct {
	Number int    `xml:"number,attr"`
	Hits   uint64 `xml:"hits,attr"`
}

// rate is a part of 1 with four decimals.
type rate float64

func (r rate) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	return xml.Attr{Name: name, Value: fmt.Sprintf("%.4f", float64(r))}, nil
}

func rateOf(files ...vm.FileCoverage) rate { return rate(SumCoverage(files).Percent() / 100) }

// writeCobertura writes the coverage, measured at the time, in Cobertura's format.
func writeCobertura(w io.Writer, files []vm.FileCoverage, now time.Time) error {
	sum := SumCoverage(files)
	doc := &coberturaDoc{
		LineRate: rateOf(files...), Covered: sum.Ran, Valid: sum.Lines,
		Version: languageVersion, Timestamp: now.UnixMilli(), Sources: []string{"."},
	}
	folders := map[string]*coberturaFolder{}
	for _, f := range files {
		name := path.Dir(strings.ReplaceAll(f.Path, `\`, "/"))
		if folders[name] == nil {
			folders[name] = &coberturaFolder{Name: name}
			doc.Packages = append(doc.Packages, folders[name])
		}
		folders[name].add(f)
	}
	for _, p := range doc.Packages {
		p.LineRate = rateOf(p.files...)
	}
	return writeXML(w, doc)
}

func (p *coberturaFolder) add(f vm.FileCoverage) {
	file := strings.ReplaceAll(f.Path, `\`, "/")
	source := coberturaSource{Name: path.Base(file), File: file, LineRate: rateOf(f)}
	for _, l := range f.Lines {
		source.Lines = append(source.Lines, coberturaLine{l.Line, l.Hits})
	}
	p.files = append(p.files, f)
	p.Classes = append(p.Classes, source)
}
