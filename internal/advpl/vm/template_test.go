package vm

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	show := strings.NewReplacer(string(NumberMark), "·", string(StringMark), "'")
	for _, test := range []struct{ text, key, values string }{
		{"F(12)", "F(·)", "{12}"},
		{"F(  12, 'a b', \"it's\")", "F(  ·, '', '')", `{12, "a b", "it's"}`},
		{"x1 + 1.50", "x1 + ·", "{1.5}"},
		{"1+2", "·+·", "{1, 2}"},
		{"''", "''", `{""}`},
		{"'a''b'", "''''", `{"a", "b"}`},
		{"a[3]:b(0007)", "a[·]:b(·)", "{3, 7}"},
		{"123456789012345", "·", "{123456789012345}"},
		// No literals, or none that are surely such.
		{"cName", "cName", "{}"},
		{"1234567890123456", "1234567890123456", "{}"},
		{"0x1F", "0x1F", "{}"},
		{"5T", "5T", "{}"},
		{".5", ".5", "{}"},
		{"5.", "5.", "{}"},
		{"5.And.x", "5.And.x", "{}"},
		{"1.5.", "1.5.", "{}"},
		{"caf\xe91", "caf\xe91", "{}"},
	} {
		var m template
		ok := m.split(test.text)
		key, values := show.Replace(string(m.key)), NewArray(m.values).String()
		if key != test.key || values != test.values || ok != (test.values != "{}") {
			t.Errorf("split(%q) = %q %s, %v; want %q %s", test.text, key, values, ok, test.key, test.values)
		}
	}
	for _, text := range []string{
		"{|x| x + 1}", "&x + 1", "'open", "'a\nb'", "1;2", "1\x00", "x\x01 + 1", strings.Repeat("1+", 8) + "1", "1+" + strings.Repeat("x", maxTemplate),
	} {
		var m template
		if m.split(text) {
			t.Errorf("split(%q) = %q; want that it has no template", text, m.key)
		}
	}
}
