package advpl_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/check"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/include"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/vm"
)

// manual is the manual of the language. What it claims is tried here:
//
//	```advpl run          a source, or the statements of a function; the block of
//	```output             output after it is what it prints, and the report of an
//	                      error that ends it
//	```advpl preprocess   a source, and what the preprocessor makes of it
//	```advpl check        a source, and what is found in it
//	| Expression | Value  a table of expressions and their values
//	| Rule | Source | Result
//	                      a table of rules of the preprocessor, and what they do
//	<!-- generated: x --> up to <!-- end -->: what a function here writes
//
// The language is tlpp in place of advpl for TLPP. With -update the file is
// written again with what came out.
const manual = "../../docs/language.md"

var update = flag.Bool("update", false, "write what came out of the manual's examples to it")

func TestManual(t *testing.T) {
	before, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	m := &document{t: t, lines: strings.Split(string(before), "\n")}
	m.examples()
	m.tables()
	m.generated()
	if m.tried < 100 {
		t.Errorf("%d examples were found in %s; want at least 100", m.tried, manual)
	}
	if *update {
		if err := os.WriteFile(manual, []byte(strings.Join(m.lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestManualMentions checks that the manual names what the code has a list of.
func TestManualMentions(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	want := errorCodes(t)
	for _, ending := range build.Endings() {
		want = append(want, "`"+ending+"`")
	}
	for _, s := range want {
		if !strings.Contains(string(text), s) {
			t.Errorf("%s does not say %s", manual, s)
		}
	}
}

// errorCodes returns the beginnings of the rows about the codes of error.ch.
func errorCodes(t *testing.T) (rows []string) {
	text, ok := include.Open("error.ch")
	if !ok {
		t.Fatal("there is no error.ch")
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[1], "EG_") {
			rows = append(rows, fmt.Sprintf("| %s | `%s` |", f[2], f[1]))
		}
	}
	return rows
}

// document is the manual, which changes as its parts are tried.
type document struct {
	t     *testing.T
	lines []string
	tried int
}

// replace puts text in the place of the lines from i up to j if it differs, and
// returns where the next line is then.
func (m *document) replace(i, j int, text string) int {
	m.tried++
	m.t.Helper()
	lines := strings.Split(text, "\n")
	if slices.Equal(lines, m.lines[i:j]) {
		return j
	}
	if !*update {
		m.t.Errorf("%s:%d: it says\n%s\nbut this comes out:\n%s", manual, i+1, strings.Join(m.lines[i:j], "\n"), text)
		return j
	}
	m.lines = slices.Replace(m.lines, i, j, lines...)
	return i + len(lines)
}

// find returns the number of the first line from i on that is one of the given.
func (m *document) find(i int, lines ...string) int {
	n := slices.IndexFunc(m.lines[i:], func(line string) bool { return slices.Contains(lines, line) })
	if n < 0 {
		m.t.Fatalf("%s:%d: %q is missing", manual, i, lines[0])
	}
	return i + n
}

// examples tries the blocks of source that are marked.
func (m *document) examples() {
	for i := 0; i < len(m.lines); i++ {
		info, ok := strings.CutPrefix(m.lines[i], "```")
		language, what, marked := strings.Cut(info, " ")
		if !ok || !marked {
			continue
		}
		end := m.find(i+1, "```")
		name := "example.prw"
		if language == "tlpp" {
			name = "example.tlpp"
		}
		out := m.example(i, what, name, strings.Join(m.lines[i+1:end], "\n")+"\n")
		if m.lines[end+1] != "```output" {
			m.t.Fatalf("%s:%d: no ```output follows the example", manual, end+1)
		}
		i = m.replace(end+2, m.find(end+2, "```"), strings.Trim(out, "\n"))
	}
}

// example does with a source what its mark says.
func (m *document) example(line int, what, name, text string) string {
	switch what {
	case "run":
		return m.run(line, name, text)
	case "preprocess":
		return m.preprocessed(line, text)
	case "check":
		_, findings := build.Source(name, text, build.Options{})
		return findingsText(findings)
	}
	m.t.Fatalf("%s:%d: unknown mark %q", manual, line+1, what)
	return ""
}

// run runs a source that must be free of warnings.
func (m *document) run(line int, name, text string) string {
	if !strings.Contains(strings.ToLower(text), "function") {
		text = "User Function Example()\n" + text + "Return\n"
	}
	unit, findings := build.Source(name, text, build.Options{})
	if len(findings) > 0 {
		m.t.Fatalf("%s:%d:\n%s", manual, line+1, findingsText(findings))
	}
	var out bytes.Buffer
	_, report := call(m.t, unit, &out)
	return out.String() + report
}

func findingsText(l source.Findings) string {
	var b strings.Builder
	_ = l.Write(&b)
	return b.String()
}

// call calls the first user function of a unit, and returns its value or the
// report of the error that ended it.
func call(t *testing.T, unit *code.Unit, out *bytes.Buffer) (vm.Value, string) {
	program, err := advpl.Link([]*code.Unit{unit})
	if err != nil {
		t.Fatal(err)
	}
	thread := advpl.NewThread(program, vm.Options{
		Stdout: advpl.Output(out),
		Now:    func() time.Time { return time.Date(2026, 7, 11, 10, 11, 12, 0, time.UTC) },
		Limits: vm.Limits{Steps: 10_000_000},
		Report: []string{"appserver 1.0.0, linux/amd64", "started 2026-07-11T10:11:12Z"},
	})
	value, err := thread.Call(firstUserFunction(unit))
	var e *vm.Error
	if errors.As(err, &e) {
		return value, e.Report(thread)
	}
	return value, ""
}

// preprocessed returns what the preprocessor makes of a source, in which it must
// find nothing wrong.
func (m *document) preprocessed(line int, text string) string {
	f, findings := source.Decode("example.prw", []byte(text))
	r := preproc.Run(f, preproc.Options{})
	if findings = append(findings, r.Findings...); len(findings) > 0 {
		m.t.Fatalf("%s:%d:\n%s", manual, line+1, findingsText(findings))
	}
	var b strings.Builder
	_ = preproc.Write(&b, r.Tokens)
	return b.String()
}

// tables tries the rows of the tables that it knows by their columns.
func (m *document) tables() {
	for i := 0; i+1 < len(m.lines); i++ {
		if !strings.HasPrefix(m.lines[i], "|") || !strings.HasPrefix(m.lines[i+1], "|--") {
			continue
		}
		columns := cells(m.lines[i])
		for i += 2; i < len(m.lines) && strings.HasPrefix(m.lines[i], "|"); i++ {
			m.row(i, columns)
		}
	}
}

// row tries one row of a table.
func (m *document) row(i int, columns []string) {
	row := cells(m.lines[i])
	at := func(name string) int { return slices.Index(columns, name) }
	switch expression, rule := at("Expression"), at("Rule"); {
	case expression >= 0 && at("Value") >= 0:
		row[at("Value")] = quotedCode(m.value(i, unquoted(row[expression])))
	case rule >= 0 && at("Source") >= 0 && at("Result") >= 0:
		text := unquoted(row[rule]) + "\n" + unquoted(row[at("Source")]) + "\n"
		row[at("Result")] = quotedCode(strings.Trim(m.preprocessed(i, text), "\n"))
	default:
		return
	}
	m.replace(i, i+1, "| "+strings.Join(row, " | ")+" |")
}

// value returns the text of an expression's value, or of the error that it is.
func (m *document) value(line int, expression string) string {
	unit, findings := build.Source("example.prw", "User Function Example()\nReturn "+expression+"\n", build.Options{})
	if findings.Failed() {
		m.t.Fatalf("%s:%d:\n%s", manual, line+1, findingsText(findings))
	}
	var out bytes.Buffer
	value, report := call(m.t, unit, &out)
	if text, _, failed := strings.Cut(report, " on "); failed {
		return "error: " + text
	}
	return value.String()
}

// cells returns the cells of a row, in which \| stands for |.
func cells(row string) []string {
	row = strings.ReplaceAll(strings.Trim(row, "|"), `\|`, "\x00")
	list := strings.Split(row, "|")
	for i := range list {
		list[i] = strings.ReplaceAll(strings.TrimSpace(list[i]), "\x00", `\|`)
	}
	return list
}

// quotedCode and unquoted write and read code in a cell.
func quotedCode(text string) string {
	return "`" + strings.NewReplacer("|", `\|`, "\n", " ⏎ ").Replace(text) + "`"
}

func unquoted(cell string) string {
	return strings.ReplaceAll(strings.Trim(cell, "`"), `\|`, "|")
}

// generators write the parts of the manual that are lists in the code.
var generators = map[string]func() string{
	"rules":   ruleTable,
	"headers": func() string { return wrapped(include.Names()) },
}

// generated compares the parts that are written by generators.
func (m *document) generated() {
	seen := 0
	for i := 0; i < len(m.lines); i++ {
		name, ok := strings.CutPrefix(m.lines[i], "<!-- generated: ")
		generator := generators[strings.TrimSuffix(name, " -->")]
		if !ok || generator == nil {
			continue
		}
		seen++
		i = m.replace(i+1, m.find(i, "<!-- end -->"), generator())
	}
	if seen != len(generators) {
		m.t.Errorf("%s has %d generated parts; want %d", manual, seen, len(generators))
	}
}

func ruleTable() string {
	var b strings.Builder
	b.WriteString("| rule | by default | warns that |\n|---|---|---|")
	for _, r := range check.Rules() {
		state := "off"
		if r.On {
			state = "on"
		}
		fmt.Fprintf(&b, "\n| `%s` | %s | %s |", r.Name, state, strings.ReplaceAll(r.Doc, "|", `\|`))
	}
	return b.String()
}

// wrapped returns names as a list in lines of some length.
func wrapped(names []string) string {
	const width = 80
	var b strings.Builder
	column := 0
	for i, name := range names {
		switch {
		case i == 0:
		case column+len(name) > width:
			b.WriteString(",\n")
			column = 0
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "`%s`", name)
		column += len(name) + 4
	}
	return b.String()
}
