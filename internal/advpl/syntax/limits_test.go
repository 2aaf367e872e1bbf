package syntax

import (
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/source"
)

// messages returns the messages of the findings.
func messages(list source.Findings) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Message)
	}
	return out
}

func TestNesting(t *testing.T) {
	deep := fmt.Sprintf("nested more than %d deep", maxDepth)
	tests := []struct {
		name, before, unit, after string
		n                         int
		want                      string
	}{
		{"parentheses", "x := ", "(", "a", 20_000, deep},
		{"arrays", "x := ", "{", "", 20_000, deep},
		{"blocks", "x := ", "{|a|", "", 20_000, deep},
		{"calls", "x := ", "f(", "", 20_000, deep},
		{"indexes", "x := ", "a[", "", 20_000, deep},
		{"not", "x := ", "!", "a", 20_000, deep},
		{"minus", "x := ", "- ", "a", 20_000, deep},
		{"assignments", "", "a := ", "1", 20_000, deep},
		{"macros", "x := ", "&(", "", 20_000, deep},
		{"aliases", "x := ", "a->(", "", 20_000, deep},
		{"json", "x := ", `{"a": `, "", 20_000, deep},
		{"if", "", "If a\n", "", 20_000, deep},
		{"while", "", "While a\n", "", 20_000, deep},
		{"sequence", "", "Begin Sequence\n", "", 20_000, deep},
		{"else if", "", "Else If a\n", "", 20_000, ""},
		{"sums", "x := a", " + a", "", maxLinks + 1, "more than 100000 operators"},
		{"members", "x := a", ":b", "", maxLinks + 1, "more than 100000 operators"},
		{"fields", "x := a", "->b", "", maxLinks + 1, "more than 100000 operators"},
		{"macro parts", "x := &a", "&a", "", maxLinks + 1, "more than 100000 operators"},
		{"shallow", "x := ", "(", "a" + strings.Repeat(")", 400), 400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "User Function F()\n" + tt.before + strings.Repeat(tt.unit, tt.n) + tt.after + "\nReturn\n"
			_, findings := parse(t, "x.prw", text)
			got := strings.Join(messages(findings), "; ")
			if tt.want != "" && !strings.Contains(got, tt.want) || tt.want == deep && len(findings) != 1 {
				t.Errorf("Parse(%d × %q) = %.200s; want %s", tt.n, tt.unit, got, tt.want)
			}
			if tt.name == "shallow" && got != "" {
				t.Errorf("Parse(%d × %q) = %s; want no error", tt.n, tt.unit, got)
			}
		})
	}
}

func TestManyErrors(t *testing.T) {
	_, findings := parse(t, "x.prw", "User Function F()\n"+strings.Repeat("a b\n", 2*maxErrors))
	want := fmt.Sprintf("more than %d errors: the rest is not read", maxErrors)
	if n := len(findings); n != maxErrors+1 || findings[n-1].Message != want {
		t.Errorf("Parse() = %d findings, the last %q; want %d, %q", n, findings[n-1].Message, maxErrors+1, want)
	}
}

// TestLongSources parses texts whose parsing would be slow if anything were
// looked at again and again.
func TestLongSources(t *testing.T) {
	const n = 10_000
	for _, unit := range []string{
		"@a(\n", "If(( ; ", "If(a, b\n", "static ", "a.b", "Else\n", "{|a|\n", "EndIf\n", "%", "'",
		"BeginSql Alias a\n", "Class A\n", "Function F\n", "Method A\n", "@A ", "End ", "&a.", ".",
	} {
		for _, before := range []string{"", "Function F\n", "Class A\n"} {
			t.Run(before+unit, func(t *testing.T) {
				parse(t, "x.tlpp", before+strings.Repeat(unit, n))
			})
		}
	}
}
