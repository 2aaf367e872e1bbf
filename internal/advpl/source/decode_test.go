package source

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, raw, text string
		encoding        Encoding
		lines           int
		found           string // messages with their places
	}{
		{"ascii", "a\nb\n", "a\nb\n", ASCII, 2, ""},
		{"empty", "", "", ASCII, 0, ""},
		{"no end of line", "a\nb", "a\nb", ASCII, 2, ""},
		{"crlf", "a\r\nb\r\n", "a\nb\n", ASCII, 2, ""},
		{"cr", "a\rb", "a\nb", ASCII, 2, ""},
		{"mixed ends", "a\r\n\rb\n", "a\n\nb\n", ASCII, 3, ""},
		{"cp1252", "a\xe7\xe3o\x80", "a\xe7\xe3o\x80", CP1252, 1, ""},
		{"utf-8", "ação €", "a\xe7\xe3o \x80", UTF8, 1, ""},
		{"byte order mark", "\xef\xbb\xbfa", "a", ASCII, 1, ""},
		{"byte order mark and utf-8", "\xef\xbb\xbfé", "\xe9", UTF8, 1, ""},
		{"outside cp1252", "é\nx→y", "\xe9\nx→y", UTF8, 2,
			`x.prw:2:2: character '→' (U+2192) does not exist in cp1252; its UTF-8 bytes are kept`},
		{"faulty utf-8 after a mark", "\xef\xbb\xbf\xff", "\xff", UTF8, 1, ""},
		{"nul", "a\nb\x00", "a\nb\x00", ASCII, 2, "x.prw:2:2: source has a NUL byte; it is not a text"},
		{"utf-16", "\xff\xfea\x00", "", ASCII, 0, "x.prw:1:1: source is in UTF-16; save it as UTF-8 or cp1252"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, found := Decode("x.prw", []byte(c.raw))
			if f.Text != c.text || f.Encoding != c.encoding || f.Lines() != c.lines {
				t.Errorf("Decode(%q) = %q, encoding %d, %d lines; want %q, %d, %d",
					c.raw, f.Text, f.Encoding, f.Lines(), c.text, c.encoding, c.lines)
			}
			if got := messages(found); got != c.found {
				t.Errorf("Decode(%q) found %q; want %q", c.raw, got, c.found)
			}
		})
	}
}

func messages(l Findings) string {
	var all []string
	for _, f := range l {
		all = append(all, f.Pos.String()+": "+f.Message)
	}
	return strings.Join(all, "\n")
}

func TestDecodeTooLarge(t *testing.T) {
	_, found := Decode("x.prw", make([]byte, MaxSize+1))
	if want := "x.prw:1:1: source of 67108865 bytes is too large; the limit is 67108864"; messages(found) != want {
		t.Errorf("Decode found %q; want %q", messages(found), want)
	}
}

func TestTLPP(t *testing.T) {
	for name, want := range map[string]bool{"a.tlpp": true, "A.TLPP": true, "a.th": true, "a.prw": false, "tlpp": false} {
		if f, _ := Decode(name, nil); f.TLPP != want {
			t.Errorf("Decode(%q).TLPP = %v; want %v", name, f.TLPP, want)
		}
	}
}

func TestOffset(t *testing.T) {
	f, _ := Decode("x", []byte("ab\n\ncd"))
	for offset := range len(f.Text) + 1 {
		pos := f.posAt(offset)
		if got := f.Offset(pos.Line, pos.Col); got != offset {
			t.Errorf("Offset(%v) = %d; want %d", pos, got, offset)
		}
	}
	for _, c := range []struct {
		line, col int32
		want      int
	}{{0, 1, 6}, {9, 1, 6}, {1, 0, 0}, {1, 99, 6}} {
		if got := f.Offset(c.line, c.col); got != c.want {
			t.Errorf("Offset(%d, %d) = %d; want %d", c.line, c.col, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "a\r\nb", "\xef\xbb\xbfx→", "\xe7\r", "\xff\xfe", "a\x00", "é\r\r\n→"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, found := Decode("x.prw", raw)
		if strings.Contains(file.Text, "\r") {
			t.Errorf("Decode(%q).Text has a CR", raw)
		}
		for _, finding := range found {
			pos := finding.Pos
			if file.posAt(file.Offset(pos.Line, pos.Col)) != pos {
				t.Errorf("Decode(%q) found %q at %v, which is no place", raw, finding.Message, pos)
			}
		}
		var lines []string
		for n := range file.Lines() {
			lines = append(lines, file.Line(n+1))
		}
		if got, want := strings.Join(lines, "\n"), strings.TrimSuffix(file.Text, "\n"); got != want {
			t.Errorf("lines of %q = %q; want %q", raw, got, want)
		}
	})
}
