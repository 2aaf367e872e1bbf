package lib

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// page is the code page of strings.
var page = charmap.Windows1252

// What the code page says of its bytes.
var (
	upperOf = caseTable(unicode.ToUpper)
	lowerOf = caseTable(unicode.ToLower)
	runeOf  = runeTable()
	oemOf   = recode(page, charmap.CodePage850)
	ansiOf  = recode(charmap.CodePage850, page)
)

// caseTable maps the bytes whose mapped character is in the code page; the others
// stay.
func caseTable(mapped func(rune) rune) *[256]byte {
	var tab [256]byte
	for i := range tab {
		b := byte(i)
		tab[i] = b
		if r := page.DecodeByte(b); unicode.IsLetter(r) {
			if m, ok := page.EncodeRune(mapped(r)); ok {
				tab[i] = m
			}
		}
	}
	return &tab
}

// runeTable holds the characters of the bytes. The five that Windows 1252 does not
// define stand for the control characters of the same number.
func runeTable() *[256]rune {
	var tab [256]rune
	for i := range tab {
		tab[i] = page.DecodeByte(byte(i))
		if tab[i] == utf8.RuneError {
			tab[i] = rune(i)
		}
	}
	return &tab
}

// recode maps bytes of one code page to another; what it lacks stays the same byte.
func recode(from, to *charmap.Charmap) *[256]byte {
	var tab [256]byte
	for i := range tab {
		tab[i] = byte(i)
		if b, ok := to.EncodeRune(from.DecodeByte(byte(i))); ok {
			tab[i] = b
		}
	}
	return &tab
}

// mapBytes returns s with each byte mapped; s itself if nothing changes.
func mapBytes(s string, tab *[256]byte) string {
	for i := range len(s) {
		if tab[s[i]] != s[i] {
			return mapFrom(s, i, tab)
		}
	}
	return s
}

func mapFrom(s string, i int, tab *[256]byte) string {
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		b.WriteByte(tab[s[i]])
	}
	return b.String()
}

func isDigit(b byte) bool { return b-'0' <= 9 }
func isBlank(b byte) bool { return b == ' ' || b-'\t' <= '\r'-'\t' }
func isUpper(b byte) bool { return b-'A' < 26 }
func isLower(b byte) bool { return b-'a' < 26 }

// isLetter tells letters, also those without a pair like ß.
func isLetter(b byte) bool {
	return b < 0x80 && b|0x20-'a' < 26 || b >= 0x80 && unicode.IsLetter(runeOf[b])
}

// isASCII tells whether s has no byte beyond ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf8Len returns how long toUTF8 makes s.
func utf8Len(s string) int {
	n := 0
	for i := range len(s) {
		n += utf8.RuneLen(runeOf[s[i]])
	}
	return n
}

// ToUTF8 converts a string of programs, which is in the code page, to UTF-8.
func ToUTF8(s string) string { return toUTF8(s) }

// toUTF8 converts s from the code page.
func toUTF8(s string) string {
	if isASCII(s) {
		return s
	}
	b := make([]byte, 0, utf8Len(s))
	for i := range len(s) {
		b = utf8.AppendRune(b, runeOf[s[i]])
	}
	return string(b)
}

// FromUTF8 converts s to the code page, in which programs have their strings; characters
// that it lacks become question marks, and what is not UTF-8 stays as it is.
func FromUTF8(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return pageText(s)
}

// pageText is FromUTF8, but what is not UTF-8 becomes question marks too.
func pageText(s string) string {
	if isASCII(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := pageByte(r)
		if !ok {
			c = '?'
		}
		b = append(b, c)
	}
	return string(b)
}

// fromUTF8 converts s to the code page. It reports false if s is not UTF-8 or holds
// a character that the code page lacks.
func fromUTF8(s string) (string, bool) {
	if isASCII(s) {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := pageByte(r)
		if !ok {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), true
}

// pageByte returns the byte of r in the code page.
func pageByte(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r), true
	}
	if r == utf8.RuneError {
		return 0, false
	}
	if b, ok := page.EncodeRune(r); ok {
		return b, true
	}
	if r <= 0xFF && runeOf[r] == r {
		return byte(r), true
	}
	return 0, false
}
