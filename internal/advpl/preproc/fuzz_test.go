package preproc

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"appserver/internal/advpl/source"
)

// seeds adds the sources of testdata and some odd texts.
func seeds(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.[cp][hr]*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, s := range []string{
		"", ";", ";\n*a", "a;b", "a;;\nb", "'", "\"\n", "/*", "a/*\n*/b", "1..and.2", "1.5.5", "a.t.b", "..t.", "&a.5",
		"#define A A\nA", "#define A A A\nA", "#xtranslate A => A A\nA", "#xcommand A [<x>] => A <x> <x>\nA B",
		"#define F(a,b) F(b,a)\nF(1,2)", "BeginSql alias x\n", "BeginSql alias x\nselect '\nEndSql\na", "a;BeginSql x",
		"#xtranslate [a] [b] => [<x>]\n", "#xcommand C <x: A, B C, &> => <.x.>\nC B C\nC &z.a\nC &(1)",
		"#xcommand P <*x*> => \\#define <x>\nP A 1\nA", "#xtranslate <x> + => <x> -\na + +",
		"#ifdef A\n#else\n#else\n#endif\n#endif", "#if defined(A) .and. !((1 < 2))\n#elif\n#endif", "\x1a\xa0\x80",
		"#xcommand Q <x> => \\\"a<x>\\\" <-x-> #<x> <\"x\"> <(x)> <{x}>\nQ &a\nQ (b)\nQ 'x\"'",
	} {
		f.Add([]byte(s))
	}
}

// statements returns tokens without what Write may leave out: separators are
// EOLs, one between two statements.
func statements(tokens []Token) []Token {
	var out []Token
	for _, t := range tokens {
		begin := len(out) == 0 || out[len(out)-1].Kind == EOL
		switch t.Kind {
		case EOF:
			continue
		case EOL, Semi:
			if begin {
				continue
			}
			t = Token{Kind: EOL}
		case String:
			if strings.Count(t.Text, string(t.Quote)) > 0 {
				t.Quote = '"' + '\'' - t.Quote
			}
		}
		t.Pos = source.Pos{}
		t.Space = t.Space || begin
		out = append(out, t)
	}
	return out
}

func FuzzLex(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, _ := source.Decode("fuzz.prw", raw)
		tokens, _ := Lex(file)
		checkPlaces(t, tokens)
		var b bytes.Buffer
		if err := Write(&b, tokens); err != nil {
			t.Fatal(err)
		}
		again, _ := Lex(&source.File{Name: "again", Text: b.String()})
		got, want := statements(again), statements(tokens)
		if i := difference(got, want); i >= 0 {
			t.Errorf("Lex(Write(Lex(%.200q))) through %.200q differs at token %d: %v; want %v", file.Text, b.String(), i, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	})
}

// difference returns the index of the first token that is not the same, or -1.
func difference(a, b []Token) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

// checkPlaces checks that each token is where it says it is.
func checkPlaces(t *testing.T, tokens []Token) {
	t.Helper()
	for i := range tokens {
		k := &tokens[i]
		at := k.Pos.File.Offset(k.Pos.Line, k.Pos.Col)
		if k.Kind == String {
			at++
		}
		if !strings.HasPrefix(k.Pos.File.Text[min(at, len(k.Pos.File.Text)):], k.Text) {
			t.Errorf("token %v %q is not at %v", k.Kind, k.Text, k.Pos)
		}
	}
	if n := len(tokens); n == 0 || tokens[n-1].Kind != EOF {
		t.Errorf("no EOF at the end")
	}
}

func FuzzRun(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 4096 {
			return
		}
		file, _ := source.Decode("fuzz.prw", raw)
		cache := &Cache{}
		options := Options{Time: at, Cache: cache, Open: func(string, *source.File) (*source.File, error) { return file, nil }}
		first := Run(file, options)
		second := Run(file, options)
		if got, want := printed(t, second.Tokens), printed(t, first.Tokens); got != want {
			t.Errorf("Run(%q) the second time = %q; want %q", raw, got, want)
		}
		for _, k := range first.Tokens {
			if !k.Pos.IsValid() {
				t.Errorf("token %q of %q has no place", k.Text, raw)
			}
		}
	})
}
