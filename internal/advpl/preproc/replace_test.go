package preproc

import (
	"strings"
	"testing"
)

// Long lines with much to replace are no endless ones.
func TestLongLines(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"defines", "#define A 1\nx := {" + strings.Repeat("A,", 20000) + "A}", "x := {" + strings.Repeat("1,", 20000) + "1}\n"},
		{"translations", "#xtranslate F(<x>) => g(<x>)\nx := {" + strings.Repeat("F(1),", 5000) + "1}", "x := {" + strings.Repeat("g(1),", 5000) + "1}\n"},
		{"commands", "#xcommand SAY <x> => Out(<x>)\n" + strings.Repeat("SAY a;", 5000) + "b", strings.Repeat("Out(a)\n", 5000) + "b\n"},
		{"nested calls", "#xtranslate F(<x>) => g(<x>)\nx := " + strings.Repeat("F(", 200) + strings.Repeat(")", 200), ""},
		{"list", "#xcommand L <x> [, <y>] => n(<x>) [; n(<y>)]\nL 1" + strings.Repeat(",1", 5000), strings.Repeat("n(1)\n", 5001)},
	} {
		got, found := run(t, c.text, Options{})
		if found != nil {
			t.Errorf("%s: Run found %q; want nothing", c.name, messages(found))
		}
		if c.want != "" && got != c.want {
			t.Errorf("%s: Run = %.100q, %d bytes; want %.100q, %d bytes", c.name, got, len(got), c.want, len(c.want))
		}
	}
}

// What an endless rule did to its line is taken back, and the rule is out of
// force.
func TestEndless(t *testing.T) {
	for _, c := range []struct{ rules, line, by string }{
		{"#define A A", "A", "#define A"},
		{"#define A A A", "x := A", "#define A"},
		{"#define F(x) F(x + x)", "F(1)", "#define F"},
		{"#xtranslate A => A", "y ; A", "#xtranslate A"},
		{"#xtranslate a => (A)", "y := A", "#xtranslate A"},
		{"#xcommand A <x> => A <x>", "A 1 ; y", "#xcommand A"},
		{"#command SHOWING <*x*> => SHOW <x> <x>", "SHOW 1", "#command SHOWING"},
		{"#xcommand A <*x*> => A #<x>", "A 'b\"", "#xcommand A"},
		{"#xtranslate A(<x>) => A(<x><x>)", "A(b)", "#xtranslate A ("},
		{"#define F(x) 1", strings.Repeat("F(", 10000), "#define F"},
	} {
		got, found := run(t, c.rules+"\n"+c.line+"\n"+c.line+"\n", Options{})
		want := strings.ReplaceAll(c.line, " ; ", "\n") + "\n"
		if strings.HasPrefix(c.line, "A 'b") {
			want = "A 'b\"'\n"
		}
		if got != want+want {
			t.Errorf("Run(%.60q) = %.200q; want %.200q", c.rules, got, want+want)
		}
		n := 0
		for _, f := range found {
			if f.Message == c.by+" does not come to an end in this line" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("Run(%.60q) found %.300q; want one error of %s", c.rules, messages(found), c.by)
		}
	}
}

// A source of endless lines does not take for ever.
func TestTooManySteps(t *testing.T) {
	var b strings.Builder
	for range 200 {
		b.WriteString("#define A A\nA\n")
	}
	got, found := run(t, b.String(), Options{})
	if want := strings.Repeat("A\n", 200); got != want {
		t.Errorf("Run = %q; want %q", got, want)
	}
	last := found[len(found)-1].Message
	if want := "defines and rules take too many steps; none is applied after this line"; last != want || len(found) > 50 {
		t.Errorf("Run found %d faults, the last %q; want 50 at most, %q", len(found), last, want)
	}
}

// A source cannot become more tokens than the limit.
func TestTooManyTokens(t *testing.T) {
	p := &preprocessor{result: &Result{Tokens: make([]Token, maxTokens-1, maxTokens)}}
	line, _ := Lex(file(t, "x.prw", "a"))
	p.emit(line)
	p.emit(line)
	want := "x.prw:1:1: preprocessed source has more than 8388608 tokens"
	if got := messages(p.result.Findings); got != want || len(p.result.Tokens) != maxTokens-1 || !p.full {
		t.Errorf("emit gives %d tokens, finds %q, full is %v; want %d, %q, true", len(p.result.Tokens), got, p.full, maxTokens-1, want)
	}
}

func TestRuleLimits(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"#xcommand A " + strings.Repeat("[a ", 65) + strings.Repeat("]", 65) + " => b", "x.prw:1:205: optional clauses are nested deeper than 64"},
		{"#xcommand A <x> => " + strings.Repeat("[a ", 65) + strings.Repeat("]", 65), "x.prw:1:212: optional clauses are nested deeper than 64"},
		{"#define F(" + strings.TrimSuffix(strings.Repeat("a,", 256), ",") + ") 1", "x.prw:1:520: #define F has more than 255 parameters"},
		{"#if " + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100) + "\n#endif", "x.prw:1:69: condition of #if is not understood"},
	} {
		if _, found := run(t, c.text, Options{}); messages(found) != c.want {
			t.Errorf("Run(%.40q) found %q; want %q", c.text, messages(found), c.want)
		}
	}
}
