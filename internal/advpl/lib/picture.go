package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var pictureFuncs = table{
	"TRANSFORM": transformValue,
	"TRANSFOR":  transformValue,
	"TRANSFO":   transformValue,
	"TRANSF":    transformValue,
	"TRANS":     transformValue,
	"TRAN":      transformValue,
}

// Transform(xValue[, cPicture]) → xValue, a string, number, date or logical, as the
// picture shows it. A picture is "@functions template"; either may be missing.
//
// Functions:
//
//	B  blanks to the right             D  dates as SET DATE says; numbers with its separators
//	C  " CR" after numbers above zero  E  dates dd/mm/yy; numbers with point and comma exchanged
//	L  zeros for leading blanks        R  literals of the template are inserted
//	X  " DB" after numbers below zero  S  the number after it is the longest width
//	Z  blanks instead of zero          (  negative numbers in parentheses
//	!  capitals                        )  the same, the first one beside the number
//
// Template of strings: ! puts a capital, A N X 9 # L take any character, Y puts Y or
// N; other characters stand for themselves, in place of one of the value or, with @R,
// beside it. Template of numbers: 9 and # put a digit, * and $ themselves instead of a
// leading blank, . the decimal point, a comma itself if a digit is before it.
// Template of logicals: L and # put T or F, Y puts Y or N.
//
// Other types, and a picture that is neither a string nor NIL, are errors. Source:
// Clipper, TDN.
func transformValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := optText("TRANSFORM", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	v := a.Get(0)
	size := len(text) + 64
	switch v.Kind() {
	case vm.String:
		size += v.Len()
	case vm.Number, vm.Date, vm.Logical:
	default:
		return vm.Value{}, vm.ArgError("TRANSFORM", a, 0, "a string, number, date or logical")
	}
	return newText(t, size, func() string {
		p := parsePicture(text)
		return p.format(v, &settingsOf(t).format)
	})
}

// flags are the functions of a picture.
type flags uint16

const (
	toLeft     flags = 1 << iota // B
	credit                       // C
	asDate                       // D
	exchanged                    // E
	zeros                        // L
	inserted                     // R
	debit                        // X
	noZero                       // Z
	brackets                     // (
	brackets2                    // )
	capitals                     // !
	limited                      // S
	noFunction flags = 0
)

func flagOf(c byte) flags {
	switch c {
	case 'B':
		return toLeft
	case 'C':
		return credit
	case 'D':
		return asDate
	case 'E':
		return exchanged
	case 'L':
		return zeros
	case 'R':
		return inserted
	case 'X':
		return debit
	case 'Z':
		return noZero
	case '(':
		return brackets
	case ')':
		return brackets2
	case '!':
		return capitals
	case 'S':
		return limited
	}
	return noFunction
}

// picture is a parsed picture.
type picture struct {
	flags
	width    int // with limited
	template string
}

func (f flags) has(g flags) bool { return f&g != 0 }

func parsePicture(s string) picture {
	if s == "" || s[0] != '@' {
		return picture{template: s}
	}
	functions, template, _ := strings.Cut(s[1:], " ")
	p := picture{template: template}
	for i := 0; i < len(functions); i++ {
		f := flagOf(upperOf[functions[i]])
		p.flags |= f
		if f == limited {
			p.width = int(parseNum(digitsOf(functions[i+1:])))
		}
	}
	return p
}

// digitsOf returns the digits that s begins with, nine at most.
func digitsOf(s string) string {
	n := 0
	for n < len(s) && n < 9 && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

// format returns v as the picture shows it; v is a string, number, date or logical.
func (p *picture) format(v vm.Value, dates *dateFormat) string {
	var b []byte
	switch v.Kind() {
	case vm.Number:
		b = p.number(v.Float(), dates)
	case vm.Date:
		b = p.date(v.Day(), dates)
	case vm.Logical:
		b = p.logical(v.Truth())
	default:
		b = p.text(v.Text())
	}
	if p.has(toLeft) {
		shiftLeft(b)
	}
	if p.has(limited) && p.width > 0 && len(b) > p.width {
		b = b[:p.width]
	}
	return string(b)
}

// shiftLeft moves the blanks that b begins with to its end.
func shiftLeft(b []byte) {
	n := copy(b, trimSpaces(b))
	for i := range b[n:] {
		b[n+i] = ' '
	}
}

func trimSpaces(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

func blank(b []byte) []byte {
	for i := range b {
		b[i] = ' '
	}
	return b
}

// text formats a string.
func (p *picture) text(s string) []byte {
	if p.has(capitals) {
		s = mapBytes(s, upperOf)
	}
	b := p.fill(s)
	if p.has(noZero) {
		return blank(b)
	}
	return b
}

// fill puts s into the template.
func (p *picture) fill(s string) []byte {
	b := make([]byte, 0, len(s)+len(p.template))
	masks := 0
	for i := 0; i < len(p.template); i++ {
		c := p.template[i]
		mask := isTextMask(c)
		switch {
		case mask && s == "" && p.has(inserted):
			b = append(b, ' ')
		case mask && s != "":
			b = append(b, maskByte(c, s[0]))
			s = s[1:]
		case !mask && p.has(inserted):
			b = append(b, c)
		case !mask && s != "":
			b = append(b, c)
			s = s[1:]
		default:
			return b
		}
		if mask {
			masks++
		}
	}
	if masks == 0 && (p.template == "" || p.has(inserted)) {
		b = append(b, s...)
	}
	return b
}

func isTextMask(c byte) bool { return strings.IndexByte("!#9AaNnXxLlYy", c) >= 0 }

// maskByte returns what the template character mask makes of c.
func maskByte(mask, c byte) byte {
	switch mask {
	case '!':
		return upperOf[c]
	case 'Y', 'y':
		if strings.IndexByte("YyTt", c) >= 0 {
			return 'Y'
		}
		return 'N'
	}
	return c
}

// logical formats a logical: the first place of the template shows it, and only the
// literals of @R follow.
func (p *picture) logical(v bool) []byte {
	template := p.template
	if template == "" {
		template = "L"
	}
	var b []byte
	shown := false
	for i := range len(template) {
		if shown && !p.has(inserted) {
			break
		}
		c, mask := logicalByte(template[i], v)
		if mask && shown {
			c = ' '
		}
		b = append(b, c)
		shown = shown || mask || !p.has(inserted)
	}
	if p.has(noZero) {
		return blank(b)
	}
	return b
}

// logicalByte returns what the template character c shows of v, and whether it is a
// mask.
func logicalByte(c byte, v bool) (byte, bool) {
	pair := ""
	switch c {
	case 'Y', 'y':
		pair = "NY"
	case 'L', 'l', '#':
		pair = "FT"
	default:
		return c, false
	}
	if v {
		return pair[1], true
	}
	return pair[0], true
}

// date formats a date.
func (p *picture) date(day int, dates *dateFormat) []byte {
	if p.has(exchanged) {
		dates = dates.british()
	}
	s := dates.text(day)
	if p.has(noZero) && day == 0 {
		return blank([]byte(s))
	}
	return []byte(s)
}

// number formats a number.
func (p *picture) number(f float64, dates *dateFormat) []byte {
	if p.template == "" && p.has(asDate) {
		return p.merge(f, dates.digits())
	}
	if p.template == "" {
		return p.decorate(p.plain(f), f)
	}
	if p.has(asDate) {
		return p.merge(f, dates.digits())
	}
	return p.merge(f, p.template)
}

// plain returns f without a template.
func (p *picture) plain(f float64) []byte {
	b := appendStr(nil, p.unsigned(f), 0, 0, false)
	if p.has(exchanged) {
		for i, c := range b {
			if c == '.' {
				b[i] = ','
			}
		}
	}
	return b
}

// unsigned returns f without the sign that the functions show in another way.
func (p *picture) unsigned(f float64) float64 {
	if f < 0 && p.has(debit|brackets|brackets2) {
		return -f
	}
	return f
}

// signed returns f without the sign that takes no place of the template.
func (p *picture) signed(f float64) float64 {
	if f < 0 && p.has(debit) && !p.has(brackets|brackets2) {
		return -f
	}
	return f
}

// merge puts f into the template. Parentheses need the place that the sign would take.
func (p *picture) merge(f float64, template string) []byte {
	whole, decimals := countPlaces(template)
	width := whole
	if decimals > 0 {
		width += 1 + decimals
	}
	var buf [64]byte
	digits := appendStr(buf[:0], p.signed(f), max(width, 1), decimals, true)
	fits := digits[0] != '*'
	if fits && f < 0 {
		digits = appendStr(buf[:0], p.unsigned(f), width, decimals, true)
	}
	if p.has(zeros) && fits {
		zeroFill(digits)
	}
	return p.decorate(p.weave(digits, template, fits), f)
}

// countPlaces counts the places for digits before and after the first point.
func countPlaces(template string) (whole, decimals int) {
	point := false
	for i := range len(template) {
		switch c := template[i]; {
		case c == '.':
			point = true
		case !isNumMask(c):
		case point:
			decimals++
		default:
			whole++
		}
	}
	return whole, decimals
}

func isNumMask(c byte) bool { return c == '9' || c == '#' || c == '*' || c == '$' }

// weave walks the template and takes a character of the formatted number for each
// place and each point. fits is false if the number is asterisks.
func (p *picture) weave(digits []byte, template string, fits bool) []byte {
	point, comma := byte('.'), byte(',')
	if p.has(exchanged) {
		point, comma = ',', '.'
	}
	next := func(blank byte) byte {
		if len(digits) == 0 {
			return ' '
		}
		c := digits[0]
		digits = digits[1:]
		if c == ' ' {
			return blank
		}
		return c
	}
	b := make([]byte, 0, len(template)+6)
	for i := range len(template) {
		switch c := template[i]; {
		case c == '.':
			next(' ')
			b = append(b, point)
		case c == ',':
			b = appendComma(b, comma, fits)
		case isNumMask(c):
			fill := byte(' ')
			if c == '*' || c == '$' {
				fill = c
			}
			b = append(b, next(fill))
		default:
			b = append(b, c)
		}
	}
	return b
}

// appendComma appends the separator if a digit stands before it, else repeats what
// does. A minus sign moves on to the separator's place.
func appendComma(b []byte, comma byte, fits bool) []byte {
	if len(b) == 0 {
		return append(b, ',')
	}
	last := b[len(b)-1]
	switch {
	case isDigit(last), last == '*' && !fits:
		return append(b, comma)
	case last == '-':
		b[len(b)-1] = beforeSign(b[:len(b)-1])
	}
	return append(b, last)
}

// beforeSign returns what a minus sign after b leaves in its place.
func beforeSign(b []byte) byte {
	if len(b) == 0 || b[len(b)-1] == '$' || b[len(b)-1] == '*' {
		return ' '
	}
	return b[len(b)-1]
}

// decorate adds what the functions put around the number f, which b shows.
func (p *picture) decorate(b []byte, f float64) []byte {
	if f == 0 && p.has(noZero) {
		blank(b)
	}
	if f < 0 && p.has(brackets|brackets2) && len(b) > 0 {
		b[p.bracketPlace(b)] = '('
		b = append(b, ')')
	}
	switch {
	case f > 0 && p.has(credit):
		b = append(b, " CR"...)
	case f < 0 && p.has(debit):
		b = append(b, " DB"...)
	}
	return b
}

// bracketPlace returns where the opening parenthesis goes: the beginning, or for @)
// the last of the blanks after it.
func (p *picture) bracketPlace(b []byte) int {
	i := 0
	for p.has(brackets2) && i+1 < len(b) && b[i+1] == ' ' {
		i++
	}
	return i
}
