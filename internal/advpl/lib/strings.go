package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var stringFuncs = table{
	"SUBSTR": subStr, "SUBS": subStr, "SUBST": subStr,
	"LEFT":    left,
	"RIGHT":   right,
	"UPPER":   upper,
	"LOWER":   lower,
	"ALLTRIM": allTrim,
	"LTRIM":   lTrim,
	"RTRIM":   rTrim,
	"TRIM":    trim,
	"SPACE":   space, "SPAC": space,
	"REPLICATE": replicate, "REPLIC": replicate, "REPL": replicate,
	"STRTRAN":   strTran,
	"AT":        at,
	"RAT":       rAt,
	"STUFF":     stuff,
	"CHR":       chr,
	"ASC":       asc,
	"STRTOKARR": strTokArr, "STRTOKARR2": strTokArr2, "SEPARA": separate,
	"STR":     str,
	"STRZERO": strZero,
	"VAL":     val,
	"ISALPHA": isAlphaFirst,
	"ISDIGIT": isDigitFirst,
	"ISUPPER": isUpperFirst,
	"ISLOWER": isLowerFirst,
	"CAPITAL": capital,
	"DESCEND": descend,
	"MATCH":   matchMask,
}

// everyByte holds the 256 bytes in order, so that strings of one byte need no
// memory of their own; blanks is what short runs of spaces share.
var (
	everyByte = func() string {
		var b [256]byte
		for i := range b {
			b[i] = byte(i)
		}
		return string(b[:])
	}()
	blanks = strings.Repeat(" ", 4096)
)

// oneByte returns the string of b.
func oneByte(b byte) string { return everyByte[b : int(b)+1] }

// shared is the length up to which a part of a string shares its bytes. A part of a
// longer one is a copy: it would keep all of it in memory, uncounted.
const shared = 64

// piece returns part, which is a part of the string v.
func piece(t *vm.Thread, v vm.Value, part string) (vm.Value, error) {
	switch {
	case len(part) == v.Len():
		return v, nil
	case len(part) == 1:
		return vm.Str(oneByte(part[0])), nil
	case part == "" || v.Len() <= shared:
		return vm.Str(part), nil
	}
	return newText(t, len(part), func() string { return strings.Clone(part) })
}

// SubStr(cText, nStart[, nCount]) → the bytes from nStart, which counts from 1; a
// negative one counts from the end, 0 is 1. Without nCount it is the rest. Source:
// TDN, Clipper.
func subStr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("SUBSTR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	start, err := argInt("SUBSTR", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	count, err := optInt("SUBSTR", a, 2, len(s))
	if err != nil {
		return vm.Value{}, err
	}
	return piece(t, a.Get(0), cut(s, start, count))
}

// cut returns count bytes of s from start, which counts as SubStr's.
func cut(s string, start, count int) string {
	switch {
	case start > 0:
		start--
	case start < 0:
		start = max(len(s)+start, 0)
	}
	if start >= len(s) || count <= 0 {
		return ""
	}
	return s[start : start+min(count, len(s)-start)]
}

// Left(cText, nCount) → the first nCount bytes. Source: TDN.
func left(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("LEFT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("LEFT", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return piece(t, a.Get(0), s[:min(max(n, 0), len(s))])
}

// Right(cText, nCount) → the last nCount bytes; "" if an argument is of another type.
// Source: TDN, Clipper.
func right(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if !v.IsStr() {
		return vm.Str(""), nil
	}
	s := v.Text()
	return piece(t, v, s[len(s)-min(max(loose(a, 1, 0), 0), len(s)):])
}

// Upper(cText) → cText in capitals, with the accented letters of the code page.
// Source: TDN.
func upper(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("UPPER", t, a, upperOf) }

// Lower(cText) → cText in small letters, with the accented letters of the code page.
// Source: TDN.
func lower(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("LOWER", t, a, lowerOf) }

// mapped returns the first argument, a string, with its bytes mapped.
func mapped(fn string, t *vm.Thread, a vm.Args, tab *[256]byte) (vm.Value, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return newText(t, len(s), func() string { return mapBytes(s, tab) })
}

// AllTrim(cText) → cText without blanks at its ends: on the left also tabs and line
// ends, on the right spaces only. Source: TDN, Clipper.
func allTrim(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return trimmed("ALLTRIM", t, a, func(s string) string { return trimLeft(trimRight(s)) })
}

// LTrim(cText) → cText without spaces, tabs and line ends on the left. Source: TDN,
// Clipper.
func lTrim(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return trimmed("LTRIM", t, a, trimLeft)
}

// RTrim(cText) → cText without spaces on the right. Source: TDN, Clipper.
func rTrim(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return trimmed("RTRIM", t, a, trimRight)
}

// Trim(cText) → cText without spaces on the right, as RTrim. Source: TDN.
func trim(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return trimmed("TRIM", t, a, trimRight)
}

// trimmed returns the first argument, a string, as cut leaves it.
func trimmed(fn string, t *vm.Thread, a vm.Args, cut func(string) string) (vm.Value, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return piece(t, a.Get(0), cut(s))
}

func trimLeft(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

func trimRight(s string) string {
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// Space(nCount) → nCount spaces; "" below 1. Source: TDN.
func space(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argInt("SPACE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if n > len(blanks) {
		return repeat(t, " ", n)
	}
	return vm.Str(blanks[:max(n, 0)]), t.CheckString(max(n, 0))
}

// Replicate(cText, nCount) → cText nCount times; "" below 1. Source: TDN.
func replicate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("REPLICATE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("REPLICATE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return repeat(t, s, n)
}

func repeat(t *vm.Thread, s string, n int) (vm.Value, error) {
	if n <= 0 || s == "" {
		return vm.Str(""), nil
	}
	return newText(t, product(len(s), n), func() string { return strings.Repeat(s, n) })
}

// StrTran(cText, cFind[, cReplace = ""[, nFirst = 1[, nCount]]]) → cText with nCount
// occurrences of cFind replaced, from the nFirst-th on; without nCount all of them.
// Numbers of another type count as left out. Source: TDN, Clipper.
func strTran(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("STRTRAN", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	find, err := argText("STRTRAN", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	with := ""
	if v := a.Get(2); v.IsStr() {
		with = v.Text()
	}
	return replaceFrom(t, s, find, with, loose(a, 3, 1), loose(a, 4, len(s)))
}

// replaceFrom replaces count occurrences of find in s, from number first on.
func replaceFrom(t *vm.Thread, s, find, with string, first, count int) (vm.Value, error) {
	if find == "" || count <= 0 {
		return vm.Str(s), nil
	}
	first = max(first, 1)
	skipped, found, err := skip(t, s, find, first-1)
	if err != nil || found < first-1 {
		return vm.Str(s), err
	}
	length, n, err := skip(t, s[skipped:], find, count)
	if err != nil || n == 0 {
		return vm.Str(s), err
	}
	if err := t.CheckString(len(s) + n*(len(with)-len(find))); err != nil {
		return vm.Value{}, err
	}
	var b strings.Builder
	b.Grow(len(s) + n*(len(with)-len(find)))
	b.WriteString(s[:skipped])
	for rest := s[skipped : skipped+length]; rest != ""; {
		i := strings.Index(rest, find)
		b.WriteString(rest[:i])
		b.WriteString(with)
		rest = rest[i+len(find):]
		if err := pollEvery(t, b.Len()); err != nil {
			return vm.Value{}, err
		}
	}
	b.WriteString(s[skipped+length:])
	return vm.Str(b.String()), nil
}

// skip returns how many bytes of s the first n occurrences of find end after, and how
// many there are: less than n if s has no more.
func skip(t *vm.Thread, s, find string, n int) (length, found int, err error) {
	for found < n {
		i := strings.Index(s[length:], find)
		if i < 0 {
			break
		}
		length += i + len(find)
		found++
		if err := pollEvery(t, found); err != nil {
			return 0, 0, err
		}
	}
	return length, found, nil
}

// At(cFind, cText[, nFrom]) → where cFind first stands in cText, counted from 1, at
// nFrom or after; 0 if it does not or is "". Source: TDN, Clipper.
func at(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	find, err := argText("AT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, err := argText("AT", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	from := max(loose(a, 2, 1), 1) - 1
	if find == "" || from >= len(s) {
		return vm.Int(0), nil
	}
	if i := strings.Index(s[from:], find); i >= 0 {
		return vm.Int(from + i + 1), nil
	}
	return vm.Int(0), nil
}

// RAt(cFind, cText) → where cFind last stands in cText, counted from 1; 0 if it does
// not, is "", or an argument is no string. Source: TDN, Clipper.
func rAt(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	find, s := a.Get(0), a.Get(1)
	if !find.IsStr() || !s.IsStr() || find.Len() == 0 {
		return vm.Int(0), nil
	}
	return vm.Int(strings.LastIndex(s.Text(), find.Text()) + 1), nil
}

// Stuff(cText, nStart, nDelete, cInsert) → cText with nDelete bytes from nStart
// replaced by cInsert. A start outside is the end, a count below 0 is all that
// follows. It is "" if an argument is of another type. Source: TDN, Clipper.
func stuff(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, in := a.Get(0), a.Get(3)
	if !v.IsStr() || !a.Get(1).IsNum() || !a.Get(2).IsNum() || !in.IsStr() {
		return vm.Str(""), nil
	}
	s := v.Text()
	start := loose(a, 1, 0) - 1
	if start == -1 {
		start = 0
	}
	if start < 0 || start > len(s) {
		start = len(s)
	}
	count := loose(a, 2, 0)
	if count < 0 || count > len(s)-start {
		count = len(s) - start
	}
	return newText(t, len(s)-count+in.Len(), func() string {
		return s[:start] + in.Text() + s[start+count:]
	})
}

// Chr(nCode) → the string of the byte nCode, modulo 256. Source: TDN.
func chr(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argInt("CHR", a, 0)
	return vm.Str(oneByte(byte(n))), err
}

// Asc(cText) → the code of the first byte; 0 for "". Source: TDN.
func asc(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("ASC", a, 0)
	if err != nil || s == "" {
		return vm.Int(0), err
	}
	return vm.Int(int(s[0])), nil
}

// StrTokArr(cText, cSeparators) → array of the parts of cText between the bytes of
// cSeparators; empty parts are left out. Source: TDN.
func strTokArr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("STRTOKARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	seps, err := argText("STRTOKARR", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if len(seps) == 1 {
		return splitArray(t, s, false, func(s string) (int, int) {
			return strings.IndexByte(s, seps[0]), 1
		})
	}
	var set [256]bool
	for i := range len(seps) {
		set[seps[i]] = true
	}
	return splitArray(t, s, false, func(s string) (int, int) {
		return indexOfSet(s, &set), 1
	})
}

// StrTokArr2(cText, cSeparator[, lEmpty = .F.]) → array of the parts of cText between
// the occurrences of the string cSeparator; empty parts only if lEmpty. Source: TDN.
func strTokArr2(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return splitBy("STRTOKARR2", t, a, false)
}

// Separa(cText, cSeparator[, lEmpty = .T.]) → what StrTokArr2 gives, but with empty parts
// unless told otherwise. Source: TDN.
func separate(t *vm.Thread, a vm.Args) (vm.Value, error) { return splitBy("SEPARA", t, a, true) }

func splitBy(fn string, t *vm.Thread, a vm.Args, empty bool) (vm.Value, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	sep, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	empty, err = optBool(fn, a, 2, empty)
	if err != nil {
		return vm.Value{}, err
	}
	return splitArray(t, s, empty, func(s string) (int, int) {
		if sep == "" {
			return -1, 0
		}
		return strings.Index(s, sep), len(sep)
	})
}

// indexOfSet returns where a byte of set first stands in s, or -1.
func indexOfSet(s string, set *[256]bool) int {
	for i := range len(s) {
		if set[s[i]] {
			return i
		}
	}
	return -1
}

// splitArray returns the parts of s between what next finds: its index, or -1, and
// length.
func splitArray(t *vm.Thread, s string, empty bool, next func(string) (int, int)) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	whole := vm.Str(s)
	for turn := 0; s != ""; turn++ {
		if err := pollEvery(t, turn); err != nil {
			return vm.Value{}, err
		}
		i, n := next(s)
		part := s
		if i >= 0 {
			part = s[:i]
		}
		if part != "" || empty {
			if err := h.addPiece(arr, whole, part); err != nil {
				return vm.Value{}, err
			}
		}
		if i < 0 {
			return vm.ArrayOf(arr), nil
		}
		s = s[i+n:]
		if s == "" && empty {
			return vm.ArrayOf(arr), h.add(arr, vm.Str(""))
		}
	}
	return vm.ArrayOf(arr), nil
}

// Str(nNumber[, nLength[, nDecimals]]) → nNumber in nLength places, blanks on the left.
// With nLength alone decimals are rounded away. Without it, or below 1, there are
// ten places for digits; then, if nothing else is given, point and as many decimals
// as the number has follow. A number that does not fit gives asterisks. Source: TDN,
// Clipper; numbers here carry no width, so Str(Year(d)) has ten places as well.
func str(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("STR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	width, decimals, err := strSize("STR", t, a)
	if err != nil {
		return vm.Value{}, err
	}
	var buf [64]byte
	return vm.Str(string(appendStr(buf[:0], f, width, decimals, len(a) > 1))), nil
}

// strSize returns length and decimals, the arguments 1 and 2, for which it asks the
// memory.
func strSize(fn string, t *vm.Thread, a vm.Args) (width, decimals int, err error) {
	if len(a) > 1 {
		if width, err = argInt(fn, a, 1); err != nil {
			return 0, 0, err
		}
	}
	if len(a) > 2 {
		if decimals, err = argInt(fn, a, 2); err != nil {
			return 0, 0, err
		}
	}
	decimals = min(decimals, max(width, 32))
	return width, decimals, t.CheckString(max(width, 10))
}

// StrZero(nNumber[, nLength[, nDecimals]]) → what Str gives, with zeros for the blanks; the
// sign comes first. Source: TDN, Clipper.
func strZero(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("STRZERO", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	width, decimals, err := strSize("STRZERO", t, a)
	if err != nil {
		return vm.Value{}, err
	}
	var buf [64]byte
	b := appendStr(buf[:0], f, width, decimals, len(a) > 1)
	zeroFill(b)
	return vm.Str(string(b)), nil
}

// zeroFill makes zeros of the blanks that lead b and moves the sign before them.
func zeroFill(b []byte) {
	for i, c := range b {
		switch c {
		case ' ':
			b[i] = '0'
		case '-':
			b[i] = '0'
			b[0] = '-'
			return
		default:
			return
		}
	}
}

// Val(cText) → the number that cText begins with: blanks, sign, digits, point,
// digits; 0 if there is none. Source: TDN, Clipper.
func val(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("VAL", a, 0)
	return vm.Num(parseNum(s)), err
}

// IsAlpha(cText) → whether the first byte is a letter; .F. for what is no string.
// Source: TDN, Clipper.
func isAlphaFirst(_ *vm.Thread, a vm.Args) (vm.Value, error) { return firstIs(a, isLetter) }

// IsDigit(cText) → whether the first byte is a digit; .F. for what is no string.
// Source: TDN, Clipper.
func isDigitFirst(_ *vm.Thread, a vm.Args) (vm.Value, error) { return firstIs(a, isDigit) }

// IsUpper(cText) → whether the first byte is one of A to Z, without accents; .F. for what is
// no string. Source: TDN, Clipper.
func isUpperFirst(_ *vm.Thread, a vm.Args) (vm.Value, error) { return firstIs(a, isUpper) }

// IsLower(cText) → whether the first byte is one of a to z, without accents; .F. for what is
// no string. Source: TDN, Clipper.
func isLowerFirst(_ *vm.Thread, a vm.Args) (vm.Value, error) { return firstIs(a, isLower) }

func firstIs(a vm.Args, is func(byte) bool) (vm.Value, error) {
	v := a.Get(0)
	return vm.Bool(v.IsStr() && v.Len() > 0 && is(v.Text()[0])), nil
}

// Capital(cText) → cText with a capital at the beginning of each word and small
// letters elsewhere. Source: TDN.
func capital(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("CAPITAL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	b := []byte(s)
	inside := false
	for i, c := range b {
		if i&0xFFFF == 0xFFFF {
			if err := t.Poll(); err != nil {
				return vm.Value{}, err
			}
		}
		if inside {
			b[i] = lowerOf[c]
		} else {
			b[i] = upperOf[c]
		}
		inside = isLetter(c) || isDigit(c)
	}
	return vm.Str(string(b)), nil
}

// Descend(cText) → cText with each byte subtracted from 256, Chr(0) staying as it is: indexes on it
// sort backwards. Source: TDN, Clipper.
func descend(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("DESCEND", t, a, descending) }

var descending = func() *[256]byte {
	var tab [256]byte
	for i := range tab {
		tab[i] = -byte(i)
	}
	return &tab
}()

// Match(cText, cMask) → whether cText is as cMask says, in any case: * stands for any characters, ?
// for one, all others for themselves. An empty cMask fits everything. Source: TDN.
func matchMask(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("MATCH", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	mask, err := argText("MATCH", a, 1)
	if err != nil || mask == "" {
		return vm.Bool(mask == ""), err
	}
	ok, err := fits(s, mask, poller(t))
	return vm.Bool(ok), err
}
