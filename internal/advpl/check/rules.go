// Package check warns of what is probably a mistake in a source that compiles:
// variables that are not used or not declared, code that is never reached, values
// of the wrong kind, and the like.
//
// Each warning belongs to a rule with a name. A rule is turned on and off by
// Options, and in the source by comments:
//
//	nTotal := 0 // nowarn: undeclared-variable
//	// nowarn: unused-local, shadowed-local   (alone on its line: for the next line)
//	// nowarn-file: obsolete-operator         (anywhere: for the whole file)
//
// What follows a rule's name after a blank is taken as an explanation.
package check

import (
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/source"
)

// Rule is a kind of warning.
type Rule struct {
	Name string
	On   bool   // unless Options turn it off
	Doc  string // one line
}

// Names of the rules.
const (
	assignmentInCondition = "assignment-in-condition"
	duplicateKey          = "duplicate-key"
	literalTypeMismatch   = "literal-type-mismatch"
	missingReturn         = "missing-return"
	noEffect              = "no-effect"
	noWarn                = "nowarn"
	obsoleteOperator      = "obsolete-operator"
	oldAssignment         = "old-assignment"
	shadowedLocal         = "shadowed-local"
	undeclaredVariable    = "undeclared-variable"
	unknownVariable       = "unknown-variable"
	unreachableCode       = "unreachable-code"
	unreadLocal           = "unread-local"
	unusedLocal           = "unused-local"
	unusedParameter       = "unused-parameter"
)

// rules are all rules, by name; also those of other packages.
var rules = []Rule{
	{assignmentInCondition, true, "a condition assigns with := where it may have been meant to compare"},
	{duplicateKey, true, "a key stands twice in a JSON literal, or a value twice in a Switch"},
	{"duplicate-local", true, "a function declares a local twice, or one with a parameter's name; the second only assigns"},
	{"duplicate-name", true, "two sources declare one function or class; an error where they become one program"},
	{"duplicate-source", true, "two sources with one file name declare the same function or class: the later one counts"},
	{"encoding", true, "a UTF-8 source has a character that cp1252 does not have"},
	{literalTypeMismatch, true, "an operator gets a literal of a kind that it cannot work with: 1 + \"a\""},
	{"method-without-body", true, "a class has a method that no Method … Class gives a body"},
	{"missing-include", true, "an included file was not found, and the source compiles without it; beside other errors it is an error too"},
	{missingReturn, true, "a function returns a value on some ways, but can also run to its end"},
	{noEffect, true, "a statement computes or compares and does nothing with the result"},
	{"note", true, "what a #warning or #stdout directive says"},
	{noWarn, true, "a nowarn comment names a rule that does not exist"},
	{obsoleteOperator, true, "# stands for not equal; write <> or !="},
	{"odd-form", true, "@ before a statement or a value, f()(x), a comma before ), Return outside of functions: taken, as other compilers take it, but hardly what was meant"},
	{oldAssignment, false, "a statement assigns with = ; write :="},
	{shadowedLocal, false, "a code block's parameter, or a local, hides another variable of the same name"},
	{"unclosed-string", true, "a string has no closing quote and ends with its line"},
	{undeclaredVariable, true, "a variable is assigned that the source declares nowhere, which makes a Private; or a name is read that is declared nowhere but nearly the same as a local's"},
	{unknownVariable, false, "a name is read that the source neither declares nor assigns: a field, or a variable of a caller"},
	{unreachableCode, true, "a statement stands where no way leads"},
	{unreadLocal, false, "a local is assigned, but never read"},
	{unusedLocal, true, "a local is declared, but never used"},
	{unusedParameter, false, "a parameter is never used"},
	{"web-option", true, "an option of a web service is not constant and is left out"},
}

// Rules returns all rules, sorted by name.
func Rules() []Rule { return slices.Clone(rules) }

// Options turn rules on and off. The zero Options leave each as its default is.
type Options struct {
	On, Off []string // names of rules, or "all"; a name counts more than all, off more than on
}

// Validate returns an error if a name is not that of a rule.
func (o Options) Validate() error {
	for _, name := range append(slices.Clone(o.On), o.Off...) {
		if name != all && find(name) == nil {
			return fmt.Errorf("unknown rule %q%s", name, didYouMean(name))
		}
	}
	return nil
}

const all = "all"

// enabled tells whether the rule is on. Warnings of rules that are not known here
// always are.
func (o Options) enabled(rule string) bool {
	switch {
	case slices.Contains(o.Off, rule):
		return false
	case slices.Contains(o.On, rule):
		return true
	case slices.Contains(o.Off, all):
		return false
	case slices.Contains(o.On, all):
		return true
	}
	r := find(rule)
	return r == nil || r.On
}

func find(name string) *Rule {
	for i := range rules {
		if rules[i].Name == name {
			return &rules[i]
		}
	}
	return nil
}

func ruleNames() []string {
	var names []string
	for _, r := range rules {
		names = append(names, r.Name)
	}
	return names
}

func didYouMean(name string) string {
	near := source.Near(name, ruleNames())
	if len(near) == 0 {
		return "; the rules are " + strings.Join(ruleNames(), ", ")
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}

// Filter returns the findings without the warnings that are turned off, by o or by
// comments in their files. It reuses the list.
func (o Options) Filter(l source.Findings) source.Findings {
	comments := map[*source.File]*noWarnings{}
	return slices.DeleteFunc(l, func(f source.Finding) bool {
		if f.Severity != source.Warning {
			return false
		}
		if !o.enabled(f.Rule) {
			return true
		}
		if f.Pos.File == nil {
			return false
		}
		if comments[f.Pos.File] == nil {
			comments[f.Pos.File] = scan(f.Pos.File)
		}
		return comments[f.Pos.File].off(f.Rule, f.Pos.Line)
	})
}

// noWarnings is what the nowarn comments of a file say.
type noWarnings struct {
	file    map[string]bool
	lines   map[int32][]string
	unknown source.Findings // names of rules that do not exist
}

func (n *noWarnings) off(rule string, line int32) bool {
	return n.file[rule] || slices.Contains(n.lines[line], rule)
}

// scan reads the comments of a file.
func scan(f *source.File) *noWarnings {
	n := &noWarnings{}
	if !strings.Contains(f.Text, noWarn) {
		return n
	}
	for line := 1; line <= f.Lines(); line++ {
		text := f.Line(line)
		if !strings.Contains(text, noWarn) {
			continue
		}
		at := commentAt(text)
		if at < 0 {
			continue
		}
		n.comment(source.Pos{File: f, Line: int32(line), Col: int32(at + 1)}, text[:at], text[at+2:])
	}
	return n
}

// comment takes in a comment's text; before is what stands before it on its line.
func (n *noWarnings) comment(pos source.Pos, before, text string) {
	kind, list, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || kind != noWarn && kind != noWarn+"-file" {
		return
	}
	for item := range strings.SplitSeq(list, ",") {
		words := strings.Fields(item)
		switch {
		case len(words) == 0:
		case find(words[0]) == nil:
			n.unknown.Warnf(pos, noWarn, "unknown rule %q%s", words[0], didYouMean(words[0]))
		case kind != noWarn:
			n.wholeFile(words[0])
		case strings.TrimSpace(before) == "":
			n.line(pos.Line+1, words[0])
		default:
			n.line(pos.Line, words[0])
		}
	}
}

func (n *noWarnings) wholeFile(rule string) {
	if n.file == nil {
		n.file = map[string]bool{}
	}
	n.file[rule] = true
}

func (n *noWarnings) line(line int32, rule string) {
	if n.lines == nil {
		n.lines = map[int32][]string{}
	}
	n.lines[line] = append(n.lines[line], rule)
}

// commentAt returns where a // comment begins in the line, or -1.
func commentAt(line string) int {
	var quote byte
	for i := range len(line) {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '/' && strings.HasPrefix(line[i:], "//"):
			return i
		}
	}
	return -1
}
