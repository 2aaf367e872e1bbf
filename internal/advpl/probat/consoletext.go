package probat

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"appserver/internal/advpl/lib"
)

// failedAsserts returns the assertions that did not hold.
func (t *Test) failedAsserts() []*Assert {
	var failed []*Assert
	for i := range t.Asserts {
		if t.Asserts[i].Status == Failed {
			failed = append(failed, &t.Asserts[i])
		}
	}
	return failed
}

// firstFailedLine returns the line to look at first.
func (t *Test) firstFailedLine() int {
	if failed := t.failedAsserts(); len(failed) > 0 && failed[0].Line > 0 {
		return failed[0].Line
	}
	return t.Line
}

// place returns where something is, as editors and terminals make a link of it.
func place(source string, line int) string {
	source = filepath.ToSlash(source)
	if line <= 0 {
		return source
	}
	return source + ":" + strconv.Itoa(line)
}

// title returns the assertion's name with its description.
func (a *Assert) title() string {
	if a.Text == "" {
		return a.Func
	}
	return a.Func + ": " + a.Text
}

// summary returns the assertion in one line.
func (a *Assert) summary() string {
	s := a.title()
	for _, v := range a.values() {
		text, _ := excerpt([]rune(v.text), 0)
		s += ", " + v.label + text
	}
	return s
}

// value is what an assertion expected or got.
type value struct {
	label string // "expected: "
	text  string
}

// values returns what the assertion has to show.
func (a *Assert) values() []value {
	var list []value
	if a.Expected != "" {
		list = append(list, value{"expected: ", shown(a.Expected)})
	}
	if a.Actual != "" {
		list = append(list, value{"actual: ", shown(a.Actual)})
	}
	return list
}

// shown turns the escapes that stand for letters in a value as lib.Inspect shows it
// to those letters. Control characters stay escapes.
func shown(s string) string {
	if !strings.Contains(s, `\u00`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		n := 1
		if s[i] == '\\' {
			if r, ok := escaped(s[i:]); ok {
				out.WriteRune(r)
				i += len(`\u00XX`)
				continue
			}
			n = min(2, len(s)-i)
		}
		out.WriteString(s[i : i+n])
		i += n
	}
	return out.String()
}

// escaped returns the letter that an escape \u00XX at the beginning of s stands for.
func escaped(s string) (rune, bool) {
	if len(s) < len(`\u00XX`) || s[:4] != `\u00` {
		return 0, false
	}
	code, err := strconv.ParseUint(s[4:6], 16, 8)
	if err != nil || code < utf8.RuneSelf {
		return 0, false
	}
	r, _ := utf8.DecodeRuneInString(lib.ToUTF8(string([]byte{byte(code)})))
	return r, unicode.IsPrint(r) // not blanks and hyphens that look like others
}

// Bounds of the excerpt of a long value, in characters.
const (
	excerptWidth  = 100
	excerptBefore = 40 // before the first difference
)

// commonPrefix returns how many characters a and b begin with alike.
func commonPrefix(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// comparison returns lines that show expected and actual one below the other; long
// texts around the first difference, to which a third line points. differs is
// Assert.Differs.
func comparison(expected, actual string, differs int) []string {
	const fewest = 12 // characters that are seen to differ without help
	e, a := []rune(expected), []rune(actual)
	at := commonPrefix(e, a)
	shownE, before := excerpt(e, at)
	shownA, _ := excerpt(a, at)
	lines := []string{"expected: " + shownE, "actual:   " + shownA}
	if at >= fewest && at < max(len(e), len(a)) {
		pointer := strings.Repeat(" ", len("expected: ")+before) + "^"
		if before != at {
			pointer += fmt.Sprintf(" they differ from character %d on", cmp.Or(differs, character(expected, at)))
		}
		lines = append(lines, pointer)
	}
	return lines
}

// character returns the number, from 1, of the character at the index of a shown value:
// the quote before a string is none.
func character(value string, index int) int {
	if strings.HasPrefix(value, `"`) {
		return index
	}
	return index + 1
}

// excerpt returns the part of text around the character at, and how many characters
// stand before at in it. Texts that are alike before at are cut alike there.
func excerpt(text []rune, at int) (string, int) {
	start := max(0, at-excerptBefore)
	if at < excerptWidth-excerptBefore {
		start = 0
	}
	end := min(len(text), start+excerptWidth)
	s, before := string(text[start:end]), at-start
	if start > 0 {
		s, before = "…"+s, before+1
	}
	if end < len(text) {
		s += "…"
	}
	return s, before
}

// took returns a duration with the digits that tell something.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// plural returns n with the noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
