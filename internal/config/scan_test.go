package config

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestCutComment(t *testing.T) {
	for _, test := range []struct{ in, text, comment string }{
		{"", "", ""},
		{"  5012 ", "5012", ""},
		{"5012 ;x", "5012", ";x"},
		{"5012\t; x ; y", "5012", "; x ; y"},
		{"a;b ;c", "a;b", ";c"},
		{"a;b", "a;b", ""},
		{";a", ";a", ""},
		{" ;a", "", ";a"},
		{"a #b", "a #b", ""},
		{`"a ;b"`, "a ;b", ""},
		{`"a ;b" ;c`, "a ;b", ";c"},
		{`'a' ;b'`, "a", ";b'"},
		{`"a"b"`, `a"b`, ""},
		{`"a" b`, `"a" b`, ""},
		{`"a';`, `"a';`, ""},
		{`"a;`, `"a;`, ""},
		{`"a ;b`, `"a`, ";b"},
		{`""`, "", ""},
		{`"`, `"`, ""},
		{"\u00a0a\u200b", "a", ""},
		{`C:\dir\`, `C:\dir\`, ""},
	} {
		if text, comment := cutComment(test.in); text != test.text || comment != test.comment {
			t.Errorf("cutComment(%q) = %q, %q; want %q, %q", test.in, text, comment, test.text, test.comment)
		}
	}
}

// Whatever ends the lines, the scanner must see the same file.
func TestScanLineEnds(t *testing.T) {
	text := "\n[A]\nx=1\n\n\n;[C]\ny=2\nno equals\n[B\nx=1\nx=2\n[a]\nx=9"
	want, err := scan(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.entries) != 5 || want.entries[1].line != 7 || !want.entries[4].duplicate {
		t.Fatalf("scan(%q) = %+v; want 5 entries, the second in line 7, the last a duplicate", text, want.entries)
	}
	for _, end := range []string{"\r\n", "\r"} {
		got, err := scan(strings.ReplaceAll(text, "\n", end))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("scan with line end %q = %+v, %v; want %+v", end, got, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	long := "[A]\nx=" + strings.Repeat("y", maxLine) + "\nz=1\n"
	doc, err := scan(long)
	if err != nil || len(doc.entries) != 1 || len(doc.notes) != 1 || doc.notes[0].Line != 2 || doc.notes[0].Severity != Error {
		t.Errorf("scan of a long line = %v, %v; want one entry and an error in line 2", doc, err)
	}
	var many strings.Builder
	many.WriteString("[A]\n")
	for i := range maxKeys {
		fmt.Fprintf(&many, "k%d=\n", i)
	}
	if _, err := scan(many.String()); err == nil {
		t.Errorf("scan of %d keys = nil; want an error", maxKeys)
	}
	name := filepath.Join(t.TempDir(), "big.ini")
	if err := os.WriteFile(name, bytes.Repeat([]byte("\n"), maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Path: name}); err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("Load of a big file = %v; want an error with the limit", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"\xff\xfe[\x00", "UTF-16LE"},
		{"\xfe\xff\x00[", "UTF-16BE"},
		{"[\x00A\x00]\x00\r\x00\n\x00", "UTF-16LE"},
		{"\x00[\x00A\x00]\x00\n", "UTF-16BE"},
		{"[A]\nx=\x00\n", "byte 7 is zero"},
		{"\x00", "byte 1 is zero"},
	} {
		if _, _, err := decode([]byte(test.in), "a.ini"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("decode(%q) = %v; want an error with %q", test.in, err, test.want)
		}
	}
}

// What the hint says works as it stands.
func TestUTF16Hint(t *testing.T) {
	for name, want := range map[string]string{
		"a.ini":        "iconv -f UTF-16LE -t UTF-8 a.ini > a.ini.utf8 && mv a.ini.utf8 a.ini",
		"O'Neil x.ini": `iconv -f UTF-16LE -t UTF-8 'O'\''Neil x.ini' > 'O'\''Neil x.ini.utf8' && mv 'O'\''Neil x.ini.utf8' 'O'\''Neil x.ini'`,
	} {
		t.Chdir(t.TempDir())
		if err := os.WriteFile(name, []byte("\xff\xfe[\x00T\x00C\x00P\x00]\x00\n\x00P\x00o\x00r\x00t\x00=\x001\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Options{Path: name})
		if err == nil || !strings.HasSuffix(err.Error(), "for instance with: "+want) {
			t.Errorf("Load of UTF-16 = %v; want the command %s", err, want)
			continue
		}
		if _, err := exec.LookPath("iconv"); err != nil || runtime.GOOS == "windows" {
			continue // checked by its text above
		}
		if out, err := exec.Command("sh", "-c", want).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", want, err, out)
		}
		if c, err := Load(Options{Path: name}); err != nil || len(c.Listen.Addresses) != 1 || c.Listen.Addresses[0] != ":1" {
			t.Errorf("Load after the conversion = %v; want the file's port", err)
		}
	}
}

func addSeeds(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob("testdata/*/*.ini")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range append(names, "../../configs/appserver.ini") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("[A]\nx=\" a \"\ny='\t'\nz=\"\x01\"\n"))
	f.Add([]byte("[A]\n\"\"\"k=`v\n-=\"\"\"\n[DEFAULT]\n%(x)s=%(y)s\n[ K\u212a ]\nk\u212a=1\nkk=2"))
}

// FuzzScan holds the two readers of the text against each other: what ini.v1
// makes of the normalised text must be what the scanner saw.
func FuzzScan(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _, err := decode(data, "a.ini")
		if err != nil {
			return
		}
		doc, err := scan(text)
		if err != nil {
			return
		}
		lines := 1 + strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
		table, err := doc.parse()
		if err != nil {
			t.Fatalf("parse(%q) = %v", doc.normalised(), err)
		}
		for _, e := range doc.entries {
			v := table.get(e.section, e.key)
			if v == nil || !e.duplicate && (v.text != e.text || v.line != e.line) {
				t.Fatalf("parse gives %+v; want %+v", v, e.value)
			}
			if e.line < 1 || e.line > lines {
				t.Fatalf("entry in line %d of %d", e.line, lines)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &Config{File: "x.ini", Dir: "/etc", work: "/"}
		if c.load(data, Options{Environ: []string{"APPSERVER_MPP_SSL_PASSPHRASE=hidden-7c1", "APPSERVER_X=hidden-7c1"}, Set: []string{"MPP.SSL_Key"}}) != nil {
			return
		}
		for _, finding := range c.Findings() {
			if s := finding.String(); strings.ContainsAny(s, "\r\n") || strings.Contains(s, "hidden-7c1") {
				t.Fatalf("finding %q", s)
			}
		}
		for _, s := range c.Settings() {
			if strings.Contains(s.Value, "hidden-7c1") {
				t.Fatalf("setting %+v", s)
			}
		}
		if changes := Changes(c, c); changes != nil {
			t.Fatalf("changes from a configuration to itself: %+v", changes)
		}
		if c.Err() == nil {
			checkUsable(t, c)
		}
	})
}

// checkUsable checks what the server counts on in a configuration without errors.
func checkUsable(t *testing.T, c *Config) {
	t.Helper()
	if len(c.Listen.Addresses) == 0 {
		t.Fatal("no error and no address")
	}
	for i, l := range c.REST.Listeners {
		if (len(l.Addresses) > 0) != (l.Port > 0) && !c.onPort(l.Port) {
			t.Fatalf("listener %+v", l)
		}
		for j, m := range l.Mounts {
			if _, problem := parsePath(m.Path); problem != "" || m.Environment == "" && m.RootPath == "" || m.Timeout < 0 || m.MaxBody <= 0 {
				t.Fatalf("mount %+v", m)
			}
			if in := m.Pool.Instances; m.Environment != "" && (in.Min < 0 || in.Max < 1 || in.Min > in.Max || m.Pool.Name == "" || m.Pool.Wait <= 0 || m.Pool.Queue <= 0) {
				t.Fatalf("pool %+v", m.Pool)
			}
			if j > 0 && len(l.Mounts[j-1].Path) < len(m.Path) {
				t.Fatalf("mounts of listener %d out of order", i)
			}
		}
	}
}
