package preproc

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"appserver/internal/advpl/source"
)

func messages(l source.Findings) string {
	var all []string
	for _, f := range l {
		all = append(all, f.Pos.String()+": "+f.Message)
	}
	return strings.Join(all, "\n")
}

func names(files []*source.File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return strings.Join(all, " ")
}

func TestPlaces(t *testing.T) {
	o := Options{Open: headers(t, map[string]string{
		"a.ch": "#xcommand SHOW <x> => Out( <x>, #<x> )\n#define ONE (1)\nhead()\n",
	})}
	r := Run(file(t, "x.prw", "#include \"a.ch\"\n  y := 2 ; SHOW ONE + ;\n  two\n"), o)
	var got []string
	for _, k := range r.Tokens {
		got = append(got, fmt.Sprintf("%s@%v", sourceText(&k), k.Pos))
	}
	want := []string{
		"head@a.ch:3:1", "(@a.ch:3:5", ")@a.ch:3:6", "@a.ch:3:7",
		"y@x.prw:2:3", ":=@x.prw:2:5", "2@x.prw:2:8", ";@x.prw:2:10",
		"Out@x.prw:2:12", "(@x.prw:2:12", "(@x.prw:2:17", "1@x.prw:2:17", ")@x.prw:2:17", "+@x.prw:2:21", "two@x.prw:3:3",
		",@x.prw:2:12", "\"(1) + two\"@x.prw:2:12", ")@x.prw:2:12", "@x.prw:3:6", "@x.prw:4:1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("places are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOptionsDefines(t *testing.T) {
	got, found := run(t, "#ifdef TOP\nx := LIMIT + TOP\n#endif\n", Options{Defines: map[string]string{"TOP": "", "LIMIT": "f(10, 'a')"}})
	if want := "x := f(10, 'a') +\n"; got != want || found != nil {
		t.Errorf("Run = %q, %v; want %q", got, found, want)
	}
	_, found = run(t, "", Options{Defines: map[string]string{"A": "'open"}})
	if want := "definition of A:1:1: string is not closed"; messages(found) != want {
		t.Errorf("Run found %q; want %q", messages(found), want)
	}
}

func TestIncludes(t *testing.T) {
	texts := map[string]string{
		"a.ch": "#include \"b.ch\"\n#include \"c.ch\"\na()\n",
		"b.ch": "#include \"c.ch\"\nb()\n",
		"c.ch": "c()\n",
	}
	r := Run(file(t, "x.prw", "#include \"A.CH\"\n#include \"b.ch\"\n"), Options{Open: headers(t, texts)})
	if got, want := printed(t, r.Tokens), "c()\nb()\nc()\na()\nc()\nb()\n"; got != want {
		t.Errorf("Run = %q; want %q", got, want)
	}
	if got, want := names(r.Includes), "A.CH b.ch c.ch"; got != want {
		t.Errorf("Includes = %q; want %q", got, want)
	}
}

func TestIncludeErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	open := func(name string, _ *source.File) (*source.File, error) {
		var n int
		switch _, err := fmt.Sscanf(name, "deep%d.ch", &n); {
		case err == nil:
			return file(t, name, fmt.Sprintf("#include \"deep%d.ch\"\n", n+1)), nil
		case name == "fork.ch":
			return file(t, name, strings.Repeat("#include \"leaf.ch\"\n", 600)), nil
		case name == "leaf.ch":
			return file(t, name, ""), nil
		case name == "broken.ch":
			return nil, broken
		}
		return nil, fmt.Errorf("not in src, include: %w", fs.ErrNotExist)
	}
	for _, c := range []struct{ text, want string }{
		{`#include "none.ch"`, "x.prw:1:1: include file none.ch not found: not in src, include: file does not exist"},
		{`#include "broken.ch"`, "x.prw:1:1: include file broken.ch: disk on fire"},
		{`#include "deep1.ch"`, "deep64.ch:1:1: include files are nested deeper than 64"},
		{"#include \"fork.ch\"\n#include \"fork.ch\"", "fork.ch:399:1: more than 1000 files are included"},
		{`#include ""`, "x.prw:1:1: #include without a file name"},
		{`#include <>`, "x.prw:1:1: #include without a file name"},
	} {
		if _, found := run(t, c.text, Options{Open: open}); messages(found) != c.want {
			t.Errorf("Run(%q) found %q; want %q", c.text, messages(found), c.want)
		}
	}
	if _, found := run(t, `#include "a.ch"`, Options{}); !strings.Contains(messages(found), "include file a.ch not found") {
		t.Errorf("Run without Open found %q", messages(found))
	}
}

// What a cache keeps makes no difference to the result.
func TestCache(t *testing.T) {
	texts := map[string]string{
		"all.ch":   "#include \"rules.ch\"\n#include \"cond.ch\"\n#undef GONE\n#translate OLD => NEW\n",
		"rules.ch": "#command SHOWING <x> => Out(<x>)\n#xtranslate TWICE(<x>) => (<x> * 2)\n#define GONE 1\n#xcommand @ <x> => At(<x>)\n#xcommand <s: GO, STAY> => Move(<\"s\">)\n",
		"cond.ch":  "#ifdef DEBUG\n#define LEVEL 2\n#else\n#define LEVEL 1\n#endif\n",
		"more.ch":  "#command SHOWING <x> TO <y> => Out(<x>, <y>)\n#xuntranslate TWICE(<x>)\n#define LEVEL 3\n#xcommand @ <x>, <y> => At(<x>, <y>)\n#xcommand @ NONE => None()\n",
		"code.ch":  "inHeader()\n#define CODE\n",
		"bad.ch":   "#xcommand BAD\n",
	}
	sources := []string{
		"#include \"all.ch\"\nSHOW TWICE(LEVEL) + GONE + OLD\n@ 1\n@ 1, 2\n@ NONE\nGO\n",
		"#include \"all.ch\"\n#include \"more.ch\"\nSHOW TWICE(LEVEL) + GONE\nSHOW 1 TO 2\n@ 1\n@ 1, 2\n@ NONE\n",
		"#include \"more.ch\"\n#include \"all.ch\"\nSHOW TWICE(LEVEL) + GONE\n@ 1, 2\n@ NONE\n",
		"#define DEBUG\n#include \"all.ch\"\nSHOW LEVEL\n",
		"#include \"all.ch\"\n#define LEVEL 9\n#include \"all.ch\"\nx := LEVEL\n",
		"#include \"code.ch\"\n#include \"code.ch\"\n",
		"#include \"bad.ch\"\n#include \"bad.ch\"\n",
		"#ifdef NO\n#include \"all.ch\"\n#else\n#include \"more.ch\"\n#endif\nx := LEVEL\n",
		"GO\n",
	}
	open := headers(t, texts)
	cache := &Cache{}
	var wait sync.WaitGroup
	for range 4 {
		for _, text := range sources {
			wait.Go(func() {
				for _, defines := range []map[string]string{nil, {"DEBUG": ""}} {
					f := file(t, "x.prw", text)
					want := Run(f, Options{Open: open, Time: at, Defines: defines})
					got := Run(f, Options{Open: open, Time: at, Defines: defines, Cache: cache})
					if got, want := printed(t, got.Tokens), printed(t, want.Tokens); got != want {
						t.Errorf("Run(%q) with a cache = %q; want %q", text, got, want)
					}
					if got, want := messages(got.Findings), messages(want.Findings); got != want {
						t.Errorf("Run(%q) with a cache found %q; want %q", text, got, want)
					}
					if got, want := names(got.Includes), names(want.Includes); got != want {
						t.Errorf("Run(%q) with a cache includes %q; want %q", text, got, want)
					}
				}
			})
		}
	}
	wait.Wait()
}

// A header that changed is read again, also if another one includes it.
func TestCacheSeesChanges(t *testing.T) {
	texts := map[string]string{"a.ch": "#include \"b.ch\"\n", "b.ch": "#define X 1\n"}
	o := Options{Open: headers(t, texts), Cache: &Cache{}}
	for _, c := range []struct{ header, want string }{
		{"#define X 1\n", "x := 1\n"},
		{"#define X 2\n", "x := 2\n"},
		{"#define X 1\n", "x := 1\n"},
	} {
		texts["b.ch"] = c.header
		if got, found := run(t, "#include \"a.ch\"\nx := X\n", o); got != c.want || found != nil {
			t.Errorf("Run with %q = %q, %v; want %q", c.header, got, found, c.want)
		}
	}
	delete(texts, "b.ch")
	_, found := run(t, "#include \"a.ch\"\nx := X\n", o)
	if want := "a.ch:1:1: include file b.ch not found: file does not exist"; messages(found) != want {
		t.Errorf("Run without b.ch found %q; want %q", messages(found), want)
	}
}
