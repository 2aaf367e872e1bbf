package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// parse returns the tree of a source without errors.
func parse(t testing.TB, name, text string) *syntax.Source {
	t.Helper()
	f, found := source.Decode(name, []byte(text))
	r := preproc.Run(f, preproc.Options{})
	found = append(found, r.Findings...)
	tree, more := syntax.Parse(f, r.Tokens)
	if found = append(found, more...); found.Failed() {
		t.Fatalf("%s does not parse: %v", name, found)
	}
	return tree
}

// brief returns findings as "line rule".
func brief(l source.Findings) []string {
	list := []string{}
	for _, f := range l {
		list = append(list, fmt.Sprintf("%d %s", f.Pos.Line, f.Rule))
	}
	return list
}

// TestRules checks the sources below testdata: each comment // want: rule, rule
// says what is found on its line with all rules on, and nothing else is.
func TestRules(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		t.Fatal("no sources below testdata")
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := brief(Check(parse(t, name, string(text)), Options{On: []string{"all"}}))
		if want := wanted(string(text)); !slices.Equal(got, want) {
			t.Errorf("Check(%s) =\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func wanted(text string) []string {
	list := []string{}
	for i, line := range strings.Split(text, "\n") {
		_, rules, ok := strings.Cut(line, "// want: ")
		if !ok {
			continue
		}
		for rule := range strings.SplitSeq(rules, ",") {
			list = append(list, fmt.Sprintf("%d %s", i+1, strings.TrimSpace(rule)))
		}
	}
	return list
}

// TestEveryRule checks that a source below testdata shows each rule of this package.
func TestEveryRule(t *testing.T) {
	names, _ := filepath.Glob("testdata/*.*")
	var all string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	for _, r := range Rules() {
		if !slices.Contains([]string{"duplicate-local", "duplicate-name", "duplicate-source", "encoding", "method-without-body", "missing-include", "note", "odd-form", "unclosed-string", "web-option"}, r.Name) && // of other packages
			!strings.Contains(all, "want: "+r.Name) && !strings.Contains(all, ", "+r.Name) {
			t.Errorf("no source below testdata shows the rule %s", r.Name)
		}
		if r.Doc == "" {
			t.Errorf("rule %s has no description", r.Name)
		}
	}
	if !slices.IsSortedFunc(Rules(), func(a, b Rule) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("rules are not sorted")
	}
}

func TestOptions(t *testing.T) {
	const text = "User Function T()\nLocal nA\nx = 1\nReturn\n"
	tests := []struct {
		o    Options
		want []string
	}{
		{Options{}, []string{"2 unused-local", "3 undeclared-variable"}},
		{Options{Off: []string{"unused-local"}}, []string{"3 undeclared-variable"}},
		{Options{On: []string{"old-assignment"}}, []string{"2 unused-local", "3 undeclared-variable", "3 old-assignment"}},
		{Options{Off: []string{"all"}}, []string{}},
		{Options{Off: []string{"all"}, On: []string{"unused-local"}}, []string{"2 unused-local"}},
		{Options{On: []string{"all"}, Off: []string{"unused-local"}}, []string{"3 undeclared-variable", "3 old-assignment"}},
	}
	for _, tt := range tests {
		if got := brief(Check(parse(t, "t.prw", text), tt.o)); !slices.Equal(got, tt.want) {
			t.Errorf("Check with %+v = %v; want %v", tt.o, got, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := (Options{On: []string{"all"}, Off: []string{"note"}}).Validate(); err != nil {
		t.Errorf("Validate = %v; want nil", err)
	}
	err := Options{Off: []string{"unused-locals"}}.Validate()
	if err == nil || !strings.Contains(err.Error(), "did you mean unused-local") {
		t.Errorf("Validate = %v; want an error that names unused-local", err)
	}
	if err := (Options{On: []string{"x"}}).Validate(); err == nil || !strings.Contains(err.Error(), "the rules are") {
		t.Errorf("Validate = %v; want an error with all rules", err)
	}
}

// TestMessages checks the words of some findings.
func TestMessages(t *testing.T) {
	const text = `User Function T(nTotal)
Local cCustomer := "x"
If nTotal := 5
	ConOut(cCustomr)
EndIf
nSum := "a" * 2
Return
Static nAll := 0
`
	want := []string{
		`t.prw:2:7: local cCustomer is not used (remove it) []`,
		`t.prw:3:4: the condition assigns nTotal (write == to compare, or assign in a statement before) []`,
		`t.prw:4:9: variable cCustomr is not declared (declare it: Local cCustomr) [cCustomer]`,
		`t.prw:6:1: variable nSum is not declared; assigning it makes a Private (declare it: Local nSum) []`,
		`t.prw:6:13: * takes a number, and this is a string () []`,
		`t.prw:8:1: this is never reached (after a function it is part of it; a Static for the whole source stands before its first function) []`,
	}
	var got []string
	for _, f := range Check(parse(t, "t.prw", text), Options{}) {
		got = append(got, fmt.Sprintf("%s: %s (%s) %v", f.Pos, f.Message, f.Hint, f.Near))
	}
	if !slices.Equal(got, want) {
		t.Errorf("Check =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFilter(t *testing.T) {
	f, _ := source.Decode("a.prw", []byte("x // nowarn: encoding\n\n// nowarn-file: note\n"))
	var l source.Findings
	l.Warnf(source.Pos{File: f, Line: 1, Col: 1}, "encoding", "1")
	l.Warnf(source.Pos{File: f, Line: 2, Col: 1}, "encoding", "2")
	l.Warnf(source.Pos{File: f, Line: 2, Col: 1}, "note", "3")
	l.Warnf(source.Pos{File: f, Line: 2, Col: 1}, "of-another-package", "4")
	l.Warnf(source.Pos{}, "note", "5")
	l.Errorf(source.Pos{File: f, Line: 1, Col: 1}, "6")
	var got []string
	for _, f := range (Options{}).Filter(l) {
		got = append(got, f.Message)
	}
	if want := []string{"2", "4", "5", "6"}; !slices.Equal(got, want) {
		t.Errorf("Filter leaves %v; want %v", got, want)
	}
}

// FuzzCheck checks any text in both dialects: each warning is of a known rule and at
// a place of the source, and the same text gives the same warnings.
func FuzzCheck(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.*")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"t.tlpp", "t.prw"} {
			file, found := source.Decode(name, []byte(text))
			if found.Failed() {
				return
			}
			tree, _ := syntax.Parse(file, preproc.Run(file, preproc.Options{}).Tokens)
			found = Check(tree, Options{On: []string{"all"}})
			for _, w := range found {
				if w.Severity != source.Warning || find(w.Rule) == nil {
					t.Errorf("Check(%q) finds %v %q of the rule %q; want a warning of a known rule", text, w.Severity, w.Message, w.Rule)
				}
				if line := int(w.Pos.Line); w.Pos.File != file || line < 1 || line > file.Lines() || w.Pos.Col < 1 || int(w.Pos.Col) > len(file.Line(line))+1 {
					t.Errorf("Check(%q) finds %q at %v, which is no place", text, w.Message, w.Pos)
				}
			}
			if again := Check(tree, Options{On: []string{"all"}}); !slices.Equal(brief(again), brief(found)) {
				t.Errorf("Check(%q) the second time = %v; want %v", text, brief(again), brief(found))
			}
		}
	})
}
