package preproc

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/source"
)

var update = flag.Bool("update", false, "write the golden files")

// at is the time that __DATE__ and __TIME__ say in tests.
var at = time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC)

func file(t testing.TB, name, text string) *source.File {
	t.Helper()
	f, found := source.Decode(name, []byte(text))
	if found.Failed() {
		t.Fatalf("Decode(%s) = %v", name, found)
	}
	return f
}

// open opens headers of testdata.
func open(name string, _ *source.File) (*source.File, error) {
	name = strings.ToLower(name)
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		return nil, fmt.Errorf("looked in testdata: %w", fs.ErrNotExist)
	}
	f, _ := source.Decode(name, raw)
	return f, nil
}

// headers returns an opener for headers in memory.
func headers(t testing.TB, texts map[string]string) func(string, *source.File) (*source.File, error) {
	return func(name string, _ *source.File) (*source.File, error) {
		text, ok := texts[strings.ToLower(name)]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return file(t, name, text), nil
	}
}

// run returns what text becomes, printed.
func run(t testing.TB, text string, o Options) (string, source.Findings) {
	t.Helper()
	o.Time = at
	r := Run(file(t, "x.prw", text), o)
	return printed(t, r.Tokens), r.Findings
}

func printed(t testing.TB, tokens []Token) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tokens); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each testdata/x.prw becomes x.ppo; what is found in it is x.err.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.prw")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		base := strings.TrimSuffix(filepath.Base(path), ".prw")
		t.Run(base, func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, found := source.Decode(base+".prw", raw)
			r := Run(f, Options{Open: open, Time: at, Cache: &Cache{}})
			found = append(found, r.Findings...)
			var messages bytes.Buffer
			if err := found.Write(&messages); err != nil {
				t.Fatal(err)
			}
			golden(t, base+".ppo", printed(t, r.Tokens))
			golden(t, base+".err", messages.String())
		})
	}
}

// golden compares got with a file of testdata; an empty one need not exist.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		os.Remove(path)
		if got != "" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestBeforeTheFirstLine checks Options.Prelude and Options.Known.
func TestBeforeTheFirstLine(t *testing.T) {
	o := Options{
		Known: []string{"TOP"}, Prelude: "std.ch", Cache: &Cache{},
		Open: headers(t, map[string]string{"std.ch": "#command GO <x: TOP, BOTTOM> => Go<x>()\n"}),
	}
	const text = "#ifdef TOP\nGO TOP\n#endif\n#undef TOP\n#ifdef TOP\nx\n#endif\nn := TOP\n"
	for range 2 { // the second time from the cache
		got, found := run(t, text, o)
		if want := "GoTOP()\nn := TOP\n"; got != want || len(found) != 0 {
			t.Errorf("Run = %q, %v; want %q", got, found, want)
		}
	}
	o.Open = headers(t, nil)
	if _, found := run(t, text, o); !found.Failed() || found[0].Rule != MissingInclude {
		t.Errorf("Run without the prelude finds %v; want a missing include", found)
	}
}
