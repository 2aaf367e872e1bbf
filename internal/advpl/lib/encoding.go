package lib

import (
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/text/encoding"

	"appserver/internal/advpl/vm"
)

var encodingFuncs = table{
	"OEMTOANSI":   oemToAnsi,
	"ANSITOOEM":   ansiToOem,
	"ENCODEUTF8":  encodeUTF8,
	"DECODEUTF8":  decodeUTF8,
	"ENCODE64":    encode64,
	"DECODE64":    decode64,
	"ENCODEUTF16": encodeUTF16,
	"DECODEUTF16": decodeUTF16,
	"STRICONV":    strIConv,
}

// OemToAnsi(cText) → cText converted from code page 850 to Windows 1252; what that
// lacks stays as it is. Source: TDN.
func oemToAnsi(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("OEMTOANSI", t, a, ansiOf) }

// AnsiToOem(cText) → cText converted from Windows 1252 to code page 850; what that
// lacks stays as it is. Source: TDN.
func ansiToOem(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("ANSITOOEM", t, a, oemOf) }

// EncodeUTF8(cText[, cCodePage = "CP1252"]) → cText, which is in the code page, as UTF-8. cCodePage is
// the name of one as in StrIConv, others are errors. Source: TDN.
func encodeUTF8(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, from, err := argPaged("ENCODEUTF8", a)
	if err != nil {
		return vm.Value{}, err
	}
	if from != page {
		return convert(t, s, from, utf8Page)
	}
	return newText(t, utf8Len(s), func() string { return toUTF8(s) })
}

// DecodeUTF8(cText[, cCodePage = "CP1252"]) → cText converted from UTF-8 to the code page; NIL if it is
// not UTF-8 or has a character that the code page lacks. cCodePage is the name of one as in
// StrIConv, others are errors. Source: TDN.
func decodeUTF8(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, to, err := argPaged("DECODEUTF8", a)
	if err != nil {
		return vm.Value{}, err
	}
	if to != page {
		return convert(t, s, utf8Page, to)
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	if s, ok := fromUTF8(s); ok {
		return vm.Str(s), nil
	}
	return vm.Value{}, nil
}

// argPaged returns the string to convert and the code page that the second argument names.
func argPaged(fn string, a vm.Args) (string, encoding.Encoding, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return "", nil, err
	}
	name, err := optText(fn, a, 1, "")
	if err != nil {
		return "", nil, err
	}
	if name == "" {
		return s, page, nil
	}
	p, ok := codePageNamed(name)
	if !ok {
		return "", nil, vm.ArgError(fn, a, 1, "the name of a code page")
	}
	return s, p, nil
}

// EncodeUTF16(cText[, nOrder = 1]) → cText as UTF-16 without a mark: with the high byte first, or the
// low one if nOrder is 2. Source: TDN.
func encodeUTF16(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("ENCODEUTF16", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	order, err := optInt("ENCODEUTF16", a, 1, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if order == 2 {
		return convert(t, s, page, utf16Low)
	}
	return convert(t, s, page, utf16High)
}

// DecodeUTF16(cText[, nOrder = 0]) → cText converted from UTF-16; NIL if it has a character that the
// code page lacks. nOrder is 1 if the high byte comes first, 2 the low one, 0 if a mark at the
// beginning says so, without which the high one does. Source: TDN.
func decodeUTF16(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("DECODEUTF16", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	order, err := optInt("DECODEUTF16", a, 1, 0)
	if err != nil {
		return vm.Value{}, err
	}
	switch order {
	case 1:
		return convert(t, s, utf16High, page)
	case 2:
		return convert(t, s, utf16Low, page)
	}
	return convert(t, s, utf16Marked, page)
}

// StrIConv(cText, cFrom, cTo) → cText converted from one code page to another; NIL if it is not in
// the first, or has a character that the second lacks, or there is none of the name. Names are
// "UTF-8", "UTF-16BE", "UTF-16LE", and those of single bytes such as "CP1252", "CP850",
// "ISO8859-1", in any case and with or without hyphens. Source: TDN.
func strIConv(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("STRICONV", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	nameFrom, err := argText("STRICONV", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	nameTo, err := argText("STRICONV", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	from, okFrom := codePageNamed(nameFrom)
	to, okTo := codePageNamed(nameTo)
	if !okFrom || !okTo {
		return vm.Value{}, nil
	}
	return convert(t, s, from, to)
}

// Encode64(cText) → cText in base64, on one line. Encode64(, cFile[, lZip = .F.]) → what a file holds,
// compressed with gzip if lZip; "" if it cannot be read. Source: TDN; the format of lZip is
// decided here.
func encode64(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, ok, err := argContent(t, a)
	if err != nil || !ok {
		return vm.Str(""), err
	}
	return newText(t, base64.StdEncoding.EncodedLen(len(s)), func() string {
		return base64.StdEncoding.EncodeToString([]byte(s))
	})
}

// argContent returns what Encode64 has to encode. ok is false if the file cannot be read.
func argContent(t *vm.Thread, a vm.Args) (s string, ok bool, err error) {
	name, err := optText("ENCODE64", a, 1, "")
	if err != nil {
		return "", false, err
	}
	if name == "" || a.Get(0).IsStr() && a.Get(0).Len() > 0 {
		s, err = argText("ENCODE64", a, 0)
		return s, err == nil, err
	}
	zip, err := optBool("ENCODE64", a, 2, false)
	if err != nil {
		return "", false, err
	}
	if s, err = readFile(t, name); err != nil {
		return "", false, vmError(err)
	}
	if zip {
		s, err = gzipText(t, s)
	}
	return s, err == nil, err
}

// vmError returns err if it is one that a program must get, nil if it is a fault of a file.
func vmError(err error) error {
	if e := new(vm.Error); errors.As(err, &e) {
		return err
	}
	return nil
}

// Decode64(cText[, cFile]) → what cText holds in base64, with or without padding and line ends; "" if
// it is not base64. With cFile it is written to that file; "" if it cannot be. Source: TDN.
func decode64(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("DECODE64", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := optText("DECODE64", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=\r\n \t"))
	if err != nil {
		return vm.Str(""), nil
	}
	out := string(b)
	if name != "" && out != "" {
		if err := writeFile(t, name, out); err != nil {
			return vm.Str(""), vmError(err)
		}
	}
	return vm.Str(out), nil
}
