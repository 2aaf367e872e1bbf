package source

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// MaxSize is the largest source that Decode takes, in bytes.
const MaxSize = 64 << 20

const utf8BOM = "\xEF\xBB\xBF"

// Decode makes a File of the bytes of a source. The file is never nil, so that
// what can be read of a faulty one can still be checked.
//
// A text that begins with the byte order mark of UTF-8, or that is valid UTF-8
// and has a byte above 0x7F, is UTF-8; any other is cp1252. A character of a
// UTF-8 text that cp1252 does not have is a warning of the rule "encoding" and
// keeps its UTF-8 bytes. A NUL byte, UTF-16 and more than MaxSize bytes are
// errors. CRLF and CR become LF. Hash is that of raw.
func Decode(name string, raw []byte) (*File, Findings) {
	f := &File{Name: name, Hash: sha256.Sum256(raw), TLPP: isTLPP(name)}
	var found Findings
	switch {
	case len(raw) > MaxSize:
		found.Errorf(f.start(), "source of %d bytes is too large; the limit is %d", len(raw), MaxSize)
		return f, found
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")) || bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		found.Errorf(f.start(), "source is in UTF-16; save it as UTF-8 or cp1252")
		return f, found
	}
	text, marked := strings.CutPrefix(string(raw), utf8BOM)
	text = unixLines(text)
	switch {
	case isASCII(text):
		f.setText(text)
	case marked || utf8.ValidString(text):
		f.Encoding = UTF8
		f.setText(toCP1252(f, text, &found))
	default:
		f.Encoding = CP1252
		f.setText(text)
	}
	if i := strings.IndexByte(f.Text, 0); i >= 0 {
		found.Errorf(f.posAt(i), "source has a NUL byte; it is not a text")
	}
	return f, found
}

// Offset returns where in f.Text the place of line and column is, within
// [0, len(f.Text)].
func (f *File) Offset(line, col int32) int {
	if line < 1 || int(line) > len(f.lines) {
		return len(f.Text)
	}
	return max(0, min(f.lines[line-1]+int(col)-1, len(f.Text)))
}

// posAt returns the place of the byte at offset of f.Text. An offset past the
// end gives the place just after the last byte.
func (f *File) posAt(offset int) Pos {
	lo, hi := 0, len(f.lines) // the line begins at or before offset
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); f.lines[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	if len(f.lines) == 0 {
		return f.start()
	}
	return Pos{f, int32(lo + 1), int32(min(offset, len(f.Text)) - f.lines[lo] + 1)}
}

func (f *File) start() Pos { return Pos{f, 1, 1} }

// setText sets the text and the table of its lines.
func (f *File) setText(text string) {
	f.Text = text
	f.lines = make([]int, 0, strings.Count(text, "\n")+1)
	for at := 0; at < len(text); {
		f.lines = append(f.lines, at)
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
}

func isTLPP(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tlpp", ".th":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func unixLines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// toCP1252 converts UTF-8 to cp1252, warning of what has no place in it. Each
// byte that is no UTF-8 is kept.
func toCP1252(f *File, text string, found *Findings) string {
	var out strings.Builder
	out.Grow(len(text))
	line, begin := int32(1), 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		b, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case r == utf8.RuneError && size == 1:
			out.WriteByte(text[i])
		case ok:
			out.WriteByte(b)
		default:
			pos := Pos{f, line, int32(out.Len() - begin + 1)}
			found.Warnf(pos, "encoding", "character %q (%U) does not exist in cp1252; its UTF-8 bytes are kept", r, r)
			out.WriteString(text[i : i+size])
		}
		i += size
		if r == '\n' {
			line, begin = line+1, out.Len()
		}
	}
	return out.String()
}
