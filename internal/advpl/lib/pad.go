package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var padFuncs = table{
	"PAD":        padR,
	"PADR":       padR,
	"PADL":       padL,
	"PADC":       padC,
	"CVALTOCHAR": cValToChar,
}

// PadR(xValue, nLength[, cFill = " "]) → xValue as a string, cut or filled on the right
// to nLength bytes. Numbers come without blanks and dates as DToC shows them; other
// types, and a length that is no number, give "". The fill is the first byte of
// cFill, Chr(0) if that is "". Source: TDN, Clipper.
func padR(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pad(t, a, func(fill, s string, n int) string { return s + strings.Repeat(fill, n) })
}

// PadL(xValue, nLength[, cFill = " "]) → what PadR gives, but filled on the left; it cuts on
// the right too. Source: TDN, Clipper.
func padL(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pad(t, a, func(fill, s string, n int) string { return strings.Repeat(fill, n) + s })
}

// PadC(xValue, nLength[, cFill = " "]) → what PadR gives, but filled on both sides, an odd
// byte on the right. Source: TDN, Clipper.
func padC(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return pad(t, a, func(fill, s string, n int) string {
		return strings.Repeat(fill, n/2) + s + strings.Repeat(fill, n-n/2)
	})
}

// pad cuts the first argument to the length of the second, or has join add n bytes
// of fill.
func pad(t *vm.Thread, a vm.Args, join func(fill, s string, n int) string) (vm.Value, error) {
	width := loose(a, 1, 0)
	s, ok := padText(t, a.Get(0))
	if width <= 0 || !ok {
		return vm.Str(""), nil
	}
	if width <= len(s) {
		return piece(t, vm.Str(s), s[:width])
	}
	fill := " "
	if v := a.Get(2); v.IsStr() {
		fill = oneByte(firstByte(v.Text()))
	}
	return newText(t, width, func() string { return join(fill, s, width-len(s)) })
}

// firstByte returns the first byte of s, 0 if there is none.
func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// padText returns the text of a string, number or date.
func padText(t *vm.Thread, v vm.Value) (string, bool) {
	switch v.Kind() {
	case vm.String:
		return v.Text(), true
	case vm.Number:
		return shortNum(v.Float()), true
	case vm.Date:
		return settingsOf(t).format.text(v.Day()), true
	}
	return "", false
}

// cValToChar(xValue) → xValue as a string without blanks: numbers with the decimals
// they have, dates as DToC, logicals as ".T." and ".F.", NIL as "NIL", fixed decimals with
// all their decimals; arrays, blocks and other objects give "". Source: TDN; what it says
// nothing of, decided here.
func cValToChar(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Str(plainText(t, a.Get(0))), nil
}

// plainText returns v as cValToChar shows it.
func plainText(t *vm.Thread, v vm.Value) string {
	switch v.Kind() {
	case vm.Nil:
		return "NIL"
	case vm.Logical:
		return logicalText(v.Truth())
	}
	if v.Kind() == vm.Object {
		if d, ok := v.Object().Native.(*decimal); ok {
			return d.text()
		}
	}
	s, _ := padText(t, v)
	return s
}

func logicalText(b bool) string {
	if b {
		return ".T."
	}
	return ".F."
}
