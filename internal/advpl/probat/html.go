package probat

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
)

// HTMLOptions say what WriteCoverageHTML shows besides the counters.
type HTMLOptions struct {
	Title string    // of the page; "Coverage" if it is ""
	Made  time.Time // shown if it is not zero
	// Source returns the text of a source in UTF-8. Without it, or if it fails, the
	// lines are shown without their text, and why.
	Source func(path string) (string, error)
}

// WriteCoverageHTML writes a page that shows which lines of the files ran. The page
// needs nothing else: neither the network nor other files, and of its script only the
// sorting by columns. All text is escaped, and the page forbids every script but its
// own. Files without lines are left out.
func WriteCoverageHTML(w io.Writer, files []vm.FileCoverage, o HTMLOptions) error {
	out := bufio.NewWriter(w)
	if err := coveragePage.Execute(out, newPage(files, o)); err != nil {
		return err
	}
	return out.Flush()
}

//go:embed html_coverage.tmpl
var coverageTemplate string

//go:embed html_coverage.css
var coverageStyle string

//go:embed html_coverage.js
var coverageScript string

var coveragePage = template.Must(template.New("coverage").Parse(coverageTemplate))

// page is what the template shows.
type page struct {
	Title      string
	Made       string
	Total      Covered
	Files      []pageFile
	Style      template.CSS
	Script     template.JS
	ScriptHash string
}

// pageFile is one source.
type pageFile struct {
	ID      string
	Path    string
	Covered Covered
	Level   string // "good", "fair" or "poor"
	Problem string // why there is no text
	file    *vm.FileCoverage
	text    []string
}

// pageLine is one line of a source.
type pageLine struct {
	Number int
	Hits   string // "" for lines without code
	Class  string
	Text   string
}

func newPage(files []vm.FileCoverage, o HTMLOptions) *page {
	sum := sha256.Sum256([]byte(coverageScript))
	p := &page{
		Title: o.Title, Total: SumCoverage(files),
		Style: template.CSS(coverageStyle), Script: template.JS(coverageScript),
		ScriptHash: base64.StdEncoding.EncodeToString(sum[:]),
	}
	if p.Title == "" {
		p.Title = "Coverage"
	}
	if !o.Made.IsZero() {
		p.Made = o.Made.Format(time.DateTime)
	}
	for i := range files {
		if len(files[i].Lines) > 0 {
			p.Files = append(p.Files, newPageFile(&files[i], o))
		}
	}
	slices.SortStableFunc(p.Files, func(a, b pageFile) int { return strings.Compare(a.Path, b.Path) })
	for i := range p.Files {
		p.Files[i].ID = "f" + strconv.Itoa(i+1)
	}
	return p
}

func newPageFile(f *vm.FileCoverage, o HTMLOptions) pageFile {
	p := pageFile{Path: filepath.ToSlash(f.Path), file: f, Covered: SumCoverage([]vm.FileCoverage{*f})}
	switch percent := p.Covered.Percent(); {
	case percent >= 80:
		p.Level = "good"
	case percent >= 50:
		p.Level = "fair"
	default:
		p.Level = "poor"
	}
	if o.Source == nil {
		p.Problem = "the text of the source is not at hand"
		return p
	}
	text, err := o.Source(f.Path)
	if err != nil {
		p.Problem = err.Error()
		return p
	}
	p.text = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return p
}

// Open tells whether the page shows the lines at first.
func (p *page) Open() bool { return len(p.Files) == 1 }

// Lines returns the lines of the source; without its text, those with code.
func (f *pageFile) Lines() []pageLine {
	if f.text == nil {
		var lines []pageLine
		for _, l := range f.file.Lines {
			lines = append(lines, newPageLine(l.Line, &l, ""))
		}
		return lines
	}
	lines := make([]pageLine, 0, len(f.text))
	next := 0
	for i, text := range f.text {
		var covered *vm.LineCoverage
		if next < len(f.file.Lines) && f.file.Lines[next].Line == i+1 {
			covered = &f.file.Lines[next]
			next++
		}
		lines = append(lines, newPageLine(i+1, covered, text))
	}
	return lines
}

func newPageLine(number int, covered *vm.LineCoverage, text string) pageLine {
	l := pageLine{Number: number, Text: text}
	if covered == nil {
		return l
	}
	l.Hits, l.Class = strconv.FormatUint(covered.Hits, 10), "ran"
	if covered.Hits == 0 {
		l.Class = "not"
	}
	return l
}
