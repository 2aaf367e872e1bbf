package syntax

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// parse parses text, to which no preprocessing is done.
func parse(tb testing.TB, name, text string) (*Source, source.Findings) {
	tb.Helper()
	f := decode(tb, name, text)
	tokens, findings := preproc.Lex(f)
	s, more := Parse(f, tokens)
	return s, append(findings, more...)
}

// TestGolden compares the tree and the findings of each source of testdata with
// the golden file beside it.
func TestGolden(t *testing.T) {
	var names []string
	for _, pattern := range []string{"*.prw", "*.tlpp"} {
		list, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, list...)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, findings := parse(t, filepath.Base(name), string(text))
			var got bytes.Buffer
			got.WriteString(tree(s))
			if len(findings) > 0 {
				got.WriteString("\n")
				if err := findings.Write(&got); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, name+".golden", got.Bytes())
			if clean := !strings.HasPrefix(filepath.Base(name), "error"); clean && len(findings) > 0 {
				t.Errorf("Parse(%s) has findings; want none", name)
			}
		})
	}
}

func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("tree of %s =\n%s\nwant\n%s", golden, got, want)
	}
}
