package include_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"appserver/internal/advpl/include"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

var update = flag.Bool("update", false, "write what commands become into testdata/commands.txt")

// open is the preprocessor's opener: our headers alone.
func open(name string, _ *source.File) (*source.File, error) {
	text, ok := include.Open(name)
	if !ok {
		return nil, fmt.Errorf("no header %s: %w", name, fs.ErrNotExist)
	}
	f, found := source.Decode(name, text)
	if found.Failed() {
		return nil, fmt.Errorf("header %s is not a source", name)
	}
	return f, nil
}

// run preprocesses a text.
func run(t testing.TB, name, text string) (*source.File, *preproc.Result) {
	t.Helper()
	f, found := source.Decode(name, []byte(text))
	if len(found) > 0 {
		t.Fatalf("Decode(%s) finds\n%s", name, list(found))
	}
	return f, preproc.Run(f, preproc.Options{Open: open, Cache: cache})
}

var cache = new(preproc.Cache)

func list(found source.Findings) string {
	var b bytes.Buffer
	found.Write(&b)
	return b.String()
}

func TestOpen(t *testing.T) {
	for _, name := range []string{"protheus.ch", "TOTVS.CH", "TbiConn.ch", `inc\topconn.ch`, "a/b/tlpp-core.th"} {
		if text, ok := include.Open(name); !ok || len(text) == 0 {
			t.Errorf("Open(%q) = %d bytes, %v; want a header", name, len(text), ok)
		}
	}
	for _, name := range []string{"", "/", "nothing.ch", "..", ".", "../include.go", "protheus.ch/"} {
		if _, ok := include.Open(name); ok {
			t.Errorf("Open(%q) finds a header; want none", name)
		}
	}
}

func TestNames(t *testing.T) {
	names := include.Names()
	for _, want := range []string{
		"totvs.ch", "protheus.ch", "topconn.ch", "rwmake.ch", "tbiconn.ch", "fileio.ch", "dbstruct.ch", "restful.ch",
		"apwebsrv.ch", "parmtype.ch", "colors.ch", "tlpp-core.th", "tlpp-rest.th", "tlpp-probat.th", "tlpp-object.th",
		"error.ch", "fwmvcdef.ch", "fwbrowse.ch", "msgraphi.ch", "rptdef.ch", "fwprintsetup.ch", "report.ch",
		"fwmbrowse.ch", "xmlxfun.ch",
	} {
		if _, ok := include.Open(want); !ok {
			t.Errorf("Open(%q) finds nothing", want)
		}
	}
	for _, name := range names {
		if name != strings.ToLower(name) {
			t.Errorf("Names() has %s; want lower case", name)
		}
	}
}

// Each header alone leaves no tokens and no findings.
func TestHeadersAlone(t *testing.T) {
	for _, name := range include.Names() {
		_, r := run(t, "alone.prw", "#include \""+name+"\"\n")
		if len(r.Findings) > 0 {
			t.Errorf("#include %q finds\n%s", name, list(r.Findings))
		}
		if left := rendered(t, r.Tokens); left != "" {
			t.Errorf("#include %q leaves %q; want nothing", name, left)
		}
	}
}

// All headers together have no findings in either order, and none twice.
func TestHeadersTogether(t *testing.T) {
	names := include.Names()
	var up, down strings.Builder
	for i := range names {
		fmt.Fprintf(&up, "#include %q\n", names[i])
		fmt.Fprintf(&down, "#include '%s'\n", names[len(names)-1-i])
	}
	for _, text := range []string{up.String(), down.String(), up.String() + down.String()} {
		_, r := run(t, "together.prw", text)
		if len(r.Findings) > 0 {
			t.Errorf("%.40q… finds\n%s", text, list(r.Findings))
		}
	}
}

// rendered returns tokens as text with one blank for white space and ; for the
// end of a statement.
func rendered(t testing.TB, tokens []preproc.Token) string {
	t.Helper()
	var b bytes.Buffer
	if err := preproc.Write(&b, tokens); err != nil {
		t.Fatal(err)
	}
	var statements []string
	for line := range strings.Lines(b.String()) {
		if words := strings.Fields(line); len(words) > 0 {
			statements = append(statements, strings.Join(words, " "))
		}
	}
	return strings.Join(statements, " ; ")
}

// TestCommands compares what each command becomes with testdata/commands.txt, but
// for white space, and parses it.
func TestCommands(t *testing.T) {
	const name = "testdata/commands.txt"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var header, command string
	commands := 0
	finish := func(want string) {
		if command == "" {
			return
		}
		got := lowered(t, header, command)
		if !*update && words(got) != words(want) {
			t.Errorf("%s: %s\n became %s\n   want %s", header, command, got, want)
		}
		out = append(out, "= "+got)
		command = ""
		commands++
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		text, isCommand := strings.CutPrefix(line, "> ")
		want, isWant := strings.CutPrefix(line, "= ")
		switch {
		case isWant:
			finish(want)
			continue
		case isCommand && strings.HasSuffix(strings.TrimRight(command, " \t"), ";"):
			command += "\n" + text
		case isCommand:
			finish("")
			command = text
		default:
			finish("")
			if h, ok := strings.CutPrefix(line, "include "); ok {
				header = h
			}
		}
		out = append(out, line)
	}
	finish("")
	if commands < 120 {
		t.Errorf("%s has %d commands; want 120 or more", name, commands)
	}
	if *update {
		if err := os.WriteFile(name, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// lowered returns what a command becomes. It must differ from the command, and be
// statements.
func lowered(t *testing.T, header, command string) string {
	t.Helper()
	text := fmt.Sprintf("#include %q\nUser Function T()\n%s\nReturn\n", header, command)
	f, r := run(t, "command.tlpp", text)
	if len(r.Findings) > 0 {
		t.Errorf("%s: %s finds\n%s", header, command, list(r.Findings))
	}
	all := rendered(t, r.Tokens)
	got := strings.TrimSuffix(strings.TrimPrefix(all, "User Function T() ; "), " ; Return")
	if _, found := syntax.Parse(f, r.Tokens); found.Failed() {
		t.Errorf("%s: %s\n becomes %s\n that does not parse:\n%s", header, command, got, list(found))
	}
	if words(got) == words(command) {
		t.Errorf("%s: %s stays as it is", header, command)
	}
	return got
}

// words returns a text in lower case without white space and semicolons.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == ';' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// Statements that begin like commands stay as they are, with all headers.
func TestNotCommands(t *testing.T) {
	var all strings.Builder
	for _, name := range include.Names() {
		fmt.Fprintf(&all, "#include %q\n", name)
	}
	for _, line := range []string{
		"Count := 1", "nCount++", "Count( a )", "oList:Count()", "Select := 2", "Skip := .F.", "Go := 1",
		"Print( oReport )", "oReport:Print()", "Print := 1", "Page := 2", "Page( 1 )", "Store( a, b )", "Store := 3",
		"Sum( a, b )", "Sum := 0", "Update( x )", "Delete( x )", "Copy( a, b )", "Copy := 1", "oFile:Close()",
		"Index := 1", "Sort( a )", "Sort := 1", "Set( 1, 2 )", "Set := 3", "Replace( a, b )", "Append( x )", "Separator := 1",
		"Locate( x )", "Release := 1", "Menu := 1", "MenuItem := 2", "Define := 1", "Define( x )",
		"Activate := 1", "Activate( x )", "oDlg:Activate()", "Add( a, b )", "Add := 1", "Create := 1", "Create( x )",
		"Prepare( x )", "Reset := 1", "Connect( x )", "Connect := 2", "Send( x )", "Send := 1", "Get := 1",
		"Get( x )", "Web := 1", "Web( x )", "Begin := 1", "Open( x )", "Open := 1", "Save( x )",
		"ParamType( a, b )", "x := If( a, Close( o ), Seek )", "aAdd( a, { Select, Skip } )", "Rename( a )",
		"Commit := 1", "Pack( x )", "Default x := 1", "Local Count, Skip, Menu", "Private Page := 1",
		"TRY", "CATCH oError", "ENDTRY", "Begin Sequence", "End Sequence", "Begin Transaction", "End Transaction",
		"Data cName", "Method Skip()", "@Get(\"/x\")", "@Test('x')", "Return( Select )", "? Count, Skip",
	} {
		_, r := run(t, "line.tlpp", all.String()+line+"\n")
		if got := rendered(t, r.Tokens); got != line || len(r.Findings) > 0 {
			t.Errorf("%s becomes %s; want no change\n%s", line, got, list(r.Findings))
		}
	}
}

// TestPrograms preprocesses and parses the programs of testdata.
func TestPrograms(t *testing.T) {
	for _, name := range programs(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, r := run(t, name, string(text))
			if len(r.Findings) > 0 {
				t.Errorf("Run finds\n%s", list(r.Findings))
			}
			if _, found := syntax.Parse(f, r.Tokens); len(found) > 0 {
				t.Errorf("Parse finds\n%s", list(found))
			}
		})
	}
}

func programs(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, ending := range []string{"prw", "prg", "tlpp"} {
		names, err := filepath.Glob("testdata/*." + ending)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	if len(all) < 30 {
		t.Errorf("testdata has %d programs; want 30 or more", len(all))
	}
	return all
}

// BenchmarkProgram is what a program pays for the headers: the first reading and,
// with a cache, the next.
func BenchmarkProgram(b *testing.B) {
	const text = "#include \"totvs.ch\"\n#include \"topconn.ch\"\nUser Function T()\nReturn\n"
	f, _ := source.Decode("t.prw", []byte(text))
	for _, c := range []struct {
		name  string
		cache *preproc.Cache
	}{{"cold", nil}, {"cached", new(preproc.Cache)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				preproc.Run(f, preproc.Options{Open: open, Cache: c.cache})
			}
		})
	}
}
