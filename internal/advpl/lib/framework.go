package lib

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"appserver/internal/advpl/vm"
)

var frameworkFuncs = table{
	"GETNEXTALIAS": getNextAlias,
	"SOMA1":        soma1,
	"FORMATIN":     formatIn,
	"FWNOACCENT":   fwNoAccent,
	"VAZIO":        vazio,
	"NAOVAZIO":     naoVazio,
	"READVAR":      readVar,
	"FWFREEARRAY":  fwFreeArray,
	"FWFREEOBJ":    freeObj,
	"FWFREEVAR":    freeObj,
	"EXISTFUNC":    existFunc,
	"FINAL":        final,
	"ALLWAYSTRUE":  allwaysTrue,
	"ALLWAYSFALSE": allwaysFalse,
	"GETDTOVAL":    getDToVal,
	"HB_NTOC":      hbNToC,
	"HB_DEFAULT":   hbDefault,
	"LOCALIZE":     localize,
}

type aliasKey struct{}

// GetNextAlias() → the name of a work area that the thread has not been given before,
// ten characters long. Source: TDN.
func getNextAlias(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	last := t.Local(aliasKey{}, func() any { return new(int) }).(*int)
	*last++
	return vm.Str(fmt.Sprintf("TMP%07d", *last)), nil
}

// Soma1(cCode[, nSize[, lSums[, lLower = .F.]]]) → the code that follows cCode, in as many
// characters. Codes of digits count up to 99…9; then letters come in, A after 9 and 0
// after Z: 9A to 9Z, A0 to AZ, up to ZZ; with lLower a to z come after Z. A code that has
// no next one gives asterisks. Characters that are neither digits nor letters stay.
// Blanks around cCode do not count; nSize fills it up with zeros on its left, or cuts it
// off on its right. lSums is accepted and not used. Source: TDN, public programs.
func soma1(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("SOMA1", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s = strings.Trim(s, " ")
	size, err := optInt("SOMA1", a, 1, len(s))
	if err != nil {
		return vm.Value{}, err
	}
	lower, err := optBool("SOMA1", a, 3, false)
	if err != nil {
		return vm.Value{}, err
	}
	size = max(size, 0)
	return newText(t, size, func() string { return nextCode(s, size, lower) })
}

// nextCode returns the code of the size that follows s.
func nextCode(s string, size int, lower bool) string {
	b := append(appendFill(make([]byte, 0, size), '0', size-len(s)), s[:min(len(s), size)]...)
	last := lastDigit(b, lower)
	for i := len(b) - 1; i >= 0; i-- {
		switch c := b[i]; {
		case c == last || c == 'z':
			b[i] = '0'
		case isCodeDigit(c):
			b[i] = nextDigit(c)
			return string(b)
		}
	}
	return strings.Repeat("*", size)
}

// lastDigit returns the digit after which comes 0: 9 while a code of digits can count on.
func lastDigit(b []byte, lower bool) byte {
	low, letter := false, false
	for _, c := range b {
		low = low || '0' <= c && c < '9'
		letter = letter || isCodeDigit(c) && !isDigit(c)
	}
	switch {
	case low && !letter:
		return '9'
	case lower:
		return 'z'
	}
	return 'Z'
}

// isCodeDigit tells whether c counts in a code.
func isCodeDigit(c byte) bool {
	return isDigit(c) || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// nextDigit returns the digit after c.
func nextDigit(c byte) byte {
	switch c {
	case '9':
		return 'A'
	case 'Z':
		return 'a'
	}
	return c + 1
}

// FormatIn(cList, cSeparator[, nSize]) → the parts of cList as the list of an SQL IN, in
// parentheses and quotation marks: ('A','B'). Without a separator the parts are nSize
// characters long each. A separator at the end adds no part. Source: TDN.
func formatIn(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("FORMATIN", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	sep, err := optText("FORMATIN", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	size, err := optInt("FORMATIN", a, 2, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n := 1
	switch {
	case sep != "":
		s = strings.TrimSuffix(s, sep)
		n += strings.Count(s, sep)
	case size > 0:
		n += len(s) / size
	}
	if err := t.CheckString(len(s) + 3*n + 2); err != nil {
		return vm.Value{}, err
	}
	return listOf(t, s, sep, size, n)
}

// listOf writes the parts of s, at most n.
func listOf(t *vm.Thread, s, sep string, size, n int) (vm.Value, error) {
	var b strings.Builder
	b.Grow(len(s) + 3*n + 2)
	b.WriteString("('")
	for turn := 0; ; turn++ {
		if err := pollEvery(t, turn); err != nil {
			return vm.Value{}, err
		}
		part, rest, more := cutPart(s, sep, size)
		b.WriteString(part)
		if !more {
			break
		}
		b.WriteString("','")
		s = rest
	}
	b.WriteString("')")
	return vm.Str(b.String()), nil
}

// cutPart returns the part of s before the separator, or without one of the size.
func cutPart(s, sep string, size int) (part, rest string, more bool) {
	switch {
	case sep != "":
		return strings.Cut(s, sep)
	case size > 0 && len(s) > size:
		return s[:size], s[size:], true
	}
	return s, "", false
}

// plainOf maps letters with an accent to those without.
var plainOf = plainTable()

func plainTable() *[256]byte {
	var tab [256]byte
	for i := range tab {
		tab[i] = byte(i)
		parts := []rune(norm.NFD.String(string(page.DecodeByte(byte(i)))))
		if len(parts) == 2 && parts[0] < unicode.MaxASCII && unicode.Is(unicode.Mn, parts[1]) {
			tab[i] = byte(parts[0])
		}
	}
	return &tab
}

// FwNoAccent(cText) → cText with its letters without accents and cedillas. Source: TDN.
func fwNoAccent(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return mapped("FWNOACCENT", t, a, plainOf)
}

// ReadVar() → the name of the variable that is being edited, as the private __READVAR
// holds it; "" if there is none. Source: Clipper, public programs.
func readVar(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Str(editedName(t)), nil }

func editedName(t *vm.Thread) string {
	if v, ok := t.MemVar("__READVAR"); ok && v.IsStr() {
		return v.Text()
	}
	return ""
}

// Vazio([xValue]) → whether xValue is empty as Empty says; without it, whether the variable
// that ReadVar names is. Source: TDN.
func vazio(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := edited(t, a)
	return vm.Bool(isEmpty(v)), err
}

// NaoVazio([xValue]) → whether xValue, or the variable that ReadVar names, is not empty.
// Source: TDN.
func naoVazio(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := edited(t, a)
	return vm.Bool(!isEmpty(v)), err
}

// edited returns the first argument, or if none was given the value of the variable
// that is being edited.
func edited(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if name := editedName(t); len(a) == 0 && name != "" {
		return t.Macro(name)
	}
	return a.Get(0), nil
}

// FWFreeArray(@aArray) → NIL; the array and those in it have no elements from now on, and
// the variable is NIL. Nothing happens to what is no array. Source: public programs.
func fwFreeArray(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Array {
		return vm.Value{}, nil
	}
	open := []*vm.ArrayValue{v.Array()}
	for turn := 0; len(open) > 0; turn++ {
		if err := pollEvery(t, turn); err != nil {
			return vm.Value{}, err
		}
		arr := open[len(open)-1]
		open = open[:len(open)-1]
		elems := arr.Elems
		arr.Elems = nil
		for _, e := range elems {
			if e.Kind() == vm.Array {
				open = append(open, e.Array())
			}
		}
	}
	a.Set(0, vm.Value{})
	return vm.Value{}, nil
}

// ExistFunc(cName) → whether there is a function with the name, of the program or of the
// library. Source: public programs.
func existFunc(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isFunction("EXISTFUNC", t, a)
}

// Final(cText[, cDetail]) → nothing: it prints the texts and ends the program without an
// error. Source: TDN.
func final(t *vm.Thread, a vm.Args) (vm.Value, error) {
	for i := range a {
		if a.Get(i).IsNil() {
			continue
		}
		s, err := argText("FINAL", a, i)
		if err != nil {
			return vm.Value{}, err
		}
		if err := print(t, s, "\n"); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.Value{}, t.Quit()
}

// AllwaysTrue() → .T. Source: TDN.
func allwaysTrue(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Bool(true), nil }

// AllwaysFalse() → .F. Source: TDN.
func allwaysFalse(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Bool(false), nil }

// GetDToVal(cText) → the number that the digits of cText and its first point make; other
// characters do not count. It is 0 without digits. Source: TDN.
func getDToVal(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("GETDTOVAL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	b := make([]byte, 0, len(s))
	point := false
	for i := range len(s) {
		if i&0xFFFF == 0xFFFF {
			if err := t.Poll(); err != nil {
				return vm.Value{}, err
			}
		}
		switch c := s[i]; {
		case isDigit(c):
			b = append(b, c)
		case c == '.' && !point:
			b, point = append(b, c), true
		}
	}
	return vm.Num(parseNum(string(b))), nil
}

// hb_NToC(nNumber) → nNumber as Str writes it, without blanks before it; "" for what is no
// number. Source: Harbour.
func hbNToC(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if !v.IsNum() {
		return vm.Str(""), nil
	}
	return vm.Str(shortNum(v.Float())), nil
}

// hb_default(@xVariable, xDefault) → NIL; xVariable becomes xDefault if it is of another
// type. Source: Harbour.
func hbDefault(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	if def := a.Get(1); typeOf(a.Get(0)) != typeOf(def) {
		a.Set(0, def)
	}
	return vm.Value{}, nil
}

// Localize(nText, cText) → cText, the text in the language of the source: the tables of
// tlpp-i18n.th, in which nText is the number of the text, are not read. Source: public
// programs.
func localize(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("LOCALIZE", a, 1)
	return vm.Str(text), err
}
