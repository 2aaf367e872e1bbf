package eval

import (
	"strings"
	"testing"
)

func TestInput(t *testing.T) {
	for _, c := range []struct {
		lines []string // of which only the last completes the text
		want  string   // what that gives
	}{
		{[]string{"1 + 1"}, "2"},
		{[]string{""}, ""},
		{[]string{"1 + ;", "2"}, "3"},
		{[]string{"1 + ; // more", "2"}, "3"},
		{[]string{"{1, // one", "2,", "3}"}, "{1,2,3}"},
		{[]string{"Len('abc' + // text", "'d')"}, "4"},
		{[]string{`"ab`, `cd"`}, `"ab\u000acd"`},
		{[]string{`'ab`, `cd' $ "x"`}, `.F.`},
		{[]string{"/* a", "b */ 7"}, "7"},
		{[]string{"If .T.", "x := 1", "Else", "x := 2", "EndIf"}, "NIL"},
		{[]string{"If(.T., 1, 2)"}, "1"},
		{[]string{"If (1 == 1)", "End"}, "NIL"},
		{[]string{"IIf(.T., 1, 2)"}, "1"},
		{[]string{"For i := 1 To 3", "If i == 2", "Loop", "End If", "Next i"}, "NIL"},
		{[]string{"For i := 1 To 3 ; Next"}, "NIL"},
		{[]string{"While .F.", "", "EndDo"}, "NIL"},
		{[]string{"Do While .F.", "End"}, "NIL"},
		{[]string{"Do Case", "Case .T.", "x := 1", "EndCase"}, "NIL"},
		{[]string{"Begin Sequence", "Break(1)", "Recover", "End Sequence"}, "NIL"},
		{[]string{"Try", "Throw 1", "Catch e", "EndTry"}, "NIL"},
		{[]string{"next := 1"}, "1"},
		{[]string{"end += 1"}, "!ERROR variable does not exist END"},
		{[]string{"for := 2"}, "2"},
		{[]string{"1)"}, "!ERROR syntax error: found ), expected an operator or the end in column 2"},
		{[]string{"// note"}, ""},
		{[]string{"b := {|x| ;", "x * 2}"}, "{||}"},
		{[]string{"AEval({1, 2}, {|x|", "y := x})"}, "{1,2}"},
	} {
		var in Input
		if !in.Empty() {
			t.Fatal("a new input is not empty")
		}
		for i, line := range c.lines {
			if complete := in.Add(line); complete != (i == len(c.lines)-1) {
				t.Errorf("%q: complete after line %d is %t", c.lines, i+1, complete)
			}
			if in.Empty() {
				t.Errorf("%q: empty after line %d", c.lines, i+1)
			}
		}
		if got := show(session(t, Options{}, "").Eval(in.Take())); got != c.want {
			t.Errorf("%q = %s; want %s", c.lines, got, c.want)
		}
	}
}

// FuzzInput wants no lines to panic, and no line to be lost.
func FuzzInput(f *testing.F) {
	for _, seed := range []string{"{1,\n2}", "\"a\nb", "/*\n*/", "If\nEnd", "x;\n", "BeginSql Alias 'x'\nEndSql", "\x80end\n1", "(';\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in Input
		for line := range strings.SplitSeq(text, "\n") {
			in.Add(line)
		}
		in.Take()
	})
}
