package lib

import (
	"strconv"
	"strings"

	"appserver/internal/advpl/vm"
)

// Bounds of what Inspect writes.
const (
	inspectDepth = 50
	inspectBytes = 1 << 20
)

// Inspect returns v as an expression: strings in double quotes, escaped as in JSON
// with \u00XX for the bytes that are not printable ASCII; numbers with the fewest
// digits that tell them apart; SToD("YYYYMMDD"); .T. and .F.; NIL; {…} for arrays, {||}
// for code blocks and Name() for objects. What is nested too deep or holds itself
// ends in "…", as does a text of more than a megabyte.
func Inspect(v vm.Value) string {
	var p inspector
	p.value(v, 0)
	return p.text.String()
}

type inspector struct {
	text strings.Builder
}

func (p *inspector) value(v vm.Value, depth int) {
	switch v.Kind() {
	case vm.Number:
		p.text.WriteString(shortest(v.Float()))
	case vm.Logical:
		p.text.WriteString(logicalText(v.Truth()))
	case vm.Date:
		p.text.WriteString(`SToD("` + compact(v.Day()) + `")`)
	case vm.String:
		p.quoted(v.Text())
	case vm.Array:
		p.array(v.Array().Elems, depth)
	case vm.Block:
		p.text.WriteString("{||}")
	case vm.Object:
		p.text.WriteString(v.Object().ClassName() + "()")
	default:
		p.text.WriteString("NIL")
	}
}

func (p *inspector) array(elems []vm.Value, depth int) {
	p.text.WriteByte('{')
	for i, e := range elems {
		if i > 0 {
			p.text.WriteByte(',')
		}
		if depth == inspectDepth || p.text.Len() > inspectBytes {
			p.text.WriteString("…")
			break
		}
		p.value(e, depth+1)
	}
	p.text.WriteByte('}')
}

// quoted writes s as a string of JSON, each byte being a character.
func (p *inspector) quoted(s string) {
	const hex = "0123456789abcdef"
	p.text.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case p.text.Len() > inspectBytes:
			p.text.WriteString(`…"`)
			return
		case c == '"' || c == '\\':
			p.text.WriteByte('\\')
			p.text.WriteByte(c)
		case c < ' ' || c >= 0x7F:
			p.text.WriteString(`\u00`)
			p.text.WriteByte(hex[c>>4])
			p.text.WriteByte(hex[c&15])
		default:
			p.text.WriteByte(c)
		}
	}
	p.text.WriteByte('"')
}

// shortest returns f in decimal digits, those of very large and small numbers with an
// exponent.
func shortest(f float64) string {
	if size := max(f, -f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f+0, 'f', -1, 64)
}
