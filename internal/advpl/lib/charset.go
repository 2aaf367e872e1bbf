package lib

import (
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"appserver/internal/advpl/vm"
)

// The encodings beside those of single bytes.
var (
	utf8Page    encoding.Encoding = unicode.UTF8
	utf16High                     = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf16Low                      = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16Marked                   = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
)

// codePages holds the encodings by the names that codePageNamed makes.
var codePages = map[string]encoding.Encoding{
	"UTF8": utf8Page, "UTF16BE": utf16High, "UTF16LE": utf16Low, "UTF16": utf16Marked,
	"CP1250": charmap.Windows1250, "CP1251": charmap.Windows1251, "CP1252": page,
	"CP1253": charmap.Windows1253, "CP1254": charmap.Windows1254, "CP1255": charmap.Windows1255,
	"CP1256": charmap.Windows1256, "CP1257": charmap.Windows1257, "CP1258": charmap.Windows1258,
	"CP437": charmap.CodePage437, "CP850": charmap.CodePage850, "CP852": charmap.CodePage852,
	"CP855": charmap.CodePage855, "CP858": charmap.CodePage858, "CP860": charmap.CodePage860,
	"CP862": charmap.CodePage862, "CP863": charmap.CodePage863, "CP865": charmap.CodePage865,
	"CP866": charmap.CodePage866, "CP874": charmap.Windows874, "CP037": charmap.CodePage037,
	"CP1047": charmap.CodePage1047, "KOI8R": charmap.KOI8R, "KOI8U": charmap.KOI8U,
	"ISO88591": charmap.ISO8859_1, "ISO88592": charmap.ISO8859_2, "ISO88593": charmap.ISO8859_3,
	"ISO88594": charmap.ISO8859_4, "ISO88595": charmap.ISO8859_5, "ISO88596": charmap.ISO8859_6,
	"ISO88597": charmap.ISO8859_7, "ISO88598": charmap.ISO8859_8, "ISO88599": charmap.ISO8859_9,
	"ISO885910": charmap.ISO8859_10, "ISO885913": charmap.ISO8859_13, "ISO885914": charmap.ISO8859_14,
	"ISO885915": charmap.ISO8859_15, "ISO885916": charmap.ISO8859_16,
}

// codePageNamed returns the encoding that a program names: in any case, with or without
// hyphens, "CP", "Windows" or "IBM".
func codePageNamed(name string) (encoding.Encoding, bool) {
	name = strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(name))
	for _, prefix := range []string{"WINDOWS", "WIN", "IBM"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = "CP" + rest
		}
	}
	switch {
	case name == "LATIN1":
		name = "ISO88591"
	case name == "ANSI":
		name = "CP1252"
	case name != "" && isDigit(name[0]) && !strings.HasPrefix(name, "8859"):
		name = "CP" + name
	}
	p, ok := codePages[name]
	return p, ok
}

// convert returns s converted from one encoding to another, NIL if it cannot be.
func convert(t *vm.Thread, s string, from, to encoding.Encoding) (vm.Value, error) {
	text, ok, err := s, true, error(nil)
	if from == utf8Page {
		ok = utf8.ValidString(s)
	} else {
		text, ok, err = transformed(t, s, from.NewDecoder())
		ok = ok && !strings.ContainsRune(text, utf8.RuneError)
	}
	if err != nil || !ok {
		return vm.Value{}, err
	}
	if to != utf8Page {
		text, ok, err = transformed(t, text, to.NewEncoder())
	}
	if err != nil || !ok {
		return vm.Value{}, err
	}
	return vm.Str(text), nil
}

// transformed returns what the transformer makes of s. ok is false if it cannot.
func transformed(t *vm.Thread, s string, by transform.Transformer) (text string, ok bool, err error) {
	return drain(t, transform.NewReader(strings.NewReader(s), by), math.MaxInt)
}
