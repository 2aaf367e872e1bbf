package probat

import (
	"unicode/utf8"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Two values of which one is long are shown around the place where they begin to differ, if
// that lies behind the middle of what is kept of a text.
const (
	lastShownWhole = maxText / 2 // bytes
	shownBefore    = 64          // characters before that place
)

// differing sets what the outcome shows of the two values, and where they begin to differ.
func (o *outcome) differing(x, y vm.Value) {
	if x.IsStr() && y.IsStr() {
		o.differingStrings(x.Text(), y.Text())
		return
	}
	o.differingTexts(lib.Inspect(x), lib.Inspect(y))
}

// differingStrings is differing for strings, which are not shown before they are cut.
func (o *outcome) differingStrings(x, y string) {
	o.actual, o.expected = show(vm.Str(x)), show(vm.Str(y))
	same, late := o.late(x, y)
	if !late {
		return
	}
	from := same - shownBefore
	part := func(s string) string {
		const quote = 1
		return cut("…"+lib.Inspect(vm.Str(s[from:min(len(s), from+maxText)]))[quote:], maxText)
	}
	o.actual, o.expected, o.differs = part(x), part(y), same+1
}

// differingTexts is differing for texts in UTF-8, of values as lib.Inspect shows them or JSON.
func (o *outcome) differingTexts(x, y string) {
	o.actual, o.expected = cut(x, maxText), cut(y, maxText)
	same, late := o.late(x, y)
	if !late {
		return
	}
	from, before := charactersTo(x, same)
	o.actual, o.expected, o.differs = cut("…"+x[from:], maxText), cut("…"+y[from:], maxText), before+1
}

// late returns how many bytes the texts of an assertion that failed begin with alike, and
// whether their beginnings do not show where they differ.
func (o *outcome) late(x, y string) (same int, late bool) {
	if o.ok || max(len(x), len(y)) <= maxText {
		return 0, false
	}
	same = samePrefix(x, y)
	return same, same >= lastShownWhole
}

// samePrefix returns how many bytes x and y begin with alike.
func samePrefix(x, y string) int {
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// charactersTo returns how many characters of a text begin before the byte end, escapes
// being one, and the place of the one that is shownBefore characters before the last.
func charactersTo(s string, end int) (from, n int) {
	var starts [shownBefore]int
	for i := 0; i < end; n++ {
		next := i + characterSize(s[i:])
		if next > end {
			break // the texts differ within it
		}
		starts[n%shownBefore] = i
		i = next
	}
	if n >= shownBefore {
		from = starts[n%shownBefore]
	}
	return from, n
}

// characterSize returns the bytes of the first character or escape of s, which has one.
func characterSize(s string) int {
	switch {
	case s[0] != '\\':
		_, size := utf8.DecodeRuneInString(s)
		return size
	case len(s) > 1 && s[1] == 'u':
		return min(len(s), len(`\u00XX`))
	}
	return min(len(s), 2)
}
