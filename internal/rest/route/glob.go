package route

import (
	"strings"
	"unicode/utf8"
)

// matches tells whether the text is one that the glob stands for: ? is one character, * any
// number of them, everything else itself. Time is at most the product of the lengths.
//
// Source: TDN, function Match.
func matches(glob, text string) bool { return match(glob, text, false) }

// covers tells whether a stands for all that the glob b stands for. It may be false where
// that is so.
func covers(a, b string) bool { return match(a, b, true) }

// match is matches. If text is a glob itself no ? stands for its *, which may be nothing.
func match(glob, text string, isGlob bool) bool {
	star, back := -1, 0 // the last * in glob, and what of text follows what it stands for
	g, t := 0, 0
	for t < len(text) {
		size := width(text[t:])
		switch {
		case g < len(glob) && glob[g] == '*':
			star, back = g, t
			g++
		case g < len(glob) && glob[g] == '?' && !(isGlob && text[t] == '*'):
			g++
			t += size
		case g < len(glob) && glob[g] != '?' && strings.HasPrefix(glob[g:], text[t:t+size]):
			g += size
			t += size
		case star >= 0:
			back += width(text[back:])
			g, t = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}

// width returns how many bytes the first character of s has.
func width(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}
