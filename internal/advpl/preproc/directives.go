package preproc

import (
	"strings"

	"appserver/internal/advpl/source"
)

// directive is what a line that begins with # is for.
type directive uint8

const (
	noDirective directive = iota
	unknownDirective
	dirInclude
	dirDefine
	dirUndef
	dirIfdef
	dirIfndef
	dirIf
	dirElif
	dirElse
	dirEndif
	dirError
	dirStdout
	dirWarning
	dirPragma
	dirLine
	dirCommand
	dirTranslate
	dirXCommand
	dirXTranslate
	dirUncommand
	dirUntranslate
	dirXUncommand
	dirXUntranslate
)

// directiveNames holds the names of the directives, in upper case. An
// abbreviation of four letters or more means the first name it fits.
var directiveNames = []struct {
	name string
	kind directive
}{
	{"INCLUDE", dirInclude},
	{"DEFINE", dirDefine},
	{"UNDEF", dirUndef},
	{"IFDEF", dirIfdef},
	{"IFNDEF", dirIfndef},
	{"IF", dirIf},
	{"ELIF", dirElif},
	{"ELSEIF", dirElif},
	{"ELSE", dirElse},
	{"ENDIF", dirEndif},
	{"ERROR", dirError},
	{"STDOUT", dirStdout},
	{"WARNING", dirWarning},
	{"PRAGMA", dirPragma},
	{"LINE", dirLine},
	{"COMMAND", dirCommand},
	{"TRANSLATE", dirTranslate},
	{"XCOMMAND", dirXCommand},
	{"XTRANSLATE", dirXTranslate},
	{"UNCOMMAND", dirUncommand},
	{"UNTRANSLATE", dirUntranslate},
	{"XUNCOMMAND", dirXUncommand},
	{"XUNTRANSLATE", dirXUntranslate},
}

// directiveOf returns the directive of a name in any case.
func directiveOf(name string) directive {
	for _, d := range directiveNames {
		if equalFold(name, d.name) {
			return d.kind
		}
	}
	for _, d := range directiveNames {
		if len(name) >= minAbbreviation && len(name) < len(d.name) && equalFold(name, d.name[:len(name)]) {
			return d.kind
		}
	}
	return unknownDirective
}

// nearDirectives returns the directives that may have been meant by name.
func nearDirectives(name string) []string {
	var names []string
	for _, d := range directiveNames {
		names = append(names, strings.ToLower(d.name))
	}
	return source.Near(name, names)
}

// isRule tells whether d makes or removes a rule.
func (d directive) isRule() bool { return d >= dirCommand }

// isRemoval tells whether d removes a rule.
func (d directive) isRemoval() bool { return d >= dirUncommand }

// isCommand tells whether the rules of d match at the beginning of a statement
// only.
func (d directive) isCommand() bool {
	switch d {
	case dirCommand, dirXCommand, dirUncommand, dirXUncommand:
		return true
	}
	return false
}

// abbreviates tells whether the words of the rules of d can be shortened.
func (d directive) abbreviates() bool {
	switch d {
	case dirCommand, dirTranslate, dirUncommand, dirUntranslate:
		return true
	}
	return false
}

// isConditional tells whether d also counts in text that is left out.
func (d directive) isConditional() bool { return d >= dirIfdef && d <= dirEndif }

// isText tells whether raw text follows d, which is not read into tokens.
func (d directive) isText() bool {
	return d == unknownDirective || d >= dirError && d <= dirLine
}

// readDirective reads the # and the directive's name, and what follows if that
// is raw text: it becomes one String.
func (l *lexer) readDirective() {
	hash := l.pos
	l.pos = l.skipBlanks(l.pos + 1)
	name := l.text[l.pos:l.identEnd(l.pos)]
	l.name = Token{Kind: Ident, Text: name, Pos: l.posAt(hash)}
	l.directive = directiveOf(name)
	l.pos += len(name)
	l.rule = l.directive.isRule()
	if !l.directive.isText() {
		return
	}
	l.pos = l.skipBlanks(l.pos)
	end := strings.IndexByte(l.text[l.pos:], '\n')
	if end < 0 {
		end = len(l.text) - l.pos
	}
	text := strings.TrimRight(l.text[l.pos:l.pos+end], " \t\r")
	l.add(String, l.pos+end)
	l.tokens[0].Text = text
}

// A line is one line of a source as read: text, or a directive.
type line struct {
	directive directive // noDirective for text
	name      Token     // the directive's name; its place is that of the #
	tokens    []Token   // ends with an EOL
	define    *define   // of #define
	rule      *rule     // of the directives that make or remove one
	found     source.Findings
}

// parse reads what a directive defines from its tokens.
func (n *line) parse() {
	switch {
	case n.directive == dirDefine:
		n.define = parseDefine(n.name.Pos, n.tokens, &n.found)
	case n.directive.isRule():
		n.rule = parseRule(n.directive, n.name.Pos, n.tokens, &n.found)
	case n.directive == unknownDirective:
		n.found = append(n.found, source.Finding{
			Pos: n.name.Pos, Message: "unknown directive #" + n.name.Text, Near: nearDirectives(n.name.Text),
		})
	}
}
