package syntax

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// FuzzParse parses any text: it must end without a panic, with a tree that can
// be walked and printed.
func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*[wp]")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, filepath.Ext(name) == ".tlpp")
	}
	f.Fuzz(func(t *testing.T, text []byte, tlpp bool) {
		name := "x.prw"
		if tlpp {
			name = "x.tlpp"
		}
		file, _ := source.Decode(name, text)
		tokens, _ := preproc.Lex(file)
		s, findings := Parse(file, tokens)
		Walk(s, func(any) bool { return true })
		if !findings.Failed() {
			tree(s)
		}
		for _, finding := range findings {
			if finding.Pos.File != file {
				t.Errorf("Parse(%q): finding %q has no place in the source", text, finding.Message)
			}
		}
	})
}

// FuzzExpr parses an expression, prints it and parses that again, which must give
// the same text.
func FuzzExpr(f *testing.F) {
	for _, text := range []string{
		"a + b * -c", "!a .And. b := c", "{|a, b| a:b(c)[1], d->e}", `{"a": 1, "b": {1,,2}}`, "&a.b&(c)(1)",
		"(a)->(b, c)", "f(@a, , ...)", "IIf(a, , b)", "a.b.c(d = 1)", "x++ ^ --y", "'a' $ \"b\"", "::a:_Super:b", "p&x.1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return // what is printed may be in another encoding than it was
		}
		x, message := tryExpr(text)
		if message != "" {
			return
		}
		first := exprText(x)
		again, message := tryExpr(first)
		if second := exprText(again); message != "" || second != first {
			t.Errorf("ParseExpr(%q) prints %q; parsed again it prints %q %s", text, first, second, message)
		}
	})
}

// tryExpr parses text as an expression of TLPP and returns the first message.
func tryExpr(text string) (Expr, string) {
	file, findings := source.Decode("x.tlpp", []byte(text))
	tokens, more := preproc.Lex(file)
	findings = append(findings, more...)
	x, more := ParseExpr(file, tokens)
	if findings = append(findings, more...); len(findings) > 0 {
		return x, findings[0].Message
	}
	return x, ""
}
