package config

import (
	"fmt"
	"strings"
	"unicode"
)

// A document is what the scanner found, in the order of the file.
type document struct {
	headers []header
	entries []entry
	notes   []Finding // without File
}

// A header is a line "[name]".
type header struct {
	name string
	line int
}

// An entry is a line "key=value" of the section headers[header].
type entry struct {
	value
	header    int
	duplicate bool // an earlier entry of the section has this key
}

// scanner keeps what the lines read so far mean for the next one.
type scanner struct {
	document
	line      int
	section   string // name of the current section; "" if keys have no home
	commented header // header that is a comment and no live one came since
	sections  map[string]int
	keys      map[[2]string]int // by folded section and key
}

// scan reads decoded text line by line; LF, CRLF and CR end a line. The error is
// about the whole file (too many keys).
func scan(text string) (*document, error) {
	s := &scanner{sections: map[string]int{}, keys: map[[2]string]int{}}
	for text != "" {
		var raw string
		raw, text = cutLine(text)
		s.line++
		if len(raw) > maxLine {
			s.note(Error, "", fmt.Sprintf("the line is longer than %d bytes: ignored", maxLine), "")
			continue
		}
		s.scanLine(trim(raw))
		if len(s.entries)+len(s.headers) > maxKeys {
			return nil, fmt.Errorf("has more than %d sections and keys", maxKeys)
		}
	}
	return &s.document, nil
}

func (s *scanner) scanLine(line string) {
	switch {
	case line == "":
	case line[0] == ';', line[0] == '#':
		s.comment(line)
	case strings.HasPrefix(line, "//"):
		s.note(Warning, "", "the line begins with //: ignored", "comments begin with ;")
		s.comment(line)
	case line[0] == '[':
		s.header(line)
	default:
		s.key(line)
	}
}

// comment remembers a section header that has been commented out.
func (s *scanner) comment(line string) {
	line = trim(strings.TrimLeft(line, ";#/ \t"))
	if !strings.HasPrefix(line, "[") {
		return
	}
	name, rest, closed := strings.Cut(line[1:], "]")
	name, rest = trim(name), trim(rest)
	if closed && name != "" && (rest == "" || rest[0] == ';') {
		s.commented = header{name, s.line}
	}
}

func (s *scanner) header(line string) {
	name, rest, closed := strings.Cut(line[1:], "]")
	s.commented = header{}
	if !closed {
		name, _ = cutComment(name)
	}
	name, rest = trim(name), trim(rest)
	s.section = name
	switch {
	case name == "":
		s.note(Warning, "", "the section has no name: its keys are ignored", "")
		return
	case !closed:
		s.note(Warning, "", "the header has no closing ]", "it is read as ["+name+"]")
	case rest != "" && rest[0] != ';':
		s.note(Warning, "", "the text after ] is ignored", "comments begin with ;")
	}
	if strings.ContainsRune(name, unicode.ReplacementChar) {
		s.damaged("")
	}
	if first, ok := s.sections[fold(name)]; ok {
		s.note(Warning, "", fmt.Sprintf("the section began in line %d already: both are merged", first), "of two equal keys the first counts")
	} else {
		s.sections[fold(name)] = s.line
	}
	s.headers = append(s.headers, header{name, s.line})
}

func (s *scanner) key(line string) {
	key, rest, ok := strings.Cut(line, "=")
	key = trim(key)
	if !ok || key == "" {
		s.note(Warning, "", "the line is neither a section, a key with =, nor a comment: ignored", "")
		return
	}
	text, tail := cutComment(rest)
	if s.section == "" {
		s.note(Warning, key, "the key stands before any section: ignored", "put it below a [Section]")
		return
	}
	s.orphan()
	if strings.ContainsRune(key+text, unicode.ReplacementChar) {
		s.damaged(key)
	}
	e := entry{header: len(s.headers) - 1, value: value{section: s.section, key: key, text: text, tail: tail, from: fromFile, line: s.line}}
	id := [2]string{fold(s.section), fold(key)}
	if first, ok := s.keys[id]; ok {
		e.duplicate = true
		s.note(Warning, key, fmt.Sprintf("the key is set in line %d already: the first value counts, this one is ignored", first), "remove one of them")
	} else {
		s.keys[id] = s.line
	}
	s.entries = append(s.entries, e)
}

// orphan speaks up at the first live key below a header that is a comment: such
// keys belong to the section before it, hardly ever what was meant.
func (s *scanner) orphan() {
	c := s.commented
	s.commented = header{}
	if c.line == 0 || fold(c.name) == fold(s.section) {
		return
	}
	s.note(Warning, "", fmt.Sprintf("LOOK HERE: the header [%s] in line %d is commented out, so the keys from here on belong to [%s] of line %d",
		c.name, c.line, s.section, s.headers[len(s.headers)-1].line), "comment them out too, or bring the header back")
}

func (s *scanner) damaged(key string) {
	s.note(Warning, key, "the line holds U+FFFD, the mark of text damaged by a wrong conversion", "type the accented characters again")
}

// note adds a finding about the line. It shows no value: what the key is, and so
// whether it is a secret, is not known yet.
func (s *scanner) note(sev Severity, key, message, hint string) {
	s.notes = append(s.notes, Finding{Severity: sev, Line: s.line, Section: s.section, Key: key, Message: message, Hint: hint, bare: true})
}

// cutLine returns the first line of text without its end, and the rest.
func cutLine(text string) (line, rest string) {
	i := strings.IndexAny(text, "\r\n")
	if i < 0 {
		return text, ""
	}
	end := i + 1
	if strings.HasPrefix(text[i:], "\r\n") {
		end++
	}
	return text[:i], text[end:]
}

// cutComment splits what follows the = into value and comment. A comment begins
// at a semicolon after a blank. If the value stands in quotes, single or double,
// one pair is taken off, and what they enclose is kept as it is.
func cutComment(s string) (text, comment string) {
	if text, comment, ok := unquote(s); ok {
		return text, comment
	}
	for i := range s {
		if s[i] == ';' && i > 0 && s[:i] != strings.TrimRightFunc(s[:i], blank) {
			return trim(s[:i]), s[i:]
		}
	}
	return trim(s), ""
}

// unquote takes a value in quotes apart: the closing quote is the first that
// ends the text or is followed by a comment, so that quotes inside need no escape.
func unquote(s string) (text, comment string, ok bool) {
	s = trim(s)
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		rest := s[i+1:]
		after := strings.TrimLeftFunc(rest, blank)
		if rest == "" || after != rest && after[0] == ';' {
			return s[1:i], after, true
		}
	}
	return "", "", false
}

// blank reports whether r is white space, or one of the invisible characters
// that pasting from a web page leaves at line ends.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

func trim(s string) string { return strings.TrimFunc(s, blank) }

// fold returns the form in which names are compared. It is the one that
// gopkg.in/ini.v1 uses with its option Insensitive.
func fold(s string) string { return strings.ToLower(s) }
