// Package glob tells which texts a pattern stands for.
//
// In a pattern * stands for any number of characters, slashes among them, and
// may stand for none; ? stands for one character; all else stands for itself,
// letters in their case. Nothing takes these meanings away: there is no escape
// and there are no classes. A character is one of UTF-8, or one byte where a
// text is no UTF-8. Every text is a pattern.
//
// No function ever tries a * again that comes before another, so a pattern
// without ? takes time linear in the text, and one with ? at most in the
// product of the text and the longest run between two *. Nothing is allocated.
package glob

import (
	"strings"
	"unicode/utf8"
)

// question says what a ? in a pattern stands for.
type question uint8

const (
	anyOne  question = iota // one character
	notStar                 // one character but *
	itself                  // ?
)

// Match tells whether the text is one that the pattern stands for.
func Match(pattern, text string) bool { return match(pattern, text, anyOne) }

// MatchStars is Match for patterns in which ? stands for itself.
func MatchStars(pattern, text string) bool { return match(pattern, text, itself) }

// Covers tells whether pattern stands for all that other, a pattern too, stands for. It may
// say no where that is so: "*?" stands for what "?*" does.
func Covers(pattern, other string) bool { return match(pattern, other, notStar) }

// match fits the pieces of the pattern that stand between its *: the first at the start of
// the text, the last at its end, and each other where it fits first.
func match(pattern, text string, q question) bool {
	piece, rest, more := strings.Cut(pattern, "*")
	text, ok := cutPrefix(text, piece, q)
	if !more {
		return ok && text == ""
	}
	for ok {
		if piece, rest, more = strings.Cut(rest, "*"); !more {
			return hasSuffix(text, piece, q)
		}
		text, ok = cutFirst(text, piece, q)
	}
	return false
}

// cutFirst returns what follows the first place in text where the piece fits, and whether
// there is one.
func cutFirst(text, piece string, q question) (rest string, ok bool) {
	if plain(piece, q) {
		_, rest, ok = strings.Cut(text, piece)
		return rest, ok
	}
	for text != "" {
		if rest, ok = cutPrefix(text, piece, q); ok {
			return rest, true
		}
		text = text[width(text):]
	}
	return "", false
}

// cutPrefix returns what follows the piece, and whether text begins with it.
func cutPrefix(text, piece string, q question) (rest string, ok bool) {
	for !plain(piece, q) {
		before, after, _ := strings.Cut(piece, "?")
		if text, ok = strings.CutPrefix(text, before); !ok || text == "" || q == notStar && text[0] == '*' {
			return "", false
		}
		text, piece = text[width(text):], after
	}
	return strings.CutPrefix(text, piece)
}

// hasSuffix tells whether text ends with the piece.
func hasSuffix(text, piece string, q question) bool {
	if plain(piece, q) {
		return strings.HasSuffix(text, piece)
	}
	end := len(text)
	for range utf8.RuneCountInString(piece) {
		_, size := utf8.DecodeLastRuneInString(text[:end])
		end -= size
	}
	rest, ok := cutPrefix(text[end:], piece, q)
	return ok && rest == ""
}

// plain tells whether the piece stands for itself alone.
func plain(piece string, q question) bool {
	return q == itself || strings.IndexByte(piece, '?') < 0
}

// width returns how many bytes the first character of s has.
func width(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}
