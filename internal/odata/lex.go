package odata

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind uint8

const (
	end kind = iota
	word
	constant // value
	open
	closed
	comma
	slash // between the names of a field, also as a dot
)

// token is a word, a sign or a constant of a filter.
type token struct {
	kind  kind
	pos   int
	text  string
	value Value
}

// lexer splits a filter into tokens.
type lexer struct {
	text string
	at   int
}

func (l *lexer) errorf(pos int, format string, args ...any) error {
	return &Error{pos, fmt.Sprintf(format, args...)}
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
	if l.at == len(l.text) {
		return token{kind: end, pos: l.at}, nil
	}
	pos := l.at
	switch c := l.text[pos]; {
	case c == '(':
		return l.sign(open), nil
	case c == ')':
		return l.sign(closed), nil
	case c == ',':
		return l.sign(comma), nil
	case c == '/' || c == '.':
		return l.sign(slash), nil
	case c == '\'':
		return l.quoted()
	case c >= '0' && c <= '9' || c == '-' || c == '+':
		return l.number()
	}
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if !isLetter(r, l.at == pos) {
			break
		}
		l.at += size
	}
	if l.at == pos {
		r, _ := utf8.DecodeRuneInString(l.text[pos:])
		return token{}, l.errorf(pos, "%q has no meaning here", r)
	}
	return token{kind: word, pos: pos, text: l.text[pos:l.at]}, nil
}

// isLetter tells whether r is part of a name.
func isLetter(r rune, first bool) bool {
	return r == '_' || r != utf8.RuneError && unicode.IsLetter(r) || !first && unicode.IsDigit(r)
}

func (l *lexer) sign(k kind) token {
	l.at++
	return token{kind: k, pos: l.at - 1, text: l.text[l.at-1 : l.at]}
}

// quoted reads a string from its quote on.
func (l *lexer) quoted() (token, error) {
	pos := l.at
	var b strings.Builder
	for rest := l.text[pos+1:]; ; {
		part, after, found := strings.Cut(rest, "'")
		if !found {
			return token{}, l.errorf(pos, "the string has no end: a quote is missing")
		}
		b.WriteString(part)
		if rest = after; !strings.HasPrefix(rest, "'") {
			l.at = len(l.text) - len(rest)
			break
		}
		b.WriteByte('\'')
		rest = rest[1:]
	}
	return token{kind: constant, pos: pos, text: l.text[pos:l.at], value: Value{Type: String, String: b.String()}}, nil
}

// number reads a number, a date or a time.
func (l *lexer) number() (token, error) {
	pos := l.at
	for l.at < len(l.text) && (isAlnum(l.text[l.at]) || strings.IndexByte("+-.:", l.text[l.at]) >= 0) {
		l.at++
	}
	text := l.text[pos:l.at]
	if when, ok := ParseTime(text); ok {
		return token{kind: constant, pos: pos, text: text, value: Value{Type: Time, Time: when}}, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpP_nN") {
		return token{}, l.errorf(pos, "%.40q is neither a number nor a date", text)
	}
	return token{kind: constant, pos: pos, text: text, value: Value{Type: Number, Number: n}}, nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// forms are those of a date, and of one with a time.
var forms = []string{"2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04"}

// ParseTime reads a date, or a date with a time, as filters have them; one without a zone
// is taken as UTC.
func ParseTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02") || s[4] != '-' {
		return time.Time{}, false
	}
	for _, form := range forms {
		if when, err := time.Parse(form, s); err == nil {
			return when.UTC(), true
		}
	}
	return time.Time{}, false
}
